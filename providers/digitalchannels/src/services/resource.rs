//! The resource types of services: planning and changing, the same for every kind.

use std::future::ready;

use serde_json::Value as Json;
use trunkline_api::kit::{Action, Draft, Outcome, Resource};
use trunkline_api::provider::{
    ApplyRequest, ImportRequest, ImportResponse, ListRequest, ReadRequest, ReconcileRequest,
    ReconcileResponse, ValidateRequest,
};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::poll;

use super::body::Body;
use super::calls::{self, Place};
use super::generic::same_document;
use super::{KINDS, Kind, agrees};
use crate::api::Api;
use crate::outcomes::{imported, not_reconciled, reconciled};
use crate::rules::{self, Clock};
use crate::trouble::Trouble;
use crate::values::with;
use crate::{names, tenant, values};

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

    fn body(&self, value: &Value) -> Json {
        Body::of(self.kind.type_name, value).map_or(Json::Null, |body| body.json())
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
        let body = self.body(&request.planned);
        let state = self.made(&place, &request.planned);
        let (written, verb) = if request.prior.is_null() {
            (calls::create(api, &place, &body).await, "Creating")
        } else {
            (calls::update(api, &place, &body).await, "Updating")
        };
        if let Err(trouble) = written {
            return trouble.outcome(&format!("{verb} the service {}", place.name));
        }
        if calls::settled(api, &place, &body).await {
            return Outcome::is(state);
        }
        let text = format!(
            "The service {} was written, but a minute later it still cannot be read back with what was written. The next \
             plan shows whether it took.",
            place.name
        );
        Outcome::is(state).with(Diagnostic::warning("Service not read back", text))
    }

    /// The value with every secret null.
    fn without_secrets(&self, value: &Value) -> Value {
        let block = (self.kind.block)();
        let mut paths = trunkline_api::coerce::sensitive_paths(value, &block);
        paths.sort();
        paths.iter().fold(value.clone(), |value, path| {
            value.update_at(&path.0, &mut |secret| Value::null(secret.ty()))
        })
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
            draft.set("id", id);
            for name in ["data", "secret"] {
                if let (true, Some(prior), Some(given)) = (
                    self.generic(),
                    draft.prior.attr(name),
                    draft.config.attr(name),
                ) && !prior.is_null()
                    && !given.is_null()
                    && same_document(prior, given)
                {
                    draft.keep(name);
                }
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
                Ok(Some(answer)) => {
                    let seen = (self.kind.observe)(&answer, &request.state);
                    Outcome::is(with(&self.made(&place, &request.state), seen))
                }
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
            if !agrees(&answer, &self.body(&request.planned)) {
                // Not what was sent, so the secrets may be others too: a later plan writes them again.
                let seen = (self.kind.observe)(&answer, &state);
                state = self.without_secrets(&with(&state, seen));
            }
            reconciled([state])
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
