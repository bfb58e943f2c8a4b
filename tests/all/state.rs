//! `state list`, `state show` and `state pull`.

use insta::assert_snapshot;

use crate::harness::Dir;

const SOME: &str = r#"
resource "terraform_data" "b" {
  count = 2
  input = terraform_data.a.id
}

resource "terraform_data" "a" {
  input = ["x"]
}

module "m" {
  source = "./m"
}

output "x" {
  value = ["y"]
}
"#;

fn applied() -> Dir {
    let dir = Dir::with(SOME);
    dir.write(
        "m/main.tf",
        "resource \"terraform_data\" \"inner\" {\n  for_each = toset([\"k\"])\n}\n",
    );
    assert_eq!(dir.run("init").code, Some(0));
    dir.apply("");
    dir
}

#[test]
fn the_list_is_sorted() {
    assert_snapshot!(applied().run("state list"), @r#"
    exit code 0
    --- standard output
    terraform_data.a
    terraform_data.b[0]
    terraform_data.b[1]
    module.m.terraform_data.inner["k"]
    "#);
}

#[test]
fn the_list_can_be_narrowed() {
    let dir = applied();
    assert_eq!(
        dir.run("state list terraform_data.b").stdout,
        "terraform_data.b[0]\nterraform_data.b[1]\n"
    );
    assert_eq!(
        dir.run("state list terraform_data.b[1]").stdout,
        "terraform_data.b[1]\n"
    );
    assert_eq!(
        dir.run("state list module.m").stdout,
        "module.m.terraform_data.inner[\"k\"]\n"
    );
    assert_snapshot!(dir.run("state list terraform_data"), @r#"
    exit code 1
    --- standard error

    Error: Invalid address

    Resource specification must include a resource type and name.

    The address was "terraform_data". It has the form type.name, type.name[0],
    type.name["key"], or module.name before that.
    "#);
}

#[test]
fn one_object_is_shown() {
    let dir = applied();
    assert_snapshot!(dir.run("state show terraform_data.a"), @r#"
    exit code 0
    --- standard output
    # terraform_data.a:
    resource "terraform_data" "a" {
        id     = "[ID]"
        input  = [
            "x",
        ]
        output = [
            "x",
        ]
    }
    "#);
    assert_snapshot!(dir.run_args(&["state", "show", "module.m.terraform_data.inner[\"k\"]"]), @r#"
    exit code 0
    --- standard output
    # module.m.terraform_data.inner["k"]:
    resource "terraform_data" "inner" {
        id = "[ID]"
    }
    "#);
}

#[test]
fn an_object_that_is_not_there() {
    let dir = applied();
    assert_snapshot!(dir.run("state show terraform_data.nowhere"), @r#"
    exit code 1
    --- standard error
    No instance found for the given address!

    This command requires that the address references one specific instance.
    To view the available instances, use "trunkline state list". Please modify 
    the address to reference a specific instance.
    "#);
    assert_snapshot!(dir.run("state show terraform_data.b"), @r#"
    exit code 1
    --- standard error
    No instance found for the given address!

    This command requires that the address references one specific instance.
    To view the available instances, use "trunkline state list". Please modify 
    the address to reference a specific instance.

    Did you mean terraform_data.a?
    "#);
    assert_snapshot!(dir.run("state show a..b"), @r#"
    exit code 1
    --- standard error
    Error parsing instance address: a..b

    This command requires that the address references one specific instance.
    To view the available instances, use "trunkline state list". Please modify 
    the address to reference a specific instance.
    "#);
}

#[test]
fn the_whole_state_is_a_tfstate() {
    assert_snapshot!(applied().run("state pull"), @r#"
    exit code 0
    --- standard output
    {
      "version": 4,
      "terraform_version": "1.11.4",
      "serial": 1,
      "lineage": "[ID]",
      "outputs": {
        "x": {
          "value": [
            "y"
          ],
          "type": [
            "tuple",
            [
              "string"
            ]
          ]
        }
      },
      "resources": [
        {
          "mode": "managed",
          "type": "terraform_data",
          "name": "a",
          "provider": "provider[\"terraform.io/builtin/terraform\"]",
          "instances": [
            {
              "schema_version": 0,
              "attributes": {
                "id": "[ID]",
                "input": {
                  "value": [
                    "x"
                  ],
                  "type": [
                    "tuple",
                    [
                      "string"
                    ]
                  ]
                },
                "output": {
                  "value": [
                    "x"
                  ],
                  "type": [
                    "tuple",
                    [
                      "string"
                    ]
                  ]
                },
                "triggers_replace": null
              },
              "sensitive_attributes": []
            }
          ]
        },
        {
          "mode": "managed",
          "type": "terraform_data",
          "name": "b",
          "provider": "provider[\"terraform.io/builtin/terraform\"]",
          "instances": [
            {
              "index_key": 0,
              "schema_version": 0,
              "attributes": {
                "id": "[ID]",
                "input": {
                  "value": "[ID]",
                  "type": "string"
                },
                "output": {
                  "value": "[ID]",
                  "type": "string"
                },
                "triggers_replace": null
              },
              "sensitive_attributes": [],
              "dependencies": [
                "terraform_data.a"
              ]
            },
            {
              "index_key": 1,
              "schema_version": 0,
              "attributes": {
                "id": "[ID]",
                "input": {
                  "value": "[ID]",
                  "type": "string"
                },
                "output": {
                  "value": "[ID]",
                  "type": "string"
                },
                "triggers_replace": null
              },
              "sensitive_attributes": [],
              "dependencies": [
                "terraform_data.a"
              ]
            }
          ]
        },
        {
          "module": "module.m",
          "mode": "managed",
          "type": "terraform_data",
          "name": "inner",
          "provider": "provider[\"terraform.io/builtin/terraform\"]",
          "instances": [
            {
              "index_key": "k",
              "schema_version": 0,
              "attributes": {
                "id": "[ID]",
                "input": null,
                "output": null,
                "triggers_replace": null
              },
              "sensitive_attributes": []
            }
          ]
        }
      ],
      "check_results": null
    }
    "#);
}

#[test]
fn without_a_state() {
    let dir = Dir::with(SOME);
    assert_snapshot!(dir.run("state list"), @"
    exit code 1
    --- standard error
    No state file was found!

    State management commands require a state file. Run this command
    in a directory where Trunkline has been run or use the -state flag
    to point the command to a specific state location.
    ");
    assert_snapshot!(dir.run("state show terraform_data.a"), @"
    exit code 1
    --- standard error
    No state file was found!

    State management commands require a state file. Run this command
    in a directory where Trunkline has been run or use the -state flag
    to point the command to a specific state location.
    ");
    assert_snapshot!(dir.run("state pull"), @"exit code 0");
}

/// The serial grows with each run that changes something, and with no other.
#[test]
fn the_serial_grows_with_changes_only() {
    let dir = applied();
    let serial = dir.state()["serial"].as_u64().unwrap();
    dir.apply("");
    assert_eq!(dir.run("plan").code, Some(0));
    assert_eq!(dir.state()["serial"].as_u64().unwrap(), serial);
    dir.apply("-replace=terraform_data.a");
    assert!(dir.state()["serial"].as_u64().unwrap() > serial);
}
