//! The two signatures that callers need, written down a second time so that the crate's own are judged.
//!
//! Hashes come from `aws-lc-rs`; nothing else is shared with the crate.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::{digest, hmac};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hmac256(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// Percent-encodes all but the unreserved characters.
pub fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                (b as char).to_string()
            }
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// A caller of Alibaba Cloud; every method makes one thing wrong.
#[derive(Debug, Clone)]
pub struct Acs {
    id: String,
    secret: String,
    token: Option<String>,
    date: String,
    version: String,
    nonce: Option<String>,
    body_hash: String,
    without: Option<String>,
    unsigned: Option<String>,
}

/// What goes on the wire.
pub struct Signed {
    pub query: String,
    pub headers: Vec<(String, String)>,
}

impl Acs {
    /// The engine's access key, at the time at which the clock of the tests stands.
    pub fn engine() -> Self {
        Self {
            id: "LTAI5tSandboxOnly00000001".into(),
            secret: "sandbox-only-not-a-secret-chatapp-00001".into(),
            token: None,
            date: "2026-09-21T14:13:20Z".into(),
            version: "2020-06-06".into(),
            nonce: None,
            body_hash: sha256(b""),
            without: None,
            unsigned: None,
        }
    }

    pub fn temporary() -> Self {
        Self::engine()
            .key("STS.SandboxOnly00000000004")
            .secret("sandbox-only-not-a-secret-chatapp-00004")
            .token("sandbox-only-not-a-token/chatapp==")
    }

    pub fn key(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    pub fn secret(mut self, secret: &str) -> Self {
        self.secret = secret.into();
        self
    }

    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.into());
        self
    }

    pub fn date(mut self, date: &str) -> Self {
        self.date = date.into();
        self
    }

    pub fn version(mut self, version: &str) -> Self {
        self.version = version.into();
        self
    }

    pub fn nonce(mut self, nonce: &str) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    pub fn body_hash(mut self, hash: &str) -> Self {
        self.body_hash = hash.into();
        self
    }

    pub fn without(mut self, header: &str) -> Self {
        self.without = Some(header.into());
        self
    }

    pub fn unsigned(mut self, header: &str) -> Self {
        self.unsigned = Some(header.into());
        self
    }

    pub fn sign(&self, host: &str, action: &str, params: &[(&str, &str)]) -> Signed {
        static NONCES: AtomicU64 = AtomicU64::new(0);
        let nonce = self
            .nonce
            .clone()
            .unwrap_or_else(|| format!("nonce-{}", NONCES.fetch_add(1, Ordering::Relaxed)));
        let mut headers: Vec<(String, String)> = [
            ("host", host),
            ("x-acs-action", action),
            ("x-acs-content-sha256", &self.body_hash),
            ("x-acs-date", &self.date),
            ("x-acs-signature-nonce", &nonce),
            ("x-acs-version", &self.version),
        ]
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
        if let Some(token) = &self.token {
            headers.push(("x-acs-accesskey-id".into(), self.id.clone()));
            headers.push(("x-acs-security-token".into(), token.clone()));
        }
        headers.retain(|(n, _)| self.without.as_ref() != Some(n));
        headers.sort();
        let mut pairs: Vec<String> = params
            .iter()
            .map(|(n, v)| format!("{}={}", escape(n), escape(v)))
            .collect();
        pairs.sort();
        let query = pairs.join("&");
        let signed: Vec<&(String, String)> = headers
            .iter()
            .filter(|(n, _)| self.unsigned.as_ref() != Some(n))
            .collect();
        let names: Vec<&str> = signed.iter().map(|(n, _)| n.as_str()).collect();
        let block: String = signed.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let canonical = format!(
            "POST\n/\n{query}\n{block}\n{}\n{}",
            names.join(";"),
            self.body_hash
        );
        let text = format!("ACS3-HMAC-SHA256\n{}", sha256(canonical.as_bytes()));
        let signature = hex(&hmac256(self.secret.as_bytes(), &text));
        let authorization = format!(
            "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={signature}",
            self.id,
            names.join(";")
        );
        headers.push(("authorization".into(), authorization));
        Signed {
            query: if query.is_empty() {
                query
            } else {
                format!("?{query}")
            },
            headers,
        }
    }
}

/// A caller of the bucket service; every method makes one thing wrong.
#[derive(Debug, Clone)]
pub struct Aws {
    id: String,
    secret: String,
    region: String,
    time: String,
    payload: Option<String>,
    unsigned: Option<String>,
}

impl Aws {
    pub fn engine() -> Self {
        Self {
            id: "AKIASANDBOXONLY00001".into(),
            secret: "sandbox-only-not-a-secret-bucket-0000001".into(),
            region: "us-east-1".into(),
            time: "20260921T141320Z".into(),
            payload: None,
            unsigned: None,
        }
    }

    pub fn key(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    pub fn secret(mut self, secret: &str) -> Self {
        self.secret = secret.into();
        self
    }

    pub fn region(mut self, region: &str) -> Self {
        self.region = region.into();
        self
    }

    pub fn time(mut self, time: &str) -> Self {
        self.time = time.into();
        self
    }

    pub fn payload(mut self, hash: &str) -> Self {
        self.payload = Some(hash.into());
        self
    }

    pub fn unsigned(mut self, header: &str) -> Self {
        self.unsigned = Some(header.into());
        self
    }

    /// The headers of a request, whose path and query are written as they are signed.
    pub fn sign(
        &self,
        host: &str,
        line: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> Vec<(String, String)> {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let payload = self
            .payload
            .clone()
            .unwrap_or_else(|| sha256(body.as_bytes()));
        let mut headers: Vec<(String, String)> = more
            .iter()
            .chain(&[
                ("host", host),
                ("x-amz-date", &self.time),
                ("x-amz-content-sha256", &payload),
            ])
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        headers.sort();
        let signed: Vec<&(String, String)> = headers
            .iter()
            .filter(|(n, _)| self.unsigned.as_ref() != Some(n))
            .collect();
        let names: Vec<&str> = signed.iter().map(|(n, _)| n.as_str()).collect();
        let block: String = signed.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let mut pairs: Vec<&str> = query.split('&').filter(|p| !p.is_empty()).collect();
        pairs.sort_unstable();
        let canonical = format!(
            "{method}\n{path}\n{}\n{block}\n{}\n{payload}",
            pairs.join("&"),
            names.join(";")
        );
        let scope = format!("{}/{}/s3/aws4_request", &self.time[..8], self.region);
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
            self.time,
            sha256(canonical.as_bytes())
        );
        let key = scope
            .split('/')
            .fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| {
                hmac256(&key, part)
            });
        let signature = hex(&hmac256(&key, &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            self.id,
            names.join(";")
        );
        headers.push(("authorization".into(), authorization));
        headers
    }
}
