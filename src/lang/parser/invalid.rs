//! Tokens that no place in the language accepts, reported before parsing begins.

use super::super::token::TokenKind;
use super::Parser;

impl Parser<'_> {
    /// Reports bytes that are not UTF-8, once.
    pub(super) fn report_encoding(&mut self) {
        let invalid = self.sources.file(self.file).and_then(|f| f.invalid_at);
        if let Some(at) = invalid {
            let span = self.bytes_span(at as usize, at as usize + 1);
            self.error(
                span,
                "Invalid character encoding",
                "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.",
            );
        }
    }

    pub(super) fn report_invalid_tokens(&mut self) {
        let (mut bitwise, mut backticks, mut apostrophes, mut semicolons) = (0, 0, 0, 0);
        for i in 0..self.tokens.len() {
            let token = self.tokens[i];
            let (summary, detail) = match token.kind {
                TokenKind::Bitwise => {
                    bitwise += 1;
                    if bitwise > 4 {
                        continue;
                    }
                    let hint = match token.text(self.text) {
                        "&" => " Did you mean boolean AND (\"&&\")?",
                        "|" => " Did you mean boolean OR (\"||\")?",
                        "~" => " Did you mean boolean NOT (\"!\")?",
                        _ => "",
                    };
                    (
                        "Unsupported operator",
                        format!("Bitwise operators are not supported.{hint}"),
                    )
                }
                // Every second one, so that a pair around a text is reported once.
                TokenKind::Backtick => {
                    backticks += 1;
                    if backticks % 2 == 0 || backticks > 3 {
                        continue;
                    }
                    (
                        "Invalid character",
                        "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\".".into(),
                    )
                }
                TokenKind::Apostrophe => {
                    apostrophes += 1;
                    if apostrophes % 2 == 0 || apostrophes > 3 {
                        continue;
                    }
                    (
                        "Invalid character",
                        "Single quotes are not valid. Use double quotes (\") to enclose strings."
                            .into(),
                    )
                }
                TokenKind::Semicolon => {
                    semicolons += 1;
                    if semicolons > 1 {
                        continue;
                    }
                    (
                        "Invalid character",
                        "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.".into(),
                    )
                }
                TokenKind::QuotedNewline => (
                    "Invalid multi-line string",
                    "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax.".into(),
                ),
                TokenKind::Invalid => match token.text(self.text) {
                    "\u{fffd}" => continue,
                    "\u{201c}" | "\u{201d}" => (
                        "Invalid character",
                        "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a \"straight quote\".".into(),
                    ),
                    _ => (
                        "Invalid character",
                        "This character is not used within the language.".into(),
                    ),
                },
                _ => continue,
            };
            self.error(self.span_of(token), summary, detail);
        }
    }
}
