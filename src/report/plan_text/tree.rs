//! A tree of changes as text: symbols, padding, hidden counts and notes at the end of lines.

use std::sync::Arc;

use super::strings;
use crate::report::diff::block::{BlockDiff, Blocks};
use crate::report::diff::{Data, Diff, Shape, Verb};
use crate::report::quote::{attribute_name, quote};
use crate::report::style::{Ink, Style};
use crate::report::text_table::padded;

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
    pub(super) fn pad(&self, indent: usize) -> String {
        "    ".repeat(indent)
    }

    /// The symbol before a line, four columns wide.
    pub(super) fn symbol(&self, verb: Verb) -> String {
        if !self.symbols {
            return String::new();
        }
        match verb {
            Verb::NoOp => "    ".into(),
            Verb::Create => format!("  {} ", self.style.paint(&[Ink::Green], '+')),
            Verb::Update => format!("  {} ", self.style.paint(&[Ink::Yellow], '~')),
            Verb::Delete => format!("  {} ", self.style.paint(&[Ink::Red], '-')),
        }
    }

    /// ` -> null` after something that goes.
    pub(super) fn null_suffix(&self, verb: Verb, told: Told) -> String {
        if verb == Verb::Delete && !told.no_null {
            format!(" {}", self.style.paint(&[Ink::Dim], "-> null"))
        } else {
            String::new()
        }
    }

    /// ` # forces replacement` where it does.
    pub(super) fn forces(&self, replace: bool, told: Told) -> String {
        if replace || told.force_replace {
            let text = self.style.paint(&[Ink::Red], "# forces replacement");
            format!(" {text}")
        } else {
            String::new()
        }
    }

    fn hidden(&self, indent: usize, count: usize, what: &str) -> String {
        if count == 0 {
            return String::new();
        }
        let plural = if count == 1 { "" } else { "s" };
        let text = format!("# ({count} unchanged {what}{plural} hidden)");
        format!(
            "{}{}{}\n",
            self.pad(indent),
            self.symbol(Verb::NoOp),
            self.style.paint(&[Ink::Dim], text)
        )
    }

    /// The part as text that follows a name or stands on a line of its own; no newline at the end.
    #[must_use]
    pub fn value(&self, diff: &Diff, indent: usize, told: Told) -> String {
        let null = self.null_suffix(diff.verb, told);
        let forces = self.forces(diff.replace, told);
        match &diff.shape {
            Shape::Leaf(before, after) => {
                let sides = (before.as_ref(), after.as_ref());
                strings::leaf(self, diff, sides, indent, told)
            }
            Shape::Object { fields, nested } => {
                if fields.is_empty() {
                    return format!("{{}}{null}{forces}");
                }
                let width = name_width(fields.iter().map(|(k, _)| attribute_name(k)));
                let inner = Told {
                    no_null: !nested,
                    force_replace: false,
                    ..told
                };
                let mut out = format!("{{{forces}\n");
                let mut hidden = 0;
                for (key, part) in fields {
                    let important = is_important(key);
                    if part.verb == Verb::NoOp && !told.whole && !important {
                        hidden += 1;
                        continue;
                    }
                    let told = Told {
                        whole: told.whole || important,
                        ..inner
                    };
                    self.line(
                        &mut out,
                        indent + 1,
                        &attribute_name(key),
                        width,
                        part,
                        told,
                    );
                }
                out.push_str(&self.hidden(indent + 1, hidden, "attribute"));
                out + &self.close(indent, "}", &null)
            }
            Shape::Map { fields, nested } => {
                if fields.is_empty() {
                    return format!("{{}}{null}{forces}");
                }
                let width = match nested {
                    true => 0,
                    false => name_width(fields.iter().map(|(k, _)| quote(k))),
                };
                let inner = Told {
                    no_null: *nested || diff.verb == Verb::Delete,
                    force_replace: false,
                    ..told
                };
                let mut out = format!("{{{forces}\n");
                let mut hidden = 0;
                for (key, part) in fields {
                    if part.verb == Verb::NoOp && !told.whole {
                        hidden += 1;
                        continue;
                    }
                    self.notes(&mut out, indent + 1, part);
                    let text = self.value(part, indent + 1, inner);
                    let comma = match part.shape {
                        Shape::Object { .. } => ",",
                        _ => "",
                    };
                    out.push_str(&format!(
                        "{}{}{} = {text}{comma}\n",
                        self.pad(indent + 1),
                        self.symbol(part.verb),
                        padded(&quote(key), width),
                    ));
                }
                out.push_str(&self.hidden(indent + 1, hidden, "element"));
                out + &self.close(indent, "}", &null)
            }
            Shape::List { items, context } => {
                if items.is_empty() {
                    return format!("[]{null}{forces}");
                }
                let mut out = format!("[{forces}\n");
                self.items(&mut out, items, *context, indent, told);
                out + &self.close(indent, "]", &null)
            }
            Shape::Set(items) => {
                if items.is_empty() {
                    return format!("[]{null}{forces}");
                }
                let mut out = format!("[{forces}\n");
                self.items(&mut out, items, false, indent, told);
                out + &self.close(indent, "]", &null)
            }
            Shape::Block(content) => self.block(diff, content, indent, told),
            Shape::Sensitive { .. } => format!("(sensitive value){null}{forces}"),
            Shape::WriteOnly => format!("(write-only attribute){null}{forces}"),
            Shape::Unknown(None) => format!("(known after apply){forces}"),
            Shape::Unknown(Some(gone)) => {
                let inner = Told {
                    no_null: true,
                    ..told
                };
                format!(
                    "{} -> (known after apply){forces}",
                    self.value(gone, indent, inner)
                )
            }
            Shape::TypeChange(old, new) => {
                let inner = Told {
                    no_null: true,
                    ..told
                };
                format!(
                    "{} {} {}{forces}",
                    self.value(old, indent, inner),
                    self.style.paint(&[Ink::Yellow], "->"),
                    self.value(new, indent, inner)
                )
            }
        }
    }

    fn close(&self, indent: usize, bracket: &str, suffix: &str) -> String {
        format!(
            "{}{}{bracket}{suffix}",
            self.pad(indent),
            self.symbol(Verb::NoOp)
        )
    }

    /// One `name = value` line with its warnings before it.
    fn line(
        &self,
        out: &mut String,
        indent: usize,
        name: &str,
        width: usize,
        part: &Diff,
        told: Told,
    ) {
        self.notes(out, indent, part);
        let text = self.value(part, indent, told);
        let (pad, symbol, name) = (
            self.pad(indent),
            self.symbol(part.verb),
            padded(name, width),
        );
        out.push_str(&format!("{pad}{symbol}{name} = {text}\n"));
    }

    fn items(&self, out: &mut String, items: &[Diff], context: bool, indent: usize, told: Told) {
        let inner = Told {
            no_null: true,
            force_replace: false,
            ..told
        };
        let line = |part: &Diff, told: Told| {
            let mut line = String::new();
            self.notes(&mut line, indent + 1, part);
            line.push_str(&format!(
                "{}{}{},\n",
                self.pad(indent + 1),
                self.symbol(part.verb),
                self.value(part, indent + 1, told)
            ));
            line
        };
        let whole = Told {
            whole: true,
            ..inner
        };
        let mut waiting: Vec<&Diff> = Vec::new();
        let mut after_change = false;
        for part in items {
            if part.verb == Verb::NoOp && !told.whole {
                if after_change && context {
                    out.push_str(&line(part, whole));
                    after_change = false;
                } else {
                    waiting.push(part);
                }
                continue;
            }
            if context && let Some(last) = waiting.pop() {
                out.push_str(&self.hidden(indent + 1, waiting.len(), "element"));
                out.push_str(&line(last, whole));
                waiting.clear();
            }
            out.push_str(&line(part, inner));
            after_change = true;
        }
        out.push_str(&self.hidden(indent + 1, waiting.len(), "element"));
    }

    fn block(&self, diff: &Diff, content: &BlockDiff, indent: usize, told: Told) -> String {
        if content.attributes.is_empty() && content.blocks.is_empty() {
            return format!("{{}}{}", self.forces(diff.replace, told));
        }
        let mut out = format!("{{{}\n", self.forces(diff.replace, told));
        let width = name_width(content.attributes.iter().map(|(k, _)| attribute_name(k)));
        let mut hidden = 0;
        for (key, part) in &content.attributes {
            let important = is_important(key);
            if part.verb == Verb::NoOp && !told.whole && !important {
                hidden += 1;
                continue;
            }
            let inner = Told {
                no_null: told.no_null,
                force_replace: false,
                whole: told.whole || important,
            };
            self.line(
                &mut out,
                indent + 1,
                &attribute_name(key),
                width,
                part,
                inner,
            );
        }
        out.push_str(&self.hidden(indent + 1, hidden, "attribute"));
        let mut hidden = 0;
        for (key, blocks) in &content.blocks {
            hidden += self.blocks(&mut out, key, blocks, &content.attributes, indent, told);
        }
        if hidden > 0 {
            out.push('\n');
            out.push_str(&self.hidden(indent + 1, hidden, "block"));
        }
        out + &self.close(indent, "}", "")
    }

    /// Writes the blocks of one type; the result is how many were hidden.
    fn blocks(
        &self,
        out: &mut String,
        key: &Arc<str>,
        blocks: &Blocks,
        attributes: &[(Arc<str>, Diff)],
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
            self.block_notes(out, indent + 1, part);
            let label = label.as_ref().map(|l| format!(" {}", quote(l)));
            out.push_str(&format!(
                "{}{}{}{} {}\n",
                self.pad(indent + 1),
                self.symbol(part.verb),
                attribute_name(key),
                label.unwrap_or_default(),
                self.block_value(part, indent + 1, inner)
            ));
        }
        hidden
    }

    fn block_value(&self, part: &Diff, indent: usize, told: Told) -> String {
        let Shape::Sensitive { .. } = part.shape else {
            return self.value(part, indent, told);
        };
        let pad = self.pad(indent) + &self.symbol(Verb::NoOp) + "  ";
        format!(
            "{{{}\n{pad}# At least one attribute in this block is (or was) sensitive,\n\
             {pad}# so its contents will not be displayed.\n{}",
            self.forces(part.replace, told),
            self.close(indent, "}", "")
        )
    }

    /// The warning before a part that becomes sensitive or ceases to be.
    pub(super) fn notes(&self, out: &mut String, indent: usize, part: &Diff) {
        let Some((inner, before)) = changing_mask(part) else {
            return;
        };
        let unchanged = match inner {
            Verb::NoOp => " The value is unchanged.",
            _ => "",
        };
        self.warn(out, indent, "attribute value", before, unchanged);
    }

    fn block_notes(&self, out: &mut String, indent: usize, part: &Diff) {
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
        let pad = self.pad(indent);
        let warning = self.style.paint(&[Ink::Yellow], "Warning");
        out.push_str(&format!(
            "{pad}  # {warning}: this {what} will {will}\n{pad}  # {then}{more}\n"
        ));
    }
}

/// Whether an attribute tells what the object is, so that it is shown unchanged too.
fn is_important(name: &str) -> bool {
    matches!(name, "id" | "name" | "tags")
}

/// Of a part that is sensitive on one side only: what happens behind the mask, and whether that side is
/// the old one.
fn changing_mask(part: &Diff) -> Option<(Verb, bool)> {
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
pub(super) fn name_width(names: impl Iterator<Item = String>) -> usize {
    names.map(|n| n.chars().count()).max().unwrap_or(0)
}

/// A side of a leaf; what is not there is null.
pub(super) fn side(data: Option<&Data>) -> &Data {
    data.map_or(&Data::Null, |d| d.reveal().0)
}
