//! `discover`, adoption and `compare` against the sandbox: what exists is taken over without a change.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{CCID, NUMBER, SandboxProcess};
use crate::stage::{copy, unguided};

/// An example, applied beside a sandbox; then its state and its resources are taken away, and what is left says how
/// to reach the vendors.
struct Stage {
    dir: Dir,
    sandbox: SandboxProcess,
}

#[track_caller]
fn run(dir: &Dir, line: &str, code: i32) -> Output {
    let output = dir.run(&format!("{line} -sandbox -no-color"));
    assert_eq!(output.code, Some(code), "{output}");
    output
}

fn remove(dir: &Dir, name: &str) {
    let path = dir.path().join(name);
    if path.is_dir() {
        std::fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        std::fs::remove_file(path).unwrap();
    }
}

impl Stage {
    fn of(example: &str, leave: &[&str]) -> Stage {
        let dir = unguided();
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(example);
        copy(&from, &dir.path(), false);
        let sandbox = SandboxProcess::start(&dir, 0);
        run(&dir, "apply -auto-approve", 0);
        remove(&dir, ".trunkline/sandbox/trunkline.db");
        for name in dir.files() {
            if !leave.contains(&name.as_str()) && !name.starts_with('.') {
                remove(&dir, &name);
            }
        }
        Stage { dir, sandbox }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    /// How often the vendors were read.
    fn reads(&self) -> usize {
        self.sandbox
            .log()
            .iter()
            .filter(|r| r.method == "GET")
            .count()
    }
}

const KEPT: [&str; 5] = [
    "providers.tf",
    "trunkline.hcl",
    "variables.tf",
    "versions.tf",
    "sandbox.tfvars",
];

/// Every variable of a file that wants a value, given one.
fn give_secrets(dir: &mut Dir, text: &str) {
    for block in text.split("\nvariable \"").skip(1) {
        let (name, body) = block.split_once('"').unwrap();
        let body = body.split("\n}").next().unwrap();
        if !body.contains("default ") {
            dir.set(
                &format!("TF_VAR_{name}"),
                &format!("a-new-secret-1A-{name}"),
            );
        }
    }
}

impl Stage {
    /// Plans what was discovered, which imports and changes nothing; then applies it, after which all is managed.
    #[track_caller]
    fn taken_over(&self, provider: &str) {
        let text = self.read(&format!("discovered_{provider}.tf"));
        let before = self.sandbox.effects().len();
        run(&self.dir, "fmt -check", 0);
        let plan = run(&self.dir, "plan", 0);
        let last = plan.stdout.lines().find(|l| l.starts_with("Plan: "));
        let last = last.unwrap_or_else(|| panic!("{plan}\n{text}"));
        assert!(
            last.ends_with(" to import, 0 to add, 0 to change, 0 to destroy."),
            "{plan}\n{text}"
        );
        run(&self.dir, "apply -auto-approve", 0);
        run(&self.dir, "plan -detailed-exitcode", 0);
        assert_eq!(self.sandbox.effects().len(), before, "nothing was changed");
        let again = run(&self.dir, &format!("discover {provider} -out=again.tf"), 0);
        assert!(again.stdout.contains("all of them managed"), "{again}");
        assert!(!self.dir.has("again.tf"));
    }
}

#[test]
fn what_exists_at_contact_pro_is_written_and_planned_without_a_change() {
    let mut stage = Stage::of("sinch-contact-pro", &KEPT);
    let before = stage.sandbox.effects().len();
    let output = run(&stage.dir, "discover sinchcontactpro", 0);
    let text = stage.read("discovered_sinchcontactpro.tf");
    for wanted in [
        "import {\n  to = sinchcontactpro_queue.customer_chat\n",
        "resource \"sinchcontactpro_user\" \"sms_sender\" {",
        "user_id              = sinchcontactpro_user.sms_sender.id\n",
        "queue_id      = sinchcontactpro_queue.customer_chat.id\n",
        "resource \"sinchcontactpro_messaging_service\" \"conversation_api\" {",
        "secret            = var.messaging_service_conversation_api_authentication_1_secret\n",
        "# Left out: sinchcontactpro_messaging_service \"SMS 365 (old)\" (id \"CF000000000000000000000000000051\"). CP-01: ",
    ] {
        assert!(text.contains(wanted), "not {wanted:?}:\n{text}");
    }
    assert!(!text.contains("not-a-secret"), "{text}");
    // Agents and those who configure are none of its business.
    assert!(
        !text.contains("anna.agent") && !text.contains("trunkline."),
        "{text}"
    );
    assert!(
        output
            .stdout
            .contains("new      sinchcontactpro_queue.customer_chat "),
        "{output}"
    );
    assert_eq!(stage.sandbox.effects().len(), before, "nothing is changed");

    // What is written is laid out, valid, and changes nothing; then the same again gives nothing.
    give_secrets(&mut stage.dir, &text);
    stage.taken_over("sinchcontactpro");
    let taken = run(&stage.dir, "discover sinchcontactpro", 1);
    assert!(taken.stderr.contains("already exists"), "{taken}");
}

#[test]
fn what_exists_at_genesys_cloud_is_written_and_planned_without_a_change() {
    let mut stage = Stage::of(
        "genesys-sms-aggregation",
        &["variables.tf", "sandbox.tfvars"],
    );
    stage.dir.write(
        "providers.tf",
        r#"
provider "genesyscloud" {
  oauthclient_id     = var.genesyscloud_client_id
  oauthclient_secret = var.genesyscloud_client_secret
  api_url            = var.genesyscloud_api_url
  login_url          = var.genesyscloud_login_url
}
"#,
    );
    let output = run(&stage.dir, "discover genesyscloud", 0);
    let text = stage.read("discovered_genesyscloud.tf");
    assert!(
        output
            .stdout
            .contains("genesyscloud_auth_role.nexus_messaging "),
        "{output}"
    );
    assert!(
        text.contains("genesyscloud_auth_role.nexus_messaging.id"),
        "{text}"
    );
    give_secrets(&mut stage.dir, &text);
    // What an order was made with cannot be read back either, and the rules know what it must be.
    for (name, value) in [
        ("dr_url", "https://digital.acme.test/nexus/v3/sms/receipt"),
        ("mo_url", "https://digital.acme.test/nexus/v3/sms/message"),
        ("webhook_username", CCID),
    ] {
        let variable = format!("TF_VAR_tollfree_number_order_n{NUMBER}_{name}");
        stage.dir.set(&variable, value);
    }
    for wanted in [
        "subject_id   = genesyscloud_user.acme_administrator.id\n",
        "role_id      = genesyscloud_auth_role.nexus_messaging.id\n",
        "resource \"genesyscloud_role_grant\" \"acme_administrator_",
    ] {
        assert!(text.contains(wanted), "not {wanted:?}:\n{text}");
    }
    stage.taken_over("genesyscloud");
    let unknown = run(
        &stage.dir,
        "discover genesyscloud genesyscloud_rol -out=x.tf",
        1,
    );
    assert!(
        unknown.stderr.contains("Unknown resource type"),
        "{unknown}"
    );
    let nobody = run(&stage.dir, "discover sinchcontactpro -out=x.tf", 1);
    assert!(
        nobody.stderr.contains("Provider not configured"),
        "{nobody}"
    );
}

#[test]
fn names_and_order_are_stable_and_a_run_that_was_cut_off_resumes() {
    let stage = Stage::of("sinch-contact-pro", &KEPT);
    let begun = stage.reads();
    run(&stage.dir, "discover sinchcontactpro -out=first.tf", 0);
    let whole = stage.reads() - begun;
    let first = stage.read("first.tf");
    remove(&stage.dir, "first.tf");

    // The service refuses addresses: what was read before is kept, sealed.
    stage.sandbox.fault(&json!({
        "match": { "method": "GET", "path": ".*/queues/.*" },
        "times": 0, "action": { "status": 403 }
    }));
    let cut = run(&stage.dir, "discover sinchcontactpro -out=first.tf", 1);
    assert!(!stage.dir.has("first.tf"), "{cut}");
    let kept = stage.read(".trunkline/sandbox/discover-sinchcontactpro");
    assert!(kept.lines().count() > 5, "{kept}");
    assert!(!kept.contains("sms.sender") && !kept.contains("Conversation"));
    stage.sandbox.heal();
    let begun = stage.reads();
    run(&stage.dir, "discover sinchcontactpro -out=first.tf", 0);
    assert!(
        stage.reads() - begun < whole,
        "{} of {whole}",
        stage.reads() - begun
    );
    assert_eq!(stage.read("first.tf"), first);
    assert!(!stage.dir.has(".trunkline/sandbox/discover-sinchcontactpro"));
}

#[test]
fn what_exists_is_adopted_where_trunkline_hcl_says_so() {
    let stage = Stage::of(
        "sinch-contact-pro",
        &[
            "providers.tf",
            "trunkline.hcl",
            "variables.tf",
            "versions.tf",
            "sandbox.tfvars",
            "queues.tf",
            "services.tf",
            "manual.tf",
            "incoming.tf",
        ],
    );
    let before = stage.sandbox.effects().len();
    let window = stage.read("trunkline.hcl");
    let adopt = "adopt {\n  types = [\"sinchcontactpro_*\"]\n}\n";
    stage
        .dir
        .write("trunkline.hcl", &format!("{window}\n{adopt}"));
    let plan = run(&stage.dir, "plan", 0);
    assert!(
        plan.stdout
            .contains("Plan: 20 to import, 0 to add, 0 to change, 0 to destroy."),
        "{plan}"
    );
    run(&stage.dir, "apply -auto-approve", 0);
    run(&stage.dir, "plan -detailed-exitcode", 0);
    assert_eq!(
        stage.sandbox.effects().len(),
        before,
        "nothing was made a second time"
    );
}

/// A secret that can be given in two ways is written in one.
#[test]
fn what_has_a_write_only_twin_is_not_left_out() {
    let mut stage = Stage::of("sinch-conversation", &KEPT);
    let type_name = "sinchconversation_webhook";
    let output = run(
        &stage.dir,
        &format!("discover sinchconversation {type_name}"),
        0,
    );
    assert!(!output.stdout.contains("left out"), "{output}");
    let text = stage.read("discovered_sinchconversation.tf");
    assert!(text.contains("  secret "), "{text}");
    assert!(!text.contains("_secret_wo"), "{text}");
    give_secrets(&mut stage.dir, &text);
    run(&stage.dir, "validate", 0);
}

/// Two tenants of one simulator; what is made in each is made by the same module of a configuration, more or less.
const TENANTS: &str = r#"
locals {
  tenants = { dev = "dc000000-0000-4000-8000-000000000001", prod = "dc000000-0000-4000-8000-000000000002" }
}
provider "digitalchannels" {
  alias    = "dev"
  url      = "https://digital.acme.test"
  ccid     = local.tenants.dev
  auth_url = "https://auth.acme.test"
}
provider "digitalchannels" {
  alias    = "prod"
  url      = "https://digital.acme.test"
  ccid     = local.tenants.prod
  auth_url = "https://auth.acme.test"
}
variable "password" {
  default   = "sandbox-only-not-a-secret-kaleyra"
  sensitive = true
}
resource "digitalchannels_service_mgage_sms" "dev" {
  provider = digitalchannels.dev
  url      = "https://test.mgage.com"
  username = var.password
  password = var.password
}
resource "digitalchannels_service_mgage_sms" "prod" {
  provider = digitalchannels.prod
  url      = "https://directtext.mgage.com"
  username = var.password
  password = "${var.password}-prod"
}
resource "digitalchannels_service_sms" "dev" {
  provider     = digitalchannels.dev
  sms_provider = "mGage"
  depends_on   = [digitalchannels_service_mgage_sms.dev]
}
resource "digitalchannels_service_sms" "prod" {
  provider     = digitalchannels.prod
  sms_provider = "mGage"
  depends_on   = [digitalchannels_service_mgage_sms.prod]
}
resource "digitalchannels_service" "dev" {
  for_each = toset(["Shared", "OnlyHere"])
  provider = digitalchannels.dev
  name     = each.key
  url      = "https://gateway.acme.test"
}
resource "digitalchannels_service" "prod" {
  for_each = toset(["Shared", "OnlyThere"])
  provider = digitalchannels.prod
  name     = each.key
  url      = "https://gateway.acme.test"
}
"#;

#[test]
fn what_tells_two_tenants_apart_is_no_difference_in_any_format() {
    let dir = Dir::with(TENANTS);
    let sandbox = SandboxProcess::start(&dir, 0);
    sandbox.settings(&json!({ "any_service_name": true }));
    run(&dir, "apply -auto-approve", 0);
    let types =
        "digitalchannels_service_mgage_sms digitalchannels_service_sms digitalchannels_service";
    let reports: Vec<String> = ["md", "html", "json", "xml", "txt", "annotations"]
        .iter()
        .map(|ending| format!("-report=tenants.{ending}"))
        .collect();
    let line = format!(
        "compare digitalchannels.dev digitalchannels.prod {types} -detailed-exitcode {}",
        reports.join(" ")
    );
    let output = run(&dir, &line, 2);
    let verdict = "From digitalchannels.dev to digitalchannels.prod: 1 differ, 1 are only in digitalchannels.dev, \
         1 are only in digitalchannels.prod, ";
    assert!(output.stdout.contains(verdict), "{output}");
    let read = |ending: &str| {
        std::fs::read_to_string(dir.path().join(format!("tenants.{ending}"))).unwrap()
    };
    assert_eq!(read("txt"), output.raw);
    let json: Value = serde_json::from_str(&read("json")).unwrap();
    let differences: BTreeSet<(&str, &str)> = json["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["name"].as_str().unwrap(), d["in"].as_str().unwrap()))
        .collect();
    let wanted = [
        ("mGageSMS", "both"),
        ("OnlyHere", "first"),
        ("OnlyThere", "second"),
    ];
    assert_eq!(differences, wanted.into(), "{json}");
    // In every format: each by its name, nothing that is the same, and no secret.
    for ending in ["md", "html", "json", "xml", "txt", "annotations"] {
        let text = read(ending);
        for named in ["mGageSMS", "OnlyHere", "OnlyThere"] {
            assert!(text.contains(named), "{ending}: {text}");
        }
        for other in ["sandbox-only", "Shared", "dc000000-0000-4000-8000"] {
            assert!(!text.contains(other), "{ending}: {other} in {text}");
        }
    }
    assert!(read("md").contains("+ url = \"https://directtext.mgage.com\""));
    assert!(read("html").contains("<ins>&quot;https://directtext.mgage.com&quot;</ins>"));
    assert_eq!(read("xml").matches("<failure").count(), 3);
    assert_eq!(read("annotations").matches("::warning").count(), 3);

    let line = "compare digitalchannels.dev digitalchannels.prod -report=tenants.pdf";
    let output = run(&dir, line, 1);
    assert!(output.stderr.contains("Invalid report file"), "{output}");
}

#[test]
fn tenants_are_compared_by_name() {
    let stage = Stage::of("sinch-conversation", &KEPT);
    let types = "sinchconversation_app sinchconversation_webhook";
    let (first, second) = ("sinchconversation", "sinchconversation.us");
    let output = run(&stage.dir, &format!("compare {first} {second} {types}"), 0);
    assert!(output.stdout.contains("is only in"), "{output}");
    let json = run(
        &stage.dir,
        &format!("compare {first} {second} {types} -json -detailed-exitcode"),
        2,
    );
    let json: Value = serde_json::from_str(&json.raw).unwrap();
    let names: BTreeSet<&str> = json["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains("support-eu") && names.contains("support-us"),
        "{json}"
    );
    // A tenant is like itself.
    let same = run(
        &stage.dir,
        &format!("compare {first} {first} {types} -detailed-exitcode"),
        0,
    );
    assert!(same.stdout.contains("0 differ, 0 are only in"), "{same}");
}

#[test]
fn what_exists_at_the_conversation_api_is_written_and_planned_without_a_change() {
    let mut stage = Stage::of("sinch-conversation", &KEPT);
    let secret = "sandbox-only-callbacks-0123456789";
    let project = "5c000000-0000-4000-8000-000000000001";
    let callbacks = format!("/objects/sinchconversation/callback_configuration/{project}");
    let body = json!({ "projectId": project, "hmacSecret": secret });
    stage.sandbox.admin("PUT", &callbacks, Some(&body));
    run(&stage.dir, "discover sinchconversation", 0);
    let text = stage.read("discovered_sinchconversation.tf");
    for wanted in [
        "resource \"sinchconversation_app\" \"support_eu\" {",
        "= sinchconversation_app.support_eu.id\n",
        "resource \"sinchconversation_number\" \"support\" {",
        "resource \"sinchconversation_number_callbacks\" ",
    ] {
        assert!(text.contains(wanted), "not {wanted:?}:\n{text}");
    }
    assert!(!text.contains("support_us"), "another region: {text}");
    assert!(!text.contains("sandbox-only"), "{text}");
    give_secrets(&mut stage.dir, &text);
    let variable = format!(
        "number_callbacks_n{}_hmac_secret",
        project.replace('-', "_")
    );
    stage.dir.set(&format!("TF_VAR_{variable}"), secret);
    stage.taken_over("sinchconversation");
}

#[test]
fn what_exists_at_digital_channels_is_written_and_planned_without_a_change() {
    let mut stage = Stage::of(
        "genesys-sms-aggregation",
        &["variables.tf", "sandbox.tfvars"],
    );
    let whole = include_str!("../../examples/genesys-sms-aggregation/providers.tf");
    let block = whole.find("provider \"digitalchannels\"").unwrap();
    stage.dir.write("providers.tf", &whole[block..]);
    let output = run(&stage.dir, "discover digitalchannels", 0);
    let text = stage.read("discovered_digitalchannels.tf");
    // A service is written by the one resource that knows it.
    for name in ["SMS", "PurecloudIDP", "PorticoSMS"] {
        let id = format!("  id = \"{CCID}/{name}\"\n");
        assert_eq!(text.matches(&id).count(), 1, "{name}: {text}");
    }
    assert!(
        text.contains("resource \"digitalchannels_sender_id\" "),
        "{output}\n{text}"
    );
    give_secrets(&mut stage.dir, &text);
    let client = "5a0d0000-0000-4000-8000-0000000000c1";
    for line in text.lines().filter(|l| l.ends_with("_client_id\" {")) {
        let name = line.split('"').nth(1).unwrap();
        stage.dir.set(&format!("TF_VAR_{name}"), client);
    }
    stage.taken_over("digitalchannels");
}

#[test]
fn what_exists_at_chat_app_is_written_and_planned_without_a_change() {
    let mut stage = Stage::of("alibaba-chatapp", &KEPT);
    let output = run(&stage.dir, "discover chatapp", 0);
    let text = stage.read("discovered_chatapp.tf");
    for wanted in [
        "system_id = chatapp_business_system.erp.system_id\n",
        "resource \"chatapp_sms_setting\" ",
        "resource \"chatapp_otp_scheduling\" ",
        "resource \"chatapp_phone_webhook\" ",
    ] {
        assert!(text.contains(wanted), "not {wanted:?}:\n{text}");
    }
    assert!(
        output
            .stdout
            .contains("not looked for: chatapp_account_webhook, of which the vendor has no list"),
        "{output}"
    );
    give_secrets(&mut stage.dir, &text);
    stage.taken_over("chatapp");
}

/// What Acrobits keeps cannot be listed: every type is named, and nothing is written.
#[test]
fn acrobits_has_nothing_to_discover_and_says_so() {
    let dir = unguided();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acrobits-turnkey"),
        &dir.path(),
        false,
    );
    let _sandbox = SandboxProcess::start(&dir, 0);
    let output = run(&dir, "discover acrobits", 0);
    for name in [
        "app",
        "contact",
        "contact_list",
        "network",
        "provisioning_set",
        "user",
    ] {
        let line = format!("not looked for: acrobits_{name}, of which the vendor has no list");
        assert!(output.stdout.contains(&line), "{output}");
    }
    assert!(!dir.has("discovered_acrobits.tf"));
}

/// A vendor that asks for patience gets it, and the same is written. One that asks for more than there is ends the run,
/// and the next one goes on.
#[test]
fn a_vendors_limits_are_kept_and_cost_nothing_that_was_read() {
    let stage = Stage::of("sinch-contact-pro", &KEPT);
    run(&stage.dir, "discover sinchcontactpro -out=first.tf", 0);
    let first = stage.read("first.tf");
    remove(&stage.dir, "first.tf");
    let refuse = |path: &str, times: usize, after: usize| {
        stage.sandbox.fault(&json!({
            "match": { "method": "GET", "path": path }, "times": times,
            "action": { "status": 429, "retry_after": after }
        }));
    };
    refuse(".*", 3, 1);
    let begun = stage.sandbox.log().len();
    run(&stage.dir, "discover sinchcontactpro -out=first.tf", 0);
    assert_eq!(stage.read("first.tf"), first);
    let log = stage.sandbox.log().split_off(begun);
    let refused: Vec<usize> = (0..log.len()).filter(|n| log[*n].status == 429).collect();
    assert_eq!(refused.len(), 3);
    for at in refused {
        let later = &log[at..];
        let path = &log[at].path;
        assert!(
            later.iter().any(|r| r.path == *path && r.status == 200),
            "{path}"
        );
    }

    remove(&stage.dir, "first.tf");
    stage.sandbox.heal();
    refuse(".*/queues/.*", 0, 86_400);
    let cut = run(&stage.dir, "discover sinchcontactpro -out=first.tf", 1);
    assert!(
        cut.stderr.contains("429") && cut.stderr.contains("86400"),
        "{cut}"
    );
    assert!(stage.dir.has(".trunkline/sandbox/discover-sinchcontactpro"));
    stage.sandbox.heal();
    run(&stage.dir, "discover sinchcontactpro -out=first.tf", 0);
    assert_eq!(stage.read("first.tf"), first);
}
