//! `terraform_remote_state`: the outputs of another configuration's state.
//!
//! Behaviour as recorded from Terraform 1.11.4. It reads no state itself: that is given in ([`StateReader`]).

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use trunkline_api::provider::{ReadDataRequest, ReadDataResponse};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Kind, Path, Schema, Type, Value};

/// Reads the outputs of the state that is kept at, or beside, a file; `None` where there is no state.
pub type StateReader =
    Arc<dyn Fn(&FilePath) -> Result<Option<BTreeMap<Arc<str>, Value>>, Diagnostics> + Send + Sync>;

/// The data source's name.
pub(crate) const NAME: &str = "terraform_remote_state";

const INVALID: &str = "Invalid backend configuration";
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

/// The schema, version 0.
pub(crate) fn schema() -> Schema {
    Schema {
        version: 0,
        block: Block::new("The outputs of another configuration's state.")
            .attribute(
                "backend",
                Attribute::new(Type::String, "Where the state is kept: `local`.").required(),
            )
            .attribute(
                "config",
                Attribute::new(
                    Type::Dynamic,
                    "The arguments of the backend: `path`, `workspace_dir`.",
                )
                .optional(),
            )
            .attribute(
                "defaults",
                Attribute::new(
                    Type::Dynamic,
                    "Values of outputs that the state does not have.",
                )
                .optional(),
            )
            .attribute(
                "outputs",
                Attribute::new(Type::Dynamic, "The outputs of the root module.").computed(),
            )
            .attribute(
                "workspace",
                Attribute::new(Type::String, "The workspace; the default one if left out.")
                    .optional(),
            ),
    }
}

/// Where the arguments of a backend say that states are.
struct Local {
    path: Option<String>,
    workspace_dir: Option<String>,
}

fn known_text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn invalid(attribute: &str, detail: String) -> Diagnostic {
    Diagnostic::error(INVALID, detail).on(Path::attribute(attribute))
}

/// The arguments of the backend, as far as they are known.
fn local(config: &Value) -> Result<Local, Diagnostic> {
    let mut local = Local {
        path: None,
        workspace_dir: None,
    };
    if config.is_null() || !config.is_known() {
        return Ok(local);
    }
    let wrong = |why: String| {
        invalid(
            "config",
            format!("The given configuration is not valid for backend \"local\": {why}."),
        )
    };
    let entries: Vec<(Arc<str>, Value)> = match config.kind() {
        Kind::Object(fields) | Kind::Map(_, fields) => {
            fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        _ => return Err(wrong("an object is required".into())),
    };
    for (name, value) in entries {
        let place = match &*name {
            "path" => &mut local.path,
            "workspace_dir" => &mut local.workspace_dir,
            _ => return Err(wrong(format!("unexpected attribute {name:?}"))),
        };
        if value.is_null() || !value.is_known() {
            continue;
        }
        let text = trunkline_api::convert::convert(&value, &Type::String)
            .map_err(|_| wrong(format!(".{name}: string required")))?;
        let text = known_text(&text).unwrap_or_default().to_owned();
        if text.is_empty() {
            let summary = match &*name {
                "path" => "Invalid local state file path",
                _ => "Invalid local workspace directory path",
            };
            let detail = format!("The {name:?} attribute value must not be empty.");
            return Err(Diagnostic::error(summary, detail));
        }
        *place = Some(text);
    }
    Ok(local)
}

/// What is wrong with a configuration, which may not be wholly known.
pub(crate) fn validate(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    let attribute = |name: &str| config.attr(name).filter(|v| v.is_known() && !v.is_null());
    if let Some(backend) = attribute("backend").and_then(known_text) {
        match backend {
            "local" => {
                if let Some(config) = attribute("config") {
                    problems.extend(local(config).err());
                }
            }
            other if REMOTE.contains(&other) => problems.push(invalid(
                "backend",
                format!("The backend {other:?} is not supported yet: only states of the backend \"local\" can be read."),
            )),
            other => problems.push(invalid(
                "backend",
                format!("There is no backend type named {other:?}."),
            )),
        }
    }
    if let Some(defaults) = attribute("defaults")
        && !matches!(defaults.kind(), Kind::Object(_) | Kind::Map(..))
    {
        problems.push(
            Diagnostic::error(
                "Invalid default values",
                "Defaults must be given in an object value.",
            )
            .on(Path::attribute("defaults")),
        );
    }
    problems
}

/// The file of the state that is asked for.
fn file(config: &Value) -> Result<PathBuf, Diagnostic> {
    let null = Value::null(Type::Dynamic);
    let local = local(config.attr("config").unwrap_or(&null))?;
    let workspace = config.attr("workspace").and_then(known_text);
    Ok(match workspace {
        None | Some("" | "default") => local.path.as_deref().unwrap_or("terraform.tfstate").into(),
        Some(name) => FilePath::new(
            local
                .workspace_dir
                .as_deref()
                .unwrap_or("terraform.tfstate.d"),
        )
        .join(name)
        .join("terraform.tfstate"),
    })
}

/// Reads the outputs.
pub(crate) fn read(request: &ReadDataRequest, states: &StateReader) -> ReadDataResponse {
    let config = &request.config;
    let found = file(config)
        .map_err(|problem| vec![problem])
        .and_then(|file| states(&file));
    let outputs = match found {
        Ok(Some(outputs)) => outputs,
        other => {
            let workspace = config.attr("workspace").is_some_and(|w| !w.is_null());
            let on = match workspace {
                true => Path::attribute("workspace"),
                false => Path::default(),
            };
            let missing = Diagnostic::error(
                "Unable to find remote state",
                "No stored state was found for the given workspace in the given backend.",
            );
            return ReadDataResponse {
                state: Value::null(Type::Dynamic),
                diagnostics: other.err().unwrap_or_else(|| vec![missing.on(on)]),
            };
        }
    };
    let mut all: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    if let Some(Kind::Object(fields) | Kind::Map(_, fields)) =
        config.attr("defaults").map(Value::kind)
    {
        all.extend(fields.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    all.extend(outputs);
    let outputs = Value::object(all);
    let state = match config.as_fields() {
        Some(fields) => Value::new(Kind::Object(fields.clone().with("outputs", outputs))),
        None => config.clone(),
    };
    ReadDataResponse {
        state,
        diagnostics: Vec::new(),
    }
}
