//! Attribute-level rows of a change: a path, what was there and what will be.
//!
//! A tree of differences is made flat. What is sensitive has no text here, whichever side it is on.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::report::diff::block::Blocks;
use crate::report::diff::{Data, Diff, Pair, Shape, Verb, dynamic};
use crate::report::plan_text::pair_lines;
use crate::report::quote::{attribute_name, is_identifier, quote};

/// One side of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// A value as it is written in configuration.
    Value(String),
    /// Words instead of a value.
    Words(&'static str),
    /// A text of several lines, shown line by line.
    Lines(Arc<str>),
}

/// Lines of a text, and what happens to each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happens to it.
    pub sign: Sign,
    /// The line.
    pub text: String,
}

/// What happens to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It stays.
    Same,
    /// It goes.
    Out,
    /// It comes.
    In,
}

/// A part of an object that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its path, as an expression would name it.
    pub path: String,
    /// What was there.
    pub before: Option<Text>,
    /// What will be there.
    pub after: Option<Text>,
    /// Its change forces the replacement.
    pub forces: bool,
}

impl Row {
    /// Line by line what happens, where a side has several lines.
    #[must_use]
    pub fn lines(&self) -> Option<Vec<Line>> {
        let several = |side: &Option<Text>| matches!(side, Some(Text::Lines(_)));
        if !several(&self.before) && !several(&self.after) {
            return None;
        }
        let split = |side: &Option<Text>| -> Vec<String> {
            match side {
                None => Vec::new(),
                Some(Text::Lines(text)) => text.lines().map(str::to_owned).collect(),
                Some(Text::Value(text)) => vec![text.clone()],
                Some(Text::Words(words)) => vec![(*words).to_owned()],
            }
        };
        let (old, new) = (split(&self.before), split(&self.after));
        let mut lines = Vec::new();
        for (i, j) in pair_lines(&old, &new) {
            let mut push = |sign, text: &String| {
                lines.push(Line {
                    sign,
                    text: text.clone(),
                });
            };
            match (i.map(|i| &old[i]), j.map(|j| &new[j])) {
                (Some(a), Some(b)) if a == b => push(Sign::Same, a),
                (a, b) => {
                    a.into_iter().for_each(|a| push(Sign::Out, a));
                    b.into_iter().for_each(|b| push(Sign::In, b));
                }
            }
        }
        Some(lines)
    }
}

/// The rows of a change, and how many attributes stay as they are.
#[must_use]
pub fn rows(diff: &Diff<'_>, path: &str) -> (Vec<Row>, usize) {
    let mut flat = Flat::default();
    flat.part(path, diff, false);
    (flat.rows, flat.unchanged)
}

const SENSITIVE: Text = Text::Words("(sensitive value)");
const LATER: Text = Text::Words("(known after apply)");

#[derive(Default)]
struct Flat {
    rows: Vec<Row>,
    unchanged: usize,
}

impl Flat {
    fn row(&mut self, path: &str, sides: (Option<Text>, Option<Text>), forces: bool) {
        self.rows.push(Row {
            path: path.to_owned(),
            before: sides.0,
            after: sides.1,
            forces,
        });
    }

    fn part(&mut self, path: &str, diff: &Diff<'_>, forces: bool) {
        if diff.verb == Verb::NoOp {
            self.unchanged += 1;
            return;
        }
        let forces = forces || diff.replace;
        match &diff.shape {
            Shape::Leaf(before, after) => self.leaf(path, diff, (before, after), forces),
            Shape::Object { fields, .. } => {
                self.container(path, "{}", fields.is_empty(), diff, forces);
                for (name, part) in fields {
                    self.part(&attribute(path, name), part, forces);
                }
            }
            Shape::Map { fields, .. } => {
                self.container(path, "{}", fields.is_empty(), diff, forces);
                for (name, part) in fields {
                    self.part(&format!("{path}[{}]", quote(name)), part, forces);
                }
            }
            Shape::List { items, .. } => {
                self.container(path, "[]", items.is_empty(), diff, forces);
                let (mut old, mut new) = (0, 0);
                for part in items {
                    let index = if part.verb == Verb::Delete { old } else { new };
                    old += usize::from(part.verb != Verb::Create);
                    new += usize::from(part.verb != Verb::Delete);
                    self.part(&format!("{path}[{index}]"), part, forces);
                }
            }
            Shape::Set(items) => {
                self.container(path, "[]", items.is_empty(), diff, forces);
                for part in items {
                    self.part(&format!("{path}[*]"), part, forces);
                }
            }
            Shape::Block(content) => {
                for (name, part) in &content.attributes {
                    self.part(&attribute(path, name), part, forces);
                }
                for (name, blocks) in &content.blocks {
                    self.blocks(&attribute(path, name), blocks, forces);
                }
            }
            Shape::Sensitive { .. } => {
                let sides = match diff.verb {
                    Verb::Create => (None, Some(SENSITIVE)),
                    Verb::Delete => (Some(SENSITIVE), None),
                    _ => (Some(SENSITIVE), Some(SENSITIVE)),
                };
                self.row(path, sides, forces);
            }
            Shape::WriteOnly => {
                let words = Some(Text::Words("(write-only attribute)"));
                let sides = match diff.verb {
                    Verb::Delete => (words, None),
                    _ => (None, words),
                };
                self.row(path, sides, forces);
            }
            Shape::Unknown(gone) => self.later(path, gone.as_deref(), forces),
            Shape::TypeChange(old, new) => {
                let first = self.rows.len();
                self.part(path, old, forces);
                let between = self.rows.len();
                self.part(path, new, forces);
                self.join(path, first, between);
            }
        }
    }

    /// Two single rows of one path, one that goes and one that comes, are one row.
    fn join(&mut self, path: &str, first: usize, between: usize) {
        let single = between == first + 1 && self.rows.len() == between + 1;
        if single && self.rows[first].path == path && self.rows[between].path == path {
            let new = self.rows.pop();
            self.rows[first].after = new.and_then(|r| r.after);
        }
    }

    fn later(&mut self, path: &str, gone: Option<&Diff<'_>>, forces: bool) {
        let first = self.rows.len();
        if let Some(gone) = gone {
            self.part(path, gone, forces);
        }
        let between = self.rows.len();
        self.row(path, (None, Some(LATER)), forces);
        self.join(path, first, between);
    }

    /// A container of nothing has a row of its own.
    fn container(&mut self, path: &str, text: &str, empty: bool, diff: &Diff<'_>, forces: bool) {
        if !empty {
            return;
        }
        let text = Some(Text::Value(text.to_owned()));
        let sides = match diff.verb {
            Verb::Delete => (text, None),
            _ => (None, text),
        };
        self.row(path, sides, forces);
    }

    fn blocks(&mut self, path: &str, blocks: &Blocks<'_>, forces: bool) {
        let forces = forces || blocks.replace;
        let single = blocks.items.len() == 1;
        for (i, (key, part)) in blocks.items.iter().enumerate() {
            let path = match key {
                Some(key) => format!("{path}[{}]", quote(key)),
                None if single => path.to_owned(),
                None => format!("{path}[{i}]"),
            };
            let first = self.rows.len();
            self.part(&path, part, forces);
            // A block without content is there all the same.
            if part.verb != Verb::NoOp && self.rows.len() == first {
                self.container(&path, "{}", true, part, forces);
            }
        }
    }

    fn leaf(
        &mut self,
        path: &str,
        diff: &Diff<'_>,
        (before, after): (&Option<Data<'_>>, &Option<Data<'_>>),
        forces: bool,
    ) {
        let before = before.as_ref().filter(|_| diff.verb != Verb::Create);
        let after = after.as_ref().filter(|_| diff.verb != Verb::Delete);
        let json = |side: Option<&Data<'_>>| side.map(json_text);
        // A document within a string is compared as one, unless only its white space changes.
        if let (old @ (None | Some(Some(_))), new @ (None | Some(Some(_)))) =
            (json(before), json(after))
        {
            let (old, new) = (old.flatten(), new.flatten());
            let old = old.as_ref().map(Data::from_json);
            let new = new.as_ref().map(Data::from_json);
            let inner = dynamic::diff(Pair::new(old.as_ref(), new.as_ref()));
            if inner.verb != Verb::NoOp {
                return self.part(&format!("jsondecode({path})"), &inner, forces);
            }
        }
        self.row(path, (before.map(text), after.map(text)), forces);
    }
}

/// The document that a string holds, if it holds an object or a list.
fn json_text(data: &Data<'_>) -> Option<Json> {
    let Data::Text(text) = data else { return None };
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn text(data: &Data<'_>) -> Text {
    match data {
        Data::Text(text) if text.trim_end_matches('\n').contains('\n') => {
            Text::Lines((*text).into())
        }
        Data::Text(text) => Text::Value(quote(text)),
        Data::Bool(b) => Text::Value(b.to_string()),
        Data::Number(n) => Text::Value(n.to_string()),
        Data::Null => Text::Value("null".into()),
        Data::Unknown => LATER,
        Data::Sensitive(_) => SENSITIVE,
        Data::List(items) => Text::Value(format!("[{} elements]", items.len())),
        Data::Object(fields) => Text::Value(format!("{{{} fields}}", fields.len())),
    }
}

fn attribute(path: &str, name: &str) -> String {
    match (path.is_empty(), is_identifier(name)) {
        (true, _) => attribute_name(name).into_owned(),
        (false, true) => format!("{path}.{name}"),
        (false, false) => format!("{path}[{}]", quote(name)),
    }
}
