//! What a person reads when a request fails.

use serde_json::json;
use trunkline_api::Diagnostic;
use trunkline_api::provider::World;
use trunkline_http::testing::{Reply, Server};
use trunkline_http::{HttpKit, Method};

use crate::{live, settings};

/// Summary and detail of the error that `reply` gives, the server's address as `[URL]`.
async fn text(reply: Reply) -> String {
    let server = Server::start(move |_| reply.clone()).await.unwrap();
    let (kit, endpoint) = live(&server);
    kit.redactor().register("hush-hush");
    let request = endpoint
        .get("/things/hush-hush")
        .query("access_token", "abc");
    let error = match request.send().await {
        Ok(answer) => answer.json().unwrap_err(),
        Err(error) => error,
    };
    let found = Diagnostic::from(error.doing("Reading thing \"x\""));
    format!("{}: {}", found.summary, found.detail).replace(server.url(), "[URL]")
}

#[tokio::test]
async fn a_refusal_shows_the_vendors_reason_without_secrets() {
    let body =
        json!({"message": "no hush-hush for you", "code": "not.allowed", "contextId": "c-1"});
    assert_eq!(
        text(Reply::json(403, &body)).await,
        "Permission Denied: Reading thing \"x\" failed: GET [URL]/things/(secret)?access_token=(secret) was answered with 403 Forbidden: no (secret) for you (code not.allowed, context id c-1).\n\nGive the credentials the permission for this call, or use others."
    );
}

#[tokio::test]
async fn a_malformed_answer_says_what_came_instead() {
    let html = vec![("content-type", "text/html".to_owned())];
    let page = format!("<html>\n<title>{}hush-hush</title>", "-".repeat(44));
    assert_eq!(
        text(Reply::Answer(200, html, page)).await,
        "Malformed Answer: Reading thing \"x\" failed: GET [URL]/things/(secret)?access_token=(secret) was answered with 200 OK: the answer cannot be used: it is not JSON (content type text/html, beginning \"<html> <title>--------------------------------------------(s\").\n\nCheck that the configured URL is that of the service itself, not of a proxy or a sign-in page."
    );
}

/// It may be sent again or not: what it was to change is changed.
#[tokio::test]
async fn a_change_whose_answer_is_malformed_may_have_taken_effect() {
    let garbled = || Reply::Answer(200, Vec::new(), "{\"unterminated\":".to_owned());
    for (method, resend, effect) in [
        (Method::POST, false, true),
        (Method::POST, true, true),
        (Method::PUT, false, true),
        (Method::GET, false, false),
    ] {
        let server = Server::start(move |_| garbled()).await.unwrap();
        let mut request = live(&server).1.request(method.clone(), "/a");
        if resend {
            request = request.safe_to_resend();
        }
        let error = request.send().await.unwrap_err();
        assert_eq!(error.may_have_taken_effect(), effect, "{method} {resend}");
    }
}

#[tokio::test]
async fn an_unreachable_service_says_where() {
    let server = Server::start(|_| Reply::Drop).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let kit = HttpKit::new(&World::Live, settings(&url)).unwrap();
    let error = kit
        .endpoint("toy.api")
        .unwrap()
        .post("/a")
        .send()
        .await
        .unwrap_err();
    assert!(!error.ambiguous());
    let text = Diagnostic::from(error).detail.replace(&url[7..], "[HOST]");
    assert!(
        text.starts_with(
            "POST http://[HOST]/a cannot be sent: no connection to [HOST]: Connection refused"
        ),
        "{text}"
    );
    drop(server);
}

#[test]
fn a_url_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let cases = [
        (
            "http://api.example.com",
            "http://api.example.com/ of toy.api is plain HTTP, which would send credentials in clear. Use https.",
        ),
        (
            "ftp://x",
            "The URL \"ftp://x\" of toy.api cannot be used: it must begin with https:// and a host.",
        ),
        (
            "https://u:p@x",
            "The URL \"https://u:p@x\" of toy.api cannot be used: it must not contain a user name or password.",
        ),
    ];
    for (url, want) in cases {
        let Err(problems) = HttpKit::new(&World::Live, settings(url)) else {
            panic!("{url} was accepted");
        };
        assert_eq!(problems[0].detail, want);
    }
    assert!(HttpKit::new(&World::Live, settings("http://[::1]:9")).is_ok());
}

#[tokio::test]
async fn a_plain_text_reason_reaches_the_vendors_reader() {
    let plain = |_: &_| {
        let headers = vec![("content-type", "text/plain;charset=UTF-8".to_owned())];
        Reply::Answer(400, headers, " hush-hush is taken \n".to_owned())
    };
    let server = Server::start(plain).await.unwrap();
    let mut settings = settings(server.url());
    settings.read_error = |body| trunkline_http::VendorError {
        message: body.as_str().unwrap_or_default().to_owned(),
        ..Default::default()
    };
    let kit = HttpKit::new(&World::Live, settings).unwrap();
    kit.redactor().register("hush-hush");
    let request = kit.endpoint("toy.api").unwrap().put("/things/1");
    let error = request.send().await.unwrap_err();
    assert_eq!(error.vendor().message, "(secret) is taken");
}

#[tokio::test]
async fn what_a_create_and_a_login_answer_in_headers_can_be_read() {
    let server = Server::start(|_| {
        Reply::empty(201)
            .header("location", "/things/7")
            .header("set-cookie", "other=1; Path=/")
            .header("set-cookie", "SESSION=a=b; Path=/; HttpOnly")
    });
    let server = server.await.unwrap();
    let (_, endpoint) = live(&server);
    let answer = endpoint.post("/things").send().await.unwrap();
    assert_eq!(answer.location(), Some("/things/7"));
    assert_eq!(answer.cookie("SESSION"), Some("a=b"));
    assert_eq!(answer.cookie("SESS"), None);
}
