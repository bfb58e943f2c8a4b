//! `state`: list, show, pull; what is under it elsewhere; and discard for an operation that nobody can settle.

use std::path::PathBuf;
use std::time::Duration;

use trunkline_api::Diagnostic;
use trunkline_state::{Ending, RunStart};

use super::{history, state_care, state_key, state_push};
use crate::address::{Address, InstanceKey, Target, parse_target};
use crate::cli::Exit;
use crate::cli::args::{StateArgs, StateCommand, StatePushArgs};
use crate::cli::session::Session;
use crate::project::{Locking, open_state, tfstate, view};
use crate::report::state_text::render_instance;

/// Runs the command.
pub async fn run(args: &StateArgs, started_in: PathBuf) -> Exit {
    let (StateCommand::List { common, .. }
    | StateCommand::Show { common, .. }
    | StateCommand::Pull { common }
    | StateCommand::Key { common, .. }
    | StateCommand::Diff { common, .. }
    | StateCommand::Check { common }
    | StateCommand::Backup { common, .. }
    | StateCommand::Restore { common, .. }
    | StateCommand::Push(StatePushArgs { common, .. })
    | StateCommand::Discard { common, .. }) = &args.command;
    // The state alone is looked at: no simulator is needed.
    let session = Session::offline(common, started_in);
    let exit = match &args.command {
        StateCommand::List { addresses, .. } => list(&session, addresses),
        StateCommand::Show { address, .. } => show(&session, address),
        StateCommand::Pull { .. } => pull(&session),
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

fn no_state(session: &Session) -> Exit {
    session.fail(&[Diagnostic::error(
        "No state file was found!",
        "State management commands require a state file. Run this command in a directory where Trunkline has been run.",
    )])
}

fn invalid(session: &Session, text: &str) -> Exit {
    session.fail(&[Diagnostic::error(
        "Invalid address",
        format!("{text:?} is not an address. It has the form type.name, type.name[0], type.name[\"key\"], or module.name before that."),
    )])
}

fn list(session: &Session, addresses: &[String]) -> Result<Exit, Exit> {
    let Some(state) = session.state_to_read()? else {
        return Err(no_state(session));
    };
    let mut wanted = Vec::new();
    for text in addresses {
        wanted.push(parse_target(text).ok_or_else(|| invalid(session, text))?);
    }
    let snapshot = state
        .store
        .snapshot()
        .map_err(|e| session.fail(&[Diagnostic::error("State store error", e.to_string())]))?;
    let mut found: Vec<Address> = snapshot
        .rows
        .iter()
        .filter_map(|row| Address::parse(&row.key.address))
        .collect();
    found.sort();
    found.dedup();
    for (text, target) in addresses.iter().zip(&wanted) {
        if !found.iter().any(|a| is_within(a, target)) {
            return Err(session.fail(&[Diagnostic::error(
                "Unknown resource",
                format!("The current state contains no resource {text}. If you've just added this resource to the configuration, you must run \"{} apply\" first to create the resource's entry in the state.", session.shell.style.command),
            )]));
        }
    }
    let shown = |a: &&Address| wanted.is_empty() || wanted.iter().any(|w| is_within(a, w));
    for address in found.iter().filter(shown) {
        session.shell.out(&format!("{address}\n"));
    }
    Ok(Exit::Ok)
}

/// Whether a target names an instance, its resource, or a module around it. Without a key all keys are meant.
fn is_within(address: &Address, target: &Target) -> bool {
    match target {
        Target::Module(module) => {
            let mut steps = module.0.iter().zip(address.module.0.iter());
            module.0.len() <= address.module.0.len()
                && steps.all(|(m, a)| m.0 == a.0 && (m.1 == InstanceKey::None || m.1 == a.1))
        }
        Target::Instance(a) if a.key == InstanceKey::None => {
            a.module == address.module && a.resource == address.resource
        }
        Target::Instance(a) => a == address,
    }
}

fn show(session: &Session, text: &str) -> Result<Exit, Exit> {
    let Some(state) = session.state_to_read()? else {
        return Err(no_state(session));
    };
    let address = Address::parse(text).ok_or_else(|| invalid(session, text))?;
    let shown = view::read(Some(&state), &session.settings).map_err(|d| session.fail(&d))?;
    let view = shown.view();
    let found = view
        .resources
        .iter()
        .find(|r| r.address == address && r.deposed.is_none());
    match found {
        Some(instance) => {
            session.shell.out(&render_instance(instance, &session.shell.style));
            Ok(Exit::Ok)
        }
        None => Err(session.fail(&[Diagnostic::error(
            "No instance found for the given address!",
            format!("There is no {address} in the state. The command \"state list\" shows what there is."),
        )])),
    }
}

fn pull(session: &Session) -> Result<Exit, Exit> {
    let Some(state) = session.state_to_read()? else {
        return Ok(Exit::Ok);
    };
    let document = tfstate::pull(&state.store).map_err(|d| session.fail(&d))?;
    session.shell.out(&document);
    Ok(Exit::Ok)
}

fn discard(session: &Session, text: &str) -> Result<Exit, Exit> {
    let error = |e: &trunkline_state::StateError| {
        session.fail(&[Diagnostic::error("State store error", e.to_string())])
    };
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
