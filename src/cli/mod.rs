//! The command line: arguments → one engine call → report. One file a command, in [`commands`].
//!
//! Here and nowhere else are the terminal, the environment, the clock, prompts and exit codes. It must not hold
//! logic that another front end would need.

pub mod address_argument;
pub mod args;
pub mod attest;
pub mod commands;
mod crash;
pub mod front;
pub mod local_commands;
pub mod log;
mod machine;
pub mod mistakes;
mod pager;
pub mod place;
pub mod progress;
pub mod prompt;
pub mod rehearsal;
pub mod session;
pub mod shell;
pub mod source_text;
mod values;

use std::process::ExitCode;

use crate::product;
use args::Command;
use shell::Shell;

/// How a command ended; each value is the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// A problem, already reported.
    Error = 1,
    /// `plan -detailed-exitcode`: there are changes. `fmt`: a file cannot be formatted.
    Changes = 2,
    /// `fmt -check`: a file is not in canonical layout.
    Unformatted = 3,
    /// `apply`: nothing failed, and something waits: a step for a person.
    Waits = 4,
    /// `plan`, `apply`, `show` with `-policy`: a policy forbids the plan.
    Denied = 5,
    /// The program itself broke, as Terraform's ends then.
    Crashed = 11,
}

/// The exit code where there is no command to run.
const NO_COMMAND: u8 = 127;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    crash::caught(command_line).unwrap_or(Exit::Crashed.into())
}

fn command_line() -> ExitCode {
    if shell::stands_in() {
        product::stand_in();
    }
    let shell = Shell::detect(false);
    let code = run(&shell);
    match code == ExitCode::SUCCESS && shell.lost_output() {
        true => Exit::Error.into(),
        false => code,
    }
}

fn run(shell: &Shell) -> ExitCode {
    let line = machine::words();
    log::begin(&line, machine::variable);
    let front = match front::read(line, machine::variable) {
        Ok(front) => front,
        Err(problem) => {
            shell.error_text(&format!("{problem}\n"));
            return Exit::Error.into();
        }
    };
    log::command(&front.line);
    let started_in = std::env::current_dir().unwrap_or_default();
    if let Some(dir) = &front.chdir
        && let Err(error) = std::env::set_current_dir(dir)
    {
        let words = shell::system_words(&error);
        shell.error_text(&format!(
            "Error handling -chdir option: chdir {dir}: {words}\n"
        ));
        return Exit::Error.into();
    }
    if front.strayed {
        return strayed(&front, shell);
    }
    let cli = match args::parse(&front.line) {
        Ok(cli) => cli,
        Err(why) => return no_command(&why, &front, shell),
    };
    if cli.version {
        return commands::version::run(&args::VersionArgs::default()).into();
    }
    let Some(command) = cli.command else {
        shell.out(&args::help());
        return ExitCode::from(NO_COMMAND);
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            shell.error_text(&format!("Error: The runtime cannot be started: {error}\n"));
            return Exit::Error.into();
        }
    };
    runtime.block_on(dispatch(command, started_in)).into()
}

async fn dispatch(command: Command, started_in: std::path::PathBuf) -> Exit {
    match command {
        Command::Init(args) => commands::init::run(&args, started_in).await,
        Command::Validate(args) => commands::validate::run(&args, started_in).await,
        Command::Plan(args) => commands::plan::run(&args, started_in).await,
        Command::Apply(args) => commands::apply::run(&args, false, started_in).await,
        Command::Destroy(args) => commands::apply::run(&args, true, started_in).await,
        Command::Refresh(args) => commands::refresh::run(&args, started_in).await,
        Command::Import(args) => commands::import::run(&args, started_in).await,
        Command::Discover(args) => commands::discover::run(&args, started_in).await,
        Command::Compare(args) => commands::compare::run(&args, started_in).await,
        Command::Taint(args) => commands::taint::run(&args, true, started_in).await,
        Command::Untaint(args) => commands::taint::run(&args, false, started_in).await,
        Command::Show(args) => commands::show::run(&args, started_in).await,
        Command::Output(args) => commands::output::run(&args, started_in).await,
        Command::State(args) => commands::state::run(&args, started_in).await,
        Command::History(args) => commands::history::run(&args, started_in).await,
        Command::Test(args) => commands::test::run(&args, started_in).await,
        Command::Console(args) => commands::console::run(&args, started_in).await,
        Command::Fmt(args) => commands::fmt::run(&args, started_in).await,
        Command::Get(args) => commands::get::run(&args, started_in).await,
        Command::ForceUnlock(args) => commands::force_unlock::run(&args, started_in).await,
        Command::Login(args) => commands::login::run(&args, true),
        Command::Logout(args) => commands::login::run(&args, false),
        Command::Modules(args) => commands::modules::run(&args, started_in).await,
        Command::Metadata(command) => commands::metadata::run(&command),
        Command::Review(args) => commands::review::run(&args, started_in).await,
        Command::Why(args) => commands::why::run(&args, started_in).await,
        Command::Graph(args) => commands::graph::run(&args, started_in).await,
        Command::Providers(args) => commands::providers::run(&args, started_in).await,
        Command::Sandbox(args) => commands::sandbox::run(&args).await,
        Command::Version(args) => commands::version::run(&args),
        Command::Completion(args) => commands::completion::run(&args),
        Command::Workspace(args) => commands::workspace::run(&args, false, started_in).await,
        Command::Env(args) => commands::workspace::run(&args, true, started_in).await,
    }
}

/// Tells of flags before the command that belong after it.
fn strayed(front: &front::Front, shell: &Shell) -> ExitCode {
    if front.command.is_empty() {
        shell.out(&args::help());
        return ExitCode::from(NO_COMMAND);
    }
    let help = args::help_of(&front.command.join(" "));
    shell.out(&format!("Invalid flags before the subcommand. If these flags are for\nthe subcommand, please put them after the subcommand.\n\n\n{help}"));
    Exit::Error.into()
}

/// Tells why a line is no command: help on standard output, mistakes with exit code 1.
fn no_command(why: &args::NoCommand, front: &front::Front, shell: &Shell) -> ExitCode {
    let told = mistakes::tell(why, &front.command, &shell.style);
    shell.out(&told.out);
    shell.error_text(&told.error);
    match told.well {
        true => Exit::Ok.into(),
        false => Exit::Error.into(),
    }
}
