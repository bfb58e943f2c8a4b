//! The arguments of the commands that plan and apply.
//!
//! Only what may be given; what it means is the commands' business.

use clap::{ArgAction, Args};

use super::common::{Common, LockArgs, RedactArgs, StatePaths, VarArgs};

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
    /// Files in place of the backend's.
    #[command(flatten)]
    pub paths: StatePaths,
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
    /// Leave this object out, and what depends on it; may be given more than once.
    #[arg(long, value_name = "ADDRESS")]
    pub exclude: Vec<String>,
    /// Most provider calls at once.
    #[arg(
        long,
        default_value_t = 10,
        value_name = "N",
        allow_negative_numbers = true
    )]
    pub parallelism: i64,
    /// Show warnings in one line each.
    #[arg(long)]
    pub compact_warnings: bool,
    /// Write a stream of JSON messages, one a line, instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plan`.
#[derive(Args, Clone, Debug)]
pub struct PlanArgs {
    /// Planning options.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Secrets: a plan shows none in any case.
    #[command(flatten)]
    pub redact: RedactArgs,
    /// Save the plan to a file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<String>,
    /// Write configuration for what is imported and has none to this file, which must be a new one.
    #[arg(long, value_name = "FILE")]
    pub generate_config_out: Option<String>,
    /// Ask the policies in this directory (Rego); may be given more than once. The exit code is 5 where they forbid the plan.
    #[arg(long, value_name = "DIR")]
    pub policy: Vec<String>,
    /// Show the plan in one line a change.
    #[arg(long)]
    pub compact: bool,
    /// Write a report of the plan to this file; its ending says the format (.md, .html, .json, .xml for JUnit, .txt,
    /// .annotations). May be given more than once.
    #[arg(long, value_name = "FILE")]
    pub report: Vec<String>,
    /// Plan back to what an earlier run made: with its configuration and its values of variables.
    #[arg(long, value_name = "RUN")]
    pub to_run: Option<String>,
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
    /// Make changes that a change window holds; the history records it.
    #[arg(long)]
    pub allow_outside_window: bool,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT", requires = "allow_outside_window")]
    pub reason: Option<String>,
    /// Answers to manual steps, for where nobody can be asked.
    #[arg(long, value_name = "FILE")]
    pub answers: Option<String>,
    /// Ask the policies in this directory (Rego); may be given more than once. What they forbid is not applied, and the exit code is 5.
    #[arg(long, value_name = "DIR")]
    pub policy: Vec<String>,
    /// Apply only a plan with this digest, which reports of it show.
    #[arg(long, value_name = "DIGEST")]
    pub expect: Option<String>,
    /// A saved plan to apply.
    #[arg(value_name = "PLAN")]
    pub plan: Option<String>,
}

/// Arguments of `why`.
#[derive(Args, Clone, Debug)]
pub struct WhyArgs {
    /// Planning options.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Look at a saved plan instead of planning.
    #[arg(long, value_name = "FILE")]
    pub plan: Option<String>,
    /// An instance, a resource or a module.
    #[arg(value_name = "ADDRESS")]
    pub address: String,
}
