//! API keys: `digitalchannels_api_key`.
//!
//! The service's id of a key is the key itself, so here `key` is the secret and `id` a fingerprint that tells
//! nothing of it.

pub(crate) mod calls;

use jiff::Timestamp;
use trunkline_api::kit::{Action, Draft, Outcome};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Waits};

use crate::api::Api;
use crate::envelope::unexpected;
use crate::names::{self, is_uuid};
use crate::rules::{self, Clock};
use crate::values::{self, with};
use calls::{Key, Wanted, fingerprint};

/// The resource type.
pub(crate) struct ApiKey {
    /// For rules.
    pub(crate) now: Clock,
}

fn block() -> Block {
    let text = |description: &str| Attribute::new(Type::String, description);
    let flag = |description: &str| Attribute::new(Type::Bool, description).optional();
    Block::new("An API key of Digital Channels.")
        .attribute("id", text("A fingerprint of the key; not a secret.").computed())
        .attribute("key", text("The key itself.").computed().sensitive())
        .attribute("tenant", text("Contact-centre id, or * for all tenants. A change makes a new key.").required())
        .attribute("name", text("Name of the key.").required())
        .attribute(
            "permissions",
            Attribute::new(Type::set(Type::String), "Permissions, such as nexus:cluster:*. A change makes a new key.").required(),
        )
        .attribute("enabled", flag("Whether the key works; by default true. Disable a key to stop it for a time.").computed())
        .attribute("expires", text("When the key stops working, such as 2030-01-31T00:00:00Z; never when left out.").optional())
        .attribute(
            "allow_duplicate_name",
            flag("Make the key even if the tenant has one of that name, as create_before_destroy needs."),
        )
}

/// What the service knows of a key, as attributes. An expiration that means what `held` says keeps its form.
fn observed(key: &Key, held: &Value) -> Vec<(&'static str, Value)> {
    let expires = match (&key.expires, values::known(held, "expires")) {
        (Some(there), Some(held)) if same_time(there, held) => Value::from(held),
        (Some(there), _) => Value::from(there.as_str()),
        (None, _) => Value::null(Type::String),
    };
    let mut seen = stable(key);
    seen.extend([("enabled", Value::bool(key.enabled)), ("expires", expires)]);
    seen
}

/// The attributes of a key that tell which one it is.
fn stable(key: &Key) -> Vec<(&'static str, Value)> {
    let permissions = key
        .permissions
        .iter()
        .map(|permission| Value::from(permission.as_str()));
    vec![
        ("id", Value::from(key.fingerprint().as_str())),
        ("key", Value::from(key.key.as_str())),
        ("tenant", Value::from(key.tenant.as_str())),
        ("name", Value::from(key.name.as_str())),
        ("permissions", Value::set(Type::String, permissions)),
    ]
}

/// The attributes of a key for the data source.
pub(crate) fn data(key: &Key) -> Vec<(&'static str, Value)> {
    observed(key, &Value::null(Type::Dynamic))
}

fn same_time(a: &str, b: &str) -> bool {
    let parse = |text: &str| text.parse::<Timestamp>();
    a == b || matches!((parse(a), parse(b)), (Ok(a), Ok(b)) if a == b)
}

fn wanted<'v>(planned: &'v Value, prior: &Value) -> Wanted<'v> {
    let expires = values::known(planned, "expires");
    Wanted {
        tenant: values::known(planned, "tenant").unwrap_or_default(),
        name: values::known(planned, "name").unwrap_or_default(),
        permissions: values::texts(planned, "permissions").unwrap_or_default(),
        enabled: values::flag(planned, "enabled").unwrap_or(true),
        expires: match (expires, values::known(prior, "expires")) {
            (None, None) => None,
            (expires, _) => Some(expires),
        },
    }
}

impl Calls<Api> for ApiKey {
    fn type_name(&self) -> &'static str {
        names::API_KEY
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: block(),
        }
    }

    fn label(&self, object: &Value) -> String {
        let name = values::known(object, "name").unwrap_or_default();
        format!("the API key {name:?}")
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["tenant", "permissions"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("enabled", Value::bool(true))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::object(request, &block(), (self.now)())
    }

    async fn plan(&self, _client: Option<&Api>, mut draft: Draft) -> Draft {
        if draft.action != Action::Update {
            return draft;
        }
        if let (Some(prior), Some(given)) = (
            values::known(&draft.prior, "expires"),
            values::known(&draft.config, "expires"),
        ) && same_time(prior, given)
        {
            draft.keep("expires");
        }
        if self.force_new().iter().any(|name| draft.changed(name)) {
            let text = "A new key takes the place of this one: give it to everyone who holds the old one; Genesys Cloud \
                        keeps it as the webhook password of ordered numbers, which no documented call can change.";
            draft.note(NoteKind::Manual, text);
        }
        draft
    }

    async fn create(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
        let wanted = wanted(planned, planned);
        if values::flag(planned, "allow_duplicate_name") != Some(true)
            && let Some(there) = calls::named(api, wanted.tenant, wanted.name).await?.first()
        {
            return Err(unexpected(format!(
                "The tenant {} has a key of that name already (id {}); the one called \"Portico Cluster API Key\" usually \
             comes with the installation. Import it with the id \"{}/{}\", read it with the data source \
             digitalchannels_api_key, or set `allow_duplicate_name = true` for a second one.",
                wanted.tenant,
                there.fingerprint(),
                wanted.tenant,
                wanted.name,
            )));
        }
        let key = calls::create(api, &wanted).await?;
        // Whether it is seen yet does not matter to the outcome; a plan right after should see it.
        calls::settled(api, &key, &wanted).await;
        let id = Value::from(fingerprint(&key).as_str());
        let key = Value::from(key.as_str());
        Ok(Outcome::is(with(planned, [("id", id), ("key", key)])))
    }

    async fn read(&self, api: &Api, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let state = &request.state;
        let key = values::known(state, "key").unwrap_or_default();
        let found = calls::read(api, key).await?;
        Ok(found.map_or_else(Outcome::gone, |found| {
            Outcome::is(with(state, observed(&found, state)))
        }))
    }

    async fn update(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let key = values::known(&request.prior, "key").unwrap_or_default();
        let wanted = wanted(&request.planned, &request.prior);
        calls::update(api, key, &wanted).await?;
        calls::settled(api, key, &wanted).await;
        Ok(Outcome::is(request.planned.clone()))
    }

    async fn delete(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let key = values::known(&request.prior, "key").unwrap_or_default();
        calls::delete(api, key).await?;
        Ok(Outcome::gone())
    }

    async fn list(&self, api: &Api, _planned: &Value) -> Result<Vec<String>, HttpError> {
        let keys = calls::list(api).await?;
        Ok(keys.iter().map(Key::fingerprint).collect())
    }

    async fn find(&self, api: &Api, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let wanted = wanted(planned, planned);
        let keys = calls::named(api, wanted.tenant, wanted.name).await?;
        let state = |key: &Key| with(planned, observed(key, planned));
        Ok(keys.iter().map(state).collect())
    }

    fn search(&self, api: &Api) -> Option<Waits> {
        Some(api.search())
    }

    async fn import(&self, api: &Api, id: &str) -> Result<Value, Diagnostics> {
        if is_uuid(id) {
            return Ok(Value::object([
                ("key", Value::from(id)),
                ("id", Value::from(fingerprint(id).as_str())),
            ]));
        }
        let listed = calls::list(api).await;
        let keys = listed.map_err(|e| vec![e.doing("Listing the API keys").into()])?;
        let name = id.split_once('/');
        let by_name = |key: &&Key| {
            name.is_some_and(|(tenant, name)| {
                key.tenant.eq_ignore_ascii_case(tenant) && key.name == name
            })
        };
        let found: Vec<&Key> = keys
            .iter()
            .filter(|key| key.fingerprint() == id || by_name(key))
            .collect();
        match found[..] {
            [key] => Ok(Value::object(stable(key))),
            [] => Err(vec![Diagnostic::error(
                "Cannot import non-existent remote object",
                format!(
                    "There is no API key {id:?}. The id is <tenant>/<name>, a fingerprint, or the key itself."
                ),
            )]),
            _ => {
                let ids: Vec<String> = found.iter().map(|key| key.fingerprint()).collect();
                let text = format!(
                    "{} API keys are called {id:?}. Import one by its fingerprint: {}.",
                    found.len(),
                    ids.join(", ")
                );
                Err(vec![Diagnostic::error("Ambiguous import id", text)])
            }
        }
    }
}
