//! The SMS example through its whole life: applied, left alone, drifted, repaired, changed, destroyed, taken up again.
//!
//! What is right is what the sandbox holds and logged, not what the program says of it.

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{ADMIN, CALLER, CCID, HOME, NUMBER, Row, sha256};
use crate::stage::{Stage, copy, example};

fn ok(output: &Output) {
    assert_eq!(output.code, Some(0), "{output}");
}

#[track_caller]
fn says(output: &Output, texts: &[&str]) {
    let flat = flat(&output.stdout);
    for text in texts {
        assert!(
            flat.contains(&self::flat(text)),
            "it does not say {text:?}:\n{output}"
        );
    }
}

/// Without line breaks and runs of spaces: messages are wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The members of an object that a test looks at.
fn only(object: &Value, members: &[&str]) -> Value {
    members
        .iter()
        .map(|m| ((*m).to_owned(), object[*m].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Position of the first effect on this kind and id (a part of it suffices).
#[track_caller]
fn at(effects: &[Row], effect: &str, kind: &str, id: &str) -> usize {
    let found = effects
        .iter()
        .position(|r| r.effect == effect && r.kind == kind && r.id.contains(id));
    found.unwrap_or_else(|| panic!("no {effect} of {kind} {id} in {effects:#?}"))
}

#[test]
fn applied_it_makes_exactly_what_is_wanted_and_the_next_plan_is_empty() {
    let stage = Stage::new(0);
    let output = stage.apply();
    says(
        &output,
        &[
            "Plan: 11 to add, 0 to change, 0 to destroy.",
            "costs money",
            "Apply complete! Resources: 11 added",
        ],
    );
    stage.settled();
    assert_eq!(stage.judge(), [""; 0]);

    let s = &stage.sandbox;
    let role = s.find("role", "name", "Nexus Messaging").unwrap();
    let policies = role["permissionPolicies"].as_array().unwrap();
    let mut domains: Vec<&str> = policies
        .iter()
        .map(|p| p["domain"].as_str().unwrap())
        .collect();
    domains.dedup();
    assert_eq!(domains, ["messaging", "messagingProvisioning"]);
    assert!(policies.len() > 2, "`*` was expanded: {policies:?}");
    let id = role["id"].as_str().unwrap();

    let client = s
        .find("oauth_client", "name", "Nexus Messaging Integration")
        .unwrap();
    assert_eq!(
        only(
            &client,
            &[
                "authorizedGrantType",
                "accessTokenValiditySeconds",
                "state",
                "description"
            ]
        ),
        json!({ "authorizedGrantType": "CLIENT-CREDENTIALS", "accessTokenValiditySeconds": 86400, "state": "active",
                "description": "Digital Channels, to send and receive SMS." })
    );
    let mut holders: Vec<(String, String)> = s
        .objects("grant")
        .iter()
        .filter(|g| g["roleId"] == id)
        .map(|g| {
            (
                g["subjectId"].as_str().unwrap().into(),
                g["divisionId"].as_str().unwrap().into(),
            )
        })
        .collect();
    holders.sort();
    let mut wanted: Vec<(String, String)> = [ADMIN, CALLER, client["id"].as_str().unwrap()]
        .iter()
        .map(|h| ((*h).to_owned(), HOME.to_owned()))
        .collect();
    wanted.sort();
    assert_eq!(holders, wanted);

    let key = s.find("apikey", "name", "Portico Cluster API Key").unwrap();
    assert_eq!(
        only(&key, &["tenant", "permissions", "enabled"]),
        json!({ "tenant": "*", "permissions": ["nexus:cluster:*"], "enabled": true })
    );

    let service = |name: &str| {
        only(
            &s.find("service", "name", name).unwrap(),
            &["ccid", "url", "data"],
        )
    };
    assert_eq!(
        service("PurecloudIDP"),
        json!({ "ccid": CCID, "url": "https://login.mypurecloud.com", "data": {} })
    );
    assert_eq!(
        service("PorticoSMS"),
        json!({ "ccid": CCID, "url": "https://api.mypurecloud.com", "data": {} })
    );
    assert_eq!(
        service("SMS"),
        json!({ "ccid": CCID, "url": "N/A", "data": { "tokenProvider": "Purecloud" } })
    );

    let numbers = s.objects("tollfree_number");
    assert_eq!(numbers.len(), 1);
    assert_eq!(
        numbers[0],
        json!({ "id": NUMBER, "tollfreeNumber": NUMBER,
                "moUrl": "https://digital.acme.test/nexus/v3/sms/message",
                "drUrl": "https://digital.acme.test/nexus/v3/sms/receipt",
                "webhookUsername": CCID, "webhookPassword_sha256": key["secret_sha256"],
                "comment": "ACME Corp", "emailAddress": "sms.admin@acme.test" })
    );

    let section =
        |name: &str| s.find("option_section", "section", name).unwrap()["options"].clone();
    let options = |channel: &str, cxc: &str| {
        json!({ "channelId": channel, "channelType": "sms", "cxcOnly": cxc, "endpoint": "chat.Main", "interactionSubtype": "SMS",
                "interactionType": "Inbound", "media": "chat", "provider": "Portico" })
    };
    assert_eq!(section("chat.SMS_Main_Corporate"), options(NUMBER, "false"));
    assert_eq!(section("chat.SMS_Campaigns"), options("16504", "true"));
    assert_eq!(section("general"), json!({ "log-level": "info" }));

    let output = stage.run("output -json");
    let outputs: Value = serde_json::from_str(&output.raw).unwrap();
    assert_eq!(outputs["purchased_numbers"]["value"], json!([NUMBER]));
    assert_eq!(
        outputs["offered_numbers"]["value"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(outputs["integration_client_id"]["value"], client["id"]);
}

#[test]
fn a_person_who_says_yes_gets_it_and_one_who_does_not_gets_nothing() {
    let stage = Stage::new(0);
    let output = stage.dir.answer("apply -sandbox", "no\n");
    assert_eq!(output.code, Some(1), "{output}");
    says(
        &output,
        &[
            "Only 'yes' will be accepted to approve.",
            "Apply cancelled.",
        ],
    );
    assert_eq!(stage.sandbox.effects(), []);

    let output = stage.dir.answer("apply -sandbox", "yes\n");
    ok(&output);
    assert_eq!(stage.judge(), [""; 0]);

    let output = stage.dir.answer("destroy -sandbox", "yes\n");
    ok(&output);
    assert_eq!(
        stage.made().into_iter().collect::<Vec<_>>(),
        [format!("tollfree_number {NUMBER}")]
    );
}

/// What is changed, how, and what the plan must say.
type Drift<'a> = (&'a str, &'a dyn Fn(), &'a [&'a str]);

#[test]
fn what_was_changed_behind_its_back_is_shown_and_repaired() {
    let stage = Stage::new(0);
    stage.apply();
    let s = &stage.sandbox;
    let role = s.find("role", "name", "Nexus Messaging").unwrap();
    let role_path = format!("genesyscloud/role/{}", role["id"].as_str().unwrap());
    let policies = role["permissionPolicies"].as_array().unwrap();
    let provisioning = policies
        .iter()
        .position(|p| p["domain"] == "messagingProvisioning")
        .unwrap();
    let sms = format!("digitalchannels/service/{CCID}/PorticoSMS");
    let section = format!("digitalchannels/option_section/{CCID}/chat.SMS_Main_Corporate");
    let grant = format!(
        "genesyscloud/grant/{ADMIN}/{HOME}/{}",
        role["id"].as_str().unwrap()
    );

    let drifts: [Drift<'_>; 8] = [
        (
            "a description",
            &|| s.patch(&role_path, &json!({ "description": "Changed by hand" })),
            &[
                "genesyscloud_auth_role.messaging will be updated in-place",
                "\"Changed by hand\" -> \"What Digital Channels needs",
            ],
        ),
        (
            "a permission",
            &|| {
                let mut fewer = policies.clone();
                fewer.remove(provisioning);
                s.patch(&role_path, &json!({ "permissionPolicies": fewer }));
            },
            &[
                "genesyscloud_auth_role.messaging will be updated in-place",
                "messagingProvisioning",
            ],
        ),
        (
            "a URL",
            &|| s.patch(&sms, &json!({ "url": "https://api.example.com" })),
            &[
                "digitalchannels_service_portico_sms.this will be updated in-place",
                "\"https://api.example.com\" -> \"https://api.mypurecloud.com\"",
            ],
        ),
        (
            "an option",
            &|| {
                s.patch(
                    &section,
                    &json!({ "options": { "endpoint": "chat.Other" } }),
                )
            },
            &[
                "digitalchannels_sender_id.corporate will be updated in-place",
                "Other",
                "Main",
            ],
        ),
        (
            "an option that is gone",
            &|| s.patch(&section, &json!({ "options": { "media": null } })),
            &[
                "digitalchannels_sender_id.corporate will be updated in-place",
                "media",
            ],
        ),
        (
            "a grant",
            &|| s.remove(&grant),
            &[
                "genesyscloud_role_grant.admin will be created",
                "Plan: 1 to add, 0 to change, 0 to destroy.",
            ],
        ),
        (
            "a service",
            &|| s.remove(&format!("digitalchannels/service/{CCID}/SMS")),
            &[
                "digitalchannels_service_sms.this will be created",
                "Plan: 1 to add, 0 to change, 0 to destroy.",
            ],
        ),
        (
            "a section",
            &|| s.remove(&section),
            &["digitalchannels_sender_id.corporate will be created"],
        ),
    ];
    let whole = |s: &crate::sandbox_process::SandboxProcess| {
        let strip = |mut o: Value| {
            for m in ["version", "grantMadeAt", "dateModified", "modifiedBy"] {
                o.as_object_mut().unwrap().remove(m);
            }
            o
        };
        let mut all: Vec<String> = [
            "role",
            "grant",
            "oauth_client",
            "service",
            "option_section",
            "apikey",
            "tollfree_number",
        ]
        .iter()
        .flat_map(|k| s.objects(k))
        .map(|o| canonical(&strip(o)))
        .collect();
        all.sort();
        all
    };
    let before = whole(s);
    for (what, change, shown) in drifts {
        change();
        let output = stage.run("plan -refresh-only -detailed-exitcode");
        assert_eq!(output.code, Some(2), "{what}: {output}");
        let seen = ["has changed", "has been deleted"];
        assert!(seen.iter().any(|s| output.stdout.contains(s)), "{output}");
        let output = stage.run("plan -detailed-exitcode");
        assert_eq!(output.code, Some(2), "{what}: {output}");
        says(&output, shown);
        ok(&stage.run("apply -auto-approve"));
        stage.settled();
        assert_eq!(whole(s), before, "{what} is as it was");
    }
    assert_eq!(s.purchases(), 1);
}

/// The same text whatever the order of members.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut members: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{k}: {}", canonical(v)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(canonical).collect();
            items.sort();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

#[test]
fn a_deleted_client_is_made_again_and_what_used_it_follows() {
    let stage = Stage::new(0);
    stage.apply();
    let old = stage
        .state()
        .attributes("genesyscloud_oauth_client", "integration");
    stage.sandbox.remove(&format!(
        "genesyscloud/oauth_client/{}",
        old["id"].as_str().unwrap()
    ));
    for grant in stage
        .sandbox
        .objects("grant")
        .iter()
        .filter(|g| g["subjectId"] == old["id"])
    {
        stage.sandbox.remove(&format!(
            "genesyscloud/grant/{}",
            grant["id"].as_str().unwrap()
        ));
    }

    let output = stage.run("plan -detailed-exitcode");
    assert_eq!(output.code, Some(2), "{output}");
    says(
        &output,
        &[
            "genesyscloud_oauth_client.integration will be created",
            "digitalchannels_service_purecloud_idp.this will be updated in-place",
            "Plan: 1 to add, 1 to change, 0 to destroy.",
        ],
    );
    stage.apply();
    stage.settled();
    assert_eq!(stage.judge(), [""; 0]);
}

#[test]
fn edits_are_made_in_place_or_by_replacement_with_its_reason() {
    let stage = Stage::new(0);
    stage.apply();

    stage.edit(
        "main.tf",
        "What Digital Channels needs to send and receive SMS.",
        "For SMS.",
    );
    let output = stage.run("apply -auto-approve -var designer_endpoint=Second");
    ok(&output);
    says(
        &output,
        &[
            "~ description = \"What Digital Channels needs to send and receive SMS.\" -> \"For SMS.\"",
            "~ designer_endpoint = \"Main\" -> \"Second\"",
            "Plan: 0 to add, 3 to change, 0 to destroy.",
        ],
    );
    assert_eq!(
        stage
            .sandbox
            .find("role", "name", "Nexus Messaging")
            .unwrap()["description"],
        "For SMS."
    );
    let section = stage
        .sandbox
        .find("option_section", "section", "chat.SMS_Campaigns")
        .unwrap();
    assert_eq!(section["options"]["endpoint"], "chat.Second");

    stage.edit("sender_ids.tf", "\"SMS_Campaigns\"", "\"SMS_Offers\"");
    stage.edit("sandbox.tfvars", "\"Main\"", "\"Second\"");
    let before = stage.sandbox.effects().len();
    let output = stage.run("apply -auto-approve");
    ok(&output);
    says(
        &output,
        &[
            "digitalchannels_sender_id.campaigns must be replaced",
            "-/+ resource \"digitalchannels_sender_id\" \"campaigns\"",
            "\"chat.SMS_Campaigns\" -> \"chat.SMS_Offers\" # forces replacement",
            "Plan: 1 to add, 0 to change, 1 to destroy.",
        ],
    );
    let effects = &stage.sandbox.effects()[before..];
    assert!(
        at(effects, "delete", "option_section", "SMS_Campaigns")
            < at(effects, "create", "option_section", "SMS_Offers")
    );
    stage.settled();
    assert_eq!(stage.judge(), [""; 0]);
}

#[test]
fn a_new_secret_reaches_the_service_in_the_same_run() {
    let stage = Stage::new(0);
    stage.apply();
    let old = stage
        .state()
        .attributes("genesyscloud_oauth_client", "integration");
    let output = stage.run("apply -auto-approve -var client_secret_rotation=2");
    ok(&output);
    says(&output, &["Plan: 0 to add, 2 to change, 0 to destroy."]);

    let new = stage
        .state()
        .attributes("genesyscloud_oauth_client", "integration");
    assert_eq!(new["id"], old["id"]);
    assert_ne!(new["client_secret"], old["client_secret"]);
    let id = old["id"].as_str().unwrap();
    assert_eq!(
        stage
            .sandbox
            .login(id, old["client_secret"].as_str().unwrap()),
        401
    );
    let service = stage
        .sandbox
        .find("service", "name", "PurecloudIDP")
        .unwrap();
    assert_eq!(
        service["secret_sha256"]["clientSecret"],
        sha256(new["client_secret"].as_str().unwrap())
    );
    assert_eq!(stage.judge(), [""; 0]);

    let output = stage.run("plan -detailed-exitcode -var client_secret_rotation=2");
    ok(&output);
}

#[test]
fn destroyed_in_reverse_order_but_for_the_number_which_is_taken_up_again() {
    let stage = Stage::new(0);
    stage.apply();
    let before = stage.sandbox.effects().len();
    let output = stage.run("destroy -auto-approve");
    ok(&output);
    says(
        &output,
        &[
            &format!("The number {NUMBER} stays with the vendor"),
            "Plan: 0 to add, 0 to change, 11 to destroy.",
            &format!(
                "The number {NUMBER} is no longer managed here, but the organisation keeps it and is still billed"
            ),
            "Ask the Genesys representative to release it",
            "Destroy complete! Resources: 11 destroyed.",
        ],
    );
    assert_eq!(
        stage.made().into_iter().collect::<Vec<_>>(),
        [format!("tollfree_number {NUMBER}")]
    );
    assert_eq!(stage.state().counts(), [].into());

    let effects = stage.sandbox.effects()[before..].to_vec();
    let gone = |kind: &str, id: &str| {
        at(
            &effects,
            if kind == "grant" { "revoke" } else { "delete" },
            kind,
            id,
        )
    };
    let sms = gone("service", "/SMS");
    assert!(gone("option_section", "SMS_Main_Corporate") < sms);
    assert!(gone("option_section", "SMS_Campaigns") < sms);
    assert!(sms < gone("service", "/PurecloudIDP"));
    assert!(sms < gone("service", "/PorticoSMS"));
    let client = gone("oauth_client", "");
    assert!(gone("service", "/PurecloudIDP") < client);
    assert!(
        client < gone("grant", CALLER),
        "the caller hands the role on, so it holds it longer"
    );
    let role = gone("role", "");
    assert!(gone("grant", CALLER) < role && gone("grant", ADMIN) < role && client < role);

    let output = stage.apply();
    says(
        &output,
        &[
            &format!(
                "The number {NUMBER} belongs to the organisation already and was taken up without another order"
            ),
            "webhook password",
            "ask the Genesys representative to change them",
        ],
    );
    assert_eq!(stage.sandbox.purchases(), 1);
    stage.settled();
    let (there, known) = (stage.made(), stage.state().objects());
    assert_eq!(there, known);
}

#[test]
fn the_key_of_a_bought_number_is_changed_together_with_the_representative() {
    let stage = Stage::new(0);
    stage.apply();

    // Another key in the place of the old would lock the number out, so it is refused with what to do.
    let output = stage.run("apply -auto-approve -replace=digitalchannels_api_key.portico");
    assert_eq!(output.code, Some(1), "{output}");
    let said = flat(&output.stderr);
    assert!(
        said.contains("no call that changes webhook_password") && said.contains("vendor_change"),
        "{output}"
    );
    assert_eq!(stage.judge(), [""; 0]);

    let path = stage.dir.path().join("main.tf");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text += "resource \"digitalchannels_api_key\" \"next\" {\n  tenant      = \"*\"\n  name        = \"Portico Cluster API Key\"\n";
    text += "  permissions = [\"nexus:cluster:*\"]\n  allow_duplicate_name = true\n}\n";
    std::fs::write(path, text).unwrap();
    stage.apply();
    let next = stage.state().attributes("digitalchannels_api_key", "next")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    // The representative's part.
    stage.sandbox.patch(
        &format!("genesyscloud/tollfree_number/{NUMBER}"),
        &json!({ "webhookPassword_sha256": sha256(&next) }),
    );
    stage.edit(
        "numbers.tf",
        "digitalchannels_api_key.portico.key",
        "digitalchannels_api_key.next.key\n  vendor_change = \"CASE-1\"",
    );
    let output = stage.apply();
    says(
        &output,
        &[
            "No call is made for 8005550123: the vendor is said to have changed webhook_password",
            "Plan: 0 to add, 1 to change, 0 to destroy.",
        ],
    );
    stage.settled();
    assert_eq!(stage.sandbox.purchases(), 1);
    assert_eq!(
        stage
            .state()
            .attributes("genesyscloud_tollfree_number_order", "main")["webhook_password"],
        next
    );
}

#[test]
fn an_imported_role_keeps_the_words_of_the_configuration() {
    let stage = Stage::new(0);
    stage.apply();
    let role = || {
        let role = stage.sandbox.find("role", "name", "Nexus Messaging");
        canonical(&role.unwrap()["permissionPolicies"])
    };
    let before = role();
    let id = stage
        .state()
        .attributes("genesyscloud_auth_role", "messaging")["id"]
        .clone();
    ok(&stage.run("state rm genesyscloud_auth_role.messaging"));
    let import = format!("import {{\n  to = genesyscloud_auth_role.messaging\n  id = {id}\n}}\n");
    stage.dir.write("imports.tf", &import);
    // The vendor expands what is written with `*`, so the blocks differ while they mean the same.
    let plan = stage.run("plan");
    says(
        &plan,
        &["Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."],
    );
    // A permission that is missing there is a difference.
    let there = stage
        .sandbox
        .find("role", "name", "Nexus Messaging")
        .unwrap();
    let mut policies = there["permissionPolicies"].clone();
    policies.as_array_mut().unwrap().pop();
    let place = format!("genesyscloud/role/{}", id.as_str().unwrap());
    let patch = json!({ "permissionPolicies": policies });
    stage.sandbox.patch(&place, &patch);
    let output = stage.run("apply -auto-approve");
    ok(&output);
    says(
        &output,
        &["Plan: 1 to import, 0 to add, 1 to change, 0 to destroy."],
    );
    std::fs::remove_file(stage.dir.path().join("imports.tf")).unwrap();
    stage.settled();
    assert_eq!(role(), before);
}

#[test]
fn a_user_is_made_with_what_only_a_change_can_say() {
    let stage = Stage::new(0);
    stage.dir.write(
        "user.tf",
        "resource \"genesyscloud_user\" \"new\" {\n  name            = \"New Agent\"\n  email           = \"new@acme.test\"\n  acd_auto_answer = true\n}\n",
    );
    ok(&stage.run("apply -auto-approve -target=genesyscloud_user.new"));
    let user = stage
        .sandbox
        .find("user", "email", "new@acme.test")
        .unwrap();
    assert_eq!(user["acdAutoAnswer"], true, "{user}");
    ok(&stage.run("plan -detailed-exitcode -target=genesyscloud_user.new"));
}

#[test]
fn the_first_command_of_the_readme_needs_nothing_else() {
    // No sandbox runs: each command starts the simulators for itself, and they remember.
    let dir = Dir::empty();
    let folder = dir.path().join("examples/sms");
    copy(&example(), &folder, false);
    let output = dir.answer("-chdir=examples/sms apply -sandbox", "yes\n");
    ok(&output);
    says(
        &output,
        &["Apply complete! Resources: 21 added, 0 changed, 0 destroyed."],
    );
    assert_eq!(dir.files(), ["examples"], "nothing outside its folder");
    let output = dir.run("-chdir=examples/sms plan -sandbox -detailed-exitcode");
    ok(&output);
    says(&output, &["No changes."]);

    // Git sees nothing of it, and the state of reality is not touched.
    assert!(!folder.join("trunkline.db").exists());
    assert_eq!(
        std::fs::read_to_string(folder.join(".trunkline/.gitignore")).unwrap(),
        "*\n"
    );

    ok(&dir.run("-chdir=examples/sms destroy -sandbox -auto-approve"));
    let inside = Stage::again(&folder, &Default::default(), 0);
    assert_eq!(inside.sandbox.purchases(), 1);
    assert_eq!(inside.sandbox.find("role", "name", "Nexus Messaging"), None);
}
