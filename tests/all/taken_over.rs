//! Every example is applied, its state is lost, and everything is imported into an empty one: without a change to it or to
//! anything outside.
//!
//! What the state says afterwards is what it said before, less what no vendor tells.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{CCID, NUMBER, SandboxProcess, sha256};
use crate::stage::{copy, folder, unguided};
use crate::{acrobits, chatapp, contactpro, small_examples};

/// An example, applied beside a sandbox.
pub struct Stage {
    pub dir: Dir,
    pub sandbox: SandboxProcess,
}

impl Stage {
    pub fn of(example: &str) -> Stage {
        Stage::within("default", example)
    }

    fn within(workspace: &str, example: &str) -> Stage {
        let mut dir = unguided();
        dir.set("TF_WORKSPACE", workspace);
        copy(&folder(example), &dir.path(), false);
        let sandbox = SandboxProcess::start(&dir, 0);
        let stage = Stage { dir, sandbox };
        stage.run("apply -auto-approve", 0);
        stage
    }

    #[track_caller]
    pub fn run(&self, line: &str, code: i32) -> Output {
        let output = self.dir.run(&format!("{line} -sandbox -no-color"));
        assert_eq!(output.code, Some(code), "{output}");
        output
    }

    /// The attributes of every managed instance.
    pub fn state(&self) -> BTreeMap<String, Value> {
        let state: Value = serde_json::from_str(&self.run("state pull", 0).raw).unwrap();
        let resources = state["resources"].as_array().unwrap().iter();
        let managed = resources.filter(|r| r["mode"] == "managed");
        let instances = managed.flat_map(|r| {
            let name = format!("{}.{}.{}", r["module"], r["type"], r["name"]).replace('"', "");
            let of = r["instances"].as_array().unwrap().iter();
            of.map(move |i| {
                let address = format!("{name}[{}]", i["index_key"]);
                (address, i["attributes"].clone())
            })
        });
        instances.collect()
    }

    fn effects(&self) -> usize {
        self.sandbox.effects().len()
    }

    /// Nobody knows any more what was applied.
    pub fn lose_the_state(&self) {
        let kept = self.dir.path().join(".trunkline/sandbox");
        for name in ["trunkline.db", "workspaces"] {
            let path = kept.join(name);
            match path.is_dir() {
                true => std::fs::remove_dir_all(path).unwrap(),
                false if path.exists() => std::fs::remove_file(path).unwrap(),
                false => {}
            }
        }
    }

    /// Imports everything there was. `lost` are the attributes that nobody tells a second time, by the end of a type's name.
    #[track_caller]
    fn taken_over(&self, imports: &str, lost: &[(&str, &str)]) {
        let (before, effects) = (self.state(), self.effects());
        self.lose_the_state();
        self.dir.write("imports.tf", imports);
        let plan = self.run("plan -out=taken", 0);
        let says = format!(
            "Plan: {} to import, 0 to add, 0 to change, 0 to destroy.",
            before.len()
        );
        assert!(plan.stdout.contains(&says), "{says}\n{plan}");
        self.run("apply taken", 0);
        assert_eq!(self.effects(), effects, "something was written");
        std::fs::remove_file(self.dir.path().join("imports.tf")).unwrap();
        let settled = self.run("plan -detailed-exitcode", 0);
        assert!(settled.stdout.contains("No changes."), "{settled}");

        let mut differing = Vec::new();
        let after = self.state();
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            after.keys().collect::<Vec<_>>()
        );
        for (address, was) in &before {
            let (was, is) = (was.as_object().unwrap(), &after[address]);
            let type_name = address.split('.').rev().nth(1).unwrap();
            for (name, value) in was {
                if *value != is[name] {
                    differing.push((type_name.to_owned(), name.clone()));
                }
            }
        }
        differing.sort();
        differing.dedup();
        let differing: Vec<(&str, &str)> = differing.iter().map(|(t, n)| (&**t, &**n)).collect();
        assert_eq!(differing, lost, "what an import does not bring back");
        self.run("destroy -auto-approve", 0);
    }
}

fn import(to: &str, id: &str) -> String {
    format!("import {{\n  to = {to}\n  id = \"{id}\"\n}}\n")
}

/// What is tested below; `examples` has no more that are rehearsed.
const TAKEN_OVER: [&str; 8] = [
    "acrobits-turnkey",
    "alibaba-chatapp",
    "contact-centre",
    "genesys-sms-aggregation",
    "genesys-sms-custom-gateway",
    "genesys-sms-kaleyra",
    "sinch-contact-pro",
    "sinch-conversation",
];

#[test]
fn every_example_is_taken_over_here() {
    let found = std::fs::read_dir(folder("")).unwrap();
    let mut names: Vec<String> = found
        .map(|e| e.unwrap())
        .filter(|e| e.path().join("sandbox.tfvars").exists())
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, TAKEN_OVER);
}

/// By the names of all that has one.
fn aggregation() -> String {
    let service = |kind: &str, name: &str| {
        import(
            &format!("module.services.digitalchannels_service_{kind}.this"),
            &format!("{CCID}/{name}"),
        )
    };
    let caller = "${data.genesyscloud_tokens_me.caller.oauth_client_id}";
    [
        import("genesyscloud_auth_role.messaging", "Nexus Messaging"),
        import(
            "genesyscloud_role_grant.admin",
            "admin@acme.test/home/Nexus Messaging",
        ),
        import(
            "genesyscloud_role_grant.caller",
            &format!("PC_OAUTH_CLIENT/{caller}/home/Nexus Messaging"),
        ),
        import(
            "genesyscloud_oauth_client.integration",
            "Nexus Messaging Integration",
        ),
        import(
            "digitalchannels_api_key.portico",
            "*/Portico Cluster API Key",
        ),
        import("genesyscloud_tollfree_number_order.main", NUMBER),
        import(
            "digitalchannels_sender_id.corporate",
            &format!("{CCID}/chat.SMS_Main_Corporate"),
        ),
        import(
            "digitalchannels_sender_id.campaigns",
            &format!("{CCID}/chat.SMS_Campaigns"),
        ),
        service("purecloud_idp", "PurecloudIDP"),
        service("portico_sms", "PorticoSMS"),
        service("sms", "SMS"),
    ]
    .concat()
}

/// The secret of the OAuth client is told once, when it is made: who has it gives it as a variable.
#[test]
fn sms_aggregation() {
    let mut stage = Stage::of("genesys-sms-aggregation");
    let state = stage.state();
    let client = &state["null.genesyscloud_oauth_client.integration[null]"];
    let secret = client["client_secret"].as_str().unwrap().to_owned();
    stage.dir.set("TF_VAR_integration_client_secret", &secret);
    stage.taken_over(
        &aggregation(),
        &[("genesyscloud_oauth_client", "client_secret")],
    );
}

/// The other way: nobody has the secret any more. What needs it is imported with it first, and gets the next one.
#[test]
fn sms_aggregation_without_the_secret() {
    let mut stage = Stage::of("genesys-sms-aggregation");
    let secret = |stage: &Stage| {
        let state = stage.state();
        state["null.genesyscloud_oauth_client.integration[null]"]["client_secret"].clone()
    };
    let old = secret(&stage);
    stage.lose_the_state();
    stage.dir.write("imports.tf", &aggregation());
    let refused = stage.run("plan", 1);
    assert!(
        refused.stderr.contains("integration_secret = coalesce("),
        "{refused}"
    );

    let both = "-target=genesyscloud_oauth_client.integration -target=module.services";
    let apply = format!("apply -auto-approve {both}");
    stage
        .dir
        .set("TF_VAR_integration_client_secret", "nobody knows it");
    let imported = stage.run(&apply, 0);
    assert!(imported.stdout.contains("0 added, 0 changed"), "{imported}");
    assert_eq!(secret(&stage), Value::Null);
    stage.dir.set("TF_VAR_client_secret_rotation", "2");
    let rotated = stage.run(&apply, 0);
    assert!(rotated.stdout.contains("0 added, 2 changed"), "{rotated}");
    let new = secret(&stage);
    assert!(new.is_string() && new != old, "{new}");
    let service = stage
        .sandbox
        .find("service", "name", "PurecloudIDP")
        .unwrap();
    let stored = &service["secret_sha256"]["clientSecret"];
    assert_eq!(*stored, sha256(new.as_str().unwrap()), "it has followed");

    let rest = stage.run("apply -auto-approve", 0);
    assert!(rest.stdout.contains("0 added, 0 changed"), "{rest}");
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.run("plan -detailed-exitcode", 0);
}

#[test]
fn sms_through_kaleyra() {
    Stage::of("genesys-sms-kaleyra").taken_over(small_examples::KALEYRA, &[]);
}

#[test]
fn sms_through_a_gateway_of_ones_own() {
    Stage::of("genesys-sms-custom-gateway").taken_over(small_examples::GATEWAY, &[]);
}

#[test]
fn contact_pro() {
    Stage::of("sinch-contact-pro").taken_over(&contactpro::imports(), &[]);
}

#[test]
fn the_conversation_api() {
    let stage = Stage::of("sinch-conversation");
    let state = stage.state();
    let text = |address: &str, name: &str| state[address][name].as_str().unwrap().to_owned();
    let target = text("null.sinchconversation_webhook.eu[null]", "target");
    let number = text("null.sinchconversation_number.us[null]", "phone_number");
    let mut imports = import("sinchconversation_number.us", &number);
    imports += &import("sinchcontactpro_queue.support", "Support");
    for region in ["eu", "us"] {
        let app = format!("support-{region}");
        imports += &import(&format!("sinchconversation_app.{region}"), &app);
        imports += &import(
            &format!("sinchconversation_webhook.{region}"),
            &format!("{app}/{target}"),
        );
        imports += &import(
            &format!("sinchcontactpro_messaging_service.{region}"),
            &format!("Conversation API {region}"),
        );
    }
    for (to, address) in [
        ("eu[\\\"whatsapp\\\"]", "eu[\"whatsapp\"]"),
        ("eu[\\\"sms\\\"]", "eu[\"sms\"]"),
        ("us", "us[null]"),
    ] {
        let given = text(
            &format!("null.sinchcontactpro_queue_address.{address}"),
            "address",
        );
        imports += &import(
            &format!("sinchcontactpro_queue_address.{}", to.replace('\\', "")),
            &format!("Support/{given}"),
        );
    }
    stage.taken_over(&imports, &[]);
}

#[test]
fn chat_app() {
    Stage::of("alibaba-chatapp").taken_over(
        &chatapp::imports(),
        &[("chatapp_business_system", "signature")],
    );
}

/// In which order contacts of different networks were declared, no file tells; nor when one was written.
#[test]
fn acrobits_turnkey() {
    let lost = [
        ("acrobits_contact_list", "contacts"),
        ("acrobits_contact_list", "published_at"),
        ("acrobits_provisioning_set", "published_at"),
    ];
    Stage::of("acrobits-turnkey").taken_over(acrobits::IMPORTS, &lost);
}

#[test]
fn the_contact_centre() {
    let stage = Stage::within("prod", "contact-centre");
    let imports = small_examples::contact_centre(&stage.sandbox);
    stage.taken_over(&imports, &[]);
}

/// What differs is shown as it was before, and what nobody tells is compared from then on.
#[test]
fn an_import_hides_no_difference() {
    let stage = Stage::of("alibaba-chatapp");
    stage.lose_the_state();
    stage.dir.write("imports.tf", &chatapp::imports());
    let intents = stage.sandbox.get("/objects/chatapp/intent");
    let mut intents = intents.as_array().unwrap().iter();
    let intent = intents
        .find(|i| i.to_string().contains("call_back"))
        .unwrap();
    let place = format!("chatapp/intent/{}", intent["id"].as_str().unwrap());
    stage
        .sandbox
        .patch(&place, &json!({ "IntentName": "By hand" }));
    let plan = stage.run("plan", 0);
    assert!(
        plan.stdout.contains("\"By hand\" -> ")
            && plan
                .stdout
                .contains("Plan: 9 to import, 0 to add, 1 to change, 0 to destroy."),
        "{plan}"
    );
    let untold = "status_callback_url is not told by the vendor";
    assert!(plan.stdout.contains(untold), "{plan}");
    stage.run("apply -auto-approve", 0);
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.run("plan -detailed-exitcode", 0);
    let path = stage.dir.path().join("main.tf");
    let configured = std::fs::read_to_string(&path).unwrap();
    let other = configured.replace("/account\"", "/accounts\"");
    assert_ne!(configured, other);
    std::fs::write(&path, other).unwrap();
    let plan = stage.run("plan", 0);
    assert!(
        plan.stdout.contains("/account\" -> ")
            && plan
                .stdout
                .contains("Plan: 0 to add, 1 to change, 0 to destroy."),
        "{plan}"
    );
}

/// The command takes the words of the configuration too, as far as it can be evaluated.
#[test]
fn the_import_command_leaves_nothing_to_change() {
    let stage = Stage::of("genesys-sms-aggregation");
    let (role, sender) = (
        "genesyscloud_auth_role.messaging",
        "digitalchannels_sender_id.campaigns",
    );
    stage.run(&format!("state rm {role} {sender}"), 0);
    let effects = stage.effects();
    let line = format!("import {sender} {CCID}/chat.SMS_Campaigns");
    stage.run(&line, 0);
    let found = stage
        .sandbox
        .find("role", "name", "Nexus Messaging")
        .unwrap();
    stage.run(
        &format!("import {role} {}", found["id"].as_str().unwrap()),
        0,
    );
    let plan = stage.run("plan -detailed-exitcode", 0);
    assert!(plan.stdout.contains("No changes."), "{plan}");
    assert_eq!(stage.effects(), effects);
}

/// Two objects of one name are told apart by their ids.
#[test]
fn a_name_that_two_have_is_refused() {
    let dir = unguided();
    copy(&folder("genesys-sms-aggregation"), &dir.path(), false);
    let sandbox = SandboxProcess::start(&dir, 0);
    let stage = Stage { dir, sandbox };
    let two = "resource \"genesyscloud_oauth_client\" \"twin\" {\n  count                 = 2\n  name                  = \"Twin\"\n  authorized_grant_type = \"TOKEN\"\n  scopes                = [\"users:readonly\"]\n\n  registered_redirect_uris = [\"https://acme.test/done\"]\n}\n";
    stage.dir.write("two.tf", two);
    stage.run(
        "apply -auto-approve -target=genesyscloud_oauth_client.twin",
        0,
    );
    let ids: Vec<String> = stage
        .state()
        .values()
        .map(|client| client["id"].as_str().unwrap().to_owned())
        .collect();
    stage.run("state rm genesyscloud_oauth_client.twin[0]", 0);
    let refused = stage.run("import genesyscloud_oauth_client.twin[0] Twin", 1);
    let flat: Vec<&str> = refused.stderr.split_whitespace().collect();
    let flat = flat.join(" ");
    let says = "2 OAuth clients are called \"Twin\". Import one by its id: [ID], [ID].";
    assert!(flat.contains(says), "{refused}");
    stage.run(
        &format!("import genesyscloud_oauth_client.twin[0] {}", ids[0]),
        0,
    );
    stage.run(
        "plan -detailed-exitcode -target=genesyscloud_oauth_client.twin",
        0,
    );
}
