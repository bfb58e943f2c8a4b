//! Requests and replies as plain values, and a listener whose connections can be cut.
//!
//! It must not route, authenticate or know a vendor.

use std::borrow::Cow;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::connect_info::Connected;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::serve::{IncomingStream, Listener};
use base64::Engine as _;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// One request, read to its end.
pub(crate) struct Request {
    pub(crate) service: &'static str,
    pub(crate) method: String,
    /// As sent, without query.
    pub(crate) path: String,
    /// Decoded, without empty first and last segments.
    pub(crate) segments: Vec<String>,
    /// The path ends with a slash (and is not just one).
    pub(crate) slash: bool,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why a body is not the JSON that was asked for.
pub(crate) enum BodyError {
    /// The content type, or what was sent for it.
    ContentType(String),
    /// Position of the syntax error; never the text.
    Syntax { line: usize, column: usize },
}

impl Request {
    pub(crate) fn new(
        service: &'static str,
        method: String,
        uri: &axum::http::Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let path = uri.path().to_owned();
        let slash = path.len() > 1 && path.ends_with('/');
        let mut inner = path.as_str();
        inner = inner.strip_prefix('/').unwrap_or(inner);
        if slash {
            inner = inner.strip_suffix('/').unwrap_or(inner);
        }
        let segments = if inner.is_empty() {
            Vec::new()
        } else {
            inner
                .split('/')
                .map(|s| percent_decode_str(s).decode_utf8_lossy().into_owned())
                .collect()
        };
        let query = pairs(uri.query().unwrap_or("").as_bytes());
        Self {
            service,
            method,
            path,
            segments,
            slash,
            query,
            headers,
            body,
        }
    }

    pub(crate) fn seg(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    fn media_type(&self) -> String {
        self.header("content-type")
            .unwrap_or("")
            .split(';')
            .next()
            .unwrap_or("")
            .trim()
            .to_ascii_lowercase()
    }

    /// The body as JSON, if it is declared as JSON.
    pub(crate) fn json(&self) -> Result<Value, BodyError> {
        let media = self.media_type();
        if media != "application/json" {
            return Err(BodyError::ContentType(media));
        }
        serde_json::from_slice(&self.body).map_err(|e| BodyError::Syntax {
            line: e.line(),
            column: e.column(),
        })
    }

    /// The body as a form, if it is declared as a form.
    pub(crate) fn form(&self) -> Option<Vec<(String, String)>> {
        (self.media_type() == "application/x-www-form-urlencoded").then(|| pairs(&self.body))
    }

    /// The part of `Authorization` after its scheme.
    fn authorization(&self, scheme: &str) -> Option<&str> {
        let (name, rest) = self.header("authorization")?.split_once(' ')?;
        name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("bearer").filter(|t| !t.is_empty())
    }

    /// User and password of basic authentication.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        basic_of(self.header("authorization")?)
    }

    /// Whether `Accept` allows an answer of this type (`text/html`…); one that is missing allows everything.
    pub(crate) fn accepts(&self, media: &str) -> bool {
        let Some(accept) = self.header("accept") else {
            return true;
        };
        let family = media.split('/').next().unwrap_or_default();
        accept.split(',').any(|range| {
            let range = range.split(';').next().unwrap_or_default().trim();
            range == "*/*" || range == media || range.strip_suffix("/*") == Some(family)
        })
    }

    /// One cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.header("cookie")?.split(';').find_map(|pair| {
            let (n, value) = pair.trim().split_once('=')?;
            (n == name && !value.is_empty()).then_some(value)
        })
    }
}

/// User and password of a value `Basic …`.
pub(crate) fn basic_of(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(encoded.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

/// An answer before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers build the value in place"
    )]
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: "application/json",
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: "",
            body: Vec::new(),
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What a proxy answers in the place of the service.
    pub(crate) fn page() -> Self {
        let mut reply = Self::empty(200);
        reply.content_type = "text/html";
        reply.body = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>\n".to_vec();
        reply
    }

    /// Half of the body, called HTML, with a good status: what a broken proxy makes of an answer.
    pub(crate) fn mangled(mut self) -> Self {
        self.status = 200;
        self.content_type = "text/html";
        self.body.truncate(self.body.len() / 2);
        self.body.extend_from_slice(b"{\"unterminated\": ");
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !self.content_type.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(self.content_type));
        }
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name.as_ref()),
                HeaderValue::from_str(&value),
            ) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// How far what is written to a connection arrives.
#[derive(Debug, Clone, Copy, Default)]
enum Flow {
    /// All of it.
    #[default]
    Whole,
    /// Nothing any more.
    Cut,
    /// Half of the answer that comes next, and nothing after it.
    Half,
    /// Half of the answer that comes next, and the rest after this time.
    Pause(Duration),
}

/// A switch that cuts one connection, at once or within its next answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut(Arc<Mutex<Flow>>);

impl Cut {
    /// Nothing more is written.
    pub(crate) fn cut(&self) {
        self.set(Flow::Cut);
    }

    /// Half of the next answer is written.
    pub(crate) fn cut_within(&self) {
        self.set(Flow::Half);
    }

    /// The next answer stands still half way.
    pub(crate) fn pause_within(&self, time: Duration) {
        self.set(Flow::Pause(time));
    }

    fn set(&self, flow: Flow) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = flow;
    }

    fn flow(&self) -> Flow {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So much of an answer is half of it: its head, and half of its body; if there is no body, half of the head.
fn half(bytes: &[u8]) -> usize {
    const END: &[u8] = b"\r\n\r\n";
    let head = bytes.windows(END.len()).position(|part| part == END);
    match head.map(|at| at + END.len()) {
        Some(head) if head < bytes.len() => head + (bytes.len() - head) / 2,
        _ => bytes.len() / 2,
    }
}

/// A loopback listener that hands out connections with a `Cut`.
pub(crate) struct CutListener(pub(crate) TcpListener);

/// One such connection.
pub(crate) struct CutStream {
    inner: TcpStream,
    cut: Cut,
    /// What is left of a pause.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((inner, address)) => {
                    // Without it small answers may wait for an acknowledgement; it is not needed to be correct.
                    let _ = inner.set_nodelay(true);
                    return (
                        CutStream {
                            inner,
                            cut: Cut::default(),
                            pause: None,
                        },
                        address,
                    );
                }
                // Out of descriptors or a connection that is gone already: try again shortly.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        stream.io().cut.clone()
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let flow = self.cut.flow();
        let end = match flow {
            Flow::Whole => buf.len(),
            Flow::Cut => {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::ConnectionReset,
                    "cut by a fault",
                )));
            }
            Flow::Half | Flow::Pause(_) => half(buf).max(1).min(buf.len()),
        };
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &buf[..end]))?;
        match flow {
            Flow::Half => self.cut.cut(),
            Flow::Pause(time) => {
                self.cut.set(Flow::Whole);
                self.pause = Some(Box::pin(tokio::time::sleep(time)));
            }
            Flow::Whole | Flow::Cut => {}
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
