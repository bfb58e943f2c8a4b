//! The arguments of every command, with the doc comments that are their help.
//!
//! Long options have one dash, as in Terraform (`-out=FILE`); two are accepted too.

use std::any::TypeId;
use std::collections::BTreeSet;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

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
    /// Show the state, or a saved plan
    Show(ShowArgs),
    /// Show the outputs of the root module
    Output(OutputArgs),
    /// Look at the state
    State(StateArgs),
    /// Try expressions, with the configuration and the state in scope
    Console(ConsoleArgs),
    /// Bring configuration files into the canonical layout
    Fmt(FmtArgs),
    /// Check that the modules that the configuration calls are there
    Get(GetArgs),
    /// Describe the language for other programs
    #[command(subcommand)]
    Metadata(MetadataCommand),
    /// Write the graph of dependencies in DOT
    Graph(GraphArgs),
    /// Show the providers that the configuration requires
    Providers(ProvidersArgs),
    /// Serve the vendors' simulators, to look at them or to point clients at them
    Sandbox(SandboxArgs),
    /// Show the version
    Version(VersionArgs),
}

/// Options of every command that works on a directory.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// Do not write colours.
    #[arg(long)]
    pub no_color: bool,
    /// Rehearse: work against the vendors' simulators, with a state of its own.
    #[arg(long)]
    pub sandbox: bool,
}

impl Common {
    /// Whether this is a rehearsal.
    #[must_use]
    pub fn rehearse(&self) -> bool {
        self.sandbox
    }
}

/// Options of commands that lock the state.
#[derive(Args, Clone, Debug)]
pub struct LockArgs {
    /// Whether to lock the state.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub lock: bool,
    /// How long to wait for the lock, e.g. 10s or 1m.
    #[arg(long, default_value = "0s", value_name = "DURATION")]
    pub lock_timeout: String,
}

/// Options that set variables.
#[derive(Args, Clone, Debug, Default)]
pub struct VarArgs {
    /// Set a variable; may be given more than once.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Load variables from a file; may be given more than once.
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<String>,
    /// Ask for variables that are not set.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub input: bool,
}

/// Options of planning.
#[derive(Args, Clone, Debug)]
pub struct PlanningArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Locking options.
    #[command(flatten)]
    pub locking: LockArgs,
    /// Variables.
    #[command(flatten)]
    pub variables: VarArgs,
    /// Plan to destroy everything.
    #[arg(long)]
    pub destroy: bool,
    /// Only take over what has changed outside.
    #[arg(long)]
    pub refresh_only: bool,
    /// Whether to read objects again before planning.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub refresh: bool,
    /// Replace this object; may be given more than once.
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<String>,
    /// Limit the plan to this object and what it depends on; may be given more than once.
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Most provider calls at once.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub parallelism: usize,
    /// Show warnings in one line each.
    #[arg(long)]
    pub compact_warnings: bool,
}

/// Arguments of `plan`.
#[derive(Args, Clone, Debug)]
pub struct PlanArgs {
    /// Planning options.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Save the plan to a file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<String>,
    /// Exit with 0 when there is nothing to do, 1 on errors, 2 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Arguments of `apply` and `destroy`.
#[derive(Args, Clone, Debug)]
pub struct ApplyArgs {
    /// Planning options.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Do not ask for approval.
    #[arg(long)]
    pub auto_approve: bool,
    /// A saved plan to apply.
    #[arg(value_name = "PLAN")]
    pub plan: Option<String>,
}

/// Arguments of `init`.
#[derive(Args, Clone, Debug)]
pub struct InitArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Accepted for compatibility; nothing is asked.
    #[arg(long, action = ArgAction::Set, default_value = "true", hide = true)]
    pub input: bool,
    /// Accepted for compatibility; bundled providers have no newer versions to fetch.
    #[arg(long, hide = true)]
    pub upgrade: bool,
    /// Accepted for compatibility; the store is always used.
    #[arg(long, action = ArgAction::Set, default_value = "true", hide = true)]
    pub backend: bool,
    /// Accepted for compatibility.
    #[arg(long, hide = true)]
    pub reconfigure: bool,
}

/// Arguments of `validate`.
#[derive(Args, Clone, Debug)]
pub struct ValidateArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `show`.
#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// A saved plan; without it the state is shown.
    #[arg(value_name = "PLAN")]
    pub path: Option<String>,
}

/// Arguments of `output`.
#[derive(Args, Clone, Debug)]
pub struct OutputArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a string, number or bool as it is.
    #[arg(long)]
    pub raw: bool,
    /// One output.
    pub name: Option<String>,
}

/// Arguments of `state`.
#[derive(Args, Clone, Debug)]
pub struct StateArgs {
    /// What to look at.
    #[command(subcommand)]
    pub command: StateCommand,
}

/// Subcommands of `state`.
#[derive(Clone, Debug, Subcommand)]
pub enum StateCommand {
    /// List the objects in the state
    List {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Only these modules, resources or instances.
        addresses: Vec<String>,
    },
    /// Show one object of the state
    Show {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// The instance.
        address: String,
    },
    /// Write the state as a tfstate document (secrets in clear)
    Pull {
        /// Common options.
        #[command(flatten)]
        common: Common,
    },
    /// Export, import or replace the key that the state is sealed with
    Key {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// What to do with it.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Drop an unfinished operation, after looking at the service
    Discard {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// The instance.
        address: String,
    },
}

/// Subcommands of `state key`.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyCommand {
    /// Print the key of this state, for another machine
    Export,
    /// Read a key from standard input, so that states sealed with it open here
    Import,
    /// Give this state a new key
    Rotate {
        /// Seal everything anew too, for when the old key may have leaked; saved plans end with it.
        #[arg(long)]
        reseal: bool,
    },
}

/// Arguments of `graph`.
#[derive(Args, Clone, Debug)]
pub struct GraphArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `providers`.
#[derive(Args, Clone, Debug)]
pub struct ProvidersArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
    /// Common options.
    #[command(flatten)]
    pub common: Common,
}

/// Subcommands of `providers`.
#[derive(Clone, Debug, Subcommand)]
pub enum ProvidersCommand {
    /// Write the schemas of the providers that the configuration uses
    Schema {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Write JSON (the only form there is).
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `sandbox`.
#[derive(Args, Clone, Debug)]
pub struct SandboxArgs {
    /// Where the simulators keep their state.
    #[arg(long, default_value = ".trunkline/sandbox/vendors", value_name = "DIR")]
    pub data: String,
    /// Answer every call only after so many milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency: u64,
    /// Do not write colours.
    #[arg(long)]
    pub no_color: bool,
}

/// Arguments of `console`.
#[derive(Args, Clone, Debug)]
pub struct ConsoleArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Variables.
    #[command(flatten)]
    pub variables: VarArgs,
}

/// Arguments of `fmt`.
#[derive(Args, Clone, Debug)]
pub struct FmtArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Whether to list the files that differ.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub list: bool,
    /// Whether to write the files.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub write: bool,
    /// Show the changes.
    #[arg(long)]
    pub diff: bool,
    /// Only check; the exit code is 3 when a file differs.
    #[arg(long)]
    pub check: bool,
    /// Go into the folders below too.
    #[arg(long)]
    pub recursive: bool,
    /// Files and folders; `-` is standard input.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Arguments of `get`.
#[derive(Args, Clone, Debug)]
pub struct GetArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Accepted for compatibility; local modules have no newer versions to fetch.
    #[arg(long, hide = true)]
    pub update: bool,
}

/// Subcommands of `metadata`.
#[derive(Clone, Debug, Subcommand)]
pub enum MetadataCommand {
    /// The signatures of the built-in functions
    Functions {
        /// Write JSON (the only form there is).
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `version`.
#[derive(Args, Clone, Debug)]
pub struct VersionArgs {
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
}

/// Reads a yes or no as Terraform's flags and variables take them.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "t" | "T" | "TRUE" | "True" => Ok(true),
        "false" | "0" | "f" | "F" | "FALSE" | "False" => Ok(false),
        _ => Err("it is neither true nor false".into()),
    }
}

/// The whole definition. Of an option that is given more than once the last holds.
fn definition() -> clap::Command {
    fn refine(command: clap::Command) -> clap::Command {
        let command = command.args_override_self(true).mut_args(|arg| {
            // Switches that are on unless they are turned off.
            let on = matches!(arg.get_action(), ArgAction::Set)
                && arg.get_value_parser().type_id() == TypeId::of::<bool>();
            match on {
                true => arg
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_missing_value("true")
                    .value_name("BOOL")
                    .value_parser(boolean),
                false => arg,
            }
        });
        command.mut_subcommands(refine)
    }
    refine(Cli::command())
}

/// The names of the switches that are off unless they are turned on.
fn switches(command: &clap::Command, found: &mut BTreeSet<String>) {
    let names = command
        .get_arguments()
        .filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue))
        .filter_map(|arg| arg.get_long());
    found.extend(names.map(str::to_owned));
    for command in command.get_subcommands() {
        switches(command, found);
    }
}

/// Reads a command line, whose first word is the program.
pub fn parse(given: Vec<String>) -> Result<Cli, clap::Error> {
    let definition = definition();
    let mut names = BTreeSet::new();
    switches(&definition, &mut names);
    // `-json=true` is `-json`, and `-json=false` takes it back.
    let mut line: Vec<String> = Vec::new();
    for arg in normalise(given) {
        let switch = arg.strip_prefix("--").and_then(|a| a.split_once('='));
        match switch.map(|(name, value)| (name, boolean(value))) {
            Some((name, Ok(on))) if names.contains(name) => {
                let plain = format!("--{name}");
                line.retain(|a| *a != plain);
                line.extend(on.then_some(plain));
            }
            _ => line.push(arg),
        }
    }
    let matches = definition.try_get_matches_from(line)?;
    Cli::from_arg_matches(&matches)
}

/// The arguments with two dashes where one was written before a long option.
#[must_use]
pub fn normalise(given: Vec<String>) -> Vec<String> {
    let mut literal = false;
    given
        .into_iter()
        .enumerate()
        .map(|(i, arg)| {
            literal |= arg == "--";
            let long = arg.len() > 2 && arg.starts_with('-') && !arg.starts_with("--");
            match long && !literal && i > 0 && !arg[1..].starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("-{arg}"),
                false => arg,
            }
        })
        .collect()
}

/// Text of clap's with one dash before long options, as people write them here.
#[must_use]
pub fn single_dashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("--") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let option = after.starts_with(|c: char| c.is_ascii_alphabetic())
            && !out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        out.push_str(if option { "-" } else { "--" });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The help of the program.
#[must_use]
pub fn help() -> String {
    single_dashes(&definition().render_help().to_string())
}

/// A duration such as `10s`, `2m` or `1h30m`.
#[must_use]
pub fn duration(text: &str) -> Option<std::time::Duration> {
    let mut total = 0.0;
    let mut rest = text;
    if rest == "0" {
        return Some(std::time::Duration::ZERO);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let n: f64 = rest[..digits].parse().ok()?;
        let end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |i| digits + i);
        total += n * match &rest[digits..end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        rest = &rest[end..];
    }
    std::time::Duration::try_from_secs_f64(total).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn single_dash_options_are_understood() {
        let given = [
            "t",
            "-chdir=x",
            "plan",
            "-out",
            "f",
            "-no-color",
            "-sandbox",
            "-var",
            "a=-b",
        ];
        let cli = parse(given.map(str::to_owned).to_vec()).unwrap();
        let Some(Command::Plan(plan)) = cli.command else {
            panic!("a plan")
        };
        assert_eq!(
            (cli.chdir.as_deref(), plan.out.as_deref()),
            (Some("x"), Some("f"))
        );
        assert!(plan.planning.common.no_color && plan.planning.common.rehearse());
        assert_eq!(plan.planning.variables.vars, ["a=-b"]);
    }

    #[test]
    fn switches_take_values_and_the_last_holds() {
        let plan = |words: &[&str]| {
            let line = [&["t", "plan"], words].concat();
            let cli = parse(line.into_iter().map(str::to_owned).collect());
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
