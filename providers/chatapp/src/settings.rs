//! The provider block: its schema, and where each setting comes from.
//!
//! It builds nothing and sends nothing.

use std::collections::BTreeMap;

use trunkline_api::kit::attrs;
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type, Value};
use trunkline_http::SecretString;

/// The vendor's name: the key of its settings in a rehearsal.
pub(crate) const VENDOR: &str = "chatapp";

/// The only region that the vendor lists [public].
pub(crate) const REGION: &str = "ap-southeast-1";

/// The panels of the console without a public call.
pub(crate) const PANELS: [&str; 4] = ["business_system", "intent", "sms_setting", "otp_scheduling"];

/// Arguments that are also read from the environment, with their variables.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("access_key_id", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
    ("access_key_secret", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    ("security_token", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ("region", "ALIBABA_CLOUD_REGION_ID"),
];

/// The environment variables that this provider reads.
#[must_use]
pub fn environment() -> Vec<&'static str> {
    ENVIRONMENT.iter().map(|(_, variable)| *variable).collect()
}

/// Schema of the provider block.
pub(crate) fn schema() -> Schema {
    let of = |ty: Type, d: &str| Attribute::new(ty, d).optional();
    let text = |d: &str| of(Type::String, d);
    let block = Block::new("An Alibaba Cloud account with Chat App Message Service.")
        .attribute("access_key_id", text("Id of an access key; or ALIBABA_CLOUD_ACCESS_KEY_ID."))
        .attribute("access_key_secret", text("Its secret; or ALIBABA_CLOUD_ACCESS_KEY_SECRET.").sensitive())
        .attribute("security_token", text("The token of temporary credentials; or ALIBABA_CLOUD_SECURITY_TOKEN.").sensitive())
        .attribute("region", text("The region, ap-southeast-1 by default; or ALIBABA_CLOUD_REGION_ID."))
        .attribute("endpoint", text("Base URL in place of the region's."))
        .attribute("mode", text("How the console's panels are set, which no public call reaches: manual (default), by a person who attests it, or api, by calls that are assumed."))
        .attribute("modes", of(Type::map(Type::String), "The same for some panels: business_system, intent, sms_setting, otp_scheduling."))
        .attribute("action_names", of(Type::map(Type::String), "Real names of the panels' operations, by the assumed ones, for the mode api."))
        .attribute("parameter_names", of(Type::map(Type::String), "Real names of their parameters and members, by the assumed ones."))
        .attribute("max_business_systems", of(Type::Number, "Business systems that a channel may have; 1 by default [assumed]."))
        .attribute("otp_countries", of(Type::set(Type::String), "Countries that the console offers for OTP delivery scheduling; any by default, since the list is not published."))
        .attribute("manage_channels", of(Type::Bool, "Whether channels may be created, replaced and deleted; false by default (rule AL24)."))
        .attribute("intent_usage", of(Type::Bool, "Whether reading intents looks up which templates use them; true by default. It reads every template of the channel."))
        .attribute("rate_limits", of(Type::map(Type::Number), "Calls a second, by operation, in place of the vendor's limits."))
        .attribute("page_size", of(Type::Number, "Entries of a page of a list; 100 by default, the most that is assumed to be taken."));
    Schema { version: 0, block }
}

/// What a provider block comes to.
pub(crate) struct Settings {
    pub(crate) endpoint: String,
    pub(crate) access_key_id: Option<String>,
    pub(crate) access_key_secret: Option<SecretString>,
    pub(crate) security_token: Option<SecretString>,
    modes: BTreeMap<&'static str, Mode>,
    pub(crate) action_names: BTreeMap<String, String>,
    pub(crate) parameter_names: BTreeMap<String, String>,
    pub(crate) manage_channels: bool,
    pub(crate) intent_usage: bool,
    pub(crate) rate_limits: BTreeMap<String, u32>,
    pub(crate) page_size: usize,
}

/// How a panel is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By a person, who attests it.
    Manual,
    /// By calls.
    Api,
}

/// The mode of a panel in a provider block, as far as it is known.
pub(crate) fn mode_of(config: &Value, panel: &str) -> Option<Mode> {
    let modes = config.attr("modes");
    let own = modes
        .filter(|m| m.is_known())
        .map(|m| attrs::text(m, panel));
    let text = match own {
        None if modes.is_some() => return None,
        Some(Some(own)) => Some(own),
        _ => match config.attr("mode") {
            Some(mode) if !mode.is_known() => return None,
            _ => attrs::text(config, "mode"),
        },
    };
    Some(match text {
        Some("api") => Mode::Api,
        _ => Mode::Manual,
    })
}

impl Settings {
    /// Reads the block, then the environment, then what a rehearsal says.
    pub(crate) fn read(request: &ConfigureRequest) -> Result<Settings, Diagnostics> {
        let config = &request.config;
        let rehearsal = match &request.world {
            World::Live => None,
            World::Sandbox(world) => world.settings.get(VENDOR),
        };
        let given = |name: &str| {
            let variable = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
            let environment = variable.and_then(|(_, variable)| request.environment.get(*variable));
            let configured = attrs::text(config, name).or(environment.map(String::as_str));
            configured.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let region = given("region")
            .or_else(|| rehearsal?.get("region").cloned())
            .unwrap_or_else(|| REGION.to_owned());
        let usual = format!("https://cams.{region}.aliyuncs.com");
        let endpoint = given("endpoint");
        if endpoint.is_none()
            && !region
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            let text = format!("{region:?} is not the name of a region.");
            let problem = Diagnostic::error("Invalid Region", text);
            return Err(vec![problem.on(Path::attribute("region"))]);
        }
        let size = attrs::integer(config, "page_size").and_then(|n| usize::try_from(n).ok());
        let per_second = |n: &Value| u32::try_from(n.as_number()?.to_i64()?).ok();
        Ok(Settings {
            endpoint: endpoint.unwrap_or(usual),
            access_key_id: given("access_key_id"),
            access_key_secret: given("access_key_secret").map(Into::into),
            security_token: given("security_token").map(Into::into),
            modes: PANELS
                .iter()
                .map(|panel| (*panel, mode_of(config, panel).unwrap_or(Mode::Manual)))
                .collect(),
            action_names: texts(config, "action_names"),
            parameter_names: texts(config, "parameter_names"),
            manage_channels: attrs::flag(config, "manage_channels") == Some(true),
            intent_usage: attrs::flag(config, "intent_usage") != Some(false),
            rate_limits: entries(config, "rate_limits")
                .filter_map(|(name, n)| Some((name, per_second(n)?)))
                .collect(),
            page_size: size.filter(|n| *n > 0).unwrap_or(100),
        })
    }

    /// How a panel is set.
    pub(crate) fn mode(&self, panel: &str) -> Mode {
        self.modes.get(panel).copied().unwrap_or(Mode::Manual)
    }
}

fn entries<'v>(config: &'v Value, name: &str) -> impl Iterator<Item = (String, &'v Value)> {
    let fields = config.attr(name).and_then(Value::as_fields);
    let fields = fields.into_iter().flat_map(|fields| fields.iter());
    fields.map(|(name, value)| (name.to_string(), value))
}

fn texts(config: &Value, name: &str) -> BTreeMap<String, String> {
    entries(config, name)
        .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect()
}
