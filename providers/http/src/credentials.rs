//! The credentials of a provider: as configured, or in a rehearsal the sandbox's own.
//!
//! A real credential never leaves the machine in a rehearsal, and none is shown anywhere.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;

use crate::kit::{base_url, is_loopback};
use crate::{ErrorKind, HttpError, HttpKit};

/// Credentials that belong together, e.g. a client's id and secret. What is sent is decided at the
/// first use.
pub struct Credentials {
    kit: HttpKit,
    given: Vec<(&'static str, Option<SecretString>)>,
    resolved: OnceCell<Vec<SecretString>>,
}

impl Credentials {
    /// The provider's arguments and their values, the one that proves identity last. Everything but
    /// the last may be shown in messages.
    #[must_use]
    pub fn new(kit: &HttpKit, given: Vec<(&'static str, Option<SecretString>)>) -> Credentials {
        if let Some((_, Some(secret))) = given.last() {
            kit.redactor().register(secret.expose_secret());
        }
        Credentials {
            kit: kit.clone(),
            given,
            resolved: OnceCell::new(),
        }
    }

    /// The provider's arguments that they come from, in order.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.given.iter().map(|(name, _)| *name)
    }

    /// The credential at position `at`.
    pub async fn get(&self, at: usize) -> Result<SecretString, HttpError> {
        let all = self.resolved.get_or_try_init(|| self.resolve()).await?;
        all.get(at).cloned().ok_or_else(|| {
            HttpError::unsent(
                ErrorKind::Credentials,
                format!("There is no credential number {at}"),
            )
        })
    }

    /// The first two as a Basic authorization header.
    pub async fn basic(&self) -> Result<SecretString, HttpError> {
        let (user, password) = (self.get(0).await?, self.get(1).await?);
        Ok(crate::request::basic(
            user.expose_secret(),
            password.expose_secret(),
        ))
    }

    async fn resolve(&self) -> Result<Vec<SecretString>, HttpError> {
        let complete: Option<Vec<SecretString>> =
            self.given.iter().map(|(_, value)| value.clone()).collect();
        let Some(sandbox) = &self.kit.sandbox else {
            return complete.ok_or_else(|| {
                let missing: Vec<&str> = self
                    .given
                    .iter()
                    .filter(|(_, value)| value.is_none())
                    .map(|(name, _)| *name)
                    .collect();
                HttpError::unsent(
                    ErrorKind::Credentials,
                    format!(
                        "The provider {:?} has no value for {}",
                        self.kit.vendor,
                        missing.join(" and ")
                    ),
                )
            });
        };
        if let Some(given) = complete
            && let Some(proof) = given.last()
            && self.issued(&sandbox.admin, proof).await?
        {
            return Ok(given);
        }
        let settings = sandbox.settings.get(self.kit.vendor);
        self.given
            .iter()
            .map(|(name, _)| {
                let value = settings.and_then(|s| s.get(*name)).ok_or_else(|| {
                    HttpError::unsent(
                        ErrorKind::Credentials,
                        format!(
                            "The sandbox has no {name} for {:?} to rehearse with",
                            self.kit.vendor
                        ),
                    )
                })?;
                Ok(SecretString::from(value.clone()))
            })
            .collect::<Result<Vec<_>, HttpError>>()
            .inspect(|all| {
                if let Some(proof) = all.last() {
                    self.kit.redactor().register(proof.expose_secret());
                }
            })
    }

    /// Whether the sandbox made this credential. Only a hash of it leaves the process.
    async fn issued(&self, admin: &str, proof: &SecretString) -> Result<bool, HttpError> {
        let broken = |why: String| {
            HttpError::unsent(
                ErrorKind::Denied,
                format!("The sandbox's admin interface at {admin} cannot be used: {why}"),
            )
        };
        let url = base_url(admin).map_err(&broken)?;
        if !is_loopback(&url) {
            return Err(broken("it is not on this machine".to_owned()));
        }
        let url = url.join("issued").map_err(|e| broken(e.to_string()))?;
        let hash: String = digest(&SHA256, proof.expose_secret().as_bytes())
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let answer = self
            .kit
            .client
            .post(url)
            .json(&json!({ "sha256": hash }))
            .send()
            .await;
        let answer: Json = match answer {
            Ok(answer) => answer
                .json()
                .await
                .map_err(|e| broken(e.without_url().to_string()))?,
            Err(e) => return Err(broken(e.without_url().to_string())),
        };
        answer
            .get("issued")
            .and_then(Json::as_bool)
            .ok_or_else(|| broken("its answer has no \"issued\"".to_owned()))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.given.iter().map(|(name, _)| *name).collect();
        write!(f, "Credentials({})", names.join(", "))
    }
}
