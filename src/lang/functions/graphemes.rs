//! Characters as people see them: grapheme clusters, as Terraform counts them.
//!
//! Terraform's segmentation is older than the rule that keeps Indic conjuncts together (GB9c of UAX 29),
//! so they are cut here.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// The clusters of a text with their offsets in bytes.
pub(super) fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.grapheme_indices(true)
        .flat_map(|(start, cluster)| Parts {
            start,
            rest: cluster,
        })
}

/// How many clusters a text has.
pub(super) fn count(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') {
        return text.len();
    }
    clusters(text).count()
}

/// The first `n` clusters of a text, and what follows them.
pub(super) fn split_at(text: &str, n: usize) -> (&str, &str) {
    match clusters(text).nth(n) {
        Some((at, _)) => text.split_at(at),
        None => (text, ""),
    }
}

/// One cluster of UAX 29 as one or more of Terraform's.
struct Parts<'t> {
    start: usize,
    rest: &'t str,
}

impl<'t> Iterator for Parts<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<(usize, &'t str)> {
        if self.rest.is_empty() {
            return None;
        }
        let mut before = '\0';
        let cut = self.rest.char_indices().find(|(at, c)| {
            let joined = *at > 0 && is_letter_of_conjunct(*c);
            let cut = joined && (is_combining_mark(before) || before == '\u{200d}');
            before = *c;
            cut
        });
        let (part, rest) = self
            .rest
            .split_at(cut.map_or(self.rest.len(), |(at, _)| at));
        let start = self.start;
        self.start += part.len();
        self.rest = rest;
        Some((start, part))
    }
}

/// Letters of the scripts that form conjuncts. Vowels that stand for themselves after a mark (Thai and
/// Lao am) do not count.
fn is_letter_of_conjunct(c: char) -> bool {
    let indic = matches!(c, '\u{900}'..='\u{10ff}' | '\u{1780}'..='\u{1cff}' | '\u{a800}'..='\u{abff}')
        || matches!(c, '\u{10a00}'..='\u{11fff}');
    indic
        && c.is_alphabetic()
        && !is_combining_mark(c)
        && !matches!(c, '\u{e33}' | '\u{eb3}' | '\u{a960}'..='\u{a97f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjuncts_are_cut_and_all_else_is_whole() {
        let of = |text: &'static str| clusters(text).map(|(_, c)| c).collect::<Vec<_>>();
        assert_eq!(of("क्षि"), ["क्", "षि"]);
        assert_eq!(of("नमस्ते"), ["न", "म", "स्", "ते"]);
        assert_eq!(of("👩‍👩‍👧a\r\n"), ["👩‍👩‍👧", "a", "\r\n"]);
        assert_eq!(of("ก่ำ"), ["ก่ำ"]);
        assert_eq!(count("e\u{301}x"), 2);
        assert_eq!(split_at("नमस्ते", 3), ("नमस्", "ते"));
    }
}
