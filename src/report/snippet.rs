//! The part of the source that a problem is about, with what its references are worth. Texts of values
//! here never tell a secret.

use trunkline_api::diagnostic::ReferenceValue;
use trunkline_api::{Diagnostic, Kind, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::quote::quote;

/// Where renderers find source text.
pub trait SourceText {
    /// Line `n`, counted from 1, of a file as it is named in spans; without its line end.
    fn line(&self, file: &str, n: u32) -> Option<String>;

    /// The header of the outermost block that begins before the byte and ends after it, e.g.
    /// `resource "a" "b"`.
    fn block_context(&self, file: &str, byte: u32) -> Option<String>;

    /// The parameters of a function that is called in the source.
    fn signature(&self, function: &str) -> Option<Signature> {
        let _ = function;
        None
    }
}

/// What a function takes and gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// The name without a `core::` prefix.
    pub name: String,
    /// Names and types of the parameters; types in Terraform's JSON notation.
    pub params: Vec<(String, serde_json::Value)>,
    /// The parameter that takes the rest, if there is one.
    pub variadic: Option<(String, serde_json::Value)>,
    /// The type of the result.
    pub return_type: serde_json::Value,
}

/// Source text around a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Snippet {
    /// The block that it is in.
    pub context: Option<String>,
    /// Whole lines, without a newline at the end.
    pub code: String,
    /// The number of the first line.
    pub start_line: u32,
    /// Where in `code` the problem begins, in bytes.
    pub highlight_start: usize,
    /// Where in `code` the problem ends, in bytes.
    pub highlight_end: usize,
    /// References and what can be said of them: `var.x`, `is 5`.
    pub values: Vec<(String, String)>,
    /// The function call that failed: the name as written, and its signature.
    pub call: Option<(String, Signature)>,
}

/// The snippet of a problem, if it has a place and the source is there.
#[must_use]
pub fn snippet(diagnostic: &Diagnostic, source: &dyn SourceText) -> Option<Snippet> {
    let span = diagnostic.span.as_ref()?;
    let around = diagnostic
        .context
        .as_ref()
        .filter(|c| c.file == span.file)
        .unwrap_or(span);
    let first = around.start.line.min(span.start.line);
    // A span that ends with its line takes in the beginning of the next one, which Terraform shows.
    let last = around.end.line.max(span.end.line);
    let mut code = String::new();
    let mut highlight_start = 0;
    for n in first..=last {
        // What stands after the last line end is an empty line.
        let after =
            || (n == first && n > 1 && source.line(&span.file, n - 1).is_some()).then(String::new);
        let Some(line) = source.line(&span.file, n).or_else(after) else {
            break;
        };
        if n > first {
            code.push('\n');
        }
        if n == span.start.line {
            highlight_start = code.len() + byte_of_column(&line, span.start.column);
        }
        code.push_str(&line);
    }
    if code.is_empty() && source.line(&span.file, first.max(2) - 1).is_none() {
        return None;
    }
    let length = span.end.byte.saturating_sub(span.start.byte).max(1) as usize;
    let highlight_start = highlight_start.min(code.len());
    let mut highlight_end = (highlight_start + length).min(code.len());
    while !code.is_char_boundary(highlight_end) {
        highlight_end += 1;
    }
    let context = span.start.byte.checked_sub(1);
    Some(Snippet {
        context: context.and_then(|byte| source.block_context(&span.file, byte)),
        start_line: first,
        highlight_start,
        highlight_end,
        values: values(diagnostic),
        call: call(diagnostic, source),
        code,
    })
}

fn byte_of_column(line: &str, column: u32) -> usize {
    let before = column.saturating_sub(1) as usize;
    line.graphemes(true).take(before).map(str::len).sum()
}

/// The function call of a problem about one: its whole call is the context, or else the span.
fn call(diagnostic: &Diagnostic, source: &dyn SourceText) -> Option<(String, Signature)> {
    if !matches!(
        diagnostic.summary.as_str(),
        "Error in function call"
            | "Invalid function argument"
            | "Not enough function arguments"
            | "Too many function arguments"
            | "Invalid expanding argument value"
    ) {
        return None;
    }
    let span = diagnostic.context.as_ref().or(diagnostic.span.as_ref())?;
    let line = source.line(&span.file, span.start.line)?;
    let text = line.get(byte_of_column(&line, span.start.column)..)?;
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ':')))?;
    let name = &text[..end];
    let signature = source.signature(name)?;
    Some((name.to_owned(), signature))
}

/// What can be said of each reference: sorted, each once. Secrets are named only where the problem is
/// about secrets, and what is unknown likewise.
fn values(diagnostic: &Diagnostic) -> Vec<(String, String)> {
    let words = format!("{} {}", diagnostic.summary, diagnostic.detail).to_lowercase();
    let about_secrets = words.contains("sensitive");
    let about_unknowns = [
        "known only after apply",
        "cannot be determined until apply",
        "until apply",
        "unknown",
    ]
    .iter()
    .any(|w| words.contains(w));
    let about_ephemeral = words.contains("ephemeral");
    let statement = |reference: &ReferenceValue| {
        let value = &reference.value;
        let marks = value.marks();
        let text = if marks.is_sensitive() {
            about_secrets.then(|| "has a sensitive value".to_owned())?
        } else if marks.is_ephemeral() {
            about_ephemeral.then(|| "has an ephemeral value".to_owned())?
        } else if let Kind::Unknown(ty, _) = value.kind() {
            match (ty, about_unknowns) {
                (trunkline_api::Type::Dynamic, false) => return None,
                (trunkline_api::Type::Dynamic, true) => "will be known only after apply".into(),
                (ty, true) => format!("is a {}, known only after apply", ty.friendly_name()),
                (ty, false) => format!("is a {}", ty.friendly_name()),
            }
        } else {
            format!("is {}", compact(value))
        };
        Some((reference.traversal.clone(), text))
    };
    let mut values: Vec<_> = diagnostic.values.iter().filter_map(statement).collect();
    values.sort();
    values.dedup_by(|a, b| a.0 == b.0);
    values
}

/// A value in a few words; containers say only what they are.
#[must_use]
pub fn compact(value: &Value) -> String {
    if value.marks().is_sensitive() {
        return "(sensitive value)".into();
    }
    let elements = |n: usize| match n {
        1 => "1 element".to_owned(),
        n => format!("{n} elements"),
    };
    match value.kind() {
        Kind::Null(_) => "null".into(),
        Kind::Unknown(..) => "known only after apply".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => quote(s),
        Kind::List(_, v) | Kind::Set(_, v) if v.is_empty() => {
            format!("empty {}", value.ty().friendly_name())
        }
        Kind::Map(_, f) if f.is_empty() => format!("empty {}", value.ty().friendly_name()),
        Kind::List(_, v) | Kind::Set(_, v) => {
            format!("{} with {}", value.ty().friendly_name(), elements(v.len()))
        }
        Kind::Map(_, f) => format!("{} with {}", value.ty().friendly_name(), elements(f.len())),
        Kind::Tuple(v) if v.is_empty() => "empty tuple".into(),
        Kind::Tuple(v) => format!("tuple with {}", elements(v.len())),
        Kind::Object(f) => match f.len() {
            0 => "object with no attributes".into(),
            1 => {
                let name = f.keys().next().map(|k| quote(k)).unwrap_or_default();
                format!("object with 1 attribute {name}")
            }
            n => format!("object with {n} attributes"),
        },
    }
}
