//! What a command needs before it can call the engine: settings from the environment, the configuration, the
//! sandbox where one is wanted, and a place to show problems.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics, Value};
use trunkline_state::{ExplicitKey, KeySource, Snapshot, Stamp};

use super::Exit;
use super::args::{Common, LockArgs, RedactArgs, VarArgs, boolean};
use super::attest::Desks;
use super::commands::version::COMPATIBLE;
use super::local_commands::LocalCommands;
use super::mistakes::help_advice;
use super::progress::{Progress, time_stamp};
use super::rehearsal::Rehearsal;
use super::shell::Shell;
use super::source_text::Texts;
use crate::apply::journal::{Ids, Probe};
use crate::apply::provision::Provisioning;
use crate::config::{ConfigFiles, Disk, Manifest, Prepared};
use crate::lang::functions::DiskFiles;
use crate::lang::source::Sources;
use crate::project::backend::Backend;
use crate::project::lock_file;
use crate::project::remote;
use crate::project::variables::{Collected, Given, Inputs, collect, from_text, missing};
use crate::project::{Locking, OpenState, Project, Settings};
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
}

/// Random ids.
struct RandomIds;

impl Ids for RandomIds {
    fn operation(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    fn deposed(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()[..8].to_owned()
    }
}

/// In builds for tests, ends the process as a SIGKILL does at the journal point whose number (from 1) the
/// variable `TRUNKLINE_KILL_AT` holds. Does nothing in release builds.
fn probe() -> Probe {
    #[cfg(debug_assertions)]
    if let Some(at) = variable("TRUNKLINE_KILL_AT").and_then(|n| n.parse::<usize>().ok()) {
        let passed = std::sync::atomic::AtomicUsize::new(0);
        return Arc::new(move |_| {
            if passed.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == at {
                let pid = std::process::id().to_string();
                drop(
                    std::process::Command::new("kill")
                        .args(["-9", &pid])
                        .status(),
                );
                std::process::abort();
            }
        });
    }
    Arc::new(|_| {})
}

/// The clock. In builds for tests the variable `TRUNKLINE_NOW` holds the time, or `@` and the name of a file that does.
fn clock() -> jiff::Timestamp {
    #[cfg(debug_assertions)]
    if let Some(text) = variable("TRUNKLINE_NOW") {
        let text = match text.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).unwrap_or_default(),
            None => text,
        };
        if let Ok(time) = text.trim().parse() {
            return time;
        }
    }
    jiff::Timestamp::now()
}

/// Now, in RFC 3339 with whole seconds.
fn now() -> String {
    clock().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The commit that the working directory is at, where it is in git and git is there.
fn git_commit() -> Option<String> {
    let output = std::process::Command::new("git")
        .args(["rev-parse", "--verify", "--quiet", "HEAD"])
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

/// An environment variable that is set to something.
pub(in crate::cli) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The folder of caches and of rehearsals.
pub(in crate::cli) fn data_dir() -> PathBuf {
    PathBuf::from(variable("TRUNKLINE_DATA_DIR").unwrap_or_else(|| ".trunkline".into()))
}

/// Where the user's configuration is.
fn config_dir() -> Option<PathBuf> {
    variable("TRUNKLINE_CONFIG_DIR")
        .map(PathBuf::from)
        .or_else(|| {
            let base = variable("XDG_CONFIG_HOME").map(PathBuf::from);
            let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")));
            Some(base?.join("trunkline"))
        })
}

fn keys(rehearse: bool, data_dir: &Path) -> KeySource {
    if rehearse {
        // A rehearsal's state holds nothing real; its key lies beside it and is made without asking.
        return KeySource {
            explicit: None,
            default_dir: Some(data_dir.join("sandbox/keys")),
            may_create: true,
        };
    }
    let explicit = variable("TRUNKLINE_STATE_KEY")
        .map(|text| ExplicitKey::Value(zeroize::Zeroizing::new(text)))
        .or_else(|| {
            Some(ExplicitKey::File(
                variable("TRUNKLINE_STATE_KEY_FILE")?.into(),
            ))
        })
        .or_else(|| {
            Some(ExplicitKey::Command(variable(
                "TRUNKLINE_STATE_KEY_COMMAND",
            )?))
        });
    KeySource {
        explicit,
        default_dir: config_dir().map(|dir| dir.join("keys")),
        may_create: variable("CI").is_none(),
    }
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
        let host = variable("HOSTNAME")
            .or_else(|| {
                std::fs::read_to_string("/etc/hostname")
                    .ok()
                    .map(|h| h.trim().to_owned())
            })
            .unwrap_or_else(|| "localhost".into());
        let user = variable("USER")
            .or_else(|| variable("LOGNAME"))
            .unwrap_or_else(|| "unknown".into());
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
                new_id: Arc::new(|| uuid::Uuid::new_v4().to_string()),
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
            who: format!("{user}@{host}"),
            host,
            function_files: Arc::new(DiskFiles::new()),
            provisioning: match common.rehearse() && !common.sandbox_exec {
                true => Provisioning::Show,
                false => Provisioning::Run(Arc::new(LocalCommands)),
            },
            stop: Arc::new(AtomicBool::new(false)),
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

    /// Shows problems: errors on standard error, warnings on standard output. True when there is no error.
    pub fn show(&self, diagnostics: &[Diagnostic]) -> bool {
        let diagnostics = &*self.worded(diagnostics);
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

    /// The values of the root variables, and warnings about them. With `all`, it is a problem when one has none.
    pub fn variables(
        &self,
        project: &Project,
        args: &VarArgs,
        all: bool,
    ) -> Result<(BTreeMap<Arc<str>, Value>, Diagnostics), Exit> {
        let Collected {
            mut values,
            unreadable,
            mut diagnostics,
        } = self.given(project, args);
        if !has_errors(&diagnostics) && self.asks(args) && !self.json {
            self.ask_for_missing(project, &mut values, &mut diagnostics);
        }
        if all && !unreadable {
            diagnostics.extend(missing(&project.config, &values));
        }
        if has_errors(&diagnostics) {
            return Err(self.fail(&diagnostics));
        }
        Ok((values, diagnostics))
    }

    /// The values of root variables of a configuration that is not that of the directory, whose files are `files`. What
    /// it does not declare is passed over: it may have been declared at another time.
    pub fn variables_at(
        &self,
        project: &Project,
        args: &VarArgs,
        files: &dyn ConfigFiles,
    ) -> Result<BTreeMap<Arc<str>, Value>, Exit> {
        let given: Vec<Given> = in_order(args)
            .into_iter()
            .filter(|given| match given {
                Given::Var(text) => {
                    let name = text.split('=').next().unwrap_or("");
                    project.config.root.variables.contains_key(name)
                }
                Given::File(_) => true,
            })
            .collect();
        let environment = BTreeMap::new();
        let found = collect(
            &project.config,
            &Inputs {
                environment: &environment,
                given: &given,
                extra_files: &[],
                files,
            },
        );
        match has_errors(&found.diagnostics) {
            true => Err(self.fail(&found.diagnostics)),
            false => Ok(found.values),
        }
    }

    /// The values that were given for root variables, in the environment, in files and on the command line.
    pub fn given(&self, project: &Project, args: &VarArgs) -> Collected {
        let environment: BTreeMap<String, String> = self
            .settings
            .environment
            .iter()
            .filter_map(|(k, v)| Some((k.strip_prefix("TF_VAR_")?.to_owned(), v.clone())))
            .collect();
        let files = Disk {
            root: PathBuf::from("."),
        };
        let extra: &[&str] = if self.rehearsal.is_some() {
            &["sandbox.tfvars"]
        } else {
            &[]
        };
        let inputs = Inputs {
            environment: &environment,
            given: &in_order(args),
            extra_files: extra,
            files: &files,
        };
        collect(&project.config, &inputs)
    }

    /// The values that tests are given from outside: as [`Session::variables`], and the variable files in the
    /// directory of the test, `dir`, before the command line. What the configuration does not declare is left out.
    pub fn test_variables(
        &self,
        project: &Project,
        args: &VarArgs,
        dir: &Path,
    ) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        let environment: BTreeMap<String, String> = self
            .settings
            .environment
            .iter()
            .filter_map(|(k, v)| Some((k.strip_prefix("TF_VAR_")?.to_owned(), v.clone())))
            .collect();
        let declared = &project.config.root.variables;
        let given: Vec<Given> = in_order(args)
            .into_iter()
            .filter(|given| match given {
                Given::Var(text) => text
                    .split_once('=')
                    .is_none_or(|(name, _)| declared.contains_key(name)),
                Given::File(_) => true,
            })
            .collect();
        let extra: &[&str] = match self.rehearsal {
            Some(_) => &["sandbox.tfvars"],
            None => &[],
        };
        let none = BTreeMap::new();
        let here = Disk {
            root: PathBuf::from("."),
        };
        let there = Disk {
            root: dir.to_owned(),
        };
        let unlisted = Unlisted(&here);
        type Source<'s> = (
            &'s BTreeMap<String, String>,
            &'s dyn ConfigFiles,
            &'s [Given],
        );
        let automatic: &[Source<'_>] = match dir.as_os_str().is_empty() {
            true => &[(&environment, &here, &[]), (&none, &unlisted, &given)],
            false => &[
                (&environment, &here, &[]),
                (&none, &there, &[]),
                (&none, &unlisted, &given),
            ],
        };
        let mut values = BTreeMap::new();
        let mut diagnostics = Vec::new();
        for (environment, files, given) in automatic {
            let inputs = Inputs {
                environment,
                given,
                extra_files: extra,
                files: *files,
            };
            let found = collect(&project.config, &inputs);
            values.extend(found.values);
            diagnostics.extend(found.diagnostics);
        }
        (values, diagnostics)
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

    /// The values of ephemeral variables that a saved plan was made with, which it does not hold: the same have to
    /// be given again, and no others.
    pub fn give_again(
        &self,
        project: &Project,
        args: &VarArgs,
        wanted: &mut BTreeMap<Arc<str>, Value>,
    ) -> Result<(), Exit> {
        let declared = &project.config.root.variables;
        let ephemeral = |name: &str| declared.get(name).is_some_and(|v| v.ephemeral);
        let mut found = Vec::new();
        for text in &args.vars {
            if let Some((name, _)) = text.split_once('=')
                && !ephemeral(name)
            {
                found.push(Diagnostic::error(
                    "Value for undeclared variable",
                    format!("A variable named {name:?} was assigned on the command line, but a saved plan has the values of its variables, and only ephemeral ones can be given when it is applied. To change another, make a new plan."),
                ));
            }
        }
        if !found.is_empty() {
            return Err(self.fail(&found));
        }
        let given = self.given(project, args);
        found.extend(given.diagnostics.into_iter().filter(Diagnostic::is_error));
        for (name, value) in given.values.into_iter().filter(|(name, _)| ephemeral(name)) {
            match wanted.get_mut(&name) {
                Some(wanted) => *wanted = value,
                None => found.push(Diagnostic::error(
                    "Ephemeral variable was not set during planning",
                    format!("The ephemeral input variable {name:?} was not set during the planning phase, and so must remain unset during the apply phase."),
                )),
            }
        }
        for (name, _) in wanted.iter().filter(|(_, value)| !value.is_known()) {
            found.push(Diagnostic::error(
                "No value for required variable",
                format!("The ephemeral input variable {name:?} was set during the plan phase, and so must also be set during the apply phase."),
            ));
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(self.fail(&found)),
        }
    }

    /// Whether questions may be asked.
    #[must_use]
    pub fn asks(&self, args: &VarArgs) -> bool {
        args.input && variable("TF_INPUT").is_none_or(|text| boolean(&text).unwrap_or(true))
    }

    /// Asks for what is not set, at a terminal or in a pipe alike; the end of the input leaves the rest out.
    fn ask_for_missing(
        &self,
        project: &Project,
        values: &mut BTreeMap<Arc<str>, Value>,
        diagnostics: &mut Diagnostics,
    ) {
        for variable in project.config.root.variables.values() {
            if variable.default.is_some() || values.contains_key(&variable.name) {
                continue;
            }
            let description = variable
                .description
                .as_deref()
                .map(|d| format!("  {d}\n\n"))
                .unwrap_or_default();
            let question = format!("var.{}\n{description}  Enter a value: ", variable.name);
            if let Some(answer) = self.shell.ask(&question) {
                self.shell.out("\n");
                let value = from_text(&project.config, &variable.name, &answer, diagnostics);
                values.extend(value.map(|value| (variable.name.clone(), value)));
            }
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
        let read = state.store.snapshot();
        read.map(Some)
            .map_err(|e| self.fail(&[Diagnostic::error("State store error", e.to_string())]))
    }

    /// Makes the folder of caches, which git should not see.
    pub fn data_dir(&self) {
        let dir = data_dir();
        let ignore = dir.join(".gitignore");
        if std::fs::create_dir_all(dir).is_ok() && !ignore.exists() {
            drop(std::fs::write(ignore, "*\n"));
        }
    }

    /// Ends the command: the simulators are stopped.
    pub async fn close(self, exit: Exit) -> Exit {
        if let Some(rehearsal) = self.rehearsal {
            rehearsal.end().await;
        }
        exit
    }
}

/// Files that are read by name only: none is found by itself.
struct Unlisted<'d>(&'d Disk);

impl ConfigFiles for Unlisted<'_> {
    fn list(&self, _: &Path) -> std::io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.0.read(path)
    }
}

/// `-var` and `-var-file` in the order of the command line.
fn in_order(args: &VarArgs) -> Vec<Given> {
    let mut given = Vec::new();
    let (mut vars, mut files) = (args.vars.iter(), args.var_files.iter());
    let line = super::front::read(std::env::args().collect(), variable).unwrap_or_default();
    let words = super::args::canonical(&line.line).unwrap_or_default();
    for word in words.iter().take_while(|word| *word != "--") {
        if word.starts_with("--var=") {
            given.extend(vars.next().cloned().map(Given::Var));
        } else if word.starts_with("--var-file=") {
            given.extend(files.next().cloned().map(Given::File));
        }
    }
    given.extend(vars.cloned().map(Given::Var));
    given.extend(files.cloned().map(Given::File));
    given
}
