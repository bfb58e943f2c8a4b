//! The documents of one object: published, compared, renewed and removed together, each only where it differs.
//!
//! The object has the attributes `target`, `keys`, `hashes` and `published_at`; entity tags are kept privately. What is
//! in the documents is known to who asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ReconcileResponse, Reconciled};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Type, Value};

use super::{Document, Expect, Place, Seen, TARGETS, Trouble};
use crate::Client;
use crate::template::bad_key;

/// Documents asked for at once.
const AT_ONCE: usize = 8;

/// Problems of documents that are told one by one.
const TOLD: usize = 5;

/// The schema with what every published object has.
pub(crate) fn published(block: Block, secret: bool) -> Block {
    let of = |ty: Type, description: &str| Attribute::new(ty, description);
    let hashes = of(Type::map(Type::String), "SHA-256 of each document, by key.").computed();
    let hashes = if secret { hashes.sensitive() } else { hashes };
    block
        .attribute(
            "target",
            of(
                Type::String,
                "directory, http or s3: a place of the provider block. A change is a replacement.",
            )
            .required(),
        )
        .attribute(
            "keys",
            of(
                Type::set(Type::String),
                "Names of the documents at the place.",
            )
            .computed(),
        )
        .attribute("hashes", hashes)
        .attribute(
            "published_at",
            of(Type::String, "When a document was last written.").computed(),
        )
}

/// The id of a published object: its app, target and path, once they are known. An import id begins so.
pub(crate) fn identity(object: &Value) -> Value {
    let text = |name: &str| attrs::text(object, name);
    match (text("cloud_id"), text("target"), text("path")) {
        (Some(cloud_id), Some(target), Some(path)) => {
            Value::string(format!("{cloud_id},{target}:{path}"))
        }
        _ => Value::unknown(Type::String),
    }
}

/// Whether a target is one.
pub(crate) fn target_problem(config: &Value) -> Option<Diagnostic> {
    let target = attrs::text(config, "target")?;
    let text = format!(
        "`target` is {target:?}, but must be one of {}.",
        TARGETS.join(", ")
    );
    (!TARGETS.contains(&target)).then(|| {
        Diagnostic::error("Invalid Value", text).on(trunkline_api::Path::attribute("target"))
    })
}

/// Plans what is published, once it is known.
pub(crate) fn plan(draft: &mut Draft, documents: Result<Option<Vec<Document>>, Diagnostic>) {
    if draft.action == Action::Delete {
        return;
    }
    match documents.and_then(|found| found.map(distinct).transpose()) {
        Err(problem) => draft.problem(problem),
        Ok(None) => ["keys", "hashes", "published_at"]
            .iter()
            .for_each(|name| draft.unknown(name)),
        Ok(Some(documents)) => {
            let hashes = documents
                .iter()
                .map(|d| (d.key.clone(), d.hash()))
                .collect();
            let planned = with_hashes(&draft.planned, &hashes);
            draft.planned = planned;
            if draft.changed("hashes") {
                draft.planned =
                    attrs::set(&draft.planned, "published_at", Value::unknown(Type::String));
            }
        }
    }
}

/// The documents, if no two have one key and every key can be used.
fn distinct(documents: Vec<Document>) -> Result<Vec<Document>, Diagnostic> {
    let mut keys: Vec<&str> = documents.iter().map(|d| d.key.as_str()).collect();
    keys.sort_unstable();
    let wrong = |text: String| {
        Err(Diagnostic::error("Invalid Path", text).on(trunkline_api::Path::attribute("path")))
    };
    if let Some(twice) = keys.windows(2).find(|w| w[0] == w[1]) {
        return wrong(format!(
            "Two documents would be published as {:?}. Put {{network_id}} or {{cloud_username}} into `path`, whichever tells them apart.",
            twice[0]
        ));
    }
    if let Some((key, why)) = keys.iter().find_map(|key| Some((key, bad_key(key)?))) {
        return wrong(format!("A document cannot be published as {key:?}: {why}."));
    }
    Ok(documents)
}

fn with_hashes(object: &Value, hashes: &BTreeMap<String, String>) -> Value {
    let keys = attrs::string_set(hashes.keys());
    let hashes = hashes
        .iter()
        .map(|(k, h)| (k.as_str(), Value::string(h.as_str())));
    let hashes = Value::map(Type::String, hashes);
    attrs::set(&attrs::set(object, "keys", keys), "hashes", hashes)
}

fn hashes_of(object: &Value) -> BTreeMap<String, String> {
    let fields = object.attr("hashes").and_then(Value::as_fields);
    let fields = fields.into_iter().flat_map(|f| f.iter());
    fields
        .filter_map(|(key, hash)| Some((key.to_string(), hash.as_str()?.to_owned())))
        .collect()
}

/// Entity tags by key.
type Etags = BTreeMap<String, String>;

fn etags_of(private: &[u8]) -> Etags {
    let json: Json = serde_json::from_slice(private).unwrap_or_default();
    let etags = json["etags"].as_object().into_iter().flatten();
    etags
        .filter_map(|(key, etag)| Some((key.clone(), etag.as_str()?.to_owned())))
        .collect()
}

fn private(etags: &Etags) -> Arc<[u8]> {
    json!({ "etags": etags }).to_string().into_bytes().into()
}

/// What came of each of several calls, in their order.
async fn each<T>(calls: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    stream::iter(calls).buffered(AT_ONCE).collect().await
}

/// Removals of documents.
fn removals<'a>(
    place: Place<'a>,
    keys: impl Iterator<Item = &'a String>,
) -> Vec<BoxFuture<'a, Result<(), Trouble>>> {
    let mut calls: Vec<BoxFuture<'a, _>> = Vec::new();
    for key in keys {
        calls.push(Box::pin(place.remove(key)));
    }
    calls
}

/// The problems of several documents: the first ones, and how many more.
fn told(troubles: Vec<Trouble>) -> Outcome {
    let more = troubles.len().saturating_sub(TOLD);
    let problems = troubles.into_iter().take(TOLD).map(|t| t.problem);
    let mut outcome = Outcome {
        diagnostics: problems.collect(),
        ..Outcome::default()
    };
    if more > 0 {
        let text = format!("{more} more documents failed.");
        outcome = outcome.with(Diagnostic::error("More Documents Failed", text));
    }
    outcome
}

/// Publishes the documents of a new object.
pub(crate) async fn create(client: &Client, planned: &Value, documents: Vec<Document>) -> Outcome {
    let none = BTreeMap::new();
    let (done, troubles) = match write(client, planned, &documents, &none, &Etags::new()).await {
        Ok(done) => done,
        Err(trouble) => return told(vec![trouble]),
    };
    if troubles.is_empty() {
        return finished(client, planned, &documents, done);
    }
    if troubles.iter().any(|t| t.unheard) {
        // Reading tells later what is there.
        return told(troubles).unsettled(true);
    }
    // Half of it would be taken for the whole: what was written is taken back.
    let Ok(place) = place(client, planned) else {
        return told(troubles);
    };
    let back = each(removals(place, done.keys())).await;
    let left = done.keys().zip(&back).filter(|(_, back)| back.is_err());
    let left: Vec<&String> = left.map(|(key, _)| key).collect();
    if left.is_empty() {
        return told(troubles);
    }
    let hashes = of(&documents, |key| left.contains(&key));
    told(troubles).holding(settled(planned, &hashes, None))
}

/// Publishes what differs, then removes what is not wanted any more.
pub(crate) async fn update(
    client: &Client,
    prior: &Value,
    kept: &[u8],
    planned: &Value,
    documents: Vec<Document>,
) -> Outcome {
    let (before, etags) = (hashes_of(prior), etags_of(kept));
    let (done, mut troubles) = match write(client, planned, &documents, &before, &etags).await {
        Ok(done) => done,
        Err(trouble) => return told(vec![trouble]),
    };
    let wanted = |key: &String| documents.iter().any(|d| d.key == *key);
    let mut gone = Vec::new();
    if troubles.is_empty() {
        let Ok(place) = place(client, planned) else {
            return Outcome::default();
        };
        let surplus: Vec<&String> = before.keys().filter(|key| !wanted(key)).collect();
        let removed = each(removals(place, surplus.iter().copied())).await;
        for (key, removed) in surplus.into_iter().zip(removed) {
            match removed {
                Ok(()) => gone.push(key.clone()),
                Err(trouble) => troubles.push(trouble),
            }
        }
    }
    if troubles.iter().any(|t| t.unheard) {
        return told(troubles).unsettled(true);
    }
    let mut etags = etags;
    etags.extend(
        done.iter()
            .filter_map(|(k, e)| Some((k.clone(), e.clone()?))),
    );
    etags.retain(|key, _| !gone.contains(key));
    if troubles.is_empty() {
        let wrote = !done.is_empty() || !gone.is_empty();
        let at = attrs::text(prior, "published_at").filter(|_| !wrote);
        let at = at.map_or_else(|| (client.now)().to_string(), str::to_owned);
        let hashes = of(&documents, |_| true);
        let at = (wrote || attrs::present(prior, "published_at").is_some()).then_some(at);
        return Outcome::is(settled(planned, &hashes, at)).private(private(&etags));
    }
    let mut hashes = before;
    hashes.retain(|key, _| !gone.contains(key));
    hashes.extend(of(&documents, |key| done.contains_key(key)));
    let at = (client.now)().to_string();
    told(troubles)
        .holding(settled(planned, &hashes, Some(at)))
        .private(private(&etags))
}

fn place<'c>(client: &'c Client, object: &Value) -> Result<Place<'c>, Trouble> {
    Place::of(client, attrs::text(object, "target").unwrap_or_default())
}

/// The hashes of those documents whose key is chosen.
fn of(documents: &[Document], chosen: impl Fn(&String) -> bool) -> BTreeMap<String, String> {
    let chosen = documents.iter().filter(|d| chosen(&d.key));
    chosen.map(|d| (d.key.clone(), d.hash())).collect()
}

fn settled(planned: &Value, hashes: &BTreeMap<String, String>, at: Option<String>) -> Value {
    attrs::set(
        &with_hashes(planned, hashes),
        "published_at",
        attrs::string_or_null(at),
    )
}

fn finished(
    client: &Client,
    planned: &Value,
    documents: &[Document],
    done: BTreeMap<String, Option<String>>,
) -> Outcome {
    let hashes = of(documents, |_| true);
    let etags = done
        .into_iter()
        .filter_map(|(k, e)| Some((k, e?)))
        .collect();
    let at = (client.now)().to_string();
    Outcome::is(settled(planned, &hashes, Some(at))).private(private(&etags))
}

/// Writes the documents that differ from what was read: those that were written with their entity tags, and troubles.
async fn write(
    client: &Client,
    planned: &Value,
    documents: &[Document],
    before: &BTreeMap<String, String>,
    etags: &Etags,
) -> Result<(BTreeMap<String, Option<String>>, Vec<Trouble>), Trouble> {
    let place = place(client, planned)?;
    let due: Vec<(&Document, Expect)> = documents
        .iter()
        .filter(|d| before.get(&d.key) != Some(&d.hash()))
        .map(|d| match before.contains_key(&d.key) {
            true => (d, Expect::Ours(etags.get(&d.key).cloned())),
            false => (d, Expect::Absent),
        })
        .collect();
    if due.iter().any(|(d, _)| d.private) {
        place.refuse_public(&folder(documents)).await?;
    }
    let mut calls: Vec<BoxFuture<'_, _>> = Vec::new();
    for (document, expect) in &due {
        calls.push(Box::pin(place.write(document, expect)));
    }
    let written = each(calls).await;
    let (mut done, mut troubles) = (BTreeMap::new(), Vec::new());
    for ((document, _), written) in due.iter().zip(written) {
        match written {
            Ok(etag) => {
                done.insert(document.key.clone(), etag);
            }
            Err(trouble) => troubles.push(trouble),
        }
    }
    Ok((done, troubles))
}

/// The folder that all documents are in, or below.
fn folder(documents: &[Document]) -> String {
    let folders = |d: &Document| -> Vec<String> {
        let mut parts: Vec<String> = d.key.split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    };
    let mut all = documents.iter().map(folders);
    let mut common = all.next().unwrap_or_default();
    for other in all {
        let same = common
            .iter()
            .zip(&other)
            .take_while(|(a, b)| a == b)
            .count();
        common.truncate(same);
    }
    common.join("/")
}

async fn look(place: Place<'_>, keys: &[&String]) -> Result<BTreeMap<String, Seen>, Trouble> {
    let mut calls: Vec<BoxFuture<'_, _>> = Vec::new();
    for key in keys {
        calls.push(Box::pin(place.look(key)));
    }
    let found = each(calls).await;
    let mut seen = BTreeMap::new();
    for (key, found) in keys.iter().zip(found) {
        if let Some(found) = found? {
            seen.insert((*key).clone(), found);
        }
    }
    Ok(seen)
}

fn tags(seen: &BTreeMap<String, Seen>) -> Etags {
    seen.iter()
        .filter_map(|(k, s)| Some((k.clone(), s.etag.clone()?)))
        .collect()
}

fn contents(seen: &BTreeMap<String, Seen>) -> BTreeMap<String, String> {
    seen.iter()
        .map(|(k, s)| (k.clone(), s.hash.clone()))
        .collect()
}

/// Compares what is there with what was published; gone when nothing is left of it.
pub(crate) async fn read(client: &Client, state: &Value) -> Outcome {
    let before = hashes_of(state);
    let keys: Vec<&String> = before.keys().collect();
    let seen = match place(client, state) {
        Ok(place) => look(place, &keys).await,
        Err(trouble) => Err(trouble),
    };
    match seen {
        Err(trouble) => told(vec![trouble]),
        Ok(seen) if seen.is_empty() && !keys.is_empty() => Outcome::gone(),
        Ok(seen) => {
            Outcome::is(with_hashes(state, &contents(&seen))).private(private(&tags(&seen)))
        }
    }
}

/// Removes the documents that were published, and no others.
pub(crate) async fn delete(client: &Client, prior: &Value) -> Outcome {
    let before = hashes_of(prior);
    let place = match place(client, prior) {
        Ok(place) => place,
        Err(trouble) => return told(vec![trouble]),
    };
    let removed = each(removals(place, before.keys())).await;
    let mut left = BTreeMap::new();
    let mut troubles = Vec::new();
    for ((key, hash), removed) in before.iter().zip(removed) {
        if let Err(trouble) = removed {
            left.insert(key.clone(), hash.clone());
            troubles.push(trouble);
        }
    }
    if troubles.is_empty() {
        return Outcome::gone();
    }
    // A removal can be asked for twice.
    told(troubles).holding(with_hashes(prior, &left))
}

/// What a create whose answer was lost has published. Only documents with the planned content count.
pub(crate) async fn reconcile(
    client: &Client,
    planned: &Value,
    documents: Vec<Document>,
) -> ReconcileResponse {
    let keys: Vec<&String> = documents.iter().map(|d| &d.key).collect();
    let seen = match place(client, planned) {
        Ok(place) => look(place, &keys).await,
        Err(trouble) => Err(trouble),
    };
    let mut seen = match seen {
        Ok(seen) => seen,
        Err(trouble) => {
            return ReconcileResponse {
                diagnostics: vec![trouble.problem],
                ..ReconcileResponse::default()
            };
        }
    };
    let wanted = of(&documents, |_| true);
    seen.retain(|key, seen| wanted.get(key) == Some(&seen.hash));
    if seen.is_empty() {
        return ReconcileResponse::default();
    }
    // What is missing of it is published by the next plan.
    let at = (client.now)().to_string();
    ReconcileResponse {
        found: vec![Reconciled {
            state: settled(planned, &contents(&seen), Some(at)),
            private: private(&tags(&seen)),
            incomplete: false,
        }],
        diagnostics: Vec::new(),
    }
}

/// The documents of an import: all of them must be there.
pub(crate) async fn imported(
    client: &Client,
    target: &str,
    keys: &[String],
) -> Result<Vec<(String, Vec<u8>, Option<String>)>, Diagnostic> {
    let place = Place::of(client, target).map_err(|t| t.problem)?;
    let mut found = Vec::new();
    for key in keys {
        match place.fetch(key).await.map_err(|t| t.problem)? {
            Some((bytes, etag)) => found.push((key.clone(), bytes, etag)),
            None => {
                let text = format!("There is no document {key:?} at the target {target:?}.");
                return Err(Diagnostic::error("Document Not Found", text));
            }
        }
    }
    Ok(found)
}
