//! The example `sinch-contact-pro` through its whole life, and RCI's other ways to log in and to write.
//!
//! What is right is what the sandbox holds and logged, not what the program says of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{Row, SandboxProcess, sha256};
use crate::stage::{SUNDAY, copy, unguided};

const KINDS: [&str; 4] = ["messaging_service", "user", "queue", "queue_number"];

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sinch-contact-pro")
}

/// A configuration with the example's change window, on a Sunday, when it holds nothing.
fn outside_hours(main: &str) -> Dir {
    let mut dir = Dir::with(main);
    let window = std::fs::read_to_string(example().join("trunkline.hcl")).unwrap();
    dir.write("trunkline.hcl", &window);
    dir.set("TRUNKLINE_NOW", SUNDAY);
    dir
}

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
        copy(&example(), &dir.path(), false);
        Stage::of(dir)
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
        let found = self
            .sandbox
            .get(&format!("/objects/sinchcontactpro/{kind}"));
        found.as_array().unwrap().clone()
    }

    fn find(&self, kind: &str, member: &str, text: &str) -> Value {
        let mut found = self.objects(kind).into_iter().filter(|o| o[member] == text);
        let one = found
            .next()
            .unwrap_or_else(|| panic!("no {kind} with {member} {text}"));
        assert_eq!(found.next(), None, "{kind} {text} is there twice");
        one
    }

    fn counts(&self) -> [usize; 4] {
        KINDS.map(|kind| self.objects(kind).len())
    }

    fn patch(&self, kind: &str, object: &Value, change: &Value) {
        let id = object["id"].as_str().unwrap();
        self.sandbox
            .patch(&format!("sinchcontactpro/{kind}/{id}"), change);
    }

    /// Effects as `effect kind`, in order.
    fn effects(&self) -> Vec<String> {
        let rows = self.sandbox.effects();
        rows.iter()
            .map(|r| format!("{} {}", r.effect, r.kind))
            .collect()
    }
}

/// `direction id hash-of-secret triggers` of each entry of a service.
fn entries(service: &Value) -> Vec<Value> {
    let entries = service["authentications"].as_array().unwrap().iter();
    entries
        .map(|e| {
            json!([
                e["direction"],
                e["authenticationId"],
                e["secret_sha256"],
                e["triggers"]
            ])
        })
        .collect()
}

/// Import blocks of everything in the example, by natural keys.
pub fn imports() -> String {
    let one = |to: &str, id: &str| {
        format!("import {{\n  to = sinchcontactpro_{to}\n  id = \"{id}\"\n}}\n")
    };
    let each = |of: &str, to: &str, id: &str| {
        format!(
            "import {{\n  for_each = toset({of})\n  to = sinchcontactpro_{to}[each.key]\n  id = \"{id}\"\n}}\n"
        )
    };
    let subchannels = r#"["whatsapp", "nativechannel", "facebook", "viber-bot", "instagram", "viber", "telegram", "line", "rcs"]"#;
    [
        one("messaging_service.conversation", "Conversation API"),
        one("messaging_service.teams", "Microsoft Teams"),
        one("messaging_service.facebook", "Facebook Messenger"),
        one("messaging_service.sms", "Sinch SMS"),
        each(
            r#"["c4semail", "c4semailv2", "wavy"]"#,
            "messaging_service.account",
            "Account ${each.key}",
        ),
        one("user.sender", "sms.sender"),
        one(
            "messaging_service_right.sender",
            "sms.sender/roles/Messaging Service User",
        ),
        one("queue.chat", "Customer Chat"),
        each(
            subchannels,
            "queue_address.chat",
            "Customer Chat/${var.conversation.app_id}@${each.key}.sinchconversation.com",
        ),
        one(
            "queue_address.sms",
            "Customer Chat/${var.conversation.app_id}@sms.sinchconversation.com",
        ),
    ]
    .concat()
}

#[test]
fn the_example_lives_its_whole_life() {
    let stage = Stage::example();
    let seeded = stage.counts();
    let output = stage.apply("Resources: 20 added, 0 changed, 0 destroyed.");
    assert!(
        output.stdout.contains("CP-20: tell Sinch which number"),
        "{output}"
    );
    stage.settled();
    let [services, users, queues, numbers] = seeded;
    assert_eq!(
        stage.counts(),
        [services + 7, users + 1, queues + 1, numbers + 10]
    );

    let conversation = stage.find("messaging_service", "name", "Conversation API");
    assert_eq!(conversation["type"], "sinchconversation");
    assert_eq!(
        entries(&conversation),
        [
            json!([
                "OUTGOING",
                "sandbox-key@01EB17K24DRDHH07FVSSG00WEN",
                sha256("sandbox-only-not-a-secret-conversation"),
                null
            ]),
            json!([
                "INCOMING",
                "webhook",
                sha256("sandbox-only-not-a-secret-webhook"),
                ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]
            ]),
        ]
    );
    let user = stage.find("user", "login", "sms.sender");
    assert_eq!(user["password_sha256"], sha256("Sandbox-only-2-sender"));
    assert_eq!(user["roles"], json!(["CF000000000000000000000000000013"]));
    assert_eq!(
        user["userGroups"],
        json!(["CF000000000000000000000000000022"])
    );
    let sms = stage.find(
        "queue_number",
        "address",
        "01EB17K24DRDHH07FVSSG00WEN@sms.sinchconversation.com",
    );
    assert_eq!(sms["smsSenderId"], "12125550123");

    // Drift is repaired, and what is not managed stays.
    stage.patch(
        "messaging_service",
        &conversation,
        &json!({ "name": "By hand" }),
    );
    stage.patch(
        "user",
        &user,
        &json!({ "firstName": "By hand", "email": "kept@acme.test" }),
    );
    stage.patch("queue_number", &sms, &json!({ "smsSenderId": null }));
    stage.apply("Resources: 0 added, 3 changed, 0 destroyed.");
    stage.settled();
    let user = stage.find("user", "login", "sms.sender");
    assert_eq!(
        [&user["firstName"], &user["email"]],
        ["SMS", "kept@acme.test"]
    );
    let again = stage.find("messaging_service", "name", "Conversation API");
    assert_eq!(entries(&again), entries(&conversation));
    assert_eq!(
        again["authentications"][0]["id"],
        conversation["authentications"][0]["id"]
    );

    // Another state takes everything up by its names, without a change.
    std::fs::remove_file(stage.dir.path().join(".trunkline/sandbox/trunkline.db")).unwrap();
    std::fs::write(stage.dir.path().join("imports.tf"), imports()).unwrap();
    stage.apply("Resources: 20 imported, 0 added, 0 changed, 0 destroyed.");
    stage.settled();

    // A secret that changes is noticed, though neither the service nor the state tells it.
    stage.edit(
        "sandbox.tfvars",
        "not-a-secret-webhook",
        "not-a-secret-webhook-2",
    );
    stage.edit(
        "sandbox.tfvars",
        "Sandbox-only-2-sender",
        "Sandbox-only-3-sender",
    );
    let output = stage.apply("Resources: 0 added, 2 changed, 0 destroyed.");
    assert!(
        output.stdout.contains("secret_revision   = 1 -> 2"),
        "{output}"
    );
    assert!(!output.stdout.contains("not-a-secret-webhook"), "{output}");
    stage.settled();
    let rotated = stage.find("messaging_service", "name", "Conversation API");
    assert_eq!(
        entries(&rotated)[1][2],
        sha256("sandbox-only-not-a-secret-webhook-2")
    );
    assert_eq!(entries(&rotated)[0], entries(&conversation)[0]);
    let user = stage.find("user", "login", "sms.sender");
    assert_eq!(user["password_sha256"], sha256("Sandbox-only-3-sender"));

    let before = stage.effects().len();
    stage.run("destroy -auto-approve", 0);
    assert_eq!(stage.counts(), seeded);
    let effects = &stage.effects()[before..];
    let last_address = effects
        .iter()
        .rposition(|e| e == "delete queue_number")
        .unwrap();
    let log = stage.sandbox.effects();
    let id = rotated["id"].as_str().unwrap();
    let service = log[before..]
        .iter()
        .position(|r| r.effect == "delete" && r.id == id)
        .unwrap();
    assert!(
        last_address < service,
        "addresses go before the service: {effects:?}"
    );
}

/// A Conversation API service under a provider block with these settings.
fn small(settings: &str, entries: &str) -> String {
    format!(
        r#"
terraform {{
  required_providers {{
    sinchcontactpro = {{ source = "trunkline/sinchcontactpro" }}
  }}
}}
provider "sinchcontactpro" {{
  {settings}
}}
variable "secret" {{ default = "one" }}
variable "webhook" {{ default = "two" }}
resource "sinchcontactpro_messaging_service" "s" {{
  name               = "Small"
  type               = "sinchconversation"
  service_connection = "https://eu.conversation.api.sinch.com/v1/projects/p/messages:send"
  {entries}
}}
"#
    )
}

fn entry(app: &str) -> String {
    format!("authentication {{\n  authentication_id = \"key@{app}\"\n  secret = var.secret\n}}\n")
}

const FIRST: &str = "01EB17K24DRDHH07FVSSG00WEN";
const SECOND: &str = "01F49FCDPK4V1F1WJCE8DM1MBH";
const WEBHOOK: &str = "authentication {\n  authentication_id = \"webhook\"\n  secret = var.webhook\n  triggers = [\"MESSAGE_INBOUND\"]\n}\n";

#[test]
fn a_session_is_opened_again_and_on_premise_needs_none() {
    let cookie = r#"auth_mode = "login_cookie"
  base_url = "https://login-eu-c1.cc.sinch.com/acme/ecfs/RI/rci""#;
    let basic = r#"auth_mode = "basic"
  base_url = "https://contactpro.acme.test:8443/RI/rci""#;
    for (settings, service) in [
        (cookie, "sinchcontactpro.session"),
        (basic, "sinchcontactpro.onpremise"),
    ] {
        let stage = Stage::of(outside_hours(&small(settings, &(entry(FIRST) + WEBHOOK))));
        stage.sandbox.fault(&json!({
            "match": { "service": service, "method": "GET" }, "action": { "status": 503 },
        }));
        if service == "sinchcontactpro.session" {
            stage.sandbox.fault(&json!({ "match": { "service": service, "method": "POST" }, "action": { "status": 401 } }));
        }
        stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
        stage.settled();
        let rows = stage.sandbox.log();
        let logins = rows
            .iter()
            .filter(|r| r.service == "sinchcontactpro.login")
            .count();
        // Each of the two commands logs in once, and the 401 once more.
        assert_eq!(
            logins,
            if service == "sinchcontactpro.session" {
                3
            } else {
                0
            }
        );
        stage.find("messaging_service", "name", "Small");
        assert!(rows.iter().all(|r| r.service != "sinchcontactpro.rci"));
    }
}

/// A configuration that logs in for a session.
fn with_a_session() -> Stage {
    let cookie = r#"auth_mode = "login_cookie"
  base_url = "https://login-eu-c1.cc.sinch.com/acme/ecfs/RI/rci""#;
    Stage::of(outside_hours(&small(cookie, &(entry(FIRST) + WEBHOOK))))
}

impl Stage {
    /// How many requests a service got, and how many services were made.
    fn asked_and_made(&self, service: &str, method: &str) -> (usize, usize) {
        let rows = self.sandbox.log();
        let asked = |r: &&Row| r.service == service && r.method == method;
        let made = |r: &&Row| r.effect == "create" && r.kind == "messaging_service";
        (
            rows.iter().filter(asked).count(),
            rows.iter().filter(made).count(),
        )
    }

    fn session_fault(&self, service: &str, method: &str, times: u64, action: &Value) {
        self.sandbox.fault(&json!({
            "match": { "service": format!("sinchcontactpro.{service}"), "method": method },
            "times": times, "action": action,
        }));
    }
}

#[test]
fn a_session_that_ends_in_the_middle_is_opened_once_more() {
    let stage = with_a_session();
    stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
    let (logins, _) = stage.asked_and_made("sinchcontactpro.login", "POST");
    // Once in reading, and once more in writing.
    for method in ["GET", "PUT"] {
        stage.session_fault("session", method, 1, &json!({ "status": 401 }));
    }
    let file = stage.dir.path().join("main.tf");
    let main = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, main.replace("\"one\"", "\"three\"")).unwrap();
    stage.apply("Resources: 0 added, 1 changed, 0 destroyed.");
    assert!(stage.sandbox.faults_are_spent());
    let (after, made) = stage.asked_and_made("sinchcontactpro.login", "POST");
    assert_eq!((after - logins, made), (3, 1));

    // One that ends at once again is no session.
    let stage = with_a_session();
    stage.session_fault("session", "POST", 0, &json!({ "status": 401 }));
    let output = stage.run("apply -auto-approve", 1);
    let errors = output.stderr.matches("Error: ").count();
    let refused = output.stderr.matches("Error: Credentials Refused").count();
    assert_eq!((errors, refused), (1, 1), "{output}");
    assert_eq!(
        stage.asked_and_made("sinchcontactpro.session", "POST"),
        (2, 0)
    );
    assert_eq!(stage.asked_and_made("sinchcontactpro.login", "POST").0, 2);
    stage.sandbox.heal();
    stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
}

#[test]
fn a_login_in_trouble_is_waited_for_or_explained() {
    for (times, action) in [
        (2, json!({ "status": 429, "retry_after": 1 })),
        (1, json!({ "status": 429 })),
        (1, json!({ "status": 503 })),
        (1, json!({ "drop": "before" })),
        // The session is open, but nobody got its cookie.
        (1, json!({ "drop": "after" })),
    ] {
        let stage = with_a_session();
        stage.session_fault("login", "POST", times, &action);
        stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
        assert!(stage.sandbox.faults_are_spent(), "{action}");
        let found = stage.asked_and_made("sinchcontactpro.login", "POST");
        assert_eq!(found, (times as usize + 1, 1), "{action}");
    }
    let page: &[&str] = &[
        "Malformed Answer",
        "Logging in failed",
        "JSESSIONID",
        "text/html",
    ];
    let wrong: &[&str] = &["Credentials Refused", "username and password"];
    let later: &[&str] = &["Rate Limit Exceeded", "3600 seconds"];
    for (action, texts) in [
        (json!({ "page": true }), page),
        (json!({ "status": 401 }), wrong),
        (json!({ "status": 403 }), wrong),
        (json!({ "status": 429, "retry_after": 3600 }), later),
    ] {
        let stage = with_a_session();
        stage.session_fault("login", "POST", 0, &action);
        let output = stage.run("apply -auto-approve", 1);
        let said = output
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(output.stderr.matches("Error: ").count(), 1, "{output}");
        let missing: Vec<_> = texts.iter().filter(|t| !said.contains(**t)).collect();
        assert!(missing.is_empty(), "{missing:?}: {output}");
        assert!(!said.contains("sandbox-only"), "{output}");
        assert_eq!(
            stage.asked_and_made("sinchcontactpro.session", "POST"),
            (0, 0)
        );
    }
}

#[test]
fn half_an_answer_of_a_session_makes_nothing_twice() {
    for (method, action) in [
        ("POST", json!({ "malformed": true })),
        ("POST", json!({ "page": true })),
        ("POST", json!({ "drop": "after" })),
        ("POST", json!({ "status": 500 })),
        ("GET", json!({ "malformed": true })),
    ] {
        let stage = with_a_session();
        stage.session_fault("session", method, 1, &action);
        let runs = (0..3).map(|_| stage.dir.run("apply -auto-approve -sandbox -no-color"));
        let last = runs.into_iter().find(|output| output.code == Some(0));
        assert!(last.is_some(), "{method} {action}");
        assert!(stage.sandbox.faults_are_spent(), "{method} {action}");
        let (_, made) = stage.asked_and_made("sinchcontactpro.login", "POST");
        assert_eq!(made, 1, "{method} {action}");
        stage.settled();
    }
}

#[test]
fn authentications_are_written_by_calls_of_their_own_where_that_is_asked_for() {
    let settings = "embedded_authentications = false";
    let stage = Stage::of(outside_hours(&small(settings, &(entry(FIRST) + WEBHOOK))));
    stage
        .sandbox
        .settings(&json!({ "contactpro_authentications": "subcollection" }));
    stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
    stage.settled();
    let before = entries(&stage.find("messaging_service", "name", "Small"));
    assert_eq!(before.len(), 2);

    let file = stage.dir.path().join("main.tf");
    let changed = small(settings, &(entry(SECOND) + WEBHOOK)).replace("\"two\"", "\"three\"");
    std::fs::write(file, changed).unwrap();
    stage.apply("Resources: 0 added, 1 changed, 0 destroyed.");
    stage.settled();
    let mut after = entries(&stage.find("messaging_service", "name", "Small"));
    after.sort_by_key(|e| e[0].to_string());
    assert_eq!(
        after,
        [
            json!(["INCOMING", "webhook", sha256("three"), ["MESSAGE_INBOUND"]]),
            json!(["OUTGOING", format!("key@{SECOND}"), sha256("one"), null]),
        ]
    );
}

#[test]
fn rules_are_checked_without_credentials() {
    let dir = Dir::with(
        &small("", &(entry("01eb17k24drdhh07fvssg00wen") + WEBHOOK))
            .replace("\"sinchconversation\"", "\"twilio\""),
    );
    let output = dir.run("validate");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output
            .stderr
            .contains("CP-01: the messaging service type twilio is no longer supported."),
        "{output}"
    );
    let dir = Dir::with(&small("", &(entry("01eb17k24drdhh07fvssg00wen") + WEBHOOK)));
    let output = dir.run("validate");
    let flat: Vec<&str> = output.stderr.split_whitespace().collect();
    assert!(
        flat.join(" ")
            .contains(&format!("in the Conversation API: {FIRST}.")),
        "{output}"
    );
}

#[test]
fn lost_answers_make_nothing_twice() {
    let stage = Stage::example();
    let seeded = stage.counts();
    for path in ["/p/rci/messagingServices", "/p/rci/users", "/p/rci/queues"] {
        stage.sandbox.fault(&json!({
            "match": { "service": "sinchcontactpro.rci", "method": "POST", "path": format!("{path}$") },
            "action": { "drop": "after" },
        }));
    }
    stage.sandbox.fault(&json!({
        "match": { "service": "sinchcontactpro.rci", "method": "POST", "path": "/p/rci/queues/.*/numbers$" },
        "action": { "malformed": true },
    }));
    let mut tries = 0;
    while stage.dir.run("apply -auto-approve -sandbox -no-color").code != Some(0) {
        tries += 1;
        assert!(tries < 6, "it does not come to an end");
    }
    assert!(stage.sandbox.faults_are_spent());
    assert!(tries > 0, "a lost answer is no success");
    stage.settled();
    let [services, users, queues, numbers] = seeded;
    assert_eq!(
        stage.counts(),
        [services + 7, users + 1, queues + 1, numbers + 10]
    );
    let effects = stage.effects();
    let made = |kind: &str| {
        effects
            .iter()
            .filter(|e| **e == format!("create {kind}"))
            .count()
    };
    assert_eq!(
        [
            made("messaging_service"),
            made("user"),
            made("queue"),
            made("queue_number")
        ],
        [7, 1, 1, 10]
    );
}

/// CP-29: without a window a messaging service is not managed at all, and a window holds its changes while it lasts.
#[test]
fn messaging_services_are_changed_outside_business_hours() {
    let main = small("", &(entry(FIRST) + WEBHOOK));
    let dir = Dir::with(&main);
    let output = dir.run("validate");
    assert_eq!(output.code, Some(1), "{output}");
    let flat: Vec<&str> = output.stderr.split_whitespace().collect();
    let said = flat.join(" ");
    for wanted in [
        "CP-29: messages may be lost",
        "Add to trunkline.hcl a change_window block",
    ] {
        assert!(said.contains(wanted), "{output}");
    }

    let mut stage = Stage::of(outside_hours(&main));
    stage.dir.set("TRUNKLINE_NOW", "2026-01-05T09:00:00Z");
    // A new service loses nothing: it is made at any time.
    stage.apply("Resources: 1 added, 0 changed, 0 destroyed.");
    stage.edit("main.tf", "\"two\"", "\"three\"");
    let before = stage.sandbox.effects().len();
    let output = stage.run("apply -auto-approve", 4);
    assert!(
        output
            .stdout
            .contains("sinchcontactpro_messaging_service.s waits"),
        "{output}"
    );
    stage.run("destroy -auto-approve", 4);
    assert_eq!(stage.sandbox.effects().len(), before, "nothing was changed");
    stage.dir.set("TRUNKLINE_NOW", "2026-01-05T18:00:00Z");
    stage.apply("Resources: 0 added, 1 changed, 0 destroyed.");
    stage.run("destroy -auto-approve", 0);
}
