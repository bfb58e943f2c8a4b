//! Bound by calls, not by work: applies against the sandbox as a process of its own, with latency, and under a vendor's
//! limit of requests; against the least that latency, width and limit allow.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::measure::{alone, measure};

/// A running sandbox. It is killed when dropped.
struct Sandbox {
    child: Child,
    admin: String,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Sandbox {
    fn start(ours: &str, dir: &Path, latency_ms: u64) -> Sandbox {
        let latency = format!("-latency={latency_ms}");
        let child = alone(ours, &["sandbox", &latency], dir)
            .spawn()
            .expect("the sandbox starts");
        let mut sandbox = Sandbox {
            child,
            admin: String::new(),
        };
        let file = dir.join(".trunkline/sandbox/vendors/endpoints.json");
        let begun = Instant::now();
        while sandbox.admin.is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "no sandbox");
            std::thread::sleep(Duration::from_millis(20));
            let text = std::fs::read(&file).unwrap_or_default();
            let found: Value = serde_json::from_slice(&text).unwrap_or_default();
            sandbox.admin = found["admin"].as_str().unwrap_or_default().to_owned();
        }
        std::thread::sleep(Duration::from_millis(200));
        sandbox
    }

    /// The log from a row on.
    fn log(&self, after: u64) -> Vec<Value> {
        let host = self.admin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the sandbox answers");
        let request =
            format!("GET /log?after={after} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or_default()
    }
}

/// Seconds that a small durable write takes on this disk.
fn commit_seconds(dir: &Path) -> f64 {
    let mut file = std::fs::File::create(dir.join("commits")).expect("a file can be made");
    let began = Instant::now();
    for n in 0..50_u8 {
        file.write_all(&[n; 4096]).expect("a page can be written");
        file.sync_data().expect("it can be flushed");
    }
    began.elapsed().as_secs_f64() / 50.0
}

/// Applies a saved plan; wall seconds and the calls that it made.
fn apply(ours: &str, dir: &Path, sandbox: &Sandbox, parallelism: &str) -> (f64, Vec<Value>) {
    let limit = Duration::from_secs(900);
    let plan = [
        "plan",
        "-sandbox",
        "-input=false",
        "-out=saved.plan",
        parallelism,
    ];
    measure(ours, &plan, dir, limit).expect("it ends");
    let last = sandbox
        .log(0)
        .last()
        .map_or(0, |row| row["seq"].as_u64().unwrap_or(0));
    let run = ["apply", "-sandbox", parallelism, "saved.plan"];
    let cost = measure(ours, &run, dir, limit).expect("it ends");
    // Rows without an effect are written with the next.
    let log = sandbox.log(last);
    let calls = log.into_iter().filter(|row| row["source"] == "api");
    (cost.wall_seconds, calls.collect())
}

const CONTACT_PRO: &str = r#"
provider "sinchcontactpro" {
  base_url = "https://gateway.acme.test/p/rci"
  username = "trunkline.api"
  password = "Sandbox-only-not-a-password-1"
  api_key  = "sandbox-only-not-a-secret-contact-pro-00000"
}
"#;

/// 2,000 queues in waves of 100, 50 ms a call.
pub fn waves(ours: &str) {
    const LATENCY: f64 = 0.05;
    const WIDTH: usize = 100;
    const WAVES: usize = 20;
    /// So many calls at once does the client of Contact Pro make, whatever -parallelism says.
    const AT_ONCE: usize = 4;
    let dir = tempfile::tempdir().expect("a folder can be made");
    let mut text = CONTACT_PRO.to_owned();
    for wave in 0..WAVES {
        let after = match wave {
            0 => String::new(),
            _ => format!("  depends_on = [sinchcontactpro_queue.w{}]\n", wave - 1),
        };
        text.push_str(&format!(
            "resource \"sinchcontactpro_queue\" \"w{wave}\" {{\n  count = {WIDTH}\n  name  = \"wave {wave} queue ${{count.index}}\"\n{after}}}\n"
        ));
    }
    std::fs::write(dir.path().join("main.tf"), text).expect("a file can be written");
    let sandbox = Sandbox::start(ours, dir.path(), (LATENCY * 1000.0) as u64);
    let (wall, calls) = apply(ours, dir.path(), &sandbox, "-parallelism=100");
    let each = (calls.len() as f64 / (WIDTH * WAVES) as f64).max(1.0);
    let path = WAVES as f64 * each * LATENCY;
    let width = calls.len() as f64 * LATENCY / AT_ONCE as f64;
    let commits = 2.0 * WAVES as f64 * commit_seconds(dir.path());
    println!(
        "{} objects in waves of {WIDTH}, {LATENCY} s a call: {} calls ({each:.2} an object), apply {wall:.2} s; critical path {path:.2} s, {AT_ONCE} calls at once {width:.2} s, two commits a wave {commits:.2} s: {:.2} × the least",
        WIDTH * WAVES,
        calls.len(),
        (wall - commits) / path.max(width)
    );
}

const GENESYS: &str = r#"
provider "genesyscloud" {
  oauthclient_id     = "5a0d0000-0000-4000-8000-000000000005"
  oauthclient_secret = "sandbox-only-not-a-secret-genesys-cloud-000"
  aws_region         = "us-east-1"
}
"#;

/// Roles under Genesys Cloud's limit of 300 requests a minute.
pub fn limited(ours: &str) {
    const ROLES: usize = 300;
    const A_MINUTE: f64 = 300.0;
    let dir = tempfile::tempdir().expect("a folder can be made");
    let text = format!(
        "{GENESYS}resource \"genesyscloud_auth_role\" \"r\" {{\n  count       = {ROLES}\n  name        = \"Role ${{count.index}}\"\n}}\n"
    );
    std::fs::write(dir.path().join("main.tf"), text).expect("a file can be written");
    let sandbox = Sandbox::start(ours, dir.path(), 0);
    let (wall, calls) = apply(ours, dir.path(), &sandbox, "-parallelism=20");
    let refused = calls.iter().filter(|row| row["status"] == 429).count();
    let api = calls
        .iter()
        .filter(|row| row["service"] == "genesyscloud.api")
        .count();
    // A minute's calls may go at its beginning.
    let least = (api.saturating_sub(1) / A_MINUTE as usize * 60) as f64;
    println!(
        "{ROLES} roles under a limit of {A_MINUTE} a minute: {api} calls, {refused} of them refused with 429, apply {wall:.1} s; calls ÷ limit {:.1} s, of which those of a minute may go at once: at least {least:.1} s",
        api as f64 / A_MINUTE * 60.0
    );
}
