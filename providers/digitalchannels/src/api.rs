//! Sending calls: which host, which headers, which credentials, and what may be sent twice.
//!
//! What an answer means for an object is the resources' subject.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_http::{
    Auth, BasicGrant, Credentials, Endpoint, EndpointSettings, ErrorKind, HttpError, HttpKit,
    HttpSettings, Method, Request, RetryPolicy, SecretString, TokenCache, Waits,
};

use crate::envelope::{Verdict, judge, read_error};
use crate::names;
use crate::routes::{Call, Route};
use crate::services::calls::Place;
use crate::settings::{Backend, Settings};

/// Digital Channels itself.
const API: &str = "digitalchannels.nexus";
/// Genesys Authentication.
const AUTH: &str = "digitalchannels.auth";
/// Web Services and Applications.
const GWS: &str = "digitalchannels.gws";

/// The path of the token call [public].
const TOKEN_PATH: &str = "/auth/v3/oauth/token";

/// Secrets shorter than this are not searched for in messages: they would blacken ordinary words.
const SHORTEST_SECRET: usize = 6;

/// A configured connection.
pub struct Api {
    settings: Settings,
    api: Endpoint,
    login: Option<Login>,
    gws: Option<Gws>,
    key: Arc<Credentials>,
    redactor: trunkline_http::Redactor,
}

/// Genesys Authentication, with what opens it.
struct Login {
    endpoint: Endpoint,
    client: Arc<Credentials>,
    token: Arc<TokenCache>,
}

/// Web Services and Applications.
struct Gws {
    endpoint: Endpoint,
    /// Its own API key, where the deployment has one; else the one of Digital Channels.
    key: Arc<Credentials>,
}

impl Api {
    /// Builds the clients; nothing is sent.
    pub(crate) fn new(settings: Settings, world: &World) -> Result<Api, Diagnostics> {
        let kit = HttpKit::new(world, http_settings(&settings))?;
        let credentials = |given: Vec<(&'static str, &Option<String>)>| {
            let secret = |(name, value): (&'static str, &Option<String>)| {
                (name, value.clone().map(SecretString::from))
            };
            Arc::new(Credentials::new(
                &kit,
                given.into_iter().map(secret).collect(),
            ))
        };
        let client = credentials(vec![
            ("auth_client_id", &settings.auth_client_id),
            ("auth_client_secret", &settings.auth_client_secret),
        ]);
        let user = credentials(vec![
            ("auth_username", &settings.auth_username),
            ("auth_password", &settings.auth_password),
        ]);
        let login = kit.endpoint(AUTH).map(|endpoint| Login {
            token: TokenCache::new(BasicGrant {
                endpoint: endpoint.clone(),
                path: TOKEN_PATH,
                credentials: client.clone(),
                form: vec![("grant_type", "password".to_owned())],
                secret_form: vec![
                    ("client_id", client.clone(), 0),
                    ("username", user.clone(), 0),
                    ("password", user, 1),
                ],
                throttled: |_| false,
            }),
            endpoint,
            client,
        });
        let Some(api) = kit.endpoint(API) else {
            return Err(vec![Diagnostic::error(
                "HTTP Client Not Available",
                "The service has no address.",
            )]);
        };
        let key = credentials(vec![("api_key", &settings.api_key)]);
        Ok(Api {
            api,
            login,
            gws: kit.endpoint(GWS).map(|endpoint| Gws {
                // A simulator has one key for both.
                key: if settings.gws_api_key.is_some() && !kit.is_sandbox() {
                    credentials(vec![("gws_api_key", &settings.gws_api_key)])
                } else {
                    key.clone()
                },
                endpoint,
            }),
            key,
            redactor: kit.redactor().clone(),
            settings,
        })
    }

    /// What the provider block came to.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a person enters the options.
    pub(crate) fn is_manual(&self) -> bool {
        self.settings.backend == Backend::Manual
    }

    /// How long nodes may go on answering with the old definition [assumed].
    pub(crate) fn read_back(&self) -> Waits {
        Waits {
            first: Duration::from_millis(250),
            longest: Duration::from_secs(5),
            budget: Duration::from_secs(60),
        }
    }

    /// How long a lost create is looked for: an answer may be old here too, but a create that never arrived must not
    /// hold everything up.
    pub(crate) fn search(&self) -> Waits {
        let budget = if self.api.is_sandbox() {
            Duration::from_secs(1)
        } else {
            Duration::from_secs(15)
        };
        Waits {
            budget,
            ..self.read_back()
        }
    }

    /// Makes sure that no message shows a secret.
    pub(crate) fn keep_secret(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            self.redactor.register(secret);
        }
    }

    /// A call about a service, with the API key [seed].
    pub(crate) async fn service(
        &self,
        route: Route,
        place: &Place,
        body: Option<&Json>,
    ) -> Result<Verdict, HttpError> {
        let call = self
            .settings
            .routes
            .call(route, &[("ccid", &place.ccid), ("name", &place.name)]);
        if let Some(secret) = body.and_then(|body| body.get("secret")) {
            self.keep_all_secret(secret);
        }
        let send = || {
            request(&self.api, &call, route, body)
                .header("x-ccid", place.ccid.as_str())
                .auth(Auth::Header("x-api-key", "", self.key.clone(), 0))
        };
        ask(route, send).await
    }

    /// A call about API keys, with a token [public]. No answer is ever quoted in a message.
    pub(crate) async fn key(
        &self,
        route: Route,
        key: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Verdict, HttpError> {
        if let Some(key) = key {
            self.keep_secret(key);
        }
        let places: Vec<(&str, &str)> = key.map(|key| ("key", key)).into_iter().collect();
        let call = self.settings.routes.call(route, &places);
        let login = self.login()?;
        let send = || {
            request(&self.api, &call, route, body)
                .auth(Auth::Bearer(login.token.clone()))
                .shown_as(call.shown.clone())
                .secret_answer()
        };
        ask(route, send).await
    }

    /// A call about the options of the transaction [assumed].
    pub(crate) async fn options(
        &self,
        route: Route,
        body: Option<&Json>,
    ) -> Result<Verdict, HttpError> {
        let Some(gws) = &self.gws else {
            return Err(missing("gws_url"));
        };
        let call = self.settings.routes.call(route, &[]);
        let login = self.login()?;
        let send = || {
            request(&gws.endpoint, &call, route, body)
                .auth(Auth::Header("x-api-key", "", gws.key.clone(), 0))
                .auth(Auth::Bearer(login.token.clone()))
        };
        ask(route, send).await
    }

    /// Lists contact centres, with the client's own credentials [assumed].
    pub(crate) async fn contact_centers(&self) -> Result<Json, HttpError> {
        let login = self.login()?;
        let call = self.settings.routes.call(Route::ContactCenterList, &[]);
        let request = request(&login.endpoint, &call, Route::ContactCenterList, None)
            .auth(Auth::Basic(login.client.clone()));
        judge(request.send_any().await?)?.done()
    }

    fn login(&self) -> Result<&Login, HttpError> {
        self.login.as_ref().ok_or_else(|| missing("auth_url"))
    }

    fn keep_all_secret(&self, json: &Json) {
        match json {
            Json::String(secret) => self.keep_secret(secret),
            Json::Array(items) => items.iter().for_each(|item| self.keep_all_secret(item)),
            Json::Object(members) => {
                // A channel's id is no secret, although it stands among secrets.
                let secrets = members.iter().filter(|(name, _)| *name != "channelId");
                secrets.for_each(|(_, member)| self.keep_all_secret(member));
            }
            _ => {}
        }
    }
}

fn http_settings(settings: &Settings) -> HttpSettings {
    let mut http = HttpSettings::new(names::PROVIDER);
    let places = [
        (API, Some(&settings.url)),
        (AUTH, settings.auth_url.as_ref()),
        (GWS, settings.gws_url.as_ref()),
    ];
    for (name, url) in places {
        if let Some(url) = url {
            // The vendor's examples are plain http; a rule warns about it.
            http.endpoints.push(EndpointSettings {
                name,
                url: url.clone(),
                plain_http: true,
            });
        }
    }
    http.concurrency = 4;
    http.retry = RetryPolicy {
        times: 4,
        ..RetryPolicy::default()
    };
    http.read_error = read_error;
    http
}

fn request(endpoint: &Endpoint, call: &Call, route: Route, body: Option<&Json>) -> Request {
    // The table has known methods only.
    let method = Method::from_bytes(call.method.as_bytes()).unwrap_or(Method::GET);
    let request = endpoint.request(method, call.path.as_str());
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    if may_repeat(route) {
        request.safe_to_resend()
    } else {
        request.never_resend()
    }
}

/// Whether a call that comes twice does what it does once. Creates do not; neither does the options' write, a
/// difference that is refused the second time.
fn may_repeat(route: Route) -> bool {
    !matches!(
        route,
        Route::ServiceCreate | Route::ApiKeyCreate | Route::OptionsWrite
    )
}

/// Sends, once more where that does no harm and the first answer could not be read.
async fn ask(route: Route, request: impl Fn() -> Request) -> Result<Verdict, HttpError> {
    match request().send_any().await.and_then(judge) {
        Err(error) if error.kind() == ErrorKind::Malformed && may_repeat(route) => {
            request().send_any().await.and_then(judge)
        }
        judged => judged,
    }
}

fn missing(argument: &str) -> HttpError {
    let text = format!(
        "The provider \"{}\" has no value for {argument}, which this call needs",
        names::PROVIDER
    );
    HttpError::unsent(ErrorKind::Credentials, text)
        .advice(format!("Set `{argument}` in the provider block."))
}
