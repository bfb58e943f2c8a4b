//! The plan: a plain value that says what will be done and why.
//!
//! The planner makes it, `apply` runs it and `report` shows it; the value itself decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::provider::PlanNote;
use trunkline_api::{Path, Type, Value};

use crate::address::Address;
use crate::rare::{Absent, Rare};

pub use super::checks::CheckResult;
pub use crate::action::Action;

/// What is to be done, and everything that was read to decide it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What was asked for.
    pub mode: PlanMode,
    /// Changes of instances, no-ops included, in the order they are shown: sorted by address, and of
    /// one address deposed objects last.
    pub changes: Vec<ResourceChange>,
    /// What was found to differ from the state, sorted by address.
    pub drift: Vec<Drift>,
    /// Changes of root outputs, unchanged ones included, sorted by name.
    pub outputs: Vec<OutputChange>,
    /// Outputs that a partial plan did not look at: they stay as they are, and are not shown.
    pub kept_outputs: Vec<OutputChange>,
    /// Values of the root variables, but for the next: as they were given, or else the default.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// Values given for ephemeral root variables. They are never saved: in a plan that was, they are unknown until
    /// they are given again.
    pub ephemeral: BTreeMap<Arc<str>, Value>,
    /// When it was made, RFC 3339.
    pub timestamp: String,
    /// Rows that get new addresses before anything is done, in an order in which each new address is free.
    pub moves: Vec<(Address, Address)>,
    /// Data sources whose rows go; nothing is destroyed by that, so they are not shown.
    pub dropped_data: Vec<Address>,
    /// Addresses the plan was limited to, as written.
    pub targets: Vec<String>,
    /// Addresses that the plan leaves out, as written.
    pub excludes: Vec<String>,
    /// How the conditions fared, sorted by address.
    pub checks: Vec<CheckResult>,
    /// Problems ended planning early; the plan cannot be applied.
    pub errored: bool,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PlanMode {
    /// Make the world as the configuration says.
    #[default]
    Normal,
    /// Remove everything.
    Destroy,
    /// Only take over what has changed outside.
    RefreshOnly,
}

/// A change of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceChange {
    /// The instance.
    pub address: Address,
    /// The key of the deposed object that the change is about, if it is about one.
    pub deposed: Option<String>,
    /// Where the instance was before a move.
    pub previous_address: Option<Address>,
    /// The provider's source address, e.g. `registry.terraform.io/trunkline/genesyscloud`.
    pub provider_source: Arc<str>,
    /// The provider configuration that serves it, e.g. `provider["…"].alias`, as state rows say it.
    pub provider: Arc<str>,
    /// What to do.
    pub action: Action,
    /// Why, where the values do not say it.
    pub reason: Option<Reason>,
    /// The value before (after refresh), marks included; null for a create.
    pub before: Value,
    /// The value after, unknown where only apply can tell, marks included; null for a delete.
    pub after: Value,
    /// What there is to say of few changes.
    pub details: Rare<ChangeDetails>,
    /// What the provider kept for itself with the object before the change.
    pub private: Arc<[u8]>,
    /// The version of the state row that was read; 0 for none.
    pub row_version: u64,
    /// The row needs to be written even for a no-op (refreshed or upgraded values).
    pub refreshed: bool,
    /// New objects are created before old ones are destroyed.
    pub create_before_destroy: bool,
    /// The object before the change is tainted.
    pub tainted: bool,
    /// Resources this one depends on, sorted, as state rows list them.
    pub dependencies: Arc<[String]>,
}

impl ResourceChange {
    /// No change of an object that is not there: what others are made of.
    #[must_use]
    pub fn nothing(address: Address) -> ResourceChange {
        ResourceChange {
            address,
            deposed: None,
            previous_address: None,
            provider_source: "".into(),
            provider: "".into(),
            action: Action::NoOp,
            reason: None,
            before: Value::null(Type::Dynamic),
            after: Value::null(Type::Dynamic),
            details: Rare::default(),
            private: [].into(),
            row_version: 0,
            tainted: false,
            refreshed: false,
            create_before_destroy: false,
            dependencies: [].into(),
        }
    }
}

/// What most changes have nothing of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeDetails {
    /// Paths whose change forces the replacement.
    pub replace_paths: Vec<Path>,
    /// What a reviewer must know beyond the values.
    pub notes: Vec<PlanNote>,
    /// The id it is imported by, if it is.
    pub importing: Option<String>,
    /// The configuration that was written for it, if it had none.
    pub generated_config: Option<String>,
}

impl Absent for ChangeDetails {
    const ABSENT: &'static ChangeDetails = &ChangeDetails {
        replace_paths: Vec::new(),
        notes: Vec::new(),
        importing: None,
        generated_config: None,
    };
}

/// Why an action was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The object is tainted.
    Tainted,
    /// `-replace` asked for it.
    Requested,
    /// `replace_triggered_by`.
    Triggered,
    /// A change that cannot be made in place.
    CannotUpdate,
    /// The resource is not in the configuration.
    NoResourceConfig,
    /// The module is not in the configuration.
    NoModule,
    /// `count` or `for_each` was added or taken away.
    WrongRepetition,
    /// The index is beyond `count`.
    CountIndex,
    /// The key is not in `for_each`.
    EachKey,
    /// It has moved to an address that is not in the configuration.
    NoMoveTarget,
    /// A data source whose configuration is not known yet.
    ConfigUnknown,
    /// A data source that depends on pending changes.
    DependencyPending,
    /// A data source inside a check, read again to see what was made.
    CheckNested,
}

/// A difference between the state and what was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The instance.
    pub address: Address,
    /// Where the instance was before a move.
    pub previous_address: Option<Address>,
    /// The provider's source address.
    pub provider_source: Arc<str>,
    /// What the state says.
    pub before: Value,
    /// What was found; null when the object is gone.
    pub after: Value,
    /// Whether the difference bears on a planned change (only then is it shown in a normal plan).
    pub relevant: bool,
}

/// A change of a root output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputChange {
    /// Its name.
    pub name: Arc<str>,
    /// Declared sensitive.
    pub sensitive: bool,
    /// The value before; null when it is new.
    pub before: Value,
    /// The value after; null when it goes.
    pub after: Value,
    /// What happens to it.
    pub action: Action,
}

/// Counts for the summary line. A replacement counts as an add and a destroy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Imported objects.
    pub import: usize,
    /// Created objects.
    pub add: usize,
    /// Objects changed in place.
    pub change: usize,
    /// Destroyed objects.
    pub destroy: usize,
    /// Objects dropped from the state.
    pub forget: usize,
}

impl Plan {
    /// The counts of the summary line.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            counts.import += usize::from(change.details.importing.is_some());
            match change.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.destroy += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Action::Forget => counts.forget += 1,
                Action::NoOp | Action::Read => {}
            }
        }
        counts
    }

    /// Whether applying the plan would do anything: exit code 2 of `-detailed-exitcode`.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        // A plan that only takes over what was found takes over outputs that are known.
        let counts =
            |o: &OutputChange| self.mode != PlanMode::RefreshOnly || o.after.is_wholly_known();
        let mut outputs = self.outputs.iter();
        self.has_resource_changes() || outputs.any(|o| o.action != Action::NoOp && counts(o))
    }

    /// Whether any instance changes, moves or is imported.
    #[must_use]
    pub fn has_resource_changes(&self) -> bool {
        self.changes.iter().any(|c| {
            c.action != Action::NoOp
                || c.previous_address.is_some()
                || c.details.importing.is_some()
        }) || self.mode == PlanMode::RefreshOnly
            && self.drift.iter().any(|d| !d.before.same(&d.after))
    }
}
