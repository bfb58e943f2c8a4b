//! The command line itself: version, help, mistakes in it, `-chdir`, colours.

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

    To see all of Trunkline's top-level commands, run:
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
    assert_snapshot!(Dir::empty().run("-chdir=nowhere plan"), @r"
    exit code 1
    --- standard error
    Error handling -chdir option: chdir nowhere: no such file or directory
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

/// Words from the environment stand behind the command, the general ones last, and `-var` keeps its order.
#[test]
fn words_come_from_the_environment() {
    let mut dir = Dir::with("variable \"a\" {}\noutput \"o\" { value = var.a }\n");
    dir.set(
        "TF_CLI_ARGS_plan",
        "-input=false -var 'a=one two' -var-file=b.tfvars",
    );
    dir.write("b.tfvars", "a = \"three\"\n");
    let plan = dir.run("plan");
    assert!(plan.stdout.contains("+ o = \"three\""), "{plan}");
    dir.set("TF_CLI_ARGS", "-var a=four");
    let plan = dir.run("plan");
    assert!(plan.stdout.contains("+ o = \"four\""), "{plan}");
    let plan = dir.run("plan -var a=five");
    assert!(plan.stdout.contains("+ o = \"five\""), "{plan}");
    dir.set("TF_CLI_ARGS", "");
    dir.set("TF_CLI_ARGS_workspace_list", "more");
    assert_eq!(dir.run("workspace list").code, Some(1));
    assert_eq!(dir.run("workspace show").code, Some(0));
    dir.set("TF_CLI_ARGS_plan", "-var 'a");
    assert_snapshot!(dir.run("plan"), @r"
    exit code 1
    --- standard error
    Error parsing extra CLI args from TF_CLI_ARGS_plan: invalid command line string
    ");
}

#[test]
fn flags_before_the_command_are_its_own_mistake() {
    let dir = Dir::with("");
    let stray = dir.run("-json plan");
    assert_eq!(stray.code, Some(1));
    assert!(
        stray
            .stdout
            .starts_with("Invalid flags before the subcommand."),
        "{stray}"
    );
    assert_eq!(dir.run("-chdir=. -chdir=. plan").stdout, stray.stdout);
    assert_eq!(dir.run("-nope").code, Some(127));
    assert_eq!(dir.run("-help plan").stdout, dir.run("plan -help").stdout);
    assert_eq!(dir.run("-version plan").stdout, dir.run("version").stdout);
}

/// Families of commands show what is in them, and that is still a mistake.
#[test]
fn a_family_alone_is_a_mistake() {
    let dir = Dir::empty();
    for family in ["state", "workspace", "metadata", "env"] {
        let alone = dir.run(family);
        assert_eq!(alone.code, Some(1), "{alone}");
        assert!(
            alone
                .stdout
                .starts_with(&format!("Usage: trunkline {family} <COMMAND>")),
            "{alone}"
        );
        assert_eq!(dir.run(&format!("{family} nope")).stdout, alone.stdout);
    }
    assert_snapshot!(dir.run("providers nope"), @r"
    exit code 1
    --- standard error
    Too many command line arguments. Did you mean to use -chdir?
    ");
}

#[test]
fn modules_are_shown_as_a_tree_and_as_json() {
    let dir = Dir::with("module \"b\" { source = \"./b\" }\nmodule \"a\" { source = \"./c\" }\n");
    dir.write("b/main.tf", "module \"c\" { source = \"../c\" }\n");
    dir.write("c/main.tf", "output \"o\" { value = 1 }\n");
    assert_eq!(
        dir.run("modules").code,
        Some(1),
        "they must have been found by init"
    );
    assert_eq!(dir.run("get").code, Some(0));
    assert_eq!(
        dir.run("modules").stdout,
        "\nModules declared by configuration:\n.\n├── \"a\"[./c]\n└── \"b\"[./b]\n    └── \"c\"[../c]\n\n"
    );
    assert_eq!(
        dir.run("modules -json").stdout,
        "{\"format_version\":\"1.0\",\"modules\":[{\"key\":\"a\",\"source\":\"./c\",\"version\":\"\"},{\"key\":\"b\",\"source\":\"./b\",\"version\":\"\"},{\"key\":\"c\",\"source\":\"../c\",\"version\":\"\"}]}\n"
    );
    let none = Dir::with("");
    assert_eq!(
        none.run("modules -json").stdout,
        "{\"format_version\":\"1.0\",\"modules\":null}\n"
    );
    assert_eq!(
        none.run("modules").stdout,
        "No modules found in configuration.\n"
    );
}

/// Providers are part of the program: nothing is fetched for them, and others are refused.
#[test]
fn providers_are_locked_and_mirrored_without_fetching() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    assert_snapshot!(dir.run("providers lock -platform=linux_amd64"), @r"
    exit code 0
    --- standard output

    Success! Trunkline has validated the lock file and found no need for changes.
    ");
    assert_eq!(dir.run("providers lock -platform=linux").code, Some(1));
    assert_eq!(dir.run("providers lock a/b").code, Some(1));
    dir.write("out/keep", "");
    assert_snapshot!(dir.run("providers mirror out"), @r"
    exit code 0
    --- standard output
    - Skipping terraform.io/builtin/terraform because it is built in to Trunkline CLI
    ");
    assert_eq!(dir.run("providers mirror").code, Some(1));
    assert_eq!(dir.run("providers mirror nowhere").code, Some(1));
    dir.write(
        "main.tf",
        "terraform {\n  required_providers {\n    x = { source = \"other/x\" }\n  }\n}\n",
    );
    assert_eq!(dir.run("providers lock").code, Some(1));
    assert_eq!(dir.run("providers mirror out").code, Some(1));
}

#[test]
fn there_is_no_host_to_log_in_to() {
    let dir = Dir::empty();
    let login = dir.run("login");
    assert_eq!(login.code, Some(1));
    assert!(
        login
            .stderr
            .contains("Error: Host app.terraform.io cannot be logged in to"),
        "{login}"
    );
    assert_eq!(
        dir.run("logout a.b").stdout,
        "No credentials for a.b are stored.\n\n"
    );
    assert_eq!(dir.run("logout a b").code, Some(1));
}

/// The scripts know every command, and options with one dash; bash itself says what it would complete.
#[test]
fn shells_complete_commands_and_options() {
    let dir = Dir::empty();
    for (shell, option) in [("bash", " -out "), ("zsh", "'-out=["), ("fish", " -o out ")] {
        let script = dir.run(&format!("completion {shell}"));
        assert_eq!(script.code, Some(0), "{script}");
        for word in [option, "force-unlock", "replace-provider"] {
            assert!(script.raw.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(dir.run("completion tcsh").code, Some(1));
    dir.write("complete.bash", &dir.run("completion bash").raw);
    let script = "source complete.bash; COMP_WORDS=(trunkline state p); COMP_CWORD=2; _trunkline trunkline p state; echo ${COMPREPLY[@]}; COMP_WORDS=(trunkline plan -ou); _trunkline trunkline -ou plan; echo ${COMPREPLY[@]}";
    match dir.command("bash").args(["-c", script]).output() {
        Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout), "pull push\n-out\n"),
        Err(error) => println!("skipped: bash cannot be started: {error}"),
    }
}

#[test]
fn flags_end_at_the_first_argument() {
    let dir = Dir::with("output \"o\" {\n  value = 1\n}\n");
    dir.apply("");
    assert_eq!(dir.run("output -no-color o").stdout, "1\n");
    // What is taken wherever it stands.
    assert_eq!(dir.run("output o -no-color").stdout, "1\n");
    let late = dir.run("output o -json");
    assert!(late.stderr.contains("Error: Unexpected argument"), "{late}");
    let late = dir.run("apply tfplan -auto-approve");
    assert!(
        late.stderr.contains("Too many command line arguments"),
        "{late}"
    );
    let odd = dir.run("plan ---x");
    assert!(odd.stderr.contains("bad flag syntax: ---x"), "{odd}");
    let value = dir.run("plan -lock=perhaps");
    assert!(
        value
            .stderr
            .contains("invalid boolean value \"perhaps\" for -lock: parse error"),
        "{value}"
    );
}

#[test]
fn what_may_have_been_meant_is_told() {
    let dir = Dir::with("resource \"terraform_data\" \"server\" {}\n");
    dir.apply("");
    let told = |line: &str, text: &str| {
        let output = dir.run(line);
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stderr.contains(text), "{line}: {output}");
    };
    told("aply", "Did you mean \"apply\"?");
    told(
        "plan -detailed-exit-code",
        "not defined: -detailed-exit-code. Did you mean",
    );
    told(
        "taint terraform_data.serve",
        "Did you mean terraform_data.server?",
    );
    told(
        "state show terraform_data.sever",
        "Did you mean terraform_data.server?",
    );
    told(
        "state list terraform_data.servers",
        "Did you mean terraform_data.server?",
    );
}

#[test]
fn mistakes_are_part_of_the_stream_where_one_is_asked_for() {
    let output = Dir::empty().run("plan -json -zyx");
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    let lines: Vec<serde_json::Value> = output
        .raw
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["type"], "version");
    assert_eq!(
        lines[1]["diagnostic"]["summary"],
        "Failed to parse command-line flags"
    );
    assert_eq!(
        lines[1]["diagnostic"]["detail"],
        "flag provided but not defined: -zyx"
    );
}

#[test]
fn help_teaches_a_command() {
    let dir = Dir::empty();
    let help = dir.run("help state mv");
    assert_eq!(help.code, Some(0), "{help}");
    assert_eq!(help.stdout, dir.run("state mv -h").stdout);
    assert_eq!(help.stdout, dir.run("state mv a b -help").stdout);
    assert!(help.stdout.contains("state mv T.old T.new"), "{help}");
    assert_eq!(dir.run("help").stdout, dir.run("-help").stdout);
    assert!(
        dir.run("help aply")
            .stderr
            .contains("Did you mean \"apply\"?")
    );
}

#[cfg(unix)]
#[test]
fn called_terraform_it_answers_as_that() {
    let dir = Dir::with(
        "terraform {\n  required_version = \"~> 1.11.0\"\n}\nresource \"terraform_data\" \"a\" {}\n",
    );
    let link = dir.around().join("terraform");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trunkline"), &link).unwrap();
    let run = |line: &str| {
        let output = dir.command(&link).args(line.split(' ')).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (_, version) = run("version");
    assert!(version.starts_with("Terraform v1.11.4\non "), "{version}");
    let (_, version) = run("version -json");
    let version: serde_json::Value = serde_json::from_str(&version).unwrap();
    assert_eq!(version["terraform_version"], "1.11.4");
    for line in [
        "init",
        "plan",
        "apply -auto-approve",
        "apply",
        "plna",
        "output",
        "destroy",
        "plan -nope",
    ] {
        let (_, text) = run(line);
        let other = text
            .lines()
            .find(|line| line.to_lowercase().contains("trunkline"));
        assert_eq!(other, None, "{line}: {text}");
    }
    dir.write(
        "main.tf",
        "terraform {\n  required_version = \"< 1.0\"\n}\n",
    );
    let (code, text) = run("plan");
    assert_eq!(code, Some(1));
    assert!(
        text.contains("Error: Unsupported Terraform Core version"),
        "{text}"
    );
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

/// What reads a file that a full disk has cut short must not take it for the whole.
#[test]
fn output_that_is_lost_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        eprintln!("skipped: this system has no /dev/full");
        return;
    };
    let dir = Dir::with("output \"o\" {\n  value = 1\n}\n");
    dir.apply("");
    let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
    let output = command
        .args(["output", "-json"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "\nError: Output could not be written\n\nWhat this command printed has not all reached standard output: no space left on device. All else that it does is done.\n"
    );
}

/// Containers often set neither USER nor LOGNAME.
#[test]
fn who_runs_a_command_is_known_without_variables() {
    let mut dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    let id = dir.command("id").arg("-un").output();
    let Some(id) = id
        .ok()
        .filter(|id| id.status.success() && std::path::Path::new("/proc/self").exists())
    else {
        eprintln!("skipped: nothing tells who runs this test");
        return;
    };
    dir.unset("USER");
    dir.apply("");
    let user = String::from_utf8(id.stdout).unwrap();
    let who = format!("{}@host", user.trim());
    let history = dir.run("history");
    assert!(history.stdout.contains(&who), "{history}");
}
