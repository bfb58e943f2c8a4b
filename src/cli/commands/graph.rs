//! `graph`: the dependencies of the resources in DOT.

use std::path::PathBuf;

use crate::cli::Exit;
use crate::cli::args::GraphArgs;
use crate::cli::session::Session;
use crate::report::graph_dot::render_resources;

/// Runs the command.
pub async fn run(args: &GraphArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = match session.load() {
        Ok(project) => match project.dependencies() {
            Ok(edges) => {
                session
                    .shell
                    .out(&render_resources(&edges, &session.shell.style.command));
                Exit::Ok
            }
            Err(diagnostics) => session.fail(&diagnostics),
        },
        Err(exit) => exit,
    };
    session.close(exit).await
}
