//! The resource types of services: planning and changing, the same for every kind.

use std::future::ready;

use serde_json::Value as Json;
use trunkline_api::kit::{Action, Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, ImportRequest, ImportResponse, ListRequest, ReadRequest, ReconcileRequest,
    ReconcileResponse, ValidateRequest,
};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Kept, poll};

use super::body::Body;
use super::calls::{self, Place};
use super::generic::same_document;
use super::{KINDS, Kind, REVISION, agrees};
use crate::api::Api;
use crate::outcomes::{imported, not_reconciled, reconciled};
use crate::rules::{self, Clock};
use crate::trouble::Trouble;
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

    async fn write(&self, api: &Api, request: &ApplyRequest) -> Outcome {
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
        let (written, verb) = if request.prior.is_null() {
            (calls::create(api, &place, &body).await, "Creating")
        } else {
            (calls::update(api, &place, &body).await, "Updating")
        };
        if let Err(trouble) = written {
            return trouble.outcome(&format!("{verb} the service {}", place.name));
        }
        if calls::settled(api, &place, &body).await {
            return done;
        }
        let text = format!(
            "The service {} was written, but a minute later it still cannot be read back with what was written. The next \
             plan shows whether it took.",
            place.name
        );
        done.with(Diagnostic::warning("Service not read back", text))
    }
}

impl Resource<Api> for Service {
    fn type_name(&self) -> &'static str {
        self.kind.type_name
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: (self.kind.block)(),
        }
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

    fn plan<'a>(&'a self, client: Option<&'a Api>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        if draft.action != Action::Delete {
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
        }
        Box::pin(ready(draft))
    }

    fn create<'a>(&'a self, api: &'a Api, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.write(api, &request).await })
    }

    fn update<'a>(&'a self, api: &'a Api, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.write(api, &request).await })
    }

    fn delete<'a>(&'a self, api: &'a Api, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let place = self.place(api, &request.prior);
            match calls::delete(api, &place).await {
                Ok(()) => Outcome::gone(),
                Err(trouble) => trouble.outcome(&format!("Deleting the service {}", place.name)),
            }
        })
    }

    fn read<'a>(&'a self, api: &'a Api, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let place = self.place(api, &request.state);
            match calls::read(api, &place).await {
                Ok(Some(answer)) => Outcome::is(self.seen(&place, &request.state, &answer)),
                Ok(None) => Outcome::gone(),
                Err(trouble) => trouble.outcome(&format!("Reading the service {}", place.name)),
            }
        })
    }

    fn list<'a>(
        &'a self,
        api: &'a Api,
        request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let mut place = self.place(api, &request.planned);
            let problem = |trouble: Trouble| vec![trouble.report("Listing the services")];
            if self.generic()
                && let Some(names) = calls::list(api, &place.ccid).await.map_err(problem)?
            {
                let id = |name: String| {
                    place.name = name;
                    place.id()
                };
                return Ok(names.into_iter().map(id).collect());
            }
            let there = calls::read(api, &place).await.map_err(problem)?;
            Ok(there.map(|_| place.id()).into_iter().collect())
        })
    }

    /// The generic resource leaves services to those that know them: a service is to be written once.
    fn discover<'a>(
        &'a self,
        api: &'a Api,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(async move {
            let request = ListRequest {
                type_name: self.kind.type_name.into(),
                planned: Value::null((self.kind.block)().implied_type()),
            };
            let mut ids = self.list(api, request).await?;
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
        })
    }

    fn reconcile<'a>(
        &'a self,
        api: &'a Api,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            let place = self.place(api, &request.planned);
            if request.known_ids.contains(&place.id()) {
                return ReconcileResponse::default();
            }
            let look = || calls::read(api, &place);
            let answer = match poll(api.search(), look).await {
                Ok(Some(answer)) => answer,
                Ok(None) => return ReconcileResponse::default(),
                Err(trouble) => {
                    let problem = trouble.report(&format!("Finding the service {}", place.name));
                    return not_reconciled(problem);
                }
            };
            let mut state = self.made(&place, &request.planned);
            let sent = self.body(&request.planned, &request.planned);
            let whole = agrees(&answer, &sent);
            if !whole {
                state = self.seen(&place, &state, &answer);
            }
            if self.has_secrets() && (!whole || request.private.is_empty()) {
                // Not what was sent, so the secrets may be others too: the next plan writes them again.
                let uncertain = attrs::set(&state, REVISION, Value::number(UNCERTAIN));
                return reconciled([uncertain]);
            }
            let mut found = reconciled([state]);
            for one in &mut found.found {
                one.private = request.private.clone();
            }
            found
        })
    }

    fn import<'a>(&'a self, api: &'a Api, request: ImportRequest) -> BoxFuture<'a, ImportResponse> {
        let parse = || {
            let name = tenant::parse_id(&request.id, api.settings(), "<ccid>/<name>")?;
            let own = names::service_of(self.kind.type_name);
            if let Some(own) = own.filter(|own| *own != name) {
                let text = format!(
                    "The id {:?} names the service {name}, but this resource type is the service {own}: use <ccid>/{own}.",
                    request.id
                );
                return Err(vec![Diagnostic::error("Invalid import id", text)]);
            }
            let mut set = vec![("ccid", Value::from(api.settings().ccid.as_str()))];
            if own.is_none() {
                set.push(("name", Value::from(name)));
            }
            Ok(set)
        };
        Box::pin(ready(imported(parse())))
    }
}
