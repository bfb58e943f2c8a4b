//! The tokens of native syntax. Together with the white space between them they are the text.

use super::source::{FileId, SrcSpan};

/// A token: what it is and which bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Token {
    /// The token's place.
    #[must_use]
    pub fn span(self, file: FileId) -> SrcSpan {
        SrcSpan {
            file,
            start: self.start,
            end: self.end,
        }
    }

    /// The token's text within the text that it was read from.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// The quote that begins a string.
    OpenQuote,
    /// The quote that ends one.
    CloseQuote,
    /// `<<EOT` or `<<-EOT` with its line end.
    OpenHeredoc,
    /// The line with the end marker, without its line end.
    CloseHeredoc,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `%`
    Percent,
    /// `==`
    EqualOp,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Bang,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `::`
    DoubleColon,
    /// `...`
    Ellipsis,
    /// `=>`
    FatArrow,
    /// `?`
    Question,
    /// `:`
    Colon,
    /// `=`
    Equal,
    /// `${` or `${~`
    TemplateInterp,
    /// `%{` or `%{~`
    TemplateControl,
    /// `}` or `~}` after one of these.
    TemplateEnd,
    /// Text in a quoted string.
    QuotedLit,
    /// Text in a heredoc (a line at most) or template file.
    StringLit,
    /// A number.
    Number,
    /// A name.
    Ident,
    /// A comment; one that begins with `#` or `//` takes its line end along.
    Comment,
    /// A line end.
    Newline,
    /// The end of the text; empty.
    Eof,
    /// `&`, `|`, `^` or `~`: not part of the language.
    Bitwise,
    /// `'`
    Apostrophe,
    /// `` ` ``
    Backtick,
    /// `;`
    Semicolon,
    /// A line end in a quoted string.
    QuotedNewline,
    /// Any other character.
    Invalid,
}

impl TokenKind {
    /// The bracket that matches this one, if it is a bracket.
    #[must_use]
    pub fn opposite(self) -> Option<TokenKind> {
        use TokenKind::*;
        Some(match self {
            OpenBrace => CloseBrace,
            CloseBrace => OpenBrace,
            OpenBracket => CloseBracket,
            CloseBracket => OpenBracket,
            OpenParen => CloseParen,
            CloseParen => OpenParen,
            OpenQuote => CloseQuote,
            CloseQuote => OpenQuote,
            OpenHeredoc => CloseHeredoc,
            CloseHeredoc => OpenHeredoc,
            TemplateInterp | TemplateControl => TemplateEnd,
            TemplateEnd => TemplateInterp,
            _ => return None,
        })
    }
}
