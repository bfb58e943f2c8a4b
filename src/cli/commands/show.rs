//! `show`: the state, or a saved plan, for people or as JSON.

use std::path::PathBuf;
use std::time::Duration;

use trunkline_api::Diagnostic;

use super::report_files;
use super::version::COMPATIBLE;
use crate::cli::Exit;
use crate::cli::args::ShowArgs;
use crate::cli::session::Session;
use crate::cli::shell::open_failed;
use crate::config::Snapshot;
use crate::plan::relevant;
use crate::project::edit::is_pristine;
use crate::project::saved::SavedPlan;
use crate::project::{
    Locking, OpenState, Project, open_state, saved, store_problem, tfstate, view,
};
use crate::report::document::Format;
use crate::report::json::checks::checks_json;
use crate::report::json::configuration_json;
use crate::report::json::plan::{PlanContext, plan_json};
use crate::report::json::state::state_json;
use crate::report::state_text::render_state;

/// Runs the command.
pub async fn run(args: &ShowArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    if !args.json && args.format.is_none() {
        session.page();
    }
    let exit = match (report_format(&session, args), &args.path) {
        (Err(exit), _) => Err(exit),
        (Ok(format), Some(path)) => show_plan(&session, args, path, format),
        (Ok(_), None) => show_state(&session, args),
    };
    session.close(exit.unwrap_or_else(|exit| exit)).await
}

/// The format of a report, where one is asked for. Only a plan has one.
fn report_format(session: &Session, args: &ShowArgs) -> Result<Option<Format>, Exit> {
    let Some(name) = &args.format else {
        return Ok(None);
    };
    let fail = |detail| Err(session.fail(&[Diagnostic::error("Invalid report format", detail)]));
    match Format::named(name) {
        None => fail(format!(
            "There is no format {name:?}. There are: {}.",
            Format::names()
        )),
        Some(_) if args.json => {
            fail("The -json and -format options are mutually-exclusive.".to_owned())
        }
        Some(_) if args.path.is_none() => fail(
            "A report is about a saved plan: name its file too. Make one with \"plan -out=FILE\"."
                .to_owned(),
        ),
        format => Ok(format),
    }
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

fn show_plan(
    session: &Session,
    args: &ShowArgs,
    path: &str,
    format: Option<Format>,
) -> Result<Exit, Exit> {
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
        if format.is_some() {
            return Err(fail(
                "Invalid report format",
                format!("A report is about a saved plan, and {path} is a state."),
            ));
        }
        return show_snapshot(session, args, Some(&document.into_snapshot()));
    }
    let (project, saved, state) = saved_of(session, &bytes)?;
    if let Some(format) = format {
        let full = format!("shown by: {} show {path}", session.shell.style.command);
        let policies = report_files::policies(session, &args.policy)?;
        let plan = (&saved.plan, &state);
        let reported = report_files::reported(session, &project, plan, &full, policies)?;
        let text = reported.render(format).map_err(|d| session.fail(&d))?;
        session.shell.out(&text);
        if reported.document().denials() > 0 {
            return Ok(Exit::Denied);
        }
        return Ok(Exit::Ok);
    }
    let schemas = project.schemas();
    if args.json {
        let shown = state
            .store
            .snapshot()
            .map_err(|e| vec![store_problem(&e)])
            .and_then(|snapshot| view::read(Some(&snapshot), &session.settings))
            .map_err(|d| session.fail(&d))?;
        let shown = shown
            .before(&saved.plan, &session.settings)
            .map_err(|d| session.fail(&d))?;
        let prior = shown.view();
        let context = PlanContext {
            terraform_version: COMPATIBLE,
            prior_state: (!shown.is_empty()).then_some(&prior),
            relevant_attributes: relevant::attributes(&project.config, &saved.plan),
            configuration: Some(configuration_json(&project.config, &project.facts())),
            redact: session.redacts(args.redact),
        };
        session
            .shell
            .out(&format!("{}\n", plan_json(&saved.plan, &schemas, &context)));
    } else {
        super::plan::page(session, &project, &saved.plan);
    }
    Ok(Exit::Ok)
}

/// A saved plan with its configuration and the state that it was made from.
pub(super) fn saved_plan(
    session: &Session,
    path: &str,
) -> Result<(Project, SavedPlan, OpenState), Exit> {
    let bytes = std::fs::read(path).map_err(|e| {
        session.fail(&[Diagnostic::error(
            "Failed to read plan file",
            open_failed(path, &e),
        )])
    })?;
    saved_of(session, &bytes)
}

/// The same, of the bytes of a plan file.
fn saved_of(session: &Session, bytes: &[u8]) -> Result<(Project, SavedPlan, OpenState), Exit> {
    let style = &session.shell.style;
    let other = saved::other_workspace(bytes, &session.settings.workspace, &style.command);
    if let Some(problem) = other {
        return Err(session.fail(&[problem]));
    }
    // The plan brings its configuration: what the directory holds by now is not looked at.
    let locking = Locking {
        lock: false,
        timeout: Duration::ZERO,
    };
    let opened = open_state(&session.settings, "read", locking, false);
    let Some(state) = opened.map_err(|d| session.fail(&d))? else {
        return Err(session.fail(&[Diagnostic::error(
            "Failed to read plan file",
            "There is no state store here, and a plan can only be read with the state that it was made from.",
        )]));
    };
    let saved = saved::read(bytes, &state.store).map_err(|d| session.fail(&[d]))?;
    let project = session.load_from(&Snapshot {
        files: saved.files.clone(),
    })?;
    Ok((project, saved, state))
}
