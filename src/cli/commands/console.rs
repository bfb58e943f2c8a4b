//! `console`: expressions in, values out, with the configuration and the state, or a plan, in scope.
//!
//! From a pipe every line is evaluated and only the last result is printed, as Terraform does. At a terminal the
//! [`prompt`](crate::cli::prompt) reads; its history is kept in memory only, because what is typed may hold secrets.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics};

use super::apply::{Signals, watch_signals};
use crate::cli::Exit;
use crate::cli::args::{ConsoleArgs, StatePaths};
use crate::cli::prompt::Prompt;
use crate::cli::session::Session;
use crate::event::Silent;
use crate::plan::walk::Options;
use crate::project::console::{Answer, Console};
use crate::project::{Locking, Project};
use crate::report::value_text::render_value;

/// Runs the command.
pub async fn run(args: &ConsoleArgs, started_in: PathBuf) -> Exit {
    let mut session = match args.plan {
        true => match Session::open(&args.common, started_in).await {
            Ok(session) => session,
            Err(exit) => return exit,
        },
        false => Session::offline(&args.common, started_in),
    };
    session.place_named(&StatePaths {
        state: args.state.clone(),
        ..StatePaths::default()
    });
    let exit = console(&session, args).await.unwrap_or_else(|exit| exit);
    session.close(exit).await
}

async fn console(session: &Session, args: &ConsoleArgs) -> Result<Exit, Exit> {
    let mut project = session.load()?;
    if args.plan {
        // What is printed is the answer; how the plan came about is not.
        project.settings.listener = Arc::new(Silent);
    }
    let mut variables = args.variables.clone();
    variables.input = false;
    let (variables, warnings) = session.variables(&project, &variables, false)?;
    session.show(&warnings);
    let variables = project.with_unknown_variables(variables);
    let locking = Locking {
        lock: true,
        timeout: Duration::ZERO,
    };
    if args.plan {
        let state = session.state(&project, "console", locking)?;
        let watch = watch_signals(&session.settings, None);
        let options = Options {
            keep_values: true,
            ..Options::default()
        };
        let ready = project.plan(&state, variables, options).await;
        watch.abort();
        // From here on nothing is open, and a signal ends the program as if nobody had watched.
        tokio::spawn(async {
            Signals::new().next().await;
            std::process::exit(Exit::Error as i32);
        });
        let ready = ready.map_err(|d| session.fail(&d))?;
        session.progress.quiet();
        if session.settings.stop.load(Ordering::Relaxed) {
            return Err(session.fail(&ready.diagnostics));
        }
        let console = project.planned_console(ready.values);
        return talk(session, &project, &console, &ready.diagnostics);
    }
    let state = project
        .open_state("console", locking, false)
        .map_err(|d| session.fail(&d))?;
    let (console, problems) = project
        .console(state.as_ref(), variables)
        .map_err(|d| session.fail(&d))?;
    talk(session, &project, &console, &problems)
}

/// Reads expressions to the end. Problems of the configuration do not stand in the way of those that do not need it.
fn talk(
    session: &Session,
    project: &Project,
    console: &Console<'_>,
    problems: &[Diagnostic],
) -> Result<Exit, Exit> {
    session.show(&project.warnings);
    session.show(problems);
    if has_errors(problems) {
        session.show(&[Diagnostic::warning(
            "Due to the problems above, some expressions may produce unexpected results.",
            "",
        )]);
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        interactive(session, console);
        return Ok(Exit::Ok);
    }
    let mut last = String::new();
    for line in stdin.lock().lines() {
        let Ok(line) = line else { break };
        match line.trim() {
            "" => {}
            "exit" => break,
            "help" => last = HELP.to_owned(),
            text => last = answer(console, text).map_err(|d| session.fail(&d))?,
        }
    }
    if !last.is_empty() {
        session.shell.out(&format!("{last}\n"));
    }
    Ok(Exit::Ok)
}

const HELP: &str = "The console evaluates expressions of the configuration language. Resources are what the state\nsays they are, or what a plan makes of them with -plan.\n\nEnter an expression to see its value; an open bracket goes on in the next line, Tab completes names.\n\"exit\" or Ctrl-D leaves.";

fn answer(console: &Console<'_>, line: &str) -> Result<String, Diagnostics> {
    Ok(match console.ask(line)? {
        Answer::Value(value) => render_value(&value, 0),
        Answer::Type(text) => text,
    })
}

fn interactive(session: &Session, console: &Console<'_>) {
    let Some(mut prompt) = Prompt::open(console.names()) else {
        session.show(&[Diagnostic::error(
            "Failed to read input",
            "The terminal cannot be read.",
        )]);
        return;
    };
    while let Some(text) = prompt.read() {
        match text.trim() {
            "" => {}
            "exit" => break,
            "help" => session.shell.out(&format!("{HELP}\n")),
            text => match answer(console, text) {
                Ok(text) => session.shell.out(&format!("{text}\n\n")),
                Err(diagnostics) => drop(session.show(&diagnostics)),
            },
        }
    }
}
