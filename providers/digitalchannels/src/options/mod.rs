//! Options of the transaction `NexusServices`: reading and writing them through one of the back-ends.
//!
//! No public interface for these options was found, hence three back-ends; the HTTP one and the form of the file are
//! [assumed]. There is no version to hold a write against, so writes of one transaction wait for each other.

pub(crate) mod delta;
mod file;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use trunkline_http::poll;

use crate::api::Api;
use crate::routes::Route;
use crate::settings::Backend;
use crate::trouble::Trouble;
use delta::{Delta, Sections, sections_of};

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
pub(crate) async fn load(api: &Api) -> Result<Sections, Trouble> {
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
    decide: impl FnOnce(&Sections) -> Result<Delta, Trouble>,
) -> Result<(), Trouble> {
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
            let body = delta.json();
            let written = api.options(Route::OptionsWrite, Some(&body));
            written.await?.done()?;
            delta.apply(&mut sections);
            seen(api, &delta.section, &sections).await;
            Ok(())
        }
    }
}

/// Reads until the section is as it was written, for a minute at most [assumed, as for services], so that the next
/// write does not start from an old answer.
async fn seen(api: &Api, section: &str, written: &Sections) {
    let look = || async {
        let sections = load(api).await?;
        Ok::<_, Trouble>((sections.get(section) == written.get(section)).then_some(()))
    };
    // An answer that cannot be read says nothing; the next plan looks again.
    poll(api.read_back(), look).await.ok();
}
