//! `acrobits_user`: a person with the account that provisioning gives the app, and the contact that others see.
//!
//! A declaration: it is rendered, and published by `acrobits_contact_list` and `acrobits_provisioning_set`. The password
//! has to be in the account, so it cannot be write-only; everything that it is part of is sensitive.

use serde_json::{Map, Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, ReadRequest, ValidateRequest,
};
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, NestedBlock, Nesting, Schema, Type, Value,
};

use crate::app::{failed, imported};
use crate::client::Client;
use crate::publish::set;
use crate::render::account::{self, Account};
use crate::render::{contact, csv};
use crate::rules;

/// The resource type.
pub(crate) const USER: &str = "acrobits_user";

/// The resource.
pub(crate) struct User;

/// What a user is imported as.
const IMPORT: &str = "A user is imported as `CLOUDID/cloudUsername`, followed by `,TARGET:KEY` of its published account XML and \
    `,TARGET:KEY` of a published contact list where there are such, e.g. \
    `ACME/john.doe,s3:provisioning/ACME/john.doe.xml,http:contacts/myNetwork.json`.";

/// Whether everything that is rendered is known.
fn is_known(user: &Value) -> bool {
    let computed = ["id", "effective_network_id", "contact", "account", "record"];
    let fields = user.as_fields().into_iter().flat_map(|f| f.iter());
    fields
        .filter(|(name, _)| !computed.contains(&&***name))
        .all(|(_, value)| value.is_wholly_known())
}

/// The Network ID of a user: that of provisioning, else the Cloud ID [seed].
fn network(user: &Value) -> Option<&str> {
    if attrs::has_unknown(user, "network_id") {
        return None;
    }
    attrs::text(user, "network_id").or_else(|| attrs::text(user, "cloud_id"))
}

/// The SMS numbers of a user, with their carriers.
pub(crate) fn numbers(user: &Value) -> Vec<(String, String)> {
    let pair = |n: &Value| {
        let text = |name: &str| attrs::text(n, name).unwrap_or_default().to_owned();
        (text("carrier"), text("number"))
    };
    attrs::items(user, "sms_number").iter().map(pair).collect()
}

/// The further nodes of the account.
pub(crate) fn extras(user: &Value) -> impl Iterator<Item = (&str, &str)> {
    let of = |name: &str| user.attr(name).and_then(Value::as_fields);
    let fields = [of("extra"), of("extra_secrets")];
    let fields = fields.into_iter().flatten().flat_map(|f| f.iter());
    fields.filter_map(|(name, value)| Some((&**name, value.as_str()?)))
}

fn account(user: &Value) -> Account {
    let mut nodes = Vec::new();
    let mut put = |node: &str, text: Option<&str>| {
        nodes.extend(text.map(|text| (node.to_owned(), text.to_owned())));
    };
    put("username", attrs::text(user, "sip_username"));
    put("password", attrs::text(user, "sip_password"));
    put("networkId", attrs::text(user, "network_id"));
    if attrs::flag(user, "cloud_login_in_account") == Some(true) {
        put("cloud_username", attrs::text(user, "cloud_username"));
        put("cloud_password", attrs::text(user, "cloud_password"));
    }
    for (name, text) in extras(user) {
        put(name, Some(text));
    }
    Account {
        nodes,
        numbers: numbers(user),
    }
}

fn record(user: &Value) -> Json {
    let mut parts = Map::new();
    for (column, name) in [
        ("cloud_username", "cloud_username"),
        ("cloud_password", "cloud_password"),
        ("username", "sip_username"),
        ("password", "sip_password"),
        ("display_name", "display_name"),
        ("first_name", "fname"),
        ("last_name", "lname"),
        ("avatar", "avatar"),
        ("networkId", "network_id"),
    ] {
        if let Some(text) = attrs::text(user, name) {
            parts.insert(column.into(), json!(text));
        }
    }
    let phone = |entry: &Value| {
        let uri = attrs::text(entry, "uri").unwrap_or_default();
        match attrs::text(entry, "label") {
            Some(label) => json!(format!("{label}:{uri}")),
            None => json!(uri),
        }
    };
    let phones = attrs::items(user, "entry")
        .iter()
        .filter(|e| contact::kind(e) == "tel");
    let sms = numbers(user)
        .into_iter()
        .map(|(carrier, number)| json!([carrier, number]));
    let extra = extras(user).map(|(name, text)| (name.to_owned(), json!(text)));
    csv::record(
        parts,
        phones.map(phone).collect(),
        sms.collect(),
        extra.collect(),
    )
}

/// The user with what follows from its arguments, as far as they are known.
fn derived(user: &Value) -> Value {
    let set = |user: Value, name: &str, value: Option<Value>| match value {
        Some(value) => attrs::set(&user, name, value),
        None => attrs::set(&user, name, Value::unknown(Type::String)),
    };
    let cloud_id = attrs::text(user, "cloud_id");
    let username = attrs::text(user, "cloud_username");
    let id = cloud_id
        .zip(username)
        .map(|(c, u)| Value::string(format!("{c}/{u}")));
    let network = network(user).map(Value::from);
    let mut made = set(
        set(user.clone(), "id", id),
        "effective_network_id",
        network.clone(),
    );
    let known = is_known(user);
    let shown = known.then(|| {
        let id = attrs::text(user, "contact_id")
            .or(username)
            .unwrap_or_default();
        let network = network.as_ref().and_then(Value::as_str).unwrap_or_default();
        let messaging = username.map(|username| (username, network));
        let listed = attrs::flag(user, "listed") != Some(false);
        let json = listed.then(|| contact::contact(user, id, messaging).to_string());
        attrs::string_or_null(json)
    });
    made = set(made, "contact", shown);
    made = set(
        made,
        "account",
        known.then(|| Value::string(account(user).render())),
    );
    set(
        made,
        "record",
        known.then(|| Value::string(record(user).to_string())),
    )
}

impl Resource<Client> for User {
    fn type_name(&self) -> &'static str {
        USER
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        let number = Block::new("An SMS number of the user.")
            .attribute(
                "carrier",
                text("The carrier: sinch or bandwidth.").required(),
            )
            .attribute("number", text("The number, digits only.").required());
        let all = [
            ("id", text("`CLOUDID/cloudUsername`.").computed()),
            ("cloud_id", text("The app's Cloud ID. A change is a replacement.").required()),
            ("cloud_username", text("What the user logs in with. A change is a replacement.").required()),
            ("cloud_password", text("What the user logs in with; for the sample service plain or `bcrypt:<hash>`.").optional().sensitive()),
            ("cloud_login_in_account", of(Type::Bool, "Whether the account has cloud_username and cloud_password too.").optional()),
            ("network_id", text("The Network ID that provisioning gives; needed in multi-tenant apps.").optional()),
            ("sip_username", text("The SIP user.").required()),
            ("sip_password", text("The SIP password.").required().sensitive()),
            ("contact_id", text("Once a list; the Cloud Username by default.").optional()),
            ("extra", of(Type::map(Type::String), "Further nodes of the account, such as title or host.").optional()),
            ("extra_secrets", of(Type::map(Type::String), "The same for secrets.").optional().sensitive()),
            ("listed", of(Type::Bool, "Whether others see the user in their contacts; true by default. If not, `contact` is null.").optional().computed()),
            ("effective_network_id", text("The Network ID, or the Cloud ID where there is none.").computed()),
            ("contact", text("The contact as JSON, for `contacts` of a contact list.").computed()),
            ("account", text("The account as XML, for `accounts` of a provisioning set.").computed().sensitive()),
            ("record", text("The user as JSON, for `users` of a provisioning set in the format csv.").computed().sensitive()),
        ];
        let block = Block::new("A user of an app. A declaration: others publish it.");
        let block = all.into_iter().fold(block, |block, (name, attribute)| {
            block.attribute(name, attribute)
        });
        let block = block.nested("sms_number", NestedBlock::new(Nesting::List, number));
        Schema {
            version: 0,
            block: contact::described(block),
        }
    }

    fn effects(&self) -> Effects {
        Effects::None
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cloud_id", "cloud_username"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("listed", Value::bool(true))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::user(&request.config)
    }

    fn plan<'a>(&'a self, client: Option<&'a Client>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        if draft.action != Action::Delete {
            keep_secrets(client, &draft.planned);
            draft.planned = derived(&draft.planned);
        }
        Box::pin(std::future::ready(draft))
    }

    fn create<'a>(&'a self, client: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        keep_secrets(Some(client), &request.planned);
        Box::pin(std::future::ready(Outcome::is(derived(&request.planned))))
    }

    fn read<'a>(&'a self, _: &'a Client, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(derived(&request.state))))
    }

    fn update<'a>(&'a self, client: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        self.create(client, request)
    }

    fn delete<'a>(&'a self, _: &'a Client, _: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::gone()))
    }

    fn import<'a>(
        &'a self,
        client: &'a Client,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        Box::pin(async move {
            match import(client, &request).await {
                Ok(state) => imported(&state),
                Err(problem) => failed(problem),
            }
        })
    }
}

/// Makes sure that no message shows a password.
fn keep_secrets(client: Option<&Client>, user: &Value) {
    let Some(client) = client else { return };
    let texts = ["sip_password", "cloud_password"].map(|name| attrs::text(user, name));
    texts
        .into_iter()
        .flatten()
        .for_each(|secret| client.keep_secret(secret));
    let extra = user.attr("extra_secrets").and_then(Value::as_fields);
    for value in extra.into_iter().flat_map(|f| f.values()) {
        value
            .as_str()
            .into_iter()
            .for_each(|secret| client.keep_secret(secret));
    }
}

/// The document that an import id names as `TARGET:KEY`.
pub(crate) async fn document(client: &Client, name: &str) -> Result<String, Diagnostic> {
    let (target, key) = name.split_once(':').ok_or_else(|| {
        Diagnostic::error(
            "Invalid Import Id",
            format!("{name:?} is not `TARGET:KEY`."),
        )
    })?;
    let mut found = set::imported(client, target, &[key.to_owned()]).await?;
    let bytes = found.pop().map(|(_, bytes, _)| bytes).unwrap_or_default();
    String::from_utf8(bytes).map_err(|_| {
        Diagnostic::error(
            "Unreadable Document",
            format!("The document {name:?} is not UTF-8."),
        )
    })
}

/// The contact of a published list that `chosen` chooses.
pub(crate) async fn listed(
    client: &Client,
    name: &str,
    chosen: impl Fn(&Json) -> bool,
) -> Result<Json, Diagnostic> {
    let text = document(client, name).await?;
    let json: Json = serde_json::from_str(&text).unwrap_or_default();
    let contacts = json["contacts"].as_array().cloned().unwrap_or_default();
    let problem = || {
        let text = format!("The document {name:?} has no such contact.");
        Diagnostic::error("Contact Not Found", text)
    };
    contacts.into_iter().find(|c| chosen(c)).ok_or_else(problem)
}

async fn import(client: &Client, request: &ImportRequest) -> Result<Json, Diagnostic> {
    let mut parts = request.id.split(',');
    let own = parts.next().and_then(|own| own.split_once('/'));
    let Some((cloud_id, username)) = own.filter(|(c, u)| !c.is_empty() && !u.is_empty()) else {
        return Err(Diagnostic::error("Invalid Import Id", IMPORT));
    };
    let mut state = json!({"cloud_id": cloud_id, "cloud_username": username, "listed": true});
    for name in parts {
        if name.ends_with(".json") {
            let mine = |c: &Json| contact::text(c, "cloudUsername") == Some(username);
            let found = listed(client, name, mine).await?;
            for (attribute, value) in contact::attributes(&found) {
                state[attribute] = value;
            }
            let own = contact::text(&found, "contactId").filter(|id| *id != username);
            state["contact_id"] = json!(own);
            continue;
        }
        let text = document(client, name).await?;
        let unreadable = || {
            let text = format!("The document {name:?} is not one account as XML.");
            Diagnostic::error("Unreadable Document", text)
        };
        let mut found = account::read(&text).map_err(|_| unreadable())?;
        let (Some(found), 0) = (found.pop(), found.len()) else {
            return Err(unreadable());
        };
        state["sip_username"] = json!(found.text("username"));
        state["sip_password"] = json!(found.text("password"));
        state["network_id"] = json!(found.text("networkId"));
        if found.text("cloud_username").is_some() {
            state["cloud_login_in_account"] = json!(true);
            state["cloud_password"] = json!(found.text("cloud_password"));
        }
        let own = [
            "username",
            "password",
            "networkId",
            "cloud_username",
            "cloud_password",
        ];
        // Which of them are secrets, an account does not tell.
        let secrets = request.config.attr("extra_secrets");
        let is_secret = |node: &str| secrets.is_some_and(|s| s.attr(node).is_some());
        let others = found.nodes.iter();
        let others = others.filter(|(node, _)| !own.contains(&node.as_str()));
        let (secrets, extra): (Vec<_>, Vec<_>) = others.partition(|(node, _)| is_secret(node));
        for (attribute, nodes) in [("extra", extra), ("extra_secrets", secrets)] {
            let nodes = nodes
                .into_iter()
                .map(|(node, text)| (node.clone(), json!(text)));
            let nodes: Map<String, Json> = nodes.collect();
            if !nodes.is_empty() {
                state[attribute] = nodes.into();
            }
        }
        let numbers = found.numbers();
        let numbers = numbers
            .iter()
            .map(|(c, n)| json!({"carrier": c, "number": n}));
        state["sms_number"] = numbers.collect::<Vec<_>>().into();
    }
    Ok(state)
}
