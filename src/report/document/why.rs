//! Causes of changes as text: the chain from an attribute to the input that changed.
//!
//! Nothing that is sensitive is told: the expressions behind a sensitive value are left out, and any text that is
//! sensitive somewhere in the plan is taken out of the others.

use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::{BTreeMap, BTreeSet};

use trunkline_api::{Kind, Marks, Path, Value};

use super::{Document, Entry, Row, Text};
use crate::plan::Plan;
use crate::plan::cause::{Bearing, Cause, Link, Why};
use crate::report::{Schemas, mask, quote};

/// Shorter texts are too common to be taken out.
const SHORTEST: usize = 4;

/// Takes out of texts what is sensitive somewhere in a plan.
pub struct Scrub(Option<AhoCorasick>);

impl Scrub {
    /// Collects what is sensitive.
    #[must_use]
    pub fn new(plan: &Plan, schemas: &dyn Schemas) -> Scrub {
        let mut found = BTreeSet::new();
        for change in &plan.changes {
            let resource = &change.address.resource;
            let schema =
                schemas.resource(&change.provider_source, resource.mode, &resource.type_name);
            for value in [&change.before, &change.after] {
                match schema {
                    Some(schema) => {
                        collect(&mask::with_schema(value, &schema.block), false, &mut found)
                    }
                    None => collect(value, false, &mut found),
                }
            }
        }
        for output in &plan.outputs {
            collect(&output.before, output.sensitive, &mut found);
            collect(&output.after, output.sensitive, &mut found);
        }
        plan.variables
            .values()
            .for_each(|v| collect(v, false, &mut found));
        let searcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&found);
        Scrub(searcher.ok().filter(|_| !found.is_empty()))
    }

    /// The text without what is sensitive.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let Some(searcher) = &self.0 else {
            return text.to_owned();
        };
        let mut out = String::with_capacity(text.len());
        searcher.replace_all_with(text, &mut out, |_, _, out| {
            out.push_str("(sensitive)");
            true
        });
        out
    }

    /// Rows without what is sensitive: what a provider gives back of it is not marked.
    #[must_use]
    pub fn rows(&self, rows: Vec<Row>) -> Vec<Row> {
        if self.0.is_none() {
            return rows;
        }
        let side = |text: Option<Text>| {
            text.map(|text| match text {
                Text::Value(text) => Text::Value(self.text(&text)),
                Text::Lines(text) => Text::Lines(self.text(&text).into()),
                Text::Words(words) => Text::Words(words),
            })
        };
        let row = |row: Row| Row {
            path: self.text(&row.path),
            before: side(row.before),
            after: side(row.after),
            ..row
        };
        rows.into_iter().map(row).collect()
    }

    /// The cause of a change without what is sensitive. `hidden` says whether the value at a path is.
    #[must_use]
    pub fn why(&self, why: &Why, hidden: &dyn Fn(&Path) -> bool) -> Why {
        let causes = why.causes.iter().map(|cause| match cause {
            Cause::Attribute {
                path,
                at,
                forces,
                outside,
                link,
            } => Cause::Attribute {
                path: path.clone(),
                at: at.clone(),
                forces: *forces,
                outside: *outside,
                link: self.link(link, hidden(at)),
            },
            Cause::Trigger(link) => Cause::Trigger(self.link(link, false)),
            Cause::Repetition(link) => Cause::Repetition(self.link(link, false)),
            Cause::Words(words) => Cause::Words(words.clone()),
        });
        Why {
            causes: causes.collect(),
            brings: why.brings.clone(),
        }
    }

    fn link(&self, link: &Link, hidden: bool) -> Link {
        let shown = link.expression.as_ref().filter(|_| !hidden);
        Link {
            name: self.text(&link.name),
            told: link.told.as_ref().map(|told| self.text(told)),
            expression: shown.map(|e| self.text(e)),
            span: link.span.clone(),
            bearing: link.bearing,
            object: link.object.clone(),
            from: link.from.iter().map(|l| self.link(l, hidden)).collect(),
        }
    }
}

fn collect(value: &Value, within: bool, found: &mut BTreeSet<String>) {
    let sensitive = within || value.marks().is_sensitive();
    if !sensitive && value.marks_deep() == Marks::default() {
        return;
    }
    match value.kind() {
        Kind::String(text) if sensitive && text.len() >= SHORTEST => {
            // In other texts it may be written with escapes, and line by line.
            let mut forms = vec![text.to_string()];
            forms.extend(text.lines().map(str::to_owned));
            let escaped = |form: &String| {
                let quoted = quote::quote(form);
                quoted[1..quoted.len() - 1].to_owned()
            };
            let json = |form: &String| {
                let quoted = serde_json::Value::from(form.as_str()).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            };
            forms.extend(forms.iter().map(escaped).collect::<Vec<_>>());
            forms.extend(forms.iter().map(json).collect::<Vec<_>>());
            found.extend(forms.into_iter().filter(|f| f.len() >= SHORTEST));
        }
        Kind::Number(n) if sensitive => {
            let text = n.to_string();
            if text.len() >= SHORTEST {
                found.insert(text);
            }
        }
        Kind::List(_, items) | Kind::Tuple(items) => {
            items.iter().for_each(|v| collect(v, sensitive, found));
        }
        Kind::Set(_, items) => items.iter().for_each(|v| collect(v, sensitive, found)),
        Kind::Map(_, fields) | Kind::Object(fields) => {
            fields
                .iter()
                .for_each(|(_, v)| collect(v, sensitive, found));
        }
        _ => {}
    }
}

/// The chain of every cause, a line a link, indented by how far it is from the change.
#[must_use]
pub fn lines(why: &Why) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for cause in &why.causes {
        match cause {
            Cause::Words(words) => out.push((0, words.clone())),
            Cause::Attribute {
                path,
                forces,
                outside,
                link,
                ..
            } => {
                let forces = match forces {
                    true => ", which forces the replacement",
                    false => "",
                };
                let words = match outside {
                    true => "was changed outside, and goes back to what the configuration says",
                    false => "gets another value",
                };
                out.push((0, format!("{path} {words}{forces}")));
                if !outside {
                    out.push((1, told(link, "written: ")));
                    chain(&link.from, 2, &mut out);
                }
            }
            Cause::Trigger(link) => {
                out.push((0, told(link, "replace_triggered_by: ")));
                chain(&link.from, 1, &mut out);
            }
            Cause::Repetition(link) => {
                out.push((0, told(link, &format!("{}: ", link.name))));
                chain(&link.from, 1, &mut out);
            }
        }
    }
    out
}

fn chain(links: &[Link], depth: usize, out: &mut Vec<(usize, String)>) {
    let stays = links.iter().filter(|l| l.bearing == Bearing::Stays).count();
    for link in links.iter().filter(|l| l.bearing != Bearing::Stays) {
        out.push((depth, told(link, &format!("{}: ", link.name))));
        chain(&link.from, depth + 1, out);
    }
    if stays > 0 {
        let names: Vec<&str> = links
            .iter()
            .filter(|l| l.bearing == Bearing::Stays)
            .take(4)
            .map(|l| l.name.as_str())
            .collect();
        let more = match stays - names.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let (does, n) = if stays == 1 {
            ("stays", "")
        } else {
            ("stay", "")
        };
        out.push((
            depth,
            format!("{}{more}{n} {does} as before", names.join(", ")),
        ));
    }
}

fn told(link: &Link, head: &str) -> String {
    let mut parts = Vec::new();
    parts.extend(link.expression.clone());
    parts.extend(link.told.clone());
    match link.bearing {
        Bearing::Likely if link.from.is_empty() => parts.push("its value is new".into()),
        Bearing::Possible if link.from.is_empty() && link.told.as_deref() != Some("as above") => {
            parts.push("may have changed".into());
        }
        _ => {}
    }
    let place = link.span.as_ref().filter(|s| !s.file.is_empty());
    let place = place.map_or_else(String::new, |s| format!(" ({}:{})", s.file, s.start.line));
    let head = match parts.is_empty() {
        true => head.trim_end_matches(": "),
        false => head,
    };
    format!("{head}{}{place}", parts.join(", "))
}

/// The shortest way to the gravest input, for one line: `input ← local.a ← var.b`.
#[must_use]
pub fn in_short(cause: &Cause) -> String {
    let (head, link) = match cause {
        Cause::Words(words) => return words.clone(),
        Cause::Attribute {
            path,
            outside: true,
            ..
        } => return format!("{path} was changed outside"),
        Cause::Attribute { path, link, .. } => (path.clone(), link),
        Cause::Trigger(link) => ("replace_triggered_by".to_owned(), link),
        Cause::Repetition(link) => (link.name.clone(), link),
    };
    let mut text = head;
    let mut at = link;
    while let Some(next) = at.from.first().filter(|l| l.bearing != Bearing::Stays) {
        text.push_str(" ← ");
        text.push_str(&next.name);
        at = next;
    }
    match (&at.told, at.from.is_empty()) {
        (Some(told), _) => text.push_str(&format!(" ({told})")),
        (None, true) if std::ptr::eq(at, link) => text.push_str(" (written)"),
        _ => {}
    }
    let place = at.span.as_ref().filter(|s| !s.file.is_empty());
    if let Some(span) = place {
        text.push_str(&format!(" at {}:{}", span.file, span.start.line));
    }
    text
}

impl Document {
    /// What each of these changes comes of, and what comes of it.
    #[must_use]
    pub fn explain(&self, names: &[&str]) -> String {
        let entries: BTreeMap<&str, &Entry> =
            self.entries.iter().map(|e| (e.name.as_str(), e)).collect();
        let sentence = |name: &str| {
            entries
                .get(name)
                .map_or(name.to_owned(), |e| e.sentence.clone())
        };
        let found = names.iter().filter_map(|name| entries.get(name));
        let texts = found.map(|entry| {
            let mut out = format!("{}\n", entry.sentence);
            for (depth, line) in lines(&entry.why) {
                out.push_str(&format!("{}- {line}\n", "  ".repeat(depth + 1)));
            }
            if !entry.why.brings.is_empty() {
                out.push_str("  What comes of it:\n");
                for name in &entry.why.brings {
                    out.push_str(&format!("  - {}\n", sentence(name)));
                }
            }
            out
        });
        texts.collect::<Vec<String>>().join("\n")
    }
}
