//! Tokens are fetched late, kept, renewed in time and once on a 401.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use trunkline_api::Diagnostic;
use trunkline_http::testing::{Received, Reply, Server};
use trunkline_http::{Auth, BasicGrant, Credentials, Endpoint, HttpKit, SecretString, TokenCache};

use crate::live;

fn tokens(kit: &HttpKit, endpoint: &Endpoint) -> Arc<TokenCache> {
    let secret = |s: &str| Some(SecretString::from(s.to_owned()));
    let given = vec![("id", secret("me")), ("secret", secret("pass word"))];
    let credentials = Arc::new(Credentials::new(kit, given));
    let mut grant = BasicGrant::client_credentials(endpoint.clone(), "/oauth/token", credentials);
    grant.throttled =
        |answer| answer.status() == 400 && answer.vendor_error().message.starts_with("rate limit");
    TokenCache::new(grant)
}

/// Issues token-1, token-2…; `accept` says what is answered to a call with a token.
async fn issuer(lifetime: u64, accept: fn(&Received) -> Reply) -> Server {
    let issued = AtomicUsize::new(0);
    Server::start(move |request| {
        if request.path == "/oauth/token" {
            let n = issued.fetch_add(1, Ordering::SeqCst) + 1;
            let body = json!({"access_token": format!("token-{n}"), "token_type": "bearer", "expires_in": lifetime});
            return Reply::json(200, &body);
        }
        accept(request)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn one_token_serves_many_calls() {
    let server = issuer(86400, |_| Reply::json(200, &json!({}))).await;
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    assert!(server.lines().is_empty());
    let call = || endpoint.get("/a").auth(Auth::Bearer(cache.clone())).send();
    let (a, b) = tokio::join!(call(), call());
    assert!(a.is_ok() && b.is_ok());
    let received = server.received();
    assert_eq!(server.lines(), ["POST /oauth/token", "GET /a", "GET /a"]);
    assert_eq!(
        received[0].header("authorization"),
        "Basic bWU6cGFzcyB3b3Jk"
    );
    assert_eq!(
        received[0].header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(received[0].body, "grant_type=client_credentials");
    assert_eq!(received[1].header("authorization"), "Bearer token-1");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_also_for_a_create() {
    let server = issuer(86400, |request| match request.header("authorization") {
        "Bearer token-2" => Reply::json(200, &json!({})),
        _ => Reply::empty(401),
    })
    .await;
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    endpoint
        .post("/a")
        .auth(Auth::Bearer(cache))
        .send()
        .await
        .unwrap();
    assert_eq!(
        server.lines(),
        [
            "POST /oauth/token",
            "POST /a",
            "POST /oauth/token",
            "POST /a"
        ]
    );
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let server = issuer(86400, |_| Reply::empty(401)).await;
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    let error = endpoint
        .get("/a")
        .auth(Auth::Bearer(cache))
        .send()
        .await
        .unwrap_err();
    assert_eq!(Diagnostic::from(error).summary, "Credentials Refused");
    assert_eq!(server.lines().len(), 4);
}

#[tokio::test]
async fn a_token_about_to_expire_is_not_used() {
    let server = issuer(0, |_| Reply::json(200, &json!({}))).await;
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    for _ in 0..2 {
        endpoint
            .get("/a")
            .auth(Auth::Bearer(cache.clone()))
            .send()
            .await
            .unwrap();
    }
    let used: Vec<String> = server
        .received()
        .iter()
        .filter(|r| r.path == "/a")
        .map(|r| r.header("authorization").to_owned())
        .collect();
    assert_eq!(used, ["Bearer token-1", "Bearer token-2"]);
}

#[tokio::test]
async fn wrong_credentials_give_one_clear_message() {
    let server = Server::start(|_| {
        Reply::json(401, &json!({"error": "invalid_client", "error_description": "unknown client me, pass word"}))
    })
    .await
    .unwrap();
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    let error = endpoint
        .get("/a")
        .auth(Auth::Bearer(cache.clone()))
        .send()
        .await
        .unwrap_err();
    let found = Diagnostic::from(error);
    assert_eq!(
        format!("{}: {}", found.summary, found.detail).replace(server.url(), "[URL]"),
        "Credentials Refused: Fetching an access token failed: POST [URL]/oauth/token was answered with 401 Unauthorized: unknown client me, (secret).\n\nCheck the provider's id and secret: that they are complete, not expired, and belong to this service and region."
    );
    assert_eq!(server.lines(), ["POST /oauth/token"]);
    // The next caller learns the same without asking: repeated failures could lock the client.
    let again = endpoint
        .get("/b")
        .auth(Auth::Bearer(cache))
        .send()
        .await
        .unwrap_err();
    assert_eq!(Diagnostic::from(again).detail, found.detail);
    assert_eq!(server.lines(), ["POST /oauth/token"]);
}

#[tokio::test]
async fn a_throttled_token_service_is_asked_again() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        if request.path != "/oauth/token" {
            return Reply::json(200, &json!({}));
        }
        match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::json(
                400,
                &json!({"error": "invalid_request", "description": "rate limit exceeded"}),
            ),
            _ => Reply::json(200, &json!({"access_token": "t", "expires_in": 60})),
        }
    })
    .await
    .unwrap();
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    endpoint
        .get("/a")
        .auth(Auth::Bearer(cache))
        .send()
        .await
        .unwrap();
    assert_eq!(
        server.lines(),
        ["POST /oauth/token", "POST /oauth/token", "GET /a"]
    );
}

/// What a login is answered with says nothing of the object that is asked for.
#[tokio::test]
async fn a_login_that_is_not_there_is_no_object_that_is_not_there() {
    let server = Server::start(|_| Reply::empty(404)).await.unwrap();
    let (kit, endpoint) = live(&server);
    for request in [endpoint.get("/a"), endpoint.post("/a")] {
        let cache = tokens(&kit, &endpoint);
        let error = request.auth(Auth::Bearer(cache)).send().await.unwrap_err();
        assert!(!error.is_not_found() && !error.may_have_taken_effect());
        assert_eq!(error.status(), None);
        let problem = Diagnostic::from(error);
        assert_eq!(problem.summary, "Service Failed");
        assert!(problem.detail.contains("404"), "{}", problem.detail);
    }
    assert_eq!(server.lines(), ["POST /oauth/token", "POST /oauth/token"]);
}

#[tokio::test]
async fn a_token_answer_without_a_token_is_not_quoted() {
    let server = Server::start(|_| Reply::json(200, &json!({"accessToken": "leaky"})))
        .await
        .unwrap();
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    let error = endpoint
        .get("/a")
        .auth(Auth::Bearer(cache))
        .send()
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("it has no \"access_token\"") && !text.contains("leaky"),
        "{text}"
    );
}

#[tokio::test]
async fn an_unreachable_token_service_is_tried_for_all_at_once() {
    let server = Server::start(|_| Reply::empty(500)).await.unwrap();
    let (kit, endpoint) = live(&server);
    let cache = tokens(&kit, &endpoint);
    let call = || endpoint.get("/a").auth(Auth::Bearer(cache.clone())).send();
    let (a, b) = tokio::join!(call(), call());
    assert_eq!(a.unwrap_err(), b.unwrap_err());
    // The first try and three more, once.
    assert_eq!(server.lines(), ["POST /oauth/token"; 4]);
}
