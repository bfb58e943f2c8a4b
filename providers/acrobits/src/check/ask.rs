//! Calls of an endpoint check: a template filled in, asked for once, and how long it took.
//!
//! It judges nothing. Passwords are registered before they are sent, so that no message shows them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Value};
use trunkline_http::{
    Answer, Auth, Content, Credentials, Endpoint, EndpointSettings, ErrorKind, ExposeSecret,
    HttpError, HttpKit, HttpSettings, RetryPolicy, SecretString,
};
use url::Url;

use crate::client::Client;
use crate::settings::VENDOR;
use crate::template::{Piece, pieces};

/// The sandbox's service of what an app calls.
const APP: &str = "acrobits.app";

/// What stands for a placeholder that only a device can fill.
const DEVICE: &str = "trunkline-check";

/// An answer and how long it took.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) took: Duration,
}

/// Values of placeholders.
pub(super) type Values = BTreeMap<String, SecretString>;

/// Asks as the test user.
pub(super) struct Asker<'c> {
    client: &'c Client,
    cloud_id: String,
    host: String,
    username: SecretString,
    password: SecretString,
    contacts_login: Option<(SecretString, SecretString)>,
}

impl<'c> Asker<'c> {
    /// Takes the test user of the check, else of the provider block, in a rehearsal the sandbox's.
    pub(super) async fn new(client: &'c Client, config: &Value) -> Result<Asker<'c>, Diagnostic> {
        let text = |name: &str| {
            attrs::text(config, name)
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
        };
        let settings = &client.settings;
        let username = text("test_cloud_username").or_else(|| settings.test_username.clone());
        let password = text("test_cloud_password").map(SecretString::from);
        let kit = kit(client, "https://localhost/")?;
        let given = vec![
            ("test_cloud_username", username.map(SecretString::from)),
            (
                "test_cloud_password",
                password.or_else(|| settings.test_password.clone()),
            ),
        ];
        let user = Credentials::new(&kit, given);
        let secret = |name: &str| text(name).map(SecretString::from);
        let asker = Asker {
            client,
            cloud_id: text("cloud_id").unwrap_or_default(),
            host: text("test_host").unwrap_or_default(),
            username: user.get(0).await?,
            password: user.get(1).await?,
            contacts_login: secret("contacts_auth_username").zip(secret("contacts_auth_password")),
        };
        client.keep_secret(asker.password.expose_secret());
        Ok(asker)
    }

    pub(super) fn cloud_id(&self) -> &str {
        &self.cloud_id
    }

    pub(super) fn username(&self) -> &SecretString {
        &self.username
    }

    pub(super) fn has_contacts_login(&self) -> bool {
        self.contacts_login.is_some()
    }

    fn with(&self, values: &mut Values, name: &str, value: &str) {
        values.insert(name.to_owned(), value.to_owned().into());
    }

    /// Values of initial provisioning: what the login screen has.
    pub(super) fn cloud(&self, wrong: Option<&str>) -> Values {
        let mut values = Values::new();
        let password = wrong.unwrap_or_else(|| self.password.expose_secret());
        self.with(&mut values, "username", self.username.expose_secret());
        self.with(&mut values, "password", password);
        self.with(&mut values, "fullcode", &self.cloud_id);
        values
    }

    /// Values of external authentication: of the login screen, or of the account that provisioning gave.
    pub(super) fn login(
        &self,
        account: Option<&BTreeMap<String, String>>,
        wrong: Option<&str>,
    ) -> Values {
        let mut values = self.account(account.unwrap_or(&BTreeMap::new()));
        values.extend(self.cloud(wrong));
        self.with(&mut values, "cloud_id", &self.cloud_id);
        self.with(&mut values, "host", &self.host);
        let from = |name: &str| account.and_then(|a| a.get(name));
        for name in ["username", "host"] {
            if let Some(text) = from(name) {
                self.with(&mut values, name, text);
            }
        }
        if let (Some(text), None) = (from("password"), wrong) {
            self.with(&mut values, "password", text);
        }
        if let Some(wrong) = wrong {
            for name in ["account[password]", "account[cloud_password]"] {
                self.with(&mut values, name, wrong);
            }
        }
        values
    }

    /// Values of an account: the nodes of its XML, else what the user logs in with.
    pub(super) fn account(&self, account: &BTreeMap<String, String>) -> Values {
        let mut values = Values::new();
        for name in ["username", "cloud_username"] {
            self.with(
                &mut values,
                &format!("account[{name}]"),
                self.username.expose_secret(),
            );
        }
        for name in ["password", "cloud_password"] {
            self.with(
                &mut values,
                &format!("account[{name}]"),
                self.password.expose_secret(),
            );
        }
        for (name, text) in account {
            self.with(&mut values, &format!("account[{name}]"), text);
        }
        values
    }

    /// A GET of a template.
    pub(super) async fn get(&self, template: &str, values: &Values) -> Result<Reply, HttpError> {
        let url = filled(template, values).map_err(denied)?;
        self.call(&url, values, How::default()).await
    }

    /// A GET that is sent once, so that a wrong password is tried once.
    pub(super) async fn get_once(
        &self,
        template: &str,
        values: &Values,
    ) -> Result<Reply, HttpError> {
        let url = filled(template, values).map_err(denied)?;
        let how = How {
            once: true,
            ..How::default()
        };
        self.call(&url, values, how).await
    }

    /// A GET of contacts, as the app authenticates there; with `since`, only of what is newer.
    pub(super) async fn get_contacts(
        &self,
        template: &str,
        values: &Values,
        since: Option<&str>,
    ) -> Result<Reply, HttpError> {
        let url = filled(template, values).map_err(denied)?;
        let how = How {
            since,
            login: true,
            once: false,
        };
        self.call(&url, values, how).await
    }

    /// A GET of a URL as it is.
    pub(super) async fn get_plain(&self, url: &str) -> Result<Reply, HttpError> {
        self.call(url, &Values::new(), How::default()).await
    }

    async fn call(&self, url: &str, values: &Values, how: How<'_>) -> Result<Reply, HttpError> {
        let url = Url::parse(url).map_err(|e| denied(format!("The template is no URL: {e}")))?;
        let origin = url.origin().ascii_serialization();
        let kit = kit(self.client, &origin).map_err(|d| denied(d.detail))?;
        for (_, value) in values.iter().filter(|(name, _)| name.contains("password")) {
            kit.redactor().register(value.expose_secret());
        }
        let endpoint = kit
            .endpoint(APP)
            .ok_or_else(|| denied("There is no endpoint".into()))?;
        let mut request = endpoint.get(url.path());
        request = request.without_quoting().answered_by(Content::Any);
        for (name, value) in url.query_pairs() {
            request = request.query(&name, value);
        }
        // The sandbox's contacts ask for no login, and a real one never goes there.
        if let Some((user, password)) = self
            .contacts_login
            .clone()
            .filter(|_| how.login && !kit.is_sandbox())
        {
            let given = vec![
                ("contacts_auth_username", Some(user)),
                ("contacts_auth_password", Some(password)),
            ];
            request = request.auth(Auth::Basic(Arc::new(Credentials::new(&kit, given))));
        }
        if let Some(since) = how.since {
            request = request.header("if-modified-since", since);
        }
        if how.once {
            request = request.never_resend();
        }
        let began = Instant::now();
        let answer = request.send_any().await?;
        Ok(Reply {
            answer,
            took: began.elapsed(),
        })
    }
}

/// How something is asked for.
#[derive(Clone, Copy, Default)]
struct How<'h> {
    since: Option<&'h str>,
    once: bool,
    login: bool,
}

fn denied(why: String) -> HttpError {
    HttpError::unsent(ErrorKind::Denied, why)
}

/// A kit that knows one origin. Plain HTTP is judged before anything secret is sent.
fn kit(client: &Client, origin: &str) -> Result<HttpKit, Diagnostic> {
    let mut http = HttpSettings::new(VENDOR);
    http.endpoints.push(EndpointSettings {
        name: APP,
        url: origin.to_owned(),
        plain_http: true,
    });
    http.retry = RetryPolicy {
        times: 2,
        ..RetryPolicy::default()
    };
    HttpKit::new(&client.world, http).map_err(|mut problems| {
        let none = || Diagnostic::error("Connection Not Allowed", "The endpoint cannot be asked.");
        problems.pop().unwrap_or_else(none)
    })
}

fn filled(template: &str, values: &Values) -> Result<String, String> {
    let pieces = pieces(template).map_err(|at| {
        format!("The template has a percent sign at character {at} that begins no placeholder")
    })?;
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder(name) => match values.get(name) {
                Some(value) => out.push_str(&Endpoint::segment(value.expose_secret())),
                None if name.starts_with("account[") => {
                    return Err(format!(
                        "There is no value for the placeholder %{name}%: provisioning does not give it"
                    ));
                }
                None => out.push_str(DEVICE),
            },
        }
    }
    Ok(out)
}
