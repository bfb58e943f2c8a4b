//! Every vendor's API, simulated strictly on loopback.
//!
//! 1. `Sandbox::start` locks a data directory, opens its sealed store, binds one listener a service. `server`
//! 2. A request becomes a plain value (`http`), may be struck by a fault (`faults`), and reaches its vendor.
//! 3. The vendor's folder (`genesyscloud/`, `digitalchannels/`, `chatapp/`…) checks and changes the `World`.
//! 4. `world` commits objects (`store`, `seal`) and the rows of the effect log (`log`), which are on the disk (`durable`)
//!    before the reply leaves.
//! 5. `admin` looks behind the vendors' backs, and changes things there.
//!
//! It is written from the facts about each vendor's API. It must not share code with the providers that it is
//! there to test, and knows nothing of the engine.

mod acrobits;
mod admin;
mod chatapp;
mod check;
mod digitalchannels;
mod durable;
mod faults;
mod genesyscloud;
mod http;
mod log;
mod seal;
mod seed;
mod server;
mod settings;
mod sinchcontactpro;
mod sinchconversation;
mod source;
mod start;
mod store;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use acrobits::settings::AcrobitsSettings;
pub use chatapp::settings::{ChatappSettings, EmptyUrl, NameFilter, SignatureOnRead};
pub use log::Entry;
pub use settings::{
    AuthenticationShape, ErrorShape, ListShape, MissingSecret, SecretEcho, SecretOnRead, Settings,
};
pub use start::{Running, Sandbox, find_running};

/// How to start a sandbox.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where state, key, lock and `endpoints.json` live, e.g. `.trunkline/sandbox/vendors`. Made if absent.
    pub data_dir: PathBuf,
    /// Fixed ports by service name (`admin`, `genesyscloud.api`…); every other one is chosen by the system.
    /// Always on 127.0.0.1.
    pub bind: BTreeMap<String, u16>,
    /// Added to every answer of a vendor's API.
    pub latency: Duration,
    /// With a seed, ids and secrets depend on it, on the names of things and on how often they were made.
    pub seed: Option<u64>,
    /// With a start time (seconds since the epoch) the clock stands still until it is advanced.
    pub start_time: Option<i64>,
    /// Behaviour to start with; `None` keeps what the data directory has, or the defaults.
    pub settings: Option<Settings>,
}

impl Options {
    /// Random ids, the real clock, free ports, no latency.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bind: BTreeMap::new(),
            latency: Duration::ZERO,
            seed: None,
            start_time: None,
            settings: None,
        }
    }
}

/// Where a running sandbox listens, and what a user would configure to talk to it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Endpoints {
    /// Base URL of the admin service.
    pub admin: String,
    /// Base URL by service, named `vendor.service`, e.g. `genesyscloud.api`.
    pub services: BTreeMap<String, String>,
    /// By provider, the arguments that open it: well-known, made-up credentials of the sandbox.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Another process serves this data directory.
    #[error(
        "the sandbox at {data_dir} is in use by another process; attach to it through {endpoints}, or stop it first"
    )]
    InUse {
        /// The data directory.
        data_dir: PathBuf,
        /// The file that says where it listens.
        endpoints: PathBuf,
    },
    /// A file of the data directory could not be read or written.
    #[error("the sandbox cannot use {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file cannot open the state beside it.
    #[error(
        "the sandbox's key file {path} cannot be used: {what}; put the right file back, or delete the directory to start afresh"
    )]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The database failed or belongs to another key.
    #[error(
        "the sandbox's state {path} cannot be used: {reason}; delete the directory to start afresh"
    )]
    State {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        reason: String,
    },
    /// A port could not be bound.
    #[error(
        "the sandbox cannot listen on 127.0.0.1:{port} for {service}: {source}; choose another port, or 0 for any"
    )]
    Bind {
        /// Which service.
        service: String,
        /// Which port; 0 = any.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// `Options::bind` names something that is no service.
    #[error("there is no sandbox service \"{0}\"")]
    UnknownService(String),
}

impl SandboxError {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
