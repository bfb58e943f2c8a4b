//! One request: built, sent, and where that is safe sent again.
//!
//! The log line of a request has its method, URL, status and time; never a body or a header.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use tokio::sync::{AcquireError, SemaphorePermit};
use tokio::time::Instant;

use crate::redact::is_secret_name;
use crate::retry::{Next, Seen};
use crate::{
    Answer, Content, Credentials, Endpoint, ErrorKind, HttpError, RateGroup, Received, Signer,
    TokenCache, Unsigned,
};

/// Whether a request may be sent a second time after the first may have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Sending it twice is the same as sending it once: reads, whole-object writes, deletes.
    Safe,
    /// It creates or buys something: sent again only when the service cannot have acted on it.
    Never,
}

/// How a request authenticates.
#[derive(Clone)]
pub enum Auth {
    /// `Authorization: Bearer` with a token that is renewed when it must be.
    Bearer(Arc<TokenCache>),
    /// A session's cookie of this name, whose value is a token; a new session is opened when it must be.
    Cookie(&'static str, Arc<TokenCache>),
    /// `Authorization: Basic` with the first two credentials.
    Basic(Arc<Credentials>),
    /// A header whose value is a prefix and one of the credentials, by position.
    Header(&'static str, &'static str, Arc<Credentials>, usize),
    /// Headers over the whole request, made anew for each try. The query is sent encoded by RFC 3986.
    Signed(Arc<dyn Signer>),
}

enum Body {
    Json(Vec<u8>),
    Form(SecretString),
    Bytes(&'static str, Vec<u8>),
}

impl Body {
    fn content_type(&self) -> &'static str {
        match self {
            Body::Json(_) => "application/json",
            Body::Form(_) => "application/x-www-form-urlencoded",
            Body::Bytes(kind, _) => kind,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Body::Json(bytes) | Body::Bytes(_, bytes) => bytes,
            Body::Form(text) => text.expose_secret().as_bytes(),
        }
    }
}

/// A request being built.
pub struct Request {
    endpoint: Endpoint,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    auth: Vec<Auth>,
    body: Option<Body>,
    shown_path: Option<String>,
    quote_body: bool,
    quote_success: bool,
    resend: Resend,
    not_processed: Vec<u16>,
    content: Content,
    group: Option<RateGroup>,
}

/// What errors need to know about a request.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) resend: Resend,
    pub(crate) quote_body: bool,
    pub(crate) spent: Spent,
}

/// What a request has cost until now.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Spent {
    /// How often it was tried.
    pub(crate) tries: usize,
    /// How long was waited between the tries, by the policy or as the vendor asked.
    pub(crate) waited: Duration,
}

impl Sent {
    /// Whether it asks for a change: all but reading does.
    pub(crate) fn changes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD)
    }

    pub(crate) fn error(&self, kind: ErrorKind, cause: String) -> HttpError {
        HttpError::new(kind, self.method.clone(), self.url.clone(), cause).with_spent(self.spent)
    }
}

/// The outcome of one try.
enum Try {
    Answered(Box<Answer>, Option<Duration>),
    Failed(Seen, ErrorKind, String),
}

impl Request {
    pub(crate) fn new(endpoint: Endpoint, method: Method, path: String) -> Request {
        let creates = method == Method::POST || method == Method::PATCH;
        Request {
            endpoint,
            method,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            auth: Vec::new(),
            body: None,
            shown_path: None,
            quote_body: true,
            quote_success: true,
            resend: if creates { Resend::Never } else { Resend::Safe },
            not_processed: Vec::new(),
            content: Content::default(),
            group: None,
        }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Request {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header whose value is no secret.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Request {
        self.headers.push((name, value.into()));
        self
    }

    /// Authenticates so; may be given more than once for different headers.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Request {
        self.auth.push(auth);
        self
    }

    /// Sends a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Json) -> Request {
        self.body = Some(Body::Json(body.to_string().into_bytes()));
        self
    }

    /// Sends these bytes, said to be of this content type.
    #[must_use]
    pub fn bytes(mut self, content_type: &'static str, bytes: impl Into<Vec<u8>>) -> Request {
        self.body = Some(Body::Bytes(content_type, bytes.into()));
        self
    }

    /// Sends a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Request {
        let encoded: Vec<String> = fields
            .iter()
            .map(|(k, v)| {
                let (k, v) = (
                    crate::redact::percent_encoded(k),
                    crate::redact::percent_encoded(v),
                );
                format!("{k}={v}")
            })
            .collect();
        self.body = Some(Body::Form(encoded.join("&").into()));
        self
    }

    /// Shows `path` in logs and messages in place of the real one, for paths that hold a secret.
    #[must_use]
    pub fn shown_as(mut self, path: impl Into<String>) -> Request {
        self.shown_path = Some(path.into());
        self
    }

    /// Never quotes the answer's body in a message, for answers that hold secrets.
    #[must_use]
    pub fn without_quoting(mut self) -> Request {
        self.quote_body = false;
        self
    }

    /// Never quotes the body of a success in a message: it holds a new secret. Errors are quoted.
    #[must_use]
    pub fn secret_answer(mut self) -> Request {
        self.quote_success = false;
        self
    }

    /// Declares that sending it twice is the same as sending it once, for a POST that only asks.
    #[must_use]
    pub fn safe_to_resend(mut self) -> Request {
        self.resend = Resend::Safe;
        self
    }

    /// Declares that it must not be sent twice, for a PUT or DELETE with an effect each time.
    #[must_use]
    pub fn never_resend(mut self) -> Request {
        self.resend = Resend::Never;
        self
    }

    /// Declares a status by which the service says that it did nothing and may be asked again.
    #[must_use]
    pub fn not_processed(mut self, status: u16) -> Request {
        self.not_processed.push(status);
        self
    }

    /// Declares what the body of a success may be; JSON without it.
    #[must_use]
    pub fn answered_by(mut self, content: Content) -> Request {
        self.content = content;
        self
    }

    /// Keeps within the limit of `group` too.
    #[must_use]
    pub fn within(mut self, group: &RateGroup) -> Request {
        self.group = Some(group.clone());
        self
    }

    /// Sends it; any status but success is an error.
    pub async fn send(self) -> Result<Answer, HttpError> {
        let answer = self.send_any().await?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(answer.into_error())
        }
    }

    /// Sends it and answers any status, after the retries that the status allows. A success with the wrong
    /// [`Content`] is an error.
    pub async fn send_any(self) -> Result<Answer, HttpError> {
        let mut sent = self.sent();
        let url = self
            .url()
            .map_err(|why| sent.error(ErrorKind::Denied, why))?;
        let policy = self.endpoint.0.retry.clone();
        let mut waits = policy.waits();
        let mut connects = 0;
        let mut renewed = false;
        let mut unheard = false;
        let start = Instant::now();
        loop {
            let group_turn = match &self.group {
                Some(group) => Some(group.0.turn().await),
                None => None,
            };
            // Before the slot and the turn, which fetching a token needs too.
            let ready = self.authenticate(&url).await;
            let (headers, bearer) = ready.map_err(|e| e.of_login(unheard))?;
            let slot = self.slot().await;
            // The last before it goes, so that nothing is sent after the vendor has asked for patience.
            let turn = self.endpoint.0.limits.turn().await;
            let began = Instant::now();
            sent.spent.tries += 1;
            let tried = match &slot {
                Ok(_) => self.attempt(&url, headers, &sent).await,
                Err(_) => cancelled(),
            };
            drop((slot, turn, group_turn));
            self.log(&sent, &tried, began);
            let seen = match &tried {
                Try::Answered(answer, after) => Seen::Status(answer.meaning, *after),
                Try::Failed(seen, ..) => *seen,
            };
            unheard |= sent.changes() && seen.ambiguous(crate::Resend::Never, &self.not_processed);
            if matches!(seen, Seen::Status(401, _))
                && !renewed
                && let Some((cache, used)) = &bearer
                && cache.forget(used).await
            {
                renewed = true;
                // The token was old, which is nothing that patience would mend.
                sent.spent.tries -= 1;
                continue;
            }
            connects += usize::from(seen == Seen::NotSent);
            let next = match seen.next(self.resend, &self.not_processed, &policy) {
                Next::Again if connects > policy.connect_times => Next::Stop,
                next => next,
            };
            let wait = match next {
                Next::Stop => None,
                Next::Again => waits.next(),
                // The number of tries counts here too.
                Next::AgainAfter(wait) => waits.next().map(|_| wait),
            };
            match wait {
                Some(wait) if start.elapsed() + wait <= policy.budget => {
                    sent.spent.waited += wait;
                    tracing::debug!(
                        method = sent.method.as_str(),
                        url = sent.url,
                        wait_ms = wait.as_millis() as u64,
                        "sent again after a while"
                    );
                    if matches!(seen, Seen::Status(429, _)) {
                        let group = self.group.as_ref().map(|group| &group.0);
                        group.unwrap_or(&self.endpoint.0.limits).hold(wait);
                    } else {
                        tokio::time::sleep(wait).await;
                    }
                }
                _ => return self.end(tried, &sent, unheard),
            }
        }
    }

    fn end(&self, tried: Try, sent: &Sent, unheard: bool) -> Result<Answer, HttpError> {
        match tried {
            Try::Answered(answer, _) => self.content.check(Answer { unheard, ..*answer }),
            Try::Failed(seen, kind, cause) => Err(sent
                .error(kind, self.endpoint.redactor().redact(&cause))
                .with_ambiguous(seen.ambiguous(self.resend, &self.not_processed))
                .with_unheard(unheard)),
        }
    }

    fn sent(&self) -> Sent {
        let base = self.endpoint.base_url();
        let path = self.shown_path.as_ref().unwrap_or(&self.path);
        let mut url = format!("{base}/{}", path.trim_start_matches('/'));
        for (i, (name, value)) in self.query.iter().enumerate() {
            let mark = if i == 0 { '?' } else { '&' };
            let value = if is_secret_name(name) {
                "(secret)"
            } else {
                value
            };
            url.push_str(&format!("{mark}{name}={value}"));
        }
        Sent {
            method: self.method.clone(),
            url: self.endpoint.redactor().redact(&url),
            resend: self.resend,
            quote_body: self.quote_body,
            spent: Spent::default(),
        }
    }

    /// The URL to connect to; an error when the path leads elsewhere.
    fn url(&self) -> Result<Url, String> {
        let target = &self.endpoint.0.target;
        let path = self.path.trim_start_matches('/');
        let bad = || "has a path that cannot be used in a URL".to_owned();
        if path.split(['/', '?', '#']).any(|s| s == "." || s == "..") || path.contains(['?', '#']) {
            return Err(bad());
        }
        let mut url = target.clone();
        url.set_path(&format!("{}{path}", target.path()));
        if self.auth.iter().any(|a| matches!(a, Auth::Signed(_))) {
            let pair = |(name, value): &(String, String)| {
                let (name, value) = (
                    crate::redact::percent_encoded(name),
                    crate::redact::percent_encoded(value),
                );
                format!("{name}={value}")
            };
            let pairs: Vec<String> = self.query.iter().map(pair).collect();
            url.set_query((!pairs.is_empty()).then(|| pairs.join("&")).as_deref());
        } else if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    /// Headers that hold secrets, and the token in them.
    async fn authenticate(
        &self,
        url: &Url,
    ) -> Result<
        (
            Vec<(HeaderName, HeaderValue)>,
            Option<(Arc<TokenCache>, SecretString)>,
        ),
        HttpError,
    > {
        let mut headers = Vec::new();
        let mut bearer = None;
        for auth in &self.auth {
            let (name, text) = match auth {
                Auth::Bearer(cache) => {
                    let token = cache.get().await?;
                    let text = format!("Bearer {}", token.expose_secret());
                    bearer = Some((cache.clone(), token));
                    (AUTHORIZATION, SecretString::from(text))
                }
                Auth::Cookie(name, cache) => {
                    let token = cache.get().await?;
                    let text = format!("{name}={}", token.expose_secret());
                    bearer = Some((cache.clone(), token));
                    (COOKIE, SecretString::from(text))
                }
                Auth::Basic(credentials) => (AUTHORIZATION, credentials.basic().await?),
                Auth::Header(name, prefix, credentials, at) => {
                    let secret = credentials.get(*at).await?;
                    let text = format!("{prefix}{}", secret.expose_secret());
                    (HeaderName::from_static(name), SecretString::from(text))
                }
                Auth::Signed(signer) => {
                    for (name, text) in self.sign(signer.as_ref(), url).await? {
                        headers.push((name, self.header_value(text.expose_secret())?));
                    }
                    continue;
                }
            };
            let bare = text.expose_secret().rsplit(' ').next().unwrap_or_default();
            self.endpoint.redactor().register(bare);
            headers.push((name, self.header_value(text.expose_secret())?));
        }
        Ok((headers, bearer))
    }

    fn header_value(&self, text: &str) -> Result<HeaderValue, HttpError> {
        let mut value = HeaderValue::from_str(text).map_err(|_| {
            HttpError::unsent(
                ErrorKind::Credentials,
                format!(
                    "A credential for {} has characters that no header can carry",
                    self.endpoint.name()
                ),
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn sign(
        &self,
        signer: &dyn Signer,
        url: &Url,
    ) -> Result<crate::SignedHeaders, HttpError> {
        let host = authority(&self.endpoint.0.configured);
        let request = Unsigned {
            method: self.method.as_str(),
            host: &host,
            path: url.path(),
            query: &self.query,
            headers: &self.headers,
            content_type: self.body.as_ref().map(Body::content_type),
            body: self.body.as_ref().map_or(&[], Body::bytes),
        };
        signer.sign(request).await
    }

    /// Waits until fewer requests than the endpoint allows are under way, and the group is not held back.
    async fn slot(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        loop {
            let slot = self.endpoint.0.slots.acquire().await?;
            let held = self.group.as_ref().and_then(|group| group.0.held_until());
            let Some(until) = held else {
                return Ok(slot);
            };
            // Others may go meanwhile.
            drop(slot);
            tokio::time::sleep_until(until).await;
        }
    }

    async fn attempt(
        &self,
        url: &Url,
        secret_headers: Vec<(HeaderName, HeaderValue)>,
        sent: &Sent,
    ) -> Try {
        let parts = &self.endpoint.0;
        let mut builder = parts.client.request(self.method.clone(), url.clone());
        if parts.sandbox {
            builder = builder.header(HOST, authority(&parts.configured));
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        for (name, value) in secret_headers {
            builder = builder.header(name, value);
        }
        builder = match &self.body {
            None => builder,
            Some(body) => builder
                .header(CONTENT_TYPE, body.content_type())
                .body(body.bytes().to_vec()),
        };
        let response = match builder.send().await {
            Ok(response) => response,
            Err(e) => return self.failed(&e),
        };
        let headers = response.headers().clone();
        let status = response.status().as_u16();
        let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let body = match response.bytes().await {
            Ok(bytes) => bytes.to_vec(),
            Err(e) if e.is_timeout() => return self.failed(&e),
            Err(_) => {
                let cause = "was answered, but the connection broke within the answer".to_owned();
                return Try::Failed(Seen::Lost, ErrorKind::Lost, cause);
            }
        };
        let meaning = (parts.read_meaning)(&Received {
            status,
            headers: &headers,
            body: &body,
        });
        let (after, response_ok) = (meaning.wait, (200..300).contains(&meaning.status));
        let ambiguous =
            Seen::Status(meaning.status, after).ambiguous(self.resend, &self.not_processed);
        let mut sent = sent.clone();
        sent.quote_body &= self.quote_success || !response_ok;
        let answer = Answer {
            endpoint: self.endpoint.clone(),
            sent,
            status,
            meaning: meaning.status,
            content_type,
            headers,
            body,
            ambiguous,
            unheard: false,
            asked_to_wait: after,
        };
        Try::Answered(Box::new(answer), after)
    }

    fn failed(&self, error: &reqwest::Error) -> Try {
        let parts = &self.endpoint.0;
        if error.is_connect() || error.is_builder() {
            let cause = if parts.sandbox {
                format!(
                    "cannot be sent: the sandbox does not answer at {}: {}",
                    parts.target,
                    root_cause(error)
                )
            } else {
                let host = authority(&parts.target);
                format!(
                    "cannot be sent: no connection to {host}: {}",
                    root_cause(error)
                )
            };
            return Try::Failed(Seen::NotSent, ErrorKind::Connect, cause);
        }
        if error.is_timeout() {
            let cause = "was not answered in time".to_owned();
            return Try::Failed(Seen::Lost, ErrorKind::Timeout, cause);
        }
        let cause = format!(
            "was sent, but the connection broke before an answer came: {}",
            root_cause(error)
        );
        Try::Failed(Seen::Lost, ErrorKind::Lost, cause)
    }

    fn log(&self, sent: &Sent, tried: &Try, began: Instant) {
        let elapsed_ms = began.elapsed().as_millis() as u64;
        let url = self.endpoint.redactor().redact(sent.url.as_str());
        let (method, url) = (sent.method.as_str(), url.as_str());
        match tried {
            Try::Answered(answer, _) => {
                tracing::debug!(method, url, status = answer.status, elapsed_ms, "request");
            }
            Try::Failed(_, _, cause) => {
                let cause = self.endpoint.redactor().redact(cause);
                tracing::debug!(method, url, cause, elapsed_ms, "request failed");
            }
        }
    }
}

fn cancelled() -> Try {
    let cause = "was cancelled".to_owned();
    Try::Failed(Seen::NotSent, ErrorKind::Connect, cause)
}

/// Host and port as a `Host` header has them.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The innermost cause, which says what happened; the outer ones repeat the URL.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// The value of a Basic authorization header.
pub(crate) fn basic(user: &str, password: &str) -> SecretString {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}").into()
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.sent().url)
    }
}
