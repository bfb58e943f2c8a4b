//! `sinchconversation_number_callbacks`: the secret that signs the callbacks of a project's numbers.
//!
//! There is one of it a project, always; it is set and never taken away. Setting it twice is the same as once.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Method};

use crate::client::Client;
use crate::json::{prior, shown_secret, text};
use crate::rules;

/// The resource type.
pub(crate) const CALLBACKS: &str = "sinchconversation_number_callbacks";

/// The argument, also its write-only twin's beginning.
pub(crate) const SECRET: &str = "hmac_secret";

const PATH: &str = "callbackConfiguration";

/// The resource.
pub(crate) struct NumberCallbacks;

fn project<'v>(client: &'v Client, object: &'v Value) -> &'v str {
    attrs::text(object, "project_id").unwrap_or(&client.settings.project)
}

fn state(shown: &Json, before: &Value, project: &str) -> Value {
    let version = prior(before, "hmac_secret_wo_version");
    let secret = match shown_secret(shown.get("hmacSecret")) {
        _ if !version.is_null() => Json::Null,
        Some(shown) => shown,
        None => prior(before, SECRET),
    };
    trunkline_api::json::implied(&json!({
        "id": project, "project_id": project, "hmac_secret": secret, "hmac_secret_wo_version": version,
    }))
}

async fn get(client: &Client, project: &str) -> Result<Json, HttpError> {
    let request = client.numbers(Method::GET, project, PATH);
    request.send().await?.json()
}

impl NumberCallbacks {
    async fn set(client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (planned, config) = (&request.planned, &request.config);
        let project = project(client, planned);
        let secret = attrs::text(planned, SECRET).or_else(|| attrs::text(config, "hmac_secret_wo"));
        if let Some(secret) = secret {
            client.keep_secret(secret);
            let body = json!({ "hmacSecret": secret });
            let request = client.numbers(Method::PATCH, project, PATH).json(&body);
            request.send().await?;
        }
        let state = attrs::set(planned, "id", Value::string(project));
        Ok(Outcome::is(attrs::settled(&state)))
    }
}

impl Calls<Client> for NumberCallbacks {
    fn type_name(&self) -> &'static str {
        CALLBACKS
    }

    fn label(&self, object: &Value) -> String {
        match attrs::text(object, "project_id") {
            Some(project) => format!("the number callbacks of the project {project:?}"),
            None => "the number callbacks of the project".to_owned(),
        }
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("The secret that signs the callbacks of a project's numbers.")
            .attribute("id", text("The project.").computed())
            .attribute(
                "project_id",
                text("The project: that of the provider block. Another one is a replacement.")
                    .computed(),
            )
            .attribute(
                SECRET,
                text("Signs callbacks: 32 to 64 letters, digits and hyphens.")
                    .optional()
                    .sensitive(),
            )
            .attribute(
                "hmac_secret_wo",
                text("The same, never stored. It is sent when hmac_secret_wo_version changes.")
                    .optional()
                    .sensitive()
                    .write_only()
                    .untold(),
            )
            .attribute(
                "hmac_secret_wo_version",
                Attribute::new(
                    Type::Number,
                    "Any number; another one sends hmac_secret_wo again.",
                )
                .optional(),
            );
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::number_callbacks(request, &self.schema().block)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        crate::app::plan_place(client, &mut draft);
        if draft.action == Action::Delete {
            let text = format!(
                "The vendor has no call that takes the secret away: {} stay signed with it.",
                self.label(&draft.prior)
            );
            draft.note(NoteKind::Stays, text);
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        NumberCallbacks::set(client, request).await
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let project = project(client, &request.state);
        let shown = get(client, project).await?;
        Ok(Outcome::is(state(&shown, &request.state, project)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        NumberCallbacks::set(client, request).await
    }

    async fn delete(&self, _: &Client, _: &ApplyRequest) -> Result<Outcome, HttpError> {
        Ok(Outcome::gone())
    }

    /// Only where the project's secret is set.
    async fn discover(&self, client: &Client) -> Result<Option<Vec<String>>, HttpError> {
        let project = &client.settings.project;
        let shown = get(client, project).await?;
        let is_set = text(&shown, "hmacSecret").is_some();
        Ok(Some(is_set.then(|| project.clone()).into_iter().collect()))
    }

    /// What shows the planned secret is done; anything else is set again.
    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let project = project(client, planned);
        let shown = get(client, project).await?;
        let secret = shown_secret(shown.get("hmacSecret"));
        let is_so = secret.is_some_and(|s| !s.is_null() && s == prior(planned, SECRET));
        Ok(is_so
            .then(|| state(&shown, planned, project))
            .into_iter()
            .collect())
    }

    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let project = &client.settings.project;
        if id != project {
            return Err(vec![rules::other_project(id, project)]);
        }
        let fields = [("id", id), ("project_id", id)];
        Ok(Value::object(
            fields.map(|(name, text)| (name, Value::string(text))),
        ))
    }
}
