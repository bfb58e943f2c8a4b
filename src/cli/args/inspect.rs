//! The arguments of the commands that show something and change nothing.
//!
//! Only what may be given; what it means is the commands' business.

use clap::{ArgAction, Args, Subcommand};

use super::common::{Common, RedactArgs, VarArgs};

/// Arguments of `show`.
#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Secrets.
    #[command(flatten)]
    pub redact: RedactArgs,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a report of a saved plan: markdown, html, json (without secrets), annotations, junit or text.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Ask the policies in this directory (Rego); may be given more than once. What they forbid ends with exit code 5.
    #[arg(long, value_name = "DIR")]
    pub policy: Vec<String>,
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
    /// Secrets.
    #[command(flatten)]
    pub redact: RedactArgs,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a string, number or bool as it is.
    #[arg(long)]
    pub raw: bool,
    /// A state file to look at instead.
    #[arg(long, value_name = "FILE")]
    pub state: Option<String>,
    /// One output.
    pub name: Option<String>,
}

/// Arguments of `console`.
#[derive(Args, Clone, Debug)]
pub struct ConsoleArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Evaluate against what a plan would make of the state.
    #[arg(long)]
    pub plan: bool,
    /// A state file to look at instead.
    #[arg(long, value_name = "FILE")]
    pub state: Option<String>,
    /// Variables.
    #[command(flatten)]
    pub variables: VarArgs,
}

/// Arguments of `graph`.
#[derive(Args, Clone, Debug)]
pub struct GraphArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Draw everything that an operation walks: plan, plan-refresh-only, plan-destroy or apply.
    #[arg(long = "type", value_name = "TYPE")]
    pub graph_type: Option<String>,
    /// Draw what a saved plan would do.
    #[arg(long, value_name = "FILE")]
    pub plan: Option<String>,
    /// Accepted for compatibility: what depends on itself is refused before it is drawn.
    #[arg(long, hide = true)]
    pub draw_cycles: bool,
    /// Accepted for compatibility.
    #[arg(long, hide = true)]
    pub verbose: bool,
    /// Accepted for compatibility.
    #[arg(long, value_name = "N", hide = true)]
    pub module_depth: Option<i64>,
}

/// Arguments of `providers`.
#[derive(Args, Clone, Debug)]
pub struct ProvidersArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
    /// Where test files are, besides the working directory.
    #[arg(long, value_name = "DIR", default_value = "tests")]
    pub test_directory: String,
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
        /// Nothing.
        #[arg(hide = true)]
        rest: Vec<String>,
    },
    /// Write a provider's page of documentation; without a name, the names of those that are part of this program
    Docs {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// The provider's name or source address.
        #[arg(value_name = "PROVIDER")]
        provider: Option<String>,
    },
    /// Record the checksums of providers that have to be fetched
    Lock {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// A platform to record them for; may be given more than once.
        #[arg(long = "platform", value_name = "OS_ARCH")]
        platforms: Vec<String>,
        /// Accepted for compatibility; nothing is fetched.
        #[arg(long, hide = true)]
        fs_mirror: Option<String>,
        /// Accepted for compatibility; nothing is fetched.
        #[arg(long, hide = true)]
        net_mirror: Option<String>,
        /// Accepted for compatibility; nothing is fetched.
        #[arg(long, hide = true)]
        enable_plugin_cache: bool,
        /// Source addresses of providers; without any, all that the configuration requires.
        #[arg(value_name = "PROVIDER")]
        providers: Vec<String>,
    },
    /// Copy providers that have to be fetched into a directory
    Mirror {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Whether to take the versions that the lock file names.
        #[arg(long, action = ArgAction::Set, default_value = "true", hide = true)]
        lock_file: bool,
        /// A platform to copy them for; may be given more than once.
        #[arg(long = "platform", value_name = "OS_ARCH")]
        platforms: Vec<String>,
        /// The directory.
        #[arg(value_name = "DIR")]
        dir: Vec<String>,
    },
}

/// Arguments of `modules`.
#[derive(Args, Clone, Debug)]
pub struct ModulesArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `login` and `logout`.
#[derive(Args, Clone, Debug)]
pub struct HostArgs {
    /// Do not write colours.
    #[arg(long)]
    pub no_color: bool,
    /// The host.
    #[arg(value_name = "HOST")]
    pub host: Vec<String>,
}

/// Subcommands of `metadata`.
#[derive(Clone, Debug, Subcommand)]
pub enum MetadataCommand {
    /// The signatures of the built-in functions
    Functions {
        /// Write JSON (the only form there is).
        #[arg(long)]
        json: bool,
        /// Do not write colours.
        #[arg(long)]
        no_color: bool,
        /// Nothing.
        #[arg(hide = true)]
        rest: Vec<String>,
    },
}

/// Arguments of `version`.
#[derive(Args, Clone, Debug, Default)]
pub struct VersionArgs {
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// Do not write colours.
    #[arg(long)]
    pub no_color: bool,
    /// Nothing.
    #[arg(hide = true)]
    pub rest: Vec<String>,
}

/// Arguments of `completion`.
#[derive(Args, Clone, Debug)]
pub struct CompletionArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_parser = ["bash", "zsh", "fish"])]
    pub shell: String,
}

/// Arguments of `review`.
#[derive(Args, Clone, Debug)]
pub struct ReviewArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Variables, for both ends.
    #[command(flatten)]
    pub variables: VarArgs,
    /// What the branch is for; without it, the main branch.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Whether to compare the plans on the state of this directory too, where there is one. It is only read.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub state: bool,
    /// Write a report to this file; its ending says the format. May be given more than once.
    #[arg(long, value_name = "FILE")]
    pub report: Vec<String>,
}
