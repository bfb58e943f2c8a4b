//! The arguments of the commands that prepare, check and format a directory's configuration.
//!
//! Only what may be given; what it means is the commands' business.

use clap::{ArgAction, Args};

use super::common::{Common, LockArgs};

/// Arguments of `init`.
#[derive(Args, Clone, Debug)]
pub struct InitArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Locking options.
    #[command(flatten)]
    pub locking: LockArgs,
    /// Ask questions.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub input: bool,
    /// Find modules again, even those found before.
    #[arg(long)]
    pub upgrade: bool,
    /// Whether to prepare the backend.
    #[arg(long, alias = "cloud", action = ArgAction::Set, default_value = "true")]
    pub backend: bool,
    /// Arguments of the backend: a file of them, or one; may be given more than once.
    #[arg(long, value_name = "FILE|NAME=VALUE")]
    pub backend_config: Vec<String>,
    /// Keep states elsewhere from now on, and leave those that are there.
    #[arg(long)]
    pub reconfigure: bool,
    /// Keep states elsewhere from now on, and take those that are there along.
    #[arg(long)]
    pub migrate_state: bool,
    /// Answer questions about copying states with yes.
    #[arg(long)]
    pub force_copy: bool,
    /// Whether to find modules.
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub get: bool,
    /// Begin with a copy of this module.
    #[arg(long, value_name = "SOURCE")]
    pub from_module: Option<String>,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// Accepted for compatibility; the lock file is not changed.
    #[arg(long, hide = true)]
    pub lockfile: Option<String>,
    /// Accepted for compatibility; providers are part of this program.
    #[arg(long, hide = true)]
    pub plugin_dir: Vec<String>,
    /// Accepted for compatibility; there is no remote version.
    #[arg(long, hide = true)]
    pub ignore_remote_version: bool,
    /// Accepted for compatibility; nothing that init does depends on them.
    #[arg(long = "var", hide = true)]
    pub vars: Vec<String>,
    /// Accepted for compatibility; nothing that init does depends on them.
    #[arg(long = "var-file", hide = true)]
    pub var_files: Vec<String>,
    /// Accepted for compatibility; nothing is planned.
    #[arg(long, hide = true)]
    pub target: Vec<String>,
    /// Show warnings in one line each.
    #[arg(long, hide = true)]
    pub compact_warnings: bool,
    /// Where test files are, besides the working directory.
    #[arg(long, value_name = "DIR", default_value = "tests")]
    pub test_directory: String,
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
    /// Leave test files out.
    #[arg(long)]
    pub no_tests: bool,
    /// Where test files are, besides the working directory.
    #[arg(long, value_name = "DIR", default_value = "tests")]
    pub test_directory: String,
    /// The directory of the configuration, if not this one.
    #[arg(value_name = "DIR")]
    pub dir: Option<String>,
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
    /// Find modules again, even those found before.
    #[arg(long)]
    pub update: bool,
    /// Where test files are, besides the working directory.
    #[arg(long, value_name = "DIR", default_value = "tests")]
    pub test_directory: String,
}
