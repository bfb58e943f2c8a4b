//! The comment lines and the header over each change: what happens to which object, and why.

use trunkline_api::provider::{Mode, NoteKind, PlanNote};

use crate::address::{Address, InstanceKey, quoted};
use crate::plan::{Action, Reason, ResourceChange};
use crate::report::style::{Ink, Style};

/// What a heading is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Something that is going to be done.
    Plan,
    /// Something that was found.
    Drift,
    /// Something that was done.
    Past,
    /// Something that differs between two states.
    Between,
    /// Something that differs between two tenants; it has a heading already.
    Tenants,
}

/// The comment lines over a change, each with its newline.
pub(crate) fn title(change: &ResourceChange, cause: Cause, style: &Style) -> String {
    let mut out = String::new();
    write_title(&mut out, change, cause, style);
    out
}

/// Writes what [`title`] gives.
pub(super) fn write_title(out: &mut String, change: &ResourceChange, cause: Cause, style: &Style) {
    let moved_from = change
        .previous_address
        .as_ref()
        .filter(|from| **from != change.address);
    heading(out, change, cause, moved_from, style);
    let mut line = |text: &str| {
        out.push_str("  # ");
        out.push_str(text);
        out.push('\n');
    };
    let kept = change.action == Action::NoOp && !matches!(cause, Cause::Past | Cause::Between);
    if change.details.generated_config.is_some() {
        line("(config will be generated)");
    }
    if let Some(from) = moved_from.filter(|_| !kept) {
        line(&format!("(moved from {from})"));
    }
    let said_imported = kept && moved_from.is_none();
    if let Some(id) = change.details.importing.as_ref().filter(|_| !said_imported) {
        line(&format!("(imported from \"{id}\")"));
    }
    if change.details.importing.is_some() && change.action.is_replace() {
        let warning = style.paint(&[Ink::Yellow], "Warning");
        line(&format!(
            "{warning}: this will destroy the imported resource"
        ));
    }
    for told in &change.details.notes {
        line(&note(told));
    }
}

/// What happens to the object, and why.
fn heading(
    out: &mut String,
    change: &ResourceChange,
    cause: Cause,
    moved_from: Option<&Address>,
    style: &Style,
) {
    let own = Some((&change.address, change.deposed.as_deref()));
    let forgets = change.action == Action::Forget && !matches!(cause, Cause::Past | Cause::Between);
    let margin = if forgets { " # " } else { "  # " };
    // A line in parts; what must not be overlooked is in the middle.
    let mut line =
        |named: Option<(&Address, Option<&str>)>, text: &str, alarm: &str, more: &str| {
            out.push_str(margin);
            if let Some((address, deposed)) = named {
                style.begin(out, &[Ink::Bold]);
                write_name(out, address, deposed);
                style.end(out, &[Ink::Bold]);
            }
            out.push_str(text);
            if !alarm.is_empty() {
                style.paint_to(out, &[Ink::Bold, Ink::Red], alarm);
            }
            out.push_str(more);
            out.push('\n');
        };
    match change.action {
        action if cause == Cause::Past => line(own, done(action), "", ""),
        Action::Create if cause == Cause::Between => {
            line(own, " is only in the later state", "", "");
        }
        Action::Delete if cause == Cause::Between => {
            line(own, " is only in the earlier state", "", "");
        }
        _ if cause == Cause::Between => line(own, " differs", "", ""),
        Action::Create => line(own, " will be created", "", ""),
        Action::Read => {
            line(own, " will be read during apply", "", "");
            let why = match change.reason {
                Some(Reason::ConfigUnknown) => "(config refers to values not yet known)",
                Some(Reason::CheckNested) => "(config will be reloaded to verify a check block)",
                Some(Reason::DependencyPending) => {
                    "(depends on a resource or a module with changes pending)"
                }
                _ => return,
            };
            line(None, why, "", "");
        }
        Action::Update if cause == Cause::Drift => line(own, " has changed", "", ""),
        Action::Update => line(own, " will be updated in-place", "", ""),
        Action::DeleteThenCreate | Action::CreateThenDelete => {
            let (text, more) = match change.reason {
                Some(Reason::Tainted) => (" is tainted, so must be ", ""),
                Some(Reason::Requested) => (" will be ", ", as requested"),
                Some(Reason::Triggered) => (" will be ", " due to changes in replace_triggered_by"),
                _ => (" must be ", ""),
            };
            line(own, text, "replaced", more);
        }
        Action::Delete if cause == Cause::Drift => line(own, " has been deleted", "", ""),
        Action::Delete => {
            line(own, " will be ", "destroyed", "");
            if change.deposed.is_some() {
                let left = "(left over from a partially-failed replacement of this instance)";
                line(None, left, "", "");
            }
            if let Some(why) = why_deleted(change) {
                line(None, &why, "", "");
            }
        }
        Action::Forget => {
            let text = format!(
                " will no longer be managed by {}, but will not be ",
                style.product
            );
            line(own, &text, "destroyed", "");
            line(
                None,
                "(destroy = false is set in the configuration)",
                "",
                "",
            );
        }
        Action::NoOp => match moved_from {
            Some(from) => {
                let mut to = " has moved to ".to_owned();
                style.begin(&mut to, &[Ink::Bold]);
                write_name(&mut to, &change.address, change.deposed.as_deref());
                style.end(&mut to, &[Ink::Bold]);
                line(Some((from, None)), &to, "", "");
            }
            None => line(own, " will be imported", "", ""),
        },
    }
}

/// Writes an object's address, and its key where it is put aside.
pub(crate) fn write_name(out: &mut String, address: &Address, deposed: Option<&str>) {
    address.write_to(out);
    if let Some(key) = deposed {
        for part in [" (deposed object ", key, ")"] {
            out.push_str(part);
        }
    }
}

/// What was done, after the name.
fn done(action: Action) -> &'static str {
    match action {
        Action::Create => " was created",
        Action::Read | Action::NoOp => " was read",
        Action::Update => " was updated in-place",
        Action::Delete => " was destroyed",
        Action::DeleteThenCreate | Action::CreateThenDelete => " was replaced",
        Action::Forget => " was dropped from the state, but not destroyed",
    }
}

fn note(note: &PlanNote) -> String {
    let kind = match note.kind {
        NoteKind::Purchase => "purchase",
        NoteKind::Stays => "stays at the vendor",
        NoteKind::Manual => "manual step",
        NoteKind::Window => "change window",
        NoteKind::Info => "note",
    };
    format!("({kind}: {})", note.text)
}

fn why_deleted(change: &ResourceChange) -> Option<String> {
    let address = &change.address;
    Some(match (change.reason?, &address.key) {
        (Reason::NoResourceConfig, _) => {
            format!("(because {} is not in configuration)", address.resource)
        }
        (Reason::NoModule, _) => {
            format!("(because {} is not in configuration)", address.module)
        }
        (Reason::WrongRepetition, InstanceKey::None) => {
            "(because resource uses count or for_each)".to_owned()
        }
        (Reason::WrongRepetition, InstanceKey::Int(_)) => {
            "(because resource does not use count)".to_owned()
        }
        (Reason::WrongRepetition, InstanceKey::Str(_)) => {
            "(because resource does not use for_each)".to_owned()
        }
        (Reason::CountIndex, key) => {
            format!("(because index {key} is out of range for count)")
        }
        (Reason::EachKey, InstanceKey::Str(key)) => {
            format!("(because key [{}] is not in for_each map)", quoted(key))
        }
        (Reason::EachKey, key) => format!("(because key {key} is not in for_each map)"),
        (Reason::NoMoveTarget, _) => {
            let from = change.previous_address.as_ref().unwrap_or(address);
            format!("(because {from} was moved to {address}, which is not in configuration)")
        }
        _ => return None,
    })
}

/// Writes the symbol of an action, four columns wide.
pub(super) fn symbol(out: &mut String, action: Action, style: &Style) {
    let mut ink = |before: &str, ink, symbol: &str, after: &str| {
        out.push_str(before);
        style.paint_to(out, &[ink], symbol);
        out.push_str(after);
    };
    match action {
        Action::NoOp => out.push_str("    "),
        Action::Create => ink("  ", Ink::Green, "+", " "),
        Action::Update => ink("  ", Ink::Yellow, "~", " "),
        Action::Delete => ink("  ", Ink::Red, "-", " "),
        Action::Read => ink(" ", Ink::Cyan, "<=", " "),
        Action::Forget => ink(" ", Ink::Red, ".", " "),
        Action::DeleteThenCreate => {
            ink("", Ink::Red, "-", "/");
            ink("", Ink::Green, "+", " ");
        }
        Action::CreateThenDelete => {
            ink("", Ink::Green, "+", "/");
            ink("", Ink::Red, "-", " ");
        }
    }
}

/// `resource "type" "name"`.
pub(crate) fn header(address: &Address) -> String {
    let mut out = String::new();
    write_header(&mut out, address);
    out
}

/// Writes what [`header`] gives.
pub(super) fn write_header(out: &mut String, address: &Address) {
    let word = match address.resource.mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    let resource = &address.resource;
    for part in [
        word,
        " \"",
        &*resource.type_name,
        "\" \"",
        &*resource.name,
        "\"",
    ] {
        out.push_str(part);
    }
}
