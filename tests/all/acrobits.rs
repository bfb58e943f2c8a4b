//! Acrobits Turnkey Messaging through its whole life: published, left alone, imported, drifted, refused, destroyed.
//!
//! What is right is what the sandbox holds and logged, and what is on the disk.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::Dir;
use crate::rehearsal::Rehearsal;
use crate::sandbox_process::sha256;

const PUBLISHER: &str = "authorization: Bearer sandbox-only-not-a-token-publisher\r\n";

fn stage() -> Rehearsal {
    Rehearsal::of("acrobits-turnkey", "acrobits")
}

/// A directory with this configuration for one app.
fn small(main: &str) -> Rehearsal {
    Rehearsal::beside(Dir::with(main), "acrobits")
}

fn ids(stage: &Rehearsal, kind: &str) -> Vec<String> {
    let all = stage.objects(kind);
    let mut ids: Vec<String> = all
        .iter()
        .map(|o| o["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// A contact as its file has it.
fn contact(user: &str, network: &str, first: &str, last: &str, uri: &str) -> Value {
    json!({"contactId": user, "cloudUsername": user, "networkId": network, "displayName": format!("{first} {last}"), "lname": last, "fname": first,
        "contactEntries": [{"entryId": "tel:0", "label": "work", "type": "tel", "uri": uri}]})
}

fn taxi() -> Value {
    json!({"contactId": "taxi", "displayName": "Taxi",
        "contactEntries": [{"entryId": "tel:0", "label": "main", "type": "tel", "uri": "+12025550100"}]})
}

fn list(contacts: &[Value]) -> String {
    format!("{:#}\n", json!({ "contacts": contacts }))
}

#[test]
fn two_networks_are_published_checked_imported_and_destroyed() {
    let stage = stage();
    let output = stage.applied("9 added, 0 changed, 0 destroyed");
    assert!(
        output
            .stdout
            .contains("(manual step: Enter the rows of portal_sheet"),
        "{output}"
    );
    assert!(
        output.stdout.contains("is attested by mobile team"),
        "{output}"
    );
    assert!(
        output.stdout.contains("endpoints_passed = true"),
        "{output}"
    );
    assert!(
        output
            .to_string()
            .contains("V10: 1 of 2 contacts are of other networks"),
        "{output}"
    );
    assert!(!output.to_string().contains("sip-password"), "{output}");
    stage.settled();

    // A file a network, exactly as the vendor's page shows contacts; accounts with networks and SMS numbers.
    let mine = list(&[
        contact("foo.bar", "myNetwork", "Foo", "Bar", "1001"),
        contact("john.doe", "myNetwork", "John", "Doe", "1000"),
        taxi(),
    ]);
    let others = list(&[
        contact("eve.other", "otherNetwork", "Eve", "Other", "2000"),
        taxi(),
    ]);
    let documents = [
        ("contacts/myNetwork.json", mine),
        ("contacts/otherNetwork.json", others),
    ];
    assert_eq!(
        ids(&stage, "published_document"),
        documents.clone().map(|(key, _)| key)
    );
    for (key, text) in documents {
        let found = stage.one("published_document", "id", key);
        assert_eq!(found["sha256"], sha256(&text), "{text}");
        assert_eq!(
            found["headers"]["content-type"],
            "application/json; charset=utf-8"
        );
        assert_eq!(found["headers"]["cache-control"], "private, max-age=0");
    }
    let account = |user: &str, password: &str, network: &str, rest: &str| {
        format!(
            "<account>\n  <username>{user}</username>\n  <password>sandbox-only-not-a-sip-password-{password}</password>\n  <networkId>{network}</networkId>\n{rest}</account>\n"
        )
    };
    let sms = "  <smsNumbers>\n    <number>\n      <carrier>sinch</carrier>\n      <number>1234567890</number>\n    </number>\n  </smsNumbers>\n";
    let accounts = [
        (
            "eve.other",
            account("B63349F4F0", "B63349F4F0", "otherNetwork", ""),
        ),
        (
            "foo.bar",
            account("B63349F4EF", "B63349F4EF", "myNetwork", ""),
        ),
        (
            "john.doe",
            account("B63349F4EE", "B63349F4EE", "myNetwork", sms),
        ),
    ];
    assert_eq!(
        stage.objects("bucket_object").len(),
        3,
        "and nothing of the probe"
    );
    for (name, text) in accounts {
        let id = format!("acme-provisioning/provisioning/ACMEMT/{name}.xml");
        let found = stage.one("bucket_object", "id", &id);
        assert_eq!(found["sha256"], sha256(&text));
        assert_eq!(
            found["headers"]["content-type"],
            "application/xml; charset=utf-8"
        );
        assert_eq!(found["headers"]["x-amz-meta-sha256"], found["sha256"]);
    }

    // Into an empty state; what has no outside is declared again, and nothing is written.
    for name in [
        "app.main",
        "network.this",
        "user.this",
        "contact.taxi",
        "contact_list.main",
        "provisioning_set.main",
    ] {
        stage.ok(&format!("state rm acrobits_{name}"));
    }
    stage.dir.write("imports.tf", IMPORTS);
    let before = stage.sandbox.effects().len();
    stage.applied("9 imported, 0 added, 0 changed, 0 destroyed");
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.settled();
    assert_eq!(stage.sandbox.effects().len(), before);

    stage.ok("destroy -auto-approve");
    assert_eq!(
        stage.objects("published_document").len() + stage.objects("bucket_object").len(),
        0
    );
}

pub const IMPORTS: &str = r#"
import {
  to = acrobits_app.main
  id = "ACMEMT"
}
import {
  for_each = toset(["myNetwork", "otherNetwork"])
  to       = acrobits_network.this[each.key]
  id       = "ACMEMT/${each.key}"
}
import {
  for_each = { "john.doe" = "myNetwork", "foo.bar" = "myNetwork", "eve.other" = "otherNetwork" }
  to       = acrobits_user.this[each.key]
  id       = "ACMEMT/${each.key},s3:provisioning/ACMEMT/${each.key}.xml,http:contacts/${each.value}.json"
}
import {
  to = acrobits_contact.taxi
  id = "ACMEMT/taxi,http:contacts/myNetwork.json"
}
import {
  to = acrobits_contact_list.main
  id = "ACMEMT,http:contacts/{network_id}.json,myNetwork,otherNetwork"
}
import {
  to = acrobits_provisioning_set.main
  id = "ACMEMT,s3:provisioning/{cloud_id}/{cloud_username}.xml,john.doe,foo.bar,eve.other"
}
"#;

#[test]
fn only_what_differs_is_published() {
    let stage = stage();
    stage.applied("9 added");
    // A document that is gone, and one with other content.
    stage
        .sandbox
        .remove("acrobits/published_document/contacts%2FotherNetwork.json");
    let headers = format!("{PUBLISHER}content-type: application/json\r\n");
    let (status, _) = stage.sandbox.call(
        "acrobits.publish",
        "PUT",
        "/contacts/myNetwork.json",
        &headers,
        "{}",
    );
    assert_eq!(status, 204);
    stage
        .sandbox
        .remove("acrobits/bucket_object/acme-provisioning%2Fprovisioning%2FACMEMT%2Ffoo.bar.xml");
    let before = stage.sandbox.effects().len();
    stage.applied("0 added, 2 changed, 0 destroyed");
    stage.settled();
    let written: Vec<String> = stage.sandbox.effects()[before..]
        .iter()
        .map(|r| r.id.clone())
        .filter(|id| !id.contains("probe"))
        .collect();
    assert_eq!(written.len(), 3, "{written:?}");

    // A user who changes networks, and one who goes.
    stage.edit(
        "sandbox.tfvars",
        "  \"eve.other\" = {\n    network = \"otherNetwork\"",
        "  \"eve.other\" = {\n    network = \"myNetwork\"",
    );
    stage.applied("0 added, 3 changed, 1 destroyed");
    assert_eq!(
        ids(&stage, "published_document"),
        ["contacts/myNetwork.json"]
    );
    stage.settled();
}

#[test]
fn a_lost_answer_publishes_nothing_twice() {
    let stage = stage();
    for service in ["acrobits.publish", "acrobits.s3"] {
        for after in [0, 2] {
            stage.sandbox.fault(&json!({"match": {"service": service, "method": "PUT", "after_matches": after}, "action": {"drop": "after"}}));
        }
        stage.sandbox.fault(&json!({"match": {"service": service, "method": "PUT", "after_matches": 1}, "times": 8, "action": {"status": 503}}));
    }
    for _ in 0..4 {
        if stage.run("apply -auto-approve").code == Some(0) {
            break;
        }
    }
    stage.sandbox.heal();
    stage.applied("");
    stage.settled();
    assert_eq!(stage.effects("create", "published_document"), 2);
    let objects = stage.sandbox.effects();
    let accounts = objects
        .iter()
        .filter(|r| r.effect == "create" && r.id.ends_with(".xml"));
    assert_eq!(accounts.count(), 3);
    assert_eq!(stage.objects("bucket_object").len(), 3);
}

#[test]
fn accounts_never_go_where_everybody_reads() {
    let stage = stage();
    stage.edit("sandbox.tfvars", "\"acme-provisioning\"", "\"acme-public\"");
    stage.fails("apply -auto-approve", "AC30: account XML holds passwords, and a document beside them was read without credentials");
    assert_eq!(stage.objects("bucket_object").len(), 0);
    let xml = stage
        .sandbox
        .effects()
        .iter()
        .filter(|r| r.id.ends_with(".xml"))
        .count();
    assert_eq!(xml, 0, "no account was there for a moment");

    // Declared, it needs no service.
    stage.edit(
        "providers.tf",
        "s3_bucket            = var.bucket.name",
        "s3_bucket            = var.bucket.name\n  s3_public            = true",
    );
    let output = stage.dir.run("validate -no-color");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("AC30"), "{output}");
    assert!(output.stderr.contains("users.tf line"), "{output}");
}

#[test]
fn a_page_for_signing_in_is_no_account_that_everybody_reads() {
    let stage = stage();
    stage.sandbox.fault(&json!({
        "match": { "service": "acrobits.s3", "method": "GET", "path": "trunkline-public-probe" },
        "times": 0, "action": { "page": true },
    }));
    stage.ok("apply -auto-approve");
    let faults = stage.sandbox.get("/faults");
    assert!(faults[0]["struck"].as_u64() > Some(0), "{faults}");
}

#[test]
fn what_somebody_else_wrote_is_not_overwritten() {
    let stage = stage();
    let headers = format!("{PUBLISHER}content-type: application/json\r\n");
    stage.sandbox.call(
        "acrobits.publish",
        "PUT",
        "/contacts/otherNetwork.json",
        &headers,
        "{\"contacts\":[]}",
    );
    stage.fails(
        "apply -auto-approve",
        "There is a document \"contacts/otherNetwork.json\" already",
    );
    let found = stage.one("published_document", "id", "contacts/otherNetwork.json");
    assert_eq!(found["sha256"], sha256("{\"contacts\":[]}"));
    assert_eq!(
        ids(&stage, "published_document").len(),
        1,
        "half of a list is taken back"
    );
    stage.ok("plan");
}

#[test]
fn live_endpoints_that_break_the_rules_are_told_by_number() {
    let stage = stage();
    stage.edit("sandbox.tfvars", "/auth?", "/nowhere?");
    stage.edit("sandbox.tfvars", "cloud_id=%fullcode%", "cloud_id=OTHER");
    let output = stage.fails(
        "apply -auto-approve",
        "V13: external authentication: the test user is answered with status 404",
    );
    assert!(
        output
            .stderr
            .contains("V6: provisioning: the test user is answered with status"),
        "{output}"
    );
    assert!(
        !output.to_string().contains("not-a-password-john"),
        "{output}"
    );
    stage.edit(
        "checks.tf",
        "sms_gateway      = acrobits_app.main.sms_gateway",
        "sms_gateway      = true\n  on_failure       = \"report\"",
    );
    let output = stage.applied("");
    assert!(
        output.stdout.contains("endpoints_passed = false"),
        "{output}"
    );
}

const DIRECTORY: &str = r#"
provider "acrobits" {
  directory = "/srv/acrobits"
}

resource "acrobits_user" "this" {
  for_each       = toset(["anna", "bo"])
  cloud_id       = "ACME"
  cloud_username = each.key
  network_id     = "one"
  sip_username   = "sip-${each.key}"
  sip_password   = "secret-of-${each.key}"
  cloud_password = "cloud-of-${each.key}"
  display_name   = title(each.key)
  entry {
    uri = "1000"
  }
}

resource "acrobits_contact_list" "this" {
  cloud_id     = "ACME"
  contacts     = [for user in acrobits_user.this : user.contact]
  layout       = "per_user"
  exclude_self = true
  target       = "directory"
}

resource "acrobits_provisioning_set" "xml" {
  cloud_id = "ACME"
  accounts = { for name, user in acrobits_user.this : name => user.account }
  target   = "directory"
}

resource "acrobits_provisioning_set" "csv" {
  cloud_id = "ACME"
  format   = "csv"
  users    = [for user in acrobits_user.this : user.record]
  path     = "sample/{file}"
  target   = "directory"
}
"#;

#[test]
fn a_directory_has_files_that_only_their_reader_reads() {
    let stage = small(DIRECTORY);
    let root = stage
        .dir
        .path()
        .join(".trunkline/sandbox/published/srv_acrobits");
    let output = stage.applied("5 added");
    assert!(!output.to_string().contains("secret-of"), "{output}");
    stage.settled();
    let mode = |path: &str| {
        let found = std::fs::metadata(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        found.permissions().mode() & 0o777
    };
    for private in [
        "provisioning/ACME/anna.xml",
        "provisioning/ACME/bo.xml",
        "sample/users/ACME.csv",
        "sample/extProv/ACME.xml",
    ] {
        assert_eq!(mode(private), 0o600, "{private}");
    }
    assert_eq!(
        (mode("provisioning"), mode("provisioning/ACME")),
        (0o700, 0o700)
    );
    assert_eq!(mode("contacts/anna.json"), 0o644);
    let text = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let bo = json!({"contactId": "bo", "cloudUsername": "bo", "networkId": "one", "displayName": "Bo",
        "contactEntries": [{"entryId": "tel:0", "type": "tel", "uri": "1000"}]});
    assert_eq!(text("contacts/anna.json"), list(&[bo]), "without anna");
    assert_eq!(
        text("sample/users/ACME.csv"),
        "cloud_username,cloud_password,username,password,display_name,first_name,last_name,avatar,phone_number1,networkId\n\
         anna,cloud-of-anna,sip-anna,secret-of-anna,Anna,,,,1000,one\nbo,cloud-of-bo,sip-bo,secret-of-bo,Bo,,,,1000,one\n"
    );
    assert!(text("sample/extProv/ACME.xml").contains("<password>{password}</password>"));

    // Both kinds of set, and the per-user list, from what is there.
    for name in [
        "contact_list.this",
        "provisioning_set.xml",
        "provisioning_set.csv",
    ] {
        stage.ok(&format!("state rm acrobits_{name}"));
    }
    stage.dir.write("imports.tf", "import {\n  to = acrobits_contact_list.this\n  id = \"ACME,directory:contacts/{cloud_username}.json,one/anna,one/bo\"\n}\nimport {\n  to = acrobits_provisioning_set.xml\n  id = \"ACME,directory:provisioning/{cloud_id}/{cloud_username}.xml,anna,bo\"\n}\nimport {\n  to = acrobits_provisioning_set.csv\n  id = \"ACME,directory:sample/{file}\"\n}\n");
    let before = std::fs::metadata(root.join("sample/users/ACME.csv"))
        .unwrap()
        .modified()
        .unwrap();
    stage.applied("3 imported, 0 added, 0 changed, 0 destroyed");
    let after = std::fs::metadata(root.join("sample/users/ACME.csv"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.settled();

    // A file that is changed is repaired; one that is not ours stays.
    std::fs::write(root.join("provisioning/ACME/bo.xml"), "<account/>").unwrap();
    std::fs::write(root.join("provisioning/ACME/other.xml"), "x").unwrap();
    stage.applied("0 added, 1 changed, 0 destroyed");
    assert!(text("provisioning/ACME/bo.xml").contains("secret-of-bo"));
    stage.ok("destroy -auto-approve");
    let left = std::fs::read_dir(root.join("provisioning/ACME"))
        .unwrap()
        .count();
    assert_eq!(left, 1, "only what is not ours");
    assert!(
        !root.join("contacts/anna.json").exists() && !root.join("sample/users/ACME.csv").exists()
    );
}

#[test]
fn rules_between_objects_need_no_credentials() {
    let dir = Dir::with(
        r#"
resource "acrobits_app" "a" {
  cloud_id     = "ACME"
  tenancy      = "multi"
  messaging    = true
  ext_auth_url = "https://a.test/?u=%username%&p=%password%"
}

resource "acrobits_network" "one" {
  id       = "one"
  cloud_id = "ACME"
}

resource "acrobits_user" "anna" {
  cloud_id       = "ACME"
  cloud_username = "anna"
  network_id     = acrobits_network.one.id
  sip_username   = "sip-anna"
  sip_password   = "secret-of-anna"
  display_name   = "Anna"
}

resource "acrobits_contact_list" "l" {
  cloud_id = "ACME"
  contacts = [jsonencode({ contactId = "1", cloudUsername = "anna", networkId = "two", displayName = "Anna", notes = "secret-of-anna" })]
  target   = "http"
}
"#,
    );
    let output = dir.run("validate -no-color");
    assert_eq!(output.code, Some(1), "{output}");
    for id in ["AC06: ", "AC23: ", "AC29: "] {
        assert!(output.stderr.contains(id), "{id}: {output}");
    }
    assert!(
        output
            .stderr
            .contains("on main.tf line 25, in resource \"acrobits_contact_list\" \"l\":"),
        "{output}"
    );
    // The file's own line is shown; no message repeats what is in it.
    let mut quoted = output.stderr.lines().filter(|l| l.contains("secret-of"));
    assert!(
        quoted.all(|l| l.trim_start().starts_with("25:")),
        "{output}"
    );
}

/// 200 documents with 5% random faults, printed seeds: exactly the wanted ones are there afterwards.
#[test]
fn two_hundred_documents_survive_random_faults() {
    const MANY: &str = r#"
variable "notes" {
  type    = string
  default = ""
}

locals {
  users = { for n in range(100) : format("user%03d", n) => n }
}

resource "acrobits_user" "this" {
  for_each       = local.users
  cloud_id       = "ACME"
  cloud_username = each.key
  network_id     = "net${each.value}"
  sip_username   = "sip-${each.key}"
  sip_password   = "secret-of-${each.key}"
  display_name   = each.key
  notes          = var.notes
}

resource "acrobits_contact_list" "this" {
  count    = 10
  cloud_id = "ACME"
  contacts = [for name, user in acrobits_user.this : user.contact if local.users[name] % 10 == count.index]
  path     = "contacts/{network_id}.json"
  target   = "http"
}

resource "acrobits_provisioning_set" "this" {
  count    = 10
  cloud_id = "ACME"
  accounts = { for name, user in acrobits_user.this : name => user.account if local.users[name] % 10 == count.index }
  target   = "s3"
}
"#;
    for seed in [11, 12] {
        println!("seed {seed}");
        let stage = small(MANY);
        let actions =
            json!([{"status": 429}, {"status": 500}, {"drop": "before"}, {"drop": "after"}]);
        for service in ["acrobits.publish", "acrobits.s3"] {
            let fault = json!({"match": {"service": service}, "action": {"probability": 0.05, "seed": seed, "actions": actions}});
            stage.sandbox.fault(&fault);
        }
        for notes in ["a", "b"] {
            let line = format!("apply -auto-approve -var notes={notes}");
            let done = (0..6).any(|_| stage.run(&line).code == Some(0));
            assert!(done, "seed {seed}");
        }
        stage.sandbox.heal();
        stage.ok("plan -detailed-exitcode -var notes=b");
        assert_eq!(stage.objects("published_document").len(), 100);
        let accounts = ids(&stage, "bucket_object");
        assert_eq!(accounts.len(), 100, "{accounts:?}");
        for document in stage.objects("published_document") {
            let name = document["id"]
                .as_str()
                .unwrap()
                .trim_start_matches("contacts/net")
                .trim_end_matches(".json");
            let user = format!("user{:03}", name.parse::<u32>().unwrap());
            let wanted = json!({"contactId": user, "cloudUsername": user, "networkId": format!("net{name}"), "displayName": user, "notes": "b"});
            assert_eq!(document["sha256"], sha256(&list(&[wanted])));
        }
    }
}

/// What the check of the example found, as `V12 true`, with an output that shows it.
fn findings(stage: &Rehearsal, change: &str) -> Vec<String> {
    let file = stage.dir.path().join("checks.tf");
    let text = std::fs::read_to_string(&file).unwrap();
    if !text.contains("on_failure") {
        let line = "  cloud_id         = acrobits_app.main.cloud_id\n";
        assert!(text.contains(line));
        let text = text.replace(
            line,
            &format!("{line}  on_failure = \"report\"\n  {change}\n"),
        );
        let shown = "output \"found\" {\n  value = [for f in data.acrobits_endpoint_check.live.findings : \"${f.check} ${f.passed} ${f.severity}: ${f.message}\"]\n}\n";
        std::fs::write(&file, text + shown).unwrap();
    }
    stage.ok("apply -auto-approve");
    let found: Value = serde_json::from_str(&stage.ok("output -json found").raw).unwrap();
    let lines = found.as_array().unwrap().iter();
    lines.map(|l| l.as_str().unwrap().to_owned()).collect()
}

/// The one finding of a check that begins so.
#[track_caller]
fn is_found(findings: &[String], wanted: &str) {
    let count = findings.iter().filter(|f| f.starts_with(wanted)).count();
    assert_eq!(count, 1, "{wanted}: {findings:?}");
}

#[test]
fn v12_and_v14_a_wrong_password_is_refused_and_contacts_are_not_sent_again() {
    let stage = stage();
    // The endpoints are asked after the documents are there; a plan without changes asks them first.
    let found = findings(&stage, "");
    is_found(
        &found,
        "V12 true error: provisioning refuses a wrong password",
    );
    is_found(
        &found,
        "V14 true info: contacts that did not change are not sent again",
    );

    let second = |path: &str, action: Value| {
        let matched = json!({"service": "acrobits.app", "path": path, "after_matches": 1});
        stage
            .sandbox
            .fault(&json!({"match": matched, "action": action}));
    };
    second(
        "/provisioning",
        json!({"status": 200, "body": "<account/>"}),
    );
    second(
        "/contacts",
        json!({"status": 200, "body": {"contacts": []}}),
    );
    let found = findings(&stage, "");
    assert!(stage.sandbox.faults_are_spent());
    is_found(
        &found,
        "V12 false error: provisioning takes a wrong password",
    );
    is_found(
        &found,
        "V14 false info: contacts that did not change are answered with 200, not 304",
    );

    // Who cannot be asked has not refused; the wrong password is not tried twice.
    second("/provisioning", json!({"drop": "before"}));
    let tried = || {
        let rows = stage.sandbox.log().into_iter();
        rows.filter(|r| r.path.starts_with("/provisioning")).count()
    };
    let before = tried();
    let found = findings(&stage, "");
    is_found(
        &found,
        "V12 false error: provisioning could not be asked with a wrong password",
    );
    assert!(stage.sandbox.faults_are_spent());
    assert_eq!(
        tried() - before,
        2,
        "the test user once, the wrong password once"
    );
}

#[test]
fn v17_what_is_slow_or_large_is_told() {
    let stage = stage();
    let found = findings(&stage, "max_contacts_bytes = 10");
    let of_contacts = |f: &&String| f.starts_with("V17 false warning: contacts have ");
    assert_eq!(found.iter().filter(of_contacts).count(), 1, "{found:?}");
    stage.sandbox.fault(&json!({
        "match": {"service": "acrobits.app", "path": "/auth"}, "action": {"latency_ms": 5050},
    }));
    let found = findings(&stage, "");
    is_found(
        &found,
        "V17 false warning: external authentication took longer than 5000 ms",
    );
}

/// Against a service as in life: nothing is asked for outside in a rehearsal.
#[test]
fn v16_avatars_are_images() {
    let world = Dir::empty();
    let sandbox = crate::sandbox_process::SandboxProcess::start(&world, 0);
    let base = sandbox.endpoints["services"]["acrobits.publish"]
        .as_str()
        .unwrap();
    let base = base.trim_end_matches('/');
    let put = |path: &str, kind: &str, body: &str| {
        let headers = format!("{PUBLISHER}content-type: {kind}\r\n");
        let (status, _) = sandbox.call("acrobits.publish", "PUT", path, &headers, body);
        assert!((200..300).contains(&status), "{path}: {status}");
    };
    put("/public/good.png", "image/png", "png");
    put("/public/page.html", "text/html", "<p>");
    let contact = |n: u8, avatar: &str| {
        json!({"contactId": n.to_string(), "cloudUsername": format!("u{n}"), "networkId": "ACME",
            "displayName": "x", "avatar": format!("{base}/public/{avatar}")})
    };
    let names = ["good.png", "page.html", "missing.png", "good.png"];
    let contacts: Vec<Value> = (1..).zip(names).map(|(n, name)| contact(n, name)).collect();
    put(
        "/public/contacts.json",
        "application/json",
        &list(&contacts),
    );

    let check = |asked: bool| {
        format!(
            r#"
provider "acrobits" {{}}

data "acrobits_endpoint_check" "live" {{
  cloud_id            = "ACME"
  contacts_url        = "{base}/public/contacts.json"
  check_avatars       = {asked}
  on_failure          = "report"
  test_cloud_username = "john"
  test_cloud_password = "secret-of-john"
}}

output "found" {{
  value = [for f in data.acrobits_endpoint_check.live.findings : "${{f.passed}} ${{f.severity}}: ${{f.message}}" if f.check == "V16"]
}}
"#
        )
    };
    let dir = Dir::with(&check(true));
    let found = || {
        for line in ["init", "apply -auto-approve"] {
            let output = dir.run(line);
            assert_eq!(output.code, Some(0), "{output}");
        }
        let output = dir.run("output -json found");
        serde_json::from_str::<Value>(&output.raw).unwrap()
    };
    let said = |passed: bool, name: &str, what: &str| {
        format!("{passed} info: the avatar \"{base}/public/{name}\" is {what}")
    };
    assert_eq!(
        found(),
        json!([
            said(true, "good.png", "an image"),
            said(false, "page.html", "no image"),
            said(false, "missing.png", "answered with 404"),
        ]),
        "each once"
    );
    dir.write("main.tf", &check(false));
    assert_eq!(found(), json!([]), "only where it is asked for");
}
