//! The recipes of `examples/ci`, run: the shell steps that GitHub and GitLab would run, in fresh checkouts of an example,
//! against the simulators and against what stands in for the hosts (`tests/data/recipes`).
//!
//! A request is planned, commented, commented again; what was reviewed is applied, and nothing else; what changes outside
//! is told at night.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::Dir;
use crate::sandbox_process::SandboxProcess;
use crate::stage::{SUNDAY, copy};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the programs are here that the recipes' runners have.
fn can_run() -> bool {
    let here = |program: &&str| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|o| o.status.success())
    };
    let all = ["bash", "jq"].iter().all(here);
    if !all {
        println!("recipes: skipped, there is no bash or no jq");
    }
    all
}

/// A host that runs a recipe.
struct Host {
    /// The runner's disk, with the simulators beside it.
    dir: Dir,
    sandbox: SandboxProcess,
    recipe: Value,
    github: bool,
    checkouts: std::cell::Cell<usize>,
}

/// How a job ended.
struct Job {
    code: Option<i32>,
    said: String,
    checkout: PathBuf,
}

impl Host {
    fn new(github: bool) -> Host {
        let mut dir = Dir::empty();
        dir.set("TF_VAR_guided", "false");
        dir.set("TRUNKLINE_NOW", SUNDAY);
        let runner = dir.path();
        copy(
            &root().join("examples/genesys-sms-aggregation"),
            &runner.join("origin"),
            false,
        );
        copy(
            &root().join("examples/policies"),
            &runner.join("origin/policies"),
            false,
        );
        let list = runner.join("origin/policies/sender_ids.rego");
        let text = std::fs::read_to_string(&list).unwrap();
        std::fs::write(list, text.replace("\"38736\"", "\"16504\"")).unwrap();
        for name in ["gh", "curl"] {
            let to = runner.join("bin").join(name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(root().join("tests/data/recipes").join(name), to).unwrap();
        }
        std::fs::create_dir_all(runner.join("fake")).unwrap();
        std::fs::create_dir_all(runner.join("state")).unwrap();
        // What a runner has as `trunkline` rehearses here.
        let program = env!("CARGO_BIN_EXE_trunkline");
        dir.write(
            "bin/trunkline",
            &format!("#!/bin/sh\ncommand=$1\nshift\ncase $command in\nplan|apply) exec {program} $command -sandbox -no-color \"$@\" ;;\n*) exec {program} $command \"$@\" ;;\nesac\n"),
        );
        let program = runner.join("bin/trunkline");
        make_executable(&program);
        let sandbox = SandboxProcess::start(&dir, 0);
        dir.set(
            "TRUNKLINE_DATA_DIR",
            &runner.join(".trunkline").display().to_string(),
        );
        let file = match github {
            true => "github-actions.yml",
            false => "gitlab-ci.yml",
        };
        std::fs::copy(root().join("examples/ci").join(file), runner.join(file)).unwrap();
        let read = dir.answer(
            "console",
            &format!("jsonencode(yamldecode(file(\"{file}\")))\n"),
        );
        assert_eq!(read.code, Some(0), "{read}");
        let text: String = serde_json::from_str(read.raw.trim()).unwrap();
        let host = Host {
            recipe: serde_json::from_str(&text).unwrap(),
            dir,
            sandbox,
            github,
            checkouts: std::cell::Cell::new(0),
        };
        host.git(&["init", "--quiet", "--initial-branch=main"]);
        host.commit();
        host
    }

    fn git(&self, words: &[&str]) {
        let mut git = self.dir.command("git");
        git.current_dir(self.dir.path().join("origin")).args(words);
        let output = git.output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "."]);
        let author = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
        self.git(&[&author[..], &["commit", "--quiet", "-m", "x"]].concat());
    }

    /// Changes a file of the repository.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.dir.path().join("origin").join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        self.commit();
    }

    /// Runs a job of the recipe in a checkout of its own.
    fn job(&self, name: &str, more: &[(&str, &str)]) -> Job {
        let n = self.checkouts.replace(self.checkouts.get() + 1);
        let checkout = self.dir.path().join(format!("checkout{n}"));
        let mut git = self.dir.command("git");
        git.args(["clone", "--quiet", "origin"]).arg(&checkout);
        assert!(git.status().unwrap().success());
        let scripts = match self.github {
            true => self.github_steps(name),
            false => self.gitlab_steps(name),
        };
        let mut job = Job {
            code: Some(0),
            said: String::new(),
            checkout,
        };
        let mut failed = false;
        for script in scripts {
            if failed && !script.always {
                continue;
            }
            let mut bash = self.dir.command("bash");
            let path = format!(
                "{}:/usr/local/bin:/usr/bin:/bin",
                self.dir.path().join("bin").display()
            );
            bash.env("PATH", path)
                .env("FAKE", self.dir.path().join("fake"))
                .env("CI", "true")
                .envs(script.environment)
                .env("TRUNKLINE_STATE", self.dir.path().join("state"))
                .envs(more.iter().copied())
                .current_dir(&job.checkout)
                .args([script.shell, "-c", &script.text]);
            let output = bash.output().unwrap();
            job.said += &String::from_utf8_lossy(&output.stdout);
            job.said += &String::from_utf8_lossy(&output.stderr);
            if !output.status.success() && !failed {
                failed = true;
                job.code = output.status.code();
            }
        }
        job
    }

    /// The `run` steps of a job, with their environment.
    fn github_steps(&self, name: &str) -> Vec<Script> {
        let job = &self.recipe["jobs"][name];
        let steps = job["steps"].as_array().unwrap();
        let environment = |levels: [&Value; 3]| -> Vec<(String, String)> {
            let all = levels.into_iter().filter_map(Value::as_object).flatten();
            let mut all: Vec<(String, String)> = all
                .map(|(k, v)| (k.clone(), expression(v.as_str().unwrap())))
                .collect();
            all.push(("GITHUB_REPOSITORY".into(), "acme/messaging".into()));
            all.push(("GITHUB_SHA".into(), "c0ffee".into()));
            all
        };
        let scripts = steps.iter().filter_map(|step| {
            Some(Script {
                text: step["run"].as_str()?.to_owned(),
                environment: environment([&self.recipe["env"], &job["env"], &step["env"]]),
                always: step["if"] == "always()",
                shell: "-e",
            })
        });
        let scripts: Vec<Script> = scripts.collect();
        assert!(!scripts.is_empty(), "{name} has no step that is run");
        scripts
    }

    /// The one script that GitLab makes of a job.
    fn gitlab_steps(&self, name: &str) -> Vec<Script> {
        let lines = |part: &Value| -> Vec<String> {
            let all = part.as_array().unwrap().iter();
            all.map(|l| l.as_str().unwrap().to_owned()).collect()
        };
        let mut text = lines(&self.recipe["default"]["before_script"]);
        text.extend(lines(&self.recipe[name]["script"]));
        let mut environment: Vec<(String, String)> = self.recipe["variables"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned()))
            .collect();
        let given = [
            ("CI_API_V4_URL", "https://gitlab.test/api/v4"),
            ("CI_PROJECT_ID", "42"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_COMMIT_SHA", "c0ffee"),
            ("GITLAB_TOKEN", "glpat-x"),
        ];
        environment.extend(given.map(|(k, v)| (k.to_owned(), v.to_owned())));
        vec![Script {
            text: text.join("\n"),
            environment,
            always: false,
            shell: "-e",
        }]
    }

    fn comments(&self) -> Vec<String> {
        let text = std::fs::read(self.dir.path().join("fake/comments.json")).unwrap();
        let all: Value = serde_json::from_slice(&text).unwrap();
        let all = all.as_array().unwrap().iter();
        all.map(|c| c["body"].as_str().unwrap().to_owned())
            .collect()
    }

    fn issues(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("fake/issues")).unwrap_or_default()
    }

    /// A whole life of a repository.
    fn live(&self) {
        // A request is planned, and commented once however often it is pushed.
        let planned = self.job("plan", &[]);
        assert_eq!(planned.code, Some(0), "{}", planned.said);
        assert!(planned.checkout.join("plan.html").exists());
        let first = self.comments();
        assert_eq!(first.len(), 1, "{}", planned.said);
        assert!(first[0].contains("1 purchase"), "{}", first[0]);
        assert!(first[0].contains("**Policies agree**"), "{}", first[0]);
        self.edit("README.md", "#", "##");
        let again = self.job("plan", &[]);
        assert_eq!(again.code, Some(0), "{}", again.said);
        assert_eq!(self.comments(), first);

        // A request that was not reviewed is not applied.
        let unseen = self.job("apply", &[("NUMBER_OF_COMMIT", "8")]);
        assert_ne!(unseen.code, Some(0), "{}", unseen.said);
        let effects = |s: &SandboxProcess| {
            let made = s.effects().into_iter();
            made.filter(|r| r.effect == "create" || r.effect == "purchase")
                .count()
        };
        let before = effects(&self.sandbox);
        assert_eq!(before, 0, "{}", unseen.said);

        // What was reviewed is applied.
        let applied = self.job("apply", &[]);
        assert_eq!(applied.code, Some(0), "{}", applied.said);
        assert!(applied.said.contains("11 added"), "{}", applied.said);
        assert!(effects(&self.sandbox) > 0);

        // The next request is merged with more than was reviewed.
        self.edit("outputs.tf", "output \"", "output \"x_");
        let planned = self.job("plan", &[]);
        assert_eq!(planned.code, Some(0), "{}", planned.said);
        let second = self.comments();
        assert_eq!(second.len(), 1, "{}", planned.said);
        assert_ne!(second, first);
        self.edit("outputs.tf", "output \"x_", "output \"y_");
        let refused = self.job("apply", &[]);
        assert_eq!(refused.code, Some(1), "{}", refused.said);
        assert!(
            refused.said.contains("The plan is not the expected one"),
            "{}",
            refused.said
        );
        self.edit("outputs.tf", "output \"y_", "output \"x_");
        assert_eq!(self.job("apply", &[]).code, Some(0));

        // A plan that a policy forbids fails the job, and its report says why.
        self.edit("sandbox.tfvars", "\"16504\"", "\"99999\"");
        let forbidden = self.job("plan", &[]);
        assert_eq!(forbidden.code, Some(5), "{}", forbidden.said);
        let third = self.comments();
        assert_eq!(third.len(), 1);
        assert!(third[0].contains("**forbidden**"), "{}", third[0]);
        self.edit("sandbox.tfvars", "\"99999\"", "\"16504\"");
    }

    /// What changes outside is told at night, once there is something.
    fn nights(&self) {
        let quiet = self.job("drift", &[]);
        assert_eq!(quiet.code, Some(0), "{}", quiet.said);
        assert_eq!(self.issues(), "", "{}", quiet.said);
        let role = self
            .sandbox
            .find("role", "name", "Nexus Messaging")
            .unwrap();
        let id = role["id"].as_str().unwrap();
        self.sandbox.patch(
            &format!("genesyscloud/role/{id}"),
            &json!({"description": "changed by hand"}),
        );
        let told = self.job("drift", &[]);
        assert_eq!(told.code, Some(0), "{}", told.said);
        let issue = self.issues();
        assert!(issue.starts_with("Changed outside: "), "{issue}");
        assert!(issue.contains("changed by hand"), "{issue}");
    }
}

/// What is run at once.
struct Script {
    text: String,
    environment: Vec<(String, String)>,
    /// Also after a step that failed.
    always: bool,
    shell: &'static str,
}

/// A value of the recipe with what stands in for the host's expressions. One that is not known here is a mistake.
fn expression(text: &str) -> String {
    match text {
        "${{ secrets.TRUNKLINE_STATE_KEY }}" => crate::harness::KEY.to_owned(),
        "${{ github.token }}" => "ghs_x".to_owned(),
        "${{ github.event.pull_request.number }}" => "7".to_owned(),
        text => {
            assert!(!text.contains("${{"), "unknown: {text}");
            text.to_owned()
        }
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}

#[test]
fn the_recipe_for_github_does_what_it_says() {
    if can_run() {
        let host = Host::new(true);
        host.live();
        host.nights();
    }
}

#[test]
fn the_recipe_for_gitlab_does_what_it_says() {
    if can_run() {
        let host = Host::new(false);
        host.live();
        host.nights();
    }
}

/// The recipes link the state of a disk that the runner keeps into each checkout: all of them have one, from the first.
#[cfg(unix)]
#[test]
fn checkouts_that_link_to_a_state_share_it() {
    let dir = Dir::empty();
    std::fs::create_dir(dir.path().join("state")).unwrap();
    for checkout in ["one", "two"] {
        dir.write(
            &format!("{checkout}/main.tf"),
            "resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n",
        );
        let link = dir.path().join(checkout).join("trunkline.db");
        std::os::unix::fs::symlink("../state/trunkline.db", link).unwrap();
    }
    let applied = dir.run("-chdir=one apply -auto-approve");
    assert_eq!(applied.code, Some(0), "{applied}");
    let again = dir.run("-chdir=two plan -detailed-exitcode");
    assert_eq!(again.code, Some(0), "{again}");
    let destroyed = dir.run("-chdir=two destroy -auto-approve");
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    assert_eq!(dir.run("-chdir=one state list").stdout, "");
    let beside = |checkout: &str| {
        let entries = std::fs::read_dir(dir.path().join(checkout)).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|n| n.starts_with("trunkline.db"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(beside("one"), ["trunkline.db"]);
    assert_eq!(beside("two"), ["trunkline.db"]);
}
