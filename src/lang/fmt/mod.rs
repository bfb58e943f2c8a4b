//! `fmt`: the canonical layout of native syntax, byte for byte what Terraform's `fmt` gives.
//!
//! Two steps: `rewrite` modernises a few spellings (`"${x}"`, `"string"` as a type, labels without
//! quotes), `layout` decides the spaces before every token. Comments and line ends stay. It reads
//! and writes no files.

mod layout;
mod rewrite;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use trunkline_api::Diagnostics;

use super::lexer::{Start, lex};
use super::parser::parse_file;
use super::source::{FileId, Sources};
use super::token::TokenKind;

/// A token with the spaces before it.
#[derive(Clone, Debug)]
struct Piece<'t> {
    kind: TokenKind,
    text: Cow<'t, str>,
    spaces: usize,
}

/// The text of `file` in canonical layout.
///
/// # Errors
/// What is wrong with the syntax; then the text is best left alone.
pub fn format(sources: &Sources, file: FileId) -> Result<String, Diagnostics> {
    let (body, problems) = parse_file(sources, file);
    if !problems.is_empty() {
        return Err(problems);
    }
    let text = sources.text(file);
    let (pieces, starts) = pieces(&text);
    Ok(laid_out(rewrite::rewrite(&body, pieces, &starts)))
}

/// A text that this program wrote, be it a file or an expression, in canonical layout. Nothing but spaces changes.
#[must_use]
pub fn lay_out(text: &str) -> String {
    let mut laid: Vec<Piece<'_>> = Vec::new();
    for piece in pieces(text).0 {
        // An infinite number is written with its sign and as one word.
        let signed = |last: &Piece<'_>| matches!(&*last.text, "+" | "-");
        let infinite = piece.text == "Inf" && piece.spaces == 0;
        match laid.pop() {
            Some(sign) if infinite && signed(&sign) => laid.push(Piece {
                text: Cow::Owned(format!("{}Inf", sign.text)),
                spaces: sign.spaces,
                kind: piece.kind,
            }),
            last => {
                laid.extend(last);
                laid.push(piece);
            }
        }
    }
    laid_out(laid)
}

/// The tokens of a text, and where each begins.
fn pieces(text: &str) -> (Vec<Piece<'_>>, Vec<u32>) {
    let mut pieces = Vec::new();
    let mut starts = Vec::new();
    let mut end = 0;
    for token in lex(text, Start::Normal) {
        pieces.push(Piece {
            kind: token.kind,
            text: Cow::Borrowed(token.text(text)),
            spaces: token.start.saturating_sub(end) as usize,
        });
        starts.push(token.start);
        end = token.end;
    }
    (pieces, starts)
}

fn laid_out(mut pieces: Vec<Piece<'_>>) -> String {
    layout::layout(&mut pieces);
    let mut out = String::new();
    for piece in &pieces {
        out.extend(std::iter::repeat_n(' ', piece.spaces));
        out.push_str(&piece.text);
    }
    out
}
