//! Searching files, output and arguments for secrets, however they are written.
//!
//! It does not know what is a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde_json::json;

use crate::harness::Dir;

/// Everything that was printed, and where files are.
pub struct Search {
    /// What was run, and what it printed; arguments of processes too.
    pub printed: Vec<(String, Vec<u8>)>,
    places: Vec<PathBuf>,
}

impl Search {
    pub fn new(places: &[&Path]) -> Search {
        Search {
            printed: Vec::new(),
            places: places.iter().map(|p| p.to_path_buf()).collect(),
        }
    }

    /// Runs a command and keeps what it printed, and with what arguments it started others. Its exit code.
    pub fn run(&mut self, dir: &Dir, line: &str, environment: &[(&str, &str)]) -> Option<i32> {
        self.answer(dir, line, "", environment)
    }

    /// The same with `input` on standard input.
    pub fn answer(
        &mut self,
        dir: &Dir,
        line: &str,
        input: &str,
        environment: &[(&str, &str)],
    ) -> Option<i32> {
        let mut child = start(dir, line, environment);
        // A program that asks nothing may have closed its input already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let watch = Watch::begin(&child);
        let output = child.wait_with_output().unwrap();
        let arguments = watch.end();
        self.printed.push((line.to_owned(), both(&output)));
        let started = format!("a process that {line} started");
        self.printed.push((started, arguments.join(&b'\n')));
        output.status.code()
    }

    /// Insists that none of these is anywhere. The first of each pair is its name.
    pub fn find_none(&self, secrets: &[(&str, String)]) {
        let mut found = Vec::new();
        let needles = Needles::new(secrets);
        let mut files = 0;
        for place in &self.places {
            for (path, bytes) in all_files(place) {
                files += 1;
                let name = path.display().to_string();
                found.extend(needles.hits(&bytes).map(|n| format!("{n} in {name}")));
            }
        }
        for (line, bytes) in &self.printed {
            found.extend(
                needles
                    .hits(bytes)
                    .map(|n| format!("{n} printed by {line}")),
            );
        }
        assert!(files > 0 && !self.printed.is_empty());
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// What is searched for, in every form.
struct Needles {
    names: Vec<String>,
    all: AhoCorasick,
}

impl Needles {
    fn new(secrets: &[(&str, String)]) -> Needles {
        let forms = secrets.iter().flat_map(|(name, secret)| {
            let forms = forms(secret).into_iter();
            forms.map(move |(form, bytes)| (format!("{name} {form}"), bytes))
        });
        let (names, needles): (Vec<String>, Vec<Vec<u8>>) = forms.unzip();
        Needles {
            names,
            all: AhoCorasick::new(needles).unwrap(),
        }
    }

    /// The names of those that are there, once each.
    fn hits(&self, bytes: &[u8]) -> impl Iterator<Item = &str> {
        let hits = self.all.find_overlapping_iter(bytes);
        let names: BTreeSet<&str> = hits
            .map(|hit| self.names[hit.pattern().as_usize()].as_str())
            .collect();
        names.into_iter()
    }
}

/// Looks again and again which processes a program has started, and keeps their arguments. What comes and goes between
/// two looks is missed.
struct Watch {
    end: Arc<AtomicBool>,
    looking: JoinHandle<BTreeMap<u32, Vec<u8>>>,
}

impl Watch {
    fn begin(child: &Child) -> Watch {
        let (end, root) = (Arc::new(AtomicBool::new(false)), child.id());
        let ending = Arc::clone(&end);
        let looking = std::thread::spawn(move || {
            let mut seen = BTreeMap::new();
            while !ending.load(Ordering::SeqCst) {
                for pid in descendants(root) {
                    let arguments = std::fs::read(format!("/proc/{pid}/cmdline"));
                    // A process is a copy of its parent until it begins its own program.
                    seen.extend(arguments.ok().filter(|a| !a.is_empty()).map(|a| (pid, a)));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        Watch { end, looking }
    }

    fn end(self) -> Vec<Vec<u8>> {
        self.end.store(true, Ordering::SeqCst);
        self.looking.join().unwrap().into_values().collect()
    }
}

/// The processes below one, where the system tells.
fn descendants(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // After the name, which may hold anything: the state, and the parent.
        let parent = stat.rsplit(')').next().unwrap_or_default();
        let parent = parent.split_whitespace().nth(1);
        if let Some(parent) = parent.and_then(|p| p.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut below = Vec::new();
    let mut left = vec![root];
    while let Some(pid) = left.pop() {
        let of = children.remove(&pid).unwrap_or_default();
        left.extend(&of);
        below.extend(of);
    }
    below
}

fn all_files(place: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(all_files(&path)),
            false => files.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
    files
}

/// A secret as it might be written, with the name of the form.
pub fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let json = serde_json::to_string(secret).unwrap();
    let percent = |keep: fn(u8) -> bool, upper: bool| -> String {
        let one = |b: &u8| match (keep(*b), upper) {
            (true, _) => char::from(*b).to_string(),
            (false, true) => format!("%{b:02X}"),
            (false, false) => format!("%{b:02x}"),
        };
        bytes.iter().map(one).collect()
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let form = |b: u8| b.is_ascii_alphanumeric() || b"-_.*".contains(&b);
    let escaped: String = secret
        .encode_utf16()
        .map(|u| match u {
            0x20..0x7f => char::from(u as u8).to_string(),
            _ => format!("\\u{u:04x}"),
        })
        .collect();
    let debug = format!("{bytes:?}");
    let mut forms = vec![
        ("in clear", bytes.to_vec()),
        ("in hexadecimal", hex.clone().into_bytes()),
        ("in hexadecimal", hex.to_uppercase().into_bytes()),
        ("as JSON", json[1..json.len() - 1].into()),
        ("as ASCII JSON", escaped.into_bytes()),
        ("URL-encoded", percent(plain, true).into_bytes()),
        ("URL-encoded", percent(plain, false).into_bytes()),
        (
            "form-encoded",
            percent(form, true).replace("%20", "+").into_bytes(),
        ),
        ("as numbers", debug[1..debug.len() - 1].into()),
        (
            "as UTF-16",
            secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
    ];
    for alphabet in [STANDARD, URL_SAFE] {
        let engine = GeneralPurpose::new(&alphabet, NO_PAD);
        for before in 0..3 {
            // As a part of a longer text: what depends on the neighbours is cut off.
            let padded = [vec![0; before], bytes.to_vec()].concat();
            let text = engine.encode(padded).into_bytes();
            let begin = [0, 2, 3][before];
            let end = (before + bytes.len()) * 8 / 6;
            forms.push(("in base64", text[begin..end].to_vec()));
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

fn start(dir: &Dir, line: &str, environment: &[(&str, &str)]) -> Child {
    let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
    command
        .args(line.split_whitespace())
        .envs(environment.iter().copied());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn both(output: &Output) -> Vec<u8> {
    [output.stdout.as_slice(), &output.stderr].concat()
}

/// Runs a command whose output may hold secrets: its exit code, and all that it printed.
pub fn raw(dir: &Dir, line: &str, environment: &[(&str, &str)]) -> (Option<i32>, Vec<u8>) {
    let output = start(dir, line, environment).wait_with_output().unwrap();
    (output.status.code(), both(&output))
}

#[test]
fn encoded_secrets_are_found() {
    let secret = "pä ss\"w/o+rd\\";
    let needles = Needles::new(&[("", secret.to_owned())]);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("user:{secret}:more"));
    let found = |text: &str| {
        let names: Vec<&str> = needles.hits(text.as_bytes()).map(str::trim).collect();
        names.first().map(|name| (*name).to_owned())
    };
    assert_eq!(
        found(&format!("Authorization: Basic {basic}")).as_deref(),
        Some("in base64")
    );
    assert_eq!(
        found(&json!({ "password": secret }).to_string()).as_deref(),
        Some("as JSON")
    );
    assert_eq!(
        found("password=p%C3%A4+ss%22w%2Fo%2Brd%5C&x=1").as_deref(),
        Some("form-encoded")
    );
    assert_eq!(
        found("p%c3%a4%20ss%22w%2fo%2brd%5c").as_deref(),
        Some("URL-encoded")
    );
    assert_eq!(found("some other text"), None);
}
