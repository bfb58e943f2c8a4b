//! `compare`: what differs between two tenants, by what objects are called rather than by id.

use std::path::PathBuf;

use trunkline_api::Diagnostic;

use super::apply::watch_signals;
use super::discover::{open, provider, search};
use super::plan::write_private;
use super::report_files::{self, not_written};
use crate::cli::Exit;
use crate::cli::args::CompareArgs;
use crate::cli::session::Session;
use crate::plan::compare::{compare, own};
use crate::report::compare_text::{compare_json, render_compare};
use crate::report::document::tenants;

/// Runs the command.
pub async fn run(args: &CompareArgs, started_in: PathBuf) -> Exit {
    let session = match Session::open(&args.search.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let watch = watch_signals(&session.settings, None);
    let exit = run_compare(&session, args)
        .await
        .unwrap_or_else(|exit| exit);
    watch.abort();
    session.close(exit).await
}

async fn run_compare(session: &Session, args: &CompareArgs) -> Result<Exit, Exit> {
    let reports = report_files::named(session, &args.report)?;
    let first = provider(session, &args.first)?;
    let second = provider(session, &args.second)?;
    let (project, state) = open(session, &args.search, "compare")?;
    let mut sides = Vec::new();
    for name in [&first, &second] {
        let found = search(
            session,
            &project,
            &state,
            (name, &args.types),
            &args.search,
            None,
        )
        .await?;
        session.show(&found.diagnostics);
        sides.push(found);
    }
    let [first, second] = sides.as_slice() else {
        return Ok(Exit::Error);
    };
    if first.source != second.source {
        return Err(session.fail(&[Diagnostic::error(
            "Tenants of different providers",
            format!("{} is a configuration of {}, and {} one of {}: their objects have nothing in common.", args.first, first.source, args.second, second.source),
        )]));
    }
    let own = own(&first.tenant, &second.tenant);
    let found = compare(&first.found, &second.found, &own, &first.source);
    let names = (args.first.as_str(), args.second.as_str());
    let schemas = project.schemas();
    let text = match args.json {
        true => format!("{}\n", compare_json(&found, names, &schemas)),
        false => render_compare(&found, names, &schemas, &session.shell.style),
    };
    session.shell.out(&text);
    for (path, format) in &reports {
        let report = tenants::render(&found, names, &schemas, *format);
        write_private(path, report.as_bytes())
            .map_err(|e| session.fail(&[not_written(path, &e)]))?;
    }
    let differs = !found.changes.is_empty();
    Ok(match args.detailed_exitcode && differs {
        true => Exit::Changes,
        false => Exit::Ok,
    })
}
