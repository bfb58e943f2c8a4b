//! The arguments of `history`.

use clap::{Args, Subcommand};

use super::common::Common;

/// Arguments of `history`.
#[derive(Args, Clone, Debug)]
pub struct HistoryArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
    /// What to show; without it all runs are listed.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
}

/// Subcommands of `history`.
#[derive(Clone, Debug, Subcommand)]
pub enum HistoryCommand {
    /// Show what one run did
    Show {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Write JSON.
        #[arg(long)]
        json: bool,
        /// The number of the run, or the beginning of its id.
        run: String,
    },
}
