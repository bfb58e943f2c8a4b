//! The arguments of `workspace`, and of `env`, its old name.
//!
//! Only what may be given; what it means is the command's business.

use clap::{Args, Subcommand};

use super::common::{Common, LockArgs};

/// Arguments of `workspace`.
#[derive(Args, Clone, Debug)]
pub struct WorkspaceArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: WorkspaceCommand,
}

/// Subcommands of `workspace`.
#[derive(Clone, Debug, Subcommand)]
pub enum WorkspaceCommand {
    /// List the workspaces
    List {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Nothing.
        #[arg(hide = true)]
        rest: Vec<String>,
    },
    /// Show the name of the selected workspace
    Show {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Nothing.
        #[arg(hide = true)]
        rest: Vec<String>,
    },
    /// Make a workspace and select it
    New {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Locking options.
        #[command(flatten)]
        locking: LockArgs,
        /// A state file to begin with.
        #[arg(long, value_name = "FILE")]
        state: Option<String>,
        /// The name.
        #[arg(value_name = "NAME")]
        name: Vec<String>,
    },
    /// Select a workspace
    Select {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Make the workspace if there is none.
        #[arg(long)]
        or_create: bool,
        /// The name.
        #[arg(value_name = "NAME")]
        name: Vec<String>,
    },
    /// Delete a workspace and its state
    Delete {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Locking options.
        #[command(flatten)]
        locking: LockArgs,
        /// Delete it even if it keeps objects, which nobody manages then.
        #[arg(long)]
        force: bool,
        /// The name.
        #[arg(value_name = "NAME")]
        name: Vec<String>,
    },
}
