//! `trunkline.hcl`, the file beside the `.tf` files with what Terraform does not know: change windows, which objects
//! are adopted, and whether what only plans takes the state lock.
//!
//! It is read, not applied: whether a window holds a change now is in [`crate::plan`].

use std::path::Path;
use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use trunkline_api::{Diagnostic, Diagnostics, Type, Value};

use super::ConfigFiles;
use super::block::Decoder;
use crate::lang::ast::{Attribute, Block, Body};
use crate::lang::eval::eval_constant;
use crate::lang::parser::parse_file;
use crate::lang::source::{Sources, SrcSpan};

/// The file's name.
pub const NAME: &str = "trunkline.hcl";

const INVALID: &str = "Invalid change window";

/// What `trunkline.hcl` says.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// The change windows, in the order written.
    pub windows: Vec<ChangeWindow>,
    /// Types whose objects are adopted where they exist already; `*` stands for anything.
    pub adopt: Vec<Pattern>,
    /// `lock_reads = false`: what only plans takes no lock.
    pub unlocked_reads: bool,
}

/// A `change_window` block: when changes of some kinds wait.
#[derive(Clone, Debug)]
pub struct ChangeWindow {
    /// Its name.
    pub name: Arc<str>,
    /// The time zone's name.
    pub zone_name: String,
    /// The time zone.
    pub zone: TimeZone,
    /// When changes are held.
    pub holds: Vec<Hold>,
    /// Days on which nothing is held.
    pub holidays: Vec<Date>,
    /// Resource types.
    pub types: Vec<Pattern>,
    /// What is held of `create`, `update` and `delete`; a replacement is a create and a delete.
    pub actions: Vec<Held>,
}

/// A `hold` block: days of the week, and hours of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Days, Monday is 0; sorted.
    pub days: Vec<i8>,
    /// Seconds since midnight of the beginning.
    pub from: i32,
    /// Seconds since midnight of the end, which is outside; at most 86,400.
    pub to: i32,
}

/// What a window holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Making objects.
    Create,
    /// Changing objects in place.
    Update,
    /// Destroying objects.
    Delete,
}

impl Held {
    const ALL: [Held; 3] = [Held::Create, Held::Update, Held::Delete];

    /// Its name, as it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Held::Create => "create",
            Held::Update => "update",
            Held::Delete => "delete",
        }
    }
}

/// A name in which `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Whether a name is meant.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else {
            return rest.is_empty();
        };
        for part in middle {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Days of the week as they are written, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads the file, where there is one.
#[must_use]
pub fn load(files: &dyn ConfigFiles, sources: &Arc<Sources>) -> (Own, Diagnostics) {
    let mut own = Own::default();
    let bytes = match files.read(Path::new(NAME)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (own, Vec::new()),
        // What it holds back must not go through because nobody could read it.
        Err(error) => {
            let detail = format!(
                "The file {NAME} is there and cannot be read: {error}. It may say that changes are to wait, so nothing is planned without it."
            );
            return (own, vec![Diagnostic::error("Failed to read file", detail)]);
        }
    };
    let file = sources.add_bytes(NAME, bytes);
    let (body, mut diagnostics) = parse_file(sources, file);
    let mut decoder = Decoder::new(sources, &mut diagnostics);
    only(
        &mut decoder,
        &body,
        &["lock_reads"],
        &["adopt", "change_window"],
    );
    if let Some(attribute) = body.attribute("lock_reads") {
        own.unlocked_reads = decoder.literal_bool(attribute) == Some(false);
    }
    for block in &body.blocks {
        match &*block.kind {
            "change_window" => {
                if let Some(window) = window(block, &mut decoder) {
                    if own.windows.iter().any(|w| w.name == window.name) {
                        let detail = format!("There is a window {:?} already.", window.name);
                        decoder.error(block.def_span(), INVALID, detail);
                    }
                    own.windows.push(window);
                }
            }
            "adopt" if decoder.labels(block, &[]) => {
                only(&mut decoder, &block.body, &["types"], &[]);
                if let Some(attribute) = decoder.required(block, "types") {
                    own.adopt.extend(patterns(attribute, &mut decoder));
                }
            }
            _ => {}
        }
    }
    (own, diagnostics)
}

/// Reports what is in `body` beyond the arguments and block types named, and tells what there may be: no other program
/// knows this file, so that nobody can look it up elsewhere.
fn only(decoder: &mut Decoder<'_>, body: &Body, arguments: &[&str], blocks: &[&str]) {
    let before = decoder.diagnostics.len();
    decoder.only(body, arguments, blocks);
    let named = |kind: &str, names: &[&str]| match names {
        [] => None,
        [one] => Some(format!("the {kind} {one:?}")),
        many => {
            let many: Vec<String> = many.iter().map(|name| format!("{name:?}")).collect();
            Some(format!("the {kind}s {}", many.join(", ")))
        }
    };
    let known = [named("argument", arguments), named("block", blocks)];
    let known: Vec<String> = known.into_iter().flatten().collect();
    for problem in &mut decoder.diagnostics[before..] {
        problem.detail += &format!(" There may be {} here.", known.join(" and "));
    }
}

fn window(block: &Block, decoder: &mut Decoder<'_>) -> Option<ChangeWindow> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    let body = &block.body;
    let before = decoder.diagnostics.len();
    only(
        decoder,
        body,
        &["timezone", "types", "actions", "holidays"],
        &["hold"],
    );
    let zone = decoder.required(block, "timezone").and_then(|a| {
        let name = decoder.literal_string(a)?;
        match TimeZoneDatabase::bundled().get(&name) {
            Ok(zone) => Some((name, zone)),
            Err(_) => {
                let detail =
                    format!("{name:?} is not the name of a time zone, such as \"Europe/Berlin\".");
                decoder.error(a.expr.span, INVALID, detail);
                None
            }
        }
    });
    let types = decoder.required(block, "types");
    let types = types.map(|a| patterns(a, decoder)).unwrap_or_default();
    let actions = decoder.required(block, "actions");
    let actions = actions.map(|a| actions_of(a, decoder)).unwrap_or_default();
    let holidays = body.attribute("holidays");
    let holidays = holidays.map(|a| dates(a, decoder)).unwrap_or_default();
    let holds: Vec<Hold> = body
        .blocks
        .iter()
        .filter(|b| &*b.kind == "hold")
        .filter_map(|b| hold(b, decoder))
        .collect();
    if holds.is_empty() && decoder.diagnostics.len() == before {
        let detail = "It never holds anything: add a \"hold\" block with days and hours.";
        decoder.error(block.def_span(), INVALID, detail);
    }
    let (zone_name, zone) = zone?;
    (decoder.diagnostics.len() == before).then(|| ChangeWindow {
        name: block.labels[0].text.clone(),
        zone_name,
        zone,
        holds,
        holidays,
        types,
        actions,
    })
}

fn hold(block: &Block, decoder: &mut Decoder<'_>) -> Option<Hold> {
    decoder.labels(block, &[]);
    only(decoder, &block.body, &["days", "from", "to"], &[]);
    let days = decoder.required(block, "days").map(|a| days(a, decoder))?;
    let from = decoder.required(block, "from").cloned();
    let to = decoder.required(block, "to").cloned();
    let (from_at, to_at) = (
        clock(from.as_ref()?, decoder)?,
        clock(to.as_ref()?, decoder)?,
    );
    if from_at >= to_at {
        let detail = "The end is not after the beginning. For a night, write two hold blocks: one up to \"24:00\", and one from \"00:00\" on the next days.";
        decoder.error(to?.expr.span, INVALID, detail);
        return None;
    }
    Some(Hold {
        days,
        from: from_at,
        to: to_at,
    })
}

/// A time of the day, `24:00` included.
fn clock(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Option<i32> {
    let text = decoder.literal_string(attribute)?;
    if text == "24:00" {
        return Some(86_400);
    }
    let time: Option<Time> = (text.len() == 5).then(|| text.parse().ok()).flatten();
    if time.is_none() {
        let detail = format!("{text:?} is not a time of the day, such as \"08:00\" or \"24:00\".");
        decoder.error(attribute.expr.span, INVALID, detail);
    }
    time.map(|t| i32::from(t.hour()) * 3600 + i32::from(t.minute()) * 60)
}

/// The texts of a list of literals, each with its place.
fn texts(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Vec<(String, SrcSpan)> {
    let value = eval_constant(&attribute.expr, decoder.sources, decoder.diagnostics);
    let list = trunkline_api::convert(&value, &Type::list(Type::String)).ok();
    let found: Option<Vec<String>> = list.as_ref().and_then(Value::as_slice).and_then(|items| {
        let texts = items.iter().map(|v| v.as_str().map(str::to_owned));
        texts.collect()
    });
    let span = attribute.expr.span;
    match found {
        Some(texts) if !texts.is_empty() => texts.into_iter().map(|t| (t, span)).collect(),
        _ => {
            let detail = "A list of texts is required here, which is not empty.";
            decoder.error(span, "Unsuitable value type", detail);
            Vec::new()
        }
    }
}

fn patterns(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Vec<Pattern> {
    let texts = texts(attribute, decoder);
    texts.into_iter().map(|(text, _)| Pattern(text)).collect()
}

fn actions_of(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Vec<Held> {
    let mut found = Vec::new();
    for (text, span) in texts(attribute, decoder) {
        match Held::ALL.into_iter().find(|held| held.name() == text) {
            Some(held) => found.push(held),
            None => {
                let detail = format!(
                    "{text:?} is not one of \"create\", \"update\" and \"delete\". A replacement is a create and a delete."
                );
                decoder.error(span, INVALID, detail);
            }
        }
    }
    found
}

fn days(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Vec<i8> {
    let mut found = Vec::new();
    for (text, span) in texts(attribute, decoder) {
        match (0_i8..).zip(DAYS).find(|(_, name)| *name == text) {
            Some((day, _)) => found.push(day),
            None => {
                let detail = format!("{text:?} is not a day: the days are {}.", DAYS.join(", "));
                decoder.error(span, INVALID, detail);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn dates(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Vec<Date> {
    let mut found = Vec::new();
    for (text, span) in texts(attribute, decoder) {
        match text.parse() {
            Ok(date) => found.push(date),
            Err(_) => {
                let detail = format!("{text:?} is not a date, such as \"2026-12-25\".");
                decoder.error(span, INVALID, detail);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_stands_for_anything() {
        let covers = |pattern: &str, name: &str| Pattern(pattern.into()).covers(name);
        assert!(covers("a_b", "a_b") && !covers("a_b", "a_bc") && !covers("a_b", "xa_b"));
        assert!(covers("a_*", "a_b") && covers("a_*", "a_") && !covers("a_*", "b_a_"));
        assert!(covers("*_b", "a_b") && !covers("*_b", "a_bc"));
        assert!(covers("a*c*e", "abcde") && !covers("a*c*e", "abde") && covers("*", ""));
        assert!(!covers("a*a", "a"), "the two do not overlap");
    }
}
