//! Problems as people read them: in a coloured box on a terminal, without one elsewhere.

use std::ops::Range;

use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::Severity;

pub use super::snippet::{Signature, SourceText};
use super::snippet::{Snippet, snippet};
use super::style::{Ink, Style};
use super::wrap::wrap;

/// Problems in the order they are shown: warnings before errors, those without a place first, then by
/// file and position. Warnings of one summary are shown once, with a count of the others.
#[must_use]
pub fn render_diagnostics(
    diagnostics: &[Diagnostic],
    source: &dyn SourceText,
    style: &Style,
) -> String {
    sorted(diagnostics, true)
        .iter()
        .map(|d| render_diagnostic(d, source, style))
        .collect()
}

/// As [`render_diagnostics`], but when there are only warnings, one line each.
#[must_use]
pub fn render_compact(
    diagnostics: &[Diagnostic],
    source: &dyn SourceText,
    style: &Style,
) -> String {
    if diagnostics.is_empty() || diagnostics.iter().any(Diagnostic::is_error) {
        return render_diagnostics(diagnostics, source, style);
    }
    let mut groups: Vec<(Diagnostic, usize)> = Vec::new();
    for diagnostic in sorted(diagnostics, false) {
        match groups
            .iter_mut()
            .find(|(d, _)| d.summary == diagnostic.summary)
        {
            Some((_, more)) if diagnostic.span.is_some() => *more += 1,
            _ => groups.push((diagnostic, 0)),
        }
    }
    let mut out = format!(
        "\n{}\n\n",
        style.paint(&[Ink::Bold, Ink::Yellow], "Warnings:")
    );
    for (diagnostic, more) in groups {
        out.push_str(&format!("- {}\n", diagnostic.summary));
        if let Some(span) = &diagnostic.span {
            let more = match more {
                0 => String::new(),
                n => format!(" (and {n} more)"),
            };
            out.push_str(&format!(
                "  on {} line {}{more}\n",
                span.file, span.start.line
            ));
        }
    }
    out.push_str(&format!(
        "\nTo see the full warning notes, run {} without -compact-warnings.\n",
        style.product
    ));
    out
}

/// The problems in the order they are shown, similar warnings put together if `merge` is set.
#[must_use]
pub fn sorted(diagnostics: &[Diagnostic], merge: bool) -> Vec<Diagnostic> {
    let mut all: Vec<&Diagnostic> = diagnostics.iter().collect();
    all.sort_by_key(|d| (d.severity != Severity::Warning, d.span.as_ref()));
    let mut shown: Vec<(Diagnostic, usize)> = Vec::with_capacity(all.len());
    for diagnostic in all {
        let alike = shown.iter_mut().find(|(d, _)| {
            merge && may_merge(diagnostic) && may_merge(d) && d.summary == diagnostic.summary
        });
        match alike {
            Some((_, more)) => *more += 1,
            None => shown.push((diagnostic.clone(), 0)),
        }
    }
    let finish = |(mut diagnostic, more): (Diagnostic, usize)| {
        let note = match more {
            0 => return diagnostic,
            1 => "(and one more similar warning elsewhere)".to_owned(),
            n => format!("(and {n} more similar warnings elsewhere)"),
        };
        if !diagnostic.detail.is_empty() {
            diagnostic.detail.push_str("\n\n");
        }
        diagnostic.detail.push_str(&note);
        diagnostic
    };
    shown.into_iter().map(finish).collect()
}

/// Warnings with a place may stand for others like them; each result of a check is its own.
fn may_merge(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Warning && diagnostic.span.is_some() && !diagnostic.of_check
}

/// One problem. Plain text begins with an empty line, a box does not; both end with a newline.
#[must_use]
pub fn render_diagnostic(
    diagnostic: &Diagnostic,
    source: &dyn SourceText,
    style: &Style,
) -> String {
    let (word, ink) = match diagnostic.severity {
        Severity::Error => ("Error", Ink::Red),
        Severity::Warning => ("Warning", Ink::Yellow),
    };
    let width = if style.color {
        style.width.saturating_sub(2)
    } else {
        style.width
    };
    let mut text = format!(
        "{}{}\n\n",
        style.paint(&[Ink::Bold, ink], format!("{word}: ")),
        style.paint(&[Ink::Bold], &diagnostic.summary)
    );
    place(&mut text, diagnostic, source, style);
    if !diagnostic.detail.is_empty() {
        text.push_str(&wrap(&diagnostic.detail, width));
        text.push('\n');
    }
    if !style.color {
        return format!("\n{text}");
    }
    let bar = |c| style.paint(&[ink], c);
    let mut out = format!("{}\n", bar('╷'));
    for line in text.trim_end_matches('\n').split('\n') {
        out.push_str(&format!("{} {line}\n", bar('│')));
    }
    out.push_str(&format!("{}\n", bar('╵')));
    out
}

fn place(out: &mut String, diagnostic: &Diagnostic, source: &dyn SourceText, style: &Style) {
    // What is about nothing has an address without text.
    let address = diagnostic.address.as_ref().filter(|a| !a.is_empty());
    if let Some(address) = address {
        out.push_str(&format!("  with {address},\n"));
    }
    let Some(span) = &diagnostic.span else {
        if address.is_some() {
            out.push('\n');
        }
        return;
    };
    let (file, line) = (&span.file, span.start.line);
    match snippet(diagnostic, source) {
        None => out.push_str(&format!(
            "  on {file} line {line}:\n  (source code not available)\n"
        )),
        Some(snippet) => {
            let context = snippet.context.as_ref().map(|c| format!(", in {c}"));
            let context = context.unwrap_or_default();
            out.push_str(&format!("  on {file} line {line}{context}:\n"));
            code(out, &snippet, style);
            evidence(out, &snippet, style);
        }
    }
    out.push('\n');
}

fn code(out: &mut String, snippet: &Snippet, style: &Style) {
    let (from, to) = (snippet.highlight_start, snippet.highlight_end);
    let mut at = 0;
    for (n, line) in (snippet.start_line..).zip(snippet.code.split('\n')) {
        let clip = |offset: usize| offset.saturating_sub(at).min(line.len());
        let (start, end) = (clip(from), clip(to));
        let window = window(line, start, end);
        let part = |from: usize, to: usize| line.get(from.max(window.start)..to.min(window.end));
        let mut shown = line[window.clone()].to_owned();
        if start < end
            && let (Some(a), Some(b), Some(c)) = (
                part(0, start),
                part(start, end),
                part(end.min(window.end), line.len()),
            )
        {
            shown = format!("{a}{}{c}", style.paint(&[Ink::Underline], b));
        }
        let before = if window.start > 0 { "…" } else { "" };
        let after = if window.end < line.len() { "…" } else { "" };
        out.push_str(&format!("{n:4}: {before}{shown}{after}\n"));
        at += line.len() + 1;
    }
}

/// The longest line that is shown whole, in bytes.
const LONGEST_LINE: usize = 2000;

/// The part of a line to show. Of a very long one that is what lies around the problem, so that many problems of one
/// line do not show it as many times.
fn window(line: &str, start: usize, end: usize) -> Range<usize> {
    const AROUND: usize = 200;
    if line.len() <= LONGEST_LINE {
        return 0..line.len();
    }
    let boundary = |at: usize| {
        let mut at = at.min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let end = end.clamp(start, start + AROUND);
    boundary(start.saturating_sub(AROUND))..boundary(end + AROUND)
}

fn evidence(out: &mut String, snippet: &Snippet, style: &Style) {
    if snippet.values.is_empty() && snippet.call.is_none() {
        return;
    }
    let dim = |text: &str| style.paint(&[Ink::Dim], text);
    out.push_str(&format!("    {}\n", dim("├────────────────")));
    if let Some((name, signature)) = &snippet.call {
        let mut params: Vec<String> = signature.params.iter().map(|p| p.0.clone()).collect();
        params.extend(signature.variadic.iter().map(|p| format!("{}...", p.0)));
        out.push_str(&format!(
            "    {} while calling {}({})\n",
            dim("│"),
            style.paint(&[Ink::Bold], name),
            params.join(", ")
        ));
    }
    for (traversal, statement) in &snippet.values {
        let traversal = style.paint(&[Ink::Bold], traversal);
        out.push_str(&format!("    {} {traversal} {statement}\n", dim("│")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{OneFile, span};
    use trunkline_api::diagnostic::ReferenceValue;
    use trunkline_api::{Marks, Type, Value};

    const SOURCE: &str = "\
resource \"terraform_data\" \"a\" {
  input   = var.nope
  unknown = length(1)
}
check \"soft\" {
    condition     = var.must == 99
}
";

    fn plain(diagnostics: &[Diagnostic]) -> String {
        render_diagnostics(diagnostics, &OneFile(SOURCE), &Style::default())
    }

    fn value(traversal: &str, value: Value) -> ReferenceValue {
        ReferenceValue {
            traversal: traversal.into(),
            value,
        }
    }

    fn soft() -> Diagnostic {
        Diagnostic::warning("Check block assertion failed", "not ninety-nine").at(span(
            SOURCE,
            "var.must == 99",
            0,
        ))
    }

    #[test]
    fn a_problem_shows_its_place_and_wraps_its_detail() {
        let problem = Diagnostic::error(
            "Reference to undeclared input variable",
            "An input variable with the name \"nope\" has not been declared. This variable can be \
             declared with a variable \"nope\" {} block.",
        )
        .at(span(SOURCE, "var.nope", 0));
        assert_eq!(
            plain(&[problem]),
            "\nError: Reference to undeclared input variable\n\
             \n  on main.tf line 2, in resource \"terraform_data\" \"a\":\
             \n   2:   input   = var.nope\n\
             \nAn input variable with the name \"nope\" has not been declared. This variable\
             \ncan be declared with a variable \"nope\" {} block.\n"
        );
    }

    #[test]
    fn a_header_is_in_no_block_and_an_object_has_an_address() {
        let problem = Diagnostic::error("Bad thing", "")
            .at(span(SOURCE, "check \"soft\"", 0))
            .about("check.soft");
        assert_eq!(
            plain(&[problem]),
            "\nError: Bad thing\n\
             \n  with check.soft,\
             \n  on main.tf line 5:\
             \n   5: check \"soft\" {\n\n"
        );
    }

    #[test]
    fn a_failed_call_names_its_parameters() {
        let problem =
            Diagnostic::error("Error in function call", "No.").at(span(SOURCE, "length(1)", 0));
        let text = plain(&[problem]);
        assert!(
            text.contains("    ├────────────────\n    │ while calling length(value)\n\nNo.\n"),
            "{text}"
        );
    }

    #[test]
    fn values_are_told_but_never_secrets() {
        let secret = Value::from("hush").with_marks(Marks::SENSITIVE);
        let mut problem = soft();
        problem.values = vec![
            value("var.must", Value::number(5)),
            value("var.list", Value::list(Type::String, [Value::from("a")])),
            value(
                "var.none",
                Value::map(Type::String, Vec::<(&str, Value)>::new()),
            ),
            value("var.unknown", Value::unknown(Type::String)),
            value("var.secret", secret.clone()),
            value("var.object", Value::object([("k", secret)])),
        ];
        let told = "\
    ├────────────────
    │ var.list is list of string with 1 element
    │ var.must is 5
    │ var.none is empty map of string
    │ var.object is object with 1 attribute \"k\"
    │ var.unknown is a string

not ninety-nine
";
        let text = plain(std::slice::from_ref(&problem));
        assert!(text.ends_with(told), "{text}");
        problem.detail = "Sensitive values cannot be used until apply.".into();
        let text = plain(&[problem]);
        assert!(
            text.contains("│ var.secret has a sensitive value\n"),
            "{text}"
        );
        assert!(text.contains("│ var.unknown is a string, known only after apply\n"));
        assert!(!text.contains("hush"));
    }

    #[test]
    fn a_box_is_narrower_by_its_rule() {
        let style = Style {
            color: true,
            width: 20,
            ..Style::default()
        };
        let problem = Diagnostic::error("Bad", "one two three four\n  kept as it is, long");
        let text = render_diagnostic(&problem, &OneFile(SOURCE), &style);
        let mut bare = text.clone();
        for code in ["[0m", "[1m", "[31m"] {
            bare = bare.replace(&format!("\u{1b}{code}"), "");
        }
        assert_eq!(
            bare,
            "╷\n│ Error: Bad\n│ \n│ one two three\n│ four\n│   kept as it is, long\n╵\n"
        );
    }

    #[test]
    fn similar_warnings_are_put_together_but_not_checks() {
        let odd = |n| Diagnostic::warning("Odd", "Strange.").at(span(SOURCE, "=", n));
        let soft = || Diagnostic {
            of_check: true,
            ..soft()
        };
        let text = plain(&[odd(1), odd(0), soft(), soft(), Diagnostic::error("E", "e")]);
        assert_eq!(text.matches("Warning: Odd").count(), 1);
        assert!(
            text.contains("line 2, in resource"),
            "the first in the file"
        );
        assert!(text.contains("\nStrange.\n\n(and one more similar warning elsewhere)\n"));
        assert_eq!(text.matches("Check block assertion failed").count(), 2);
        assert!(text.ends_with("\nError: E\n\ne\n"), "{text}");
    }

    #[test]
    fn compact_warnings_take_a_line_each() {
        let odd = |n| Diagnostic::warning("Odd", "Strange.").at(span(SOURCE, "=", n));
        let general = || Diagnostic::warning("General", "");
        let all = [odd(1), general(), odd(0), odd(2), general()];
        assert_eq!(
            render_compact(&all, &OneFile(SOURCE), &Style::default()),
            "\nWarnings:\n\n- General\n- General\n- Odd\n  on main.tf line 2 (and 2 more)\n\
             \nTo see the full warning notes, run Trunkline without -compact-warnings.\n"
        );
    }
}
