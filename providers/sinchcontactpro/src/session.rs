//! The cloud's login: a user's logon name and password for a session, which a cookie carries.
//!
//! It keeps no session; [`TokenCache`](trunkline_http::TokenCache) does, and asks again after a 401.

use std::sync::Arc;

use trunkline_api::BoxFuture;
use trunkline_http::{
    Content, Credentials, Endpoint, ErrorKind, ExposeSecret, HttpError, Token, TokenSource,
};

/// The cookie that carries the session.
pub(crate) const COOKIE: &str = "JSESSIONID";

/// Opens sessions.
#[derive(Debug)]
pub(crate) struct Login {
    /// The tenant's login service, `…/ecfs`.
    pub(crate) endpoint: Endpoint,
    /// Logon name and password.
    pub(crate) credentials: Arc<Credentials>,
}

impl Login {
    async fn open(&self) -> Result<Token, HttpError> {
        let basic = self.credentials.basic().await?;
        let pair = basic.expose_secret();
        let bare = pair.rsplit(' ').next().unwrap_or_default();
        self.endpoint.redactor().register(bare);
        let request = self
            .endpoint
            .post("authentication")
            .header("authorization", "ECFAUTH")
            .form(&[("Authorization", pair)])
            .safe_to_resend()
            .secret_answer()
            // The cookie counts; what else is answered nobody has said.
            .answered_by(Content::Any);
        let answer = request.send().await.map_err(|e| match e.status() {
            Some(400 | 401 | 403) => e.reclassified(ErrorKind::Credentials).advice(
                "Check the provider's username and password: that they are right, that the password has not expired, and that base_url is of this tenant.",
            ),
            _ => e,
        })?;
        let Some(session) = answer.cookie(COOKIE).filter(|value| !value.is_empty()) else {
            return Err(answer.malformed("it sets no cookie JSESSIONID"));
        };
        self.endpoint.redactor().register(session);
        Ok(Token {
            secret: session.into(),
            lifetime: None,
        })
    }
}

impl TokenSource for Login {
    fn fetch(&self) -> BoxFuture<'_, Result<Token, HttpError>> {
        Box::pin(async move { self.open().await.map_err(|e| e.doing("Logging in")) })
    }
}
