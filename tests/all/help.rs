//! The help of the program and of its commands, and what stands in its place.

use insta::assert_snapshot;

use crate::harness::Dir;

#[test]
fn without_a_command_the_help_is_shown_with_code_127() {
    assert_snapshot!(Dir::empty().run(""), @r#"
    exit code 127
    --- standard output
    Usage: trunkline [OPTIONS] [COMMAND]

      Sets up messaging and contact-centre platforms as configuration files (.tf) in this directory say.

      The usual way:
        init              once, and whenever modules or the backend change
        plan              see what would be done; nothing is changed
        apply             see it, answer "yes", and have it done
        destroy           remove everything that this directory manages

      Any of them with -sandbox is a rehearsal: the vendors are simulated on this machine, nothing real is reached.
      "help COMMAND" or "COMMAND -help" tells of one command. Options stand before arguments: plan -out=FILE.

    Commands:
      init          Prepare the working directory for the other commands
      validate      Check whether the configuration is valid
      plan          Show the changes that the configuration requires
      apply         Create or change objects as the configuration requires
      destroy       Destroy the objects that this directory manages
      refresh       Take over what has changed outside, without asking
      import        Take an object that exists into the state
      discover      List what exists at a vendor, and write import blocks with matching configuration
      compare       Show what differs between two tenants, by name rather than id
      taint         Mark an object for replacement
      untaint       Take back the mark of an object for replacement
      show          Show the state, or a saved plan
      output        Show the outputs of the root module
      state         Look at the state, and edit what it says of objects
      history       List the runs, and show what one of them did
      test          Run the tests of the configuration
      console       Try expressions, with the configuration and the state in scope
      fmt           Bring configuration files into the canonical layout
      get           Check that the modules that the configuration calls are there
      force-unlock  Give back a lock of the state that nobody holds any more
      login         Get credentials of a remote host (there is none to log in to)
      logout        Forget the credentials of a remote host
      modules       Show the modules that the configuration calls
      metadata      Describe the language for other programs
      review        Show what this branch changes, without credentials
      why           Tell what a planned change comes of, and what comes of it
      graph         Write the graph of dependencies in DOT
      providers     Show the providers that the configuration requires
      sandbox       Serve the vendors' simulators, to look at them or to point clients at them
      version       Show the version
      completion    Write a script that completes commands and options in a shell
      workspace     Make, select, list and delete workspaces

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
    Usage: trunkline plan [OPTIONS]

      Shows what apply would do, and changes nothing.

      Objects are read again at the vendor first (-refresh=false leaves that out), then compared with the configuration:
      "+" create, "~" change, "-" destroy, "-/+" replace, "<=" read. A saved plan is applied exactly as it was shown; it
      holds values sealed with the state's key.

        plan -out=tfplan                   save it for apply
        plan -destroy                      what destroy would do
        plan -refresh-only                 only what has changed outside
        plan -detailed-exitcode            0 nothing to do, 1 error, 2 changes

    Options:
          -destroy                     Plan to destroy everything
          -refresh-only                Only take over what has changed outside
          -refresh[=<BOOL>]            Whether to read objects again before planning [default: true]
          -replace <ADDRESS>           Replace this object; may be given more than once
          -target <ADDRESS>            Limit the plan to this object and what it depends on; may be given more than once
          -exclude <ADDRESS>           Leave this object out, and what depends on it; may be given more than once
          -parallelism <N>             Most provider calls at once [default: 10]
          -compact-warnings            Show warnings in one line each
          -json                        Write a stream of JSON messages, one a line, instead of text
          -redact[=<BOOL>]             Leave sensitive values out of what is written for programs; the default is what
                                       TRUNKLINE_REDACT says
          -out <FILE>                  Save the plan to a file
          -generate-config-out <FILE>  Write configuration for what is imported and has none to this file, which must be
                                       a new one
          -policy <DIR>                Ask the policies in this directory (Rego); may be given more than once. The exit
                                       code is 5 where they forbid the plan
          -compact                     Show the plan in one line a change
          -report <FILE>               Write a report of the plan to this file; its ending says the format (.md, .html,
                                       .json, .xml for JUnit, .txt, .annotations). May be given more than once
          -to-run <RUN>                Plan back to what an earlier run made: with its configuration and its values of
                                       variables
          -detailed-exitcode           Exit with 0 when there is nothing to do, 1 on errors, 2 when there are changes
      -h, -help                        Print help

    Options of many commands:
          -no-color                 Do not write colours
          -no-pager                 Do not show what is longer than the screen in a pager
          -sandbox                  Rehearse: work against the vendors' simulators, with a state of its own
          -sandbox-exec             Run provisioners in a rehearsal, which only shows them otherwise
          -annotations              Write problems as GitHub annotations too
          -lock[=<BOOL>]            Whether to lock the state [default: true]
          -lock-timeout <DURATION>  How long to wait for the lock, e.g. 10s or 1m [default: 0s]
          -var <NAME=VALUE>         Set a variable; may be given more than once
          -var-file <FILE>          Load variables from a file; may be given more than once
          -input[=<BOOL>]           Ask for variables that are not set [default: true]
          -state <FILE>             A state file to work on instead; it is read and written
          -state-out <FILE>         Where the state is written, if not where it was read
          -backup <FILE>            Where the state that was there goes before it is written; `-` for nowhere
    "#);
}

#[test]
fn help_of_apply() {
    assert_snapshot!(Dir::empty().run("apply -help"), @r#"
    exit code 0
    --- standard output
    Usage: trunkline apply [OPTIONS] [PLAN]

      Does what the configuration asks for: plans, shows the plan, asks, and runs it.

      Nothing is begun before the question is answered with "yes", or without asking with -auto-approve. A plan that
      "plan -out=FILE" saved is run as it is, without a question: what was reviewed is what is done, or it is refused
      because the state has changed since. What succeeds is saved even if something else fails; apply again to go on. The
      same holds when the process dies in the middle.

        apply                              plan, ask, run
        apply tfplan                       run a saved plan
        apply -replace='T.web[0]'          replace one object
        apply -target=module.net           only this and what it needs
        apply -expect=DIGEST               only the plan whose report was approved

      The plan is not put into a pager: it stays above the question, to be scrolled back to before it is answered.

    Arguments:
      [PLAN]  A saved plan to apply

    Options:
          -destroy               Plan to destroy everything
          -refresh-only          Only take over what has changed outside
          -refresh[=<BOOL>]      Whether to read objects again before planning [default: true]
          -replace <ADDRESS>     Replace this object; may be given more than once
          -target <ADDRESS>      Limit the plan to this object and what it depends on; may be given more than once
          -exclude <ADDRESS>     Leave this object out, and what depends on it; may be given more than once
          -parallelism <N>       Most provider calls at once [default: 10]
          -compact-warnings      Show warnings in one line each
          -json                  Write a stream of JSON messages, one a line, instead of text
          -auto-approve          Do not ask for approval
          -allow-outside-window  Make changes that a change window holds; the history records it
          -reason <TEXT>         Why, for the history
          -answers <FILE>        Answers to manual steps, for where nobody can be asked
          -policy <DIR>          Ask the policies in this directory (Rego); may be given more than once. What they
                                 forbid is not applied, and the exit code is 5
          -expect <DIGEST>       Apply only a plan with this digest, which reports of it show
      -h, -help                  Print help

    Options of many commands:
          -no-color                 Do not write colours
          -no-pager                 Do not show what is longer than the screen in a pager
          -sandbox                  Rehearse: work against the vendors' simulators, with a state of its own
          -sandbox-exec             Run provisioners in a rehearsal, which only shows them otherwise
          -annotations              Write problems as GitHub annotations too
          -lock[=<BOOL>]            Whether to lock the state [default: true]
          -lock-timeout <DURATION>  How long to wait for the lock, e.g. 10s or 1m [default: 0s]
          -var <NAME=VALUE>         Set a variable; may be given more than once
          -var-file <FILE>          Load variables from a file; may be given more than once
          -input[=<BOOL>]           Ask for variables that are not set [default: true]
          -state <FILE>             A state file to work on instead; it is read and written
          -state-out <FILE>         Where the state is written, if not where it was read
          -backup <FILE>            Where the state that was there goes before it is written; `-` for nowhere
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
fn a_mistyped_word_of_a_family_is_told_beside_its_help() {
    let dir = Dir::empty();
    let output = dir.run("state lst");
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(output.stdout, dir.run("state").stdout);
    assert_eq!(
        output.stderr,
        "Trunkline has no command named \"state lst\". Did you mean \"state list\"?\n\nTo see all commands of \"state\", run:\n  trunkline state -help\n\n"
    );
    let output = dir.run("workspace everything");
    assert!(
        output.stderr.contains("\"workspace everything\".\n"),
        "{output}"
    );
    assert_eq!(dir.run("state").stderr, "");
}

/// No line of a help is longer than a wide terminal, and what goes on in another line stands under what it goes on.
#[test]
fn help_is_no_wider_than_a_wide_terminal() {
    let dir = Dir::empty();
    let help = dir.run("").stdout;
    let commands = help.lines().skip_while(|l| *l != "Commands:").skip(1);
    for line in commands.take_while(|l| !l.is_empty()) {
        let command = line.split_whitespace().next().unwrap();
        let help = dir.run(&format!("{command} -help")).stdout;
        let wide: Vec<&str> = help.lines().filter(|l| l.chars().count() > 122).collect();
        assert_eq!(wide, Vec::<&str>::new(), "{command}");
        let (guide, _) = help.split_once("Options:").unwrap();
        let astray = |line: &&str| !line.is_empty() && !line.starts_with(' ');
        let astray: Vec<&str> = guide.lines().skip(1).filter(astray).collect();
        let titles = ["Commands:", "Arguments:"];
        assert!(
            astray.iter().all(|l| titles.contains(l)),
            "{command}: {astray:?}"
        );
    }
}
