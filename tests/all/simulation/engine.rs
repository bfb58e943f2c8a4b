//! The engine on a scripted service: runs operations, lets the process die, and checks what is left.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;
use trunkline::apply::journal::Ids;
use trunkline::apply::provision::Provisioning;
use trunkline::config::Snapshot as Files;
use trunkline::event::Silent;
use trunkline::lang::functions::DiskFiles;
use trunkline::lang::source::Sources;
use trunkline::plan::PlanMode;
use trunkline::plan::providers::Registry;
use trunkline::plan::walk::Options;
use trunkline::project::mirror::Shown;
use trunkline::project::{OpenState, Project, Settings};
use trunkline::registry::Bundled;
use trunkline_api::provider::World as Reach;
use trunkline_api::{Diagnostic, Provider};
use trunkline_state::{
    Ending, ExplicitKey, KeySource, LockRequest, OpenOptions, RunStart, Snapshot, Stamp, Store,
};

use super::configuration::Configuration;
use super::random::Random;
use super::service::{Service, Sim, Trouble, World};
use crate::harness::KEY;

thread_local! {
    static RECORD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What happens at the service while `run` runs.
pub fn recorded(run: impl FnOnce() -> Result<(), String>) -> Vec<String> {
    RECORD.with_borrow_mut(Vec::clear);
    run().unwrap();
    RECORD.with_borrow_mut(std::mem::take)
}

/// The providers of the simulation.
struct Providers {
    service: Service,
    bundled: Bundled,
}

const SIM: &str = "registry.terraform.io/trunkline/sim";

impl Registry for Providers {
    fn create(&self, source: &str) -> Option<Arc<dyn Provider>> {
        match source {
            SIM => Some(Arc::new(Sim::new(self.service.clone()))),
            _ => self.bundled.create(source),
        }
    }
    fn sources(&self) -> Vec<String> {
        let mut sources = self.bundled.sources();
        sources.push(SIM.into());
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

/// Ids in order.
#[derive(Default)]
struct Counter(AtomicU64);

impl Counter {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

impl Ids for Counter {
    fn operation(&self) -> String {
        format!("00000000-0000-4000-8000-{:012}", self.next())
    }
    fn deposed(&self) -> String {
        format!("{:08x}", self.next())
    }
}

/// The moment at which the process dies: what is on the disk then, and what the service has.
#[derive(Clone)]
struct Death {
    passed: Arc<AtomicUsize>,
    at: Option<usize>,
    store: PathBuf,
    left: PathBuf,
    service: Service,
    world: Arc<Mutex<Option<World>>>,
}

impl Death {
    fn pass(&self) {
        if Some(self.passed.fetch_add(1, Ordering::SeqCst)) == self.at {
            let store = Store::open(options(&self.store)).unwrap();
            store.backup(&self.left).unwrap();
            *self.world.lock().unwrap() = Some(self.service.world());
        }
    }
}

fn options(store: &Path) -> OpenOptions {
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

/// Everything of one seed.
pub struct Engine {
    folder: TempDir,
    /// The service.
    pub service: Service,
    ids: Arc<Counter>,
    uuids: Arc<Counter>,
    tell: bool,
    stores: usize,
}

impl Drop for Engine {
    fn drop(&mut self) {
        let log = std::mem::take(&mut *self.service.log.lock().unwrap());
        RECORD.with_borrow_mut(|record| record.extend(log));
    }
}

impl Engine {
    /// Nothing there yet.
    pub fn new(_: &mut Random, tell: bool) -> Engine {
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        Engine {
            folder: folder.unwrap(),
            service: Service::new(),
            ids: Arc::default(),
            uuids: Arc::default(),
            tell,
            stores: 0,
        }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.stores))
    }

    fn say(&self, text: String) {
        if self.tell {
            #[expect(clippy::print_stderr, reason = "a replayed seed tells what happens")]
            {
                eprintln!("{text}");
            }
        }
        self.service.log.lock().unwrap().push(text);
    }

    fn settings(&self, death: &Death) -> Settings {
        let uuids = Arc::clone(&self.uuids);
        let death = death.clone();
        Settings {
            dir: self.folder.path().to_owned(),
            started_in: self.folder.path().to_owned(),
            workspace: "default".into(),
            store: self.store(),
            file: None,
            backup: None,
            legacy: None,
            allow_outside_window: None,
            new_lineage: None,
            stamp: Stamp::Live,
            keys: options(&self.store()).keys,
            world: Reach::Live,
            environment: BTreeMap::new(),
            registry: Arc::new(Providers {
                service: self.service.clone(),
                bundled: Bundled {
                    states: Arc::new(|_| Ok(None)),
                    attest: trunkline::registry::nobody(),
                    new_id: Arc::new(move || {
                        format!("10000000-0000-4000-8000-{:012}", uuids.next())
                    }),
                    now: || jiff::Timestamp::UNIX_EPOCH,
                    wall: || jiff::Timestamp::UNIX_EPOCH,
                },
            }),
            listener: Arc::new(Silent),
            now: Arc::new(|| "2026-01-01T00:00:00Z".into()),
            random: Arc::new(|bytes| bytes.fill(7)),
            ids: self.ids.clone(),
            probe: Arc::new(move |_| death.pass()),
            git_commit: Arc::new(|| None),
            who: "somebody@somewhere".into(),
            host: "somewhere".into(),
            function_files: Arc::new(DiskFiles::new()),
            provisioning: Provisioning::Show,
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    fn project(&self, configuration: &Configuration, death: &Death) -> Project {
        let files = Files {
            files: [(
                "main.tf".to_owned(),
                configuration.text().into_bytes().into(),
            )]
            .into(),
        };
        Project::load(self.settings(death), &files, Arc::new(Sources::new()))
            .unwrap_or_else(|d| panic!("{}\n{}", summaries(&d), configuration.text()))
    }

    fn open(&self, lock: bool) -> OpenState {
        let store = Store::open_inline(options(&self.store())).unwrap();
        let guard = lock.then(|| {
            store
                .lock(LockRequest {
                    id: self.ids.operation(),
                    operation: "apply".into(),
                    who: "somebody@somewhere".into(),
                    host: "somewhere".into(),
                    since: "2026-01-01T00:00:00Z".into(),
                    // Free, but for a moment in which another test may be starting a program.
                    timeout: Duration::from_secs(10),
                })
                .unwrap()
        });
        OpenState {
            store,
            guard,
            shown: Shown::default(),
        }
    }

    fn death(&self, at: Option<usize>) -> Death {
        Death {
            passed: Arc::default(),
            at,
            store: self.store(),
            left: self.folder.path().join(format!("{}.db", self.stores + 1)),
            service: self.service.clone(),
            world: Arc::default(),
        }
    }

    /// Plans and applies; the problems that it had.
    pub fn apply(
        &mut self,
        configuration: &Configuration,
        destroy: bool,
        trouble: Trouble,
        random: &mut Random,
    ) -> Vec<Diagnostic> {
        self.say(format!(
            "apply, destroy {destroy}, {trouble:?}\n{}",
            configuration.text()
        ));
        self.service.set_trouble(trouble, random.clone());
        random.next();
        let death = self.death(trouble.dies_at);
        let project = self.project(configuration, &death);
        let state = self.open(true);
        let operation = async {
            let ready = match project
                .plan(&state, BTreeMap::new(), planning(destroy))
                .await
            {
                Ok(ready) => ready,
                Err(diagnostics) => return diagnostics,
            };
            if ready.plan.errored {
                return ready.diagnostics;
            }
            project.apply(&state, ready, "apply", 4).await.diagnostics
        };
        let step = || death.pass();
        let diagnostics = self.service.scheduler.run(random, step, operation);
        drop(state);
        let world = death.world.lock().unwrap().take();
        if let Some(world) = world {
            self.say("the process died".into());
            self.service.set_world(world);
            self.stores += 1;
        } else {
            self.say(format!("ended: {}", summaries(&diagnostics)));
        }
        self.service.set_trouble(Trouble::none(), Random::new(0));
        diagnostics
    }

    fn snapshot(&self) -> Snapshot {
        self.open(false).store.snapshot().unwrap()
    }

    /// What holds at any time: the store is sound; every object has a row, or an operation that may have made it.
    pub fn check(&self) -> Result<(), String> {
        let violations = self.open(false).store.check().unwrap();
        if !violations.is_empty() {
            return Err(format!("the store is not sound: {violations:?}"));
        }
        let snapshot = self.snapshot();
        let claimed = claimed(&snapshot);
        if claimed.len() != claimed.iter().collect::<BTreeSet<_>>().len() {
            return Err(format!("an object has two rows: {claimed:?}"));
        }
        for (id, object) in self.service.world().objects {
            let pending = snapshot.intents.iter().any(|intent| {
                intent.operation.action == "create"
                    && intent.operation.type_name == object.kind
                    && String::from_utf8_lossy(&intent.operation.payload).contains(&object.name)
            });
            if !claimed.contains(&id) && !pending {
                return Err(format!("nobody knows {id}: {object:?}"));
            }
        }
        Ok(())
    }

    /// Applies without trouble until all is well; where the engine cannot tell, a person looks.
    pub fn recover(
        &mut self,
        configuration: &Configuration,
        destroy: bool,
        random: &mut Random,
    ) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..4 {
            let problems = self.apply(configuration, destroy, Trouble::none(), random);
            let errors: Vec<&Diagnostic> = problems.iter().filter(|d| d.is_error()).collect();
            if errors.is_empty() {
                return Ok(());
            }
            last = summaries(&problems);
            for error in errors {
                self.decide(error)?;
            }
        }
        Err(format!("it does not recover: {last}"))
    }

    /// What the message asks of a person: to look whether the object is there, and to say so.
    fn decide(&self, error: &Diagnostic) -> Result<(), String> {
        if error.summary != "Unfinished create needs a decision" {
            return Err(format!(
                "a run without trouble fails: {}: {}",
                error.summary, error.detail
            ));
        }
        if !error.detail.contains("Nothing was created again.") {
            return Err(format!(
                "the message does not say what happened: {}",
                error.detail
            ));
        }
        let state = self.open(true);
        let snapshot = state.store.snapshot().unwrap();
        let claimed = claimed(&snapshot);
        let named = |address: &str| error.detail.contains(&format!("discard {address}\""));
        let intent = snapshot
            .intents
            .iter()
            .find(|i| named(&i.operation.key.address));
        let Some(intent) = intent else {
            return Err(format!(
                "the message names no open operation: {}",
                error.detail
            ));
        };
        if intent.operation.type_name != "sim_blind" {
            return Err(format!("it could have been found out: {}", error.detail));
        }
        for (id, object) in self.service.world().objects {
            let payload = String::from_utf8_lossy(&intent.operation.payload);
            let meant = object.kind == intent.operation.type_name
                && payload.contains(&format!("\"{}\"", object.name));
            if meant && !claimed.contains(&id) {
                self.service.remove(&id);
            }
        }
        let writer = state.store.begin_run(RunStart {
            id: self.ids.operation(),
            operation: "state discard".into(),
            ..RunStart::default()
        });
        let settled = writer.settle_intent(&*intent.operation.operation_id, Vec::new(), None);
        settled.wait().unwrap();
        writer.finish(Ending::default()).wait().unwrap();
        self.say(format!("discarded {}", intent.operation.key));
        Ok(())
    }

    /// All is as wanted: one object each, and nothing left to do.
    pub fn finished(
        &mut self,
        configuration: &Configuration,
        destroy: bool,
        random: &mut Random,
    ) -> Result<(), String> {
        self.check()?;
        let snapshot = self.snapshot();
        if let Some(intent) = snapshot.intents.first() {
            return Err(format!("{} is still open", intent.operation.key));
        }
        let wanted = match destroy {
            true => BTreeMap::new(),
            false => configuration.wanted(),
        };
        let mut there = BTreeMap::new();
        for object in self.service.world().objects.into_values() {
            *there.entry((object.kind, object.name)).or_insert(0) += 1;
        }
        if there != wanted {
            return Err(format!("wanted {wanted:?}, there is {there:?}"));
        }
        let death = self.death(None);
        let project = self.project(configuration, &death);
        let state = self.open(true);
        let planned = project.plan(&state, BTreeMap::new(), planning(destroy));
        let planned = self.service.scheduler.run(random, || {}, planned);
        let planned = planned.map_err(|d| summaries(&d))?;
        match planned.plan.has_changes() || !planned.plan.drift.is_empty() {
            true => Err(format!(
                "the next plan is not empty: {:?}",
                planned.plan.counts()
            )),
            false => Ok(()),
        }
    }
}

fn planning(destroy: bool) -> Options {
    Options {
        mode: match destroy {
            true => PlanMode::Destroy,
            false => PlanMode::Normal,
        },
        ..Options::default()
    }
}

fn summaries(diagnostics: &[Diagnostic]) -> String {
    let all = diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.summary, d.detail));
    all.collect::<Vec<_>>().join("; ")
}

/// The ids of the objects of the service that have rows.
fn claimed(snapshot: &Snapshot) -> Vec<String> {
    let rows = snapshot
        .rows
        .iter()
        .filter(|r| r.type_name.starts_with("sim_"));
    rows.map(|row| {
        let stored: Json = serde_json::from_slice(&row.attributes).unwrap();
        stored["attributes"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    })
    .collect()
}
