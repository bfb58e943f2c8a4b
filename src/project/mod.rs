//! A directory with its configuration, its state and the world it works on: the operations that a front end calls.
//!
//! 1. [`Project::load`] reads the configuration;
//! 2. [`variables`] collects the values of root variables;
//! 3. [`Project::plan`] settles what an earlier process left open, and plans;
//! 4. [`Project::apply`] runs a plan; [`saved`] keeps one in a file.
//!
//! It prints nothing, reads no environment and no clock: all of that is given in [`Settings`].

pub mod answers;
pub mod backend;
pub mod care;
pub mod console;
pub mod digest;
pub mod discover;
pub mod edit;
pub mod elsewhere;
pub mod history;
pub mod import;
pub mod inputs;
pub mod kept;
pub mod lock_file;
pub mod mirror;
mod open;
pub mod policy;
mod provided;
pub mod remote;
pub mod reports;
pub mod review;
mod run;
pub mod saved;
pub mod surgery;
pub mod takeover;
pub mod tfstate;
pub mod variables;
pub mod view;
pub mod workspaces;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{KeySource, Stamp, Unsaved};

pub use self::open::{Locking, OpenState, open_state};
pub use self::provided::{Facts, LoadedSchemas, schemas};
pub use self::run::{Checked, Ready};
use crate::address::ConfigAddress;
use crate::apply::journal::{Ids, Probe};
use crate::apply::provision::Provisioning;
use crate::config::own::{self, Own};
use crate::config::{Config, ConfigFiles, Module};
use crate::event::Listener;
use crate::graph::build::build;
use crate::graph::config_graph::ConfigGraph;
use crate::lang::eval::Templates;
use crate::lang::functions::{DiskFiles, FileAccess, FunctionContext, Random};
use crate::lang::source::Sources;
use crate::plan::evaluate::GivenPlaces;
use crate::plan::providers::Registry;
use crate::plan::scope::Surroundings;
use crate::plan::validate;
use kept::KeptFiles;

/// What a front end gives.
#[derive(Clone)]
pub struct Settings {
    /// The directory of the configuration: the working directory of the process.
    pub dir: PathBuf,
    /// Where the command was started (`path.cwd`).
    pub started_in: PathBuf,
    /// The selected workspace.
    pub workspace: String,
    /// The file of the state store.
    pub store: PathBuf,
    /// The state file that shows what the store holds, where the backend names one.
    pub file: Option<PathBuf>,
    /// Where the state file goes when it is overwritten, and without a file the state; none where no copy is wanted.
    pub backup: Option<PathBuf>,
    /// Where Terraform would keep this state: a file there without a store has not been taken over.
    pub legacy: Option<PathBuf>,
    /// The lineage of a store that is made; without it, a random one.
    pub new_lineage: Option<String>,
    /// Live or sandbox.
    pub stamp: Stamp,
    /// Where the state's key is.
    pub keys: KeySource,
    /// What providers reach.
    pub world: World,
    /// Environment variables for providers.
    pub environment: BTreeMap<String, String>,
    /// Which providers there are.
    pub registry: Arc<dyn Registry>,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
    /// The clock: now in RFC 3339.
    pub now: Arc<dyn Fn() -> String + Send + Sync>,
    /// Random bytes for functions.
    pub random: Random,
    /// Ids of operations.
    pub ids: Arc<dyn Ids>,
    /// Is told of every point that the journal passes.
    pub probe: Probe,
    /// The commit that the configuration is at, where it is in git.
    pub git_commit: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// Who runs the command, `user@host`.
    pub who: String,
    /// The name of the host.
    pub host: String,
    /// The files that functions read.
    pub function_files: Arc<DiskFiles>,
    /// What is done about provisioners.
    pub provisioning: Provisioning,
    /// Set to stop after the calls that are running.
    pub stop: Arc<AtomicBool>,
    /// What the stores that are open have queued: whoever ends the process at once saves it first.
    pub unsaved: Unsaved,
    /// What change windows hold is done all the same, for this reason (which may be empty).
    pub allow_outside_window: Option<String>,
}

/// A loaded configuration.
pub struct Project {
    /// What the front end gave.
    pub settings: Settings,
    /// The configuration.
    pub config: Config,
    /// What `trunkline.hcl` says.
    pub own: Own,
    /// Warnings found while loading.
    pub warnings: Diagnostics,
    /// The files that functions read.
    function_files: Arc<dyn FileAccess>,
    /// Where root variables were given their values, for problems with these.
    given_at: OnceLock<GivenPlaces>,
}

/// A failure of the store, for people.
#[must_use]
pub fn store_problem(error: &trunkline_state::StateError) -> Diagnostic {
    let summary = match error.is_about_key() {
        true => "State key error",
        false => "State store error",
    };
    Diagnostic::error(summary, error.to_string())
}

fn state_error(error: &trunkline_state::StateError) -> Diagnostics {
    vec![store_problem(error)]
}

impl Project {
    /// Loads the configuration. With errors there is no project, but the texts for showing them.
    pub fn load(
        settings: Settings,
        files: &dyn ConfigFiles,
        sources: Arc<Sources>,
    ) -> Result<Project, Diagnostics> {
        let (own, mut diagnostics) = own::load(files, &sources);
        let (config, found) = crate::config::load(files, sources);
        diagnostics.extend(found);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        let function_files: Arc<dyn FileAccess> = settings.function_files.clone();
        Ok(Project {
            settings,
            function_files,
            config,
            own,
            warnings: diagnostics,
            given_at: OnceLock::new(),
        })
    }

    /// Notes where the root variables were given their values. Said once.
    pub fn variables_given_at(&self, places: GivenPlaces) {
        self.given_at.get_or_init(|| places);
    }

    /// Where the root variables were given their values, as far as that was noted.
    fn given_places(&self) -> GivenPlaces {
        self.given_at.get().cloned().unwrap_or_default()
    }

    /// Checks the configuration without state, network or credentials.
    #[must_use]
    pub fn validate(&self) -> Diagnostics {
        self.check().diagnostics
    }

    /// Checks the configuration as [`Project::validate`] does, for planning it afterwards.
    #[must_use]
    pub fn check(&self) -> Checked {
        let (graph, mut diagnostics) = build(&self.config, &[]);
        if !has_errors(&diagnostics) {
            let functions = |module: &Module| self.functions(module, None, false);
            diagnostics.extend(validate::validate(
                &self.config,
                &self.own.windows,
                &graph,
                self.settings.registry.as_ref(),
                self.surroundings(false),
                &functions,
            ));
        }
        Checked { graph, diagnostics }
    }

    /// A project of a configuration that is loaded already.
    #[must_use]
    pub fn of(settings: Settings, config: Config) -> Project {
        Project {
            function_files: settings.function_files.clone(),
            settings,
            config,
            own: Own::default(),
            warnings: Vec::new(),
            given_at: OnceLock::new(),
        }
    }

    /// The context of function calls outside of any module.
    #[must_use]
    pub fn function_context(&self, timestamp: Option<&str>, running: bool) -> FunctionContext {
        self.functions(&self.config.root, timestamp, running)
    }

    fn surroundings(&self, applying: bool) -> Surroundings {
        Surroundings {
            cwd: self.settings.started_in.display().to_string(),
            workspace: self.settings.workspace.clone(),
            applying,
            console: false,
        }
    }

    /// The context of function calls. While planning the time and random bytes are unknown.
    fn functions(&self, _: &Module, timestamp: Option<&str>, running: bool) -> FunctionContext {
        let settings = &self.settings;
        let mut context = FunctionContext::new(settings.dir.clone(), self.function_files.clone());
        context.plan_timestamp = timestamp.map(Arc::from);
        context.templates = Some(Arc::new(Templates));
        if running {
            context.now = Some((settings.now)().into());
            context.random = Some(settings.random.clone());
        }
        context
    }

    /// Opens the state, and locks it where that is asked for. Without `create` a store that is not there is `None`.
    pub fn open_state(
        &self,
        operation: &str,
        locking: Locking,
        create: bool,
    ) -> Result<Option<OpenState>, Diagnostics> {
        open_state(&self.settings, operation, locking, create)
    }

    /// The project with the files of a saved plan for its functions to read.
    #[must_use]
    pub fn with_files(mut self, files: BTreeMap<String, Arc<[u8]>>) -> Project {
        let disk = self.function_files;
        self.function_files = Arc::new(KeptFiles { files, disk });
        self
    }

    /// The bytes of every file of the configuration, and of those that functions have read, by path.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Arc<[u8]>> {
        let mut files = self.configuration_files();
        let read = self.settings.function_files.contents();
        files.extend(
            read.into_iter()
                .map(|(path, bytes)| (crate::config::files::key(&path), bytes)),
        );
        files
    }

    /// The bytes of every file of the configuration, by path.
    #[must_use]
    pub fn configuration_files(&self) -> BTreeMap<String, Arc<[u8]>> {
        let sources = self.config.sources.files();
        sources
            .iter()
            .filter(|f| {
                let name = &*f.name;
                name.ends_with(".tf") || name.ends_with(".tf.json") || name == own::NAME
            })
            .map(|f| {
                (
                    crate::config::files::key(std::path::Path::new(&*f.name)),
                    f.bytes.clone(),
                )
            })
            .collect()
    }

    /// The graph of the configuration.
    pub fn graph(&self) -> Result<ConfigGraph, Diagnostics> {
        let (graph, diagnostics) = build(&self.config, &[]);
        match has_errors(&diagnostics) {
            true => Err(diagnostics),
            false => Ok(graph),
        }
    }

    /// The resources of the configuration with what each depends on.
    pub fn dependencies(
        &self,
    ) -> Result<BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>>, Diagnostics> {
        let graph = self.graph()?;
        let found = graph.resources();
        Ok(found
            .map(|(a, facts)| (a.clone(), facts.dependencies.iter().cloned().collect()))
            .collect())
    }
}
