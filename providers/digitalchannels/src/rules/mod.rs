//! The offline rules DC01–DC33: what can be told about a configuration without the service.
//!
//! Every rule is a function that returns its findings; [`object`], [`provider`] and [`between`] say which rules
//! apply to what. A rule skips what it does not know yet, and never reads anything but its arguments.

mod api_keys;
mod cloud;
mod connection;
mod declared;
mod finding;
mod gateways;
mod headers;
mod sender_ids;
mod services;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use trunkline_api::provider::{DeclaredObject, Mode, ValidateRequest};
use trunkline_api::{Block, Diagnostics, Value};

use crate::names;
use crate::services::body::Body;
use declared::Declared;
pub(crate) use sender_ids::DC22;

/// Tells the time of the run.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The findings about a provider block.
pub(crate) fn provider(config: &Value) -> Diagnostics {
    [
        connection::dc01(config),
        connection::dc02(config),
        connection::dc03(config),
    ]
    .concat()
}

/// The findings about one object. `now` is the time of the run.
pub(crate) fn object(request: &ValidateRequest, block: &Block, now: Timestamp) -> Diagnostics {
    let config = &request.config;
    let mut found = connection::dc01(config);
    if request.mode == Mode::Data {
        return found;
    }
    match &*request.type_name {
        names::SERVICE => {
            found.extend(services::dc04(config));
            found.extend(services::dc33(config));
        }
        names::API_KEY => {
            found.extend(api_keys::dc27(config));
            found.extend(api_keys::dc28(config));
            found.extend(api_keys::dc30(config, now));
        }
        names::SENDER_ID => {
            found.extend(sender_ids::dc07_section(config));
            found.extend(sender_ids::dc17(config));
            found.extend(sender_ids::dc19(config));
            found.extend(sender_ids::dc20(config));
            found.extend(sender_ids::dc21(config));
            found.extend(sender_ids::dc22(config));
            found.extend(headers::dc26_section(config));
        }
        names::PROVIDER_OPTIONS => {
            found.extend(headers::dc25(config));
            found.extend(headers::dc26(config));
        }
        _ => {}
    }
    if let Some(body) = Body::of(&request.type_name, config) {
        found.extend(services::dc06(&body));
        found.extend(services::dc07(&body));
        found.extend(gateways::dc09(&body));
        found.extend(gateways::dc10(&body));
        found.extend(gateways::dc11(&body));
        found.extend(gateways::dc12(&body));
        found.extend(gateways::dc13(&body));
        found.extend(cloud::dc14(&body));
        found.extend(cloud::dc15(&body));
        found.extend(cloud::dc16(&body));
    }
    found.extend(connection::dc32(block, config, &request.literals));
    found
}

/// The findings between the objects of the whole configuration, other providers' included.
pub(crate) fn between(objects: &[DeclaredObject]) -> Diagnostics {
    let declared = Declared(objects);
    [
        connection::dc01_between(declared),
        services::dc05(declared),
        services::dc08(declared),
        cloud::dc15_between(declared),
        sender_ids::dc18(declared),
        sender_ids::dc23(declared),
        sender_ids::dc24(declared),
        headers::dc26_between(declared),
        api_keys::dc29(declared),
        connection::dc31(declared),
    ]
    .concat()
}
