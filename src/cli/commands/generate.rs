//! `plan -generate-config-out`: the file of generated configuration, which must be a new one.
//!
//! What is written is made while planning; here is only where it goes.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use trunkline_api::Diagnostic;

use crate::cli::Exit;
use crate::cli::session::Session;
use crate::config::files::key;
use crate::plan::generate::file;
use crate::plan::{Action, Plan, PlanMode, ResourceChange};

/// Refuses a file that is there, and plans that import nothing.
pub fn check(session: &Session, path: &str, mode: PlanMode) -> Result<(), Exit> {
    if mode != PlanMode::Normal {
        return Err(session.fail(&[Diagnostic::error(
            "Invalid generate-config-out flag",
            "Config can only be generated during a normal plan operation, and not during a refresh-only or destroy plan.",
        )]));
    }
    if Path::new(path).exists() {
        let product = &session.shell.style.product;
        return Err(session.fail(&[Diagnostic::error(
            "Target generated file already exists",
            format!("{product} can only write generated config into a new file. Either choose a different target location or move all existing configuration out of the target file, delete it and try again."),
        )]));
    }
    Ok(())
}

/// The changes with generated configuration.
fn generated(plan: &Plan) -> impl Iterator<Item = (&ResourceChange, &str)> {
    let changes = plan.changes.iter();
    changes.filter_map(|c| Some((c, c.details.generated_config.as_deref()?)))
}

/// The content of the file; `None` where nothing was generated.
fn content(session: &Session, plan: &Plan) -> Option<String> {
    let mut blocks = generated(plan)
        .map(|(change, text)| {
            (
                change.details.importing.as_deref().unwrap_or_default(),
                text,
            )
        })
        .peekable();
    blocks.peek()?;
    Some(file(&session.shell.style.product, blocks))
}

/// Writes the file, if anything was generated. True if it was.
pub fn write(session: &Session, plan: &Plan, path: &str) -> Result<bool, Exit> {
    let Some(content) = content(session, plan) else {
        return Ok(false);
    };
    let written =
        std::fs::File::create_new(path).and_then(|mut file| file.write_all(content.as_bytes()));
    match written {
        Ok(()) => Ok(true),
        Err(error) => Err(session.fail(&[Diagnostic::error(
            "Failed to create target generated file",
            format!("The generated file {path} could not be written: {error}. Nothing was planned to be applied; choose another file and plan again."),
        )])),
    }
}

/// The file for a saved plan, where applying the plan needs what was generated: an object that is changed at once.
pub fn kept(session: &Session, plan: &Plan, path: &str) -> BTreeMap<String, Arc<[u8]>> {
    let needed = generated(plan).any(|(change, _)| change.action != Action::NoOp);
    let content = content(session, plan).filter(|_| needed && path.ends_with(".tf"));
    content
        .map(|text| (key(Path::new(path)), Arc::from(text.as_bytes())))
        .into_iter()
        .collect()
}
