//! What talks to the service: authenticated requests, pages, error bodies, and how long to be patient.
//!
//! It knows paths of nothing but what several resources share.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::{Mutex, OnceCell};
use trunkline_api::Diagnostics;
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_http::{
    Answer, Auth, BasicGrant, Credentials, Endpoint, ErrorKind, GivenToken, HttpError, HttpKit,
    HttpSettings, Method, Page, RateLimit, Redactor, Request, SecretString, TokenCache,
    VendorError, Waits, collect_pages, poll,
};

use crate::catalogue::Catalogue;
use crate::settings;

/// The page size that the public provider uses.
const PAGE_SIZE: u32 = 100;

/// A connection to one organisation as one caller.
pub struct Client {
    api: Endpoint,
    tokens: Arc<TokenCache>,
    redactor: Redactor,
    consistency: Duration,
    home: OnceCell<String>,
    granted: AtomicBool,
    pub(crate) catalogue: Mutex<Catalogue>,
}

impl Client {
    /// A client by the provider's settings. Sends nothing.
    pub(crate) fn new(request: &ConfigureRequest) -> Result<Client, Diagnostics> {
        let rehearsal = matches!(request.world, World::Sandbox(_));
        let settings = settings::read(request, rehearsal).map_err(|problem| vec![*problem])?;
        let mut http = HttpSettings::new("genesyscloud")
            .endpoint("genesyscloud.api", settings.api_url)
            .endpoint("genesyscloud.login", settings.login_url);
        http.timeout = settings.request_timeout;
        http.read_error = error_body;
        let given_token = settings
            .access_token
            .filter(|_| knows_tokens(&request.world));
        // Counted for each token; without a given one each client has its own.
        http.rate = Some(RateLimit::a_minute(settings.per_minute));
        http.counted_by = given_token.clone();
        let kit = HttpKit::new(&request.world, http)?;
        let missing = || {
            vec![trunkline_api::Diagnostic::error(
                "Service Not Set",
                "The provider has no endpoint.",
            )]
        };
        let api = kit.endpoint("genesyscloud.api").ok_or_else(missing)?;
        let login = kit.endpoint("genesyscloud.login").ok_or_else(missing)?;
        let tokens = match given_token {
            Some(token) => {
                let given = vec![("access_token", Some(token))];
                TokenCache::new(GivenToken(Arc::new(Credentials::new(&kit, given))))
            }
            None => {
                let given = vec![
                    ("oauthclient_id", settings.client_id.map(SecretString::from)),
                    ("oauthclient_secret", settings.client_secret),
                ];
                let credentials = Arc::new(Credentials::new(&kit, given));
                let mut grant = BasicGrant::client_credentials(login, "/oauth/token", credentials);
                grant.throttled = throttled;
                TokenCache::new(grant)
            }
        };
        Ok(Client {
            api,
            tokens,
            redactor: kit.redactor().clone(),
            consistency: settings.consistency_timeout,
            home: OnceCell::new(),
            granted: AtomicBool::new(false),
            catalogue: Mutex::default(),
        })
    }

    /// An authenticated request.
    pub(crate) fn request(&self, method: Method, path: impl Into<String>) -> Request {
        self.api
            .request(method, path)
            .auth(Auth::Bearer(self.tokens.clone()))
    }

    /// An authenticated GET.
    pub(crate) fn get(&self, path: impl Into<String>) -> Request {
        self.request(Method::GET, path)
    }

    /// The JSON at `path`, or nothing when there is no such object.
    pub(crate) async fn find(&self, path: &str) -> Result<Option<Json>, HttpError> {
        found(self.get(path)).await
    }

    /// All entities of a list, over all pages.
    pub(crate) async fn entities(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Json>, HttpError> {
        collect_pages(|number| async move {
            let mut request = self
                .get(path)
                .query("pageSize", PAGE_SIZE.to_string())
                .query("pageNumber", number.to_string());
            for (name, value) in query {
                request = request.query(name, *value);
            }
            let answer = request.send().await?;
            let json = answer.json()?;
            let Some(items) = json.get("entities").and_then(Json::as_array) else {
                return Err(answer.malformed("it has no list \"entities\""));
            };
            let pages = json.get("pageCount").and_then(Json::as_u64).unwrap_or(0);
            Ok(Page {
                items: items.clone(),
                more: u64::from(number) < pages,
            })
        })
        .await
    }

    /// The id of the home division, asked once.
    pub(crate) async fn home_division(&self) -> Result<String, HttpError> {
        let ask = || async {
            let answer = self
                .get("/api/v2/authorization/divisions/home")
                .send()
                .await?;
            id_of(&answer)
        };
        self.home.get_or_try_init(ask).await.cloned()
    }

    /// How long to look for what a lost call may have made, before it counts as not made: lists may lag
    /// behind as reads do. A simulator lags less.
    pub(crate) fn search_waits(&self) -> Waits {
        self.waits(Duration::from_secs(if self.api.is_sandbox() {
            2
        } else {
            15
        }))
    }

    /// Notes that a role was granted: what needs it may be refused for a while.
    pub(crate) fn granted(&self) {
        self.granted.store(true, Ordering::Relaxed);
    }

    /// How long a missing role of the caller may pass: after a grant the service needs some 10 s to
    /// notice (public provider); without one in this run, only what a fresh token settles.
    pub(crate) fn role_waits(&self) -> Waits {
        let seconds = if self.granted.load(Ordering::Relaxed) {
            60
        } else {
            3
        };
        self.waits(Duration::from_secs(seconds))
    }

    /// Uses a fresh token from now on: one that has the permissions granted since the last.
    pub(crate) async fn renew_token(&self) {
        self.tokens.renew().await;
    }

    /// Keeps `secret` out of every message from now on.
    pub(crate) fn keep_secret(&self, secret: &str) {
        self.redactor.register(secret);
    }

    /// Waits for a change to become visible: `budget` at most, and no longer than the settings allow.
    pub(crate) fn waits(&self, budget: Duration) -> Waits {
        Waits {
            first: Duration::from_millis(250),
            longest: Duration::from_secs(5),
            budget: budget.min(self.consistency),
        }
    }

    /// What `request` answers, or nothing when there is no such object: a 404 is believed only when it
    /// lasts, since right after a change the service may not show what is there.
    pub(crate) async fn find_surely(
        &self,
        request: impl Fn() -> Request,
    ) -> Result<Option<Json>, HttpError> {
        poll(self.waits(Duration::from_secs(4)), || found(request())).await
    }

    /// Waits for a short while until `shows` holds of what is at `path`, after an update. The next
    /// plan tells if it never does.
    pub(crate) async fn wait_to_show<F>(
        &self,
        path: &str,
        shows: impl Fn(Json) -> F,
    ) -> Result<(), HttpError>
    where
        F: Future<Output = bool>,
    {
        let look = || async {
            match self.find(path).await? {
                Some(object) => Ok(shows(object).await.then_some(())),
                None => Ok(None),
            }
        };
        poll(self.waits(Duration::from_secs(10)), look)
            .await
            .map(|_| ())
    }

    /// Waits until `path` can be read, and answers what is there; nothing if it never could.
    /// Right after a create a 404 may be temporary for up to 5 minutes (public provider).
    pub(crate) async fn wait_for(&self, path: &str) -> Result<Option<Json>, HttpError> {
        poll(self.waits(Duration::from_secs(300)), || self.find(path)).await
    }

    /// Waits until `gone` holds of what is at `path`, or there is nothing. Whether it came so.
    pub(crate) async fn wait_until_gone(
        &self,
        path: &str,
        budget: Duration,
        gone: fn(&Json) -> bool,
    ) -> Result<bool, HttpError> {
        let found = poll(self.waits(budget), || async {
            let object = self.find(path).await?;
            Ok(object.is_none_or(|o| gone(&o)).then_some(()))
        });
        Ok(found.await?.is_some())
    }
}

/// Sends a request again and again while it is refused in a way that may pass, such as a role that the
/// service does not know yet. `may_pass` must mean that nothing was done.
pub(crate) async fn patiently(
    waits: Waits,
    may_pass: impl Fn(&HttpError) -> bool,
    request: impl Fn() -> Request,
) -> Result<Answer, HttpError> {
    let refusal = std::sync::Mutex::new(None);
    let send = || async {
        match request().send().await {
            Err(e) if may_pass(&e) => {
                *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
                Ok(None)
            }
            other => other.map(Some),
        }
    };
    if let Some(answer) = poll(waits, send).await? {
        return Ok(answer);
    }
    let refusal = refusal.into_inner().unwrap_or_else(PoisonError::into_inner);
    Err(refusal.unwrap_or_else(|| HttpError::unsent(ErrorKind::Status, "The request was refused")))
}

/// What `request` answers, or nothing for 404 and 410.
pub(crate) async fn found(request: Request) -> Result<Option<Json>, HttpError> {
    match request.send().await {
        Ok(answer) => answer.json().map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The `id` in an answer.
pub(crate) fn id_of(answer: &Answer) -> Result<String, HttpError> {
    let json = answer.json()?;
    text(&json, "id")
        .map(str::to_owned)
        .ok_or_else(|| answer.malformed("it has no \"id\""))
}

/// The non-empty string member `name`.
pub(crate) fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    json.get(name)
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty())
}

/// The ids of a list's objects.
pub(crate) fn ids_of(objects: &[Json]) -> Vec<String> {
    let ids = objects.iter().filter_map(|object| text(object, "id"));
    ids.map(str::to_owned).collect()
}

/// The same error, naming the permission that a 403 is about.
pub(crate) fn needs(error: HttpError, permission: &str) -> HttpError {
    if error.status() == Some(403) {
        return error.advice(format!(
            "The caller lacks the permission {permission}. Give the OAuth client of this provider a role that has it; a change of permissions may take up to 5 minutes to take effect."
        ));
    }
    error
}

/// Whether a rehearsal has an access token to put in the place of a real one; live always.
fn knows_tokens(world: &World) -> bool {
    match world {
        World::Live => true,
        World::Sandbox(sandbox) => sandbox
            .settings
            .get("genesyscloud")
            .is_some_and(|settings| settings.contains_key("access_token")),
    }
}

/// A throttled token service says 400, `invalid_request`, "rate limit exceeded…" (public provider).
fn throttled(answer: &Answer) -> bool {
    answer.status() == 400
        && answer
            .vendor_error()
            .message
            .to_ascii_lowercase()
            .contains("rate limit exceeded")
}

/// Reads an `ErrorBody` of the API, or the `error` of the login service.
fn error_body(body: &Json) -> VendorError {
    let mut error = VendorError::usual(body);
    if let Some(description) = text(body, "description") {
        error.message = match text(body, "error") {
            Some(code) => format!("{code}: {description}"),
            None => description.to_owned(),
        };
    }
    let details = body
        .get("details")
        .and_then(Json::as_array)
        .map_or(&[][..], Vec::as_slice);
    for detail in details {
        let (field, code) = (text(detail, "fieldName"), text(detail, "errorCode"));
        let note = [field, code]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": ");
        if !note.is_empty() {
            error.message.push_str(&format!("; {note}"));
        }
    }
    let nested = body
        .get("errors")
        .and_then(Json::as_array)
        .map_or(&[][..], Vec::as_slice);
    for inner in nested.iter().filter_map(|e| text(e, "message")) {
        if !error.message.contains(inner) {
            error.message.push_str(&format!("; {inner}"));
        }
    }
    error
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({:?})", self.api)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn error_bodies_say_what_is_wrong_with_which_field() {
        let body = json!({
            "message": "Bad request", "code": "bad.request", "status": 400, "contextId": "c-1",
            "details": [{"fieldName": "name", "errorCode": "too.long"}],
            "errors": [{"message": "The name is too long"}],
        });
        assert_eq!(
            error_body(&body).to_string(),
            "Bad request; name: too.long; The name is too long (code bad.request, context id c-1)"
        );
        let login = json!({"error": "invalid_client", "description": "client not found"});
        assert_eq!(
            error_body(&login).to_string(),
            "invalid_client: client not found"
        );
    }
}
