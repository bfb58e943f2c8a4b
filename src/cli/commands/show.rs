//! `show`: the state, or a saved plan, for people or as JSON.

use std::path::PathBuf;

use trunkline_api::Diagnostic;

use super::version::COMPATIBLE;
use crate::cli::Exit;
use crate::cli::args::ShowArgs;
use crate::cli::session::Session;
use crate::config::Snapshot;
use crate::project::{saved, view};
use crate::report::json::configuration_json;
use crate::report::json::plan::{PlanContext, plan_json};
use crate::report::json::state::state_json;
use crate::report::render_plan;
use crate::report::state_text::render_state;

/// Runs the command.
pub async fn run(args: &ShowArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = match &args.path {
        Some(path) => show_plan(&session, args, path),
        None => show_state(&session, args),
    };
    session.close(exit.unwrap_or_else(|exit| exit)).await
}

fn show_state(session: &Session, args: &ShowArgs) -> Result<Exit, Exit> {
    let state = session.state_to_read()?;
    if state.is_none() && !args.json {
        session.shell.out("No state.\n");
        return Ok(Exit::Ok);
    }
    let shown = view::read(state.as_ref(), &session.settings).map_err(|d| session.fail(&d))?;
    let text = match args.json {
        true => format!("{}\n", state_json(&shown.view(), COMPATIBLE, &[], false)),
        false => render_state(&shown.view(), &session.shell.style),
    };
    session.shell.out(&text);
    Ok(Exit::Ok)
}

fn show_plan(session: &Session, args: &ShowArgs, path: &str) -> Result<Exit, Exit> {
    let fail = |summary: &str, detail: String| session.fail(&[Diagnostic::error(summary, detail)]);
    let bytes = std::fs::read(path).map_err(|e| {
        fail(
            "Failed to read the given file",
            format!("The file {path:?} cannot be read: {e}."),
        )
    })?;
    let Some(state) = session.state_to_read()? else {
        return Err(fail(
            "Failed to read plan file",
            "There is no state store here, and a plan can only be read with the state that it was made from.".into(),
        ));
    };
    let saved = saved::read(&bytes, &state.store).map_err(|d| session.fail(&[d]))?;
    let project = session.load_from(&Snapshot {
        files: saved.files.clone(),
    })?;
    let schemas = project.schemas();
    if args.json {
        let shown = view::read(Some(&state), &session.settings).map_err(|d| session.fail(&d))?;
        let shown = shown.before(&saved.plan);
        let prior = shown.view();
        let context = PlanContext {
            terraform_version: COMPATIBLE,
            prior_state: (!shown.is_empty()).then_some(&prior),
            configuration: Some(configuration_json(&project.config, &project.facts())),
            ..PlanContext::default()
        };
        session
            .shell
            .out(&format!("{}\n", plan_json(&saved.plan, &schemas, &context)));
    } else {
        session
            .shell
            .out(&render_plan(&saved.plan, &schemas, &session.shell.style));
    }
    Ok(Exit::Ok)
}
