//! `validate`: checks the configuration without state, network or credentials.

use std::path::{Path, PathBuf};

use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::has_errors;

use crate::cli::Exit;
use crate::cli::args::ValidateArgs;
use crate::cli::session::Session;
use crate::cli::source_text::Texts;
use crate::config::{Disk, test_file};
use crate::project::Project;
use crate::report::json::diagnostic::validate_json;

/// Runs the command.
pub async fn run(args: &ValidateArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    if let Err(exit) = session.check_lock_file() {
        return session.close(exit).await;
    }
    if let Some(dir) = args.dir.as_deref().filter(|d| !Path::new(d).is_dir()) {
        let problem = Diagnostic::error(
            "Failed to read module directory",
            format!("Module directory {dir} does not exist or cannot be read."),
        );
        if args.json {
            let document = validate_json(&[problem], &Texts::new(&session.sources));
            session.shell.out(&format!("{document:#}\n"));
        } else {
            session.show(&[problem]);
        }
        return session.close(Exit::Error).await;
    }
    let files = session.prepared(Disk {
        root: PathBuf::from(args.dir.as_deref().unwrap_or(".")),
    });
    let files = &*files;
    let mut found = match Project::load(session.settings.clone(), files, session.sources.clone()) {
        Ok(project) => [project.warnings.clone(), project.validate()].concat(),
        Err(diagnostics) => diagnostics,
    };
    if !args.no_tests {
        let directory = Path::new(&args.test_directory);
        found.extend(test_file::load(files, directory, &session.sources).1);
    }
    let valid = !has_errors(&found);
    if args.json {
        let document = validate_json(&found, &Texts::new(&session.sources));
        session.shell.out(&format!("{document:#}\n"));
    } else {
        session.show(&found);
        if valid {
            let aside = if found.is_empty() {
                "."
            } else {
                ", but there were some\nvalidation warnings as shown above."
            };
            session
                .shell
                .out(&format!("Success! The configuration is valid{aside}\n\n"));
        }
    }
    session
        .close(if valid { Exit::Ok } else { Exit::Error })
        .await
}
