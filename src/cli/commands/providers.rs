//! `providers`: which providers the configuration uses, and `providers schema -json`.

use std::path::PathBuf;

use trunkline_api::Diagnostic;

use crate::cli::Exit;
use crate::cli::args::{ProvidersArgs, ProvidersCommand};
use crate::cli::session::Session;
use crate::report::json::schema::providers_schema_json;

/// Runs the command.
pub async fn run(args: &ProvidersArgs, started_in: PathBuf) -> Exit {
    let common = match &args.command {
        Some(ProvidersCommand::Schema { common, .. }) => common,
        None => &args.common,
    };
    let session = Session::offline(common, started_in);
    if let Some(ProvidersCommand::Schema { json: false, .. }) = &args.command {
        return session.fail(&[Diagnostic::error(
            "The -json option is required",
            "Schemas are written as JSON only: use providers schema -json.",
        )]);
    }
    let exit = match session.load() {
        Ok(project) => match project.providers() {
            Ok(providers) => {
                if args.command.is_some() {
                    let schemas = providers
                        .iter()
                        .map(|(source, p)| (source.as_str(), p.schema()));
                    session
                        .shell
                        .out(&format!("{}\n", providers_schema_json(schemas)));
                } else {
                    session
                        .shell
                        .out("\nProviders required by configuration:\n.\n");
                    let last = providers.len().saturating_sub(1);
                    for (i, source) in providers.keys().enumerate() {
                        let branch = if i == last { "└──" } else { "├──" };
                        session.shell.out(&format!("{branch} provider[{source}]\n"));
                    }
                    session.shell.out("\n");
                }
                Exit::Ok
            }
            Err(diagnostics) => session.fail(&diagnostics),
        },
        Err(exit) => exit,
    };
    session.close(exit).await
}
