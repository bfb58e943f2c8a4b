//! `console` from a pipe: expressions in, the last value out.

use insta::assert_snapshot;

use crate::harness::Dir;

fn last(dir: &Dir, arguments: &str, input: &str) -> String {
    let run = dir.answer(&format!("console {arguments}"), input);
    format!("{run}")
}

#[test]
fn a_variable_without_value_is_unknown() {
    let dir = Dir::with("variable \"need\" {\n  type = number\n}\n");
    assert_snapshot!(last(&dir, "", "var.need + 1\n"), @"
    exit code 0
    --- standard output
    (known after apply)
    ");
    assert_snapshot!(last(&dir, "-var need=2", "1\nvar.need + 1\n"), @"
    exit code 0
    --- standard output
    3
    ");
}

#[test]
fn a_plan_tells_what_the_state_does_not_know_yet() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" {\n  count = 2\n  input = count.index\n}\noutput \"o\" {\n  value = timestamp()\n}\n",
    );
    let ask = "terraform_data.a[*].input\n";
    assert_snapshot!(last(&dir, "", ask), @"
    exit code 0
    --- standard output
    (known after apply)
    ");
    let planned = last(&dir, "-plan", ask);
    assert!(planned.ends_with("[\n  0,\n  1,\n]\n"), "{planned}");
    // What was planned is not kept.
    assert_snapshot!(last(&dir, "", ask), @"
    exit code 0
    --- standard output
    (known after apply)
    ");
}

#[test]
fn what_cannot_be_evaluated_does_not_stand_in_the_way_of_the_rest() {
    let dir = Dir::with("locals {\n  bad  = 1 + {}\n  good = 2\n}\n");
    assert_snapshot!(last(&dir, "", "local.good\n"), @r"
    exit code 0
    --- standard output

    Warning: Due to the problems above, some expressions may produce unexpected results.

    2
    --- standard error

    Error: Invalid operand

      on main.tf line 2, in locals:
       2:   bad  = 1 + {}

    Unsuitable value for right operand: number required.
    ");
}

#[test]
fn the_plan_time_is_not_known_at_the_console() {
    let dir = Dir::with("locals {\n  at = plantimestamp()\n}\n");
    assert_snapshot!(last(&dir, "", "local.at\n"), @"
    exit code 0
    --- standard output
    (known after apply)
    ");
    assert_snapshot!(last(&dir, "", "plantimestamp()\n"), @r#"
    exit code 1
    --- standard error

    Error: Call to unknown function

      on <console-input> line 1:
      (source code not available)

    There is no function named "plantimestamp".
    "#);
}

#[test]
fn the_first_error_ends_the_run_and_nothing_is_printed() {
    let dir = Dir::with("");
    assert_snapshot!(last(&dir, "", "1\n2 +\n3\n"), @"
    exit code 1
    --- standard error

    Error: Missing expression

      on <console-input> line 1:
      (source code not available)

    Expected the start of an expression, but found the end of the file.
    ");
}

#[test]
fn mistakes_on_the_command_line_are_said_in_few_words() {
    let dir = Dir::with("");
    assert_snapshot!(dir.run("console extra"), @"
    exit code 1
    --- standard error
    Too many command line arguments. Did you mean to use -chdir?
    ");
    assert_snapshot!(dir.run("plan -nope"), @"
    exit code 1
    --- standard error

    Error: Failed to parse command-line flags

    flag provided but not defined: -nope

    For more help on using this command, run:
      trunkline plan -help
    ");
    assert_snapshot!(dir.run("validate a b"), @"
    exit code 1
    --- standard error

    Error: Too many command line arguments

    Expected at most one positional argument.

    For more help on using this command, run:
      trunkline validate -help
    ");
}
