//! `sinchconversation_app`: an app and the credentials of its channels, in their priority; and the data source that
//! finds one by name.
//!
//! An app lives in the region of its provider block: the host decides it, and there is no such field. Secrets are kept
//! as they were written; the vendor exchanges some of them.

use serde_json::{Map, Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, DataSource, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, Endpoint, HttpError, Method, poll};

use crate::channels::{self, CREDENTIALS, ChannelState};
use crate::client::{Client, region_hint};
use crate::json::{at, given, prior, put, shown_secret, text, text_or_null};
use crate::rules;

/// The resource type.
pub(crate) const APP: &str = "sinchconversation_app";

/// The resource.
pub(crate) struct App;

/// Arguments and where they are in the body. The first name of a path is what a change's mask says.
const FIELDS: &[(&str, &[&str])] = &[
    ("display_name", &["display_name"]),
    ("processing_mode", &["processing_mode"]),
    (
        "dispatch_retention_days",
        &["dispatch_retention_policy", "ttl_days"],
    ),
    ("retention_type", &["retention_policy", "retention_type"]),
    ("retention_days", &["retention_policy", "ttl_days"]),
    (
        "metadata_report_view",
        &["conversation_metadata_report_view"],
    ),
    ("smart_conversation", &["smart_conversation", "enabled"]),
    (
        "message_retry_seconds",
        &["message_retry_settings", "retry_duration"],
    ),
    (
        "fallback_enabled",
        &["delivery_report_based_fallback", "enabled"],
    ),
    (
        "fallback_waiting_seconds",
        &[
            "delivery_report_based_fallback",
            "delivery_report_waiting_time",
        ],
    ),
];

/// The secret that signs receipts to a per-message address, in the body.
const CALLBACK: [&str; 2] = ["callback_settings", "secret_for_overridden_callback_urls"];

fn label(app: &Value) -> String {
    let name = attrs::text(app, "display_name").unwrap_or_else(|| id(app));
    format!("app {name:?}")
}

fn id(app: &Value) -> &str {
    attrs::text(app, "id").unwrap_or_default()
}

fn path(id: &str) -> String {
    format!("apps/{}", Endpoint::segment(id))
}

/// Where an object is: region and project.
pub(crate) fn place<'v>(client: &'v Client, object: &'v Value) -> (&'v str, &'v str) {
    (
        attrs::text(object, "region").unwrap_or(client.settings.region),
        attrs::text(object, "project_id").unwrap_or(&client.settings.project),
    )
}

/// The members of the body that are wanted, all or those that a mask names.
fn body(planned: &Value, current: Option<&Json>, wanted: &dyn Fn(&str) -> bool) -> Json {
    let mut body = Map::new();
    for (argument, path) in FIELDS.iter().filter(|(_, path)| wanted(path[0])) {
        if let Some(value) = given(planned, argument) {
            put(&mut body, path, value);
        }
    }
    if body.contains_key("dispatch_retention_policy") {
        // The only type there is.
        put(
            &mut body,
            &["dispatch_retention_policy", "retention_type"],
            json!("MESSAGE_EXPIRE_POLICY"),
        );
    }
    if wanted(CALLBACK[0])
        && let Some(secret) = given(planned, "callback_secret")
    {
        put(&mut body, &CALLBACK, secret);
    }
    if wanted(CREDENTIALS) {
        body.insert(CREDENTIALS.to_owned(), channels::body(planned, current));
    }
    Json::Object(body)
}

/// The names of the members that differ: what a change's mask says.
fn mask(before: &Value, planned: &Value) -> Vec<&'static str> {
    let differs = |name: &str| {
        planned
            .attr(name)
            .is_some_and(|v| v.is_wholly_known() && before.attr(name) != Some(v))
    };
    let mut mask = Vec::new();
    let members = FIELDS.iter().map(|(argument, path)| (*argument, path[0]));
    let others = [("callback_secret", CALLBACK[0]), (CREDENTIALS, CREDENTIALS)];
    for (argument, member) in members.chain(others) {
        if differs(argument) && !mask.contains(&member) {
            mask.push(member);
        }
    }
    mask
}

/// The state of an app as the vendor shows it.
fn state(app: &Json, before: &Value, place: (&str, &str)) -> Value {
    let mut state = json!({ "id": app["id"], "region": place.0, "project_id": place.1 });
    for (argument, path) in FIELDS {
        let shown = at(app, path);
        state[*argument] = match shown {
            Json::String(_) => text_or_null(shown),
            Json::Number(_) | Json::Bool(_) => shown.clone(),
            _ => Json::Null,
        };
    }
    state["callback_secret"] = match prior(before, "callback_secret") {
        Json::Null => shown_secret(Some(at(app, &CALLBACK))).unwrap_or(Json::Null),
        written => written,
    };
    let states = channels::states(app);
    let map = |of: fn(&ChannelState<'_>) -> String| {
        let pairs = states
            .iter()
            .map(|s| (s.label.clone(), of(s)))
            .filter(|(_, text)| !text.is_empty());
        Value::map(
            Type::String,
            pairs.map(|(name, text)| (name, Value::string(text))),
        )
    };
    let limits = app["rate_limits"].as_object();
    let limits = limits
        .into_iter()
        .flatten()
        .filter_map(|(name, n)| Some((name.as_str(), n.as_i64()?)));
    let limits = limits.map(|(name, n)| (name.to_owned(), attrs::integer_or_null(Some(n))));
    let value = implied(&state);
    let value = attrs::set(&value, CREDENTIALS, implied(&channels::state(app, before)));
    let value = attrs::set(&value, "channel_states", map(|s| s.status.to_owned()));
    let value = attrs::set(&value, "channel_known_ids", map(|s| s.known_id.to_owned()));
    attrs::set(&value, "rate_limits", Value::map(Type::Number, limits))
}

impl App {
    /// The app, once no channel is pending any more or the patience is over; with a warning for each that is not active.
    async fn settle(
        client: &Client,
        id: &str,
        planned: &Value,
    ) -> Result<(Json, Diagnostics), HttpError> {
        let (region, project) = place(client, planned);
        let read = || async {
            let app = client
                .conversation(Method::GET, region, project, &path(id))?
                .send()
                .await?;
            app.json()
        };
        let pending = |app: &Json| channels::states(app).iter().any(|s| s.status == "PENDING");
        let look = || async {
            let app = read().await?;
            Ok::<_, HttpError>((!pending(&app)).then_some(app))
        };
        let app = match poll(client.waits(), look).await? {
            Some(app) => app,
            None => read().await?,
        };
        let found = channels::states(&app);
        let troubled = found
            .iter()
            .filter(|s| matches!(s.status, "PENDING" | "FAILING"));
        let warn = |seen: &ChannelState<'_>| {
            let (channel, description) = (&seen.label, seen.description);
            let text = match seen.status {
                "PENDING" => format!(
                    "The channel {channel} of {} is not active yet. The vendor is still checking its credentials; a later plan shows what became of it.",
                    label(planned)
                ),
                _ => format!(
                    "The channel {channel} of {} does not work: {description}. Correct its credentials, then apply again.",
                    label(planned)
                ),
            };
            Diagnostic::warning("Channel Not Active", text)
        };
        let warnings = troubled.map(warn).collect();
        Ok((app, warnings))
    }

    async fn finish(client: &Client, id: &str, planned: &Value) -> Outcome {
        match App::settle(client, id, planned).await {
            Ok((app, warnings)) => {
                let seen = state(&app, planned, place(client, planned));
                let written = planned.attr(CREDENTIALS).cloned();
                let seen = match written {
                    Some(written) => attrs::set(&seen, CREDENTIALS, written),
                    None => seen,
                };
                Outcome {
                    diagnostics: warnings,
                    ..Outcome::is(seen)
                }
            }
            // The app is there and as planned: only what became of it could not be read.
            Err(e) => {
                let shown = Diagnostic::from(e.doing(format!("Reading {}", label(planned))));
                let (region, project) = place(client, planned);
                let partial = attrs::set(planned, "id", Value::string(id));
                let partial = attrs::set(&partial, "region", Value::string(region));
                let partial = attrs::set(&partial, "project_id", Value::string(project));
                let known = partial.map_leaves(&mut |leaf| {
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

    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        keep_secrets(client, planned);
        let (region, project) = place(client, planned);
        let body = body(planned, None, &|_| true);
        let request = client.conversation(Method::POST, region, project, "apps")?;
        let answer = request.json(&body).send().await?;
        let app = answer.json()?;
        let id = text(&app, "id").ok_or_else(|| answer.malformed("it has no \"id\""))?;
        Ok(App::finish(client, id, planned).await)
    }

    async fn change(
        client: &Client,
        before: &Value,
        planned: &Value,
    ) -> Result<Outcome, HttpError> {
        keep_secrets(client, planned);
        let id = id(before);
        let mask = mask(before, planned);
        if !mask.is_empty() {
            let (region, project) = place(client, planned);
            let hint = |e| region_hint(e, region);
            let current = match mask.contains(&CREDENTIALS) {
                true => Some(
                    App::get(client, (region, project), id)
                        .await
                        .map_err(hint)?,
                ),
                false => None,
            };
            let body = body(planned, current.as_ref(), &|member| mask.contains(&member));
            let request = client.conversation(Method::PATCH, region, project, &path(id))?;
            let request = request.query("update_mask", mask.join(","));
            request.json(&body).send().await.map_err(hint)?;
        }
        Ok(App::finish(client, id, planned).await)
    }

    /// The app as the vendor shows it.
    async fn get(client: &Client, place: (&str, &str), id: &str) -> Result<Json, HttpError> {
        let request = client.conversation(Method::GET, place.0, place.1, &path(id))?;
        request.send().await?.json()
    }

    /// All apps of the provider's region and project, or of an object's.
    pub(crate) async fn all(client: &Client, place: (&str, &str)) -> Result<Vec<Json>, HttpError> {
        let answer = client
            .conversation(Method::GET, place.0, place.1, "apps")?
            .send()
            .await?;
        match answer.json()?.get_mut("apps").map(Json::take) {
            Some(Json::Array(apps)) => Ok(apps),
            None => Ok(Vec::new()),
            Some(_) => Err(answer.malformed("its \"apps\" is not a list")),
        }
    }
}

fn keep_secrets(client: &Client, planned: &Value) {
    let keep = |secret: &str| client.keep_secret(secret);
    channels::secrets(planned, &keep);
    attrs::text(planned, "callback_secret")
        .into_iter()
        .for_each(keep);
}

/// Plans region and project: those of the provider block. An object of another is replaced.
pub(crate) fn plan_place(client: Option<&Client>, draft: &mut Draft) {
    let Some(client) = client.filter(|_| draft.action != Action::Delete) else {
        return;
    };
    let here = [
        ("region", client.settings.region),
        ("project_id", client.settings.project.as_str()),
    ];
    for (name, value) in here {
        if attrs::text(&draft.planned, name) == Some(value) || draft.planned.attr(name).is_none() {
            continue;
        }
        draft.set(name, Value::string(value));
        if draft.action == Action::Update {
            draft.replace(name);
        }
    }
}

/// Attributes that tell where an object is.
pub(crate) fn placed(block: Block) -> Block {
    let text = |description: &str| Attribute::new(Type::String, description).computed();
    block
        .attribute(
            "project_id",
            text("The project: that of the provider block. Another one is a replacement."),
        )
        .attribute(
            "region",
            text("The region: that of the provider block. Another one is a replacement."),
        )
}

impl Calls<Client> for App {
    fn type_name(&self) -> &'static str {
        APP
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d).optional().computed();
        let number = |d: &str| of(Type::Number, d).optional().computed();
        let flag = |d: &str| of(Type::Bool, d).optional().computed();
        let map = |ty: Type, d: &str| of(Type::map(ty), d).computed();
        let block = Block::new("An app of the Conversation API, with its channels.")
            .attribute("id", of(Type::String, "The app's id, in capitals.").computed())
            .attribute("display_name", of(Type::String, "The name; it should be unique in the project and region, since an app is found by it.").required())
            .attribute("processing_mode", text("DISPATCH (default) or CONVERSATION. Contact Pro needs DISPATCH."))
            .attribute("dispatch_retention_days", number("Days that messages are kept in Dispatch mode, 0 to 7; 0 keeps none."))
            .attribute("retention_type", text("MESSAGE_EXPIRE_POLICY, CONVERSATION_EXPIRE_POLICY or PERSIST_RETENTION_POLICY; counts in Conversation mode."))
            .attribute("retention_days", number("Days of that policy, 1 to 3650."))
            .attribute("metadata_report_view", text("NONE or FULL."))
            .attribute("smart_conversation", flag("Whether Smart Conversations analyse messages."))
            .attribute("message_retry_seconds", number("How long a message is tried again, 30 to 3600."))
            .attribute("fallback_enabled", flag("Whether a missing delivery report leads to the next channel. The vendor charges for it."))
            .attribute("fallback_waiting_seconds", number("How long a report is waited for, 10 to 259200."))
            .attribute("callback_secret", of(Type::String, "Signs receipts that go to the callback address of a message.").optional().sensitive())
            .attribute("channel_states", map(Type::String, "What the vendor says of each channel: PENDING, ACTIVE or FAILING."))
            .attribute("channel_known_ids", map(Type::String, "The id by which each channel is known, where it has one."))
            .attribute("rate_limits", map(Type::Number, "The app's limits in messages a second."))
            .nested(CREDENTIALS, channels::block());
        Schema {
            version: 0,
            block: placed(block),
        }
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("processing_mode", Value::from("DISPATCH"))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::app(request, &self.schema().block)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        plan_place(client, &mut draft);
        if draft.action == Action::Update && draft.changed("processing_mode") {
            let text = format!(
                "The processing mode of {} changes from {} to {}. The vendor does not say what becomes of stored contacts and conversations.",
                label(&draft.prior),
                attrs::text(&draft.prior, "processing_mode").unwrap_or("none"),
                attrs::text(&draft.planned, "processing_mode").unwrap_or("another")
            );
            draft.problem(Diagnostic::warning("Processing Mode Changes", text));
        }
        if draft.action == Action::Update && draft.changed(CREDENTIALS) {
            draft.unknown("channel_states");
            draft.unknown("channel_known_ids");
        }
        rules::allowed(client, &mut draft, self.force_new(), &label);
        if draft.action != Action::Delete
            && attrs::items(&draft.planned, CREDENTIALS)
                .iter()
                .any(|c| attrs::text(c, "channel") == Some("SMS"))
            && (draft.action == Action::Create || draft.changed(CREDENTIALS))
        {
            // SC-29.
            draft.note(NoteKind::Manual, rules::SC29);
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        App::make(client, &request.planned).await
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        let place = place(client, before);
        let app = App::get(client, place, id(before)).await?;
        Ok(Outcome::is(state(&app, before, place)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        App::change(client, &request.prior, &request.planned).await
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let before = &request.prior;
        if let Some(refusal) = rules::not_allowed(client, APP, &label(before)) {
            return Ok(Outcome::failed(refusal));
        }
        let (region, project) = place(client, before);
        let request = client.conversation(Method::DELETE, region, project, &path(id(before)))?;
        request.send().await?;
        Ok(Outcome::gone())
    }

    fn listed_within(&self) -> &'static [&'static str] {
        &["region", "project_id"]
    }

    async fn list(&self, client: &Client, planned: &Value) -> Result<Vec<String>, HttpError> {
        let apps = App::all(client, place(client, planned)).await?;
        let ids = apps.iter().filter_map(|app| text(app, "id"));
        Ok(ids.map(str::to_owned).collect())
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let place = place(client, planned);
        let name = attrs::text(planned, "display_name");
        let apps = App::all(client, place).await?;
        let named = apps.iter().filter(|app| text(app, "display_name") == name);
        Ok(named.map(|app| state(app, planned, place)).collect())
    }

    /// By id, or by name.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let place = (client.settings.region, client.settings.project.as_str());
        let id = match rules::is_app_id(id) {
            true => id.to_owned(),
            false => named(client, place, id)
                .await
                .map_err(|problem| vec![*problem])?,
        };
        Ok(imported(client, &[("id", &id)]))
    }
}

/// An import in the region and project of the provider block.
pub(crate) fn imported(client: &Client, given: &[(&'static str, &str)]) -> Value {
    let here = [
        ("region", client.settings.region),
        ("project_id", client.settings.project.as_str()),
    ];
    let fields = given.iter().copied().chain(here);
    Value::object(fields.map(|(name, text)| (name, Value::string(text))))
}

/// The id of the one app of a name.
pub(crate) async fn named(
    client: &Client,
    place: (&str, &str),
    name: &str,
) -> Result<String, Box<Diagnostic>> {
    let apps = App::all(client, place)
        .await
        .map_err(|e| Box::new(e.doing("Listing apps").into()))?;
    let ids: Vec<&str> = apps
        .iter()
        .filter(|app| text(app, "display_name") == Some(name))
        .filter_map(|app| text(app, "id"))
        .collect();
    match ids[..] {
        [id] => Ok(id.to_owned()),
        _ => Err(Box::new(Diagnostic::error(
            "App Not Found",
            format!(
                "{} apps of the project are called {name:?} in the region {:?}; it must be one. An app of another region is found through a provider block of that region only.",
                ids.len(),
                place.0
            ),
        ))),
    }
}

/// `sinchconversation_app`, the data source: an app that exists, by name.
pub(crate) struct AppByName;

impl DataSource<Client> for AppByName {
    fn type_name(&self) -> &'static str {
        APP
    }

    fn schema(&self) -> Schema {
        let computed = |ty: Type, d: &str| Attribute::new(ty, d).computed();
        let block = Block::new("An app that exists, by name.")
            .attribute(
                "display_name",
                Attribute::new(Type::String, "The name.").required(),
            )
            .attribute("id", computed(Type::String, "The app's id."))
            .attribute(
                "processing_mode",
                computed(Type::String, "DISPATCH or CONVERSATION."),
            )
            .attribute(
                "channel_states",
                computed(
                    Type::map(Type::String),
                    "What the vendor says of each channel.",
                ),
            );
        Schema {
            version: 0,
            block: placed(block),
        }
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let name = attrs::text(&config, "display_name").unwrap_or_default();
            let place = (client.settings.region, client.settings.project.as_str());
            let id = match named(client, place, name).await {
                Ok(id) => id,
                Err(problem) => return Outcome::failed(*problem),
            };
            match App::get(client, place, &id).await {
                Err(e) => e.doing(format!("Reading {}", label(&config))).into(),
                Ok(app) => {
                    let whole = state(&app, &config, place);
                    let ours = [
                        "id",
                        "processing_mode",
                        "channel_states",
                        "region",
                        "project_id",
                    ];
                    let fields = ours
                        .iter()
                        .filter_map(|name| Some((*name, whole.attr(name)?.clone())));
                    Outcome::is(Value::object(fields))
                }
            }
        })
    }
}
