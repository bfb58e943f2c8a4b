//! What one configuration is to another: the earlier is made, of made-up objects, and the later is planned on that.
//!
//! So moves, instances and modules mean what they mean in a plan. It touches no real state and calls no provider.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use std::collections::{BTreeMap, BTreeSet};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Type, Value};
use trunkline_state::{ExplicitKey, KeySource, OpenOptions, Store};

use super::offline::{Offline, bare};
use crate::address::{Address, ConfigAddress, InstanceKey, ModulePath};
use crate::apply::provision::Provisioning;
use crate::config::Config;
use crate::event::Silent;
use crate::plan::walk::Options;
use crate::plan::{Action, Plan, ResourceChange};
use crate::project::mirror::Shown;
use crate::project::{OpenState, Project, Settings};

/// A configuration with values of its variables.
pub struct Side {
    /// The configuration.
    pub project: Project,
    /// Values of its root variables.
    pub variables: BTreeMap<Arc<str>, Value>,
}

/// A comparison.
pub struct Compared {
    /// What the later configuration changes.
    pub plan: Plan,
    /// The later configuration.
    pub project: Project,
    /// The made-up state.
    pub state: OpenState,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// A project of a configuration that calls no provider.
#[must_use]
pub fn offline(settings: &Settings, mut config: Config) -> Project {
    bare(&mut config.root);
    let settings = Settings {
        registry: Arc::new(Offline {
            real: settings.registry.clone(),
        }),
        listener: Arc::new(Silent),
        provisioning: Provisioning::Show,
        ..settings.clone()
    };
    Project::of(settings, config)
}

/// Compares. The state is made in `dir`.
pub async fn compare(base: Side, head: Side, dir: &Path) -> Result<Compared, Diagnostics> {
    let settings = &head.project.settings;
    let mut key = [0; 32];
    (settings.random)(&mut key);
    let key = base64::engine::general_purpose::STANDARD.encode(key);
    let store = Store::open(OpenOptions {
        path: dir.join("review.db"),
        stamp: settings.stamp,
        keys: KeySource {
            explicit: Some(ExplicitKey::Value(zeroize::Zeroizing::new(key))),
            default_dir: None,
            may_create: false,
        },
        create: true,
        lineage: None,
    });
    let store = store.map_err(|e| vec![Diagnostic::error("State store error", e.to_string())])?;
    let state = OpenState {
        store,
        guard: None,
        shown: Shown::default(),
    };
    let options = || Options {
        parallelism: 1,
        ..Options::default()
    };
    let ready = base.project.plan(&state, base.variables, options()).await?;
    if has_errors(&ready.diagnostics) {
        return Err(ready.diagnostics);
    }
    let applied = base.project.apply(&state, ready, "apply", 1).await;
    if has_errors(&applied.diagnostics) {
        return Err(applied.diagnostics);
    }
    let ready = head.project.plan(&state, head.variables, options()).await?;
    if has_errors(&ready.diagnostics) {
        return Err(ready.diagnostics);
    }
    let (plan, diagnostics) = (ready.plan, ready.diagnostics);
    Ok(Compared {
        plan,
        project: head.project,
        state,
        diagnostics,
    })
}

/// A value for a variable that nobody has given: the same on both sides.
#[must_use]
pub fn stand_in(name: &str, ty: &Type) -> Value {
    match ty {
        Type::Number => Value::number(0),
        Type::Bool => Value::bool(false),
        Type::List(element) => Value::list((**element).clone(), []),
        Type::Set(element) => Value::set((**element).clone(), []),
        Type::Map(element) => Value::map((**element).clone(), Vec::<(Arc<str>, Value)>::new()),
        Type::Object(object) => {
            let fields = object.attributes.iter();
            Value::object(fields.map(|(n, ty)| (n.clone(), stand_in(&format!("{name}.{n}"), ty))))
        }
        Type::Tuple(items) => Value::tuple(items.iter().map(|ty| stand_in(name, ty))),
        Type::String | Type::Dynamic => Value::string(format!("value-of-{name}")),
    }
}

/// Objects that look renamed: destroyed under one address and made under another with the same values, and no other
/// pair like it. Addresses as a `moved` block takes them: whole modules and resources where all of them moved.
#[must_use]
pub fn renames(plan: &Plan) -> Vec<(String, String)> {
    let of = |action: Action| {
        let mut found: BTreeMap<ConfigAddress, Vec<&ResourceChange>> = BTreeMap::new();
        for change in plan
            .changes
            .iter()
            .filter(|c| c.action == action && c.deposed.is_none())
        {
            found
                .entry(change.address.config())
                .or_default()
                .push(change);
        }
        found
    };
    let (gone, made) = (of(Action::Delete), of(Action::Create));
    // Candidates by type and what is written, so that no pair is looked at that cannot fit.
    let mut by_type: BTreeMap<(&str, usize), Vec<&ConfigAddress>> = BTreeMap::new();
    for (address, changes) in &made {
        let kind = (&*address.resource.type_name, changes.len());
        by_type.entry(kind).or_default().push(address);
    }
    let mut taken: BTreeSet<&ConfigAddress> = BTreeSet::new();
    let mut pairs: Vec<(&ConfigAddress, &ConfigAddress)> = Vec::new();
    for (from, changes) in &gone {
        let kind = (&*from.resource.type_name, changes.len());
        let fits = |to: &&&ConfigAddress| !taken.contains(**to) && alike(changes, &made[**to]);
        let mut fitting = by_type.get(&kind).into_iter().flatten().filter(fits);
        // Of several that fit, one that keeps its name is meant.
        let all: Vec<&&ConfigAddress> = fitting.by_ref().take(50).collect();
        let named: Vec<&&&ConfigAddress> = all
            .iter()
            .filter(|to| to.resource == from.resource)
            .collect();
        let to = match (all.as_slice(), named.as_slice()) {
            ([one], _) => **one,
            (_, [one]) => ***one,
            _ => continue,
        };
        taken.insert(to);
        pairs.push((from, to));
    }
    // Modules all of whose objects went to one other module, under the same names, are renamed as such.
    let mut lost: BTreeMap<&ModulePath, usize> = BTreeMap::new();
    gone.keys()
        .for_each(|a| *lost.entry(&a.module).or_insert(0) += 1);
    let mut went: BTreeMap<(&ModulePath, &ModulePath), usize> = BTreeMap::new();
    for (from, to) in pairs
        .iter()
        .filter(|(from, to)| from.resource == to.resource)
    {
        *went.entry((&from.module, &to.module)).or_insert(0) += 1;
    }
    let whole = |from: &ConfigAddress, to: &ConfigAddress| {
        let inside = !from.module.is_root() && !to.module.is_root();
        inside && went.get(&(&from.module, &to.module)) == lost.get(&from.module)
    };
    let found: BTreeSet<(String, String)> = pairs
        .iter()
        .map(|(from, to)| match whole(from, to) {
            true => (from.module.to_string(), to.module.to_string()),
            false => instance_free(gone[*from][0], made[*to][0], (from, to)),
        })
        .collect();
    found.into_iter().collect()
}

/// Addresses of a resource as a whole, or of its one instance where the key comes or goes.
fn instance_free(
    gone: &ResourceChange,
    made: &ResourceChange,
    (from, to): (&ConfigAddress, &ConfigAddress),
) -> (String, String) {
    let key = |address: &Address| address.key.clone();
    match key(&gone.address) == key(&made.address) || key(&gone.address) == InstanceKey::None {
        true => (from.to_string(), to.to_string()),
        false => (gone.address.to_string(), made.address.to_string()),
    }
}

/// Whether the instances are the same, key by key: all that is known of the new ones is what the old ones have.
fn alike(gone: &[&ResourceChange], made: &[&ResourceChange]) -> bool {
    // The changes of a plan are sorted by address, so instances of two resources stand in one order.
    let single = gone.len() == 1 && made.len() == 1;
    gone.iter().zip(made).all(|(old, new)| {
        let has = |(name, value): (&Arc<str>, &Value)| {
            !value.is_wholly_known() || old.before.attr(name).is_some_and(|b| b.same(value))
        };
        (single || old.address.key == new.address.key)
            && new
                .after
                .as_fields()
                .is_some_and(|fields| fields.iter().all(has))
    })
}
