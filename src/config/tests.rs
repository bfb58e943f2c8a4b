//! Whole configurations, loaded and validated: what is refused, and where.

use std::path::PathBuf;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;

use super::{Snapshot, load};
use crate::graph::build::build;
use crate::lang::functions::{DiskFiles, FunctionContext};
use crate::lang::source::Sources;
use crate::plan::scope::Surroundings;
use crate::plan::validate::validate;
use crate::registry::Bundled;

/// `summary @ file:line` of every problem, sorted.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let files = Snapshot {
        files: files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Arc::from(text.as_bytes())))
            .collect(),
    };
    let (config, mut found) = load(&files, Arc::new(Sources::new()));
    if !has_errors(&found) {
        let (graph, more) = build(&config, &[]);
        let registry = Bundled {
            new_id: Arc::new(String::new),
            now: jiff::Timestamp::now,
        };
        if has_errors(&more) {
            found.extend(more);
        } else {
            found.extend(validate(
                &config,
                &graph,
                &registry,
                Surroundings::default(),
                &|m| FunctionContext::new(PathBuf::from(&m.dir), Arc::new(DiskFiles::new())),
            ));
        }
    }
    let mut lines: Vec<String> = found
        .iter()
        .map(|d| match &d.span {
            Some(at) => format!("{} @ {}:{}", d.summary, at.file, at.start.line),
            None => d.summary.to_string(),
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn references_to_resources_are_checked_against_their_repetition_and_schema() {
    let resources = "resource \"terraform_data\" \"one\" {}\n\
        resource \"terraform_data\" \"many\" { count = 2 }\n\
        resource \"terraform_data\" \"each\" { for_each = toset([\"k\"]) }\n";
    let cases = [
        ("terraform_data.one.id", ""),
        (
            "terraform_data.one.nope",
            "Unsupported attribute @ main.tf:4",
        ),
        (
            "terraform_data.one[0].id",
            "Unexpected resource instance key @ main.tf:4",
        ),
        (
            "terraform_data.many.id",
            "Missing resource instance key @ main.tf:4",
        ),
        ("terraform_data.many[*].id", ""),
        ("terraform_data.many[0].id", ""),
        (
            "terraform_data.each.k.id",
            "Missing resource instance key @ main.tf:4",
        ),
        ("terraform_data.each[\"k\"].id", ""),
        (
            "each.value",
            "each.value cannot be used in this context @ main.tf:4",
        ),
    ];
    for (expression, expected) in cases {
        let text = format!("{resources}output \"o\" {{ value = {expression} }}\n");
        let found = problems(&[("main.tf", &text)]);
        assert_eq!(found.join("; "), expected, "{expression}");
    }
}

#[test]
fn override_files_are_merged_by_argument() {
    let base = "variable \"v\" {\n  type = string\n  default = \"a\"\n}\noutput \"o\" { value = 1 }\n\
        locals { x = 1 }\nresource \"terraform_data\" \"a\" {\n  count = 2\n  lifecycle { prevent_destroy = true }\n}\n";
    let over = "variable \"v\" { default = \"b\" }\noutput \"o\" { sensitive = true }\nlocals { x = 2 }\n\
        resource \"terraform_data\" \"a\" {\n  for_each = toset([])\n  lifecycle { create_before_destroy = true }\n}\n";
    let files = Snapshot {
        files: [("main.tf", base), ("x_override.tf", over)]
            .map(|(name, text)| (name.to_owned(), Arc::from(text.as_bytes())))
            .into(),
    };
    let (config, found) = load(&files, Arc::new(Sources::new()));
    assert!(found.is_empty(), "{found:?}");
    let root = &config.root;
    let shown = |expr: &crate::lang::ast::Expr| config.sources.snippet(expr.span);
    assert_eq!(
        shown(root.variables["v"].default.as_ref().unwrap()),
        "\"b\""
    );
    assert!(root.outputs["o"].sensitive);
    assert_eq!(shown(&root.outputs["o"].expr), "1");
    assert_eq!(shown(&root.locals["x"].expr), "2");
    let resource = root.resources.values().next().unwrap();
    assert_eq!(shown(resource.repetition.expr().unwrap()), "toset([])");
    assert!(resource.lifecycle.prevent_destroy);
    assert_eq!(resource.lifecycle.create_before_destroy, Some(true));
}

#[test]
fn an_override_needs_something_to_override() {
    let over = "output \"p\" { value = 2 }\nresource \"terraform_data\" \"x\" {}\nvariable \"v\" {}\n\
        locals { l = 1 }\nmodule \"m\" { source = \"./m\" }\n";
    assert_eq!(
        problems(&[("main.tf", ""), ("override.tf", over)]),
        [
            "Missing base local value definition to override @ override.tf:4",
            "Missing base output definition to override @ override.tf:1",
            "Missing base variable declaration to override @ override.tf:3",
            "Missing module call to override @ override.tf:5",
            "Missing resource to override @ override.tf:2",
        ]
    );
}

#[test]
fn files_in_json_notation_belong_to_the_module() {
    let json = "{\"locals\": {\"x\": \"${var.n}\"},\n\"resource\": {\"terraform_data\": {\"a\": {\"input\": \"${local.x}\"}}},\n\"nope\": 1}";
    let found = problems(&[("main.tf", "variable \"n\" {}\n"), ("x.tf.json", json)]);
    assert_eq!(found, ["Extraneous JSON object property @ x.tf.json:3"]);
    let fine = json.replace(",\n\"nope\": 1", "");
    assert!(problems(&[("main.tf", "variable \"n\" {}\n"), ("x.tf.json", &fine)]).is_empty());
}
