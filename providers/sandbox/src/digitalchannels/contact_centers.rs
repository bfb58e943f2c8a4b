//! Contact centres of the environment service: list and settings, read only.
//!
//! Basic authentication with the operator's credentials; the list call is [assumed], the settings call public.

use serde_json::{Value, json};

use super::{VENDOR, envelope, seed};
use crate::http::Request;
use crate::world::{Answer, World};

/// `/environment/v3/contact-centers[/{ccid}[/settings]]`.
pub(crate) fn route(world: &mut World, request: &Request, rest: &[&str]) -> Answer {
    let known = [
        (seed::AUTH_CLIENT_ID, seed::AUTH_CLIENT_SECRET),
        (seed::AUTH_USERNAME, seed::AUTH_PASSWORD),
    ];
    let given = request.basic();
    if !given.is_some_and(|(user, password)| known.contains(&(user.as_str(), password.as_str()))) {
        return Err(envelope::error(
            401,
            7,
            "Basic authentication with the operator's credentials is required",
        ));
    }
    if request.method != "GET" {
        return Err(envelope::method_not_allowed(request));
    }
    match rest {
        [] => {
            let all: Vec<Value> = world.store.list(VENDOR, "contact_center")?;
            Ok(envelope::ok(200, json!({ "contactCenters": all })))
        }
        [ccid] | [ccid, "settings"] => {
            let Some(found) = world.store.get(VENDOR, "contact_center", ccid)? else {
                return Err(envelope::not_found("the contact centre"));
            };
            Ok(envelope::ok(
                200,
                if rest.len() == 1 {
                    found
                } else {
                    json!({ "settings": [] })
                },
            ))
        }
        _ => Err(envelope::not_found("the path")),
    }
}
