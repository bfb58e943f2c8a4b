//! `console`: expressions in, values out, with the configuration and the state in scope.
//!
//! From a pipe every line is evaluated and only the last result is printed, as Terraform does.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use crate::cli::Exit;
use crate::cli::args::ConsoleArgs;
use crate::cli::session::Session;
use crate::config::Disk;
use crate::project::Project;
use crate::project::console::{Answer, Console};
use crate::report::value_text::render_value;

/// Runs the command.
pub async fn run(args: &ConsoleArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = console(&session, args).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

fn console(session: &Session, args: &ConsoleArgs) -> Result<Exit, Exit> {
    let files = Disk {
        root: PathBuf::from("."),
    };
    let project = Project::load(session.settings.clone(), &files, session.sources.clone())
        .map_err(|d| session.fail(&d))?;
    let variables = session.variables(&project, &args.variables)?;
    let state = session.state_to_read()?;
    let console = project
        .console(state.as_ref(), variables)
        .map_err(|d| session.fail(&d))?;
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        interactive(session, &console);
        return Ok(Exit::Ok);
    }
    let mut last = String::new();
    for line in stdin.lock().lines() {
        let Ok(line) = line else { break };
        match line.trim() {
            "" => {}
            "exit" => break,
            "help" => last = HELP.to_owned(),
            text => last = answer(&console, text).map_err(|d| session.fail(&d))?,
        }
    }
    if !last.is_empty() {
        session.shell.out(&format!("{last}\n"));
    }
    Ok(Exit::Ok)
}

const HELP: &str = "The console evaluates expressions of the configuration language. Resources are what the state\nsays they are.\n\nEnter an expression to see its value; \"exit\" or Ctrl-D leaves.";

fn answer(console: &Console<'_>, line: &str) -> Result<String, trunkline_api::Diagnostics> {
    Ok(match console.ask(line)? {
        Answer::Value(value) => render_value(&value, 0),
        Answer::Type(text) => text,
    })
}

fn interactive(session: &Session, console: &Console<'_>) {
    while let Some(line) = session.shell.ask("> ") {
        match line.as_str() {
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
