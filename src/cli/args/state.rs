//! The arguments of `state` and of what is under it.
//!
//! Only what may be given; what it means is the commands' business.

use clap::{Args, Subcommand};

use super::common::{Common, LockArgs, RedactArgs, StatePaths, VarArgs};

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
        /// A state file to look at instead.
        #[arg(long, value_name = "FILE")]
        state: Option<String>,
        /// Only objects with this id.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// A table: ids, providers, what is tainted, how many resources each depends on.
        #[arg(long)]
        long: bool,
        /// Only these modules, resources or instances.
        addresses: Vec<String>,
    },
    /// Show one object of the state
    Show {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// A state file to look at instead.
        #[arg(long, value_name = "FILE")]
        state: Option<String>,
        /// The instance.
        address: Vec<String>,
    },
    /// Move objects to other addresses
    Mv(StateMvArgs),
    /// Forget objects, which go on existing
    Rm(StateRmArgs),
    /// Put objects under another provider
    ReplaceProvider(StateReplaceProviderArgs),
    /// Write the state as a tfstate document (secrets in clear)
    Pull {
        /// Common options.
        #[command(flatten)]
        common: Common,
        /// Secrets.
        #[command(flatten)]
        redact: RedactArgs,
        /// Nothing.
        #[arg(hide = true)]
        rest: Vec<String>,
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

/// Options of the commands that change what the state says.
#[derive(Args, Clone, Debug)]
pub struct StateFileArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Locking options.
    #[command(flatten)]
    pub locking: LockArgs,
    /// A state file to change instead.
    #[arg(long, value_name = "FILE")]
    pub state: Option<String>,
    /// Where a copy of the state goes first.
    #[arg(long, value_name = "FILE")]
    pub backup: Option<String>,
    /// Accepted for compatibility; there is no remote version.
    #[arg(long, hide = true)]
    pub ignore_remote_version: bool,
}

/// Arguments of `state mv`.
#[derive(Args, Clone, Debug)]
pub struct StateMvArgs {
    /// Which state, and how.
    #[command(flatten)]
    pub files: StateFileArgs,
    /// Only say what would be moved.
    #[arg(long)]
    pub dry_run: bool,
    /// A state file to move to.
    #[arg(long, value_name = "FILE")]
    pub state_out: Option<String>,
    /// Where a copy of the file that is moved to goes first.
    #[arg(long, value_name = "FILE")]
    pub backup_out: Option<String>,
    /// From where, and to where.
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<String>,
}

/// Arguments of `state rm`.
#[derive(Args, Clone, Debug)]
pub struct StateRmArgs {
    /// Which state, and how.
    #[command(flatten)]
    pub files: StateFileArgs,
    /// Only say what would be removed.
    #[arg(long)]
    pub dry_run: bool,
    /// Modules, resources or instances.
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<String>,
}

/// Arguments of `state replace-provider`.
#[derive(Args, Clone, Debug)]
pub struct StateReplaceProviderArgs {
    /// Which state, and how.
    #[command(flatten)]
    pub files: StateFileArgs,
    /// Do not ask for approval.
    #[arg(long)]
    pub auto_approve: bool,
    /// The provider, and the one to put in its place.
    #[arg(value_name = "PROVIDER")]
    pub providers: Vec<String>,
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
    ///
    /// A key that no environment variable names is a file in `~/.config/trunkline/keys` (below `XDG_CONFIG_HOME`, where that is
    /// set), made with the first state and called after its id. Without it the state cannot be read: keep a copy.
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
    /// Files in place of the backend's.
    #[command(flatten)]
    pub paths: StatePaths,
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

/// Arguments of `import`.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
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
    /// Read the configuration in this directory instead of the working directory.
    #[arg(long, value_name = "DIR")]
    pub config: Option<String>,
    /// Accepted for compatibility: one object is imported, so one call is made at a time.
    #[arg(long, hide = true, value_name = "N")]
    pub parallelism: Option<usize>,
    /// Accepted for compatibility; there is no remote version.
    #[arg(long, hide = true)]
    pub ignore_remote_version: bool,
    /// The address to import to, and the id of the object.
    #[arg(value_name = "ADDRESS ID")]
    pub arguments: Vec<String>,
}

/// Arguments of `force-unlock`.
#[derive(Args, Clone, Debug)]
pub struct ForceUnlockArgs {
    /// Common options.
    #[command(flatten)]
    pub common: Common,
    /// Do not ask.
    #[arg(long)]
    pub force: bool,
    /// The id of the lock, as the message says that told of it.
    #[arg(value_name = "LOCK_ID")]
    pub id: Vec<String>,
}
