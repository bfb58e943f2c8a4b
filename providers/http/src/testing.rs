//! A scripted HTTP server on loopback, for tests: it answers what a closure says and keeps what it got.
//!
//! It is strict about nothing; the tests are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method.
    pub method: String,
    /// The path, still percent-encoded, without the query.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Received {
    /// `METHOD path` or `METHOD path?query`.
    #[must_use]
    pub fn line(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{} {}{mark}{}", self.method, self.path, self.query)
    }

    /// The header `name`, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON; null when it is not.
    #[must_use]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or(Json::Null)
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Close the connection without an answer.
    Drop,
    /// Keep the connection open and never answer.
    Silence,
    /// Half of an answer, then close the connection.
    Half(Box<Reply>),
    /// Half of an answer, then a letter now and then, without end.
    Trickle(Box<Reply>),
}

impl Reply {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &Json) -> Reply {
        let headers = vec![("content-type", "application/json".to_owned())];
        Reply::Answer(status, headers, body.to_string())
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Reply {
        Reply::Answer(status, Vec::new(), String::new())
    }

    /// The same with a header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        if let Reply::Answer(_, headers, _) = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

type Log = Arc<Mutex<Vec<Received>>>;

/// A running server. It stops with the test's runtime.
pub struct Server {
    url: String,
    log: Log,
}

impl Server {
    /// Starts one on a free port; `answer` is called for each request, in the order of arrival.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(
        answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let log = Log::default();
        let (answer, kept) = (Arc::new(answer), log.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (answer.clone(), kept.clone());
                tokio::spawn(async move { serve(stream, &*answer, &log).await });
            }
        });
        Ok(Server { url, log })
    }

    /// The base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything received so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// [`Received::line`] of everything received so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.received().iter().map(Received::line).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&Received) -> Reply + Send + Sync),
    log: &Log,
) {
    let Some(request) = receive(&mut stream).await else {
        return;
    };
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request.clone());
    match answer(&request) {
        Reply::Silence => std::future::pending().await,
        Reply::Trickle(whole) => {
            let (head, body) = text_of(&whole, 1 << 30);
            let begun = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let mut goes_on = begun.is_ok();
            while goes_on {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                goes_on = stream.write_all(b" ").await.is_ok();
            }
        }
        Reply::Half(whole) => {
            let (head, body) = text_of(&whole, 0);
            let half = body.get(..body.len() / 2).unwrap_or_default();
            let _ = stream.write_all(format!("{head}{half}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        whole => {
            let (head, body) = text_of(&whole, 0);
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    }
}

/// Head and body of an answer, whose head promises so many letters `more`; nothing for what is no answer.
fn text_of(reply: &Reply, more: usize) -> (String, String) {
    let Reply::Answer(status, headers, body) = reply else {
        return (String::new(), String::new());
    };
    let length = body.len() + more;
    let mut head =
        format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    (head, body.clone())
}

async fn receive(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => body.extend_from_slice(&chunk[..n]),
        }
    }
    Some(Received {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
