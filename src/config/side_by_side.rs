//! Parsing the files of a module, on several cores where there is much to parse.
//!
//! What comes of it is the same on one core: results are in the order of the files. It reads no files.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use trunkline_api::Diagnostics;

use crate::lang::ast::Body;
use crate::lang::json_syntax;
use crate::lang::parser::parse_file;
use crate::lang::source::{FileId, Sources};

/// From so many bytes on another thread is worth its while.
const MUCH: usize = 1 << 20;

/// A file to parse.
#[derive(Clone, Copy)]
pub(super) struct Text {
    /// Which.
    pub(super) file: FileId,
    /// Whether it is in JSON notation.
    pub(super) json: bool,
}

impl Text {
    /// The file's body and what is wrong with its syntax.
    pub(super) fn parse(self, sources: &Sources) -> (Body, Diagnostics) {
        match self.json {
            true => json_syntax::parse_file(sources, self.file),
            false => parse_file(sources, self.file),
        }
    }
}

/// What each text is, in their order.
pub(super) fn parse(sources: &Sources, texts: &[Text]) -> Vec<(Body, Diagnostics)> {
    let size = texts.iter().map(|t| sources.text(t.file).len());
    let cores = match size.sum::<usize>() >= MUCH {
        true => thread::available_parallelism().map_or(1, NonZero::get),
        false => 1,
    };
    if cores.min(texts.len()) <= 1 {
        return texts.iter().map(|t| t.parse(sources)).collect();
    }
    let results: Vec<Mutex<Option<(Body, Diagnostics)>>> =
        texts.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((text, result)) = {
            let i = next.fetch_add(1, Ordering::Relaxed);
            texts.get(i).zip(results.get(i))
        } {
            let parsed = text.parse(sources);
            *result.lock().unwrap_or_else(|e| e.into_inner()) = Some(parsed);
        }
    };
    thread::scope(|scope| {
        for _ in 1..cores.min(texts.len()) {
            scope.spawn(work);
        }
        work();
    });
    let results = results.into_iter();
    results
        .filter_map(|r| r.into_inner().unwrap_or_else(|e| e.into_inner()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_files() {
        let sources = Sources::new();
        let texts: Vec<Text> = (0..7)
            .map(|i| {
                // Those that come first take longest.
                let lines = MUCH / 16 / (i + 1);
                let text = format!("b{i} {{}}\n{}e{i}\n", "# a comment\n".repeat(lines));
                let json = false;
                let file = sources.add(format!("{i}.tf"), text);
                Text { file, json }
            })
            .collect();
        let together = parse(&sources, &texts);
        assert_eq!(together.len(), texts.len());
        for (i, (text, (body, problems))) in texts.iter().zip(&together).enumerate() {
            let (alone, told) = text.parse(&sources);
            assert_eq!((body, problems), (&alone, &told));
            assert_eq!(*body.blocks[0].kind, *format!("b{i}"));
            assert_eq!(problems.len(), 1);
        }
    }
}
