//! `force-unlock`: gives back a lock that nobody holds any more. The lock of a store ends with the process that holds
//! it, so that there is never one to give back, and what is to say is who holds it.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::Exit;
use crate::cli::args::ForceUnlockArgs;
use crate::cli::session::Session;
use crate::project::{Locking, open_state};

/// Runs the command.
pub async fn run(args: &ForceUnlockArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = match unlock(&session, args) {
        Ok(exit) | Err(exit) => exit,
    };
    session.close(exit).await
}

fn unlock(session: &Session, args: &ForceUnlockArgs) -> Result<Exit, Exit> {
    let [_id] = args.id.as_slice() else {
        session.plain_error("Expected a single argument: LOCK_ID");
        session
            .shell
            .out(&crate::cli::args::help_of("force-unlock"));
        return Err(Exit::Error);
    };
    session.check_backend(None)?;
    let lock = Locking {
        lock: true,
        timeout: Duration::ZERO,
    };
    let held = open_state(&session.settings, "force-unlock", lock, false).err();
    session.plain_error(match args.force {
        true => "Failed to unlock state: LocalState not locked",
        false => "Local state cannot be unlocked by another process",
    });
    if let Some(problems) = held {
        session.shell.error_text("\nThe lock is given back when the process that holds it ends, however it ends. This one is at work:\n");
        session.show(&problems);
    }
    Err(Exit::Error)
}
