//! Options of the transaction `NexusServices`: reading and writing them through one of the back-ends.
//!
//! No public interface for these options was found, hence three back-ends; the HTTP one and the form of the file are
//! [assumed]. There is no version to hold a write against, so writes of one transaction wait for each other.

pub(crate) mod delta;
mod file;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use trunkline_api::kit::Outcome;
use trunkline_api::provider::ApplyRequest;
use trunkline_api::{Diagnostic, Value};
use trunkline_http::{HttpError, Waits, poll};

use crate::api::Api;
use crate::envelope::{Verdict, not_offered, unexpected};
use crate::routes::Route;
use crate::settings::Backend;
use crate::values;
use delta::{Delta, Section, Sections, sections_of};

/// One lock per transaction in the whole process: several provider blocks can be of one contact centre.
static LOCKS: LazyLock<Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>> =
    LazyLock::new(Mutex::default);

/// The lock of a transaction.
fn lock_of(api: &Api) -> Arc<tokio::sync::Mutex<()>> {
    let settings = api.settings();
    let name = match &settings.backend {
        Backend::Manual => String::new(),
        Backend::Api => format!(
            "{} {}",
            settings.gws_url.as_deref().unwrap_or_default(),
            settings.ccid
        ),
        Backend::File(path) => path.display().to_string(),
    };
    let mut locks = LOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    locks.entry(name).or_default().clone()
}

/// Reads all sections. With the manual back-end there is nothing to read.
pub(crate) async fn load(api: &Api) -> Result<Sections, HttpError> {
    match &api.settings().backend {
        Backend::Manual => Ok(Sections::new()),
        Backend::File(path) => file::load(path),
        Backend::Api => {
            let content = api.options(Route::OptionsRead, None).await?.done()?;
            Ok(sections_of(content.get("options").unwrap_or(&content)))
        }
    }
}

/// Reads, lets `decide` say what to change, and writes only that. Nothing is written when nothing differs.
///
/// # Errors
/// Those of the calls, and that of `decide`.
pub(crate) async fn change(
    api: &Api,
    decide: impl FnOnce(&Sections) -> Result<Delta, HttpError>,
) -> Result<(), HttpError> {
    if api.settings().backend == Backend::Manual {
        return Ok(());
    }
    let lock = lock_of(api);
    let _held = lock.lock().await;
    let mut sections = load(api).await?;
    let delta = decide(&sections)?;
    if delta.is_empty() {
        return Ok(());
    }
    match &api.settings().backend {
        Backend::Manual => Ok(()),
        Backend::File(path) => {
            delta.apply(&mut sections);
            file::store(path, &sections)
        }
        Backend::Api => {
            let before = sections.get(&delta.section).cloned();
            delta.apply(&mut sections);
            let written = Written {
                section: &delta.section,
                before: before.as_ref(),
                wanted: sections.get(&delta.section),
            };
            send(api, &delta, &written).await
        }
    }
}

/// What a write comes to. With the manual back-end a person has something to do, unless the configuration says that it
/// is done; `what` is the attribute that tells whether there is something new.
pub(crate) fn written(
    api: &Api,
    request: &ApplyRequest,
    what: &str,
    instruction: impl FnOnce(&Value) -> String,
) -> Outcome {
    let planned = &request.planned;
    if planned.is_null() {
        return Outcome::gone();
    }
    let done = Outcome::is(planned.clone());
    let new = request.prior.attr(what) != planned.attr(what);
    if !api.is_manual() || !new || values::flag(planned, "acknowledged") == Some(true) {
        return done;
    }
    let text = format!("{} Then set `acknowledged = true`.", instruction(planned));
    done.with(Diagnostic::warning("A person has something to do", text))
}

/// The ids of the sections that `is_ours` takes.
pub(crate) async fn ids(
    api: &Api,
    is_ours: impl Fn(&str, &Section) -> bool,
) -> Result<Vec<String>, HttpError> {
    let sections = load(api).await?;
    let ours = sections
        .iter()
        .filter(|(name, options)| is_ours(name, options));
    let ccid = &api.settings().ccid;
    Ok(ours.map(|(name, _)| format!("{ccid}/{name}")).collect())
}

/// The id of an object that is a section, or part of one.
pub(crate) fn id(api: &Api, state: &Value, section: &str) -> Value {
    let ccid = values::known(state, "ccid").unwrap_or(&api.settings().ccid);
    Value::from(format!("{ccid}/{section}").as_str())
}

/// A section around a write.
struct Written<'s> {
    section: &'s str,
    /// How it was read; `None` when it was not there.
    before: Option<&'s Section>,
    /// How it must be; `None` when it must be gone.
    wanted: Option<&'s Section>,
}

impl Written<'_> {
    /// Reads until the section is as it is wanted; whether it is.
    async fn is_there(&self, api: &Api, waits: Waits) -> Result<bool, HttpError> {
        let look = || async {
            let sections = load(api).await?;
            Ok::<_, HttpError>((sections.get(self.section) == self.wanted).then_some(()))
        };
        Ok(poll(waits, look).await?.is_some())
    }
}

/// Writes a difference. A difference cannot be sent twice (what is new would exist, what is removed would be missing),
/// so one whose end is not known is read back: what is there as it is wanted is done, anything else stays open.
async fn send(api: &Api, delta: &Delta, written: &Written<'_>) -> Result<(), HttpError> {
    let body = delta.json();
    let trouble = match api.options(Route::OptionsWrite, Some(&body)).await {
        Ok(Verdict::Done(_)) => {
            // So that the next write does not start from an old answer, for a minute at most [assumed, as for
            // services]. An answer that cannot be read says nothing; the next plan looks again.
            written.is_there(api, api.read_back()).await.ok();
            return Ok(());
        }
        Ok(Verdict::Missing(error)) => return missing(api, written, error).await,
        Ok(verdict) => match verdict.done() {
            Ok(_) => return Ok(()),
            Err(error) => error,
        },
        Err(trouble) => trouble,
    };
    if trouble.ambiguous() && matches!(written.is_there(api, api.search()).await, Ok(true)) {
        return Ok(());
    }
    Err(trouble)
}

/// What a write means that was answered with 404: either an option was not there any more, or the call is missing.
async fn missing(api: &Api, written: &Written<'_>, error: HttpError) -> Result<(), HttpError> {
    let Ok(sections) = load(api).await else {
        return Err(not_offered(error));
    };
    let there = sections.get(written.section);
    if there == written.wanted {
        return Ok(());
    }
    if there != written.before {
        return Err(unexpected(format!(
            "somebody changed the section {} at the same time ({error}). Nothing was written; run the command again.",
            written.section
        )));
    }
    Err(not_offered(error))
}
