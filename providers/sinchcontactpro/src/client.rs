//! What talks to RCI: paths, authentication, ids in answers, pages, whole-object writes.
//!
//! It knows nothing of what an object means.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_http::{
    Answer, Auth, Content, Credentials, Endpoint, ExposeSecret, HttpError, HttpKit, HttpSettings,
    Method, Page, RateLimit, Redactor, Request, TokenCache, VendorError, Waits, collect_pages,
};

use crate::names;
use crate::session::{COOKIE, Login};
use crate::settings::{self, AuthMode};

/// The length of an id [public: RCI].
const ID_LENGTH: usize = 32;

/// A connection to one tenant as one API user.
pub struct Client {
    rci: Endpoint,
    auth: Vec<Auth>,
    redactor: Redactor,
    paths: BTreeMap<&'static str, String>,
    type_names: BTreeMap<String, String>,
    page_size: usize,
    /// Who calls: logon name and password.
    user: Arc<Credentials>,
    /// Whether a messaging service carries its authentications.
    pub(crate) embedded: bool,
    /// Names of the roles that hold the right to use messaging services.
    pub(crate) right_roles: Vec<String>,
}

impl Client {
    /// A client by the provider's settings. Sends nothing.
    pub(crate) fn new(request: &ConfigureRequest) -> Result<Client, Diagnostics> {
        let settings = settings::read(request)?;
        let name = match settings.auth_mode {
            AuthMode::ApiKey => "sinchcontactpro.rci",
            AuthMode::LoginCookie => "sinchcontactpro.session",
            AuthMode::Basic => "sinchcontactpro.onpremise",
        };
        let mut http = HttpSettings::new("sinchcontactpro").endpoint(name, settings.base_url);
        if let Some(url) = settings.login_url {
            http = http.endpoint("sinchcontactpro.login", url);
        }
        for endpoint in &mut http.endpoints {
            endpoint.plain_http = settings.plain_http;
        }
        http.timeout = settings.timeout;
        http.concurrency = 4;
        http.read_error = error_body;
        if let Some(times) = settings.retries {
            http.retry.times = times;
        }
        let usual = matches!(request.world, World::Live).then_some(PER_MINUTE);
        http.rate = settings.per_minute.or(usual).map(rate);
        http.counted_by = settings.api_key.clone().or(settings.username.clone());
        let kit = HttpKit::new(&request.world, http)?;
        let endpoint = |name: &str| {
            let missing = || {
                vec![Diagnostic::error(
                    "Service Not Set",
                    format!("The provider has no endpoint {name}."),
                )]
            };
            kit.endpoint(name).ok_or_else(missing)
        };
        let user = vec![
            ("username", settings.username),
            ("password", settings.password),
        ];
        let user = Arc::new(Credentials::new(&kit, user));
        let auth = match settings.auth_mode {
            AuthMode::Basic => vec![Auth::Basic(user.clone())],
            AuthMode::ApiKey => {
                let key = vec![("api_key", settings.api_key)];
                let key = Arc::new(Credentials::new(&kit, key));
                vec![
                    Auth::Basic(user.clone()),
                    Auth::Header("x-api-key", "", key, 0),
                ]
            }
            AuthMode::LoginCookie => vec![Auth::Cookie(
                COOKIE,
                TokenCache::new(Login {
                    endpoint: endpoint("sinchcontactpro.login")?,
                    credentials: user.clone(),
                }),
            )],
        };
        Ok(Client {
            rci: endpoint(name)?,
            auth,
            redactor: kit.redactor().clone(),
            paths: settings.paths,
            type_names: settings.type_names,
            page_size: settings.page_size,
            embedded: settings.embedded,
            right_roles: settings.right_roles,
            user,
        })
    }

    /// The logon name of the provider's own user, where it is known.
    pub(crate) async fn own_login(&self) -> Option<String> {
        let login = self.user.get(0).await.ok()?;
        Some(login.expose_secret().to_owned())
    }

    /// The path of an object: names of collections, and ids, in turn.
    pub(crate) fn path(&self, parts: &[&str]) -> String {
        let part = |(i, part): (usize, &&str)| match (i % 2, self.paths.get(*part)) {
            (0, Some(spelt)) => spelt.clone(),
            _ => Endpoint::segment(part),
        };
        let parts: Vec<String> = parts.iter().enumerate().map(part).collect();
        parts.join("/")
    }

    fn request(&self, method: Method, parts: &[&str]) -> Request {
        let request = self.rci.request(method, self.path(parts));
        self.auth.iter().cloned().fold(request, Request::auth)
    }

    /// A create, which is answered with an id as text.
    fn post(&self, parts: &[&str], body: &Json) -> Request {
        self.request(Method::POST, parts)
            .json(body)
            .header("accept", "text/html")
            .answered_by(Content::Text)
    }

    /// The object, or nothing when there is none.
    pub(crate) async fn find(&self, parts: &[&str]) -> Result<Option<Json>, HttpError> {
        let request = self.request(Method::GET, parts);
        match request.header("accept", "application/json").send().await {
            Ok(answer) => {
                let json: Json = answer.json()?;
                if !json.is_object() {
                    return Err(answer.malformed("it is not an object"));
                }
                Ok(Some(json))
            }
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// The object, which must be there.
    pub(crate) async fn get(&self, parts: &[&str]) -> Result<Json, HttpError> {
        let request = self.request(Method::GET, parts);
        let request = request.header("accept", "application/json");
        request.send().await?.json()
    }

    /// Makes an object and answers its id.
    pub(crate) async fn create(&self, parts: &[&str], body: &Json) -> Result<String, HttpError> {
        let answer = self.post(parts, body).send().await?;
        new_id(&answer)
    }

    /// Puts an object into a list of its owner's. One that is in it stays in it, so that this may be sent again.
    pub(crate) async fn join(&self, parts: &[&str], id: &str) -> Result<(), HttpError> {
        let request = self.post(parts, &json!({ "id": id }));
        match request.safe_to_resend().send().await {
            Err(e) if e.status() == Some(409) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Writes an object whole.
    pub(crate) async fn replace(&self, parts: &[&str], body: &Json) -> Result<(), HttpError> {
        let request = self.request(Method::PUT, parts).json(body);
        request.send().await.map(|_| ())
    }

    /// Removes an object; one that is gone already counts as removed.
    pub(crate) async fn remove(&self, parts: &[&str]) -> Result<(), HttpError> {
        match self.request(Method::DELETE, parts).send().await {
            Err(e) if !e.is_not_found() => Err(e),
            _ => Ok(()),
        }
    }

    /// All rows of a list. Rows hold ids and names, and the fields that `query` names: `*` for any value.
    pub(crate) async fn list(
        &self,
        parts: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<Json>, HttpError> {
        let limit = self.page_size;
        collect_pages(|number| async move {
            let offset = (number as usize - 1) * limit;
            let mut request = self
                .request(Method::GET, parts)
                .header("accept", "application/json")
                .query("offset", offset.to_string())
                .query("limit", limit.to_string());
            for (name, value) in query {
                request = request.query(name, *value);
            }
            let answer = request.send().await?;
            let json = answer.json()?;
            let Json::Array(items) = json else {
                return Err(answer.malformed("it is not a list"));
            };
            // No total is told: a page that is not full is the last [assumed].
            let more = items.len() >= limit;
            Ok(Page { items, more })
        })
        .await
    }

    /// The rows whose member `key` is exactly `value`. The service's filter has wildcards and may not
    /// tell capitals.
    pub(crate) async fn rows(
        &self,
        parts: &[&str],
        key: &str,
        value: &str,
        fields: &[(&str, &str)],
    ) -> Result<Vec<Json>, HttpError> {
        let mut query = vec![(key, value)];
        query.extend_from_slice(fields);
        let mut rows = self.list(parts, &query).await?;
        rows.retain(|row| text(row, key) == Some(value) && text(row, "id").is_some());
        Ok(rows)
    }

    /// The id of an object that a person names by its id or by its natural key.
    pub(crate) async fn resolve(
        &self,
        parts: &[&str],
        key: &str,
        given: &str,
        what: &str,
    ) -> Result<String, Diagnostic> {
        let doing = |e: HttpError| e.doing(format!("Looking for {what} {given:?}"));
        if is_id(given) {
            let one = [parts, &[given]].concat();
            if self.find(&one).await.map_err(doing)?.is_some() {
                return Ok(given.to_owned());
            }
        }
        let rows = self.rows(parts, key, given, &[]).await.map_err(doing)?;
        if let [row] = rows.as_slice() {
            return Ok(text(row, "id").unwrap_or_default().to_owned());
        }
        Err(Diagnostic::error(
            format!(
                "No Single Object of This {}",
                if key == "login" { "Logon Name" } else { "Name" }
            ),
            format!(
                "The tenant shows {} objects for {what} {given:?}; exactly one is needed. Check the id or the {key}, which is compared exactly, and that the API user may see the object.",
                rows.len()
            ),
        ))
    }

    /// The ids of a list.
    pub(crate) async fn ids(&self, parts: &[&str]) -> Result<Vec<String>, HttpError> {
        let rows = self.list(parts, &[]).await?;
        Ok(rows
            .iter()
            .filter_map(|row| text(row, "id"))
            .map(str::to_owned)
            .collect())
    }

    /// A type as the service spells it.
    pub(crate) fn spelt(&self, service_type: &str) -> String {
        let name = names::canonical(service_type);
        self.type_names.get(&name).cloned().unwrap_or(name)
    }

    /// A type of the service in the spelling used here.
    pub(crate) fn unspelt(&self, found: &str) -> String {
        let mut names = self.type_names.iter();
        names
            .find(|(_, spelt)| spelt.eq_ignore_ascii_case(found))
            .map_or_else(|| names::canonical(found), |(name, _)| name.clone())
    }

    /// Keeps `secret` out of every message from now on.
    pub(crate) fn keep_secret(&self, secret: &str) {
        self.redactor.register(secret);
    }

    /// How long to look for what a lost call may have made.
    pub(crate) fn search_waits(&self) -> Waits {
        let seconds = if self.rci.is_sandbox() { 1 } else { 5 };
        Waits {
            first: Duration::from_millis(250),
            longest: Duration::from_secs(2),
            budget: Duration::from_secs(seconds),
        }
    }
}

/// Whether a text has the form of an id.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The id in the answer to a create: the text itself, else the end of `Location`.
fn new_id(answer: &Answer) -> Result<String, HttpError> {
    let body = answer.text();
    let body = body.trim().trim_matches('"');
    let location = answer.location().unwrap_or_default();
    let last = location.trim_end_matches('/').rsplit('/').next();
    let found = [Some(body), last]
        .into_iter()
        .flatten()
        .find(|id| is_id(id));
    found.map(str::to_owned).ok_or_else(|| {
        answer.malformed("neither it nor its Location header is an id of 32 characters")
    })
}

/// The non-empty string member `name`.
pub(crate) fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    json.get(name)
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty())
}

/// The same error, naming the right that a 403 is about.
pub(crate) fn needs(error: HttpError, right: &str) -> HttpError {
    match error.status() {
        Some(403) => error.advice(format!(
            "Either the API user of this provider lacks the right {right}, or the API key is missing or blocked. Give the user the right in System Configurator."
        )),
        _ => error,
    }
}

/// The same error of a create, saying what to do when the object exists already.
pub(crate) fn taken(error: HttpError, what: &str) -> HttpError {
    match error.status() {
        Some(409) => error.advice(format!(
            "{what} Import it if this configuration is to manage it, or choose another."
        )),
        _ => error,
    }
}

/// Errors are plain text, or JSON at the API gateway [assumed].
fn error_body(body: &Json) -> VendorError {
    match body.as_str() {
        Some(text) => VendorError {
            message: text.to_owned(),
            ..VendorError::default()
        },
        None => VendorError::usual(body),
    }
}

/// The limit that we keep ourselves towards the real service, since the vendor publishes none [assumed].
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).unwrap();

/// Requests that may go at once at the start [assumed].
const BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();

fn rate(per_minute: NonZeroU32) -> RateLimit {
    RateLimit::a_minute(per_minute).in_bursts_of(BURST)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({:?})", self.rci)
    }
}
