//! `show`: the state, or a saved plan, for people or as JSON.

use std::path::PathBuf;
use std::time::Duration;

use trunkline_api::Diagnostic;

use super::version::COMPATIBLE;
use crate::cli::Exit;
use crate::cli::args::ShowArgs;
use crate::cli::session::Session;
use crate::cli::shell::open_failed;
use crate::config::Snapshot;
use crate::plan::relevant;
use crate::project::edit::is_pristine;
use crate::project::{Locking, open_state, saved, tfstate, view};
use crate::report::json::checks::checks_json;
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
    let state = session.snapshot_to_read()?;
    if state.as_ref().is_none_or(is_pristine) && !args.json {
        session.shell.out("No state.\n");
        return Ok(Exit::Ok);
    }
    show_snapshot(session, args, state.as_ref())
}

fn show_snapshot(
    session: &Session,
    args: &ShowArgs,
    state: Option<&trunkline_state::Snapshot>,
) -> Result<Exit, Exit> {
    let shown = view::read(state, &session.settings).map_err(|d| session.fail(&d))?;
    let text = match args.json {
        true => format!(
            "{}\n",
            state_json(
                &shown.view(),
                COMPATIBLE,
                &checks_json(&shown.checks),
                session.redacts(args.redact)
            )
        ),
        false => render_state(&shown.view(), &session.shell.style),
    };
    session.shell.out(&text);
    Ok(Exit::Ok)
}

fn show_plan(session: &Session, args: &ShowArgs, path: &str) -> Result<Exit, Exit> {
    let fail = |summary: &str, detail: String| session.fail(&[Diagnostic::error(summary, detail)]);
    let unreadable = |as_state: &str, as_plan: &str| {
        fail(
            "Failed to read the given file as a state or plan file",
            format!("State read error: {as_state}\n\nPlan read error: {as_plan}"),
        )
    };
    let bytes = std::fs::read(path).map_err(|e| {
        let why = open_failed(path, &e);
        unreadable(
            &format!("Error loading statefile: {why}"),
            &format!("couldn't load the provided path as either a local plan file ({why}) or a saved cloud plan ({why})"),
        )
    })?;
    if !saved::is_saved_plan(&bytes) {
        let document = tfstate::read(&bytes)
            .map_err(|d| unreadable(&tfstate::problems_text(&d), "it is not a plan file"))?;
        return show_snapshot(session, args, Some(&document.into_snapshot()));
    }
    // The plan brings its configuration: what the directory holds by now is not looked at.
    let locking = Locking {
        lock: false,
        timeout: Duration::ZERO,
    };
    let opened = open_state(&session.settings, "read", locking, false);
    let Some(state) = opened.map_err(|d| session.fail(&d))? else {
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
        let shown = state
            .store
            .snapshot()
            .map_err(|e| vec![Diagnostic::error("State store error", e.to_string())])
            .and_then(|snapshot| view::read(Some(&snapshot), &session.settings))
            .map_err(|d| session.fail(&d))?;
        let shown = shown.before(&saved.plan);
        let prior = shown.view();
        let context = PlanContext {
            terraform_version: COMPATIBLE,
            prior_state: (!shown.is_empty()).then_some(&prior),
            relevant_attributes: relevant::attributes(&project.config, &saved.plan),
            configuration: Some(configuration_json(&project.config, &project.facts())),
            redact: session.redacts(args.redact),
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
