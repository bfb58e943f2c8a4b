//! Tests as JUnit XML, for build servers.
//!
//! The clock is the caller's: times come with the cases.

use std::fmt::Write;

/// The tests of a file.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The file.
    pub name: String,
    /// Its runs.
    pub cases: Vec<Case>,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// How it ended: `pass`, `fail`, `error` or `skip`.
    pub status: &'static str,
    /// In short why, where it did not pass.
    pub message: String,
    /// Its problems, as text.
    pub text: String,
    /// How long it took in seconds and when it began, unless it was skipped.
    pub time: Option<(f64, String)>,
}

/// Text for an attribute or between tags.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Text that stands as it is.
fn character_data(text: &str) -> String {
    // XML has no place for other control characters, in whatever form.
    let stray = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let text = text.replace(stray, "\u{fffd}");
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

/// The document.
#[must_use]
pub fn render(suites: &[Suite]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>\n");
    for suite in suites {
        let count = |status: &str| suite.cases.iter().filter(|c| c.status == status).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\">",
            escape(&suite.name),
            suite.cases.len(),
            count("skip"),
            count("fail"),
            count("error"),
        );
        for case in &suite.cases {
            render_case(&mut out, &suite.name, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>");
    out
}

fn render_case(out: &mut String, suite: &str, case: &Case) {
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\"",
        escape(&case.name),
        escape(suite)
    );
    if let Some((seconds, began)) = &case.time {
        let _ = write!(out, " time=\"{seconds}\" timestamp=\"{}\"", escape(began));
    }
    let tag = match case.status {
        "fail" => "failure",
        "error" => "error",
        "skip" => "skipped",
        _ => {
            out.push_str("></testcase>\n");
            return;
        }
    };
    let _ = writeln!(
        out,
        ">\n      <{tag} message=\"{}\">{}</{tag}>\n    </testcase>",
        escape(&case.message),
        character_data(&case.text),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        let case = Case {
            name: "a\"<b>".into(),
            status: "fail",
            message: "x & y".into(),
            text: "]]><failure/>".into(),
            time: Some((0.5, "now".into())),
        };
        let suites = [Suite {
            name: "f".into(),
            cases: vec![case],
        }];
        assert_eq!(
            render(&suites),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>\n  \
             <testsuite name=\"f\" tests=\"1\" skipped=\"0\" failures=\"1\" errors=\"0\">\n    \
             <testcase name=\"a&#34;&lt;b&gt;\" classname=\"f\" time=\"0.5\" timestamp=\"now\">\n      \
             <failure message=\"x &amp; y\"><![CDATA[]]]]><![CDATA[><failure/>]]></failure>\n    \
             </testcase>\n  </testsuite>\n</testsuites>"
        );
    }
}
