//! Panels of the console that no public call reaches, set by hand: the plan shows the steps, a person does them and attests
//! it, and the state keeps who, when and what.
//!
//! What is set by hand cannot be read: such an object is "unverifiable", never in order. This file sends nothing.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;
use trunkline_api::json::to_json;
use trunkline_api::kit::rules::error;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::NoteKind;
use trunkline_api::{Attribute, Block, Diagnostic, NestedBlock, Nesting, Type, Value};

use crate::client::Client;
use crate::settings::Mode;
use crate::signature::hex;

/// The block by which a person says that it is done.
pub(crate) const ATTESTATION: &str = "attestation";

/// The attribute that tells whether the service can be asked.
pub(crate) const VERIFICATION: &str = "verification";

const UNVERIFIABLE: &str = "unverifiable";

/// One panel of the console.
pub(crate) struct Panel {
    /// Its name in the provider's `modes`.
    pub(crate) name: &'static str,
    /// The attributes that a person enters, with their labels.
    pub(crate) content: &'static [(&'static str, &'static str)],
    /// What to do, up to the entering.
    pub(crate) steps: &'static [&'static str],
    /// What to do to remove it.
    pub(crate) removal: &'static str,
}

/// Where every panel is.
const FIRST: &str = "Log on to the Chat App Message Service console, open Channel Management (Customer Management for a service provider), \
                     click the channel's ID, then Service Settings";

/// The attributes and the block that every panel has.
pub(crate) fn with_attestation(block: Block) -> Block {
    let text = |d: &str| Attribute::new(Type::String, d);
    let attestation = Block::new("Who has set it in the console, in the mode manual.")
        .attribute("by", text("Who did it.").required())
        .attribute("at", text("When, as 2026-01-31T12:00:00Z.").required())
        .attribute(
            "content_hash",
            text("The content_hash of what was entered, as the plan shows it.").required(),
        );
    block
        .attribute(
            "content_hash",
            text("A hash of what is to be set; not of secrets.").computed(),
        )
        .attribute(
            VERIFICATION,
            text("\"readable\", or \"unverifiable\" where it is set by hand.").computed(),
        )
        .nested(ATTESTATION, NestedBlock::new(Nesting::Single, attestation))
}

/// The hash of an object's content; nothing while something in it is unknown.
fn content_hash(panel: &Panel, object: &Value) -> Option<String> {
    let mut content = serde_json::Map::new();
    for (name, _) in panel.content {
        let value = object.attr(name)?;
        if !value.is_wholly_known() {
            return None;
        }
        content.insert((*name).to_owned(), to_json(value));
    }
    let text = json!([panel.name, content]).to_string();
    let hash = digest(&SHA256, text.as_bytes());
    Some(hex(hash.as_ref())[..16].to_owned())
}

/// The steps and values, in one text.
fn instructions(panel: &Panel, object: &Value) -> String {
    let mut steps = vec![FIRST.to_owned()];
    steps.extend(panel.steps.iter().map(|step| (*step).to_owned()));
    let text: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(n, step)| format!("{}. {step}", n + 1))
        .collect();
    let values: Vec<String> = panel
        .content
        .iter()
        .filter_map(|(name, label)| {
            let value = object.attr(name).filter(|value| !value.is_null())?;
            let shown = match value.is_wholly_known() {
                true => to_json(value).to_string(),
                false => "(known after apply)".to_owned(),
            };
            Some(format!("{label}: {shown}"))
        })
        .collect();
    format!("{}. Values: {}.", text.join(". "), values.join(", "))
}

/// The words that a person adds when it is done.
fn how_to_attest(hash: Option<&str>) -> String {
    let hash = hash.map_or("the content_hash of the plan".to_owned(), |h| {
        format!("{h:?}")
    });
    format!("Then add attestation {{ by = \"…\", at = \"…\", content_hash = {hash} }}.")
}

/// Whether the object's attestation is of its content.
fn is_attested(panel: &Panel, object: &Value) -> bool {
    let attestation = attrs::present(object, ATTESTATION);
    let attested = attestation.and_then(|a| attrs::text(a, "content_hash"));
    attested.is_some() && attested == content_hash(panel, object).as_deref()
}

/// Finishes the plan of a panel's object: its hash, whether it can be read, and what is to be done by hand.
pub(crate) fn plan(client: Option<&Client>, panel: &Panel, label: &str, draft: &mut Draft) {
    let mode = client.map(|client| client.mode(panel.name));
    if draft.action == Action::Delete {
        if mode == Some(Mode::Manual) {
            let text = format!("{FIRST}. {}.", panel.removal);
            draft.note(
                NoteKind::Stays,
                format!("AL22: {label} stays until somebody removes it by hand. {text}"),
            );
        }
        return;
    }
    match content_hash(panel, &draft.planned) {
        Some(hash) => draft.set("content_hash", Value::string(hash)),
        None => draft.unknown("content_hash"),
    }
    match mode {
        Some(Mode::Manual) => draft.set(VERIFICATION, Value::from(UNVERIFIABLE)),
        Some(Mode::Api) => draft.set(VERIFICATION, Value::from("readable")),
        None => draft.unknown(VERIFICATION),
    }
    if mode != Some(Mode::Manual) || draft.planned == draft.prior {
        return;
    }
    let hash = attrs::text(&draft.planned, "content_hash").map(str::to_owned);
    let text = if is_attested(panel, &draft.planned) {
        let attestation = draft.planned.attr(ATTESTATION);
        let by = attestation
            .and_then(|a| attrs::text(a, "by"))
            .unwrap_or_default();
        format!("AL22: {label} is set by hand, as {by} attests; nothing is sent.")
    } else {
        let what = instructions(panel, &draft.planned);
        format!(
            "AL22: {label} is set by hand. {what} {}",
            how_to_attest(hash.as_deref())
        )
    };
    draft.note(NoteKind::Manual, text);
}

/// The outcome of a create or update by hand: recorded if it is attested, refused if not (rule AL22).
pub(crate) fn record(panel: &Panel, label: &str, planned: &Value) -> Outcome {
    match is_attested(panel, planned) {
        true => Outcome::is(attrs::settled(planned)),
        false => Outcome::failed(not_attested(panel, label, planned)),
    }
}

fn not_attested(panel: &Panel, label: &str, planned: &Value) -> Diagnostic {
    let hash = content_hash(panel, planned);
    let stale = if attrs::present(planned, ATTESTATION).is_some() {
        "its attestation is of other content"
    } else {
        "nobody has attested that it is done"
    };
    let text = format!(
        "{label} is set by hand in the mode \"manual\", and {stale}. {} {}",
        instructions(panel, planned),
        how_to_attest(hash.as_deref())
    );
    error("AL22", "Manual Step Not Attested", text)
}

/// The outcome of reading what is set by hand: as it was, with a warning.
pub(crate) fn unread(label: &str, state: &Value) -> Outcome {
    let text = format!(
        "{label} is set by hand and no call can read it: whether the console still shows what the state says is not known."
    );
    Outcome::is(attrs::set(state, VERIFICATION, Value::from(UNVERIFIABLE)))
        .with(Diagnostic::warning("Unverifiable Object", text))
}

/// The outcome of removing what is set by hand: forgotten, with a warning.
pub(crate) fn forgotten(panel: &Panel, label: &str) -> Outcome {
    let text = format!(
        "{label} was forgotten here, and is still in the console. {FIRST}. {}.",
        panel.removal
    );
    Outcome::gone().with(Diagnostic::warning("Manual Removal Needed", text))
}

/// Whether an object was set by hand when it was last looked at.
pub(crate) fn was_by_hand(state: &Value) -> bool {
    attrs::text(state, VERIFICATION) == Some(UNVERIFIABLE)
}

/// The state with what a panel's objects have besides what the service tells.
pub(crate) fn completed(panel: &Panel, mut state: Value, before: &Value) -> Value {
    state = attrs::set(&state, VERIFICATION, Value::from("readable"));
    if let Some(attestation) = attrs::present(before, ATTESTATION) {
        state = attrs::set(&state, ATTESTATION, attestation.clone());
    }
    match content_hash(panel, &state) {
        Some(hash) => attrs::set(&state, "content_hash", Value::string(hash)),
        None => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: Panel = Panel {
        name: "sms_setting",
        content: &[("cust_space_id", "Channel"), ("enabled", "Activate SMS")],
        steps: &["Turn the switch Activate SMS"],
        removal: "Turn off the switch Activate SMS",
    };

    fn object(enabled: bool, attested: Option<&str>) -> Value {
        let attestation = attested.map_or(Value::null(Type::Dynamic), |hash| {
            Value::object([
                ("by", Value::from("jo")),
                ("content_hash", Value::from(hash)),
            ])
        });
        Value::object([
            ("cust_space_id", Value::from("cams-1")),
            ("enabled", Value::bool(enabled)),
            (ATTESTATION, attestation),
        ])
    }

    #[test]
    fn al22_without_attestation_nothing_is_recorded() {
        let outcome = record(&PANEL, "the SMS setting", &object(true, None));
        let problem = &outcome.diagnostics[0];
        assert!(outcome.state.is_none() && problem.is_error());
        let hash = content_hash(&PANEL, &object(true, None)).unwrap();
        for part in [
            "AL22: ",
            "2. Turn the switch",
            "Activate SMS: true",
            hash.as_str(),
        ] {
            assert!(problem.detail.contains(part), "{part}: {}", problem.detail);
        }
        // An attestation of other content is none.
        let other = content_hash(&PANEL, &object(false, None)).unwrap();
        assert!(
            record(&PANEL, "x", &object(true, Some(&other)))
                .state
                .is_none()
        );
    }

    #[test]
    fn al22_an_attestation_of_this_content_is_recorded() {
        let hash = content_hash(&PANEL, &object(true, None)).unwrap();
        let outcome = record(&PANEL, "the SMS setting", &object(true, Some(&hash)));
        assert!(outcome.state.is_some() && outcome.diagnostics.is_empty());
    }

    #[test]
    fn what_is_done_by_hand_is_never_in_order() {
        let outcome = unread("the SMS setting", &object(true, None));
        assert!(!outcome.diagnostics[0].is_error());
        assert!(was_by_hand(outcome.state.as_ref().unwrap()));
    }
}
