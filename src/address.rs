//! Addresses of modules, resources and instances: parsing, order and text.
//!
//! An address is immutable and its text form is part of the type. Nothing here looks anything up.

use std::cmp::Ordering;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use indexmap::Equivalent;

mod handle;
mod parse;
mod sort;

pub use handle::Handle;
pub use parse::{AddressProblem, parse_target, read_beside, read_instance, read_target};
pub use sort::{sort_by_address, sort_resources};
pub use trunkline_api::provider::Mode;

/// The key of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceKey {
    /// Neither `count` nor `for_each`.
    #[default]
    None,
    /// `count`
    Int(i64),
    /// `for_each`
    Str(Arc<str>),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl InstanceKey {
    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Int(n) => write!(out, "[{n}]"),
            InstanceKey::Str(s) => write!(out, "[{}]", quoted(s)),
        }
    }
}

/// A string as it is written between quotes in an address.
#[must_use]
pub fn quoted(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    let mut chars = s.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The path of a module in the configuration: names of module calls, from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(pub Arc<[Arc<str>]>);

impl ModulePath {
    /// The root module.
    #[must_use]
    pub fn root() -> ModulePath {
        ModulePath::default()
    }

    /// Whether this is the root module.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that is called `name` in this one.
    #[must_use]
    pub fn child(&self, name: &Arc<str>) -> ModulePath {
        ModulePath(self.0.iter().chain([name]).cloned().collect())
    }

    /// The calling module and the call's name; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<(ModulePath, Arc<str>)> {
        let (last, rest) = self.0.split_last()?;
        Some((ModulePath(rest.into()), last.clone()))
    }
}

impl fmt::Display for ModulePath {
    /// `module.a.module.b`, nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if i > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}

/// An instance of a module. Sorted by how deep it is called, then by names and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModuleInstance(pub Arc<[(Arc<str>, InstanceKey)]>);

impl Ord for ModuleInstance {
    fn cmp(&self, other: &ModuleInstance) -> Ordering {
        let depth = self.0.len().cmp(&other.0.len());
        depth.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ModuleInstance {
    fn partial_cmp(&self, other: &ModuleInstance) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ModuleInstance {
    /// The root module.
    #[must_use]
    pub fn root() -> ModuleInstance {
        ModuleInstance::default()
    }

    /// Whether this is the root module.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The instance `key` of the module that is called `name` in this one.
    #[must_use]
    pub fn child(&self, name: &Arc<str>, key: InstanceKey) -> ModuleInstance {
        ModuleInstance(
            self.0
                .iter()
                .cloned()
                .chain([(name.clone(), key)])
                .collect(),
        )
    }

    /// The calling instance, the call's name and key; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<(ModuleInstance, Arc<str>, InstanceKey)> {
        let ((name, key), rest) = self.0.split_last()?;
        Some((ModuleInstance(rest.into()), name.clone(), key.clone()))
    }

    /// Whether this address, as a person writes it, names `other` or a module around it: a module without key
    /// stands for all its instances.
    #[must_use]
    pub fn names(&self, other: &ModuleInstance) -> bool {
        self.0.len() <= other.0.len()
            && self.0.iter().zip(other.0.iter()).all(|(wanted, found)| {
                wanted.0 == found.0 && (wanted.1 == InstanceKey::None || wanted.1 == found.1)
            })
    }

    /// The module in the configuration.
    #[must_use]
    pub fn path(&self) -> ModulePath {
        if self.is_root() {
            // Most objects are there, and this takes no memory.
            return ModulePath::root();
        }
        ModulePath(self.0.iter().map(|(name, _)| name.clone()).collect())
    }
}

impl fmt::Display for ModuleInstance {
    /// `module.a["k"].module.b`, nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl ModuleInstance {
    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        for (i, (name, key)) in self.0.iter().enumerate() {
            out.write_str(if i > 0 { ".module." } else { "module." })?;
            out.write_str(name)?;
            key.write(out)?;
        }
        Ok(())
    }
}

/// A resource or data source within its module.
pub type Resource = Handle<ResourceParts>;

/// What a [`Resource`] consists of. Sorted by mode, type, name.
#[derive(PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ResourceParts {
    /// Managed or data.
    pub mode: Mode,
    /// The type.
    pub type_name: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl Ord for ResourceParts {
    fn cmp(&self, other: &ResourceParts) -> Ordering {
        // Those of one type share its name as a rule.
        let of_type = || match Arc::ptr_eq(&self.type_name, &other.type_name) {
            true => Ordering::Equal,
            false => self.type_name.cmp(&other.type_name),
        };
        let mode = self.mode.cmp(&other.mode);
        mode.then_with(of_type)
            .then_with(|| self.name.cmp(&other.name))
    }
}

impl PartialOrd for ResourceParts {
    fn partial_cmp(&self, other: &ResourceParts) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Resource {
    /// The resource with these parts.
    #[must_use]
    pub fn new(mode: Mode, type_name: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Resource {
        Handle::of(ResourceParts {
            mode,
            type_name: type_name.into(),
            name: name.into(),
        })
    }
}

/// The name of a [`Resource`], to look it up by without making one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceName<'t> {
    /// Managed or data.
    pub mode: Mode,
    /// The type.
    pub type_name: &'t str,
    /// The name.
    pub name: &'t str,
}

impl Hash for ResourceName<'_> {
    /// As the resource of this name.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // What `ResourceParts` hash, in their order.
        state.write_u64(handle::hash_of((self.mode, self.type_name, self.name)));
    }
}

impl Equivalent<Resource> for ResourceName<'_> {
    fn equivalent(&self, resource: &Resource) -> bool {
        resource.mode == self.mode
            && *resource.name == *self.name
            && *resource.type_name == *self.type_name
    }
}

impl fmt::Display for ResourceParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl ResourceParts {
    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self.mode {
            Mode::Data => out.write_str("data.")?,
            Mode::Ephemeral => out.write_str("ephemeral.")?,
            Mode::Managed => {}
        }
        out.write_str(&self.type_name)?;
        out.write_str(".")?;
        out.write_str(&self.name)
    }
}

/// A resource in the configuration: what a state row lists as a dependency.
pub type ConfigAddress = Handle<ConfigAddressParts>;

/// What a [`ConfigAddress`] consists of. Sorted by module, resource.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ConfigAddressParts {
    /// The module.
    pub module: ModulePath,
    /// The resource.
    pub resource: Resource,
}

impl ConfigAddress {
    /// The resource in the module at this path.
    #[must_use]
    pub fn new(module: ModulePath, resource: Resource) -> ConfigAddress {
        Handle::of(ConfigAddressParts { module, resource })
    }

    /// The instance `key` of the resource in `module`, which is an instance of its module.
    #[must_use]
    pub fn instance(&self, module: ModuleInstance, key: InstanceKey) -> Address {
        debug_assert_eq!(module.path(), self.module, "{self}");
        Handle::of(AddressParts {
            module,
            resource: self.resource.clone(),
            key,
            config: self.clone(),
        })
    }
}

impl fmt::Display for ConfigAddressParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

/// One instance of a resource.
pub type Address = Handle<AddressParts>;

/// What an [`Address`] consists of. Sorted by module, resource, key.
#[non_exhaustive]
pub struct AddressParts {
    /// The module's instance.
    pub module: ModuleInstance,
    /// The resource.
    pub resource: Resource,
    /// The key.
    pub key: InstanceKey,
    /// Follows from the others.
    config: ConfigAddress,
}

impl PartialEq for AddressParts {
    fn eq(&self, other: &AddressParts) -> bool {
        self.config == other.config && self.key == other.key && self.module == other.module
    }
}

impl Eq for AddressParts {}

impl Hash for AddressParts {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.config.hash(state);
        self.key.hash(state);
        if !self.module.is_root() {
            self.module.hash(state);
        }
    }
}

impl Ord for AddressParts {
    fn cmp(&self, other: &AddressParts) -> Ordering {
        let module = self.module.cmp(&other.module);
        module
            .then_with(|| self.resource.cmp(&other.resource))
            .then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for AddressParts {
    fn partial_cmp(&self, other: &AddressParts) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Address {
    /// The instance `key` of a resource in a module's instance.
    #[must_use]
    pub fn new(module: ModuleInstance, resource: Resource, key: InstanceKey) -> Address {
        ConfigAddress::new(module.path(), resource).instance(module, key)
    }

    /// The resource in the configuration.
    #[must_use]
    pub fn config(&self) -> &ConfigAddress {
        &self.config
    }

    /// Another instance of the same resource, in the same instance of its module.
    #[must_use]
    pub fn with_key(&self, key: InstanceKey) -> Address {
        self.config.instance(self.module.clone(), key)
    }

    /// The same resource and key in another module.
    #[must_use]
    pub fn with_module(&self, module: ModuleInstance) -> Address {
        Address::new(module, self.resource.clone(), self.key.clone())
    }

    /// Reads `module.a[0].data.type.name["key"]`. `None` when the text is not an instance's address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Address> {
        match parse_target(text)? {
            Target::Instance(address) => Some(address),
            Target::Module(_) => None,
        }
    }
}

impl fmt::Display for AddressParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl AddressParts {
    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        if !self.module.is_root() {
            self.module.write(out)?;
            out.write_char('.')?;
        }
        self.resource.write(out)?;
        self.key.write(out)
    }

    /// Writes what it shows as. There is a line with an address for each object, and most of what formatting costs is
    /// the way there.
    pub fn write_to(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = self.write(out);
    }
}

/// What a command's ADDRESS argument names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An instance, or a whole resource when its key is [`InstanceKey::None`].
    Instance(Address),
    /// A module instance, or all of them when the last key is [`InstanceKey::None`].
    Module(ModuleInstance),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Instance(address) => address.fmt(f),
            Target::Module(module) => module.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in [
            "a.b",
            "a.b[0]",
            "data.a.b[\"k\"]",
            "module.m.a.b",
            "module.m[\"x.y\"].module.n[1].data.a.b-c[\"q\\\"$${x}\"]",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn modules_are_targets() {
        let Some(Target::Module(m)) = parse_target("module.a[0].module.b") else {
            panic!("a module address")
        };
        assert_eq!(m.to_string(), "module.a[0].module.b");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "a",
            "a.",
            "a.b.c",
            "a.b[",
            "a.b[x]",
            "module.a.b",
            "1.a",
            "a.b[\"x]",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn order_is_by_module_then_resource_then_key() {
        let mut texts = ["module.m.a.b", "a.b[10]", "a.b[2]", "a.a", "data.z.z"];
        texts.sort_by_key(|t| Address::parse(t));
        assert_eq!(
            texts,
            ["data.z.z", "a.a", "a.b[2]", "a.b[10]", "module.m.a.b"]
        );
    }
}
