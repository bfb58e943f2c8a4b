//! Leaves as text: plain values, strings over several lines, and JSON within strings.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::tree::{Pen, Told, side};
use crate::report::diff::sequence::{Pairing, pair_elements};
use crate::report::diff::{Data, Diff, Pair, Shape, Verb, dynamic};
use crate::report::quote::quote;
use crate::report::style::Ink;

/// How a string is shown.
enum Form<'a, 'v> {
    /// On one line.
    Line(&'a Data<'v>),
    /// As a here document.
    Lines(&'v str),
    /// As a call of jsonencode.
    Json(Json),
}

fn form<'a, 'v>(data: &'a Data<'v>) -> Form<'a, 'v> {
    let &Data::Text(text) = data else {
        return Form::Line(data);
    };
    if text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(text)
    {
        return Form::Json(json);
    }
    if text.contains('\n') {
        return Form::Lines(text.trim());
    }
    Form::Line(data)
}

/// Writes a leaf's change.
pub(super) fn leaf(
    pen: &Pen<'_>,
    out: &mut String,
    diff: &Diff<'_>,
    sides: (Option<&Data<'_>>, Option<&Data<'_>>),
    indent: usize,
    told: Told,
) {
    match diff.verb {
        Verb::Create | Verb::NoOp | Verb::Delete => {
            let data = match diff.verb {
                Verb::Delete => side(sides.0),
                _ => side(sides.1),
            };
            match form(data) {
                Form::Line(data) => {
                    plain(pen, out, data);
                    pen.null_suffix(out, diff.verb, told);
                    pen.forces(out, diff.replace, told);
                }
                Form::Lines(text) => {
                    begin(pen, out, diff, told);
                    for line in text.split('\n') {
                        pen.margin(out, indent + 1, Verb::NoOp);
                        out.push_str(line);
                        out.push('\n');
                    }
                    end(pen, out, indent);
                    pen.null_suffix(out, diff.verb, told);
                }
                Form::Json(document) => {
                    let data = Data::from_json(&document);
                    let pair = match diff.verb {
                        Verb::Create => (None, Some(&data)),
                        Verb::Delete => (Some(&data), None),
                        _ => (Some(&data), Some(&data)),
                    };
                    json(pen, out, diff, pair, indent, told);
                }
            }
        }
        Verb::Update => match (form(side(sides.0)), form(side(sides.1))) {
            (Form::Json(old), Form::Json(new)) => {
                let (old, new) = (Data::from_json(&old), Data::from_json(&new));
                json(pen, out, diff, (Some(&old), Some(&new)), indent, told);
            }
            (Form::Lines(_), Form::Lines(_) | Form::Line(Data::Text(_) | Data::Null))
            | (Form::Line(Data::Text(_) | Data::Null), Form::Lines(_)) => {
                let text = |d| match *side(d) {
                    Data::Text(t) => t,
                    _ => "null",
                };
                begin(pen, out, diff, told);
                lines(pen, out, text(sides.0), text(sides.1), indent);
                end(pen, out, indent);
            }
            (old, new) => {
                let inner = Told {
                    no_null: true,
                    force_replace: false,
                    ..told
                };
                let one = |out: &mut String, side: Option<&Data<'_>>, verb| {
                    let shape = match verb {
                        Verb::Delete => Shape::Leaf(side.cloned(), None),
                        _ => Shape::Leaf(None, side.cloned()),
                    };
                    let part = Diff {
                        verb,
                        replace: false,
                        shape,
                    };
                    pen.write(out, &part, indent, inner);
                };
                one(out, sides.0, Verb::Delete);
                out.push(' ');
                pen.style.paint_to(out, &[Ink::Yellow], "->");
                out.push(' ');
                one(out, sides.1, Verb::Create);
                // A note at the end of a structure would not be seen.
                if !matches!((old, new), (Form::Json(_), _) | (_, Form::Json(_))) {
                    pen.forces(out, diff.replace, told);
                }
            }
        },
    }
}

/// Writes a value on one line.
fn plain(pen: &Pen<'_>, out: &mut String, data: &Data<'_>) {
    match data {
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        // Writing to a String cannot fail.
        Data::Number(n) => drop(write!(out, "{n}")),
        Data::Text(t) => out.push_str(&quote(t)),
        _ => pen.style.paint_to(out, &[Ink::Dim], "null"),
    }
}

/// The first line of a here document.
fn begin(pen: &Pen<'_>, out: &mut String, diff: &Diff<'_>, told: Told) {
    out.push_str("<<-EOT");
    pen.forces(out, diff.replace, told);
    out.push('\n');
}

/// The last one.
fn end(pen: &Pen<'_>, out: &mut String, indent: usize) {
    pen.margin(out, indent, Verb::NoOp);
    out.push_str("EOT");
}

/// All lines of both texts, each line that differs with its symbol.
fn lines(pen: &Pen<'_>, out: &mut String, old: &str, new: &str, indent: usize) {
    let split = |text: &str| -> Vec<String> {
        let text = if text.contains('\n') {
            text.trim()
        } else {
            text
        };
        text.split('\n').map(str::to_owned).collect()
    };
    let (old, new) = (split(old), split(new));
    let mut line = |verb, text: &str| {
        pen.margin(out, indent + 1, verb);
        out.push_str(text);
        out.push('\n');
    };
    for (i, j) in pair_lines(&old, &new) {
        match (i.map(|i| &old[i]), j.map(|j| &new[j])) {
            (Some(a), Some(b)) if a == b => line(Verb::NoOp, a),
            (a, b) => {
                if let Some(a) = a {
                    line(Verb::Delete, a);
                }
                if let Some(b) = b {
                    line(Verb::Create, b);
                }
            }
        }
    }
}

/// Which lines of two texts face each other.
pub(crate) fn pair_lines(old: &[String], new: &[String]) -> Vec<Pairing> {
    match old.len().saturating_mul(new.len()) > EXACT_LIMIT {
        true => pair_long(old, new),
        false => pair_elements(old, new, |a, b| a == b, |_| false),
    }
}

/// Above this many pairs of lines a text is compared in linear space.
const EXACT_LIMIT: usize = 16 << 20;

fn pair_long(old: &[String], new: &[String]) -> Vec<Pairing> {
    use similar::{Algorithm, ChangeTag, capture_diff_slices};
    capture_diff_slices(Algorithm::Myers, old, new)
        .iter()
        .flat_map(|op| op.iter_changes(old, new))
        .map(|change| match change.tag() {
            ChangeTag::Insert => (None, change.new_index()),
            ChangeTag::Delete => (change.old_index(), None),
            ChangeTag::Equal => (change.old_index(), change.new_index()),
        })
        .collect()
}

fn json(
    pen: &Pen<'_>,
    out: &mut String,
    diff: &Diff<'_>,
    (before, after): (Option<&Data<'_>>, Option<&Data<'_>>),
    indent: usize,
    told: Told,
) {
    let tree = dynamic::diff(Pair::new(before, after));
    let blank = tree.verb == Verb::NoOp && diff.verb == Verb::Update;
    let told_inner = Told {
        no_null: true,
        force_replace: false,
        whole: told.whole || blank,
    };
    let note = match (blank, diff.replace) {
        (true, true) => " # whitespace changes force replacement",
        (true, false) => " # whitespace changes",
        (false, _) => "",
    };
    let forces = |out: &mut String| {
        if !blank {
            pen.forces(out, diff.replace, told);
        }
    };
    let text = pen.value(&tree, indent + 1, told_inner);
    out.push_str("jsonencode(");
    if !text.contains('\n') {
        out.push_str(&text);
        out.push_str(note);
        out.push(')');
        pen.null_suffix(out, diff.verb, told);
        return forces(out);
    }
    let verb = match diff.verb {
        Verb::Update if !blank => Verb::Update,
        _ => Verb::NoOp,
    };
    out.push_str(note);
    out.push('\n');
    pen.margin(out, indent + 1, verb);
    out.push_str(&text);
    forces(out);
    out.push('\n');
    pen.margin(out, indent, Verb::NoOp);
    out.push(')');
    pen.null_suffix(out, diff.verb, told);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_show_only_the_lines_that_differ() {
        let old: Vec<String> = (0..5000).map(|i| i.to_string()).collect();
        let mut new = old.clone();
        new.remove(10);
        new.insert(4000, "x".into());
        new.push("y".into());
        let pairs = pair_long(&old, &new);
        let changed: Vec<_> = pairs
            .iter()
            .filter(|p| p.0.is_none() || p.1.is_none())
            .collect();
        assert_eq!(
            changed,
            [&(Some(10), None), &(None, Some(4000)), &(None, Some(5000))]
        );
    }
}
