//! The configuration: files become a tree of modules with places; nothing is evaluated.
//!
//! - [`mod@load`] reads and parses the files of a directory and of the local modules it calls;
//! - [`overrides`] merges the blocks of override files into the others;
//! - [`refactor`] reads what is said of objects that exist already, with [`endpoint`] for their addresses;
//! - [`block`], [`resource`], [`check`] and [`module`] turn blocks into the types below;
//! - [`mod@reference`] says what a reference means.
//!
//! It must not know values, state or providers.

pub mod block;
pub mod check;
pub mod endpoint;
pub mod files;
pub mod load;
pub mod manifest;
pub mod module;
pub mod overrides;
pub mod own;
pub mod passing;
pub mod provisioner;
pub mod refactor;
pub mod reference;
mod requirement;
pub mod resource;
mod side_by_side;
mod source_address;
pub mod test_file;
pub mod test_mock;
#[cfg(test)]
mod tests;
pub mod version;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::address::{ConfigAddress, ModulePath, Resource};
use crate::lang::ast::{Block, Body, Expr, Traversal};
use crate::lang::source::{Sources, SrcSpan};
use crate::lookup::Ordered;
use crate::rare::{Absent, Rare};

pub use files::{ConfigFiles, Disk, Snapshot};
pub use load::{load, load_at, load_modules, load_root, load_root_at, syntax_problems};
pub use manifest::{Manifest, Prepared};
pub use provisioner::{Provisioner, Provisioners};
pub use refactor::{Import, Moved, Removed};

/// A whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Every text read, for diagnostics.
    pub sources: Arc<Sources>,
    /// The root module.
    pub root: Module,
}

impl Config {
    /// The module at `path`, if there is one.
    #[must_use]
    pub fn module(&self, path: &ModulePath) -> Option<&Module> {
        let mut module = &self.root;
        for name in path.0.iter() {
            module = module.children.get(name)?;
        }
        Some(module)
    }

    /// Every module, callers before what they call, in order of name.
    #[must_use]
    pub fn modules(&self) -> Vec<&Module> {
        let mut found = Vec::new();
        let mut stack = vec![&self.root];
        while let Some(module) = stack.pop() {
            found.push(module);
            stack.extend(module.children.values().rev());
        }
        found
    }
}

/// One module.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Where it stands in the tree.
    pub path: ModulePath,
    /// Its directory, relative to the working directory; `.` for the root.
    pub dir: PathBuf,
    /// Input variables.
    pub variables: BTreeMap<Arc<str>, Variable>,
    /// Local values.
    pub locals: BTreeMap<Arc<str>, Local>,
    /// Outputs.
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// Managed resources, data sources (also those inside checks) and ephemeral resources, sorted when all are read.
    pub resources: Ordered<Resource, Box<ResourceConfig>>,
    /// Checks.
    pub checks: BTreeMap<Arc<str>, Check>,
    /// Module calls.
    pub calls: BTreeMap<Arc<str>, ModuleCall>,
    /// The modules called, by the name of the call.
    pub children: BTreeMap<Arc<str>, Module>,
    /// Provider blocks by local name and alias.
    pub providers: BTreeMap<ProviderName, ProviderConfig>,
    /// `required_providers` by local name.
    pub required_providers: BTreeMap<Arc<str>, RequiredProvider>,
    /// `required_version` constraints.
    pub required_versions: Vec<(String, SrcSpan)>,
    /// The `backend` or `cloud` block, if any.
    pub backend: Option<Block>,
    /// `moved` blocks, in the order written.
    pub moved: Vec<Moved>,
    /// `removed` blocks, in the order written.
    pub removed: Vec<Removed>,
    /// `import` blocks, in the order written.
    pub imports: Vec<Import>,
}

impl Module {
    /// The resource, data source or ephemeral resource of that name, if there is one.
    #[must_use]
    pub fn resource(&self, resource: &Resource) -> Option<&ResourceConfig> {
        self.resources.get(resource).map(|r| &**r)
    }
}

/// An input variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: SrcSpan,
    /// The type constraint and its defaults.
    pub constraint: crate::lang::types_expr::Constraint,
    /// The default, if any; converted where it is used.
    pub default: Option<Expr>,
    /// For people.
    pub description: Option<String>,
    /// Masked in text.
    pub sensitive: bool,
    /// Never stored.
    pub ephemeral: bool,
    /// Whether null may be given.
    pub nullable: bool,
    /// Conditions.
    pub validations: Vec<Condition>,
}

/// A local value.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub expr: Expr,
    /// Where it is declared.
    pub span: SrcSpan,
}

/// An output.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: SrcSpan,
    /// Its value.
    pub expr: Expr,
    /// For people.
    pub description: Option<String>,
    /// Masked in text.
    pub sensitive: bool,
    /// Never stored.
    pub ephemeral: bool,
    /// Explicit dependencies.
    pub depends_on: Vec<Traversal>,
    /// Conditions checked before it is saved.
    pub preconditions: Vec<Condition>,
}

/// A condition with its message.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What must hold.
    pub condition: Expr,
    /// The message where it does not.
    pub error_message: Expr,
    /// The block.
    pub span: SrcSpan,
}

/// A `check` block. Its data source is among the module's resources.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: Arc<str>,
    /// The header.
    pub span: SrcSpan,
    /// The data source inside it, if any: for its conditions alone.
    pub data: Option<Resource>,
    /// What must hold.
    pub asserts: Vec<Condition>,
}

/// How many instances there are.
#[derive(Clone, Debug, Default)]
pub enum Repetition {
    /// One.
    #[default]
    Single,
    /// `count`
    Count(Box<Expr>),
    /// `for_each`
    ForEach(Box<Expr>),
}

impl Repetition {
    /// The expression, if there is one.
    #[must_use]
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Repetition::Single => None,
            Repetition::Count(e) | Repetition::ForEach(e) => Some(e),
        }
    }
}

/// A managed resource, data source or ephemeral resource. There may be very many, so what few have lies elsewhere.
#[derive(Clone, Debug)]
pub struct ResourceConfig {
    /// Its module, mode, type and name.
    pub address: ConfigAddress,
    /// The header.
    pub span: SrcSpan,
    /// The type in the header.
    pub type_span: SrcSpan,
    /// Arguments and blocks for the provider, meta-arguments taken out.
    pub body: Body,
    /// The provider configuration it names, or the default one of its type.
    pub provider: Arc<ProviderName>,
    /// What is said of it for the program itself.
    pub meta: Rare<Meta>,
}

/// What a resource may say for the program itself.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// `count` or `for_each`.
    pub repetition: Repetition,
    /// Explicit dependencies.
    pub depends_on: Vec<Traversal>,
    /// Where the provider is named, if it is.
    pub provider_span: Option<SrcSpan>,
    /// `lifecycle`
    pub lifecycle: Rare<Lifecycle>,
    /// The check that a data source is inside of.
    pub check: Option<Arc<str>>,
    /// `provisioner` and `connection`
    pub provisioners: Rare<Provisioners>,
}

impl Meta {
    /// Nothing where nothing is said.
    fn written(self) -> Option<Meta> {
        let plain = matches!(self.repetition, Repetition::Single)
            && self.depends_on.is_empty()
            && self.provider_span.is_none()
            && self.lifecycle.is_absent()
            && self.check.is_none()
            && self.provisioners.is_absent();
        (!plain).then_some(self)
    }
}

impl Absent for Meta {
    const ABSENT: &'static Meta = &Meta {
        repetition: Repetition::Single,
        depends_on: Vec::new(),
        provider_span: None,
        lifecycle: Rare::ABSENT,
        check: None,
        provisioners: Rare::ABSENT,
    };
}

/// `lifecycle`
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// Make the new object before the old one is destroyed.
    pub create_before_destroy: Option<bool>,
    /// Refuse to destroy.
    pub prevent_destroy: bool,
    /// Attributes of which changes in configuration are ignored.
    pub ignore_changes: IgnoreChanges,
    /// References whose change replaces the object.
    pub replace_triggered_by: Vec<Expr>,
    /// Checked before planning.
    pub preconditions: Vec<Condition>,
    /// Checked after planning or applying; may use `self`.
    pub postconditions: Vec<Condition>,
}

impl Absent for Lifecycle {
    const ABSENT: &'static Lifecycle = &Lifecycle {
        create_before_destroy: None,
        prevent_destroy: false,
        ignore_changes: IgnoreChanges::None,
        replace_triggered_by: Vec::new(),
        preconditions: Vec::new(),
        postconditions: Vec::new(),
    };
}

/// `ignore_changes`
#[derive(Clone, Debug, Default)]
pub enum IgnoreChanges {
    /// Nothing is ignored.
    #[default]
    None,
    /// Every attribute.
    All,
    /// These attributes, relative to the resource.
    Paths(Vec<Traversal>),
}

/// A module call.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// Its name.
    pub name: Arc<str>,
    /// The header.
    pub span: SrcSpan,
    /// The source as written.
    pub source: String,
    /// Where the source is written.
    pub source_span: SrcSpan,
    /// `count` or `for_each`.
    pub repetition: Repetition,
    /// Explicit dependencies.
    pub depends_on: Vec<Traversal>,
    /// `providers`: name in the called module → name in this one.
    pub providers: BTreeMap<ProviderName, ProviderName>,
    /// Where both names of an entry of `providers` are.
    pub provider_spans: BTreeMap<ProviderName, (SrcSpan, SrcSpan)>,
    /// The inputs.
    pub inputs: Body,
}

/// A provider configuration within a module: local name and alias.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName {
    /// The local name.
    pub local: Arc<str>,
    /// The alias, if any.
    pub alias: Option<Arc<str>>,
}

impl std::fmt::Display for ProviderName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.local)?;
        match &self.alias {
            Some(alias) => write!(f, ".{alias}"),
            None => Ok(()),
        }
    }
}

/// A provider block.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Name and alias.
    pub name: ProviderName,
    /// The header.
    pub span: SrcSpan,
    /// The arguments.
    pub body: Body,
}

/// An entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// The source as written, if any.
    pub source: Option<String>,
    /// The version constraint as written, if any.
    pub version: Option<String>,
    /// Aliases that callers must pass.
    pub aliases: Vec<ProviderName>,
    /// Where it is.
    pub span: SrcSpan,
}
