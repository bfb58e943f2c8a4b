//! `chatapp_template`: a message template in one language.
//!
//! The service reviews it; until it has passed it can be changed, afterwards a change is a replacement. Intents are bound to
//! buttons in the console's designer: no call writes that [public], so here it is only compared.

pub(crate) mod components;
pub(crate) mod usage;

use serde_json::{Value as Json, json};
use trunkline_api::json::{implied, to_json};
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::channel;
use crate::client::{Call, Client};
use crate::json::{flag, integer, member, text};
use crate::rules;
use components::COMPONENT;

/// The resource type.
pub(crate) const TEMPLATE: &str = "chatapp_template";

/// The resource.
pub(crate) struct Template;

/// What a passed review fixes.
const CONTENT: [&str; 3] = [COMPONENT, "example", "message_send_ttl_seconds"];

/// What can be changed at any time.
const PROPERTIES: [(&str, &str); 2] = [
    ("allow_send", "AllowSend"),
    ("category_change_paused", "CategoryChangePaused"),
];

/// What tells a template: channel, code, language.
fn place(object: &Value) -> [&str; 3] {
    ["cust_space_id", "template_code", "language"]
        .map(|name| attrs::text(object, name).unwrap_or_default())
}

fn id(place: [&str; 3]) -> String {
    place.join("/")
}

/// The state of a template as the service shows it.
fn state(template: &Json, before: &Value) -> Value {
    let told = |name: &str| text(template, name);
    let kept = |name: &str| attrs::text(before, name).map(str::to_owned);
    let channel = kept("cust_space_id").unwrap_or_default();
    let code = told("TemplateCode").or_else(|| kept("template_code"));
    let language = told("Language").or_else(|| kept("language"));
    let (code, language) = (code.unwrap_or_default(), language.unwrap_or_default());
    let kind = told("TemplateType").or_else(|| kept("template_type"));
    let example =
        member(template, "Example").filter(|e| e.as_object().is_some_and(|o| !o.is_empty()));
    let state = json!({
        "id": id([&channel, &code, &language]), "cust_space_id": channel, "template_code": code, "language": language,
        "name": told("Name").or_else(|| told("TemplateName")), "category": told("Category"), "template_type": kind,
        "audit_status": told("AuditStatus"), "reason": told("Reason"), "quality_score": told("QualityScore"),
        "example": example, "message_send_ttl_seconds": integer(template, "MessageSendTtlSeconds"),
        "allow_send": flag(template, "AllowSend").unwrap_or(true),
        "category_change_paused": flag(template, "CategoryChangePaused").unwrap_or(false),
    });
    let state = attrs::set(
        &implied(&state),
        COMPONENT,
        components::from_json(template, before),
    );
    let live = attrs::string_set(components::intents(template));
    let state = attrs::set(&state, "live_intent_codes", live);
    let wanted = before.attr("intent_codes").cloned();
    attrs::set(
        &state,
        "intent_codes",
        wanted.unwrap_or(Value::null(Type::set(Type::String))),
    )
}

fn find_one<'c>(client: &'c Client, channel: &str, language: &str) -> Call<'c> {
    let call = client.ask("GetChatappTemplateDetail");
    call.text("CustSpaceId", channel).text("Language", language)
}

/// A template by its code.
async fn query(client: &Client, object: &Value) -> Result<Json, HttpError> {
    let [channel, code, language] = place(object);
    let call = find_one(client, channel, language).text("TemplateCode", code);
    call.optional("TemplateType", attrs::text(object, "template_type"))
        .data()
        .await
}

/// Adds the content that is reviewed.
fn content<'c>(call: Call<'c>, planned: &Value) -> Call<'c> {
    let call = call.json("Components", &components::to_json(planned));
    let call = match attrs::present(planned, "example") {
        Some(example) => call.json("Example", &to_json(example)),
        None => call,
    };
    let ttl = attrs::integer(planned, "message_send_ttl_seconds").map(|n| n.to_string());
    call.optional("MessageSendTtlSeconds", ttl.as_deref())
}

/// The warning about intents that are not bound yet.
fn unbound(label: &str, state: &Value) -> Option<Diagnostic> {
    let live = attrs::texts(state, "live_intent_codes");
    let mut missing = attrs::texts(state, "intent_codes");
    missing.retain(|code| !live.contains(code));
    if missing.is_empty() {
        return None;
    }
    let text = format!(
        "The buttons of {label} do not use the intents {}. Attach them in the console's template designer: no call does that.",
        missing.join(", ")
    );
    Some(Diagnostic::warning("Intents Not Attached", text))
}

async fn set_properties(client: &Client, planned: &Value, prior: &Value) -> Result<(), HttpError> {
    let [channel, code, language] = place(planned);
    let differs = |name: &str| planned.attr(name) != prior.attr(name);
    if !PROPERTIES.iter().any(|(name, _)| differs(name)) {
        return Ok(());
    }
    let call = client
        .set("ModifyChatappTemplateProperties")
        .text("CustSpaceId", channel)
        .text("TemplateCode", code)
        .text("Language", language)
        .optional("TemplateType", attrs::text(planned, "template_type"));
    let call = PROPERTIES.iter().fold(call, |call, (name, parameter)| {
        let flag = attrs::flag(planned, name).map(|flag| flag.to_string());
        call.optional(parameter, flag.as_deref().filter(|_| differs(name)))
    });
    call.send().await.map(|_| ())
}

impl Template {
    /// What was planned, with what only the service tells.
    async fn settled(&self, client: &Client, planned: &Value) -> Value {
        let mut state = planned.clone();
        // Where it cannot be read, the next plan does.
        if let Ok(found) = query(client, planned).await {
            let told = self::state(&found, planned);
            for name in [
                "audit_status",
                "reason",
                "quality_score",
                "live_intent_codes",
            ] {
                let unknown = planned.attr(name).is_none_or(|v| !v.is_known());
                if let Some(value) = told.attr(name).filter(|_| unknown) {
                    state = attrs::set(&state, name, value.clone());
                }
            }
        }
        attrs::settled(&state)
    }

    async fn make(&self, client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let [channel, _, language] = place(planned);
        let wanted = |name: &str| attrs::text(planned, name).unwrap_or_default();
        let paused = attrs::flag(planned, "category_change_paused") == Some(true);
        let call = client
            .make("CreateChatappTemplate")
            .form()
            .text("CustSpaceId", channel)
            .text("Name", wanted("name"))
            .text("Language", language)
            .text("Category", wanted("category"))
            .text("TemplateType", wanted("template_type"))
            .optional("CategoryChangePaused", paused.then_some("true"));
        let data = content(call, planned).data().await?;
        let code = text(&data, "TemplateCode").unwrap_or_default();
        let made = attrs::set(planned, "template_code", Value::from(code.as_str()));
        let made = attrs::set(&made, "id", Value::string(id([channel, &code, language])));
        let fresh = Value::object([
            ("allow_send", Value::bool(true)),
            ("category_change_paused", Value::bool(paused)),
        ]);
        let rest = set_properties(client, &made, &fresh).await;
        let outcome = Outcome::is(self.settled(client, &made).await);
        Ok(match rest {
            Ok(()) => outcome,
            Err(e) => {
                // The template is there: the next plan shows what it lacks.
                let text = format!(
                    "{} was made, but not all of its properties are set ({e}). Apply again.",
                    self.label(planned)
                );
                outcome.with(Diagnostic::warning("Properties Not Set", text))
            }
        })
    }
}

impl Calls<Client> for Template {
    fn type_name(&self) -> &'static str {
        TEMPLATE
    }

    fn label(&self, object: &Value) -> String {
        let text = |name| attrs::text(object, name).unwrap_or_default();
        format!("the template {:?} ({})", text("name"), text("language"))
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        let flag = |d: &str| of(Type::Bool, d).optional().computed();
        let block = Block::new("A message template in one language. The service reviews it; what has passed is fixed, so that a change of its content is a replacement.")
            .attribute("id", text("Channel, template code and language, with slashes between.").computed())
            .attribute("cust_space_id", text("The channel's id. A change is a replacement.").required())
            .attribute("name", text("The name, once a language. A change is a replacement.").required())
            .attribute("language", text("The language, such as en. A change is a replacement.").required())
            .attribute("category", text("UTILITY, MARKETING or AUTHENTICATION. A change is a replacement.").required())
            .attribute("template_type", text("WHATSAPP or VIBER. A change is a replacement.").required())
            .attribute("example", of(Type::map(Type::String), "An example of each variable.").optional())
            .attribute("message_send_ttl_seconds", of(Type::Number, "How long a message may take: 30 to 900 for AUTHENTICATION, 30 to 43200 for UTILITY.").optional())
            .attribute("allow_send", flag("Whether it may be sent; true by default."))
            .attribute("category_change_paused", flag("Whether Meta may not change the category; false by default."))
            .attribute("intent_codes", of(Type::set(Type::String), "The intents that its buttons are to use. They are attached in the console's designer; here it is only compared.").optional())
            .attribute("live_intent_codes", of(Type::set(Type::String), "The intents that its buttons use.").computed())
            .attribute("template_code", text("The code that the service gave it.").computed())
            .attribute("audit_status", text("pass, fail, auditing or unaudit.").computed())
            .attribute("reason", text("Why the review failed.").computed())
            .attribute("quality_score", text("What Meta says of its quality.").computed())
            .nested(COMPONENT, components::nested());
        Schema { version: 0, block }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &[
            "cust_space_id",
            "name",
            "language",
            "category",
            "template_type",
        ]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("allow_send", Value::bool(true)),
            ("category_change_paused", Value::bool(false)),
        ]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::template(&request.config)
    }

    async fn plan(&self, _: Option<&Client>, mut draft: Draft) -> Draft {
        let content: Vec<&str> = CONTENT
            .into_iter()
            .filter(|name| draft.changed(name))
            .collect();
        let mut reviewed = draft.action == Action::Create;
        if draft.action == Action::Update && !content.is_empty() {
            if attrs::text(&draft.prior, "audit_status") == Some("pass") {
                content.iter().for_each(|name| draft.replace(name));
            } else {
                draft.unknown("audit_status");
                draft.set("reason", Value::unknown(Type::String));
            }
            reviewed = true;
        }
        if reviewed && !attrs::texts(&draft.planned, "intent_codes").is_empty() {
            let text = format!(
                "Attach the intents of {} to its buttons in the console's template designer: no call does that.",
                self.label(&draft.planned)
            );
            draft.note(NoteKind::Manual, text);
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.make(client, &request.planned).await
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let found = query(client, &request.state).await?;
        let state = state(&found, &request.state);
        Ok(match unbound(&self.label(&state), &state) {
            Some(warning) => Outcome::is(state).with(warning),
            None => Outcome::is(state),
        })
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (prior, planned) = (&request.prior, &request.planned);
        let [channel, code, language] = place(planned);
        if CONTENT
            .iter()
            .any(|name| planned.attr(name) != prior.attr(name))
        {
            let call = client
                .set("ModifyChatappTemplate")
                .form()
                .text("CustSpaceId", channel)
                .text("TemplateCode", code)
                .text("Language", language)
                .optional("TemplateType", attrs::text(planned, "template_type"));
            content(call, planned).send().await?;
        }
        set_properties(client, planned, prior).await?;
        Ok(Outcome::is(self.settled(client, planned).await))
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let [channel, code, language] = place(&request.prior);
        let call = client
            .set("DeleteChatappTemplate")
            .text("CustSpaceId", channel)
            .text("TemplateCode", code)
            .text("Language", language)
            .optional("TemplateType", attrs::text(&request.prior, "template_type"));
        call.send().await?;
        Ok(Outcome::gone())
    }

    /// Those of every channel: one listing serves all creates of a run.
    async fn list(&self, client: &Client, _: &Value) -> Result<Vec<String>, HttpError> {
        let mut ids = Vec::new();
        for channel in channel::ids(client).await? {
            for template in usage::of_channel(client, &channel).await? {
                let told = |name: &str| text(&template, name).unwrap_or_default();
                ids.push(id([&channel, &told("TemplateCode"), &told("Language")]));
            }
        }
        Ok(ids)
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let wanted = |name: &str| attrs::text(planned, name).unwrap_or_default();
        let (channel, name, language) =
            (wanted("cust_space_id"), wanted("name"), wanted("language"));
        let filter = [
            ("CustSpaceId", channel),
            ("Name", name),
            ("Language", language),
        ];
        let mut found = Vec::new();
        for listed in client.templates(&filter).await? {
            let told = |name: &str| text(&listed, name);
            if told("TemplateName").as_deref() != Some(name)
                || told("Language").as_deref() != Some(language)
            {
                continue;
            }
            let code = told("TemplateCode").unwrap_or_default();
            let of = attrs::set(
                &attrs::settled(planned),
                "template_code",
                Value::from(code.as_str()),
            );
            match query(client, &of).await {
                Ok(template) => found.push(state(&template, &of)),
                Err(e) if e.is_not_found() => {}
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }

    /// By channel, template code or name, and language, with slashes between.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let parts: Vec<&str> = id.splitn(3, '/').collect();
        let [channel, given, language] = parts[..] else {
            return Err(rules::import_form(
                id,
                "CHANNEL/TEMPLATE/LANGUAGE, with the template's code or name",
            ));
        };
        let by = |what: &str| find_one(client, channel, language).text(what, given).data();
        let found = match by("TemplateCode").await {
            Err(e) if e.is_not_found() => by("TemplateName").await,
            found => found,
        };
        let found = found.map_err(|e| {
            vec![
                e.doing(format!("Looking for the template {given:?}"))
                    .into(),
            ]
        })?;
        let of = Value::object([
            ("cust_space_id", Value::from(channel)),
            ("language", Value::from(language)),
        ]);
        Ok(state(&found, &of))
    }
}
