//! `chatapp_phone_numbers`, the data source: the numbers of a WhatsApp channel.
//!
//! Numbers are registered by a person, who enters a code; this only reads.

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostics, Schema, Type, Value};
use trunkline_http::HttpError;

use crate::client::Client;
use crate::json::{list, text};
use crate::rules;

/// The data source.
pub(crate) struct PhoneNumbers;

/// Members of a number, and what the service calls them.
const MEMBERS: [(&str, &str); 7] = [
    ("phone_number", "PhoneNumber"),
    ("status", "Status"),
    ("code_verification_status", "CodeVerificationStatus"),
    ("name_status", "NameStatus"),
    ("verified_name", "VerifiedName"),
    ("quality_rating", "QualityRating"),
    ("messaging_limit_tier", "MessagingLimitTier"),
];

/// The numbers of a channel, of one status where that is asked for.
pub(crate) async fn of_channel(
    client: &Client,
    channel: &str,
    status: Option<&str>,
) -> Result<Vec<Json>, HttpError> {
    let call = client.ask("QueryChatappPhoneNumbers");
    let call = call.text("CustSpaceId", channel);
    let answer = call.optional("Status", status).send().await?;
    Ok(list(&answer, "PhoneNumbers"))
}

impl DataSource<Client> for PhoneNumbers {
    fn type_name(&self) -> &'static str {
        "chatapp_phone_numbers"
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let member = |(name, _): (&'static str, &str)| (name, Type::String);
        let number = Type::object(MEMBERS.into_iter().map(member));
        let block = Block::new("The numbers of a WhatsApp channel.")
            .attribute("cust_space_id", text("The channel's id.").required())
            .attribute(
                "status",
                text("Only those of this status, such as CONNECTED.").optional(),
            )
            .attribute(
                "phone_numbers",
                Attribute::new(
                    Type::list(number),
                    "The numbers, with what the service says of each.",
                )
                .computed(),
            );
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::channel_id(&request.config, "cust_space_id")
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let channel = attrs::text(&config, "cust_space_id").unwrap_or_default();
            let status = attrs::text(&config, "status");
            match of_channel(client, channel, status).await {
                Err(e) => e
                    .doing(format!("Reading the numbers of channel {channel:?}"))
                    .into(),
                Ok(numbers) => {
                    let shown = |number: &Json| {
                        let members = MEMBERS
                            .map(|(ours, theirs)| (ours.to_owned(), json!(text(number, theirs))));
                        Json::from_iter(members)
                    };
                    let numbers: Vec<Json> = numbers.iter().map(shown).collect();
                    Outcome::is(implied(&json!({ "phone_numbers": numbers })))
                }
            }
        })
    }
}
