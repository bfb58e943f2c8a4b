//! The append-only log of requests and effects: the judge of what really happened.
//!
//! An effect's row is written in the transaction of the effect. Rows without effect are written with the
//! next transaction or the next look at the log, so a kill may lose some of them, never one with an effect.
//! It must never carry a secret: identifiers that are secrets appear as fingerprints.

use serde::{Deserialize, Serialize};

/// One row of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Position, ascending and never reused.
    pub seq: i64,
    /// Time on the sandbox's clock, RFC 3339.
    pub at: String,
    /// `api` for a vendor's API, `admin` for a change behind the engine's back.
    pub source: String,
    /// The service, e.g. `genesyscloud.api`.
    pub service: String,
    /// HTTP method.
    pub method: String,
    /// Path without query; secret identifiers in it are replaced by fingerprints.
    pub path: String,
    /// HTTP status of the answer; 0 when the connection was dropped before anything happened.
    pub status: u16,
    /// `create`, `update`, `delete`, `purchase`, `grant`, `revoke`, `secret_reset`… or null.
    pub effect: Option<String>,
    /// Kind of the object of the effect.
    pub kind: Option<String>,
    /// Its id, or the fingerprint of an id that is a secret.
    pub id: Option<String>,
    /// The caller never saw a proper answer.
    pub lost: bool,
}

/// What a handler says it did; becomes a row when the transaction commits.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) effect: &'static str,
    pub(crate) kind: String,
    pub(crate) id: String,
}

/// Where a call came from, for its row.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) source: &'static str,
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) lost: bool,
}
