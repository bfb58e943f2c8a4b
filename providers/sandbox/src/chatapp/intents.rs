//! Intents of a business system. All of it [assumed]: only *Add* in a console panel is known.
//!
//! It must not bind an intent to a template: that is done in the console's designer.

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::{Operation, VENDOR, done, errors, page_of, pick, systems, templates};
use crate::world::{Answer, Refusal, World};

const KIND: &str = "intent";

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::assumed(
        "CreateIntent",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
            must("IntentCode", Type::Text),
            must("IntentName", Type::Text),
            may("IntentData", Type::Text),
        ],
        create,
    ),
    Operation::assumed(
        "QueryIntent",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
            must("IntentCode", Type::Text),
        ],
        query,
    ),
    Operation::assumed(
        "ListIntent",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
            may("PageIndex", Type::Integer),
            may("PageSize", Type::Integer),
        ],
        list,
    ),
    Operation::assumed(
        "UpdateIntent",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
            must("IntentCode", Type::Text),
            may("IntentName", Type::Text),
            may("IntentData", Type::Text),
        ],
        update,
    ),
    Operation::assumed(
        "DeleteIntent",
        &[
            must("CustSpaceId", Type::Text),
            must("SystemId", Type::Text),
            must("IntentCode", Type::Text),
        ],
        delete,
    ),
];

const SHOWN: &[&str] = &["SystemId", "IntentCode", "IntentName", "IntentData"];

fn refuse<T>(world: &mut World, code: &str, message: &str) -> Result<T, Refusal> {
    Err(errors::business(world, code, message))
}

/// The intents of a system, oldest first.
pub(crate) fn of_system(world: &World, space: &str, system: &str) -> Result<Vec<Value>, Refusal> {
    let mut all = world.store.children(VENDOR, KIND, space)?;
    all.retain(|i| i["SystemId"] == system);
    Ok(all)
}

fn id_of(args: &Args) -> String {
    let (space, system) = (args.text("CustSpaceId"), args.text("SystemId"));
    format!("{space}/{system}/{}", args.text("IntentCode"))
}

fn find(world: &mut World, args: &Args) -> Result<Value, Refusal> {
    systems::find(world, args.text("CustSpaceId"), args.text("SystemId"))?;
    match world.store.get(VENDOR, KIND, &id_of(args))? {
        Some(intent) => Ok(intent),
        None => refuse(world, "Intent.NotExist", "The intent does not exist."),
    }
}

/// Name and data of a create or an update, checked and laid over the intent.
fn lay(world: &mut World, args: &Args, intent: &mut Value) -> Result<(), Refusal> {
    if let Some(name) = args.opt("IntentName") {
        if name.trim().is_empty() || name.chars().count() > 64 {
            return refuse(
                world,
                "InvalidParameter.IntentName",
                "IntentName has 1 to 64 characters.",
            );
        }
        intent["IntentName"] = name.into();
    }
    if let Some(data) = args.opt("IntentData") {
        let json = data.trim_start().starts_with(['{', '[']);
        if data.len() > 2048 || (json && serde_json::from_str::<Value>(data).is_err()) {
            return refuse(
                world,
                "InvalidParameter.IntentData",
                "IntentData has at most 2048 bytes, and is well-formed if it looks like JSON.",
            );
        }
        intent["IntentData"] = data.into();
    }
    Ok(())
}

fn create(world: &mut World, args: &Args) -> Answer {
    systems::find(world, args.text("CustSpaceId"), args.text("SystemId"))?;
    let code = args.text("IntentCode");
    let fine = code.len() <= 64
        && code.starts_with(|c: char| c.is_ascii_alphabetic())
        && code
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if !fine {
        return refuse(
            world,
            "InvalidParameter.IntentCode",
            "IntentCode starts with a letter and has up to 64 letters, digits, and . _ -.",
        );
    }
    let id = id_of(args);
    if world.store.get(VENDOR, KIND, &id)?.is_some() {
        return refuse(
            world,
            "InvalidParameter.IntentCodeExist",
            "An intent with this code exists in the business system.",
        );
    }
    let mut intent = json!({ "id": id, "CustSpaceId": args.text("CustSpaceId"), "SystemId": args.text("SystemId"), "IntentCode": code });
    lay(world, args, &mut intent)?;
    world.store.put(VENDOR, KIND, &id, &intent)?;
    world.effect("create", KIND, &id);
    done(world, json!({ "Data": { "IntentCode": code } }))
}

fn query(world: &mut World, args: &Args) -> Answer {
    let intent = find(world, args)?;
    done(world, json!({ "Data": pick(&intent, SHOWN) }))
}

fn list(world: &mut World, args: &Args) -> Answer {
    let (space, system) = (args.text("CustSpaceId"), args.text("SystemId"));
    systems::find(world, space, system)?;
    let all = of_system(world, space, system)?;
    let total = all.len();
    let page = page_of(
        world,
        args.integer("PageIndex"),
        args.integer("PageSize"),
        all,
    )?;
    let page: Vec<Value> = page.iter().map(|i| pick(i, SHOWN)).collect();
    done(world, json!({ "Data": page, "TotalCount": total }))
}

fn update(world: &mut World, args: &Args) -> Answer {
    let mut intent = find(world, args)?;
    lay(world, args, &mut intent)?;
    let id = id_of(args);
    world.store.put(VENDOR, KIND, &id, &intent)?;
    world.effect("update", KIND, &id);
    done(world, json!({}))
}

fn delete(world: &mut World, args: &Args) -> Answer {
    find(world, args)?;
    let (space, code) = (args.text("CustSpaceId"), args.text("IntentCode"));
    if world.settings.chatapp.guard_used_intents && templates::uses_intent(world, space, code)? {
        return refuse(
            world,
            "Intent.InUse",
            "A button of a template uses the intent.",
        );
    }
    let id = id_of(args);
    world.store.delete(VENDOR, KIND, &id)?;
    world.effect("delete", KIND, &id);
    done(world, json!({}))
}
