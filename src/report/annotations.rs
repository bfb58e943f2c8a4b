//! Problems as GitHub annotations: workflow commands that put them beside the lines of a pull request.
//!
//! What they say is what the text says, on one line each.

use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::Severity;

/// One line a problem: `::error file=main.tf,line=3,...,title=Summary::detail`. `folder` is put before the names of
/// files; it ends with `/` where it is not empty.
#[must_use]
pub fn render_annotations(diagnostics: &[Diagnostic], folder: &str) -> String {
    diagnostics.iter().map(|d| annotation(d, folder)).collect()
}

/// A line that is about no place and no problem.
#[must_use]
pub fn render_notice(title: &str, text: &str) -> String {
    format!("::notice title={}::{}\n", property(title), data(text))
}

fn annotation(diagnostic: &Diagnostic, folder: &str) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    if let Some(span) = &diagnostic.span {
        properties.push(format!(
            "file={}",
            property(&format!("{folder}{}", span.file))
        ));
        properties.push(format!("line={}", span.start.line));
        properties.push(format!("endLine={}", span.end.line));
        // Columns only mean something within one line.
        if span.start.line == span.end.line {
            properties.push(format!("col={}", span.start.column));
            properties.push(format!("endColumn={}", span.end.column));
        }
    }
    properties.push(format!("title={}", property(&diagnostic.summary)));
    let address = diagnostic.address.as_ref().filter(|a| !a.is_empty());
    let about = address.map_or_else(String::new, |a| format!("{a}: "));
    let detail = match diagnostic.detail.is_empty() {
        true => &diagnostic.summary,
        false => &diagnostic.detail,
    };
    format!(
        "::{kind} {}::{}\n",
        properties.join(","),
        data(&format!("{about}{detail}"))
    )
}

/// Text after the last `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Text of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_api::Span;
    use trunkline_api::diagnostic::Pos;

    #[test]
    fn lines_are_escaped_and_placed() {
        let pos = |line, column| Pos {
            line,
            column,
            byte: 0,
        };
        let span = Span {
            file: "a,b.tf".into(),
            start: pos(3, 5),
            end: pos(3, 9),
        };
        let placed = Diagnostic::error("Bad: thing", "100%\nsure").at(span);
        let plain = Diagnostic::warning("Careful", "");
        assert_eq!(
            render_annotations(&[placed, plain], "x/"),
            "::error file=x/a%2Cb.tf,line=3,endLine=3,col=5,endColumn=9,title=Bad%3A thing::100%25%0Asure\n\
             ::warning title=Careful::Careful\n"
        );
    }
}
