//! The provider block: its arguments, their environment variables, and what they come to.
//!
//! No network and no environment here: the engine hands the variables in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_api::provider::{ConfigureRequest, Effects, World};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type};

use crate::names;
use crate::routes::{Route, Routes};
use crate::values;

/// Arguments that are also read from the environment, with their variables.
const ENVIRONMENT: [(&str, &str); 13] = [
    ("url", "DIGITALCHANNELS_URL"),
    ("ccid", "DIGITALCHANNELS_CCID"),
    ("api_key", "DIGITALCHANNELS_API_KEY"),
    ("auth_url", "DIGITALCHANNELS_AUTH_URL"),
    ("auth_client_id", "DIGITALCHANNELS_AUTH_CLIENT_ID"),
    ("auth_client_secret", "DIGITALCHANNELS_AUTH_CLIENT_SECRET"),
    ("auth_username", "DIGITALCHANNELS_AUTH_USERNAME"),
    ("auth_password", "DIGITALCHANNELS_AUTH_PASSWORD"),
    ("gws_url", "DIGITALCHANNELS_GWS_URL"),
    ("gws_api_key", "DIGITALCHANNELS_GWS_API_KEY"),
    ("sender_id_backend", "DIGITALCHANNELS_SENDER_ID_BACKEND"),
    ("options_path", "DIGITALCHANNELS_OPTIONS_PATH"),
    ("options_file", "DIGITALCHANNELS_OPTIONS_FILE"),
];

/// Arguments that prove who calls.
const CREDENTIALS: [&str; 6] = [
    "gws_api_key",
    "api_key",
    "auth_client_id",
    "auth_client_secret",
    "auth_username",
    "auth_password",
];

/// The environment variables that this provider reads.
#[must_use]
pub fn environment() -> Vec<&'static str> {
    ENVIRONMENT.iter().map(|(_, variable)| *variable).collect()
}

/// Whether a person enters the options: known when the provider is configured, asked by resources that have no
/// client at hand. False before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manual(Arc<AtomicBool>);

impl Manual {
    /// What is entered by a person has no effect of ours.
    pub(crate) fn effects(&self) -> Effects {
        if self.0.load(Ordering::Acquire) {
            Effects::None
        } else {
            Effects::Reconcilable
        }
    }

    /// Takes over what the provider block says.
    pub(crate) fn set(&self, settings: &Settings) {
        self.0
            .store(settings.backend == Backend::Manual, Ordering::Release);
    }
}

/// Where options of the transaction `NexusServices` are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A person enters them.
    Manual,
    /// An HTTP interface [assumed].
    Api,
    /// A local export of the transaction.
    File(PathBuf),
}

/// What a provider block comes to.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Base URL of Digital Channels.
    pub(crate) url: String,
    /// The contact-centre id.
    pub(crate) ccid: String,
    /// The key for services.
    pub(crate) api_key: Option<String>,
    /// Base URL of Genesys Authentication.
    pub(crate) auth_url: Option<String>,
    /// Id of the Web Services client.
    pub(crate) auth_client_id: Option<String>,
    /// Its secret.
    pub(crate) auth_client_secret: Option<String>,
    /// User name.
    pub(crate) auth_username: Option<String>,
    /// Password.
    pub(crate) auth_password: Option<String>,
    /// Base URL of Web Services and Applications.
    pub(crate) gws_url: Option<String>,
    /// Its own API key, where the deployment wants one [public].
    pub(crate) gws_api_key: Option<String>,
    /// Where options are kept.
    pub(crate) backend: Backend,
    /// The calls.
    pub(crate) routes: Routes,
    /// The member of an API key that holds its expiration [assumed].
    pub(crate) expires_field: String,
}

/// The schema of the provider block.
pub(crate) fn schema() -> Schema {
    let text = |description: &str| Attribute::new(Type::String, description).optional();
    let variable = |name: &str| {
        let found = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
        found.map_or("", |(_, variable)| variable)
    };
    let mut block = Block::new("Genesys Digital Channels (Nexus) of one contact centre.");
    let described = [
        (
            "url",
            "Public URL of Digital Channels, without a trailing slash.",
        ),
        (
            "ccid",
            "Contact-centre id (a UUID) from Web Services and Applications.",
        ),
        (
            "api_key",
            "API key that opens the provisioning interface; needed for services.",
        ),
        (
            "auth_url",
            "URL of Genesys Authentication; needed for API keys and for the options_api back-end.",
        ),
        ("auth_client_id", "Web Services client id."),
        ("auth_client_secret", "Web Services client secret."),
        ("auth_username", "User who may manage API keys."),
        ("auth_password", "Password of that user."),
        (
            "gws_url",
            "URL of Web Services and Applications; needed for the options_api back-end.",
        ),
        (
            "gws_api_key",
            "API key of Web Services and Applications for the options_api back-end; by default api_key.",
        ),
        (
            "sender_id_backend",
            "How sender ids are written: manual (default; a person enters them), options_api (an HTTP interface, unverified against the live service), or file (a local export).",
        ),
        (
            "options_path",
            "Path of the options interface below gws_url (options_api back-end).",
        ),
        (
            "options_file",
            "File with the options of the transaction NexusServices, as JSON (file back-end).",
        ),
    ];
    for (name, description) in described {
        let mut attribute = text(&format!("{description} Also from {}.", variable(name)));
        if CREDENTIALS.contains(&name) && name != "auth_client_id" && name != "auth_username" {
            attribute = attribute.sensitive();
        }
        block = block.attribute(name, attribute);
    }
    let block = block
        .attribute(
            "existing_services",
            Attribute::new(Type::set(Type::String), "Services that exist in the tenant and are not managed here, by name.").optional(),
        )
        .attribute(
            "routes",
            Attribute::new(Type::map(Type::String), "Calls that differ in this deployment: name of the call to method and path, such as service_update = \"POST /nexus/v3/provisioning/services/{ccid}/{name}\".").optional(),
        )
        .attribute(
            "api_key_expires_field",
            text("Name of the field with an API key's expiration; by default expires (unverified against the live service)."),
        );
    Schema { version: 0, block }
}

impl Settings {
    /// Reads the provider block.
    ///
    /// # Errors
    /// Every problem, each with the argument concerned.
    pub(crate) fn read(request: &ConfigureRequest) -> Result<Settings, Diagnostics> {
        let arguments = Arguments {
            request,
            sandbox: sandbox_settings(request),
        };
        let mut problems = Vec::new();
        let mut required = |name: &str, what: &str| {
            arguments.get(name).unwrap_or_else(|| {
                problems.push(missing(name, what));
                String::new()
            })
        };
        let url = required("url", "the public URL of Digital Channels");
        let ccid = required("ccid", "the contact-centre id");
        let backend = arguments.backend().unwrap_or_else(|found| {
            problems.extend(found);
            Backend::Manual
        });
        let routes = arguments.routes(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Settings {
            url,
            ccid,
            api_key: arguments.get("api_key"),
            auth_url: arguments.get("auth_url"),
            auth_client_id: arguments.get("auth_client_id"),
            auth_client_secret: arguments.get("auth_client_secret"),
            auth_username: arguments.get("auth_username"),
            auth_password: arguments.get("auth_password"),
            gws_url: arguments.get("gws_url"),
            gws_api_key: arguments.get("gws_api_key"),
            backend,
            routes,
            expires_field: arguments
                .get("api_key_expires_field")
                .unwrap_or_else(|| "expires".into()),
        })
    }
}

/// The sandbox's settings for this provider, in a rehearsal.
fn sandbox_settings(request: &ConfigureRequest) -> Option<BTreeMap<String, String>> {
    match &request.world {
        World::Live => None,
        World::Sandbox(world) => Some(
            world
                .settings
                .get(names::PROVIDER)
                .cloned()
                .unwrap_or_default(),
        ),
    }
}

struct Arguments<'r> {
    request: &'r ConfigureRequest,
    sandbox: Option<BTreeMap<String, String>>,
}

impl Arguments<'_> {
    /// An argument: of the configuration, else of the environment, else (but for credentials, which the HTTP kit
    /// replaces in a rehearsal) of the sandbox.
    fn get(&self, name: &str) -> Option<String> {
        let variable = || {
            let (_, variable) = ENVIRONMENT.iter().find(|(argument, _)| *argument == name)?;
            let value = self.request.environment.get(*variable);
            value.filter(|text| !text.is_empty()).cloned()
        };
        let sandbox = || {
            let settings = self
                .sandbox
                .as_ref()
                .filter(|_| !CREDENTIALS.contains(&name))?;
            settings.get(name).cloned()
        };
        let configured = values::known(&self.request.config, name).map(str::to_owned);
        configured.or_else(variable).or_else(sandbox)
    }

    fn backend(&self) -> Result<Backend, Diagnostics> {
        let wrong = |argument: &str, text: String| {
            Err(vec![
                Diagnostic::error("Invalid provider configuration", text)
                    .on(Path::attribute(argument)),
            ])
        };
        match self.get("sender_id_backend").as_deref() {
            None | Some("manual") => Ok(Backend::Manual),
            Some("options_api") if self.get("gws_url").is_none() => {
                wrong("gws_url", "The options_api back-end needs `gws_url`, the URL of Web Services and Applications.".into())
            }
            Some("options_api") => Ok(Backend::Api),
            Some("file") => match self.get("options_file") {
                Some(path) => Ok(Backend::File(self.place(PathBuf::from(path)))),
                None => wrong("options_file", "The file back-end needs `options_file`, the path of a local export of the transaction.".into()),
            },
            Some(other) => wrong("sender_id_backend", format!("`sender_id_backend` is {other:?}, but must be \"manual\", \"options_api\" or \"file\".")),
        }
    }

    /// The file to use: in a rehearsal one of the same name below the sandbox's directory.
    fn place(&self, path: PathBuf) -> PathBuf {
        match (&self.sandbox, path.file_name()) {
            (Some(_), Some(name)) => PathBuf::from(".trunkline/sandbox/digitalchannels").join(name),
            _ => path,
        }
    }

    fn routes(&self, problems: &mut Diagnostics) -> Routes {
        let mut routes = Routes::default();
        if let Some(path) = self.get("options_path") {
            if path.starts_with('/') {
                routes.replace_path(Route::OptionsRead, &path);
                routes.replace_path(Route::OptionsWrite, &path);
            } else {
                let text = format!("`options_path` is {path:?}, but must begin with a slash.");
                problems.push(
                    Diagnostic::error("Invalid provider configuration", text)
                        .on(Path::attribute("options_path")),
                );
            }
        }
        let given = values::fields(&self.request.config, "routes");
        for (name, text) in given.into_iter().flat_map(|fields| fields.iter()) {
            let replaced = text.as_str().map(|text| routes.replace(name, text));
            if let Some(Err(text)) = replaced {
                problems.push(
                    Diagnostic::error("Invalid provider configuration", text)
                        .on(Path::attribute("routes")),
                );
            }
        }
        routes
    }
}

fn missing(name: &str, what: &str) -> Diagnostic {
    let variable = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
    let variable = variable.map_or("", |(_, variable)| variable);
    let text = format!(
        "The provider needs {what}. Set `{name}` in the provider block, or the environment variable {variable}."
    );
    Diagnostic::error("Missing provider argument", text).on(Path::attribute(name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use trunkline_api::json::implied;
    use trunkline_api::provider::SandboxWorld;

    use super::*;

    fn request(
        config: serde_json::Value,
        environment: &[(&str, &str)],
        sandbox: Option<&[(&str, &str)]>,
    ) -> ConfigureRequest {
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let world = match sandbox {
            None => World::Live,
            Some(settings) => World::Sandbox(Arc::new(SandboxWorld {
                settings: [(names::PROVIDER.to_owned(), map(settings))].into(),
                ..SandboxWorld::default()
            })),
        };
        ConfigureRequest {
            config: implied(&config),
            world,
            environment: map(environment),
        }
    }

    fn problems(config: serde_json::Value) -> String {
        let config = {
            let mut base = json!({"url": "https://d.example", "ccid": "c"});
            base.as_object_mut()
                .unwrap()
                .extend(config.as_object().unwrap().clone());
            base
        };
        let found = Settings::read(&request(config, &[], None)).err().unwrap();
        found
            .iter()
            .map(|d| d.detail.clone())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn configuration_wins_over_environment() {
        let environment = [
            ("DIGITALCHANNELS_URL", "https://env.example"),
            ("DIGITALCHANNELS_CCID", "env"),
        ];
        let settings = Settings::read(&request(
            json!({"url": "https://d.example", "ccid": null}),
            &environment,
            None,
        ))
        .ok()
        .unwrap();
        assert_eq!(
            (settings.url.as_str(), settings.ccid.as_str()),
            ("https://d.example", "env")
        );
        assert_eq!(settings.backend, Backend::Manual);
    }

    #[test]
    fn a_rehearsal_has_its_own_file() {
        let config = json!({"url": "https://d.example", "ccid": "c", "api_key": "real", "sender_id_backend": "file", "options_file": "/srv/options.json"});
        let settings = Settings::read(&request(
            config,
            &[],
            Some(&[("api_key", "sandbox"), ("url", "http://127.0.0.1:1")]),
        ))
        .ok()
        .unwrap();
        assert_eq!(settings.api_key.as_deref(), Some("real"));
        assert_eq!(settings.url, "https://d.example");
        assert_eq!(
            settings.backend,
            Backend::File(".trunkline/sandbox/digitalchannels/options.json".into())
        );
    }

    #[test]
    fn every_problem_is_named() {
        let found = Settings::read(&request(json!({}), &[], None))
            .err()
            .unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].detail.contains("DIGITALCHANNELS_URL"));
        assert!(problems(json!({"sender_id_backend": "options_api"})).contains("`gws_url`"));
        assert!(problems(json!({"sender_id_backend": "file"})).contains("`options_file`"));
        assert!(problems(json!({"sender_id_backend": "api"})).contains("\"options_api\""));
        assert!(problems(json!({"routes": {"service_read": "GET"}})).contains("service_read"));
        assert!(problems(json!({"options_path": "x"})).contains("slash"));
    }
}
