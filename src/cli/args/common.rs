//! Options that several commands share, and how their values are read.
//!
//! It must not know commands.

use std::time::Duration;

use clap::{ArgAction, Args};

/// The ids of all options of this file, which are not a command's own.
#[must_use]
pub fn shared() -> Vec<clap::Id> {
    let none = clap::Command::new("");
    let all = VarArgs::augment_args(StatePaths::augment_args(LockArgs::augment_args(
        Common::augment_args(none),
    )));
    all.get_arguments()
        .map(|arg| arg.get_id().clone())
        .collect()
}

/// Options of every command that works on a directory.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// Do not write colours.
    #[arg(long)]
    pub no_color: bool,
    /// Do not show what is longer than the screen in a pager.
    #[arg(long)]
    pub no_pager: bool,
    /// Rehearse: work against the vendors' simulators, with a state of its own.
    #[arg(long)]
    pub sandbox: bool,
    /// Run provisioners in a rehearsal, which only shows them otherwise.
    #[arg(long, requires = "sandbox")]
    pub sandbox_exec: bool,
    /// Write problems as GitHub annotations too.
    #[arg(long)]
    pub annotations: bool,
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
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = timeout)]
    pub lock_timeout: Duration,
}

/// Options that name files in place of where the backend keeps the state.
#[derive(Args, Clone, Debug, Default)]
pub struct StatePaths {
    /// A state file to work on instead; it is read and written.
    #[arg(long, value_name = "FILE")]
    pub state: Option<String>,
    /// Where the state is written, if not where it was read.
    #[arg(long, value_name = "FILE")]
    pub state_out: Option<String>,
    /// Where the state that was there goes before it is written; `-` for nowhere.
    #[arg(long, value_name = "FILE")]
    pub backup: Option<String>,
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

/// Whether values that are secret are left out where they would be printed for programs.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct RedactArgs {
    /// Leave sensitive values out of what is written for programs; the default is what TRUNKLINE_REDACT says.
    #[arg(long, action = ArgAction::Set)]
    pub redact: Option<bool>,
}

/// Reads a yes or no as Terraform's flags and variables take them.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "t" | "T" | "TRUE" | "True" => Ok(true),
        "false" | "0" | "f" | "F" | "FALSE" | "False" => Ok(false),
        _ => Err("it is neither true nor false".into()),
    }
}

/// Reads a duration of an option.
fn timeout(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "it is no duration such as 10s or 1m".into())
}

/// A duration such as `10s`, `2m` or `1h30m`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text;
    if rest == "0" {
        return Some(Duration::ZERO);
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
    Duration::try_from_secs_f64(total).ok()
}
