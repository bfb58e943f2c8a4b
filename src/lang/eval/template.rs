//! Templates: interpolations and directives to text.

use trunkline_api::{Marks, Refinement, Type, Value, convert};
use unicode_segmentation::UnicodeSegmentation;

use super::super::ast::{Expr, Part, Template, TemplateFor, TemplateIf};
use super::super::size::MAX_TEXT;
use super::super::source::SrcSpan;
use super::Evaluator;
use super::conditional::{Decision, undecided};
use super::for_expr::Iteration;

const INVALID: &str = "Invalid template interpolation value";

/// Text under construction.
struct Text {
    known: String,
    is_known: bool,
    marks: Marks,
}

impl Evaluator<'_> {
    /// The text of a template. Unknown as soon as a part is, but then its beginning is known. A part that no text can
    /// be made of is reported and left out.
    pub(super) fn template(&mut self, expr: &Expr, template: &Template) -> Value {
        self.parts(expr, template, expr.span)
    }

    fn parts(&mut self, expr: &Expr, template: &Template, whole: SrcSpan) -> Value {
        let mut text = Text {
            // As long as texts in templates are as a rule: growing copies what is there.
            known: String::with_capacity(32 * template.parts.len()),
            is_known: true,
            marks: Marks::NONE,
        };
        for part in &template.parts {
            if text.known.len() > MAX_TEXT {
                return self.too_large(expr);
            }
            match part {
                Part::Literal(literal, _) if text.is_known => text.known.push_str(literal),
                Part::Literal(..) => {}
                Part::Interpolation(e) => {
                    let value = self.expr(e);
                    self.append(e, whole, value, &mut text);
                }
                Part::If(i) => {
                    let value = super::super::depth::deeper(|| self.if_directive(expr, i));
                    self.append(expr, i.span, value, &mut text);
                }
                Part::For(f) => {
                    let value = super::super::depth::deeper(|| self.for_directive(expr, f));
                    self.append(expr, f.span, value, &mut text);
                }
            }
        }
        let value = match text.is_known {
            true => Value::string(text.known),
            false => unknown_text(&text.known),
        };
        value.with_marks(text.marks)
    }

    fn append(&mut self, about: &Expr, whole: SrcSpan, value: Value, text: &mut Text) {
        text.marks = text.marks | value.marks();
        if !value.is_known() {
            text.is_known = false;
            return;
        }
        if value.is_null() {
            let detail =
                "The expression result is null. Cannot include a null value in a string template.";
            self.problem(about, about.span, whole, INVALID, detail);
            return;
        }
        match convert(&value, &Type::String) {
            Ok(string) if text.is_known => {
                text.known.push_str(string.as_str().unwrap_or_default());
            }
            Ok(_) => {}
            Err(e) => {
                let detail = format!("Cannot include the given value in a string template: {e}.");
                self.problem(about, about.span, whole, INVALID, detail);
            }
        }
    }

    fn if_directive(&mut self, expr: &Expr, i: &TemplateIf) -> Value {
        let start = self.diags.len();
        let yes = self.parts(expr, &i.yes, i.yes_span);
        let yes_diags = self.diags.split_off(start);
        let no = self.parts(expr, &i.no, i.no_span);
        let no_diags = self.diags.split_off(start);
        let condition = self.expr(&i.condition);
        let marks = condition.marks() | yes.marks() | no.marks();
        match self.decide(&condition, &i.condition, expr) {
            Decision::Yes => {
                self.diags.extend(yes_diags);
                yes.with_marks(marks)
            }
            Decision::No => {
                self.diags.extend(no_diags);
                no.with_marks(marks)
            }
            Decision::Unknown => undecided(&yes, &no, Type::String, marks),
            Decision::Wrong => Value::unknown(Type::String),
        }
    }

    fn for_directive(&mut self, expr: &Expr, f: &TemplateFor) -> Value {
        let (elements, mut marks) = match self.iteration(&f.collection, f.span) {
            Iteration::Elements(elements, marks) => (elements, marks),
            Iteration::Unknown(marks) => return Value::unknown(Type::String).with_marks(marks),
            Iteration::Wrong => return Value::unknown(Type::String),
        };
        let mut text = String::new();
        let mut known = true;
        for element in elements {
            if text.len() > MAX_TEXT {
                return self.too_large(expr);
            }
            let names = (f.key.as_ref(), &f.value);
            let part = self.with_bound(names, element, |e| e.parts(expr, &f.body, f.span));
            marks = marks | part.marks();
            match part.as_str() {
                Some(s) => text.push_str(s),
                None => known = false,
            }
        }
        let value = match known {
            true => Value::string(text),
            false => Value::unknown(Type::String),
        };
        value.with_marks(marks)
    }
}

/// Unknown text that is not null and begins with `prefix`, less a last character that what follows
/// could still change.
fn unknown_text(prefix: &str) -> Value {
    let normal = Value::string(prefix);
    let prefix = normal.as_str().unwrap_or_default();
    let safe = match prefix.graphemes(true).next_back() {
        Some(last) if !ends_cluster(last) => &prefix[..prefix.len() - last.len()],
        _ => prefix,
    };
    Value::unknown_refined(
        Type::String,
        Refinement {
            not_null: true,
            prefix: (!safe.is_empty()).then(|| safe.into()),
            ..Refinement::default()
        },
    )
}

/// Whether nothing that follows is taken to combine with this character in practice.
fn ends_cluster(last: &str) -> bool {
    matches!(
        last,
        "-" | "_"
            | ":"
            | ";"
            | "/"
            | "\\"
            | ","
            | "."
            | "("
            | ")"
            | "{"
            | "}"
            | "["
            | "]"
            | "|"
            | "?"
            | "!"
            | "~"
            | " "
            | "\t"
            | "@"
            | "#"
            | "$"
            | "%"
            | "^"
            | "&"
            | "*"
            | "+"
            | "\""
            | "'"
    )
}
