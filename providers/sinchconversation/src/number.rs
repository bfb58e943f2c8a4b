//! `sinchconversation_number`: a rented number: its name, SMS service plan, campaign, voice and callback address.
//!
//! Renting costs money and is sent at most once; what an unclear answer left is found by reading. A release is final,
//! so it wants the provider's `allow_number_release`. Another plan is linked only after the first is unlinked.

use serde_json::{Map, Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, Endpoint, HttpError, Method, poll};

use crate::client::Client;
use crate::json::{at, given, prior, put, text, text_or_null};
use crate::rules;

/// The resource type.
pub(crate) const NUMBER: &str = "sinchconversation_number";

/// The kinds of voice configuration and the member that names what each leads to [public].
pub(crate) const VOICE: [(&str, &str); 3] =
    [("RTC", "appId"), ("EST", "trunkId"), ("FAX", "serviceId")];

/// The resource.
pub(crate) struct Number;

fn label(number: &Value) -> String {
    match attrs::text(number, "phone_number") {
        Some(digits) => format!("number {digits}"),
        None => format!(
            "number of {}",
            attrs::text(number, "region_code").unwrap_or("any country")
        ),
    }
}

fn active(number: &str) -> String {
    format!("activeNumbers/{}", Endpoint::segment(number))
}

fn project<'v>(client: &'v Client, number: &'v Value) -> &'v str {
    attrs::text(number, "project_id").unwrap_or(&client.settings.project)
}

fn digits(number: &Value) -> &str {
    attrs::text(number, "phone_number").unwrap_or_default()
}

fn voice_body(planned: &Value) -> Option<Json> {
    let kind = attrs::text(planned, "voice_type")?;
    let (_, member) = VOICE.iter().find(|(known, _)| *known == kind)?;
    let mut body = json!({ "type": kind });
    body[*member] = prior(planned, "voice_id");
    Some(body)
}

/// What a number is rented with. Empty objects are errors [public], so what is unused is left out.
fn rent_body(planned: &Value) -> Json {
    let mut body = Map::new();
    for (argument, path) in [
        (
            "sms_service_plan_id",
            &["smsConfiguration", "servicePlanId"][..],
        ),
        ("sms_campaign_id", &["smsConfiguration", "campaignId"]),
        ("callback_url", &["callbackUrl"]),
    ] {
        if let Some(value) = given(planned, argument) {
            put(&mut body, path, value);
        }
    }
    if let Some(voice) = voice_body(planned) {
        body.insert("voiceConfiguration".into(), voice);
    }
    Json::Object(body)
}

/// The bodies of an update, in their order: the old plan is unlinked before another is linked.
fn updates(before: &Value, planned: &Value) -> Vec<Json> {
    let differs = |name: &str| before.attr(name) != planned.attr(name);
    let mut bodies = Vec::new();
    let mut last = Map::new();
    let plan = |value: &Value| {
        attrs::text(value, "sms_service_plan_id")
            .unwrap_or_default()
            .to_owned()
    };
    let (old, new) = (plan(before), plan(planned));
    if old != new && !old.is_empty() {
        bodies.push(json!({ "smsConfiguration": { "servicePlanId": "" } }));
    }
    if (old != new || differs("sms_campaign_id")) && !new.is_empty() {
        put(
            &mut last,
            &["smsConfiguration", "servicePlanId"],
            json!(new),
        );
        if let Some(campaign) = given(planned, "sms_campaign_id") {
            put(&mut last, &["smsConfiguration", "campaignId"], campaign);
        }
    }
    for (argument, member) in [
        ("display_name", "displayName"),
        ("callback_url", "callbackUrl"),
    ] {
        if differs(argument) {
            last.insert(
                member.into(),
                given(planned, argument).unwrap_or_else(|| json!("")),
            );
        }
    }
    if differs("voice_type") || differs("voice_id") {
        let unlinked = || {
            // An empty id unlinks, as it does for plans [assumed].
            let kind = attrs::text(before, "voice_type").unwrap_or("RTC");
            let member = VOICE
                .iter()
                .find(|(known, _)| *known == kind)
                .map_or("appId", |(_, m)| *m);
            let mut body = json!({ "type": kind });
            body[member] = json!("");
            body
        };
        last.insert(
            "voiceConfiguration".into(),
            voice_body(planned).unwrap_or_else(unlinked),
        );
    }
    if !last.is_empty() {
        bodies.push(Json::Object(last));
    }
    bodies
}

/// The provisioning that is going on or has failed.
fn scheduled(number: &Json) -> Option<&Json> {
    Some(at(number, &["smsConfiguration", "scheduledProvisioning"]))
        .filter(|s| s.is_object() && text(s, "status").is_some())
}

fn has_failed(number: &Json) -> bool {
    scheduled(number).is_some_and(|s| text(s, "status") == Some("FAILED"))
}

fn state(number: &Json, before: &Value, project: &str) -> Value {
    let sms = &number["smsConfiguration"];
    // What is being provisioned counts as there; what has failed does not.
    let coming = scheduled(number).filter(|_| !has_failed(number));
    let of = |member: &str| match coming.map(|s| text_or_null(&s[member])) {
        Some(Json::String(coming)) => Json::String(coming),
        _ => text_or_null(&sms[member]),
    };
    let voice = &number["voiceConfiguration"];
    // The vendor calls the kind left out RTC [public].
    let kind = text(voice, "type").unwrap_or("RTC");
    let member = VOICE
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("appId", |(_, m)| *m);
    let target = text_or_null(&voice[member]);
    let state = json!({
        "id": number["phoneNumber"], "phone_number": number["phoneNumber"], "project_id": project,
        "region_code": number["regionCode"], "type": number["type"],
        "display_name": text_or_null(&number["displayName"]),
        "sms_service_plan_id": of("servicePlanId"), "sms_campaign_id": of("campaignId"),
        "sms_provisioning": scheduled(number).map_or(Json::Null, |s| s["status"].clone()),
        "voice_type": if target.is_null() { Json::Null } else { json!(kind) }, "voice_id": target,
        "callback_url": text_or_null(&number["callbackUrl"]),
    });
    let there = number["capability"].as_array();
    let there: Vec<&str> = there
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    // A number may be able to do more than is asked of it.
    let asked = attrs::texts(before, "capabilities");
    let capabilities = match !asked.is_empty() && asked.iter().all(|c| there.contains(&c.as_str()))
    {
        true => attrs::string_set(asked),
        false => attrs::string_set(there),
    };
    attrs::set(&implied(&state), "capabilities", capabilities)
}

impl Number {
    async fn get(client: &Client, project: &str, number: &str) -> Result<Json, HttpError> {
        client
            .numbers(Method::GET, project, &active(number))
            .send()
            .await?
            .json()
    }

    async fn all(
        client: &Client,
        project: &str,
        place: &[(&str, &str)],
    ) -> Result<Vec<Json>, HttpError> {
        let mut numbers = Vec::new();
        let mut token: Option<String> = None;
        // Pages are chained by token, which ends a chain that does not move.
        loop {
            let mut request = client
                .numbers(Method::GET, project, "activeNumbers")
                .query("pageSize", "100");
            for (name, value) in place {
                request = request.query(name, *value);
            }
            if let Some(token) = &token {
                request = request.query("pageToken", token.as_str());
            }
            let mut page = request.send().await?.json()?;
            if let Some(Json::Array(more)) = page.get_mut("activeNumbers").map(Json::take) {
                numbers.extend(more);
            }
            let next = text(&page, "nextPageToken").map(str::to_owned);
            if next.is_none() || next == token {
                return Ok(numbers);
            }
            token = next;
        }
    }

    /// All numbers of the place: country and kind.
    async fn like(client: &Client, planned: &Value) -> Result<Vec<Json>, HttpError> {
        let (Some(country), Some(kind)) = (
            attrs::text(planned, "region_code"),
            attrs::text(planned, "type"),
        ) else {
            return Ok(Vec::new());
        };
        Number::all(
            client,
            project(client, planned),
            &[("regionCode", country), ("type", kind)],
        )
        .await
    }

    /// The number once its provisioning has come to an end or the patience is over.
    async fn settle(client: &Client, project: &str, number: &str) -> Result<Json, HttpError> {
        let look = || async {
            let seen = Number::get(client, project, number).await?;
            let done = scheduled(&seen).is_none() || has_failed(&seen);
            Ok::<_, HttpError>(done.then_some(seen))
        };
        match poll(client.waits(), look).await? {
            Some(seen) => Ok(seen),
            None => Number::get(client, project, number).await,
        }
    }

    async fn bring(
        client: &Client,
        number: &str,
        before: &Value,
        planned: &Value,
    ) -> Result<Json, HttpError> {
        let project = project(client, planned);
        for body in updates(before, planned) {
            client
                .numbers(Method::PATCH, project, &active(number))
                .json(&body)
                .send()
                .await?;
            Number::settle(client, project, number).await?;
        }
        Number::settle(client, project, number).await
    }

    async fn rent(client: &Client, planned: &Value) -> Result<String, HttpError> {
        let project = project(client, planned);
        let mut body = rent_body(planned);
        let path = match attrs::text(planned, "phone_number") {
            Some(number) => format!("availableNumbers/{}:rent", Endpoint::segment(number)),
            None => {
                body["regionCode"] = prior(planned, "region_code");
                body["type"] = prior(planned, "type");
                if let Some(capabilities) = given(planned, "capabilities") {
                    body["capabilities"] = capabilities;
                }
                "availableNumbers:rentAny".to_owned()
            }
        };
        let answer = client.numbers(Method::POST, project, &path).json(&body).send().await.map_err(|e| {
            if e.is_not_found() || e.status() == Some(409) {
                e.advice("The number is not for rent: it may be rented already, by this project or another. Import it if it is this project's; else choose one that sinchconversation_available_numbers lists.")
            } else {
                e
            }
        })?;
        let number = answer.json()?;
        let digits = text(&number, "phoneNumber").map(str::to_owned);
        digits.ok_or_else(|| answer.malformed("it has no \"phoneNumber\""))
    }

    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let number = Number::rent(client, planned).await?;
        let rented = attrs::set(planned, "phone_number", Value::string(number.as_str()));
        let rented = attrs::set(&rented, "id", Value::string(number.as_str()));
        let rented = attrs::set(
            &rented,
            "project_id",
            Value::string(project(client, planned)),
        );
        // Renting takes no name.
        let before = attrs::set(&rented, "display_name", Value::null(Type::String));
        Ok(Number::finish(client, &number, &before, &rented).await)
    }

    /// What is left to do after renting, or a change. A number that is rented must never be lost or rented again, so
    /// what goes wrong here is a warning, and the next plan shows what is missing.
    async fn finish(client: &Client, number: &str, before: &Value, planned: &Value) -> Outcome {
        match Number::bring(client, number, before, planned).await {
            Ok(seen) => {
                let now = state(&seen, planned, project(client, planned));
                let mut outcome = Outcome::is(written(&now, planned));
                if has_failed(&seen) {
                    let codes = at(
                        &seen,
                        &["smsConfiguration", "scheduledProvisioning", "errorCodes"],
                    );
                    let codes = codes
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Json::as_str)
                        .collect::<Vec<_>>();
                    outcome = outcome.with(Diagnostic::warning("Number Not Provisioned", format!(
                        "The {} was not linked to the service plan {:?}: {}. Correct the cause, then apply again.",
                        label(planned), attrs::text(planned, "sms_service_plan_id").unwrap_or_default(), codes.join(", "))));
                }
                outcome
            }
            Err(e) => {
                let shown =
                    Diagnostic::from(e.doing(format!("Configuring the {}", label(planned))));
                let known = planned.map_leaves(&mut |leaf| {
                    if leaf.is_known() {
                        leaf.clone()
                    } else {
                        Value::null(leaf.ty())
                    }
                });
                Outcome::is(known).with(Diagnostic::warning(shown.summary, shown.detail))
            }
        }
    }
}

/// What was just written is as it was written; a later read finds differences.
fn written(state: &Value, planned: &Value) -> Value {
    let names = [
        "display_name",
        "sms_service_plan_id",
        "sms_campaign_id",
        "voice_type",
        "voice_id",
        "callback_url",
        "capabilities",
    ];
    names
        .iter()
        .fold(state.clone(), |state, name| match planned.attr(name) {
            Some(value) if value.is_wholly_known() => attrs::set(&state, name, value.clone()),
            _ => state,
        })
}

impl Calls<Client> for Number {
    fn type_name(&self) -> &'static str {
        NUMBER
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        let block = Block::new("A rented number. Renting costs money, and a released number does not come back.")
            .attribute("id", text("The number.").computed())
            .attribute("project_id", text("The project: that of the provider block.").computed())
            .attribute("phone_number", text("The number to rent, with + and country code. Left out, any US local number is rented.").optional().computed())
            .attribute("region_code", text("Two letters of the country. A change is a replacement.").required())
            .attribute("type", text("MOBILE, LOCAL or TOLL_FREE. A change is a replacement.").required())
            .attribute("capabilities", of(Type::set(Type::String), "What it must be able to do: SMS, VOICE. All that it can by default.").optional().computed())
            .attribute("display_name", text("A name for people.").optional())
            .attribute("sms_service_plan_id", text("The SMS service plan that it belongs to. Another one is linked after the first is unlinked.").optional())
            .attribute("sms_campaign_id", text("The 10DLC campaign of a US number.").optional())
            .attribute("sms_provisioning", text("WAITING, IN_PROGRESS or FAILED while the plan is being linked.").computed())
            .attribute("voice_type", text("RTC, EST or FAX.").optional())
            .attribute("voice_id", text("The app, trunk or service that calls go to.").optional())
            .attribute("callback_url", text("Where provisioning events go.").optional());
        Schema { version: 0, block }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["phone_number", "region_code", "type"]
    }

    fn changes_with_update(&self) -> &'static [&'static str] {
        &["sms_provisioning"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::number(request, &self.schema().block)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        if let Some(client) = client.filter(|_| draft.action != Action::Delete) {
            let here = client.settings.project.as_str();
            if attrs::text(&draft.planned, "project_id") != Some(here) {
                draft.set("project_id", Value::string(here));
                if draft.action == Action::Update {
                    draft.replace("project_id");
                }
            }
        }
        match draft.action {
            Action::Create => {
                if let Some(number) = attrs::text(&draft.planned, "phone_number").map(Value::string)
                {
                    draft.set("id", number);
                }
                let text = format!("Renting the {} costs money.", label(&draft.planned));
                draft.note(NoteKind::Purchase, text);
            }
            Action::Update => {
                let (before, after) = (
                    attrs::texts(&draft.prior, "capabilities"),
                    attrs::texts(&draft.planned, "capabilities"),
                );
                if !attrs::has_unknown(&draft.planned, "capabilities")
                    && after.iter().any(|c| !before.contains(c))
                {
                    draft.replace("capabilities");
                }
                let plan =
                    |value: &Value| attrs::text(value, "sms_service_plan_id").map(str::to_owned);
                if let (Some(old), Some(new)) = (plan(&draft.prior), plan(&draft.planned))
                    && old != new
                {
                    // SC-24.
                    let text = format!(
                        "The {} is unlinked from the service plan {old} and then linked to {new}: in between it receives nothing.",
                        label(&draft.prior)
                    );
                    draft.note(NoteKind::Manual, text);
                }
            }
            Action::Delete => {}
        }
        rules::allowed(client, &mut draft, self.force_new(), &label);
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        Number::make(client, &request.planned).await
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        let project = project(client, before);
        let number = Number::get(client, project, digits(before)).await?;
        Ok(Outcome::is(state(&number, before, project)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (before, planned) = (&request.prior, &request.planned);
        let seen = Number::bring(client, digits(before), before, planned).await?;
        if has_failed(&seen) {
            return Ok(Number::finish(client, digits(before), planned, planned).await);
        }
        let now = state(&seen, planned, project(client, planned));
        Ok(Outcome::is(written(&now, planned)))
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let before = &request.prior;
        if let Some(refusal) = rules::not_allowed(client, NUMBER, &label(before)) {
            return Ok(Outcome::failed(refusal));
        }
        let path = format!("{}:release", active(digits(before)));
        let request = client.numbers(Method::POST, project(client, before), &path);
        request.json(&json!({})).send().await?;
        Ok(Outcome::gone())
    }

    fn listed_within(&self) -> &'static [&'static str] {
        &["project_id"]
    }

    /// The numbers of every country and kind, since one listing serves all creates of a run.
    async fn list(&self, client: &Client, planned: &Value) -> Result<Vec<String>, HttpError> {
        let numbers = Number::all(client, project(client, planned), &[]).await?;
        let ids = numbers.iter().filter_map(|n| text(n, "phoneNumber"));
        Ok(ids.map(str::to_owned).collect())
    }

    /// A chosen number is found by itself, any number among those of its country and kind.
    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let project = project(client, planned);
        let found = match attrs::text(planned, "phone_number") {
            Some(number) => vec![Number::get(client, project, number).await?],
            None => Number::like(client, planned).await?,
        };
        Ok(found.iter().map(|n| state(n, planned, project)).collect())
    }

    /// By number, which is the id and the natural key.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let project = client.settings.project.as_str();
        let fields = [("id", id), ("phone_number", id), ("project_id", project)];
        Ok(Value::object(
            fields.map(|(name, text)| (name, Value::string(text))),
        ))
    }
}
