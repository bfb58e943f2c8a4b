//! The example on a stage: a copy of its folder beside a sandbox that runs as a process of its own, rehearsed
//! ([`Stage`]) or live ([`Live`]), and the judgement on what became of it.
//!
//! The judgement compares `state pull` with the objects of the sandbox; it does not ask a provider.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{NUMBER, SandboxProcess, sha256};

/// The example in a directory of its own, beside a running sandbox.
pub struct Stage {
    pub dir: Dir,
    pub sandbox: SandboxProcess,
    /// What was there before the program did anything.
    pub seeded: BTreeSet<String>,
}

/// A Sunday, when no change window of an example holds anything.
pub const SUNDAY: &str = "2026-01-04T08:00:00Z";

/// A directory for an example without the steps of people, which `manual_step` tests, and outside the hours of change
/// windows, which `windows` tests: what a test says may not depend on when it runs.
pub fn unguided() -> Dir {
    let mut dir = Dir::empty();
    dir.set("TF_VAR_guided", "false");
    dir.set("TRUNKLINE_NOW", SUNDAY);
    dir
}

/// The example that most tests run.
const EXAMPLE: &str = "genesys-sms-aggregation";

/// Where it is in the repository.
pub fn example() -> PathBuf {
    folder(EXAMPLE)
}

/// Where an example is in the repository.
pub fn folder(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(example)
}

/// Copies a directory. Of the example only what git has: a rehearsal may have been held there.
pub fn copy(from: &Path, to: &Path, hidden_too: bool) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let file = entry.file_name().into_string().unwrap();
        let left_out = file.starts_with('.') || file.starts_with("trunkline.db");
        if left_out && !hidden_too {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(file), hidden_too),
            false => drop(std::fs::copy(entry.path(), to.join(file)).unwrap()),
        }
    }
}

/// A text about an example in which each place tells the words of its line rather than the number: `main.tf:12`
/// becomes `main.tf:<resource 'a' 'b' {>`. What is compared stays as it is when lines are added further up, and shows
/// more of whether the place is right.
pub fn places_in_words(dir: &Path, text: &str) -> String {
    let words = |file: &str, line: &str| {
        let text = std::fs::read_to_string(dir.join(file)).ok()?;
        let line = line.parse::<usize>().ok()?.checked_sub(1)?;
        Some(match text.lines().nth(line) {
            Some(line) => {
                let words: Vec<&str> = line.split_whitespace().collect();
                words.join(" ").replace('"', "'")
            }
            None => "no such line".to_owned(),
        })
    };
    let place = regex::Regex::new(r"([\w./-]+\.tf):(\d+)").unwrap();
    let text = place.replace_all(text, |found: &regex::Captures<'_>| {
        match words(&found[1], &found[2]) {
            Some(words) => format!("{}:<{words}>", &found[1]),
            None => found[0].to_owned(),
        }
    });
    let lines = regex::Regex::new(r"file=([^,]+),line=(\d+),endLine=(\d+)").unwrap();
    let text = lines.replace_all(&text, |found: &regex::Captures<'_>| {
        let (file, line, end) = (&found[1], &found[2], &found[3]);
        match (words(file, line), words(file, end)) {
            (Some(line), Some(end)) => format!("file={file},line=<{line}>,endLine=<{end}>"),
            _ => found[0].to_owned(),
        }
    });
    text.into_owned()
}

impl Stage {
    /// The example, untouched.
    pub fn new(latency: u64) -> Stage {
        Stage::of(EXAMPLE, latency)
    }

    /// Another example, untouched. The judgement on what became of it knows only the first one.
    pub fn of(example: &str, latency: u64) -> Stage {
        let dir = unguided();
        copy(&folder(example), &dir.path(), false);
        let sandbox = SandboxProcess::start(&dir, latency);
        let seeded = sandbox.everything();
        Stage {
            dir,
            sandbox,
            seeded,
        }
    }

    /// Another stage like this one, with the same state and the same objects. This one's sandbox must be stopped.
    pub fn again(from: &Path, seeded: &BTreeSet<String>, latency: u64) -> Stage {
        let dir = unguided();
        copy(from, &dir.path(), true);
        let sandbox = SandboxProcess::start(&dir, latency);
        Stage {
            dir,
            sandbox,
            seeded: seeded.clone(),
        }
    }

    /// Runs a command of the rehearsal.
    pub fn run(&self, line: &str) -> Output {
        self.dir.run(&format!("{line} -sandbox -no-color"))
    }

    /// Applies without asking, and insists that it goes well.
    pub fn apply(&self) -> Output {
        let output = self.run("apply -auto-approve");
        assert_eq!(output.code, Some(0), "{output}");
        output
    }

    /// Insists that there is nothing to do.
    pub fn settled(&self) {
        let output = self.run("plan -detailed-exitcode");
        assert_eq!(output.code, Some(0), "{output}");
        assert!(output.stdout.contains("No changes."), "{output}");
    }

    /// The state, with its secrets: `state pull` is one of the commands that show them.
    pub fn state(&self) -> State {
        let output = self.run("state pull");
        assert_eq!(output.code, Some(0), "{output}");
        State(serde_json::from_str(&output.raw).unwrap())
    }

    /// Replaces text in a file of the example, which must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.dir.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not say {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// What is there now and was not before.
    pub fn made(&self) -> BTreeSet<String> {
        self.sandbox
            .everything()
            .difference(&self.seeded)
            .cloned()
            .collect()
    }

    /// The judgement on a finished apply: the objects are those of the state and none else, their secrets fit
    /// together, and the number was bought once. Empty when all is well.
    pub fn judge(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let (there, known) = (self.made(), self.state().objects());
        wrong.extend(
            there
                .difference(&known)
                .map(|o| format!("the state does not know {o}")),
        );
        wrong.extend(
            known
                .difference(&there)
                .map(|o| format!("only the state knows {o}")),
        );
        let gone: Vec<_> = self
            .seeded
            .difference(&self.sandbox.everything())
            .cloned()
            .collect();
        wrong.extend(
            gone.iter()
                .map(|o| format!("{o} is gone, and was not the program's")),
        );
        let purchases = self.sandbox.purchases();
        if purchases != 1 {
            wrong.push(format!("{purchases} numbers were bought"));
        }
        wrong.extend(self.judge_secrets());
        wrong
    }

    fn judge_secrets(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let state = self.state();
        let client = state.attributes("genesyscloud_oauth_client", "integration");
        let (id, secret) = (
            client["id"].as_str().unwrap_or("?"),
            client["client_secret"].as_str().unwrap_or("?"),
        );
        let service = self
            .sandbox
            .find("service", "name", "PurecloudIDP")
            .unwrap_or(Value::Null);
        let stored = &service["secret_sha256"];
        if stored["clientId"] != sha256(id) || stored["clientSecret"] != sha256(secret) {
            wrong.push("PurecloudIDP does not hold the client that the state knows".into());
        }
        let there = self
            .sandbox
            .find("oauth_client", "id", id)
            .unwrap_or(Value::Null);
        if there["secret_sha256"] != stored["clientSecret"] {
            wrong.push("PurecloudIDP's secret is not the client's".into());
        }
        if self.sandbox.login(id, secret) != 200 {
            wrong.push("the secret in the state does not open the client".into());
        }
        let key = state.attributes("digitalchannels_api_key", "portico");
        let number = self
            .sandbox
            .find("tollfree_number", "id", NUMBER)
            .unwrap_or(Value::Null);
        if number["webhookPassword_sha256"] != sha256(key["key"].as_str().unwrap_or("?")) {
            wrong.push("the number's webhook password is not the API key".into());
        }
        wrong
    }
}

/// Gives each request to the vendors that let this be said one second instead of sixty.
pub fn hasty(stage: Stage) -> Stage {
    let path = stage.dir.path().join("providers.tf");
    let mut text = std::fs::read_to_string(&path).unwrap();
    for vendor in ["genesyscloud", "sinchcontactpro"] {
        let block = format!("provider \"{vendor}\" {{\n");
        text = text.replace(&block, &format!("{block}  request_timeout_seconds = 1\n"));
    }
    assert!(text.contains("request_timeout_seconds"));
    std::fs::write(path, text).unwrap();
    stage
}

/// A state as `state pull` gives it.
pub struct State(pub Value);

impl State {
    fn instances(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let resources = self.0["resources"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["mode"] == "managed");
        resources.flat_map(|r| {
            let (ty, name) = (r["type"].as_str().unwrap(), r["name"].as_str().unwrap());
            r["instances"]
                .as_array()
                .unwrap()
                .iter()
                .map(move |i| (ty, name, &i["attributes"]))
        })
    }

    /// The attributes of a resource's only instance; null when it is not there.
    pub fn attributes(&self, ty: &str, name: &str) -> Value {
        let mut found = self.instances().filter(|(t, n, _)| *t == ty && *n == name);
        found
            .next()
            .map(|(_, _, attributes)| attributes.clone())
            .unwrap_or_default()
    }

    /// How many instances of each type there are.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (ty, _, _) in self.instances() {
            *counts.entry(ty.to_owned()).or_default() += 1;
        }
        counts
    }

    /// What the vendors should have, by this state, in the words of [`SandboxProcess::everything`].
    pub fn objects(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (ty, _, attributes) in self.instances() {
            let text = |name: &str| attributes[name].as_str().unwrap_or("?").to_owned();
            match ty {
                "genesyscloud_auth_role" => all.insert(format!("role {}", text("id"))),
                "genesyscloud_role_grant" => {
                    let (subject, division, role) =
                        (text("subject_id"), text("division_id"), text("role_id"));
                    all.insert(format!("grant {subject}/{division}/{role}"))
                }
                "genesyscloud_oauth_client" => {
                    for role in attributes["roles"].as_array().into_iter().flatten() {
                        let of = |name: &str| role[name].as_str().unwrap_or("?");
                        all.insert(format!(
                            "grant {}/{}/{}",
                            text("id"),
                            of("division_id"),
                            of("role_id")
                        ));
                    }
                    all.insert(format!("oauth_client {}", text("id")))
                }
                "genesyscloud_tollfree_number_order" => {
                    all.insert(format!("tollfree_number {}", text("number")))
                }
                "digitalchannels_api_key" => all.insert(format!("apikey {}", sha256(&text("key")))),
                "digitalchannels_sender_id" => all.insert(format!(
                    "option_section {}/{}",
                    text("ccid"),
                    text("section")
                )),
                _ => all.insert(format!("service {}", text("id"))),
            };
        }
        all
    }
}

/// The example run for real, where the services are a sandbox in another directory. Values come from the environment.
pub struct Live {
    pub dir: Dir,
    pub sandbox: SandboxProcess,
    /// Where the sandbox keeps its data.
    pub world: Dir,
}

impl Live {
    pub fn new() -> Live {
        let world = Dir::empty();
        let sandbox = SandboxProcess::start(&world, 0);
        sandbox.settings(&json!({ "role_cache_misses": 0 }));
        let mut dir = unguided();
        copy(&example(), &dir.path(), false);
        std::fs::remove_file(dir.path().join("sandbox.tfvars")).unwrap();
        let of = |provider: &str, name: &str| {
            sandbox.endpoints["settings"][provider][name]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let (genesys, channels) = ("genesyscloud", "digitalchannels");
        let from_sandbox = [
            ("genesyscloud_client_id", genesys, "oauthclient_id"),
            ("genesyscloud_client_secret", genesys, "oauthclient_secret"),
            ("genesyscloud_api_url", genesys, "api_url"),
            ("genesyscloud_login_url", genesys, "login_url"),
            ("nexus_url", channels, "url"),
            ("nexus_api_key", channels, "api_key"),
            ("ccid", channels, "ccid"),
            ("auth_url", channels, "auth_url"),
            ("auth_client_id", channels, "auth_client_id"),
            ("auth_client_secret", channels, "auth_client_secret"),
            ("auth_username", channels, "auth_username"),
            ("auth_password", channels, "auth_password"),
            ("gws_url", channels, "gws_url"),
        ];
        for (variable, provider, name) in from_sandbox {
            dir.set(&format!("TF_VAR_{variable}"), &of(provider, name));
        }
        for (variable, value) in [
            ("sender_id_backend", "options_api"),
            ("admin_email", "admin@acme.test"),
            ("organization", "ACME Corp"),
            ("contact_email", "sms.admin@acme.test"),
            ("toll_free_number", NUMBER),
            ("confirm_purchase", "true"),
            ("campaign_short_code", "16504"),
            ("designer_endpoint", "Main"),
        ] {
            dir.set(&format!("TF_VAR_{variable}"), value);
        }
        let prepared = dir.run("init");
        assert_eq!(prepared.code, Some(0), "{prepared}");
        Live {
            dir,
            sandbox,
            world,
        }
    }

    /// Gives a variable of the configuration another value.
    pub fn with(mut self, variable: &str, value: &str) -> Live {
        self.dir.set(&format!("TF_VAR_{variable}"), value);
        self
    }

    /// Runs a command.
    pub fn run(&self, line: &str) -> Output {
        self.run_with(&[], line)
    }

    /// Runs a command with other values for some variables.
    pub fn run_with(&self, values: &[(&str, &str)], line: &str) -> Output {
        let mut command = self.dir.command(env!("CARGO_BIN_EXE_trunkline"));
        command.args(line.split_whitespace()).arg("-no-color");
        command.envs(
            values
                .iter()
                .map(|(name, value)| (format!("TF_VAR_{name}"), value)),
        );
        finish(&self.dir, command)
    }
}

/// Runs a command to its end; nobody answers its questions.
pub fn finish(dir: &Dir, mut command: Command) -> Output {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    dir.finish(piped.spawn().unwrap(), "")
}
