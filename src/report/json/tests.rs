//! Documents compared with recorded ones.

use serde_json::{Value as Json, json};

use super::{PlanContext, plan_json, state_json};
use crate::address::Mode;
use crate::plan::PlanMode;
use crate::report::Schemas;
use crate::report::state_text::render_state;
use crate::report::style::Style;
use crate::report::testing::{Recorded, assert_text, plan, state};

fn schemas() -> Recorded {
    Recorded::new(&[
        include_str!("../testdata/demo_schema.json"),
        include_str!("../testdata/typed_schema.json"),
    ])
}

/// Reads a recorded plan, writes it again and compares the parts that the recording has.
fn check(text: &str, mode: PlanMode, parts: &[&str]) {
    let recorded: Json = serde_json::from_str(text).unwrap();
    let written = plan_json(&plan(text, mode), &schemas(), &PlanContext::default());
    for part in parts {
        let (got, want) = (&written[part], &recorded[part]);
        if let (Some(got), Some(want)) = (got.as_array(), want.as_array()) {
            for (g, w) in got.iter().zip(want) {
                assert_eq!(g, w, "{part}");
            }
        }
        assert_eq!(got, want, "{part}");
    }
}

macro_rules! recorded {
    ($($name:ident: $mode:ident $parts:expr,)*) => {$(
        #[test]
        fn $name() {
            let text = include_str!(concat!("../testdata/", stringify!($name), ".json"));
            check(text, PlanMode::$mode, &$parts);
        }
    )*};
}

recorded! {
    create: Normal ["resource_changes", "output_changes", "planned_values"],
    update: Normal ["resource_changes", "output_changes"],
    replace: Normal ["resource_changes"],
    moved: Normal ["resource_changes", "planned_values"],
    data: Normal ["resource_changes", "output_changes", "planned_values"],
    blocks_create: Normal ["resource_changes", "output_changes", "planned_values"],
    blocks_update: Normal ["resource_changes"],
    blocks_replace: Normal ["resource_changes"],
    drift: Normal ["resource_changes", "resource_drift", "output_changes"],
    drift_refresh_only: RefreshOnly ["resource_changes", "resource_drift", "planned_values"],
    shapes: Normal ["resource_changes", "output_changes"],
    typed: Normal ["resource_changes"],
    lists: Normal ["resource_changes", "output_changes"],
    misc: Normal ["resource_changes", "output_changes"],
    import_replace: Normal ["resource_changes", "output_changes"],
    forget: Normal ["resource_changes"],
    import_only: Normal ["resource_changes"],
}

fn check_state(text: &str, shown: &str) {
    let schemas = schemas();
    let recorded: Json = serde_json::from_str(text).unwrap();
    let view = state(&recorded, &schemas);
    let mut want = recorded.clone();
    let checks = want["checks"].take();
    want.as_object_mut().unwrap().remove("checks");
    assert_eq!(state_json(&view, "1.11.4", &[], false), want);
    let text = render_state(&view, &Style::default());
    assert_text(&text, shown);
    if let Some(checks) = checks.as_array() {
        let again = state_json(&view, "1.11.4", checks, false);
        assert_eq!(again, recorded);
    }
}

#[test]
fn a_state_of_modules_and_secrets() {
    check_state(
        include_str!("../testdata/state_modules.json"),
        include_str!("../testdata/state_modules.txt"),
    );
}

#[test]
fn a_state_of_nested_blocks() {
    check_state(
        include_str!("../testdata/state_blocks.json"),
        include_str!("../testdata/state_blocks.txt"),
    );
}

#[test]
fn a_state_of_every_kind_of_attribute() {
    check_state(
        include_str!("../testdata/state_typed.json"),
        include_str!("../testdata/state_typed.txt"),
    );
}

#[test]
fn fields_are_in_their_usual_order() {
    let text = include_str!("../testdata/moved.json");
    let json = plan_json(
        &plan(text, PlanMode::Normal),
        &schemas(),
        &PlanContext::default(),
    );
    let keys = |json: &Json| -> Vec<String> { json.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        keys(&json["resource_changes"][3]),
        [
            "address",
            "previous_address",
            "mode",
            "type",
            "name",
            "index",
            "provider_name",
            "change",
        ]
    );
    assert_eq!(keys(&json)[..2], ["format_version", "terraform_version"]);
}

#[test]
fn an_empty_state_has_only_its_version() {
    let schemas = schemas();
    let view = state(&Json::Null, &schemas);
    let json = state_json(&view, "1.11.4", &[], false);
    assert_eq!(json, json!({ "format_version": "1.0" }));
}

#[test]
fn redaction_leaves_out_what_is_sensitive() {
    let text = include_str!("../testdata/update.json");
    let context = PlanContext {
        redact: true,
        ..PlanContext::default()
    };
    let written = plan_json(&plan(text, PlanMode::Normal), &schemas(), &context).to_string();
    assert!(!written.contains("\"token\":\"two\""));
    assert!(written.contains("\"token\":null"));
}

#[test]
fn outputs_carry_their_types() {
    let text = include_str!("../testdata/outputs.json");
    let recorded: Json = serde_json::from_str(text).unwrap();
    let outputs = crate::report::testing::outputs(text);
    assert_eq!(super::outputs_json(&outputs, false), recorded);
    let redacted = super::outputs_json(&outputs, true);
    assert_eq!(redacted["sens"]["value"], Json::Null);
    assert_eq!(redacted["o14"]["value"], json!(true));
}

#[test]
fn schemas_are_written_as_they_were_read() {
    for text in [
        include_str!("../testdata/demo_schema.json"),
        include_str!("../testdata/typed_schema.json"),
    ] {
        let recorded: Json = serde_json::from_str(text).unwrap();
        let recorded = recorded["provider_schemas"].as_object().unwrap();
        let schemas = Recorded::new(&[text]);
        for (source, provider) in recorded {
            for (kind, mode) in [
                ("resource_schemas", Mode::Managed),
                ("data_source_schemas", Mode::Data),
            ] {
                for (name, want) in provider[kind].as_object().into_iter().flatten() {
                    let schema = schemas.resource(source, mode, name).unwrap();
                    assert_eq!(&super::schema_json(schema), want, "{name}");
                }
            }
        }
    }
}

mod lines {
    use serde_json::Value as Json;

    use crate::address::Address;
    use crate::event::{Event, Identity};
    use crate::plan::{Action, PlanMode};
    use crate::report::events::json_line;
    use crate::report::json::{
        OutputNews, change_summary_line, drift_line, outputs_line, planned_change_line,
    };
    use crate::report::testing::plan;

    const NOW: &str = "2000-01-01T00:00:00Z";

    /// Writes the lines of a recorded plan and compares them with the recorded ones, in any order.
    fn check(document: &str, recorded: &str) {
        let plan = plan(document, PlanMode::Normal);
        let mut lines: Vec<String> = plan.drift.iter().map(|d| drift_line(d, NOW)).collect();
        lines.extend(
            plan.changes
                .iter()
                .filter_map(|c| planned_change_line(c, NOW)),
        );
        lines.push(change_summary_line(&plan.counts(), "plan", NOW));
        if !plan.outputs.is_empty() {
            let news = plan
                .outputs
                .iter()
                .map(|o| (&*o.name, o.sensitive, OutputNews::Planned(o.action)));
            lines.push(outputs_line(news, NOW));
        }
        let sorted = |lines: &mut dyn Iterator<Item = &str>| {
            let mut all: Vec<Json> = lines.map(|l| serde_json::from_str(l).unwrap()).collect();
            all.sort_by_key(|l| l["@message"].to_string());
            all
        };
        let got = sorted(&mut lines.iter().map(String::as_str));
        let want = sorted(&mut recorded.lines());
        for (g, w) in got.iter().zip(&want) {
            assert_eq!(g, w);
        }
        assert_eq!(got.len(), want.len());
    }

    macro_rules! recorded {
        ($($name:ident,)*) => {$(
            #[test]
            fn $name() {
                check(
                    include_str!(concat!("../testdata/", stringify!($name), ".json")),
                    include_str!(concat!("../testdata/", stringify!($name), "_stream.jsonl")),
                );
            }
        )*};
    }

    recorded! { create, data, drift, moved, replace, }

    #[test]
    fn every_hook_is_written_as_recorded() {
        let at = |text: &str| Address::parse(text).unwrap();
        let id = |n: u32| {
            Some(Identity {
                key: "id",
                value: format!("00000000-0000-4000-8000-{n:012}").into(),
            })
        };
        let (fails, local) = (at("terraform_data.fails"), "local-exec".to_owned());
        let elapsed = std::time::Duration::ZERO;
        let deposed = None;
        let data = at("data.terraform_remote_state.now");
        let going = at("terraform_data.continues");
        let events = [
            Event::RefreshStart {
                address: going.clone(),
                deposed: None,
                id: id(2),
            },
            Event::RefreshComplete {
                address: going,
                deposed: None,
                id: id(2),
            },
            Event::ApplyStart {
                address: fails.clone(),
                deposed: None,
                action: Action::Delete,
                id: id(3),
            },
            Event::ApplyComplete {
                address: fails.clone(),
                deposed: None,
                action: Action::Delete,
                elapsed,
                id: id(3),
            },
            Event::ApplyStart {
                address: fails.clone(),
                deposed: None,
                action: Action::Create,
                id: None,
            },
            Event::ProvisionStart {
                address: fails.clone(),
                provisioner: local.clone(),
            },
            Event::ProvisionOutput {
                address: fails.clone(),
                provisioner: local.clone(),
                line: r#"Executing: ["/bin/sh" "-c" "echo to stderr >&2; exit 4"]"#.into(),
            },
            Event::ProvisionErrored {
                address: fails.clone(),
                provisioner: local,
            },
            Event::ApplyErrored {
                address: fails,
                deposed,
                action: Action::Create,
                elapsed,
            },
            Event::ReadStart {
                address: data.clone(),
            },
            Event::ReadComplete {
                address: data,
                elapsed,
                id: None,
            },
        ];
        let recorded: Vec<&str> = include_str!("../testdata/hooks.jsonl").lines().collect();
        assert_eq!(events.len(), recorded.len());
        for (event, recorded) in events.iter().zip(recorded) {
            let line = json_line(event, NOW).unwrap();
            let (got, want): (Json, Json) = (
                serde_json::from_str(&line).unwrap(),
                serde_json::from_str(recorded).unwrap(),
            );
            assert_eq!(got, want);
        }
    }
}

mod diagnostics {
    use serde_json::json;
    use trunkline_api::Diagnostic;
    use trunkline_api::diagnostic::ReferenceValue;
    use trunkline_api::{Marks, Value};

    use crate::report::json::{diagnostic_line, validate_json};
    use crate::report::testing::{OneFile, span};

    const SYNTAX: &str = "resource \"terraform_data\" \"a\" {\n  input = [1, 2\n}\n";

    #[test]
    fn a_wider_context_is_shown_and_the_place_highlighted() {
        let mut problem = Diagnostic::error(
            "Missing item separator",
            "Expected a comma to mark the beginning of the next item.",
        )
        .at(span(SYNTAX, "}", 0));
        problem.context = Some(span(SYNTAX, "[1, 2\n}", 0));
        let recorded = json!({
            "diagnostics": [{
                "detail": "Expected a comma to mark the beginning of the next item.",
                "range": {
                    "end": { "byte": 49, "column": 2, "line": 3 },
                    "filename": "main.tf",
                    "start": { "byte": 48, "column": 1, "line": 3 }
                },
                "severity": "error",
                "snippet": {
                    "code": "  input = [1, 2\n}",
                    "context": "resource \"terraform_data\" \"a\"",
                    "highlight_end_offset": 17,
                    "highlight_start_offset": 16,
                    "start_line": 2,
                    "values": []
                },
                "summary": "Missing item separator"
            }],
            "error_count": 1,
            "format_version": "1.0",
            "valid": false,
            "warning_count": 0
        });
        assert_eq!(validate_json(&[problem], &OneFile(SYNTAX)), recorded);
    }

    #[test]
    fn a_failed_call_carries_its_signature() {
        let source = "output \"bad\" {\n  value = length(1)\n}\n";
        let problem =
            Diagnostic::error("Error in function call", "No.").at(span(source, "length(1)", 0));
        let json = validate_json(&[problem], &OneFile(source));
        assert_eq!(
            json["diagnostics"][0]["snippet"]["function_call"],
            json!({
                "called_as": "length",
                "signature": {
                    "name": "length",
                    "params": [{ "name": "value", "type": "dynamic" }],
                    "return_type": "number"
                }
            })
        );
    }

    #[test]
    fn a_stream_line_tells_values_but_no_secrets() {
        let source = "check \"soft\" {\n    condition     = var.must == 99\n}\n";
        let mut problem = Diagnostic::warning("Check block assertion failed", "not ninety-nine")
            .at(span(source, "var.must == 99", 0));
        let secret = Value::from("hush").with_marks(Marks::SENSITIVE);
        for (traversal, value) in [("var.must", Value::number(5)), ("var.s", secret)] {
            problem.values.push(ReferenceValue {
                traversal: traversal.into(),
                value,
            });
        }
        let line = diagnostic_line(&problem, &OneFile(source), "2000-01-01T00:00:00Z");
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["@level"], "warn");
        assert_eq!(json["@message"], "Warning: Check block assertion failed");
        let values = &json["diagnostic"]["snippet"]["values"];
        assert_eq!(
            values,
            &json!([{ "traversal": "var.must", "statement": "is 5" }])
        );
        assert!(!line.contains("hush"));
    }
}
