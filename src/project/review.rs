//! What one configuration is to another: the earlier is made, of made-up objects, and the later is planned on that. With
//! a state at hand, both are planned on it.
//!
//! So moves, instances and modules mean what they mean in a plan. It touches no real state, and what provider is called
//! is said by the settings of the two projects.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostics, Value};

use super::{OpenState, Project};
use crate::plan::Plan;
use crate::plan::walk::Options;

/// A configuration with values of its variables.
pub struct Side {
    /// The configuration.
    pub project: Project,
    /// Values of its root variables.
    pub variables: BTreeMap<Arc<str>, Value>,
}

/// A comparison.
pub struct Compared {
    /// What the later configuration changes.
    pub plan: Plan,
    /// The made-up state.
    pub state: OpenState,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// Compares two configurations. The state is made in `dir`.
pub async fn compare(base: &Side, head: &Side, dir: &Path) -> Result<Compared, Diagnostics> {
    let settings = &head.project.settings;
    let state = OpenState::passing(settings, dir.join("review.db"))?;
    let (project, variables) = (&base.project, base.variables.clone());
    let mut ready = project.plan(&state, variables, options(true)).await?;
    if has_errors(&ready.diagnostics) {
        return Err(ready.diagnostics);
    }
    let applied = project.apply(&state, &mut ready, "apply", 1).await;
    if has_errors(&applied.diagnostics) {
        return Err(applied.diagnostics);
    }
    let (plan, diagnostics) = planned(head, &state, true).await?;
    Ok(Compared {
        plan,
        state,
        diagnostics,
    })
}

/// The plans of two configurations on a state that is at hand, which is read and not written. Objects are taken to be
/// as the state says.
pub async fn on_state(
    base: &Side,
    head: &Side,
    state: &OpenState,
) -> Result<(Plan, Plan), Diagnostics> {
    let (earlier, _) = planned(base, state, false).await?;
    let (later, _) = planned(head, state, false).await?;
    Ok((earlier, later))
}

async fn planned(
    side: &Side,
    state: &OpenState,
    refresh: bool,
) -> Result<(Plan, Diagnostics), Diagnostics> {
    let variables = side.variables.clone();
    let ready = side
        .project
        .plan(state, variables, options(refresh))
        .await?;
    match has_errors(&ready.diagnostics) {
        true => Err(ready.diagnostics),
        false => Ok((ready.plan, ready.diagnostics)),
    }
}

fn options(refresh: bool) -> Options {
    Options {
        parallelism: 1,
        refresh,
        ..Options::default()
    }
}
