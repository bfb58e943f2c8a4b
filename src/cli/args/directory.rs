//! The arguments of the commands that prepare, check and format a directory's configuration.
//!
//! Only what may be given; what it means is the commands' business.

use clap::{ArgAction, Args};

use super::common::Common;

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
