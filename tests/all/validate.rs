//! `init` and `validate`.

use insta::assert_snapshot;

use crate::harness::Dir;

#[test]
fn init_prepares_the_directory() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    assert_snapshot!(dir.run("init"), @r#"
    exit code 0
    --- standard output
    Initializing the backend...
    Initializing provider plugins...
    - terraform.io/builtin/terraform is built in to Trunkline

    Trunkline has been successfully initialized!

    You may now begin working with Trunkline. Try running "trunkline plan" to see
    any changes that are required for your infrastructure. All Trunkline commands
    should now work.

    If you ever set or change modules or backend configuration for Trunkline,
    rerun this command to reinitialize your working directory. If you forget, other
    commands will detect it and remind you to do so if necessary.
    "#);
    assert_eq!(dir.files(), [".trunkline", "main.tf"]);
    let ignored = std::fs::read_to_string(dir.path().join(".trunkline/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn init_twice_is_fine() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    let first = dir.run("init");
    assert_eq!(
        first.to_string(),
        dir.run("init -upgrade -input=false").to_string()
    );
}

#[test]
fn init_refuses_a_provider_that_is_not_there() {
    let dir = Dir::with(
        r#"
terraform {
  required_providers {
    genesyscloud = {
      source = "mypurecloud/genesyscloud"
    }
  }
}
"#,
    );
    assert_snapshot!(dir.run("init"), @"
    exit code 1
    --- standard output
    Initializing the backend...
    Initializing provider plugins...
    --- standard error

    Error: Missing required provider

    The provider registry.terraform.io/mypurecloud/genesyscloud is not one of
    those that are part of Trunkline, and third-party providers are not supported
    yet. Remove it from required_providers, or use the bundled one of the same
    purpose.
    ");
}

#[test]
fn a_newer_terraform_is_not_pretended() {
    let dir = Dir::with("terraform {\n  required_version = \">= 1.12\"\n}\n");
    assert_snapshot!(dir.run("validate"), @r#"
    exit code 1
    --- standard error

    Error: Unsupported Trunkline Core version

      on main.tf line 2, in terraform:
       2:   required_version = ">= 1.12"

    This configuration requires Terraform >= 1.12, and this program does what
    Terraform 1.11.4 does. Choose another version of this program or change the
    constraint. Version constraints are normally set for good reason, so changing
    the constraint may lead to other errors or unexpected behavior.
    "#);
}

#[test]
fn a_valid_configuration() {
    assert_snapshot!(Dir::with("resource \"terraform_data\" \"a\" {}\n").run("validate"), @"
    exit code 0
    --- standard output
    Success! The configuration is valid.
    ");
}

#[test]
fn validation_leaves_nothing_behind() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    assert_eq!(dir.run("validate").code, Some(0));
    assert_eq!(dir.files(), ["main.tf"]);
}

#[test]
fn a_valid_configuration_as_json() {
    assert_snapshot!(Dir::with("resource \"terraform_data\" \"a\" {}\n").run("validate -json"), @r#"
    exit code 0
    --- standard output
    {
      "format_version": "1.0",
      "valid": true,
      "error_count": 0,
      "warning_count": 0,
      "diagnostics": []
    }
    "#);
}

#[test]
fn every_problem_is_told_at_once() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  inptu = 1
}

resource "terraform_data" "b" {
  input = terraform_data.c.id
}

output "x" {
  value = var.nowhere
}

output "y" {
  value = nofunction(1)
}
"#,
    );
    assert_snapshot!(dir.run("validate"), @r#"
    exit code 1
    --- standard error

    Error: Unsupported argument

      on main.tf line 3, in resource "terraform_data" "a":
       3:   inptu = 1

    An argument named "inptu" is not expected here. Did you mean "input"?

    Error: Reference to undeclared resource

      on main.tf line 7, in resource "terraform_data" "b":
       7:   input = terraform_data.c.id

    A managed resource "terraform_data" "c" has not been declared in the root
    module. Did you mean terraform_data.a?

    Error: Reference to undeclared input variable

      on main.tf line 11, in output "x":
      11:   value = var.nowhere

    An input variable with the name "nowhere" has not been declared. This
    variable can be declared with a variable "nowhere" {} block.

    Error: Call to unknown function

      on main.tf line 15, in output "y":
      15:   value = nofunction(1)

    There is no function named "nofunction".
    "#);
}

#[test]
fn problems_as_json() {
    let dir = Dir::with("output \"x\" {\n  value = var.nowhere\n}\n");
    assert_snapshot!(dir.run("validate -json"), @r#"
    exit code 1
    --- standard output
    {
      "format_version": "1.0",
      "valid": false,
      "error_count": 1,
      "warning_count": 0,
      "diagnostics": [
        {
          "severity": "error",
          "summary": "Reference to undeclared input variable",
          "detail": "An input variable with the name \"nowhere\" has not been declared. This variable can be declared with a variable \"nowhere\" {} block.",
          "range": {
            "filename": "main.tf",
            "start": {
              "line": 2,
              "column": 11,
              "byte": 23
            },
            "end": {
              "line": 2,
              "column": 22,
              "byte": 34
            }
          },
          "snippet": {
            "context": "output \"x\"",
            "code": "  value = var.nowhere",
            "start_line": 2,
            "highlight_start_offset": 10,
            "highlight_end_offset": 21,
            "values": []
          }
        }
      ]
    }
    "#);
}

#[test]
fn nothing_to_validate_is_valid() {
    assert_snapshot!(Dir::empty().run("validate"), @"
    exit code 0
    --- standard output
    Success! The configuration is valid.
    ");
}

#[test]
fn a_cycle_is_told() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  input = terraform_data.b.id
}

resource "terraform_data" "b" {
  input = terraform_data.a.id
}
"#,
    );
    assert_snapshot!(dir.run("validate"), @"
    exit code 1
    --- standard error

    Error: Cycle: terraform_data.a, terraform_data.b

    Each of these needs the next one, and the last one needs the first, so that
    none of them can be first:
      - terraform_data.a refers to terraform_data.b (main.tf:3)
      - terraform_data.b refers to terraform_data.a (main.tf:7)

    Take one of these references out: give both sides the value from a third
    place, such as a variable or a local value that refers to neither.
    ");
}

#[test]
fn a_cycle_through_a_module_and_locals_is_told_step_by_step() {
    let dir = Dir::with(
        r#"
module "m" {
  source = "./m"
  n      = local.far
}

locals {
  near = module.m.n
  far  = "${local.near} and ${local.aside}"
  aside = local.near
}
"#,
    );
    dir.write(
        "m/main.tf",
        "variable \"n\" {}\n\noutput \"n\" {\n  value = var.n\n}\n",
    );
    assert_eq!(dir.run("init").code, Some(0));
    assert_snapshot!(dir.run("validate"), @"
    exit code 1
    --- standard error

    Error: Cycle: local.aside (expand), local.far (expand), local.near (expand), module.m.var.n (expand), module.m.output.n (expand)

    Each of these needs the next one, and the last one needs the first, so that
    none of them can be first:
      - local.aside refers to local.near (main.tf:10)
      - local.near refers to module.m.output.n (main.tf:8)
      - module.m.output.n refers to module.m.var.n (m/main.tf:4)
      - module.m.var.n refers to local.far (main.tf:4)
      - local.far refers to local.aside (main.tf:9)

    Take one of these references out: give both sides the value from a third
    place, such as a variable or a local value that refers to neither.
    ");
}

#[test]
fn problems_are_written_as_annotations_where_that_is_asked_for() {
    let dir = Dir::empty();
    dir.write("live/main.tf", "output \"o\" {\n  value = var.nope\n}\n");
    let run = dir.run("-chdir=live validate -annotations").to_string();
    let line = "::error file=live/main.tf,line=2,endLine=2,col=11,endColumn=19,title=Reference to undeclared input variable::An input variable with the name \"nope\" has not been declared. This variable can be declared with a variable \"nope\" {} block.\n";
    assert!(run.contains(line), "{run}");
}

#[test]
fn what_depends_on_names_is_there_and_whole() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  count = 2
}

module "m" {
  source     = "./m"
  depends_on = [terraform_data.a[0], module.nope]
}

output "o" {
  value      = 1
  depends_on = [terraform_data.a, terraform_data.b]
}

output "p" {
  value      = 1
  depends_on = [terraform_data.a[1].id, terraform_data, nope.x]
}

output "q" {
  value      = 1
  depends_on = [terraform_data.a[0], output.x]
}
"#,
    );
    dir.write("m/main.tf", "output \"id\" {\n  value = 1\n}\n");
    assert_eq!(dir.run("init").code, Some(0));
    let told = dir.run("validate").to_string();
    let told: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("Error: ") || line.starts_with("  on "))
        .map(str::trim_start)
        .collect();
    assert_eq!(
        told,
        [
            "Error: Reference to undeclared module",
            "on main.tf line 8, in module \"m\":",
            "Error: Reference to undeclared resource",
            "on main.tf line 13, in output \"o\":",
            "Error: Invalid depends_on reference",
            "on main.tf line 18, in output \"p\":",
            "Error: Invalid reference",
            "on main.tf line 18, in output \"p\":",
            "Error: Reference to undeclared resource",
            "on main.tf line 23, in output \"q\":",
        ]
    );
}

#[test]
fn a_problem_at_the_end_of_a_line_shows_where_the_next_begins() {
    let dir = Dir::with("locals {\n  a = \n}\n");
    let told = dir.run("validate -json").stdout;
    assert!(
        told.contains(r#""code": "  a = \n}","#) && told.contains(r#""highlight_end_offset": 7,"#),
        "{told}"
    );
}
