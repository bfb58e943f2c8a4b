//! Each rule between objects twice: a configuration that breaks only this rule, and the nearest that
//! does not.

use trunkline_api::json;
use trunkline_api::provider::{DeclaredObject, Role};

use super::between;
use super::tests::ids;

const USER: &str = "11111111-1111-4111-8111-111111111111";
const CCID: &str = "45acae06-6b7c-4f97-9c76-471cb5c21bf7";

/// `address` with a configuration in JSON; references are `attribute: address.attribute`.
fn object(address: &str, config: &str, references: &[(&str, &str, &str)]) -> DeclaredObject {
    let parsed: serde_json::Value = serde_json::from_str(config).unwrap();
    let plain = address.trim_start_matches("data.");
    let type_name = plain.split('.').next().unwrap();
    let role = match address.split('.').next().unwrap() {
        "provider" => Role::Provider,
        "data" => Role::Data(type_name.into()),
        _ => Role::Managed(type_name.into()),
    };
    let provider = match role {
        Role::Provider => address.split('.').nth(1).unwrap(),
        _ => type_name.split('_').next().unwrap(),
    };
    DeclaredObject {
        address: address.into(),
        provider: provider.into(),
        role,
        config: json::implied(&parsed),
        provider_address: format!("provider.{provider}"),
        references: references
            .iter()
            .map(|(attribute, address, source)| {
                ((*attribute).into(), (*address).into(), (*source).into())
            })
            .collect(),
    }
}

fn role(name: &str, domains: &[&str]) -> DeclaredObject {
    let policies: Vec<String> = domains
        .iter()
        .map(|d| format!(r#"{{"domain": "{d}", "entity_name": "*", "action_set": ["*"]}}"#))
        .collect();
    let config = format!(
        r#"{{"name": "r", "permission_policies": [{}]}}"#,
        policies.join(",")
    );
    object(&format!("genesyscloud_auth_role.{name}"), &config, &[])
}

fn key(permission: &str) -> DeclaredObject {
    object(
        "digitalchannels_api_key.k",
        &format!(r#"{{"permissions": ["{permission}"]}}"#),
        &[],
    )
}

fn order(address: &str, number: &str) -> DeclaredObject {
    let config = format!(
        r#"{{"number": "{number}", "mo_url": "https://dc.test/nexus/v3/sms/message", "dr_url": "https://dc.test/nexus/v3/sms/receipt", "webhook_username": "{CCID}"}}"#
    );
    object(
        address,
        &config,
        &[("webhook_password", "digitalchannels_api_key.k", "key")],
    )
}

fn digital_channels(url: &str, ccid: &str) -> DeclaredObject {
    object(
        "provider.digitalchannels",
        &format!(r#"{{"url": "{url}", "ccid": "{ccid}"}}"#),
        &[],
    )
}

/// The whole scenario, unbroken.
fn scenario() -> Vec<DeclaredObject> {
    vec![
        digital_channels("https://dc.test", CCID),
        role("messaging", &["messaging", "messagingProvisioning"]),
        key("nexus:cluster:*"),
        order("genesyscloud_tollfree_number_order.main", "8005550123"),
        object(
            "genesyscloud_oauth_client.c",
            r#"{"state": "active", "authorized_grant_type": "CLIENT-CREDENTIALS", "roles": [{"role_id": null}]}"#,
            &[("roles", "genesyscloud_auth_role.messaging", "id")],
        ),
        object(
            "digitalchannels_service_purecloud_idp.i",
            "{}",
            &[("client_id", "genesyscloud_oauth_client.c", "client_id")],
        ),
    ]
}

/// The scenario with the object at `with`'s address replaced by it, or added.
fn check(with: DeclaredObject) -> Vec<String> {
    let mut objects = scenario();
    objects.retain(|o| o.address != with.address);
    objects.push(with);
    ids(&between(&objects))
}

#[test]
fn the_whole_scenario_breaks_no_rule() {
    assert_eq!(ids(&between(&scenario())), [""; 0]);
    assert_eq!(ids(&between(&[])), [""; 0]);
}

#[test]
fn gc08_both_domains() {
    let half = || role("half", &["messaging"]);
    assert_eq!(
        ids(&between(&[
            half(),
            order("genesyscloud_tollfree_number_order.main", "8005550123"),
            key("nexus:cluster:*")
        ])),
        ["error GC08"]
    );
    assert_eq!(check(half()), ["warning GC08"]);
    assert_eq!(ids(&between(&[half()])), ["warning GC08"]);
    assert_eq!(check(role("other", &["routing"])), [""; 0]);
}

#[test]
fn gc14_fit_client() {
    let client = |state: &str, grant: &str, from: &str| {
        let config = format!(
            r#"{{"state": "{state}", "authorized_grant_type": "{grant}", "roles": [{{"role_id": null}}]}}"#
        );
        object(
            "genesyscloud_oauth_client.c",
            &config,
            &[("roles", from, "id")],
        )
    };
    let whole = "genesyscloud_auth_role.messaging";
    assert_eq!(
        check(client("inactive", "CLIENT-CREDENTIALS", whole)),
        ["error GC14"]
    );
    assert_eq!(check(client("active", "CODE", whole)), ["error GC14"]);
    assert_eq!(
        check(client("active", "CLIENT-CREDENTIALS", whole)),
        [""; 0]
    );
    assert_eq!(
        check(client(
            "active",
            "CLIENT-CREDENTIALS",
            "data.genesyscloud_auth_role.x"
        )),
        [""; 0]
    );
    let mut objects = scenario();
    objects.push(role("routing", &["routing"]));
    objects[4] = client(
        "active",
        "CLIENT-CREDENTIALS",
        "genesyscloud_auth_role.routing",
    );
    assert_eq!(ids(&between(&objects)), ["error GC14"]);
}

#[test]
fn gc17_one_authority() {
    let all =
        |address: &str, user: &str| object(address, &format!(r#"{{"user_id": "{user}"}}"#), &[]);
    let one = |user: &str| {
        object(
            "genesyscloud_role_grant.g",
            &format!(r#"{{"subject_id": "{user}"}}"#),
            &[],
        )
    };
    let check = |objects: Vec<DeclaredObject>| ids(&between(&objects));
    assert_eq!(
        check(vec![all("genesyscloud_user_roles.a", USER), one(USER)]),
        ["error GC17"]
    );
    assert_eq!(
        check(vec![all("genesyscloud_user_roles.a", USER), one(CCID)]),
        [""; 0]
    );
    assert_eq!(
        check(vec![
            all("genesyscloud_user_roles.a", USER),
            all("genesyscloud_user_roles.b", USER)
        ]),
        ["error GC17"]
    );
    let refers = |address: &str, attribute: &str| {
        object(
            address,
            "{}",
            &[(attribute, "data.genesyscloud_user.admin", "id")],
        )
    };
    assert_eq!(
        check(vec![
            refers("genesyscloud_user_roles.a", "user_id"),
            refers("genesyscloud_role_grant.g", "subject_id")
        ]),
        ["error GC17"]
    );
    assert_eq!(
        check(vec![
            refers("genesyscloud_role_grant.f", "subject_id"),
            refers("genesyscloud_role_grant.g", "subject_id")
        ]),
        [""; 0]
    );
}

#[test]
fn gc18_administrators() {
    let check = |mark: &str, allow: &str| {
        let admin = object(
            "data.genesyscloud_user.admin",
            &format!(r#"{{"administrator": {mark}}}"#),
            &[],
        );
        let roles = object(
            "genesyscloud_user_roles.all[\"x\"]",
            &format!(r#"{{"user_id": null, "allow_administrator": {allow}}}"#),
            &[("user_id", "data.genesyscloud_user.admin", "id")],
        );
        ids(&between(&[admin, roles]))
    };
    assert_eq!(check("true", "null"), ["error GC18"]);
    assert_eq!(check("true", "true"), [""; 0]);
    assert_eq!(check("null", "null"), [""; 0]);
}

#[test]
fn gc20_same_digital_channels() {
    assert_eq!(
        check(digital_channels("https://other.test", CCID)),
        ["error GC20"; 2]
    );
    assert_eq!(check(digital_channels("https://dc.test/", CCID)), [""; 0]);
}

#[test]
fn gc22_same_contact_center() {
    assert_eq!(
        check(digital_channels("https://dc.test", USER)),
        ["error GC22"]
    );
    assert_eq!(
        check(digital_channels("https://dc.test", &CCID.to_uppercase())),
        [""; 0]
    );
}

#[test]
fn gc23_cluster_key() {
    assert_eq!(check(key("nexus:consumer:*")), ["warning GC23"]);
    assert_eq!(check(key("nexus:cluster:*")), [""; 0]);
    let mut elsewhere = order("genesyscloud_tollfree_number_order.main", "8005550123");
    elsewhere.references.clear();
    assert_eq!(check(elsewhere), ["warning GC23"]);
}

#[test]
fn gc26_one_order_a_number() {
    let second = |number: &str| order("genesyscloud_tollfree_number_order.more[0]", number);
    assert_eq!(check(second("+1 800 555 0123")), ["error GC26"]);
    assert_eq!(check(second("8005550124")), [""; 0]);
}
