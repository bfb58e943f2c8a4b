//! `get`: checks that the modules a configuration calls are there. Local modules are used where they are, so
//! nothing is copied and there is nothing to say.

use std::path::{Path, PathBuf};

use trunkline_api::diagnostic::has_errors;

use super::init::{find_modules, here};
use crate::cli::Exit;
use crate::cli::args::GetArgs;
use crate::cli::session::Session;
use crate::config::load_modules;

/// Runs the command.
pub async fn run(args: &GetArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = get(&session, args).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

fn get(session: &Session, args: &GetArgs) -> Result<Exit, Exit> {
    find_modules(session, args.update, false)?;
    let (_, problems) = load_modules(Path::new("."), &here(), session.sources.clone());
    match has_errors(&problems) {
        true => Err(session.fail(&problems)),
        false => Ok(Exit::Ok),
    }
}
