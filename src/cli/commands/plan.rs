//! `plan`: shows what apply would do, and saves it where asked.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::apply::watch_signals;
use super::plan_options::{options, partial};
use crate::cli::Exit;
use crate::cli::args::{PlanArgs, PlanningArgs};
use crate::cli::machine::variable;
use crate::cli::session::Session;
use crate::cli::shell::stands_in;
use crate::plan::Plan;
use crate::plan::walk::Options;
use crate::project::reports::policy_text;
use crate::project::saved::{SavedPlan, write};
use crate::project::{OpenState, Project, Ready};
use crate::report::document::{brief, compact};
use crate::report::json::plan_lines;
use crate::report::wrap::wrap;
use crate::report::write_plan;

use super::to_run::Back;
use super::{generate, report_files};

/// Runs the command.
pub async fn run(args: &PlanArgs, started_in: PathBuf) -> Exit {
    let mut session = match Session::open(&args.planning.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    session.compact_warnings = args.planning.compact_warnings;
    session.place_named(&args.planning.paths);
    if args.planning.json {
        session.begin_stream();
    }
    session.warn_of_paths(&args.planning.paths);
    let watch = watch_signals(&session.settings, Some(session.progress.clone()));
    let reported = Cell::new(false);
    let exit = plan(&session, args, &reported).await;
    let exit = exit.unwrap_or_else(|exit| {
        if !reported.get() {
            report_files::write_failure(&session, &args.report);
        }
        exit
    });
    watch.abort();
    session.close(exit).await
}

/// Plans and shows it. `written` is set once reports of the plan are being written.
async fn plan(session: &Session, args: &PlanArgs, written: &Cell<bool>) -> Result<Exit, Exit> {
    let back = match &args.to_run {
        Some(run) => Some(Back::find(session, args, run)?),
        None => None,
    };
    let destroy = args.planning.destroy || back.as_ref().is_some_and(|b| b.inputs.destroyed);
    let project = match (&back, destroy) {
        (Some(back), _) => back.project(session)?,
        (None, true) => session.load()?,
        (None, false) => session.load_some(
            "Plan requires configuration to be present. Planning without a configuration would mark everything for destruction, which is normally not what is desired. If you would like to destroy everything, run plan with the -destroy option. Otherwise, create a configuration file (.tf file) and try again.",
        )?,
    };
    let options = options(session, &args.planning, destroy, "plan")?;
    let generating = args
        .generate_config_out
        .as_deref()
        .filter(|p| !p.is_empty());
    if let Some(path) = generating {
        generate::check(session, path, options.mode)?;
    }
    let options = Options {
        generate: generating.is_some(),
        ..options
    };
    let files = report_files::named(session, &args.report)?;
    let policies = report_files::policies(session, &args.policy)?;
    let variables = match &back {
        Some(back) => Some(back.variables(session, &project, args)?),
        None => None,
    };
    let (state, ready) = prepared(
        session,
        &project,
        &args.planning,
        options,
        "plan",
        variables,
    )
    .await?;
    if let Some(back) = &back {
        back.check(session, &project, &state, &ready)?;
    }
    let generated = match generating {
        Some(path) => generate::write(session, &ready.plan, path)?.then_some(path),
        None => None,
    };
    session.page();
    let wanted = args.compact || !files.is_empty() || policies.is_some();
    let mut reported = match wanted {
        true => Some(report_files::reported(
            session,
            &project,
            (&ready.plan, &state),
            &report_files::full(&files),
            policies,
        )?),
        false => None,
    };
    if let Some(reported) = reported.as_mut().filter(|_| ready.plan.errored) {
        reported.ended_with(&problems(&project, &ready));
    }
    let well = match &reported {
        Some(reported) if args.compact && !session.json => {
            let text = compact::render(reported.document(), &session.shell.style);
            session.shell.out(&text);
            session.show(&problems(&project, &ready))
        }
        _ => show_plan(session, &project, &ready),
    };
    if let Some(reported) = &reported {
        if !args.compact && !session.json {
            session.shell.out(&policy_text(reported.document()));
        }
        written.set(true);
        report_files::write(session, reported, &files)?;
        if well {
            // A plan that is forbidden is not saved, so that nobody applies it.
            report_files::allowed(session, reported.document())?;
        }
    }
    if !well {
        // What there is of the plan can be looked at, unless a person has ended it; apply refuses it.
        let ended = session.settings.stop.load(Ordering::Relaxed);
        if let Some(path) = args.out.as_ref().filter(|_| ready.plan.errored && !ended) {
            save(session, &project, &state, &ready, path, BTreeMap::new())?;
        }
        return Ok(Exit::Error);
    }
    // What runs this by itself needs no advice what to run next.
    let advised = variable("TF_IN_AUTOMATION").is_none();
    let style = &session.shell.style;
    let mut advice = format!("\n{}\n", "─".repeat(style.width.min(77)));
    if let Some(path) = generated {
        let text = format!(
            "{} has generated configuration and written it to {path}. Please review the configuration and edit it as necessary before adding it to version control.",
            style.product
        );
        advice.push_str(&format!("\n{}\n", wrap(&text, style.width)));
    }
    if let Some(path) = &args.out {
        let more = generated.map_or_else(BTreeMap::new, |path| {
            generate::kept(session, &ready.plan, path)
        });
        save(session, &project, &state, &ready, path, more)?;
        let text = !session.json && advised;
        if text && ready.plan.has_changes() {
            session.shell.out(&format!(
                "{advice}\nSaved the plan to: {path}\n\nTo perform exactly these actions, run the following command to apply:\n    {} apply {}{path:?}\n",
                style.command,
                if session.rehearsal.is_some() { "-sandbox " } else { "" },
            ));
        }
    } else if ready.plan.has_changes() && !session.json && advised {
        session.shell.out(&format!(
            "{advice}\nNote: You didn't use the -out option to save this plan, so {} can't\nguarantee to take exactly these actions if you run \"{} apply\" now.\n",
            style.product,
            style.command,
        ));
    }
    let changes = ready.plan.has_changes();
    // The process ends, and the system takes back its memory as a whole. To take 100,000 objects apart before that would
    // be a twentieth of the command. What has more than memory, such as connections, is dropped as usual.
    std::mem::forget((ready.plan, ready.values, ready.graph, ready.depended));
    Ok(if args.detailed_exitcode && changes {
        Exit::Changes
    } else {
        Exit::Ok
    })
}

/// Loads variables, opens the state and plans.
pub async fn prepare<'p>(
    session: &Session,
    project: &'p Project,
    args: &PlanningArgs,
    destroy: bool,
    operation: &str,
) -> Result<(OpenState, Ready<'p>), Exit> {
    let options = options(session, args, destroy, operation)?;
    prepared(session, project, args, options, operation, None).await
}

async fn prepared<'p>(
    session: &Session,
    project: &'p Project,
    args: &PlanningArgs,
    options: Options,
    operation: &str,
    variables: Option<BTreeMap<Arc<str>, Value>>,
) -> Result<(OpenState, Ready<'p>), Exit> {
    session.check_backend(Some(&project.config.root))?;
    let partial = partial(&options);
    let (variables, mut early) = match variables {
        Some(variables) => (variables, Vec::new()),
        None => session.variables(project, &args.variables, true)?,
    };
    early.extend(partial);
    let mut locking = session.locking(&args.locking);
    locking.lock &= operation != "plan" || !project.own.unlocked_reads;
    let mut checked = None;
    if !session.settings.store.exists() {
        // No store and no key are made for a configuration that is not valid.
        let found = project.check();
        let problems = [project.warnings.clone(), found.diagnostics.clone()].concat();
        if has_errors(&problems) {
            return Err(session.fail(&problems));
        }
        checked = Some(found);
    }
    let state = session.state(project, operation, locking)?;
    let planning = project.plan_checked(&state, variables, options, checked);
    let planned = session.shell.in_pages(planning).await;
    let mut ready = planned.map_err(|d| session.fail(&d))?;
    session.progress.quiet();
    ready.diagnostics.splice(0..0, early);
    Ok((state, ready))
}

/// Shows a plan and the problems found while planning. False when there are errors.
pub fn show_plan(session: &Session, project: &Project, ready: &Ready<'_>) -> bool {
    render(session, project, ready);
    session.show(&problems(project, ready))
}

/// What was found while loading and planning.
pub fn problems(project: &Project, ready: &Ready<'_>) -> Diagnostics {
    [project.warnings.clone(), ready.diagnostics.clone()].concat()
}

/// Shows a plan, without what was found.
pub fn render(session: &Session, project: &Project, ready: &Ready<'_>) {
    if session.json {
        session.message(|now| plan_lines(&ready.plan, now).join("\n"));
        return;
    }
    page(session, project, &ready.plan);
}

/// Shows a plan for people. Those who call this program by Terraform's name get what Terraform shows and no more.
pub(super) fn page(session: &Session, project: &Project, plan: &Plan) {
    let (style, schemas) = (&session.shell.style, project.schemas());
    let mut show = |piece: &str| session.shell.out(piece);
    match stands_in() {
        true => write_plan(plan, &schemas, style, &mut show),
        false => brief::write_page(plan, &schemas, style, &mut show),
    }
}

fn save(
    session: &Session,
    project: &Project,
    state: &OpenState,
    ready: &Ready<'_>,
    path: &str,
    more: BTreeMap<String, Arc<[u8]>>,
) -> Result<(), Exit> {
    let snapshot = session.snapshot(state)?;
    let files = project.files().into_iter().chain(more).collect();
    let saved = SavedPlan::new(ready, files, &snapshot);
    let workspace = &session.settings.workspace;
    let bytes = write(&saved, &state.store, workspace).map_err(|d| session.fail(&[d]))?;
    write_private(path, &bytes).map_err(|e| {
        session.fail(&[Diagnostic::error(
            "Failed to write plan file",
            format!("The plan file {path} could not be written: {e}."),
        )])
    })
}

/// Writes a file as a whole: a reader sees the old one or the new one.
pub(super) fn write_private(path: &str, bytes: &[u8]) -> std::io::Result<()> {
    let partial = format!("{path}.partial");
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        // A part of it is of no use to anybody.
        drop(std::fs::remove_file(&partial));
    }
    written
}
