//! tfstate documents of version 4, Terraform's form of a state: reading and writing them.
//!
//! A [`Document`] is what the store holds, in memory; files and standard input are the callers' business. Secrets
//! in a document are in clear, because its readers need them.

mod read;
mod redact;
pub(super) mod write;

use std::sync::Arc;

use trunkline_api::Diagnostic;
use trunkline_state::{Output, Row, Snapshot};

pub use read::read;
pub use write::{pull, write};

/// The version of Terraform that documents say they are of.
pub const VERSION: &str = "1.11.4";

/// A whole state in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Identifies the state over its life; empty where nothing was ever written.
    pub lineage: String,
    /// Grows with each write.
    pub serial: u64,
    /// The version of Terraform that wrote it.
    pub terraform_version: String,
    /// All objects, sorted by address and deposed key (as texts); their versions are 0.
    pub rows: Vec<Row>,
    /// Root outputs, sorted by name.
    pub outputs: Vec<Output>,
    /// The results of checks (JSON), empty when there are none.
    pub checks: Vec<u8>,
}

impl Document {
    /// What a store holds.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Document {
        Document {
            lineage: snapshot.lineage.clone(),
            serial: snapshot.serial,
            terraform_version: VERSION.into(),
            rows: snapshot
                .rows
                .iter()
                .map(|row| Row {
                    version: 0,
                    ..Row::clone(row)
                })
                .collect(),
            outputs: snapshot
                .outputs
                .iter()
                .map(|output| Output {
                    version: 0,
                    ..output.clone()
                })
                .collect(),
            checks: snapshot.checks.clone(),
        }
    }

    /// As a reader of a store takes it.
    #[must_use]
    pub fn into_snapshot(self) -> Snapshot {
        Snapshot {
            lineage: self.lineage,
            serial: self.serial,
            rows: self.rows.into_iter().map(Arc::new).collect(),
            outputs: self.outputs,
            checks: self.checks,
            intents: Vec::new(),
        }
    }

    /// Whether it holds nothing that would be lost with it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.outputs.is_empty()
    }

    /// Whether both hold the same, whatever their serial and lineage.
    #[must_use]
    pub fn same_content(&self, other: &Document) -> bool {
        (&self.rows, &self.outputs, &self.checks) == (&other.rows, &other.outputs, &other.checks)
    }
}

/// Problems as one text, the way an error of several parts is told in a sentence.
#[must_use]
pub fn problems_text(problems: &[Diagnostic]) -> String {
    let one = |d: &Diagnostic| format!("{}: {}", d.summary, d.detail);
    match problems {
        [only] => one(only),
        many => {
            let mut text = format!("{} problems:\n", many.len());
            for problem in many {
                text.push_str("\n- ");
                text.push_str(&one(problem));
            }
            text
        }
    }
}
