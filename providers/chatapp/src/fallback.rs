//! `chatapp_sms_fallback`, the data source: the parameters by which a message falls back to SMS, checked and put together.
//!
//! It calls nobody: messages are sent by other programs, with these parameters.

use serde_json::json;
use trunkline_api::json::implied;
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostics, Schema, Type, Value};

use crate::client::Client;
use crate::rules;

/// The data source's type.
pub(crate) const FALLBACK: &str = "chatapp_sms_fallback";

/// The data source.
pub(crate) struct Fallback;

impl DataSource<Client> for Fallback {
    fn type_name(&self) -> &'static str {
        FALLBACK
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("The parameters with which a message of a channel falls back to SMS. It calls nobody.")
            .attribute("cust_space_id", text("The channel that the messages are sent on: WhatsApp or Viber, with Activate SMS on.").required())
            .attribute("fallback_id", text("Id of the policy, as the console's Fallback Policy page shows it.").required())
            .attribute("content", text("The text of the SMS.").optional())
            .attribute("duration_seconds", Attribute::new(Type::Number, "How long a delivery is waited for, 60 to 43200; only a failure counts when it is left out.").optional())
            .attribute("rule", text("undelivered (the vendor's default) or sentFailed.").optional())
            .attribute("parameters", Attribute::new(Type::map(Type::String), "Parameters for SendChatappMessage and SendChatappMassMessage.").computed());
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::fallback(&request.config)
    }

    fn read<'a>(&'a self, _: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        let text = |name: &str| attrs::text(&config, name).map(str::to_owned);
        let seconds = attrs::integer(&config, "duration_seconds");
        let all = [
            ("FallBackId", text("fallback_id")),
            ("FallBackContent", text("content")),
            ("FallBackDuration", seconds.map(|n| n.to_string())),
            ("FallBackRule", text("rule")),
        ];
        let set = all
            .into_iter()
            .filter_map(|(name, v)| Some((name.to_owned(), json!(v?))));
        let parameters = serde_json::Value::from_iter(set);
        let state = implied(&json!({ "parameters": parameters }));
        Box::pin(std::future::ready(Outcome::is(state)))
    }
}
