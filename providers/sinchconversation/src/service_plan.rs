//! `sinchconversation_sms_service_plan`: a service plan of the SMS API that exists, and whether its token opens it.
//!
//! Plans are made in the vendor's dashboard; no public call creates, lists or changes one. The lookup reads a page of the
//! plan's groups, which sends and changes nothing.

use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Schema, Type, Value,
};
use trunkline_http::SecretString;

use crate::client::Client;
use crate::rules;

/// The data source.
pub(crate) const PLAN: &str = "sinchconversation_sms_service_plan";

/// The data source.
pub(crate) struct ServicePlan;

impl DataSource<Client> for ServicePlan {
    fn type_name(&self) -> &'static str {
        PLAN
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("An SMS service plan that exists. Reading it checks that the plan, its region and its token belong together.")
            .attribute("service_plan_id", text("The plan's id; that of the provider block by default.").optional().computed())
            .attribute("api_token", text("The plan's API token; that of the provider block by default.").optional().sensitive())
            .attribute("region", text("us, eu, au, br or ca; the provider block's region by default.").optional().computed())
            .attribute("id", text("The plan's id.").computed())
            .attribute("batches_url", text("Where messages are sent to: the service connection of a sinchsms service in Contact Pro.").computed());
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::service_plan(request, &self.schema().block)
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let settings = &client.settings;
            let plan = attrs::text(&config, "service_plan_id").or(settings.sms_plan.as_deref());
            let Some(plan) = plan else {
                return Outcome::failed(Diagnostic::error("Missing Argument",
                    "There is no service plan to look up. Set service_plan_id here, or sms_service_plan_id in the provider block.")
                    .on(Path::attribute("service_plan_id")));
            };
            let region = attrs::text(&config, "region").unwrap_or(settings.region);
            let token = attrs::text(&config, "api_token").map(SecretString::from);
            let token = token.or_else(|| settings.sms_token.clone());
            let read = async {
                client
                    .sms(region, plan, token, "groups")?
                    .query("page_size", "1")
                    .send()
                    .await
            };
            match read.await {
                Err(e) => {
                    let e = if matches!(e.status(), Some(401 | 403 | 404)) {
                        e.advice(format!("Check that the service plan {plan} is one of the region {region:?}, and that the API token is that plan's."))
                    } else {
                        e
                    };
                    e.doing(format!("Looking up the service plan {plan:?}"))
                        .into()
                }
                Ok(_) => {
                    let url = format!("https://{region}.sms.api.sinch.com/xms/v1/{plan}/batches");
                    let fields = [
                        ("id", plan),
                        ("service_plan_id", plan),
                        ("region", region),
                        ("batches_url", &url),
                    ];
                    Outcome::is(Value::object(
                        fields.map(|(name, text)| (name, Value::string(text))),
                    ))
                }
            }
        })
    }
}
