//! `providers`: which providers the configuration uses, and `providers schema -json`.

use std::path::PathBuf;

use trunkline_api::Diagnostic;

use crate::cli::Exit;
use crate::cli::args::{ProvidersArgs, ProvidersCommand};
use crate::cli::session::Session;
use crate::report::json::schema::providers_schema_json;
use crate::report::providers_text::render_required;

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
                    let root = project.required_by(&project.config.root);
                    let state = match session.state_to_read() {
                        Ok(state) => state,
                        Err(exit) => return session.close(exit).await,
                    };
                    let by_state = match project.required_by_state(state.as_ref()) {
                        Ok(found) => found,
                        Err(problems) => {
                            let exit = session.fail(&problems);
                            return session.close(exit).await;
                        }
                    };
                    session.shell.out(&render_required(&root, &by_state));
                }
                Exit::Ok
            }
            Err(diagnostics) => session.fail(&diagnostics),
        },
        Err(exit) => exit,
    };
    session.close(exit).await
}
