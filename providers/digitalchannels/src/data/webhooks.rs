//! `digitalchannels_webhooks`: what Genesys Cloud must know to send messages to Digital Channels.
//!
//! Computed from the provider block alone; no call is made.

use std::future::ready;

use trunkline_api::kit::{DataSource, Outcome};
use trunkline_api::{Attribute, Block, BoxFuture, Schema, Type, Value};

use crate::api::Api;
use crate::names;

/// The data source.
pub(crate) struct Webhooks;

impl DataSource<Api> for Webhooks {
    fn type_name(&self) -> &'static str {
        names::WEBHOOKS
    }

    fn schema(&self) -> Schema {
        let text = |description: &str| Attribute::new(Type::String, description).computed();
        let block = Block::new(
            "Webhook addresses of this Digital Channels for a number order in Genesys Cloud.",
        )
        .attribute("id", text("The contact-centre id."))
        .attribute("mo_url", text("Where inbound messages go."))
        .attribute("dr_url", text("Where delivery receipts go."))
        .attribute(
            "username",
            text("The webhook user name: the contact-centre id."),
        );
        Schema { version: 0, block }
    }

    fn read<'a>(&'a self, api: &'a Api, _config: Value) -> BoxFuture<'a, Outcome> {
        let settings = api.settings();
        let below = |path: &str| Value::from(format!("{}{path}", settings.url).as_str());
        Box::pin(ready(Outcome::is(Value::object([
            ("id", Value::from(settings.ccid.as_str())),
            ("mo_url", below(names::MO_PATH)),
            ("dr_url", below(names::DR_PATH)),
            ("username", Value::from(settings.ccid.as_str())),
        ]))))
    }
}
