//! Change windows: which changes one holds, and whether it holds them at a time.
//!
//! The time is given; nothing here reads a clock or makes anything wait.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Weekday;
use trunkline_api::provider::{DeclaredObject, NoteKind, PlanNote, Role};
use trunkline_api::{Diagnostic, Diagnostics, Type, Value};

use super::{Action, ResourceChange};
use crate::config::own::{ChangeWindow, DAYS, Held, Hold};

/// How far the end of a hold is looked for.
const LOOK_AHEAD_DAYS: i32 = 400;

/// Whether a window is about a change, at any time.
#[must_use]
pub fn covers(window: &ChangeWindow, change: &ResourceChange) -> bool {
    let kinds: &[Held] = match change.action {
        // The second half of a replacement: what was destroyed must not be left away.
        Action::Create if !change.before.is_null() => &[],
        Action::Create => &[Held::Create],
        Action::Update => &[Held::Update],
        Action::Delete if change.before.is_null() => &[],
        Action::Delete => &[Held::Delete],
        Action::DeleteThenCreate | Action::CreateThenDelete => &[Held::Create, Held::Delete],
        Action::NoOp | Action::Read | Action::Forget => &[],
    };
    let type_name = &change.address.resource.type_name;
    kinds.iter().any(|kind| window.actions.contains(kind))
        && window.types.iter().any(|p| p.covers(type_name))
}

/// The windows as rules between objects see them: with the types that are declared in place of patterns.
#[must_use]
pub fn declared(windows: &[ChangeWindow], objects: &[DeclaredObject]) -> Vec<DeclaredObject> {
    let types: BTreeSet<&str> = objects
        .iter()
        .filter_map(|o| match &o.role {
            Role::Managed(type_name) => Some(&**type_name),
            _ => None,
        })
        .collect();
    let list = |texts: Vec<&str>| Value::list(Type::String, texts.into_iter().map(Value::from));
    let object = |window: &ChangeWindow| {
        let covered = |name: &&&str| window.types.iter().any(|p| p.covers(name));
        let covered = types.iter().filter(covered).copied().collect();
        let actions = window.actions.iter().map(|held| held.name()).collect();
        DeclaredObject {
            address: window.name.to_string(),
            provider: "".into(),
            role: Role::Window,
            config: Value::object([("types", list(covered)), ("actions", list(actions))]),
            provider_address: String::new(),
            references: Vec::new(),
        }
    };
    windows.iter().map(object).collect()
}

/// The first window that holds a change at a time, and when it lets go.
#[must_use]
pub fn holding<'w>(
    windows: &'w [ChangeWindow],
    change: &ResourceChange,
    now: Timestamp,
) -> Option<(&'w ChangeWindow, Option<String>)> {
    let window = windows
        .iter()
        .filter(|w| covers(w, change))
        .find(|w| holds(w, now))?;
    Some((window, until(window, now)))
}

/// Whether a window holds at a time.
#[must_use]
pub fn holds(window: &ChangeWindow, now: Timestamp) -> bool {
    hold_at(window, now).is_some()
}

/// The hold that a time is in.
fn hold_at(window: &ChangeWindow, now: Timestamp) -> Option<&Hold> {
    let here = now.to_zoned(window.zone.clone());
    if window.holidays.contains(&here.date()) {
        return None;
    }
    let day = weekday(here.weekday());
    let time = here.time();
    let second =
        i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second());
    window
        .holds
        .iter()
        .find(|hold| hold.days.contains(&day) && hold.from <= second && second < hold.to)
}

fn weekday(day: Weekday) -> i8 {
    day.to_monday_zero_offset()
}

/// When a window that holds lets go, in its own time: `Fri 2026-11-27 18:00 Europe/Berlin`. None where it never does.
#[must_use]
pub fn until(window: &ChangeWindow, now: Timestamp) -> Option<String> {
    let mut at = now;
    for _ in 0..LOOK_AHEAD_DAYS {
        let Some(hold) = hold_at(window, at) else {
            let end = at.to_zoned(window.zone.clone());
            let text = end.strftime("%a %Y-%m-%d %H:%M");
            return Some(format!("{text} {}", window.zone_name));
        };
        let here = at.to_zoned(window.zone.clone());
        let end = match hold.to {
            86_400 => here.date().tomorrow().ok()?.to_zoned(window.zone.clone()),
            seconds => {
                let (hour, minute) = (seconds / 3600, seconds % 3600 / 60);
                let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
                let end = here.date().at(hour, minute, 0, 0);
                end.to_zoned(window.zone.clone())
            }
        };
        at = end.ok()?.timestamp();
    }
    None
}

/// When a window holds, in words: `mon, tue 08:00-18:00 Europe/Berlin`.
#[must_use]
pub fn times(window: &ChangeWindow) -> String {
    let clock = |seconds: i32| format!("{:02}:{:02}", seconds / 3600, seconds % 3600 / 60);
    let hold = |hold: &Hold| {
        let days = hold
            .days
            .iter()
            .filter_map(|d| DAYS.get(usize::try_from(*d).ok()?));
        let days: Vec<&str> = days.copied().collect();
        format!(
            "{} {}-{}",
            days.join(", "),
            clock(hold.from),
            clock(hold.to)
        )
    };
    let holds: Vec<String> = window.holds.iter().map(hold).collect();
    format!("{} {}", holds.join("; "), window.zone_name)
}

/// So many addresses are named.
const NAMED: usize = 5;

/// What each window would make wait if the changes were made at a time (RFC 3339).
#[must_use]
pub fn warnings(windows: &[ChangeWindow], changes: &[ResourceChange], now: &str) -> Diagnostics {
    let Ok(now) = now.parse::<Timestamp>() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for window in windows.iter().filter(|w| holds(w, now)) {
        let held = changes.iter().filter(|c| covers(window, c));
        let mut held: Vec<String> = held.map(|c| c.address.to_string()).collect();
        if held.is_empty() {
            continue;
        }
        let count = held.len();
        held.truncate(NAMED);
        let more = match count - held.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let until = until(window, now).map_or_else(|| "always".into(), |u| format!("until {u}"));
        let warning = Diagnostic::warning(
            "Changes are held by a change window",
            format!(
                "The change window {:?} of trunkline.hcl holds {}{more} {until}. Apply does what does not depend on it. With -allow-outside-window it does all of it, which the history records.",
                window.name,
                held.join(", "),
            ),
        );
        found.push(Diagnostic {
            waits: true,
            ..warning
        });
    }
    found
}

/// Marks the changes that windows are about.
pub fn mark(windows: &[ChangeWindow], changes: &mut [ResourceChange]) {
    for change in changes {
        let about = windows.iter().filter(|w| covers(w, change));
        let notes: Vec<PlanNote> = about
            .map(|window| PlanNote {
                kind: NoteKind::Window,
                text: format!("{:?} holds it {}.", window.name, times(window)),
            })
            .collect();
        if !notes.is_empty() {
            change.details.write().notes.extend(notes);
        }
    }
}
