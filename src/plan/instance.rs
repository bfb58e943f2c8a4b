//! Planning one instance: read it again, ask the provider, decide the action.
//!
//! It works on owned values, so that many instances can be planned side by side, and changes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use trunkline_api::coerce::{apply_sensitive_marks, null_object};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::objchange::{assert_plan_valid, proposed_new};
use trunkline_api::provider::{
    NoteKind, PlanNote, PlanRequest, PlanResponse, ReadDataRequest, ReadRequest, ValidateRequest,
};
use trunkline_api::{Block, Diagnostic, Diagnostics, Marks, Path, Provider, Schema, Step, Value};

use super::generate;
use super::model::{Action, ChangeDetails, Drift, PlanMode, Reason, ResourceChange};
use super::prior::{PriorObject, mark_paths};
use super::providers::Slot;
use crate::address::Address;
use crate::config::IgnoreChanges;
use crate::event::{Event, Listener, identity};
use crate::lang::ast::{StepKind, Traversal};
use crate::lang::source::{Sources, SrcSpan};
use crate::rare::Rare;

/// Everything that planning an instance needs.
pub struct Input {
    /// The instance.
    pub address: Address,
    /// The key of the deposed object that this is about, if it is about one.
    pub deposed: Option<String>,
    /// Where its object was before, if it has moved.
    pub previous: Option<Address>,
    /// The provider that serves it.
    pub slot: Slot,
    /// The schema of its type.
    pub schema: Arc<Schema>,
    /// The object in the state, if any.
    pub prior: Option<PriorObject>,
    /// The id to import it by, where the state has no object.
    pub import: Option<String>,
    /// Where an object of the same natural key is adopted: the ids that are managed already.
    pub adopt: Option<Arc<[String]>>,
    /// What is wanted.
    pub wanted: Wanted,
    /// Whether to read the object again.
    pub refresh: bool,
    /// What the plan is for.
    pub mode: PlanMode,
    /// The new object is made before the old one is destroyed.
    pub create_before_destroy: bool,
    /// Resources it depends on.
    pub dependencies: Arc<[String]>,
}

/// What is wanted of an instance.
pub enum Wanted {
    /// It should be as configured.
    Configured(Box<Configured>),
    /// It should not be there, for this reason.
    Gone(Option<Reason>),
    /// It is left alone and dropped from the state, for this reason.
    Forgotten(Reason),
    /// It is imported, and its configuration is written from it; with this provider named in it.
    Generated(Option<String>),
}

/// A configuration to plan towards.
pub struct Configured {
    /// The configuration, without marks.
    pub config: Value,
    /// Where the configuration was marked.
    pub marks: Vec<(Path, Marks)>,
    /// Attributes of which changes are ignored; `None` for all of them.
    pub ignore: Option<Vec<Path>>,
    /// Replace it, whatever the values.
    pub force_replace: Option<Reason>,
    /// What is said where it would be destroyed and must not be.
    pub prevent_destroy: Option<Box<Diagnostic>>,
}

/// What planning an instance gave.
pub struct Outcome {
    /// The change; absent when there is nothing there and nothing wanted.
    pub change: Option<Box<ResourceChange>>,
    /// How the object differs from the state.
    pub drift: Option<Box<Drift>>,
    /// Problems.
    pub diagnostics: Diagnostics,
}

impl Outcome {
    fn failed(diagnostics: Diagnostics) -> Outcome {
        Outcome {
            change: None,
            drift: None,
            diagnostics,
        }
    }
}

/// Plans one managed instance.
pub async fn plan(input: Box<Input>, listener: Arc<dyn Listener>) -> Outcome {
    let mut diagnostics = Vec::new();
    let none = null_object(&input.schema.block);
    let mut before = input
        .prior
        .as_ref()
        .map_or_else(|| none.clone(), |p| p.value.clone());
    let mut private: Arc<[u8]> = input
        .prior
        .as_ref()
        .map_or_else(Arc::default, |p| p.private.clone());
    let mut drift = None;
    let mut refreshed = input.prior.as_ref().is_some_and(|p| {
        let other = p.dependencies != input.dependencies
            || p.create_before_destroy != input.create_before_destroy;
        p.upgraded || other && input.deposed.is_none()
    });
    let mut importing = input.import.clone().filter(|_| before.is_null());
    if let Some(id) = &importing {
        let imported = super::import::object(&input, id, listener.as_ref()).await;
        diagnostics.extend(imported.1);
        if has_errors(&diagnostics) {
            return Outcome::failed(about(diagnostics, &input.address));
        }
        (before, private) = imported.0;
        refreshed = true;
    } else if input.refresh && input.slot.configured && !before.is_null() {
        let read = read_again(&input, &before, &private, listener.as_ref()).await;
        diagnostics.extend(read.1);
        if has_errors(&diagnostics) {
            return Outcome::failed(about(diagnostics, &input.address));
        }
        let (found, found_private) = read.0;
        if !found.same(&before) {
            drift = Some(Box::new(Drift {
                address: input.address.clone(),
                previous_address: input.previous.clone(),
                provider_source: input.slot.source.clone(),
                before: before.clone(),
                after: found.clone(),
                relevant: true,
            }));
        }
        refreshed |= drift.is_some() || found_private != private;
        before = found;
        private = found_private;
    }
    if before.is_null() && drift.is_none() && importing.is_none() {
        match super::adopt::object(&input, listener.as_ref()).await {
            Ok(None) => {}
            Ok(Some(found)) => {
                (before, private) = found.object;
                importing = Some(found.id);
                refreshed = true;
            }
            Err(problems) => {
                diagnostics.extend(problems);
                return Outcome::failed(about(diagnostics, &input.address));
            }
        }
    }
    // Apart, so that it is not moved about with what waits for providers.
    let mut change = Box::new(ResourceChange {
        address: input.address.clone(),
        deposed: input.deposed.clone(),
        previous_address: input.previous.clone(),
        provider_source: input.slot.source.clone(),
        provider: input.slot.address.clone(),
        action: Action::NoOp,
        reason: None,
        before: before.clone(),
        after: before.clone(),
        details: Rare::from(importing.map(|id| ChangeDetails {
            importing: Some(id),
            ..ChangeDetails::default()
        })),
        private,
        row_version: input.prior.as_ref().map_or(0, |p| p.version),
        tainted: input.prior.as_ref().is_some_and(|p| p.tainted),
        refreshed,
        create_before_destroy: input.create_before_destroy,
        dependencies: input.dependencies.clone(),
    });
    if input.mode == PlanMode::RefreshOnly {
        change.previous_address = None;
        if drift.is_none() && input.previous.is_some() && !before.is_null() {
            drift = Some(Box::new(Drift {
                address: input.address.clone(),
                previous_address: input.previous.clone(),
                provider_source: input.slot.source.clone(),
                before: before.clone(),
                after: before.clone(),
                relevant: true,
            }));
        }
        let kept = (!before.is_null() || drift.is_some()).then_some(change);
        return Outcome {
            change: kept,
            drift,
            diagnostics,
        };
    }
    match &input.wanted {
        Wanted::Gone(reason) => {
            if before.is_null() {
                // Only the row is left; forgetting it is all there is to do.
                let kept = (change.row_version > 0).then_some(change);
                return Outcome {
                    change: kept,
                    drift,
                    diagnostics,
                };
            }
            change.action = Action::Delete;
            change.reason = *reason;
            change.after = none.clone();
            let asked = ask(&input, &before, none.clone(), &none, &change.private).await;
            diagnostics.extend(asked.diagnostics);
            note(&mut change, asked.notes);
        }
        Wanted::Forgotten(reason) => {
            change.action = Action::Forget;
            change.reason = Some(*reason);
            change.after = none.clone();
        }
        Wanted::Generated(provider) => {
            generated(&input, provider.as_deref(), &mut change, &mut diagnostics).await;
        }
        Wanted::Configured(wanted) => {
            configured(&input, wanted, &mut change, &mut diagnostics).await;
        }
    }
    let mut diagnostics = about(diagnostics, &input.address);
    if has_errors(&diagnostics) {
        return Outcome {
            change: None,
            drift,
            diagnostics,
        };
    }
    if let Wanted::Configured(wanted) = &input.wanted
        && change.action.is_replace()
    {
        // The plan cannot be carried out, but it shows what would be replaced. The text names the object.
        let prevented = wanted.prevent_destroy.clone();
        diagnostics.extend(prevented.map(|d| d.about_nothing()));
    }
    Outcome {
        change: Some(change),
        drift,
        diagnostics,
    }
}

/// Reads an object again without planning anything for it.
pub async fn look(input: &Input, listener: &dyn Listener) -> Outcome {
    let problems = match &input.prior {
        Some(prior) => {
            read_again(input, &prior.value, &prior.private, listener)
                .await
                .1
        }
        None => Vec::new(),
    };
    Outcome::failed(about(problems, &input.address))
}

/// Names the object in problems that do not name one.
fn about(mut diagnostics: Diagnostics, address: &Address) -> Diagnostics {
    for d in &mut diagnostics {
        if d.address.is_none() {
            d.address = Some(address.to_string());
        }
    }
    diagnostics
}

type Found = ((Value, Arc<[u8]>), Diagnostics);

/// Reads an object again; gone it is an object of nulls.
pub(super) async fn read_again(
    input: &Input,
    before: &Value,
    private: &Arc<[u8]>,
    listener: &dyn Listener,
) -> Found {
    listener.event(Event::RefreshStart {
        address: input.address.clone(),
        deposed: input.deposed.clone(),
        id: identity(before),
    });
    let response = input
        .slot
        .serving(&input.address)
        .read(ReadRequest {
            type_name: input.address.resource.type_name.clone(),
            state: before.clone().unmark_deep().0,
            private: private.clone(),
        })
        .await;
    if has_errors(&response.diagnostics) {
        return ((before.clone(), private.clone()), response.diagnostics);
    }
    let marks = marks_of(before);
    let state = if response.state.is_null() {
        null_object(&input.schema.block)
    } else {
        mark_paths(
            &apply_sensitive_marks(&response.state, &input.schema.block),
            &marks,
        )
    };
    listener.event(Event::RefreshComplete {
        address: input.address.clone(),
        deposed: input.deposed.clone(),
        id: identity(&state),
    });
    ((state, response.private), response.diagnostics)
}

/// Where a value is marked, and how.
#[must_use]
pub fn marks_of(value: &Value) -> Vec<(Path, Marks)> {
    let mut found = Vec::new();
    if value.marks_deep().is_empty() {
        return found;
    }
    // What is ephemeral is in write-only arguments only, which no object keeps.
    value.walk(&mut |path, v| {
        let marks = v.marks().without(Marks::EPHEMERAL);
        if !marks.is_empty() {
            found.push((path.clone(), marks));
        }
    });
    found
}

pub(super) async fn ask(
    input: &Input,
    prior: &Value,
    proposed: Value,
    config: &Value,
    private: &Arc<[u8]>,
) -> PlanResponse {
    input
        .slot
        .serving(&input.address)
        .plan(PlanRequest {
            type_name: input.address.resource.type_name.clone(),
            prior: prior.clone().unmark_deep().0,
            proposed: proposed.unmark_deep().0,
            config: config.clone(),
            private: private.clone(),
        })
        .await
}

async fn configured(
    input: &Input,
    wanted: &Configured,
    change: &mut ResourceChange,
    diagnostics: &mut Diagnostics,
) {
    let block = &input.schema.block;
    let none = null_object(block);
    let prior = change.before.clone().unmark_deep().0;
    let config = ignoring(&wanted.config, &prior, wanted.ignore.as_deref());
    let proposed = proposed_new(block, &prior, &config);
    let mut asked = ask(input, &prior, proposed, &config, &change.private).await;
    diagnostics.append(&mut asked.diagnostics);
    if has_errors(diagnostics) {
        return;
    }
    report_invalid(input, &prior, &config, &asked.planned, diagnostics);
    let forced = if input.prior.as_ref().is_some_and(|p| p.tainted) {
        Some(Reason::Tainted)
    } else {
        wanted.force_replace
    };
    // A path that the provider names but whose value stays does not force anything. A tainted object is replaced
    // whatever its values are.
    let replace_paths: BTreeSet<Path> = asked
        .requires_replace
        .iter()
        .filter(|p| !change.tainted && !equal_at(p, &prior, &asked.planned))
        .cloned()
        .collect();
    if prior.is_null() {
        change.action = Action::Create;
    } else if forced.is_some() || !replace_paths.is_empty() {
        change.action = if input.create_before_destroy {
            Action::CreateThenDelete
        } else {
            Action::DeleteThenCreate
        };
        change.reason = forced.or(Some(Reason::CannotUpdate));
        if !replace_paths.is_empty() {
            change.details.write().replace_paths = replace_paths.into_iter().collect();
        }
        let proposed = proposed_new(block, &none, &wanted.config);
        let private: Arc<[u8]> = Arc::default();
        let again = ask(input, &none, proposed, &wanted.config, &private).await;
        diagnostics.extend(again.diagnostics.clone());
        report_invalid(input, &none, &wanted.config, &again.planned, diagnostics);
        let gone = ask(input, &prior, none.clone(), &none, &change.private).await;
        diagnostics.extend(gone.diagnostics);
        asked = again;
        asked.notes.extend(gone.notes);
    }
    let marked = mark_paths(&apply_sensitive_marks(&asked.planned, block), &wanted.marks);
    if !change.action.is_replace() && change.action != Action::Create {
        let same = asked.planned == prior;
        let unmarked = (marked.marks_deep() | change.before.marks_deep()).is_empty();
        let same_marks = unmarked || sensitive_paths(&marked) == sensitive_paths(&change.before);
        change.action = if same && same_marks {
            Action::NoOp
        } else {
            Action::Update
        };
    }
    if change.action == Action::NoOp && asked.private != change.private {
        // What the provider has learnt without a change, such as the hash of an imported object's secret.
        change.private = asked.private;
        change.refreshed = true;
    }
    change.after = match change.action == Action::NoOp && marked == change.before {
        // One value, not two that are equal: most of a large plan stays as it is.
        true => change.before.clone(),
        false => marked,
    };
    note(change, asked.notes);
    if change.details.importing.is_some() && !change.action.is_replace() {
        note(change, untold(block, &config));
    }
}

/// Adds what a reviewer must know.
fn note(change: &mut ResourceChange, notes: impl IntoIterator<Item = PlanNote>) {
    for note in notes {
        change.details.write().notes.push(note);
    }
}

/// What is to be known of an object that is taken over: nobody can compare what no read tells.
fn untold(block: &Block, config: &Value) -> Option<PlanNote> {
    let names: Vec<String> = block.untold(config).into_iter().collect();
    let (last, others) = names.split_last()?;
    let (names, are) = match others {
        [] => (last.clone(), "is"),
        _ => (format!("{} and {last}", others.join(", ")), "are"),
    };
    Some(PlanNote {
        kind: NoteKind::Info,
        text: format!(
            "{names} {are} not told by the vendor: what is configured is taken for what is set."
        ),
    })
}

/// Plans an imported object by the configuration that is written for it.
async fn generated(
    input: &Input,
    provider: Option<&str>,
    change: &mut ResourceChange,
    diagnostics: &mut Diagnostics,
) {
    let block = &input.schema.block;
    let resource = &input.address.resource;
    let text = generate::text(resource, provider, block, &change.before);
    change.details.write().generated_config = Some(text);
    let config = generate::config(block, &change.before).unmark_deep().0;
    let request = ValidateRequest {
        mode: resource.mode,
        type_name: resource.type_name.clone(),
        config: config.clone(),
        literals: Vec::new(),
    };
    diagnostics.extend(input.slot.instance.validate(&request));
    if has_errors(diagnostics) {
        return;
    }
    let wanted = Configured {
        config,
        marks: Vec::new(),
        ignore: Some(Vec::new()),
        force_replace: None,
        prevent_destroy: None,
    };
    configured(input, &wanted, change, diagnostics).await;
}

fn sensitive_paths(value: &Value) -> Vec<Path> {
    let mut paths: Vec<Path> = marks_of(value).into_iter().map(|(p, _)| p).collect();
    paths.sort();
    paths
}

fn equal_at(path: &Path, a: &Value, b: &Value) -> bool {
    match (path.get(a), path.get(b)) {
        (Some(a), Some(b)) => a == b && a.is_wholly_known(),
        (None, None) => true,
        _ => false,
    }
}

/// The error for an object that must not be destroyed, of a resource that is written at `span`.
#[must_use]
pub fn prevented(sources: &Sources, span: SrcSpan, address: &Address) -> Diagnostic {
    sources.error(
        span,
        "Instance cannot be destroyed",
        format!("Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the plan using the -target option."),
    )
}

/// The configuration with the prior values of what is ignored.
#[must_use]
pub fn ignoring(config: &Value, prior: &Value, ignore: Option<&[Path]>) -> Value {
    if prior.is_null() {
        return config.clone();
    }
    match ignore {
        None => prior.clone(),
        Some(paths) => paths
            .iter()
            .fold(config.clone(), |config, path| match path.get(prior) {
                Some(old) => config.update_at(&path.0, &mut |_| old.clone()),
                None => config,
            }),
    }
}

fn report_invalid(
    input: &Input,
    prior: &Value,
    config: &Value,
    planned: &Value,
    diagnostics: &mut Diagnostics,
) {
    for problem in assert_plan_valid(&input.schema.block, prior, config, planned) {
        diagnostics.push(Diagnostic::error(
            "Provider produced invalid plan",
            format!("Provider {} planned an invalid value for {}: {problem}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.", input.slot.address, input.address),
        ));
    }
}

/// What a data source is before it is read: its configuration, and unknown for the rest.
#[must_use]
pub fn unread(block: &trunkline_api::Block, config: &Value) -> Value {
    let (plain, marks) = (config.clone().unmark_deep().0, marks_of(config));
    let value = trunkline_api::objchange::unknown_computed(block, &plain);
    apply_sensitive_marks(&mark_paths(&value, &marks), block)
}

/// Reads a data source.
pub async fn read_data(
    address: Address,
    provider: Arc<dyn Provider>,
    schema: Arc<Schema>,
    config: Value,
    listener: Arc<dyn Listener>,
) -> (Value, Diagnostics) {
    let (config, marks) = (config.clone().unmark_deep().0, marks_of(&config));
    let began = Instant::now();
    listener.event(Event::ReadStart {
        address: address.clone(),
    });
    let response = provider
        .read_data(ReadDataRequest {
            type_name: address.resource.type_name.clone(),
            config,
        })
        .await;
    let diagnostics = about(response.diagnostics, &address);
    if has_errors(&diagnostics) {
        return (null_object(&schema.block), diagnostics);
    }
    let state = mark_paths(
        &apply_sensitive_marks(&response.state, &schema.block),
        &marks,
    );
    listener.event(Event::ReadComplete {
        address,
        elapsed: began.elapsed(),
        id: identity(&state),
    });
    (state, diagnostics)
}

/// The paths of `ignore_changes`; `None` for all.
#[must_use]
pub fn ignored(ignore: &IgnoreChanges) -> Option<Vec<Path>> {
    match ignore {
        IgnoreChanges::None => Some(Vec::new()),
        IgnoreChanges::All => None,
        IgnoreChanges::Paths(paths) => Some(paths.iter().map(path_of).collect()),
    }
}

/// A reference relative to a resource as a path into its value.
fn path_of(t: &Traversal) -> Path {
    let mut steps = vec![Step::Attribute(t.root.clone())];
    for step in &t.steps {
        steps.push(match &step.kind {
            StepKind::Attr(name) => Step::Attribute(name.clone()),
            StepKind::Index(key) => {
                match (key.as_str(), key.as_number().and_then(|n| n.to_usize())) {
                    (Some(text), _) => Step::Key(text.into()),
                    (None, Some(n)) => Step::Index(n),
                    (None, None) => continue,
                }
            }
        });
    }
    Path(steps)
}
