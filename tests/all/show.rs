//! `show`, `output`, `graph`, `providers`: what there is, for people and for programs.

use insta::assert_snapshot;

use crate::harness::Dir;

const SOME: &str = r#"
resource "terraform_data" "a" {
  input = { list = [1, "two"], text = "first\nsecond\n" }
}

resource "terraform_data" "b" {
  for_each         = toset(["x"])
  input            = terraform_data.a.id
  triggers_replace = each.key
}

output "number" {
  value = 1.50
}

output "object" {
  value = { name = "n", list = [true, null] }
}

output "secret" {
  value     = "hunter2"
  sensitive = true
}

output "text" {
  value = "a \"word\""
}
"#;

fn applied() -> Dir {
    let dir = Dir::with(SOME);
    dir.apply("");
    dir
}

#[test]
fn the_state_for_people() {
    assert_snapshot!(applied().run("show"), @r#"
    exit code 0
    --- standard output
    # terraform_data.a:
    resource "terraform_data" "a" {
        id     = "[ID]"
        input  = {
            list = [
                1,
                "two",
            ]
            text = <<-EOT
                first
                second
            EOT
        }
        output = {
            list = [
                1,
                "two",
            ]
            text = <<-EOT
                first
                second
            EOT
        }
    }

    # terraform_data.b["x"]:
    resource "terraform_data" "b" {
        id               = "[ID]"
        input            = "[ID]"
        output           = "[ID]"
        triggers_replace = "x"
    }


    Outputs:

    number = 1.5
    object = {
        list = [
            true,
            null,
        ]
        name = "n"
    }
    secret = (sensitive value)
    text = "a \"word\""
    "#);
}

#[test]
fn the_state_as_json() {
    let output = applied().run("show -json");
    assert_eq!(output.stdout.lines().count(), 1, "one line");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_snapshot!(format!("{json:#}"), @r#"
    {
      "format_version": "1.0",
      "terraform_version": "1.11.4",
      "values": {
        "outputs": {
          "number": {
            "sensitive": false,
            "type": "number",
            "value": 1.5
          },
          "object": {
            "sensitive": false,
            "type": [
              "object",
              {
                "list": [
                  "tuple",
                  [
                    "bool",
                    "dynamic"
                  ]
                ],
                "name": "string"
              }
            ],
            "value": {
              "list": [
                true,
                null
              ],
              "name": "n"
            }
          },
          "secret": {
            "sensitive": true,
            "type": "string",
            "value": "hunter2"
          },
          "text": {
            "sensitive": false,
            "type": "string",
            "value": "a \"word\""
          }
        },
        "root_module": {
          "resources": [
            {
              "address": "terraform_data.a",
              "mode": "managed",
              "type": "terraform_data",
              "name": "a",
              "provider_name": "terraform.io/builtin/terraform",
              "schema_version": 0,
              "values": {
                "id": "[ID]",
                "input": {
                  "list": [
                    1,
                    "two"
                  ],
                  "text": "first\nsecond\n"
                },
                "output": {
                  "list": [
                    1,
                    "two"
                  ],
                  "text": "first\nsecond\n"
                },
                "triggers_replace": null
              },
              "sensitive_values": {
                "input": {
                  "list": [
                    false,
                    false
                  ]
                },
                "output": {
                  "list": [
                    false,
                    false
                  ]
                }
              }
            },
            {
              "address": "terraform_data.b[\"x\"]",
              "mode": "managed",
              "type": "terraform_data",
              "name": "b",
              "index": "x",
              "provider_name": "terraform.io/builtin/terraform",
              "schema_version": 0,
              "values": {
                "id": "[ID]",
                "input": "[ID]",
                "output": "[ID]",
                "triggers_replace": "x"
              },
              "sensitive_values": {},
              "depends_on": [
                "terraform_data.a"
              ]
            }
          ]
        }
      }
    }
    "#);
}

#[test]
fn no_state() {
    let dir = Dir::with(SOME);
    assert_snapshot!(dir.run("show"), @"
    exit code 0
    --- standard output
    No state.
    ");
    assert_snapshot!(dir.run("show -json"), @r#"
    exit code 0
    --- standard output
    {"format_version":"1.0"}
    "#);
    assert_snapshot!(dir.run("output"), @"
    exit code 0
    --- standard output

    Warning: No outputs found

    The state file either has no outputs defined, or all the defined outputs are
    empty. Please define an output in your configuration with the `output`
    keyword and run `trunkline refresh` for it to become available. If you are
    using interpolation, please verify the interpolated value is not empty. You
    can use the `trunkline console` command to assist.
    ");
    assert_snapshot!(dir.run("output -json"), @"
    exit code 0
    --- standard output
    {}
    ");
    assert_eq!(dir.files(), ["main.tf"], "looking makes nothing");
}

#[test]
fn outputs_for_people() {
    let dir = applied();
    assert_snapshot!(dir.run("output"), @r#"
    exit code 0
    --- standard output
    number = 1.5
    object = {
      "list" = [
        true,
        null,
      ]
      "name" = "n"
    }
    secret = <sensitive>
    text = "a \"word\""
    "#);
    assert_snapshot!(dir.run("output object"), @r#"
    exit code 0
    --- standard output
    {
      "list" = [
        true,
        null,
      ]
      "name" = "n"
    }
    "#);
    assert_snapshot!(dir.run("output secret"), @r#"
    exit code 0
    --- standard output
    "hunter2"
    "#);
}

#[test]
fn outputs_as_json() {
    let dir = applied();
    assert_snapshot!(dir.run("output -json"), @r#"
    exit code 0
    --- standard output
    {
      "number": {
        "sensitive": false,
        "type": "number",
        "value": 1.5
      },
      "object": {
        "sensitive": false,
        "type": [
          "object",
          {
            "list": [
              "tuple",
              [
                "bool",
                "dynamic"
              ]
            ],
            "name": "string"
          }
        ],
        "value": {
          "list": [
            true,
            null
          ],
          "name": "n"
        }
      },
      "secret": {
        "sensitive": true,
        "type": "string",
        "value": "hunter2"
      },
      "text": {
        "sensitive": false,
        "type": "string",
        "value": "a \"word\""
      }
    }
    "#);
    assert_snapshot!(dir.run("output -json object"), @r#"
    exit code 0
    --- standard output
    {"list":[true,null],"name":"n"}
    "#);
}

#[test]
fn raw_outputs_have_no_newline() {
    let dir = applied();
    assert_eq!(dir.run("output -raw text").raw, "a \"word\"");
    assert_eq!(dir.run("output -raw number").raw, "1.5");
    assert_eq!(dir.run("output -raw secret").raw, "hunter2");
    assert_snapshot!(dir.run("output -raw object"), @r#"
    exit code 1
    --- standard error

    Error: Unsupported value for raw output

    The -raw option only supports strings, numbers, and boolean values, but
    output value "object" is object.

    Use the -json option for machine-readable representations of output values
    that have complex types.
    "#);
    assert_snapshot!(dir.run("output -raw"), @"
    exit code 1
    --- standard error

    Error: Output name required

    You must give the name of a single output value when using the -raw option.

    For more help on using this command, run:
      trunkline output -help
    ");
}

#[test]
fn an_output_that_is_not_there() {
    assert_snapshot!(applied().run("output nowhere"), @r#"
    exit code 1
    --- standard error

    Error: Output "nowhere" not found

    The output variable requested could not be found in the state file. If you
    recently added this to your configuration, be sure to run `trunkline apply`,
    since the state won't be updated with new output variables until that command
    is run.
    "#);
}

#[test]
fn json_and_raw_exclude_each_other() {
    let output = applied().run("output -json -raw text");
    assert_eq!(output.code, Some(1), "{output}");
}

#[test]
fn the_graph_is_dot() {
    assert_snapshot!(applied().run("graph"), @r#"
    exit code 0
    --- standard output
    digraph G {
      rankdir = "RL";
      node [shape = rect, fontname = "sans-serif"];
      "terraform_data.a" [label="terraform_data.a"];
      "terraform_data.b" [label="terraform_data.b"];
      "terraform_data.b" -> "terraform_data.a";
    }
    "#);
}

#[test]
fn the_providers_of_a_configuration() {
    assert_snapshot!(applied().run("providers"), @r"
    exit code 0
    --- standard output

    Providers required by configuration:
    .
    └── provider[terraform.io/builtin/terraform]

    Providers required by state:

        provider[terraform.io/builtin/terraform]
    ");
}

#[test]
fn schemas_as_json() {
    let output = applied().run("providers schema -json");
    assert_eq!(output.raw.lines().count(), 1, "one line");
    let json: serde_json::Value = serde_json::from_str(&output.raw).unwrap();
    let schema = &json["provider_schemas"]["terraform.io/builtin/terraform"]["resource_schemas"]["terraform_data"];
    assert_snapshot!(format!("{schema:#}"), @r#"
    {
      "version": 0,
      "block": {
        "attributes": {
          "id": {
            "type": "string",
            "description": "A random UUID made at creation.",
            "description_kind": "plain",
            "computed": true
          },
          "input": {
            "type": "dynamic",
            "description": "Any value; `output` becomes equal to it.",
            "description_kind": "plain",
            "optional": true
          },
          "output": {
            "type": "dynamic",
            "description": "The value of `input` after apply.",
            "description_kind": "plain",
            "computed": true
          },
          "triggers_replace": {
            "type": "dynamic",
            "description": "Any value; a change replaces the object.",
            "description_kind": "plain",
            "optional": true
          }
        },
        "description": "Keeps a value in the state.",
        "description_kind": "plain"
      }
    }
    "#);
    assert_eq!(json["format_version"], "1.0");
}

#[test]
fn schemas_only_as_json() {
    let output = applied().run("providers schema");
    assert_eq!(output.code, Some(1), "{output}");
}
