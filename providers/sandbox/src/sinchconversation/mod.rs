//! Sinch: the Conversation API in its regions, the Numbers API, the SMS API, and their token endpoint.
//!
//! Routes only. Every region has a service of its own, as each has a host of its own. It must not share
//! anything with the provider that it judges.

mod access;
mod active_numbers;
mod apps;
mod available_numbers;
mod batches;
mod credentials;
mod errors;
mod groups;
mod patch;
mod secrets;
pub(crate) mod seed;
mod sms;
mod webhooks;

use crate::http::{Reply, Request};
use crate::store::StoreError;
use crate::world::{Answer, World};

pub(crate) use errors::fault_body;

/// The vendor's name in the store.
pub(crate) const VENDOR: &str = "sinchconversation";

/// Answers a request to one of the services.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    let name = request
        .service
        .strip_prefix("sinchconversation.")
        .unwrap_or_default();
    match name.split_once('.') {
        None if name == "auth" => match (request.path.as_str(), request.method.as_str()) {
            ("/oauth2/token", "POST") => access::issue(world, request),
            ("/oauth2/token", _) => Ok(Reply::empty(405).with_header("allow", "POST")),
            _ => Ok(Reply::empty(404)),
        },
        None if name == "numbers" => numbers(world, request),
        None => conversation(world, request, name),
        Some((kind, region)) => sms::route(world, request, region, kind == "zt"),
    }
}

/// What a project-scoped call is about.
pub(crate) struct Scope {
    pub(crate) project: String,
    /// The region of the host; empty for global services.
    pub(crate) region: String,
}

impl Scope {
    /// The parent of what lives in one project and region.
    pub(crate) fn parent(&self) -> String {
        format!("{}/{}", self.region, self.project)
    }
}

/// `/v1/projects/{project}/…` of a Conversation API host.
fn conversation(world: &mut World, request: &Request, region: &str) -> Answer {
    let all = request.seg();
    let ["v1", "projects", project, rest @ ..] = all.as_slice() else {
        return Err(errors::not_found("the path"));
    };
    access::project(world, request, project)?;
    if request.slash {
        return Err(errors::not_found("the path"));
    }
    let scope = Scope {
        project: (*project).to_owned(),
        region: region.to_owned(),
    };
    match rest {
        ["apps", app, "webhooks"] => webhooks::list(world, request, &scope, app),
        ["apps", rest @ ..] if rest.len() <= 1 => {
            apps::route(world, request, &scope, rest.first().copied())
        }
        ["webhooks", rest @ ..] if rest.len() <= 1 => {
            webhooks::route(world, request, &scope, rest.first().copied())
        }
        _ => Err(errors::not_found("the path")),
    }
}

/// `/v1/projects/{project}/…` of the Numbers API.
fn numbers(world: &mut World, request: &Request) -> Answer {
    let all = request.seg();
    let ["v1", "projects", project, rest @ ..] = all.as_slice() else {
        return Err(errors::not_found("the path"));
    };
    access::project(world, request, project)?;
    match rest {
        ["availableRegions"] => available_numbers::regions(world, request),
        ["availableNumbers"] => available_numbers::search(world, request),
        ["availableNumbers:rentAny"] => available_numbers::rent_any(world, request, project),
        ["availableNumbers", number] => match number.strip_suffix(":rent") {
            Some(number) => available_numbers::rent(world, request, project, number),
            None => available_numbers::read(world, request, number),
        },
        ["activeNumbers"] => active_numbers::list(world, request, project),
        ["activeNumbers", number] => match number.strip_suffix(":release") {
            Some(number) => active_numbers::release(world, request, project, number),
            None => active_numbers::route(world, request, project, number),
        },
        ["callbackConfiguration"] => active_numbers::callbacks(world, request, project),
        _ => Err(errors::not_found("the path")),
    }
}

/// 26 characters of a ULID in capitals: the clock, then chance (or the seed).
fn new_ulid(world: &mut World, label: &str) -> Result<String, StoreError> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let label = format!("{VENDOR} {label}");
    let n = world.store.count_up(&label)?;
    let bytes = world.source.bytes(&label, n);
    let clock = u128::from(world.now_ms().unsigned_abs()) & 0xffff_ffff_ffff;
    let chance = bytes[..10]
        .iter()
        .fold(0u128, |all, byte| all << 8 | u128::from(*byte));
    let value = clock << 80 | chance;
    let digit = |i: u32| char::from(ALPHABET[(value >> (5 * (25 - i)) & 31) as usize]);
    Ok((0..26).map(digit).collect())
}
