//! A tree of changes as text: symbols, padding, hidden counts and notes at the end of lines.

use std::borrow::Cow;

use super::strings;
use crate::report::diff::block::{BlockDiff, Blocks};
use crate::report::diff::{Data, Diff, Shape, Verb};
use crate::report::quote::{attribute_name, quote};
use crate::report::style::{Ink, Style};
use crate::report::text_table::{blanks, pad_to};

/// Writes trees of changes. Indents are counted in steps of four columns.
#[derive(Clone, Copy, Debug)]
pub struct Pen<'a> {
    /// The look.
    pub style: &'a Style,
    /// Whether lines carry the symbols of changes; state is written without.
    pub symbols: bool,
}

/// What a part is told by what it is in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Removed parts do not say `-> null`.
    pub no_null: bool,
    /// Every part says that it forces the replacement.
    pub force_replace: bool,
    /// Unchanged parts are shown.
    pub whole: bool,
}

impl Pen<'_> {
    /// White space of `indent` steps.
    pub(super) fn pad(&self, out: &mut String, indent: usize) {
        blanks(out, 4 * indent);
    }

    /// The symbol before a line, four columns wide.
    pub(super) fn symbol(&self, out: &mut String, verb: Verb) {
        if !self.symbols {
            return;
        }
        let (ink, symbol, plain) = match verb {
            Verb::NoOp => return out.push_str("    "),
            Verb::Create => (Ink::Green, "+", "  + "),
            Verb::Update => (Ink::Yellow, "~", "  ~ "),
            Verb::Delete => (Ink::Red, "-", "  - "),
        };
        if !self.style.color {
            return out.push_str(plain);
        }
        out.push_str("  ");
        self.style.paint_to(out, &[ink], symbol);
        out.push(' ');
    }

    /// What every line begins with.
    pub(super) fn margin(&self, out: &mut String, indent: usize, verb: Verb) {
        self.pad(out, indent);
        self.symbol(out, verb);
    }

    /// ` -> null` after something that goes.
    pub(super) fn null_suffix(&self, out: &mut String, verb: Verb, told: Told) {
        if verb == Verb::Delete && !told.no_null {
            out.push(' ');
            self.style.paint_to(out, &[Ink::Dim], "-> null");
        }
    }

    /// ` # forces replacement` where it does.
    pub(super) fn forces(&self, out: &mut String, replace: bool, told: Told) {
        if replace || told.force_replace {
            out.push(' ');
            self.style
                .paint_to(out, &[Ink::Red], "# forces replacement");
        }
    }

    fn hidden(&self, out: &mut String, indent: usize, count: usize, what: &str) {
        if count == 0 {
            return;
        }
        let plural = if count == 1 { "" } else { "s" };
        let text = format!("# ({count} unchanged {what}{plural} hidden)");
        self.margin(out, indent, Verb::NoOp);
        self.style.paint_to(out, &[Ink::Dim], &text);
        out.push('\n');
    }

    /// The part as text that follows a name or stands on a line of its own; no newline at the end.
    #[must_use]
    pub fn value(&self, diff: &Diff<'_>, indent: usize, told: Told) -> String {
        let mut out = String::new();
        self.write(&mut out, diff, indent, told);
        out
    }

    /// Writes what [`Self::value`] gives.
    pub(super) fn write(&self, out: &mut String, diff: &Diff<'_>, indent: usize, told: Told) {
        match &diff.shape {
            Shape::Leaf(before, after) => {
                let sides = (before.as_ref(), after.as_ref());
                strings::leaf(self, out, diff, sides, indent, told);
            }
            Shape::Object { fields, .. } if fields.is_empty() => self.short(out, "{}", diff, told),
            Shape::Object { fields, nested } => {
                self.open(out, "{", diff, told);
                let inner = Told {
                    no_null: !nested,
                    force_replace: false,
                    ..told
                };
                self.attributes(out, fields, indent + 1, inner);
                self.close(out, indent, "}");
                self.null_suffix(out, diff.verb, told);
            }
            Shape::Map { fields, .. } if fields.is_empty() => self.short(out, "{}", diff, told),
            Shape::Map { fields, nested } => {
                self.open(out, "{", diff, told);
                let inner = Told {
                    no_null: *nested || diff.verb == Verb::Delete,
                    force_replace: false,
                    ..told
                };
                self.elements(out, fields, *nested, indent + 1, inner);
                self.close(out, indent, "}");
                self.null_suffix(out, diff.verb, told);
            }
            Shape::List { items, .. } | Shape::Set(items) if items.is_empty() => {
                self.short(out, "[]", diff, told);
            }
            Shape::List { items, .. } | Shape::Set(items) => {
                let context = matches!(diff.shape, Shape::List { context: true, .. });
                self.open(out, "[", diff, told);
                self.items(out, items, context, indent + 1, told);
                self.close(out, indent, "]");
                self.null_suffix(out, diff.verb, told);
            }
            Shape::Block(content) => self.block(out, diff, content, indent, told),
            Shape::Sensitive { .. } => self.short(out, "(sensitive value)", diff, told),
            Shape::WriteOnly => self.short(out, "(write-only attribute)", diff, told),
            Shape::Unknown(gone) => {
                if let Some(gone) = gone {
                    let inner = Told {
                        no_null: true,
                        ..told
                    };
                    self.write(out, gone, indent, inner);
                    out.push_str(" -> ");
                }
                out.push_str("(known after apply)");
                self.forces(out, diff.replace, told);
            }
            Shape::TypeChange(old, new) => {
                let inner = Told {
                    no_null: true,
                    ..told
                };
                self.write(out, old, indent, inner);
                out.push(' ');
                self.style.paint_to(out, &[Ink::Yellow], "->");
                out.push(' ');
                self.write(out, new, indent, inner);
                self.forces(out, diff.replace, told);
            }
        }
    }

    /// What takes no lines of its own.
    fn short(&self, out: &mut String, text: &str, diff: &Diff<'_>, told: Told) {
        out.push_str(text);
        self.null_suffix(out, diff.verb, told);
        self.forces(out, diff.replace, told);
    }

    fn open(&self, out: &mut String, bracket: &str, diff: &Diff<'_>, told: Told) {
        out.push_str(bracket);
        self.forces(out, diff.replace, told);
        out.push('\n');
    }

    fn close(&self, out: &mut String, indent: usize, bracket: &str) {
        self.margin(out, indent, Verb::NoOp);
        out.push_str(bracket);
    }

    /// The attributes of an object or block, a line each, and how many are hidden.
    fn attributes(
        &self,
        out: &mut String,
        attributes: &[(&str, Diff<'_>)],
        indent: usize,
        told: Told,
    ) {
        let names: Vec<Cow<'_, str>> = attributes.iter().map(|(k, _)| attribute_name(k)).collect();
        let width = name_width(names.iter());
        let mut hidden = 0;
        for ((key, part), name) in attributes.iter().zip(&names) {
            let important = is_important(key);
            if part.verb == Verb::NoOp && !told.whole && !important {
                hidden += 1;
                continue;
            }
            let told = Told {
                whole: told.whole || important,
                ..told
            };
            self.name(out, name, width, part, indent);
            self.write(out, part, indent, told);
            out.push('\n');
        }
        self.hidden(out, indent, hidden, "attribute");
    }

    /// The elements of a map.
    fn elements(
        &self,
        out: &mut String,
        elements: &[(&str, Diff<'_>)],
        nested: bool,
        indent: usize,
        told: Told,
    ) {
        let width = match nested {
            true => 0,
            false => name_width(elements.iter().map(|(k, _)| quote(k))),
        };
        let mut hidden = 0;
        for (key, part) in elements {
            if part.verb == Verb::NoOp && !told.whole {
                hidden += 1;
                continue;
            }
            self.name(out, &quote(key), width, part, indent);
            self.write(out, part, indent, told);
            let comma = matches!(part.shape, Shape::Object { .. });
            out.push_str(if comma { ",\n" } else { "\n" });
        }
        self.hidden(out, indent, hidden, "element");
    }

    /// The beginning of a `name = value` line, with its warnings before it.
    fn name(&self, out: &mut String, name: &str, width: usize, part: &Diff<'_>, indent: usize) {
        self.notes(out, indent, part);
        self.margin(out, indent, part.verb);
        pad_to(out, name, width);
        out.push_str(" = ");
    }

    fn items(
        &self,
        out: &mut String,
        items: &[Diff<'_>],
        context: bool,
        indent: usize,
        told: Told,
    ) {
        let inner = Told {
            no_null: true,
            force_replace: false,
            ..told
        };
        let line = |out: &mut String, part: &Diff<'_>, told: Told| {
            self.notes(out, indent, part);
            self.margin(out, indent, part.verb);
            self.write(out, part, indent, told);
            out.push_str(",\n");
        };
        let whole = Told {
            whole: true,
            ..inner
        };
        let mut waiting: Vec<&Diff<'_>> = Vec::new();
        let mut after_change = false;
        for part in items {
            if part.verb == Verb::NoOp && !told.whole {
                if after_change && context {
                    line(out, part, whole);
                    after_change = false;
                } else {
                    waiting.push(part);
                }
                continue;
            }
            if context && let Some(last) = waiting.pop() {
                self.hidden(out, indent, waiting.len(), "element");
                line(out, last, whole);
                waiting.clear();
            }
            line(out, part, inner);
            after_change = true;
        }
        self.hidden(out, indent, waiting.len(), "element");
    }

    fn block(
        &self,
        out: &mut String,
        diff: &Diff<'_>,
        content: &BlockDiff<'_>,
        indent: usize,
        told: Told,
    ) {
        if content.attributes.is_empty() && content.blocks.is_empty() {
            out.push_str("{}");
            return self.forces(out, diff.replace, told);
        }
        self.open(out, "{", diff, told);
        let inner = Told {
            force_replace: false,
            ..told
        };
        self.attributes(out, &content.attributes, indent + 1, inner);
        let mut hidden = 0;
        for (key, blocks) in &content.blocks {
            hidden += self.blocks(out, key, blocks, &content.attributes, indent + 1, told);
        }
        if hidden > 0 {
            out.push('\n');
            self.hidden(out, indent + 1, hidden, "block");
        }
        self.close(out, indent, "}");
    }

    /// Writes the blocks of one type; the result is how many were hidden.
    fn blocks(
        &self,
        out: &mut String,
        key: &str,
        blocks: &Blocks<'_>,
        attributes: &[(&str, Diff<'_>)],
        indent: usize,
        told: Told,
    ) -> usize {
        let mut hidden = 0;
        let mut begun = false;
        for (label, part) in &blocks.items {
            if part.verb == Verb::NoOp && !told.whole {
                hidden += 1;
                continue;
            }
            if !begun && !attributes.is_empty() {
                out.push('\n');
            }
            begun = true;
            let inner = Told {
                force_replace: blocks.replace,
                ..told
            };
            self.block_notes(out, indent, part);
            self.margin(out, indent, part.verb);
            out.push_str(&attribute_name(key));
            out.push(' ');
            if let Some(label) = label {
                out.push_str(&quote(label));
                out.push(' ');
            }
            self.block_value(out, part, indent, inner);
            out.push('\n');
        }
        hidden
    }

    fn block_value(&self, out: &mut String, part: &Diff<'_>, indent: usize, told: Told) {
        let Shape::Sensitive { .. } = part.shape else {
            return self.write(out, part, indent, told);
        };
        self.open(out, "{", part, told);
        for line in [
            "# At least one attribute in this block is (or was) sensitive,",
            "# so its contents will not be displayed.",
        ] {
            self.margin(out, indent, Verb::NoOp);
            out.push_str("  ");
            out.push_str(line);
            out.push('\n');
        }
        self.close(out, indent, "}");
    }

    /// The warning before a part that becomes sensitive or ceases to be.
    pub(super) fn notes(&self, out: &mut String, indent: usize, part: &Diff<'_>) {
        let Some((inner, before)) = changing_mask(part) else {
            return;
        };
        let unchanged = match inner {
            Verb::NoOp => " The value is unchanged.",
            _ => "",
        };
        self.warn(out, indent, "attribute value", before, unchanged);
    }

    fn block_notes(&self, out: &mut String, indent: usize, part: &Diff<'_>) {
        if let Some((_, before)) = changing_mask(part) {
            self.warn(out, indent, "block", before, "");
        }
    }

    fn warn(&self, out: &mut String, indent: usize, what: &str, before: bool, more: &str) {
        let (will, then) = match before {
            true => (
                "no longer be marked as sensitive",
                "after applying this change.",
            ),
            false => (
                "be marked as sensitive and will not",
                "display in UI output after applying this change.",
            ),
        };
        let warning = self.style.paint(&[Ink::Yellow], "Warning");
        self.pad(out, indent);
        out.push_str(&format!("  # {warning}: this {what} will {will}\n"));
        self.pad(out, indent);
        out.push_str(&format!("  # {then}{more}\n"));
    }
}

/// Whether an attribute tells what the object is, so that it is shown unchanged too.
fn is_important(name: &str) -> bool {
    matches!(name, "id" | "name" | "tags")
}

/// Of a part that is sensitive on one side only: what happens behind the mask, and whether that side is
/// the old one.
fn changing_mask(part: &Diff<'_>) -> Option<(Verb, bool)> {
    match part.shape {
        Shape::Sensitive {
            inner: inner @ (Verb::NoOp | Verb::Update),
            before,
            after,
        } if before != after => Some((inner, before)),
        _ => None,
    }
}

/// The width of the longest name.
pub(super) fn name_width(names: impl Iterator<Item = impl AsRef<str>>) -> usize {
    let width = |name: &str| name.chars().count();
    names.map(|n| width(n.as_ref())).max().unwrap_or(0)
}

/// A side of a leaf; what is not there is null.
pub(super) fn side<'d, 'v>(data: Option<&'d Data<'v>>) -> &'d Data<'v> {
    data.map_or(&Data::Null, |d| d.reveal().0)
}
