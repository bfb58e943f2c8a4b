//! `state check`, `state backup` and `state restore`.

use std::path::Path;
use std::time::Duration;

use trunkline_api::Diagnostic;

use crate::cli::Exit;
use crate::cli::session::Session;
use crate::project::care::{self, Restored};
use crate::project::{Locking, OpenState, open_state};

fn state(session: &Session) -> Result<OpenState, Exit> {
    session.state_to_read()?.ok_or_else(|| {
        session.fail(&[Diagnostic::error(
            "No state file was found!",
            "There is no state store in this directory.",
        )])
    })
}

/// Checks the integrity of the store.
pub fn check(session: &Session) -> Result<Exit, Exit> {
    let state = state(session)?;
    let found = care::check(&state).map_err(|d| session.fail(&d))?;
    if found.is_empty() {
        let remarks = care::remarks(&state).map_err(|d| session.fail(&d))?;
        session.shell.out("The state is sound.\n");
        session.show(&remarks);
        return Ok(Exit::Ok);
    }
    let problems: Vec<Diagnostic> = found
        .iter()
        .map(|v| {
            Diagnostic::error(
                "Damaged state",
                format!(
                    "{}: {}. \"state restore FILE\" goes back to a backup.",
                    v.rule, v.detail
                ),
            )
        })
        .collect();
    Err(session.fail(&problems))
}

/// Copies the store to a file.
pub fn backup(session: &Session, to: &str) -> Result<Exit, Exit> {
    care::backup(&state(session)?, Path::new(to)).map_err(|d| session.fail(&d))?;
    session.shell.out(&format!(
        "The state has been copied to {to}. It is sealed with the same key.\n"
    ));
    Ok(Exit::Ok)
}

/// Goes back to a copy.
pub fn restore(session: &Session, from: &str) -> Result<Exit, Exit> {
    let settings = &session.settings;
    let copy = care::open_backup(settings, Path::new(from)).map_err(|d| session.fail(&d))?;
    let locking = Locking {
        lock: true,
        timeout: Duration::ZERO,
    };
    let opened = match care::is_damaged(settings) {
        true => Ok(None),
        false => open_state(settings, "state restore", locking, false),
    };
    let restored = match opened.map_err(|d| session.fail(&d))? {
        None => care::place(settings, &copy),
        Some(state) => care::restore(settings, &state, &copy),
    };
    let store = settings.store.display();
    let text = match restored.map_err(|d| session.fail(&d))? {
        Restored::Placed(None) => format!("{store} is now a copy of {from}.\n"),
        Restored::Placed(Some(aside)) => format!(
            "What was left of the damaged state is now {}.\n{store} is now a copy of {from}. It does not know what was done after that was made.\n",
            aside.display()
        ),
        Restored::Changed(0) => "The state is what the backup says already.\n".into(),
        Restored::Changed(n) => format!(
            "{n} objects of the state are again as in {from}. No object at a service was changed: \"plan\" shows what differs.\n"
        ),
    };
    session.shell.out(&text);
    Ok(Exit::Ok)
}
