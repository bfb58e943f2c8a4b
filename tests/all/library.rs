//! The engine as a library in a folder of its own, with a scripted provider beside the bundled ones: what tests of the
//! engine share.
//!
//! Clock, ids and randomness are the same in every run. It must not know what a scripted provider does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use trunkline::apply::journal::Ids;
use trunkline::apply::provision::Provisioning;
use trunkline::config::Snapshot as Files;
use trunkline::event::Silent;
use trunkline::lang::functions::DiskFiles;
use trunkline::lang::source::Sources;
use trunkline::plan::providers::Registry;
use trunkline::project::mirror::Shown;
use trunkline::project::{OpenState, Project, Settings};
use trunkline::registry::Bundled;
use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Provider};
use trunkline_state::{ExplicitKey, KeySource, LockRequest, OpenOptions, Stamp, Store, Unsaved};

use crate::harness::KEY;

/// The time of every run.
const NOW: &str = "2026-01-01T00:00:00Z";

/// Ids in order, those of operations and those that the bundled providers make.
#[derive(Default)]
pub struct Counter {
    ids: AtomicU64,
    uuids: AtomicU64,
}

impl Ids for Counter {
    fn operation(&self) -> String {
        let next = self.ids.fetch_add(1, Ordering::SeqCst);
        format!("00000000-0000-4000-8000-{next:012}")
    }
    fn deposed(&self) -> String {
        format!("{:08x}", self.ids.fetch_add(1, Ordering::SeqCst))
    }
}

/// Makes a scripted provider.
pub type Make = Arc<dyn Fn() -> Arc<dyn Provider> + Send + Sync>;

/// The providers: a scripted one with the source address `registry.terraform.io/trunkline/NAME`, and the bundled ones.
struct Providers {
    name: &'static str,
    make: Make,
    bundled: Bundled,
}

/// The source address of a scripted provider.
pub fn source(name: &str) -> String {
    format!("registry.terraform.io/trunkline/{name}")
}

impl Registry for Providers {
    fn create(&self, wanted: &str) -> Option<Arc<dyn Provider>> {
        match wanted == source(self.name) {
            true => Some((self.make)()),
            false => self.bundled.create(wanted),
        }
    }
    fn sources(&self) -> Vec<String> {
        let mut sources = self.bundled.sources();
        sources.push(source(self.name));
        sources.sort();
        sources
    }
    fn default_source(&self, local: &str) -> String {
        self.bundled.default_source(local)
    }
    fn full_source(&self, written: &str) -> Result<String, String> {
        self.bundled.full_source(written)
    }
}

/// How stores are opened.
pub fn options(store: &Path) -> OpenOptions {
    OpenOptions {
        path: store.to_owned(),
        stamp: Stamp::Live,
        keys: KeySource {
            explicit: Some(ExplicitKey::Value(KEY.to_owned().into())),
            default_dir: None,
            may_create: false,
        },
        create: true,
        lineage: Some("00000000-0000-4000-8000-000000000000".into()),
    }
}

/// Settings for a folder and a store, with the scripted provider `name` that `make` makes. Nobody listens, and nothing
/// is probed or stopped.
pub fn settings(
    folder: &Path,
    store: PathBuf,
    ids: &Arc<Counter>,
    (name, make): (&'static str, Make),
) -> Settings {
    let uuids = Arc::clone(ids);
    Settings {
        dir: folder.to_owned(),
        started_in: folder.to_owned(),
        workspace: "default".into(),
        keys: options(&store).keys,
        store,
        file: None,
        backup: None,
        legacy: None,
        allow_outside_window: None,
        unsaved: Unsaved::default(),
        new_lineage: None,
        stamp: Stamp::Live,
        world: World::Live,
        environment: BTreeMap::new(),
        registry: Arc::new(Providers {
            name,
            make,
            bundled: Bundled {
                states: Arc::new(|_| Ok(None)),
                attest: trunkline::registry::nobody(),
                new_id: Arc::new(move || {
                    let next = uuids.uuids.fetch_add(1, Ordering::SeqCst);
                    format!("10000000-0000-4000-8000-{next:012}")
                }),
                now: || jiff::Timestamp::UNIX_EPOCH,
                wall: || jiff::Timestamp::UNIX_EPOCH,
            },
        }),
        listener: Arc::new(Silent),
        now: Arc::new(|| NOW.into()),
        random: Arc::new(|bytes| bytes.fill(7)),
        ids: ids.clone(),
        probe: Arc::new(|_| {}),
        git_commit: Arc::new(|| None),
        who: "somebody@somewhere".into(),
        host: "somewhere".into(),
        function_files: Arc::new(DiskFiles::new()),
        provisioning: Provisioning::Show,
        stop: Arc::default(),
    }
}

/// Loads a configuration that consists of a `main.tf`.
pub fn load(settings: Settings, configuration: &str) -> Project {
    let files = Files {
        files: [("main.tf".to_owned(), configuration.as_bytes().into())].into(),
    };
    Project::load(settings, &files, Arc::new(Sources::new()))
        .unwrap_or_else(|d| panic!("{}\n{configuration}", told(&d).join("; ")))
}

/// Opens a store whose writes are done when they are called; with `lock` it is held for a change.
pub fn open(store: &Path, lock: bool, ids: &Counter) -> OpenState {
    let store = Store::open_inline(options(store)).unwrap();
    let guard = lock.then(|| {
        let request = LockRequest {
            id: ids.operation(),
            operation: "apply".into(),
            who: "somebody@somewhere".into(),
            host: "somewhere".into(),
            since: NOW.into(),
            // Free, but for a moment in which another test may be starting a program.
            timeout: Duration::from_secs(120),
            stop: Arc::default(),
        };
        store.lock(request).unwrap()
    });
    OpenState {
        store,
        guard,
        shown: Shown::default(),
    }
}

/// Problems, a text each.
pub fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.summary, d.detail))
        .collect()
}
