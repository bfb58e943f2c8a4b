//! `init`: checks that the configuration loads and its providers are there, and prepares the folder of caches.

use std::path::{Path, PathBuf};

use trunkline_api::diagnostic::has_errors;

use crate::cli::Exit;
use crate::cli::args::InitArgs;
use crate::cli::session::Session;
use crate::config::{Disk, test_file};

/// Runs the command.
pub async fn run(args: &InitArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = init(&session, args);
    session.close(exit).await
}

fn init(session: &Session, args: &InitArgs) -> Exit {
    let project = match session.load() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let files = Disk {
        root: PathBuf::from("."),
    };
    let directory = Path::new(&args.test_directory);
    let (_, problems) = test_file::load(&files, directory, &session.sources);
    if has_errors(&problems) {
        return session.fail(&problems);
    }
    session.show(&project.warnings);
    if !session.show(&project.check_providers()) {
        return Exit::Error;
    }
    session.data_dir();
    session.shell.out(
        "\nTrunkline has been successfully initialized!\n\nYou may now begin working with Trunkline. Try running \"trunkline plan\" to see\nany changes that are required. All Trunkline commands should now work.\n",
    );
    Exit::Ok
}
