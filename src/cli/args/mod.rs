//! The arguments of every command, with the doc comments that are their help.
//!
//! Long options have one dash, as in Terraform (`-out=FILE`); two are accepted too.

mod common;
mod directory;
mod discover;
mod flags;
mod guide;
mod history;
mod inspect;
mod line;
mod planning;
mod sandbox;
mod state;
mod testing;
mod workspace;

use clap::{Parser, Subcommand};

pub use common::*;
pub use directory::*;
pub use discover::*;
pub use flags::{Mistake, is_help};
pub use history::*;
pub use inspect::*;
pub use line::*;
pub use planning::*;
pub use sandbox::*;
pub use state::*;
pub use testing::*;
pub use workspace::*;

/// Configuration of messaging and contact-centre platforms, planned, reviewed and applied.
#[derive(Debug, Parser)]
#[command(
    name = "trunkline",
    disable_help_subcommand = true,
    subcommand_required = false
)]
pub struct Cli {
    /// Switch to another directory before doing anything.
    #[arg(long, value_name = "DIR")]
    pub chdir: Option<String>,
    /// Show the version.
    #[arg(long, short = 'v')]
    pub version: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prepare the working directory for the other commands
    Init(InitArgs),
    /// Check whether the configuration is valid
    Validate(ValidateArgs),
    /// Show the changes that the configuration requires
    Plan(PlanArgs),
    /// Create or change objects as the configuration requires
    Apply(ApplyArgs),
    /// Destroy the objects that this directory manages
    Destroy(ApplyArgs),
    /// Take over what has changed outside, without asking
    Refresh(PlanningArgs),
    /// Take an object that exists into the state
    Import(ImportArgs),
    /// List what exists at a vendor, and write import blocks with matching configuration
    Discover(DiscoverArgs),
    /// Show what differs between two tenants, by name rather than id
    Compare(CompareArgs),
    /// Mark an object for replacement
    Taint(TaintArgs),
    /// Take back the mark of an object for replacement
    Untaint(TaintArgs),
    /// Show the state, or a saved plan
    Show(ShowArgs),
    /// Show the outputs of the root module
    Output(OutputArgs),
    /// Look at the state, and edit what it says of objects
    State(StateArgs),
    /// List the runs, and show what one of them did
    History(HistoryArgs),
    /// Run the tests of the configuration
    Test(TestArgs),
    /// Try expressions, with the configuration and the state in scope
    Console(ConsoleArgs),
    /// Bring configuration files into the canonical layout
    Fmt(FmtArgs),
    /// Check that the modules that the configuration calls are there
    Get(GetArgs),
    /// Give back a lock of the state that nobody holds any more
    ForceUnlock(ForceUnlockArgs),
    /// Get credentials of a remote host (there is none to log in to)
    Login(HostArgs),
    /// Forget the credentials of a remote host
    Logout(HostArgs),
    /// Show the modules that the configuration calls
    Modules(ModulesArgs),
    /// Describe the language for other programs
    #[command(subcommand)]
    Metadata(MetadataCommand),
    /// Show what this branch changes, without credentials
    Review(ReviewArgs),
    /// Tell what a planned change comes of, and what comes of it
    Why(WhyArgs),
    /// Write the graph of dependencies in DOT
    Graph(GraphArgs),
    /// Show the providers that the configuration requires
    Providers(ProvidersArgs),
    /// Serve the vendors' simulators, to look at them or to point clients at them
    Sandbox(SandboxArgs),
    /// Show the version
    Version(VersionArgs),
    /// Write a script that completes commands and options in a shell
    Completion(CompletionArgs),
    /// Make, select, list and delete workspaces
    Workspace(WorkspaceArgs),
    /// The old name of `workspace`
    #[command(hide = true)]
    Env(WorkspaceArgs),
}

#[cfg(test)]
mod tests {
    use super::line::definition;
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn single_dash_options_are_understood() {
        let given = [
            "t",
            "plan",
            "-out",
            "f",
            "-no-color",
            "-sandbox",
            "-var",
            "a=-b",
        ];
        let cli = parse(&given.map(str::to_owned)).unwrap();
        let Some(Command::Plan(plan)) = cli.command else {
            panic!("a plan")
        };
        assert_eq!(plan.out.as_deref(), Some("f"));
        assert!(plan.planning.common.no_color && plan.planning.common.rehearse());
        assert_eq!(plan.planning.variables.vars, ["a=-b"]);
    }

    #[test]
    fn switches_take_values_and_the_last_holds() {
        let plan = |words: &[&str]| {
            let line = [&["t", "plan"], words].concat();
            let line: Vec<String> = line.into_iter().map(str::to_owned).collect();
            let cli = parse(&line);
            match cli.map(|c| c.command) {
                Ok(Some(Command::Plan(plan))) => {
                    Some((plan.planning.destroy, plan.planning.refresh))
                }
                _ => None,
            }
        };
        assert_eq!(plan(&[]), Some((false, true)));
        assert_eq!(
            plan(&["-destroy=true", "-refresh=false"]),
            Some((true, false))
        );
        assert_eq!(
            plan(&["-destroy", "-refresh=0", "-destroy=false", "-refresh"]),
            Some((false, true))
        );
        assert_eq!(
            plan(&["-destroy", "-destroy", "-refresh=t"]),
            Some((true, true))
        );
        assert_eq!(plan(&["-destroy=maybe"]), None);
        assert_eq!(plan(&["-refresh=maybe"]), None);
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("1m30s"), Some(std::time::Duration::from_secs(90)));
        assert_eq!(duration("0s"), Some(std::time::Duration::ZERO));
        assert_eq!(duration("x"), None);
    }

    #[test]
    fn help_has_single_dashes() {
        assert_eq!(single_dashes("  --out <FILE>  a--b"), "  -out <FILE>  a--b");
    }
}
