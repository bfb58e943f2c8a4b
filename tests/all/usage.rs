//! The command line itself: version, help, mistakes in it, `-chdir`, colours.

use insta::assert_snapshot;

use crate::harness::Dir;

#[test]
fn without_a_command_the_help_is_shown_with_code_127() {
    assert_snapshot!(Dir::empty().run(""), @r#"
    exit code 127
    --- standard output
    Configuration of messaging and contact-centre platforms, planned, reviewed and applied

    Usage: trunkline [OPTIONS] [COMMAND]

    Commands:
      init       Prepare the working directory for the other commands
      validate   Check whether the configuration is valid
      plan       Show the changes that the configuration requires
      apply      Create or change objects as the configuration requires
      destroy    Destroy the objects that this directory manages
      refresh    Take over what has changed outside, without asking
      import     Take an object that exists into the state
      taint      Mark an object for replacement
      untaint    Take back the mark of an object for replacement
      show       Show the state, or a saved plan
      output     Show the outputs of the root module
      state      Look at the state
      history    List the runs, and show what one of them did
      test       Run the tests of the configuration
      console    Try expressions, with the configuration and the state in scope
      fmt        Bring configuration files into the canonical layout
      get        Check that the modules that the configuration calls are there
      metadata   Describe the language for other programs
      graph      Write the graph of dependencies in DOT
      providers  Show the providers that the configuration requires
      sandbox    Serve the vendors' simulators, to look at them or to point clients at them
      version    Show the version
      workspace  Make, select, list and delete workspaces

    Options:
          -chdir <DIR>  Switch to another directory before doing anything
      -v, -version      Show the version
      -h, -help         Print help
    "#);
}

#[test]
fn help_is_shown_with_code_0() {
    let dir = Dir::empty();
    let plain = dir.run("-help");
    assert_eq!(plain.code, Some(0));
    assert_eq!(plain.stdout, dir.run("").stdout);
    assert_eq!(plain.stdout, dir.run("-h").stdout);
    assert_eq!(plain.stdout, dir.run("--help").stdout);
}

#[test]
fn help_of_plan() {
    assert_snapshot!(Dir::empty().run("plan -help"), @r#"
    exit code 0
    --- standard output
    Show the changes that the configuration requires

    Usage: trunkline plan [OPTIONS]

    Options:
          -no-color                    Do not write colours
          -sandbox                     Rehearse: work against the vendors' simulators, with a state of its own
          -sandbox-exec                Run provisioners in a rehearsal, which only shows them otherwise
          -annotations                 Write problems as GitHub annotations too
          -lock[=<BOOL>]               Whether to lock the state [default: true]
          -lock-timeout <DURATION>     How long to wait for the lock, e.g. 10s or 1m [default: 0s]
          -var <NAME=VALUE>            Set a variable; may be given more than once
          -var-file <FILE>             Load variables from a file; may be given more than once
          -input[=<BOOL>]              Ask for variables that are not set [default: true]
          -destroy                     Plan to destroy everything
          -refresh-only                Only take over what has changed outside
          -refresh[=<BOOL>]            Whether to read objects again before planning [default: true]
          -replace <ADDRESS>           Replace this object; may be given more than once
          -target <ADDRESS>            Limit the plan to this object and what it depends on; may be given more than once
          -exclude <ADDRESS>           Leave this object out, and what depends on it; may be given more than once
          -parallelism <N>             Most provider calls at once [default: 10]
          -compact-warnings            Show warnings in one line each
          -json                        Write a stream of JSON messages, one a line, instead of text
          -out <FILE>                  Save the plan to a file
          -generate-config-out <FILE>  Write configuration for what is imported and has none to this file, which must be a new one
          -detailed-exitcode           Exit with 0 when there is nothing to do, 1 on errors, 2 when there are changes
      -h, -help                        Print help
    "#);
}

#[test]
fn help_of_apply() {
    assert_snapshot!(Dir::empty().run("apply -help"), @r#"
    exit code 0
    --- standard output
    Create or change objects as the configuration requires

    Usage: trunkline apply [OPTIONS] [PLAN]

    Arguments:
      [PLAN]  A saved plan to apply

    Options:
          -no-color                 Do not write colours
          -sandbox                  Rehearse: work against the vendors' simulators, with a state of its own
          -sandbox-exec             Run provisioners in a rehearsal, which only shows them otherwise
          -annotations              Write problems as GitHub annotations too
          -lock[=<BOOL>]            Whether to lock the state [default: true]
          -lock-timeout <DURATION>  How long to wait for the lock, e.g. 10s or 1m [default: 0s]
          -var <NAME=VALUE>         Set a variable; may be given more than once
          -var-file <FILE>          Load variables from a file; may be given more than once
          -input[=<BOOL>]           Ask for variables that are not set [default: true]
          -destroy                  Plan to destroy everything
          -refresh-only             Only take over what has changed outside
          -refresh[=<BOOL>]         Whether to read objects again before planning [default: true]
          -replace <ADDRESS>        Replace this object; may be given more than once
          -target <ADDRESS>         Limit the plan to this object and what it depends on; may be given more than once
          -exclude <ADDRESS>        Leave this object out, and what depends on it; may be given more than once
          -parallelism <N>          Most provider calls at once [default: 10]
          -compact-warnings         Show warnings in one line each
          -json                     Write a stream of JSON messages, one a line, instead of text
          -auto-approve             Do not ask for approval
      -h, -help                     Print help
    "#);
}

/// Every command that the help lists has a help of its own, which names the command.
#[test]
fn every_command_has_help() {
    let dir = Dir::empty();
    let help = dir.run("").stdout;
    let commands = help.lines().skip_while(|l| *l != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|l| !l.is_empty())
        .map(|l| l.split_whitespace().next().unwrap())
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let output = dir.run(&format!("{command} -help"));
        assert_eq!(output.code, Some(0), "{command}: {output}");
        assert!(
            output
                .stdout
                .contains(&format!("Usage: trunkline {command}")),
            "{command}: {output}"
        );
        assert_eq!(output.stderr, "");
    }
    assert_eq!(dir.files(), Vec::<String>::new());
}

#[test]
fn help_of_the_state_commands() {
    let dir = Dir::empty();
    for command in ["list", "show", "pull"] {
        let output = dir.run(&format!("state {command} -help"));
        assert_eq!(output.code, Some(0), "{output}");
        assert!(
            output
                .stdout
                .contains(&format!("Usage: trunkline state {command}")),
            "{output}"
        );
    }
}

#[test]
fn version() {
    let dir = Dir::empty();
    let text = dir.run("version");
    assert_eq!(text.code, Some(0));
    assert!(
        text.stdout
            .starts_with(&format!("Trunkline v{}\non ", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(text.stdout, dir.run("-version").stdout);
    assert_eq!(text.stdout, dir.run("--version").stdout);
}

#[test]
fn version_as_json() {
    let output = Dir::empty().run("version -json");
    let mut json: serde_json::Value = serde_json::from_str(&output.raw).unwrap();
    json["platform"] = "[PLATFORM]".into();
    assert_snapshot!(format!("{json:#}"), @r#"
    {
      "terraform_version": "1.11.4",
      "platform": "[PLATFORM]",
      "provider_selections": {},
      "terraform_outdated": false
    }
    "#);
}

#[test]
fn an_unknown_command_is_told() {
    assert_snapshot!(Dir::empty().run("aply"), @r#"
    exit code 1
    --- standard error
    Trunkline has no command named "aply". Did you mean "apply"?

    To see all commands, run:
      trunkline -help
    "#);
}

#[test]
fn an_unknown_option_is_told() {
    assert_snapshot!(Dir::empty().run("plan -bogus"), @"
    exit code 1
    --- standard error

    Error: Failed to parse command-line flags

    flag provided but not defined: -bogus

    For more help on using this command, run:
      trunkline plan -help
    ");
}

#[test]
fn a_missing_value_of_an_option_is_told() {
    assert_snapshot!(Dir::empty().run("plan -out"), @"
    exit code 1
    --- standard error

    Error: Failed to parse command-line flags

    flag needs an argument: -out

    For more help on using this command, run:
      trunkline plan -help
    ");
}

#[test]
fn chdir_works_in_another_directory() {
    let dir = Dir::empty();
    dir.write(
        "there/main.tf",
        "output \"cwd\" { value = \"${path.cwd} ${path.module} ${path.root}\" }\n",
    );
    assert_snapshot!(dir.run("-chdir=there apply -auto-approve"), @r#"
    exit code 0
    --- standard output

    Changes to Outputs:
      + cwd = "[DIR]/work . ."

    You can apply this plan to save these new output values to the Trunkline
    state, without changing any real infrastructure.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.

    Outputs:

    cwd = "[DIR]/work . ."
    "#);
    assert!(dir.has("there/trunkline.db"));
    assert_eq!(dir.files(), ["there"]);
}

#[test]
fn chdir_to_nowhere_is_told() {
    assert_snapshot!(Dir::empty().run("-chdir=nowhere plan"), @"
    exit code 1
    --- standard error
    Error handling -chdir option: chdir nowhere: No such file or directory (os error 2)
    ");
}

/// Standard output is a pipe here: no colour, whatever the environment says.
#[test]
fn nothing_is_coloured_when_piped() {
    let mut dir = Dir::with("resource \"terraform_data\" \"a\" { input = var.x }\n");
    let wrong = dir.run("plan");
    dir.write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    let plain = dir.run("plan");
    dir.set("TERM", "xterm-256color");
    dir.set("COLORTERM", "truecolor");
    let coloured = dir.run("plan");
    dir.set("NO_COLOR", "1");
    for output in [
        wrong,
        plain,
        coloured,
        dir.run("plan"),
        dir.run("plan -no-color"),
    ] {
        assert!(
            !output.raw.contains('\u{1b}') && !output.stderr.contains('\u{1b}'),
            "{output}"
        );
    }
}
