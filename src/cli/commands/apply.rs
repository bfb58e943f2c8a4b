//! `apply` and `destroy`: plan, ask, run; or run a saved plan.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use trunkline_api::diagnostic::{has_errors, only_waits};
use trunkline_api::{Diagnostic, Diagnostics};

use super::plan::{prepare, problems, render};
use super::report_files;
use crate::apply::walk::Applied;
use crate::cli::Exit;
use crate::cli::args::{ApplyArgs, PlanningArgs};
use crate::cli::attest::{Desk, SANDBOX_ANSWERS};
use crate::cli::machine::variable;
use crate::cli::progress::{Progress, time_stamp};
use crate::cli::session::Session;
use crate::cli::shell::system_words;
use crate::config::Snapshot;
use crate::plan::{Plan, PlanMode};
use crate::project::reports::policy_text;
use crate::project::{OpenState, Project, Ready, Settings, answers, digest, saved, store_problem};
use crate::report::events::{apply_summary, not_begun, stopped_at_once};
use crate::report::json::{OutputNews, change_summary_line, outputs_line, planned_lines};
use crate::report::value_text::render_outputs;
use crate::report::wrap::wrap;

/// Runs the command. `destroying` for `destroy`.
pub async fn run(args: &ApplyArgs, destroying: bool, started_in: PathBuf) -> Exit {
    let mut session = match Session::open(&args.planning.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    session.compact_warnings = args.planning.compact_warnings;
    session.settings.allow_outside_window = args
        .allow_outside_window
        .then(|| args.reason.clone().unwrap_or_default());
    session.place_named(&args.planning.paths);
    if args.planning.json {
        session.begin_stream();
        if args.plan.is_none() && !args.auto_approve {
            let problem = Diagnostic::error(
                "Plan file or auto-approve required",
                format!(
                    "{} cannot ask for interactive approval when -json is set. You can either apply a saved plan file, or enable the -auto-approve option.",
                    session.shell.style.product
                ),
            );
            let exit = session.fail(&[problem]);
            return session.close(exit).await;
        }
    }
    session.warn_of_paths(&args.planning.paths);
    if let Err(exit) = digest_named(&session, args).and_then(|()| open_desk(&session, args)) {
        return session.close(exit).await;
    }
    let watch = watch_signals(&session.settings, Some(session.progress.clone()));
    let exit = match &args.plan {
        Some(path) if destroying => Err(match plan_file(&session, path) {
            Err(exit) => exit,
            Ok(_) => session.fail(&[Diagnostic::error(
            "Destroy can't be called with a plan file",
            format!(
                "If this plan was created using plan -destroy, apply it using:\n  {} apply {path:?}",
                session.shell.style.command
            ),
        )]),
        }),
        Some(path) => saved_plan(&session, args, path).await,
        None => match wrong_mode(args, destroying, &session.shell.style.command) {
            Some(problem) => {
                let exit = session.fail(&[problem]);
                session.advise_help("destroy");
                Err(exit)
            }
            None => planned(&session, args, destroying).await,
        },
    };
    watch.abort();
    session.close(exit.unwrap_or_else(|exit| exit)).await
}

/// Prepares the answers to manual steps: from a file that was given, from that of the rehearsal, from the terminal.
fn open_desk(session: &Session, args: &ApplyArgs) -> Result<(), Exit> {
    let rehearsal = session.rehearsal.is_some();
    let given = args
        .answers
        .clone()
        .or_else(|| variable("TRUNKLINE_ANSWERS"));
    let sandboxed = Some(SANDBOX_ANSWERS.to_owned())
        .filter(|file| rehearsal && std::path::Path::new(file).exists());
    let (answers, found) = match given.or(sandboxed) {
        None => Default::default(),
        Some(text) if text.trim_start().starts_with('{') => {
            answers::json("TRUNKLINE_ANSWERS", text.as_bytes())
        }
        Some(path) => match std::fs::read(&path) {
            Ok(bytes) => answers::read(&path, &bytes, &session.sources),
            Err(error) => {
                let why = format!("The file {path} cannot be read: {}.", system_words(&error));
                let problem = Diagnostic::error("Invalid answers to manual steps", why);
                (Default::default(), vec![problem])
            }
        },
    };
    if has_errors(&found) {
        return Err(session.fail(&found));
    }
    session.desks.open(Desk {
        answers,
        asks: std::io::stdin().is_terminal()
            && session.asks(&args.planning.variables)
            && !session.json,
        rehearsal,
        who: session.settings.who.clone(),
        now: session.settings.now.clone(),
        stop: session.settings.stop.clone(),
        shell: session.shell.clone(),
        progress: session.progress.clone(),
    });
    Ok(())
}

/// The options of planning that `destroy` does not take.
fn wrong_mode(args: &ApplyArgs, destroying: bool, command: &str) -> Option<Diagnostic> {
    let detail = match (
        destroying,
        args.planning.destroy,
        args.planning.refresh_only,
    ) {
        (true, true, _) => format!(
            "The -destroy option is not valid for \"{command} destroy\", because this command always runs in destroy mode."
        ),
        (true, _, true) => {
            format!("The -refresh-only option is not valid for \"{command} destroy\".")
        }
        _ => return None,
    };
    Some(Diagnostic::error("Invalid mode option", detail))
}

/// The bytes of a saved plan; a file that is something else is told.
fn plan_file(session: &Session, path: &str) -> Result<Vec<u8>, Exit> {
    let bytes = std::fs::read(path);
    let why = match &bytes {
        Ok(bytes) if saved::is_saved_plan(bytes) => return Ok(bytes.clone()),
        Ok(_) => Diagnostic::error(
            "The file is not a plan",
            "It is not a plan that Trunkline has saved. Make one with \"plan -out=FILE\".",
        ),
        Err(error) => Diagnostic::error(format!("stat {path}: {}", system_words(error)), ""),
    };
    let what = Diagnostic::error(format!("Failed to load {path:?} as a plan file"), "");
    Err(session.fail(&[what, why]))
}

/// So long whoever stops at once waits for the disk.
const LAST_WRITE: Duration = Duration::from_secs(2);

/// The first Ctrl-C (or SIGTERM) lets running calls end; the second stops at once, saves what was done, and tells what was
/// running. The lock ends with the process; whose it was, the next command tells.
pub(super) fn watch_signals(
    settings: &Settings,
    progress: Option<Arc<Progress>>,
) -> tokio::task::JoinHandle<()> {
    let (stop, unsaved) = (settings.stop.clone(), settings.unsaved.clone());
    // Heard from here on: one that comes while the last is answered is not missed.
    let mut signals = Signals::new();
    tokio::spawn(async move {
        loop {
            signals.next().await;
            let shell = crate::cli::shell::Shell::detect(false);
            if stop.swap(true, Ordering::Relaxed) {
                for ticket in unsaved.save() {
                    // What cannot be written is found anew by the next command.
                    drop(tokio::time::timeout(LAST_WRITE, ticket).await);
                }
                let running = progress.as_ref().map(|p| p.changing()).unwrap_or_default();
                shell.error_text(&stopped_at_once(&running));
                std::process::exit(Exit::Error as i32);
            }
            shell.error_text("\nInterrupt received. Calls that are running are waited for, and everything is saved.\nInterrupt again to stop at once.\n\n");
        }
    })
}

/// Ctrl-C and SIGTERM.
#[cfg(unix)]
pub(super) struct Signals([Option<tokio::signal::unix::Signal>; 2]);

#[cfg(unix)]
impl Signals {
    /// Signals from now on.
    pub(super) fn new() -> Signals {
        use tokio::signal::unix::{SignalKind, signal};
        Signals([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    /// Resolves with the next one.
    pub(super) async fn next(&mut self) {
        async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        let [interrupt, terminate] = &mut self.0;
        tokio::select! {
            () = one(interrupt) => {}
            () = one(terminate) => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Signals from now on.
    pub(super) fn new() -> Signals {
        Signals
    }

    /// Resolves with the next one.
    pub(super) async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}

async fn planned(session: &Session, args: &ApplyArgs, destroying: bool) -> Result<Exit, Exit> {
    let destroy = destroying || args.planning.destroy;
    let project = match destroy {
        true => session.load()?,
        false => session.load_some(
            "Apply requires configuration to be present. Applying without a configuration would mark everything for destruction, which is normally not what is desired. If you would like to destroy everything, run destroy instead.",
        )?,
    };
    let operation = if destroy { "destroy" } else { "apply" };
    let (state, ready) = prepare(session, &project, &args.planning, destroy, operation).await?;
    let mut found = problems(&project, &ready);
    if has_errors(&found) {
        // How far planning came.
        if ready.plan.has_resource_changes() {
            render(session, &project, &ready);
        }
        session.show(&found);
        return Ok(Exit::Error);
    }
    let asking = ready.plan.has_changes() && !args.auto_approve;
    render(session, &project, &ready);
    if asking {
        session.show(&found);
        found.clear();
    }
    if session.settings.stop.load(Ordering::Relaxed) {
        return Ok(Exit::Error);
    }
    expect(session, args, &ready.plan, &state)?;
    judge(session, args, &project, (&ready.plan, &state))?;
    if asking {
        approve(session, &ready, session.asks(&args.planning.variables))?;
    }
    // Without a question in between, warnings are told once, at the end; those of checks, and of what waits, are
    // found anew.
    found.retain(|d| !d.of_check && !d.waits);
    let command = if destroying { "destroy" } else { "apply" };
    Ok(run_plan(
        session,
        &project,
        &state,
        ready,
        &args.planning,
        (command, found),
    )
    .await)
}

async fn saved_plan(session: &Session, args: &ApplyArgs, path: &str) -> Result<Exit, Exit> {
    let fail = |d: Diagnostic| session.fail(&[d]);
    let bytes = plan_file(session, path)?;
    let planning = &args.planning;
    let ignored = [
        ("-destroy", planning.destroy),
        ("-refresh-only", planning.refresh_only),
        ("-refresh=false", !planning.refresh),
        ("-replace", !planning.replace.is_empty()),
        ("-target", !planning.target.is_empty()),
        ("-exclude", !planning.exclude.is_empty()),
    ];
    let ignored = ignored.iter().filter(|(_, given)| *given);
    let ignored: Vec<&str> = ignored.map(|(name, _)| *name).collect();
    if !ignored.is_empty() {
        session.show(&[Diagnostic::warning(
            "Planning options have no effect on a saved plan",
            format!(
                "The plan is applied as it was made; what was given as well is not looked at: {}.",
                ignored.join(", ")
            ),
        )]);
    }
    let style = &session.shell.style;
    let other = saved::other_workspace(&bytes, &session.settings.workspace, &style.command);
    if let Some(problem) = other {
        return Err(fail(problem));
    }
    let locking = session.locking(&args.planning.locking);
    let opened = crate::project::open_state(&session.settings, "apply", locking, false);
    let Some(state) = opened.map_err(|d| session.fail(&d))? else {
        return Err(fail(Diagnostic::error(
            "Saved plan does not match the given state",
            "There is no state store here, and a plan can only be applied to the state that it was made from.",
        )));
    };
    let mut saved = saved::read(&bytes, &state.store).map_err(fail)?;
    let snapshot = state
        .store
        .snapshot()
        .map_err(|e| fail(store_problem(&e)))?;
    if saved.plan.errored {
        return Err(fail(Diagnostic::error(
            "Cannot apply incomplete plan",
            format!(
                "{} encountered an error when generating this plan, so it cannot be applied.",
                style.product
            ),
        )));
    }
    saved::refresh(&mut saved, &snapshot).map_err(fail)?;
    expect(session, args, &saved.plan, &state)?;
    let project = session.load_from(&Snapshot {
        files: saved.files.clone(),
    })?;
    let project = project.with_files(saved.files);
    judge(session, args, &project, (&saved.plan, &state))?;
    let mut plan = saved.plan;
    session.give_again(&project, &planning.variables, &mut plan.ephemeral)?;
    let ready = project
        .ready_from(plan, snapshot)
        .map_err(|d| session.fail(&d))?;
    if session.json {
        let now = time_stamp();
        for line in planned_lines(&ready.plan, &now) {
            session.shell.out(&format!("{line}\n"));
        }
    }
    Ok(run_plan(
        session,
        &project,
        &state,
        ready,
        &args.planning,
        ("apply", Vec::new()),
    )
    .await)
}

/// Refuses an `-expect` that can be no digest, before anything is planned: in a pipeline it is mostly a variable that
/// was not set.
fn digest_named(session: &Session, args: &ApplyArgs) -> Result<(), Exit> {
    let Some(wanted) = args.expect.as_deref().map(str::trim) else {
        return Ok(());
    };
    if wanted.len() == digest::LENGTH && wanted.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    let given = match wanted {
        "" => "nothing was given: perhaps a variable of the pipeline is not set".to_owned(),
        wanted => format!("{wanted:?} is none"),
    };
    Err(session.fail(&[Diagnostic::error(
        "Invalid -expect option",
        format!(
            "The option -expect takes the digest of a plan, {} hexadecimal digits as the plan's reports show them, and {given}. Nothing was planned.",
            digest::LENGTH
        ),
    )]))
}

/// Refuses a plan that is not the one that was reviewed.
fn expect(session: &Session, args: &ApplyArgs, plan: &Plan, state: &OpenState) -> Result<(), Exit> {
    let Some(wanted) = &args.expect else {
        return Ok(());
    };
    let found = digest::digest(plan, &state.store);
    if found.eq_ignore_ascii_case(wanted.trim()) {
        return Ok(());
    }
    Err(session.fail(&[Diagnostic::error(
        "The plan is not the expected one",
        format!(
            "The digest of this plan is {found}, and -expect asks for {}. What was reviewed is not what would be done now: the configuration, its variables or the state has changed since. Nothing was done. Make a plan again, look at its report, and apply it with the digest that is shown there.",
            wanted.trim()
        ),
    )]))
}

/// Asks the policies that the command line names.
fn judge(
    session: &Session,
    args: &ApplyArgs,
    project: &Project,
    plan: (&Plan, &OpenState),
) -> Result<(), Exit> {
    let Some(policies) = report_files::policies(session, &args.policy)? else {
        return Ok(());
    };
    let reported = report_files::reported(session, project, plan, "", Some(policies))?;
    if !session.json {
        session.shell.out(&policy_text(reported.document()));
    }
    report_files::allowed(session, reported.document())
}

fn approve(session: &Session, ready: &Ready<'_>, may_ask: bool) -> Result<(), Exit> {
    let product = &session.shell.style.product;
    let question = match ready.plan.mode {
        PlanMode::Destroy => format!(
            "\nDo you really want to destroy all resources?\n  {product} will destroy all your managed infrastructure, as shown above.\n  There is no undo. Only 'yes' will be accepted to confirm.\n\n  Enter a value: "
        ),
        PlanMode::RefreshOnly => format!(
            "\nWould you like to update the {product} state to reflect these detected changes?\n  {product} will write these changes to the state without modifying any real infrastructure.\n  There is no undo. Only 'yes' will be accepted to confirm.\n\n  Enter a value: "
        ),
        PlanMode::Normal => format!(
            "\nDo you want to perform these actions?\n  {product} will perform the actions described above.\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: "
        ),
    };
    let answer = match may_ask {
        true => session.shell.ask(&question),
        false => {
            session.shell.out(&question);
            None
        }
    };
    if session.settings.stop.load(Ordering::Relaxed) {
        session.shell.out("\n");
        let why = "Nothing was done. Apply again to be asked again.";
        return Err(session.fail(&[Diagnostic::error(
            "error asking for approval: interrupted",
            why,
        )]));
    }
    match answer.as_deref() {
        Some("yes") => {
            session.shell.out("\n");
            Ok(())
        }
        Some(_) => {
            let what = if ready.plan.mode == PlanMode::Destroy {
                "Destroy"
            } else {
                "Apply"
            };
            session.shell.out(&format!("\n{what} cancelled.\n"));
            Err(Exit::Error)
        }
        None => {
            session.shell.out("\n");
            Err(session.fail(&[Diagnostic::error(
            "error asking for approval: EOF",
            "There was nobody to ask. Use -auto-approve to apply without asking, or save a plan with plan -out and apply that.",
        )]))
        }
    }
}

/// Runs a plan and tells how it ended.
pub(super) async fn run_plan<'p>(
    session: &Session,
    project: &'p Project,
    state: &OpenState,
    mut ready: Ready<'p>,
    args: &PlanningArgs,
    (command, found): (&str, Diagnostics),
) -> Exit {
    let partial = !ready.plan.targets.is_empty() || !ready.plan.excludes.is_empty();
    let locking = session.locking(&args.locking);
    let elsewhere = match session.written_elsewhere(state, command, locking) {
        Ok(elsewhere) => elsewhere,
        Err(exit) => return exit,
    };
    let state = elsewhere.as_ref().unwrap_or(state);
    let ticking = session.progress.clone();
    let ticker = tokio::spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            ticking.tick();
        }
    });
    let parallelism = usize::try_from(args.parallelism).unwrap_or(1).max(1);
    let applying = project.apply(state, &mut ready, command, parallelism);
    let mut applied = session.shell.in_pages(applying).await;
    ticker.abort();
    session.progress.quiet();
    applied.diagnostics.splice(0..0, found);
    if partial {
        let command = &session.shell.style.command;
        applied.diagnostics.push(Diagnostic::warning(
            "Applied changes may be incomplete",
            format!("The plan was limited by -target or -exclude, so changes that the configuration asks for may be left, and outputs may be out of date. To see what is left, run:
    {command} plan"),
        ));
    }
    let exit = finish(session, &applied, command);
    // As at the end of `plan`: the process ends, and the system takes back its memory as a whole.
    std::mem::forget((applied, ready.plan, ready.graph, ready.depended));
    exit
}

fn finish(session: &Session, applied: &Applied, command: &str) -> Exit {
    // `apply` of a plan that destroys is an application like any other.
    let destroying = command == "destroy";
    let run = if destroying { "Destroy" } else { "Apply" };
    let stopped = session.settings.stop.load(Ordering::Relaxed);
    if session.json {
        session.show(&applied.diagnostics);
        return finish_stream(session, applied, command, stopped);
    }
    let (waiting, found): (Diagnostics, Diagnostics) =
        applied.diagnostics.iter().cloned().partition(|d| d.waits);
    session.show(&found);
    show_waiting(session, &waiting);
    if only_waits(&applied.diagnostics) && !stopped {
        let counts = applied.counts;
        session.shell.out(&format!(
            "\n{run} is not at its end: {} added, {} changed, {} destroyed, {} waiting. All of it is saved; {} again to go on.\n",
            counts.add, counts.change, counts.destroy, waiting.len(), run.to_lowercase(),
        ));
        return Exit::Waits;
    }
    if has_errors(&applied.diagnostics) || stopped {
        let counts = applied.counts;
        if stopped {
            session.shell.out(&not_begun(&applied.left));
        }
        session.shell.out(&format!(
            "\n{run} incomplete: {} added, {} changed, {} destroyed{}. All of it is saved; {} again to go on.\n",
            counts.add,
            counts.change,
            counts.destroy,
            if stopped { "; the rest was not begun" } else { "" },
            run.to_lowercase(),
        ));
        return Exit::Error;
    }
    if command != "refresh" {
        session.shell.out(&format!(
            "\n{}\n",
            apply_summary(&applied.counts, destroying)
        ));
    }
    let outputs: BTreeMap<&str, _> = applied.outputs.iter().map(|(n, o)| (&**n, o)).collect();
    if !destroying && !outputs.is_empty() {
        let text = render_outputs(
            outputs
                .iter()
                .map(|(name, (value, sensitive))| (*name, *sensitive, value)),
        );
        session.shell.out(&format!("\nOutputs:\n\n{text}"));
    }
    Exit::Ok
}

/// Tells what waits for something outside of the run; what waits for the same is told together.
fn show_waiting(session: &Session, waiting: &[Diagnostic]) {
    let style = &session.shell.style;
    for alike in waiting.chunk_by(|a, b| a.detail == b.detail) {
        let mut text = String::from("\n");
        for d in alike {
            let address = d.address.as_deref().unwrap_or_default();
            text += &style.bold(&format!("{address} waits"));
            text.push('\n');
        }
        let detail = alike.first().map_or("", |d| &d.detail);
        let detail = wrap(detail, style.width);
        session.shell.out(&format!("{text}\n{detail}\n"));
    }
}

/// The last messages of a stream: the counts, and the outputs where they remain.
fn finish_stream(session: &Session, applied: &Applied, command: &str, stopped: bool) -> Exit {
    if only_waits(&applied.diagnostics) && !stopped {
        session.message(|now| change_summary_line(&applied.counts, command, now));
        return Exit::Waits;
    }
    if has_errors(&applied.diagnostics) || stopped {
        return Exit::Error;
    }
    if command != "refresh" {
        session.message(|now| change_summary_line(&applied.counts, command, now));
    }
    if command != "destroy" {
        let outputs: BTreeMap<&str, _> = applied.outputs.iter().map(|(n, o)| (&**n, o)).collect();
        let outputs = outputs
            .iter()
            .map(|(name, (value, sensitive))| (*name, *sensitive, OutputNews::Value(value)));
        session.message(|now| outputs_line(outputs, now));
    }
    Exit::Ok
}
