//! `state push`: makes the state what a tfstate document says.

use std::io::Read as _;

use crate::cli::Exit;
use crate::cli::args::StatePushArgs;
use crate::cli::session::Session;
use crate::project::edit::{PushError, push};
use crate::project::tfstate::{problems_text, read};

/// Runs the command.
pub fn run(session: &Session, args: &StatePushArgs) -> Result<Exit, Exit> {
    let [path] = args.path.as_slice() else {
        return Err(session.usage("state push", "Exactly one argument expected."));
    };
    let mut bytes = Vec::new();
    let got = match path.as_str() {
        "-" => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
        file => std::fs::read(file).map(|found| bytes = found),
    };
    if let Err(error) = got {
        return Err(session.plain_error(&crate::cli::shell::open_failed(path, &error)));
    }
    let document = read(&bytes).map_err(|problems| {
        session.plain_error(&format!(
            "Error reading source state {path:?}: {}",
            problems_text(&problems)
        ))
    })?;
    let locking = session.locking(&args.locking);
    let lineage = (!document.lineage.is_empty()).then(|| document.lineage.clone());
    let state = session.open_to_edit("state-push", locking, lineage)?;
    match push(&state, &session.settings, &document, args.force) {
        Ok(()) => Ok(Exit::Ok),
        Err(PushError::Refused(why)) => {
            Err(session.plain_error(&format!("Failed to write state: {why}")))
        }
        Err(PushError::Store(problems)) => Err(session.fail(&problems)),
    }
}
