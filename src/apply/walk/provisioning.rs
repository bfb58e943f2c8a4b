//! The provisioners of an object, one after the other: after it is made, or before it is destroyed.
//!
//! Each is evaluated when its turn comes, because it may read what the one before has written. A failure ends the
//! change unless the provisioner says otherwise. Running one is [`crate::apply::provision`]'s.

use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Schema};

use super::changes::Subject;
use super::{Done, Task, Walk, Work};
use crate::address::ModuleInstance;
use crate::apply::provision::{self, Provision};
use crate::apply::step::destroy::{begin_destroy, end_destroy, leave_destroy};
use crate::apply::step::make::provisioned;
use crate::apply::step::{Destroying, Made, Open};
use crate::config::provisioner::{Provisioner, When};
use crate::config::{Provisioners, ResourceConfig};
use crate::graph::dag::Index;
use crate::plan::ResourceChange;
use crate::plan::providers::Slot;
use crate::plan::provisioner::configuration;
use crate::plan::values::RepetitionData;
use crate::plan::{Action, Reason};

/// An object among its provisioners.
pub(super) struct Turn<'a> {
    change: Subject<'a>,
    repetition: RepetitionData,
    /// How many have run.
    ran: usize,
    stage: Stage<'a>,
}

enum Stage<'a> {
    /// It is made.
    Made(Box<Made>, Open),
    /// It is about to be destroyed.
    Destroying(Box<Destroying<'a>>),
}

impl Stage<'_> {
    fn when(&self) -> When {
        match self {
            Stage::Made(..) => When::Create,
            Stage::Destroying(_) => When::Destroy,
        }
    }
}

impl<'a> Walk<'a, '_> {
    /// Objects to be made whose provisioners need a connection that there is no way to open: said before anything
    /// is done, because such an object would be made only to be tainted.
    pub(super) fn unreachable(&self) -> Vec<Diagnostic> {
        let mut found: Vec<(usize, Diagnostic)> = Vec::new();
        if matches!(self.sources.provisioning, provision::Provisioning::Show) {
            return Vec::new();
        }
        let (graph, config) = (self.sources.graph, self.sources.config);
        for resource in graph.dag.indices() {
            let written = graph.declared(config, resource);
            let Some(all) = written.map(|w| &*w.meta.provisioners) else {
                continue;
            };
            let connects = |p: &&Provisioner| {
                let connected = p.connection.is_some() || all.connection.is_some();
                connected && provision::needs_connection(&p.kind)
            };
            for provisioner in all.at(When::Create).filter(connects) {
                let makes =
                    |c: &ResourceChange| c.action == Action::Create || c.action.is_replace();
                let changes = self.changes.about(resource);
                found.extend(changes.filter(|(_, c)| makes(c)).map(|(place, change)| {
                    let kind = &provisioner.kind;
                    let mut problem = Diagnostic::error(
                        format!("{kind} provisioner error"),
                        "Trunkline cannot connect to other machines yet, so nothing was changed. Use a \"local-exec\" provisioner that calls ssh or another client itself.",
                    );
                    problem.span = Some(config.sources.span(provisioner.open_brace_span));
                    (place, problem.about(change.address.to_string()))
                }));
            }
        }
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, problem)| problem).collect()
    }

    /// The configuration of the resource that a change is about, if it is still there.
    pub(super) fn written(&self, change: &ResourceChange) -> Option<&'a ResourceConfig> {
        let config = self.sources.config;
        let module = config.module(&change.address.module.path());
        module?.resource(&change.address.resource)
    }

    /// The provisioners of an object: those of its resource, or of the `removed` block that speaks of it.
    fn provisioners(&self, change: &ResourceChange) -> Option<&'a Provisioners> {
        let written = self.written(change).map(|r| &*r.meta.provisioners);
        written.or_else(|| {
            let (_, block) = self.removed.about(change.address.config())?;
            Some(&block.provisioners)
        })
    }

    /// The module whose objects the provisioners of a change may refer to.
    fn provisioners_module(&self, change: &ResourceChange) -> ModuleInstance {
        let module = &change.address.module;
        let outer = match self.written(change) {
            Some(_) => None,
            None => self.removed.about(change.address.config()),
        };
        match outer {
            Some((path, _)) => {
                ModuleInstance(module.0.iter().take(path.0.len()).cloned().collect())
            }
            None => module.clone(),
        }
    }

    /// Whether provisioners run when the change makes an object.
    pub(super) fn provisions(&self, change: &ResourceChange) -> bool {
        change.action != Action::Update
            && self
                .provisioners(change)
                .is_some_and(|p| p.any(When::Create))
    }

    /// Whether provisioners run when the change destroys its object. For a tainted object and for one that was put
    /// aside they do not: nobody knows whether those that made it have run.
    pub(super) fn provisions_destroy(
        &self,
        change: &ResourceChange,
        deposed: Option<&String>,
    ) -> bool {
        deposed.is_none()
            && change.reason != Some(Reason::Tainted)
            && !change.tainted
            && matches!(change.action, Action::Delete | Action::DeleteThenCreate)
            && !change.before.is_null()
            && self
                .provisioners(change)
                .is_some_and(|p| p.any(When::Destroy))
    }

    /// Goes on with an object that was made and left open.
    pub(super) fn after_make(
        &mut self,
        index: Index,
        change: Subject<'a>,
        repetition: RepetitionData,
        made: Made,
        open: Open,
    ) -> Work<'a> {
        self.next_provisioner(
            index,
            Turn {
                change,
                repetition,
                ran: 0,
                stage: Stage::Made(Box::new(made), open),
            },
        )
    }

    /// Begins to destroy an object that has provisioners for it.
    pub(super) fn before_destroy(
        &self,
        index: Index,
        place: usize,
        change: &'a ResourceChange,
        slot: Slot,
        schema: Arc<Schema>,
    ) -> Task<'a> {
        let tools = self.tools.clone();
        Box::new(move || {
            Box::pin(async move {
                let begun = begin_destroy(change, &slot, schema, None, true, &tools).await;
                let change = Subject::whole(place, change);
                let done = match begun {
                    Ok(destroying) => Done::Provisioned(Box::new(Turn {
                        repetition: RepetitionData::for_key(&change.address.key, None),
                        change,
                        ran: 0,
                        stage: Stage::Destroying(Box::new(destroying)),
                    })),
                    Err(made) => Done::Destroyed(change, *made),
                };
                (index, done)
            })
        })
    }

    /// Runs the next provisioner of an object, or ends its change when all have run.
    pub(super) fn next_provisioner(&mut self, index: Index, mut turn: Turn<'a>) -> Work<'a> {
        let all = self.provisioners(&turn.change);
        let next = all.and_then(|a| Some((a, a.at(turn.stage.when()).nth(turn.ran)?)));
        let Some((all, provisioner)) = next else {
            return self.provisioners_end(index, turn, true);
        };
        let this = match &turn.stage {
            Stage::Made(made, _) => made.value.clone(),
            Stage::Destroying(_) => turn.change.before.clone(),
        };
        let before = self.applied.diagnostics.len();
        let module = self.provisioners_module(&turn.change);
        let found = configuration(
            provisioner,
            all,
            &self.evaluator,
            &module,
            &turn.repetition,
            &this,
            &mut self.applied.diagnostics,
        );
        let Some((config, connection)) = found else {
            return self.provisioners_end(index, turn, false);
        };
        debug_assert!(!has_errors(&self.applied.diagnostics[before..]));
        turn.ran += 1;
        let provision = Provision {
            address: turn.change.address.clone(),
            kind: provisioner.kind.clone(),
            config,
            connection,
        };
        let (how, listener) = (
            self.sources.provisioning.clone(),
            self.sources.listener.clone(),
        );
        let place = self
            .sources
            .config
            .sources
            .span(provisioner.open_brace_span);
        let goes_on = provisioner.continue_on_failure;
        Box::pin(async move {
            let done = match provision::run(provision, how, listener).await {
                Err(mut problem) if !goes_on => {
                    problem.span = Some(place);
                    let problem = problem.about(turn.change.address.to_string());
                    Done::NotProvisioned(Box::new(turn), problem)
                }
                _ => Done::Provisioned(Box::new(turn)),
            };
            (index, done)
        })
    }

    /// Ends the change of an object whose provisioners have run, well or not.
    pub(super) fn provisioners_end(&self, index: Index, turn: Turn<'a>, well: bool) -> Work<'a> {
        let tools = self.tools.clone();
        Box::pin(async move {
            let Turn {
                change,
                repetition,
                stage,
                ..
            } = turn;
            let done = match stage {
                Stage::Made(mut made, open) => {
                    let result = provisioned(&change, &made.value, open, well, &tools).await;
                    made.diagnostics.extend(result.err());
                    match well {
                        true => Done::Made(change, repetition, *made),
                        false => Done::Unprovisioned(change, *made),
                    }
                }
                Stage::Destroying(destroying) if well => {
                    Done::Destroyed(change, end_destroy(*destroying, &tools).await)
                }
                Stage::Destroying(destroying) => {
                    Done::Unprovisioned(change, leave_destroy(*destroying, &tools).await)
                }
            };
            (index, done)
        })
    }
}
