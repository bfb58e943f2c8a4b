//! The arguments of the commands that look at what exists at a vendor.
//!
//! Only what may be given; what it means is the commands' business.

use clap::Args;

use super::common::{Common, LockArgs, VarArgs};

/// Options of looking.
#[derive(Args, Clone, Debug)]
pub struct SearchArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Locking options.
    #[command(flatten)]
    pub locking: LockArgs,
    /// Variables.
    #[command(flatten)]
    pub variables: VarArgs,
    /// Most provider calls at once.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub parallelism: usize,
}

/// Arguments of `discover`.
#[derive(Args, Clone, Debug)]
pub struct DiscoverArgs {
    /// Options of looking.
    #[command(flatten)]
    pub search: SearchArgs,
    /// The file to write, which must be a new one; without it discovered_PROVIDER.tf.
    #[arg(long, value_name = "FILE")]
    pub out: Option<String>,
    /// The provider configuration, with its alias if it has one: genesyscloud, genesyscloud.dev.
    pub provider: String,
    /// Resource types; all without any.
    #[arg(value_name = "TYPE")]
    pub types: Vec<String>,
}

/// Arguments of `compare`.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// Options of looking.
    #[command(flatten)]
    pub search: SearchArgs,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a report to this file; its ending says the format (.md, .html, .json, .xml for JUnit, .txt, .annotations). May
    /// be given more than once.
    #[arg(long, value_name = "FILE")]
    pub report: Vec<String>,
    /// Exit with 0 when nothing differs, 1 on errors, 2 when something does.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// The first provider configuration, e.g. genesyscloud.dev.
    pub first: String,
    /// The second, e.g. genesyscloud.prod.
    pub second: String,
    /// Resource types; all without any.
    #[arg(value_name = "TYPE")]
    pub types: Vec<String>,
}
