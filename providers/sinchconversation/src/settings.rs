//! The provider block: its schema, and where each setting comes from.
//!
//! It builds nothing and sends nothing.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use trunkline_api::kit::attrs;
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type};
use trunkline_http::SecretString;

/// The vendor's name: the key of its settings in a rehearsal.
pub(crate) const VENDOR: &str = "sinchconversation";

/// Requests a minute that are sent by default [assumed].
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(20 * 60).unwrap();

/// Regions of the Conversation API [public].
pub(crate) const REGIONS: [&str; 3] = ["us", "eu", "br"];

/// Regions of the SMS API by service plan [public].
pub(crate) const SMS_REGIONS: [&str; 5] = ["us", "eu", "au", "br", "ca"];

/// Arguments that are also read from the environment, with their variables.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("project_id", "SINCH_PROJECT_ID"),
    ("key_id", "SINCH_KEY_ID"),
    ("key_secret", "SINCH_KEY_SECRET"),
    ("region", "SINCH_REGION"),
    ("sms_service_plan_id", "SINCH_SMS_SERVICE_PLAN_ID"),
    ("sms_api_token", "SINCH_SMS_API_TOKEN"),
];

/// The environment variables that this provider reads.
#[must_use]
pub fn environment() -> Vec<&'static str> {
    ENVIRONMENT.iter().map(|(_, variable)| *variable).collect()
}

/// Schema of the provider block.
pub(crate) fn schema() -> Schema {
    let text = |description: &str| Attribute::new(Type::String, description).optional();
    let variable = |name: &str, description: &str| {
        let found = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
        let variable = found.map_or("", |(_, variable)| variable);
        text(&format!("{description}; or {variable}."))
    };
    let flag = |description: &str| Attribute::new(Type::Bool, description).optional();
    let block = Block::new("A Sinch project in one region. Other regions are other provider blocks, with an alias.")
        .attribute("project_id", variable("project_id", "The project's id"))
        .attribute("key_id", variable("key_id", "Id of an access key of the project"))
        .attribute("key_secret", variable("key_secret", "Its secret, shown once when the key is made").sensitive())
        .attribute("region", variable("region", "Region of the Conversation API: us, eu or br"))
        .attribute("auth_mode", text("oauth (default), or basic: for tests only, since the vendor limits it to a few requests."))
        .attribute("sms_service_plan_id", variable("sms_service_plan_id", "The SMS service plan that data sources look up by default"))
        .attribute("sms_api_token", variable("sms_api_token", "API token of that plan").sensitive())
        .attribute("base_url_overrides", Attribute::new(Type::map(Type::String), "Base URLs in place of the vendor's, by service: auth, numbers, conversation.<region>, sms.<region>.").optional())
        .attribute("required_processing_mode", text("The processing mode that apps of Contact Pro must have: DISPATCH by default. One edition of the vendor's page says CONVERSATION."))
        .attribute("allow_app_deletion", flag("Whether apps may be deleted or replaced; false by default (rule SC-30)."))
        .attribute("allow_number_release", flag("Whether rented numbers may be released or replaced; false by default (rule SC-30). A released number does not come back."))
        .attribute("wait_seconds", Attribute::new(Type::Number, "How long to wait for channels to become active and numbers to be provisioned; 120 by default.").optional())
        .attribute("requests_per_minute", Attribute::new(Type::Number, "Requests a minute to all services of the project; 1200 by default.").optional());
    Schema { version: 0, block }
}

/// What a provider block comes to.
pub(crate) struct Settings {
    pub(crate) project: String,
    pub(crate) region: &'static str,
    pub(crate) key_id: Option<String>,
    pub(crate) key_secret: Option<SecretString>,
    pub(crate) basic: bool,
    pub(crate) sms_plan: Option<String>,
    pub(crate) sms_token: Option<SecretString>,
    pub(crate) overrides: BTreeMap<String, String>,
    pub(crate) allow_app_deletion: bool,
    pub(crate) allow_number_release: bool,
    pub(crate) wait: Duration,
    /// At least one.
    pub(crate) per_minute: NonZeroU32,
}

impl Settings {
    /// Reads the block, then the environment, then what a rehearsal says.
    ///
    /// # Errors
    /// Every problem, each with the argument concerned.
    pub(crate) fn read(request: &ConfigureRequest) -> Result<Settings, Diagnostics> {
        let config = &request.config;
        let rehearsal = match &request.world {
            World::Live => None,
            World::Sandbox(world) => Some(world.settings.get(VENDOR)),
        };
        let given = |name: &str| {
            let variable = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
            let environment = variable.and_then(|(_, variable)| request.environment.get(*variable));
            let configured = attrs::text(config, name).or(environment.map(String::as_str));
            configured.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let rehearsed = |name: &str| rehearsal.flatten()?.get(name).cloned();
        let mut problems = Vec::new();
        let project = given("project_id").or_else(|| rehearsed("project_id"));
        if project.is_none() {
            problems.push(missing("project_id", "the id of a Sinch project"));
        }
        let region = given("region").or_else(|| rehearsed("region"));
        let known = region
            .as_deref()
            .and_then(|name| REGIONS.into_iter().find(|r| *r == name));
        match (&region, known) {
            (None, _) => problems.push(missing("region", "a region: us, eu or br")),
            (Some(name), None) => problems.push(unknown_region(name)),
            _ => {}
        }
        let (Some(project), Some(region)) = (project, known) else {
            return Err(problems);
        };
        let overrides = config
            .attr("base_url_overrides")
            .and_then(trunkline_api::Value::as_fields);
        let overrides = overrides.into_iter().flat_map(|fields| fields.iter());
        let seconds = attrs::integer(config, "wait_seconds").and_then(|n| u64::try_from(n).ok());
        Ok(Settings {
            project,
            region,
            key_id: given("key_id"),
            key_secret: given("key_secret").map(Into::into),
            basic: attrs::text(config, "auth_mode") == Some("basic"),
            sms_plan: given("sms_service_plan_id").or_else(|| rehearsed("sms_service_plan_id")),
            sms_token: given("sms_api_token").map(Into::into),
            overrides: overrides
                .filter_map(|(name, url)| Some((name.to_string(), url.as_str()?.to_owned())))
                .collect(),
            allow_app_deletion: attrs::flag(config, "allow_app_deletion") == Some(true),
            allow_number_release: attrs::flag(config, "allow_number_release") == Some(true),
            wait: Duration::from_secs(seconds.unwrap_or(120)),
            per_minute: attrs::integer(config, "requests_per_minute")
                .and_then(|n| u32::try_from(n).ok())
                .and_then(NonZeroU32::new)
                .unwrap_or(PER_MINUTE),
        })
    }
}

fn missing(name: &str, what: &str) -> Diagnostic {
    let variable = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
    let variable = variable.map_or("", |(_, variable)| variable);
    let text = format!(
        "The provider {VENDOR:?} needs {what}. Set {name} in the provider block, or the environment variable {variable}."
    );
    Diagnostic::error("Missing Provider Argument", text).on(Path::attribute(name))
}

/// The error for a region that does not exist: rule SC-04.
pub(crate) fn unknown_region(name: &str) -> Diagnostic {
    let text = format!(
        "SC-04: there is no region {name:?} of the Conversation API. Use one of {}.",
        REGIONS.join(", ")
    );
    Diagnostic::error("Unknown Region", text).on(Path::attribute("region"))
}
