//! The values of a walk so far: variables, locals, outputs and resource instances of every module instance.
//!
//! A plain store: it evaluates nothing and reads nothing. A resource's whole value is made once, not for
//! each reference to it.

use std::sync::{Arc, OnceLock};

use trunkline_api::{Kind, Number, Type, Value};

use crate::address::{Address, InstanceKey, ModuleInstance, ModulePath, Resource};
use crate::lookup::{Lookup, Ordered};

/// How instances are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Each {
    /// There is one.
    #[default]
    Single,
    /// By index.
    Count,
    /// By key.
    ForEach,
    /// Not known (while validating).
    Unknown,
}

/// The instances of a resource in one module instance. There may be a hundred thousand of these, so they are kept small.
#[derive(Debug, Default, Clone)]
pub struct Instances {
    each: Each,
    values: Held,
    /// See [`Instances::whole`]; of several instances.
    whole: OnceLock<Box<Value>>,
    /// The type that the schema gives to every instance, while no values are known.
    shape: Option<Box<Type>>,
}

/// The values of instances by their keys.
#[derive(Debug, Clone)]
enum Held {
    /// None yet, or that of the instance without a key: the only one that most resources have.
    Single(Option<Value>),
    /// Sorted by key. Instances come nearly in order, so a tree would cost more.
    Several(Vec<(InstanceKey, Value)>),
}

impl Default for Held {
    fn default() -> Held {
        Held::Single(None)
    }
}

impl Held {
    fn all(&self) -> impl Iterator<Item = (&InstanceKey, &Value)> {
        let (single, several) = match self {
            Held::Single(value) => (value.as_ref(), &[][..]),
            Held::Several(values) => (None, values.as_slice()),
        };
        let single = single.map(|value| (&InstanceKey::None, value));
        single
            .into_iter()
            .chain(several.iter().map(|(key, value)| (key, value)))
    }

    fn set(&mut self, key: InstanceKey, value: Value) {
        let values = match self {
            Held::Single(single) if key == InstanceKey::None => {
                *single = Some(value);
                return;
            }
            Held::Single(single) => {
                let single = single.take().map(|value| (InstanceKey::None, value));
                *self = Held::Several(single.into_iter().collect());
                return self.set(key, value);
            }
            Held::Several(values) => values,
        };
        let after = |(k, _): &(InstanceKey, Value)| *k < key;
        let at = match values.last().is_none_or(after) {
            true => values.len(),
            false => values.partition_point(after),
        };
        match values.get_mut(at).filter(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => values.insert(at, (key, value)),
        }
    }
}

impl Instances {
    /// No instances yet, to be told apart by `each`.
    #[must_use]
    pub fn new(each: Each) -> Instances {
        Instances {
            each,
            ..Instances::default()
        }
    }

    /// Instances of which only the type is known.
    #[must_use]
    pub fn of_type(shape: Type) -> Instances {
        Instances {
            each: Each::Unknown,
            shape: Some(Box::new(shape)),
            ..Instances::default()
        }
    }

    /// The type that the schema gives to every instance, where nothing else is known.
    #[must_use]
    pub fn shape(&self) -> Option<&Type> {
        self.shape.as_deref()
    }

    /// Sets an instance's value.
    pub fn set(&mut self, key: InstanceKey, value: Value) {
        self.whole = OnceLock::new();
        self.values.set(key, value);
    }

    /// The value of the first instance.
    fn first(&self) -> Option<&Value> {
        self.values.all().next().map(|(_, value)| value)
    }

    /// The type of the instances, as far as it can be told: that of one of them, since all have the same attributes.
    #[must_use]
    pub fn ty(&self) -> Option<Type> {
        self.shape()
            .cloned()
            .or_else(|| self.first().map(Value::ty))
    }

    /// Whether the instances have an attribute, as far as it can be told.
    #[must_use]
    pub fn has_attribute(&self, name: &str) -> bool {
        let in_type = |ty: &Type| match ty {
            Type::Object(object) => object.attributes.contains_key(name),
            _ => true,
        };
        match (self.shape(), self.first().map(Value::kind)) {
            (Some(ty), _) | (None, Some(Kind::Unknown(ty, _) | Kind::Null(ty))) => in_type(ty),
            (None, Some(Kind::Object(fields))) => fields.get(name).is_some(),
            (None, _) => true,
        }
    }

    /// What a reference to the resource gives: an object, a tuple of them, or an object of them.
    pub fn whole(&self) -> Value {
        let all = || self.values.all();
        let once = |make: &dyn Fn() -> Value| -> Value {
            let whole = self.whole.get_or_init(|| Box::new(make()));
            Value::clone(whole)
        };
        match self.each {
            Each::Single => match all().find(|(k, _)| **k == InstanceKey::None) {
                Some((_, value)) => value.clone(),
                None => Value::unknown(Type::Dynamic),
            },
            Each::Count => once(&|| Value::tuple(all().map(|(_, v)| v.clone()))),
            Each::ForEach => once(&|| {
                Value::object(all().filter_map(|(k, v)| match k {
                    InstanceKey::Str(name) => Some((name.clone(), v.clone())),
                    _ => None,
                }))
            }),
            Each::Unknown => Value::unknown(Type::Dynamic),
        }
    }
}

/// The values of one module instance.
#[derive(Debug, Default)]
pub struct ModuleValues {
    /// Input variables.
    pub variables: Lookup<Arc<str>, Value>,
    /// Local values.
    pub locals: Lookup<Arc<str>, Value>,
    /// Outputs.
    pub outputs: Lookup<Arc<str>, Value>,
    /// Resources.
    pub resources: Ordered<Resource, Instances>,
    /// Calls of modules: how their instances are told apart, and their keys in order.
    pub calls: Lookup<Arc<str>, (Each, Vec<InstanceKey>)>,
    /// `each.key` and `each.value`, or `count.index`, of the instance itself.
    pub repetition: RepetitionData,
}

/// `each.*` and `count.index` of an instance: nothing for most, and cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RepetitionData(Option<Arc<Repeated>>);

#[derive(Debug, PartialEq)]
enum Repeated {
    Index(Value),
    Each { key: Value, value: Value },
}

impl RepetitionData {
    /// Those of what is not repeated.
    pub const NONE: RepetitionData = RepetitionData(None);

    /// With this `count.index`.
    #[must_use]
    pub fn counted(index: Value) -> RepetitionData {
        RepetitionData(Some(Arc::new(Repeated::Index(index))))
    }

    /// With these `each.key` and `each.value`.
    #[must_use]
    pub fn keyed(key: Value, value: Value) -> RepetitionData {
        RepetitionData(Some(Arc::new(Repeated::Each { key, value })))
    }

    /// The data for a key: an index, or a key whose value is `value`.
    #[must_use]
    pub fn for_key(key: &InstanceKey, value: Option<&Value>) -> RepetitionData {
        match key {
            InstanceKey::None => RepetitionData::NONE,
            InstanceKey::Int(n) => RepetitionData::counted(Value::number(Number::from(*n))),
            InstanceKey::Str(s) => {
                let key = Value::string(s.clone());
                let value = value.cloned().unwrap_or_else(|| key.clone());
                RepetitionData::keyed(key, value)
            }
        }
    }

    /// `count.index`
    #[must_use]
    pub fn index(&self) -> Option<&Value> {
        match self.0.as_deref() {
            Some(Repeated::Index(index)) => Some(index),
            _ => None,
        }
    }

    /// `each.key` and `each.value`
    #[must_use]
    pub fn each(&self) -> Option<(&Value, &Value)> {
        match self.0.as_deref() {
            Some(Repeated::Each { key, value }) => Some((key, value)),
            _ => None,
        }
    }
}

/// All values so far.
#[derive(Debug, Default)]
pub struct Values {
    /// Those of the root module, where most objects are.
    root: ModuleValues,
    modules: Lookup<ModuleInstance, ModuleValues>,
    expansions: Lookup<ModulePath, Vec<ModuleInstance>>,
}

impl Values {
    /// Only the root module, empty.
    #[must_use]
    pub fn new() -> Values {
        let mut values = Values::default();
        values.add_module(ModuleInstance::root(), RepetitionData::default());
        values
    }

    /// Adds a module instance.
    pub fn add_module(&mut self, instance: ModuleInstance, repetition: RepetitionData) {
        self.expansions
            .entry(instance.path())
            .or_default()
            .push(instance.clone());
        let module = ModuleValues {
            repetition,
            ..ModuleValues::default()
        };
        *self.module_mut(&instance) = module;
    }

    /// The instances of the module at `path`, in the order added.
    #[must_use]
    pub fn instances(&self, path: &ModulePath) -> &[ModuleInstance] {
        self.expansions.get(path).map_or(&[], Vec::as_slice)
    }

    /// The values of a module instance, if it has been added.
    #[must_use]
    pub fn module(&self, instance: &ModuleInstance) -> Option<&ModuleValues> {
        match instance.is_root() {
            true => Some(&self.root),
            false => self.modules.get(instance),
        }
    }

    /// The instances of a resource in the module of one of them, if any value was set or is to be set.
    pub fn begun_mut(&mut self, instance: &Address) -> Option<&mut Instances> {
        let module = match instance.module.is_root() {
            true => &mut self.root,
            false => self.modules.get_mut(&instance.module)?,
        };
        module.resources.get_mut(&instance.resource)
    }

    /// The values of a module instance; added empty when it was not there.
    pub fn module_mut(&mut self, instance: &ModuleInstance) -> &mut ModuleValues {
        match instance.is_root() {
            true => &mut self.root,
            false => self.modules.entry(instance.clone()).or_default(),
        }
    }

    /// The value of `module.name` in `caller`: an object of outputs, or a tuple or object of such.
    #[must_use]
    pub fn module_call(&self, caller: &ModuleInstance, name: &Arc<str>) -> Value {
        let Some((each, keys)) = self.module(caller).and_then(|m| m.calls.get(name)) else {
            return Value::unknown(Type::Dynamic);
        };
        let outputs = |key: &InstanceKey| {
            let child = self.module(&caller.child(name, key.clone()));
            let outputs = child.into_iter().flat_map(|m| m.outputs.iter());
            Value::object(outputs.map(|(k, v)| (k.clone(), v.clone())))
        };
        match each {
            Each::Single => outputs(&InstanceKey::None),
            Each::Count => Value::tuple(keys.iter().map(outputs)),
            Each::ForEach => Value::object(keys.iter().filter_map(|key| match key {
                InstanceKey::Str(s) => Some((s.clone(), outputs(key))),
                _ => None,
            })),
            Each::Unknown => Value::unknown(Type::Dynamic),
        }
    }
}
