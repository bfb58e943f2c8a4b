//! Each rule twice: a configuration that breaks only this rule, and the nearest that does not.

use trunkline_api::kit::DataSource;
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Diagnostics, Severity, Value, coerce, json};
use trunkline_http::Calls;

use super::*;

/// `severity id` of each problem, in order.
pub(crate) fn ids(problems: &Diagnostics) -> Vec<String> {
    let id = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    problems
        .iter()
        .map(|p| match p.severity {
            Severity::Error => format!("error {}", id(&p.detail)),
            Severity::Warning => format!("warning {}", id(&p.detail)),
        })
        .collect()
}

/// A configuration of `schema` from sparse JSON.
pub(crate) fn config(schema: trunkline_api::Schema, text: &str) -> Value {
    let sparse: serde_json::Value = serde_json::from_str(text).unwrap();
    coerce::conform(&json::implied(&sparse), &schema.block).unwrap()
}

fn provider_block(text: &str) -> Vec<String> {
    ids(&provider(&config(crate::settings::schema(), text)))
}

#[test]
fn gc01_region() {
    assert_eq!(
        provider_block(r#"{"aws_region": "us-east-9"}"#),
        ["error GC01"]
    );
    assert_eq!(provider_block(r#"{"aws_region": "US-East-1"}"#), [""; 0]);
}

#[test]
fn gc02_urls() {
    for bad in [
        "http://api.mypurecloud.com",
        "api.mypurecloud.com",
        "https://api.mypurecloud.com/",
        "https://api.mypurecloud.com?x=1",
    ] {
        assert_eq!(
            provider_block(&format!(r#"{{"api_url": "{bad}"}}"#)),
            ["error GC02"],
            "{bad}"
        );
    }
    assert_eq!(
        provider_block(r#"{"api_url": "https://gateway.acme.test"}"#),
        ["warning GC02"]
    );
    let two = r#"{"api_url": "https://api.mypurecloud.ie", "login_url": "https://login.mypurecloud.com"}"#;
    assert_eq!(provider_block(two), ["warning GC02"]);
    let good =
        r#"{"api_url": "https://api.mypurecloud.ie", "login_url": "https://login.mypurecloud.ie"}"#;
    assert_eq!(provider_block(good), [""; 0]);
    let local = r#"{"api_url": "http://127.0.0.1:8080", "login_url": "http://localhost:8081/"}"#;
    assert_eq!(provider_block(local), [""; 0]);
}

fn a_role(policy: &str) -> Vec<String> {
    let text = format!(r#"{{"name": "r", "permission_policies": [{policy}]}}"#);
    ids(&role(&role_config(&text)))
}

fn role_config(text: &str) -> Value {
    config(crate::auth_role::AuthRole.schema(), text)
}

#[test]
fn gc04_policies() {
    assert_eq!(ids(&role(&role_config(r#"{"name": " "}"#))), ["error GC04"]);
    assert_eq!(ids(&role(&role_config(r#"{"name": "r"}"#))), [""; 0]);
    assert_eq!(
        a_role(r#"{"domain": "", "entity_name": "*", "action_set": ["*"]}"#),
        ["error GC04"]
    );
    assert_eq!(
        a_role(r#"{"domain": "messaging", "entity_name": "*", "action_set": []}"#),
        ["error GC04"]
    );
    let one = r#"{"domain": "messaging", "entity_name": "*", "action_set": ["view"]}"#;
    assert_eq!(
        a_role(&format!("{one}, {}", one.replace("view", "add"))),
        ["error GC04"]
    );
    assert_eq!(
        a_role(&format!(
            "{one}, {}",
            one.replace("messaging", "messagingProvisioning")
        )),
        [""; 0]
    );
}

#[test]
fn gc05_lonely_star() {
    let mixed = r#"{"domain": "messaging", "entity_name": "*", "action_set": ["*", "view"]}"#;
    assert_eq!(a_role(mixed), ["warning GC05"]);
    assert_eq!(a_role(&mixed.replace(r#", "view""#, "")), [""; 0]);
}

#[test]
fn gc06_conditions() {
    let good = r#"{"domain": "d", "entity_name": "e", "action_set": ["a"], "conditions": [{"conjunction": "AND", "terms": [
        {"variable_name": "v", "operator": "EQ", "operands": [{"type": "SCALAR", "value": "1"}]}]}]}"#;
    assert_eq!(a_role(good), [""; 0]);
    for (from, to) in [
        ("AND", "and"),
        ("EQ", "NE"),
        ("SCALAR", "TEXT"),
        (
            r#""value""#,
            r#""user_id": "01234567-89ab-cdef-0123-456789abcdef", "value""#,
        ),
        (r#", "value": "1""#, ""),
    ] {
        assert_eq!(
            a_role(&good.replace(from, to)),
            ["error GC06"],
            "{from} -> {to}"
        );
    }
}

#[test]
fn gc07_built_in_name() {
    let problem = renamed_built_in(&role_config(r#"{"name": "employee"}"#));
    assert_eq!(ids(&vec![problem]), ["error GC07"]);
}

#[test]
fn gc16_user() {
    let schema = || crate::lookups::UserByEmail.schema();
    let check = |text: &str| ids(&user(&config(schema(), text)));
    for bad in ["admin", "@acme.test", "admin@", "a@b@c", "a b@c"] {
        assert_eq!(
            check(&format!(r#"{{"email": "{bad}"}}"#)),
            ["error GC16"],
            "{bad}"
        );
    }
    assert_eq!(check(r#"{"email": "admin@acme.test"}"#), [""; 0]);
    assert_eq!(
        check(r#"{"email": "admin@acme.test", "state": "gone"}"#),
        ["error GC16"]
    );
    assert_eq!(
        check(r#"{"email": "admin@acme.test", "state": "inactive"}"#),
        [""; 0]
    );
}

#[test]
fn gc03_ids() {
    let schema = || crate::role_grant::RoleGrant.schema();
    let check = |text: &str| ids(&grant(&config(schema(), text)));
    let id = "4da40a9d-b113-4024-8ba9-c9dd89c91f67";
    let good = format!(r#"{{"subject_id": "{id}", "role_id": "{id}", "division_id": "*"}}"#);
    assert_eq!(check(&good), [""; 0]);
    // The example in the vendor's guide has nine digits in its first group.
    assert_eq!(
        check(&good.replacen("4da40a9d", "4da40a9de", 1)),
        ["error GC03"]
    );
    assert_eq!(
        check(&good.replace(&format!(r#""role_id": "{id}""#), r#""role_id": "*""#)),
        ["error GC03"]
    );
}

/// Checks the good client with `from` replaced by `to`.
fn a_client(from: &str, to: &str) -> Vec<String> {
    let good = r#"{"name": "n", "authorized_grant_type": "CLIENT-CREDENTIALS", "state": "active", "access_token_validity_seconds": 86400,
        "roles": [{"role_id": "4da40a9d-b113-4024-8ba9-c9dd89c91f67", "division_id": "*"}]}"#;
    assert!(good.contains(from), "{from}");
    let schema = crate::oauth_client::OauthClient.schema();
    ids(&oauth_client(&config(schema, &good.replacen(from, to, 1))))
}

#[test]
fn a_good_client_breaks_no_rule() {
    assert_eq!(a_client("n", "n"), [""; 0]);
    assert_eq!(a_client(r#""*""#, r#""home""#), ["error GC03"]);
}

#[test]
fn gc10_grant_type() {
    assert_eq!(
        a_client("CLIENT-CREDENTIALS", "client-credentials"),
        ["error GC10"]
    );
    assert_eq!(
        a_client(r#""CLIENT-CREDENTIALS""#, r#""CODE", "scopes": ["users"]"#),
        [""; 0]
    );
}

#[test]
fn gc11_roles_and_scopes() {
    assert_eq!(a_client("CLIENT-CREDENTIALS", "CODE"), ["error GC11"]);
    assert_eq!(
        a_client(r#""name": "n""#, r#""name": "n", "scopes": ["users"]"#),
        ["error GC11"]
    );
    assert_eq!(
        a_client(
            r#""name": "n""#,
            r#""name": "n", "registered_redirect_uris": ["https://a.test"]"#
        ),
        ["warning GC11"]
    );
    assert_eq!(
        a_client(
            r#"{"role_id": "4da40a9d-b113-4024-8ba9-c9dd89c91f67", "division_id": "*"}"#,
            ""
        ),
        ["error GC11"]
    );
}

#[test]
fn gc12_token_life() {
    assert_eq!(a_client("86400", "299"), ["error GC12"]);
    assert_eq!(a_client("86400", "300"), [""; 0]);
    assert_eq!(a_client("86400", "172800"), [""; 0]);
    assert_eq!(a_client("86400", "172801"), ["warning GC12"]);
    assert_eq!(a_client("86400", "38880001"), ["error GC12"]);
}

#[test]
fn gc13_state() {
    assert_eq!(a_client(r#""active""#, r#""disabled""#), ["error GC13"]);
    assert_eq!(a_client(r#""active""#, r#""inactive""#), [""; 0]);
}

/// Checks the good order with `from` replaced by `to`.
fn an_order(from: &str, to: &str) -> Vec<String> {
    let good = r#"{"number": "8005550123", "comment": "ACME", "mo_url": "https://dc.acme.test/nexus/v3/sms/message",
        "dr_url": "https://dc.acme.test/nexus/v3/sms/receipt", "webhook_username": "45acae06-6b7c-4f97-9c76-471cb5c21bf7",
        "webhook_password": "k", "email_address": "sms@acme.test", "confirm_purchase": true}"#;
    assert!(good.contains(from), "{from}");
    let request = ValidateRequest {
        mode: trunkline_api::provider::Mode::Managed,
        type_name: "genesyscloud_tollfree_number_order".into(),
        config: config(
            crate::tollfree::NumberOrder.schema(),
            &good.replace(from, to),
        ),
        literals: Vec::new(),
    };
    ids(&order(&request))
}

#[test]
fn gc15_literal_secret() {
    let path = trunkline_api::Path::attribute;
    assert_eq!(
        ids(&order::gc15(&[path("number"), path("webhook_password")])),
        ["warning GC15"]
    );
    assert_eq!(ids(&order::gc15(&[path("number")])), [""; 0]);
}

#[test]
fn gc19_number() {
    for bad in ["800555012", "80055501234", "+448005550123", "800555O123"] {
        assert_eq!(an_order("8005550123", bad), ["error GC19"], "{bad}");
    }
    assert_eq!(an_order("8005550123", "8015550123"), ["warning GC19"]);
    assert_eq!(an_order("8005550123", "+1 (888) 555-0123"), [""; 0]);
}

#[test]
fn gc20_urls_of_an_order() {
    assert_eq!(an_order("sms/message", "sms/receipt"), ["error GC20"]);
    assert_eq!(
        an_order(
            "test/nexus/v3/sms/receipt",
            "test:8443/nexus/v3/sms/receipt"
        ),
        ["error GC20"]
    );
    assert_eq!(
        an_order("acme.test/nexus", "acme.test:8443/base/nexus"),
        [""; 0]
    );
}

#[test]
fn gc21_reachable_urls() {
    assert_eq!(an_order("https", "http"), ["warning GC21"; 2]);
    for host in ["10.1.2.3", "localhost:8080", "[fd00::1]"] {
        assert_eq!(
            an_order("dc.acme.test", host),
            ["warning GC21"; 2],
            "{host}"
        );
    }
    assert_eq!(an_order("dc.acme.test", "203.0.113.7"), [""; 0]);
}

#[test]
fn gc22_webhook_user() {
    assert_eq!(an_order("45acae06-", "45acae06a-"), ["error GC22"]);
    assert_eq!(an_order("45acae06-", "45ACAE06-"), [""; 0]);
}

#[test]
fn gc24_contact() {
    assert_eq!(an_order("sms@acme.test", "sms.acme.test"), ["error GC24"]);
    assert_eq!(an_order(r#""ACME""#, r#"" ""#), ["warning GC24"]);
    assert_eq!(an_order(r#""comment": "ACME", "#, ""), ["warning GC24"]);
    assert_eq!(
        an_order(r#", "email_address": "sms@acme.test""#, ""),
        [""; 0]
    );
}

#[test]
fn gc25_purchase() {
    assert_eq!(an_order("true", "false"), ["error GC25"]);
    assert_eq!(an_order("true", "true"), [""; 0]);
}

#[test]
fn a_managed_user_keeps_the_rules_too() {
    let check = |id: &str, literal: &str| {
        let text = format!(r#"{{"email": "a@b.test", "name": "n", "manager": "{id}"}}"#);
        let request = ValidateRequest {
            mode: trunkline_api::provider::Mode::Managed,
            type_name: "genesyscloud_user".into(),
            config: config(crate::user::User.schema(), &text),
            literals: vec![trunkline_api::Path::attribute(literal)],
        };
        ids(&managed_user(&request))
    };
    let id = "4da40a9d-b113-4024-8ba9-c9dd89c91f67";
    assert_eq!(check(id, "name"), [""; 0]);
    assert_eq!(check("me", "name"), ["error GC03"]);
    assert_eq!(check(id, "password"), ["warning GC15"]);
}
