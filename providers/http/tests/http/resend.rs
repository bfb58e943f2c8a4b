//! What is sent again, and what never is.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use trunkline_api::Diagnostic;
use trunkline_api::provider::World;
use trunkline_http::testing::{Reply, Server};
use trunkline_http::{Content, ErrorKind, HttpKit, Method, RateLimit};

use crate::{live, settings};

/// A server whose answers come from a list; the last one repeats.
async fn script(replies: Vec<Reply>) -> Server {
    let next = AtomicUsize::new(0);
    Server::start(move |_| {
        let at = next.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1);
        replies[at].clone()
    })
    .await
    .unwrap()
}

fn ok() -> Reply {
    Reply::json(200, &json!({"ok": true}))
}

#[tokio::test]
async fn a_read_survives_everything_that_passes() {
    for broken in [
        Reply::empty(502),
        Reply::empty(503),
        Reply::empty(504),
        Reply::empty(429),
        Reply::Drop,
        Reply::Silence,
        Reply::Half(Box::new(ok())),
        Reply::Trickle(Box::new(ok())),
    ] {
        let server = script(vec![broken.clone(), ok()]).await;
        let answer = live(&server)
            .1
            .get("/a/")
            .query("q", "1 2")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.json().unwrap()["ok"], true, "{broken:?}");
        assert_eq!(server.lines(), ["GET /a/?q=1+2", "GET /a/?q=1+2"]);
    }
}

#[tokio::test]
async fn a_create_is_never_sent_twice_when_it_may_have_arrived() {
    let cases = [
        (Reply::empty(500), ErrorKind::Status),
        (Reply::empty(503), ErrorKind::Status),
        (Reply::Drop, ErrorKind::Lost),
        (Reply::Silence, ErrorKind::Timeout),
        (Reply::Half(Box::new(ok())), ErrorKind::Lost),
        (Reply::Trickle(Box::new(ok())), ErrorKind::Timeout),
        // Half of a refusal does not tell what was refused.
        (
            Reply::Half(Box::new(Reply::json(
                409,
                &json!({"message": "There is one."}),
            ))),
            ErrorKind::Lost,
        ),
    ];
    for (broken, kind) in cases {
        let server = script(vec![broken, ok()]).await;
        let error = live(&server)
            .1
            .post("/orders/")
            .json(&json!([1]))
            .send()
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.ambiguous()), (kind, true));
        assert_eq!(server.lines(), ["POST /orders/"]);
    }
}

#[tokio::test]
async fn a_create_that_was_not_processed_is_sent_again() {
    let throttled = Reply::empty(429).header("retry-after", "0");
    let server = script(vec![throttled, Reply::empty(423), ok()]).await;
    let request = live(&server)
        .1
        .post("/things")
        .json(&json!({"a": 1}))
        .not_processed(423);
    request.send().await.unwrap();
    let bodies: Vec<String> = server.received().into_iter().map(|r| r.body).collect();
    assert_eq!(bodies, [r#"{"a":1}"#; 3]);
}

/// What a proxy or a page for signing in answers in the place of a service is no success, whether or not anybody reads
/// it: of every kind of call it is known that nothing can be told from it.
#[tokio::test]
async fn a_page_in_the_place_of_an_answer_is_shown_for_what_it_is() {
    let page = "<!doctype html><title>Log in</title>";
    for kind in [
        "text/html; charset=utf-8",
        "text/plain",
        "application/json",
        "",
    ] {
        let headers = vec![("content-type", kind.to_owned())];
        let server = script(vec![Reply::Answer(200, headers, page.into())]).await;
        let endpoint = live(&server).1;
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
            let answer = endpoint.request(method.clone(), "/things").send().await;
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert_eq!(
                error.ambiguous(),
                method == Method::POST,
                "{method} {kind:?}"
            );
            let text = error.to_string();
            let named = if kind.is_empty() {
                "no content type"
            } else {
                kind
            };
            assert!(
                text.contains("not JSON") && text.contains(named) && text.contains("Log in"),
                "{text}"
            );
        }
        assert_eq!(server.lines().len(), 4);
    }
}

#[tokio::test]
async fn what_a_success_may_be_is_declared() {
    let cases = [
        ("", [true, true, true]),
        ("{}", [true, true, true]),
        ("0A1B2C", [false, true, true]),
        ("\u{feff} <HTML lang=\"en\">", [false, false, true]),
        ("<html", [false, false, true]),
        ("<account/>", [false, true, true]),
    ];
    for (body, accepted) in cases {
        let server = script(vec![Reply::Answer(200, Vec::new(), body.into())]).await;
        let endpoint = live(&server).1;
        for (content, accepted) in [Content::Json, Content::Text, Content::Any]
            .into_iter()
            .zip(accepted)
        {
            let request = endpoint.request(Method::DELETE, "/things");
            let answer = request.answered_by(content).send().await;
            assert_eq!(answer.is_ok(), accepted, "{body:?} {content:?}");
        }
    }
    // An error may be a page.
    let page = Reply::Answer(404, Vec::new(), "<html>".into());
    let server = script(vec![page]).await;
    let error = live(&server).1.get("/a").send().await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn retry_after_is_obeyed_by_everyone() {
    let server = script(vec![Reply::empty(429).header("retry-after", "1"), ok()]).await;
    let endpoint = live(&server).1;
    let start = std::time::Instant::now();
    endpoint.get("/a").send().await.unwrap();
    assert!(start.elapsed().as_millis() >= 1000, "{:?}", start.elapsed());
}

/// Also by those that were waiting for their turn to connect when the vendor asked: whatever they sent before would be
/// refused too.
#[tokio::test]
async fn retry_after_is_obeyed_by_who_waits_for_a_connection() {
    for grouped in [false, true] {
        let server = script(vec![Reply::empty(429).header("retry-after", "1"), ok()]).await;
        let mut settings = settings(server.url());
        settings.timeout = Duration::from_secs(60);
        settings.concurrency = 1;
        let kit = HttpKit::new(&World::Live, settings).unwrap();
        let endpoint = kit.endpoint("toy.api").unwrap();
        let start = std::time::Instant::now();
        let asking: Vec<_> = ["/a", "/b", "/c"]
            .map(|path| match grouped {
                true => {
                    let rate = RateLimit::a_second(NonZeroU32::MAX);
                    endpoint
                        .get(path)
                        .within(&endpoint.group(&["waiting"], rate))
                }
                false => endpoint.get(path),
            })
            .map(|request| tokio::spawn(async move { (request.send().await, start.elapsed()) }))
            .into();
        for answer in asking {
            let (answer, after) = answer.await.unwrap();
            answer.unwrap();
            assert!(after.as_millis() >= 1000, "{after:?}");
        }
    }
}

#[tokio::test]
async fn patience_ends() {
    let server = script(vec![Reply::empty(503)]).await;
    let error = live(&server)
        .1
        .request(Method::PUT, "/a")
        .send()
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.ambiguous()), (Some(503), false));
    assert_eq!(server.lines().len(), 4);
    let told = Diagnostic::from(error).detail;
    assert!(
        told.contains(" It was tried 4 times, with 1 s of waiting in between."),
        "{told}"
    );
    let server = script(vec![Reply::empty(429).header("retry-after", "3600")]).await;
    live(&server).1.get("/a").send().await.unwrap_err();
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = script(vec![
        Reply::empty(301).header("location", "http://elsewhere.test/"),
    ])
    .await;
    let error = live(&server).1.post("/orders/").send().await.unwrap_err();
    let text = error.to_string().replace(server.url(), "[URL]");
    assert_eq!(
        text,
        "POST [URL]/orders/ was answered with 301 Moved Permanently: a redirect to http://elsewhere.test/"
    );
    assert_eq!(server.lines(), ["POST /orders/"]);
}
