//! What the engine tells while it works, and each event as a line of text or of the `-json` stream.
//!
//! Events carry facts only. Neither form reads a clock: elapsed time comes in the event and the time
//! stamp of a stream line is given by the caller.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::json::in_order;
use super::plan_text::title::write_name;
use super::quote::quote;
use super::style::{Ink, Style};
use crate::address::{Address, InstanceKey};
use crate::plan::Action;

pub use crate::event::{EphemeralStep, Event, Identity, Settlement, identity};

/// A duration in whole seconds as `1h2m3s`, leading zero units left out.
#[must_use]
pub fn elapsed_text(elapsed: Duration) -> String {
    let mut out = String::new();
    put_elapsed(&mut out, elapsed);
    out
}

fn put_elapsed(out: &mut String, elapsed: Duration) {
    let total = elapsed.as_secs() + u64::from(elapsed.subsec_millis() >= 500);
    let (h, m, s) = (total / 3600, total / 60 % 60, total % 60);
    match (h, m) {
        // Most things take no time worth mentioning.
        (0, 0) if s == 0 => out.push_str("0s"),
        (0, 0) => put(out, format_args!("{s}s")),
        (0, _) => put(out, format_args!("{m}m{s}s")),
        _ => put(out, format_args!("{h}h{m}m{s}s")),
    }
}

/// The longest identity that is shown in progress lines, in characters.
const LONGEST_ID: usize = 80;

fn shorten(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_ID {
        return text.into();
    }
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= LONGEST_ID {
        return text.into();
    }
    let head = (LONGEST_ID - 3).div_ceil(2);
    let tail = LONGEST_ID - 3 - head;
    let start: String = chars[..head].iter().collect();
    let end: String = chars[chars.len() - tail..].iter().collect();
    format!("{start}...{end}").into()
}

fn bracket(id: &Option<Identity>) -> String {
    let mut out = String::new();
    put_bracket(&mut out, id);
    out
}

fn put_bracket(out: &mut String, id: &Option<Identity>) {
    if let Some(id) = id {
        for part in [" [", id.key, "=", &shorten(&id.value), "]"] {
            out.push_str(part);
        }
    }
}

fn put(out: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// The words for an action: at its start, while it lasts, at its end.
fn words(action: Action) -> (&'static str, &'static str, &'static str) {
    match action {
        Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => {
            ("Creating", "Still creating", "Creation")
        }
        Action::Update => ("Modifying", "Still modifying", "Modifications"),
        Action::Delete => ("Destroying", "Still destroying", "Destruction"),
        Action::Read => ("Reading", "Still reading", "Read"),
        Action::Forget => ("Removing", "Still removing", "Removal"),
        Action::NoOp => ("Applying", "Still applying", "Apply"),
    }
}

/// What is said while another's lock is waited for.
const LOCKING: &str = "Acquiring state lock. This may take a few moments...";

/// The line of an event for people, without a newline. `None` for events that print nothing of their
/// own: problems are rendered with their source, failures come with a problem.
#[must_use]
pub fn text_line(event: &Event, style: &Style) -> Option<String> {
    let mut out = String::new();
    write_line(&mut out, event, style).then_some(out)
}

/// Writes what [`text_line`] gives; false when that is nothing. There is a line for each object that is read or changed,
/// so it makes no text on the way.
pub fn write_line(out: &mut String, event: &Event, style: &Style) -> bool {
    if matches!(event, Event::Locking) {
        out.push_str(LOCKING);
        return true;
    }
    let Some((address, deposed)) = told_of(event) else {
        return false;
    };
    style.begin(out, &[Ink::Bold]);
    write_name(out, address, deposed);
    if let Event::ProvisionOutput {
        provisioner, line, ..
    } = event
    {
        // Only the name stands out from what a program prints.
        for part in [" (", provisioner, "):"] {
            out.push_str(part);
        }
        style.end(out, &[Ink::Bold]);
        out.push(' ');
        out.push_str(line);
        return true;
    }
    out.push_str(": ");
    happens(out, event);
    style.end(out, &[Ink::Bold]);
    true
}

/// Of what object a line tells, and under what key where it was put aside. `None` for events without a line.
fn told_of(event: &Event) -> Option<(&Address, Option<&str>)> {
    match event {
        Event::RefreshStart {
            address, deposed, ..
        }
        | Event::ApplyStart {
            address, deposed, ..
        }
        | Event::ApplyProgress {
            address, deposed, ..
        } => Some((address, deposed.as_deref())),
        Event::ReadStart { address }
        | Event::ReadComplete { address, .. }
        | Event::ImportPrepare { address, .. }
        | Event::ImportStart { address, .. }
        | Event::ImportComplete { address, .. }
        | Event::ApplyComplete { address, .. }
        | Event::ProvisionStart { address, .. }
        | Event::ProvisionOutput { address, .. }
        | Event::Ephemeral { address, .. }
        | Event::Skipped { address, .. }
        | Event::Settled { address, .. } => Some((address, None)),
        Event::RefreshComplete { .. }
        | Event::ApplyErrored { .. }
        | Event::ProvisionComplete { .. }
        | Event::ProvisionErrored { .. }
        | Event::Problem(_)
        | Event::Locking
        | Event::Waiting(_) => None,
    }
}

/// What happens to the object.
fn happens(out: &mut String, event: &Event) {
    match event {
        Event::RefreshStart { id, .. } => {
            out.push_str("Refreshing state...");
            put_bracket(out, id);
        }
        Event::ReadStart { .. } => out.push_str("Reading..."),
        Event::ReadComplete { elapsed, id, .. } => {
            out.push_str("Read complete after ");
            put_elapsed(out, *elapsed);
            put_bracket(out, id);
        }
        Event::ImportPrepare { id, .. } => put(out, format_args!("Preparing import... [id={id}]")),
        Event::ImportStart { id, .. } => put(out, format_args!("Importing... [id={id}]")),
        Event::ImportComplete { id, .. } => put(out, format_args!("Import complete [id={id}]")),
        Event::ApplyStart { action, id, .. } => {
            out.push_str(words(*action).0);
            out.push_str("...");
            put_bracket(out, id);
        }
        Event::ApplyProgress {
            action,
            elapsed,
            id,
            ..
        } => {
            out.push_str(words(*action).1);
            out.push_str("... [");
            if let Some(id) = id {
                put(out, format_args!("{}={}, ", id.key, shorten(&id.value)));
            }
            put_elapsed(out, *elapsed);
            out.push_str(" elapsed]");
        }
        Event::ApplyComplete {
            action,
            elapsed,
            id,
            ..
        } => {
            out.push_str(words(*action).2);
            out.push_str(" complete after ");
            put_elapsed(out, *elapsed);
            if *action != Action::Delete {
                put_bracket(out, id);
            }
        }
        Event::ProvisionStart { provisioner, .. } => {
            put(out, format_args!("Provisioning with '{provisioner}'..."));
        }
        Event::Ephemeral { step, elapsed, .. } => {
            let (doing, done) = match step {
                EphemeralStep::Open => ("Opening", "Opening complete"),
                EphemeralStep::Renew => ("Renewing", "Renewal complete"),
                EphemeralStep::Close => ("Closing", "Closing complete"),
            };
            match elapsed {
                None => put(out, format_args!("{doing}...")),
                Some(elapsed) => {
                    put(out, format_args!("{done} after {}", elapsed_text(*elapsed)));
                }
            }
        }
        Event::Skipped { because, waits, .. } => {
            let how = if *waits { "is pending" } else { "failed" };
            put(out, format_args!("Not done, because {because} {how}"));
        }
        Event::Settled { how, .. } => out.push_str(&settlement(how)),
        // These have no line, see `told_of`.
        Event::ProvisionOutput { .. }
        | Event::RefreshComplete { .. }
        | Event::ApplyErrored { .. }
        | Event::ProvisionComplete { .. }
        | Event::ProvisionErrored { .. }
        | Event::Problem(_)
        | Event::Locking
        | Event::Waiting(_) => {}
    }
}

fn settlement(how: &Settlement) -> String {
    match how {
        Settlement::Adopted => {
            "Settled: what an earlier run created was found and taken over".into()
        }
        Settlement::Done => "Settled: the change of an earlier run was found to be done".into(),
        Settlement::NotDone => "Settled: an earlier run had changed nothing".into(),
        Settlement::Undecided(what) => format!("Not settled: {what}"),
    }
}

/// The `resource` object of stream lines.
#[must_use]
pub fn resource_json(address: &Address) -> Json {
    let key = match &address.key {
        InstanceKey::None => Json::Null,
        InstanceKey::Int(n) => json!(n),
        InstanceKey::Str(s) => json!(&**s),
    };
    let local = format!("{}{}", address.resource, address.key);
    let type_name = &*address.resource.type_name;
    json!({
        "addr": address.to_string(),
        "module": address.module.to_string(),
        "resource": local,
        "implied_provider": type_name.split_once('_').map_or(type_name, |(p, _)| p),
        "resource_type": type_name,
        "resource_name": &*address.resource.name,
        "resource_key": key,
    })
}

/// A line of the stream: its level, message and type with the fields of `payload`.
#[must_use]
pub fn stream_line(
    level: &str,
    message: &str,
    kind: &str,
    timestamp: &str,
    payload: Json,
) -> String {
    let mut line = Map::new();
    line.insert("@level".into(), json!(level));
    line.insert("@message".into(), json!(message));
    line.insert("@module".into(), json!("terraform.ui"));
    line.insert("@timestamp".into(), json!(timestamp));
    if let Json::Object(fields) = payload {
        line.extend(fields);
    }
    line.insert("type".into(), json!(kind));
    Json::Object(line).to_string()
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Forget => "remove",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
    }
}

/// The stream line of an event; `timestamp` is RFC 3339. `None` for events that the stream does not
/// carry in this form: problems are written by [`super::json`].
#[must_use]
pub fn json_line(event: &Event, timestamp: &str) -> Option<String> {
    if matches!(event, Event::Locking) {
        let kind = "state_lock_acquire";
        return Some(stream_line("info", LOCKING, kind, timestamp, json!({})));
    }
    let mut hook = Map::new();
    let mut identify = |id: &Option<Identity>| {
        if let Some(id) = id {
            hook.insert("id_key".into(), json!(id.key));
            hook.insert("id_value".into(), json!(&*id.value));
        }
    };
    let (address, kind, what, level) = match event {
        Event::RefreshStart { address, id, .. } => {
            identify(id);
            (
                address,
                "refresh_start",
                format!("Refreshing state...{}", bracket(id)),
                "info",
            )
        }
        Event::RefreshComplete { address, id, .. } => {
            identify(id);
            (
                address,
                "refresh_complete",
                format!("Refresh complete{}", bracket(id)),
                "info",
            )
        }
        Event::ReadStart { address } => {
            hook.insert("action".into(), json!("read"));
            (address, "apply_start", "Refreshing...".to_owned(), "info")
        }
        Event::ReadComplete {
            address,
            elapsed,
            id,
        } => {
            identify(id);
            hook.insert("action".into(), json!("read"));
            hook.insert("elapsed_seconds".into(), json!(seconds(*elapsed)));
            let text = format!(
                "Refresh complete after {}{}",
                elapsed_text(*elapsed),
                bracket(id)
            );
            (address, "apply_complete", text, "info")
        }
        Event::ApplyStart {
            address,
            action,
            id,
            ..
        } => {
            identify(id);
            hook.insert("action".into(), json!(action_word(*action)));
            let text = format!("{}...{}", words(*action).0, bracket(id));
            (address, "apply_start", text, "info")
        }
        Event::ApplyProgress {
            address,
            action,
            elapsed,
            ..
        } => {
            hook.insert("action".into(), json!(action_word(*action)));
            hook.insert("elapsed_seconds".into(), json!(seconds(*elapsed)));
            let text = format!(
                "{}... [{} elapsed]",
                words(*action).1,
                elapsed_text(*elapsed)
            );
            (address, "apply_progress", text, "info")
        }
        Event::ApplyComplete {
            address,
            action,
            elapsed,
            id,
            ..
        } => {
            let id = if *action == Action::Delete { &None } else { id };
            identify(id);
            hook.insert("action".into(), json!(action_word(*action)));
            hook.insert("elapsed_seconds".into(), json!(seconds(*elapsed)));
            let done = words(*action).2;
            let text = format!(
                "{done} complete after {}{}",
                elapsed_text(*elapsed),
                bracket(id)
            );
            (address, "apply_complete", text, "info")
        }
        Event::ApplyErrored {
            address,
            action,
            elapsed,
            ..
        } => {
            hook.insert("action".into(), json!(action_word(*action)));
            hook.insert("elapsed_seconds".into(), json!(seconds(*elapsed)));
            let text = format!(
                "{} errored after {}",
                words(*action).2,
                elapsed_text(*elapsed)
            );
            (address, "apply_errored", text, "info")
        }
        Event::ProvisionStart {
            address,
            provisioner,
        } => {
            hook.insert("provisioner".into(), json!(provisioner));
            let text = format!("Provisioning with '{provisioner}'...");
            (address, "provision_start", text, "info")
        }
        Event::ProvisionOutput {
            address,
            provisioner,
            line,
        } => {
            hook.insert("provisioner".into(), json!(provisioner));
            hook.insert("output".into(), json!(line));
            (
                address,
                "provision_progress",
                format!("({provisioner}): {line}"),
                "info",
            )
        }
        Event::ProvisionComplete {
            address,
            provisioner,
        } => {
            hook.insert("provisioner".into(), json!(provisioner));
            let text = format!("({provisioner}) Provisioning complete");
            (address, "provision_complete", text, "info")
        }
        Event::ProvisionErrored {
            address,
            provisioner,
        } => {
            hook.insert("provisioner".into(), json!(provisioner));
            let text = format!("({provisioner}) Provisioning errored");
            (address, "provision_errored", text, "info")
        }
        Event::Ephemeral {
            address,
            step,
            elapsed,
        } => {
            let (action, doing, done) = match step {
                EphemeralStep::Open => ("open", "Opening", "Opening complete"),
                EphemeralStep::Renew => ("renew", "Renewing", "Renewal complete"),
                EphemeralStep::Close => ("close", "Closing", "Closing complete"),
            };
            hook.insert("action".into(), json!(action));
            match elapsed {
                None => (address, "ephemeral_op_start", format!("{doing}..."), "info"),
                Some(elapsed) => {
                    hook.insert("elapsed_seconds".into(), json!(seconds(*elapsed)));
                    let text = format!("{done} after {}", elapsed_text(*elapsed));
                    (address, "ephemeral_op_complete", text, "info")
                }
            }
        }
        Event::Settled { address, how } => {
            let word = match how {
                Settlement::Adopted => "adopted",
                Settlement::Done => "done",
                Settlement::NotDone => "not_done",
                Settlement::Undecided(_) => "undecided",
            };
            hook.insert("how".into(), json!(word));
            (address, "settled", settlement(how), "info")
        }
        Event::ImportPrepare { .. }
        | Event::Skipped { .. }
        | Event::ImportStart { .. }
        | Event::ImportComplete { .. }
        | Event::Problem(_)
        | Event::Locking
        | Event::Waiting(_) => return None,
    };
    hook.insert("resource".into(), resource_json(address));
    let hook = in_order(
        hook,
        &[
            "resource",
            "action",
            "id_key",
            "id_value",
            "elapsed_seconds",
        ],
    );
    let message = format!("{address}: {what}");
    let payload = json!({ "hook": hook });
    Some(stream_line(level, &message, kind, timestamp, payload))
}

fn seconds(elapsed: Duration) -> u64 {
    elapsed.as_secs() + u64::from(elapsed.subsec_millis() >= 500)
}

/// So many objects are named; of the rest it is said how many there are.
const NAMED: usize = 10;

fn named(objects: &[String]) -> String {
    let mut text: String = objects
        .iter()
        .take(NAMED)
        .map(|o| format!("  {o}\n"))
        .collect();
    if objects.len() > NAMED {
        text.push_str(&format!("  and {} more\n", objects.len() - NAMED));
    }
    text
}

/// What an interrupted run has not begun.
#[must_use]
pub fn not_begun(objects: &[String]) -> String {
    match objects {
        [] => String::new(),
        objects => format!("\nNot begun:\n{}", named(objects)),
    }
}

/// What is said when a run ends in the middle of its calls.
#[must_use]
pub fn stopped_at_once(running: &[String]) -> String {
    match running {
        [] => "\nStopped at once. Everything that was done is saved.\n".into(),
        running => format!(
            "\nStopped at once. Everything that was done is saved. What became of these is not known yet; the next command finds out:\n{}",
            named(running)
        ),
    }
}

/// The line that ends an apply: `Apply complete! Resources: 1 added, 0 changed, 0 destroyed.`
#[must_use]
pub fn apply_summary(counts: &crate::plan::Counts, destroying: bool) -> String {
    if destroying {
        return format!("Destroy complete! Resources: {} destroyed.", counts.destroy);
    }
    let import = match counts.import {
        0 => String::new(),
        n => format!("{n} imported, "),
    };
    format!(
        "Apply complete! Resources: {import}{} added, {} changed, {} destroyed.",
        counts.add, counts.change, counts.destroy
    )
}

/// `ADDR["key"]` style quoting for messages about keys.
#[must_use]
pub fn key_text(key: &InstanceKey) -> String {
    match key {
        InstanceKey::None => String::new(),
        InstanceKey::Int(n) => n.to_string(),
        InstanceKey::Str(s) => quote(s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &Event) -> String {
        text_line(event, &Style::default()).unwrap()
    }

    fn id(value: &str) -> Option<Identity> {
        Some(Identity {
            key: "id",
            value: value.into(),
        })
    }

    fn at(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn apply(action: Action, seconds: u64, deposed: Option<&str>) -> [String; 3] {
        let deposed = deposed.map(str::to_owned);
        let (address, id) = (at("a_b.c[\"k\"]"), id("x1"));
        let elapsed = Duration::from_secs(seconds);
        let start = Event::ApplyStart {
            address: address.clone(),
            deposed: deposed.clone(),
            action,
            id: id.clone(),
        };
        let progress = Event::ApplyProgress {
            address: address.clone(),
            deposed: deposed.clone(),
            action,
            elapsed,
            id: id.clone(),
        };
        let complete = Event::ApplyComplete {
            address,
            deposed,
            action,
            elapsed,
            id,
        };
        [line(&start), line(&progress), line(&complete)]
    }

    #[test]
    fn changes_are_told_from_start_to_end() {
        assert_eq!(
            apply(Action::Update, 10, None),
            [
                "a_b.c[\"k\"]: Modifying... [id=x1]",
                "a_b.c[\"k\"]: Still modifying... [id=x1, 10s elapsed]",
                "a_b.c[\"k\"]: Modifications complete after 10s [id=x1]",
            ]
        );
        assert_eq!(
            apply(Action::Delete, 70, Some("dd")),
            [
                "a_b.c[\"k\"] (deposed object dd): Destroying... [id=x1]",
                "a_b.c[\"k\"] (deposed object dd): Still destroying... [id=x1, 1m10s elapsed]",
                "a_b.c[\"k\"]: Destruction complete after 1m10s",
            ]
        );
    }

    #[test]
    fn an_object_without_identity_shows_none() {
        let address = at("data.a_b.c");
        let elapsed = Duration::from_millis(400);
        let read = Event::ReadComplete {
            address: address.clone(),
            elapsed,
            id: None,
        };
        assert_eq!(line(&read), "data.a_b.c: Read complete after 0s");
        let progress = Event::ApplyProgress {
            address,
            deposed: None,
            action: Action::Read,
            elapsed: Duration::from_secs(3661),
            id: None,
        };
        assert_eq!(
            line(&progress),
            "data.a_b.c: Still reading... [1h1m1s elapsed]"
        );
    }

    #[test]
    fn long_identities_are_cut_in_the_middle() {
        let event = Event::RefreshStart {
            address: at("a_b.c"),
            deposed: None,
            id: id(&format!("{}{}", "a".repeat(60), "z".repeat(60))),
        };
        let text = line(&event);
        assert_eq!(text.len(), "a_b.c: Refreshing state... [id=]".len() + 80);
        assert!(text.contains("aaa...zzz"), "{text}");
    }

    #[test]
    fn failures_print_nothing_of_their_own() {
        let event = Event::ApplyErrored {
            address: at("a_b.c"),
            deposed: None,
            action: Action::Create,
            elapsed: Duration::ZERO,
        };
        assert_eq!(text_line(&event, &Style::default()), None);
    }

    #[test]
    fn a_run_ends_with_its_counts() {
        let counts = crate::plan::Counts {
            import: 1,
            add: 2,
            change: 3,
            destroy: 4,
            forget: 5,
        };
        assert_eq!(
            apply_summary(&counts, false),
            "Apply complete! Resources: 1 imported, 2 added, 3 changed, 4 destroyed."
        );
        assert_eq!(
            apply_summary(&counts, true),
            "Destroy complete! Resources: 4 destroyed."
        );
    }
}
