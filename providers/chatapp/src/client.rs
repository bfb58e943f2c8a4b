//! What talks to the service: signed calls, their limits, and lists in pages.
//!
//! It knows operations by name only.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};
use trunkline_api::provider::ConfigureRequest;
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_http::{
    Answer, Auth, Credentials, Endpoint, ErrorKind, HttpError, HttpKit, HttpSettings, Page,
    RateGroup, RateLimit, RetryPolicy, collect_pages,
};

use crate::json::{integer, list};
use crate::operations::{self, UNPUBLISHED};
use crate::settings::{Mode, Settings, VENDOR};
use crate::signature::{Keys, V3};
use crate::template::usage::Usage;
use crate::{Clock, Nonces};

/// The sandbox's name of the service, the same as that of our endpoint.
const API: &str = "chatapp.api";

/// Secrets shorter than this are not searched for in messages: they would blacken ordinary words.
const SHORTEST_SECRET: usize = 6;

/// A connection to one account.
pub struct Client {
    pub(crate) settings: Settings,
    kit: HttpKit,
    endpoint: Endpoint,
    keys: Arc<Keys>,
    channels: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    pub(crate) usage: Usage,
}

impl Client {
    /// A client by the provider's settings. Sends nothing.
    pub(crate) fn new(
        request: &ConfigureRequest,
        now: Clock,
        nonces: Nonces,
    ) -> Result<Client, Diagnostics> {
        let settings = Settings::read(request)?;
        let kit = HttpKit::new(&request.world, http(&settings))?;
        let endpoint = kit.endpoint(API).ok_or_else(|| {
            let text = "The provider has no endpoint.";
            vec![Diagnostic::error("Service Not Set", text)]
        })?;
        let given = vec![
            (
                "access_key_id",
                settings.access_key_id.clone().map(Into::into),
            ),
            ("access_key_secret", settings.access_key_secret.clone()),
        ];
        let token = settings.access_key_id.clone();
        let token = token.zip(settings.security_token.clone());
        if let Some((_, token)) = &token {
            use trunkline_http::ExposeSecret as _;
            kit.redactor().register(token.expose_secret());
        }
        let keys = Keys {
            key: Credentials::new(&kit, given),
            token,
            now,
            nonces,
        };
        Ok(Client {
            settings,
            kit,
            endpoint,
            keys: Arc::new(keys),
            channels: Mutex::default(),
            usage: Usage::default(),
        })
    }

    /// A call that only asks.
    pub(crate) fn ask(&self, operation: &'static str) -> Call<'_> {
        self.call(operation, true)
    }

    /// A call that sets what it names, so that sending it twice is the same as once.
    pub(crate) fn set(&self, operation: &'static str) -> Call<'_> {
        self.call(operation, true)
    }

    /// A call that makes something each time: never sent again when it may have arrived.
    pub(crate) fn make(&self, operation: &'static str) -> Call<'_> {
        self.call(operation, false)
    }

    fn call(&self, operation: &'static str, safe: bool) -> Call<'_> {
        Call {
            client: self,
            operation,
            parameters: Vec::new(),
            form: false,
            safe,
            secret: false,
            channel: None,
        }
    }

    /// How a panel of the console is set.
    pub(crate) fn mode(&self, panel: &str) -> Mode {
        self.settings.mode(panel)
    }

    /// Makes sure that no message shows a secret.
    pub(crate) fn keep_secret(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            self.kit.redactor().register(secret);
        }
    }

    /// All entries of a list whose pages are numbered by `PageIndex`.
    pub(crate) async fn pages(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<Json>, HttpError> {
        self.collect("Data", "TotalCount", |number, size| {
            let call = self.ask(operation);
            let call = call.text("PageIndex", &number.to_string());
            let call = call.text("PageSize", &size.to_string());
            parameters.iter().fold(call, |call, (k, v)| call.text(k, v))
        })
        .await
    }

    /// All templates of a channel that a filter leaves.
    pub(crate) async fn templates(
        &self,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<Json>, HttpError> {
        let operation = "ListChatappTemplate";
        self.collect("ListTemplate", "Total", |number, size| {
            let page = json!({ "Index": number, "Size": size });
            let call = self.ask(operation).json("Page", &page);
            parameters.iter().fold(call, |call, (k, v)| call.text(k, v))
        })
        .await
    }

    async fn collect<'c>(
        &self,
        entries: &str,
        total: &str,
        call: impl Fn(u32, usize) -> Call<'c>,
    ) -> Result<Vec<Json>, HttpError> {
        let size = self.settings.page_size;
        let fetch = |number: u32| {
            let call = call(number, size);
            async move {
                let answer = call.send().await?;
                let items = list(&answer, entries);
                let seen = i64::from(number) * size as i64;
                let more = match integer(&answer, total) {
                    Some(all) => seen < all,
                    None => items.len() == size,
                };
                Ok(Page { items, more })
            }
        };
        collect_pages(fetch).await
    }

    /// The name of a parameter as the service knows it.
    fn named(&self, operation: &str, name: &str) -> String {
        let real = self.settings.parameter_names.get(name);
        match real {
            Some(real) if UNPUBLISHED.contains(&operation) => real.clone(),
            _ => name.to_owned(),
        }
    }

    fn group(&self, operation: &str) -> RateGroup {
        let own = self.settings.rate_limits.get(operation).copied();
        let limit = own.unwrap_or_else(|| operations::limit(operation)).max(1);
        let rate = RateLimit::a_second(NonZeroU32::MIN.saturating_add(limit - 1));
        let account = self.settings.access_key_id.as_deref().unwrap_or_default();
        self.endpoint.group(&[account, operation], rate)
    }

    fn channel(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(id.to_owned()).or_default().clone()
    }
}

/// One call being put together. Absent values are left out.
#[must_use]
pub(crate) struct Call<'c> {
    client: &'c Client,
    operation: &'static str,
    parameters: Vec<(String, String)>,
    form: bool,
    safe: bool,
    secret: bool,
    channel: Option<String>,
}

impl Call<'_> {
    /// A parameter.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        let name = self.client.named(self.operation, name);
        self.parameters.push((name, value.to_owned()));
        self
    }

    /// A parameter, if there is a value.
    pub(crate) fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// An object or list, which travels as one JSON text.
    pub(crate) fn json(self, name: &str, value: &Json) -> Self {
        self.text(name, &value.to_string())
    }

    /// Parameters in a form body.
    pub(crate) fn form(mut self) -> Self {
        self.form = true;
        self
    }

    /// The answer holds a secret.
    pub(crate) fn secret_answer(mut self) -> Self {
        self.secret = true;
        self
    }

    /// A setting of a channel: one at a time for each, since the last writer wins and nothing has a version.
    pub(crate) fn alone_in(mut self, channel: &str) -> Self {
        self.channel = Some(channel.to_owned());
        self
    }

    /// Sends it; anything but `Code` OK is an error.
    pub(crate) async fn send(self) -> Result<Json, HttpError> {
        Ok(self.answer().await?.1)
    }

    /// The same; the member `Data`, which must be there.
    pub(crate) async fn data(self) -> Result<Json, HttpError> {
        let (answer, json) = self.answer().await?;
        match crate::json::member(&json, "Data") {
            Some(data) => Ok(data.clone()),
            None => Err(answer.malformed("it has no \"Data\"")),
        }
    }

    async fn answer(self) -> Result<(Answer, Json), HttpError> {
        let client = self.client;
        let lock = self.channel.as_deref().map(|id| client.channel(id));
        let _alone = match &lock {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        let unpublished = UNPUBLISHED.contains(&self.operation);
        let real = client.settings.action_names.get(self.operation);
        let action = real.filter(|_| unpublished).cloned();
        let signer = V3 {
            keys: client.keys.clone(),
            action: action.unwrap_or_else(|| self.operation.to_owned()),
        };
        let mut request = client
            .endpoint
            .post("/")
            .header("accept", "application/json")
            .auth(Auth::Signed(Arc::new(signer)))
            .within(&client.group(self.operation))
            .shown_as(format!("/{}", self.operation));
        if self.form {
            let fields: Vec<(&str, &str)> = self
                .parameters
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .collect();
            request = request.form(&fields);
        } else {
            for (name, value) in &self.parameters {
                request = request.query(name, value.clone());
            }
        }
        if self.safe {
            request = request.safe_to_resend();
        }
        if self.secret {
            request = request.secret_answer();
        }
        let answer = request.send().await.map_err(|error| {
            match operations::advice(&error.vendor().code, unpublished) {
                Some(advice) => error.advice(advice),
                None => error,
            }
        })?;
        let mut json = answer.json()?;
        if unpublished {
            rename(&mut json, &client.settings.parameter_names);
        }
        Ok((answer, json))
    }
}

/// The error for an answer of the panels' calls without what it must have: the names are assumed.
pub(crate) fn missing(operation: &str, member: &str) -> HttpError {
    let text = format!("The answer to {operation} has no {member}");
    HttpError::unsent(ErrorKind::Malformed, text).advice(
        "The names of the panels' calls are assumed. Give the real ones in action_names and parameter_names of the provider block.",
    )
}

/// Gives members of an answer the names by which they are read here, where the service has others.
fn rename(json: &mut Json, real: &BTreeMap<String, String>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| rename(item, real)),
        Json::Object(members) => {
            members.values_mut().for_each(|value| rename(value, real));
            for (ours, theirs) in real {
                if !members.contains_key(ours)
                    && let Some(value) = members.remove(theirs)
                {
                    members.insert(ours.clone(), value);
                }
            }
        }
        _ => {}
    }
}

fn http(settings: &Settings) -> HttpSettings {
    let mut http = HttpSettings::new(VENDOR).endpoint(API, settings.endpoint.as_str());
    http.connect_timeout = Duration::from_secs(5);
    http.timeout = Duration::from_secs(10);
    http.concurrency = 8;
    // 0.5 s doubling to 8 s, five times [assumed], without jitter, so that a run can be repeated.
    http.retry = RetryPolicy {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(8),
        times: 5,
        ..RetryPolicy::default()
    };
    http.read_error = operations::error_body;
    http.read_meaning = operations::meaning;
    http
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.settings.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_by_the_names_of_the_mapping_and_by_the_assumed_ones() {
        let real = BTreeMap::from([("SmsFlag".to_owned(), "Switch".to_owned())]);
        let mut json = json!({"Data": [{"Switch": "Y"}, {"SmsFlag": "N", "Switch": "other"}]});
        rename(&mut json, &real);
        assert_eq!(json["Data"][0]["SmsFlag"], "Y");
        assert_eq!(json["Data"][1]["SmsFlag"], "N");
    }
}
