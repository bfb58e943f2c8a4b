//! Contacts as the app reads them [seed]: one as JSON, and a list of them.
//!
//! The order of members is that of the vendor's example.

use serde_json::{Map, Value as Json, json};
use trunkline_api::kit::attrs;
use trunkline_api::{Attribute, Block, NestedBlock, Nesting, Type, Value};

/// Attributes of names and the like with their members: those of the vendor's example first, then the others
/// [public].
pub(crate) const TEXTS: [(&str, &str); 18] = [
    ("lname", "lname"),
    ("fname", "fname"),
    ("mname", "mname"),
    ("lname_phonetic", "lnamePhonetic"),
    ("fname_phonetic", "fnamePhonetic"),
    ("mname_phonetic", "mnamePhonetic"),
    ("nick", "nick"),
    ("name_prefix", "namePrefix"),
    ("name_suffix", "nameSuffix"),
    ("company", "company"),
    ("department_name", "departmentName"),
    ("job_title", "jobTitle"),
    ("birthday", "birthday"),
    ("notes", "notes"),
    ("checksum", "checksum"),
    ("avatar", "avatar"),
    ("large_avatar", "largeAvatar"),
    ("display_name", "displayName"),
];

/// Attributes of an address with their members [public].
const ADDRESS: [(&str, &str); 7] = [
    ("label", "label"),
    ("street", "street"),
    ("city", "city"),
    ("state", "state"),
    ("zip", "zip"),
    ("country", "country"),
    ("country_code", "countryCode"),
];

/// Members of a contact beside those of [`TEXTS`] that the app knows [seed] [public].
pub(crate) const OTHERS: [&str; 11] = [
    "contactId",
    "cloudUsername",
    "networkId",
    "contactEntries",
    "contactAddresses",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "countryCode",
];

/// The schema with what a contact has beside its identifiers.
pub(crate) fn described(block: Block) -> Block {
    let text = |description: &str| Attribute::new(Type::String, description).optional();
    let entry = Block::new("A way to reach the contact.")
        .attribute(
            "entry_id",
            text("Once a contact; the type and a count by default, such as tel:0."),
        )
        .attribute("label", text("Such as work."))
        .attribute("type", text("tel (default), email or url."))
        .attribute(
            "uri",
            Attribute::new(Type::String, "The number or address.").required(),
        );
    let mut address = Block::new("A postal address.");
    for (name, _) in ADDRESS {
        address = address.attribute(name, text("Part of the address."));
    }
    let block = TEXTS
        .iter()
        .filter(|(name, _)| *name != "display_name")
        .fold(block, |block, (name, member)| {
            block.attribute(*name, text(&format!("The contact's `{member}`.")))
        });
    block
        .attribute(
            "display_name",
            Attribute::new(Type::String, "The name that the app shows.").required(),
        )
        .nested("entry", NestedBlock::new(Nesting::List, entry))
        .nested("address", NestedBlock::new(Nesting::List, address))
}

/// A contact of what [`described`] has in `object`, with its identifiers; those of messaging are both or neither.
pub(crate) fn contact(object: &Value, id: &str, messaging: Option<(&str, &str)>) -> Json {
    let mut contact = Map::new();
    contact.insert("contactId".into(), json!(id));
    if let Some((username, network)) = messaging {
        contact.insert("cloudUsername".into(), json!(username));
        contact.insert("networkId".into(), json!(network));
    }
    let mut put = |name: &str, member: &str| {
        if let Some(text) = attrs::text(object, name) {
            contact.insert(member.to_owned(), json!(text));
        }
    };
    put("display_name", "displayName");
    for (name, member) in TEXTS {
        put(name, member);
    }
    let entries = attrs::items(object, "entry");
    if !entries.is_empty() {
        contact.insert("contactEntries".into(), entries_of(entries).into());
    }
    let addresses = attrs::items(object, "address");
    if !addresses.is_empty() {
        let address = |a: &Value| {
            let part = |(name, member): &(&str, &str)| {
                Some(((*member).to_owned(), json!(attrs::text(a, name)?)))
            };
            Json::Object(ADDRESS.iter().filter_map(part).collect())
        };
        let addresses: Vec<Json> = addresses.iter().map(address).collect();
        contact.insert("contactAddresses".into(), addresses.into());
    }
    contact.into()
}

/// The type of an entry.
pub(crate) fn kind(entry: &Value) -> &str {
    attrs::text(entry, "type").unwrap_or("tel")
}

fn entries_of(entries: &[Value]) -> Vec<Json> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut made = Vec::new();
    for entry in entries {
        let kind = kind(entry);
        let nth = match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, n)) => {
                *n += 1;
                *n
            }
            None => {
                counts.push((kind, 0));
                0
            }
        };
        let own = attrs::text(entry, "entry_id").map(str::to_owned);
        let mut json = Map::new();
        json.insert(
            "entryId".into(),
            json!(own.unwrap_or_else(|| format!("{kind}:{nth}"))),
        );
        if let Some(label) = attrs::text(entry, "label") {
            json.insert("label".into(), json!(label));
        }
        json.insert("type".into(), json!(kind));
        json.insert(
            "uri".into(),
            json!(attrs::text(entry, "uri").unwrap_or_default()),
        );
        made.push(Json::Object(json));
    }
    made
}

/// The sparse attributes of [`described`] that a contact's JSON has: the reverse, for imports.
pub(crate) fn attributes(contact: &Json) -> Map<String, Json> {
    let mut object = Map::new();
    for (name, member) in TEXTS {
        if let Some(text) = contact[member].as_str() {
            object.insert(name.to_owned(), json!(text));
        }
    }
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut entries = Vec::new();
    for entry in contact["contactEntries"].as_array().into_iter().flatten() {
        let kind = entry["type"].as_str().unwrap_or("tel").to_owned();
        let nth = counts.iter().filter(|(known, _)| *known == kind).count();
        counts.push((kind.clone(), nth));
        let mut one = json!({"uri": entry["uri"], "label": entry["label"]});
        // What is so by default is not written.
        if entry["entryId"] != json!(format!("{kind}:{nth}")) {
            one["entry_id"] = entry["entryId"].clone();
        }
        if kind != "tel" {
            one["type"] = json!(kind);
        }
        entries.push(one);
    }
    object.insert("entry".into(), entries.into());
    let address = |a: &Json| {
        let part = |(name, member): &(&str, &str)| ((*name).to_owned(), a[*member].clone());
        Json::Object(ADDRESS.iter().map(part).collect())
    };
    let addresses = contact["contactAddresses"].as_array().into_iter().flatten();
    let addresses: Vec<Json> = addresses.map(address).collect();
    object.insert("address".into(), addresses.into());
    object
}

/// The document of a list of contacts.
pub(crate) fn list<'c>(contacts: impl Iterator<Item = &'c Json>) -> String {
    let contacts: Vec<&Json> = contacts.collect();
    let mut text = format!("{:#}", json!({ "contacts": contacts }));
    text.push('\n');
    text
}

/// A text member.
pub(crate) fn text<'c>(contact: &'c Json, member: &str) -> Option<&'c str> {
    contact.get(member).and_then(Json::as_str)
}
