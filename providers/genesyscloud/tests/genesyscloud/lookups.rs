//! Data sources of what an organisation simply has.

use serde_json::json;
use trunkline_http::testing::Reply;

use crate::{Bench, no_such};

#[tokio::test]
async fn a_user_is_found_by_address_whatever_its_case() {
    let bench = Bench::new(|_| {
        Reply::json(200, &json!({"total": 2, "results": [
            {"id": "u1", "name": "Admin", "email": "Admin@acme.test", "state": "active", "division": {"id": "d1"}},
            {"id": "u2", "name": "Other", "email": "other-admin@acme.test"},
        ]}))
    })
    .await;
    let found = bench
        .data("genesyscloud_user", &json!({"email": "admin@acme.test"}))
        .await;
    assert!(found.diagnostics.is_empty());
    assert_eq!(
        format!("{:?}", found.state),
        r#"{"administrator": null(bool), "department": null(string), "division_id": "d1", "email": "admin@acme.test", "id": "u1", "name": "Admin", "state": "active", "title": null(string)}"#
    );
    assert_eq!(
        bench.bodies("POST /api/v2/users/search"),
        [json!({"query": [{"fields": ["email"], "value": "admin@acme.test", "type": "EXACT"}]})]
    );
}

#[tokio::test]
async fn a_user_that_is_not_there_is_named() {
    let bench = Bench::new(|_| Reply::json(200, &json!({"total": 0}))).await;
    let found = bench
        .data("genesyscloud_user", &json!({"email": "nobody@acme.test"}))
        .await;
    assert_eq!(
        bench.texts(&found.diagnostics),
        [
            "No Single User of This Address: The organisation has 0 active users with the e-mail address \"nobody@acme.test\"; exactly one is needed. Check the address and that the user is active."
        ]
    );
}

#[tokio::test]
async fn the_caller_the_division_and_the_organisation_are_read() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/api/v2/tokens/me" => Reply::json(200, &json!({
            "organization": {"id": "o1", "name": "ACME"}, "OAuthClient": {"id": "c1", "name": "engine"}})),
        "/api/v2/authorization/divisions/home" => {
            Reply::json(200, &json!({"id": "d1", "name": "Home", "homeDivision": true}))
        }
        "/api/v2/organizations/me" => Reply::json(200, &json!({"id": "o1", "name": "ACME"})),
        _ => no_such(),
    })
    .await;
    let mut states = Vec::new();
    for name in [
        "genesyscloud_tokens_me",
        "genesyscloud_auth_division_home",
        "genesyscloud_organizations_me",
    ] {
        let found = bench.data(name, &json!({})).await;
        assert!(found.diagnostics.is_empty());
        states.push(format!("{:?}", found.state));
    }
    assert_eq!(
        states,
        [
            r#"{"oauth_client_id": "c1", "oauth_client_name": "engine", "organization_id": "o1", "organization_name": "ACME"}"#,
            r#"{"description": null(string), "id": "d1", "name": "Home"}"#,
            r#"{"id": "o1", "name": "ACME"}"#,
        ]
    );
}
