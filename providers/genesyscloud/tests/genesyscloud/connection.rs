//! Credentials and refusals.

use serde_json::json;
use trunkline_http::testing::{Reply, Server};

use crate::{Bench, no_such, service};

const ROLE: &str = "genesyscloud_auth_role";

#[tokio::test]
async fn wrong_credentials_give_one_message() {
    let server = Server::start(|_| {
        Reply::json(400, &json!({"error": "invalid_client", "description": "client not found: me", "error_uri": "x"}))
    })
    .await
    .unwrap();
    let bench = Bench::of(server, json!({})).await;
    let found = bench.data(ROLE, &json!({"name": "Nexus Messaging"})).await;
    assert_eq!(
        bench.texts(&found.diagnostics),
        [
            "Credentials Refused: Fetching an access token failed: POST [URL]/oauth/token was answered with 400 Bad Request: invalid_client: client not found: me.\n\nCheck the provider's oauthclient_id and oauthclient_secret: that they are complete, not expired, and belong to this service and region."
        ]
    );
    assert_eq!(bench.server.lines(), ["POST /oauth/token"]);
}

#[tokio::test]
async fn missing_credentials_are_named() {
    let server = service(|_| no_such()).await;
    let more = json!({"oauthclient_secret": null});
    let bench = Bench::of(server, more).await;
    let found = bench.data(ROLE, &json!({"name": "Nexus Messaging"})).await;
    assert!(
        found.diagnostics[0]
            .detail
            .contains("has no value for oauthclient_secret"),
        "{:?}",
        found.diagnostics
    );
    assert!(bench.server.lines().is_empty());
}

#[tokio::test]
async fn an_access_token_is_used_as_it_is() {
    let server = service(|request| {
        assert_eq!(request.header("authorization"), "Bearer given");
        crate::list(vec![json!({"id": "r1", "name": "x"})])
    })
    .await;
    let more = json!({"oauthclient_id": null, "oauthclient_secret": null, "access_token": "given"});
    let bench = Bench::of(server, more).await;
    let found = bench.data(ROLE, &json!({"name": "x"})).await;
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    assert_eq!(found.state.attr("id").unwrap().as_str(), Some("r1"));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let bench = Bench::new(|_| {
        Reply::json(403, &json!({"message": "missing permissions", "code": "missing.permissions", "contextId": "c-7"}))
    })
    .await;
    let found = bench.data(ROLE, &json!({"name": "x"})).await;
    assert_eq!(
        bench.texts(&found.diagnostics),
        [
            "Permission Denied: Looking for role \"x\" failed: GET [URL]/api/v2/authorization/roles?pageSize=100&pageNumber=1&name=x&userCount=false was answered with 403 Forbidden: missing permissions (code missing.permissions, context id c-7).\n\nThe caller lacks the permission authorization:role:view. Give the OAuth client of this provider a role that has it; a change of permissions may take up to 5 minutes to take effect."
        ]
    );
}
