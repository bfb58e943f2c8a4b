//! Custom headers of a custom gateway: `digitalchannels_provider_options`, the `header:` options of its section.
//!
//! Only the headers named here are managed; the section and its other options are somebody else's.

use std::collections::BTreeSet;
use std::future::ready;

use trunkline_api::kit::{Action, Draft, Outcome, Resource};
use trunkline_api::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, ListRequest, NoteKind, ReadRequest,
    ReconcileRequest, ReconcileResponse, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::poll;

use crate::api::Api;
use crate::names::{self, ASYNC_SECTION, HEADER_PREFIX};
use crate::options::{self, delta::Delta, delta::Section};
use crate::outcomes::{imported, not_reconciled, reconciled};
use crate::rules::{self, Clock};
use crate::settings::Manual;
use crate::trouble::Trouble;
use crate::values::with;
use crate::{services, tenant, values};

/// The resource type.
pub(crate) struct ProviderOptions {
    /// For rules.
    pub(crate) now: Clock,
    /// Whether a person enters the options.
    pub(crate) manual: Manual,
}

fn block() -> Block {
    let text = |description: &str| Attribute::new(Type::String, description);
    Block::new("Custom HTTP headers of the webhooks that a custom gateway gets.")
        .attribute("id", text("Contact-centre id, a slash and the section.").computed())
        .attribute("ccid", services::ccid())
        .attribute("section", text("Section of the async provider; by default Async (unverified against the live service). A change makes new options.").optional().computed())
        .attribute("headers", Attribute::new(Type::map(Type::String), "Static value by header name, without header: before it.").required())
        .attribute("acknowledged", Attribute::new(Type::Bool, "Manual back-end: a person has entered the options as planned.").optional())
}

/// The wanted options: `header:` and the name.
fn wanted(value: &Value) -> Section {
    let headers = values::fields(value, "headers")
        .into_iter()
        .flat_map(|fields| fields.iter());
    headers
        .filter_map(|(name, value)| {
            Some((format!("{HEADER_PREFIX}{name}"), value.as_str()?.to_owned()))
        })
        .collect()
}

fn section_of(value: &Value) -> &str {
    values::known(value, "section").unwrap_or(ASYNC_SECTION)
}

/// The instruction for a person: `set in` or `remove from` the section. Values are left out: they may be tokens.
fn instruction(verb: &str, value: &Value) -> String {
    let names: Vec<String> = wanted(value).into_keys().collect();
    format!(
        "In Platform Administration, Environment > Transactions > NexusServices > Options, {verb} the section {}: {}.",
        section_of(value),
        names.join(", ")
    )
}

/// The headers of `names` that are there.
fn headers(there: &Section, names: impl Fn(&str) -> bool) -> Value {
    let items = there.iter().filter_map(|(option, value)| {
        let name = option
            .strip_prefix(HEADER_PREFIX)
            .filter(|name| names(name))?;
        Some((name, Value::from(value.as_str())))
    });
    Value::map(Type::String, items)
}

async fn write(api: &Api, request: &ApplyRequest) -> Result<(), Trouble> {
    let ours: BTreeSet<String> = wanted(&request.prior).into_keys().collect();
    options::change(api, |sections| {
        if request.planned.is_null() {
            return Ok(Delta::removal(sections, section_of(&request.prior), |name| ours.contains(name)));
        }
        let section = section_of(&request.planned);
        let wanted = wanted(&request.planned);
        let there = sections.get(section);
        let taken = |name: &&String| {
            let there = there.and_then(|there| there.get(*name));
            !ours.contains(*name) && there.is_some_and(|there| Some(there) != wanted.get(*name))
        };
        if let Some(name) = wanted.keys().find(taken) {
            return Err(Trouble::Unexpected(format!(
                "The section {section} has an option {name} with another value already. Import the section's headers with \
                 the id \"{}/{section}\", or leave this header out.",
                api.settings().ccid
            )));
        }
        Ok(Delta::between(sections, section, &wanted, &ours))
    })
    .await
}

impl ProviderOptions {
    async fn write(&self, api: &Api, request: ApplyRequest) -> Outcome {
        let of = if request.planned.is_null() {
            &request.prior
        } else {
            &request.planned
        };
        if let Err(trouble) = write(api, &request).await {
            return trouble.outcome(&format!("Writing the custom headers of {}", section_of(of)));
        }
        if request.planned.is_null() {
            return Outcome::gone();
        }
        let planned = request.planned;
        let new = request.prior.attr("headers") != planned.attr("headers");
        if api.is_manual() && new && values::flag(&planned, "acknowledged") != Some(true) {
            let text = format!(
                "{} Then set `acknowledged = true`.",
                instruction("set in", &planned)
            );
            return Outcome::is(planned)
                .with(Diagnostic::warning("A person has something to do", text));
        }
        Outcome::is(planned)
    }
}

impl Resource<Api> for ProviderOptions {
    fn type_name(&self) -> &'static str {
        names::PROVIDER_OPTIONS
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: block(),
        }
    }

    fn effects(&self) -> Effects {
        if self.manual.get() {
            Effects::None
        } else {
            Effects::Reconcilable
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["ccid", "section"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("section", Value::from(ASYNC_SECTION))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::object(request, &block(), (self.now)())
    }

    fn plan<'a>(&'a self, client: Option<&'a Api>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        let manual = client.is_some_and(Api::is_manual);
        if draft.action == Action::Delete {
            if manual {
                let text = instruction("remove from", &draft.prior);
                draft.note(NoteKind::Manual, text);
            }
            return Box::pin(ready(draft));
        }
        let ccid = tenant::plan(&mut draft, client);
        let section = draft
            .planned
            .attr("section")
            .cloned()
            .unwrap_or_else(|| Value::from(ASYNC_SECTION));
        draft.set("id", tenant::id(&ccid, &section));
        if manual && (draft.changed("headers") || draft.changed("section")) {
            let text = instruction("set in", &draft.planned);
            draft.note(NoteKind::Manual, text);
        }
        Box::pin(ready(draft))
    }

    fn create<'a>(&'a self, api: &'a Api, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(self.write(api, request))
    }

    fn update<'a>(&'a self, api: &'a Api, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(self.write(api, request))
    }

    fn delete<'a>(&'a self, api: &'a Api, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(self.write(api, request))
    }

    fn read<'a>(&'a self, api: &'a Api, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let state = request.state;
            if api.is_manual() {
                return Outcome::is(state);
            }
            let section = section_of(&state);
            let sections = match options::load(api).await {
                Ok(sections) => sections,
                Err(trouble) => {
                    return trouble.outcome(&format!("Reading the custom headers of {section}"));
                }
            };
            let empty = Section::new();
            let there = sections.get(section).unwrap_or(&empty);
            let held = values::fields(&state, "headers");
            let found = headers(there, |name| {
                held.is_none_or(|held| held.get(name).is_some())
            });
            if found.as_fields().is_none_or(|fields| fields.is_empty())
                && held.is_none_or(|held| !held.is_empty())
            {
                return Outcome::gone();
            }
            let id = format!(
                "{}/{section}",
                values::known(&state, "ccid").unwrap_or(&api.settings().ccid)
            );
            Outcome::is(with(
                &state,
                [("headers", found), ("id", Value::from(id.as_str()))],
            ))
        })
    }

    fn list<'a>(
        &'a self,
        api: &'a Api,
        _request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let sections = options::load(api)
                .await
                .map_err(|trouble| vec![trouble.report("Listing the custom headers")])?;
            let has_headers =
                |options: &Section| options.keys().any(|name| name.starts_with(HEADER_PREFIX));
            let found = sections.iter().filter(|(name, options)| {
                !name.starts_with(names::SECTION_PREFIX) && has_headers(options)
            });
            Ok(found
                .map(|(name, _)| format!("{}/{name}", api.settings().ccid))
                .collect())
        })
    }

    fn reconcile<'a>(
        &'a self,
        api: &'a Api,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            let planned = &request.planned;
            let section = section_of(planned);
            if request
                .known_ids
                .contains(&format!("{}/{section}", api.settings().ccid))
            {
                // Other headers were there before; writing ours again does no harm.
                return ReconcileResponse::default();
            }
            let wanted = wanted(planned);
            let look = || async {
                let there = options::load(api)
                    .await?
                    .remove(section)
                    .unwrap_or_default();
                let all = wanted
                    .iter()
                    .all(|(name, value)| there.get(name) == Some(value));
                Ok::<_, Trouble>(all.then(|| planned.clone()))
            };
            match poll(api.search(), look).await {
                Ok(found) => reconciled(found),
                Err(trouble) => not_reconciled(
                    trouble.report(&format!("Finding the custom headers of {section}")),
                ),
            }
        })
    }

    fn import<'a>(&'a self, api: &'a Api, request: ImportRequest) -> BoxFuture<'a, ImportResponse> {
        let parse = || {
            if api.is_manual() {
                let text = "With the manual back-end the options cannot be read, so there is nothing to import: declare the \
                            headers with `acknowledged = true`.";
                return Err(vec![Diagnostic::error(
                    "Custom headers cannot be imported",
                    text,
                )]);
            }
            let section = tenant::parse_id(&request.id, api.settings(), "<ccid>/<section>")?;
            Ok(vec![
                ("ccid", Value::from(api.settings().ccid.as_str())),
                ("section", Value::from(section)),
            ])
        };
        Box::pin(ready(imported(parse())))
    }
}
