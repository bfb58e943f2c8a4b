//! `refresh`: takes over what has changed outside, without asking.
//!
//! What `apply -refresh-only -auto-approve` does, told shorter.

use std::path::PathBuf;

use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::has_errors;

use super::apply::{run_plan, watch_signals};
use super::plan::prepare;
use crate::cli::Exit;
use crate::cli::args::PlanningArgs;
use crate::cli::session::Session;

/// Runs the command.
pub async fn run(args: &PlanningArgs, started_in: PathBuf) -> Exit {
    let mut session = match Session::open(&args.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    session.compact_warnings = args.compact_warnings;
    session.place_named(&args.paths);
    if args.json {
        session.begin_stream();
    }
    session.warn_of_paths(&args.paths);
    let watch = watch_signals(&session.settings, Some(session.progress.clone()));
    let exit = refresh(&session, args).await.unwrap_or_else(|exit| exit);
    watch.abort();
    session.close(exit).await
}

async fn refresh(session: &Session, args: &PlanningArgs) -> Result<Exit, Exit> {
    let args = PlanningArgs {
        refresh_only: true,
        ..args.clone()
    };
    let project = session.load()?;
    let (state, ready) = prepare(session, &project, &args, false, "refresh").await?;
    let mut problems = project.warnings.clone();
    if ready.empty {
        problems.push(Diagnostic::warning(
            "Empty or non-existent state",
            "There are currently no remote objects tracked in the state, so there is nothing to refresh.",
        ));
    }
    problems.extend(ready.diagnostics.iter().cloned());
    session.show(&problems);
    if has_errors(&problems) {
        return Ok(Exit::Error);
    }
    Ok(run_plan(
        session,
        &project,
        &state,
        ready,
        &args,
        ("refresh", Vec::new()),
    )
    .await)
}
