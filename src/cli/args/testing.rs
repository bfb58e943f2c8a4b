//! The arguments of `test`.
//!
//! Only what may be given; what it means is the command's business.

use clap::Args;

use super::common::{Common, VarArgs};

/// Arguments of `test`.
#[derive(Args, Clone, Debug)]
pub struct TestArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Variables.
    #[command(flatten)]
    pub variables: VarArgs,
    /// Run this file only; may be given more than once.
    #[arg(long, value_name = "FILE")]
    pub filter: Vec<String>,
    /// Where test files are, besides the working directory.
    #[arg(long, value_name = "DIR", default_value = "tests")]
    pub test_directory: String,
    /// Write a stream of JSON messages, one a line, instead of text.
    #[arg(long)]
    pub json: bool,
    /// Write a JUnit report to a file as well.
    #[arg(long, value_name = "FILE")]
    pub junit_xml: Option<String>,
    /// Show the plan or the state that each run comes to.
    #[arg(long)]
    pub verbose: bool,
    /// Refused: there is no place elsewhere to run tests in.
    #[arg(long, value_name = "SOURCE", hide = true)]
    pub cloud_run: Option<String>,
    /// Nothing.
    #[arg(hide = true)]
    pub rest: Vec<String>,
    /// Most provider calls at once.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub parallelism: usize,
}
