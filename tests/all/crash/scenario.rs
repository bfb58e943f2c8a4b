//! What the program is killed in: a directory made ready, a command, and what must be so when all is over.
//!
//! A scenario is run once without accidents first. That run is the model: what it made and removed at the services, the
//! state before and after, how long it took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::answers::faults;
use super::{CHANGES, brisk, edit, rename};
use crate::harness::Dir;
use crate::sandbox_process::Row;
use crate::stage::Stage;

/// What must be so after the command that follows an accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `apply` with these options goes well, and leaves nothing to do.
    Applied(&'static str),
    /// `destroy` goes well, and leaves nothing.
    Destroyed,
    /// The state is as before the command or as after it, whole; in the first case the command can be run again.
    State,
}

/// A command in a situation.
pub struct Scenario {
    pub name: &'static str,
    pub example: &'static str,
    /// The example is applied before anything else.
    applied: bool,
    /// Makes the directory ready; gives the command.
    prepare: fn(&Stage) -> String,
    pub end: End,
}

/// Effects that must happen exactly as often as without accidents: all but updates, which may be sent again.
const COUNTED: [&str; 6] = ["create", "purchase", "grant", "delete", "release", "revoke"];

/// How often what was made or removed, by effect and kind.
pub type Counts = BTreeMap<(String, String), usize>;

/// The counted effects of a log.
pub fn counts(log: &[Row]) -> Counts {
    let mut counts = Counts::new();
    for row in log {
        if COUNTED.contains(&row.effect.as_str()) && !row.id.ends_with(PROBE) {
            *counts
                .entry((row.effect.clone(), row.kind.clone()))
                .or_default() += 1;
        }
    }
    counts
}

const GENESYS: &str = "genesys-sms-aggregation";
const CONTACT_PRO: &str = "sinch-contact-pro";
const CONVERSATION: &str = "sinch-conversation";
pub const CHATAPP: &str = "alibaba-chatapp";
const ACROBITS: &str = "acrobits-turnkey";

/// What is written for a moment to see who can read it is no object: how often that is done does not count.
const PROBE: &str = "trunkline-public-probe.txt";

fn just(line: &str) -> String {
    line.to_owned()
}

/// Marks objects as damaged, so that the next apply replaces them.
fn taint(stage: &Stage, addresses: &[&str]) {
    for address in addresses {
        let tainted = stage.run(&format!("taint {address}"));
        assert_eq!(tainted.code, Some(0), "{tainted}");
    }
}

fn destroy_first(stage: &Stage) -> String {
    let replaced = [
        "digitalchannels_sender_id.corporate",
        "digitalchannels_sender_id.campaigns",
        "genesyscloud_role_grant.admin",
    ];
    taint(stage, &replaced);
    just("apply -auto-approve")
}

fn create_first(stage: &Stage) -> String {
    let first = "\n\n  lifecycle {\n    create_before_destroy = true\n  }\n}";
    stage.edit(
        "main.tf",
        "\n\n  depends_on = [genesyscloud_role_grant.caller]\n}",
        &format!("\n\n  depends_on = [genesyscloud_role_grant.caller]{first}"),
    );
    stage.edit("sender_ids.tf", "\"SMS_Campaigns\"", "\"SMS_Offers\"");
    stage.edit(
        "sender_ids.tf",
        "\n  number_acknowledged = true\n\n  depends_on = [module.services]\n}",
        &format!("\n  number_acknowledged = true\n\n  depends_on = [module.services]{first}"),
    );
    taint(stage, &["genesyscloud_oauth_client.integration"]);
    just("apply -auto-approve")
}

/// Changes the description of the role, so that there is something else to do.
fn reword(stage: &Stage) {
    stage.edit(
        "main.tf",
        "to send and receive SMS.\"\n\n  perm",
        "to send and receive texts.\"\n\n  perm",
    );
}

/// Drops a sender ID from the state; its id.
pub fn forget(stage: &Stage) -> String {
    let state = stage.state().0;
    let resources = state["resources"].as_array().unwrap();
    let sender = resources.iter().find(|r| r["name"] == "corporate");
    let id = &sender.unwrap()["instances"][0]["attributes"]["id"];
    let forgot = stage.run("state rm digitalchannels_sender_id.corporate");
    assert_eq!(forgot.code, Some(0), "{forgot}");
    id.as_str().unwrap().to_owned()
}

fn import_block(stage: &Stage) -> String {
    let id = forget(stage);
    let import =
        format!("import {{\n  to = digitalchannels_sender_id.corporate\n  id = {id:?}\n}}\n");
    stage.dir.write("import.tf", &import);
    reword(stage);
    just("apply -auto-approve")
}

/// Somebody changes what the example has made.
fn drift(stage: &Stage) {
    let role = stage.sandbox.find("role", "name", "Nexus Messaging");
    let id = role.unwrap()["id"].as_str().unwrap().to_owned();
    let change = json!({ "description": "By hand." });
    stage
        .sandbox
        .patch(&format!("genesyscloud/role/{id}"), &change);
    let client = stage
        .sandbox
        .find("oauth_client", "name", "Nexus Messaging Integration");
    let id = client.unwrap()["id"].as_str().unwrap().to_owned();
    stage
        .sandbox
        .patch(&format!("genesyscloud/oauth_client/{id}"), &change);
}

/// A template with another text, an intent with another name, another signature, and three objects made anew, of which
/// the business system takes its intents along.
fn chatapp_changes(stage: &Stage) -> String {
    stage.edit("main.tf", "is on its way.", "has left us.");
    stage.edit("service_settings.tf", "\"Call back\"", "\"Call me\"");
    stage.edit("sandbox.tfvars", "/chatapp\"", "/chat\"");
    taint(
        stage,
        &[
            "chatapp_template.code",
            "chatapp_phone_webhook.support",
            "chatapp_business_system.erp",
        ],
    );
    just("apply -auto-approve")
}

/// Another signature, of the same system; an intent that goes, and one that comes; fewer countries.
fn chatapp_rotation(stage: &Stage) -> String {
    let rotated = "signature_rotation = \"2\"\nfallback_id ";
    stage.edit("sandbox.tfvars", "fallback_id ", rotated);
    stage.edit("service_settings.tf", "[\"SG\", \"ID\"]", "[\"SG\"]");
    stage.edit(
        "service_settings.tf",
        "    call_back    = { name = \"Call back\", data = { queue = \"support\" } }\n",
        "    call_later   = { name = \"Call later\", data = {} }\n",
    );
    just("apply -auto-approve")
}

/// A user who changes networks, so that a file goes; one who goes, so that an account does; one with another password.
fn acrobits_changes(stage: &Stage) -> String {
    let other = "  \"eve.other\" = {\n    network = ";
    stage.edit(
        "sandbox.tfvars",
        &format!("{other}\"otherNetwork\""),
        &format!("{other}\"myNetwork\""),
    );
    stage.edit(
        "sandbox.tfvars",
        "\"foo.bar\" = {\n    network",
        "\"new.one\" = {\n    network",
    );
    stage.edit("sandbox.tfvars", "\"foo.bar\"  ", "\"new.one\"  ");
    stage.edit("sandbox.tfvars", "password-B63349F4EE", "password-other-EE");
    just("apply -auto-approve")
}

fn acrobits_replacements(stage: &Stage) -> String {
    taint(
        stage,
        &[
            "acrobits_contact_list.main",
            "acrobits_provisioning_set.main",
        ],
    );
    just("apply -auto-approve")
}

fn pushed(stage: &Stage) -> String {
    let mut state = stage.state().0;
    state["serial"] = json!(state["serial"].as_u64().unwrap() + 1);
    let resources = state["resources"].as_array_mut().unwrap();
    resources.retain(|r| r["name"] != "campaigns");
    let role = resources
        .iter_mut()
        .find(|r| r["type"] == "genesyscloud_auth_role");
    role.unwrap()["instances"][0]["attributes"]["description"] = json!("Pushed.");
    stage.dir.write("pushed.tfstate", &state.to_string());
    just("state push pushed.tfstate")
}

fn restored(stage: &Stage) -> String {
    let copied = stage.run("state backup copy.db");
    assert_eq!(copied.code, Some(0), "{copied}");
    forget(stage);
    just("state restore copy.db")
}

/// Every scenario.
pub fn all() -> Vec<Scenario> {
    let of = |name, example, applied, prepare, end| Scenario {
        name,
        example,
        applied,
        prepare,
        end,
    };
    let applied = End::Applied("");
    let destroyed = End::Destroyed;
    vec![
        of(
            "apply",
            GENESYS,
            false,
            |_| just("apply -auto-approve"),
            applied,
        ),
        of(
            "destroy",
            GENESYS,
            true,
            |_| just("destroy -auto-approve"),
            destroyed,
        ),
        of(
            "changes",
            GENESYS,
            true,
            |stage| {
                edit(stage);
                format!("apply -auto-approve {CHANGES}")
            },
            End::Applied(CHANGES),
        ),
        of(
            "replace, destroy first",
            GENESYS,
            true,
            destroy_first,
            applied,
        ),
        of(
            "replace, create first",
            GENESYS,
            true,
            create_first,
            applied,
        ),
        of(
            "move",
            GENESYS,
            true,
            |stage| {
                rename(stage);
                reword(stage);
                just("apply -auto-approve")
            },
            applied,
        ),
        of("import block", GENESYS, true, import_block, applied),
        of(
            "import",
            GENESYS,
            true,
            |stage| {
                format!(
                    "import digitalchannels_sender_id.corporate {}",
                    forget(stage)
                )
            },
            End::State,
        ),
        of(
            "refresh",
            GENESYS,
            true,
            |stage| {
                drift(stage);
                just("refresh")
            },
            End::State,
        ),
        of(
            "apply -refresh-only",
            GENESYS,
            true,
            |stage| {
                drift(stage);
                just("apply -refresh-only -auto-approve")
            },
            End::State,
        ),
        of(
            "state mv",
            GENESYS,
            true,
            |_| {
                just(
                    "state mv digitalchannels_sender_id.campaigns digitalchannels_sender_id.offers",
                )
            },
            End::State,
        ),
        of(
            "state rm",
            GENESYS,
            true,
            |_| just("state rm genesyscloud_role_grant.admin module.services"),
            End::State,
        ),
        of("state push", GENESYS, true, pushed, End::State),
        of("state restore", GENESYS, true, restored, End::State),
        of(
            "taint",
            GENESYS,
            true,
            |_| just("taint digitalchannels_sender_id.campaigns"),
            End::State,
        ),
        of(
            "apply",
            CONTACT_PRO,
            false,
            |_| just("apply -auto-approve"),
            applied,
        ),
        of(
            "destroy",
            CONTACT_PRO,
            true,
            |_| just("destroy -auto-approve"),
            destroyed,
        ),
        of(
            "changes and replacements",
            CONTACT_PRO,
            true,
            |stage| {
                stage.edit("queues.tf", "\"Customer Chat\"", "\"Chat\"");
                stage.edit("services.tf", "/emea/", "/amer/");
                let replaced = [
                    "sinchcontactpro_queue_address.sms",
                    "sinchcontactpro_messaging_service.sms",
                    "sinchcontactpro_user.sender",
                ];
                taint(stage, &replaced);
                just("apply -auto-approve")
            },
            applied,
        ),
        of(
            "apply",
            CONVERSATION,
            false,
            |_| just("apply -auto-approve"),
            applied,
        ),
        of(
            "destroy",
            CONVERSATION,
            true,
            |_| just("destroy -auto-approve"),
            destroyed,
        ),
        of(
            "changes",
            CONVERSATION,
            true,
            |stage| {
                stage.edit("eu.tf", "\"support-eu\"", "\"help-eu\"");
                stage.edit("eu.tf", "= 7", "= 6");
                stage.edit("us.tf", "\"Support\"", "\"Help\"");
                taint(stage, &["sinchconversation_webhook.us"]);
                just("apply -auto-approve")
            },
            applied,
        ),
        of(
            "apply",
            CHATAPP,
            false,
            |_| just("apply -auto-approve"),
            applied,
        ),
        of(
            "destroy",
            CHATAPP,
            true,
            |_| just("destroy -auto-approve"),
            destroyed,
        ),
        of(
            "changes and replacements",
            CHATAPP,
            true,
            chatapp_changes,
            applied,
        ),
        of("rotation", CHATAPP, true, chatapp_rotation, applied),
        of(
            "apply",
            ACROBITS,
            false,
            |_| just("apply -auto-approve"),
            applied,
        ),
        of(
            "destroy",
            ACROBITS,
            true,
            |_| just("destroy -auto-approve"),
            destroyed,
        ),
        of("changes", ACROBITS, true, acrobits_changes, applied),
        of(
            "replacements",
            ACROBITS,
            true,
            acrobits_replacements,
            applied,
        ),
    ]
}

/// A scenario made ready to be copied, and its model.
pub struct Ready {
    pub scenario: Scenario,
    pub line: String,
    template: Dir,
    seeded: std::collections::BTreeSet<String>,
    /// Rows with effects in the log before the command.
    pub earlier: usize,
    /// What the command makes and removes.
    pub counts: Counts,
    pub before: Value,
    pub after: Value,
    /// What stays at the service after the command and is turned on and off.
    pub switches: Vec<Value>,
    /// How long the command took.
    pub took: Duration,
    /// Answers that may be lost.
    pub lost: Vec<(String, Value)>,
    /// About so many points does the command pass: four for each effect, and some at the end.
    points: usize,
}

/// Kinds of which there is one from the beginning, or from the first write on: a destroy turns it off.
pub const SWITCHES: [&str; 4] = [
    "account_webhook",
    "otp_setting",
    "sms_setting",
    "phone_number",
];

/// Those of a service.
pub fn switches(stage: &Stage) -> Vec<Value> {
    let of = |kind| stage.sandbox.get(&format!("/objects/chatapp/{kind}"));
    SWITCHES.map(of).into()
}

/// What a state says of objects and outputs.
pub fn content(stage: &Stage) -> Value {
    let pulled = stage.run("state pull");
    assert_eq!(pulled.code, Some(0), "{pulled}");
    let state: Value = serde_json::from_str(&pulled.raw).unwrap_or_default();
    json!([state["resources"], state["outputs"]])
}

impl Ready {
    pub fn new(scenario: Scenario) -> Ready {
        let stage = brisk(Stage::of(scenario.example, 0));
        if scenario.applied {
            stage.apply();
        }
        let line = (scenario.prepare)(&stage);
        let earlier = stage.sandbox.effects().len();
        let before = content(&stage);
        let Stage {
            dir: template,
            sandbox,
            seeded,
        } = stage;
        sandbox.stop();
        let mut ready = Ready {
            scenario,
            line,
            template,
            seeded,
            earlier,
            counts: Counts::new(),
            before,
            after: Value::Null,
            switches: Vec::new(),
            took: Duration::ZERO,
            lost: Vec::new(),
            points: 4,
        };
        let model = ready.stage(0);
        let log = model.sandbox.log().len();
        let began = Instant::now();
        let output = model.run(&ready.line);
        ready.took = began.elapsed();
        assert_eq!(output.code, Some(0), "{}: {output}", ready.name());
        let effects = model.sandbox.effects().split_off(earlier);
        ready.counts = counts(&effects);
        ready.points += 4 * effects.len();
        ready.after = content(&model);
        ready.switches = switches(&model);
        let log = model.sandbox.log().split_off(log);
        for action in [json!({ "drop": "after" }), json!({ "malformed": true })] {
            ready.lost.extend(faults(&log, &action));
        }
        ready
    }

    pub fn name(&self) -> String {
        format!("{} of {}", self.scenario.name, self.scenario.example)
    }

    /// A copy, with a sandbox of its own.
    pub fn stage(&self, latency: u64) -> Stage {
        brisk(Stage::again(&self.template.path(), &self.seeded, latency))
    }

    /// Some point of the journal; always the same for the same number, so that a seed replays.
    pub fn point(&self, random: u64) -> usize {
        usize::try_from(random % self.points as u64).unwrap() + 1
    }
}
