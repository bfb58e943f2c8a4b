//! Local modules: inputs, outputs, repetition, providers and addresses.

use insta::assert_snapshot;

use crate::harness::Dir;

const CHILD: &str = r#"
variable "name" {
  type = string
}

variable "size" {
  type    = number
  default = 1
}

resource "terraform_data" "this" {
  count = var.size
  input = "${var.name}-${count.index}"
}

output "values" {
  value = terraform_data.this[*].output
}
"#;

fn project(main: &str) -> Dir {
    let dir = Dir::with(main);
    dir.write("child/main.tf", CHILD);
    dir
}

#[test]
fn a_module_with_inputs_and_outputs() {
    let dir = project(
        "module \"one\" {\n  source = \"./child\"\n  name   = \"a\"\n  size   = 2\n}\n\noutput \"values\" {\n  value = module.one.values\n}\n",
    );
    assert_snapshot!(dir.apply(""), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # module.one.terraform_data.this[0] will be created
      + resource "terraform_data" "this" {
          + id     = (known after apply)
          + input  = "a-0"
          + output = (known after apply)
        }

      # module.one.terraform_data.this[1] will be created
      + resource "terraform_data" "this" {
          + id     = (known after apply)
          + input  = "a-1"
          + output = (known after apply)
        }

    Plan: 2 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + values = [
          + (known after apply),
          + (known after apply),
        ]
    module.one.terraform_data.this[0]: Creating...
    module.one.terraform_data.this[0]: Creation complete after [TIME] [id=[ID]]
    module.one.terraform_data.this[1]: Creating...
    module.one.terraform_data.this[1]: Creation complete after [TIME] [id=[ID]]

    Apply complete! Resources: 2 added, 0 changed, 0 destroyed.

    Outputs:

    values = [
      "a-0",
      "a-1",
    ]
    "#);
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

#[test]
fn a_repeated_module() {
    let dir = project(
        r#"
module "each" {
  for_each = { x = 1, y = 2 }
  source   = "./child"
  name     = each.key
  size     = each.value
}

module "counted" {
  count      = 2
  source     = "./child"
  name       = module.each["x"].values[0]
  depends_on = [module.each]
}

output "all" {
  value = { for k, m in module.each : k => m.values }
}
"#,
    );
    dir.apply("");
    assert_snapshot!(dir.run("state list"), @r#"
    exit code 0
    --- standard output
    module.counted[0].terraform_data.this[0]
    module.counted[1].terraform_data.this[0]
    module.each["x"].terraform_data.this[0]
    module.each["y"].terraform_data.this[0]
    module.each["y"].terraform_data.this[1]
    "#);
    assert_snapshot!(dir.run("output"), @r#"
    exit code 0
    --- standard output
    all = {
      "x" = [
        "x-0",
      ]
      "y" = [
        "y-0",
        "y-1",
      ]
    }
    "#);
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
    assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
}

#[test]
fn a_module_that_left_the_configuration_is_destroyed() {
    let dir = project("module \"one\" {\n  source = \"./child\"\n  name   = \"a\"\n}\n");
    dir.apply("");
    dir.write("main.tf", "");
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 0
    --- standard output
    module.one.terraform_data.this[0]: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      - destroy

    Trunkline will perform the following actions:

      # module.one.terraform_data.this[0] will be destroyed
      # (because terraform_data.this is not in configuration)
      - resource "terraform_data" "this" {
          - id     = "[ID]" -> null
          - input  = "a-0" -> null
          - output = "a-0" -> null
        }

    Plan: 0 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    assert_eq!(dir.apply("").code, Some(0));
    assert_eq!(dir.run("state list").stdout, "");
}

#[test]
fn a_module_can_be_a_target() {
    let dir = project(
        "module \"one\" {\n  source = \"./child\"\n  name   = \"a\"\n}\n\nmodule \"two\" {\n  source = \"./child\"\n  name   = \"b\"\n}\n",
    );
    dir.apply("-target=module.two");
    assert_eq!(
        dir.run("state list").stdout,
        "module.two.terraform_data.this[0]\n"
    );
}

#[test]
fn a_missing_argument_is_told() {
    assert_snapshot!(project("module \"one\" {\n  source = \"./child\"\n}\n").run("validate"), @r#"
    exit code 1
    --- standard error

    Error: Missing required argument

      on main.tf line 1, in module "one":
       1: module "one" {

    The argument "name" is required, but no definition was found.
    "#);
}

#[test]
fn an_argument_that_the_module_does_not_have() {
    assert_snapshot!(
        project("module \"one\" {\n  source = \"./child\"\n  name   = \"a\"\n  colour = \"red\"\n}\n").run("validate"),
        @r#"
    exit code 1
    --- standard error

    Error: Unsupported argument

      on main.tf line 4, in module "one":
       4:   colour = "red"

    An argument named "colour" is not expected here.
    "#
    );
}

#[test]
fn an_output_that_the_module_does_not_have() {
    assert_snapshot!(
        project("module \"one\" {\n  source = \"./child\"\n  name   = \"a\"\n}\n\noutput \"x\" {\n  value = module.one.nothing\n}\n")
            .run("validate"),
        @r#"
    exit code 1
    --- standard error

    Error: Unsupported attribute

      on main.tf line 7, in output "x":
       7:   value = module.one.nothing
        ├────────────────
        │ module.one is a object

    This object does not have an attribute named "nothing".
    "#
    );
}

#[test]
fn a_module_that_is_not_there() {
    assert_snapshot!(Dir::with("module \"one\" {\n  source = \"./nowhere\"\n}\n").run("validate"), @r#"
    exit code 1
    --- standard error

    Error: Module not installed

      on main.tf line 1:
       1: module "one" {

    This module is not yet installed. Run "trunkline init" to install all modules
    required by this configuration.
    "#);
}

#[test]
fn a_remote_module_is_refused() {
    assert_snapshot!(
        Dir::with("module \"one\" {\n  source  = \"hashicorp/consul/aws\"\n  version = \"1.0.0\"\n}\n").run("init"),
        @r#"
    exit code 1
    --- standard output
    Initializing the backend...
    Initializing modules...
    --- standard error

    Error: Unsupported module source

      on main.tf line 2, in module "one":
       2:   source  = "hashicorp/consul/aws"

    The module source "hashicorp/consul/aws" is not a local path. Registry, git
    and other remote sources are not supported yet: copy the module into this
    repository and use a path that begins with "./" or "../".
    "#
    );
}

#[test]
fn paths_in_a_module_are_its_own() {
    let dir = Dir::with(
        "module \"one\" {\n  source = \"./child\"\n}\n\noutput \"text\" {\n  value = module.one.text\n}\n",
    );
    dir.write("child/main.tf", "output \"text\" {\n  value = \"${path.module} ${path.root} ${file(\"${path.module}/words.txt\")}\"\n}\n");
    dir.write("child/words.txt", "words");
    dir.apply("");
    assert_eq!(dir.run("output -raw text").raw, "child . words");
}
