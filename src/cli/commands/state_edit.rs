//! `state mv`, `state rm` and `state replace-provider`: changes of what the state says of objects, not of objects.

use std::path::{Path, PathBuf};

use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{Change, Edit};

use super::state::{no_state, read_file};
use crate::address::{Target, quoted};
use crate::cli::Exit;
use crate::cli::address_argument;
use crate::cli::args::{StateFileArgs, StateMvArgs, StateReplaceProviderArgs, StateRmArgs};
use crate::cli::session::Session;
use crate::plan::providers::Registry;
use crate::project::backend::store_beside;
use crate::project::edit::{commit, is_pristine};
use crate::project::surgery::{apply, move_changes, moves, named, provider_replaced};
use crate::project::tfstate::{self, Document};
use crate::project::{OpenState, mirror, open_state, takeover};

/// A state to change: the store, or a file that the command line names.
struct Held {
    document: Document,
    store: Option<OpenState>,
    file: Option<PathBuf>,
    backup: Option<PathBuf>,
}

/// Opens the state to change.
fn open(session: &Session, args: &StateFileArgs, operation: &str) -> Result<Held, Exit> {
    let locking = session.locking(&args.locking);
    let backup = args.backup.as_ref().map(PathBuf::from);
    let mut settings = session.settings.clone();
    match &args.state {
        Some(path) if takeover::holds_state(Path::new(path)) => {
            return Ok(Held {
                document: read_file(session, path)?,
                store: None,
                file: Some(path.into()),
                backup,
            });
        }
        // Where the file is not there, the store beside it may be.
        Some(path) => {
            settings.store = store_beside(Path::new(path));
            (settings.file, settings.legacy) = (None, None);
        }
        None => session.check_backend(None)?,
    }
    let opened = open_state(&settings, operation, locking, false).map_err(|d| session.fail(&d))?;
    let Some(state) = opened else {
        return Err(no_state(session));
    };
    let snapshot = session.snapshot(&state)?;
    if is_pristine(&snapshot) {
        return Err(no_state(session));
    }
    Ok(Held {
        document: Document::of(&snapshot),
        store: Some(state),
        file: None,
        backup,
    })
}

impl Held {
    /// Makes the changes, after a copy where one is due.
    fn save(
        mut self,
        session: &Session,
        operation: &str,
        changes: Vec<Change>,
    ) -> Result<(), Exit> {
        let fail = |d: Diagnostics| session.fail(&d);
        if let Some(state) = &self.store {
            if let Some(backup) = self.backup.filter(|b| b.as_os_str() != "-") {
                let text = tfstate::write(&self.document).map_err(fail)?;
                written(session, &backup, text.as_bytes())?;
            }
            let edit = Edit {
                changes,
                ..Edit::default()
            };
            return commit(state, &session.settings, operation, edit).map_err(fail);
        }
        let file = self.file.take().unwrap_or_default();
        if let Ok(old) = std::fs::read(&file) {
            let backup = self.backup.take().unwrap_or_else(|| {
                let mut name = file.as_os_str().to_owned();
                name.push(format!(".{}.backup", jiff::Timestamp::now().as_second()));
                name.into()
            });
            written(session, &backup, &old)?;
        }
        apply(&mut self.document, &changes);
        self.document.serial += 1;
        let text = tfstate::write(&self.document).map_err(fail)?;
        written(session, &file, text.as_bytes())
    }
}

fn written(session: &Session, file: &Path, bytes: &[u8]) -> Result<(), Exit> {
    mirror::replace(file, bytes).map_err(|e| {
        session.plain_error(&format!(
            "Error saving the state: {} cannot be written: {e}",
            file.display()
        ))
    })
}

/// Reads addresses; all that are wrong are told.
fn targets(session: &Session, texts: &[String]) -> Result<Vec<Target>, Exit> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for text in texts {
        match address_argument::parse(text) {
            Ok(target) => found.push(target),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(session.fail(&problems)),
    }
}

/// `state mv`
pub fn mv(session: &Session, args: &StateMvArgs) -> Result<Exit, Exit> {
    if args.addresses.len() != 2 {
        return Err(session.usage("state mv", "Exactly two arguments expected.\n"));
    }
    if args.files.state.is_none() && args.state_out.is_some() {
        session.check_backend(None)?;
    }
    let held = open(session, &args.files, "state-mv")?;
    let addresses = targets(session, &args.addresses)?;
    let other = match &args.state_out {
        Some(path) if Some(path) != args.files.state.as_ref() => {
            let there = match Path::new(path).exists() {
                true => read_file(session, path)?,
                false => Document {
                    lineage: session.settings.ids.operation(),
                    ..Document::default()
                },
            };
            Some((path, there))
        }
        _ => None,
    };
    let into = other.as_ref().map(|(_, there)| there);
    let moves =
        moves(&held.document, into, &addresses[0], &addresses[1]).map_err(|d| session.fail(&d))?;
    let word = if args.dry_run { "Would move" } else { "Move" };
    for one in &moves {
        let (from, to) = (quoted(&one.from), quoted(&one.to));
        session.shell.out(&format!("{word} {from} to {to}\n"));
    }
    if args.dry_run {
        return Ok(Exit::Ok);
    }
    let count = moves.len();
    match other {
        None => {
            let changes = move_changes(&held.document, &moves);
            held.save(session, "state mv", changes)?;
        }
        Some((path, mut there)) => {
            let rows = || moves.iter().flat_map(|m| &m.rows);
            let put: Vec<Change> = rows().map(|(_, row)| Change::Put(row.clone())).collect();
            apply(&mut there, &put);
            there.serial += 1;
            let text = tfstate::write(&there).map_err(|d| session.fail(&d))?;
            if let (Ok(old), Some(backup)) = (std::fs::read(path), &args.backup_out) {
                written(session, Path::new(backup), &old)?;
            }
            written(session, Path::new(path), text.as_bytes())?;
            let gone = rows().map(|(from, _)| Change::Delete(from.clone()));
            held.save(session, "state mv", gone.collect())?;
        }
    }
    session
        .shell
        .out(&format!("Successfully moved {count} object(s).\n"));
    Ok(Exit::Ok)
}

/// `state rm`
pub fn rm(session: &Session, args: &StateRmArgs) -> Result<Exit, Exit> {
    if args.addresses.is_empty() {
        return Err(session.usage("state rm", "At least one address is required.\n"));
    }
    let held = open(session, &args.files, "state-rm")?;
    let targets = targets(session, &args.addresses)?;
    let found = named(&held.document, &targets);
    let mut shown: Vec<String> = found.iter().map(|(a, _)| a.to_string()).collect();
    shown.dedup();
    if args.dry_run {
        for address in &shown {
            session.shell.out(&format!("Would remove {address}\n"));
        }
        if shown.is_empty() {
            session.shell.out("Would have removed nothing.\n");
        }
        return Ok(Exit::Ok);
    }
    if shown.is_empty() {
        let command = &session.shell.style.command;
        return Err(session.fail(&[Diagnostic::error(
            "Invalid target address",
            format!("No matching objects found. To view the available instances, use \"{command} state list\". Please modify the address to reference a specific instance."),
        )]));
    }
    let changes = found
        .iter()
        .map(|(_, row)| Change::Delete(row.key.clone()))
        .collect();
    let lines: String = shown.iter().map(|a| format!("Removed {a}\n")).collect();
    held.save(session, "state rm", changes)?;
    session.shell.out(&format!(
        "{lines}Successfully removed {} resource instance(s).\n",
        shown.len()
    ));
    Ok(Exit::Ok)
}

/// `state replace-provider`
pub fn replace_provider(session: &Session, args: &StateReplaceProviderArgs) -> Result<Exit, Exit> {
    let [from, to] = args.providers.as_slice() else {
        return Err(session.usage(
            "state replace-provider",
            "Exactly two arguments expected.\n",
        ));
    };
    let mut problems = Vec::new();
    let mut source = |which: &str, text: &str| {
        let full = source_address(session.settings.registry.as_ref(), text);
        full.map_err(|why| {
            problems.push(Diagnostic::error(
                format!("Invalid {which:?} provider {text:?}"),
                why,
            ));
        })
    };
    let (from, to) = (source("from", from), source("to", to));
    let (Ok(from), Ok(to)) = (from, to) else {
        return Err(session.fail(&problems));
    };
    let held = open(session, &args.files, "state-replace-provider")?;
    let changed = provider_replaced(&held.document, &from, &to);
    let mut resources: Vec<String> = Vec::new();
    for (address, _) in &changed {
        let module = match address.module.is_root() {
            true => String::new(),
            false => format!("{}.", address.module),
        };
        resources.push(format!("{module}{}", address.resource));
    }
    resources.dedup();
    if resources.is_empty() {
        session.shell.out("No matching resources found.\n");
        return Ok(Exit::Ok);
    }
    let product = &session.shell.style.product;
    let list: String = resources.iter().map(|r| format!("  {r}\n")).collect();
    let count = resources.len();
    session.shell.out(&format!("{product} will perform the following actions:\n\n  ~ Updating provider:\n    - {from}\n    + {to}\n\nChanging {count} resources:\n\n{list}\n"));
    if !args.auto_approve {
        let answer = session.shell.ask("Do you want to make these changes?\nOnly 'yes' will be accepted to continue.\n\nEnter a value: ");
        session.shell.out("\n");
        match answer.as_deref() {
            Some("yes") => {}
            Some(_) => {
                session.shell.out("Cancelled replacing providers.\n");
                return Ok(Exit::Ok);
            }
            None => return Err(session.plain_error("Error asking for approval: EOF")),
        }
    }
    let changes = changed.into_iter().map(|(_, row)| Change::Put(row));
    held.save(session, "state replace-provider", changes.collect())?;
    session.shell.out(&format!(
        "Successfully replaced provider for {count} resources.\n"
    ));
    Ok(Exit::Ok)
}

/// A whole source address; unlike in configuration, what has no namespace is HashiCorp's, as in Terraform.
fn source_address(registry: &dyn Registry, text: &str) -> Result<String, String> {
    let part = |p: &str| {
        !p.is_empty()
            && !p.starts_with('-')
            && !p.ends_with('-')
            && p.chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_' || c == '.')
    };
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() > 3 || parts.iter().any(|p| p.is_empty()) {
        return Err("Invalid provider source string: The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"".into());
    }
    if let Some(wrong) = parts.iter().find(|p| !part(p)) {
        return Err(format!(
            "Invalid provider type: Invalid provider type {wrong:?} in source {text:?}: must contain only letters, digits, and dashes, and may not use leading or trailing dashes"
        ));
    }
    match parts.as_slice() {
        ["terraform"] => Ok("terraform.io/builtin/terraform".into()),
        [name] => registry.full_source(&format!("hashicorp/{name}")),
        _ => registry.full_source(text),
    }
}
