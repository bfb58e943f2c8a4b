//! Sender ids: `digitalchannels_sender_id`, a `chat.*` section of the transaction `NexusServices`.
//!
//! What the section holds is [`section`]'s subject, how it is written [`crate::options`]'s.

pub(crate) mod section;

use std::collections::BTreeSet;

use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, Effects, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Kind, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Waits};

use crate::api::Api;
use crate::envelope::unexpected;
use crate::names::{self, section_name};
use crate::options::{self, delta::Delta, delta::Section};
use crate::rules::{self, Clock};
use crate::settings::Manual;
use crate::values::with;
use crate::{services, tenant, values};

/// The resource type.
pub(crate) struct SenderId {
    /// For rules.
    pub(crate) now: Clock,
    /// Whether a person enters the sections.
    pub(crate) manual: Manual,
}

fn block() -> Block {
    let text = |description: &str| Attribute::new(Type::String, description);
    let flag = |description: &str| Attribute::new(Type::Bool, description).optional();
    Block::new("A short code or number: a chat.* section of the transaction NexusServices.")
        .attribute("id", text("Contact-centre id, a slash and the section.").computed())
        .attribute("ccid", services::ccid())
        .attribute("name", text("Name of the section, with or without chat.: letters, underscores and dashes. A change makes a new section.").required())
        .attribute("sender_id", text("The short code (5 digits) or long code (10 digits).").required())
        .attribute("designer_endpoint", text("The chat endpoint's name in Designer, without chat.").required())
        .attribute("sms_provider", text("Portico (the default), Async or mGage.").optional())
        .attribute("cxc_only", flag("For CX Contact: messages are not handled as chats and reach no agent. By default false."))
        .attribute("extra_options", Attribute::new(Type::map(Type::String), "More options of the section. Those that nobody names are left alone.").optional())
        .attribute("number_acknowledged", flag("The number is registered outside of this configuration. A promise to the rules: it is neither sent nor stored.").write_only())
        .attribute("acknowledged", flag("Manual back-end: a person has entered the section as planned."))
        .attribute("section", text("The section's whole name.").computed())
        .attribute("options", Attribute::new(Type::map(Type::String), "Every option that is managed, as it is written.").computed())
}

/// The section of a value, with its prefix.
fn section_of(value: &Value) -> String {
    let section = values::known(value, "section").map(str::to_owned);
    section.unwrap_or_else(|| section_name(values::known(value, "name").unwrap_or_default()))
}

/// The attribute `options` as texts.
fn options_of(value: &Value) -> Section {
    let fields = values::fields(value, "options")
        .into_iter()
        .flat_map(|fields| fields.iter());
    fields
        .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
        .collect()
}

fn managed(value: &Value) -> BTreeSet<String> {
    options_of(value).into_keys().collect()
}

/// The instruction for a person: what the section must hold.
fn instruction(section: &str, options: &Value) -> String {
    let texts = options
        .as_fields()
        .into_iter()
        .flat_map(|fields| fields.iter());
    let line = |(name, value): (&std::sync::Arc<str>, &Value)| {
        format!(
            "{name} = {}",
            value.as_str().unwrap_or("(known after apply)")
        )
    };
    let lines: Vec<String> = texts.map(line).collect();
    let holds = if lines.is_empty() {
        "the planned options".to_owned()
    } else {
        lines.join(", ")
    };
    format!(
        "In Platform Administration, Environment > Transactions > NexusServices > Options, make the section {section} hold: \
         {holds}."
    )
}

/// The state after reading: what differs from the state is taken over; what means the same keeps its form.
fn observed(state: &Value, there: &Section) -> Vec<(&'static str, Value)> {
    let null = || Value::null(Type::String);
    let held = options_of(state);
    let text = |name: &str| {
        there
            .get(name)
            .map_or_else(null, |text| Value::from(text.as_str()))
    };
    let same = |name: &str| {
        section::same(
            name,
            held.get(name).map(String::as_str),
            there.get(name).map(String::as_str),
        )
    };
    let mut seen = vec![("sender_id", text(section::CHANNEL_ID))];
    seen.push((
        "designer_endpoint",
        there.get(section::ENDPOINT).map_or_else(null, |endpoint| {
            Value::from(
                endpoint
                    .strip_prefix(names::SECTION_PREFIX)
                    .unwrap_or(endpoint),
            )
        }),
    ));
    let extra = values::fields(state, "extra_options");
    let is_extra = |name: &str| extra.is_some_and(|fields| fields.get(name).is_some());
    if !same(section::PROVIDER) && !is_extra(section::PROVIDER) {
        seen.push(("sms_provider", text(section::PROVIDER)));
    }
    if !same(section::CXC_ONLY) && !is_extra(section::CXC_ONLY) {
        let truth = there
            .get(section::CXC_ONLY)
            .map(|text| text.eq_ignore_ascii_case("true"));
        seen.push((
            "cxc_only",
            truth.map_or_else(|| Value::null(Type::Bool), Value::bool),
        ));
    }
    if let Some(extra) = extra {
        let kept = extra.iter().filter_map(|(name, value)| {
            let value = if same(name) {
                value.clone()
            } else {
                Value::from(there.get(&**name)?.as_str())
            };
            Some((name.clone(), value))
        });
        seen.push((
            "extra_options",
            Value::new(Kind::Map(Type::String.into(), kept.collect())),
        ));
    }
    let known = [
        section::CHANNEL_ID,
        section::ENDPOINT,
        section::PROVIDER,
        section::CXC_ONLY,
    ];
    let constants = names::SECTION_CONSTANTS.iter().map(|(name, _)| *name);
    let mut managed: BTreeSet<&str> = known.into_iter().chain(constants).collect();
    managed.extend(held.keys().map(String::as_str));
    let options = managed.into_iter().filter_map(|name| {
        let value = if same(name) && held.contains_key(name) {
            held.get(name)
        } else {
            there.get(name)
        };
        Some((name, Value::from(value?.as_str())))
    });
    seen.push(("options", Value::map(Type::String, options)));
    seen
}

/// Writes the section, or says what is in the way.
async fn send(api: &Api, request: &ApplyRequest) -> Result<(), HttpError> {
    let section = section_of(if request.planned.is_null() {
        &request.prior
    } else {
        &request.planned
    });
    let creating = request.prior.is_null();
    options::change(api, |sections| {
        if request.planned.is_null() {
            return Ok(Delta::removal(sections, &section, |_| true));
        }
        if creating && sections.contains_key(&section) {
            return Err(unexpected(format!(
                "The transaction NexusServices has a section {section} already. Import it with the id \"{}/{section}\".",
                api.settings().ccid
            )));
        }
        Ok(Delta::between(sections, &section, &options_of(&request.planned), &managed(&request.prior)))
    })
    .await
}

/// What the plan must tell a person to do, if a person does it.
fn note(draft: &Draft) -> Option<String> {
    if draft.action == Action::Delete {
        return Some(format!(
            "In Platform Administration, Environment > Transactions > NexusServices > Options, remove the section {}.",
            section_of(&draft.prior)
        ));
    }
    let changed = draft.changed("options") || draft.changed("section");
    let section = values::known(&draft.planned, "section").unwrap_or("(known after apply)");
    let options = draft.planned.attr("options").filter(|_| changed)?;
    Some(instruction(section, options))
}

impl SenderId {
    async fn write(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        send(api, request).await?;
        let instruction = |planned: &Value| {
            let options = planned.attr("options").cloned();
            let options = options.unwrap_or_else(|| Value::null(Type::Dynamic));
            instruction(&section_of(planned), &options)
        };
        Ok(options::written(api, request, "options", instruction))
    }
}

impl Calls<Api> for SenderId {
    fn type_name(&self) -> &'static str {
        names::SENDER_ID
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: block(),
        }
    }

    fn label(&self, object: &Value) -> String {
        format!("the sender id {}", section_of(object))
    }

    fn effects(&self) -> Effects {
        self.manual.effects()
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["ccid", "section"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::object(request, &block(), (self.now)())
    }

    async fn plan(&self, client: Option<&Api>, mut draft: Draft) -> Draft {
        if draft.action != Action::Delete {
            let ccid = tenant::plan(&mut draft, client);
            let section = match values::known(&draft.planned, "name") {
                Some(name) => Value::from(section_name(name).as_str()),
                None => Value::unknown(Type::String),
            };
            let options = match section::options(&draft.planned) {
                Some(options) => section::to_value(&options),
                None => Value::unknown(Type::map(Type::String)),
            };
            // With and without its prefix a name is the same.
            if section.as_str() == Some(&*section_of(&draft.prior)) {
                draft.keep("name");
            }
            draft.set("id", tenant::id(&ccid, &section));
            draft.set("section", section);
            draft.set("options", options);
            if attrs::flag(&draft.planned, "cxc_only") == Some(true) && draft.changed("cxc_only") {
                draft.note(NoteKind::Info, rules::DC22);
            }
        }
        if client.is_some_and(Api::is_manual)
            && let Some(text) = note(&draft)
        {
            draft.note(NoteKind::Manual, text);
        }
        draft
    }

    async fn create(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn read(&self, api: &Api, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let state = &request.state;
        if api.is_manual() {
            return Ok(Outcome::is(state.clone()));
        }
        let section = section_of(state);
        let Some(there) = options::load(api).await?.remove(&section) else {
            return Ok(Outcome::gone());
        };
        let mut seen = observed(state, &there);
        seen.push(("id", options::id(api, state, &section)));
        seen.push(("section", Value::from(section.as_str())));
        if values::known(state, "name").is_none() {
            seen.push(("name", Value::from(section.as_str())));
        }
        Ok(Outcome::is(with(state, seen)))
    }

    async fn update(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn delete(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn list(&self, api: &Api, _planned: &Value) -> Result<Vec<String>, HttpError> {
        options::ids(api, |name, _| name.starts_with(names::SECTION_PREFIX)).await
    }

    async fn find(&self, api: &Api, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let found = options::load(api).await?.remove(&section_of(planned));
        let state = |there| with(planned, observed(planned, &there));
        Ok(found.map(state).into_iter().collect())
    }

    fn search(&self, api: &Api) -> Option<Waits> {
        Some(api.search())
    }

    async fn import(&self, api: &Api, id: &str) -> Result<Value, Diagnostics> {
        if api.is_manual() {
            let text = "With the manual back-end the sections cannot be read, so there is nothing to import: declare the \
                        sender id with `acknowledged = true`.";
            return Err(vec![Diagnostic::error(
                "Sender ids cannot be imported",
                text,
            )]);
        }
        let name = tenant::parse_id(id, api.settings(), "<ccid>/chat.<name>")?;
        let (ccid, section) = (api.settings().ccid.as_str(), section_name(name));
        // The name is the configuration's, if there is one: with and without its prefix it is the same.
        Ok(Value::object([
            ("id", Value::from(format!("{ccid}/{section}").as_str())),
            ("ccid", Value::from(ccid)),
            ("section", Value::from(section.as_str())),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_api::json::{implied, to_json};

    use super::*;

    fn state() -> Value {
        implied(&json!({
            "name": "SMS_Main", "sender_id": "16504", "designer_endpoint": "Main", "sms_provider": null, "cxc_only": null,
            "extra_options": {"note": "x"}, "section": "chat.SMS_Main",
            "options": {"channelId": "16504", "channelType": "sms", "cxcOnly": "false", "endpoint": "chat.Main",
                        "interactionSubtype": "SMS", "interactionType": "Inbound", "media": "chat", "note": "x", "provider": "Portico"},
        }))
    }

    fn there(change: serde_json::Value) -> Section {
        let mut options = options_of(&state());
        for (name, value) in change.as_object().unwrap() {
            match value.as_str() {
                Some(value) => options.insert(name.clone(), value.to_owned()),
                None => options.remove(name),
            };
        }
        options
    }

    fn after(change: serde_json::Value) -> serde_json::Value {
        let before = to_json(&state());
        let after = to_json(&with(&state(), observed(&state(), &there(change))));
        let differs =
            |(name, value): &(&String, &serde_json::Value)| before[name.as_str()] != **value;
        after
            .as_object()
            .unwrap()
            .iter()
            .filter(differs)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    #[test]
    fn defaults_and_unknown_options_are_no_drift() {
        assert_eq!(after(json!({})), json!({}));
        assert_eq!(
            after(json!({"provider": null, "cxcOnly": "FALSE", "theirs": "y"})),
            json!({})
        );
    }

    #[test]
    fn drift_shows_in_arguments_and_options() {
        let seen = after(json!({"cxcOnly": "true", "provider": "Async"}));
        assert_eq!(seen["cxc_only"], true);
        assert_eq!(seen["sms_provider"], "Async");
        assert_eq!(seen["options"]["cxcOnly"], "true");
        let seen = after(json!({"media": "voice", "note": null}));
        assert_eq!(seen["options"]["media"], "voice");
        assert_eq!(seen["extra_options"], json!({}));
    }

    #[test]
    fn an_imported_section_is_read_whole() {
        let bare = implied(&json!({
            "name": "SMS_Main", "sender_id": null, "designer_endpoint": null, "sms_provider": null, "cxc_only": null,
            "extra_options": null, "section": "chat.SMS_Main", "options": null,
        }));
        let seen = to_json(&with(
            &bare,
            observed(
                &bare,
                &there(json!({"cxcOnly": "true", "theirs": "y", "note": null})),
            ),
        ));
        assert_eq!(seen["sender_id"], "16504");
        assert_eq!(seen["designer_endpoint"], "Main");
        assert_eq!(seen["cxc_only"], true);
        assert_eq!(seen["sms_provider"], serde_json::Value::Null);
        assert_eq!(seen["options"]["provider"], "Portico");
        assert_eq!(seen["options"]["theirs"], serde_json::Value::Null);
    }
}
