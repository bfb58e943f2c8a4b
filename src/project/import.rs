//! The `import` command's work: an object that exists becomes a row of the state.
//!
//! Nothing is planned and nothing outside is changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Value};
use trunkline_state::{Change, Edit, Ending, Row, RowName, RunStart};

use super::{OpenState, Project, edit, mirror, state_error};
use crate::address::Address;
use crate::apply::journal::Point;
use crate::config::Module;
use crate::plan::prior::{PriorState, RowParts, encode_row};
use crate::plan::walk::single;

impl Project {
    /// Why an address cannot be imported to, before anything is asked: its module or resource is not declared.
    #[must_use]
    pub fn undeclared(&self, address: &Address) -> Option<Undeclared> {
        let Some(module) = self.config.module(&address.module.path()) else {
            return Some(Undeclared::Module);
        };
        let declared = module.resources.contains_key(&address.resource);
        (!declared).then_some(Undeclared::Resource)
    }

    /// Reads one object to import. Nothing is changed: see [`Project::take_import`].
    pub async fn import(
        &self,
        state: &OpenState,
        variables: BTreeMap<Arc<str>, Value>,
        address: &Address,
        id: &str,
    ) -> Result<Imported, Diagnostics> {
        let settings = &self.settings;
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        let prior = PriorState::read_for(snapshot, &self.config).map_err(|d| vec![d])?;
        let open: Vec<String> = prior
            .resources
            .get(address.config())
            .and_then(|instances| instances.get(address))
            .into_iter()
            .flat_map(|found| found.intents().values())
            .map(|intent| intent.operation.operation_id.clone())
            .collect();
        let ground = self.ground(&prior);
        if has_errors(&ground.diagnostics) {
            return Err(ground.diagnostics);
        }
        let providers = ground.providers;
        let now = (settings.now)();
        let functions = |module: &Module| self.functions(module, Some(&now), false);
        let sources = self.sources(&ground.graph, variables, &functions, now.clone());
        let (found, diagnostics) = single::import(sources, prior, providers, address, id).await;
        let found = found.filter(|_| !has_errors(&diagnostics));
        let Some((change, schema)) = found else {
            return Err(diagnostics);
        };
        let row = encode_row(RowParts {
            key: RowName::current(address.to_string()),
            address,
            provider: &change.provider,
            schema: &schema,
            value: &change.after,
            private: &change.private,
            tainted: false,
            create_before_destroy: change.create_before_destroy,
            dependencies: &change.dependencies,
        });
        Ok(Imported {
            row,
            answers: open,
            warnings: diagnostics,
        })
    }

    /// Makes what was imported a row of the state. Gives the warnings on the way.
    pub async fn take_import(
        &self,
        state: &OpenState,
        imported: Imported,
    ) -> Result<Diagnostics, Diagnostics> {
        let Imported {
            row,
            answers,
            warnings,
        } = imported;
        match answers.is_empty() {
            true => {
                let changes = Edit {
                    changes: vec![Change::Put(row)],
                    ..Edit::default()
                };
                edit::commit(state, &self.settings, "import", changes)?;
            }
            false => self.answered(state, answers, row).await?,
        }
        Ok(warnings)
    }

    /// Writes the row of an import that answers open operations, and ends them with it: there is no moment at which
    /// both are there, in which the object would be looked for again.
    async fn answered(
        &self,
        state: &OpenState,
        open: Vec<String>,
        row: Row,
    ) -> Result<(), Diagnostics> {
        let settings = &self.settings;
        let writer = state.store.begin_run(RunStart {
            id: settings.ids.operation(),
            started: (settings.now)(),
            operation: "import".into(),
            who: settings.who.clone(),
            git_commit: (settings.git_commit)(),
            plan_digest: None,
        });
        let mut changes = vec![Change::Put(row)];
        for operation in open {
            (settings.probe)(Point::Answered);
            let ticket = writer.settle_intent(operation, std::mem::take(&mut changes), None);
            ticket.await.map_err(|e| state_error(&e))?;
            (settings.probe)(Point::Settled);
        }
        let ending = Ending {
            finished: (settings.now)(),
            result: "ok".into(),
            counts: BTreeMap::from([("change".to_owned(), 1)]),
        };
        writer.finish(ending).await.map_err(|e| state_error(&e))?;
        let problems = mirror::write_out(state, settings);
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }
}

/// An object that was read to be imported.
#[derive(Debug)]
pub struct Imported {
    row: Row,
    /// The operations whose outcome it answers.
    answers: Vec<String>,
    warnings: Diagnostics,
}

/// What is not declared of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undeclared {
    /// Its module.
    Module,
    /// Its resource.
    Resource,
}

/// The error for an import into a module that is not declared.
#[must_use]
pub fn no_such_module(address: &Address) -> Diagnostic {
    Diagnostic::error(
        "Import to non-existent module",
        format!(
            "{} is not defined in the configuration. Please add configuration for this module before importing into it.",
            address.module
        ),
    )
}
