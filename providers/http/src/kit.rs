//! Builds the only HTTP clients there are, for the real services or for the sandbox's simulators.
//!
//! Here, and only here, it is decided where a connection goes. Nothing is sent while building.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value as Json;
use tokio::sync::Semaphore;
use trunkline_api::provider::{SandboxWorld, World};
use trunkline_api::{Diagnostic, Diagnostics};

use crate::endpoint::Parts;
use crate::limit::Limits;
use crate::{
    Endpoint, ExposeSecret as _, Meaning, RateLimit, Received, Redactor, RetryPolicy, SecretString,
    VendorError,
};

/// One service that a vendor wants to talk to.
#[derive(Clone, Debug)]
pub struct EndpointSettings {
    /// Its name, the same as the sandbox's service name, e.g. `genesyscloud.api`.
    pub name: &'static str,
    /// Its base URL as configured.
    pub url: String,
    /// Whether plain `http` to another host than this machine is accepted.
    pub plain_http: bool,
}

/// How a vendor wants its clients.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The vendor's name, e.g. `genesyscloud`: the key of its sandbox settings.
    pub vendor: &'static str,
    /// The services.
    pub endpoints: Vec<EndpointSettings>,
    /// The time to connect.
    pub connect_timeout: Duration,
    /// The time from sending a request to having its whole answer.
    pub timeout: Duration,
    /// Requests at once, for each endpoint.
    pub concurrency: usize,
    /// How many requests, for all endpoints together.
    pub rate: Option<RateLimit>,
    /// What the vendor counts requests by, such as a key or a token: the limit is shared by all of this process that
    /// name the same. Absent where each configured provider is counted by itself.
    pub counted_by: Option<SecretString>,
    /// When and how often to try again.
    pub retry: RetryPolicy,
    /// Reads an error body.
    pub read_error: fn(&Json) -> VendorError,
    /// Reads what an answer means; the status and `Retry-After` by default.
    pub read_meaning: fn(&Received<'_>) -> Meaning,
}

impl HttpSettings {
    /// Settings without endpoints: 10 s to connect, 60 s for an answer, 10 at once, no rate limit.
    #[must_use]
    pub fn new(vendor: &'static str) -> HttpSettings {
        HttpSettings {
            vendor,
            endpoints: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            concurrency: 10,
            rate: None,
            counted_by: None,
            retry: RetryPolicy::default(),
            read_error: VendorError::usual,
            read_meaning: Meaning::literal,
        }
    }

    /// The same with an endpoint more, that is `https` unless it is on this machine.
    #[must_use]
    pub fn endpoint(mut self, name: &'static str, url: impl Into<String>) -> HttpSettings {
        self.endpoints.push(EndpointSettings {
            name,
            url: url.into(),
            plain_http: false,
        });
        self
    }
}

/// The clients of one configured provider. Cheap to clone.
#[derive(Clone)]
pub struct HttpKit {
    pub(crate) vendor: &'static str,
    pub(crate) client: reqwest::Client,
    pub(crate) sandbox: Option<Arc<SandboxWorld>>,
    redactor: Redactor,
    endpoints: BTreeMap<&'static str, Endpoint>,
}

impl HttpKit {
    /// Builds the clients, or says everything that is wrong with the settings.
    pub fn new(world: &World, settings: HttpSettings) -> Result<HttpKit, Diagnostics> {
        let sandbox = match world {
            World::Live => None,
            World::Sandbox(sandbox) => Some(sandbox.clone()),
        };
        let mut problems = Vec::new();
        let mut places = Vec::new();
        for endpoint in &settings.endpoints {
            match place(endpoint, sandbox.as_deref()) {
                Ok((configured, target)) => places.push((endpoint.name, configured, target)),
                Err(problem) => problems.push(*problem),
            }
        }
        let all_local = places.iter().all(|(_, _, target)| is_loopback(target));
        let client = match client(&settings, all_local) {
            Ok(client) => client,
            Err(why) => {
                problems.push(Diagnostic::error(
                    "HTTP Client Not Available",
                    format!("The HTTP client cannot be set up: {why}."),
                ));
                return Err(problems);
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let redactor = Redactor::default();
        let limits = match (settings.rate, &settings.counted_by) {
            (Some(rate), Some(by)) => {
                let targets: Vec<&str> = places.iter().map(|(_, _, t)| t.as_str()).collect();
                Limits::of((targets, by.expose_secret()), rate)
            }
            (rate, _) => Arc::new(Limits::new(rate)),
        };
        let mut retry = settings.retry;
        if sandbox.is_some() {
            // A simulator on this machine has no reason to be left alone for long.
            retry.first = retry.first.min(Duration::from_millis(100));
        }
        let endpoints = places
            .into_iter()
            .map(|(name, configured, target)| {
                let parts = Parts {
                    name: name.to_owned(),
                    configured,
                    target,
                    sandbox: sandbox.is_some(),
                    client: client.clone(),
                    limits: limits.clone(),
                    slots: Semaphore::new(settings.concurrency.max(1)),
                    retry: retry.clone(),
                    redactor: redactor.clone(),
                    read_error: settings.read_error,
                    read_meaning: settings.read_meaning,
                };
                (name, Endpoint(Arc::new(parts)))
            })
            .collect();
        Ok(HttpKit {
            vendor: settings.vendor,
            client,
            sandbox,
            redactor,
            endpoints,
        })
    }

    /// The endpoint called `name`, if the settings had it.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<Endpoint> {
        self.endpoints.get(name).cloned()
    }

    /// The register of secrets, shared by all endpoints.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Whether requests go to simulators.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }
}

fn client(settings: &HttpSettings, all_local: bool) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout);
    if all_local {
        builder.no_proxy().build()
    } else {
        builder.build()
    }
}

/// The configured URL and the one to connect to.
fn place(
    endpoint: &EndpointSettings,
    sandbox: Option<&SandboxWorld>,
) -> Result<(Url, Url), Box<Diagnostic>> {
    let name = endpoint.name;
    let not_allowed = |why: String| Box::new(Diagnostic::error("Connection Not Allowed", why));
    let configured = base_url(&endpoint.url).map_err(|why| {
        Box::new(Diagnostic::error(
            "Invalid Service URL",
            format!(
                "The URL {:?} of {name} cannot be used: {why}.",
                endpoint.url
            ),
        ))
    })?;
    let Some(sandbox) = sandbox else {
        if configured.scheme() == "http" && !endpoint.plain_http && !is_loopback(&configured) {
            return Err(not_allowed(format!(
                "{configured} of {name} is plain HTTP, which would send credentials in clear. Use https."
            )));
        }
        return Ok((configured.clone(), configured));
    };
    let Some(service) = sandbox.services.get(name) else {
        let known: Vec<&str> = sandbox.services.keys().map(String::as_str).collect();
        return Err(not_allowed(format!(
            "This is a rehearsal in the sandbox, which does not simulate {name}, so nothing is sent to {configured}. It simulates: {}.",
            known.join(", ")
        )));
    };
    let target = base_url(service).map_err(|why| {
        not_allowed(format!(
            "The sandbox's address {service:?} of {name} cannot be used: {why}."
        ))
    })?;
    if !is_loopback(&target) {
        return Err(not_allowed(format!(
            "The sandbox's address {target} of {name} is not on this machine; a rehearsal connects to nothing else."
        )));
    }
    Ok((configured, target))
}

/// Parses a base URL; its path ends with a slash afterwards.
pub(crate) fn base_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|e| e.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("it must begin with https:// and a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not contain a user name or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must not have a query or a fragment".to_owned());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
