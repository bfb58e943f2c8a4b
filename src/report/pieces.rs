//! Text that is handed on as it comes, so that a long one is never in memory as a whole. Where it goes is the caller's.

use std::ops::{Deref, DerefMut};

/// So many bytes are handed on together.
const FULL: usize = 64 << 10;

/// A text that is written like a `String`, and handed on in pieces.
pub struct Pieces<'s> {
    /// What is not handed on yet; used again for each piece.
    text: String,
    show: &'s mut dyn FnMut(&str),
}

impl<'s> Pieces<'s> {
    /// A text of which `show` takes the pieces, in order.
    pub fn new(show: &'s mut dyn FnMut(&str)) -> Pieces<'s> {
        Pieces {
            text: String::new(),
            show,
        }
    }

    /// Between two parts of the text: what has come together is handed on where it is enough.
    pub fn end_of_part(&mut self) {
        if self.text.len() >= FULL {
            self.hand_on();
        }
    }

    /// Hands on the rest.
    pub fn finish(mut self) {
        if !self.text.is_empty() {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        (self.show)(&self.text);
        self.text.clear();
    }
}

impl Deref for Pieces<'_> {
    type Target = String;

    fn deref(&self) -> &String {
        &self.text
    }
}

impl DerefMut for Pieces<'_> {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_text() {
        let mut pieces = Vec::new();
        let mut show = |piece: &str| pieces.push(piece.to_owned());
        let mut out = Pieces::new(&mut show);
        let lines: Vec<String> = (0..40_000).map(|i| format!("line {i}\n")).collect();
        for line in &lines {
            out.push_str(line);
            out.end_of_part();
        }
        out.finish();
        assert!(pieces.len() > 3, "{}", pieces.len());
        let longest = pieces.iter().map(String::len).max();
        assert!(longest < Some(FULL + 16), "{longest:?}");
        assert_eq!(pieces.concat(), lines.concat());
    }
}
