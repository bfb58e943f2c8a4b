//! A plan as people read it. It shows the plan and decides nothing: what is no change in the plan is no
//! change here.

use std::borrow::Cow;
use std::cmp::Ordering;

use trunkline_api::{Path, Schema, Value};

use crate::address::{Address, Mode};
use crate::plan::{Action, Counts, Drift, OutputChange, Plan, PlanMode, ResourceChange};
use crate::report::diff::typed::Scope;
use crate::report::diff::{Data, Diff, Pair, Verb, block, dynamic};
use crate::report::pieces::Pieces;
use crate::report::quote::attribute_name;
use crate::report::style::{Ink, Style};
use crate::report::text_table::pad_to;
use crate::report::wrap::wrap;
use crate::report::{Schemas, mask};

mod strings;
pub(crate) mod title;
pub(crate) mod tree;

pub(crate) use strings::pair_lines;

#[cfg(test)]
mod tests;

use title::Cause;
use tree::{Pen, Told, name_width};

/// The whole plan: drift, actions, summary and outputs. It begins with an empty line and ends with a
/// newline; the footer about saved plans is the caller's.
#[must_use]
pub fn render_plan(plan: &Plan, schemas: &dyn Schemas, style: &Style) -> String {
    let mut out = String::new();
    write_plan(plan, schemas, style, &mut |piece| out.push_str(piece));
    out
}

/// Hands on what [`render_plan`] gives, piece by piece.
pub fn write_plan(plan: &Plan, schemas: &dyn Schemas, style: &Style, show: &mut dyn FnMut(&str)) {
    let page = Page {
        plan,
        schemas,
        style,
    };
    let mut out = Pieces::new(show);
    page.render(&mut out);
    out.finish();
}

/// One change of a plan as it stands in the list, headings included.
#[must_use]
pub fn render_change(change: &ResourceChange, schemas: &dyn Schemas, style: &Style) -> String {
    one(change, Cause::Plan, schemas, style)
}

/// A change that was made, headings included.
#[must_use]
pub fn render_past(change: &ResourceChange, schemas: &dyn Schemas, style: &Style) -> String {
    one(change, Cause::Past, schemas, style)
}

/// A difference between two states, headings included.
#[must_use]
pub fn render_between(change: &ResourceChange, schemas: &dyn Schemas, style: &Style) -> String {
    one(change, Cause::Between, schemas, style)
}

/// A difference between two tenants, without heading.
#[must_use]
pub fn render_tenants(change: &ResourceChange, schemas: &dyn Schemas, style: &Style) -> String {
    one(change, Cause::Tenants, schemas, style)
}

/// The changes of outputs, without the heading; empty when none is shown.
#[must_use]
pub fn render_outputs(outputs: &[OutputChange], style: &Style) -> String {
    let shown = outputs.iter().filter_map(|output| {
        let diff = output_diff(output);
        let changes = output.action != Action::NoOp && diff.verb != Verb::NoOp;
        changes.then_some((output, diff))
    });
    let pen = Pen {
        style,
        symbols: true,
    };
    let width = name_width(outputs.iter().map(|o| attribute_name(&o.name)));
    let mut out = String::new();
    for (output, diff) in shown {
        pen.notes(&mut out, 0, &diff);
        pen.symbol(&mut out, diff.verb);
        pad_to(&mut out, &attribute_name(&output.name), width);
        out.push_str(" = ");
        pen.write(&mut out, &diff, 0, Told::default());
        out.push('\n');
    }
    out
}

/// What changes in an output, masked where it is sensitive.
pub(crate) fn output_diff(output: &OutputChange) -> Diff<'_> {
    let marked = |value: &Value| value.marks().is_sensitive();
    let sensitive = output.sensitive || marked(&output.before) || marked(&output.after);
    let [before, after] = [&output.before, &output.after].map(|value| {
        let data = Data::from_value(value);
        match sensitive && !data.is_null() {
            true => Data::Sensitive(Box::new(data)),
            false => data,
        }
    });
    let pair = Pair::new(Some(&before), Some(&after));
    dynamic::diff(pair.implicit())
}

struct Page<'a> {
    plan: &'a Plan,
    schemas: &'a dyn Schemas,
    style: &'a Style,
}

impl Page<'_> {
    fn render(&self, out: &mut Pieces<'_>) {
        let style = self.style;
        let changes = self.changes();
        let outputs = render_outputs(&self.plan.outputs, style);
        let drift = self.drift();
        if changes.is_empty() && outputs.is_empty() {
            return self.nothing(out, &drift);
        }
        if !drift.is_empty() {
            self.drift_note(out, &drift);
        }
        if !changes.is_empty() {
            self.actions(out, &changes);
        }
        if !outputs.is_empty() {
            let heading = style.paint(&[Ink::Bold], "Changes to Outputs:");
            out.push_str(&format!("\n{heading}\n{outputs}"));
            if self.plan.counts() == Default::default() && changes.is_empty() {
                let text = format!(
                    "You can apply this plan to save these new output values to the {} state, \
                     without changing any real infrastructure.",
                    style.product
                );
                self.paragraph(out, &text);
            }
        }
    }

    /// The changes that are shown, in the order of the page.
    fn changes(&self) -> Vec<&ResourceChange> {
        let mut shown: Vec<&ResourceChange> = self
            .plan
            .changes
            .iter()
            .filter(|c| {
                c.action != Action::NoOp
                    || c.previous_address.is_some()
                    || c.details.importing.is_some()
            })
            .collect();
        shown.sort_by(|a, b| page_order(&a.address, &b.address));
        shown
    }

    fn drift(&self) -> Vec<ResourceChange> {
        let all = self.plan.mode == PlanMode::RefreshOnly;
        let mut shown: Vec<&Drift> = self
            .plan
            .drift
            .iter()
            .filter(|d| all || d.relevant)
            .collect();
        shown.sort_by(|a, b| page_order(&a.address, &b.address));
        shown.into_iter().map(as_change).collect()
    }

    fn paragraph(&self, out: &mut String, text: &str) {
        out.push_str(&format!("\n{}\n", wrap(text, self.style.width)));
    }

    fn nothing(&self, out: &mut Pieces<'_>, drift: &[ResourceChange]) {
        let style = self.style;
        let p = &style.product;
        let bold = |text: &str| style.paint(&[Ink::Bold, Ink::Green], text);
        if self.plan.errored {
            let text =
                format!("Planning failed. {p} encountered an error while generating this plan.");
            let text = style.paint(&[Ink::Bold, Ink::Red], wrap(&text, style.width));
            out.push_str(&format!("\n{text}\n\n"));
            return;
        }
        if !drift.is_empty() {
            self.drift_note(out, drift);
        }
        match self.plan.mode {
            PlanMode::RefreshOnly if !drift.is_empty() => {}
            PlanMode::RefreshOnly => {
                let title =
                    bold("No changes. Your infrastructure still matches the configuration.");
                out.push_str(&format!("\n{title}\n"));
                self.paragraph(
                    out,
                    &format!(
                        "{p} has checked that the real remote objects still match the result of \
                         your most recent changes, and found no differences."
                    ),
                );
            }
            PlanMode::Destroy => {
                let title = bold("No changes. No objects need to be destroyed.");
                out.push_str(&format!("\n{title}\n"));
                self.paragraph(
                    out,
                    "Either you have not created any objects yet or the existing objects were \
                     already deleted outside of Terraform."
                        .replace("Terraform", p)
                        .as_str(),
                );
            }
            PlanMode::Normal => {
                let title = bold("No changes. Your infrastructure matches the configuration.");
                out.push_str(&format!("\n{title}\n"));
                if drift.is_empty() {
                    self.paragraph(
                        out,
                        &format!(
                            "{p} has compared your real infrastructure against your \
                             configuration and found no differences, so no changes are needed."
                        ),
                    );
                } else {
                    self.paragraph(
                        out,
                        &format!(
                            "Your configuration already applies the changes detected above. If \
                             you'd like to update the {p} state to match, create and apply a \
                             refresh-only plan:\n  {} apply -refresh-only",
                            style.command
                        ),
                    );
                }
            }
        }
    }

    fn drift_note(&self, out: &mut Pieces<'_>, drift: &[ResourceChange]) {
        let style = self.style;
        let p = &style.product;
        let note = style.paint(&[Ink::Bold, Ink::Cyan], "Note:");
        let title = format!("Objects have changed outside of {p}");
        out.push_str(&format!("\n{note} {}\n", style.paint(&[Ink::Bold], title)));
        self.paragraph(
            out,
            &format!(
                "{p} detected the following changes made outside of {p} since the last \"{} \
                 apply\" which may have affected this plan:",
                style.command
            ),
        );
        for change in drift {
            out.push('\n');
            resource(out, change, (Cause::Drift, None), self.schemas, style);
            out.end_of_part();
        }
        out.push('\n');
        let after = match self.plan.mode {
            PlanMode::RefreshOnly => format!(
                "This is a refresh-only plan, so {p} will not take any actions to undo these. If \
                 you were expecting these changes then you can apply this plan to record the \
                 updated values in the {p} state without changing any remote objects."
            ),
            _ => "Unless you have made equivalent changes to your configuration, or ignored the \
                  relevant attributes using ignore_changes, the following plan may include \
                  actions to undo or respond to these changes."
                .to_owned(),
        };
        self.paragraph(out, &after);
        let only_note = self.plan.mode == PlanMode::RefreshOnly
            && render_outputs(&self.plan.outputs, style).is_empty();
        if !only_note {
            out.push_str(&format!("\n{}\n", style.rule()));
        }
    }

    fn legend(&self, out: &mut String, changes: &[&ResourceChange]) {
        let style = self.style;
        let p = &style.product;
        self.paragraph(
            out,
            &format!(
                "{p} used the selected providers to generate the following execution plan. \
                 Resource actions are indicated with the following symbols:"
            ),
        );
        let legend = [
            (Action::Create, "create"),
            (Action::Update, "update in-place"),
            (Action::Delete, "destroy"),
            (
                Action::DeleteThenCreate,
                "destroy and then create replacement",
            ),
            (
                Action::CreateThenDelete,
                "create replacement and then destroy",
            ),
            (Action::Read, "read (data resources)"),
        ];
        for (action, meaning) in legend {
            if changes.iter().any(|c| c.action == action) {
                title::symbol(out, action, style);
                out.push_str(meaning);
                out.push('\n');
            }
        }
    }

    fn actions(&self, out: &mut Pieces<'_>, changes: &[&ResourceChange]) {
        let style = self.style;
        let p = &style.product;
        if changes.iter().any(|c| c.action != Action::NoOp) {
            self.legend(out, changes);
        }
        if self.plan.errored {
            out.push_str(&format!(
                "\n{p} planned the following actions, but then encountered a problem:\n"
            ));
        } else {
            out.push_str(&format!("\n{p} will perform the following actions:\n"));
        }
        for change in changes {
            out.push('\n');
            resource(out, change, (Cause::Plan, None), self.schemas, style);
            out.end_of_part();
        }
        let summary = summary(self.plan);
        let (head, rest) = summary.split_at(5);
        out.push_str(&format!("\n{}{rest}\n", style.paint(&[Ink::Bold], head)));
    }
}

/// `Plan: 1 to add, 0 to change, 2 to destroy.`
#[must_use]
pub fn summary(plan: &Plan) -> String {
    summary_of(&plan.counts())
}

/// The summary line of these counts.
#[must_use]
pub(crate) fn summary_of(n: &Counts) -> String {
    let import = match n.import {
        0 => String::new(),
        n => format!("{n} to import, "),
    };
    format!(
        "Plan: {import}{} to add, {} to change, {} to destroy.",
        n.add, n.change, n.destroy
    )
}

/// The root module first, then its descendants; within a module data sources are sorted among the rest
/// by their whole address.
pub(crate) fn page_order(one: &Address, other: &Address) -> Ordering {
    let depth = |a: &Address| a.module.0.len();
    let data = |a: &Address| a.resource.mode == Mode::Data;
    let types = || match (data(one), data(other)) {
        (false, false) | (true, true) => one.resource.type_name.cmp(&other.resource.type_name),
        _ => whole_type(one).cmp(whole_type(other)),
    };
    depth(one)
        .cmp(&depth(other))
        .then_with(|| one.module.cmp(&other.module))
        .then_with(types)
        .then_with(|| one.resource.name.cmp(&other.resource.name))
        .then_with(|| one.key.cmp(&other.key))
}

/// The type as it stands in an address.
fn whole_type(address: &Address) -> impl Iterator<Item = u8> {
    let prefix = match address.resource.mode {
        Mode::Data => "data.",
        _ => "",
    };
    prefix.bytes().chain(address.resource.type_name.bytes())
}

/// Drift in the form of a change.
pub(crate) fn as_change(drift: &Drift) -> ResourceChange {
    ResourceChange {
        previous_address: drift.previous_address.clone(),
        provider_source: drift.provider_source.clone(),
        provider: drift.provider_source.clone(),
        action: match drift.after.is_null() {
            true => Action::Delete,
            false if drift.before.same(&drift.after) => Action::NoOp,
            false => Action::Update,
        },
        before: drift.before.clone(),
        after: drift.after.clone(),
        ..ResourceChange::nothing(drift.address.clone())
    }
}

/// One change with its heading.
fn one(change: &ResourceChange, cause: Cause, schemas: &dyn Schemas, style: &Style) -> String {
    let mut out = String::new();
    resource(&mut out, change, (cause, None), schemas, style);
    out
}

/// Writes one change with its heading. With `relevant` only what is at or within those paths counts as changed.
fn resource(
    out: &mut String,
    change: &ResourceChange,
    (cause, relevant): (Cause, Option<&[Path]>),
    schemas: &dyn Schemas,
    style: &Style,
) {
    let sides = Sides::new(change, schemas);
    let diff = sides.diff(relevant);
    let pen = Pen {
        style,
        symbols: true,
    };
    if cause != Cause::Tenants {
        title::write_title(out, change, cause, style);
    }
    title::symbol(out, change.action, style);
    title::write_header(out, &change.address);
    out.push(' ');
    pen.write(out, &diff, 0, Told::default());
    out.push('\n');
}

/// Both sides of a change, masked where they are sensitive.
pub(crate) struct Sides<'c> {
    change: &'c ResourceChange,
    schema: Option<&'c Schema>,
    before: Cow<'c, Value>,
    after: Cow<'c, Value>,
}

impl<'c> Sides<'c> {
    /// The sides of a change as its schema shows them.
    pub(crate) fn new(change: &'c ResourceChange, schemas: &'c dyn Schemas) -> Sides<'c> {
        let resource = &change.address.resource;
        let schema = schemas.resource(&change.provider_source, resource.mode, &resource.type_name);
        let marked = |value| match schema {
            Some(schema) => mask::with_schema(value, &schema.block),
            None => Cow::Borrowed(value),
        };
        Sides {
            change,
            schema,
            before: marked(&change.before),
            after: marked(&change.after),
        }
    }

    /// What changes; with `relevant` only what is at or within those paths counts as changed.
    pub(crate) fn diff(&self, relevant: Option<&[Path]>) -> Diff<'_> {
        let (before, after) = (
            Data::from_value(&self.before),
            Data::from_value(&self.after),
        );
        let mut pair = Pair::new(Some(&before), Some(&after));
        if self.change.action == Action::Forget {
            pair.after = pair.before;
        }
        let mut scope = Scope::new(&self.change.details.replace_paths);
        if let Some(paths) = relevant {
            scope = scope.only(paths);
        }
        block::diff(pair, self.schema.map(|s| &s.block), &scope)
    }
}
