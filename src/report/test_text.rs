//! Tests for people: the lines of files and runs, and the last one.
//!
//! Problems are rendered by [`super::diagnostic_text`]; what a run came to by those who show plans and states.

use super::style::{Ink, Style};

/// The words in which a run or a file ended, e.g. `pass`; an error is a failure for people.
fn word(status: &str, style: &Style) -> String {
    match status {
        "pass" => style.paint(&[Ink::Green], "pass"),
        "skip" => style.paint(&[Ink::Dim], "skip"),
        "fail" | "error" => style.paint(&[Ink::Red], "fail"),
        other => other.to_owned(),
    }
}

/// A file begins.
#[must_use]
pub fn file_start(file: &str, style: &Style) -> String {
    format!("{file}... {}\n", style.paint(&[Ink::Dim], "in progress"))
}

/// What a file has made is going to be destroyed.
#[must_use]
pub fn file_tear_down(file: &str, style: &Style) -> String {
    format!("{file}... {}\n", style.paint(&[Ink::Dim], "tearing down"))
}

/// A file has ended.
#[must_use]
pub fn file_end(file: &str, status: &str, style: &Style) -> String {
    format!("{file}... {}\n", word(status, style))
}

/// A run has ended.
#[must_use]
pub fn run_end(run: &str, status: &str, style: &Style) -> String {
    format!("  run {run:?}... {}\n", word(status, style))
}

/// The last line: failures are those whose assertions do not hold and those that could not be run.
#[must_use]
pub fn summary(passed: usize, failed: usize, skipped: usize, style: &Style) -> String {
    let word = match failed {
        0 => style.paint(&[Ink::Green], "Success!"),
        _ => style.paint(&[Ink::Red], "Failure!"),
    };
    let skipped = match skipped {
        0 => String::new(),
        n => format!(", {n} skipped"),
    };
    format!("\n{word} {passed} passed, {failed} failed{skipped}.\n")
}

/// What could not be destroyed, and must be by hand.
#[must_use]
pub fn left(file: &str, run: &str, objects: &[(String, Option<String>)], style: &Style) -> String {
    let product = &style.product;
    let mut text = format!(
        "\n{product} left the following resources in state after executing {file}/{run}, and they need to be cleaned up manually:\n"
    );
    for (address, deposed) in objects {
        text += &match deposed {
            Some(key) => format!("  - {address} ({key})\n"),
            None => format!("  - {address}\n"),
        };
    }
    text
}
