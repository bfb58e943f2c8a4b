//! Requests that are signed as a whole, and answers whose status is not what they mean.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use trunkline_api::BoxFuture;
use trunkline_api::provider::World;
use trunkline_http::testing::{Reply, Server};
use trunkline_http::{
    Auth, Endpoint, HeaderName, HttpError, HttpKit, HttpSettings, Meaning, RateLimit, Received,
    SignedHeaders, Signer, Unsigned,
};

use crate::settings;

/// Signs with the number of the try and all that it sees.
#[derive(Default)]
struct Toy(AtomicUsize);

impl Signer for Toy {
    fn sign<'a>(&'a self, r: Unsigned<'a>) -> BoxFuture<'a, Result<SignedHeaders, HttpError>> {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        let query: Vec<String> = r.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let body = String::from_utf8_lossy(r.body);
        let kind = r.content_type.unwrap_or("none");
        let host = r.host.split(':').next().unwrap_or_default();
        let text = format!(
            "{n} {} {host}{} {} {kind} {body}",
            r.method,
            r.path,
            query.join("&")
        );
        Box::pin(async { Ok(vec![(HeaderName::from_static("x-toy"), text.into())]) })
    }
}

/// `Code` tells, not the status.
fn meaning(received: &Received<'_>) -> Meaning {
    let code = received
        .json()
        .and_then(|j| j["Code"].as_str().map(str::to_owned));
    let wait = received.header("x-wait").and_then(|t| t.parse().ok());
    let status = match code.as_deref() {
        Some("OK") => 200,
        Some("Busy") => 429,
        Some("None") => 404,
        _ => 400,
    };
    Meaning {
        status,
        wait: wait.map(Duration::from_millis),
    }
}

fn endpoint(server: &Server) -> Endpoint {
    let settings = HttpSettings {
        read_meaning: meaning,
        read_error: |body: &Json| trunkline_http::VendorError {
            code: body["Code"].as_str().unwrap_or_default().to_owned(),
            ..Default::default()
        },
        ..settings(server.url())
    };
    let kit = HttpKit::new(&World::Live, settings).unwrap();
    kit.endpoint("toy.api").unwrap()
}

async fn script(replies: Vec<Reply>) -> Server {
    let next = AtomicUsize::new(0);
    let answer =
        move |_: &_| replies[next.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1)].clone();
    Server::start(answer).await.unwrap()
}

fn code(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({ "Code": code }))
}

#[tokio::test]
async fn every_try_is_signed_anew_over_what_is_sent() {
    let server = script(vec![
        code(400, "Busy").header("x-wait", "30"),
        code(200, "OK"),
    ])
    .await;
    let signer: Arc<dyn Signer> = Arc::new(Toy::default());
    let start = Instant::now();
    endpoint(&server)
        .post("/")
        .query("q", "a b*~/中")
        .form(&[("x", "y z")])
        .auth(Auth::Signed(signer))
        .send()
        .await
        .unwrap();
    assert!(
        start.elapsed() >= Duration::from_millis(30),
        "the wait that was asked for"
    );
    let received = server.received();
    let lines: Vec<&str> = received.iter().map(|r| r.header("x-toy")).collect();
    let rest = "POST 127.0.0.1/ q=a b*~/中 application/x-www-form-urlencoded x=y%20z";
    let expected = [format!("0 {rest}"), format!("1 {rest}")];
    // The server's reader knows no UTF-8 in headers.
    let shown: Vec<String> = lines
        .iter()
        .map(|l| l.chars().filter(char::is_ascii).collect())
        .collect();
    let expected: Vec<String> = expected
        .iter()
        .map(|l| l.chars().filter(char::is_ascii).collect())
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(server.lines()[0], "POST /?q=a%20b%2A~%2F%E4%B8%AD");
}

#[tokio::test]
async fn what_an_answer_means_decides_and_its_status_is_shown() {
    let server = script(vec![code(200, "None")]).await;
    let error = endpoint(&server).get("/x").send().await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.status(), Some(200));
    let text = error.to_string();
    assert!(
        text.contains("was answered with 200 OK: (code None)"),
        "{text}"
    );

    let server = script(vec![code(200, "Other")]).await;
    let error = endpoint(&server).post("/x").send().await.unwrap_err();
    assert!(!error.is_not_found() && !error.ambiguous());
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_group_keeps_its_own_limit() {
    let server = script(vec![code(200, "OK")]).await;
    let endpoint = endpoint(&server);
    let one = NonZeroU32::MIN;
    let rate = RateLimit::a_minute(NonZeroU32::new(1200).unwrap()).in_bursts_of(one);
    let group = endpoint.group(&["x"], rate);
    let start = Instant::now();
    for _ in 0..3 {
        endpoint.get("/x").within(&group).send().await.unwrap();
    }
    assert!(
        start.elapsed() >= Duration::from_millis(90),
        "{:?}",
        start.elapsed()
    );
}
