//! What a provider accepts: schemas as plain data.
//!
//! A schema decides nothing; [`crate::coerce`] applies one to a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::{ByName, Kind, Path, Step, Type, Value};

/// The schema of one resource type, data source or provider configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The version that state rows are stamped with.
    pub version: u64,
    /// The content.
    pub block: Block,
}

/// A block: attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Attributes by name.
    pub attributes: ByName<Attribute>,
    /// Nested blocks by type name.
    pub blocks: ByName<NestedBlock>,
    /// For documentation, plain text.
    pub description: String,
    /// A message when the whole block is deprecated.
    pub deprecated: Option<String>,
    /// See [`Block::implied_type`].
    pub implied: Implied,
}

/// What a block implies, its type above all, worked out when it is first asked for: every object of the type needs it. A
/// copy works it out anew, since it may be changed. It says nothing about the block, so all of them are equal.
#[derive(Default)]
pub struct Implied {
    ty: OnceLock<Type>,
    sensitive: OnceLock<bool>,
}

impl Clone for Implied {
    fn clone(&self) -> Implied {
        Implied::default()
    }
}

impl PartialEq for Implied {
    fn eq(&self, _: &Implied) -> bool {
        true
    }
}

impl fmt::Debug for Implied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Implied")
    }
}

/// One attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its type. With `nested` set this is the nested attributes' implied type.
    pub ty: Type,
    /// Nested attributes (protocol 6), if any.
    pub nested: Option<Arc<NestedAttributes>>,
    /// For documentation, plain text.
    pub description: String,
    /// Must be set in configuration.
    pub required: bool,
    /// May be set in configuration.
    pub optional: bool,
    /// May be set by the provider.
    pub computed: bool,
    /// Shown as `(sensitive value)`.
    pub sensitive: bool,
    /// Accepted but never stored.
    pub write_only: bool,
    /// No read tells it: an import takes it as it is configured, and a change outside is not seen.
    pub untold: bool,
    /// A message when the attribute is deprecated.
    pub deprecated: Option<String>,
}

/// The nested attributes of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedAttributes {
    /// Attributes by name.
    pub attributes: ByName<Attribute>,
    /// How many there may be.
    pub nesting: Nesting,
}

/// How nested blocks or attributes of one type are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one, an object or null.
    Single,
    /// Exactly one object, never null.
    Group,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By key (one label).
    Map,
}

impl Block {
    /// Whether something in it, at any depth, is accepted and never stored.
    #[must_use]
    pub fn writes_only(&self) -> bool {
        fn any(attributes: &ByName<Attribute>) -> bool {
            attributes
                .values()
                .any(|a| a.write_only || a.nested.as_ref().is_some_and(|n| any(&n.attributes)))
        }
        any(&self.attributes) || self.blocks.values().any(|b| b.block.writes_only())
    }
}

/// A nested block type.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// How many there may be.
    pub nesting: Nesting,
    /// The content of each.
    pub block: Block,
    /// Fewest allowed; 0 for no limit.
    pub min_items: usize,
    /// Most allowed; 0 for no limit.
    pub max_items: usize,
}

/// Everything one provider accepts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderSchema {
    /// The provider block.
    pub provider: Schema,
    /// Managed resources by type.
    pub resources: BTreeMap<Arc<str>, Schema>,
    /// Data sources by type.
    pub data_sources: BTreeMap<Arc<str>, Schema>,
    /// Ephemeral resources by type.
    pub ephemeral_resources: BTreeMap<Arc<str>, Schema>,
}

impl ProviderSchema {
    /// The schemas of the types of one mode.
    #[must_use]
    pub fn of(&self, mode: crate::provider::Mode) -> &BTreeMap<Arc<str>, Schema> {
        use crate::provider::Mode;
        match mode {
            Mode::Managed => &self.resources,
            Mode::Data => &self.data_sources,
            Mode::Ephemeral => &self.ephemeral_resources,
        }
    }
}

impl Attribute {
    /// An attribute of `ty` that is neither required, optional nor computed yet.
    #[must_use]
    pub fn new(ty: Type, description: impl Into<String>) -> Attribute {
        Attribute {
            ty,
            nested: None,
            description: description.into(),
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            untold: false,
            deprecated: None,
        }
    }

    /// The same, required.
    #[must_use]
    pub fn required(mut self) -> Attribute {
        self.required = true;
        self
    }

    /// The same, optional.
    #[must_use]
    pub fn optional(mut self) -> Attribute {
        self.optional = true;
        self
    }

    /// The same, computed.
    #[must_use]
    pub fn computed(mut self) -> Attribute {
        self.computed = true;
        self
    }

    /// The same, sensitive.
    #[must_use]
    pub fn sensitive(mut self) -> Attribute {
        self.sensitive = true;
        self
    }

    /// The same, write-only.
    #[must_use]
    pub fn write_only(mut self) -> Attribute {
        self.write_only = true;
        self
    }

    /// The same, of which no read tells the value.
    #[must_use]
    pub fn untold(mut self) -> Attribute {
        self.untold = true;
        self
    }
}

impl Block {
    /// An empty block.
    #[must_use]
    pub fn new(description: impl Into<String>) -> Block {
        Block {
            description: description.into(),
            ..Block::default()
        }
    }

    /// The same with one attribute more.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Arc<str>>, attribute: Attribute) -> Block {
        self.attributes.insert(name.into(), attribute);
        self.implied = Implied::default();
        self
    }

    /// The same with one nested block type more.
    #[must_use]
    pub fn nested(mut self, name: impl Into<Arc<str>>, block: NestedBlock) -> Block {
        self.blocks.insert(name.into(), block);
        self.implied = Implied::default();
        self
    }

    /// The object type of a value of this block. Every attribute and block type is in it. It is kept: whoever changes a
    /// block that has been asked for it resets [`Block::implied`].
    #[must_use]
    pub fn implied_type(&self) -> Type {
        self.implied.ty.get_or_init(|| self.type_now()).clone()
    }

    /// Whether something in it, at any depth, is sensitive. It is kept, as the type is.
    #[must_use]
    pub fn has_sensitive(&self) -> bool {
        fn any(attributes: &ByName<Attribute>) -> bool {
            attributes
                .values()
                .any(|a| a.sensitive || a.nested.as_ref().is_some_and(|n| any(&n.attributes)))
        }
        let now = || any(&self.attributes) || self.blocks.values().any(|n| n.block.has_sensitive());
        *self.implied.sensitive.get_or_init(now)
    }

    fn type_now(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (name, a.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, b)| (name, b.implied_type()));
        Type::object(
            attributes
                .chain(blocks)
                .map(|(name, ty)| (name.clone(), ty)),
        )
    }
}

impl Block {
    /// What `config` sets of that which no read tells: names of attributes, below those of their blocks.
    #[must_use]
    pub fn untold(&self, config: &Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (name, attribute) in &self.attributes {
            if attribute.untold && config.attr(name).is_some_and(|v| !v.is_null()) {
                found.insert(name.to_string());
            }
        }
        for (name, nested) in &self.blocks {
            let Some(value) = config.attr(name) else {
                continue;
            };
            let elements: Vec<&Value> = match value.kind() {
                Kind::Object(_) => vec![value],
                Kind::Map(_, items) => items.values().collect(),
                _ => value.as_slice().unwrap_or(&[]).iter().collect(),
            };
            for element in elements {
                let inner = nested.block.untold(element).into_iter();
                found.extend(inner.map(|inner| format!("{name}.{inner}")));
            }
        }
        found
    }

    /// Where `config` sets attributes that only the provider may set.
    #[must_use]
    pub fn unconfigurable(&self, config: &Value) -> Vec<Path> {
        let mut found = Vec::new();
        self.find_unconfigurable(config, &Path::default(), &mut found);
        found
    }

    fn find_unconfigurable(&self, config: &Value, at: &Path, found: &mut Vec<Path>) {
        let Some(fields) = config.as_fields() else {
            return;
        };
        let below = |step: Step, at: &Path| {
            let mut path = at.clone();
            path.0.push(step);
            path
        };
        for (name, attribute) in &self.attributes {
            let only_computed = attribute.computed && !attribute.optional && !attribute.required;
            if only_computed && fields.get(name).is_some_and(|v| !v.is_null()) {
                found.push(below(Step::Attribute(name.clone()), at));
            }
        }
        for (name, nested) in &self.blocks {
            let Some(value) = fields.get(name) else {
                continue;
            };
            let path = below(Step::Attribute(name.clone()), at);
            match value.kind() {
                Kind::List(_, items) | Kind::Tuple(items) => {
                    for (i, item) in items.iter().enumerate() {
                        let path = below(Step::Index(i), &path);
                        nested.block.find_unconfigurable(item, &path, found);
                    }
                }
                Kind::Set(_, items) => {
                    for item in items.iter() {
                        nested.block.find_unconfigurable(item, &path, found);
                    }
                }
                _ => nested.block.find_unconfigurable(value, &path, found),
            }
        }
    }
}

impl NestedBlock {
    /// A nested block type without limits on how many.
    #[must_use]
    pub fn new(nesting: Nesting, block: Block) -> NestedBlock {
        NestedBlock {
            nesting,
            block,
            min_items: 0,
            max_items: 0,
        }
    }

    /// The type of the value that collects the blocks. A list or map of blocks with dynamic
    /// attributes is a tuple or object at run time, so its declared type is dynamic.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let inner = self.block.implied_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => inner,
            Nesting::List | Nesting::Map if inner.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(inner),
            Nesting::Set => Type::set(inner),
            Nesting::Map => Type::map(inner),
        }
    }
}
