//! Values of root variables: where they come from, which one wins, and what goes wrong.

use insta::assert_snapshot;

use crate::harness::Dir;

const ONE: &str = r#"
variable "x" {
  type = string
}

output "x" {
  value = var.x
}
"#;

fn value(dir: &Dir, options: &[&str]) -> String {
    let output = dir.run_args(&[&["apply", "-auto-approve"], options].concat());
    assert_eq!(output.code, Some(0), "{output}");
    dir.run("output -raw x").stdout
}

#[test]
fn later_sources_win() {
    let mut dir = Dir::with(ONE);
    dir.set("TF_VAR_x", "environment");
    assert_eq!(value(&dir, &[]), "environment");
    dir.write("terraform.tfvars", "x = \"tfvars\"\n");
    assert_eq!(value(&dir, &[]), "tfvars");
    dir.write("terraform.tfvars.json", "{\"x\": \"tfvars.json\"}\n");
    assert_eq!(value(&dir, &[]), "tfvars.json");
    dir.write("b.auto.tfvars", "x = \"b.auto\"\n");
    dir.write("a.auto.tfvars.json", "{\"x\": \"a.auto\"}\n");
    assert_eq!(value(&dir, &[]), "b.auto");
    dir.write("given", "x = \"given\"\n");
    assert_eq!(value(&dir, &["-var-file=given"]), "given");
    assert_eq!(value(&dir, &["-var-file=given", "-var", "x=flag"]), "flag");
    assert_eq!(value(&dir, &["-var=x=flag", "-var-file=given"]), "given");
}

#[test]
fn a_rehearsals_variables_are_for_rehearsals() {
    let dir = Dir::with(ONE);
    dir.write("sandbox.tfvars", "x = \"rehearsal\"\n");
    dir.write("terraform.tfvars", "x = \"real\"\n");
    assert_eq!(value(&dir, &[]), "real");
    let rehearsed = dir.run("apply -sandbox -auto-approve");
    assert!(
        rehearsed.stdout.ends_with("x = \"rehearsal\"\n"),
        "{rehearsed}"
    );
}

#[test]
fn values_are_expressions_where_no_string_is_wanted() {
    let mut dir = Dir::with(
        "variable \"x\" {\n  type = list(number)\n}\n\noutput \"x\" {\n  value = jsonencode(var.x)\n}\n",
    );
    assert_eq!(value(&dir, &["-var", "x=[1, 2]"]), "[1,2]");
    dir.set("TF_VAR_x", "[3]");
    assert_eq!(value(&dir, &[]), "[3]");
}

#[test]
fn a_string_is_taken_as_it_is() {
    let dir = Dir::with(ONE);
    assert_eq!(value(&dir, &["-var", "x=[1, 2] = ${y}"]), "[1, 2] = ${y}");
}

#[test]
fn a_variable_without_value_is_told() {
    assert_snapshot!(Dir::with(ONE).run("plan -input=false"), @r#"
    exit code 1
    --- standard error

    Error: No value for required variable

      on main.tf line 2:
       2: variable "x" {

    The root module input variable "x" is not set, and has no default value. Use
    a -var or -var-file command line argument to provide a value for this
    variable.
    "#);
}

#[test]
fn variables_are_asked_for_where_nobody_looks_too() {
    let dir = Dir::with(
        "variable \"list\" {\n  type = list(string)\n}\nvariable \"n\" {\n  type        = number\n  description = \"How many.\"\n}\noutput \"all\" {\n  value = [var.list, var.n]\n}\n",
    );
    let output = dir.answer("apply -auto-approve", "[\"a\", \"b\"]\n5\n");
    assert_eq!(output.code, Some(0), "{output}");
    let asked = "var.list\n  Enter a value: \nvar.n\n  How many.\n\n  Enter a value: \n";
    assert!(output.stdout.starts_with(asked), "{output}");
    assert_eq!(
        dir.run("output -json all").raw.trim_end(),
        "[[\"a\",\"b\"],5]"
    );
    let output = dir.run("plan -json");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(!output.stdout.contains("Enter a value"), "{output}");
}

#[test]
fn a_variable_without_value_is_not_waited_for_when_nobody_answers() {
    let output = Dir::with(ONE).run("plan");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("No value for required variable"),
        "{output}"
    );
}

#[test]
fn a_flag_for_an_undeclared_variable_is_an_error() {
    assert_snapshot!(Dir::with(ONE).run("plan -var x=1 -var y=2"), @r#"
    exit code 1
    --- standard error

    Error: Value for undeclared variable

    A variable named "y" was assigned on the command line, but the root module
    does not declare a variable of that name. To use this value, add a "variable"
    block to the configuration.
    "#);
}

#[test]
fn a_file_with_undeclared_variables_is_a_warning() {
    let dir = Dir::with(ONE);
    dir.write("terraform.tfvars", "x = \"1\"\ny = 2\n");
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 0
    --- standard output

    Changes to Outputs:
      + x = "1"

    You can apply this plan to save these new output values to the Trunkline
    state, without changing any real infrastructure.

    Warning: Value for undeclared variable

    The root module does not declare a variable named "y" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

/// Two are told one by one, the rest by their number; a name in two files is one.
#[test]
fn many_undeclared_variables_are_counted() {
    let dir = Dir::with(ONE);
    dir.write("a.auto.tfvars", "a = 1\nb = 1\nc = 1\n");
    dir.write("b.auto.tfvars", "c = 2\nd = 1\n");
    let output = dir.run("plan -var x=1");
    let heads: Vec<&str> = output
        .stdout
        .lines()
        .filter(|l| l.starts_with("Warning: "))
        .collect();
    assert_eq!(
        heads,
        [
            "Warning: Value for undeclared variable",
            "Warning: Value for undeclared variable",
            "Warning: Values for undeclared variables",
        ],
        "{output}"
    );
    assert!(
        output.stdout.contains("shown, 2 other variable(s)"),
        "{output}"
    );
}

#[test]
fn the_environment_may_name_undeclared_variables() {
    let mut dir = Dir::with(ONE);
    dir.set("TF_VAR_y", "1");
    let output = dir.run("plan -var x=1");
    assert_eq!(output.code, Some(0), "{output}");
    assert!(!output.stdout.contains("undeclared"), "{output}");
}

#[test]
fn a_value_of_the_wrong_type_is_told() {
    let dir = Dir::with("variable \"x\" {\n  type = number\n}\n");
    dir.write("terraform.tfvars", "x = \"many\"\n");
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 1
    --- standard output

    Planning failed. Trunkline encountered an error while generating this plan.

    --- standard error

    Error: Invalid value for input variable

      on terraform.tfvars line 1:
       1: x = "many"

    The given value is not suitable for var.x declared at main.tf:1,1-13: a
    number is required.
    "#);
}

#[test]
fn a_failed_validation_shows_its_message() {
    let dir = Dir::with(
        r#"
variable "size" {
  type = number

  validation {
    condition     = var.size < 10
    error_message = "At most nine, and ${var.size} is more."
  }
}
"#,
    );
    assert_snapshot!(dir.run("plan -var size=12"), @r#"
    exit code 1
    --- standard output

    Planning failed. Trunkline encountered an error while generating this plan.

    --- standard error

    Error: Invalid value for variable

      on main.tf line 2:
       2: variable "size" {
        ├────────────────
        │ var.size is 12

    At most nine, and 12 is more.

    This was checked by the validation rule at main.tf:5,3-13.
    "#);
}

#[test]
fn a_file_of_variables_that_is_not_there() {
    assert_snapshot!(Dir::with(ONE).run("plan -var-file=nowhere.tfvars"), @r#"
    exit code 1
    --- standard error

    Error: Failed to read variables file

    Given variables file nowhere.tfvars does not exist.
    "#);
}

#[test]
fn a_sensitive_value_is_not_shown() {
    let dir = Dir::with(
        r#"
variable "secret" {
  type      = string
  sensitive = true
}

resource "terraform_data" "a" {
  input = { password = var.secret, user = "u" }
}

output "secret" {
  value     = var.secret
  sensitive = true
}
"#,
    );
    let planned = dir.run("plan -var secret=hunter2");
    assert_snapshot!(planned, @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = {
              + password = (sensitive value)
              + user     = "u"
            }
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + secret = (sensitive value)

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    let applied = dir.apply("-var secret=hunter2");
    assert!(
        !applied.raw.contains("hunter2") && !applied.stderr.contains("hunter2"),
        "{applied}"
    );
    assert_snapshot!(dir.run("show"), @r#"
    exit code 0
    --- standard output
    # terraform_data.a:
    resource "terraform_data" "a" {
        id     = "[ID]"
        input  = {
            password = (sensitive value)
            user     = "u"
        }
        output = {
            password = "hunter2"
            user     = "u"
        }
    }


    Outputs:

    secret = (sensitive value)
    "#);
    assert_eq!(dir.run("output secret").stdout, "\"hunter2\"\n");
    for name in dir.files() {
        let path = dir.path().join(&name);
        let bytes = if path.is_file() {
            std::fs::read(path).unwrap()
        } else {
            Vec::new()
        };
        assert!(
            !bytes.windows(7).any(|w| w == b"hunter2"),
            "{name} holds the secret in clear"
        );
    }
}

/// Where something could not be read, a variable without a value is no news.
#[test]
fn unreadable_values_are_told_alone() {
    let dir = Dir::with(ONE);
    let told = |options: &[&str]| {
        let output = dir.run_args(&[&["plan", "-input=false"], options].concat());
        assert_eq!(output.code, Some(1), "{output}");
        output.stderr
    };
    let summaries = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|l| l.strip_prefix("Error: "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(summaries(&told(&["-var", "x =1"])), ["Invalid -var option"]);
    assert!(told(&["-var", "x =1"]).contains("Did you mean -var=\"x=1\"?"));
    for (text, summary) in [
        ("{\"x\": }", "Missing JSON value"),
        ("[1]", "Incorrect JSON value type"),
        ("[{\"x\": \"a\"}]", "Incorrect JSON value type"),
        (
            "{\"x\": \"a\", \"x\": \"b\"}",
            "Duplicate attribute definition",
        ),
    ] {
        dir.write("v.json", text);
        let output = told(&["-var-file=v.json"]);
        assert_eq!(summaries(&output), [summary], "{text}");
        assert!(output.contains("on v.json line 1:"), "{output}");
    }
    dir.write("v.tfvars", "x {\n}\n");
    assert_eq!(
        summaries(&told(&["-var-file=v.tfvars"])),
        ["Unexpected \"x\" block"]
    );
    let both = told(&["-var", "y=1"]);
    assert_eq!(
        summaries(&both),
        [
            "Value for undeclared variable",
            "No value for required variable"
        ]
    );
    // Strings in JSON are data.
    dir.write("v.json", "{\"x\": \"${a}%{if}\", \"//\": 1}");
    let plan = dir.run("plan -var-file=v.json");
    assert!(
        plan.stdout.contains("$${a}%%{if}") || plan.stdout.contains("${a}%{if}"),
        "{plan}"
    );
}

#[test]
fn what_the_environment_has_for_a_variable_that_is_given_is_not_read() {
    let mut dir = Dir::with(
        "variable \"x\" {\n  type = list(number)\n}\n\noutput \"x\" {\n  value = var.x\n}\n",
    );
    dir.set("TF_VAR_x", "[");
    let run = dir.run("plan");
    assert!(run.stderr.contains("Error: Missing expression"), "{run}");
    dir.write("a.auto.tfvars", "x = [7]\n");
    let run = dir.run("plan");
    assert!(run.stdout.contains("+ 7"), "{run}");
}
