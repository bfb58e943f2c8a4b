//! `plan -to-run=RUN`: a plan back to what an earlier run made.
//!
//! The configuration and the values of variables are those of the run; what the directory holds is not looked at. It
//! only prepares and checks: planning is the same as ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Value};
use trunkline_state::RunRecord;

use crate::cli::Exit;
use crate::cli::args::PlanArgs;
use crate::cli::session::Session;
use crate::config::Snapshot;
use crate::project::inputs::{self, Inputs};
use crate::project::{OpenState, Project, Ready, history, store_problem};

/// The run to go back to.
pub struct Back {
    run: RunRecord,
    /// What it was made from.
    pub inputs: Inputs,
}

impl Back {
    /// Finds the run that `text` names.
    pub fn find(session: &Session, args: &PlanArgs, text: &str) -> Result<Back, Exit> {
        let planning = &args.planning;
        let with = [
            ("-destroy", planning.destroy),
            ("-refresh-only", planning.refresh_only),
            ("-generate-config-out", args.generate_config_out.is_some()),
        ];
        if let Some((other, _)) = with.iter().find(|(_, given)| *given) {
            return Err(session.fail(&[Diagnostic::error(
                "Incompatible options",
                format!("-to-run plans what an earlier run made, so it cannot be used together with {other}."),
            )]));
        }
        let Some(state) = session.state_to_read()? else {
            return Err(session.fail(&[Diagnostic::error(
                "No such run",
                "There is no state store in this directory, so there is no history. The first \"apply\" makes one.",
            )]));
        };
        let runs = state.store.runs();
        let runs = runs.map_err(|e| session.fail(&[store_problem(&e)]))?;
        let run = history::find(&runs, text).map_err(|d| session.fail(&[d]))?;
        let inputs = inputs::find(&state.store, run).map_err(|d| session.fail(&d))?;
        Ok(Back {
            run: run.clone(),
            inputs,
        })
    }

    /// The configuration of the run.
    pub fn project(&self, session: &Session) -> Result<Project, Exit> {
        session.load_from(&Snapshot {
            files: self.inputs.files.clone(),
        })
    }

    /// The values of variables: those of the run, and those that are given of what it has not kept.
    pub fn variables(
        &self,
        session: &Session,
        project: &Project,
        args: &PlanArgs,
    ) -> Result<BTreeMap<Arc<str>, Value>, Exit> {
        let given = &args.planning.variables;
        let mut problems = Vec::new();
        for text in &given.vars {
            if let Some((name, _)) = text.split_once('=')
                && self.inputs.keeps(name)
            {
                problems.push(Diagnostic::error(
                    "Value is the run's",
                    format!("The variable {name:?} has the value that run {} was made with, so no other can be given with -var. To plan with another one, plan without -to-run.", self.run.number),
                ));
            }
        }
        let found = session.given(project, given);
        problems.extend(found.diagnostics.into_iter().filter(Diagnostic::is_error));
        let mut values = self.inputs.variables.clone();
        let others = found.values.into_iter();
        values.extend(others.filter(|(name, _)| !self.inputs.keeps(name)));
        problems.extend(self.inputs.not_given(project, &values, self.run.number));
        match problems.is_empty() {
            true => Ok(values),
            false => Err(session.fail(&problems)),
        }
    }

    /// Insists that what the run has not kept is as it was, and tells where the plan goes.
    pub fn check(
        &self,
        session: &Session,
        project: &Project,
        state: &OpenState,
        ready: &Ready<'_>,
    ) -> Result<(), Exit> {
        if has_errors(&ready.diagnostics) {
            // They are told with the plan.
            return Ok(());
        }
        let number = self.run.number;
        let problems = self
            .inputs
            .missing(project, &ready.plan, &state.store, number);
        if !problems.is_empty() {
            return Err(session.fail(&problems));
        }
        let start = &self.run.start;
        let commit = match &start.git_commit {
            Some(commit) => format!(" (it was at commit {commit})"),
            None => String::new(),
        };
        session.show(&[Diagnostic::warning(
            "Plan back to an earlier run",
            format!(
                "This plans what run {number} made: {} by {} at {}. It takes the configuration and the values that the run was made with. Put the configuration in the directory back too{commit}: otherwise the next plan undoes this one.",
                start.operation, start.who, start.started
            ),
        )]);
        Ok(())
    }
}
