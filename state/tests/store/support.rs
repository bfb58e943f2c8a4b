//! What the tests share: a store in a directory of its own, rows, requests. No test lives here.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use trunkline_state::{
    Durability, Ending, Event, IndexKey, KeySource, LockRequest, Mode, NewIntent, OpenOptions,
    Output, Row, RowName, RunStart, RunWriter, Stamp, StateError, Store,
};

/// A directory with a store, and another with its keys.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Place {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("trunkline.db")
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn keys(&self) -> KeySource {
        keys_in(self.dir.path())
    }

    pub fn open(&self) -> Store {
        self.try_open().unwrap()
    }

    pub fn try_open(&self) -> Result<Store, StateError> {
        Store::open(options(self.dir.path()))
    }

    /// Runs SQL behind the store's back.
    pub fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(self.path())
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }
}

pub fn keys_in(dir: &Path) -> KeySource {
    KeySource {
        explicit: None,
        default_dir: Some(dir.join("keys")),
        may_create: true,
    }
}

pub fn options(dir: &Path) -> OpenOptions {
    OpenOptions {
        path: dir.join("trunkline.db"),
        stamp: Stamp::Live,
        keys: keys_in(dir),
        create: true,
        lineage: Some("5a3c".to_owned()),
    }
}

pub fn start(id: &str) -> RunStart {
    RunStart {
        id: id.to_owned(),
        started: "2030-01-02T03:04:05Z".to_owned(),
        operation: "apply".to_owned(),
        who: "ann@desk".to_owned(),
        ..RunStart::default()
    }
}

pub fn ending() -> Ending {
    Ending {
        finished: "2030-01-02T03:05:00Z".to_owned(),
        result: "ok".to_owned(),
        ..Ending::default()
    }
}

/// Does something in a run of its own.
pub fn in_run(store: &Store, id: &str, act: impl FnOnce(&RunWriter)) {
    let run = store.begin_run(start(id));
    act(&run);
    run.finish(ending()).wait().unwrap();
}

/// A row of the root module; `address` is `type.name` or `type.name[index]`.
pub fn row(address: &str, attributes: &str) -> Row {
    let (resource, index_key) = match address.split_once('[') {
        None => (address, None),
        Some((resource, index)) => {
            let index = index.trim_end_matches(']');
            let key = index.parse().map_or_else(
                |_| IndexKey::Str(index.trim_matches('"').into()),
                IndexKey::Int,
            );
            (resource, Some(key))
        }
    };
    let (type_name, name) = resource.split_once('.').unwrap();
    Row {
        key: RowName::current(address),
        module: "".into(),
        mode: Mode::Managed,
        type_name: type_name.into(),
        name: name.into(),
        index_key,
        provider: "provider[\"trunkline/test\"]".into(),
        schema_version: 0,
        tainted: false,
        create_before_destroy: false,
        dependencies: Arc::default(),
        attributes: attributes.into(),
        private: Vec::new(),
        version: 0,
    }
}

pub fn output(name: &str, value: &str) -> Output {
    Output {
        name: name.to_owned(),
        sensitive: true,
        value: value.into(),
        value_type: b"\"string\"".to_vec(),
        version: 0,
    }
}

pub fn intent(operation_id: &str, address: &str) -> NewIntent {
    NewIntent {
        operation_id: operation_id.to_owned(),
        key: RowName::current(address),
        action: "create".to_owned(),
        provider: "provider[\"trunkline/test\"]".to_owned(),
        type_name: "t".to_owned(),
        payload: b"planned".to_vec(),
        note: b"note".to_vec(),
    }
}

pub fn lock_request(id: &str) -> LockRequest {
    LockRequest {
        id: id.to_owned(),
        operation: "apply".to_owned(),
        who: "ann@desk".to_owned(),
        host: "desk".to_owned(),
        since: "2030-01-02T03:04:05Z".to_owned(),
        timeout: Duration::ZERO,
        stop: std::sync::Arc::default(),
    }
}

/// The rows as `address attributes` lines.
pub fn listing<R: Borrow<Row>>(rows: &[R]) -> Vec<String> {
    rows.iter()
        .map(Borrow::borrow)
        .map(|row| format!("{} {}", row.key, String::from_utf8_lossy(&row.attributes)))
        .collect()
}

pub const DURABLE: Durability = Durability::Durable;
pub const BATCHED: Durability = Durability::Batched;

/// This test binary again, running one test as another process; killed when dropped.
pub struct Child {
    process: std::process::Child,
}

impl Child {
    const VARIABLE: &str = "TRUNKLINE_STATE_TEST_CHILD";

    /// The directory to work in, if this process is such a child.
    pub fn dir() -> Option<PathBuf> {
        std::env::var_os(Self::VARIABLE).map(PathBuf::from)
    }

    pub fn start(test: &str, dir: &Path) -> Self {
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(Self::VARIABLE, dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Child { process }
    }

    pub fn stdout(&mut self) -> ChildStdout {
        self.process.stdout.take().unwrap()
    }

    /// Kills it without warning (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

pub fn event(address: &str, detail: &str) -> Event {
    Event {
        key: RowName::current(address),
        action: "create".to_owned(),
        result: "failed".to_owned(),
        detail: detail.into(),
    }
}
