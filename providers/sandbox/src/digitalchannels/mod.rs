//! The Digital Channels (Nexus) APIs: provisioning, API keys, authentication, options of the transaction.
//!
//! Routes only. Three services: `nexus`, `auth` (Genesys Authentication) and `gws` (Web Services). It must
//! not share anything with the provider that it judges.

mod access;
mod apikeys;
mod contact_centers;
mod envelope;
mod kinds;
mod options;
pub(crate) mod seed;
mod services;
mod token;

use crate::http::{Reply, Request};
use crate::world::{Answer, World};

pub(crate) use envelope::fault_body;

/// The vendor's name in the store.
pub(crate) const VENDOR: &str = "digitalchannels";

/// `{nexus}`: services and API keys below `/nexus/v3`.
pub(crate) fn nexus(world: &mut World, request: &Request) -> Answer {
    if request.slash {
        return Err(envelope::not_found(
            "the path (it must not end with a slash)",
        ));
    }
    match request.seg().as_slice() {
        ["nexus", "v3", "provisioning", "services", ccid, rest @ ..] if rest.len() <= 1 => {
            services::route(world, request, ccid, rest.first().copied())
        }
        ["nexus", "v3", "apikeys", rest @ ..] if rest.len() <= 1 => {
            apikeys::route(world, request, rest.first().copied())
        }
        _ => Err(envelope::not_found("the path")),
    }
}

/// `{auth}`: the token endpoint and the contact centres.
pub(crate) fn auth(world: &mut World, request: &Request) -> Answer {
    match (request.path.as_str(), request.method.as_str()) {
        ("/auth/v3/oauth/token", "POST") => return token::issue(world, request),
        ("/auth/v3/oauth/token", _) => return Ok(Reply::empty(405).with_header("allow", "POST")),
        _ => {}
    }
    match request.seg().as_slice() {
        ["environment", "v3", "contact-centers", rest @ ..] if !request.slash => {
            contact_centers::route(world, request, rest)
        }
        _ => Err(envelope::not_found("the path")),
    }
}

/// `{gws}`: the options of transaction `NexusServices` (a design assumption; nobody has published such a call).
pub(crate) fn gws(world: &mut World, request: &Request) -> Answer {
    match request.path.as_str() {
        "/provisioning/v3/transactions/NexusServices/options" => options::route(world, request),
        _ => Err(envelope::not_found("the path")),
    }
}
