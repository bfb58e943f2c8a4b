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
    held: Held,
}

/// What is known of the instances of a resource. Most resources have one, and take no more than its value.
#[derive(Debug, Default, Clone)]
enum Held {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The type that the schema gives to every instance.
    Shape(Type),
    /// The one that has no key.
    One(Value),
    /// Any others.
    Many(Box<Many>),
}

/// Instances with keys.
#[derive(Debug, Default, Clone)]
struct Many {
    /// Sorted by key. Instances come nearly in order: a tree would cost more.
    values: Vec<(InstanceKey, Value)>,
    /// What a reference to all of them gives, once it was asked for.
    whole: OnceLock<Value>,
}

impl Many {
    fn set(&mut self, key: InstanceKey, value: Value) {
        self.whole = OnceLock::new();
        let after = |(k, _): &(InstanceKey, Value)| *k < key;
        let at = match self.values.last().is_none_or(after) {
            true => self.values.len(),
            false => self.values.partition_point(after),
        };
        match self.values.get_mut(at).filter(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => self.values.insert(at, (key, value)),
        }
    }
}

impl Instances {
    /// No instances yet, to be told apart by `each`.
    #[must_use]
    pub fn new(each: Each) -> Instances {
        let held = Held::Nothing;
        Instances { each, held }
    }

    /// Instances of which only the type is known.
    #[must_use]
    pub fn of_type(shape: Type) -> Instances {
        Instances {
            each: Each::Unknown,
            held: Held::Shape(shape),
        }
    }

    /// The type that the schema gives to every instance, where nothing else is known.
    #[must_use]
    pub fn shape(&self) -> Option<&Type> {
        match &self.held {
            Held::Shape(ty) => Some(ty),
            _ => None,
        }
    }

    /// Sets an instance's value.
    pub fn set(&mut self, key: InstanceKey, value: Value) {
        let held = std::mem::take(&mut self.held);
        self.held = match (held, key) {
            (Held::Nothing | Held::Shape(_) | Held::One(_), InstanceKey::None) => Held::One(value),
            (Held::Many(mut many), key) => {
                many.set(key, value);
                Held::Many(many)
            }
            (held, key) => {
                let mut many = Box::new(Many::default());
                if let Held::One(first) = held {
                    many.set(InstanceKey::None, first);
                }
                many.set(key, value);
                Held::Many(many)
            }
        };
    }

    /// The value of one of them, if there is any.
    fn first(&self) -> Option<&Value> {
        match &self.held {
            Held::Nothing | Held::Shape(_) => None,
            Held::One(value) => Some(value),
            Held::Many(many) => many.values.first().map(|(_, value)| value),
        }
    }

    /// The type of the instances, as far as it can be told: that of one of them, since all have the same attributes.
    #[must_use]
    pub fn ty(&self) -> Option<Type> {
        let any = || self.first().map(Value::ty);
        self.shape().cloned().or_else(any)
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
        let unknown = || Value::unknown(Type::Dynamic);
        match (&self.held, self.each) {
            (_, Each::Unknown) => unknown(),
            (Held::One(value), Each::Single) => value.clone(),
            (Held::One(value), Each::Count) => Value::tuple([value.clone()]),
            (Held::Many(many), each) => {
                let make = || of_keys(each, &many.values);
                many.whole.get_or_init(make).clone()
            }
            (_, each) => of_keys(each, &[]),
        }
    }
}

/// What instances that are told apart by `each` come to together.
fn of_keys(each: Each, values: &[(InstanceKey, Value)]) -> Value {
    match each {
        Each::Single => {
            let one = values.iter().find(|(key, _)| *key == InstanceKey::None);
            one.map_or_else(|| Value::unknown(Type::Dynamic), |(_, v)| v.clone())
        }
        Each::Count => Value::tuple(values.iter().map(|(_, v)| v.clone())),
        Each::ForEach => Value::object(values.iter().filter_map(|(k, v)| match k {
            InstanceKey::Str(name) => Some((name.clone(), v.clone())),
            _ => None,
        })),
        Each::Unknown => Value::unknown(Type::Dynamic),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(each: Each, keys: &[InstanceKey]) -> String {
        let mut instances = Instances::new(each);
        for (n, key) in keys.iter().enumerate() {
            // The first value is soon another one.
            instances.set(key.clone(), Value::bool(true));
            drop(instances.whole());
            instances.set(key.clone(), Value::number(Number::from(n)));
        }
        format!("{:?}", instances.whole())
    }

    #[test]
    fn instances_come_to_one_value() {
        use InstanceKey::{Int, None, Str};
        let cases = [
            (Each::Single, vec![], "unknown(dynamic)"),
            (Each::Single, vec![None], "0"),
            (Each::Single, vec![Int(0), None], "1"),
            (Each::Single, vec![None, Int(0)], "0"),
            (Each::Single, vec![Int(0)], "unknown(dynamic)"),
            (Each::Count, vec![], "tuple[]"),
            (Each::Count, vec![None], "tuple[0]"),
            (Each::Count, vec![Int(10), Int(2)], "tuple[1, 0]"),
            (Each::ForEach, vec![], "{}"),
            (Each::ForEach, vec![None], "{}"),
            (
                Each::ForEach,
                vec![Str("b".into()), Str("a".into()), None],
                r#"{"a": 1, "b": 0}"#,
            ),
            (Each::Unknown, vec![None], "unknown(dynamic)"),
            (Each::Unknown, vec![Int(0)], "unknown(dynamic)"),
        ];
        for (each, keys, expected) in cases {
            assert_eq!(whole(each, &keys), expected, "{each:?} {keys:?}");
        }
    }

    #[test]
    fn the_type_is_that_of_a_value_once_there_is_one() {
        let mut instances = Instances::of_type(Type::object([("a", Type::String)]));
        assert!(instances.has_attribute("a") && !instances.has_attribute("b"));
        instances.set(InstanceKey::None, Value::object([("b", Value::bool(true))]));
        assert!(instances.shape().is_none() && !instances.has_attribute("a"));
        assert_eq!(instances.ty(), Some(Type::object([("b", Type::Bool)])));
        assert!(size_of::<Instances>() <= size_of::<Value>() + size_of::<usize>());
    }
}
