//! The prior state as the planner sees it: rows, journal and outputs by address.
//!
//! The one place where stored rows and engine values are converted. It writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use trunkline_api::coerce::apply_sensitive_marks;
use trunkline_api::json_read::Reader;
use trunkline_api::json_text::JsonText;
use trunkline_api::provider::{MoveRequest, UpgradeRequest};
use trunkline_api::{Diagnostic, Marks, Path, Provider, Schema, Step, Type, Value};
use trunkline_state::{Output, Row, RowName, Snapshot};

use super::codec;
pub use super::prior_instances::{PriorInstance, PriorInstances};
use crate::address::{
    Address, ConfigAddress, InstanceKey, Mode, ModuleInstance, ResourceName, Target, parse_target,
    read_beside,
};
use crate::config::Config;
use crate::lookup::Lookup;

/// The state at the beginning of a command.
#[derive(Clone, Debug, Default)]
pub struct PriorState {
    /// Instances by resource.
    pub resources: BTreeMap<ConfigAddress, PriorInstances>,
    /// Root outputs by name.
    pub outputs: BTreeMap<Arc<str>, PriorOutput>,
    /// Identifies the state over its life.
    pub lineage: String,
    /// Grows with each write.
    pub serial: u64,
}

/// An output as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorOutput {
    /// Its value.
    pub value: Value,
    /// Declared sensitive.
    pub sensitive: bool,
}

/// An object as stored, decoded.
#[derive(Clone, Debug)]
pub struct PriorObject {
    /// The value, marks included.
    pub value: Value,
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// Must be replaced.
    pub tainted: bool,
    /// Version of the row.
    pub version: u64,
    /// New objects are created before this one is destroyed.
    pub create_before_destroy: bool,
    /// What it depended on.
    pub dependencies: Arc<[String]>,
    /// The stored form is of an older schema.
    pub upgraded: bool,
}

impl PriorState {
    /// Reads a snapshot of the store. Fails on what no version of this program has written.
    pub fn read(snapshot: Snapshot) -> Result<PriorState, Diagnostic> {
        PriorState::read_knowing(snapshot, |_, _| None)
    }

    /// As [`PriorState::read`]. What is declared in `config` has the address that it has there, and not one that is equal.
    pub fn read_for(snapshot: Snapshot, config: &Config) -> Result<PriorState, Diagnostic> {
        PriorState::read_knowing(snapshot, |path, name| {
            let module = path
                .iter()
                .try_fold(&config.root, |module, (call, _)| module.children.get(*call));
            Some(module?.resources.get(&name)?.address.clone())
        })
    }

    fn read_knowing(
        snapshot: Snapshot,
        known: impl Fn(&[(&str, InstanceKey)], ResourceName<'_>) -> Option<ConfigAddress>,
    ) -> Result<PriorState, Diagnostic> {
        let mut state = PriorState {
            lineage: snapshot.lineage,
            serial: snapshot.serial,
            ..PriorState::default()
        };
        let mut instances: Vec<(Address, PriorInstance)> = Vec::with_capacity(snapshot.rows.len());
        let mut rows = snapshot.rows.into_iter();
        while let Some(row) = rows.next() {
            let names = [&row.type_name, &row.name];
            let last = instances.last().map(|(address, _)| address);
            let address = read_beside(&row.key.address, last, names, &known)
                .ok_or_else(|| unreadable(&row.key.address))?;
            // The objects of an instance follow each other.
            let following = rows.as_slice().iter();
            let others = following.take_while(|next| next.key.address == row.key.address);
            let others = others.count();
            let mut instance = PriorInstance::default();
            add(&mut instance, row);
            for row in rows.by_ref().take(others) {
                add(&mut instance, row);
            }
            instances.push((address, instance));
        }
        state.resources = by_resource(instances);
        for intent in snapshot.intents {
            let address = address(&intent.operation.key.address)?;
            let deposed = intent.operation.key.deposed.clone().unwrap_or_default();
            state.instance(address).add_intent(deposed, intent);
        }
        for output in snapshot.outputs {
            let (name, output) = decode_output(&output)?;
            state.outputs.insert(name, output);
        }
        Ok(state)
    }

    fn instance(&mut self, address: Address) -> &mut PriorInstance {
        self.resources
            .entry(address.config().clone())
            .or_default()
            .instance(address)
    }

    /// Every id-like claim: addresses of all rows of a type.
    pub fn rows_of<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Row> + 'a {
        self.resources
            .iter()
            .filter(move |(a, _)| &*a.resource.type_name == type_name)
            .flat_map(|(_, instances)| instances.values())
            .flat_map(PriorInstance::rows)
            .map(|row| &**row)
    }
}

/// The instances of each resource, in any order. Rows are sorted by the texts of their addresses: the resources of a module
/// with one instance come one after the other and mostly in order, those of one with many come again and again.
fn by_resource(
    instances: Vec<(Address, PriorInstance)>,
) -> BTreeMap<ConfigAddress, PriorInstances> {
    type Instance = (Address, PriorInstance);
    let mut found: Vec<(ConfigAddress, Instance, Vec<Instance>)> = Vec::new();
    // Where each resource is, from when one came that is not after the last.
    let mut places: Lookup<ConfigAddress, usize> = Lookup::default();
    for instance in instances {
        let resource = instance.0.config();
        let place = match found.last() {
            None => None,
            Some((last, ..)) if last == resource => Some(found.len() - 1),
            Some((last, ..)) if places.is_empty() && last < resource => None,
            Some(_) => {
                if places.is_empty() {
                    let all = found.iter().enumerate();
                    places.extend(all.map(|(at, (resource, ..))| (resource.clone(), at)));
                }
                places.get(resource).copied()
            }
        };
        if let Some(place) = place {
            found[place].2.push(instance);
            continue;
        }
        let resource = resource.clone();
        if !places.is_empty() {
            places.insert(resource.clone(), found.len());
        }
        found.push((resource, instance, Vec::new()));
    }
    found
        .into_iter()
        .map(|(resource, one, more)| {
            let all = std::iter::once(one).chain(more);
            (resource, PriorInstances::of(all))
        })
        .collect()
}

/// Puts a row where it belongs in its instance.
fn add(instance: &mut PriorInstance, row: Arc<Row>) {
    let key = row.key.deposed.clone().unwrap_or_default();
    instance.put(&key, Some(row));
}

fn address(text: &str) -> Result<Address, Diagnostic> {
    Address::parse(text).ok_or_else(|| unreadable(text))
}

fn unreadable(text: &str) -> Diagnostic {
    Diagnostic::error(
        "Unreadable state",
        format!(
            "The state has an object with the address {text:?}, which this version cannot read."
        ),
    )
}

/// The id in a stored object, if it has one.
#[must_use]
pub fn id_of(row: &Row) -> Option<String> {
    let stored: Json = serde_json::from_slice(&row.attributes).ok()?;
    Some(stored.get("attributes")?.get("id")?.as_str()?.to_owned())
}

/// The resources that a row says it depends on.
#[must_use]
pub fn dependencies(row: &Row) -> BTreeSet<ConfigAddress> {
    row.dependencies.iter().filter_map(|t| named(t)).collect()
}

/// The resource that a row names as one that it depends on.
pub(super) fn named(text: &str) -> Option<ConfigAddress> {
    match parse_target(text)? {
        Target::Instance(address) => Some(address.config().clone()),
        Target::Module(_) => None,
    }
}

/// Leaves out what the schema does not know (any more), at every depth, as attributes are that a provider has dropped.
fn drop_unknown(stored: &mut Json, ty: &Type) {
    match (ty, stored) {
        (Type::Object(object), Json::Object(attributes)) => {
            attributes.retain(|name, _| object.attributes.contains_key(name.as_str()));
            for (name, value) in attributes {
                if let Some(ty) = object.attributes.get(name.as_str()) {
                    drop_unknown(value, ty);
                }
            }
        }
        (Type::Map(ty), Json::Object(elements)) => {
            elements
                .values_mut()
                .for_each(|value| drop_unknown(value, ty));
        }
        (Type::List(ty) | Type::Set(ty), Json::Array(elements)) => {
            elements
                .iter_mut()
                .for_each(|value| drop_unknown(value, ty));
        }
        (Type::Tuple(types), Json::Array(elements)) => {
            for (value, ty) in elements.iter_mut().zip(types.iter()) {
                drop_unknown(value, ty);
            }
        }
        _ => {}
    }
}

/// Decodes a row as an object of the type `type_name` by its schema, upgrading it first where it is of an older version,
/// and letting the provider make it one of that type where it has moved from another.
pub fn decode_row(
    row: &Row,
    type_name: &Arc<str>,
    schema: &Schema,
    provider: &dyn Provider,
) -> Result<PriorObject, Diagnostic> {
    let unreadable = |why: String| {
        Diagnostic::error(
            "Unreadable state",
            format!("The stored object {} cannot be read: {why}.", row.key),
        )
    };
    let ty = schema.block.implied_type();
    if *type_name == row.type_name
        && row.schema_version == schema.version
        && let Some((value, sensitive)) = StoredAs(&ty).read(&row.attributes)
    {
        let value = apply_sensitive_marks(&value, &schema.block);
        let value = mark_sensitive(value, &sensitive);
        return Ok(object(row, value, false));
    }
    let mut stored: Json =
        serde_json::from_slice(&row.attributes).map_err(|e| unreadable(e.to_string()))?;
    let mut attributes = stored.get_mut("attributes").map_or(Json::Null, Json::take);
    let moved = *type_name != row.type_name;
    let upgraded = moved || row.schema_version != schema.version;
    if moved {
        attributes = provider.move_state(MoveRequest {
            type_name: type_name.clone(),
            source_provider: source_of(&row.provider).to_owned(),
            source_type: row.type_name.clone(),
            source_version: row.schema_version,
            attributes,
        })?;
    } else if row.schema_version > schema.version {
        let provider = source_of(&row.provider)
            .rsplit('/')
            .next()
            .unwrap_or_default();
        return Err(Diagnostic::error(
            "Resource instance managed by newer provider version",
            format!(
                "The current state of {} was created by a newer provider version than is currently selected. Upgrade the {provider} provider to work with this state.",
                row.key
            ),
        ));
    }
    if upgraded && !moved {
        attributes = provider.upgrade(UpgradeRequest {
            type_name: row.type_name.clone(),
            version: row.schema_version,
            attributes,
        })?;
    }
    drop_unknown(&mut attributes, &ty);
    let value =
        trunkline_api::json::from_json(&attributes, &ty).map_err(|e| unreadable(e.to_string()))?;
    let mut value = apply_sensitive_marks(&value, &schema.block);
    let sensitive = stored.get("sensitive").and_then(Json::as_array);
    if moved && sensitive.is_some_and(|paths| !paths.is_empty()) {
        // Which attributes hold now what was sensitive is not known: all may.
        let attributes: Vec<Path> = value
            .as_fields()
            .into_iter()
            .flat_map(|fields| fields.keys())
            .filter(|name| &***name != "id")
            .map(|name| Path(vec![Step::Attribute(name.clone())]))
            .collect();
        for path in attributes {
            value = value.update_at(&path.0, &mut |v| v.clone().with_marks(Marks::SENSITIVE));
        }
    }
    if let Some(paths) = sensitive.filter(|_| !moved) {
        value = mark_sensitive(value, paths);
    }
    Ok(object(row, value, upgraded))
}

/// What is sealed in a row ([`stored`]), as far as it is read at once: attributes of a type.
struct StoredAs<'t>(&'t Type);

impl StoredAs<'_> {
    fn read(self, text: &[u8]) -> Option<(Value, Vec<Json>)> {
        // Once for the whole, not for each text in it.
        let mut reader = Reader::new(std::str::from_utf8(text).ok()?);
        let (mut value, mut sensitive) = (None, Vec::new());
        reader.members(|reader, name| {
            match name {
                "attributes" => value = Some(reader.value(self.0)?),
                "sensitive" => sensitive = serde_json::from_str(reader.skip()?).ok()?,
                _ => drop(reader.skip()?),
            }
            Some(())
        })?;
        reader.is_at_end().then_some((value?, sensitive))
    }
}

/// The value with what a row says is sensitive marked.
fn mark_sensitive(mut value: Value, paths: &[Json]) -> Value {
    for path in paths.iter().filter_map(codec::decode_path) {
        value = value.update_at(&path.0, &mut |v| v.clone().with_marks(Marks::SENSITIVE));
    }
    value
}

/// The object of a row, with its value.
fn object(row: &Row, value: Value, upgraded: bool) -> PriorObject {
    PriorObject {
        value,
        private: match row.private.is_empty() {
            // All share that, without memory of their own.
            true => Arc::default(),
            false => row.private.as_slice().into(),
        },
        tainted: row.tainted,
        version: row.version,
        create_before_destroy: row.create_before_destroy,
        dependencies: row.dependencies.clone(),
        upgraded,
    }
}

/// What a row is made of besides its value.
#[derive(Clone, Debug)]
pub struct RowParts<'a> {
    /// Where the row is.
    pub key: RowName,
    /// The instance.
    pub address: &'a Address,
    /// The provider configuration, as rows say it.
    pub provider: &'a Arc<str>,
    /// The schema of its type.
    pub schema: &'a Schema,
    /// The value, marks included; wholly known.
    pub value: &'a Value,
    /// What the provider keeps for itself.
    pub private: &'a [u8],
    /// Must be replaced.
    pub tainted: bool,
    /// New objects are created before this one is destroyed.
    pub create_before_destroy: bool,
    /// What it depends on.
    pub dependencies: &'a Arc<[String]>,
}

/// What is sealed in a row.
fn stored(value: &Value, schema: &Schema) -> Vec<u8> {
    let mut text = JsonText::for_size(value.size());
    text.raw("{\"attributes\":");
    text.typed(value, &schema.block.implied_type());
    text.raw(",\"sensitive\":");
    // Also those within others, as Terraform keeps them: a plan compares all of them.
    let sensitive: Vec<Json> = super::instance::marks_of(value)
        .iter()
        .filter(|(_, marks)| marks.without(Marks::SENSITIVE) != *marks)
        .map(|(path, _)| codec::encode_path(path))
        .collect();
    match sensitive.is_empty() {
        true => text.raw("[]"),
        false => text.any(&sensitive),
    }
    text.raw("}");
    text.into_bytes()
}

/// The row to store.
#[must_use]
pub fn encode_row(parts: RowParts<'_>) -> Row {
    let address = parts.address;
    Row {
        key: parts.key,
        module: stored_module(&address.module),
        mode: stored_mode(address.resource.mode),
        type_name: address.resource.type_name.clone(),
        name: address.resource.name.clone(),
        index_key: stored_key(&address.key),
        provider: parts.provider.clone(),
        schema_version: parts.schema.version,
        tainted: parts.tainted,
        create_before_destroy: parts.create_before_destroy,
        dependencies: parts.dependencies.clone(),
        attributes: stored(parts.value, parts.schema),
        private: parts.private.to_vec(),
        version: 0,
    }
}

/// The source address in a provider configuration as rows name it: `module.a.provider["SOURCE"].alias`.
#[must_use]
pub fn source_of(provider: &str) -> &str {
    provider.split('"').nth(1).unwrap_or(provider)
}

/// The same row under another address. It keeps its type: where that of the address is another, the object is still to
/// be made one of it.
#[must_use]
pub fn renamed(row: Row, address: &Address) -> Row {
    Row {
        key: RowName {
            address: address.to_string(),
            deposed: row.key.deposed.clone(),
        },
        module: stored_module(&address.module),
        mode: stored_mode(address.resource.mode),
        name: address.resource.name.clone(),
        index_key: stored_key(&address.key),
        ..row
    }
}

/// A module's instance as rows name it.
fn stored_module(module: &ModuleInstance) -> Arc<str> {
    match module.is_root() {
        // Most objects are there, and this takes no memory.
        true => Arc::default(),
        false => module.to_string().into(),
    }
}

pub(super) fn stored_mode(mode: Mode) -> trunkline_state::Mode {
    match mode {
        Mode::Managed => trunkline_state::Mode::Managed,
        // An ephemeral resource is never stored.
        Mode::Data | Mode::Ephemeral => trunkline_state::Mode::Data,
    }
}

fn stored_key(key: &InstanceKey) -> Option<trunkline_state::IndexKey> {
    match key {
        InstanceKey::None => None,
        InstanceKey::Int(n) => Some(trunkline_state::IndexKey::Int(*n)),
        InstanceKey::Str(s) => Some(trunkline_state::IndexKey::Str(s.clone())),
    }
}

/// A stored output.
pub fn decode_output(output: &Output) -> Result<(Arc<str>, PriorOutput), Diagnostic> {
    let read = || -> Option<Value> {
        let value: Json = serde_json::from_slice(&output.value).ok()?;
        let ty: Json = serde_json::from_slice(&output.value_type).ok()?;
        let ty: Type = trunkline_api::json::type_from_json(&ty).ok()?;
        trunkline_api::json::from_json(&value, &ty).ok()
    };
    let value = read().ok_or_else(|| {
        Diagnostic::error(
            "Unreadable state",
            format!("The stored output {:?} cannot be read.", output.name),
        )
    })?;
    let value = if output.sensitive {
        value.with_marks(Marks::SENSITIVE)
    } else {
        value
    };
    let sensitive = output.sensitive;
    Ok((
        output.name.as_str().into(),
        PriorOutput { value, sensitive },
    ))
}

/// The output to store.
#[must_use]
pub fn encode_output(name: &str, value: &Value, sensitive: bool) -> Output {
    Output {
        name: name.into(),
        sensitive,
        value: trunkline_api::json::to_json(value).to_string().into_bytes(),
        value_type: trunkline_api::json::type_json(&value.ty())
            .to_string()
            .into_bytes(),
        version: 0,
    }
}

/// The values at `paths` marked, as configuration marked them.
#[must_use]
pub fn mark_paths(value: &Value, paths: &[(Path, Marks)]) -> Value {
    let mut value = value.clone();
    for (path, marks) in paths {
        value = value.update_at(&path.0, &mut |v| v.clone().with_marks(*marks));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_found_by_resource_whatever_the_order() {
        let texts = [
            "a.b[\"x\"]",
            "a.b-c",
            "a.b[1]",
            "data.a.b",
            "module.m[0].a.b",
            "module.m[0].a.c",
            "module.m[10].a.b",
            "module.m[2].a.b",
            "a.b[10]",
            "a.b[2]",
        ];
        for turn in 0..texts.len() {
            let read = |text: &&str| Address::parse(text).unwrap();
            let turned = texts.iter().cycle().skip(turn).take(texts.len()).map(read);
            let instances = turned.map(|address| (address, PriorInstance::default()));
            let found = by_resource(instances.collect());
            let shown = found.iter().map(|(resource, all)| {
                let keys: Vec<String> = all.keys().map(ToString::to_string).collect();
                format!("{resource}: {}", keys.join(" "))
            });
            let shown: Vec<String> = shown.collect();
            assert_eq!(
                shown,
                [
                    "data.a.b: data.a.b",
                    "a.b: a.b[1] a.b[2] a.b[10] a.b[\"x\"]",
                    "a.b-c: a.b-c",
                    "module.m.a.b: module.m[0].a.b module.m[2].a.b module.m[10].a.b",
                    "module.m.a.c: module.m[0].a.c",
                ]
            );
        }
    }
}
