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
    let mut name = change.address.to_string();
    if let Some(key) = &change.deposed {
        name.push_str(&format!(" (deposed object {key})"));
    }
    let moved_from = change
        .previous_address
        .as_ref()
        .filter(|from| **from != change.address);
    let bold = |text: &str| style.paint(&[Ink::Bold], text);
    let alarm = |text: &str| style.paint(&[Ink::Bold, Ink::Red], text);
    let mut lines: Vec<String> = Vec::new();
    let mut said_moved = false;
    let mut said_imported = false;
    let mut margin = "  ";
    match change.action {
        action if cause == Cause::Past => lines.push(format!("{} {}", bold(&name), done(action))),
        action if cause == Cause::Between => {
            let difference = match action {
                Action::Create => "is only in the later state",
                Action::Delete => "is only in the earlier state",
                _ => "differs",
            };
            lines.push(format!("{} {difference}", bold(&name)));
        }
        Action::Create => lines.push(format!("{} will be created", bold(&name))),
        Action::Read => {
            lines.push(format!("{} will be read during apply", bold(&name)));
            lines.extend(match change.reason {
                Some(Reason::ConfigUnknown) => {
                    Some("(config refers to values not yet known)".to_owned())
                }
                Some(Reason::CheckNested) => {
                    Some("(config will be reloaded to verify a check block)".to_owned())
                }
                Some(Reason::DependencyPending) => {
                    Some("(depends on a resource or a module with changes pending)".to_owned())
                }
                _ => None,
            });
        }
        Action::Update if cause == Cause::Drift => {
            lines.push(format!("{} has changed", bold(&name)));
        }
        Action::Update => lines.push(format!("{} will be updated in-place", bold(&name))),
        Action::DeleteThenCreate | Action::CreateThenDelete => lines.push(match change.reason {
            Some(Reason::Tainted) => {
                format!(
                    "{} is tainted, so must be {}",
                    bold(&name),
                    alarm("replaced")
                )
            }
            Some(Reason::Requested) => {
                format!(
                    "{} will be {}, as requested",
                    bold(&name),
                    alarm("replaced")
                )
            }
            Some(Reason::Triggered) => format!(
                "{} will be {} due to changes in replace_triggered_by",
                bold(&name),
                alarm("replaced")
            ),
            _ => format!("{} must be {}", bold(&name), alarm("replaced")),
        }),
        Action::Delete if cause == Cause::Drift => {
            lines.push(format!("{} has been deleted", bold(&name)));
        }
        Action::Delete => {
            lines.push(format!("{} will be {}", bold(&name), alarm("destroyed")));
            if change.deposed.is_some() {
                lines.push(
                    "(left over from a partially-failed replacement of this instance)".into(),
                );
            }
            lines.extend(why_deleted(change));
        }
        Action::Forget => {
            margin = " ";
            lines.push(format!(
                "{} will no longer be managed by {}, but will not be {}",
                bold(&name),
                style.product,
                alarm("destroyed")
            ));
            lines.push("(destroy = false is set in the configuration)".into());
        }
        Action::NoOp => match moved_from {
            Some(from) => {
                lines.push(format!(
                    "{} has moved to {}",
                    bold(&from.to_string()),
                    bold(&name)
                ));
                said_moved = true;
            }
            None => {
                lines.push(format!("{} will be imported", bold(&name)));
                said_imported = true;
            }
        },
    }
    let heading = lines.len();
    if change.generated_config.is_some() {
        lines.push("(config will be generated)".into());
    }
    if let Some(from) = moved_from.filter(|_| !said_moved) {
        lines.push(format!("(moved from {from})"));
    }
    if let Some(id) = change.importing.as_ref().filter(|_| !said_imported) {
        lines.push(format!("(imported from \"{id}\")"));
    }
    if change.importing.is_some() && change.action.is_replace() {
        lines.push(format!(
            "{}: this will destroy the imported resource",
            style.paint(&[Ink::Yellow], "Warning")
        ));
    }
    lines.extend(change.notes.iter().map(note));
    let marked = |(i, l): (usize, &String)| match i < heading {
        true => format!("{margin}# {l}\n"),
        false => format!("  # {l}\n"),
    };
    lines.iter().enumerate().map(marked).collect()
}

/// What was done.
fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "was created",
        Action::Read | Action::NoOp => "was read",
        Action::Update => "was updated in-place",
        Action::Delete => "was destroyed",
        Action::DeleteThenCreate | Action::CreateThenDelete => "was replaced",
        Action::Forget => "was dropped from the state, but not destroyed",
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

/// The symbol of an action, four columns wide.
pub(super) fn symbol(action: Action, style: &Style) -> String {
    let ink = |ink, c: char| style.paint(&[ink], c);
    match action {
        Action::NoOp => "    ".into(),
        Action::Create => format!("  {} ", ink(Ink::Green, '+')),
        Action::Update => format!("  {} ", ink(Ink::Yellow, '~')),
        Action::Delete => format!("  {} ", ink(Ink::Red, '-')),
        Action::Read => format!(" {} ", style.paint(&[Ink::Cyan], "<=")),
        Action::Forget => format!(" {} ", ink(Ink::Red, '.')),
        Action::DeleteThenCreate => format!("{}/{} ", ink(Ink::Red, '-'), ink(Ink::Green, '+')),
        Action::CreateThenDelete => format!("{}/{} ", ink(Ink::Green, '+'), ink(Ink::Red, '-')),
    }
}

/// `resource "type" "name"`.
pub(crate) fn header(address: &Address) -> String {
    let word = match address.resource.mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    format!(
        "{word} \"{}\" \"{}\"",
        address.resource.type_name, address.resource.name
    )
}
