//! The example of Chat App through its whole life, and its panels by hand and by calls.
//!
//! What is right is what the sandbox holds and logged, not what the program says of it.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{SandboxProcess, sha256};
use crate::stage::{copy, unguided};

const CHANNEL: &str = "cams-sandbox0001";

/// A directory beside a running sandbox.
struct Stage {
    dir: Dir,
    sandbox: SandboxProcess,
}

impl Stage {
    fn of(dir: Dir) -> Stage {
        let sandbox = SandboxProcess::start(&dir, 0);
        Stage { dir, sandbox }
    }

    /// The example, untouched.
    fn example() -> Stage {
        let dir = unguided();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/alibaba-chatapp");
        copy(&example, &dir.path(), false);
        Stage::of(dir)
    }

    /// A configuration with this provider block.
    fn with(settings: &str, text: &str) -> Stage {
        Stage::of(Dir::with(&configuration(settings, text)))
    }

    #[track_caller]
    fn run(&self, line: &str, code: i32) -> Output {
        let output = self.dir.run(&format!("{line} -sandbox -no-color"));
        assert_eq!(output.code, Some(code), "{output}");
        output
    }

    #[track_caller]
    fn apply(&self, says: &str) -> Output {
        let output = self.run("apply -auto-approve", 0);
        assert!(output.stdout.contains(says), "not {says:?}:\n{output}");
        output
    }

    #[track_caller]
    fn settled(&self) {
        self.run("plan -detailed-exitcode", 0);
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.dir.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not say {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    fn objects(&self, kind: &str) -> Vec<Value> {
        let found = self.sandbox.get(&format!("/objects/chatapp/{kind}"));
        found.as_array().unwrap().clone()
    }

    /// The object of a kind that has this text in a member.
    #[track_caller]
    fn one(&self, kind: &str, member: &str, text: &str) -> Value {
        let mut found = self.objects(kind).into_iter().filter(|o| o[member] == text);
        let one = found
            .next()
            .unwrap_or_else(|| panic!("no {kind} {text}: {:?}", self.objects(kind)));
        assert_eq!(found.next(), None, "more than one {kind} {text}");
        one
    }

    fn patch(&self, kind: &str, object: &Value, change: &Value) {
        let id = object["id"].as_str().unwrap();
        self.sandbox.patch(&format!("chatapp/{kind}/{id}"), change);
    }

    /// How often an operation was called and took effect, or was called at all.
    fn calls(&self, operation: &str) -> usize {
        let path = format!("/{operation}");
        self.sandbox.log().iter().filter(|r| r.path == path).count()
    }

    /// The signature that the program has, by its hash.
    fn signature(&self) -> String {
        let output = self.run("output -raw signature", 0);
        sha256(output.raw.trim_end())
    }
}

fn configuration(settings: &str, text: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    chatapp = {{ source = \"trunkline/chatapp\" }}\n  }}\n}}\n\
         provider \"chatapp\" {{\n{settings}\n}}\n{text}"
    )
}

/// Without line breaks and runs of spaces: messages are wrapped.
fn flat(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().filter(|w| *w != "│").collect();
    words.join(" ")
}

pub fn imports() -> String {
    let one = |to: &str, id: &str| {
        format!("import {{\n  to = chatapp_{to}\n  id = \"{CHANNEL}{id}\"\n}}\n")
    };
    [
        one("phone_webhook.support", "/6580000001"),
        one("account_webhook.account", ""),
        one("template.order", "/order_update/en"),
        one("template.code", "/sign_in_code/en"),
        one("business_system.erp", "/ERP"),
        one("intent.this[\"order_status\"]", "/ERP/order_status"),
        one("intent.this[\"call_back\"]", "/ERP/call_back"),
        one("sms_setting.this", ""),
        one("otp_scheduling.this", ""),
    ]
    .concat()
}

#[test]
fn the_example_lives_its_whole_life() {
    let stage = Stage::example();
    let output = stage.apply("Resources: 9 added, 0 changed, 0 destroyed.");
    assert!(
        flat(&output.stdout).contains("the vendor charges for each message"),
        "{output}"
    );
    stage.settled();

    let phone = stage.one("phone_number", "id", &format!("{CHANNEL}/6580000001"));
    let shown = phone.to_string();
    assert!(
        shown.contains("https://erp.acme.test/chatapp/inbound"),
        "{shown}"
    );
    let account = stage
        .one("account_webhook", "id", &format!("{CHANNEL}/account"))
        .to_string();
    assert!(
        account.contains("https://erp.acme.test/chatapp/account"),
        "{account}"
    );
    let system = &stage.objects("business_system")[0];
    assert!(
        system
            .to_string()
            .contains("Answers the buttons of templates."),
        "{system}"
    );
    let signature = stage.signature();
    assert!(
        system.to_string().contains(&signature),
        "the signature is that of the service: {system}"
    );
    assert_eq!(stage.objects("intent").len(), 2);
    assert_eq!(stage.objects("message_template").len(), 2);
    let otp = stage.objects("otp_setting")[0].to_string();
    assert!(otp.contains("\"ID\"") && otp.contains("\"SG\""), "{otp}");

    // Into an empty state, everything by its natural key.
    std::fs::remove_file(stage.dir.path().join(".trunkline/sandbox/trunkline.db")).unwrap();
    stage.dir.write("imports.tf", &imports());
    stage.apply("Resources: 9 imported, 0 added, 0 changed, 0 destroyed.");
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.settled();

    // A rotation replaces the signature, and the plan warns.
    stage.edit(
        "sandbox.tfvars",
        "fallback_id ",
        "signature_rotation = \"2\"\nfallback_id ",
    );
    let output = stage.apply("Resources: 0 added, 1 changed, 0 destroyed.");
    assert!(
        flat(&output.stdout).contains("the receiving system must take the new one"),
        "{output}"
    );
    assert_ne!(stage.signature(), signature);
    let system = stage.objects("business_system")[0].to_string();
    assert!(system.contains(&stage.signature()), "{system}");
    stage.settled();

    stage.run("destroy -auto-approve", 0);
    for kind in ["message_template", "business_system", "intent"] {
        assert_eq!(stage.objects(kind), [] as [Value; 0], "{kind}");
    }
    let phone = stage.one("phone_number", "id", &format!("{CHANNEL}/6580000001"));
    assert_eq!([&phone["HttpFlag"], &phone["QueueFlag"]], ["N", "N"]);
    assert_eq!(
        stage.objects("channel").len(),
        3,
        "channels are only looked up"
    );
}

#[test]
fn drift_is_shown_and_repaired() {
    let stage = Stage::example();
    stage.apply("9 added");
    let intent = stage
        .objects("intent")
        .into_iter()
        .find(|i| i.to_string().contains("call_back"))
        .unwrap();
    stage.patch("intent", &intent, &json!({ "IntentName": "By hand" }));
    stage.patch(
        "sms_setting",
        &stage.objects("sms_setting")[0],
        &json!({ "SmsFlag": "N" }),
    );
    let template = stage.one("message_template", "Name", "sign_in_code");
    stage.sandbox.remove(&format!(
        "chatapp/message_template/{}",
        template["id"].as_str().unwrap()
    ));
    stage.apply("Resources: 1 added, 2 changed, 0 destroyed.");
    stage.settled();
    assert!(
        !stage
            .objects("intent")
            .iter()
            .any(|i| i.to_string().contains("By hand"))
    );
    stage.one("message_template", "Name", "sign_in_code");
}

#[test]
fn panels_by_hand_need_an_attestation() {
    let stage = Stage::example();
    stage.edit(
        "sandbox.tfvars",
        "mode              = \"api\"",
        "mode              = \"manual\"",
    );
    let plan = stage.run("plan", 0);
    let text = flat(&plan.stdout);
    for part in [
        "Click Open Business System",
        "System Name: \"ERP\"",
        "click the Refresh icon",
        "Click Save",
        "Intent Code: \"call_back\"",
    ] {
        assert!(text.contains(part), "no {part}: {plan}");
    }
    let output = stage.run("apply -auto-approve", 1);
    assert!(
        flat(&output.stderr).contains("AL22: the SMS setting of channel"),
        "{output}"
    );
    assert_eq!(
        stage.objects("message_template").len(),
        2,
        "the rest is done"
    );
    assert_eq!(
        stage.calls("CreateBusinessSystem") + stage.calls("UpdateSmsSetting"),
        0
    );

    // Attest with the hashes of the plan, as a person does.
    let attest = || {
        let plan = stage.run("plan", 0);
        let blocks = plan.raw.split("  # chatapp_").skip(1);
        let mut attestations = String::from("attestations = {\n");
        for block in blocks {
            let key = ["business_system", "order_status", "call_back", "sms", "otp"]
                .into_iter()
                .find(|key| block.split('\n').next().unwrap().contains(key));
            let hash = block
                .split("content_hash")
                .nth(1)
                .and_then(|rest| rest.split('"').nth(1));
            if let (Some(key), Some(hash)) = (key, hash) {
                attestations += &format!(
                    "  {key} = {{ by = \"jo@acme.test\", at = \"2026-01-31T12:00:00Z\", content_hash = \"{hash}\" }}\n"
                );
            }
        }
        stage
            .dir
            .write("attested.auto.tfvars", &(attestations + "}\n"));
    };
    attest();
    let output = stage.apply("Resources: 5 added, 0 changed, 0 destroyed.");
    assert!(
        flat(&output.stdout).contains("as jo@acme.test attests"),
        "{output}"
    );
    let plan = stage.run("plan -detailed-exitcode", 0);
    assert!(
        plan.to_string().contains("Unverifiable Object"),
        "never in order: {plan}"
    );
    assert_eq!(
        stage.calls("CreateBusinessSystem") + stage.calls("UpdateSmsSetting"),
        0
    );

    // Other content needs another attestation.
    stage.edit("service_settings.tf", "\"Call back\"", "\"Call me back\"");
    let output = stage.run("apply -auto-approve", 1);
    assert!(
        flat(&output.stderr).contains("its attestation is of other content"),
        "{output}"
    );
    stage.edit("service_settings.tf", "\"Call me back\"", "\"Call back\"");

    // By calls from now on: what is not there by calls is made.
    stage.edit(
        "sandbox.tfvars",
        "mode              = \"manual\"",
        "mode              = \"api\"",
    );
    let output = stage.run("apply -auto-approve", 0);
    assert_eq!(stage.objects("intent").len(), 2, "{output}");
    stage.settled();
    stage.edit(
        "sandbox.tfvars",
        "mode              = \"api\"",
        "mode              = \"manual\"",
    );
    let output = stage.run("destroy -auto-approve", 0);
    assert!(
        output.to_string().contains("Manual Removal Needed"),
        "{output}"
    );
    assert_eq!(stage.objects("intent").len(), 2, "{output}");
}

#[test]
fn names_of_calls_come_from_the_mapping() {
    let settings = r#"
  mode            = "api"
  action_names    = { GetSmsSetting = "QuerySmsSwitch", UpdateSmsSetting = "SetSmsSwitch" }
  parameter_names = { SmsFlag = "SwitchFlag" }"#;
    let text = format!(
        "resource \"chatapp_sms_setting\" \"s\" {{\n  cust_space_id = \"{CHANNEL}\"\n  enabled = true\n}}\n"
    );
    let stage = Stage::with(settings, &text);
    stage.sandbox.settings(&json!({"chatapp": {
        "action_names": {"GetSmsSetting": "QuerySmsSwitch", "UpdateSmsSetting": "SetSmsSwitch"},
        "parameter_names": {"SmsFlag": "SwitchFlag"},
    }}));
    let output = stage.apply("Resources: 1 added");
    assert!(
        !output.to_string().contains("AL22"),
        "the provider block is heeded: {output}"
    );
    stage.settled();
    // A service without such calls is told apart from an object that is not there.
    stage
        .sandbox
        .settings(&json!({"chatapp": {"service_settings": false}}));
    let output = stage.run("plan", 1);
    assert!(
        flat(&output.stderr).contains("Set mode = \"manual\" in the provider block"),
        "{output}"
    );
}

#[test]
fn rules_are_checked_without_credentials() {
    let text = r#"
data "chatapp_channel" "v" {
  name         = "Acme Viber"
  channel_type = "viber"
}
resource "chatapp_otp_scheduling" "o" {
  cust_space_id   = data.chatapp_channel.v.cust_space_id
  enabled         = true
  countries       = ["SG"]
  use_own_numbers = true
}
"#;
    let dir = Dir::with(&configuration("mode = \"api\"", text));
    let output = dir.run("validate");
    assert_eq!(output.code, Some(1), "{output}");
    let all = flat(&output.to_string());
    assert!(
        all.contains("AL03: OTP delivery scheduling is for WhatsApp channels only"),
        "{output}"
    );
    assert!(
        all.contains("AL04: Where no scheduling resources are available, your own numbers send"),
        "{output}"
    );
}

#[test]
fn channels_are_made_only_where_that_is_allowed() {
    let text = |mail: &str| {
        format!(
            "resource \"chatapp_channel\" \"c\" {{\n  name = \"Second\"\n  channel_type = \"Viber\"\n  {mail}\n}}\n\
             data \"chatapp_channel\" \"none\" {{\n  name = \"Acme\"\n  channel_type = \"viber\"\n}}\n"
        )
    };
    let stage = Stage::with("", &text(""));
    let output = stage.run("plan", 1);
    let said = flat(&output.stderr);
    assert!(
        said.contains("AL24: the channel \"Second\" would be created"),
        "{output}"
    );
    assert!(
        said.contains("There is no channel \"Acme\" on this account."),
        "parts of names are no matches: {output}"
    );

    let write = |settings: &str, mail: &str| {
        let text = text(mail).replace("name = \"Acme\"", "name = \"Acme Viber\"");
        stage.dir.write("main.tf", &configuration(settings, &text));
    };
    write("manage_channels = true", "contact_mail = \"a@acme.test\"");
    stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
    stage.settled();
    write("manage_channels = true", "description = \"x\"");
    stage.apply("Resources: 0 added, 1 changed, 0 destroyed.");
    stage.settled();
    write("", "description = \"x\"");
    let output = stage.run("destroy -auto-approve", 1);
    assert!(flat(&output.stderr).contains("AL24: "), "{output}");
    assert_eq!(stage.objects("channel").len(), 4);
    write("manage_channels = true", "description = \"x\"");
    stage.run("destroy -auto-approve", 0);
    assert_eq!(stage.objects("channel").len(), 3);
}

/// A template with this text.
fn template(text: &str) -> String {
    format!(
        "resource \"chatapp_template\" \"t\" {{\n  cust_space_id = \"{CHANNEL}\"\n  name = \"t\"\n  language = \"en\"\n  category = \"UTILITY\"\n  \
         template_type = \"WHATSAPP\"\n  component {{\n    type = \"BODY\"\n    text = \"{text}\"\n  }}\n}}\n"
    )
}

#[test]
fn a_template_is_changed_until_it_has_passed_and_then_replaced() {
    let stage = Stage::with("", &template("one"));
    stage
        .sandbox
        .settings(&json!({"chatapp": {"template_review_ms": 600_000}}));
    stage.apply("1 added");
    stage
        .dir
        .write("main.tf", &configuration("", &template("two")));
    stage.apply("Resources: 0 added, 1 changed, 0 destroyed.");
    stage.settled();
    stage
        .sandbox
        .admin("POST", "/clock", Some(&json!({"advance_seconds": 3600})));
    stage.settled();
    stage
        .dir
        .write("main.tf", &configuration("", &template("three")));
    let output = stage.apply("Resources: 1 added, 0 changed, 1 destroyed.");
    assert!(output.stdout.contains("must be replaced"), "{output}");
    let there = stage.one("message_template", "Name", "t").to_string();
    assert!(
        there.contains("three") && stage.objects("message_template").len() == 1,
        "{there}"
    );
}

const SYSTEM: &str = r#"
variable "rotation" { default = null }
resource "chatapp_business_system" "s" {
  cust_space_id      = "cams-sandbox0001"
  name               = "ERP"
  api_request_url    = "https://erp.acme.test/x"
  signature_rotation = var.rotation
}
output "signature" {
  value     = chatapp_business_system.s.signature
  sensitive = true
}
"#;

#[test]
fn a_signature_whose_answer_was_lost_is_refreshed_again() {
    let stage = Stage::with("mode = \"api\"", SYSTEM);
    let lose = |operation: &str| {
        stage.sandbox.fault(&json!({"match": {"service": "chatapp.api", "path": format!("/{operation}")}, "action": {"drop": "after"}}));
    };
    lose("CreateBusinessSystem");
    stage.run("apply -auto-approve", 1);
    // It is found again, and its signature, which only the lost run had, is made anew.
    stage.run("apply -auto-approve", 0);
    let same = || {
        let there = stage.objects("business_system");
        assert_eq!(there.len(), 1);
        assert!(
            there[0].to_string().contains(&stage.signature()),
            "{}",
            there[0]
        );
    };
    same();
    stage.settled();

    lose("RefreshBusinessSystemSignature");
    stage.run("apply -auto-approve -var rotation=2", 1);
    stage.run("apply -auto-approve -var rotation=2", 0);
    same();
    stage.run("plan -detailed-exitcode -var rotation=2", 0);
}

#[test]
fn throttled_calls_wait_as_long_as_the_service_says() {
    let settings = "mode = \"api\"\nrate_limits = { QueryIntent = 1000, CreateIntent = 1000 }";
    let intents = r#"
resource "chatapp_intent" "i" {
  count         = 12
  cust_space_id = chatapp_business_system.s.cust_space_id
  system_id     = chatapp_business_system.s.system_id
  code          = "code${count.index}"
  name          = "Code ${count.index}"
}
"#;
    let stage = Stage::with(settings, &(SYSTEM.to_owned() + intents));
    stage.apply("Resources: 13 added");
    let throttled = stage
        .sandbox
        .log()
        .iter()
        .filter(|r| r.path == "/CreateIntent" && r.status == 400)
        .count();
    assert!(throttled > 0, "the sandbox takes five a second");
    assert_eq!(stage.objects("intent").len(), 12);
}

#[test]
fn an_intent_that_a_live_template_uses_is_not_removed() {
    let intent = r#"
resource "chatapp_intent" "i" {
  cust_space_id = chatapp_business_system.s.cust_space_id
  system_id     = chatapp_business_system.s.system_id
  code          = "order"
  name          = "Order"
}
"#;
    let all = |intent: &str| {
        configuration(
            "mode = \"api\"",
            &(SYSTEM.to_owned() + &template("x") + intent),
        )
    };
    let stage = Stage::of(Dir::with(&all(intent)));
    stage.apply("Resources: 3 added");
    let there = stage.one("message_template", "Name", "t");
    let member = if there["components"].is_null() {
        "Components"
    } else {
        "components"
    };
    let mut components = there[member].clone();
    let button = json!({"Type": "BUTTONS", "Buttons": [{"Type": "QUICK_REPLY", "Text": "a", "ExtendAttrs": {"Action": "nextCard", "IntentCode": "order"}}]});
    components.as_array_mut().unwrap().push(button);
    stage.patch(
        "message_template",
        &there,
        &json!({ "Components": components }),
    );
    stage.dir.write("main.tf", &all(""));
    let output = stage.run("apply -auto-approve -target=chatapp_intent.i", 1);
    assert!(
        flat(&output.stderr)
            .contains("AL23: the intent \"order\" is used by the buttons of live templates (t)"),
        "{output}"
    );
    assert_eq!(stage.objects("intent").len(), 1);
}

/// Finds the channel with this access key.
fn with_key(key: &str) -> Stage {
    let text = format!(
        "data \"chatapp_channel\" \"c\" {{\n  instance_id = \"{CHANNEL}\"\n}}\n{}",
        template("x")
    );
    Stage::with(key, &text)
}

#[test]
fn temporary_credentials_sign_with_their_token() {
    let key = r#"
  access_key_id     = "STS.SandboxOnly00000000004"
  access_key_secret = "sandbox-only-not-a-secret-chatapp-00004"
  security_token    = "sandbox-only-not-a-token/chatapp=="
"#;
    let stage = with_key(key);
    stage.apply("Resources: 1 added");
    stage.settled();
    let wrong = configuration(&key.replace("/chatapp==", "/other"), &template("x"));
    stage.dir.write("main.tf", &wrong);
    let output = stage.run("plan", 1);
    assert!(!output.to_string().contains("token/other"), "{output}");
}

#[test]
fn a_key_without_the_permission_is_told_which_one() {
    let key = r#"
  access_key_id     = "LTAI5tSandboxOnly00000002"
  access_key_secret = "sandbox-only-not-a-secret-chatapp-00002"
"#;
    let stage = with_key(key);
    stage.run("plan", 0);
    let output = stage.run("apply -auto-approve", 1);
    let said = flat(&output.stderr);
    assert!(
        said.contains("Permission Denied") && said.contains("code Forbidden.RAM"),
        "{output}"
    );
    assert_eq!(stage.objects("message_template"), [] as [Value; 0]);
}

#[test]
fn a_signature_given_by_hand_is_kept_as_a_hash_only() {
    let with = |hash: &str| {
        let system = SYSTEM.replace(
            "  signature_rotation = var.rotation\n",
            "  signature_wo = var.signature\n  attestation {\n    by = \"jo\"\n    at = \"2026-01-31T12:00:00Z\"\n    content_hash = \"HASH\"\n  }\n",
        );
        let variable = "variable \"signature\" {\n  default = \"signature-number-one\"\n  sensitive = true\n}\n";
        configuration("", &(system.replace("HASH", hash) + variable))
    };
    let stage = Stage::of(Dir::with(&with("none yet")));
    let plan = stage.run("plan", 0);
    let hash = plan.raw.split("content_hash").nth(1).unwrap();
    let hash = hash.split('"').nth(1).unwrap();
    stage.dir.write("main.tf", &with(hash));
    stage.apply("Resources: 1 added");
    stage.settled();
    let output = stage.apply("");
    assert!(
        output.stdout.contains("Resources: 0 added, 0 changed"),
        "{output}"
    );
    let output = stage.run("apply -auto-approve -var signature=signature-number-two", 0);
    assert!(
        output.stdout.contains("signature_revision = 1 -> 2"),
        "{output}"
    );
    let state = stage.run("state pull", 0);
    let all = format!("{output}{}", state.raw);
    assert!(!all.contains("signature-number"), "{all}");
    stage.run(
        "plan -detailed-exitcode -var signature=signature-number-two",
        0,
    );
}
