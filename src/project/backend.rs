//! Where a configuration wants its state kept: the `backend` block, and what `init` has recorded of it.
//!
//! Without a block the state is the store beside the configuration alone. With `backend "local"` the store stands
//! beside the file that the block names, and the file is written for others to read. It opens no state.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics};

use super::tfstate::VERSION;
use crate::config::Module;
use crate::config::block::label;
use crate::lang::ast::Block;
use crate::lang::source::Sources;
use crate::lang::types_expr::constant;
use crate::product;

/// The file of a state's default workspace.
const STATE_FILE: &str = "terraform.tfstate";
/// The directory of the other workspaces.
const WORKSPACE_DIR: &str = "terraform.tfstate.d";
/// The store beside [`STATE_FILE`].
const STORE_FILE: &str = "trunkline.db";
/// The arguments of `backend "local"`.
const ARGUMENTS: [&str; 2] = ["path", "workspace_dir"];
/// Terraform's other backends: they are known, and not there yet.
const REMOTE: &[&str] = &[
    "azurerm",
    "consul",
    "cos",
    "gcs",
    "http",
    "inmem",
    "kubernetes",
    "oss",
    "pg",
    "remote",
    "s3",
];

/// Where states are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backend {
    /// There is a `backend "local"` block, so the state is written to a file too.
    pub explicit: bool,
    /// The file of the default workspace.
    pub path: Option<String>,
    /// The directory of the other workspaces.
    pub workspace_dir: Option<String>,
}

/// What `init` has recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The type of the backend.
    pub kind: String,
    /// Its configuration, options of the command line included.
    pub config: Map<String, Json>,
    /// A hash of the block alone.
    pub hash: u64,
}

/// The directory of workspaces other than the default one.
fn workspaces_dir(dir: Option<&str>) -> &Path {
    Path::new(dir.unwrap_or(WORKSPACE_DIR))
}

/// The store that keeps what a state file shows.
#[must_use]
pub fn store_beside(file: &Path) -> PathBuf {
    match file.file_name() {
        Some(name) if name == STATE_FILE => file.with_file_name(STORE_FILE),
        _ => {
            let mut name = file.as_os_str().to_owned();
            name.push(".db");
            name.into()
        }
    }
}

impl Backend {
    /// The file of a workspace's state, in Terraform's layout.
    #[must_use]
    pub fn file(&self, workspace: &str) -> PathBuf {
        match workspace {
            "default" => self.path.as_deref().unwrap_or(STATE_FILE).into(),
            name => workspaces_dir(self.workspace_dir.as_deref())
                .join(name)
                .join(STATE_FILE),
        }
    }

    /// The store of a workspace.
    #[must_use]
    pub fn store(&self, workspace: &str) -> PathBuf {
        store_beside(&self.file(workspace))
    }

    /// The directory that holds the workspaces other than the default one.
    #[must_use]
    pub fn workspaces_dir(&self) -> PathBuf {
        workspaces_dir(self.workspace_dir.as_deref()).to_owned()
    }

    /// The workspaces that there are: the default one, then the others, sorted.
    #[must_use]
    pub fn workspaces(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.workspaces_dir());
        let mut found: Vec<String> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name != "default")
            .collect();
        found.sort();
        found.insert(0, "default".into());
        found
    }

    /// The backend that a record describes.
    pub fn recorded(record: &Record) -> Result<Backend, Diagnostics> {
        if record.kind != "local" {
            return Err(vec![unsupported(&record.kind)]);
        }
        let text = |name: &str| {
            let value = record.config.get(name).and_then(Json::as_str);
            value.map(str::to_owned)
        };
        Ok(Backend {
            explicit: true,
            path: text("path"),
            workspace_dir: text("workspace_dir"),
        })
    }
}

/// The type that a `backend` block names; `cloud` for that block.
fn kind(block: &Block) -> Arc<str> {
    match &*block.kind {
        "backend" => label(block, 0),
        _ => block.kind.clone(),
    }
}

/// The refusal of a backend that is not there.
fn unsupported(kind: &str) -> Diagnostic {
    if kind == "cloud" {
        return Diagnostic::error(
            "HCP Terraform is not supported",
            "Trunkline keeps state in its own store. Remove the \"cloud\" block.",
        );
    }
    match REMOTE.contains(&kind) {
        true => Diagnostic::error(
            "Unsupported backend type",
            format!(
                "The backend {kind:?} is not supported yet. State is kept in Trunkline's own store; with backend \"local\" it is written to a state file too. Remove the block, or use backend \"local\"."
            ),
        ),
        false => Diagnostic::error(
            "Unsupported backend type",
            format!("There is no backend type named {kind:?}."),
        ),
    }
}

/// What a block says, with what the command line adds to it.
pub fn configured(
    block: &Block,
    options: &[(String, Option<Json>)],
    sources: &Sources,
) -> Result<Record, Diagnostics> {
    if &*kind(block) != "local" {
        let refusal = unsupported(&kind(block));
        return Err(vec![sources.error(
            block.def_span(),
            refusal.summary,
            refusal.detail,
        )]);
    }
    let (written, mut problems) = arguments(block, sources);
    let mut config = written.clone();
    for (name, value) in options {
        if !ARGUMENTS.contains(&name.as_str()) {
            problems.push(Diagnostic::error(
                "Invalid backend configuration argument",
                format!("The backend configuration argument {name:?} given on the command line is not expected for the selected backend type."),
            ));
        }
        if let Some(value) = value {
            config.insert(name.clone(), value.clone());
        }
    }
    for name in ARGUMENTS {
        config.entry(name).or_insert(Json::Null);
        if config.get(name).and_then(Json::as_str) == Some("") {
            let (summary, what) = match name {
                "path" => ("Invalid local state file path", "path"),
                _ => ("Invalid local workspace directory path", "workspace_dir"),
            };
            let detail = format!("The {what:?} attribute value must not be empty.");
            let at = block.body.attribute(name).map(|a| a.expr.span);
            problems.push(match at {
                Some(span) => sources.error(span, summary, detail),
                None => Diagnostic::error(summary, detail),
            });
        }
    }
    match problems.is_empty() {
        true => Ok(Record {
            kind: kind(block).to_string(),
            config,
            hash: hash(&written),
        }),
        false => Err(problems),
    }
}

/// The arguments of a block, which may refer to nothing.
fn arguments(block: &Block, sources: &Sources) -> (Map<String, Json>, Diagnostics) {
    let (mut config, mut problems) = (Map::new(), Vec::new());
    for attribute in &block.body.attributes {
        if !ARGUMENTS.contains(&&*attribute.name) {
            problems.push(sources.error(
                attribute.name_span,
                "Unsupported argument",
                format!(
                    "An argument named {:?} is not expected here.",
                    attribute.name
                ),
            ));
            continue;
        }
        let (value, wrong) = constant(&attribute.expr, sources);
        problems.extend(wrong);
        let text = match trunkline_api::json::to_json(&value) {
            Json::Null => Json::Null,
            Json::String(text) => Json::String(text),
            Json::Number(n) => Json::String(n.to_string()),
            Json::Bool(b) => Json::String(b.to_string()),
            _ => {
                problems.push(sources.error(
                    attribute.expr.span,
                    "Incorrect attribute value type",
                    format!(
                        "Inappropriate value for attribute {:?}: string required.",
                        attribute.name
                    ),
                ));
                Json::Null
            }
        };
        config.insert(attribute.name.to_string(), text);
    }
    for inner in &block.body.blocks {
        problems.push(sources.error(
            inner.def_span(),
            "Unsupported block type",
            format!("Blocks of type {:?} are not expected here.", inner.kind),
        ));
    }
    let config = ARGUMENTS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), config.remove(*name)?)))
        .collect();
    (config, problems)
}

/// FNV-1a: it only tells whether a block has changed.
fn hash(config: &Map<String, Json>) -> u64 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in Json::Object(config.clone()).to_string().bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash.into()
}

/// Reads what `init` has recorded in the data directory.
#[must_use]
pub fn read_record(data_dir: &Path) -> Option<Record> {
    let bytes = std::fs::read(data_dir.join(STATE_FILE)).ok()?;
    let document: Json = serde_json::from_slice(&bytes).ok()?;
    let backend = document.get("backend")?;
    Some(Record {
        kind: backend.get("type")?.as_str()?.to_owned(),
        config: backend
            .get("config")
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_default(),
        hash: backend.get("hash").and_then(Json::as_u64).unwrap_or(0),
    })
}

/// Records a backend, or that there is none any more.
pub fn write_record(data_dir: &Path, record: Option<&Record>) -> std::io::Result<()> {
    let file = data_dir.join(STATE_FILE);
    let Some(record) = record else {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    let document = json!({
        "version": 3,
        "terraform_version": VERSION,
        "backend": {"type": record.kind, "config": record.config, "hash": record.hash},
    });
    std::fs::create_dir_all(data_dir)?;
    std::fs::write(file, format!("{document:#}"))
}

/// What a configuration and a record are to each other.
#[derive(Debug, PartialEq)]
pub enum Standing {
    /// They agree: this is where the state is.
    Settled(Backend),
    /// `init` is needed; why, in Terraform's words.
    Unsettled {
        /// The reason.
        reason: String,
        /// The backend changes, rather than being there for the first time or no more.
        changed: bool,
    },
}

/// Compares a root module with what was recorded.
#[must_use]
pub fn standing(root: &Module, record: Option<&Record>, sources: &Sources) -> Standing {
    let unsettled = |reason: String, changed: bool| Standing::Unsettled { reason, changed };
    match (&root.backend, record) {
        (None, None) => Standing::Settled(Backend::default()),
        (None, Some(record)) => unsettled(
            format!("Unsetting the previously set backend {:?}", record.kind),
            false,
        ),
        (Some(block), None) => unsettled(
            format!(
                "Initial configuration of the requested backend {:?}",
                &*kind(block)
            ),
            false,
        ),
        (Some(block), Some(record)) if *kind(block) != *record.kind => unsettled(
            format!(
                "Backend type changed from {:?} to {:?}",
                record.kind,
                &*kind(block)
            ),
            true,
        ),
        (Some(block), Some(record)) => {
            let (written, _) = arguments(block, sources);
            let same = hash(&written) == record.hash
                || configured(block, &[], sources).is_ok_and(|c| c.config == record.config);
            match Backend::recorded(record) {
                Ok(backend) if same => Standing::Settled(backend),
                _ => unsettled("Backend configuration block has changed".into(), true),
            }
        }
    }
}

/// What to say when `init` is needed first.
#[must_use]
pub fn init_needed(reason: &str, changed: bool, command: &str) -> Diagnostic {
    let product = product::name();
    let sign = if changed { ':' } else { ',' };
    Diagnostic::error(
        format!("Backend initialization required{sign} please run \"{command} init\""),
        format!(
            "Reason: {reason}\n\nThe \"backend\" is the interface that {product} uses to store state,\nperform operations, etc. If this message is showing up, it means that the\n{product} configuration you're using is using a custom configuration for\nthe {product} backend.\n\nChanges to backend configurations require reinitialization. This allows\n{product} to set up the new configuration, copy existing state, etc. Please run\n\"{command} init\" with either the \"-reconfigure\" or \"-migrate-state\" flags to\nuse the current configuration.\n\nIf the change reason above is incorrect, please verify your configuration\nhasn't changed and try again. At this point, no changes to your existing\nconfiguration or state have been made."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_lie_beside_the_files_that_they_keep() {
        let backend = Backend {
            path: Some("states/net.tfstate".into()),
            ..Backend::default()
        };
        assert_eq!(backend.store("default"), Path::new("states/net.tfstate.db"));
        assert_eq!(
            backend.store("dev"),
            Path::new("terraform.tfstate.d/dev/trunkline.db")
        );
        assert_eq!(Backend::default().store("default"), Path::new(STORE_FILE));
    }
}
