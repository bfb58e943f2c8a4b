//! Leaves as text: plain values, strings over several lines, and JSON within strings.

use std::fmt::Write;

use super::tree::{Pen, Told, side};
use crate::report::diff::sequence::{Pairing, pair_elements};
use crate::report::diff::{Data, Diff, Pair, Shape, Verb, dynamic};
use crate::report::quote::quote;
use crate::report::style::Ink;

/// How a string is shown.
enum Form<'a> {
    /// On one line.
    Line(&'a Data),
    /// As a here document.
    Lines(&'a str),
    /// As a call of jsonencode.
    Json(Data),
}

fn form(data: &Data) -> Form<'_> {
    let Data::Text(text) = data else {
        return Form::Line(data);
    };
    if text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str::<serde_json::Value>(text)
    {
        return Form::Json(Data::from_json(&json));
    }
    if text.contains('\n') {
        return Form::Lines(text.trim());
    }
    Form::Line(data)
}

/// A leaf's change.
pub(super) fn leaf(
    pen: &Pen<'_>,
    diff: &Diff,
    sides: (Option<&Data>, Option<&Data>),
    indent: usize,
    told: Told,
) -> String {
    let forces = pen.forces(diff.replace, told);
    let null = pen.null_suffix(diff.verb, told);
    match diff.verb {
        Verb::Create | Verb::NoOp | Verb::Delete => {
            let data = match diff.verb {
                Verb::Delete => side(sides.0),
                _ => side(sides.1),
            };
            match form(data) {
                Form::Line(data) => format!("{}{null}{forces}", plain(pen, data)),
                Form::Lines(text) => {
                    let mut out = format!("<<-EOT{forces}\n");
                    let pad = pen.pad(indent + 1) + &pen.symbol(Verb::NoOp);
                    for line in text.split('\n') {
                        let _ = writeln!(out, "{pad}{line}");
                    }
                    out + &end(pen, indent, &null)
                }
                Form::Json(data) => {
                    let pair = match diff.verb {
                        Verb::Create => (None, Some(&data)),
                        Verb::Delete => (Some(&data), None),
                        _ => (Some(&data), Some(&data)),
                    };
                    json(pen, diff, pair, indent, told)
                }
            }
        }
        Verb::Update => match (form(side(sides.0)), form(side(sides.1))) {
            (Form::Json(old), Form::Json(new)) => {
                json(pen, diff, (Some(&old), Some(&new)), indent, told)
            }
            (Form::Lines(_), Form::Lines(_) | Form::Line(Data::Text(_) | Data::Null))
            | (Form::Line(Data::Text(_) | Data::Null), Form::Lines(_)) => {
                let text = |d| match side(d) {
                    Data::Text(t) => t.clone(),
                    _ => "null".into(),
                };
                let (old, new) = (text(sides.0), text(sides.1));
                format!(
                    "<<-EOT{forces}\n{}{}",
                    lines(pen, &old, &new, indent),
                    end(pen, indent, "")
                )
            }
            (old, new) => {
                let inner = Told {
                    no_null: true,
                    force_replace: false,
                    ..told
                };
                let one = |side: Option<&Data>, verb| {
                    let shape = match verb {
                        Verb::Delete => Shape::Leaf(side.cloned(), None),
                        _ => Shape::Leaf(None, side.cloned()),
                    };
                    pen.value(
                        &Diff {
                            verb,
                            replace: false,
                            shape,
                        },
                        indent,
                        inner,
                    )
                };
                // A note at the end of a structure would not be seen.
                let forces = match (old, new) {
                    (Form::Json(_), _) | (_, Form::Json(_)) => "",
                    _ => forces.as_str(),
                };
                format!(
                    "{} {} {}{forces}",
                    one(sides.0, Verb::Delete),
                    pen.style.paint(&[Ink::Yellow], "->"),
                    one(sides.1, Verb::Create)
                )
            }
        },
    }
}

/// A value on one line.
fn plain(pen: &Pen<'_>, data: &Data) -> String {
    match data {
        Data::Bool(b) => b.to_string(),
        Data::Number(n) => n.clone(),
        Data::Text(t) => quote(t),
        _ => pen.style.paint(&[Ink::Dim], "null"),
    }
}

fn end(pen: &Pen<'_>, indent: usize, suffix: &str) -> String {
    format!("{}{}EOT{suffix}", pen.pad(indent), pen.symbol(Verb::NoOp))
}

/// All lines of both texts, each line that differs with its symbol.
fn lines(pen: &Pen<'_>, old: &str, new: &str, indent: usize) -> String {
    let split = |text: &str| -> Vec<String> {
        let text = if text.contains('\n') {
            text.trim()
        } else {
            text
        };
        text.split('\n').map(str::to_owned).collect()
    };
    let (old, new) = (split(old), split(new));
    let mut out = String::new();
    let mut line = |verb, text: &str| {
        let _ = writeln!(out, "{}{}{text}", pen.pad(indent + 1), pen.symbol(verb));
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
    out
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
    diff: &Diff,
    (before, after): (Option<&Data>, Option<&Data>),
    indent: usize,
    told: Told,
) -> String {
    let tree = dynamic::diff(Pair::new(before, after));
    let blank = tree.verb == Verb::NoOp && diff.verb == Verb::Update;
    let told_inner = Told {
        no_null: true,
        force_replace: false,
        whole: told.whole || blank,
    };
    let (note, forces) = if blank && diff.replace {
        (
            " # whitespace changes force replacement".to_owned(),
            String::new(),
        )
    } else if blank {
        (" # whitespace changes".to_owned(), String::new())
    } else {
        (String::new(), pen.forces(diff.replace, told))
    };
    let text = pen.value(&tree, indent + 1, told_inner);
    let null = pen.null_suffix(diff.verb, told);
    if !text.contains('\n') {
        return format!("jsonencode({text}{note}){null}{forces}");
    }
    let verb = match diff.verb {
        Verb::Update if !blank => Verb::Update,
        _ => Verb::NoOp,
    };
    format!(
        "jsonencode({note}\n{}{}{text}{forces}\n{}{}){null}",
        pen.pad(indent + 1),
        pen.symbol(verb),
        pen.pad(indent),
        pen.symbol(Verb::NoOp),
    )
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
