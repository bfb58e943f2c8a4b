//! `state`: list, show, pull; what is under it elsewhere; and discard for an operation that nobody can settle.

use std::path::{Path, PathBuf};
use std::time::Duration;

use trunkline_api::Diagnostic;
use trunkline_state::{Ending, Row, RunStart, Snapshot};

use super::{history, state_care, state_edit, state_key, state_push};
use crate::address::{Address, Target};
use crate::cli::Exit;
use crate::cli::address_argument;
use crate::cli::args::{
    StateArgs, StateCommand, StateFileArgs, StateMvArgs, StatePushArgs, StateReplaceProviderArgs,
    StateRmArgs,
};
use crate::cli::session::Session;
use crate::cli::shell::open_failed;
use crate::project::backend::store_beside;
use crate::project::edit::is_pristine;
use crate::project::surgery::{is_within, listed};
use crate::project::tfstate::{Document, problems_text};
use crate::project::{
    Locking, OpenState, Settings, open_state, store_problem, takeover, tfstate, view,
};
use crate::report::state_text::render_instance;
use crate::report::text_table;

/// Runs the command.
pub async fn run(args: &StateArgs, started_in: PathBuf) -> Exit {
    let (StateCommand::List { common, .. }
    | StateCommand::Show { common, .. }
    | StateCommand::Pull { common, .. }
    | StateCommand::Mv(StateMvArgs {
        files: StateFileArgs { common, .. },
        ..
    })
    | StateCommand::Rm(StateRmArgs {
        files: StateFileArgs { common, .. },
        ..
    })
    | StateCommand::ReplaceProvider(StateReplaceProviderArgs {
        files: StateFileArgs { common, .. },
        ..
    })
    | StateCommand::Key { common, .. }
    | StateCommand::Diff { common, .. }
    | StateCommand::Check { common }
    | StateCommand::Backup { common, .. }
    | StateCommand::Restore { common, .. }
    | StateCommand::Push(StatePushArgs { common, .. })
    | StateCommand::Discard { common, .. }) = &args.command;
    // The state alone is looked at: no simulator is needed.
    let mut session = Session::offline(common, started_in);
    session.whole_names = !matches!(
        args.command,
        StateCommand::List { .. } | StateCommand::Show { .. }
    );
    if matches!(
        args.command,
        StateCommand::List { .. }
            | StateCommand::Show { .. }
            | StateCommand::Diff { json: false, .. }
    ) {
        session.page();
    }
    let exit = match &args.command {
        StateCommand::List {
            addresses,
            state,
            id,
            long,
            ..
        } => list(
            &session,
            state.as_deref(),
            (id.as_deref(), *long),
            addresses,
        ),
        StateCommand::Show { address, state, .. } => show(&session, state.as_deref(), address),
        StateCommand::Mv(args) => state_edit::mv(&session, args),
        StateCommand::Rm(args) => state_edit::rm(&session, args),
        StateCommand::ReplaceProvider(args) => state_edit::replace_provider(&session, args),
        StateCommand::Pull { redact, .. } => pull(&session, session.redacts(*redact)),
        StateCommand::Push(args) => state_push::run(&session, args),
        StateCommand::Key { command, .. } => state_key::run(&session, command),
        StateCommand::Diff { json, from, to, .. } => history::diff(&session, (from, to), *json),
        StateCommand::Check { .. } => state_care::check(&session),
        StateCommand::Backup { file, .. } => state_care::backup(&session, file),
        StateCommand::Restore { file, .. } => state_care::restore(&session, file),
        StateCommand::Discard { address, .. } => discard(&session, address),
    };
    session.close(exit.unwrap_or_else(|exit| exit)).await
}

/// Tells that there is no state to work on.
pub fn no_state(session: &Session) -> Exit {
    let product = &session.shell.style.product;
    session.plain_error(&format!("No state file was found!\n\nState management commands require a state file. Run this command\nin a directory where {product} has been run or use the -state flag\nto point the command to a specific state location."))
}

/// Reads a state file that the command line names.
pub fn read_file(session: &Session, path: &str) -> Result<Document, Exit> {
    match std::fs::read(path) {
        Ok(bytes) => tfstate::read(&bytes).map_err(|problems| {
            session.plain_error(&format!(
                "Error loading the state: {}",
                problems_text(&problems)
            ))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(no_state(session)),
        Err(error) => Err(session.plain_error(&open_failed(path, &error))),
    }
}

/// A state that the command line names by its file, as a reader takes it; `None` where there is none. Where the file
/// is not there, or is the marker of a state that was taken over, the store beside it has the state.
pub fn file_to_read(session: &Session, path: &str) -> Result<Option<Snapshot>, Exit> {
    let file = Path::new(path);
    if takeover::holds_state(file) {
        return Ok(Some(read_file(session, path)?.into_snapshot()));
    }
    let settings = Settings {
        store: store_beside(file),
        file: None,
        legacy: None,
        ..session.settings.clone()
    };
    let locking = Locking {
        lock: false,
        timeout: Duration::ZERO,
    };
    let opened = open_state(&settings, "read", locking, false).map_err(|d| session.fail(&d))?;
    let Some(state) = opened else {
        return Ok(None);
    };
    session.snapshot(&state).map(Some)
}

/// The state of the directory. What is wrong with a state file is told in plain words, as of a file that the command
/// line names.
fn loaded(session: &Session) -> Result<Option<OpenState>, Exit> {
    if session.settings.file.is_none() {
        return session.state_to_read();
    }
    session.check_backend(None)?;
    let locking = Locking {
        lock: false,
        timeout: Duration::ZERO,
    };
    open_state(&session.settings, "read", locking, false).map_err(|problems| {
        session.plain_error(&format!(
            "Failed to load state: {}",
            problems_text(&problems)
        ))
    })
}

/// What the state holds: that of the directory, or a file.
fn snapshot(session: &Session, file: Option<&str>) -> Result<Snapshot, Exit> {
    if let Some(path) = file {
        return file_to_read(session, path)?.ok_or_else(|| no_state(session));
    }
    let snapshot = match loaded(session)? {
        None => return Err(no_state(session)),
        Some(state) => session.snapshot(&state)?,
    };
    match is_pristine(&snapshot) {
        true => Err(no_state(session)),
        false => Ok(snapshot),
    }
}

fn list(
    session: &Session,
    file: Option<&str>,
    (id, long): (Option<&str>, bool),
    addresses: &[String],
) -> Result<Exit, Exit> {
    let snapshot = snapshot(session, file)?;
    let document = Document::of(&snapshot);
    let all = listed(&document);
    let mut shown: Vec<&(Address, &Row)> = Vec::new();
    let mut problems = Vec::new();
    for text in addresses {
        let target = match address_argument::parse(text) {
            Ok(target) => target,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let before = shown.len();
        shown.extend(all.iter().filter(|(a, _)| is_within(a, &target)));
        if shown.len() == before {
            let known: Vec<String> = all.iter().map(|(a, _)| a.to_string()).collect();
            let near = address_argument::meant(text, known.iter().map(String::as_str));
            let mut problem = unknown(&target, &session.shell.style.command);
            if let Some(near) = near {
                problem.detail.push_str(&format!("\n\n{near}"));
            }
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return Err(session.fail(&problems));
    }
    if addresses.is_empty() {
        shown.extend(&all);
    }
    // An object that waits to be destroyed is no instance of its own.
    shown.retain(|(_, row)| row.key.deposed.is_none() && id.is_none_or(|id| has_id(row, id)));
    let text = match long {
        true => table(&shown),
        false => shown
            .iter()
            .map(|(address, _)| format!("{address}\n"))
            .collect(),
    };
    session.shell.out(&text);
    Ok(Exit::Ok)
}

fn unknown(target: &Target, command: &str) -> Diagnostic {
    match target {
        Target::Module(module) => Diagnostic::error(
            "Unknown module",
            format!(
                "The current state contains no module at {module}. If you've just added this module to the configuration, you must run \"{command} apply\" first to create the module's entry in the state."
            ),
        ),
        Target::Instance(address) => Diagnostic::error(
            "Unknown resource",
            format!(
                "The current state contains no resource {address}. If you've just added this resource to the configuration, you must run \"{command} apply\" first to create the resource's entry in the state."
            ),
        ),
    }
}

/// Whether an object's `id` is this one.
/// The objects as a table.
fn table(shown: &[&(Address, &Row)]) -> String {
    let heading = ["ADDRESS", "ID", "PROVIDER", "STATUS", "DEPENDS ON"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for (address, row) in shown {
        rows.push(vec![
            address.to_string(),
            id_of(row).unwrap_or_else(|| "-".to_owned()),
            provider_name(&row.provider),
            if row.tainted { "tainted" } else { "ok" }.to_owned(),
            row.dependencies.len().to_string(),
        ]);
    }
    match shown.is_empty() {
        true => String::new(),
        false => text_table::render(&rows),
    }
}

/// The id of an object, unless it is a secret.
fn id_of(row: &Row) -> Option<String> {
    let stored: serde_json::Value = serde_json::from_slice(&row.attributes).ok()?;
    let secret = stored["sensitive"].to_string().contains("\"id\"");
    let id = stored["attributes"]["id"].as_str()?;
    Some(if secret { "(sensitive value)" } else { id }.to_owned())
}

/// The short name of a provider with its alias: `genesyscloud.eu` of `provider["…/genesyscloud"].eu`.
fn provider_name(written: &str) -> String {
    let Some((before, after)) = written.split_once("\"]") else {
        return written.to_owned();
    };
    let name = before.rsplit(['/', '"']).next().unwrap_or(before);
    format!("{name}{after}")
}

fn has_id(row: &Row, id: &str) -> bool {
    let stored: Option<serde_json::Value> = serde_json::from_slice(&row.attributes).ok();
    stored.is_some_and(|s| s["attributes"]["id"] == id)
}

fn show(session: &Session, file: Option<&str>, addresses: &[String]) -> Result<Exit, Exit> {
    let [text] = addresses else {
        return Err(session.usage("state show", "Exactly one argument expected."));
    };
    let command = &session.shell.style.command;
    let specific = format!(
        "This command requires that the address references one specific instance.\nTo view the available instances, use \"{command} state list\". Please modify \nthe address to reference a specific instance."
    );
    let Some(address) = Address::parse(text) else {
        return Err(session.plain_error(&format!(
            "Error parsing instance address: {text}\n\n{specific}"
        )));
    };
    let snapshot = snapshot(session, file)?;
    let shown = view::read(Some(&snapshot), &session.settings).map_err(|d| session.fail(&d))?;
    let view = shown.view();
    let found = view
        .resources
        .iter()
        .find(|r| r.address == address && r.deposed.is_none());
    match found {
        Some(instance) => {
            session
                .shell
                .out(&render_instance(instance, &session.shell.style));
            Ok(Exit::Ok)
        }
        None => {
            let known: Vec<String> = view
                .resources
                .iter()
                .map(|r| r.address.to_string())
                .collect();
            let near = address_argument::meant(text, known.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("\n\n{near}"));
            Err(session.plain_error(&format!(
                "No instance found for the given address!\n\n{specific}{near}"
            )))
        }
    }
}

fn pull(session: &Session, redact: bool) -> Result<Exit, Exit> {
    let Some(state) = session.state_to_read()? else {
        return Ok(Exit::Ok);
    };
    let document = tfstate::pull(&state.store, redact).map_err(|d| session.fail(&d))?;
    session.shell.out(&document);
    Ok(Exit::Ok)
}

fn discard(session: &Session, text: &str) -> Result<Exit, Exit> {
    let error = |e: &trunkline_state::StateError| session.fail(&[store_problem(e)]);
    let locking = Locking {
        lock: true,
        timeout: Duration::ZERO,
    };
    let opened = open_state(&session.settings, "state discard", locking, false)
        .map_err(|d| session.fail(&d))?;
    let Some(state) = opened else {
        return Err(no_state(session));
    };
    let intents = state.store.intents().map_err(|e| error(&e))?;
    let Some(intent) = intents
        .into_iter()
        .find(|i| i.operation.key.address == text)
    else {
        return Err(session.fail(&[Diagnostic::error(
            "No unfinished operation",
            format!("There is no unfinished operation on {text:?}."),
        )]));
    };
    let settings = &session.settings;
    let writer = state.store.begin_run(RunStart {
        id: settings.ids.operation(),
        started: (settings.now)(),
        operation: "state discard".into(),
        who: settings.who.clone(),
        git_commit: (settings.git_commit)(),
        plan_digest: None,
    });
    let ticket = writer.settle_intent(intent.operation.operation_id, Vec::new(), None);
    ticket.wait().map_err(|e| error(&e))?;
    let ending = Ending {
        finished: (settings.now)(),
        result: "ok".into(),
        counts: std::collections::BTreeMap::new(),
    };
    writer.finish(ending).wait().map_err(|e| error(&e))?;
    session.shell.out(&format!(
        "The unfinished {} of {text} was discarded.\n",
        intent.operation.action
    ));
    Ok(Exit::Ok)
}
