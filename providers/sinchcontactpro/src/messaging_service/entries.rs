//! The authentications of a messaging service: their block, their plan, and how they look on the wire.
//!
//! An entry is known by its direction and authentication id; its place in the list means nothing to the service,
//! so a state keeps the order of the configuration.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, attrs};
use trunkline_api::{Attribute, Block, NestedBlock, Nesting, Type, Value};

use crate::client::text;
use crate::names;
use trunkline_http::Kept;

/// The block's name.
pub(crate) const BLOCK: &str = "authentication";

fn block() -> Block {
    let text = |d: &str| Attribute::new(Type::String, d);
    Block::new("One authentication of the service.")
        .attribute("id", text("The entry's id.").computed())
        .attribute(
            "direction",
            text("OUTGOING, or INCOMING for the entry webhook of a sinchconversation service; follows from the id.")
                .optional()
                .computed(),
        )
        .attribute(
            "authentication_id",
            text("What the type asks for: an application id, page id, user name, service plan id, [Key ID]@[App ID], or webhook.").required(),
        )
        .attribute(
            "secret",
            text("The secret or password that goes with it. It is sent and never stored.")
                .required()
                .sensitive()
                .write_only()
                .untold(),
        )
        .attribute(
            "secret_revision",
            Attribute::new(Type::Number, "Goes up by one when another secret is configured.").computed(),
        )
        .attribute(
            "triggers",
            Attribute::new(Type::set(Type::String), "For the entry webhook: MESSAGE_DELIVERY, MESSAGE_INBOUND.").optional(),
        )
}

/// The schema of the entries.
pub(crate) fn schema() -> NestedBlock {
    NestedBlock {
        min_items: 1,
        ..NestedBlock::new(Nesting::List, block())
    }
}

/// The list of these entries.
fn list(entries: Vec<Value>) -> Value {
    Value::list(block().implied_type(), entries)
}

/// What tells an entry from others; nothing while it is not known.
pub(crate) fn key(entry: &Value) -> Option<String> {
    let direction = attrs::text(entry, "direction")?;
    Some(format!(
        "{direction} {}",
        attrs::text(entry, "authentication_id")?
    ))
}

fn find<'v>(service: &'v Value, wanted: &str) -> Option<&'v Value> {
    let mut entries = attrs::items(service, BLOCK).iter();
    entries.find(|entry| key(entry).as_deref() == Some(wanted))
}

/// The revision of an entry's secret; one that was never counted is the first.
fn revision(entry: &Value) -> i64 {
    attrs::integer(entry, "secret_revision").unwrap_or(1)
}

/// Plans the entries: ids by what an entry is rather than by its place, and a revision more for another secret.
/// The entries whose secret changes.
pub(crate) fn plan(draft: &mut Draft) -> Vec<String> {
    let configured = attrs::items(&draft.config, BLOCK).to_vec();
    let planned = attrs::items(&draft.planned, BLOCK);
    if planned.len() != configured.len() || planned.is_empty() {
        return Vec::new();
    }
    let service_type = attrs::text(&draft.planned, "type")
        .unwrap_or_default()
        .to_owned();
    let kept = Kept::read(&draft.private);
    let mut rotated = Vec::new();
    let mut entries = Vec::new();
    for (entry, config) in planned.iter().zip(&configured) {
        let mut entry = attrs::set(entry, "secret", Value::null(Type::String));
        if attrs::is_unset(config, "direction") {
            let direction = match attrs::text(config, "authentication_id") {
                Some(id) => Value::from(names::direction(&service_type, id)),
                None => Value::unknown(Type::String),
            };
            entry = attrs::set(&entry, "direction", direction);
        }
        let key = key(&entry);
        let prior = key.as_deref().and_then(|key| find(&draft.prior, key));
        let unknown = |ty| Value::unknown(ty);
        let (id, revision) = match (&key, prior) {
            (Some(key), Some(prior)) => {
                let id = attrs::string_or_null(attrs::text(prior, "id"));
                let revision = match (
                    attrs::text(config, "secret"),
                    attrs::has_unknown(config, "secret"),
                ) {
                    (Some(secret), _) if kept.differs(key, secret) => {
                        rotated.push(key.clone());
                        Value::number(revision(prior) + 1)
                    }
                    (None, true) => unknown(Type::Number),
                    _ => Value::number(revision(prior)),
                };
                (id, revision)
            }
            (Some(_), None) => (unknown(Type::String), Value::number(1)),
            (None, _) => (unknown(Type::String), unknown(Type::Number)),
        };
        entry = attrs::set(&entry, "id", id);
        entry = attrs::set(&entry, "secret_revision", revision);
        entries.push(entry);
    }
    let making = draft.action == Action::Create;
    let secrets = entries
        .iter()
        .zip(&configured)
        .filter_map(|(entry, config)| {
            let known = key(entry).filter(|key| making || find(&draft.prior, key).is_some())?;
            Some((known, attrs::text(config, "secret")?))
        });
    let id = attrs::text(&draft.prior, "id").unwrap_or_default();
    let name = attrs::text(&draft.planned, "name").unwrap_or_default();
    match making {
        // A service whose answer is lost is found again with the secrets that were sent.
        true => draft.private = Kept::of(name, secrets),
        false => {
            if let Some(private) = kept.completed(id, secrets) {
                draft.private = private;
            }
        }
    }
    draft.set(BLOCK, list(entries));
    rotated
}

/// The entries of an answer as state: in the order of `known`, then what is there besides.
pub(crate) fn state(found: &[Json], known: &Value) -> Value {
    let mut left: Vec<Value> = found.iter().map(|entry| observed(entry, known)).collect();
    let mut entries = Vec::new();
    for wanted in attrs::items(known, BLOCK).iter().filter_map(key) {
        if let Some(at) = left
            .iter()
            .position(|entry| key(entry).as_ref() == Some(&wanted))
        {
            entries.push(left.remove(at));
        }
    }
    // The webhook entry last: as people write it, and as the documentation shows it.
    left.sort_by_key(|entry| attrs::text(entry, "direction") == Some("INCOMING"));
    entries.extend(left);
    list(entries)
}

fn observed(entry: &Json, known: &Value) -> Value {
    let member = |name: &str| attrs::string_or_null(text(entry, name));
    let triggers = entry.get("triggers").and_then(Json::as_array);
    let triggers: Vec<&str> = triggers
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let state = Value::object([
        ("id", member("id")),
        ("direction", member("direction")),
        ("authentication_id", member("authenticationId")),
        ("secret", Value::null(Type::String)),
    ]);
    let before = key(&state).and_then(|key| find(known, &key));
    // No triggers and an empty set of them are the same to the service.
    let triggers = match before.and_then(|b| b.attr("triggers")) {
        Some(set) if triggers.is_empty() && set.as_slice().is_some_and(<[Value]>::is_empty) => {
            set.clone()
        }
        _ if triggers.is_empty() => Value::null(Type::set(Type::String)),
        _ => attrs::string_set(triggers),
    };
    let state = attrs::set(&state, "triggers", triggers);
    let revision = before
        .and_then(|b| attrs::integer(b, "secret_revision"))
        .unwrap_or(1);
    attrs::set(&state, "secret_revision", Value::number(revision))
}

/// An entry with its secret, as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) key: String,
    pub(crate) id: Option<String>,
    pub(crate) body: Json,
    pub(crate) secret: String,
    /// Whether it says something else than what is there.
    pub(crate) changed: bool,
}

/// The planned entries with the configured secrets. `known` is what is there.
pub(crate) fn wanted(
    planned: &Value,
    config: &Value,
    known: &Value,
    private: &[u8],
) -> Vec<Wanted> {
    let kept = Kept::read(private);
    let entries = attrs::items(planned, BLOCK)
        .iter()
        .zip(attrs::items(config, BLOCK));
    let service_type = attrs::text(planned, "type").unwrap_or_default();
    entries
        .map(|(entry, config)| {
            let id = attrs::text(entry, "authentication_id").unwrap_or_default();
            let direction = attrs::text(entry, "direction")
                .unwrap_or_else(|| names::direction(service_type, id));
            let secret = attrs::text(config, "secret").unwrap_or_default().to_owned();
            let key = format!("{direction} {id}");
            let mut body =
                json!({ "direction": direction, "authenticationId": id, "secret": secret });
            let triggers = attrs::texts(entry, "triggers");
            if !triggers.is_empty() {
                body["triggers"] = json!(triggers);
            }
            let there = find(known, &key);
            let same_triggers =
                there.is_some_and(|there| attrs::texts(there, "triggers") == triggers);
            Wanted {
                id: there
                    .and_then(|there| attrs::text(there, "id"))
                    .map(str::to_owned),
                changed: !same_triggers || kept.differs(&key, &secret),
                key,
                body,
                secret,
            }
        })
        .collect()
}

/// The planned entries with every revision that was not known yet.
pub(crate) fn with_revisions(
    planned: &Value,
    prior: &Value,
    wanted: &[Wanted],
    private: &[u8],
) -> Value {
    let kept = Kept::read(private);
    let entries = attrs::items(planned, BLOCK)
        .iter()
        .zip(wanted)
        .map(|(entry, wanted)| {
            let revision = match (
                attrs::integer(entry, "secret_revision"),
                find(prior, &wanted.key),
            ) {
                (Some(planned), _) => planned,
                (None, Some(prior)) => {
                    revision(prior) + i64::from(kept.differs(&wanted.key, &wanted.secret))
                }
                (None, None) => 1,
            };
            let entry = attrs::set(entry, "secret_revision", Value::number(revision));
            let direction = wanted.body.get("direction").and_then(Json::as_str);
            attrs::set(&entry, "direction", attrs::string_or_null(direction))
        });
    attrs::set(planned, BLOCK, list(entries.collect()))
}
