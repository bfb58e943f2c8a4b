//! What blocks may say, and which of the things that are wrong are told together: Terraform 1.11.4 says the same of each.

use crate::harness::Dir;

/// The problems that `validate` finds, sorted: severity, summary and place of each.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let dir = Dir::empty();
    for (name, text) in files {
        dir.write(name, text);
    }
    if files.len() > 1 {
        drop(dir.run("get"));
    }
    let run = dir.run("validate -json");
    let document: serde_json::Value = serde_json::from_str(&run.raw).unwrap();
    let found = document["diagnostics"].as_array().unwrap().iter();
    let mut lines: Vec<String> = found
        .map(|d| {
            let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
            let place = match &d["range"] {
                serde_json::Value::Null => String::new(),
                range => format!(" @ {}:{}", text(&range["filename"]), range["start"]["line"]),
            };
            format!("{}: {}{place}", text(&d["severity"]), text(&d["summary"]))
        })
        .collect();
    lines.sort();
    lines
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(problems(&[("main.tf", text)]), expected, "{text}");
}

fn check_with_module(text: &str, module: &str, expected: &[&str]) {
    let found = problems(&[("main.tf", text), ("m/main.tf", module)]);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn where_something_is_not_declared_nothing_is_said_of_values() {
    check(
        "resource \"terraform_data\" \"a\" {\n  input = [var.nope, terraform_data.nope.id]\n  foo   = 1\n}\n",
        &["error: Reference to undeclared resource @ main.tf:2"],
    );
    check(
        "resource \"terraform_data\" \"a\" {\n  input = [var.nope, var.other, 1 + \"a\"]\n  foo   = 1\n}\n",
        &[
            "error: Reference to undeclared input variable @ main.tf:2",
            "error: Reference to undeclared input variable @ main.tf:2",
        ],
    );
    check(
        "output \"x\" {\n  value = [self.a, each.value, count.index]\n}\n",
        &["error: Invalid \"self\" reference @ main.tf:2"],
    );
    check(
        "resource \"terraform_data\" \"a\" {\n  input = terraform_data.b.id.x\n}\nresource \"terraform_data\" \"b\" {}\n",
        &["error: Unsupported attribute @ main.tf:2"],
    );
}

#[test]
fn modules_are_shapes_while_validating() {
    let module = "output \"a\" {\n  value = \"abc\"\n}\n";
    check_with_module(
        "module \"m\" {\n  source = \"./m\"\n}\noutput \"o\" {\n  value = module.m.a + 1\n}\n",
        module,
        &[],
    );
    check_with_module(
        "module \"m\" {\n  source = \"./m\"\n  count  = 1\n}\noutput \"o\" {\n  value = module.m.a\n}\noutput \"p\" {\n  value = module.m[0].b\n}\n",
        module,
        &[
            "error: Unsupported attribute @ main.tf:6",
            "error: Unsupported attribute @ main.tf:9",
        ],
    );
}

#[test]
fn a_faulty_module_hides_those_that_it_calls() {
    check(
        "variable \"x\" {\n  foo = 1\n}\nmodule \"m\" {\n  source = \"./nowhere\"\n}\n",
        &["error: Unsupported argument @ main.tf:2"],
    );
}

#[test]
fn constants_are_converted() {
    check(
        "output \"a\" {\n  value       = 1\n  description = 5\n  sensitive   = \"true\"\n}\n",
        &[],
    );
    check(
        "output \"a\" {\n  value       = 1\n  description = [\"x\"]\n  sensitive   = local.x\n}\n",
        &[
            "error: Unsuitable value type @ main.tf:3",
            "error: Unsuitable value type @ main.tf:4",
            "error: Variables not allowed @ main.tf:4",
        ],
    );
    check(
        "terraform {\n  required_version = 5\n}\n",
        &["error: Unsupported Trunkline Core version @ main.tf:2"],
    );
    check(
        "terraform {\n  required_version = [\"x\"]\n}\n",
        &["error: Invalid version constraint @ main.tf:2"],
    );
    check(
        "variable \"m\" {\n  type = object({ a = string, a = number })\n}\n",
        &["error: Invalid type specification @ main.tf:2"],
    );
}

#[test]
fn required_providers_are_read_strictly() {
    check(
        "terraform {\n  required_providers {\n    d = { source = var.x }\n    e = { version = 5 }\n    h = { configuration_aliases = 5 }\n    i = { configuration_aliases = [j.b] }\n    k = { sauce = \"x\" }\n    L = { source = \"x/y\" }\n    m = { source = \"x/terraform-provider-y\" }\n    foo {}\n  }\n}\n",
        &[
            "error: Invalid configuration_aliases value @ main.tf:6",
            "error: Invalid expression @ main.tf:5",
            "error: Invalid provider local name @ main.tf:8",
            "error: Invalid provider type @ main.tf:9",
            "error: Invalid required_providers object @ main.tf:7",
            "error: Invalid source @ main.tf:3",
            "error: Invalid version constraint @ main.tf:4",
            "error: Unexpected \"foo\" block @ main.tf:10",
        ],
    );
    check(
        "terraform {\n  required_providers {\n    a = { source = \"terraform.io/builtin/terraform\" }\n    b = { source = \"terraform.io/builtin/terraform\" }\n  }\n}\n",
        &["warning: Duplicate required provider @ main.tf:4"],
    );
    check(
        "terraform {\n  backend \"local\" {}\n  cloud {}\n}\n",
        &["error: Both a backend and cloud configuration are present @ main.tf:2"],
    );
}

#[test]
fn provider_blocks_have_rules() {
    check(
        "provider \"terraform\" {\n  alias = \"9\"\n}\n",
        &["error: Invalid provider configuration alias"],
    );
    check(
        "provider \"terraform\" {\n  version  = \"~> 1\"\n  count    = 1\n  lifecycle {}\n}\nprovider \"a_b\" {}\n",
        &[
            "error: Invalid provider local name @ main.tf:6",
            "error: Reserved argument name in provider block @ main.tf:3",
            "error: Reserved block type name in provider block @ main.tf:4",
            "warning: Version constraints inside provider configuration blocks are deprecated @ main.tf:2",
        ],
    );
    // What nothing uses is not looked at.
    check("provider \"terraform\" {\n  foo = var.nope\n}\n", &[]);
    check(
        "provider \"terraform\" {\n  alias = \"ok\"\n}\nresource \"terraform_data\" \"a\" {\n  provider = \"terraform.ok\"\n}\n",
        &["warning: Quoted references are deprecated @ main.tf:5"],
    );
    check(
        "resource \"terraform_data\" \"a\" {\n  provider = terraform.nope\n}\n",
        &["error: Provider configuration not present"],
    );
    check(
        "resource \"other_thing\" \"a\" {\n  input = var.nope\n}\n",
        &["error: Missing required provider"],
    );
}

#[test]
fn providers_are_passed_as_what_they_are() {
    let requires = |source: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    other = {{ source = \"{source}\" }}\n  }}\n}}\n"
        )
    };
    let root = "terraform {\n  required_providers {\n    tf = { source = \"terraform.io/builtin/terraform\" }\n  }\n}\nmodule \"m\" {\n  source    = \"./m\"\n  providers = { other = tf }\n}\n";
    check_with_module(root, &requires("terraform.io/builtin/terraform"), &[]);
    check_with_module(
        root,
        &requires("hashicorp/other"),
        &["error: Provider type mismatch @ main.tf:8"],
    );
    check_with_module(
        "module \"m\" {\n  source    = \"./m\"\n  providers = { foo = terraform }\n}\n",
        "resource \"terraform_data\" \"a\" {}\n",
        &[
            "error: Provider type mismatch @ main.tf:3",
            "warning: Reference to undefined provider @ main.tf:3",
            "warning: Reference to undefined provider @ main.tf:3",
        ],
    );
}

#[test]
fn sources_of_modules_are_checked_when_read() {
    check(
        "module \"a\" {\n  source = 5\n}\nmodule \"b\" {\n  source = \"foo/bar\"\n}\nmodule \"c\" {\n  source = \"\"\n}\nmodule \"d\" {\n  source = null\n}\n",
        &[
            "error: Invalid module source address @ main.tf:2",
            "error: Invalid module source address @ main.tf:5",
            "error: Invalid module source address @ main.tf:8",
            "error: Unsuitable value type @ main.tf:11",
        ],
    );
    check_with_module(
        "module \"a\" {\n  source  = \"./m\"\n  version = \"1.0\"\n}\n",
        "",
        &["error: Invalid registry module source address @ main.tf:2"],
    );
    check_with_module(
        "module \"a\" {\n  source = \"./m\"\n  lifecycle {}\n}\n",
        "",
        &["error: Reserved block type name in module block @ main.tf:3"],
    );
}

#[test]
fn what_the_provider_decides_is_not_configured() {
    check(
        "resource \"terraform_data\" \"a\" {\n  id     = \"x\"\n  output = 1\n}\n",
        &[
            "error: \"id\" attribute is read-only",
            "error: \"output\" attribute is read-only",
        ],
    );
    check(
        "data \"terraform_remote_state\" \"a\" {\n}\n",
        &["error: Missing required argument @ main.tf:1"],
    );
    check(
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    ignore_changes = [\"*\", input]\n  }\n}\n",
        &[
            "error: Invalid ignore_changes ruleset @ main.tf:3",
            "error: Invalid ignore_changes wildcard @ main.tf:3",
        ],
    );
}
