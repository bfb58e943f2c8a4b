//! `why`: the chain from a planned change to what it comes of.
//!
//! It plans, or reads a saved plan; it changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use trunkline_api::Diagnostic;

use super::apply::watch_signals;
use super::plan::{prepare, problems};
use super::report_files::told;
use super::show::saved_plan;
use crate::address::{Target, read_target};
use crate::cli::Exit;
use crate::cli::args::WhyArgs;
use crate::cli::session::Session;
use crate::event::Silent;
use crate::project::reports::Reported;
use crate::report::document::Document;

/// Runs the command.
pub async fn run(args: &WhyArgs, started_in: PathBuf) -> Exit {
    let mut session = match Session::open(&args.planning.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    // What is read on the way is not what was asked.
    session.settings.listener = Arc::new(Silent);
    let watch = watch_signals(&session.settings, None);
    let exit = explain(&session, args).await.unwrap_or_else(|exit| exit);
    watch.abort();
    session.close(exit).await
}

async fn explain(session: &Session, args: &WhyArgs) -> Result<Exit, Exit> {
    let target = read_target(&args.address)
        .map_err(|problem| session.fail(&[Diagnostic::error(problem.summary, problem.detail)]))?;
    if let Some(path) = &args.plan {
        let (project, saved, state) = saved_plan(session, path)?;
        let reported = Reported::new(&project, &saved.plan, &state.store, told(session, ""));
        return print(session, reported.document(), &target, &args.address);
    }
    let project = session.load()?;
    let planning = &args.planning;
    let (state, ready) = prepare(session, &project, planning, planning.destroy, "plan").await?;
    if !session.show(&problems(&project, &ready)) {
        return Err(Exit::Error);
    }
    let reported = Reported::new(&project, &ready.plan, &state.store, told(session, ""));
    print(session, reported.document(), &target, &args.address)
}

fn print(
    session: &Session,
    document: &Document,
    target: &Target,
    written: &str,
) -> Result<Exit, Exit> {
    let named = |name: &str| {
        let address = name.split(" (deposed").next().unwrap_or(name);
        let Some(address) = crate::address::Address::parse(address) else {
            return false;
        };
        match target {
            Target::Module(module) => module.names(&address.module),
            Target::Instance(wanted) => {
                let whole = wanted.key == crate::address::InstanceKey::None;
                wanted.module.names(&address.module)
                    && wanted.module.0.len() == address.module.0.len()
                    && wanted.resource == address.resource
                    && (whole || wanted.key == address.key)
            }
        }
    };
    let found: Vec<_> = document.entries.iter().filter(|e| named(&e.name)).collect();
    if found.is_empty() {
        if document.unchanged.iter().any(|name| named(name)) {
            session.shell.out(&format!("{written} does not change.\n"));
            return Ok(Exit::Ok);
        }
        return Err(session.fail(&[Diagnostic::error(
            "No such object in the plan",
            format!("Nothing in the configuration and nothing in the state is called {written}. \"state list\" shows what there is."),
        )]));
    }
    session.page();
    let names: Vec<&str> = found.iter().map(|e| e.name.as_str()).collect();
    session.shell.out(&document.explain(&names));
    Ok(Exit::Ok)
}
