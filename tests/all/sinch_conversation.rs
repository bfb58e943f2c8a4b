//! The example of the Conversation API through its whole life: applied, left alone, imported, drifted, changed,
//! destroyed. What is right is what the sandbox holds and logged.

use serde_json::{Value, json};

use crate::harness::Dir;
use crate::rehearsal::Rehearsal;
use crate::sandbox_process::sha256;

/// The sandbox's project.
const PROJECT: &str = "5c000000-0000-4000-8000-000000000001";

const TARGET: &str = "https://login-eu-c1.cc.sinch.com/acme/sms/sinchconversation/all";

fn stage() -> Rehearsal {
    Rehearsal::of("sinch-conversation", "sinchconversation")
}

fn channels(app: &Value) -> Vec<&str> {
    let list = app["channel_credentials"].as_array().unwrap();
    list.iter()
        .map(|c| c["channel"].as_str().unwrap())
        .collect()
}

#[test]
fn two_regions_one_project_and_a_secret_each() {
    let stage = stage();
    let output = stage.applied("11 added, 0 changed, 0 destroyed");
    assert!(output.stdout.contains("costs money"), "{output}");
    for secret in [
        "sandbox-only-not-a-secret-webhook-eu",
        "sandbox-only-not-a-secret-sms-token",
    ] {
        assert!(!output.to_string().contains(secret), "{output}");
    }
    stage.settled();

    let eu = stage.one("app", "display_name", "support-eu");
    assert_eq!(channels(&eu), ["WHATSAPP", "SMS"]);
    assert_eq!(eu["processing_mode"], "DISPATCH");
    assert_eq!(
        eu["dispatch_retention_policy"],
        json!({"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 7})
    );
    let us = stage.one("app", "display_name", "support-us");
    assert_eq!(
        (eu["region"].as_str(), us["region"].as_str()),
        (Some("eu"), Some("us"))
    );
    assert_eq!(eu["project"], us["project"]);
    for (app, region) in [(&eu, "eu"), (&us, "us")] {
        let webhook = stage.one("webhook", "app_id", app["id"].as_str().unwrap());
        assert_eq!(webhook["target"], TARGET);
        assert_eq!(webhook["triggers"].as_array().unwrap().len(), 2);
        let secret = sha256(&format!("sandbox-only-not-a-secret-webhook-{region}"));
        assert_eq!(webhook["secret_sha256"], secret, "{webhook}");
        let service = format!("Conversation API {region}");
        let services = stage
            .sandbox
            .get("/objects/sinchcontactpro/messaging_service");
        let service = services
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["name"] == service);
        let entries = service.unwrap()["authentications"].as_array().unwrap();
        let entry = entries
            .iter()
            .find(|e| e["authenticationId"] == "webhook")
            .unwrap();
        assert_eq!(
            entry["secret_sha256"], webhook["secret_sha256"],
            "both sides"
        );
    }
    let number = stage.one("active_number", "displayName", "Support");
    assert_eq!(number["regionCode"], "US");
    assert_eq!(
        number["smsConfiguration"]["servicePlanId"],
        "5c000000000000000000000000000us1"
    );
    assert_eq!(stage.effects("purchase", "active_number"), 1);

    // Into an empty state, everything by its natural key.
    let digits = number["phoneNumber"].as_str().unwrap();
    let mut imports = String::new();
    for region in ["eu", "us"] {
        stage.ok(&format!(
            "state rm sinchconversation_app.{region} sinchconversation_webhook.{region}"
        ));
        imports += &format!(
            "import {{\n  to = sinchconversation_app.{region}\n  id = \"support-{region}\"\n}}\n"
        );
        imports += &format!(
            "import {{\n  to = sinchconversation_webhook.{region}\n  id = \"support-{region}/{TARGET}\"\n}}\n"
        );
    }
    stage.ok("state rm sinchconversation_number.us");
    imports += &format!("import {{\n  to = sinchconversation_number.us\n  id = \"{digits}\"\n}}\n");
    std::fs::write(stage.dir.path().join("imports.tf"), imports).unwrap();
    let before = stage.sandbox.effects().len();
    stage.applied("5 imported, 0 added, 0 changed, 0 destroyed");
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.settled();
    assert_eq!(stage.sandbox.effects().len(), before);

    stage.ok("destroy -auto-approve");
    let left = |kind: &str| stage.objects(kind).len();
    assert_eq!(
        (left("app"), left("webhook"), left("active_number")),
        (1, 1, 1),
        "what was there before"
    );
    assert_eq!(stage.effects("release", "active_number"), 1);
}

#[test]
fn drift_is_repaired_and_priority_changed() {
    let stage = stage();
    stage.applied("11 added");
    let webhooks = || stage.objects("webhook");
    let eu = stage.one("app", "display_name", "support-eu");
    let webhook = webhooks()
        .into_iter()
        .find(|w| w["app_id"] == eu["id"])
        .unwrap();
    let change = json!({"triggers": ["MESSAGE_INBOUND"]});
    stage.sandbox.patch(
        &format!(
            "sinchconversation/webhook/{}",
            webhook["id"].as_str().unwrap()
        ),
        &change,
    );
    let change = json!({"processing_mode": "CONVERSATION"});
    stage.sandbox.patch(
        &format!("sinchconversation/app/{}", eu["id"].as_str().unwrap()),
        &change,
    );
    let output = stage.applied("0 added, 2 changed, 0 destroyed");
    assert!(
        output.stdout.contains("Processing Mode Changes"),
        "{output}"
    );
    stage.settled();
    assert_eq!(
        stage.one("app", "display_name", "support-eu")["processing_mode"],
        "DISPATCH"
    );

    // SMS first, then WhatsApp.
    let path = stage.dir.path().join("eu.tf");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text
        .replace("\"WHATSAPP\"", "\"x\"")
        .replace("\"SMS\"\n    static", "\"WHATSAPP\"\n    static");
    let text = text
        .replace("\"x\"", "\"SMS\"")
        .replace("var.whatsapp_sender", "1")
        .replace(
            "data.sinchconversation_sms_service_plan.eu.id",
            "var.whatsapp_sender",
        );
    let text = text
        .replace("= 1\n", "= data.sinchconversation_sms_service_plan.eu.id\n")
        .replace("var.whatsapp_token", "t")
        .replace(
            "= var.sms_api_token\n    }\n  }\n}",
            "= var.whatsapp_token\n    }\n  }\n}",
        );
    std::fs::write(&path, text.replace("= t\n", "= var.sms_api_token\n")).unwrap();
    stage.applied("0 added, 1 changed, 0 destroyed");
    stage.settled();
    assert_eq!(
        channels(&stage.one("app", "display_name", "support-eu")),
        ["SMS", "WHATSAPP"]
    );
}

#[test]
fn sc30_nothing_is_released_or_deleted_without_the_flag() {
    let stage = stage();
    stage.applied("11 added");
    stage.edit(
        "sandbox.tfvars",
        "allow_removal   = true",
        "allow_removal   = false",
    );
    let output = stage.dir.run("destroy -auto-approve -sandbox -no-color");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("SC-30"), "{output}");
    assert_eq!(
        stage.effects("release", "active_number") + stage.effects("delete", "app"),
        0
    );
}

#[test]
fn a_lost_answer_makes_nothing_twice() {
    let stage = stage();
    for (service, path) in [
        ("sinchconversation.eu", "apps"),
        ("sinchconversation.eu", "webhooks"),
        ("sinchconversation.numbers", "availableNumbers"),
    ] {
        stage.sandbox.fault(&json!({"match": {"service": service, "method": "POST", "path": format!(".*/{path}")}, "action": {"drop": "after"}}));
    }
    for _ in 0..4 {
        let output = stage.dir.run("apply -auto-approve -sandbox -no-color");
        if output.code == Some(0) {
            break;
        }
    }
    assert!(stage.sandbox.faults_are_spent());
    stage.settled();
    stage.one("app", "display_name", "support-eu");
    stage.one("active_number", "displayName", "Support");
    assert_eq!(stage.effects("purchase", "active_number"), 1);
    assert_eq!(
        (
            stage.effects("create", "app"),
            stage.effects("create", "webhook")
        ),
        (2, 2)
    );
}

/// The secret of number callbacks: set, found changed, rotated without being stored, left in place in the end.
#[test]
fn number_callbacks_have_one_secret_a_project() {
    let main = |secret: &str| {
        format!(
            r#"
variable "secret" {{
  type      = string
  sensitive = true
}}

provider "sinchconversation" {{
  project_id = "{PROJECT}"
  key_id     = "k"
  key_secret = "s"
  region     = "eu"
}}

resource "sinchconversation_number_callbacks" "main" {{
  {secret}
}}
"#
        )
    };
    let mut dir = Dir::with(&main("hmac_secret = var.secret"));
    let (first, second) = ("first-secret-".repeat(3), "second-secret-".repeat(3));
    dir.set("TF_VAR_secret", &first);
    let mut stage = Rehearsal::beside(dir, "sinchconversation");
    let set = |stage: &Rehearsal| stage.objects("callback_configuration")[0].to_string();
    let output = stage.applied("1 added, 0 changed, 0 destroyed");
    assert!(!output.to_string().contains(&first), "{output}");
    stage.settled();
    assert!(set(&stage).contains(&sha256(&first)), "{}", set(&stage));

    // Taken over into an empty state, by the project.
    stage.ok("state rm sinchconversation_number_callbacks.main");
    stage.ok(&format!(
        "import sinchconversation_number_callbacks.main {PROJECT}"
    ));
    stage.settled();

    stage.dir.set("TF_VAR_secret", &second);
    stage.applied("0 added, 1 changed, 0 destroyed");
    assert!(set(&stage).contains(&sha256(&second)), "{}", set(&stage));

    // Write-only: another version sends it again, and no state has it.
    let written = "hmac_secret_wo = var.secret\n  hmac_secret_wo_version = 1";
    std::fs::write(stage.dir.path().join("main.tf"), main(written)).unwrap();
    stage.dir.set("TF_VAR_secret", &first);
    stage.applied("0 added, 1 changed, 0 destroyed");
    stage.settled();
    assert!(set(&stage).contains(&sha256(&first)), "{}", set(&stage));
    assert!(!stage.ok("state pull").raw.contains(&first));

    let plan = stage.ok("plan -destroy");
    assert!(plan.stdout.contains("(stays at the vendor: "), "{plan}");
    stage.ok("destroy -auto-approve");
    assert!(set(&stage).contains(&sha256(&first)), "it stays");
}
