//! The state as reports show it: rows decoded by the schemas of their providers.
//!
//! It reads the store and changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics, Schema, Value};
use trunkline_state::{Row, Snapshot};

use super::Settings;
use super::provided::parse_provider;
use super::tfstate::write::closure;
use crate::address::{Address, Mode};
use crate::plan::checks::CheckResult;
use crate::plan::checks_codec;
use crate::plan::prior::{decode_output, decode_row};
use crate::plan::providers::Providers;
use crate::plan::{Action, Plan, ResourceChange};
use crate::report::state_text::{StateInstance, StateOutput, StateView};

/// One object, decoded by the schema of its type.
pub(super) struct Decoded {
    /// The instance.
    pub(super) address: Address,
    /// The source address of its provider.
    pub(super) source: Arc<str>,
    schema: Arc<Schema>,
    schema_version: u64,
    /// Its value, marks included.
    pub(super) value: Value,
    tainted: bool,
    /// Its key, if it is a deposed object.
    pub(super) deposed: Option<String>,
    dependencies: Arc<[String]>,
}

/// A state, decoded.
#[derive(Default)]
pub struct ShownState {
    resources: Vec<Decoded>,
    /// Root outputs, sorted by name.
    pub outputs: Vec<StateOutput>,
    /// How conditions fared in the last run that evaluated them.
    pub checks: Vec<CheckResult>,
}

impl ShownState {
    /// As reports take it.
    #[must_use]
    pub fn view(&self) -> StateView<'_> {
        StateView {
            resources: self
                .resources
                .iter()
                .map(|r| StateInstance {
                    address: r.address.clone(),
                    provider_source: r.source.clone(),
                    schema: Some(&r.schema),
                    schema_version: r.schema_version,
                    value: r.value.clone(),
                    tainted: r.tainted,
                    deposed: r.deposed.clone(),
                    dependencies: r.dependencies.clone(),
                })
                .collect(),
            outputs: self.outputs.clone(),
        }
    }

    /// What `plan` was made from: the objects as they were found, at the addresses to which they have moved, with those
    /// that were read or found to import, and the outputs whose values planning has already settled.
    pub fn before(mut self, plan: &Plan, settings: &Settings) -> Result<ShownState, Diagnostics> {
        let moves: BTreeMap<&Address, &Address> = plan.moves.iter().map(|(a, b)| (a, b)).collect();
        let dropped: BTreeSet<&Address> = plan.dropped_data.iter().collect();
        let mut changes: BTreeMap<_, _> = plan
            .changes
            .iter()
            .map(|c| ((c.address.clone(), c.deposed.clone()), c))
            .collect();
        self.resources.retain_mut(|object| {
            if let Some(to) = moves.get(&object.address) {
                object.address = (*to).clone();
            }
            let key = (object.address.clone(), object.deposed.clone());
            if let Some(change) = changes.remove(&key) {
                object.value = found(change).clone();
            }
            !object.value.is_null() && !dropped.contains(&object.address)
        });
        let mut providers =
            Providers::new(settings.registry.as_ref(), World::Live, BTreeMap::new());
        for change in changes.into_values() {
            if !found(change).is_null() {
                self.resources.extend(planned(change, &mut providers)?);
            }
        }
        self.resources
            .sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        let mut outputs: BTreeMap<Arc<str>, StateOutput> = std::mem::take(&mut self.outputs)
            .into_iter()
            .map(|o| (o.name.clone(), o))
            .collect();
        for change in &plan.outputs {
            if change.after.is_null() && change.action != Action::Delete {
                outputs.remove(&change.name);
            } else if !change.after.is_null() && change.after.is_wholly_known() {
                let settled = StateOutput {
                    name: change.name.clone(),
                    sensitive: change.sensitive,
                    value: change.after.clone(),
                };
                outputs.insert(change.name.clone(), settled);
            }
        }
        self.outputs = outputs.into_values().collect();
        Ok(self)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }
}

/// What was found of an object when the plan was made: a data source that was read is what it came to.
fn found(change: &ResourceChange) -> &Value {
    let read = change.address.resource.mode == Mode::Data && change.action == Action::NoOp;
    match read {
        true => &change.after,
        false => &change.before,
    }
}

/// An object that the state does not have yet, as planning found it; none where its type is not known.
fn planned(
    change: &ResourceChange,
    providers: &mut Providers<'_>,
) -> Result<Option<Decoded>, Diagnostics> {
    let resource = &change.address.resource;
    let schema = providers
        .schema(&change.provider_source, resource.mode, &resource.type_name)
        .map_err(|d| vec![d])?;
    Ok(schema.map(|schema| Decoded {
        address: change.address.clone(),
        source: change.provider_source.clone(),
        schema_version: schema.version,
        schema,
        value: found(change).clone(),
        tainted: false,
        deposed: change.deposed.clone(),
        dependencies: [].into(),
    }))
}

/// Decodes a state; nothing where there is none.
pub fn read(snapshot: Option<&Snapshot>, settings: &Settings) -> Result<ShownState, Diagnostics> {
    let Some(snapshot) = snapshot else {
        return Ok(ShownState::default());
    };
    let mut providers = Providers::new(settings.registry.as_ref(), World::Live, BTreeMap::new());
    let mut shown = ShownState::default();
    if let Ok(checks) = serde_json::from_slice(&snapshot.checks) {
        shown.checks = checks_codec::decode(&checks);
    }
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &snapshot.rows {
        let object = decode(row, &mut providers)?;
        let of = direct.entry(object.address.config().to_string());
        of.or_default().extend(row.dependencies.iter().cloned());
        shown.resources.push(object);
    }
    for object in &mut shown.resources {
        let own = object.address.config().to_string();
        let all = closure(&own, &object.dependencies, &direct);
        // Of data sources none are told, as states of Terraform do not.
        object.dependencies = match object.address.resource.mode {
            Mode::Data => [].into(),
            _ => all.into_iter().collect(),
        };
    }
    shown
        .resources
        .sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
    for output in &snapshot.outputs {
        let (name, output) = decode_output(output).map_err(|d| vec![d])?;
        shown.outputs.push(StateOutput {
            name,
            sensitive: output.sensitive,
            value: output.value,
        });
    }
    Ok(shown)
}

/// Decodes a row by the schema that its provider has for it.
pub(super) fn decode(row: &Row, providers: &mut Providers<'_>) -> Result<Decoded, Diagnostics> {
    let unreadable = || {
        let detail = format!(
            "The stored object {} is of a provider or type that this version does not have.",
            row.key
        );
        vec![Diagnostic::error("Unreadable state", detail)]
    };
    let address = Address::parse(&row.key.address).ok_or_else(unreadable)?;
    let (_, source, _) = parse_provider(&row.provider).ok_or_else(unreadable)?;
    let source: Arc<str> = source.into();
    let schema = providers
        .schema(&source, address.resource.mode, &row.type_name)
        .map_err(|d| vec![d])?
        .ok_or_else(unreadable)?;
    let provider = providers.plain(&source).map_err(|d| vec![d])?;
    let object =
        decode_row(row, &row.type_name, &schema, provider.as_ref()).map_err(|d| vec![d])?;
    Ok(Decoded {
        address,
        source,
        schema,
        schema_version: row.schema_version,
        value: object.value,
        tainted: row.tainted,
        deposed: row.key.deposed.clone(),
        dependencies: row.dependencies.clone(),
    })
}
