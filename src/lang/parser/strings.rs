//! Literal text in strings: escapes, and block labels.

use std::borrow::Cow;

use super::super::source::SrcSpan;
use super::super::text::quoted;
use super::super::token::{Token, TokenKind};
use super::Parser;

impl<'t> Parser<'t> {
    /// What a literal token means. Backslash escapes exist in quoted strings only.
    pub(super) fn unescape(&mut self, token: Token) -> Cow<'t, str> {
        let raw = token.text(self.text);
        if !raw.bytes().any(|b| matches!(b, b'\\' | b'$' | b'%')) {
            return Cow::Borrowed(raw);
        }
        let in_quotes = token.kind == TokenKind::QuotedLit;
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            let at = raw.len() - rest.len();
            let taken = match c {
                '$' if rest.starts_with("$${") => {
                    out.push_str("${");
                    3
                }
                '%' if rest.starts_with("%%{") => {
                    out.push_str("%{");
                    3
                }
                '\\' if in_quotes => self.escape(rest, token.start as usize + at, &mut out),
                c => {
                    out.push(c);
                    c.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
        Cow::Owned(out)
    }

    /// Decodes the escape at the beginning of `rest`; gives the bytes it takes.
    fn escape(&mut self, rest: &str, at: usize, out: &mut String) -> usize {
        let summary = "Invalid escape sequence";
        let place = |len: usize| self.bytes_span(at, at + len);
        let Some(selector) = rest.chars().nth(1) else {
            let span = place(1);
            self.error(
                span,
                summary,
                "Backslash must be followed by an escape sequence selector character.",
            );
            return 1;
        };
        let simple = match selector {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' => '"',
            '\\' => '\\',
            'u' => return self.unicode_escape(rest, at, 4, out),
            'U' => return self.unicode_escape(rest, at, 8, out),
            other => {
                let len = 1 + other.len_utf8();
                let span = place(len);
                let name = quoted(&other.to_string());
                self.error(
                    span,
                    summary,
                    format!("The symbol {name} is not a valid escape sequence selector."),
                );
                out.push_str(&rest[..len]);
                return len;
            }
        };
        out.push(simple);
        2
    }

    fn unicode_escape(&mut self, rest: &str, at: usize, digits: usize, out: &mut String) -> usize {
        let summary = "Invalid escape sequence";
        let hex = rest[2..]
            .bytes()
            .take(digits)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let span = self.bytes_span(at, at + 2 + hex);
        if hex < digits {
            let detail = match digits {
                4 => "The \\u escape sequence must be followed by four hexadecimal digits.",
                _ => "The \\U escape sequence must be followed by eight hexadecimal digits.",
            };
            self.error(span, summary, detail);
            return 2 + hex;
        }
        let code = u32::from_str_radix(&rest[2..2 + hex], 16).unwrap_or(u32::MAX);
        match char::from_u32(code) {
            Some(c) => out.push(c),
            None => self.error(
                span,
                summary,
                format!("Cannot encode character U+{code:04x} in UTF-8."),
            ),
        }
        2 + hex
    }

    /// A quoted string without templates, such as a block label.
    pub(super) fn quoted_text(&mut self) -> (Cow<'t, str>, SrcSpan) {
        let open = self.read();
        let start = self.span_of(open);
        let summary = "Invalid string literal";
        let mut text = Cow::Borrowed("");
        loop {
            let token = self.read();
            let span = self.span_of(token);
            match token.kind {
                TokenKind::CloseQuote => return (text, start.to(span)),
                TokenKind::QuotedLit => text += self.unescape(token),
                TokenKind::TemplateInterp | TokenKind::TemplateControl => {
                    let mark = match token.kind {
                        TokenKind::TemplateInterp => "$",
                        _ => "%",
                    };
                    self.error_in(
                        span,
                        start.to(span),
                        summary,
                        format!("Template sequences are not allowed in this string. To include a literal {}, double it (as \"{mark}{mark}\") to escape it.", quoted(mark)),
                    );
                    self.recover(TokenKind::TemplateEnd);
                }
                TokenKind::Eof => {
                    self.error_in(
                        span,
                        start.to(span),
                        "Unterminated string literal",
                        "Unable to find the closing quote mark before the end of the file.",
                    );
                    return (text, start.to(span));
                }
                _ => {
                    self.error_in(
                        span,
                        start.to(span),
                        summary,
                        "This item is not valid in a string literal.",
                    );
                    self.recover(TokenKind::CloseQuote);
                    return (text, start.to(self.previous_span()));
                }
            }
        }
    }
}
