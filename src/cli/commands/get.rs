//! `get`: checks that the modules a configuration calls are there. Local modules are used where they are, so
//! nothing is copied and there is nothing to say.

use std::path::PathBuf;

use super::init::find_modules;
use crate::cli::Exit;
use crate::cli::args::GetArgs;
use crate::cli::session::Session;

/// Runs the command.
pub async fn run(args: &GetArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = get(&session, args).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

fn get(session: &Session, args: &GetArgs) -> Result<Exit, Exit> {
    find_modules(session, args.update)?;
    session.load()?;
    Ok(Exit::Ok)
}
