//! The Genesys Cloud APIs: login and platform, as far as an SMS integration needs them.
//!
//! Routes only: which path and method goes where, after token, permission-free checks and rate limit.
//! It must not share anything with the provider that it judges.

mod caller;
mod clients;
mod errors;
mod grants;
mod paging;
mod permissions;
mod roles;
pub(crate) mod seed;
mod token;
mod tollfree;
mod users;

use crate::http::{Reply, Request};
use crate::world::{Answer, World};

pub(crate) use errors::fault_body;

/// The vendor's name in the store.
pub(crate) const VENDOR: &str = "genesyscloud";

/// `{login}`: the token endpoint and nothing else.
pub(crate) fn login(world: &mut World, request: &Request) -> Answer {
    match (request.path.as_str(), request.method.as_str()) {
        ("/oauth/token", "POST") => token::issue(world, request),
        ("/oauth/token", _) => Ok(Reply::empty(405).with_header("allow", "POST")),
        _ => Ok(Reply::empty(404)),
    }
}

/// `{api}`: everything below `/api/v2`.
pub(crate) fn api(world: &mut World, request: &Request) -> Answer {
    let caller = caller::authenticate(world, request)?;
    let path = request.seg();
    let ["api", "v2", path @ ..] = path.as_slice() else {
        return Err(errors::not_found(world, "the path"));
    };
    if path.starts_with(&["messaging", "sms", "provisioning", "tollfreenumbers"]) {
        return tollfree::route(world, request, &caller, &path[4..]);
    }
    if request.slash {
        return Err(errors::not_found(
            world,
            "the path (it must not end with a slash)",
        ));
    }
    match path {
        ["tokens", "me"] => token::me(world, request, &caller),
        ["authorization", "permissions"] => permissions::route(world, request),
        ["authorization", "divisions", rest @ ..] => grants::divisions(world, request, rest),
        ["authorization", "roles", rest @ ..] => roles::route(world, request, &caller, rest),
        ["authorization", "subjects", rest @ ..] => grants::subjects(world, request, &caller, rest),
        ["users", rest @ ..] => users::route(world, request, &caller, rest),
        ["oauth", "clients", rest @ ..] => clients::route(world, request, &caller, rest),
        _ => Err(errors::not_found(world, "the path")),
    }
}
