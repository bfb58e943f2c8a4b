//! The examples `genesys-sms-kaleyra`, `genesys-sms-custom-gateway` and `contact-centre` through their lives: applied, left
//! alone, taken over into an empty state, destroyed.
//!
//! What is right is what the sandbox holds and logged, not what the program says of it.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Dir, Output};
use crate::sandbox_process::{CCID, SandboxProcess};
use crate::stage::{SUNDAY, copy};

/// An example beside a running sandbox.
struct Stage {
    dir: Dir,
    sandbox: SandboxProcess,
}

impl Stage {
    fn of(example: &str) -> Stage {
        let mut dir = Dir::empty();
        dir.set("TRUNKLINE_NOW", SUNDAY);
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(example);
        copy(&from, &dir.path(), false);
        let sandbox = SandboxProcess::start(&dir, 0);
        Stage { dir, sandbox }
    }

    #[track_caller]
    fn run(&self, line: &str, code: i32) -> Output {
        let output = self.dir.run(&format!("{line} -sandbox -no-color"));
        assert_eq!(output.code, Some(code), "{output}");
        output
    }

    fn objects(&self, vendor: &str, kind: &str) -> Vec<Value> {
        let found = self.sandbox.get(&format!("/objects/{vendor}/{kind}"));
        found.as_array().unwrap().clone()
    }

    /// Ids of objects of every kind that the examples make.
    fn everything(&self) -> Vec<String> {
        const KINDS: [(&str, &str); 7] = [
            ("digitalchannels", "service"),
            ("digitalchannels", "option_section"),
            ("sinchconversation", "app"),
            ("sinchconversation", "webhook"),
            ("sinchcontactpro", "messaging_service"),
            ("sinchcontactpro", "queue"),
            ("sinchcontactpro", "queue_number"),
        ];
        let of = |(vendor, kind): (&str, &str)| {
            let found = self.objects(vendor, kind).into_iter();
            let ids: Vec<String> = found.map(|o| format!("{kind} {}", o["id"])).collect();
            ids
        };
        let mut all: Vec<String> = KINDS.into_iter().flat_map(of).collect();
        all.sort();
        all
    }

    fn section(&self, name: &str) -> Value {
        let found = self.objects("digitalchannels", "option_section");
        let mut found = found.into_iter().filter(|s| s["section"] == name);
        found.next().unwrap_or_else(|| panic!("no section {name}"))["options"].clone()
    }

    fn service(&self, name: &str) -> Value {
        let found = self.objects("digitalchannels", "service");
        let mut found = found
            .into_iter()
            .filter(|s| s["name"] == name && s["ccid"] == CCID);
        found.next().unwrap_or_else(|| panic!("no service {name}"))
    }

    /// The whole life; `objects` are made at the vendors, and `imports` takes them over without a change.
    fn live(&self, steps: usize, objects: usize, imports: &str, judge: impl Fn(&Stage)) {
        let seeded = self.everything();
        let added = steps + objects;
        let output = self.run("apply -auto-approve", 0);
        let says = format!("Resources: {added} added, 0 changed, 0 destroyed.");
        assert!(output.stdout.contains(&says), "{output}");
        self.run("plan -detailed-exitcode", 0);
        judge(self);

        // Into an empty state: only the steps of people are not there any more.
        let effects = self.sandbox.effects().len();
        let there = self.everything();
        std::fs::remove_file(self.dir.path().join(".trunkline/sandbox/trunkline.db")).unwrap();
        self.dir.write("imports.tf", imports);
        let output = self.run("apply -auto-approve", 0);
        let says = format!("Resources: {objects} imported, {steps} added, 0 changed, 0 destroyed.");
        assert!(output.stdout.contains(&says), "{output}");
        assert_eq!(self.sandbox.effects().len(), effects, "nothing was written");
        assert_eq!(self.everything(), there);
        judge(self);
        std::fs::remove_file(self.dir.path().join("imports.tf")).unwrap();
        self.run("plan -detailed-exitcode", 0);

        self.run("destroy -auto-approve", 0);
        assert_eq!(self.everything(), seeded);
    }
}

/// Import blocks of `genesys-sms-kaleyra`.
pub const KALEYRA: &str = r#"
import {
  to = digitalchannels_service_mgage_sms.kaleyra
  id = "${var.ccid}/mGageSMS"
}
import {
  to = digitalchannels_service_sms.this
  id = "${var.ccid}/SMS"
}
import {
  to = digitalchannels_sender_id.main
  id = "${var.ccid}/chat.SMS_Main_Corporate"
}
"#;

/// Import blocks of `genesys-sms-custom-gateway`.
pub const GATEWAY: &str = r#"
import {
  to = digitalchannels_service_async.gateway
  id = "${var.ccid}/Async"
}
import {
  to = digitalchannels_service_sms.this
  id = "${var.ccid}/SMS"
}
import {
  for_each = var.numbers
  to       = digitalchannels_sender_id.number[each.key]
  id       = "${var.ccid}/chat.SMS_${each.key}"
}
import {
  to = digitalchannels_provider_options.headers[0]
  id = "${var.ccid}/Async"
}
"#;

/// Import blocks of `contact-centre`, in whose workspace there is an app now.
pub fn contact_centre(sandbox: &SandboxProcess) -> String {
    let apps = sandbox.get("/objects/sinchconversation/app");
    let mut apps = apps.as_array().unwrap().iter();
    let app = apps
        .find(|a| a["display_name"] == "Support" || a["displayName"] == "Support")
        .unwrap_or_else(|| panic!("no app"));
    let imports = r#"
import {
  to = module.sms.digitalchannels_service_mgage_sms.kaleyra
  id = "${local.environment.ccid}/mGageSMS"
}
import {
  to = module.sms.digitalchannels_service_sms.this
  id = "${local.environment.ccid}/SMS"
}
import {
  for_each = local.environment.sender_ids
  to       = module.sms.digitalchannels_sender_id.this[each.key]
  id       = "${local.environment.ccid}/chat.SMS_${each.key}"
}
import {
  to = module.conversation.sinchconversation_app.this
  id = "Support"
}
import {
  to = module.conversation.sinchconversation_webhook.this
  id = "Support/${var.callbacks}"
}
import {
  to = module.conversation.sinchcontactpro_messaging_service.this
  id = "Support"
}
import {
  to = module.conversation.sinchcontactpro_queue.this
  id = "Support"
}
import {
  for_each = local.environment.subchannels
  to       = module.conversation.sinchcontactpro_queue_address.this[each.key]
  id       = "Support/APP@${each.key}.sinchconversation.com"
}
"#;
    imports.replace("APP", app["id"].as_str().unwrap())
}

#[test]
fn sms_through_kaleyra() {
    Stage::of("genesys-sms-kaleyra").live(6, 3, KALEYRA, |stage| {
        let kaleyra = stage.service("mGageSMS");
        assert_eq!(kaleyra["url"], "http://directtext.mgage.com");
        let secrets = &kaleyra["secret_sha256"];
        let hash = crate::sandbox_process::sha256;
        assert_eq!(
            secrets["password"],
            hash("sandbox-only-not-a-secret-kaleyra"),
            "{kaleyra}"
        );
        assert_eq!(stage.service("SMS")["data"]["provider"], "mGage");
        let section = stage.section("chat.SMS_Main_Corporate");
        assert_eq!(section["provider"], "mGage");
        assert_eq!(section["endpoint"], "chat.Main");
        assert_eq!(section["channelId"], "1650466114");
    });
}

#[test]
fn sms_through_a_gateway_of_ones_own() {
    Stage::of("genesys-sms-custom-gateway").live(8, 5, GATEWAY, |stage| {
        let gateway = stage.service("Async");
        let channels = gateway["data"]["channels"].as_array().unwrap();
        assert_eq!(channels.len(), 2, "{gateway}");
        assert_eq!(
            channels[0]["webhook"]["url"],
            "https://genesys-webhook.acme.test"
        );
        assert_eq!(stage.service("SMS")["data"]["provider"], "Async");
        assert_eq!(stage.section("chat.SMS_Support")["channelId"], "22222");
        assert_eq!(
            stage.section("Async")["header:custom-header-for-async-1"],
            "12345"
        );
    });
}

#[test]
fn a_contact_centre_in_two_workspaces() {
    let mut stage = Stage::of("contact-centre");
    let seeded = stage.everything();
    let of = |stage: &mut Stage, workspace: &str| stage.dir.set("TF_WORKSPACE", workspace);
    of(&mut stage, "dev");
    stage.run("apply -auto-approve", 0);
    let dev = stage.everything();
    of(&mut stage, "prod");
    stage.run("apply -auto-approve", 0);
    let both = stage.everything();
    assert!(seeded.len() < dev.len() && dev.len() < both.len());
    for workspace in ["dev", "prod"] {
        of(&mut stage, workspace);
        stage.run("plan -detailed-exitcode", 0);
    }
    let names = |kind: &str| -> Vec<String> {
        let found = stage.objects("sinchcontactpro", kind);
        found
            .iter()
            .map(|o| o["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert!(names("queue").contains(&"Support".to_owned()));
    assert!(names("queue").contains(&"Support (dev)".to_owned()));
    assert_eq!(stage.section("chat.SMS_Test")["endpoint"], "chat.Test");

    // Taken over into an empty state.
    let workspace = stage.dir.path().join(".trunkline/sandbox/workspaces");
    std::fs::remove_dir_all(workspace).unwrap();
    stage
        .dir
        .write("imports.tf", &contact_centre(&stage.sandbox));
    let effects = stage.sandbox.effects().len();
    let output = stage.run("apply -auto-approve", 0);
    let says = "Resources: 10 imported, 4 added, 0 changed, 0 destroyed.";
    assert!(output.stdout.contains(says), "{output}");
    assert_eq!(
        stage.sandbox.effects().len(),
        effects,
        "nothing was written"
    );
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.run("plan -detailed-exitcode", 0);
    stage.run("destroy -auto-approve", 0);
    assert_eq!(stage.everything(), dev, "the other workspace is as it was");
}
