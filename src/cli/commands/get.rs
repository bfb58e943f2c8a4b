//! `get`: checks that the modules a configuration calls are there. Local modules are used where they are, so
//! nothing is copied and there is nothing to say.

use std::path::PathBuf;

use crate::cli::Exit;
use crate::cli::args::GetArgs;
use crate::cli::session::Session;

/// Runs the command.
pub async fn run(args: &GetArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = match session.load() {
        Ok(_) => Exit::Ok,
        Err(exit) => exit,
    };
    session.close(exit).await
}
