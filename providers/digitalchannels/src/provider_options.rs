//! Custom headers of a custom gateway: `digitalchannels_provider_options`, the `header:` options of its section.
//!
//! Only the headers named here are managed; the section and its other options are somebody else's.

use std::collections::BTreeSet;

use trunkline_api::kit::{Action, Draft, Outcome};
use trunkline_api::provider::{ApplyRequest, Effects, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Waits};

use crate::api::Api;
use crate::envelope::unexpected;
use crate::names::{self, ASYNC_SECTION, HEADER_PREFIX};
use crate::options::{self, delta::Delta, delta::Section};
use crate::rules::{self, Clock};
use crate::settings::Manual;
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

/// Writes the headers, or says what is in the way.
async fn send(api: &Api, request: &ApplyRequest) -> Result<(), HttpError> {
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
            return Err(unexpected(format!(
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
    async fn write(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        send(api, request).await?;
        let instruction = |planned: &Value| instruction("set in", planned);
        Ok(options::written(api, request, "headers", instruction))
    }
}

impl Calls<Api> for ProviderOptions {
    fn type_name(&self) -> &'static str {
        names::PROVIDER_OPTIONS
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: block(),
        }
    }

    fn label(&self, object: &Value) -> String {
        format!("the custom headers of {}", section_of(object))
    }

    fn effects(&self) -> Effects {
        self.manual.effects()
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

    async fn plan(&self, client: Option<&Api>, mut draft: Draft) -> Draft {
        let manual = client.is_some_and(Api::is_manual);
        if draft.action == Action::Delete {
            if manual {
                let text = instruction("remove from", &draft.prior);
                draft.note(NoteKind::Manual, text);
            }
            return draft;
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
        draft
    }

    async fn create(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn read(&self, api: &Api, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let state = &request.state;
        if api.is_manual() {
            return Ok(Outcome::is(state.clone()));
        }
        let section = section_of(state);
        let there = options::load(api)
            .await?
            .remove(section)
            .unwrap_or_default();
        let held = values::fields(state, "headers");
        let found = headers(&there, |name| {
            held.is_none_or(|held| held.get(name).is_some())
        });
        if found.as_fields().is_none_or(|fields| fields.is_empty())
            && held.is_none_or(|held| !held.is_empty())
        {
            return Ok(Outcome::gone());
        }
        let set = [("headers", found), ("id", options::id(api, state, section))];
        Ok(Outcome::is(with(state, set)))
    }

    async fn update(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn delete(&self, api: &Api, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.write(api, request).await
    }

    async fn list(&self, api: &Api, _planned: &Value) -> Result<Vec<String>, HttpError> {
        let has_headers =
            |options: &Section| options.keys().any(|name| name.starts_with(HEADER_PREFIX));
        options::ids(api, |name, options| {
            !name.starts_with(names::SECTION_PREFIX) && has_headers(options)
        })
        .await
    }

    /// Where other headers were there before, the section's id is known and nothing is found: writing ours again does
    /// no harm.
    async fn find(&self, api: &Api, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let there = options::load(api)
            .await?
            .remove(section_of(planned))
            .unwrap_or_default();
        let all = wanted(planned)
            .iter()
            .all(|(name, value)| there.get(name) == Some(value));
        Ok(all.then(|| planned.clone()).into_iter().collect())
    }

    fn search(&self, api: &Api) -> Option<Waits> {
        Some(api.search())
    }

    async fn import(&self, api: &Api, id: &str) -> Result<Value, Diagnostics> {
        if api.is_manual() {
            let text = "With the manual back-end the options cannot be read, so there is nothing to import: declare the \
                        headers with `acknowledged = true`.";
            return Err(vec![Diagnostic::error(
                "Custom headers cannot be imported",
                text,
            )]);
        }
        let section = tenant::parse_id(id, api.settings(), "<ccid>/<section>")?;
        Ok(Value::object([
            ("ccid", Value::from(api.settings().ccid.as_str())),
            ("section", Value::from(section)),
        ]))
    }
}
