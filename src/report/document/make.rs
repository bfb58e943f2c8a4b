//! From a plan to the document of its reports.
//!
//! Values are masked here, by their marks and by their schemas, before anything is written down.

use std::borrow::Cow;

use trunkline_api::{Path, Step};

use crate::address::{Address, Mode};
use crate::config::Config;
use crate::plan::cause::{self, Causes, Why};
use crate::plan::checks::CheckStatus;
use crate::plan::{Action, OutputChange, Plan, PlanMode, ResourceChange};
use crate::report::diff::Verb;
use crate::report::plan_text::title::{Cause, title};
use crate::report::plan_text::{Sides, as_change, output_diff, page_order};
use crate::report::style::Style;
use crate::report::{Schemas, mask, quote};

use super::graph;
use super::rows::rows;
use super::why::Scrub;
use super::{Attention, CheckEntry, Document, Entry, Graph, OutputEntry, Place, What};

/// What a report says beyond the plan.
#[derive(Clone, Debug, Default)]
pub struct About<'a> {
    /// Tells the reports of one configuration from those of another.
    pub name: &'a str,
    /// The plan's digest.
    pub digest: &'a str,
    /// Where everything is, for a report that leaves something out.
    pub full: &'a str,
    /// It is about the simulators.
    pub rehearsal: bool,
    /// The configuration, for places.
    pub config: Option<&'a Config>,
    /// Why things change.
    pub causes: Option<&'a Causes>,
}

/// The document.
#[must_use]
pub fn make(plan: &Plan, schemas: &dyn Schemas, about: &About<'_>) -> Document {
    let mut changes: Vec<&ResourceChange> = plan.changes.iter().collect();
    // Refreshing only takes over what was found; nothing is done to the objects.
    if plan.mode == PlanMode::RefreshOnly {
        changes.clear();
    }
    changes.sort_by(|a, b| page_order(&a.address, &b.address));
    let maker = Maker {
        schemas,
        about,
        scrub: Scrub::new(plan, schemas),
    };
    let mut entries = Vec::new();
    let mut unchanged = Vec::new();
    for change in changes {
        match what(change) {
            Some(what) => entries.push(maker.entry(change, what, Cause::Plan)),
            // Data that was read while planning is neither here nor there.
            None if change.address.resource.mode == Mode::Data => {}
            None => unchanged.push(cause::key(change)),
        }
    }
    let shown = |relevant| relevant || plan.mode == PlanMode::RefreshOnly;
    let drift = plan.drift.iter().filter(|d| shown(d.relevant));
    let drift: Vec<Entry> = drift
        .map(as_change)
        .filter_map(|c| Some((what(&c)?, c)))
        .map(|(what, c)| maker.entry(&c, what, Cause::Drift))
        .collect();
    Document {
        name: about.name.to_owned(),
        digest: match plan.errored {
            true => String::new(),
            false => about.digest.to_owned(),
        },
        remarks: remarks(plan, about),
        errored: plan.errored,
        problems: Vec::new(),
        counts: plan.counts(),
        entries,
        graph: match plan.mode {
            PlanMode::RefreshOnly => Graph::default(),
            _ => graph::graph(plan, what),
        },
        unchanged,
        outputs: plan
            .outputs
            .iter()
            .filter_map(|o| output(o, &maker.scrub))
            .collect(),
        drift,
        checks: checks(plan, &maker.scrub),
        policy: None,
        full: about.full.to_owned(),
        review: None,
    }
}

/// What happens to an object; nothing for one that stays as it is.
pub(super) fn what(change: &ResourceChange) -> Option<What> {
    let moved = change.previous_address.as_ref();
    Some(match change.action {
        Action::Delete => What::Destroy,
        Action::DeleteThenCreate | Action::CreateThenDelete => What::Replace,
        Action::Forget => What::Forget,
        Action::Update => What::Update,
        Action::Create => What::Create,
        Action::Read => What::Read,
        Action::NoOp if change.details.importing.is_some() => What::Import,
        Action::NoOp if moved.is_some_and(|from| *from != change.address) => What::Move,
        Action::NoOp => return None,
    })
}

/// What entries are made with.
struct Maker<'m> {
    schemas: &'m dyn Schemas,
    about: &'m About<'m>,
    scrub: Scrub,
}

impl Maker<'_> {
    fn entry(&self, change: &ResourceChange, what: What, cause: Cause) -> Entry {
        let address = &change.address;
        let title = title(change, cause, &Style::default());
        let mut lines = title
            .lines()
            .map(|l| l.trim_start().trim_start_matches("# ").to_owned());
        let sentence = lines.next().unwrap_or_default();
        let remarks = lines.map(|line| {
            let inner = line.strip_prefix('(').and_then(|l| l.strip_suffix(')'));
            let text = inner.unwrap_or(&line);
            // The object is named beside it.
            let own = format!("because {} is not", address.resource);
            self.scrub
                .text(&text.replacen(&own, "because it is not", 1))
        });
        let remarks = remarks.collect();
        let sides = Sides::new(change, self.schemas);
        let (rows, unchanged) = rows(&sides.diff(None), "");
        let forced_by = match change.action.is_replace() {
            true => change.details.replace_paths.iter().map(path_text).collect(),
            false => Vec::new(),
        };
        let data = match address.resource.mode {
            Mode::Data => "data.",
            _ => "",
        };
        let planned = cause == Cause::Plan;
        Entry {
            name: cause::key(change),
            module: address.module.to_string(),
            kind: format!("{data}{}", address.resource.type_name),
            what,
            sentence,
            remarks,
            attention: if planned {
                Attention::of(change)
            } else {
                Vec::new()
            },
            // What is forgotten stays as it is.
            rows: if what == What::Forget {
                Vec::new()
            } else {
                self.scrub.rows(rows)
            },
            unchanged,
            forced_by,
            why: if planned {
                self.why(change)
            } else {
                Why::default()
            },
            place: self.about.config.and_then(|c| place(c, address)),
            depends_on: change.dependencies.to_vec(),
        }
    }

    /// The cause, without what is sensitive.
    fn why(&self, change: &ResourceChange) -> Why {
        let found = self.about.causes.and_then(|c| c.get(&cause::key(change)));
        let Some(found) = found else {
            return Why::default();
        };
        let resource = &change.address.resource;
        let schema =
            self.schemas
                .resource(&change.provider_source, resource.mode, &resource.type_name);
        let masked = [&change.before, &change.after].map(|value| match schema {
            Some(schema) => mask::with_schema(value, &schema.block),
            None => Cow::Borrowed(value),
        });
        // Of what is within something sensitive, the path ends there.
        let hidden = |path: &Path| {
            masked.iter().any(|value| {
                (0..=path.0.len()).any(|n| {
                    let part = Path(path.0[..n].to_vec());
                    let found = part.get(value);
                    found.is_some_and(|v| match n == path.0.len() {
                        true => v.marks_deep().is_sensitive(),
                        false => v.marks().is_sensitive(),
                    })
                })
            })
        };
        self.scrub.why(found, &hidden)
    }
}

/// A path as an expression would write it.
pub(super) fn path_text(path: &Path) -> String {
    let mut out = String::new();
    for step in &path.0 {
        match step {
            Step::Attribute(name) if out.is_empty() => out.push_str(name),
            Step::Attribute(name) => out.push_str(&format!(".{name}")),
            Step::Key(key) => out.push_str(&format!("[{}]", quote::quote(key))),
            Step::Index(i) => out.push_str(&format!("[{i}]")),
        }
    }
    out
}

/// Where a resource is written; that of its innermost module call if it is no longer.
fn place(config: &Config, address: &Address) -> Option<Place> {
    let module = config.module(&address.module.path())?;
    let resource = module.resources.get(&address.resource)?;
    let span = config.sources.span(resource.span);
    Some(Place {
        file: span.file.to_string(),
        line: span.start.line,
        end: span.end.line,
    })
}

/// Whether an output changes.
pub(super) fn changes(output: &OutputChange) -> bool {
    output.action != Action::NoOp && output_diff(output).verb != Verb::NoOp
}

fn output(change: &OutputChange, scrub: &Scrub) -> Option<OutputEntry> {
    let diff = output_diff(change);
    if !changes(change) {
        return None;
    }
    Some(OutputEntry {
        name: change.name.to_string(),
        rows: scrub.rows(rows(&diff, &quote::attribute_name(&change.name)).0),
    })
}

fn remarks(plan: &Plan, about: &About<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    if about.rehearsal {
        remarks.push("A rehearsal: it is about the vendors' simulators.".to_owned());
    }
    match plan.mode {
        PlanMode::Normal => {}
        PlanMode::Destroy => remarks.push("A plan to destroy everything.".to_owned()),
        PlanMode::RefreshOnly => remarks.push(
            "A plan that only takes over what has changed outside; it changes no object."
                .to_owned(),
        ),
    }
    let list = |texts: &[String]| texts.join(", ");
    if !plan.targets.is_empty() {
        remarks.push(format!("Limited by -target to: {}.", list(&plan.targets)));
    }
    if !plan.excludes.is_empty() {
        remarks.push(format!(
            "Limited by -exclude, without: {}.",
            list(&plan.excludes)
        ));
    }
    remarks
}

fn checks(plan: &Plan, scrub: &Scrub) -> Vec<CheckEntry> {
    let mut found = Vec::new();
    for result in &plan.checks {
        for instance in result.instances.iter().flatten() {
            if matches!(instance.status, CheckStatus::Fail | CheckStatus::Error) {
                found.push(CheckEntry {
                    name: result.object.instance(&instance.at),
                    problems: instance.problems.iter().map(|p| scrub.text(p)).collect(),
                });
            }
        }
    }
    found
}
