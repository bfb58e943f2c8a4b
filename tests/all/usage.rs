//! The command line itself: version, mistakes in it, `-chdir`, colours.

use insta::assert_snapshot;

use crate::harness::Dir;

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
