//! `sinchconversation_available_numbers`: numbers that can be rented.
//!
//! The search answers one page and reserves nothing.

use serde_json::Value as Json;
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostics, Schema, Type, Value};
use trunkline_http::Method;

use crate::client::Client;
use crate::json::text;
use crate::rules;

/// The data source.
pub(crate) struct AvailableNumbers;

impl DataSource<Client> for AvailableNumbers {
    fn type_name(&self) -> &'static str {
        "sinchconversation_available_numbers"
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("Numbers that can be rented. The vendor reserves none of them, and lists none that is rented: write down the one that you choose.")
            .attribute(
                "region_code",
                text("Two letters of the country.").required(),
            )
            .attribute("type", text("MOBILE, LOCAL or TOLL_FREE.").required())
            .attribute(
                "capabilities",
                Attribute::new(
                    Type::set(Type::String),
                    "What they must be able to do: SMS, VOICE.",
                )
                .optional(),
            )
            .attribute("pattern", text("Digits that they must have.").optional())
            .attribute(
                "search_pattern",
                text("Where the digits must be: START, CONTAIN or END.").optional(),
            )
            .attribute(
                "size",
                Attribute::new(Type::Number, "How many to list at most.").optional(),
            )
            .attribute(
                "phone_numbers",
                Attribute::new(
                    Type::list(Type::String),
                    "The numbers, in the vendor's order.",
                )
                .computed(),
            );
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::search(&request.config)
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let project = &client.settings.project;
            let mut request = client.numbers(Method::GET, project, "availableNumbers");
            for (argument, parameter) in [
                ("region_code", "regionCode"),
                ("type", "type"),
                ("pattern", "numberPattern.pattern"),
                ("search_pattern", "numberPattern.searchPattern"),
            ] {
                if let Some(value) = attrs::text(&config, argument) {
                    request = request.query(parameter, value);
                }
            }
            for capability in attrs::texts(&config, "capabilities") {
                request = request.query("capabilities", capability);
            }
            if let Some(size) = attrs::integer(&config, "size") {
                request = request.query("size", size.to_string());
            }
            let listed = async { request.send().await?.json() };
            match listed.await {
                Err(e) => e.doing("Searching for numbers").into(),
                Ok(answer) => {
                    let there = answer["availableNumbers"].as_array();
                    let numbers = there
                        .into_iter()
                        .flatten()
                        .filter_map(|n: &Json| text(n, "phoneNumber"));
                    Outcome::is(Value::object([(
                        "phone_numbers",
                        attrs::string_list(numbers),
                    )]))
                }
            }
        })
    }
}
