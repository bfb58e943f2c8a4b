//! `graph`: what depends on what, in DOT: the resources, or everything that an operation walks.

use std::path::PathBuf;

use trunkline_api::Diagnostic;

use crate::cli::Exit;
use crate::cli::args::GraphArgs;
use crate::cli::session::Session;
use crate::config::Snapshot;
use crate::plan::Plan;
use crate::plan::prior::PriorState;
use crate::project::{Project, saved, store_problem};
use crate::report::graph_dot::{render_operation, render_resources};
use crate::report::graph_objects::Standing;
use crate::report::graph_operation::{Walk, operation};

/// Runs the command.
pub async fn run(args: &GraphArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = graph(&session, args).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

fn graph(session: &Session, args: &GraphArgs) -> Result<Exit, Exit> {
    let kind = args.graph_type.as_deref().filter(|k| !k.is_empty());
    let known = ["plan", "plan-refresh-only", "plan-destroy", "apply"];
    if kind.is_some_and(|k| !known.contains(&k)) {
        return Err(session.fail(&[Diagnostic::error(
            "Unsupported graph type",
            "The -type=... argument must be either \"plan\", \"plan-refresh-only\", \"plan-destroy\", or \"apply\".",
        )]));
    }
    let (project, plan) = match args.plan.as_deref().filter(|p| !p.is_empty()) {
        Some(path) => {
            let (project, plan) = planned(session, path)?;
            (project, Some(plan))
        }
        None => (session.load()?, None),
    };
    let prior = match session.snapshot_to_read()? {
        Some(snapshot) => PriorState::read(snapshot).map_err(|d| session.fail(&[d]))?,
        None => PriorState::default(),
    };
    let standing = Standing::of(&prior, plan.as_ref());
    if kind.is_none() && plan.is_none() {
        let edges = project.dependencies().map_err(|d| session.fail(&d))?;
        let command = &session.shell.style.command;
        session
            .shell
            .out(&render_resources(&edges, &standing, command));
        return Ok(Exit::Ok);
    }
    let graph = project.graph().map_err(|d| session.fail(&d))?;
    let walk = match (kind, &plan) {
        (Some("plan" | "plan-refresh-only"), _) => Walk::Plan,
        (Some("plan-destroy"), _) => Walk::PlanDestroy,
        (_, plan) => Walk::Apply(plan.as_ref()),
    };
    let facts = project.facts();
    let (nodes, edges) = operation(&project.config, &graph, &facts, &standing, walk);
    session.shell.out(&render_operation(&nodes, &edges));
    Ok(Exit::Ok)
}

/// A saved plan, and the configuration in it.
fn planned(session: &Session, path: &str) -> Result<(Project, Plan), Exit> {
    let fail = |d: Diagnostic| session.fail(&[d]);
    let bytes = std::fs::read(path).map_err(|e| {
        let why = match e.kind() {
            std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            _ => e.to_string(),
        };
        session.shell.error_text(&format!("stat {path}: {why}\n"));
        Exit::Error
    })?;
    let Some(state) = session.state_to_read()? else {
        return Err(fail(Diagnostic::error(
            "Failed to read plan file",
            "There is no state store here, and a plan can only be read with the state that it was made from.",
        )));
    };
    let mut saved = saved::read(&bytes, &state.store).map_err(fail)?;
    let now = state.store.snapshot();
    let now = now.map_err(|e| fail(store_problem(&e)))?;
    saved::refresh(&mut saved, &now).map_err(fail)?;
    let project = session.load_from(&Snapshot { files: saved.files })?;
    Ok((project, saved.plan))
}
