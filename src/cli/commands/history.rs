//! `history`, and `state diff`: what earlier runs did.

use std::path::PathBuf;

use serde_json::Value as Json;
use trunkline_api::Diagnostic;
use trunkline_state::RunRecord;

use crate::cli::Exit;
use crate::cli::args::{HistoryArgs, HistoryCommand};
use crate::cli::session::Session;
use crate::project::{OpenState, history, schemas, store_problem};
use crate::report::history_text::{render_difference, render_run, render_runs};
use crate::report::json::{difference_json, run_json, runs_json};

/// Runs the command.
pub async fn run(args: &HistoryArgs, started_in: PathBuf) -> Exit {
    let common = match &args.command {
        Some(HistoryCommand::Show { common, .. }) => common,
        None => &args.common,
    };
    let session = Session::offline(common, started_in);
    let json = matches!(args.command, Some(HistoryCommand::Show { json: true, .. }));
    if !json && !args.json {
        session.page();
    }
    let exit = match &args.command {
        None => list(&session, args.json),
        Some(HistoryCommand::Show { json, run, .. }) => show(&session, run, *json || args.json),
    };
    session.close(exit.unwrap_or_else(|exit| exit)).await
}

fn state(session: &Session) -> Result<OpenState, Exit> {
    session.state_to_read()?.ok_or_else(|| {
        session.fail(&[Diagnostic::error(
            "No state file was found!",
            "There is no state store in this directory, so there is no history. The first \"apply\" makes one.",
        )])
    })
}

fn runs(session: &Session, state: &OpenState) -> Result<Vec<RunRecord>, Exit> {
    state
        .store
        .runs()
        .map_err(|e| session.fail(&[store_problem(&e)]))
}

fn print_json(session: &Session, document: &Json) {
    session.shell.out(&format!("{document}\n"));
}

fn list(session: &Session, json: bool) -> Result<Exit, Exit> {
    let runs = runs(session, &state(session)?)?;
    match json {
        true => print_json(session, &runs_json(&runs)),
        false => session.shell.out(&render_runs(&runs)),
    }
    Ok(Exit::Ok)
}

fn show(session: &Session, text: &str, json: bool) -> Result<Exit, Exit> {
    let state = state(session)?;
    let runs = runs(session, &state)?;
    let record = history::find(&runs, text).map_err(|d| session.fail(&[d]))?;
    let run =
        history::details(&state.store, &session.settings, record).map_err(|d| session.fail(&d))?;
    let schemas = schemas(&session.settings);
    match json {
        true => print_json(
            session,
            &run_json(&run.record, &run.changes, &run.events, &schemas),
        ),
        false => session.shell.out(&render_run(
            &run.record,
            &run.changes,
            &run.events,
            &schemas,
            &session.shell.style,
        )),
    }
    Ok(Exit::Ok)
}

/// `state diff FROM TO`.
pub fn diff(session: &Session, (from, to): (&str, &str), json: bool) -> Result<Exit, Exit> {
    let state = state(session)?;
    let runs = runs(session, &state)?;
    let find = |text| history::find(&runs, text).map_err(|d| session.fail(&[d]));
    let (from, to) = (find(from)?, find(to)?);
    let found = history::difference(&state.store, &session.settings, from, to)
        .map_err(|d| session.fail(&d))?;
    let schemas = schemas(&session.settings);
    match json {
        true => print_json(
            session,
            &difference_json(&found.changes, &found.outputs, &schemas),
        ),
        false => session.shell.out(&render_difference(
            &found.changes,
            &found.outputs,
            &schemas,
            &session.shell.style,
        )),
    }
    Ok(Exit::Ok)
}
