//! Genesys Cloud CX: roles, grants, OAuth clients and toll-free numbers.
//!
//! - [`provider`] makes the provider; `settings` is its block, `client` what talks to the service.
//! - One file a resource type, named for it; data sources are beside the resource they belong to.
//! - `rules`: what can be checked offline, each rule with its number (GC01…).
//!
//! Facts come from the vendor's public API definition and the integration guide for SMS; what neither
//! states is marked `[assumed]` where it is used. This crate knows neither the engine nor the state.

mod auth_role;
mod catalogue;
mod client;
mod guide;
mod lookups;
mod natural;
mod oauth_client;
mod policy;
mod region;
mod role_grant;
mod rules;
mod settings;
mod tollfree;
mod user;
mod user_roles;

use trunkline_api::kit::{DataSource, Resource, Vendor, VendorProvider};
use trunkline_api::provider::{ConfigureRequest, DeclaredObject};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};
use trunkline_http::Rest;

use client::Client;

/// The environment variables that this provider reads; see [`ConfigureRequest::environment`].
pub const ENVIRONMENT: &[&str] = &[
    "GENESYSCLOUD_OAUTHCLIENT_ID",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET",
    "GENESYSCLOUD_ACCESS_TOKEN",
    "GENESYSCLOUD_REGION",
];

/// The provider, not yet configured.
#[must_use]
pub fn provider() -> VendorProvider<GenesysCloud> {
    VendorProvider::new(GenesysCloud)
}

/// The vendor.
#[derive(Debug)]
pub struct GenesysCloud;

impl Vendor for GenesysCloud {
    type Client = Connection;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Connection>>> {
        vec![
            Box::new(Rest(auth_role::AuthRole)),
            Box::new(Rest(oauth_client::OauthClient)),
            Box::new(Rest(role_grant::RoleGrant)),
            Box::new(Rest(tollfree::NumberOrder)),
            Box::new(Rest(user::User)),
            Box::new(Rest(user_roles::UserRoles)),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Connection>>> {
        vec![
            Box::new(auth_role::AuthRoleByName),
            Box::new(lookups::Caller),
            Box::new(lookups::HomeDivision),
            Box::new(lookups::Organization),
            Box::new(lookups::UserByEmail),
            Box::new(lookups::OauthClientByName),
            Box::new(tollfree::NumberList::Purchased),
            Box::new(tollfree::NumberList::Available),
        ]
    }

    fn validate_provider(&self, config: &Value) -> Diagnostics {
        rules::provider(config)
    }

    fn validate_all(&self, objects: &[DeclaredObject]) -> Diagnostics {
        rules::between(objects)
    }

    fn configure(
        &self,
        request: ConfigureRequest,
    ) -> BoxFuture<'_, Result<(Connection, Diagnostics), Diagnostics>> {
        Box::pin(async move { Ok((Connection(Client::new(&request)?), Vec::new())) })
    }
}

/// A configured connection; opaque.
#[derive(Debug)]
pub struct Connection(Client);

impl std::ops::Deref for Connection {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.0
    }
}
