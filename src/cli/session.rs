//! What a command needs before it can call the engine: settings from the environment, the configuration, the
//! sandbox where one is wanted, and a place to show problems.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{Snapshot, Stamp, Unsaved};

use super::Exit;
use super::args::{Common, LockArgs, RedactArgs, boolean};
use super::attest::Desks;
use super::commands::version::COMPATIBLE;
use super::local_commands::LocalCommands;
use super::machine::{
    RandomIds, clock, data_dir, git_commit, host, keys, now, probe, random_id, user, variable,
};
use super::mistakes::help_advice;
use super::pager;
use super::progress::{Progress, time_stamp};
use super::rehearsal::Rehearsal;
use super::shell::Shell;
use super::source_text::Texts;
use crate::apply::provision::Provisioning;
use crate::config::{ConfigFiles, Disk, Manifest, Prepared};
use crate::lang::functions::DiskFiles;
use crate::lang::source::Sources;
use crate::project::backend::Backend;
use crate::project::lock_file;
use crate::project::remote;
use crate::project::{Locking, OpenState, Project, Settings, store_problem};
use crate::registry::Bundled;
use crate::report::annotations::render_annotations;
use crate::report::json::{diagnostic_line, version_line};
use crate::report::{diagnostic_text::render_compact, render_diagnostics};

/// A command at work.
pub struct Session {
    /// Where to print.
    pub shell: Shell,
    /// What the engine is given.
    pub settings: Settings,
    /// Every text read, for showing problems.
    pub sources: Arc<Sources>,
    /// The simulators, in a rehearsal.
    pub rehearsal: Option<Rehearsal>,
    /// The live display.
    pub progress: Arc<Progress>,
    /// Warnings in one line each.
    pub compact_warnings: bool,
    /// Problems are written as annotations too.
    annotate: bool,
    /// What is longer than the screen may be shown in a pager.
    pages: bool,
    /// What precedes names of files in annotations: the way from where the command was started; it ends with `/`.
    pub folder: String,
    /// Problems are messages of the `-json` stream.
    pub json: bool,
    /// Where states are kept.
    pub backend: Backend,
    /// Files of a configuration that is only looked at for its backend are called by their whole paths.
    pub whole_names: bool,
    /// Where the state is written, if not where it is read.
    pub elsewhere: Option<Settings>,
    /// The configuration is known to want its state there.
    pub backend_checked: Cell<bool>,
    /// Where steps of people are answered.
    pub desks: Desks,
    /// The errors that were shown.
    told: RefCell<Diagnostics>,
}

impl Session {
    /// Prepares a command. In a rehearsal the simulators are started, or found running.
    pub async fn open(common: &Common, started_in: PathBuf) -> Result<Session, Exit> {
        let mut session = Session::offline(common, started_in);
        if common.rehearse() {
            match Rehearsal::begin(&data_dir()).await {
                Ok((begun, sandbox)) => {
                    session.settings.world = World::Sandbox(Arc::new(sandbox));
                    session.rehearsal = Some(begun);
                }
                Err(problem) => return Err(session.fail(&[problem])),
            }
        }
        Ok(session)
    }

    /// Prepares a command that calls no service; in a rehearsal it works on the rehearsal's state.
    #[must_use]
    pub fn offline(common: &Common, started_in: PathBuf) -> Session {
        let started = started_in.clone();
        let shell = Shell::detect(common.no_color);
        let data_dir = data_dir();
        let stamp = if common.rehearse() {
            Stamp::Sandbox
        } else {
            Stamp::Live
        };
        let progress = Arc::new(Progress::new(&shell));
        let desks = Desks::default();
        let settings = Settings {
            dir: PathBuf::from("."),
            started_in,
            workspace: super::place::workspace(),
            store: PathBuf::new(),
            file: None,
            backup: None,
            legacy: None,
            new_lineage: None,
            stamp,
            keys: keys(common.rehearse(), &data_dir),
            world: World::Live,
            environment: std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
            registry: Arc::new(Bundled {
                states: {
                    let keys = keys(common.rehearse(), &data_dir);
                    Arc::new(move |file| remote::outputs(file, stamp, &keys))
                },
                new_id: Arc::new(|| random_id().to_string()),
                attest: desks.attest(),
                now: clock,
                wall: jiff::Timestamp::now,
            }),
            listener: progress.clone(),
            now: Arc::new(now),
            random: Arc::new(|buffer| {
                for chunk in buffer.chunks_mut(16) {
                    chunk.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..chunk.len()]);
                }
            }),
            ids: Arc::new(RandomIds),
            probe: probe(),
            git_commit: Arc::new(git_commit),
            who: format!("{}@{}", user(), host()),
            host: host(),
            function_files: Arc::new(DiskFiles::new()),
            provisioning: match common.rehearse() && !common.sandbox_exec {
                true => Provisioning::Show,
                false => Provisioning::Run(Arc::new(LocalCommands)),
            },
            stop: shell.stop.clone(),
            unsaved: Unsaved::default(),
            allow_outside_window: None,
        };
        let mut session = Session {
            shell,
            settings,
            sources: Arc::new(Sources::new()),
            rehearsal: None,
            progress,
            compact_warnings: false,
            annotate: common.annotations,
            pages: !common.no_pager,
            folder: {
                let here = std::env::current_dir().unwrap_or_default();
                let below = here.strip_prefix(&started).unwrap_or(Path::new(""));
                match below.as_os_str().is_empty() {
                    true => String::new(),
                    false => format!("{}/", below.display()),
                }
            },
            json: false,
            backend: Backend::default(),
            whole_names: false,
            elsewhere: None,
            backend_checked: Cell::new(false),
            desks,
            told: RefCell::default(),
        };
        session.place_as_recorded();
        session
    }

    /// From here on everything is a message of the `-json` stream, which begins.
    pub fn begin_stream(&mut self) {
        self.json = true;
        self.progress = Arc::new(Progress::stream(&self.shell));
        self.settings.listener = self.progress.clone();
        let product = self.shell.style.product.clone();
        self.message(|now| version_line(&product, COMPATIBLE, now));
    }

    /// Writes a message of the stream, which is made with the time.
    pub fn message(&self, line: impl FnOnce(&str) -> String) {
        self.shell.out(&format!("{}\n", line(&time_stamp())));
    }

    /// The errors that were shown.
    pub fn told(&self) -> Diagnostics {
        self.told.borrow().clone()
    }

    /// Shows problems: errors on standard error, warnings on standard output. True when there is no error.
    pub fn show(&self, diagnostics: &[Diagnostic]) -> bool {
        let diagnostics = &*self.worded(diagnostics);
        let mut told = self.told.borrow_mut();
        told.extend(diagnostics.iter().filter(|d| d.is_error()).cloned());
        drop(told);
        let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
            diagnostics.iter().cloned().partition(Diagnostic::is_error);
        let texts = Texts::new(&self.sources);
        if self.json {
            for diagnostic in diagnostics {
                self.message(|now| diagnostic_line(diagnostic, &texts, now));
            }
            return errors.is_empty();
        }
        self.progress.pause(|| {
            if !warnings.is_empty() {
                let text = match self.compact_warnings && errors.is_empty() {
                    true => render_compact(&warnings, &texts, &self.shell.style),
                    false => render_diagnostics(&warnings, &texts, &self.shell.style),
                };
                self.shell.out(&text);
            }
            if !errors.is_empty() {
                self.shell.error_text(&render_diagnostics(
                    &errors,
                    &texts,
                    &self.shell.error_style,
                ));
            }
            if self.annotate {
                self.shell
                    .out(&render_annotations(diagnostics, &self.folder));
            }
        });
        errors.is_empty()
    }

    /// Problems in the words of the product that this program stands in for. What conditions of the configuration say
    /// is theirs.
    fn worded<'d>(&self, diagnostics: &'d [Diagnostic]) -> Cow<'d, [Diagnostic]> {
        const OWN: &str = "Trunkline";
        let style = &self.shell.style;
        if style.product == OWN {
            return diagnostics.into();
        }
        let word = |text: &str| {
            let quoted = format!("\"{} ", OWN.to_lowercase());
            let text = text.replace(OWN, &style.product);
            text.replace(&quoted, &format!("\"{} ", style.command))
        };
        let own = |d: &&Diagnostic| !d.of_check && !d.summary.ends_with("condition failed");
        let worded = diagnostics.iter().map(|d| match own(&d) {
            true => Diagnostic {
                summary: word(&d.summary),
                detail: word(&d.detail),
                ..d.clone()
            },
            false => d.clone(),
        });
        worded.collect()
    }

    /// Shows problems, which include an error.
    pub fn fail(&self, diagnostics: &[Diagnostic]) -> Exit {
        self.show(diagnostics);
        Exit::Error
    }

    /// Loads the configuration of the working directory; none at all is an empty one.
    pub fn load(&self) -> Result<Project, Exit> {
        self.load_prepared(Disk {
            root: PathBuf::from("."),
        })
    }

    /// Loads a configuration whose modules `init` or `get` must have found; a rehearsal does without.
    fn load_prepared(&self, disk: Disk) -> Result<Project, Exit> {
        self.check_lock_file()?;
        self.load_from(&*self.prepared(disk))
    }

    /// The files of a directory, of which only modules count that were found by `init` or `get`; a rehearsal does
    /// without them.
    #[must_use]
    pub fn prepared(&self, disk: Disk) -> Box<dyn ConfigFiles> {
        match self.settings.stamp {
            Stamp::Sandbox => Box::new(disk),
            Stamp::Live => Box::new(Prepared {
                disk,
                manifest: Manifest::read(&super::place::init_dir()),
            }),
        }
    }

    /// As [`Session::load`], but a directory without configuration is refused: everything would be destroyed.
    /// `what` is the beginning of the explanation, a sentence each.
    pub fn load_some(&self, what: &str) -> Result<Project, Exit> {
        let files = Disk {
            root: PathBuf::from("."),
        };
        let names = files.list(Path::new(".")).unwrap_or_default();
        if names
            .iter()
            .any(|n| n.ends_with(".tf") || n.ends_with(".tf.json"))
        {
            return self.load_prepared(files);
        }
        Err(self.fail(&[Diagnostic::error("No configuration files", what)]))
    }

    /// Checks the file in which Terraform records versions of providers. A rehearsal has no use for it.
    pub fn check_lock_file(&self) -> Result<(), Exit> {
        if self.settings.stamp == Stamp::Sandbox {
            return Ok(());
        }
        let read = lock_file::selections(Path::new("."));
        read.map(drop).map_err(|problems| self.fail(&problems))
    }

    /// Loads a configuration from `files`.
    pub fn load_from(&self, files: &dyn ConfigFiles) -> Result<Project, Exit> {
        Project::load(self.settings.clone(), files, self.sources.clone())
            .map_err(|diagnostics| self.fail(&diagnostics))
    }

    /// A directory for the time of a command, below that of caches.
    pub fn scratch_dir(&self, name: &str) -> Result<PathBuf, Exit> {
        self.data_dir();
        let dir = data_dir().join(name);
        match std::fs::create_dir_all(&dir) {
            Ok(()) => Ok(dir),
            Err(error) => Err(self.fail(&[Diagnostic::error(
                "Failed to make a directory",
                format!("The directory {} cannot be made: {error}.", dir.display()),
            )])),
        }
    }

    /// Tells a mistake in plain words on standard error, as commands do that have no place to point at.
    pub fn plain_error(&self, text: &str) -> Exit {
        let text = self.shell.error_style.red(text);
        self.progress
            .pause(|| self.shell.error_text(&format!("{text}\n")));
        Exit::Error
    }

    /// Says where the help of a command is, after a mistake in its options.
    pub fn advise_help(&self, command: &str) {
        if !self.json {
            let advice = help_advice(command, &self.shell.style);
            self.shell.error_text(&advice);
        }
    }

    /// Tells that a command was given wrong arguments: its help, and what is wrong.
    pub fn usage(&self, command: &str, problem: &str) -> Exit {
        let help = super::args::help_of(command);
        match command {
            // These have always had both on standard error.
            "import" | "taint" | "untaint" => {
                let exit = self.plain_error(problem);
                self.shell.error_text(&help);
                exit
            }
            _ => {
                self.shell.out(&help);
                self.plain_error(problem)
            }
        }
    }

    /// Whether secrets are left out of what is written for programs.
    #[must_use]
    pub fn redacts(&self, args: RedactArgs) -> bool {
        let setting = || variable("TRUNKLINE_REDACT");
        args.redact
            .unwrap_or_else(|| setting().is_some_and(|text| boolean(&text).unwrap_or(true)))
    }

    /// How the state is to be locked.
    #[must_use]
    pub fn locking(&self, args: &LockArgs) -> Locking {
        Locking {
            lock: args.lock,
            timeout: args.lock_timeout,
        }
    }

    /// Opens the state to edit it as a whole; a state that is made gets this lineage.
    pub fn open_to_edit(
        &self,
        operation: &str,
        locking: Locking,
        lineage: Option<String>,
    ) -> Result<OpenState, Exit> {
        self.check_backend(None)?;
        let settings = Settings {
            new_lineage: lineage,
            ..self.settings.clone()
        };
        let opened = crate::project::open_state(&settings, operation, locking, true)
            .map_err(|d| self.fail(&d))?;
        let Some(state) = opened else {
            return Err(self.plain_error("The state store could not be made."));
        };
        self.announce(&state);
        Ok(state)
    }

    /// Opens the state to write it, and tells of a key that was made.
    pub fn state(
        &self,
        project: &Project,
        operation: &str,
        locking: Locking,
    ) -> Result<OpenState, Exit> {
        self.check_backend(Some(&project.config.root))?;
        let opened = project
            .open_state(operation, locking, true)
            .map_err(|d| self.fail(&d))?;
        let Some(state) = opened else {
            return Err(self.fail(&[Diagnostic::error(
                "State store error",
                "The state store could not be made.",
            )]));
        };
        self.announce(&state);
        Ok(state)
    }

    /// Tells of a key that was made, and of what else the user should know about the store.
    pub fn announce(&self, state: &OpenState) {
        // It is news for a person; a program that reads standard error expects what Terraform prints there.
        if let (Some(key), None, true) = (
            state.store.key_created(),
            &self.rehearsal,
            self.shell.error_terminal,
        ) {
            self.shell.error_text(&format!(
                "A key for this state was made: {} (id {}).\nThe state can only be read with it: keep a copy in a safe place.\n\n",
                key.path.display(),
                key.id
            ));
        }
        let mut warnings: Diagnostics = state
            .store
            .warnings()
            .iter()
            .map(|w| Diagnostic::warning("State store", w.clone()))
            .collect();
        if let Some(holder) = state.guard.as_ref().and_then(|g| g.recovered()) {
            warnings.push(Diagnostic::warning(
                "An earlier process died while it held the state lock",
                format!("It was: {holder}. Its lock has been taken over; what it left open is settled first."),
            ));
        }
        self.show(&warnings);
    }

    /// Opens the state to read it, without lock; `None` when there is none.
    pub fn state_to_read(&self) -> Result<Option<OpenState>, Exit> {
        let locking = Locking {
            lock: false,
            timeout: Duration::ZERO,
        };
        self.check_backend(None)?;
        crate::project::open_state(&self.settings, "read", locking, false)
            .map_err(|d| self.fail(&d))
    }

    /// What the state holds, without lock; `None` when there is none.
    pub fn snapshot_to_read(&self) -> Result<Option<Snapshot>, Exit> {
        let Some(state) = self.state_to_read()? else {
            return Ok(None);
        };
        self.snapshot(&state).map(Some)
    }

    /// What a state holds now.
    pub fn snapshot(&self, state: &OpenState) -> Result<Snapshot, Exit> {
        let read = state.store.snapshot();
        read.map_err(|e| self.fail(&[store_problem(&e)]))
    }

    /// Makes the folder of caches, which git should not see.
    pub fn data_dir(&self) {
        let dir = data_dir();
        let ignore = dir.join(".gitignore");
        if std::fs::create_dir_all(dir).is_ok() && !ignore.exists() {
            drop(std::fs::write(ignore, "*\n"));
        }
    }

    /// What is printed from now on is shown in a pager when the command ends, where it is longer than the screen.
    pub fn page(&self) {
        if !self.json && self.pages && pager::wanted(self.shell.terminal).is_some() {
            self.shell.hold();
        }
    }

    /// Ends the command: the simulators are stopped, and what was held back is shown.
    pub async fn close(self, exit: Exit) -> Exit {
        if let Some(rehearsal) = self.rehearsal {
            rehearsal.end().await;
        }
        if let Some(text) = self.shell.take_held() {
            let pager = pager::wanted(self.shell.terminal).filter(|_| pager::is_long(&text));
            let shown = match pager {
                Some(pager) => pager::show(pager, text.clone()).await,
                None => false,
            };
            if !shown {
                self.shell.out(&text);
            }
        }
        exit
    }
}
