//! The spaces before every token: indentation, spacing within a line, and columns over several lines.
//!
//! A line has up to three cells: what leads, the assignment from `=` on, and a comment. Neighbouring
//! lines that have an assignment align it, and those that have a comment align that.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::super::token::TokenKind;
use super::Piece;

/// The cells of a line, as ranges of pieces.
#[derive(Clone, Debug, Default)]
struct Line {
    lead: Range<usize>,
    assign: Range<usize>,
    comment: Range<usize>,
}

/// Sets the spaces before every piece.
pub(super) fn layout(pieces: &mut [Piece<'_>]) {
    let lines = lines(pieces);
    indent(pieces, &lines);
    space(pieces, &lines);
    align(
        pieces,
        &lines,
        |line| &line.assign,
        |line| vec![line.lead.clone()],
    );
    align(
        pieces,
        &lines,
        |line| &line.comment,
        |line| vec![line.lead.clone(), line.assign.clone()],
    );
}

fn ends_line(piece: &Piece<'_>) -> bool {
    match piece.kind {
        TokenKind::Newline => true,
        TokenKind::Comment => piece.text.ends_with('\n'),
        _ => false,
    }
}

/// Whether a token opens (1) or closes (-1) brackets.
fn bracket_change(kind: TokenKind) -> i64 {
    match kind {
        TokenKind::OpenBrace
        | TokenKind::OpenBracket
        | TokenKind::OpenParen
        | TokenKind::TemplateControl
        | TokenKind::TemplateInterp => 1,
        TokenKind::CloseBrace
        | TokenKind::CloseBracket
        | TokenKind::CloseParen
        | TokenKind::TemplateEnd => -1,
        _ => 0,
    }
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, piece) in pieces.iter().enumerate() {
        let end = match piece.kind {
            TokenKind::Eof => i,
            _ if ends_line(piece) => i + 1,
            _ => continue,
        };
        lines.push(cells(pieces, start..end));
        start = i + 1;
    }
    lines
}

fn cells(pieces: &[Piece<'_>], all: Range<usize>) -> Line {
    let nothing = all.end..all.end;
    let mut line = Line {
        lead: all.clone(),
        assign: nothing.clone(),
        comment: nothing,
    };
    if all.len() > 1 && pieces[all.end - 1].kind == TokenKind::Comment {
        line.comment = all.end - 1..all.end;
        line.lead.end -= 1;
    }
    let equal = (line.lead.start + 1..line.lead.end).find(|i| pieces[*i].kind == TokenKind::Equal);
    if let Some(at) = equal {
        let rest = at..line.lead.end;
        let net: i64 = pieces[rest.clone()]
            .iter()
            .map(|p| bracket_change(p.kind))
            .sum();
        // Otherwise the value goes on over the next lines.
        if net == 0 {
            line.assign = rest;
            line.lead.end = at;
        }
    }
    line
}

fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    // For every level of indentation, how many brackets opened it.
    let mut levels: Vec<i64> = Vec::new();
    for line in lines {
        if line.lead.is_empty() {
            continue;
        }
        let first = line.lead.start;
        if pieces[first].kind == TokenKind::Newline {
            pieces[first].spaces = 0;
            continue;
        }
        let mut net = 0;
        for cell in [&line.lead, &line.assign] {
            for piece in &pieces[cell.clone()] {
                net += bracket_change(piece.kind);
                if piece.kind == TokenKind::OpenHeredoc {
                    break;
                }
            }
        }
        if net > 0 {
            pieces[first].spaces = 2 * levels.len();
            levels.push(net);
            continue;
        }
        let mut closed = -net;
        while closed > 0 {
            let Some(level) = levels.last_mut() else {
                break;
            };
            if closed < *level {
                *level -= closed;
                break;
            }
            closed -= *level;
            levels.pop();
        }
        pieces[first].spaces = 2 * levels.len();
    }
}

fn space(pieces: &mut [Piece<'_>], lines: &[Line]) {
    for line in lines {
        for cell in [&line.lead, &line.assign] {
            let mut before = None;
            for i in cell.clone() {
                if i + 1 < cell.end {
                    let wanted = space_between(before, &pieces[i], &pieces[i + 1]);
                    pieces[i + 1].spaces = usize::from(wanted);
                }
                before = Some(pieces[i].kind);
            }
        }
    }
}

/// Whether a space stands between `subject` and `after`. `before` is what precedes the subject in its
/// cell.
fn space_between(before: Option<TokenKind>, subject: &Piece<'_>, after: &Piece<'_>) -> bool {
    use TokenKind::*;
    let is_template = |kind| matches!(kind, TemplateInterp | TemplateControl);
    match (subject.kind, after.kind) {
        (_, Newline) => false,
        (Ident, OpenParen) | (Ident, DoubleColon) | (DoubleColon, Ident) => false,
        (Dot, _) | (_, Dot) | (_, Comma | Ellipsis) => false,
        (Comma, _) => true,
        (QuotedLit | StringLit | OpenQuote | OpenHeredoc, _)
        | (_, QuotedLit | StringLit | CloseQuote | CloseHeredoc) => false,
        (Ident, _) if subject.text == "in" && before == Some(Ident) => true,
        (Ident | Number, OpenBracket) => false,
        (kind, OpenBracket) if bracket_change(kind) < 0 => false,
        (Bang, _) => false,
        (Minus, _) => !starts_negation(before),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (kind, OpenBrace) if is_template(kind) => true,
        (CloseBrace, TemplateEnd) => true,
        (TemplateEnd, kind) if is_template(kind) => false,
        (kind, _) if bracket_change(kind) > 0 => false,
        (_, kind) if bracket_change(kind) < 0 => false,
        _ => true,
    }
}

/// Whether a minus after this is a sign rather than a subtraction.
fn starts_negation(before: Option<TokenKind>) -> bool {
    use TokenKind::*;
    matches!(
        before,
        None | Some(
            OpenParen
                | OpenBrace
                | OpenBracket
                | Equal
                | Colon
                | Comma
                | Question
                | Plus
                | Star
                | Slash
                | Percent
                | Minus
                | EqualOp
                | NotEqual
                | Greater
                | GreaterOrEqual
                | Less
                | LessOrEqual
                | And
                | Or
                | Bang
        )
    )
}

/// Aligns one cell over neighbouring lines that have it, after the longest of what precedes it.
fn align(
    pieces: &mut [Piece<'_>],
    lines: &[Line],
    cell: fn(&Line) -> &Range<usize>,
    preceding: fn(&Line) -> Vec<Range<usize>>,
) {
    let width = |pieces: &[Piece<'_>], line: &Line| -> usize {
        let cells = preceding(line);
        cells.into_iter().map(|c| columns(&pieces[c])).sum()
    };
    let mut start = 0;
    while start < lines.len() {
        let chain = lines[start..]
            .iter()
            .take_while(|line| !cell(line).is_empty())
            .count();
        let chain = &lines[start..start + chain];
        let widths: Vec<usize> = chain.iter().map(|line| width(pieces, line)).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in chain.iter().zip(&widths) {
            pieces[cell(line).start].spaces = widest - width + 1;
        }
        start += chain.len() + 1;
    }
}

fn columns(pieces: &[Piece<'_>]) -> usize {
    let width = |text: &str| match text.is_ascii() {
        true => text.len(),
        false => text.graphemes(true).count(),
    };
    pieces.iter().map(|p| p.spaces + width(&p.text)).sum()
}
