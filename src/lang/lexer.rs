//! Text → tokens, losslessly: what lies between two tokens is spaces and tabs only.
//!
//! It never fails: what is not part of the language becomes a token that says so, and the parser
//! reports it. Time is proportional to the text.

use super::token::{Token, TokenKind};

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A configuration file or expression.
    Normal,
    /// A template file.
    Template,
}

/// Splits `text` into tokens; the last is always [`TokenKind::Eof`].
#[must_use]
pub fn lex(text: &str, start: Start) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        // More than there are: memory that is not touched costs nothing, and growing copies all of them.
        tokens: Vec::with_capacity(text.len() / 2 + 1),
        braces: 0,
        modes: Vec::new(),
        endless_comments: false,
    };
    lexer.modes.push(match start {
        Start::Normal => Mode::Normal { until: None },
        Start::Template => Mode::Bare,
    });
    while lexer.at < text.len() {
        match lexer.modes.last() {
            Some(Mode::Quoted) => lexer.quoted(),
            Some(Mode::Heredoc { .. }) => lexer.heredoc(),
            Some(Mode::Bare) => lexer.bare(),
            Some(Mode::Normal { .. }) | None => lexer.normal(),
        }
    }
    let end = text.len();
    lexer.push(TokenKind::Eof, end, end);
    lexer.tokens
}

/// Whether `text` ends within brackets, a template sequence or a heredoc, so that more lines must follow.
#[must_use]
pub fn is_unfinished(text: &str) -> bool {
    let mut open = 0i64;
    for token in lex(text, Start::Normal) {
        match token.kind {
            TokenKind::OpenBrace
            | TokenKind::OpenBracket
            | TokenKind::OpenParen
            | TokenKind::TemplateInterp
            | TokenKind::TemplateControl
            | TokenKind::OpenHeredoc => open += 1,
            TokenKind::CloseBrace
            | TokenKind::CloseBracket
            | TokenKind::CloseParen
            | TokenKind::TemplateEnd
            | TokenKind::CloseHeredoc => open -= 1,
            _ => {}
        }
    }
    open > 0
}

enum Mode {
    /// Expressions; within a template sequence `until` is the depth of braces at which `}` ends it.
    Normal {
        until: Option<u32>,
    },
    Quoted,
    Heredoc {
        marker: (usize, usize),
        line_start: bool,
    },
    Bare,
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    braces: u32,
    modes: Vec<Mode>,
    /// Whether no `*/` follows, which is looked for once.
    endless_comments: bool,
}

impl<'t> Lexer<'t> {
    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.tokens.push(Token {
            kind,
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        });
        self.at = end;
    }

    fn byte(&self, offset: usize) -> u8 {
        self.bytes.get(self.at + offset).copied().unwrap_or(0)
    }

    fn normal(&mut self) {
        use TokenKind::*;
        let start = self.at;
        let (kind, len) = match self.byte(0) {
            b' ' | b'\t' => {
                let blanks = self.bytes[start..].iter();
                self.at += blanks.take_while(|b| matches!(b, b' ' | b'\t')).count();
                return;
            }
            b'\n' => (Newline, 1),
            b'\r' if self.byte(1) == b'\n' => (Newline, 2),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => (Ident, ident_length(&self.text[start..])),
            b'0'..=b'9' => (Number, number_length(&self.bytes[start..])),
            b'"' => {
                self.modes.push(Mode::Quoted);
                (OpenQuote, 1)
            }
            b'{' => {
                self.braces += 1;
                (OpenBrace, 1)
            }
            b'}' => return self.close_brace(1),
            b'=' => match self.byte(1) {
                b'=' => (EqualOp, 2),
                b'>' => (FatArrow, 2),
                _ => (Equal, 1),
            },
            b'.' => match (self.byte(1), self.byte(2)) {
                (b'.', b'.') => (Ellipsis, 3),
                _ => (Dot, 1),
            },
            b',' => (Comma, 1),
            b'[' => (OpenBracket, 1),
            b']' => (CloseBracket, 1),
            b'(' => (OpenParen, 1),
            b')' => (CloseParen, 1),
            b'#' => (Comment, self.line_length()),
            b'/' => match self.byte(1) {
                b'/' => (Comment, self.line_length()),
                b'*' => match self.comment_length() {
                    Some(n) => (Comment, n),
                    None => (Slash, 1),
                },
                _ => (Slash, 1),
            },
            b'<' => match self.byte(1) {
                b'<' => return self.open_heredoc(),
                b'=' => (LessOrEqual, 2),
                _ => (Less, 1),
            },
            b'>' => match self.byte(1) {
                b'=' => (GreaterOrEqual, 2),
                _ => (Greater, 1),
            },
            b'!' => match self.byte(1) {
                b'=' => (NotEqual, 2),
                _ => (Bang, 1),
            },
            b'&' if self.byte(1) == b'&' => (And, 2),
            b'|' if self.byte(1) == b'|' => (Or, 2),
            b'~' if self.byte(1) == b'}' => return self.close_brace(2),
            b'&' | b'|' | b'^' | b'~' => (Bitwise, 1),
            b':' => match self.byte(1) {
                b':' => (DoubleColon, 2),
                _ => (Colon, 1),
            },
            b'?' => (Question, 1),
            b'*' => (Star, 1),
            b'+' => (Plus, 1),
            b'-' => (Minus, 1),
            b'%' => (Percent, 1),
            b'\'' => (Apostrophe, 1),
            b'`' => (Backtick, 1),
            b';' => (Semicolon, 1),
            _ => match ident_length(&self.text[start..]) {
                0 => (Invalid, self.char_length()),
                n => (Ident, n),
            },
        };
        self.push(kind, start, start + len);
    }

    /// The length of the rest of the line, its end included.
    fn line_length(&self) -> usize {
        let rest = &self.bytes[self.at..];
        rest.iter()
            .position(|b| *b == b'\n')
            .map_or(rest.len(), |n| n + 1)
    }

    /// The length of the comment that begins with `/*` here, if it ends.
    fn comment_length(&mut self) -> Option<usize> {
        if self.endless_comments {
            return None;
        }
        let end = self.text[self.at + 2..].find("*/");
        self.endless_comments = end.is_none();
        Some(end? + 4)
    }

    fn char_length(&self) -> usize {
        self.text[self.at..]
            .chars()
            .next()
            .map_or(1, char::len_utf8)
    }

    fn close_brace(&mut self, len: usize) {
        let ends_sequence = matches!(self.modes.last(),
            Some(Mode::Normal { until: Some(depth) }) if *depth == self.braces);
        let start = self.at;
        if ends_sequence {
            self.modes.pop();
            self.push(TokenKind::TemplateEnd, start, start + len);
        } else {
            // A strip mark where no sequence is open is left to the parser to refuse.
            let kind = match len {
                1 => TokenKind::CloseBrace,
                _ => TokenKind::TemplateEnd,
            };
            self.push(kind, start, start + len);
        }
        self.braces = self.braces.saturating_sub(1);
    }

    fn open_heredoc(&mut self) {
        let start = self.at;
        let name = start + if self.byte(2) == b'-' { 3 } else { 2 };
        let name_end = name + ident_length(&self.text[name..]);
        let newline = match &self.bytes[name_end..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        if name_end == name || newline == 0 {
            let len = if self.byte(1) == b'=' { 2 } else { 1 };
            return self.push(TokenKind::Less, start, start + len);
        }
        self.push(TokenKind::OpenHeredoc, start, name_end + newline);
        self.modes.push(Mode::Heredoc {
            marker: (name, name_end),
            line_start: true,
        });
    }

    /// Begins `${` or `%{` at the current place, if one is there.
    fn begin_sequence(&mut self) -> bool {
        let kind = match (self.byte(0), self.byte(1)) {
            (b'$', b'{') => TokenKind::TemplateInterp,
            (b'%', b'{') => TokenKind::TemplateControl,
            _ => return false,
        };
        let len = if self.byte(2) == b'~' { 3 } else { 2 };
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = false;
        }
        self.push(kind, self.at, self.at + len);
        self.braces += 1;
        self.modes.push(Mode::Normal {
            until: Some(self.braces),
        });
        true
    }

    fn quoted(&mut self) {
        if self.begin_sequence() {
            return;
        }
        let start = self.at;
        match (self.byte(0), self.byte(1)) {
            (b'"', _) => {
                self.modes.pop();
                return self.push(TokenKind::CloseQuote, start, start + 1);
            }
            (b'\n' | b'\r', _) => {
                let len = if self.bytes[start..].starts_with(b"\r\n") {
                    2
                } else {
                    1
                };
                self.push(TokenKind::QuotedNewline, start, start + len);
                if !self.string_goes_on() {
                    self.end_strings();
                }
                return;
            }
            (b'\\', b'\n' | b'\r' | 0) => {
                return self.push(TokenKind::Invalid, start, start + 1);
            }
            _ => {}
        }
        let mut end = start;
        while end < self.bytes.len() {
            match &self.bytes[end..] {
                [b'"' | b'\n' | b'\r', ..] => break,
                [byte, ..] if !matches!(byte, b'\\' | b'$' | b'%') => end += 1,
                [b'\\', b'\n' | b'\r', ..] | [b'\\'] => break,
                [b'\\', ..] => {
                    end += 1;
                    end += self.text[end..].chars().next().map_or(0, char::len_utf8);
                }
                rest => match literal_step(rest) {
                    0 => break,
                    n => end += n,
                },
            }
        }
        self.push(TokenKind::QuotedLit, start, end);
    }

    /// Whether a string that reached a line end seems meant to go on, rather than to lack its quote:
    /// the next quote ends its line, and what stands before it on that line is no code.
    fn string_goes_on(&self) -> bool {
        let rest = &self.text[self.at..];
        let Some(quote) = rest.find('"') else {
            return false;
        };
        let line_start = rest[..quote].rfind('\n').map_or(0, |n| n + 1);
        let before = &rest[line_start..quote];
        let line = rest[quote + 1..].lines().next().unwrap_or_default();
        let closes = line
            .chars()
            .all(|c| c.is_whitespace() || "),]}".contains(c));
        closes && !before.contains(['=', '(', '[', '{'])
    }

    /// Ends the strings and template sequences that are open, up to a heredoc, with empty tokens.
    fn end_strings(&mut self) {
        let at = self.at;
        loop {
            match self.modes.last_mut() {
                Some(Mode::Quoted) => self.push(TokenKind::CloseQuote, at, at),
                Some(Mode::Normal { until: Some(depth) }) => {
                    self.braces = depth.saturating_sub(1);
                    self.push(TokenKind::TemplateEnd, at, at);
                }
                Some(Mode::Heredoc { line_start, .. }) => {
                    *line_start = true;
                    return;
                }
                Some(Mode::Bare | Mode::Normal { until: None }) | None => break,
            }
            self.modes.pop();
        }
        self.push(TokenKind::Newline, at, at);
    }

    fn heredoc(&mut self) {
        if self.begin_sequence() {
            return;
        }
        let Some(Mode::Heredoc { marker, line_start }) = self.modes.last_mut() else {
            return;
        };
        let start = self.at;
        let mut end = start;
        while end < self.bytes.len() && self.bytes[end] != b'\n' {
            match literal_step(&self.bytes[end..]) {
                0 => break,
                n => end += n,
            }
        }
        if self.bytes.get(end) != Some(&b'\n') {
            *line_start = false;
            return self.push(TokenKind::StringLit, start, end);
        }
        let line = &self.text[start..end];
        if *line_start && line.trim() == &self.text[marker.0..marker.1] {
            let newline = end - usize::from(line.ends_with('\r'));
            self.modes.pop();
            self.push(TokenKind::CloseHeredoc, start, newline);
            return self.push(TokenKind::Newline, newline, end + 1);
        }
        *line_start = true;
        self.push(TokenKind::StringLit, start, end + 1);
    }

    /// Text of a template file: a line at most, since strip marks reach to the end of one.
    fn bare(&mut self) {
        if self.begin_sequence() {
            return;
        }
        let start = self.at;
        let mut end = start;
        while end < self.bytes.len() {
            if self.bytes[end] == b'\n' {
                end += 1;
                break;
            }
            match literal_step(&self.bytes[end..]) {
                0 => break,
                n => end += n,
            }
        }
        self.push(TokenKind::StringLit, start, end);
    }
}

/// How many bytes of `rest` are literal text in a template at least; 0 where a sequence begins.
fn literal_step(rest: &[u8]) -> usize {
    match rest {
        [b'$', b'{', ..] | [b'%', b'{', ..] => 0,
        [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
        _ => 1,
    }
}

/// Digits, points and exponents in any order; whether they are a number is for the parser to see. A
/// point at the end is not part of it.
fn number_length(rest: &[u8]) -> usize {
    let mut len = 0;
    let mut solid = 0;
    loop {
        match &rest[len..] {
            [b'0'..=b'9', ..] => len += 1,
            [b'e' | b'E', b'0'..=b'9', ..] => len += 2,
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => len += 3,
            [b'.', ..] => {
                len += 1;
                continue;
            }
            _ => return solid,
        }
        solid = len;
    }
}

/// The bytes of ASCII that names go on with.
static IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
        byte += 1;
    }
    table
};

/// The length of the name that `rest` begins with; 0 if it begins with none.
#[must_use]
pub fn ident_length(rest: &str) -> usize {
    // Nearly all names are ASCII; the tables of Unicode are looked into from the first other character on.
    let bytes = rest.as_bytes();
    let mut len = 0;
    if !matches!(bytes.first(), Some(b'0'..=b'9' | b'-')) {
        len = bytes.iter().take_while(|b| IN_NAME[**b as usize]).count();
    }
    if bytes.get(len).is_none_or(u8::is_ascii) {
        return len;
    }
    for c in rest[len..].chars() {
        let fits = if len == 0 {
            c == '_' || unicode_ident::is_xid_start(c)
        } else {
            c == '-' || unicode_ident::is_xid_continue(c)
        };
        if !fits {
            break;
        }
        len += c.len_utf8();
    }
    len
}

/// Whether `text` is a name.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    !text.is_empty() && ident_length(text) == text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> String {
        lex(text, Start::Normal)
            .iter()
            .map(|t| format!("{:?}:{} ", t.kind, t.text(text)))
            .collect()
    }

    #[test]
    fn nested_templates_return_to_their_strings() {
        assert_eq!(
            kinds(r#""a${ {b="c"} ~}$${d"#),
            "OpenQuote:\" QuotedLit:a TemplateInterp:${ OpenBrace:{ Ident:b Equal:= OpenQuote:\" \
             QuotedLit:c CloseQuote:\" CloseBrace:} TemplateEnd:~} QuotedLit:$${d Eof: "
        );
    }

    #[test]
    fn a_heredoc_ends_at_its_marker_alone_on_a_line() {
        assert_eq!(
            kinds("<<-E\n Ex\n${1}E\n  E\nb"),
            "OpenHeredoc:<<-E\n StringLit: Ex\n TemplateInterp:${ Number:1 TemplateEnd:} StringLit:E\n \
             CloseHeredoc:  E Newline:\n Ident:b Eof: "
        );
        assert_eq!(kinds("1<<2"), "Number:1 Less:< Less:< Number:2 Eof: ");
    }

    #[test]
    fn numbers_take_what_fits() {
        assert_eq!(
            kinds("1.5e-3 1.e 0x1 1... 1.2.3"),
            "Number:1.5e-3 Number:1 Dot:. Ident:e Number:0 Ident:x1 Number:1 Ellipsis:... Number:1.2.3 Eof: "
        );
    }

    #[test]
    fn a_comment_without_end_is_none() {
        assert_eq!(
            kinds("/* /* */ /* a /* b"),
            "Comment:/* /* */ Slash:/ Star:* Ident:a Slash:/ Star:* Ident:b Eof: "
        );
    }

    #[test]
    fn tokens_and_blanks_are_the_whole_text() {
        for text in [
            "a = \"x\ny\" # c\n/* u",
            "\u{feff}é-1 \u{0}\\ 'x'; `",
            "<<A\n${\"${",
        ] {
            let mut at = 0;
            for token in lex(text, Start::Normal) {
                let gap = &text[at..token.start as usize];
                assert!(gap.bytes().all(|b| b == b' ' || b == b'\t'), "{gap:?}");
                at = token.end as usize;
            }
            assert_eq!(at, text.len());
        }
    }
}
