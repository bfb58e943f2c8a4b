//! `state key`: takes a state's key to another machine, brings one here, or replaces it.
//!
//! A key is printed and read, never kept anywhere but in its key file.

use std::io::Read;
use std::time::Duration;

use trunkline_api::Diagnostic;
use trunkline_state::{ExplicitKey, Rotation, import_key};

use crate::apply::journal::Point;
use crate::cli::Exit;
use crate::cli::args::KeyCommand;
use crate::cli::session::Session;
use crate::project::{Locking, open_state, store_problem};

/// Runs the command.
pub fn run(session: &Session, command: &KeyCommand) -> Result<Exit, Exit> {
    match command {
        KeyCommand::Export => export(session),
        KeyCommand::Import => import(session),
        KeyCommand::Rotate { reseal } => rotate(session, *reseal),
    }
}

fn failed(session: &Session, error: &trunkline_state::StateError) -> Exit {
    session.fail(&[store_problem(error)])
}

fn no_state(session: &Session) -> Exit {
    session.fail(&[Diagnostic::error(
        "No state file was found!",
        "There is no state store in this directory, so there is no key of it.",
    )])
}

/// Prints the key, and nothing else, so that it can be piped into `import` elsewhere.
fn export(session: &Session) -> Result<Exit, Exit> {
    let Some(state) = session.state_to_read()? else {
        return Err(no_state(session));
    };
    let key = state.store.export_key().map_err(|e| failed(session, &e))?;
    session.shell.out(&format!("{}\n", &*key.to_base64()));
    Ok(Exit::Ok)
}

/// Reads a key from standard input into the folder where stores look for theirs.
fn import(session: &Session) -> Result<Exit, Exit> {
    let Some(dir) = &session.settings.keys.default_dir else {
        return Err(session.fail(&[Diagnostic::error(
            "State key error",
            "There is no folder for keys: neither HOME nor XDG_CONFIG_HOME is set.",
        )]));
    };
    let mut text = zeroize::Zeroizing::new(String::new());
    if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
        return Err(session.fail(&[Diagnostic::error(
            "State key error",
            format!("The key cannot be read from standard input: {error}."),
        )]));
    }
    let created = import_key(dir, text.trim()).map_err(|e| failed(session, &e))?;
    session.shell.out(&format!(
        "The key {} is in {}.\n",
        created.id,
        created.path.display()
    ));
    Ok(Exit::Ok)
}

/// Makes a new key and seals the state's data key with it.
fn rotate(session: &Session, reseal: bool) -> Result<Exit, Exit> {
    let locking = Locking {
        lock: true,
        timeout: Duration::ZERO,
    };
    let opened = open_state(&session.settings, "state key rotate", locking, false);
    let Some(state) = opened.map_err(|d| session.fail(&d))? else {
        return Err(no_state(session));
    };
    let rotation = Rotation { key: None, reseal };
    (session.settings.probe)(Point::Planned);
    let created = state
        .store
        .rotate_key(rotation)
        .map_err(|e| failed(session, &e))?;
    (session.settings.probe)(Point::Settled);
    if let Some(created) = created {
        session.shell.out(&format!(
            "The state has a new key: {} (id {}).\nThe old one opens older copies of the store only. Keep a copy of the new one in a safe place.\n",
            created.path.display(),
            created.id
        ));
        let given = match &session.settings.keys.explicit {
            None => return Ok(Exit::Ok),
            Some(ExplicitKey::Value(_)) => "TRUNKLINE_STATE_KEY",
            Some(ExplicitKey::File(_)) => "TRUNKLINE_STATE_KEY_FILE",
            Some(ExplicitKey::Command(_)) => "TRUNKLINE_STATE_KEY_COMMAND",
        };
        session.shell.out(&format!(
            "{given} still gives the old one: have it give the new one, or take it away.\n"
        ));
    }
    Ok(Exit::Ok)
}
