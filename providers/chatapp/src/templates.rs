//! `chatapp_templates`, the data source: the templates of a channel.

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostics, Schema, Type, Value};

use crate::client::Client;
use crate::json::{list, text};
use crate::rules;

/// The data source.
pub(crate) struct Templates;

/// Filters, and their parameters.
const FILTERS: [(&str, &str, &str); 5] = [
    ("name", "Name", "A part of the name."),
    ("language", "Language", "The language."),
    (
        "category",
        "Category",
        "UTILITY, MARKETING or AUTHENTICATION.",
    ),
    ("template_type", "TemplateType", "WHATSAPP or VIBER."),
    (
        "audit_status",
        "AuditStatus",
        "pass, fail, auditing or unaudit.",
    ),
];

/// Members of a template, and what the service calls them.
const MEMBERS: [(&str, &str); 6] = [
    ("template_code", "TemplateCode"),
    ("name", "TemplateName"),
    ("language", "Language"),
    ("category", "Category"),
    ("template_type", "TemplateType"),
    ("audit_status", "AuditStatus"),
];

impl DataSource<Client> for Templates {
    fn type_name(&self) -> &'static str {
        "chatapp_templates"
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let member = |(name, _): (&'static str, &str)| (name, Type::String);
        let template = Type::object(MEMBERS.into_iter().map(member));
        let block = Block::new("The templates of a channel, all or those that filters leave.")
            .attribute(
                "cust_space_id",
                of(Type::String, "The channel's id.").required(),
            )
            .attribute(
                "page_index",
                of(
                    Type::Number,
                    "Only this page, from 1; all pages by default.",
                )
                .optional(),
            )
            .attribute(
                "page_size",
                of(
                    Type::Number,
                    "Entries of that page, at least 1; 10 by default.",
                )
                .optional(),
            )
            .attribute(
                "templates",
                of(Type::list(template), "The templates, by name and language.").computed(),
            );
        let block = FILTERS.iter().fold(block, |block, (name, _, d)| {
            block.attribute(*name, of(Type::String, d).optional())
        });
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::templates(&request.config)
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let channel = attrs::text(&config, "cust_space_id").unwrap_or_default();
            let mut filter = vec![("CustSpaceId", channel)];
            filter.extend(FILTERS.iter().filter_map(|(name, parameter, _)| {
                Some((*parameter, attrs::text(&config, name)?))
            }));
            let page = attrs::integer(&config, "page_index");
            let size = attrs::integer(&config, "page_size");
            let found = if page.is_some() || size.is_some() {
                let page = json!({ "Index": page.unwrap_or(1), "Size": size.unwrap_or(10) });
                let call = client.ask("ListChatappTemplate").json("Page", &page);
                let call = filter.iter().fold(call, |call, (k, v)| call.text(k, v));
                call.send()
                    .await
                    .map(|answer| list(&answer, "ListTemplate"))
            } else {
                client.templates(&filter).await
            };
            match found {
                Err(e) => e
                    .doing(format!("Listing the templates of channel {channel:?}"))
                    .into(),
                Ok(found) => {
                    let key = |t: &Json| (text(t, "TemplateName"), text(t, "Language"));
                    let mut found = found;
                    found.sort_by_key(key);
                    let shown = |template: &Json| {
                        let members = MEMBERS
                            .map(|(ours, theirs)| (ours.to_owned(), json!(text(template, theirs))));
                        Json::from_iter(members)
                    };
                    let found: Vec<Json> = found.iter().map(shown).collect();
                    Outcome::is(implied(&json!({ "templates": found })))
                }
            }
        })
    }
}
