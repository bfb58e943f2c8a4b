//! Every example, applied, looked at in every way and destroyed: no secret of it is left anywhere.
//!
//! What is secret is what the configuration and the state call sensitive; their own documents tell, which are not
//! searched.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::TRACE;
use super::search::{Search, raw};
use crate::harness::Dir;
use crate::sandbox_process::SandboxProcess;
use crate::stage::{copy, folder, unguided};

/// The examples, and the provider configurations in which what exists is looked for.
const EXAMPLES: [(&str, &[&str]); 8] = [
    ("acrobits-turnkey", &[]),
    ("alibaba-chatapp", &["chatapp"]),
    ("contact-centre", &["sinchconversation", "sinchcontactpro"]),
    (
        "genesys-sms-aggregation",
        &["genesyscloud", "digitalchannels"],
    ),
    ("genesys-sms-custom-gateway", &[]),
    ("genesys-sms-kaleyra", &["digitalchannels"]),
    ("sinch-contact-pro", &["sinchcontactpro"]),
    ("sinch-conversation", &["sinchconversation.us"]),
];

/// Types that are imported by another id than the state has.
const OTHER_IDS: [&str; 1] = ["acrobits_provisioning_set"];

/// What is shorter is no secret, but the name of something.
const SHORTEST: usize = 9;

/// What every secret in the values of an example says of itself. A sensitive object holds more than secrets.
const MADE_UP: &str = "not-a-";

/// An example whose values are given from elsewhere: what is in its folder is what the program writes.
struct Example {
    dir: Dir,
    /// The values, outside of what is searched.
    values: Dir,
    sandbox: SandboxProcess,
    search: Search,
    secrets: BTreeMap<String, String>,
    /// The sensitive variables.
    variables: Vec<String>,
}

impl Example {
    fn of(name: &str) -> Example {
        let (mut dir, values) = (unguided(), Dir::empty());
        copy(&folder(name), &dir.path(), false);
        let own = dir.path().join("sandbox.tfvars");
        std::fs::rename(own, values.path().join("sandbox.tfvars")).unwrap();
        if name == "contact-centre" {
            dir.set("TF_WORKSPACE", "dev");
        }
        let sandbox = SandboxProcess::start(&dir, 0);
        let search = Search::new(&[dir.around()]);
        Example {
            dir,
            values,
            sandbox,
            search,
            secrets: BTreeMap::new(),
            variables: Vec::new(),
        }
    }

    /// The line with the options of a rehearsal behind the command; VALUES gives the values.
    fn line(&self, line: &str) -> String {
        let file = self.values.path().join("sandbox.tfvars");
        let line = line.replace("VALUES", &format!("-var-file={}", file.display()));
        format!("{line} -sandbox -no-color")
    }

    #[track_caller]
    fn run(&mut self, line: &str) {
        let line = self.line(line);
        let code = self.search.run(&self.dir, &line, &TRACE);
        let printed = &self.search.printed;
        let said = String::from_utf8_lossy(&printed[printed.len() - 2].1);
        assert!(matches!(code, Some(0 | 2)), "{line}: {code:?} {said}");
    }

    /// What a command prints whose output may hold secrets.
    fn document(&self, line: &str) -> Value {
        let line = self.line(line);
        let (code, printed) = raw(&self.dir, &line, &[]);
        assert_eq!(
            code,
            Some(0),
            "{line}: {}",
            String::from_utf8_lossy(&printed)
        );
        serde_json::from_slice(&printed).unwrap()
    }

    fn secret(&mut self, name: &str, value: &Value, holds: &str) {
        match value {
            Value::String(text) if text.len() >= SHORTEST && text.contains(holds) => {
                self.secrets.insert(text.clone(), name.to_owned());
            }
            Value::Array(all) => all.iter().for_each(|v| self.secret(name, v, holds)),
            Value::Object(all) => all.values().for_each(|v| self.secret(name, v, holds)),
            _ => {}
        }
    }

    /// Notes the sensitive variables of a plan.
    fn note_variables(&mut self, plan: &str) {
        let plan = self.document(&format!("show -json {plan}"));
        let declared = &plan["configuration"]["root_module"]["variables"];
        for (name, declared) in declared.as_object().unwrap() {
            if declared["sensitive"] == true {
                let value = &plan["variables"][name]["value"];
                self.secret(&format!("var.{name}"), value, MADE_UP);
                self.variables.push(name.clone());
            }
        }
    }

    /// Notes what is sensitive in the state.
    fn note_state(&mut self) {
        let state = self.document("state pull");
        for resource in state["resources"].as_array().unwrap() {
            for instance in resource["instances"].as_array().unwrap() {
                let paths = instance["sensitive_attributes"].as_array();
                for path in paths.into_iter().flatten() {
                    let mut value = &instance["attributes"];
                    for step in path.as_array().unwrap() {
                        let step = match &step["value"] {
                            Value::Object(key) => &key["value"],
                            step => step,
                        };
                        value = match (step.as_str(), step.as_u64()) {
                            (Some(name), _) => &value[name],
                            (_, Some(index)) => &value[index as usize],
                            _ => &Value::Null,
                        };
                    }
                    let name = format!("{}.{} {path}", resource["type"], resource["name"]);
                    self.secret(&name, value, "");
                }
            }
        }
        // Ids are no secrets, even where they are a part of what is one.
        for resource in state["resources"].as_array().unwrap() {
            for instance in resource["instances"].as_array().unwrap() {
                let id = instance["attributes"]["id"].as_str().unwrap_or_default();
                self.secrets.remove(id);
            }
        }
        for (name, output) in state["outputs"].as_object().unwrap() {
            if output["sensitive"] == true {
                self.secret(&format!("output.{name}"), &output["value"], "");
            }
        }
    }

    /// Makes a repository of it, and a branch in it whose change holds every sensitive variable.
    fn branch(&self) {
        let git = |words: &[&str]| {
            let output = self.dir.command("git").args(words).output().unwrap();
            assert!(output.status.success(), "{words:?}: {output:?}");
        };
        let author = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
        let commit = || {
            git(&["add", "."]);
            git(&[&author[..], &["commit", "--quiet", "-m", "x"]].concat());
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        commit();
        git(&["checkout", "--quiet", "-b", "work"]);
        let all: Vec<String> = self.variables.iter().map(|v| format!("var.{v}")).collect();
        let text = format!(
            "resource \"terraform_data\" \"reviewed\" {{\n  input = [{0}]\n}}\n\noutput \"reviewed\" {{\n  sensitive = true\n  value     = jsonencode([{0}])\n}}\n",
            all.join(", ")
        );
        self.dir.write("reviewed.tf", &text);
        commit();
    }

    /// Has configuration generated for what is imported, and lays it aside.
    fn generate(&mut self) {
        let imports = self.imports();
        if imports.is_empty() {
            return;
        }
        self.dir.write("again.tf", &imports);
        // What a service does not show is missing in it, which some providers refuse.
        let line = "plan VALUES -out=again.plan -generate-config-out=generated.tf";
        let code = self.search.run(&self.dir, &self.line(line), &TRACE);
        let made = self.dir.has("generated.tf");
        assert!(made || code == Some(1), "{code:?}");
        for (file, aside) in [("generated.tf", "generated"), ("again.tf", "again")] {
            let aside = self.dir.around().join(aside);
            drop(std::fs::rename(self.dir.path().join(file), aside));
        }
    }

    /// Blocks that import one object of each type with a secret once more, to where nothing is configured.
    fn imports(&self) -> String {
        let state = self.document("state pull");
        let mut seen = BTreeSet::new();
        let mut text = String::new();
        for resource in state["resources"].as_array().unwrap() {
            let instance = &resource["instances"][0];
            let secret = instance["sensitive_attributes"].as_array();
            let (ty, id) = (&resource["type"], &instance["attributes"]["id"]);
            // The provider configuration of the root module, with its alias.
            let provider = resource["provider"].as_str().unwrap();
            let Some(provider) = provider.strip_prefix("provider[\"") else {
                continue;
            };
            let (source, alias) = provider.split_once("\"]").unwrap();
            let local = source.rsplit('/').next().unwrap();
            let other = OTHER_IDS.contains(&ty.as_str().unwrap());
            let secret = secret.is_some_and(|s| !s.is_empty());
            let managed = resource["mode"] == "managed";
            if managed && secret && id.is_string() && !other && seen.insert(ty.to_string()) {
                let ty = ty.as_str().unwrap();
                text += &format!(
                    "import {{\n  to       = {ty}.again\n  id       = {id}\n  provider = {local}{alias}\n}}\n"
                );
            }
        }
        text
    }

    fn runs(&self) -> usize {
        let history = self.document("history -json");
        history["runs"].as_array().unwrap().len()
    }

    fn find_none(self) {
        // While it runs it says by which credentials it can be reached.
        self.sandbox.stop();
        let secrets: Vec<(&str, String)> = self
            .secrets
            .iter()
            .map(|(secret, name)| (name.as_str(), secret.clone()))
            .collect();
        assert!(!secrets.is_empty());
        self.search.find_none(&secrets);
    }
}

/// Every format of a report.
fn reports(of: &str) -> String {
    ["md", "html", "json", "annotations", "xml", "txt"]
        .map(|ending| format!(" -report={of}.{ending}"))
        .concat()
}

fn leaves_no_secret(name: &str, providers: &[&str]) {
    let mut example = Example::of(name);
    example.run(&format!("plan VALUES -out=first.plan{}", reports("first")));
    example.note_variables("first.plan");
    example.run("show first.plan");
    example.run("apply first.plan");
    example.note_state();
    for line in [
        "plan VALUES -detailed-exitcode -compact",
        "show",
        "output",
        "state list -long",
        "history",
        "state check",
        "state backup copy.db",
        "graph",
    ] {
        example.run(line);
    }
    example.generate();
    example.branch();
    for line in ["review VALUES", "review VALUES -state=false"] {
        example.run(&format!("{line}{}", reports("reviewed")));
    }
    let reviewed = std::fs::read_to_string(example.dir.path().join("reviewed.txt")).unwrap();
    assert!(
        reviewed.contains("terraform_data.reviewed"),
        "{name}: {reviewed}"
    );
    std::fs::remove_file(example.dir.path().join("reviewed.tf")).unwrap();
    // What goes tells what it was.
    example.run(&format!(
        "plan VALUES -destroy -out=away.plan -json{}",
        reports("away")
    ));
    for format in ["markdown", "text", "html"] {
        example.run(&format!("show -format={format} away.plan"));
    }
    for provider in providers {
        example.run(&format!(
            "discover VALUES -out=found_{provider}.tf {provider}"
        ));
        let found = example.dir.path().join(format!("found_{provider}.tf"));
        if found.exists() {
            let aside = example.dir.around().join(format!("found_{provider}"));
            std::fs::rename(found, aside).unwrap();
        }
    }
    example.run("apply away.plan");
    let last = example.runs();
    for line in [
        format!("history show {last}"),
        format!("history show -json {last}"),
        format!("state diff 1 {last}"),
        format!("state diff {last} 1"),
        format!("plan VALUES -to-run=1{}", reports("back")),
    ] {
        example.run(&line);
    }
    example.find_none();
}

#[test]
fn no_example_leaves_a_secret_behind() {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, providers)) =
                    EXAMPLES.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
                {
                    leaves_no_secret(name, providers);
                }
            });
        }
    });
}
