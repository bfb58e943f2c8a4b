//! Lines from a person at a terminal: editing, history, completion of names, and texts of several lines.
//!
//! The history lives as long as the process: what is typed may hold secrets. It knows nothing of what is asked.

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::lang::lexer::is_unfinished;

/// A prompt.
pub struct Prompt {
    editor: Editor<Names, MemHistory>,
}

impl Prompt {
    /// A prompt that completes `names`, which are sorted. `None` where the terminal cannot be used.
    #[must_use]
    pub fn open(names: Vec<String>) -> Option<Prompt> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .max_history_size(1000)
            .ok()?
            .build();
        let mut editor =
            Editor::with_history(config.clone(), MemHistory::with_config(&config)).ok()?;
        editor.set_helper(Some(Names(names)));
        Some(Prompt { editor })
    }

    /// The next text, of as many lines as its brackets need. Ctrl-C drops what was begun, or ends at an empty
    /// prompt. `None` at the end.
    pub fn read(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let prompt = if text.is_empty() { "> " } else { ": " };
            match self.editor.readline(prompt) {
                Ok(line) => {
                    if !text.is_empty() {
                        text.push('\n');
                    }
                    text.push_str(&line);
                    // A backslash at the end continues the line.
                    if let Some(rest) = text.strip_suffix('\\') {
                        text.truncate(rest.len());
                        continue;
                    }
                    if is_unfinished(&text) {
                        continue;
                    }
                    drop(self.editor.add_history_entry(text.trim()));
                    return Some(text);
                }
                Err(ReadlineError::Interrupted) if !text.is_empty() => text.clear(),
                Err(_) => return None,
            }
        }
    }
}

struct Names(Vec<String>);

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(complete(&self.0, line, at))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Validator for Names {}

impl Helper for Names {}

/// Where the word before `at` begins, and the names that begin with it.
fn complete(names: &[String], line: &str, at: usize) -> (usize, Vec<String>) {
    let before = line.get(..at).unwrap_or(line);
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || "_-.:".contains(c)))
        .map_or(0, |i| {
            i + before[i..].chars().next().map_or(1, char::len_utf8)
        });
    let word = &before[start..];
    let found = names.iter().filter(|n| n.starts_with(word)).cloned();
    (start, found.collect())
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn the_word_before_the_cursor_is_completed() {
        let names = ["local.a", "length(", "var.size", "var.sizes"].map(str::to_owned);
        assert_eq!(
            complete(&names, "1 + var.s", 9),
            (4, vec!["var.size".to_owned(), "var.sizes".to_owned()])
        );
        assert_eq!(complete(&names, "é(le", 5), (3, vec!["length(".to_owned()]));
        assert_eq!(complete(&names, "zz", 2), (0, vec![]));
    }
}
