//! The trait that every provider implements, and what passes through it.
//!
//! The shape is that of Terraform's plugin protocol 6: one method a call, a request struct in, a
//! response struct out, so that a bundled vendor, a plugin process and a test fake are adapters of one
//! boundary. Nothing here does I/O; implementations do, inside the futures they return.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Diagnostic, Diagnostics, Guide, Path, ProviderSchema, Value};

/// A boxed future, so that the trait can be used as `dyn Provider`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One configured provider (one per provider block and alias).
///
/// Contract:
/// - `schema` and the `validate_*` methods work before `configure`, without network.
/// - `plan` works without network too, and before `configure`: the engine calls it on an unconfigured
///   provider when the provider's own configuration is not known yet. It may use the network when
///   configured (a catalogue, say), only to read.
/// - `read`, `read_data`, `apply`, `list`, `reconcile` and `import` are called after a `configure` without errors.
/// - All calls may run concurrently. The engine never retries a call; a provider retries only what is
///   safe to send twice.
/// - A value never carries marks into or out of a provider, and is shaped by the schema
///   ([`crate::coerce`]): every attribute and block is present.
/// - Errors are diagnostics; what happened before the error is still in the response.
pub trait Provider: Send + Sync {
    /// The schemas. The same on every call.
    fn schema(&self) -> &ProviderSchema;

    /// The text of its page of documentation.
    fn guide(&self) -> &'static Guide {
        Guide::NONE
    }

    /// Checks the provider block offline. Unknown values are possible everywhere.
    fn validate_provider(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Vec::new()
    }

    /// Checks one resource's or data source's configuration offline. Unknown values are possible.
    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let _ = request;
        Vec::new()
    }

    /// Whether there are rules between objects: only then are all of them gathered for [`Self::validate_all`].
    fn relates(&self) -> bool {
        false
    }

    /// Checks rules that hold between objects, offline. The request has every declared object of the
    /// whole configuration, also other providers'. Called where [`Self::relates`] says that there are some.
    fn validate_all(&self, objects: &[DeclaredObject]) -> Diagnostics {
        let _ = objects;
        Vec::new()
    }

    /// Takes the provider block's values, which are wholly known. May use the network to check them
    /// only as far as every later call needs it.
    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics>;

    /// Rewrites state of an older schema version. The default accepts the current version only.
    fn upgrade(&self, request: UpgradeRequest) -> Result<serde_json::Value, Diagnostic> {
        Ok(request.attributes)
    }

    /// Makes of an object of another type, or of another provider's, one of this provider's, for a resource that has
    /// moved. The default does not.
    fn move_state(&self, request: MoveRequest) -> Result<serde_json::Value, Diagnostic> {
        Err(Diagnostic::error(
            "Move Resource State Not Supported",
            format!(
                "The {:?} resource type does not support moving resource state across resource types.",
                request.type_name
            ),
        ))
    }

    /// Reads what the object is now. A null state means it is gone.
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse>;

    /// Says what would become of the object.
    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse>;

    /// Makes it so: creates (prior null), updates or deletes (planned null).
    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse>;

    /// Reads a data source.
    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse>;

    /// Opens an ephemeral resource: its values may be used until it is closed.
    fn open_ephemeral(&self, request: OpenRequest) -> BoxFuture<'_, OpenResponse> {
        let detail = format!("There is no ephemeral resource {:?}.", request.type_name);
        Box::pin(async move {
            OpenResponse {
                result: Value::null(crate::Type::Dynamic),
                private: Arc::from([]),
                renew_after: None,
                diagnostics: vec![Diagnostic::error("Invalid ephemeral resource", detail)],
            }
        })
    }

    /// Keeps an open ephemeral resource valid; called when its time is up and it is still used. The values stay.
    fn renew_ephemeral(&self, request: RenewRequest) -> BoxFuture<'_, RenewResponse> {
        Box::pin(async move {
            RenewResponse {
                private: request.private,
                renew_after: None,
                diagnostics: Vec::new(),
            }
        })
    }

    /// Closes an ephemeral resource. Called once for each that was opened without errors, also when the run failed.
    fn close_ephemeral(&self, request: CloseRequest) -> BoxFuture<'_, Diagnostics> {
        let _ = request;
        Box::pin(async { Vec::new() })
    }

    /// What a create, update or delete of this type does outside, for the journal.
    fn effects(&self, type_name: &str) -> Effects;

    /// Attributes that say within what the objects of a type are listed (a parent, a region), where one listing does not
    /// hold all of them.
    fn listed_within(&self, type_name: &str) -> &'static [&'static str] {
        let _ = type_name;
        &[]
    }

    /// Lists the ids of all objects of a type, for [`Effects::Reconcilable`] types. Called once per run before the first
    /// create of the type, and of those listed within something ([`Provider::listed_within`]) once for each; ids may be
    /// secrets.
    fn list(&self, request: ListRequest) -> BoxFuture<'_, Result<Vec<String>, Diagnostics>> {
        let _ = request;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The ids by which all objects of a type that exist can be imported; `None` where the vendor has no list of
    /// them. Ids are not secrets.
    fn discover(&self, type_name: &str) -> BoxFuture<'_, Result<Option<Vec<String>>, Diagnostics>> {
        let _ = type_name;
        Box::pin(async { Ok(None) })
    }

    /// Finds what a create whose answer was lost has made: the objects with the planned natural key
    /// whose id is not among `known_ids`.
    fn reconcile(&self, request: ReconcileRequest) -> BoxFuture<'_, ReconcileResponse> {
        let _ = request;
        Box::pin(async { ReconcileResponse::default() })
    }

    /// Imports by id.
    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        let message = format!("{} does not support import.", request.type_name);
        Box::pin(async move {
            ImportResponse {
                diagnostics: vec![Diagnostic::error(
                    "Resource Import Not Implemented",
                    message,
                )],
                ..ImportResponse::default()
            }
        })
    }
}

/// What creating, updating or deleting an object of a type does outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effects {
    /// Nothing: losing the answer loses nothing. Rows are batched and no intent is written.
    None,
    /// There are effects, and a lost create can be found again by [`Provider::reconcile`].
    Reconcilable,
    /// There are effects, and a lost create cannot be found again.
    Opaque,
}

/// Managed resource, data source or ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A data source, only read.
    Data,
    /// An ephemeral resource: opened while it is needed, never stored.
    Ephemeral,
    /// A managed resource.
    Managed,
}

/// An offline check of one object.
#[derive(Clone, Debug)]
pub struct ValidateRequest {
    /// Managed, data or ephemeral.
    pub mode: Mode,
    /// The resource type or data source.
    pub type_name: Arc<str>,
    /// Its configuration, shaped by the schema.
    pub config: Value,
    /// Attributes of the configuration that are written as literals, for rules about literal secrets. Where the type has no
    /// sensitive attribute none is named.
    pub literals: Vec<Path>,
}

/// An object of the configuration, for rules between objects.
#[derive(Clone, Debug)]
pub struct DeclaredObject {
    /// The instance's address; for a provider block `provider.name` or `provider.name.alias`, for a change window its
    /// name.
    pub address: String,
    /// The provider's local type name, e.g. `genesyscloud`.
    pub provider: Arc<str>,
    /// What it is.
    pub role: Role,
    /// Its configuration or planned value, shaped by the schema; unknown values are possible.
    pub config: Value,
    /// The address of the provider block it uses.
    pub provider_address: String,
    /// The objects that each attribute's value comes from, through locals, variables and outputs: (attribute,
    /// address of the resource without instance key, attribute of that resource or empty).
    pub references: Vec<(Arc<str>, String, Arc<str>)>,
}

/// An address without its instance keys: as the references of a [`DeclaredObject`] write it.
#[must_use]
pub fn without_keys(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in address.chars() {
        match c {
            _ if quoted => {
                quoted = escaped || c != '"';
                escaped = c == '\\' && !escaped;
            }
            '"' => quoted = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// What a [`DeclaredObject`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A provider block.
    Provider,
    /// A managed resource of a type.
    Managed(Arc<str>),
    /// A data source of a type.
    Data(Arc<str>),
    /// An ephemeral resource of a type.
    Ephemeral(Arc<str>),
    /// A change window of the project; its configuration has the declared `types` that it is about and the `actions`
    /// that it holds (`create`, `update`, `delete`).
    Window,
}

/// How a provider reaches the outside.
#[derive(Clone, Debug, Default)]
pub enum World {
    /// The real services.
    #[default]
    Live,
    /// The simulators of a sandbox, and nothing else.
    Sandbox(Arc<SandboxWorld>),
}

/// Where the simulators are.
#[derive(Clone, Debug, Default)]
pub struct SandboxWorld {
    /// Base URL of each simulated service, by name such as `genesyscloud.api`.
    pub services: std::collections::BTreeMap<String, String>,
    /// Per provider, the arguments with which a rehearsal authenticates.
    pub settings: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>,
    /// Base URL of the sandbox's admin interface.
    pub admin: String,
}

/// Configuration of a provider instance.
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The provider block, shaped by the schema, wholly known.
    pub config: Value,
    /// Live or rehearsal.
    pub world: World,
    /// The environment variables that the provider's documentation names, and only those; empty in a
    /// rehearsal.
    pub environment: std::collections::BTreeMap<String, String>,
}

/// State of an older schema version.
#[derive(Clone, Debug)]
pub struct UpgradeRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The version the state was written with.
    pub version: u64,
    /// The attributes as stored.
    pub attributes: serde_json::Value,
}

/// The state of an object that is to become one of another type.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// The type that it is to have.
    pub type_name: Arc<str>,
    /// The source address of the provider that it was made by.
    pub source_provider: String,
    /// The type that it has.
    pub source_type: Arc<str>,
    /// The schema version that it was written with.
    pub source_version: u64,
    /// The attributes as stored.
    pub attributes: serde_json::Value,
}

/// Read an object.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The state, never null.
    pub state: Value,
    /// What the provider kept for itself.
    pub private: Arc<[u8]>,
}

/// The object as it is.
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The new state; null when the object is gone.
    pub state: Value,
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// Problems. With an error, `state` is not used.
    pub diagnostics: Diagnostics,
}

/// Plan a change.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The prior state; null for a create.
    pub prior: Value,
    /// Configuration merged with prior computed values; null for a delete.
    pub proposed: Value,
    /// The configuration, unknown and write-only values included; null for a delete.
    pub config: Value,
    /// What the provider kept for itself.
    pub private: Arc<[u8]>,
}

/// What would become of the object.
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// The planned value; what only apply can tell is unknown.
    pub planned: Value,
    /// Paths whose change cannot be made in place.
    pub requires_replace: Vec<Path>,
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// What a reviewer must know beyond the values.
    pub notes: Vec<PlanNote>,
    /// Problems.
    pub diagnostics: Diagnostics,
}

/// What a reviewer must know about a change beyond its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanNote {
    /// What kind of thing it is.
    pub kind: NoteKind,
    /// One sentence.
    pub text: String,
}

/// Kinds of [`PlanNote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// The change costs money.
    Purchase,
    /// The object stays at the vendor after it is removed here.
    Stays,
    /// A person has something to do.
    Manual,
    /// A change window is about it.
    Window,
    /// Something worth knowing, which calls for nothing.
    Info,
}

/// Make a change.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The prior state; null for a create.
    pub prior: Value,
    /// The planned value; null for a delete.
    pub planned: Value,
    /// The configuration, wholly known, write-only values included; null for a delete.
    pub config: Value,
    /// What the provider kept for itself.
    pub private: Arc<[u8]>,
    /// An id of this operation that is the same when a lost call is sent again, for services that take one.
    pub operation_id: String,
    /// The object's address, for what people are told.
    pub address: String,
    /// Where the configuration is sensitive: what is there is shown to nobody.
    pub sensitive: Vec<Path>,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// The new state, also a partial one after an error; null when there is no object.
    pub state: Value,
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// Problems. An error after a create leaves the object tainted.
    pub diagnostics: Diagnostics,
    /// The call's outcome is not known (time-out, lost connection after sending): the intent stays
    /// for the next command to settle.
    pub unsettled: bool,
}

/// Read a data source.
#[derive(Clone, Debug)]
pub struct ReadDataRequest {
    /// The data source.
    pub type_name: Arc<str>,
    /// Its configuration, wholly known.
    pub config: Value,
}

/// A data source's values.
#[derive(Clone, Debug)]
pub struct ReadDataResponse {
    /// The values, shaped by the schema.
    pub state: Value,
    /// Problems.
    pub diagnostics: Diagnostics,
}

/// Open an ephemeral resource.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// The ephemeral resource type.
    pub type_name: Arc<str>,
    /// Its configuration, wholly known.
    pub config: Value,
}

/// An open ephemeral resource.
#[derive(Clone, Debug)]
pub struct OpenResponse {
    /// Its values, shaped by the schema, wholly known; never stored.
    pub result: Value,
    /// What the provider keeps for itself, for [`Provider::renew_ephemeral`] and [`Provider::close_ephemeral`].
    pub private: Arc<[u8]>,
    /// After this long it is to be renewed, if it is still open.
    pub renew_after: Option<std::time::Duration>,
    /// Problems. With an error there is nothing to close.
    pub diagnostics: Diagnostics,
}

/// Renew an open ephemeral resource.
#[derive(Clone, Debug)]
pub struct RenewRequest {
    /// The ephemeral resource type.
    pub type_name: Arc<str>,
    /// What the provider kept for itself.
    pub private: Arc<[u8]>,
}

/// A renewed ephemeral resource.
#[derive(Clone, Debug)]
pub struct RenewResponse {
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// After this long it is to be renewed again.
    pub renew_after: Option<std::time::Duration>,
    /// Problems.
    pub diagnostics: Diagnostics,
}

/// Close an ephemeral resource.
#[derive(Clone, Debug)]
pub struct CloseRequest {
    /// The ephemeral resource type.
    pub type_name: Arc<str>,
    /// What the provider kept for itself.
    pub private: Arc<[u8]>,
}

/// List ids.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The planned value of the object about to be created, for types listed within a parent.
    pub planned: Value,
}

/// Find what a lost create has made.
#[derive(Clone, Debug)]
pub struct ReconcileRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The planned value, with its natural key.
    pub planned: Value,
    /// The ids that existed before the first create of the type, and those that rows or other intents claim.
    pub known_ids: Vec<String>,
    /// What the provider kept for itself when planning.
    pub private: Arc<[u8]>,
    /// Nothing was made: an object that was there before is to be taken over, as an import does.
    pub adopting: bool,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct ReconcileResponse {
    /// Every match, in a stable order.
    pub found: Vec<Reconciled>,
    /// Problems. With an error nothing was learnt.
    pub diagnostics: Diagnostics,
}

/// An object found by [`Provider::reconcile`].
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// Its state; what only the lost answer held (a secret) is null, and a later plan repairs it.
    pub state: Value,
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// The object exists but is not usable and must be replaced.
    pub incomplete: bool,
}

/// Import by id.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The resource type.
    pub type_name: Arc<str>,
    /// The id as the user wrote it.
    pub id: String,
    /// The configuration of the resource, without marks and as far as it is known; null where there is none yet. For
    /// what no read tells, and for how to write what means the same.
    pub config: Value,
}

/// What was imported.
#[derive(Clone, Debug, Default)]
pub struct ImportResponse {
    /// The state, possibly sparse: the engine reads it right after.
    pub state: Option<Value>,
    /// What the provider keeps for itself.
    pub private: Option<Arc<[u8]>>,
    /// Whether the state has taken up the configuration; then it is marked as that is.
    pub worded: bool,
    /// Problems.
    pub diagnostics: Diagnostics,
}

#[cfg(test)]
mod tests {
    use super::without_keys;

    #[test]
    fn keys_of_instances_and_modules_are_left_out() {
        assert_eq!(without_keys("module.m[0].a.b[\"x]\\\"y\"]"), "module.m.a.b");
        assert_eq!(without_keys("a.b"), "a.b");
    }
}
