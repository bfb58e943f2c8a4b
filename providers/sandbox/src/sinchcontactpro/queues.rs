//! Queues and their addresses.
//!
//! The form of an address: reference document; that `GET /queues` exists: public; everything else about both
//! collections is [assumed].

use serde_json::{Value, json};

use super::access::Caller;
use super::{VENDOR, created, errors, lists, new_id};
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const RIGHT: &str = "Queue";

const QUEUE: &str = "queue";
const NUMBER: &str = "queue_number";

const QUEUE_FIELDS: &[&str] = &[
    "id",
    "name",
    "channelType",
    "queueGroup",
    "priority",
    "queueLength",
];

const QUEUES: lists::Shape = lists::Shape {
    names: &["name"],
    fields: &["channelType", "queueGroup", "priority", "queueLength"],
};

const NUMBERS: lists::Shape = lists::Shape {
    names: &["address"],
    fields: &["smsSenderId"],
};

/// The subchannels of the Conversation API.
const SUBCHANNELS: &[&str] = &[
    "whatsapp",
    "nativechannel",
    "facebook",
    "viber-bot",
    "instagram",
    "viber",
    "telegram",
    "line",
    "rcs",
    "sms",
];

/// Everything below `/queues`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    let method = request.method.as_str();
    let Some((id, below)) = rest.split_first() else {
        return match method {
            "GET" => {
                caller.require(world, RIGHT, "View")?;
                let rows = world.store.list(VENDOR, QUEUE)?;
                lists::answer(world, request, &QUEUES, rows)
            }
            "POST" => {
                caller.require(world, RIGHT, "Create")?;
                save_queue(world, request, None)
            }
            _ => Err(errors::method_not_allowed(world, request)),
        };
    };
    let true_one = world.store.get(VENDOR, QUEUE, id)?;
    let shown = match world.hear_echo("contactpro queue", id) {
        Some(echo) if method == "GET" => echo,
        _ => true_one,
    };
    let queue = shown.ok_or_else(|| errors::not_found(world, "the queue"))?;
    match (below, method) {
        ([], "GET") => {
            caller.require(world, RIGHT, "View")?;
            Ok(Reply::json(200, queue))
        }
        ([], "PUT") => {
            caller.require(world, RIGHT, "Modify")?;
            save_queue(world, request, Some(&queue))
        }
        ([], "DELETE") => {
            caller.require(world, RIGHT, "View")?;
            caller.require(world, RIGHT, "Delete")?;
            for number in world.store.children(VENDOR, NUMBER, id)? {
                let number = number["id"].as_str().unwrap_or_default();
                world.store.delete(VENDOR, NUMBER, number)?;
                world.effect("delete", NUMBER, number);
            }
            world.store.delete(VENDOR, QUEUE, id)?;
            world.effect("delete", QUEUE, id);
            world.leave_echo("contactpro queue", id, None, 0);
            Ok(Reply::empty(204))
        }
        ([], _) => Err(errors::method_not_allowed(world, request)),
        (["numbers"], _) => numbers(world, request, caller, &queue),
        (["numbers", number], _) => number_call(world, request, caller, &queue, number),
        _ => Err(errors::not_found(world, "the path")),
    }
}

fn save_queue(world: &mut World, request: &Request, old: Option<&Value>) -> Answer {
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body, "", &[QUEUE_FIELDS])?;
    let name = check.text("name", true).unwrap_or_default().to_owned();
    if name.chars().count() > 400 {
        check.fail("name", "invalid.value", "must have at most 400 characters");
    }
    let channel = check.choice("channelType", true, &["Chat", "Phone", "E-Mail"]);
    let group = check.text("queueGroup", false);
    let priority = check.integer("priority", false);
    let length = check.integer("queueLength", false).unwrap_or(-1);
    if length < -1 {
        check.fail("queueLength", "invalid.value", "must be -1 or more");
    }
    match old {
        None if check.has("id") => check.fail("id", "invalid.property", "is made by the service"),
        Some(old) if check.has("id") && body["id"] != old["id"] => {
            check.fail("id", "invalid.value", "is not the id of the path");
        }
        _ => {}
    }
    if old.is_some_and(|old| channel.is_some_and(|c| old["channelType"] != c)) {
        check.fail("channelType", "invalid.value", "cannot be changed");
    }
    errors::settle(world, &check.problems)?;
    if let Some(group) = group
        && world.store.get(VENDOR, "queue_group", group)?.is_none()
    {
        let message = "queueGroup is not the id of a queue group";
        return Err(errors::error(world, 400, message));
    }
    if world.settings.contactpro_unique_names {
        let same = world.store.named(VENDOR, QUEUE, &name.to_lowercase())?;
        let mine = old.map_or(&Value::Null, |o| &o["id"]);
        if same.iter().any(|q| q["id"] != *mine) {
            let message = "A queue of this name exists already";
            return Err(errors::error(world, 409, message));
        }
    }
    let id = match old {
        Some(old) => old["id"].as_str().unwrap_or_default().to_owned(),
        None => new_id(world, &format!("queue {name}"))?,
    };
    let mut queue =
        json!({ "id": id, "name": name, "channelType": channel, "queueLength": length });
    if let Some(group) = group {
        queue["queueGroup"] = group.into();
    }
    if let Some(priority) = priority {
        queue["priority"] = priority.into();
    }
    world.store.put(VENDOR, QUEUE, &id, &queue)?;
    world.effect(if old.is_some() { "update" } else { "create" }, QUEUE, &id);
    let reads = world.settings.contactpro_stale_reads;
    world.leave_echo("contactpro queue", &id, old.cloned(), reads);
    Ok(match old {
        Some(_) => Reply::empty(204),
        None => created(request, &id),
    })
}

fn render(number: &Value) -> Value {
    lists::without(number, &["queueId"])
}

fn numbers(world: &mut World, request: &Request, caller: &Caller, queue: &Value) -> Answer {
    match request.method.as_str() {
        "GET" => {
            caller.require(world, RIGHT, "View")?;
            let id = queue["id"].as_str().unwrap_or_default();
            let rows = world.store.children(VENDOR, NUMBER, id)?;
            let rows = rows.iter().map(render).collect();
            lists::answer(world, request, &NUMBERS, rows)
        }
        "POST" => {
            caller.require(world, RIGHT, "Modify")?;
            save_number(world, request, queue, None)
        }
        _ => Err(errors::method_not_allowed(world, request)),
    }
}

fn number_call(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    queue: &Value,
    id: &str,
) -> Answer {
    let found = world.store.get(VENDOR, NUMBER, id)?;
    let found = found.filter(|n| n["queueId"] == queue["id"]);
    let number = found.ok_or_else(|| errors::not_found(world, "the number"))?;
    match request.method.as_str() {
        "GET" => {
            caller.require(world, RIGHT, "View")?;
            Ok(Reply::json(200, render(&number)))
        }
        "PUT" => {
            caller.require(world, RIGHT, "Modify")?;
            save_number(world, request, queue, Some(&number))
        }
        "DELETE" => {
            caller.require(world, RIGHT, "Modify")?;
            world.store.delete(VENDOR, NUMBER, id)?;
            world.effect("delete", NUMBER, id);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::method_not_allowed(world, request)),
    }
}

/// What is wrong with an address of a chat queue, if anything.
fn address_problem(address: &str) -> Option<&'static str> {
    let form = "must be [APP ID]@[subchannel].sinchconversation.com, the app id in capital letters";
    let Some((app, host)) = address.split_once('@') else {
        return Some(form);
    };
    let subchannel = host
        .strip_suffix(".sinchconversation.com")
        .unwrap_or_default();
    let capital = !app.is_empty()
        && app
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    (!capital || !SUBCHANNELS.contains(&subchannel)).then_some(form)
}

fn save_number(world: &mut World, request: &Request, queue: &Value, old: Option<&Value>) -> Answer {
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body, "", &[&["id", "address", "smsSenderId"]])?;
    let address = check.text("address", true).unwrap_or_default();
    let sender = check.text("smsSenderId", false).filter(|s| !s.is_empty());
    let chat = queue["channelType"] == "Chat";
    if !address.is_empty() {
        match address_problem(address) {
            Some(what) if chat => check.fail("address", "invalid.value", what),
            None if !chat => check.fail("address", "invalid.value", "belongs to a chat queue"),
            _ => {}
        }
    }
    if sender.is_some() && !address.ends_with("@sms.sinchconversation.com") {
        check.fail(
            "smsSenderId",
            "invalid.value",
            "belongs to an address of the subchannel sms",
        );
    }
    match old {
        None if check.has("id") => check.fail("id", "invalid.property", "is made by the service"),
        Some(old) if check.has("id") && body["id"] != old["id"] => {
            check.fail("id", "invalid.value", "is not the id of the path");
        }
        _ => {}
    }
    errors::settle(world, &check.problems)?;
    refuse_taken(world, address, old)?;
    let id = match old {
        Some(old) => old["id"].as_str().unwrap_or_default().to_owned(),
        None => new_id(world, &format!("number {address}"))?,
    };
    let mut number = json!({ "id": id, "queueId": queue["id"], "address": address });
    if let Some(sender) = sender {
        number["smsSenderId"] = sender.into();
    }
    world.store.put(VENDOR, NUMBER, &id, &number)?;
    world.effect(if old.is_some() { "update" } else { "create" }, NUMBER, &id);
    Ok(match old {
        Some(_) => Reply::empty(204),
        None => created(request, &id),
    })
}

/// An address is on one queue only.
fn refuse_taken(world: &World, address: &str, old: Option<&Value>) -> Result<(), Refusal> {
    let same = world.store.named(VENDOR, NUMBER, address)?;
    let mine = old.map_or(&Value::Null, |o| &o["id"]);
    if same.iter().any(|n| n["id"] != *mine) {
        return Err(errors::error(
            world,
            409,
            "A queue has this address already",
        ));
    }
    Ok(())
}
