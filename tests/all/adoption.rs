//! Adoption: of every vendor, what exists by its natural key is planned as an import, and nothing is made a second time.

use crate::acrobits;
use crate::taken_over::Stage;

/// Has `trunkline.hcl` say that objects of these types are adopted.
fn adopting(stage: &Stage, types: &[&str]) {
    let path = stage.dir.path().join("trunkline.hcl");
    let own = std::fs::read_to_string(&path).unwrap_or_default();
    let own = format!("{own}\nadopt {{\n  types = {types:?}\n}}\n");
    std::fs::write(&path, own).unwrap();
}

/// Nobody knows what was applied any more, and `trunkline.hcl` says that it is adopted. `made` objects have nothing outside
/// that could be found, or nothing that a vendor tells.
#[track_caller]
fn adopted(stage: &Stage, types: &[&str], made: usize) {
    let before = stage.state();
    let created = |stage: &Stage| {
        let effects = stage.sandbox.effects().into_iter();
        let made = effects.filter(|e| e.effect == "create" || e.effect == "purchase");
        made.count()
    };
    let creates = created(stage);
    stage.lose_the_state();
    adopting(stage, types);
    let plan = stage.run("plan -out=adopted", 0);
    let says = format!(
        "Plan: {} to import, {made} to add, 0 to change, 0 to destroy.",
        before.len() - made
    );
    assert!(plan.stdout.contains(&says), "{says}\n{plan}");
    stage.run("apply adopted", 0);
    stage.run("plan -detailed-exitcode", 0);
    assert_eq!(created(stage), creates, "something was made again");
    let after = stage.state();
    for (address, was) in &before {
        assert_eq!(after[address]["id"], was["id"], "{address}");
    }
}

/// The secret of a client that is adopted is not told either, and not replaced unasked.
#[test]
fn genesys_cloud_and_digital_channels() {
    let mut stage = Stage::of("genesys-sms-aggregation");
    let state = stage.state();
    let client = &state["null.genesyscloud_oauth_client.integration[null]"];
    let secret = client["client_secret"].as_str().unwrap().to_owned();
    stage.dir.set("TF_VAR_integration_client_secret", &secret);
    adopted(&stage, &["genesyscloud_*", "digitalchannels_*"], 0);
}

#[test]
fn digital_channels_with_a_gateway_of_ones_own() {
    let stage = Stage::of("genesys-sms-custom-gateway");
    adopted(&stage, &["digitalchannels_*"], 0);
}

#[test]
fn contact_pro() {
    adopted(&Stage::of("sinch-contact-pro"), &["sinchcontactpro_*"], 0);
}

/// Of numbers that are as good as each other none is taken by chance: one has to be named.
#[test]
fn the_conversation_api_and_contact_pro() {
    let stage = Stage::of("sinch-conversation");
    let state = stage.state();
    let number = &state["null.sinchconversation_number.us[null]"]["phone_number"];
    let path = stage.dir.path().join("us.tf");
    let any = std::fs::read_to_string(&path).unwrap();
    let before = state.len();
    stage.lose_the_state();
    adopting(&stage, &["sinch*"]);
    let refused = stage.run("plan", 1);
    assert!(
        refused.stderr.contains("More than one object to adopt"),
        "{refused}"
    );

    let line = "  region_code         = \"US\"\n";
    let one = any.replace(line, &format!("{line}  phone_number        = {number}\n"));
    assert_ne!(any, one);
    std::fs::write(&path, one).unwrap();
    let plan = stage.run("plan", 0);
    let says = format!("Plan: {before} to import, 0 to add, 0 to change, 0 to destroy.");
    assert!(plan.stdout.contains(&says), "{says}\n{plan}");
}

/// Nothing tells an account webhook: it is written once more, which is the same.
#[test]
fn chat_app() {
    adopted(&Stage::of("alibaba-chatapp"), &["chatapp_*"], 1);
}

/// What is published is found; apps, networks, users and contacts are declarations, with nothing outside.
#[test]
fn acrobits_turnkey() {
    let stage = Stage::of("acrobits-turnkey");
    let sets =
        acrobits::IMPORTS.matches("_set.").count() + acrobits::IMPORTS.matches("_list.").count();
    let made = stage.state().len() - sets;
    adopted(&stage, &["acrobits_*"], made);
}
