//! `digitalchannels_api_key`, the data source: a key that exists, by tenant and name.

use trunkline_api::kit::{DataSource, Outcome};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Schema, Type, Value};

use crate::api::Api;
use crate::api_key::{calls, data};
use crate::{names, values};

/// The data source.
pub(crate) struct ApiKeyData;

impl DataSource<Api> for ApiKeyData {
    fn type_name(&self) -> &'static str {
        names::API_KEY
    }

    fn schema(&self) -> Schema {
        let text = |description: &str| Attribute::new(Type::String, description);
        let block = Block::new("An API key that exists.")
            .attribute(
                "tenant",
                text("Contact-centre id, or * for all tenants.").required(),
            )
            .attribute("name", text("Name of the key.").required())
            .attribute(
                "id",
                text("A fingerprint of the key; not a secret.").computed(),
            )
            .attribute("key", text("The key itself.").computed().sensitive())
            .attribute(
                "permissions",
                Attribute::new(Type::set(Type::String), "Its permissions.").computed(),
            )
            .attribute(
                "enabled",
                Attribute::new(Type::Bool, "Whether it works.").computed(),
            )
            .attribute(
                "expires",
                text("When it stops working; null for never.").computed(),
            );
        Schema { version: 0, block }
    }

    fn read<'a>(&'a self, api: &'a Api, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let tenant = values::known(&config, "tenant").unwrap_or_default();
            let name = values::known(&config, "name").unwrap_or_default();
            let found = match calls::named(api, tenant, name).await {
                Ok(found) => found,
                Err(e) => return e.doing(format!("Finding the API key {name:?}")).into(),
            };
            let wrong =
                |text: String| Outcome::failed(Diagnostic::error("API key not found", text));
            match &found[..] {
                // The configuration's own tenant and name stay as written.
                [key] => {
                    let seen = data(key)
                        .into_iter()
                        .filter(|(attribute, _)| !["tenant", "name"].contains(attribute));
                    Outcome::is(Value::object(seen))
                }
                [] => wrong(format!(
                    "The tenant {tenant:?} has no API key {name:?}. Upper and lower case count."
                )),
                _ => wrong(format!(
                    "The tenant {tenant:?} has {} API keys {name:?}; it must be one.",
                    found.len()
                )),
            }
        })
    }
}
