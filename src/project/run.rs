//! Planning a project and running its plan: the engine with what the settings give, journal and history around it.
//!
//! It must not decide what is changed; that is for the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use trunkline_api::diagnostic::{has_errors, only_waits};
use trunkline_api::{Diagnostics, Value};
use trunkline_state::{Change, Ending, Row, RunStart, Snapshot, Store};

use super::{OpenState, Project, digest, inputs, mirror, state_error};
use crate::address::ConfigAddress;
use crate::apply::gate::Gate;
use crate::apply::journal::{Journal, Point};
use crate::apply::settle::Settler;
use crate::apply::walk::{self as apply_walk, Applied};
use crate::config::Module;
use crate::graph::build::{PriorResource, build};
use crate::graph::config_graph::ConfigGraph;
use crate::lang::functions::FunctionContext;
use crate::plan::model::PlanMode;
use crate::plan::prior::{PriorState, renamed};
use crate::plan::providers::Providers;
use crate::plan::values::Values;
use crate::plan::walk::{self as plan_walk, Options};
use crate::plan::{Plan, adopt, moves, removed, targets, validate, windows};

/// A plan, and what is needed to run it.
pub struct Ready<'p> {
    /// The plan.
    pub plan: Plan,
    /// The providers as planning left them.
    pub providers: Providers<'p>,
    /// The graph that it was planned with.
    pub graph: ConfigGraph,
    /// What each resource of the state depended on.
    pub depended: Vec<PriorResource>,
    /// Problems found while planning, warnings included.
    pub diagnostics: Diagnostics,
    /// What the objects of the configuration came to, as far as it was kept; empty for a saved plan.
    pub values: Values,
    /// The resources that the plan looked at, where it did not look at all.
    pub read: Option<BTreeSet<ConfigAddress>>,
    /// The state had no objects.
    pub empty: bool,
}

/// A configuration that has been checked, without any state.
pub struct Checked {
    /// Its graph.
    pub(super) graph: ConfigGraph,
    /// What is wrong with it, warnings included.
    pub diagnostics: Diagnostics,
}

/// What a walk over the configuration and the state stands on.
pub(super) struct Ground<'p> {
    /// The providers, none of them open but those that name resources of the state.
    pub(super) providers: Providers<'p>,
    /// The resources of the state.
    pub(super) resources: Vec<PriorResource>,
    /// The graph of the configuration and of them.
    pub(super) graph: ConfigGraph,
    /// What is wrong with it.
    pub(super) diagnostics: Diagnostics,
}

impl Project {
    /// What a walk over the configuration and `prior` stands on.
    pub(super) fn ground(&self, prior: &PriorState) -> Ground<'_> {
        self.ground_with(prior, None)
    }

    /// The same with the configuration's own graph, where it is there already: that is the graph of both as long as
    /// the state has no resources.
    fn ground_with(&self, prior: &PriorState, own: Option<ConfigGraph>) -> Ground<'_> {
        let mut providers = self.no_providers();
        let resources = self.prior_resources(prior, &mut providers);
        let (graph, diagnostics) = match own {
            Some(graph) if resources.is_empty() => (graph, Vec::new()),
            _ => build(&self.config, &resources),
        };
        Ground {
            providers,
            resources,
            graph,
            diagnostics,
        }
    }

    /// What a walk is made from, where nothing has moved and nothing is settled.
    pub(super) fn sources<'a>(
        &'a self,
        graph: &'a ConfigGraph,
        variables: BTreeMap<Arc<str>, Value>,
        functions: &'a dyn Fn(&Module) -> FunctionContext,
        timestamp: String,
    ) -> plan_walk::Sources<'a> {
        plan_walk::Sources {
            config: &self.config,
            graph,
            variables,
            given_at: self.given_places(),
            surroundings: self.surroundings(false),
            functions,
            timestamp,
            listener: self.settings.listener.clone(),
            moves: moves::Moves::default(),
            settle: None,
            stop: self.settings.stop.clone(),
        }
    }

    /// Plans. What an earlier process left open is settled first, when the state is locked.
    pub async fn plan<'p>(
        &'p self,
        state: &OpenState,
        variables: BTreeMap<Arc<str>, Value>,
        options: Options,
    ) -> Result<Ready<'p>, Diagnostics> {
        self.plan_checked(state, variables, options, None).await
    }

    /// Plans what may have been checked already; that was without an error then.
    pub async fn plan_checked<'p>(
        &'p self,
        state: &OpenState,
        variables: BTreeMap<Arc<str>, Value>,
        mut options: Options,
        checked: Option<Checked>,
    ) -> Result<Ready<'p>, Diagnostics> {
        let (own, checked) = match checked {
            Some(checked) => (Some(checked.graph), Some(checked.diagnostics)),
            None => (None, None),
        };
        options.adopt = self.own.adopt.clone();
        let settings = &self.settings;
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        let unsettled = !snapshot.intents.is_empty();
        let empty = snapshot.rows.is_empty();
        let mut prior = PriorState::read_for(snapshot, &self.config).map_err(|d| vec![d])?;
        let moves = moves::apply(&self.config, &mut prior);
        let Ground {
            providers,
            resources,
            mut graph,
            mut diagnostics,
        } = self.ground_with(&prior, own);
        graph.asked = options.keep_values;
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        let now = (settings.now)();
        let functions = |module: &Module| self.functions(module, Some(&now), false);
        let checked = checked.unwrap_or_else(|| {
            validate::validate(
                &self.config,
                &self.own.windows,
                &graph,
                settings.registry.as_ref(),
                self.surroundings(false),
                &functions,
            )
        });
        diagnostics.extend(checked);
        if !has_errors(&diagnostics) {
            diagnostics.extend(removed::check(&self.config));
        }
        if !has_errors(&diagnostics) && options.mode == PlanMode::Normal {
            let related = validate::related(
                &self.config,
                &self.own.windows,
                &graph,
                settings.registry.as_ref(),
                self.surroundings(false),
                &functions,
                &variables,
            );
            for problem in related {
                if !diagnostics.contains(&problem) {
                    diagnostics.push(problem);
                }
            }
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
            moves,
            settle: settler.as_ref().map(|s| s as &dyn plan_walk::Settle),
            ..self.sources(&graph, variables, &functions, now.clone())
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
            depended: resources,
            diagnostics,
            values: planned.values,
            read: planned.read,
            empty,
        })
    }

    /// A saved plan made ready to run on the state that it was made from.
    pub fn ready_from(&self, plan: Plan, snapshot: Snapshot) -> Result<Ready<'_>, Diagnostics> {
        let mut prior = PriorState::read_for(snapshot, &self.config).map_err(|d| vec![d])?;
        // The state is the one that was planned on, so this takes its objects where the plan did.
        drop(moves::apply(&self.config, &mut prior));
        let mut providers = self.no_providers();
        let resources = self.prior_resources(&prior, &mut providers);
        let (graph, diagnostics) = build(&self.config, &resources);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        Ok(Ready {
            plan,
            providers,
            graph,
            depended: resources,
            diagnostics,
            values: Values::new(),
            read: None,
            empty: false,
        })
    }

    /// Providers, none of them open.
    fn no_providers(&self) -> Providers<'_> {
        let settings = &self.settings;
        Providers::new(
            settings.registry.as_ref(),
            settings.world.clone(),
            settings.environment.clone(),
        )
    }

    /// Runs a plan, which stays as it is. Its providers are gone afterwards.
    pub async fn apply<'p>(
        &'p self,
        state: &OpenState,
        ready: &mut Ready<'p>,
        operation: &str,
        parallelism: usize,
    ) -> Applied {
        let settings = &self.settings;
        let providers = std::mem::replace(&mut ready.providers, self.no_providers());
        // What planning came to is in the plan; running it makes values of its own.
        ready.values = Values::new();
        let ready = &*ready;
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
        let mut applied = apply_walk::apply(&ready.plan, sources, providers).await;
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

/// The changes that give rows the addresses that their objects have moved to.
fn renames(plan: &Plan, store: &Store) -> Result<Vec<Change>, Diagnostics> {
    if plan.moves.is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = store.snapshot().map_err(|e| state_error(&e))?;
    let mut rows: BTreeMap<String, Vec<Arc<Row>>> = BTreeMap::new();
    for row in snapshot.rows {
        rows.entry(row.key.address.clone()).or_default().push(row);
    }
    let mut changes = Vec::new();
    for (from, to) in &plan.moves {
        for row in rows.remove(&from.to_string()).unwrap_or_default() {
            changes.push(Change::Move {
                from: row.key.clone(),
                to: renamed(Arc::unwrap_or_clone(row), to),
            });
        }
    }
    Ok(changes)
}
