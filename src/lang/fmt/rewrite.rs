//! Spellings that `fmt` modernises. It changes tokens, never spaces.

use std::borrow::Cow;
use std::ops::Range;

use trunkline_api::quote::quote;

use super::super::ast::{Attribute, Block, Body};
use super::super::source::SrcSpan;
use super::super::token::TokenKind;
use super::Piece;

/// The pieces with old spellings replaced. `starts` are the offsets at which the pieces begin.
pub(super) fn rewrite<'t>(body: &Body, pieces: Vec<Piece<'t>>, starts: &[u32]) -> Vec<Piece<'t>> {
    let mut edits = Edits {
        pieces: &pieces,
        starts,
        edits: Vec::new(),
    };
    edits.body(body, &[]);
    let mut edits = edits.edits;
    if edits.is_empty() {
        return pieces;
    }
    edits.sort_by_key(|e| e.0.start);
    let mut out = Vec::with_capacity(pieces.len());
    let mut at = 0;
    for (range, replacement) in edits {
        out.extend_from_slice(&pieces[at..range.start]);
        out.extend(replacement);
        at = range.end;
    }
    out.extend_from_slice(&pieces[at..]);
    out
}

struct Edits<'p, 't> {
    pieces: &'p [Piece<'t>],
    starts: &'p [u32],
    edits: Vec<(Range<usize>, Vec<Piece<'t>>)>,
}

fn piece<'t>(kind: TokenKind, text: &'static str) -> Piece<'t> {
    Piece {
        kind,
        text: Cow::Borrowed(text),
        spaces: 0,
    }
}

impl<'t> Edits<'_, 't> {
    /// The pieces within a span.
    fn range(&self, span: SrcSpan) -> Range<usize> {
        let at = |offset: u32| self.starts.partition_point(|s| *s < offset);
        at(span.start)..at(span.end)
    }

    fn body(&mut self, body: &Body, inside: &[&str]) {
        for attribute in &body.attributes {
            self.attribute(attribute, inside);
        }
        for block in &body.blocks {
            self.labels(block);
            let mut path = inside.to_vec();
            path.push(&block.kind);
            self.body(&block.body, &path);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, inside: &[&str]) {
        let range = self.range(attribute.expr.span);
        let pieces = &self.pieces[range.clone()];
        let replacement = if inside == ["variable"] && &*attribute.name == "type" {
            type_expression(pieces)
        } else {
            unwrapped(pieces)
        };
        if let Some(replacement) = replacement {
            self.edits.push((range, replacement));
        }
    }

    /// Labels are quoted, and nothing stands between them, not even a comment.
    fn labels(&mut self, block: &Block) {
        let between = SrcSpan {
            start: block.kind_span.end,
            end: block
                .labels
                .last()
                .map_or(block.kind_span.end, |l| l.span.end),
            ..block.kind_span
        };
        let range = self.range(between);
        let mut quoted = Vec::with_capacity(block.labels.len() * 3);
        for label in &block.labels {
            quoted.push(piece(TokenKind::OpenQuote, "\""));
            if !label.text.is_empty() {
                quoted.push(Piece {
                    kind: TokenKind::QuotedLit,
                    text: Cow::Owned(escaped(&label.text)),
                    spaces: 0,
                });
            }
            quoted.push(piece(TokenKind::CloseQuote, "\""));
        }
        self.edits.push((range, quoted));
    }
}

/// The text of a quoted string that means `text`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out
}

fn is_printable(c: char) -> bool {
    !quote(c.encode_utf8(&mut [0; 4])).starts_with("\"\\")
}

/// A variable's type as it was written before Terraform 0.12: `"list"`, or `list` without element.
fn type_expression<'t>(pieces: &[Piece<'t>]) -> Option<Vec<Piece<'t>>> {
    let of = |kind: &'static str, element: &'static str| {
        vec![
            piece(TokenKind::Ident, kind),
            piece(TokenKind::OpenParen, "("),
            piece(TokenKind::Ident, element),
            piece(TokenKind::CloseParen, ")"),
        ]
    };
    match pieces {
        [keyword] if keyword.kind == TokenKind::Ident => match &*keyword.text {
            "list" => Some(of("list", "any")),
            "map" => Some(of("map", "any")),
            "set" => Some(of("set", "any")),
            _ => None,
        },
        [open, text, close]
            if open.kind == TokenKind::OpenQuote
                && text.kind == TokenKind::QuotedLit
                && close.kind == TokenKind::CloseQuote =>
        {
            match &*text.text {
                "string" => Some(vec![piece(TokenKind::Ident, "string")]),
                "list" => Some(of("list", "string")),
                "map" => Some(of("map", "string")),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `expr` for `"${expr}"`.
fn unwrapped<'t>(pieces: &[Piece<'t>]) -> Option<Vec<Piece<'t>>> {
    let [open, interpolation, inside @ .., end, close] = pieces else {
        return None;
    };
    let wrapped = !inside.is_empty()
        && open.kind == TokenKind::OpenQuote
        && interpolation.kind == TokenKind::TemplateInterp
        && end.kind == TokenKind::TemplateEnd
        && close.kind == TokenKind::CloseQuote;
    if !wrapped {
        return None;
    }
    let mut quotes = 0;
    for piece in inside {
        match piece.kind {
            TokenKind::OpenQuote => quotes += 1,
            TokenKind::CloseQuote => quotes -= 1,
            _ if quotes > 0 => {}
            TokenKind::TemplateInterp | TokenKind::TemplateEnd | TokenKind::QuotedLit => {
                return None;
            }
            _ => {}
        }
    }
    let line_end = |p: &Piece<'_>| p.kind == TokenKind::Newline;
    let start = inside.iter().take_while(|p| line_end(p)).count();
    let trimmed = &inside[start..];
    let after = trimmed.iter().rev().take_while(|p| line_end(p)).count();
    let trimmed = &trimmed[..trimmed.len() - after];
    let last = trimmed.len().saturating_sub(1);
    let several_lines = trimmed
        .iter()
        .enumerate()
        .any(|(i, p)| line_end(p) && !(i == 0 && p.kind == TokenKind::OpenParen));
    let in_parens = last > 0
        && trimmed[0].kind == TokenKind::OpenParen
        && trimmed[last].kind == TokenKind::CloseParen;
    if several_lines && !in_parens {
        let mut out = vec![piece(TokenKind::OpenParen, "(")];
        out.extend_from_slice(trimmed);
        out.push(piece(TokenKind::CloseParen, ")"));
        return Some(out);
    }
    Some(trimmed.to_vec())
}
