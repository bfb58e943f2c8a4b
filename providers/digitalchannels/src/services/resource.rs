//! The resource types of services: planning and changing, the same for every kind.

use serde_json::Value as Json;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Kept, Waits};

use super::body::Body;
use super::calls::{self, Place};
use super::generic::same_document;
use super::{KINDS, Kind, REVISION, agrees};
use crate::api::Api;
use crate::rules::{self, Clock};
use crate::values::with;
use crate::{names, tenant, values};

/// The member with the secrets in what is sent, and the name under which their hash is kept.
const SECRET: &str = "secret";

/// The revision of secrets of which is not known whether they are set.
const UNCERTAIN: i64 = 0;

/// The resource of one kind of service.
pub(crate) struct Service {
    /// Which one.
    pub(crate) kind: &'static Kind,
    /// For rules.
    pub(crate) now: Clock,
}

impl Service {
    fn generic(&self) -> bool {
        self.kind.type_name == names::SERVICE
    }

    /// What is planned, as it is sent, with the secrets of the configuration.
    fn body(&self, planned: &Value, config: &Value) -> Json {
        let of = |value| Body::of(self.kind.type_name, value).map(|body| body.json());
        let mut body = of(planned).unwrap_or_default();
        if let (true, Some(given)) = (self.has_secrets(), of(config)) {
            body[SECRET] = given[SECRET].clone();
        }
        body
    }

    fn has_secrets(&self) -> bool {
        (self.kind.block)().attributes.contains_key(REVISION)
    }

    /// The configured secrets as one text; nothing while they are not all known.
    fn secret(&self, config: &Value) -> Option<String> {
        let body = Body::of(self.kind.type_name, config)?;
        let known = body.secret.is_wholly_known();
        known.then(|| body.json()[SECRET].to_string())
    }

    /// The revision of the secrets that were configured before, and whether they are others now. A service that was
    /// found again without what tells its secrets gets them once more.
    fn revision(&self, prior: &Value, private: &[u8], secret: &str) -> i64 {
        let before = attrs::integer(prior, REVISION).unwrap_or(1);
        let another = Kept::read(private).differs(SECRET, secret);
        before + i64::from(another || before == UNCERTAIN)
    }

    /// Plans the revision of the secrets, and keeps what tells whether they are others the next time.
    fn plan_secret(&self, draft: &mut Draft, id: &Value) {
        let secret = self.secret(&draft.config);
        let secrets = secret.as_deref().map(|text| (SECRET.to_owned(), text));
        let id = id.as_str().unwrap_or_default();
        if draft.action == Action::Create {
            draft.set(REVISION, Value::number(1));
            // A create whose answer is lost is found again with what it has sent.
            if secrets.is_some() && !id.is_empty() {
                draft.private = Kept::of(id, secrets);
            }
            return;
        }
        let revision = match &secret {
            Some(secret) => Value::number(self.revision(&draft.prior, &draft.private, secret)),
            None => Value::unknown(Type::Number),
        };
        draft.set(REVISION, revision);
        if let Some(private) = Kept::read(&draft.private).completed(id, secrets) {
            draft.private = private;
        }
    }

    /// The name of the service that a value is about.
    fn name(&self, value: &Value) -> Value {
        match names::service_of(self.kind.type_name) {
            Some(name) => Value::from(name),
            None => value
                .attr("name")
                .cloned()
                .unwrap_or_else(|| Value::null(Type::String)),
        }
    }

    fn place(&self, api: &Api, value: &Value) -> Place {
        Place {
            ccid: values::known(value, "ccid")
                .unwrap_or(&api.settings().ccid)
                .to_owned(),
            name: self.name(value).as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The value that was read. An imported service, and one of an earlier version, starts to count.
    fn seen(&self, place: &Place, before: &Value, answer: &Json) -> Value {
        let state = with(
            &self.made(place, before),
            (self.kind.observe)(answer, before),
        );
        if self.has_secrets() && attrs::is_unset(&state, REVISION) {
            return attrs::set(&state, REVISION, Value::number(1));
        }
        state
    }

    /// The planned value with what only the provider knows.
    fn made(&self, place: &Place, planned: &Value) -> Value {
        let set = [
            ("id", Value::from(place.id().as_str())),
            ("ccid", Value::from(place.ccid.as_str())),
        ];
        with(planned, set)
    }

    async fn write(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let place = self.place(api, &request.planned);
        let body = self.body(&request.planned, &request.config);
        let mut state = self.made(&place, &request.planned);
        let secret = self.secret(&request.config).filter(|_| self.has_secrets());
        if let (Some(secret), true) = (&secret, attrs::has_unknown(&state, REVISION)) {
            let revision = self.revision(&request.prior, &request.private, secret);
            state = attrs::set(&state, REVISION, Value::number(revision));
        }
        let mut done = Outcome::is(state);
        if let Some(secret) = &secret {
            done = done.private(Kept::of(
                &place.id(),
                [(SECRET.to_owned(), secret.as_str())],
            ));
        }
        if request.prior.is_null() {
            calls::create(api, &place, &body).await?;
        } else {
            calls::update(api, &place, &body).await?;
        }
        if calls::settled(api, &place, &body).await {
            return Ok(done);
        }
        let text = format!(
            "The service {} was written, but a minute later it still cannot be read back with what was written. The next \
             plan shows whether it took.",
            place.name
        );
        Ok(done.with(Diagnostic::warning("Service not read back", text)))
    }
}

impl Calls<Api> for Service {
    fn type_name(&self) -> &'static str {
        self.kind.type_name
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: (self.kind.block)(),
        }
    }

    fn label(&self, object: &Value) -> String {
        format!(
            "the service {}",
            self.name(object).as_str().unwrap_or_default()
        )
    }

    fn force_new(&self) -> &'static [&'static str] {
        if self.generic() {
            &["ccid", "name"]
        } else {
            &["ccid"]
        }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::object(request, &(self.kind.block)(), (self.now)())
    }

    async fn plan(&self, client: Option<&Api>, mut draft: Draft) -> Draft {
        if draft.action == Action::Delete {
            return draft;
        }
        let ccid = tenant::plan(&mut draft, client);
        let id = tenant::id(&ccid, &self.name(&draft.planned));
        if self.has_secrets() {
            self.plan_secret(&mut draft, &id);
        }
        draft.set("id", id);
        if let (true, Some(prior), Some(given)) = (
            self.generic(),
            draft.prior.attr("data"),
            draft.config.attr("data"),
        ) && !prior.is_null()
            && !given.is_null()
            && same_document(prior, given)
        {
            draft.keep("data");
        }
        draft
    }

    async fn create(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn read(&self, api: &Api, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let place = self.place(api, &request.state);
        let answer = calls::read(api, &place).await?;
        Ok(answer.map_or_else(Outcome::gone, |answer| {
            Outcome::is(self.seen(&place, &request.state, &answer))
        }))
    }

    async fn update(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn delete(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        calls::delete(api, &self.place(api, &request.prior)).await?;
        Ok(Outcome::gone())
    }

    async fn list(&self, api: &Api, planned: &Value) -> Result<Vec<String>, HttpError> {
        let mut place = self.place(api, planned);
        if self.generic()
            && let Some(names) = calls::list(api, &place.ccid).await?
        {
            let id = |name: String| {
                place.name = name;
                place.id()
            };
            return Ok(names.into_iter().map(id).collect());
        }
        let there = calls::read(api, &place).await?;
        Ok(there.map(|_| place.id()).into_iter().collect())
    }

    /// The generic resource leaves services to those that know them: a service is to be written once.
    async fn discover(&self, api: &Api) -> Result<Option<Vec<String>>, HttpError> {
        let any = Value::null((self.kind.block)().implied_type());
        let mut ids = self.list(api, &any).await?;
        if self.generic() {
            let name = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
            let own = |id: &String| {
                KINDS
                    .iter()
                    .any(|kind| names::service_of(kind.type_name) == Some(&*name(id)))
            };
            ids.retain(|id| !own(id));
        }
        Ok(Some(ids))
    }

    async fn find(&self, api: &Api, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let place = self.place(api, planned);
        let Some(answer) = calls::read(api, &place).await? else {
            return Ok(Vec::new());
        };
        let state = self.made(&place, planned);
        if agrees(&answer, &self.body(planned, planned)) {
            return Ok(vec![state]);
        }
        let seen = self.seen(&place, &state, &answer);
        Ok(vec![if self.has_secrets() {
            // Not what was sent, so the secrets may be others too.
            attrs::set(&seen, REVISION, Value::number(UNCERTAIN))
        } else {
            seen
        }])
    }

    /// Without what tells its secrets, the next plan writes them again.
    fn adopted(&self, found: Value, private: &[u8]) -> Value {
        if self.has_secrets() && private.is_empty() {
            return attrs::set(&found, REVISION, Value::number(UNCERTAIN));
        }
        found
    }

    fn search(&self, api: &Api) -> Option<Waits> {
        Some(api.search())
    }

    async fn import(&self, api: &Api, id: &str) -> Result<Value, Diagnostics> {
        let name = tenant::parse_id(id, api.settings(), "<ccid>/<name>")?;
        let own = names::service_of(self.kind.type_name);
        if let Some(own) = own.filter(|own| *own != name) {
            let text = format!(
                "The id {id:?} names the service {name}, but this resource type is the service {own}: use <ccid>/{own}."
            );
            return Err(vec![Diagnostic::error("Invalid import id", text)]);
        }
        let mut set = vec![("ccid", Value::from(api.settings().ccid.as_str()))];
        if own.is_none() {
            set.push(("name", Value::from(name)));
        }
        Ok(Value::object(set))
    }
}
