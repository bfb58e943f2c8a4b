//! Tokens: fetched at the first call, kept until shortly before they expire, renewed once when refused.
//!
//! Tokens live in memory only.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use tokio::sync::Mutex;
use tokio::time::Instant;
use trunkline_api::BoxFuture;

use crate::{Answer, Auth, Credentials, Endpoint, ErrorKind, HttpError};

/// A token and how long it lives.
#[derive(Clone)]
pub struct Token {
    /// The token.
    pub secret: SecretString,
    /// Its life from now on; without end when absent.
    pub lifetime: Option<Duration>,
}

/// Where tokens come from.
pub trait TokenSource: Send + Sync {
    /// Fetches a new token. Called by one task at a time.
    fn fetch(&self) -> BoxFuture<'_, Result<Token, HttpError>>;

    /// Whether fetching again can give another token.
    fn renewable(&self) -> bool {
        true
    }
}

/// A token is renewed this long before it expires, or at half its life if that is shorter.
const MARGIN: Duration = Duration::from_secs(60);

/// Tasks that ask within this time after a failure learn of it without another try of their own.
const FAILED: Duration = Duration::from_secs(5);

/// Keeps the current token of a source.
pub struct TokenCache {
    source: Box<dyn TokenSource>,
    current: Mutex<Current>,
}

/// What the cache has.
enum Current {
    Nothing,
    /// A token, and until when it is used.
    Token(SecretString, Option<Instant>),
    /// None could be had, and until when that is taken for granted: for good where the credentials were
    /// refused, since asking again would not help and could lock them.
    Failed(HttpError, Option<Instant>),
}

impl TokenCache {
    /// A cache without a token yet.
    #[must_use]
    pub fn new(source: impl TokenSource + 'static) -> Arc<TokenCache> {
        Arc::new(TokenCache {
            source: Box::new(source),
            current: Mutex::new(Current::Nothing),
        })
    }

    /// The current token, fetched if there is none or it is about to expire. Tasks that ask at the
    /// same time wait for one fetch. Refused credentials are not tried again.
    pub async fn get(&self) -> Result<SecretString, HttpError> {
        let mut current = self.current.lock().await;
        match &*current {
            Current::Token(token, until) if until.is_none_or(|until| Instant::now() < until) => {
                return Ok(token.clone());
            }
            Current::Failed(error, until) if until.is_none_or(|until| Instant::now() < until) => {
                return Err(error.clone());
            }
            _ => {}
        }
        let token = self.source.fetch().await.inspect_err(|error| {
            let for_good = error.kind() == ErrorKind::Credentials;
            let until = (!for_good).then(|| Instant::now() + FAILED);
            *current = Current::Failed(error.clone(), until);
        })?;
        let until = token
            .lifetime
            .map(|l| Instant::now() + (l - MARGIN.min(l / 2)));
        *current = Current::Token(token.secret.clone(), until);
        Ok(token.secret)
    }

    /// Drops the current token, whatever its age: the next call fetches one with today's permissions.
    pub async fn renew(&self) {
        if self.source.renewable() {
            *self.current.lock().await = Current::Nothing;
        }
    }

    /// Drops the token `used` if it is still the current one. Whether another can be had.
    pub(crate) async fn forget(&self, used: &SecretString) -> bool {
        let mut current = self.current.lock().await;
        if !self.source.renewable() {
            return false;
        }
        if matches!(&*current, Current::Token(t, _) if t.expose_secret() == used.expose_secret()) {
            *current = Current::Nothing;
        }
        true
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCache")
    }
}

/// An OAuth token request: a form, authenticated with Basic.
#[derive(Debug)]
pub struct BasicGrant {
    /// The service that issues tokens.
    pub endpoint: Endpoint,
    /// The path of the token request.
    pub path: &'static str,
    /// Id and secret of the client.
    pub credentials: Arc<Credentials>,
    /// Form fields that are no secret, such as `grant_type`.
    pub form: Vec<(&'static str, String)>,
    /// Form fields taken from credentials: name, and position among them.
    pub secret_form: Vec<(&'static str, Arc<Credentials>, usize)>,
    /// Whether a refusal only asks for patience; such are repeated for a minute.
    pub throttled: fn(&Answer) -> bool,
}

impl BasicGrant {
    /// The client-credentials grant at `path`.
    #[must_use]
    pub fn client_credentials(
        endpoint: Endpoint,
        path: &'static str,
        credentials: Arc<Credentials>,
    ) -> BasicGrant {
        BasicGrant {
            endpoint,
            path,
            credentials,
            form: vec![("grant_type", "client_credentials".to_owned())],
            secret_form: Vec::new(),
            throttled: |_| false,
        }
    }

    async fn ask(&self) -> Result<Answer, HttpError> {
        let mut form: Vec<(&str, SecretString)> = self
            .form
            .iter()
            .map(|(k, v)| (*k, v.clone().into()))
            .collect();
        for (name, credentials, at) in &self.secret_form {
            form.push((*name, credentials.get(*at).await?));
        }
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.expose_secret())).collect();
        self.endpoint
            .post(self.path)
            .auth(Auth::Basic(self.credentials.clone()))
            .form(&form)
            .safe_to_resend()
            .secret_answer()
            .send_any()
            .await
    }
}

/// How long a throttled token service is asked again.
const THROTTLED: Duration = Duration::from_secs(60);

impl TokenSource for BasicGrant {
    fn fetch(&self) -> BoxFuture<'_, Result<Token, HttpError>> {
        Box::pin(async move {
            let doing = |e: HttpError| e.doing("Fetching an access token");
            let start = Instant::now();
            let mut waits = self.endpoint.0.retry.waits();
            let answer = loop {
                let answer = self.ask().await.map_err(doing)?;
                match waits.next() {
                    Some(wait)
                        if (self.throttled)(&answer) && start.elapsed() + wait <= THROTTLED =>
                    {
                        tokio::time::sleep(wait).await;
                    }
                    _ => break answer,
                }
            };
            if !answer.is_success() {
                let refused = matches!(answer.status(), 400 | 401 | 403);
                let error = doing(answer.into_error());
                return Err(if refused {
                    error
                        .reclassified(ErrorKind::Credentials)
                        .advice(self.what_to_check())
                } else {
                    error
                });
            }
            self.read(&answer).map_err(doing)
        })
    }
}

impl BasicGrant {
    /// Names the provider's arguments that the refused credentials come from.
    fn what_to_check(&self) -> String {
        let mut arguments: Vec<&str> = self.credentials.arguments().collect();
        for (_, credentials, _) in &self.secret_form {
            arguments.extend(credentials.arguments());
        }
        let mut seen = std::collections::BTreeSet::new();
        arguments.retain(|name| seen.insert(*name));
        let names = match arguments.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => "credentials".to_owned(),
        };
        format!(
            "Check the provider's {names}: that they are complete, not expired, and belong to this service and region."
        )
    }

    fn read(&self, answer: &Answer) -> Result<Token, HttpError> {
        let json: Json = answer.json()?;
        let token = json
            .get("access_token")
            .and_then(Json::as_str)
            .filter(|t| !t.is_empty());
        let token = token.ok_or_else(|| answer.malformed("it has no \"access_token\""))?;
        self.endpoint.redactor().register(token);
        let seconds = json.get("expires_in").and_then(|n| match n {
            Json::String(text) => text.parse().ok(),
            other => other.as_u64(),
        });
        Ok(Token {
            secret: token.into(),
            lifetime: seconds.map(Duration::from_secs),
        })
    }
}

/// A token that was given and cannot be renewed.
#[derive(Debug)]
pub struct GivenToken(pub Arc<Credentials>);

impl TokenSource for GivenToken {
    fn fetch(&self) -> BoxFuture<'_, Result<Token, HttpError>> {
        Box::pin(async move {
            Ok(Token {
                secret: self.0.get(0).await?,
                lifetime: None,
            })
        })
    }

    fn renewable(&self) -> bool {
        false
    }
}
