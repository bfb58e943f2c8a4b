//! All runs of all files, in order, each file with states of its own; in the end what was made is destroyed.
//!
//! States are kept in a directory for the time of the tests, sealed with a key that nobody keeps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::event::{RunEnd, Status, Summary, TestEvent, TestListener};
use super::run::{Attempt, Outcome};
use crate::config::test_file::{Command, Run, TestFile};
use crate::config::{Config, ConfigFiles, load_at};
use crate::plan::PlanMode;
use crate::plan::walk::Options;
use crate::project::{OpenState, Project};

/// Values that are given to the tests of a directory, and problems with them.
pub type Globals<'s> = dyn Fn(&Path) -> (BTreeMap<Arc<str>, Value>, Diagnostics) + 's;

/// Everything that tests are run with.
pub struct Suite<'s> {
    /// The configuration under test.
    pub project: &'s Project,
    /// The files to run.
    pub files: Vec<&'s TestFile>,
    /// Where other modules are read from.
    pub sources: &'s dyn ConfigFiles,
    /// Values of variables from outside: the command line, the environment, variable files. The path is that of the
    /// directory of a test file, whose variable files count too.
    pub variables: &'s Globals<'s>,
    /// A directory for states.
    pub dir: PathBuf,
    /// Most provider calls at once.
    pub parallelism: usize,
    /// Tell what each run came to.
    pub verbose: bool,
    /// Set when no further run is to begin: the one under way ends, and what was made is destroyed. What stops a project
    /// itself stops those too.
    pub stop: Arc<AtomicBool>,
    /// Who hears of it.
    pub listener: &'s dyn TestListener,
}

/// A state of a file's runs.
pub(super) struct State {
    pub(super) open: OpenState,
    /// The run that used it last, and how.
    last: Option<Used>,
}

struct Used {
    run: Arc<str>,
    project: Arc<Project>,
    variables: BTreeMap<Arc<str>, Value>,
}

impl<'s> Suite<'s> {
    /// Runs everything.
    pub async fn run(&'s self) -> Summary {
        let found = self.files.iter().map(|f| {
            let runs = f.runs.iter().map(|r| &*r.name).collect();
            (f.name.as_str(), runs)
        });
        self.listener.event(TestEvent::Found(found.collect()));
        let mut summary = Summary::default();
        for (number, file) in self.files.iter().enumerate() {
            let status = self.file(number, file, &mut summary).await;
            summary.status = summary.status.max(status);
        }
        if summary.status < Status::Fail {
            summary.status = Status::Pass;
        }
        self.listener.event(TestEvent::End(summary));
        summary
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The configuration of another module.
    pub(super) fn module(&self, dir: &Path) -> Result<Config, Diagnostics> {
        let texts = self.project.config.sources.clone();
        let (config, diagnostics) = load_at(dir, self.sources, texts);
        match has_errors(&diagnostics) {
            true => Err(diagnostics),
            false => Ok(config),
        }
    }

    /// The values that the tests of a file are given from outside.
    pub(super) fn globals(
        &self,
        file: &str,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<Arc<str>, Value> {
        let dir = Path::new(file).parent().unwrap_or(Path::new(""));
        let (values, found) = (self.variables)(dir);
        diagnostics.extend(found.into_iter().filter(Diagnostic::is_error));
        values
    }

    async fn file(&self, number: usize, file: &'s TestFile, summary: &mut Summary) -> Status {
        self.listener.event(TestEvent::FileStart(&file.name));
        let mut states: BTreeMap<String, State> = BTreeMap::new();
        let mut outputs: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut status = Status::Pending;
        let mut because = None;
        for (order, run) in file.runs.iter().enumerate() {
            if status == Status::Error || self.stopped() {
                self.skip(file, run, because.clone());
                summary.skipped += 1;
                status = status.max(Status::Skip);
                continue;
            }
            let (name, run_name) = (file.name.as_str(), &*run.name);
            self.listener.event(TestEvent::RunStart(name, run_name));
            let attempt = Attempt::prepare(self, file, run, &outputs);
            let project = attempt.as_ref().ok().map(|a| a.project.clone());
            let outcome = match attempt {
                Ok(attempt) => {
                    self.attempt((number, order), &attempt, &mut states, &outputs)
                        .await
                }
                Err(diagnostics) => Err(diagnostics),
            };
            let outcome = outcome.unwrap_or_else(|diagnostics| Outcome {
                status: Status::Error,
                diagnostics,
                outputs: None,
                shown: None,
                failed: (0, 0),
            });
            if let Some(value) = outcome.outputs {
                outputs.insert(run.name.clone(), value);
            }
            match outcome.status {
                Status::Pass => summary.passed += 1,
                Status::Fail => summary.failed += 1,
                _ => {
                    summary.errored += 1;
                    because = Some(run.name.clone());
                }
            }
            status = status.max(outcome.status);
            self.listener.event(TestEvent::RunEnd(RunEnd {
                file: &file.name,
                run: &run.name,
                status: outcome.status,
                shown: outcome.shown,
                project: project.as_deref(),
                diagnostics: outcome.diagnostics,
                failed: outcome.failed,
                because: None,
            }));
        }
        if file.runs.is_empty() {
            status = Status::Pass;
        }
        self.listener.event(TestEvent::TearDown(&file.name));
        status = status.max(self.tear_down(file, states).await);
        self.listener.event(TestEvent::FileEnd(&file.name, status));
        status
    }

    fn skip(&self, file: &TestFile, run: &Run, because: Option<Arc<str>>) {
        self.listener.event(TestEvent::RunEnd(RunEnd {
            file: &file.name,
            run: &run.name,
            status: Status::Skip,
            shown: None,
            project: None,
            diagnostics: Vec::new(),
            failed: (0, run.asserts.len()),
            because,
        }));
    }

    async fn attempt(
        &self,
        number: (usize, usize),
        attempt: &Attempt<'_>,
        states: &mut BTreeMap<String, State>,
        outputs: &BTreeMap<Arc<str>, Value>,
    ) -> Result<Outcome, Diagnostics> {
        let run = attempt.run;
        let module = run
            .module
            .as_ref()
            .map(|(dir, _)| dir.display().to_string());
        let key = match &run.state_key {
            Some(key) => format!("key {key}"),
            None => format!("module {}", module.unwrap_or_default()),
        };
        if !states.contains_key(&key) {
            let open = self.state(number)?;
            states.insert(key.clone(), State { open, last: None });
        }
        let Some(state) = states.get_mut(&key) else {
            return Err(Vec::new());
        };
        if run.command == Command::Apply {
            state.last = Some(Used {
                run: run.name.clone(),
                project: attempt.project.clone(),
                variables: attempt.variables.clone(),
            });
        }
        Ok(attempt.execute(state, outputs).await)
    }

    /// A new state.
    fn state(&self, (file, run): (usize, usize)) -> Result<OpenState, Diagnostics> {
        let path = self.dir.join(format!("{file}-{run}.db"));
        OpenState::passing(&self.project.settings, path)
    }

    /// Destroys what the states of a file hold, the one used last first.
    async fn tear_down(&self, file: &TestFile, states: BTreeMap<String, State>) -> Status {
        let order = |state: &State| {
            let last = state.last.as_ref()?;
            file.runs.iter().position(|r| r.name == last.run)
        };
        let mut states: Vec<State> = states.into_values().collect();
        states.sort_by_key(|s| std::cmp::Reverse(order(s)));
        let mut status = Status::Pending;
        for state in states {
            let Some(used) = &state.last else { continue };
            let held = state.open.store.snapshot();
            if held.is_ok_and(|s| s.rows.is_empty()) {
                continue;
            }
            self.listener
                .event(TestEvent::RunTearDown(&file.name, &used.run));
            let diagnostics = self.destroy(&state, used).await;
            let rows = state.open.store.snapshot().map(|s| s.rows);
            let left: Vec<_> = rows
                .unwrap_or_default()
                .into_iter()
                .filter(|r| r.mode == trunkline_state::Mode::Managed)
                .map(|r| (r.key.address.clone(), r.key.deposed.clone()))
                .collect();
            if has_errors(&diagnostics) || !left.is_empty() {
                status = Status::Error;
                self.listener.event(TestEvent::Left {
                    file: &file.name,
                    run: &used.run,
                    diagnostics,
                    left,
                });
            }
        }
        status
    }

    async fn destroy(&self, state: &State, used: &Used) -> Diagnostics {
        let options = Options {
            mode: PlanMode::Destroy,
            parallelism: self.parallelism,
            ..Options::default()
        };
        let project = &used.project;
        let planned = project.plan(&state.open, used.variables.clone(), options);
        let mut ready = match planned.await {
            Ok(ready) => ready,
            Err(diagnostics) => return diagnostics,
        };
        if has_errors(&ready.diagnostics) {
            return ready.diagnostics;
        }
        let applied = project.apply(&state.open, &mut ready, "destroy", self.parallelism);
        applied.await.diagnostics
    }
}
