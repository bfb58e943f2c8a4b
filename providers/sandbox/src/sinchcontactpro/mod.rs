//! Sinch Contact Pro: the Restful Configuration Interface (RCI) in its three deployments, and the cloud login.
//!
//! Routes only: which path and method goes where, after authentication. It must not share anything with the
//! provider that it judges.

mod access;
mod authentications;
mod errors;
mod lists;
mod memberships;
mod queues;
pub(crate) mod seed;
mod service_rules;
mod services;
mod users;

use access::Mode;

use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

pub(crate) use errors::fault_body;

/// The vendor's name in the store.
pub(crate) const VENDOR: &str = "sinchcontactpro";

/// The path of a service's base URL: shapes of the three deployments (public).
pub(crate) fn base_path(service: &str) -> &'static str {
    match service {
        "sinchcontactpro.login" => "/acme/ecfs",
        "sinchcontactpro.onpremise" => "/RI/rci",
        "sinchcontactpro.rci" => "/p/rci",
        "sinchcontactpro.session" => "/acme/ecfs/RI/rci",
        _ => "",
    }
}

/// Answers a request to one of the four services.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    let path = request.path.as_str();
    let inside = path
        .strip_prefix(base_path(request.service))
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(inside) = inside else {
        return Err(errors::not_found(world, "the path"));
    };
    let mode = match request.service {
        "sinchcontactpro.login" => {
            return match (inside, request.method.as_str()) {
                ("/authentication", "POST") => access::log_in(world, request),
                ("/authentication", _) => Ok(Reply::empty(405).with_header("allow", "POST")),
                _ => Err(errors::not_found(world, "the path")),
            };
        }
        "sinchcontactpro.rci" => Mode::ApiKey,
        "sinchcontactpro.session" => Mode::Session,
        _ => Mode::Basic,
    };
    rci(world, request, mode)
}

/// Everything below `…/rci`.
fn rci(world: &mut World, request: &Request, mode: Mode) -> Answer {
    let caller = access::authenticate(world, request, mode)?;
    errors::negotiate(world, request)?;
    if request.slash {
        return Err(errors::not_found(
            world,
            "the path (it must not end with a slash)",
        ));
    }
    let all = request.seg();
    let depth = base_path(request.service).split('/').count() - 1;
    match &all[depth.min(all.len())..] {
        ["messagingServices", rest @ ..] => services::route(world, request, &caller, rest),
        ["users", rest @ ..] => users::route(world, request, &caller, rest),
        ["queues", rest @ ..] => queues::route(world, request, &caller, rest),
        [
            collection @ ("roles" | "userGroups" | "queueGroups"),
            rest @ ..,
        ] => read_only(world, request, &caller, collection, rest),
        _ => Err(errors::not_found(world, "the path")),
    }
}

/// Collections that people prepare in System Configurator; here they can only be found.
fn read_only(
    world: &mut World,
    request: &Request,
    caller: &access::Caller,
    collection: &str,
    rest: &[&str],
) -> Answer {
    let (kind, right) = match collection {
        "roles" => ("role", "UserRole"),
        "userGroups" => ("user_group", "UserGroup"),
        _ => ("queue_group", "QueueGroup"),
    };
    if rest.len() > 1 {
        return Err(errors::not_found(world, "the path"));
    }
    if request.method != "GET" {
        return Err(errors::method_not_allowed(world, request));
    }
    caller.require(world, right, "View")?;
    let shape = lists::Shape {
        names: &["name"],
        fields: &["description"],
    };
    match rest {
        [id] => {
            let found = world.store.get(VENDOR, kind, id)?;
            let found = found.ok_or_else(|| errors::not_found(world, collection))?;
            Ok(Reply::json(200, lists::without(&found, &["rights"])))
        }
        _ => {
            let rows = world.store.list(VENDOR, kind)?;
            let rows = rows
                .iter()
                .map(|r| lists::without(r, &["rights"]))
                .collect();
            lists::answer(world, request, &shape, rows)
        }
    }
}

/// 32 characters, as RCI's ids are (public).
fn new_id(world: &mut World, label: &str) -> Result<String, Refusal> {
    let id = world.new_id(&format!("{VENDOR} {label}"))?;
    Ok(id.replace('-', "").to_ascii_uppercase())
}

/// The answer to a `POST`: the id as text, and a `Location` (public for the sister interface).
fn created(request: &Request, id: &str) -> Reply {
    Reply {
        status: 201,
        headers: vec![("location".into(), format!("{}/{id}", request.path))],
        content_type: "text/html",
        body: id.as_bytes().to_vec(),
    }
}
