//! `acrobits_provisioning_set`: the accounts that external provisioning answers with, published where only the
//! provisioning service reads them.
//!
//! One account XML a user, or the two files of the vendor's sample service. Everything here holds passwords: values and
//! hashes are sensitive, files are private, and a place that everybody can read is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use trunkline_api::kit::{Draft, attrs};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Type, Value};

use crate::client::Client;
use crate::publish::resource::Documents;
use crate::publish::{CSV, Document, XML, set, sha256};
use crate::render::csv;
use crate::rules;
use crate::template::fill;

/// The resource type.
pub(crate) const PROVISIONING_SET: &str = "acrobits_provisioning_set";

/// Where an account is, unless `path` says otherwise.
const ACCOUNT_PATH: &str = "provisioning/{cloud_id}/{cloud_username}.xml";

/// Folders of the sample service's two files [public].
const FILE: &str = "{file}";

/// The resource.
pub(crate) struct ProvisioningSet;

fn wrong(summary: &str, text: impl Into<String>) -> Diagnostic {
    Diagnostic::error(summary, text)
}

/// The accounts by Cloud Username, if they are known.
pub(crate) fn accounts(set: &Value) -> Option<BTreeMap<&str, &str>> {
    if attrs::has_unknown(set, "accounts") {
        return None;
    }
    let fields = set.attr("accounts").and_then(Value::as_fields);
    let fields = fields.into_iter().flat_map(|f| f.iter());
    Some(
        fields
            .filter_map(|(name, xml)| Some((&**name, xml.as_str()?)))
            .collect(),
    )
}

/// The records of users, if they are known and are ones.
pub(crate) fn records(set: &Value) -> Option<Vec<Json>> {
    if attrs::has_unknown(set, "users") {
        return None;
    }
    let texts = attrs::items(set, "users").iter().filter_map(Value::as_str);
    let records = texts.map(|text| serde_json::from_str(text).ok().filter(Json::is_object));
    records.collect()
}

pub(crate) fn is_csv(set: &Value) -> bool {
    attrs::text(set, "format") == Some("csv")
}

/// The pair of files of the sample service, once it is known.
pub(crate) fn pair(set: &Value) -> Option<Result<csv::Pair, String>> {
    if attrs::has_unknown(set, "users") || attrs::has_unknown(set, "template") {
        return None;
    }
    let not_one = || "an element of `users` is not the `record` of a user".to_owned();
    let records = records(set).ok_or_else(not_one);
    Some(records.and_then(|records| csv::pair(&records, attrs::text(set, "template"))))
}

/// The documents of a set, once they are known.
fn documents(set: &Value) -> Result<Option<Vec<Document>>, Diagnostic> {
    let inputs = [
        "cloud_id", "accounts", "users", "template", "format", "path",
    ];
    if inputs.iter().any(|name| attrs::has_unknown(set, name)) {
        return Ok(None);
    }
    let cloud_id = attrs::text(set, "cloud_id").unwrap_or_default();
    let path = attrs::text(set, "path").unwrap_or_else(|| usual_path(set));
    let document = |values: &[(&str, &str)], content_type, content: &str| {
        let key = fill(path, values).map_err(|name| {
            let text = format!("`path` has {{{name}}}, which has no value here. An account has {{cloud_id}} and {{cloud_username}}, the two files of csv have {{file}}.");
            wrong("Invalid Path", text).on(Path::attribute("path"))
        })?;
        Ok(Document {
            key,
            content_type,
            cache: Some("no-store"),
            private: true,
            bytes: content.as_bytes().to_vec(),
        })
    };
    if is_csv(set) {
        let Some(pair) = pair(set) else {
            return Ok(None);
        };
        let pair = pair.map_err(|why| {
            wrong(
                "Users Cannot Be Written",
                format!("The two files of the sample service cannot be made: {why}."),
            )
            .on(Path::attribute("users"))
        })?;
        // The service looks for the Cloud ID in capitals [public].
        let name = cloud_id.to_ascii_uppercase();
        let (users, template) = (format!("users/{name}.csv"), format!("extProv/{name}.xml"));
        let made = [
            document(
                &[("cloud_id", cloud_id), ("file", &users)],
                CSV,
                &pair.users,
            ),
            document(
                &[("cloud_id", cloud_id), ("file", &template)],
                XML,
                &pair.template,
            ),
        ];
        return made.into_iter().collect::<Result<_, _>>().map(Some);
    }
    let mut made = Vec::new();
    for (name, xml) in accounts(set).unwrap_or_default() {
        if name.contains('/') {
            let text =
                format!("The Cloud Username {name:?} has a slash, so it cannot name a document.");
            return Err(wrong("Invalid Path", text).on(Path::attribute("accounts")));
        }
        made.push(document(
            &[("cloud_id", cloud_id), ("cloud_username", name)],
            XML,
            xml,
        )?);
    }
    Ok(Some(made))
}

fn usual_path(set: &Value) -> &'static str {
    if is_csv(set) { FILE } else { ACCOUNT_PATH }
}

/// The set with its identity and path.
fn derived(set: &Value) -> Value {
    let mut set = set.clone();
    if attrs::is_unset(&set, "path") || attrs::has_unknown(&set, "path") {
        let path = match attrs::has_unknown(&set, "format") {
            true => Value::unknown(Type::String),
            false => Value::from(usual_path(&set)),
        };
        set = attrs::set(&set, "path", path);
    }
    let id = set::identity(&set);
    attrs::set(&set, "id", id)
}

impl Documents for ProvisioningSet {
    const TYPE: &'static str = PROVISIONING_SET;
    const SECRET: bool = true;

    fn block(&self) -> Block {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        Block::new("Accounts of an app, published for its provisioning service.")
            .attribute("id", text("`CLOUDID,TARGET:PATH`.").computed())
            .attribute("cloud_id", text("The app's Cloud ID. A change is a replacement.").required())
            .attribute("format", text("xml (default): a document a user; csv: the two files of the vendor's sample service.").optional().computed())
            .attribute("accounts", of(Type::map(Type::String), "Account XML by Cloud Username: `account` of users.").optional().sensitive())
            .attribute("users", of(Type::list(Type::String), "Users of the format csv: `record` of users.").optional().sensitive())
            .attribute("template", text("Account template of the format csv, with {column}; made of the columns by default.").optional())
            .attribute("path", text("Name of a document: {cloud_id} and {cloud_username} are filled in, for csv {file}.").optional().computed())
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("format", Value::from("xml"))]
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        rules::provisioning_set(config)
    }

    fn derived(&self, set: &Value) -> Value {
        derived(set)
    }

    fn documents(&self, set: &Value) -> Result<Option<Vec<Document>>, Diagnostic> {
        documents(set)
    }

    fn keep(&self, draft: &mut Draft) {
        let files = |set: &Value| -> Option<BTreeMap<String, String>> {
            let documents = documents(set).ok()??;
            Some(
                documents
                    .into_iter()
                    .map(|d| (d.key.clone(), d.hash()))
                    .collect(),
            )
        };
        let same = |draft: &Draft| {
            files(&draft.prior).is_some_and(|prior| Some(prior) == files(&draft.planned))
        };
        if is_csv(&draft.planned)
            && draft.changed("users")
            && same(draft)
            && attrs::present(&draft.prior, "users").is_some()
        {
            // What was read from the two files says less than what they were made of.
            draft.keep("users");
        }
    }

    fn refuse(&self, client: Option<&Client>, draft: &mut Draft) {
        let public = client.is_some_and(|client| is_public(client, &draft.planned));
        if public && !attrs::has_unknown(&draft.planned, "target") {
            let text = "AC30: account XML holds passwords, and the provider block says that everybody can read at this target.";
            draft.problem(wrong("Public Target", text).on(Path::attribute("target")));
        }
    }

    fn import<'a>(
        &'a self,
        client: &'a Client,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Json, Diagnostic>> {
        Box::pin(import(client, id))
    }
}

/// Whether the provider block declares the target public.
fn is_public(client: &Client, set: &Value) -> bool {
    let public = client.settings.public;
    match attrs::text(set, "target") {
        Some("directory") => public.directory,
        Some("http") => public.http,
        Some("s3") => public.s3,
        _ => false,
    }
}

async fn import(client: &Client, id: &str) -> Result<Json, Diagnostic> {
    let usage = || {
        let text = "A provisioning set is imported as `CLOUDID,TARGET:PATH,NAME,…`: the path as in the configuration and the Cloud Usernames, e.g. `ACME,s3:provisioning/{cloud_id}/{cloud_username}.xml,john.doe`; in the format csv without names, with {file} in the path.";
        wrong("Invalid Import Id", text)
    };
    let unreadable = |key: &str| {
        let text = format!("The document {key:?} is not what was expected there.");
        wrong("Unreadable Document", text)
    };
    let mut parts = id.split(',');
    let (cloud_id, place) = parts.next().zip(parts.next()).ok_or_else(usage)?;
    let (target, path) = place.split_once(':').ok_or_else(usage)?;
    let names: Vec<&str> = parts.collect();
    let is_csv = path.contains(FILE);
    let files = [
        format!("users/{cloud_id}.csv"),
        format!("extProv/{cloud_id}.xml"),
    ];
    let keys: Result<Vec<String>, &str> = match is_csv {
        true => files
            .iter()
            .map(|file| fill(path, &[("cloud_id", cloud_id), ("file", file)]))
            .collect(),
        false => names
            .iter()
            .map(|name| fill(path, &[("cloud_id", cloud_id), ("cloud_username", name)]))
            .collect(),
    };
    let keys = keys.map_err(|_| usage())?;
    if keys.is_empty() {
        return Err(usage());
    }
    let found = set::imported(client, target, &keys).await?;
    let mut texts = Vec::new();
    let mut hashes = Map::new();
    for (key, bytes, _) in found {
        hashes.insert(key.clone(), json!(sha256(&bytes)));
        texts.push(String::from_utf8(bytes).map_err(|_| unreadable(&key))?);
    }
    let mut state = json!({
        "cloud_id": cloud_id, "target": target, "path": path, "id": format!("{cloud_id},{target}:{path}"),
        "format": if is_csv { "csv" } else { "xml" },
        "keys": hashes.keys().collect::<Vec<_>>(), "hashes": hashes,
    });
    if is_csv {
        let records = csv::records(&texts[0]).ok_or_else(|| unreadable(&keys[0]))?;
        let made = csv::pair(&records, None).map(|pair| pair.template);
        state["users"] = records
            .iter()
            .map(Json::to_string)
            .collect::<Vec<_>>()
            .into();
        if made.as_ref() != Ok(&texts[1]) {
            state["template"] = json!(texts[1]);
        }
    } else {
        let accounts = names
            .iter()
            .zip(&texts)
            .map(|(name, xml)| ((*name).to_owned(), json!(xml)));
        state["accounts"] = accounts.collect::<Map<_, _>>().into();
    }
    Ok(state)
}
