//! The sandbox as a process of its own, asked through its admin address.
//!
//! It survives whatever happens to the program, so its log of effects and its objects are the judge. Nothing here knows
//! what the program or a provider thinks.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::Dir;

/// The contact centre of the sandbox and of the example's `sandbox.tfvars`.
pub const CCID: &str = "dc000000-0000-4000-8000-000000000001";
/// The OAuth client that runs the configuration.
pub const CALLER: &str = "5a0d0000-0000-4000-8000-000000000005";
/// The administrator that the example finds.
pub const ADMIN: &str = "5a0d0000-0000-4000-8000-000000000004";
/// The home division.
pub const HOME: &str = "5a0d0000-0000-4000-8000-000000000002";
/// The number that the example orders.
pub const NUMBER: &str = "8005550123";

/// Vendor and kind of every object that a configuration can make. Tokens and offered numbers are none.
const KINDS: [(&str, &str); 9] = [
    ("genesyscloud", "role"),
    ("genesyscloud", "user"),
    ("genesyscloud", "division"),
    ("genesyscloud", "grant"),
    ("genesyscloud", "oauth_client"),
    ("genesyscloud", "tollfree_number"),
    ("digitalchannels", "service"),
    ("digitalchannels", "apikey"),
    ("digitalchannels", "option_section"),
];

/// A running `trunkline sandbox`. It is killed when dropped.
pub struct SandboxProcess {
    child: Child,
    admin: String,
    /// What `endpoints.json` says.
    pub endpoints: Value,
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub source: String,
    pub service: String,
    pub method: String,
    pub path: String,
    pub status: u64,
    /// `create`, `update`, `delete`, `purchase`…; empty when nothing changed.
    pub effect: String,
    pub kind: String,
    pub id: String,
    /// Whether the answer never reached its caller.
    pub lost: bool,
}

impl SandboxProcess {
    /// Starts one in the working directory of `dir`; every answer takes `latency` milliseconds.
    pub fn start(dir: &Dir, latency: u64) -> SandboxProcess {
        let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
        command.args(["sandbox", &format!("-latency={latency}")]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut sandbox = SandboxProcess {
            child: command.spawn().unwrap(),
            admin: String::new(),
            endpoints: Value::Null,
        };
        let file = dir.path().join(".trunkline/sandbox/vendors/endpoints.json");
        let begun = Instant::now();
        while !sandbox.found(&file) {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the sandbox does not start"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        sandbox
    }

    /// Whether the file says where the sandbox listens, and it answers there.
    fn found(&mut self, file: &Path) -> bool {
        let Some(endpoints) = std::fs::read(file)
            .ok()
            .and_then(|b| serde_json::from_slice(&b).ok())
        else {
            return false;
        };
        self.endpoints = endpoints;
        self.admin = self.endpoints["admin"].as_str().unwrap().to_owned();
        let health = call(&self.admin, "GET", "/health", None);
        health.is_some_and(|(_, body)| body["instance"] == self.endpoints["instance"])
    }

    /// Ends it as Ctrl-C does, so that nothing of its log is lost.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap();
        self.child.wait().unwrap();
    }

    /// One admin call; anything but a success is a mistake of the test.
    pub fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, body) = call(&self.admin, method, path, body).unwrap();
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {body}"
        );
        body
    }

    pub fn get(&self, path: &str) -> Value {
        self.admin("GET", path, None)
    }

    /// Changes an object behind the program's back (merge patch).
    pub fn patch(&self, object: &str, body: &Value) {
        self.admin("PATCH", &format!("/objects/{object}"), Some(body));
    }

    /// Removes an object behind the program's back.
    pub fn remove(&self, object: &str) {
        self.admin("DELETE", &format!("/objects/{object}"), None);
    }

    /// Changes how the vendors behave.
    pub fn settings(&self, change: &Value) {
        self.admin("PATCH", "/settings", Some(change));
    }

    /// Arms a fault; see the sandbox's README.
    pub fn fault(&self, fault: &Value) {
        self.admin("POST", "/faults", Some(fault));
    }

    /// Whether every armed fault has struck as often as it should.
    pub fn faults_are_spent(&self) -> bool {
        self.get("/faults") == json!([])
    }

    pub fn heal(&self) {
        self.admin("DELETE", "/faults", None);
    }

    /// All objects of a kind.
    pub fn objects(&self, kind: &str) -> Vec<Value> {
        let vendor = KINDS
            .iter()
            .find(|(_, k)| *k == kind)
            .map_or("genesyscloud", |(v, _)| v);
        self.get(&format!("/objects/{vendor}/{kind}"))
            .as_array()
            .unwrap()
            .clone()
    }

    /// The object of a kind whose member has this text.
    pub fn find(&self, kind: &str, member: &str, text: &str) -> Option<Value> {
        self.objects(kind).into_iter().find(|o| o[member] == text)
    }

    /// `kind id` of every object.
    pub fn everything(&self) -> BTreeSet<String> {
        let of = |kind: &'static str| self.objects(kind).into_iter().map(move |o| name(kind, &o));
        KINDS.iter().flat_map(|(_, kind)| of(kind)).collect()
    }

    /// The log, all of it.
    pub fn log(&self) -> Vec<Row> {
        self.rows("/log")
    }

    /// The rows of the log that changed something, not those of this admin.
    pub fn effects(&self) -> Vec<Row> {
        self.rows("/log?effects=true")
            .into_iter()
            .filter(|r| r.source == "api")
            .collect()
    }

    fn rows(&self, path: &str) -> Vec<Row> {
        let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| Row {
            source: text(row, "source"),
            service: text(row, "service"),
            method: text(row, "method"),
            path: text(row, "path"),
            status: row["status"].as_u64().unwrap_or_default(),
            effect: text(row, "effect"),
            kind: text(row, "kind"),
            id: text(row, "id"),
            lost: row["lost"] == true,
        };
        self.get(path).as_array().unwrap().iter().map(row).collect()
    }

    /// How many numbers were ever bought.
    pub fn purchases(&self) -> usize {
        self.effects()
            .iter()
            .filter(|r| r.effect == "purchase")
            .count()
    }

    /// A call of a simulated service by somebody else: status and body.
    pub fn call(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> (u16, String) {
        let url = self.endpoints["services"][service].as_str().unwrap();
        send(url, method, path, headers, body).unwrap()
    }

    /// Logs in to the simulated Genesys Cloud; the status of the answer.
    pub fn login(&self, client: &str, secret: &str) -> u16 {
        use base64::Engine as _;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{client}:{secret}"));
        let url = self.endpoints["services"]["genesyscloud.login"]
            .as_str()
            .unwrap();
        let headers = format!(
            "authorization: Basic {pair}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        );
        send(
            url,
            "POST",
            "/oauth/token",
            &headers,
            "grant_type=client_credentials",
        )
        .unwrap()
        .0
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What identifies an object here: keys by the hash of the key, which admin shows and a test can compute.
fn name(kind: &str, object: &Value) -> String {
    let member = if kind == "apikey" {
        "secret_sha256"
    } else {
        "id"
    };
    format!("{kind} {}", object[member].as_str().unwrap())
}

/// The hash under which the sandbox keeps a secret.
pub fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

fn call(base: &str, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
    let text = body.map(Value::to_string).unwrap_or_default();
    let headers = if body.is_some() {
        "content-type: application/json\r\n"
    } else {
        ""
    };
    let (status, text) = send(base, method, path, headers, &text)?;
    Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// The smallest HTTP client that the sandbox understands.
fn send(base: &str, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, String)> {
    let address = base.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(120)))
        .ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
