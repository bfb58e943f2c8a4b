//! Secrets that are changed: whatever uses one gets the new one in the same run, after it is there and before the old one
//! is gone where a vendor allows both.
//!
//! What is right is what the sandbox holds and logged, in the order in which it was done.

use serde_json::{Value, json};

use crate::harness::Dir;
use crate::rehearsal::Rehearsal;
use crate::sandbox_process::sha256;

/// Insists that since so many effects exactly these were done, in this order.
#[track_caller]
fn done(stage: &Rehearsal, since: usize, wanted: &[(&str, &str)]) {
    let effects = stage.sandbox.effects();
    let done: Vec<(&str, &str)> = effects[since..]
        .iter()
        .map(|row| (row.effect.as_str(), row.kind.as_str()))
        .collect();
    assert_eq!(done, wanted);
}

/// The only object of a vendor's kind that has this text in a member.
#[track_caller]
fn one(stage: &Rehearsal, kind: &str, member: &str, text: &str) -> Value {
    let found = stage.sandbox.get(&format!("/objects/{kind}"));
    let all = found.as_array().unwrap();
    let mut found = all.iter().filter(|o| o[member] == text);
    let one = found.next().unwrap_or_else(|| panic!("no {kind} {text}"));
    assert_eq!(found.next(), None, "more than one {kind} {text}");
    one.clone()
}

const CHANNELS: &str = r#"
provider "digitalchannels" {
  url      = "https://digital.acme.test"
  ccid     = "dc000000-0000-4000-8000-000000000001"
  auth_url = "https://auth.acme.test"
}
"#;

/// A directory with this configuration, in which services may have any name.
fn small(configuration: &str, vendor: &'static str) -> Rehearsal {
    let stage = Rehearsal::beside(Dir::with(&format!("{CHANNELS}{configuration}")), vendor);
    stage.sandbox.settings(&json!({ "any_service_name": true }));
    stage
}

#[test]
fn the_secret_of_an_oauth_client_is_reset_and_then_given_on() {
    let stage = Rehearsal::of("genesys-sms-aggregation", "genesyscloud");
    stage.ok("apply -auto-approve");
    let before = stage.sandbox.effects().len();
    stage.ok("apply -auto-approve -var client_secret_rotation=2");
    done(
        &stage,
        before,
        &[("secret_reset", "oauth_client"), ("update", "service")],
    );
    let client = stage.one("oauth_client", "name", "Nexus Messaging Integration");
    let service = one(&stage, "digitalchannels/service", "name", "PurecloudIDP");
    assert_eq!(
        service["secret_sha256"]["clientSecret"],
        client["secret_sha256"]
    );
    stage.ok("plan -detailed-exitcode -var client_secret_rotation=2");
}

/// A new key beside the old one, which goes last: what uses it is never without one that opens.
#[test]
fn an_api_key_is_followed_by_another_before_it_goes() {
    let stage = small(
        r#"
resource "digitalchannels_api_key" "k" {
  tenant               = "*"
  name                 = "Gateway"
  permissions          = ["nexus:cluster:*"]
  allow_duplicate_name = true
  lifecycle {
    create_before_destroy = true
  }
}
resource "digitalchannels_service" "gateway" {
  name   = "Gateway"
  url    = "https://gateway.acme.test"
  secret = { key = digitalchannels_api_key.k.key }
}
"#,
        "digitalchannels",
    );
    stage.ok("apply -auto-approve");
    let old = stage.one("apikey", "name", "Gateway");
    let before = stage.sandbox.effects().len();
    stage.ok("apply -auto-approve -replace=digitalchannels_api_key.k");
    done(
        &stage,
        before,
        &[
            ("create", "apikey"),
            ("update", "service"),
            ("delete", "apikey"),
        ],
    );
    let new = stage.one("apikey", "name", "Gateway");
    assert_ne!(new["secret_sha256"], old["secret_sha256"]);
    let service = stage.one("service", "name", "Gateway");
    assert_eq!(service["secret_sha256"]["key"], new["secret_sha256"]);
    stage.settled();
}

/// A webhook has one secret, and so has the service that checks it: what signs is changed first, and the other right
/// after it. The other region is left alone.
#[test]
fn the_secret_of_a_webhook_is_changed_on_both_sides() {
    let stage = Rehearsal::of("sinch-conversation", "sinchconversation");
    stage.ok("apply -auto-approve");
    let secret = "sandbox-only-not-a-secret-webhook-2";
    let us = "sandbox-only-not-a-secret-webhook-us";
    let rotated = format!("-var webhook_secret={{eu=\"{secret}\",us=\"{us}\"}}");
    let before = stage.sandbox.effects().len();
    stage.ok(&format!("apply -auto-approve {rotated}"));
    done(
        &stage,
        before,
        &[("update", "webhook"), ("update", "messaging_service")],
    );
    for (region, secret) in [("eu", secret), ("us", us)] {
        let app = stage.one("app", "display_name", &format!("support-{region}"));
        let webhook = stage.one("webhook", "app_id", app["id"].as_str().unwrap());
        assert_eq!(webhook["secret_sha256"], sha256(secret));
        let name = format!("Conversation API {region}");
        let service = one(&stage, "sinchcontactpro/messaging_service", "name", &name);
        let entries = service["authentications"].as_array().unwrap();
        let mut entry = entries
            .iter()
            .filter(|e| e["authenticationId"] == "webhook");
        assert_eq!(entry.next().unwrap()["secret_sha256"], sha256(secret));
    }
    stage.ok(&format!("plan -detailed-exitcode {rotated}"));
}

#[test]
fn the_signature_of_a_business_system_is_refreshed_and_then_given_on() {
    let stage = small(
        r#"
provider "chatapp" {
  mode = "api"
}
variable "rotation" {
  default = null
}
resource "chatapp_business_system" "s" {
  cust_space_id      = "cams-sandbox0001"
  name               = "ERP"
  api_request_url    = "https://erp.acme.test/x"
  signature_rotation = var.rotation
}
resource "digitalchannels_service" "erp" {
  name   = "Erp"
  url    = "https://erp.acme.test"
  secret = { signature = chatapp_business_system.s.signature }
}
"#,
        "chatapp",
    );
    stage.ok("apply -auto-approve");
    let before = stage.sandbox.effects().len();
    let service = |stage: &Rehearsal| one(stage, "digitalchannels/service", "name", "Erp");
    let old = service(&stage)["secret_sha256"]["signature"].clone();
    stage.ok("apply -auto-approve -var rotation=2");
    let effects = stage.sandbox.effects();
    let last = effects[before..].last().unwrap();
    assert_eq!(
        (last.effect.as_str(), last.kind.as_str()),
        ("update", "service")
    );
    let resets = effects[before..]
        .iter()
        .filter(|r| r.effect == "secret_reset");
    assert_eq!(resets.count(), 1);
    let new = service(&stage)["secret_sha256"]["signature"].clone();
    assert_ne!(new, old);
    let systems = json!(stage.objects("business_system")).to_string();
    assert!(systems.contains(new.as_str().unwrap()), "{systems}");
    stage.ok("plan -detailed-exitcode -var rotation=2");
}

/// What was made while the answer was lost has the secret that was sent then, so another one is a change.
#[test]
fn a_secret_that_is_another_after_a_lost_answer_is_set() {
    let stage = Rehearsal::of("sinch-contact-pro", "sinchcontactpro");
    for path in ["/p/rci/users$", "/p/rci/messagingServices$"] {
        stage.sandbox.fault(&json!({
            "match": { "service": "sinchcontactpro.rci", "method": "POST", "path": path },
            "action": { "drop": "after" },
        }));
    }
    let services = |stage: &Rehearsal| -> Vec<String> {
        let services = stage.objects("messaging_service");
        let entries = services
            .iter()
            .filter_map(|s| s["authentications"].as_array());
        let secret = |e: &Value| e["secret_sha256"].as_str().map(str::to_owned);
        entries.flatten().filter_map(secret).collect()
    };
    let accounts = |end: &str| {
        let pairs = ["c4semail", "c4semailv2", "wavy"].map(|name| {
            format!("{name}={{username=\"acme-{name}\",password=\"sandbox-{name}-{end}\"}}")
        });
        format!(
            "-var accounts={{{}}} -var sender_password=Sandbox-only-{end}-sender",
            pairs.join(",")
        )
    };
    assert_eq!(
        stage
            .run(&format!("apply -auto-approve {}", accounts("1")))
            .code,
        Some(1)
    );
    stage.ok(&format!("apply -auto-approve {}", accounts("2")));
    stage.ok(&format!("plan -detailed-exitcode {}", accounts("2")));
    assert_eq!(stage.effects("create", "user"), 1);
    assert_eq!(stage.effects("update", "user"), 1);
    let set = services(&stage);
    for name in ["c4semail", "c4semailv2", "wavy"] {
        assert!(
            set.contains(&sha256(&format!("sandbox-{name}-2"))),
            "{name}"
        );
        assert!(
            !set.contains(&sha256(&format!("sandbox-{name}-1"))),
            "{name}"
        );
    }
}

/// The same where a service has all its secrets in one.
#[test]
fn a_service_that_was_made_with_other_secrets_gets_those_of_now() {
    let stage = Rehearsal::of("genesys-sms-kaleyra", "digitalchannels");
    stage.sandbox.fault(&json!({
        "match": { "service": "digitalchannels.nexus", "method": "POST" },
        "action": { "drop": "after" },
    }));
    let kaleyra = |password: &str| {
        format!(
            "-var kaleyra={{url=\"https://directtext.mgage.com\",username=\"acme\",password=\"{password}\"}}"
        )
    };
    let (first, second) = ("sandbox-only-1", "sandbox-only-2");
    let output = stage.run(&format!("apply -auto-approve {}", kaleyra(first)));
    assert_eq!(output.code, Some(1), "{output}");
    let password = |stage: &Rehearsal| {
        stage.one("service", "name", "mGageSMS")["secret_sha256"]["password"].clone()
    };
    assert_eq!(password(&stage), sha256(first));
    stage.ok(&format!("apply -auto-approve {}", kaleyra(second)));
    assert_eq!(password(&stage), sha256(second));
    stage.ok(&format!("plan -detailed-exitcode {}", kaleyra(second)));
    assert_eq!(stage.effects("create", "service"), 2, "mGageSMS and SMS");
}

#[test]
fn the_password_of_a_sending_side_is_changed_where_it_is() {
    let stage = Rehearsal::of("sinch-contact-pro", "sinchcontactpro");
    stage.ok("apply -auto-approve");
    let before = stage.sandbox.effects().len();
    let rotated = "-var sender_password=Sandbox-only-3-sender";
    let output = stage.ok(&format!("apply -auto-approve {rotated}"));
    assert!(
        output.stdout.contains("give it to the sending side"),
        "{output}"
    );
    done(&stage, before, &[("update", "user")]);
    stage.ok(&format!("plan -detailed-exitcode {rotated}"));
}
