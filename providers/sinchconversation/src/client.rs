//! What talks to the services: authenticated requests, error bodies, and how long to be patient.
//!
//! It knows paths of nothing but what several resources share.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use trunkline_api::provider::ConfigureRequest;
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_http::{
    Auth, BasicGrant, Credentials, Endpoint, HttpError, HttpKit, HttpSettings, Method, RateLimit,
    Redactor, Request, RetryPolicy, SecretString, TokenCache, VendorError, Waits,
};

use crate::json::text;
use crate::settings::{REGIONS, SMS_REGIONS, Settings, VENDOR};

/// Secrets shorter than this are not searched for in messages: they would blacken ordinary words.
const SHORTEST_SECRET: usize = 6;

/// Names of the sandbox's services, the same as those of our endpoints: region and name.
const CONVERSATION: [(&str, &str); 3] = [
    ("us", "sinchconversation.us"),
    ("eu", "sinchconversation.eu"),
    ("br", "sinchconversation.br"),
];
const SMS: [(&str, &str); 5] = [
    ("us", "sinchconversation.sms.us"),
    ("eu", "sinchconversation.sms.eu"),
    ("au", "sinchconversation.sms.au"),
    ("br", "sinchconversation.sms.br"),
    ("ca", "sinchconversation.sms.ca"),
];
const NUMBERS: &str = "sinchconversation.numbers";
const AUTH: &str = "sinchconversation.auth";

/// A connection to one project.
pub struct Client {
    pub(crate) settings: Settings,
    kit: HttpKit,
    numbers: Endpoint,
    auth: Auth,
    redactor: Redactor,
}

impl Client {
    /// A client by the provider's settings. Sends nothing.
    pub(crate) fn new(request: &ConfigureRequest) -> Result<Client, Diagnostics> {
        let settings = Settings::read(request)?;
        let kit = HttpKit::new(&request.world, http(&settings))?;
        let missing = || {
            let text = "The provider has no endpoint.";
            vec![Diagnostic::error("Service Not Set", text)]
        };
        let numbers = kit.endpoint(NUMBERS).ok_or_else(missing)?;
        let login = kit.endpoint(AUTH).ok_or_else(missing)?;
        let given = vec![
            ("key_id", settings.key_id.clone().map(SecretString::from)),
            ("key_secret", settings.key_secret.clone()),
        ];
        let credentials = Arc::new(Credentials::new(&kit, given));
        let auth = if settings.basic {
            Auth::Basic(credentials)
        } else {
            let grant = BasicGrant::client_credentials(login, "/oauth2/token", credentials);
            Auth::Bearer(TokenCache::new(grant))
        };
        Ok(Client {
            redactor: kit.redactor().clone(),
            kit,
            settings,
            numbers,
            auth,
        })
    }

    /// A request to the Conversation API of `region`, below the project.
    pub(crate) fn conversation(
        &self,
        method: Method,
        region: &str,
        project: &str,
        path: &str,
    ) -> Result<Request, HttpError> {
        let name = CONVERSATION.iter().find(|(known, _)| *known == region);
        let endpoint = name.and_then(|(_, name)| self.kit.endpoint(name));
        let endpoint = endpoint.ok_or_else(|| no_region(region))?;
        let path = format!("/v1/projects/{}/{path}", Endpoint::segment(project));
        let request = endpoint.request(method.clone(), path);
        // Sending exactly the masked fields twice is the same as once.
        let request = if method == Method::PATCH {
            request.safe_to_resend()
        } else {
            request
        };
        Ok(request.auth(self.auth.clone()))
    }

    /// A request to the Numbers API, below the project.
    pub(crate) fn numbers(&self, method: Method, project: &str, path: &str) -> Request {
        let path = format!("/v1/projects/{}/{path}", Endpoint::segment(project));
        let request = self.numbers.request(method.clone(), path);
        let request = if method == Method::PATCH {
            request.safe_to_resend()
        } else {
            request
        };
        request.auth(self.auth.clone())
    }

    /// A GET of the SMS API below a service plan, with its API token.
    pub(crate) fn sms(
        &self,
        region: &str,
        plan: &str,
        token: Option<SecretString>,
        path: &str,
    ) -> Result<Request, HttpError> {
        let name = SMS.iter().find(|(known, _)| *known == region);
        let endpoint = name.and_then(|(_, name)| self.kit.endpoint(name));
        let endpoint = endpoint.ok_or_else(|| no_region(region))?;
        let credentials = Credentials::new(&self.kit, vec![("sms_api_token", token)]);
        let path = format!("/xms/v1/{}/{path}", Endpoint::segment(plan));
        Ok(endpoint.get(path).auth(Auth::Header(
            "authorization",
            "Bearer ",
            Arc::new(credentials),
            0,
        )))
    }

    /// Makes sure that no message shows a secret.
    pub(crate) fn keep_secret(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            self.redactor.register(secret);
        }
    }

    /// How long a change may take at the vendor [assumed].
    pub(crate) fn waits(&self) -> Waits {
        let first = if self.kit.is_sandbox() { 10 } else { 500 };
        Waits {
            first: Duration::from_millis(first),
            longest: Duration::from_secs(10),
            budget: self.settings.wait,
        }
    }
}

fn no_region(region: &str) -> HttpError {
    HttpError::unsent(
        trunkline_http::ErrorKind::Denied,
        format!("There is no region {region:?}"),
    )
}

/// Requests that may go at once at the start [assumed].
const BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();

fn http(settings: &Settings) -> HttpSettings {
    let url = |name: &str, usual: String| settings.overrides.get(name).cloned().unwrap_or(usual);
    let mut http = HttpSettings::new(VENDOR)
        .endpoint(AUTH, url("auth", "https://auth.sinch.com".into()))
        .endpoint(
            NUMBERS,
            url("numbers", "https://numbers.api.sinch.com".into()),
        );
    for ((region, name), known) in CONVERSATION.into_iter().zip(REGIONS) {
        debug_assert_eq!(region, known);
        let usual = format!("https://{region}.conversation.api.sinch.com");
        http = http.endpoint(name, url(&format!("conversation.{region}"), usual));
    }
    for ((region, name), known) in SMS.into_iter().zip(SMS_REGIONS) {
        debug_assert_eq!(region, known);
        let usual = format!("https://{region}.sms.api.sinch.com");
        http = http.endpoint(name, url(&format!("sms.{region}"), usual));
    }
    // 8 at once, 5 tries [assumed].
    http.concurrency = 8;
    http.rate = Some(RateLimit::a_minute(settings.per_minute).in_bursts_of(BURST));
    http.counted_by = settings.key_id.clone().map(Into::into);
    http.retry = RetryPolicy {
        times: 5,
        ..RetryPolicy::default()
    };
    http.read_error = error_body;
    http
}

/// Reads `{"error": {…}}` of Conversation and Numbers, or `{"code", "text"}` of SMS.
fn error_body(body: &Json) -> VendorError {
    let Some(inner) = body.get("error").filter(|e| e.is_object()) else {
        let mut error = VendorError::usual(body);
        if let Some(said) = text(body, "text") {
            error.message = said.to_owned();
        }
        return error;
    };
    let mut message = text(inner, "message").unwrap_or_default().to_owned();
    let details = inner.get("details").and_then(Json::as_array);
    for detail in details.into_iter().flatten() {
        let fields = detail.get("fieldViolations").and_then(Json::as_array);
        for violation in fields.into_iter().flatten() {
            let parts = [text(violation, "field"), text(violation, "description")];
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            message.push_str(&format!("; {}", parts.join(": ")));
        }
        if let Some(name) = text(detail, "resourceName") {
            message.push_str(&format!("; {name}"));
        }
    }
    VendorError {
        message,
        code: text(inner, "status").unwrap_or_default().to_owned(),
        context_id: String::new(),
    }
}

/// The same error; where nothing was found, with a hint that the region may be another.
pub(crate) fn region_hint(error: HttpError, region: &str) -> HttpError {
    if error.is_not_found() {
        return error.advice(format!(
            "There may be no such object, or it may be in another region: this provider block works in {region:?}, and an app \
             of one region is not found in another."
        ));
    }
    error
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Client({} in {})",
            self.settings.project, self.settings.region
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn error_bodies_of_both_forms_are_read() {
        let google = json!({"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT",
            "details": [{"fieldViolations": [{"field": "target", "description": "not https"}]}, {"resourceName": "+46"}]}});
        assert_eq!(
            error_body(&google).to_string(),
            "bad; target: not https; +46 (code INVALID_ARGUMENT)"
        );
        let sms = json!({"code": "syntax_invalid_json", "text": "not JSON"});
        assert_eq!(
            error_body(&sms).to_string(),
            "not JSON (code syntax_invalid_json)"
        );
    }
}
