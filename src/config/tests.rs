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
            states: Arc::new(|_| Ok(None)),
            attest: crate::registry::nobody(),
            now: jiff::Timestamp::now,
            wall: jiff::Timestamp::now,
        };
        if has_errors(&more) {
            found.extend(more);
        } else {
            found.extend(validate(
                &config,
                &[],
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
    // As in Terraform: where both are there after all, it is the number that counts.
    assert_eq!(shown(resource.meta.repetition.expr().unwrap()), "2");
    assert!(resource.meta.lifecycle.prevent_destroy);
    assert_eq!(resource.meta.lifecycle.create_before_destroy, Some(true));
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

#[test]
fn cycles_name_what_is_in_them() {
    let cases = [
        (
            "locals { x = terraform_data.a.id }\nresource \"terraform_data\" \"a\" { input = local.x }\n",
            "Cycle: local.x (expand), terraform_data.a",
        ),
        (
            "variable \"a\" {\n  validation {\n    condition = var.a != var.b\n    error_message = \"x\"\n  }\n}\n\
             variable \"b\" {\n  validation {\n    condition = var.a != var.b\n    error_message = \"x\"\n  }\n}\n",
            "Cycle: var.a (validation), var.b (validation)",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(&[("main.tf", text)]), [expected]);
    }
}

#[test]
fn blocks_are_refused_where_terraform_refuses_them() {
    let cases = [
        (
            "variable \"v\" { type = \"string\" }",
            "Invalid quoted type constraints @ main.tf:1",
        ),
        (
            "variable \"v\" { type = \"set(x)\" }",
            "Invalid legacy variable type hint @ main.tf:1",
        ),
        ("variable \"v\" { type = list }", ""),
        (
            "variable \"v\" {\n  type = number\n  default = \"x\"\n}",
            "Invalid default value for variable @ main.tf:3",
        ),
        (
            "variable \"v\" {\n  nullable = false\n  default = null\n}",
            "Invalid default value for variable @ main.tf:3",
        ),
        (
            "variable \"v\" { default = local.x }",
            "Variables not allowed @ main.tf:1",
        ),
        ("variable \"v\" {\n  type = number\n  default = null\n}", ""),
        (
            "terraform {\n  required_version = \">= 99\"\n}",
            "Unsupported Trunkline Core version @ main.tf:2",
        ),
        (
            "terraform {\n  required_version = \"abc\"\n}",
            "Invalid version constraint @ main.tf:2",
        ),
        ("terraform { required_version = \"~> 1.5\" }", ""),
        (
            "terraform {\n  required_providers {\n    y = { source = \"a/b/c/d\" }\n  }\n}",
            "Invalid provider source string @ main.tf:3",
        ),
        (
            "terraform { experiments = [x] }",
            "Module uses experimental features @ main.tf:1",
        ),
        (
            "resource \"terraform_data\" \"1a\" {}",
            "Invalid resource name @ main.tf:1",
        ),
        (
            "output \"o\" {\n  value = 1\n  precondition {\n    condition = true\n    error_message = \"x\"\n  }\n}",
            "Invalid precondition expression @ main.tf:4",
        ),
        (
            "data \"terraform_data\" \"a\" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}",
            "Invalid data resource lifecycle argument @ main.tf:3",
        ),
        (
            "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    prevent_destroy = var.x\n  }\n}",
            "Unsuitable value type @ main.tf:3; Variables not allowed @ main.tf:3",
        ),
        (
            "locals { x = 1 }\nlocals { x = 2 }",
            "Duplicate local value definition @ main.tf:2",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            problems(&[("main.tf", text)]).join("; "),
            expected,
            "{text}"
        );
    }
}

#[test]
fn only_resources_trigger_a_replacement() {
    let cases = [
        (
            "var.v",
            "Invalid reference in replace_triggered_by expression @ main.tf:4; Invalid replace_triggered_by expression @ main.tf:4",
        ),
        ("terraform_data.b", ""),
        ("terraform_data.b.output", ""),
    ];
    for (trigger, expected) in cases {
        let text = format!(
            "variable \"v\" {{ default = 1 }}\nresource \"terraform_data\" \"b\" {{}}\nresource \"terraform_data\" \"a\" {{\n  lifecycle {{ replace_triggered_by = [{trigger}] }}\n}}\n"
        );
        assert_eq!(problems(&[("main.tf", &text)]).join("; "), expected);
    }
}

#[test]
fn addresses_in_moved_removed_and_import_are_read_each_by_its_own_rules() {
    let cases = [
        ("terraform_data.x", "", "", ""),
        (
            "terraform_data.x[0]",
            "",
            "Resource instance keys not allowed",
            "",
        ),
        (
            "resource.terraform_data.x",
            "",
            "Resource instance keys not allowed",
            "",
        ),
        (
            "data.a.b",
            "",
            "Data source address not allowed",
            "Invalid import address",
        ),
        (
            "var.x",
            "Invalid address",
            "",
            "Invalid address; Invalid import address",
        ),
        (
            "terraform_data.x[true]",
            "Invalid address",
            "Resource instance keys not allowed",
            "Invalid address; Invalid import address",
        ),
        (
            "module.m[1.5].a.b",
            "Invalid address operator",
            "Module instance keys not allowed",
            "Invalid address operator; Invalid import address",
        ),
        (
            "module",
            "Invalid address operator",
            "Invalid address operator",
            "Invalid address operator; Invalid import address",
        ),
        (
            "terraform_data.x[0].y",
            "Invalid address",
            "Resource instance keys not allowed",
            "Invalid address; Invalid import address",
        ),
        (
            "f(1)",
            "Invalid expression",
            "Invalid expression",
            "Invalid expression; Invalid import address",
        ),
        (
            "terraform_data.x[each.key]",
            "Invalid expression",
            "Invalid expression",
            "Invalid address; Invalid expression",
        ),
    ];
    for (address, moved, removed, import) in cases {
        let found = |text: String| {
            let files = Snapshot {
                files: [("main.tf".to_owned(), Arc::from(text.as_bytes()))].into(),
            };
            let (_, found) = load(&files, Arc::new(Sources::new()));
            let mut summaries: Vec<String> = found.iter().map(|d| d.summary.to_string()).collect();
            summaries.sort();
            summaries.join("; ")
        };
        let to = if address.starts_with("module") {
            "module.y"
        } else {
            "terraform_data.y"
        };
        assert_eq!(
            found(format!("moved {{\n  from = {address}\n  to = {to}\n}}\n")),
            moved,
            "moved {address}"
        );
        assert_eq!(
            found(format!("removed {{\n  from = {address}\n}}\n")),
            removed,
            "removed {address}"
        );
        assert_eq!(
            found(format!("import {{\n  id = 1\n  to = {address}\n}}\n")),
            import,
            "import {address}"
        );
    }
}

#[test]
fn what_moved_removed_and_import_blocks_may_not_say_is_refused_with_its_place() {
    let cases = [
        (
            "moved {\n  from = terraform_data.a\n  to = module.b\n}\n",
            "Invalid \"moved\" addresses @ main.tf:1",
        ),
        (
            "moved {\n}\n",
            "Missing required argument @ main.tf:1; Missing required argument @ main.tf:1",
        ),
        (
            "removed {\n  from = terraform_data.a\n  provisioner \"local-exec\" {\n  }\n}\n",
            "Invalid provisioner block @ main.tf:3",
        ),
        (
            "removed {\n  from = module.a\n  provisioner \"local-exec\" {\n    when = destroy\n  }\n}\n",
            "Invalid provisioner block @ main.tf:3",
        ),
        (
            "removed {\n  from = terraform_data.a\n  connection {}\n  connection {}\n}\n",
            "Duplicate connection block @ main.tf:4",
        ),
        (
            "removed {\n  from = terraform_data.a\n  lifecycle {\n    destroy = null\n  }\n}\n",
            "Unsuitable value type @ main.tf:4",
        ),
        (
            "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a\n  id = 1\n}\nimport {\n  to = terraform_data.a\n  id = 2\n}\n",
            "Duplicate import configuration for \"terraform_data.a\" @ main.tf:7",
        ),
        (
            "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a\n  id = 1\n  provider = terraform\n}\n",
            "Invalid import provider argument @ main.tf:5",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            problems(&[("main.tf", text)]).join("; "),
            expected,
            "{text}"
        );
    }
    let called = problems(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n}\n"),
        (
            "m/main.tf",
            "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a\n  id = 1\n}\n",
        ),
    ]);
    assert_eq!(called, ["Invalid import configuration @ m/main.tf:2"]);
}

#[test]
fn checks_are_decoded_with_their_problems() {
    let assert =
        "assert {\n    condition = terraform_data.a.id != \"\"\n    error_message = \"x\"\n  }\n";
    let cases = [
        (format!("check \"c\" {{\n  {assert}}}"), ""),
        ("check \"c\" {}".into(), "Zero assert blocks @ main.tf:2"),
        (
            format!("check \"c\" {{\n  {assert}  foo = 1\n}}"),
            "Unsupported argument @ main.tf:7",
        ),
        (
            format!("check \"1c\" {{\n  {assert}}}"),
            "Invalid check block name @ main.tf:2",
        ),
        (
            "check \"c\" {\n  assert {\n    condition = true\n    error_message = \"x\"\n  }\n}"
                .into(),
            "Invalid assert expression @ main.tf:4, Zero assert blocks @ main.tf:2",
        ),
        (
            format!("check \"c\" {{\n  {assert}}}\ncheck \"c\" {{\n  {assert}}}"),
            "Duplicate check \"c\" configuration @ main.tf:8",
        ),
        (
            format!("check \"c\" {{\n  {assert}  data \"x\" \"y\" {{\n  count = 2\n  }}\n}}"),
            "Invalid \"count\" attribute @ main.tf:8",
        ),
        (
            format!(
                "check \"c\" {{\n  {assert}  data \"x\" \"y\" {{}}\n  data \"x\" \"z\" {{}}\n}}"
            ),
            "Multiple data resource blocks @ main.tf:8",
        ),
    ];
    for (check, expected) in cases {
        let text = format!("resource \"terraform_data\" \"a\" {{}}\n{check}\n");
        assert_eq!(
            problems(&[("main.tf", &text)]).join(", "),
            expected,
            "{text}"
        );
    }
}

#[test]
fn conditions_may_not_name_their_own_resource_and_validations_must_name_their_variable() {
    let text = "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    postcondition {\n      condition = self.id != \"\"\n      error_message = terraform_data.a.id\n    }\n  }\n}\n";
    let expected = "Invalid reference in postcondition @ main.tf:5";
    assert_eq!(problems(&[("main.tf", text)]).join(", "), expected);
    let text = "variable \"a\" {\n  validation {\n    condition = var.b\n    error_message = \"x\"\n  }\n}\nvariable \"b\" {}\n";
    let expected = "Invalid variable validation condition @ main.tf:3";
    assert_eq!(problems(&[("main.tf", text)]).join(", "), expected);
}
