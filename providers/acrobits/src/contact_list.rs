//! `acrobits_contact_list`: the contacts that the app reads, published as web service contacts.
//!
//! A file a network, or a file a user without the user's own contact. Nobody sees contacts of another network; contacts
//! without a network (numbers of the telephone network) are in every file.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Draft, attrs};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Type, Value};

use crate::client::Client;
use crate::publish::resource::Documents;
use crate::publish::{Document, JSON, set, sha256};
use crate::render::contact::{self, text};
use crate::rules;
use crate::template::fill;

/// The resource type.
pub(crate) const CONTACT_LIST: &str = "acrobits_contact_list";

/// Where a file is, by layout, unless `path` says otherwise.
const SHARED_PATH: &str = "contacts/{network_id}.json";
const USER_PATH: &str = "contacts/{cloud_username}.json";
const WHOLE_PATH: &str = "contacts/{cloud_id}.json";

/// The app asks again whether there is something new; nobody else keeps a copy [assumed].
const CACHE: &str = "private, max-age=0";

/// The resource.
pub(crate) struct ContactList;

/// The contacts of a list, if all of them are known and JSON. Absent ones (users who are not listed) are left out.
pub(crate) fn contacts(list: &Value) -> Option<Vec<Json>> {
    if attrs::has_unknown(list, "contacts") {
        return None;
    }
    let texts = attrs::items(list, "contacts")
        .iter()
        .filter_map(Value::as_str);
    texts.map(|text| serde_json::from_str(text).ok()).collect()
}

/// The path by the layout.
fn usual_path(list: &Value) -> &'static str {
    match attrs::text(list, "layout") {
        _ if !attrs::is_unset(list, "document") => WHOLE_PATH,
        Some("per_user") => USER_PATH,
        _ => SHARED_PATH,
    }
}

fn wrong(summary: &str, text: impl Into<String>) -> Diagnostic {
    Diagnostic::error(summary, text)
}

/// Whether a contact is shown in a network.
fn is_shown(contact: &Json, network: &str) -> bool {
    text(contact, "networkId").is_none_or(|own| own == network)
}

/// The documents of a list, once they are known.
fn documents(list: &Value) -> Result<Option<Vec<Document>>, Diagnostic> {
    let inputs = [
        "cloud_id",
        "contacts",
        "document",
        "layout",
        "exclude_self",
        "path",
    ];
    if inputs.iter().any(|name| attrs::has_unknown(list, name)) {
        return Ok(None);
    }
    let cloud_id = attrs::text(list, "cloud_id").unwrap_or_default();
    let path = attrs::text(list, "path").unwrap_or_else(|| usual_path(list));
    let document = |values: &[(&str, &str)], content: String| {
        let key = fill(path, values).map_err(|name| {
            let text = format!("`path` has {{{name}}}, which has no value here. A file a network has {{network_id}}, a file a user {{network_id}} and {{cloud_username}}, and both {{cloud_id}}.");
            wrong("Invalid Path", text).on(Path::attribute("path"))
        })?;
        Ok(Document {
            key,
            content_type: JSON,
            cache: Some(CACHE),
            private: false,
            bytes: content.into_bytes(),
        })
    };
    if let Some(whole) = attrs::text(list, "document") {
        return document(&[("cloud_id", cloud_id)], whole.to_owned()).map(|d| Some(vec![d]));
    }
    let Some(contacts) = contacts(list) else {
        let text = "An element of `contacts` is not JSON. Use the `contact` of a user or contact, or jsonencode().";
        return Err(wrong("Invalid Contact", text).on(Path::attribute("contacts")));
    };
    let networks: BTreeSet<&str> = contacts
        .iter()
        .filter_map(|c| text(c, "networkId"))
        .collect();
    let mut made = Vec::new();
    if attrs::text(list, "layout") == Some("per_user") {
        let alone = attrs::flag(list, "exclude_self") == Some(true);
        for user in &contacts {
            let (Some(name), Some(network)) =
                (text(user, "cloudUsername"), text(user, "networkId"))
            else {
                continue;
            };
            let own = |c: &Json| {
                text(c, "cloudUsername") == Some(name) && text(c, "networkId") == Some(network)
            };
            let shown = contacts
                .iter()
                .filter(|c| is_shown(c, network) && !(alone && own(c)));
            let values = [
                ("cloud_id", cloud_id),
                ("network_id", network),
                ("cloud_username", name),
            ];
            if name.contains('/') || network.contains('/') {
                let text = format!(
                    "The Cloud Username {name:?} or its network has a slash, so it cannot name a file. Use the layout shared."
                );
                return Err(wrong("Invalid Path", text).on(Path::attribute("layout")));
            }
            made.push(document(&values, contact::list(shown))?);
        }
        return Ok(Some(made));
    }
    if networks.len() <= 1 || !path.contains("{network_id}") {
        if networks.len() > 1 {
            let text = format!(
                "The contacts are of {} networks, and `path` has no {{network_id}}, so users of one would see those of the others.",
                networks.len()
            );
            return Err(wrong("Invalid Path", text).on(Path::attribute("path")));
        }
        let network = networks.first().copied().unwrap_or(cloud_id);
        let values = [("cloud_id", cloud_id), ("network_id", network)];
        return document(&values, contact::list(contacts.iter())).map(|d| Some(vec![d]));
    }
    for network in networks {
        let shown = contacts.iter().filter(|c| is_shown(c, network));
        let values = [("cloud_id", cloud_id), ("network_id", network)];
        made.push(document(&values, contact::list(shown))?);
    }
    Ok(Some(made))
}

/// The list with its identity, path and count.
fn derived(list: &Value) -> Value {
    let mut list = list.clone();
    if attrs::is_unset(&list, "path") || attrs::has_unknown(&list, "path") {
        let path = match attrs::has_unknown(&list, "layout") {
            true => Value::unknown(Type::String),
            false => Value::from(usual_path(&list)),
        };
        list = attrs::set(&list, "path", path);
    }
    let id = set::identity(&list);
    let count = match attrs::text(&list, "document") {
        Some(whole) => serde_json::from_str::<Json>(whole)
            .ok()
            .and_then(|json| Some(json["contacts"].as_array()?.len())),
        None => contacts(&list).map(|contacts| contacts.len()),
    };
    let unknown = attrs::has_unknown(&list, "contacts") || attrs::has_unknown(&list, "document");
    let count = match count {
        _ if unknown => Value::unknown(Type::Number),
        count => attrs::integer_or_null(count.and_then(|n| i64::try_from(n).ok())),
    };
    attrs::set(&attrs::set(&list, "id", id), "count", count)
}

/// Whether two lists publish the same files with the same content.
fn is_same(a: &Value, b: &Value) -> bool {
    let files = |list: &Value| -> Option<Vec<(String, String)>> {
        let documents = documents(list).ok()??;
        let mut files: Vec<_> = documents
            .into_iter()
            .map(|d| (d.key.clone(), d.hash()))
            .collect();
        files.sort();
        Some(files)
    };
    files(a).is_some_and(|a| Some(a) == files(b))
}

impl Documents for ContactList {
    const TYPE: &'static str = CONTACT_LIST;
    const SECRET: bool = false;

    fn block(&self) -> Block {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        Block::new("Contacts of an app, published for it to read.")
            .attribute("id", text("`CLOUDID,TARGET:PATH`.").computed())
            .attribute("cloud_id", text("The app's Cloud ID. A change is a replacement.").required())
            .attribute("contacts", of(Type::list(Type::String), "Contacts as JSON: `contact` of users and contacts, in their order. Null ones are left out.").optional())
            .attribute("document", text("A whole document in place of `contacts`, published as it is.").optional())
            .attribute("strict_messaging", of(Type::Bool, "Whether every contact must be one of messaging.").optional())
            .attribute("layout", text("shared (default): a file a network; per_user: a file a user.").optional().computed())
            .attribute("exclude_self", of(Type::Bool, "Whether the file of a user leaves the user out.").optional())
            .attribute("path", text("Name of a file: {network_id}, {cloud_username} and {cloud_id} are filled in.").optional().computed())
            .attribute("count", of(Type::Number, "How many contacts there are.").computed())
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("layout", Value::from("shared"))]
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        rules::contact_list(config)
    }

    fn derived(&self, list: &Value) -> Value {
        derived(list)
    }

    fn documents(&self, list: &Value) -> Result<Option<Vec<Document>>, Diagnostic> {
        documents(list)
    }

    fn keep(&self, draft: &mut Draft) {
        if !is_same(&draft.prior, &draft.planned) {
            return;
        }
        // In another order, or written otherwise, it comes to the same files.
        for name in ["contacts", "document"] {
            if !attrs::is_unset(&draft.config, name) && attrs::present(&draft.prior, name).is_some()
            {
                draft.keep(name);
            }
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

/// Lists of one order merged into one: what is new comes before what follows it there.
fn merged(lists: &[Vec<Json>]) -> Vec<Json> {
    let mut all: Vec<Json> = Vec::new();
    for list in lists {
        let mut at = all.len();
        for contact in list.iter().rev() {
            match all.iter().position(|known| known == contact) {
                Some(there) => at = there,
                None => all.insert(at, contact.clone()),
            }
        }
    }
    all
}

async fn import(client: &Client, id: &str) -> Result<Json, Diagnostic> {
    let usage = || {
        let text = "A contact list is imported as `CLOUDID,TARGET:PATH,NAME,…`: the path as in the configuration, and for {network_id} or {cloud_username} in it the names of those that have a file, e.g. `ACME,http:contacts/{network_id}.json,myNetwork`.";
        wrong("Invalid Import Id", text)
    };
    let mut parts = id.split(',');
    let (cloud_id, place) = parts.next().zip(parts.next()).ok_or_else(usage)?;
    let (target, path) = place.split_once(':').ok_or_else(usage)?;
    let names: Vec<&str> = parts.collect();
    let per_user = path.contains("{cloud_username}");
    let keys: Result<Vec<String>, &str> = match names[..] {
        [] => fill(path, &[("cloud_id", cloud_id)]).map(|key| vec![key]),
        _ => names
            .iter()
            .map(|name| {
                let (network, user) = name.split_once('/').unwrap_or((name, name));
                fill(
                    path,
                    &[
                        ("cloud_id", cloud_id),
                        ("network_id", network),
                        ("cloud_username", user),
                    ],
                )
            })
            .collect(),
    };
    let found = set::imported(client, target, &keys.map_err(|_| usage())?).await?;
    let mut lists = Vec::new();
    let (mut hashes, mut alone) = (serde_json::Map::new(), per_user);
    for (n, (key, bytes, _)) in found.iter().enumerate() {
        let json: Json = serde_json::from_slice(bytes).unwrap_or_default();
        let Some(contacts) = json["contacts"].as_array() else {
            let text = format!("The document {key:?} is not a list of contacts.");
            return Err(wrong("Unreadable Document", text));
        };
        let user = names
            .get(n)
            .map(|name| name.rsplit('/').next().unwrap_or(name));
        alone &= !contacts.iter().any(|c| text(c, "cloudUsername") == user);
        lists.push(contacts.clone());
        hashes.insert(key.clone(), json!(sha256(bytes)));
    }
    let texts: Vec<String> = merged(&lists).iter().map(Json::to_string).collect();
    Ok(json!({
        "cloud_id": cloud_id, "target": target, "path": path, "contacts": texts, "count": texts.len(),
        "id": format!("{cloud_id},{target}:{path}"), "layout": if per_user { "per_user" } else { "shared" },
        "exclude_self": if alone { json!(true) } else { Json::Null },
        "keys": hashes.keys().collect::<Vec<_>>(), "hashes": hashes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::resource::Published;
    use trunkline_api::kit::Resource as _;
    use trunkline_api::{coerce, json::implied};

    fn list(sparse: &Json) -> Value {
        coerce::conform(&implied(sparse), &Published(ContactList).schema().block).unwrap()
    }

    fn user(id: &str, network: &str) -> String {
        json!({"contactId": id, "cloudUsername": id, "networkId": network, "displayName": id})
            .to_string()
    }

    fn ids(document: &Document) -> Vec<String> {
        let json: Json = serde_json::from_slice(&document.bytes).unwrap();
        let contacts = json["contacts"].as_array().unwrap();
        contacts
            .iter()
            .map(|c| c["contactId"].as_str().unwrap().to_owned())
            .collect()
    }

    fn files(sparse: &Json) -> Vec<(String, Vec<String>)> {
        let found = documents(&list(sparse)).unwrap().unwrap();
        found.iter().map(|d| (d.key.clone(), ids(d))).collect()
    }

    fn mixed() -> Json {
        let taxi = json!({"contactId": "taxi", "displayName": "Taxi"}).to_string();
        json!([user("a", "one"), user("b", "two"), user("c", "one"), taxi])
    }

    #[test]
    fn a_network_sees_its_own_and_the_telephone_network() {
        let found = files(&json!({"cloud_id": "ACME", "target": "http", "contacts": mixed()}));
        let of = |key: &str, ids: &[&str]| {
            (
                key.to_owned(),
                ids.iter().map(|i| (*i).to_owned()).collect(),
            )
        };
        assert_eq!(
            found,
            [
                of("contacts/one.json", &["a", "c", "taxi"]),
                of("contacts/two.json", &["b", "taxi"])
            ]
        );
    }

    #[test]
    fn a_user_does_not_see_itself() {
        let found = files(
            &json!({"cloud_id": "ACME", "target": "http", "contacts": mixed(), "layout": "per_user", "exclude_self": true}),
        );
        let of = |key: &str, ids: &[&str]| {
            (
                key.to_owned(),
                ids.iter().map(|i| (*i).to_owned()).collect(),
            )
        };
        assert_eq!(
            found,
            [
                of("contacts/a.json", &["c", "taxi"]),
                of("contacts/b.json", &["taxi"]),
                of("contacts/c.json", &["a", "taxi"])
            ]
        );
    }

    #[test]
    fn networks_are_not_mixed_in_one_file() {
        let mixed = list(
            &json!({"cloud_id": "ACME", "target": "http", "contacts": mixed(), "path": "all.json"}),
        );
        assert!(
            documents(&mixed)
                .unwrap_err()
                .detail
                .contains("{network_id}")
        );
    }

    #[test]
    fn files_that_were_read_are_merged_into_the_order_they_came_from() {
        let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
        let [a, b, c] = [("a", "one"), ("b", "two"), ("c", "one")].map(|(i, n)| json(&user(i, n)));
        let taxi = json!({"contactId": "taxi", "displayName": "Taxi"});
        let all = merged(&[
            vec![a.clone(), c.clone(), taxi.clone()],
            vec![b.clone(), taxi.clone()],
        ]);
        assert_eq!(all, [a, c, b, taxi]);
    }

    /// The vendor's example, but for its white space [seed].
    #[test]
    fn the_vendors_example_is_written_as_it_is() {
        let seed = r#"{ "contacts": [ { "contactId": "1", "cloudUsername": "john.doe", "networkId": "myNetwork", "displayName": "John Doe", "lname": "Doe", "fname": "John", "avatar" : "https://example.com/avatar.png", "largeAvatar" : "https://example.com/largeAvatar.png", "contactEntries": [ { "entryId": "tel:0", "label": "work", "type": "tel", "uri": "1000" } ] }, { "contactId": "2", "cloudUsername": "foo.bar", "networkId": "myNetwork", "displayName": "Foo Bar", "lname": "Bar", "fname": "Foo", "avatar" : "https://example.com/avatar.png", "largeAvatar" : "https://example.com/largeAvatar.png", "contactEntries": [ { "entryId": "tel:0", "label": "work", "type": "tel", "uri": "1001" } ] } ] }"#;
        let user = |id: &str, name: &str, lname: &str, fname: &str, uri: &str| {
            let sparse = json!({"display_name": format!("{fname} {lname}"), "lname": lname, "fname": fname,
                "avatar": "https://example.com/avatar.png", "large_avatar": "https://example.com/largeAvatar.png",
                "entry": [{"label": "work", "uri": uri}]});
            contact::contact(&implied(&sparse), id, Some((name, "myNetwork"))).to_string()
        };
        let contacts = json!([
            user("1", "john.doe", "Doe", "John", "1000"),
            user("2", "foo.bar", "Bar", "Foo", "1001")
        ]);
        let made = documents(&list(
            &json!({"cloud_id": "ACME", "target": "http", "contacts": contacts}),
        ));
        let made = made.unwrap().unwrap();
        let words = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(
            words(std::str::from_utf8(&made[0].bytes).unwrap()),
            words(seed)
        );
        assert_eq!(made[0].content_type, "application/json; charset=utf-8");
    }
}
