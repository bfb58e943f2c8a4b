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
pub mod policy;
pub mod remote;
pub mod reports;
pub mod saved;
pub mod surgery;
pub mod takeover;
pub mod tfstate;
pub mod variables;
pub mod view;
pub mod workspaces;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use trunkline_api::diagnostic::{has_errors, only_waits};
use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics, Provider, Schema, Value};
use trunkline_state::{
    Change, Ending, KeySource, LockGuard, LockRequest, OpenOptions, Row, RunStart, Snapshot, Stamp,
    Store,
};

use crate::address::{ConfigAddress, Mode, ModulePath};
use crate::apply::gate::Gate;
use crate::apply::journal::{Ids, Journal, Point, Probe};
use crate::apply::provision::Provisioning;
use crate::apply::settle::Settler;
use crate::apply::walk::{self as apply_walk, Applied};
use crate::config::own::{self, Own};
use crate::config::{Config, ConfigFiles, Module, ProviderName};
use crate::event::Listener;
use crate::graph::build::{ConfigGraph, PriorResource, build};
use crate::lang::eval::Templates;
use crate::lang::functions::{DiskFiles, FileAccess, FunctionContext, Random};
use crate::lang::source::Sources;
use crate::plan::prior::{PriorState, dependencies, renamed};
use crate::plan::providers::{Providers, Registry};
use crate::plan::scope::Surroundings;
use crate::plan::values::Values;
use crate::plan::walk::{self as plan_walk, Options};
use crate::plan::{Plan, adopt, moves, removed, targets, validate, windows};
use crate::product;
use crate::report::Schemas;
use crate::report::json::ProviderFacts;
use crate::report::providers_text::RequiredBy;
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
}

/// How to take the state lock.
#[derive(Clone, Copy, Debug)]
pub struct Locking {
    /// Whether to take it.
    pub lock: bool,
    /// How long to wait for another holder.
    pub timeout: Duration,
}

/// The state of a project, open.
pub struct OpenState {
    /// The store.
    pub store: Store,
    /// The lock, where it is held.
    pub guard: Option<LockGuard>,
    /// Where others see it.
    pub shown: mirror::Shown,
}

/// A plan, and what is needed to run it.
pub struct Ready<'p> {
    /// The plan.
    pub plan: Plan,
    /// The providers as planning left them.
    pub providers: Providers<'p>,
    /// The graph that it was planned with.
    pub graph: ConfigGraph,
    /// What each resource of the state depended on.
    pub depended: BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>>,
    /// Problems found while planning, warnings included.
    pub diagnostics: Diagnostics,
    /// What every object of the configuration came to; empty for a saved plan.
    pub values: Values,
    /// The state had no objects.
    pub empty: bool,
}

/// Schemas by source address of their provider.
pub struct LoadedSchemas(BTreeMap<String, Arc<dyn Provider>>);

impl Schemas for LoadedSchemas {
    fn resource(&self, source: &str, mode: Mode, type_name: &str) -> Option<&Schema> {
        self.0.get(source)?.schema().of(mode).get(type_name)
    }
}

/// What the configuration's JSON is written with: schemas, and what local names mean.
pub struct Facts<'p> {
    project: &'p Project,
    schemas: LoadedSchemas,
}

impl Schemas for Facts<'_> {
    fn resource(&self, source: &str, mode: Mode, type_name: &str) -> Option<&Schema> {
        self.schemas.resource(source, mode, type_name)
    }
}

impl ProviderFacts for Facts<'_> {
    fn source(&self, module: &ModulePath, local: &str) -> Option<String> {
        let settings = &self.project.settings;
        let providers = Providers::new(settings.registry.as_ref(), World::Live, BTreeMap::new());
        let found = providers.source(&self.project.config, module, local);
        found.ok().map(|s| s.to_string())
    }

    fn provider(&self, source: &str) -> Option<&trunkline_api::Block> {
        Some(&self.schemas.0.get(source)?.schema().provider.block)
    }
}

/// A failure of the store, for people.
fn state_error(error: &trunkline_state::StateError) -> Diagnostics {
    vec![Diagnostic::error("State store error", error.to_string())]
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
        })
    }

    /// Checks the configuration without state, network or credentials.
    #[must_use]
    pub fn validate(&self) -> Diagnostics {
        let (graph, mut diagnostics) = build(&self.config, &[]);
        if !has_errors(&diagnostics) {
            let functions = |module: &Module| self.functions(module, None, false);
            diagnostics.extend(validate::validate(
                &self.config,
                &graph,
                self.settings.registry.as_ref(),
                self.surroundings(false),
                &functions,
            ));
        }
        diagnostics
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

    /// Plans. What an earlier process left open is settled first, when the state is locked.
    pub async fn plan<'p>(
        &'p self,
        state: &OpenState,
        variables: BTreeMap<Arc<str>, Value>,
        mut options: Options,
    ) -> Result<Ready<'p>, Diagnostics> {
        options.adopt = self.own.adopt.clone();
        let settings = &self.settings;
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        let unsettled = !snapshot.intents.is_empty();
        let empty = snapshot.rows.is_empty();
        let mut prior = PriorState::read(snapshot).map_err(|d| vec![d])?;
        let moves = moves::apply(&self.config, &mut prior);
        let mut providers = Providers::new(
            settings.registry.as_ref(),
            settings.world.clone(),
            settings.environment.clone(),
        );
        let resources = self.prior_resources(&prior, &mut providers);
        let (graph, mut diagnostics) = build(&self.config, &resources);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        let now = (settings.now)();
        let functions = |module: &Module| self.functions(module, Some(&now), false);
        let checked = validate::validate(
            &self.config,
            &graph,
            settings.registry.as_ref(),
            self.surroundings(false),
            &functions,
        );
        diagnostics.extend(checked);
        if !has_errors(&diagnostics) {
            diagnostics.extend(removed::check(&self.config));
        }
        let (targets, excludes) = (&options.targets, &options.excludes);
        diagnostics.extend(moves.excluded(|a| {
            (targets.is_empty() || targets::covers(targets, a)) && !targets::covers(excludes, a)
        }));
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        let settling = (unsettled && state.guard.is_some()).then(|| {
            state.store.begin_run(RunStart {
                id: settings.ids.operation(),
                started: now.clone(),
                operation: "settle".into(),
                who: settings.who.clone(),
                git_commit: (settings.git_commit)(),
                plan_digest: None,
            })
        });
        let settler = settling.clone().map(|writer| Settler {
            store: &state.store,
            writer,
            listener: settings.listener.clone(),
            probe: settings.probe.clone(),
        });
        let sources = plan_walk::Sources {
            config: &self.config,
            graph: &graph,
            variables,
            surroundings: self.surroundings(false),
            functions: &functions,
            timestamp: now.clone(),
            listener: settings.listener.clone(),
            moves,
            settle: settler.as_ref().map(|s| s as &dyn plan_walk::Settle),
            stop: settings.stop.clone(),
        };
        let mut planned = plan_walk::plan(sources, prior, providers, options).await;
        if let Some(writer) = settling {
            let ending = Ending {
                finished: (settings.now)(),
                result: "ok".into(),
                counts: BTreeMap::new(),
            };
            writer.finish(ending).await.map_err(|e| state_error(&e))?;
        }
        if !planned.refused.is_empty() {
            return Err(planned.refused);
        }
        diagnostics.extend(adopt::twice(&self.own.adopt, &planned.plan.changes));
        windows::mark(&self.own.windows, &mut planned.plan.changes);
        if settings.allow_outside_window.is_none() {
            diagnostics.extend(windows::warnings(
                &self.own.windows,
                &planned.plan.changes,
                &now,
            ));
        }
        // Problems that validation has already told are not told again.
        for d in planned.diagnostics {
            if d.is_error() || !diagnostics.contains(&d) {
                diagnostics.push(d);
            }
        }
        Ok(Ready {
            plan: planned.plan,
            providers: planned.providers,
            graph,
            depended: resources
                .into_iter()
                .map(|r| (r.address, r.dependencies))
                .collect(),
            diagnostics,
            values: planned.values,
            empty,
        })
    }

    /// The resources of the state, with the provider configurations that rows name.
    fn prior_resources(
        &self,
        prior: &PriorState,
        providers: &mut Providers<'_>,
    ) -> Vec<PriorResource> {
        let mut found = Vec::new();
        for (address, instances) in &prior.resources {
            let mut all = BTreeSet::new();
            let mut provider = None;
            for instance in instances.values() {
                for row in instance.current.iter().chain(instance.deposed.values()) {
                    all.extend(dependencies(row));
                    provider.get_or_insert_with(|| row.provider.clone());
                }
                for intent in instance.intents.values() {
                    provider.get_or_insert_with(|| intent.operation.provider.as_str().into());
                }
            }
            let written = provider.as_deref().and_then(parse_provider);
            let Some((module, source, alias)) = written else {
                continue;
            };
            let local = self.local_name(&module, &source, providers);
            found.push(PriorResource {
                address: address.clone(),
                provider: (module, ProviderName { local, alias }),
                dependencies: all,
            });
        }
        found
    }

    /// The local name that a source has in a module.
    fn local_name(
        &self,
        module: &crate::address::ModulePath,
        source: &str,
        providers: &Providers<'_>,
    ) -> Arc<str> {
        let required = self.config.module(module).map(|m| &m.required_providers);
        for local in required.into_iter().flat_map(|r| r.keys()) {
            if providers
                .source(&self.config, module, local)
                .is_ok_and(|s| &*s == source)
            {
                return local.clone();
            }
        }
        source.rsplit('/').next().unwrap_or(source).into()
    }

    /// The project with the files of a saved plan for its functions to read.
    #[must_use]
    pub fn with_files(mut self, files: BTreeMap<String, Arc<[u8]>>) -> Project {
        let disk = self.function_files;
        self.function_files = Arc::new(KeptFiles { files, disk });
        self
    }

    /// A saved plan made ready to run on the state that it was made from.
    pub fn ready_from(&self, plan: Plan, snapshot: Snapshot) -> Result<Ready<'_>, Diagnostics> {
        let settings = &self.settings;
        let mut prior = PriorState::read(snapshot).map_err(|d| vec![d])?;
        // The state is the one that was planned on, so this takes its objects where the plan did.
        drop(moves::apply(&self.config, &mut prior));
        let mut providers = Providers::new(
            settings.registry.as_ref(),
            settings.world.clone(),
            settings.environment.clone(),
        );
        let resources = self.prior_resources(&prior, &mut providers);
        let (graph, diagnostics) = build(&self.config, &resources);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        Ok(Ready {
            plan,
            providers,
            graph,
            depended: resources
                .into_iter()
                .map(|r| (r.address, r.dependencies))
                .collect(),
            diagnostics,
            values: Values::new(),
            empty: false,
        })
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

    /// The providers that the configuration uses, by source address; unconfigured.
    pub fn providers(&self) -> Result<BTreeMap<String, Arc<dyn Provider>>, Diagnostics> {
        let mut providers = Providers::new(
            self.settings.registry.as_ref(),
            World::Live,
            BTreeMap::new(),
        );
        let mut found = BTreeMap::new();
        let mut problems = Vec::new();
        for module in self.config.modules() {
            let named = module.resources.values().map(|r| &r.provider.local);
            let named = named.chain(module.required_providers.keys());
            let locals: BTreeSet<&Arc<str>> = named
                .chain(module.providers.keys().map(|p| &p.local))
                .collect();
            for local in locals {
                let name = ProviderName {
                    local: local.clone(),
                    alias: None,
                };
                match providers.open(&self.config, &module.path, &name) {
                    Ok(slot) => drop(found.insert(slot.source.to_string(), slot.instance)),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        if problems.is_empty() {
            Ok(found)
        } else {
            Err(problems)
        }
    }

    /// The providers that a module requires, and those that it calls.
    #[must_use]
    pub fn required_by(&self, module: &Module) -> RequiredBy {
        let registry = self.settings.registry.as_ref();
        let providers = Providers::new(registry, World::Live, BTreeMap::new());
        let named = module.resources.values().map(|r| &r.provider.local);
        let named = named.chain(module.required_providers.keys());
        let mut found = BTreeMap::new();
        for local in named.chain(module.providers.keys().map(|p| &p.local)) {
            let required = module.required_providers.get(local);
            if let Ok(source) = providers.source(&self.config, &module.path, local) {
                found.insert(source.to_string(), required.and_then(|r| r.version.clone()));
            }
        }
        let children = module.children.iter();
        RequiredBy {
            providers: found.into_iter().collect(),
            modules: children
                .map(|(name, child)| (name.to_string(), self.required_by(child)))
                .collect(),
        }
    }

    /// The sources of the providers that objects of the state need, sorted.
    pub fn required_by_state(&self, state: Option<&OpenState>) -> Result<Vec<String>, Diagnostics> {
        let Some(state) = state else {
            return Ok(Vec::new());
        };
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        let sources = snapshot
            .rows
            .iter()
            .filter_map(|row| parse_provider(&row.provider));
        let sources: BTreeSet<String> = sources.map(|(_, source, _)| source).collect();
        Ok(sources.into_iter().collect())
    }

    /// What is wrong with the providers that the configuration wants.
    #[must_use]
    pub fn check_providers(&self) -> Diagnostics {
        self.providers().err().unwrap_or_default()
    }

    /// The schemas of every provider that there is.
    #[must_use]
    pub fn schemas(&self) -> LoadedSchemas {
        schemas(&self.settings)
    }

    /// The graph of the configuration.
    pub fn graph(&self) -> Result<ConfigGraph, Diagnostics> {
        let (graph, diagnostics) = build(&self.config, &[]);
        match has_errors(&diagnostics) {
            true => Err(diagnostics),
            false => Ok(graph),
        }
    }

    /// What the configuration's JSON is written with.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            project: self,
            schemas: self.schemas(),
        }
    }

    /// The resources of the configuration with what each depends on.
    pub fn dependencies(
        &self,
    ) -> Result<BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>>, Diagnostics> {
        let (graph, diagnostics) = build(&self.config, &[]);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        let found = graph.dependencies.into_iter();
        Ok(found
            .map(|(a, d)| (a, d.iter().cloned().collect()))
            .collect())
    }

    /// Runs a plan.
    pub async fn apply(
        &self,
        state: &OpenState,
        ready: Ready<'_>,
        operation: &str,
        parallelism: usize,
    ) -> Applied {
        let settings = &self.settings;
        let writer = state.store.begin_run(RunStart {
            id: settings.ids.operation(),
            started: (settings.now)(),
            operation: operation.into(),
            who: settings.who.clone(),
            git_commit: (settings.git_commit)(),
            plan_digest: Some(digest::digest(&ready.plan, &state.store)),
        });
        let kept = inputs::keep(self, &ready.plan, &state.store, &writer);
        let moves = match kept.and_then(|()| renames(&ready.plan, &state.store)) {
            Ok(moves) => moves,
            Err(diagnostics) => {
                return Applied {
                    diagnostics,
                    ..Applied::default()
                };
            }
        };
        let timestamp = ready.plan.timestamp.clone();
        let functions = |module: &Module| self.functions(module, Some(&timestamp), true);
        let sources = apply_walk::Sources {
            config: &self.config,
            graph: &ready.graph,
            depended: &ready.depended,
            moves,
            surroundings: self.surroundings(true),
            functions: &functions,
            journal: Arc::new(Journal::new(
                writer.clone(),
                settings.ids.clone(),
                settings.probe.clone(),
            )),
            listener: settings.listener.clone(),
            gate: Arc::new(Gate {
                windows: self.own.windows.clone(),
                now: settings.now.clone(),
                override_reason: settings.allow_outside_window.clone(),
            }),
            provisioning: settings.provisioning.clone(),
            parallelism,
            stop: settings.stop.clone(),
        };
        let mut applied = apply_walk::apply(&ready.plan, sources, ready.providers).await;
        let counts = applied.counts;
        let ending = Ending {
            finished: (settings.now)(),
            result: match has_errors(&applied.diagnostics) {
                _ if settings.stop.load(Ordering::SeqCst) => "interrupted",
                true if only_waits(&applied.diagnostics) => "waits",
                true => "failed",
                false => "ok",
            }
            .into(),
            counts: [
                ("add", counts.add),
                ("change", counts.change),
                ("destroy", counts.destroy),
            ]
            .map(|(name, n)| (name.to_owned(), n as u64))
            .into(),
        };
        (settings.probe)(Point::Answered);
        let finished = writer.finish(ending).await;
        (settings.probe)(Point::Settled);
        match finished {
            Ok(_) => applied
                .diagnostics
                .extend(mirror::write_out(state, settings)),
            Err(error) => applied.diagnostics.extend(state_error(&error)),
        }
        applied
    }
}

/// The schemas of every provider that there is.
#[must_use]
pub fn schemas(settings: &Settings) -> LoadedSchemas {
    let registry = settings.registry.as_ref();
    let sources = registry.sources();
    let loaded = sources
        .into_iter()
        .filter_map(|s| Some((s.clone(), registry.create(&s)?)));
    LoadedSchemas(loaded.collect())
}

/// The changes that give rows the addresses that their objects have moved to.
fn renames(plan: &Plan, store: &Store) -> Result<Vec<Change>, Diagnostics> {
    if plan.moves.is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = store.snapshot().map_err(|e| state_error(&e))?;
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in snapshot.rows {
        rows.entry(row.key.address.clone()).or_default().push(row);
    }
    let mut changes = Vec::new();
    for (from, to) in &plan.moves {
        for row in rows.remove(&from.to_string()).unwrap_or_default() {
            changes.push(Change::Move {
                from: row.key.clone(),
                to: renamed(row, to),
            });
        }
    }
    Ok(changes)
}

/// Opens the state of a directory, and locks it where that is asked for.
pub fn open_state(
    settings: &Settings,
    operation: &str,
    locking: Locking,
    create: bool,
) -> Result<Option<OpenState>, Diagnostics> {
    refuse_legacy(settings)?;
    let file = mirror::read(settings)?;
    if !create && !settings.store.exists() && file.is_none() {
        return Ok(None);
    }
    if !settings.store.exists()
        && let Some(file) = &file
    {
        // Neither store nor key are made for a file that is no state.
        file.document()
            .map_err(|d| mirror::unreadable(d, locking))?;
    }
    if let Some(dir) = settings.store.parent() {
        std::fs::create_dir_all(dir).map_err(|e| {
            vec![Diagnostic::error(
                "State store error",
                format!("The directory {} cannot be made: {e}.", dir.display()),
            )]
        })?;
    }
    let store = Store::open(OpenOptions {
        path: settings.store.clone(),
        stamp: settings.stamp,
        keys: settings.keys.clone(),
        create: create || file.is_some(),
        lineage: settings.new_lineage.clone(),
    })
    .map_err(|e| state_error(&e))?;
    tracing::debug!(
        "state store {} is open for {operation}",
        settings.store.display()
    );
    let guard = if locking.lock {
        let request = LockRequest {
            id: settings.ids.operation(),
            operation: operation.into(),
            who: settings.who.clone(),
            host: settings.host.clone(),
            since: (settings.now)(),
            timeout: locking.timeout,
        };
        let guard = store
            .lock(request)
            .map_err(|e| vec![lock_failed(&lock_problem(&e, &settings.store))])?;
        Some(guard)
    } else {
        None
    };
    let shown = mirror::Shown {
        file: settings.file.clone(),
        backup: settings.backup.clone(),
        before: None,
    };
    let mut state = OpenState {
        store,
        guard,
        shown,
    };
    if let Some(file) = &file {
        mirror::take_in(&state, settings, file, locking)?;
    }
    mirror::remember(&mut state)?;
    Ok(Some(state))
}

/// The failure to take the state lock; `why` is what stood in the way.
fn lock_failed(why: &str) -> Diagnostic {
    let product = product::name();
    Diagnostic::error(
        "Error acquiring the state lock",
        format!(
            "Error message: {why}\n\n{product} acquires a state lock to protect the state from being written by multiple users at the same time. Please resolve the issue above and try again. For most commands, you can disable locking with the \"-lock=false\" flag, but this is not recommended."
        ),
    )
}

/// What stands in the way of a lock: its holder, in the lines that scripts read.
fn lock_problem(error: &trunkline_state::StateError, store: &std::path::Path) -> String {
    match error {
        trunkline_state::StateError::Locked {
            holder: Some(holder),
            ..
        } => format!(
            "resource temporarily unavailable\nLock Info:\n  ID:        {}\n  Path:      {}\n  Operation: {}\n  Who:       {} (process {} on {})\n  Created:   {}",
            holder.id,
            store.display(),
            holder.operation,
            holder.who,
            holder.pid,
            holder.host,
            holder.since,
        ),
        other => other.to_string(),
    }
}

/// Refuses a directory with a state of Terraform's that was not taken over: planned as empty, everything in it
/// would be created a second time.
fn refuse_legacy(settings: &Settings) -> Result<(), Diagnostics> {
    if settings.stamp != Stamp::Live || settings.store.exists() {
        return Ok(());
    }
    match settings
        .legacy
        .as_deref()
        .filter(|file| takeover::holds_state(file))
    {
        None => Ok(()),
        Some(file) => Err(vec![Diagnostic::error(
            "Existing Terraform state",
            format!(
                "This directory holds {}, but no Trunkline state store. Planning as if nothing existed would create everything a second time. To take the state over, run \"trunkline init\", which asks first. To leave it to Terraform, work in another directory.",
                file.display()
            ),
        )]),
    }
}

/// Reads `module.a.provider["source"].alias`.
fn parse_provider(text: &str) -> Option<(crate::address::ModulePath, String, Option<Arc<str>>)> {
    let at = text.find("provider[\"")?;
    let mut module = crate::address::ModulePath::root();
    let mut words = text[..at].split('.').filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        if word != "module" {
            return None;
        }
        module = module.child(&words.next()?.into());
    }
    let rest = &text[at + "provider[\"".len()..];
    let (source, rest) = rest.split_once("\"]")?;
    let alias = rest.strip_prefix('.').map(Arc::from);
    Some((module, source.to_owned(), alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_addresses_are_read() {
        let (module, source, alias) = parse_provider("module.a.provider[\"h/n/t\"].x").unwrap();
        assert_eq!(
            (module.to_string(), source, alias.as_deref()),
            ("module.a".into(), "h/n/t".into(), Some("x"))
        );
        assert!(parse_provider("nonsense").is_none());
    }
}
