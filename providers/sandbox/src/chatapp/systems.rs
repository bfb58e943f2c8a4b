//! Business systems of a channel and their signatures. All of it [assumed]: only a console panel is known.
//!
//! A signature is shown once, when it is made, and kept as a hash. It must not call the system's URL.

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::settings::SignatureOnRead;
use super::{Operation, VENDOR, channel, done, errors, page_of, pick};
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

const KIND: &str = "business_system";
/// A signature that was refreshed for a URL before its system exists.
const DRAFT: &str = "signature_draft";

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::assumed(
        "CreateBusinessSystem",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemName", Type::Text),
            must("ApiUrl", Type::Text),
            may("Signature", Type::Text),
            may("Remark", Type::Text),
        ],
        create,
    ),
    Operation::assumed(
        "QueryBusinessSystem",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
        ],
        query,
    ),
    Operation::assumed(
        "ListBusinessSystem",
        &[
            must("CustSpaceId", Type::Text),
            may("PageIndex", Type::Integer),
            may("PageSize", Type::Integer),
        ],
        list,
    ),
    Operation::assumed(
        "UpdateBusinessSystem",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
            may("SystemName", Type::Text),
            may("ApiUrl", Type::Text),
            may("Signature", Type::Text),
            may("Remark", Type::Text),
        ],
        update,
    ),
    Operation::assumed(
        "RefreshBusinessSystemSignature",
        &[
            must("CustSpaceId", Type::Text),
            may("SystemId", Type::Text),
            may("ApiUrl", Type::Text),
        ],
        refresh,
    ),
    Operation::assumed(
        "DeleteBusinessSystem",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
        ],
        delete,
    ),
];

fn refuse<T>(world: &mut World, code: &str, message: &str) -> Result<T, Refusal> {
    Err(errors::business(world, code, message))
}

/// The system of this id in this channel, or that there is none.
pub(crate) fn find(world: &mut World, space: &str, id: &str) -> Result<Value, Refusal> {
    channel(world, space)?;
    match world.store.get(VENDOR, KIND, &format!("{space}/{id}"))? {
        Some(system) => Ok(system),
        None => refuse(
            world,
            "BusinessSystem.NotExist",
            "The business system does not exist.",
        ),
    }
}

fn rendered(world: &World, system: &Value) -> Value {
    let mut shown = pick(system, &["SystemId", "SystemName", "ApiUrl", "Remark"]);
    let signed = !system["signature_sha256"].is_null();
    if signed && world.settings.chatapp.signature_on_read == SignatureOnRead::Masked {
        shown["Signature"] = "********".into();
    }
    shown
}

/// An https URL with host, without fragment and user.
fn is_api_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|u| {
        u.scheme() == "https"
            && u.has_host()
            && u.fragment().is_none()
            && u.username().is_empty()
            && u.password().is_none()
    }) && !text.contains(char::is_whitespace)
}

/// Lays the parameters of a create or an update over a system.
fn lay(world: &mut World, args: &Args, space: &str, system: &mut Value) -> Result<(), Refusal> {
    if let Some(name) = args.opt("SystemName") {
        if name.trim() != name || name.is_empty() || name.chars().count() > 64 {
            return refuse(
                world,
                "InvalidParameter.SystemName",
                "SystemName has 1 to 64 characters and no blanks around it.",
            );
        }
        let others = world.store.children(VENDOR, KIND, space)?;
        if others
            .iter()
            .any(|o| o["SystemName"] == name && o["id"] != system["id"])
        {
            return refuse(
                world,
                "InvalidParameter.SystemNameExist",
                "A business system with this name exists in the channel.",
            );
        }
        system["SystemName"] = name.into();
    }
    if let Some(url) = args.opt("ApiUrl") {
        if !is_api_url(url) {
            return refuse(
                world,
                "InvalidParameter.ApiUrl",
                "ApiUrl must be an absolute https URL without fragment and user.",
            );
        }
        system["ApiUrl"] = url.into();
    }
    if let Some(remark) = args.opt("Remark") {
        if remark.chars().count() > 256 {
            return refuse(
                world,
                "InvalidParameter.Remark",
                "Remark has at most 256 characters.",
            );
        }
        system["Remark"] = remark.into();
    }
    if let Some(signature) = args.opt("Signature") {
        let draft = draft_id(space, system["ApiUrl"].as_str().unwrap_or_default());
        let known = world.store.get(VENDOR, DRAFT, &draft)?;
        let hash = sha256_hex(signature);
        if known.is_none_or(|d| d["signature_sha256"] != hash) {
            return refuse(
                world,
                "InvalidParameter.Signature",
                "The signature is not the last one that was refreshed for this URL.",
            );
        }
        world.store.delete(VENDOR, DRAFT, &draft)?;
        system["signature_sha256"] = hash.into();
    }
    Ok(())
}

fn draft_id(space: &str, url: &str) -> String {
    format!("{space}/{}", sha256_hex(url))
}

fn create(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    channel(world, &space)?;
    let most = world.settings.chatapp.max_business_systems;
    if most > 0 && world.store.children(VENDOR, KIND, &space)?.len() >= most {
        return refuse(
            world,
            "BusinessSystem.LimitExceeded",
            "The channel has as many business systems as it may have.",
        );
    }
    let label = format!(
        "chatapp business_system {space} {}",
        args.text("SystemName")
    );
    let system_id = world.new_id(&label)?;
    let id = format!("{space}/{system_id}");
    let mut system = json!({ "id": id, "CustSpaceId": space, "SystemId": system_id });
    lay(world, args, &space, &mut system)?;
    world.store.put(VENDOR, KIND, &id, &system)?;
    world.effect("create", KIND, &id);
    done(world, json!({ "Data": { "SystemId": system_id } }))
}

fn query(world: &mut World, args: &Args) -> Answer {
    let system = find(world, args.text("CustSpaceId"), args.text("SystemId"))?;
    let shown = rendered(world, &system);
    done(world, json!({ "Data": shown }))
}

fn list(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId");
    channel(world, space)?;
    let all: Vec<Value> = world
        .store
        .children(VENDOR, KIND, space)?
        .iter()
        .map(|s| rendered(world, s))
        .collect();
    let total = all.len();
    let page = page_of(
        world,
        args.integer("PageIndex"),
        args.integer("PageSize"),
        all,
    )?;
    done(world, json!({ "Data": page, "TotalCount": total }))
}

fn update(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    let mut system = find(world, &space, args.text("SystemId"))?;
    lay(world, args, &space, &mut system)?;
    let id = system["id"].as_str().unwrap_or_default().to_owned();
    world.store.put(VENDOR, KIND, &id, &system)?;
    world.effect("update", KIND, &id);
    done(world, json!({}))
}

fn refresh(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    channel(world, &space)?;
    let (id, kind, mut body) = match (args.opt("SystemId"), args.opt("ApiUrl")) {
        (Some(id), None) => {
            let system = find(world, &space, id)?;
            (format!("{space}/{id}"), KIND, system)
        }
        (None, Some(url)) if is_api_url(url) => {
            let id = draft_id(&space, url);
            (id.clone(), DRAFT, json!({ "id": id, "CustSpaceId": space }))
        }
        (None, Some(_)) => {
            return refuse(
                world,
                "InvalidParameter.ApiUrl",
                "ApiUrl must be an absolute https URL without fragment and user.",
            );
        }
        _ => {
            return refuse(
                world,
                "InvalidParameter",
                "Either SystemId or ApiUrl is needed.",
            );
        }
    };
    let signature = world.new_secret(&format!("chatapp signature {id}"))?;
    body["signature_sha256"] = sha256_hex(&signature).into();
    world.store.put(VENDOR, kind, &id, &body)?;
    world.issue(&signature)?;
    world.effect("secret_reset", kind, &id);
    done(world, json!({ "Data": { "Signature": signature } }))
}

fn delete(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    let system = find(world, &space, args.text("SystemId"))?;
    let intents = super::intents::of_system(world, &space, args.text("SystemId"))?;
    if !intents.is_empty() && !world.settings.chatapp.system_delete_cascades {
        return refuse(
            world,
            "BusinessSystem.HasIntent",
            "The business system has intents; delete them first.",
        );
    }
    for intent in intents {
        let id = intent["id"].as_str().unwrap_or_default().to_owned();
        world.store.delete(VENDOR, "intent", &id)?;
        world.effect("delete", "intent", &id);
    }
    let id = system["id"].as_str().unwrap_or_default().to_owned();
    world.store.delete(VENDOR, KIND, &id)?;
    world.effect("delete", KIND, &id);
    done(world, json!({}))
}
