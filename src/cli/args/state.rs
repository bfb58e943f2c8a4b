//! The arguments of `state` and of what is under it.
//!
//! Only what may be given; what it means is the commands' business.

use clap::{Args, Subcommand};

use super::common::{Common, LockArgs};

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
    /// Make the state what a tfstate document says
    Push(StatePushArgs),
    /// Export, import or replace the key that the state is sealed with
    Key {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// What to do with it.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Show what differs between the states after two runs
    Diff {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Write JSON.
        #[arg(long)]
        json: bool,
        /// The earlier run: its number, or the beginning of its id.
        from: String,
        /// The later run.
        to: String,
    },
    /// Check the integrity of the store
    Check {
        /// Common options.
        #[command(flatten)]
        common: Common,
    },
    /// Copy the store to a file
    Backup {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// The file; it must not be there yet.
        file: String,
    },
    /// Go back to a copy of the store
    Restore {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// The copy.
        file: String,
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

/// Arguments of `state push`.
#[derive(Args, Clone, Debug)]
pub struct StatePushArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Locking options.
    #[command(flatten)]
    pub locking: LockArgs,
    /// Take the document even if it is older than the state, or of another one.
    #[arg(long)]
    pub force: bool,
    /// Accepted for compatibility; there is no remote version.
    #[arg(long, hide = true)]
    pub ignore_remote_version: bool,
    /// The document; `-` is standard input.
    #[arg(value_name = "PATH")]
    pub path: Vec<String>,
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

/// Arguments of `taint` and `untaint`.
#[derive(Args, Clone, Debug)]
pub struct TaintArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Locking options.
    #[command(flatten)]
    pub locking: LockArgs,
    /// Succeed even if there is no such object.
    #[arg(long)]
    pub allow_missing: bool,
    /// Accepted for compatibility; there is no remote version.
    #[arg(long, hide = true)]
    pub ignore_remote_version: bool,
    /// The instance.
    #[arg(value_name = "ADDRESS")]
    pub address: Vec<String>,
}
