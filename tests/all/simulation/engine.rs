//! The engine on a scripted service: runs operations, lets the process die, and checks what is left.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tempfile::TempDir;
use trunkline::apply::journal::Ids as _;
use trunkline::plan::PlanMode;
use trunkline::plan::walk::Options;
use trunkline::project::{OpenState, Project, Settings};
use trunkline_api::Diagnostic;
use trunkline_state::{Ending, RunStart, Snapshot, Store};

use super::configuration::Configuration;
use super::random::Random;
use super::service::{Service, Sim, Trouble, World};
use crate::library::{self, Counter, Make};

thread_local! {
    static RECORD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What happens at the service while `run` runs.
pub fn recorded(run: impl FnOnce() -> Result<(), String>) -> Vec<String> {
    RECORD.with_borrow_mut(Vec::clear);
    run().unwrap();
    RECORD.with_borrow_mut(std::mem::take)
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
            let store = Store::open(library::options(&self.store)).unwrap();
            store.backup(&self.left).unwrap();
            *self.world.lock().unwrap() = Some(self.service.world());
        }
    }
}

/// Everything of one seed.
pub struct Engine {
    folder: TempDir,
    /// The service.
    pub service: Service,
    ids: Arc<Counter>,
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

    fn project(&self, configuration: &Configuration, death: &Death) -> Project {
        let (service, death) = (self.service.clone(), death.clone());
        let make: Make = Arc::new(move || Arc::new(Sim::new(service.clone())));
        let settings = Settings {
            probe: Arc::new(move |_| death.pass()),
            ..library::settings(self.folder.path(), self.store(), &self.ids, ("sim", make))
        };
        library::load(settings, &configuration.text())
    }

    fn open(&self, lock: bool) -> OpenState {
        library::open(&self.store(), lock, &self.ids)
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
            let mut ready = match project
                .plan(&state, BTreeMap::new(), planning(destroy))
                .await
            {
                Ok(ready) => ready,
                Err(diagnostics) => return diagnostics,
            };
            if ready.plan.errored {
                return ready.diagnostics;
            }
            project
                .apply(&state, &mut ready, "apply", 4)
                .await
                .diagnostics
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
        let payload = String::from_utf8_lossy(&intent.operation.payload);
        let mut meant = Vec::new();
        for (id, object) in self.service.world().objects {
            let alike = object.kind == intent.operation.type_name
                && payload.contains(&format!("\"{}\"", object.name));
            if alike && !claimed.contains(&id) {
                meant.push(id);
            }
        }
        let candidates = error.detail.split_once("They are: ");
        let candidates = candidates.and_then(|(_, rest)| rest.split_once(". Nothing"));
        let candidates = candidates.map(|(ids, _)| ids.split(", ").collect::<Vec<_>>());
        match candidates {
            None if intent.operation.type_name == "sim_blind" => {}
            Some(ids) if ids.len() > 1 => {
                if ids.iter().any(|id| claimed.iter().any(|c| c == id)) {
                    // The same run has found out whose the other is, so the next one finds out the rest.
                    return Ok(());
                }
            }
            _ => return Err(format!("it could have been found out: {}", error.detail)),
        }
        for id in meant {
            self.service.remove(&id);
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
    library::told(diagnostics).join("; ")
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
