//! What is said of one entry: its name and place, why it changes, and why it calls for attention.
//!
//! Whether there is room for it is decided by the page.

use super::LONG;
use super::text::{code, cut, prose};
use crate::plan::cause::Cause;
use crate::report::document::{Attention, Entry, What, why};

/// The lines that name an entry.
pub(super) fn heading(entry: &Entry) -> String {
    if !entry.what.is_change() {
        return format!("- {}\n", sentence(entry));
    }
    let place = entry.place.as_ref();
    let place = place.map_or_else(String::new, |p| {
        format!(" · {}", code(&format!("{}:{}", p.file, p.line)))
    });
    let mut text = format!("**{}** {}{place}\n", entry.what.word(), code(&entry.name));
    for remark in &entry.remarks {
        text.push_str(&format!("<br>{}\n", prose(&cut(remark, LONG))));
    }
    if !entry.forced_by.is_empty() {
        let forced: Vec<String> = entry
            .forced_by
            .iter()
            .take(8)
            .map(|p| code(&cut(p, LONG)))
            .collect();
        text.push_str(&format!("<br>forced by {}\n", forced.join(", ")));
    }
    text
}

/// What an entry comes of, and what comes of it, in a few lines.
pub(super) fn why_lines(entry: &Entry) -> String {
    const FEW_CAUSES: usize = 4;
    // That something is created or destroyed because it is or is not written says its name already.
    let told = |c: &&Cause| {
        !matches!(c, Cause::Words(_)) || entry.what == What::Replace || entry.what == What::Update
    };
    let causes: Vec<&Cause> = entry.why.causes.iter().filter(told).collect();
    let mut text = String::new();
    for cause in causes.iter().take(FEW_CAUSES) {
        let line = why::in_short(cause);
        text.push_str(&format!("<br>why: {}\n", code(&cut(&line, LONG))));
    }
    if causes.len() > FEW_CAUSES {
        text.push_str(&format!(
            "<br>and {} more causes\n",
            causes.len() - FEW_CAUSES
        ));
    }
    if !entry.why.brings.is_empty() {
        let names: Vec<String> = entry
            .why
            .brings
            .iter()
            .take(FEW_CAUSES)
            .map(|n| code(&cut(n, LONG)))
            .collect();
        let more = match entry.why.brings.len() - names.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        text.push_str(&format!(
            "<br>brings about changes of {}{more}\n",
            names.join(", ")
        ));
    }
    text
}

/// What happens to what is only moved or imported.
fn sentence(entry: &Entry) -> String {
    let mut text = match entry.what {
        What::Move => match entry.sentence.split_once(" has moved to ") {
            Some((from, to)) => format!("{} → {}", code(from), code(to)),
            None => prose(&entry.sentence),
        },
        _ => code(&entry.name),
    };
    for remark in &entry.remarks {
        text.push_str(&format!(" ({})", prose(&cut(remark, LONG))));
    }
    text
}

pub(super) fn forced(entry: &Entry) -> String {
    match entry.forced_by.first() {
        None => entry
            .replaced_because()
            .map_or_else(String::new, |why| format!(": {}", prose(&cut(why, LONG)))),
        Some(_) => {
            let paths: Vec<String> = entry
                .forced_by
                .iter()
                .take(4)
                .map(|p| code(&cut(p, 100)))
                .collect();
            format!(", forced by {}", paths.join(", "))
        }
    }
}

/// The remarks that say why an entry calls for this attention.
pub(super) fn remarks_of(entry: &Entry, attention: Attention) -> String {
    let about = |remark: &&String| {
        let kind = Attention::ALL
            .iter()
            .find(|a| remark.starts_with(&format!("{}:", a.word())));
        kind.is_none_or(|k| *k == attention)
    };
    // The word that a remark begins with is said before the address.
    let said = format!("{}: ", attention.word());
    let remarks: Vec<String> = entry
        .remarks
        .iter()
        .filter(about)
        .map(|r| prose(&cut(r.strip_prefix(&said).unwrap_or(r), LONG)))
        .collect();
    match remarks.is_empty() {
        true => String::new(),
        false => format!(": {}", remarks.join("; ")),
    }
}
