//! What a command takes of the machine that it runs on: environment, clock, ids, keys, and the commit that it is at.
//!
//! It must not print, and knows no command.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use trunkline_state::{ExplicitKey, KeySource};

use crate::apply::journal::{Ids, Probe};

/// So many bytes are drawn at once for random ids.
const DRAWN: usize = 4096;

/// A random (version 4) UUID. An apply makes one for each object, and each question to the system for its randomness costs
/// more than the rest of making an id: bytes are drawn by the block, and each is used once.
pub(super) fn random_id() -> uuid::Uuid {
    static DRAW: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let mut left = DRAW.lock().unwrap_or_else(PoisonError::into_inner);
    if left.is_empty() {
        left.resize(DRAWN, 0);
        if getrandom::fill(&mut left).is_err() {
            left.clear();
            return uuid::Uuid::new_v4();
        }
    }
    let mut bytes = [0; 16];
    let rest = left.len() - bytes.len();
    bytes.copy_from_slice(&left[rest..]);
    left.truncate(rest);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Random ids.
pub(super) struct RandomIds;

impl Ids for RandomIds {
    fn operation(&self) -> String {
        random_id().to_string()
    }

    fn deposed(&self) -> String {
        random_id().simple().to_string()[..8].to_owned()
    }
}

/// In builds for tests, ends the process as a SIGKILL does at the journal point whose number (from 1) the
/// variable `TRUNKLINE_KILL_AT` holds, or as an error of the program does at that of `TRUNKLINE_PANIC_AT`. Does nothing in
/// release builds.
pub(super) fn probe() -> Probe {
    #[cfg(debug_assertions)]
    {
        let at = |name: &str| variable(name).and_then(|n| n.parse::<usize>().ok());
        let (kill, panic) = (at("TRUNKLINE_KILL_AT"), at("TRUNKLINE_PANIC_AT"));
        if kill.or(panic).is_some() {
            let passed = std::sync::atomic::AtomicUsize::new(0);
            return Arc::new(move |_| {
                let nth = passed.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                if kill == Some(nth) {
                    let pid = std::process::id().to_string();
                    drop(
                        std::process::Command::new("kill")
                            .args(["-9", &pid])
                            .status(),
                    );
                    std::process::abort();
                }
                // A real one may quote any value: this one quotes all that the environment gives.
                let given: Vec<_> = std::env::vars_os().collect();
                assert!(panic != Some(nth), "at point {nth} with {given:?}");
            });
        }
    }
    Arc::new(|_| {})
}

/// The clock. In builds for tests the variable `TRUNKLINE_NOW` holds the time, or `@` and the name of a file that does.
pub(super) fn clock() -> jiff::Timestamp {
    #[cfg(debug_assertions)]
    if let Some(text) = variable("TRUNKLINE_NOW") {
        let text = match text.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).unwrap_or_default(),
            None => text,
        };
        if let Ok(time) = text.trim().parse() {
            return time;
        }
    }
    jiff::Timestamp::now()
}

/// Now, in RFC 3339 with whole seconds.
pub(super) fn now() -> String {
    clock().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The name of this machine.
pub(super) fn host() -> String {
    let named = variable("HOSTNAME").or_else(|| {
        let text = std::fs::read_to_string("/etc/hostname").ok()?;
        Some(text.trim().to_owned())
    });
    named.unwrap_or_else(|| "localhost".into())
}

/// The name of the user who works at it.
pub(super) fn user() -> String {
    let named = variable("USER").or_else(|| variable("LOGNAME"));
    let named = named.or_else(user_of_process);
    named.unwrap_or_else(|| "unknown".into())
}

/// The name of the user whom this process belongs to: containers and services often set no variable.
#[cfg(unix)]
fn user_of_process() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn user_of_process() -> Option<String> {
    variable("USERNAME")
}

/// The commit that the working directory is at, where it is in git and git is there.
pub(super) fn git_commit() -> Option<String> {
    let output = std::process::Command::new("git")
        .args(["rev-parse", "--verify", "--quiet", "HEAD"])
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

/// The words of the command line, the program's name first. Of one that is no text, what can be read.
pub(in crate::cli) fn words() -> Vec<String> {
    let words = std::env::args_os();
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// An environment variable that is set to something.
pub(in crate::cli) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The folder of caches and of rehearsals.
pub(in crate::cli) fn data_dir() -> PathBuf {
    PathBuf::from(variable("TRUNKLINE_DATA_DIR").unwrap_or_else(|| ".trunkline".into()))
}

/// Where the user's configuration is.
fn config_dir() -> Option<PathBuf> {
    variable("TRUNKLINE_CONFIG_DIR")
        .map(PathBuf::from)
        .or_else(|| {
            let base = variable("XDG_CONFIG_HOME").map(PathBuf::from);
            let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")));
            Some(base?.join("trunkline"))
        })
}

pub(super) fn keys(rehearse: bool, data_dir: &Path) -> KeySource {
    if rehearse {
        // A rehearsal's state holds nothing real; its key lies beside it and is made without asking.
        return KeySource {
            explicit: None,
            default_dir: Some(data_dir.join("sandbox/keys")),
            may_create: true,
        };
    }
    let explicit = variable("TRUNKLINE_STATE_KEY")
        .map(|text| ExplicitKey::Value(zeroize::Zeroizing::new(text)))
        .or_else(|| {
            Some(ExplicitKey::File(
                variable("TRUNKLINE_STATE_KEY_FILE")?.into(),
            ))
        })
        .or_else(|| {
            Some(ExplicitKey::Command(variable(
                "TRUNKLINE_STATE_KEY_COMMAND",
            )?))
        });
    KeySource {
        explicit,
        default_dir: config_dir().map(|dir| dir.join("keys")),
        may_create: variable("CI").is_none(),
    }
}
