//! `sinchconversation_webhook`: where an app's events go, which, and the secret that signs them.
//!
//! The secret is read back where the vendor shows it, and kept as it was written where it does not. A write-only secret
//! is never stored; it is sent when its version changes.

use serde_json::{Map, Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{
    Attribute, Block, Diagnostic, Diagnostics, NestedBlock, Nesting, Schema, Type, Value,
};
use trunkline_http::{Answer, Calls, Endpoint, HttpError, Method};

use crate::app::{App, imported, named, place, placed, plan_place};
use crate::client::{Client, region_hint};
use crate::json::{given, prior, shown_secret, text, text_or_null};
use crate::rules;

/// The resource type.
pub(crate) const WEBHOOK: &str = "sinchconversation_webhook";

/// The credentials with which callbacks authenticate at the target.
pub(crate) const CLIENT: &str = "client_credentials";

/// Members of those credentials.
const CLIENT_MEMBERS: [&str; 6] = [
    "client_id",
    "client_secret",
    "endpoint",
    "scope",
    "response_type",
    "token_request_type",
];

/// The resource.
pub(crate) struct Webhook;

fn label(webhook: &Value) -> String {
    let target = attrs::text(webhook, "target").unwrap_or_else(|| id(webhook));
    format!("webhook to {target:?}")
}

fn id(webhook: &Value) -> &str {
    attrs::text(webhook, "id").unwrap_or_default()
}

fn path(id: &str) -> String {
    format!("webhooks/{}", Endpoint::segment(id))
}

/// The secret to send: the one of the configuration, write-only or not.
fn secret_of(planned: &Value, config: &Value) -> Option<String> {
    let secret = attrs::text(planned, "secret").or_else(|| attrs::text(config, "secret_wo"));
    secret.map(str::to_owned)
}

/// What differs, as the body of a change and its mask. `app_id` is only in a create.
fn changes(before: &Value, planned: &Value, config: &Value) -> Map<String, Json> {
    let mut body = Map::new();
    for name in ["target", "target_type", "triggers"] {
        if planned.attr(name) != before.attr(name)
            && let Some(value) = given(planned, name)
        {
            body.insert(name.to_owned(), value);
        }
    }
    let differs = |name: &str| planned.attr(name) != before.attr(name);
    if differs("secret") || differs("secret_wo_version") {
        // An empty text removes the secret [public].
        body.insert(
            "secret".into(),
            json!(secret_of(planned, config).unwrap_or_default()),
        );
    }
    if differs(CLIENT) {
        let value = attrs::present(planned, CLIENT).map_or(Json::Null, client_body);
        body.insert(CLIENT.into(), value);
    }
    body
}

fn client_body(credentials: &Value) -> Json {
    let given = |name: &&str| Some(((*name).to_owned(), given(credentials, name)?));
    CLIENT_MEMBERS
        .iter()
        .filter_map(given)
        .collect::<Map<_, _>>()
        .into()
}

/// The state of a webhook as the vendor shows it.
fn state(webhook: &Json, before: &Value, place: (&str, &str)) -> Value {
    let written_only = !prior(before, "secret_wo_version").is_null();
    let secret = match shown_secret(webhook.get("secret")) {
        _ if written_only => Json::Null,
        Some(shown) => shown,
        None => prior(before, "secret"),
    };
    let mut state = json!({
        "id": webhook["id"], "app_id": webhook["app_id"], "region": place.0, "project_id": place.1,
        "target": webhook["target"], "target_type": text_or_null(&webhook["target_type"]),
        "secret": secret, "secret_wo_version": prior(before, "secret_wo_version"),
    });
    let shown = &webhook[CLIENT];
    if text(shown, "client_id").is_some() {
        let nothing = Value::null(Type::Dynamic);
        let was = before.attr(CLIENT).unwrap_or(&nothing);
        let mut credentials = json!({});
        for name in CLIENT_MEMBERS {
            credentials[name] = match name {
                "client_secret" => {
                    shown_secret(shown.get(name)).unwrap_or_else(|| prior(was, name))
                }
                _ => text_or_null(&shown[name]),
            };
        }
        // The vendor's default is no difference.
        if prior(was, "token_request_type").is_null()
            && credentials["token_request_type"] == "BASIC"
        {
            credentials["token_request_type"] = Json::Null;
        }
        state[CLIENT] = credentials;
    }
    let triggers = webhook["triggers"].as_array();
    let triggers = triggers.into_iter().flatten().filter_map(Json::as_str);
    attrs::set(&implied(&state), "triggers", attrs::string_set(triggers))
}

/// The webhook in an answer, which some libraries' fixtures wrap [public].
fn unwrapped(answer: &Answer) -> Result<Json, HttpError> {
    let mut json = answer.json()?;
    match json.get_mut("webhook").map(Json::take) {
        Some(inner) if inner.is_object() => Ok(inner),
        _ => Ok(json),
    }
}

fn keep_secrets(client: &Client, planned: &Value, config: &Value) {
    let credentials = planned
        .attr(CLIENT)
        .and_then(|c| attrs::text(c, "client_secret"));
    let secrets = [
        attrs::text(planned, "secret"),
        attrs::text(config, "secret_wo"),
        credentials,
    ];
    secrets
        .into_iter()
        .flatten()
        .for_each(|secret| client.keep_secret(secret));
}

async fn of_app(client: &Client, place: (&str, &str), app: &str) -> Result<Vec<Json>, HttpError> {
    let path = format!("apps/{}/webhooks", Endpoint::segment(app));
    let answer = client
        .conversation(Method::GET, place.0, place.1, &path)?
        .send()
        .await?;
    match answer.json()?.get_mut("webhooks").map(Json::take) {
        Some(Json::Array(webhooks)) => Ok(webhooks),
        None => Ok(Vec::new()),
        Some(_) => Err(answer.malformed("its \"webhooks\" is not a list")),
    }
}

async fn get(client: &Client, place: (&str, &str), id: &str) -> Result<Answer, HttpError> {
    let request = client.conversation(Method::GET, place.0, place.1, &path(id))?;
    request.send().await
}

impl Webhook {
    /// The webhooks of an app to a target.
    async fn to(
        client: &Client,
        place: (&str, &str),
        app: &str,
        target: &str,
    ) -> Result<Vec<Json>, HttpError> {
        let mut there = of_app(client, place, app).await?;
        there.retain(|webhook| text(webhook, "target") == Some(target));
        Ok(there)
    }
}

/// What was just written is as it was written; a later read finds differences.
fn written(state: Value, planned: &Value) -> Value {
    ["secret", "triggers", CLIENT]
        .iter()
        .fold(state, |state, name| match planned.attr(name) {
            Some(value) if value.is_wholly_known() => attrs::set(&state, name, value.clone()),
            _ => state,
        })
}

impl Calls<Client> for Webhook {
    fn type_name(&self) -> &'static str {
        WEBHOOK
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        let credentials =
            Block::new("OAuth 2.0 client with which callbacks authenticate at the target.")
                .attribute("client_id", text("The client's id.").required())
                .attribute("client_secret", text("Its secret.").required().sensitive())
                .attribute(
                    "endpoint",
                    text("Where tokens come from; their lifetime must be 30 to 3600 seconds.")
                        .required(),
                )
                .attribute("scope", text("At most 1024 characters.").optional())
                .attribute("response_type", text("At most 64 characters.").optional())
                .attribute(
                    "token_request_type",
                    text("BASIC (the vendor's default) or FORM.").optional(),
                );
        let block = Block::new("A webhook of an app: where its events go.")
            .attribute("id", text("The webhook's id.").computed())
            .attribute(
                "app_id",
                text("The app's id. A change is a replacement.").required(),
            )
            .attribute(
                "target",
                text("The https address, at most 742 characters, once an app.").required(),
            )
            .attribute(
                "target_type",
                text("HTTP (default), or DISMISS, which drops events.")
                    .optional()
                    .computed(),
            )
            .attribute(
                "triggers",
                of(
                    Type::set(Type::String),
                    "The events, such as MESSAGE_INBOUND.",
                )
                .required(),
            )
            .attribute(
                "secret",
                text("Signs callbacks. Contact Pro needs one, the same in its webhook entry.")
                    .optional()
                    .sensitive(),
            )
            .attribute(
                "secret_wo",
                text("The same, never stored. It is sent when secret_wo_version changes.")
                    .optional()
                    .sensitive()
                    .write_only()
                    .untold(),
            )
            .attribute(
                "secret_wo_version",
                of(
                    Type::Number,
                    "Any number; another one sends secret_wo again.",
                )
                .optional(),
            )
            .nested(CLIENT, NestedBlock::new(Nesting::Single, credentials));
        Schema {
            version: 0,
            block: placed(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["app_id"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("target_type", Value::from("HTTP"))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::webhook(request, &self.schema().block)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        plan_place(client, &mut draft);
        if draft.action == Action::Update && draft.changed("secret") {
            // The other side of the signature has to follow.
            let text = format!(
                "The secret of the {} changes. Callbacks that are refused until the other side has it too are sent again by the vendor.",
                label(&draft.prior)
            );
            draft.note(trunkline_api::provider::NoteKind::Manual, text);
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (planned, config) = (&request.planned, &request.config);
        keep_secrets(client, planned, config);
        let place = place(client, planned);
        let nothing = Value::null(Type::Dynamic);
        let mut body = changes(&nothing, planned, config);
        body.retain(|name, value| {
            name == "secret" && value != "" || name != "secret" && !value.is_null()
        });
        body.insert("app_id".into(), prior(planned, "app_id"));
        let request = client.conversation(Method::POST, place.0, place.1, "webhooks")?;
        let answer = request.json(&Json::Object(body)).send().await;
        let answer = answer.map_err(|e| region_hint(e, place.0))?;
        let webhook = unwrapped(&answer)?;
        if text(&webhook, "id").is_none() {
            return Err(answer.malformed("it has no \"id\""));
        }
        Ok(Outcome::is(written(
            state(&webhook, planned, place),
            planned,
        )))
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        let place = place(client, before);
        let webhook = unwrapped(&get(client, place, id(before)).await?)?;
        Ok(Outcome::is(state(&webhook, before, place)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (before, planned, config) = (&request.prior, &request.planned, &request.config);
        keep_secrets(client, planned, config);
        let place = place(client, planned);
        let id = id(before);
        let body = changes(before, planned, config);
        let answer = if body.is_empty() {
            get(client, place, id).await
        } else {
            let mask: Vec<&str> = body.keys().map(String::as_str).collect();
            let request = client.conversation(Method::PATCH, place.0, place.1, &path(id))?;
            let request = request.query("update_mask", mask.join(","));
            request.json(&Json::Object(body)).send().await
        };
        let webhook = unwrapped(&answer.map_err(|e| region_hint(e, place.0))?)?;
        Ok(Outcome::is(written(
            state(&webhook, planned, place),
            planned,
        )))
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let before = &request.prior;
        let (region, project) = place(client, before);
        let request = client.conversation(Method::DELETE, region, project, &path(id(before)))?;
        request.send().await?;
        Ok(Outcome::gone())
    }

    fn listed_within(&self) -> &'static [&'static str] {
        &["region", "project_id"]
    }

    /// The webhooks of every app of the place, since one listing serves all creates of a run.
    async fn list(&self, client: &Client, planned: &Value) -> Result<Vec<String>, HttpError> {
        let place = place(client, planned);
        let mut ids = Vec::new();
        for app in App::all(client, place).await? {
            let app = text(&app, "id").unwrap_or_default();
            let webhooks = of_app(client, place, app).await?;
            let of_one = webhooks.iter().filter_map(|w| text(w, "id"));
            ids.extend(of_one.map(str::to_owned));
        }
        Ok(ids)
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let place = place(client, planned);
        let known = |name| attrs::text(planned, name).unwrap_or_default();
        let there = Webhook::to(client, place, known("app_id"), known("target")).await?;
        Ok(there.iter().map(|w| state(w, planned, place)).collect())
    }

    /// By id, or by the app's id or name, a slash, and the target.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let Some((app, rest)) = id.split_once("/https:") else {
            return Ok(imported(client, &[("id", id)]));
        };
        let target = format!("https:{rest}");
        let place = (client.settings.region, client.settings.project.as_str());
        let app = match rules::is_app_id(app) {
            true => app.to_owned(),
            false => named(client, place, app)
                .await
                .map_err(|problem| vec![*problem])?,
        };
        let there = Webhook::to(client, place, &app, &target).await;
        let there = there.map_err(|e| {
            vec![Diagnostic::from(
                region_hint(e, place.0).doing("Listing webhooks"),
            )]
        })?;
        let found = there.first().and_then(|w| text(w, "id"));
        let found = found.ok_or_else(|| {
            let text = format!("The app {app} has no webhook to {target:?}.");
            vec![Diagnostic::error("Webhook Not Found", text)]
        })?;
        Ok(imported(client, &[("id", found)]))
    }
}
