//! Policies: Rego over the JSON of a plan, with the conventions of conftest.
//!
//! Rules called `deny`, `violation` and `warn` (also `deny_NAME` …) of every package are evaluated; each element of what
//! they give is a message, or an object with its message as `msg`. A policy sees the document without secrets, so that
//! no message can hold one, and reaches neither network, clock nor files.

use std::path::{Path, PathBuf};

use regorus::{Engine, Value as Rego};
use trunkline_api::{Diagnostic, Diagnostics};

use crate::report::document::PolicyEntry;

/// The policies of some directories.
pub struct Policies {
    engine: Engine,
    packages: Vec<String>,
}

impl Policies {
    /// Reads every `.rego` file in and below the directories, tests (`_test.rego`) left out.
    pub fn read(dirs: &[String]) -> Result<Policies, Diagnostics> {
        let mut engine = Engine::new();
        let mut problems = Vec::new();
        let mut packages = Vec::new();
        for dir in dirs {
            let mut files = Vec::new();
            if let Err(error) = rego_files(Path::new(dir), &mut files) {
                problems.push(wrong(dir, &error.to_string()));
                continue;
            }
            if files.is_empty() {
                problems.push(wrong(dir, "it holds no file that ends with .rego"));
            }
            files.sort();
            for file in files {
                let name = file.display().to_string();
                let read = std::fs::read_to_string(&file).map_err(|e| e.to_string());
                match read.and_then(|text| add(&mut engine, &name, text)) {
                    Ok(package) => packages.push(package),
                    Err(why) => problems.push(wrong(&name, &why)),
                }
            }
        }
        packages.sort();
        packages.dedup();
        match problems.is_empty() {
            true => Ok(Policies { engine, packages }),
            false => Err(problems),
        }
    }

    /// What the policies say of a plan's document, what forbids it first.
    pub fn judge(&mut self, plan: &serde_json::Value) -> Result<Vec<PolicyEntry>, Diagnostics> {
        let failed = |why: String| vec![Diagnostic::error("Policy cannot be evaluated", why)];
        self.engine
            .set_input_json(&plan.to_string())
            .map_err(|e| failed(e.to_string()))?;
        let mut found = Vec::new();
        for package in &self.packages {
            let results = self.engine.eval_query(package.clone(), false);
            let results = results.map_err(|e| failed(format!("{package}: {e}")))?;
            let values = results.result.iter().flat_map(|r| &r.expressions);
            for value in values {
                rules(
                    package.trim_start_matches("data."),
                    &value.value,
                    &mut found,
                );
            }
        }
        found.sort_by(|a, b| {
            (!a.denies, &a.rule, &a.message).cmp(&(!b.denies, &b.rule, &b.message))
        });
        found.dedup();
        Ok(found)
    }
}

fn wrong(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "Policy cannot be read",
        format!("The policy {name} cannot be used: {why}."),
    )
}

/// Adds a file, in the syntax of Rego's first version or, where it is no such text, of the one before.
fn add(engine: &mut Engine, name: &str, text: String) -> Result<String, String> {
    let first = engine.add_policy(name.to_owned(), text.clone());
    first.or_else(|problem| {
        engine.set_rego_v0(true);
        let second = engine.add_policy(name.to_owned(), text);
        engine.set_rego_v0(false);
        second.map_err(|_| problem.to_string())
    })
}

fn rego_files(dir: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            rego_files(&path, found)?;
        } else if name.ends_with(".rego") && !name.ends_with("_test.rego") {
            found.push(path);
        }
    }
    Ok(())
}

/// What the rules of a package say.
fn rules(package: &str, value: &Rego, found: &mut Vec<PolicyEntry>) {
    let Ok(fields) = value.as_object() else {
        return;
    };
    for (name, value) in fields.iter() {
        let Ok(name) = name.as_string() else { continue };
        let kind = name.split('_').next().unwrap_or("");
        let denies = match kind {
            "deny" | "violation" => true,
            "warn" => false,
            _ => continue,
        };
        let mut say = |message: String| {
            found.push(PolicyEntry {
                denies,
                rule: format!("{package}.{name}"),
                message,
            });
        };
        if let Ok(set) = value.as_set() {
            set.iter().for_each(|v| say(message(v)));
        } else if let Ok(list) = value.as_array() {
            list.iter().for_each(|v| say(message(v)));
        } else if let Ok(true) = value.as_bool().copied() {
            say(format!("{name} holds"));
        } else if value.as_string().is_ok() {
            say(message(value));
        }
    }
}

/// The message that an element is, or has.
fn message(value: &Rego) -> String {
    if let Ok(text) = value.as_string() {
        return text.to_string();
    }
    let field = value
        .as_object()
        .ok()
        .and_then(|o| o.get(&Rego::from("msg")));
    match field.and_then(|m| m.as_string().ok()) {
        Some(text) => text.to_string(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn said(plan: &Json) -> Vec<String> {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policies");
        let mut policies = Policies::read(&[dir.to_owned()])
            .map_err(|d| format!("{d:?}"))
            .unwrap();
        let found = policies.judge(plan).map_err(|d| format!("{d:?}")).unwrap();
        let line = |p: &PolicyEntry| format!("{} {}: {}", p.denies, p.rule, p.message);
        found.iter().map(line).collect()
    }

    fn change(address: &str, actions: &[&str], after: Json, unknown: Json) -> Json {
        let kind = address.split('.').next().unwrap();
        json!({"address": address, "type": kind,
            "change": {"actions": actions, "after": after, "after_unknown": unknown}})
    }

    fn plan(changes: Vec<Json>, bought: &[&str]) -> Json {
        let calls: Vec<Json> = bought
            .iter()
            .map(|a| json!({"address": a, "calls": ["purchase"]}))
            .collect();
        json!({"resource_changes": changes, "trunkline": {"attention": calls}})
    }

    #[test]
    fn nothing_is_bought_without_an_owner() {
        let order = |comment: Json| {
            let at = "genesyscloud_tollfree_number_order.main";
            plan(
                vec![change(
                    at,
                    &["create"],
                    json!({"comment": comment}),
                    json!({}),
                )],
                &[at],
            )
        };
        assert_eq!(said(&order(json!("ACME"))), Vec::<String>::new());
        let why = "true purchases.deny_purchase: genesyscloud_tollfree_number_order.main buys something and names no owner: give it a comment";
        assert_eq!(said(&order(json!("  "))), [why]);
        assert_eq!(said(&order(Json::Null)), [why]);
    }

    #[test]
    fn services_are_not_deleted() {
        let at = "sinchcontactpro_messaging_service.sms";
        let with =
            |actions: &[&str]| said(&plan(vec![change(at, actions, Json::Null, json!({}))], &[]));
        assert_eq!(with(&["update"]), Vec::<String>::new());
        let why = format!(
            "true services.deny_delete: {at} would be deleted; messaging services are retired by hand"
        );
        assert_eq!(with(&["delete"]), std::slice::from_ref(&why));
        assert_eq!(with(&["delete", "create"]), [why]);
        let other = change("terraform_data.a", &["delete"], Json::Null, json!({}));
        assert_eq!(said(&plan(vec![other], &[])), Vec::<String>::new());
    }

    #[test]
    fn sender_ids_come_from_a_list() {
        let at = "digitalchannels_sender_id.x";
        let with = |after: Json, unknown: Json| {
            said(&plan(vec![change(at, &["create"], after, unknown)], &[]))
        };
        assert_eq!(
            with(json!({"sender_id": "38736"}), json!({})),
            Vec::<String>::new()
        );
        assert_eq!(
            with(json!({"sender_id": "1"}), json!({})),
            [
                "true sender_ids.deny_sender_id: digitalchannels_sender_id.x: the sender id 1 is not on the list of allowed ones"
            ]
        );
        assert_eq!(
            with(json!({}), json!({"sender_id": true})),
            [
                "false sender_ids.warn_unknown: digitalchannels_sender_id.x: its sender id is known only after apply"
            ]
        );
    }
}
