//! A plan in a file: everything that applying it later needs, sealed under the state's key.
//!
//! The first line is readable and says what the file is; the rest is one authenticated ciphertext. A plan is refused
//! when its state is another one, or when a row that it read has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use trunkline_api::provider::{NoteKind, PlanNote};
use trunkline_api::{Diagnostic, Type, Value};
use trunkline_state::{Row, Snapshot, Stamp, Store};

use crate::address::{Address, Target, parse_target};
use crate::plan::checks_codec;
use crate::plan::codec::{decode, decode_path, encode, encode_path};
use crate::plan::prior::decode_output;
use crate::plan::{
    Action, ChangeDetails, Drift, OutputChange, Plan, PlanMode, Reason, ResourceChange,
};
use crate::project::Ready;
use crate::rare::Rare;

/// The first bytes of every plan file.
const MAGIC: &str = "trunkline-plan";
/// The format that this version writes and reads.
const FORMAT: u64 = 1;

/// What can be read without a key.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Header {
    /// Always `trunkline-plan`.
    pub file: String,
    /// Version of the format.
    pub format: u64,
    /// `live` or `sandbox`.
    pub stamp: String,
    /// The state that it was made from.
    pub lineage: String,
    /// The workspace of that state, in the files of versions that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
}

/// A plan and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedPlan {
    /// The plan.
    pub plan: Plan,
    /// The configuration and every file that a function read, by path.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// Version of every row that was read, by address and deposed key.
    pub rows: BTreeMap<String, u64>,
    /// The resources whose rows were read, there or not; without it, all of the state were.
    pub read: Option<BTreeSet<String>>,
}

impl SavedPlan {
    /// A plan made from the rows of a snapshot, and the files that it was made from.
    #[must_use]
    pub fn new(
        ready: &Ready<'_>,
        files: BTreeMap<String, Arc<[u8]>>,
        snapshot: &Snapshot,
    ) -> SavedPlan {
        let read = ready.read.as_ref();
        let read = read.map(|all| all.iter().map(ToString::to_string).collect());
        SavedPlan {
            plan: ready.plan.clone(),
            files,
            rows: row_versions(snapshot, read.as_ref()),
            read,
        }
    }
}

/// The rows of a snapshot, as a saved plan remembers them; those of `read` where it is given.
fn row_versions(snapshot: &Snapshot, read: Option<&BTreeSet<String>>) -> BTreeMap<String, u64> {
    let is_read = |row: &&Arc<Row>| {
        let resource = || Address::parse(&row.key.address).map(|a| a.config().to_string());
        read.is_none_or(|read| resource().is_none_or(|resource| read.contains(&resource)))
    };
    let rows = snapshot.rows.iter().filter(is_read);
    rows.map(|r| (r.key.to_string(), r.version)).collect()
}

fn unreadable(why: &str) -> Diagnostic {
    Diagnostic::error(
        "Failed to read plan file",
        format!("The plan file cannot be read: {why}. Make a new plan with \"plan -out=FILE\"."),
    )
}

/// The bytes of a plan file.
pub fn write(saved: &SavedPlan, store: &Store, workspace: &str) -> Result<Vec<u8>, Diagnostic> {
    let failed = |why: String| Diagnostic::error("Failed to write plan file", why);
    let header = Header {
        file: MAGIC.into(),
        format: FORMAT,
        stamp: store.stamp().as_str().into(),
        lineage: store.lineage().map_err(|e| failed(e.to_string()))?,
        workspace: Some(workspace.to_owned()),
    };
    let files: BTreeMap<&String, String> = saved
        .files
        .iter()
        .map(|(path, bytes)| (path, encode_bytes(bytes)))
        .collect();
    let body = json!({
        "plan": plan_json(&saved.plan),
        "files": files,
        "rows": saved.rows,
        "read": saved.read,
    });
    let sealed = store
        .seal_blob("plan", body.to_string().as_bytes())
        .map_err(|e| failed(e.to_string()))?;
    let mut bytes = serde_json::to_vec(&header).map_err(|e| failed(e.to_string()))?;
    bytes.push(b'\n');
    bytes.extend(sealed);
    Ok(bytes)
}

/// The header of a file, if it is a plan of ours.
#[must_use]
pub fn header(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let end = bytes.iter().take(4096).position(|b| *b == b'\n')?;
    let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
    (header.file == MAGIC).then(|| (header, &bytes[end + 1..]))
}

/// Whether bytes are a plan that this program has saved, whatever its version.
#[must_use]
pub fn is_saved_plan(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

/// The refusal of a plan that was made in another workspace than the selected one.
#[must_use]
pub fn other_workspace(bytes: &[u8], selected: &str, command: &str) -> Option<Diagnostic> {
    let (header, _) = header(bytes)?;
    let made = header.workspace.filter(|made| made != selected)?;
    Some(Diagnostic::error(
        "Saved plan does not match the given state",
        format!(
            "The given plan file was created in the workspace {made:?}, and {selected:?} is selected. To apply it, run \"{command} workspace select {made}\" first."
        ),
    ))
}

/// Reads a plan file. The store must be the one that it was made from.
pub fn read(bytes: &[u8], store: &Store) -> Result<SavedPlan, Diagnostic> {
    let (header, sealed) =
        header(bytes).ok_or_else(|| unreadable("it is not a plan that Trunkline has saved"))?;
    if header.format > FORMAT {
        return Err(unreadable("it was written by a newer version of Trunkline"));
    }
    if header.stamp != store.stamp().as_str() {
        let (made, wanted) = match store.stamp() {
            Stamp::Live => (
                "in a rehearsal",
                "Apply it with -sandbox, or make a plan without it.",
            ),
            Stamp::Sandbox => (
                "for the real services",
                "Apply it without -sandbox, or make a plan with it.",
            ),
        };
        return Err(Diagnostic::error(
            "Plan is for another world",
            format!("The plan was made {made}. {wanted}"),
        ));
    }
    if store.lineage().map_err(|e| unreadable(&e.to_string()))? != header.lineage {
        return Err(Diagnostic::error(
            "Saved plan does not match the given state",
            "The given plan file can not be applied because it was created from a different state lineage.",
        ));
    }
    let body = store
        .open_blob("plan", sealed)
        .map_err(|_| unreadable("its content was altered, or part of it is missing"))?;
    let body: Json = serde_json::from_slice(&body).map_err(|e| unreadable(&e.to_string()))?;
    saved_from(&body).ok_or_else(|| unreadable("its content is damaged"))
}

/// Refuses a plan of which a row has changed; of one that is good still, takes the outputs that it leaves alone as they
/// are now.
pub fn refresh(saved: &mut SavedPlan, snapshot: &Snapshot) -> Result<(), Diagnostic> {
    let rows = row_versions(snapshot, saved.read.as_ref());
    if rows == saved.rows && snapshot.intents.is_empty() {
        return match saved.read {
            Some(_) => keep_outputs(&mut saved.plan, snapshot),
            None => Ok(()),
        };
    }
    Err(Diagnostic::error(
        "Saved plan is stale",
        "The given plan file can no longer be applied because the state was changed by another operation after the plan was created.",
    ))
}

/// The outputs that a plan leaves alone are those of the state, whoever made them.
fn keep_outputs(plan: &mut Plan, snapshot: &Snapshot) -> Result<(), Diagnostic> {
    plan.kept_outputs.clear();
    for output in &snapshot.outputs {
        let (name, output) = decode_output(output)?;
        if plan.outputs.iter().any(|o| o.name == name) {
            continue;
        }
        plan.kept_outputs.push(OutputChange {
            name,
            sensitive: output.sensitive,
            before: output.value.clone(),
            after: output.value,
            action: Action::NoOp,
        });
    }
    Ok(())
}

fn encode_bytes(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decode_bytes(json: &Json) -> Option<Arc<[u8]>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(json.as_str()?)
        .ok()
        .map(Arc::from)
}

/// Names of a fieldless enum, for the file.
macro_rules! names {
    ($to:ident, $from:ident, $ty:ty, { $($variant:path => $name:literal),+ $(,)? }) => {
        pub(super) fn $to(value: $ty) -> &'static str {
            match value { $($variant => $name),+ }
        }
        fn $from(name: &str) -> Option<$ty> {
            match name { $($name => Some($variant),)+ _ => None }
        }
    };
}

names!(mode_name, mode_from, PlanMode, {
    PlanMode::Normal => "normal", PlanMode::Destroy => "destroy", PlanMode::RefreshOnly => "refresh-only",
});
names!(action_name, action_from, Action, {
    Action::NoOp => "no-op", Action::Create => "create", Action::Read => "read", Action::Update => "update",
    Action::DeleteThenCreate => "delete-create", Action::CreateThenDelete => "create-delete",
    Action::Delete => "delete", Action::Forget => "forget",
});
names!(reason_name, reason_from, Reason, {
    Reason::Tainted => "tainted", Reason::Requested => "requested", Reason::Triggered => "triggered",
    Reason::CannotUpdate => "cannot-update", Reason::NoResourceConfig => "no-resource-config",
    Reason::NoModule => "no-module", Reason::WrongRepetition => "wrong-repetition",
    Reason::CountIndex => "count-index", Reason::EachKey => "each-key",
    Reason::NoMoveTarget => "no-move-target",
    Reason::ConfigUnknown => "config-unknown", Reason::DependencyPending => "dependency-pending",
    Reason::CheckNested => "check-nested",
});
names!(note_name, note_from, NoteKind, {
    NoteKind::Purchase => "purchase", NoteKind::Stays => "stays", NoteKind::Manual => "manual",
    NoteKind::Window => "window", NoteKind::Info => "info",
});

fn plan_json(plan: &Plan) -> Json {
    let change = |c: &ResourceChange| {
        json!({
            "address": c.address.to_string(),
            "deposed": c.deposed,
            "previous_address": c.previous_address.as_ref().map(ToString::to_string),
            "provider_source": &*c.provider_source,
            "provider": &*c.provider,
            "action": action_name(c.action),
            "reason": c.reason.map(reason_name),
            "before": encode(&c.before),
            "after": encode(&c.after),
            "replace_paths": c.details.replace_paths.iter().map(encode_path).collect::<Vec<_>>(),
            "notes": c.details.notes.iter().map(|n| json!({"kind": note_name(n.kind), "text": n.text})).collect::<Vec<_>>(),
            "private": encode_bytes(&c.private),
            "importing": c.details.importing,
            "generated_config": c.details.generated_config,
            "row_version": c.row_version,
            "refreshed": c.refreshed,
            "tainted": c.tainted,
            "create_before_destroy": c.create_before_destroy,
            "dependencies": c.dependencies,
        })
    };
    let drift = |d: &Drift| {
        json!({
            "address": d.address.to_string(),
            "previous_address": d.previous_address.as_ref().map(ToString::to_string),
            "provider_source": &*d.provider_source,
            "before": encode(&d.before),
            "after": encode(&d.after),
            "relevant": d.relevant,
        })
    };
    let output = |o: &OutputChange| {
        json!({
            "name": &*o.name,
            "sensitive": o.sensitive,
            "before": encode(&o.before),
            "after": encode(&o.after),
            "action": action_name(o.action),
        })
    };
    let variables: BTreeMap<&str, Json> = plan
        .variables
        .iter()
        .map(|(name, v)| (&**name, encode(v)))
        .collect();
    json!({
        "mode": mode_name(plan.mode),
        "changes": plan.changes.iter().map(change).collect::<Vec<_>>(),
        "drift": plan.drift.iter().map(drift).collect::<Vec<_>>(),
        "outputs": plan.outputs.iter().map(output).collect::<Vec<_>>(),
        "kept_outputs": plan.kept_outputs.iter().map(output).collect::<Vec<_>>(),
        "variables": variables,
        "ephemeral": plan.ephemeral.keys().collect::<Vec<_>>(),
        "timestamp": plan.timestamp,
        "moves": plan.moves.iter().map(|(from, to)| json!([from.to_string(), to.to_string()])).collect::<Vec<_>>(),
        "dropped_data": plan.dropped_data.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "targets": plan.targets,
        "excludes": plan.excludes,
        "checks": checks_codec::encode(&plan.checks),
        "errored": plan.errored,
    })
}

fn saved_from(body: &Json) -> Option<SavedPlan> {
    let files = body.get("files")?.as_object()?;
    let files = files
        .iter()
        .map(|(path, b)| Some((path.clone(), decode_bytes(b)?)));
    Some(SavedPlan {
        plan: plan_from(body.get("plan")?)?,
        files: files.collect::<Option<_>>()?,
        rows: serde_json::from_value(body.get("rows")?.clone()).ok()?,
        // Plans of versions that did not tell have looked at all.
        read: serde_json::from_value(body.get("read").cloned().unwrap_or_default()).ok()?,
    })
}

fn value(json: &Json, name: &str) -> Option<Value> {
    decode(json.get(name)?).ok()
}

fn text(json: &Json, name: &str) -> Option<String> {
    Some(json.get(name)?.as_str()?.to_owned())
}

fn flag(json: &Json, name: &str) -> Option<bool> {
    json.get(name)?.as_bool()
}

fn address(text: &str) -> Option<Address> {
    match parse_target(text)? {
        Target::Instance(address) => Some(address),
        Target::Module(_) => None,
    }
}

fn all<T>(json: &Json, name: &str, read: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.get(name)?.as_array()?.iter().map(read).collect()
}

fn plan_from(json: &Json) -> Option<Plan> {
    let note = |n: &Json| {
        Some(PlanNote {
            kind: note_from(&text(n, "kind")?)?,
            text: text(n, "text")?,
        })
    };
    let details = |c: &Json| {
        let details = ChangeDetails {
            replace_paths: all(c, "replace_paths", decode_path)?,
            notes: all(c, "notes", note)?,
            importing: text(c, "importing"),
            generated_config: text(c, "generated_config"),
        };
        let any = details != ChangeDetails::default();
        Some(Rare::from(any.then_some(details)))
    };
    let change = |c: &Json| {
        Some(ResourceChange {
            address: address(&text(c, "address")?)?,
            deposed: text(c, "deposed"),
            previous_address: text(c, "previous_address").and_then(|t| address(&t)),
            provider_source: text(c, "provider_source")?.into(),
            provider: text(c, "provider")?.into(),
            action: action_from(&text(c, "action")?)?,
            reason: text(c, "reason").and_then(|r| reason_from(&r)),
            before: value(c, "before")?,
            after: value(c, "after")?,
            details: details(c)?,
            private: decode_bytes(c.get("private")?)?,
            row_version: c.get("row_version")?.as_u64()?,
            refreshed: flag(c, "refreshed")?,
            tainted: flag(c, "tainted")?,
            create_before_destroy: flag(c, "create_before_destroy")?,
            dependencies: all(c, "dependencies", |d| Some(d.as_str()?.to_owned()))?.into(),
        })
    };
    let drift = |d: &Json| {
        Some(Drift {
            address: address(&text(d, "address")?)?,
            previous_address: text(d, "previous_address").and_then(|t| address(&t)),
            provider_source: text(d, "provider_source")?.into(),
            before: value(d, "before")?,
            after: value(d, "after")?,
            relevant: flag(d, "relevant")?,
        })
    };
    let output = |o: &Json| {
        Some(OutputChange {
            name: text(o, "name")?.into(),
            sensitive: flag(o, "sensitive")?,
            before: value(o, "before")?,
            after: value(o, "after")?,
            action: action_from(&text(o, "action")?)?,
        })
    };
    let variables = json.get("variables")?.as_object()?;
    let variables = variables
        .iter()
        .map(|(name, v)| Some((Arc::from(name.as_str()), decode(v).ok()?)));
    Some(Plan {
        mode: mode_from(&text(json, "mode")?)?,
        changes: all(json, "changes", change)?,
        drift: all(json, "drift", drift)?,
        outputs: all(json, "outputs", output)?,
        kept_outputs: all(json, "kept_outputs", output)?,
        variables: variables.collect::<Option<_>>()?,
        ephemeral: all(json, "ephemeral", |name| {
            Some((name.as_str()?.into(), Value::unknown(Type::Dynamic)))
        })?
        .into_iter()
        .collect(),
        timestamp: text(json, "timestamp")?,
        moves: all(json, "moves", |pair| {
            let side = |i: usize| address(pair.get(i)?.as_str()?);
            Some((side(0)?, side(1)?))
        })?,
        dropped_data: all(json, "dropped_data", |a| address(a.as_str()?))?,
        targets: all(json, "targets", |t| Some(t.as_str()?.to_owned()))?,
        excludes: all(json, "excludes", |t| Some(t.as_str()?.to_owned()))?,
        checks: checks_codec::decode(json.get("checks")?),
        errored: flag(json, "errored")?,
    })
}
