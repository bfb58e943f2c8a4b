//! What a run was made from, kept with it: the configuration, in pieces that runs share, and the values of variables. So a
//! plan can go back to what an earlier run made.
//!
//! What is secret is not kept: of sensitive variables and of files that functions read only fingerprints, of ephemeral
//! variables only the names. It plans nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics, Value};
use trunkline_state::{RunRecord, RunWriter, Store};

use super::{Project, state_error};
use crate::config::files::key;
use crate::plan::cause::earlier::Earlier;
use crate::plan::codec::{decode, encode};
use crate::plan::{Plan, PlanMode};

/// What a run was made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Everything was to be destroyed.
    pub destroyed: bool,
    /// The run was limited to a part of the configuration.
    limited: bool,
    /// The configuration: contents by path.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// The values of the root variables that are not secret.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// Fingerprints of the values of sensitive variables.
    sensitive: BTreeMap<String, String>,
    /// Ephemeral variables that were given.
    pub ephemeral: BTreeSet<String>,
    /// Fingerprints of the files that functions read.
    read: BTreeMap<String, String>,
}

/// The note that names the inputs of the last run.
const LAST: &str = "inputs of the last run";

fn of_run(run: &str) -> String {
    format!("inputs of run {run}")
}

/// A piece ends with a line whose hash ends in zeros: about one in so many lines.
const ONE_IN: u32 = 256;
/// No piece is shorter than this, but the last.
const SHORTEST: usize = 2 * 1024;
/// No piece is longer than this.
const LONGEST: usize = 64 * 1024;

/// Pieces of a text that stay the same where the text does, whatever is put in or taken out elsewhere.
fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(first_piece(bytes));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// The length of the first piece.
fn first_piece(bytes: &[u8]) -> usize {
    let mut end = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        end += line.len();
        if end >= LONGEST {
            return LONGEST;
        }
        if end >= SHORTEST && line.ends_with(b"\n") && hash(line).is_multiple_of(ONE_IN) {
            return end;
        }
    }
    bytes.len()
}

/// A hash of a line that is the same in every version of the program.
fn hash(line: &[u8]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for chunk in line.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    (hash >> 32) as u32
}

/// The name of a note, by what it says.
fn named(what: &str, bytes: &[u8], store: &Store) -> String {
    format!("{what} {}", &store.fingerprint(bytes)[..32])
}

fn fingerprint(value: &Value, store: &Store) -> String {
    let plain = value.clone().unmark_deep().0;
    store.fingerprint(encode(&plain).to_string().as_bytes())
}

/// Keeps what a run is made from, with the run's first durable write. What earlier runs have kept is not written again.
pub fn keep(
    project: &Project,
    plan: &Plan,
    store: &Store,
    writer: &RunWriter,
) -> Result<(), Diagnostics> {
    if plan.mode == PlanMode::RefreshOnly {
        return Ok(());
    }
    let last = store.note(LAST).map_err(|e| state_error(&e))?;
    let last = last.and_then(|name| String::from_utf8(name).ok());
    let known = match &last {
        Some(name) => index(store, name)?,
        None => Json::Null,
    };
    let known: BTreeSet<&str> = known["files"]
        .as_object()
        .into_iter()
        .flat_map(|files| files.values())
        .filter_map(Json::as_array)
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut files = BTreeMap::new();
    for (path, bytes) in project.configuration_files() {
        let mut names = Vec::new();
        for piece in pieces(&bytes) {
            let name = named("piece", piece, store);
            if !known.contains(name.as_str()) {
                drop(writer.put_note(name.clone(), piece.to_vec()));
            }
            names.push(name);
        }
        files.insert(path, names);
    }
    let declared = &project.config.root.variables;
    let secret = |name: &str, value: &Value| {
        declared.get(name).is_some_and(|v| v.sensitive) || value.marks_deep().is_sensitive()
    };
    let (sensitive, plain): (Vec<_>, Vec<_>) = plan
        .variables
        .iter()
        .filter(|(name, _)| declared.get(*name).is_none_or(|v| !v.ephemeral))
        .partition(|(name, value)| secret(name, value));
    let sensitive: BTreeMap<&str, String> = sensitive
        .into_iter()
        .map(|(name, value)| (&**name, fingerprint(value, store)))
        .collect();
    let plain: BTreeMap<&str, Json> = plain
        .into_iter()
        .map(|(name, value)| (&**name, encode(value)))
        .collect();
    let read = project.settings.function_files.contents();
    let read: BTreeMap<String, String> = read
        .into_iter()
        .map(|(path, bytes)| (key(&path), store.fingerprint(&bytes)))
        .collect();
    let text = json!({
        "destroyed": plan.mode == PlanMode::Destroy,
        "limited": !plan.targets.is_empty() || !plan.excludes.is_empty(),
        "files": files,
        "variables": plain,
        "sensitive": sensitive,
        "ephemeral": plan.ephemeral.keys().collect::<Vec<_>>(),
        "read": read,
    })
    .to_string();
    let name = named("inputs", text.as_bytes(), store);
    if last.as_deref() != Some(&*name) {
        drop(writer.put_note(name.clone(), text.into_bytes()));
        drop(writer.put_note(LAST, name.clone().into_bytes()));
    }
    drop(writer.put_note(of_run(writer.id()), name.into_bytes()));
    Ok(())
}

fn index(store: &Store, name: &str) -> Result<Json, Diagnostics> {
    let text = store.note(name).map_err(|e| state_error(&e))?;
    let text = text.and_then(|text| serde_json::from_slice(&text).ok());
    Ok(text.unwrap_or_default())
}

/// What an earlier run was made from. Runs that were not made from a configuration as a whole are refused.
pub fn find(store: &Store, run: &RunRecord) -> Result<Inputs, Diagnostics> {
    let refused = |why: String| {
        vec![Diagnostic::error(
            "No way back to this run",
            format!(
                "Run {} ({}) {why} The command \"history\" lists the runs.",
                run.number, run.start.operation
            ),
        )]
    };
    let name = store
        .note(&of_run(&run.start.id))
        .map_err(|e| state_error(&e))?;
    let Some(name) = name.and_then(|name| String::from_utf8(name).ok()) else {
        return Err(refused(
            "was not made from a configuration: only those of apply and destroy are.".into(),
        ));
    };
    let inputs = read(&index(store, &name)?, store)?;
    match inputs {
        None => Err(refused("has kept what cannot be read any more.".into())),
        Some(inputs) if inputs.limited => Err(refused(
            "was limited by -target or -exclude, so its configuration says more than it made."
                .into(),
        )),
        Some(inputs) => Ok(inputs),
    }
}

/// The values of the root variables that the last run was made with, secret ones left out: they are not kept.
#[must_use]
pub fn last_variables(store: &Store) -> BTreeMap<Arc<str>, Value> {
    plain(&last(store))
}

/// The inputs of the last run, as they are kept; nothing where there are none.
fn last(store: &Store) -> Json {
    let name = store.note(LAST).ok().flatten();
    let name = name.and_then(|name| String::from_utf8(name).ok());
    name.and_then(|name| index(store, &name).ok())
        .unwrap_or_default()
}

fn plain(text: &Json) -> BTreeMap<Arc<str>, Value> {
    let values = text["variables"].as_object().into_iter().flatten();
    values
        .filter_map(|(name, value)| Some((Arc::from(name.as_str()), decode(value).ok()?)))
        .collect()
}

/// What is known of the variables that the last run was made with, beside those of a plan.
#[must_use]
pub fn earlier(store: &Store, plan: &Plan) -> Earlier {
    let text = last(store);
    let mut earlier = Earlier {
        values: plain(&text),
        ..Earlier::default()
    };
    let secret: BTreeMap<String, String> =
        serde_json::from_value(text["sensitive"].clone()).unwrap_or_default();
    for (name, was) in secret {
        let name: Arc<str> = name.into();
        if let Some(now) = plan.variables.get(&name) {
            match fingerprint(now, store) == was {
                true => earlier.kept.insert(name),
                false => earlier.changed.insert(name),
            };
        }
    }
    earlier
}

fn read(text: &Json, store: &Store) -> Result<Option<Inputs>, Diagnostics> {
    let (Some(paths), Some(variables)) = (text["files"].as_object(), text["variables"].as_object())
    else {
        return Ok(None);
    };
    let mut files = BTreeMap::new();
    for (path, names) in paths {
        let mut bytes = Vec::new();
        for name in names.as_array().into_iter().flatten() {
            let piece = store.note(name.as_str().unwrap_or_default());
            match piece.map_err(|e| state_error(&e))? {
                Some(piece) => bytes.extend(piece),
                None => return Ok(None),
            }
        }
        files.insert(path.clone(), Arc::from(bytes));
    }
    let values = variables
        .iter()
        .map(|(name, value)| Some((Arc::from(name.as_str()), decode(value).ok()?)));
    let Some(values) = values.collect() else {
        return Ok(None);
    };
    let texts = |name: &str| serde_json::from_value(text[name].clone()).unwrap_or_default();
    Ok(Some(Inputs {
        destroyed: text["destroyed"] == true,
        limited: text["limited"] == true,
        files,
        variables: values,
        sensitive: texts("sensitive"),
        ephemeral: serde_json::from_value(text["ephemeral"].clone()).unwrap_or_default(),
        read: texts("read"),
    }))
}

impl Inputs {
    /// Whether a variable's value is kept, so that no other can be given.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// What differs between a plan and the run that it goes back to, because it could not be kept: everything that has
    /// to be supplied, by name.
    #[must_use]
    pub fn missing(&self, project: &Project, plan: &Plan, store: &Store, run: u64) -> Diagnostics {
        let mut problems = Vec::new();
        for (name, wanted) in &self.sensitive {
            let value = plan.variables.get(name.as_str());
            if value.is_none_or(|value| fingerprint(value, store) != *wanted) {
                problems.push(not_kept(name, run, "sensitive"));
            }
        }
        let read = project.settings.function_files.contents();
        for (path, bytes) in read {
            let path = key(&path);
            if self
                .read
                .get(&path)
                .is_some_and(|f| *f != store.fingerprint(&bytes))
            {
                problems.push(Diagnostic::error(
                    "File has changed",
                    format!("Run {run} was made when a function read the file {path}, whose contents are not kept. It says something else now: put it back as it was, and plan again."),
                ));
            }
        }
        problems
    }

    /// What has to be given for variables whose values are never kept, and was not.
    #[must_use]
    pub fn not_given(
        &self,
        project: &Project,
        given: &BTreeMap<Arc<str>, Value>,
        run: u64,
    ) -> Diagnostics {
        let declared = &project.config.root.variables;
        let has = |name: &str| given.contains_key(name);
        let default = |name: &str| declared.get(name).is_some_and(|v| v.default.is_some());
        let ephemeral = self.ephemeral.iter().filter(|name| !has(name));
        let sensitive = self.sensitive.keys();
        let sensitive = sensitive.filter(|name| !has(name) && !default(name));
        ephemeral
            .map(|name| not_kept(name, run, "ephemeral"))
            .chain(sensitive.map(|name| not_kept(name, run, "sensitive")))
            .collect()
    }
}

fn not_kept(name: &str, run: u64, why: &str) -> Diagnostic {
    Diagnostic::error(
        "Value is not kept",
        format!(
            "Run {run} was made with a value of the variable {name:?}, which is not kept because it is {why}, and which is not given now as it was then. Give it, for example with the environment variable TF_VAR_{name}."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_more_changes_one_piece_or_two() {
        let line = |n: usize| format!("resource \"t\" \"r{n}\" {{ input = {n} }}\n");
        let text: String = (0..20_000).map(line).collect();
        let mut other = text.clone();
        other.insert_str(text.len() / 2, "# here\n");
        let (before, after) = (pieces(text.as_bytes()), pieces(other.as_bytes()));
        assert_eq!(before.concat(), text.as_bytes());
        assert!(before.len() > 30, "{}", before.len());
        let before: BTreeSet<&[u8]> = before.into_iter().collect();
        let new = after
            .iter()
            .filter(|piece| !before.contains(*piece))
            .count();
        assert!((1..=2).contains(&new), "{new} new pieces");
    }
}
