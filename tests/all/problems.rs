//! Problems in the configuration as people see them: file, line, source, what to do. Exit code 1, nothing changed.

use insta::assert_snapshot;

use crate::harness::{Dir, Output};

fn plan(text: &str) -> Output {
    let dir = Dir::with(text);
    let output = dir.run("plan");
    assert!(
        !dir.has("trunkline.db") || dir.state()["resources"] == serde_json::json!([]),
        "{output}"
    );
    output
}

#[test]
fn a_directory_without_configuration() {
    assert_snapshot!(Dir::empty().run("plan"), @"
    exit code 1
    --- standard error

    Error: No configuration files

    Plan requires configuration to be present. Planning without a configuration
    would mark everything for destruction, which is normally not what is desired.
    If you would like to destroy everything, run plan with the -destroy option.
    Otherwise, create a configuration file (.tf file) and try again.
    ");
}

#[test]
fn a_syntax_error_has_file_line_and_source() {
    assert_snapshot!(plan("resource \"terraform_data\" \"a\" {\n  input = [1, 2\n}\n"), @r#"
    exit code 1
    --- standard error

    Error: Missing item separator

      on main.tf line 3, in resource "terraform_data" "a":
       2:   input = [1, 2
       3: }

    Expected a comma to mark the beginning of the next item.
    "#);
}

#[test]
fn several_syntax_errors_are_told_in_one_run() {
    let dir = Dir::empty();
    dir.write("a.tf", "locals {\n  x = 1 +\n}\n");
    dir.write("b.tf", "output \"y\" {\n  value = \"open\n}\n");
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 1
    --- standard error

    Error: Invalid expression

      on a.tf line 2, in locals:
       2:   x = 1 +
       3: }

    Expected the start of an expression, but found an invalid expression token.

    Error: Invalid multi-line string

      on b.tf line 2, in output "y":
       2:   value = "open
       3: }

    Quoted strings may not be split over multiple lines. To produce a multi-line
    string, either use the \n escape to represent a newline character or use the
    "heredoc" multi-line template syntax.

    Error: Unterminated template string

      on b.tf line 2, in output "y":
       2:   value = "open
       3: }

    No closing marker was found for the string.
    "#);
}

#[test]
fn an_undeclared_variable() {
    assert_snapshot!(plan("variable \"nmae\" {\n  default = 1\n}\n\noutput \"x\" {\n  value = var.name\n}\n"), @r#"
    exit code 1
    --- standard error

    Error: Reference to undeclared input variable

      on main.tf line 6, in output "x":
       6:   value = var.name

    An input variable with the name "name" has not been declared. Did you mean
    "nmae"?
    "#);
}

#[test]
fn an_undeclared_resource() {
    assert_snapshot!(plan("output \"x\" {\n  value = terraform_data.nowhere.id\n}\n"), @r#"
    exit code 1
    --- standard error

    Error: Reference to undeclared resource

      on main.tf line 2, in output "x":
       2:   value = terraform_data.nowhere.id

    A managed resource "terraform_data" "nowhere" has not been declared in the
    root module.
    "#);
}

#[test]
fn an_attribute_that_the_type_does_not_have() {
    assert_snapshot!(plan("resource \"terraform_data\" \"a\" {}\n\noutput \"x\" {\n  value = terraform_data.a.nmae\n}\n"), @r#"
    exit code 1
    --- standard error

    Error: Unsupported attribute

      on main.tf line 4, in output "x":
       4:   value = terraform_data.a.nmae

    This object has no argument, nested block, or exported attribute named
    "nmae".
    "#);
}

#[test]
fn a_type_that_no_provider_has() {
    assert_snapshot!(plan("resource \"terraform_date\" \"a\" {}\n"), @r#"
    exit code 1
    --- standard error

    Error: Invalid resource type

      on main.tf line 1, in resource "terraform_date" "a":
       1: resource "terraform_date" "a" {}

    The provider terraform.io/builtin/terraform does not support resource type
    "terraform_date". Did you mean "terraform_data"?
    "#);
}

#[test]
fn a_provider_that_is_not_there() {
    assert_snapshot!(plan("resource \"aws_instance\" \"a\" {}\n"), @"
    exit code 1
    --- standard error

    Error: Missing required provider

    The provider registry.terraform.io/trunkline/aws is not one of those that are
    part of Trunkline, and third-party providers are not supported yet. Remove it
    from required_providers, or use the bundled one of the same purpose.
    ");
}

#[test]
fn a_name_defined_twice() {
    assert_snapshot!(plan("resource \"terraform_data\" \"a\" {}\n\nresource \"terraform_data\" \"a\" {}\n"), @r#"
    exit code 1
    --- standard error

    Error: Duplicate resource "terraform_data" configuration

      on main.tf line 3:
       3: resource "terraform_data" "a" {}

    A terraform_data resource named "a" was already declared at main.tf:1,1-30.
    Resource names must be unique per type in each module.
    "#);
}

#[test]
fn a_wrong_argument_of_a_function() {
    assert_snapshot!(plan("locals {\n  n = \"x\"\n}\n\noutput \"x\" {\n  value = parseint(local.n, 10)\n}\n"), @r#"
    exit code 1
    --- standard error

    Error: Invalid function argument

      on main.tf line 6, in output "x":
       6:   value = parseint(local.n, 10)
        ├────────────────
        │ while calling parseint(number, base)
        │ local.n is "x"

    Invalid value for "number" parameter: cannot parse "x" as a base 10 integer.
    "#);
}

#[test]
fn a_count_that_is_not_known() {
    assert_snapshot!(
        plan("resource \"terraform_data\" \"a\" {}\n\nresource \"terraform_data\" \"b\" {\n  count = length(terraform_data.a.id)\n}\n"),
        @r#"
    exit code 1
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline planned the following actions, but then encountered a problem:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.
    --- standard error

    Error: Invalid count argument

      on main.tf line 4, in resource "terraform_data" "b":
       4:   count = length(terraform_data.a.id)

    The "count" value depends on resource attributes that cannot be determined
    until apply, so Trunkline cannot predict how many instances will be created.
    To work around this, use the -target argument to first apply only the
    resources that the count depends on.
    "#
    );
}

#[test]
fn a_for_each_of_a_list() {
    assert_snapshot!(plan("resource \"terraform_data\" \"a\" {\n  for_each = [\"x\"]\n}\n"), @r#"
    exit code 1
    --- standard error

    Error: Invalid for_each argument

      on main.tf line 2, in resource "terraform_data" "a":
       2:   for_each = ["x"]

    The given "for_each" argument value is unsuitable: the "for_each" argument
    must be a map, or set of strings, and you have provided a value of type
    tuple.
    "#);
}

#[test]
fn a_secret_in_a_plain_output() {
    assert_snapshot!(
        plan("variable \"secret\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n\noutput \"x\" {\n  value = var.secret\n}\n"),
        @r#"
    exit code 1
    --- standard error

    Error: Output refers to sensitive values

      on main.tf line 6:
       6: output "x" {

    To reduce the risk of accidentally exporting sensitive data that was intended
    to be only internal, Trunkline requires that any root module output
    containing sensitive data be explicitly marked as sensitive, to confirm your
    intent.

    If you do intend to export this data, annotate the output value as sensitive
    by adding the following argument:
        sensitive = true
    "#
    );
}

#[test]
fn prevent_destroy_holds() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n",
    );
    dir.apply("");
    assert_snapshot!(dir.run("destroy -auto-approve"), @r#"
    exit code 1
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      - destroy

    Trunkline planned the following actions, but then encountered a problem:

      # terraform_data.a will be destroyed
      - resource "terraform_data" "a" {
          - id = "[ID]" -> null
        }

    Plan: 0 to add, 0 to change, 1 to destroy.
    --- standard error

    Error: Instance cannot be destroyed

      on main.tf line 1:
       1: resource "terraform_data" "a" {

    Resource terraform_data.a has lifecycle.prevent_destroy set, but the plan
    calls for this resource to be destroyed. To avoid this error and continue
    with the plan, either disable lifecycle.prevent_destroy or reduce the scope
    of the plan using the -target option.
    "#);
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[test]
fn what_would_be_replaced_is_shown_where_prevent_destroy_holds() {
    let with = |n: u8| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  triggers_replace = {n}\n\n  lifecycle {{\n    prevent_destroy = true\n  }}\n}}\n"
        )
    };
    let dir = Dir::with(&with(1));
    dir.apply("");
    dir.write("main.tf", &with(2));
    let run = dir.run("plan -no-color");
    assert_eq!(run.code, Some(1));
    let text = run.to_string();
    assert!(
        text.contains("# terraform_data.a must be replaced"),
        "{text}"
    );
    assert!(
        text.contains("Plan: 1 to add, 0 to change, 1 to destroy."),
        "{text}"
    );
    let told = "Error: Instance cannot be destroyed\n\n  on main.tf line 1:";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_trigger_must_be_in_the_plan() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" {\n  count = 2\n}\n\nresource \"terraform_data\" \"b\" {\n  for_each = toset([\"1\"])\n\n  lifecycle {\n    replace_triggered_by = [terraform_data.a[each.key]]\n  }\n}\n",
    );
    let run = dir.run("plan -no-color");
    assert_eq!(run.code, Some(1));
    let text = run.to_string();
    let told = "Error: no change found for terraform_data.a[\"1\"] in the root module";
    assert!(text.contains(told), "{text}");
    // Where nothing is replaced nothing triggers it.
    let run = dir.run("plan -refresh-only");
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn an_object_is_looked_at_although_its_configuration_is_wrong() {
    let dir = Dir::with(
        "variable \"n\" {\n  type    = number\n  default = 0\n}\n\nresource \"terraform_data\" \"a\" {\n  input = [1, 2][var.n]\n\n  lifecycle {\n    precondition {\n      condition     = var.n != 1\n      error_message = \"No.\"\n    }\n  }\n}\n",
    );
    dir.apply("");
    let refreshed = "terraform_data.a: Refreshing state... [id=[ID]]";
    for (n, summary) in [(1, "Resource precondition failed"), (5, "Invalid index")] {
        let run = dir.run(&format!("plan -var n={n}"));
        assert!(run.to_string().contains(summary), "{run}");
        assert!(run.to_string().contains(refreshed), "{run}");
        let run = dir.run(&format!("plan -refresh=false -var n={n}"));
        assert!(!run.to_string().contains(refreshed), "{run}");
    }
}

#[test]
fn a_failed_plan_says_nothing_of_outputs_that_it_has_not_come_to() {
    let dir = Dir::with(
        "variable \"n\" {\n  type    = number\n  default = 0\n}\n\nresource \"terraform_data\" \"a\" {\n  input = [1, 2][var.n]\n}\n\noutput \"o\" {\n  value = terraform_data.a.output\n}\n\noutput \"p\" {\n  value = 1\n}\n",
    );
    dir.apply("");
    assert_eq!(dir.run("plan -out=plan -var n=5").code, Some(1));
    let shown = dir.run("show -json plan").stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let outputs: Vec<&String> = shown["output_changes"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(outputs, ["p"]);
}

#[test]
fn init_tells_what_is_wrong_once() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {\n  input = [1, 2\n}\n");
    assert_snapshot!(dir.run("init"), @r#"
    exit code 1
    --- standard output
    Initializing the backend...
    --- standard error

    Error: Trunkline encountered problems during initialisation, including problems
    with the configuration, described below.

    The Trunkline configuration must be valid before initialization so that
    Trunkline can determine which modules and providers need to be installed.


    Error: Missing item separator

      on main.tf line 3, in resource "terraform_data" "a":
       2:   input = [1, 2
       3: }

    Expected a comma to mark the beginning of the next item.
    "#);
    let stream = dir.run("init -json");
    let errors: Vec<&str> = stream
        .raw
        .lines()
        .filter(|l| l.contains("\"@level\":\"error\""))
        .collect();
    assert_eq!(errors.len(), 2, "{stream}");
    assert!(errors[1].contains("encountered problems"), "{stream}");
}

/// A few lines that double a value again and again, or multiply it, are told before they take the machine's memory.
#[test]
fn a_value_that_grows_without_end_is_told() {
    let doubled = |first: &str, next: &dyn Fn(String) -> String| {
        let lines: String = (1..60)
            .map(|n| format!("  a{n} = {}\n", next(format!("local.a{}", n - 1))))
            .collect();
        format!(
            "locals {{\n  a0 = {first}\n{lines}}}\n\noutput \"last\" {{\n  value = length(local.a59)\n}}\n"
        )
    };
    let texts = [
        doubled("[1]", &|a| format!("[{a}, {a}]")),
        doubled("{}", &|a| format!("{{ a = {a}, b = {a} }}")),
        doubled("\"text\"", &|a| format!("\"${{{a}}}${{{a}}}\"")),
        doubled("\"text\"", &|a| format!("replace({a}, \"t\", {a})")),
        doubled("\"text\"", &|a| format!("join({a}, [{a}, \"\", {a}])")),
        "locals {\n  a = [for a in range(1000) : format(\"%1000d\", a)]\n}\n\noutput \"o\" {\n  value = [for a in range(1000) : local.a]\n}\n".into(),
        "output \"o\" {\n  value = \"%{ for a in range(1000) }%{ for b in range(1000) }${format(\"%1000d\", a)}%{ endfor }%{ endfor }\"\n}\n".into(),
    ];
    let mut told = String::new();
    for text in texts {
        let output = plan(&text);
        assert_eq!(output.code, Some(1), "{output}");
        // A message may show one value, however long.
        assert!(output.stderr.len() < 200_000, "{}", output.stderr.len());
        let what = output
            .stderr
            .lines()
            .filter(|line| line.starts_with("Error: ") || line.starts_with("  on "));
        told.extend(what.map(|line| format!("{line}\n")));
    }
    assert_snapshot!(told, @r#"
    Error: Value too large
      on main.tf line 25, in locals:
    Error: Value too large
      on main.tf line 49, in locals:
    Error: Value too large
      on main.tf line 26, in locals:
    Error: Value too large
      on main.tf line 50, in locals:
    Error: Value too large
      on main.tf line 28, in locals:
    Error: Error in function call
      on main.tf line 7, in locals:
    Error: Value too large
      on main.tf line 15, in locals:
    Error: Value too large
      on main.tf line 6, in output "o":
    Error: Value too large
      on main.tf line 2, in output "o":
    "#);
}
