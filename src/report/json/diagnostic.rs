//! Problems as JSON: those of `validate -json`, and as lines of the `-json` stream.

use serde_json::{Map, Value as Json, json};
use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::{Pos, Severity};

use crate::report::events::stream_line;
use crate::report::snippet::{Signature, SourceText, snippet};

/// The document of `validate -json`.
#[must_use]
pub fn validate_json(diagnostics: &[Diagnostic], source: &dyn SourceText) -> Json {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let all: Vec<Json> = diagnostics
        .iter()
        .map(|d| diagnostic_json(d, source))
        .collect();
    json!({
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": diagnostics.len() - errors,
        "diagnostics": all,
    })
}

/// A problem as a line of the stream; `timestamp` is RFC 3339.
#[must_use]
pub fn diagnostic_line(
    diagnostic: &Diagnostic,
    source: &dyn SourceText,
    timestamp: &str,
) -> String {
    let (level, word) = match diagnostic.severity {
        Severity::Error => ("error", "Error"),
        Severity::Warning => ("warn", "Warning"),
    };
    let message = format!("{word}: {}", diagnostic.summary);
    let payload = json!({ "diagnostic": diagnostic_json(diagnostic, source) });
    stream_line(level, &message, "diagnostic", timestamp, payload)
}

/// One problem.
#[must_use]
pub fn diagnostic_json(diagnostic: &Diagnostic, source: &dyn SourceText) -> Json {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = Map::new();
    out.insert("severity".into(), json!(severity));
    out.insert("summary".into(), json!(diagnostic.summary));
    out.insert("detail".into(), json!(diagnostic.detail));
    if let Some(address) = diagnostic.address.as_ref().filter(|a| !a.is_empty()) {
        out.insert("address".into(), json!(address));
    }
    if let Some(span) = &diagnostic.span {
        let mut end = span.end;
        if end.byte <= span.start.byte {
            // An empty range cannot be shown, so it stands for one character.
            end = Pos {
                byte: span.start.byte + 1,
                column: span.start.column + 1,
                line: span.start.line,
            };
        }
        let range = json!({
            "filename": &*span.file,
            "start": position(span.start),
            "end": position(end),
        });
        out.insert("range".into(), range);
    }
    if let Some(snippet) = snippet(diagnostic, source) {
        let values: Vec<Json> = snippet
            .values
            .iter()
            .map(|(t, s)| json!({ "traversal": t, "statement": s }))
            .collect();
        let mut json = json!({
            "context": snippet.context,
            "code": snippet.code,
            "start_line": snippet.start_line,
            "highlight_start_offset": snippet.highlight_start,
            "highlight_end_offset": snippet.highlight_end,
            "values": values,
        });
        if let Some((name, signature)) = &snippet.call {
            json["function_call"] = json!({
                "called_as": name,
                "signature": signature_json(signature),
            });
        }
        out.insert("snippet".into(), json);
    }
    Json::Object(out)
}

fn position(pos: Pos) -> Json {
    json!({ "line": pos.line, "column": pos.column, "byte": pos.byte })
}

fn signature_json(signature: &Signature) -> Json {
    let param = |(name, ty): &(String, Json)| json!({ "name": name, "type": ty });
    let mut out = Map::new();
    out.insert("name".into(), json!(signature.name));
    out.insert("return_type".into(), signature.return_type.clone());
    let params: Vec<Json> = signature.params.iter().map(param).collect();
    out.insert("params".into(), Json::Array(params));
    if let Some(variadic) = &signature.variadic {
        out.insert("variadic_param".into(), param(variadic));
    }
    Json::Object(out)
}
