//! Service definitions: one object a contact centre and name.
//!
//! Create: reference document; read, whole-object `PUT`, delete and list: [assumed]. A `secret` is not kept,
//! only its hashes; reads never show it.

use serde_json::{Value, json};

use super::{VENDOR, access, envelope, kinds};
use crate::http::{Reply, Request};
use crate::settings::SecretOnRead;
use crate::world::{Answer, Refusal, World};

/// `/nexus/v3/provisioning/services/{ccid}[/{name}]`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    ccid: &str,
    name: Option<&str>,
) -> Answer {
    access::provisioning(world, request, ccid)?;
    let Some(name) = name else {
        return match request.method.as_str() {
            "GET" => {
                let services = world.store.children(VENDOR, "service", ccid)?;
                Ok(envelope::ok(
                    200,
                    services.iter().map(|s| render(world, s)).collect(),
                ))
            }
            _ => Err(envelope::method_not_allowed(request)),
        };
    };
    let id = format!("{ccid}/{name}");
    let old = world.store.get(VENDOR, "service", &id)?;
    match request.method.as_str() {
        "GET" => {
            let shown = match world.hear_echo("service", &id) {
                Some(echo) => echo,
                None => old,
            };
            match shown {
                Some(service) => Ok(envelope::ok(200, render(world, &service))),
                None => Err(envelope::not_found("the service")),
            }
        }
        "POST" if old.is_some() => {
            parse(world, request, ccid, name)?;
            Err(envelope::error(409, 1, "The service exists already"))
        }
        "PUT" if old.is_none() => Err(envelope::not_found("the service")),
        "POST" | "PUT" => {
            let service = parse(world, request, ccid, name)?;
            world.store.put(VENDOR, "service", &id, &service)?;
            world.effect(
                if old.is_some() { "update" } else { "create" },
                "service",
                &id,
            );
            let status = if old.is_some() { 200 } else { 201 };
            world.leave_echo("service", &id, old, world.settings.stale_reads);
            Ok(envelope::ok(status, render(world, &service)))
        }
        "DELETE" => {
            if old.is_none() {
                return Err(envelope::not_found("the service"));
            }
            refuse_in_use(world, ccid, name)?;
            world.store.delete(VENDOR, "service", &id)?;
            world.effect("delete", "service", &id);
            world.leave_echo("service", &id, None, 0);
            Ok(Reply::empty(204))
        }
        _ => Err(envelope::method_not_allowed(request)),
    }
}

fn render(world: &World, service: &Value) -> Value {
    let mut out =
        json!({ "ccid": service["ccid"], "name": service["name"], "data": service["data"] });
    if !service["url"].is_null() {
        out["url"] = service["url"].clone();
    }
    if world.settings.service_secret == SecretOnRead::Masked {
        out["secret"] = kinds::masked(&service["secret_sha256"]);
    }
    out
}

/// The service as it is stored, or the proper refusal.
fn parse(world: &World, request: &Request, ccid: &str, name: &str) -> Result<Value, Refusal> {
    if !kinds::NAMES.contains(&name) && !world.settings.any_service_name {
        let message = format!("The service name is not one of {}", kinds::NAMES.join(", "));
        return Err(envelope::error(400, 7, &message));
    }
    let body = envelope::json_body(request)?;
    envelope::settle(&kinds::problems(name, &body))?;
    if name == "SMS" && world.settings.service_dependencies {
        for needed in kinds::needed_by_sms(&body["data"]) {
            if world
                .store
                .get(VENDOR, "service", &format!("{ccid}/{needed}"))?
                .is_none()
            {
                let message =
                    format!("The service SMS needs the service {needed}, which does not exist");
                return Err(envelope::error(400, 8, &message));
            }
        }
    }
    let mut service = json!({ "id": format!("{ccid}/{name}"), "ccid": ccid, "name": name, "data": body["data"],
                              "secret_sha256": kinds::hashed(&body["secret"]) });
    if !body["url"].is_null() {
        service["url"] = body["url"].clone();
    }
    Ok(service)
}

fn refuse_in_use(world: &World, ccid: &str, name: &str) -> Result<(), Refusal> {
    if name == "SMS" || !world.settings.service_dependencies {
        return Ok(());
    }
    let sms = world
        .store
        .get(VENDOR, "service", &format!("{ccid}/SMS"))?
        .unwrap_or(Value::Null);
    if kinds::held_by_sms(&sms["data"]).contains(&name) {
        return Err(envelope::error(
            409,
            2,
            "The service SMS uses this service; delete or change SMS first",
        ));
    }
    Ok(())
}
