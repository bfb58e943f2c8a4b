//! A directory of its own for every test, and the program run in it: fixed environment, whole output, redacted.
//!
//! It knows the program only from outside: arguments, environment, files, output and exit code.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use tempfile::TempDir;

/// The key of the state in every test: 32 bytes in base64. Without it the first run makes one, and says so.
pub const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A working directory with a home beside it; both vanish with it.
pub struct Dir {
    root: TempDir,
    environment: BTreeMap<String, String>,
}

/// What a run of the program has left.
pub struct Output {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, redacted.
    pub stdout: String,
    /// Standard error, redacted.
    pub stderr: String,
    /// Standard output as it was.
    pub raw: String,
}

impl Dir {
    /// An empty working directory.
    pub fn empty() -> Dir {
        // Where text is wrapped depends on how long paths are, so they are always of one length.
        let tmp = Path::new("/tmp");
        let at = if tmp.is_dir() {
            tmp.to_owned()
        } else {
            std::env::temp_dir()
        };
        let root = tempfile::Builder::new()
            .prefix("trunkline-test-")
            .tempdir_in(at)
            .unwrap();
        for name in ["work", "home", "tmp"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let at = |name: &str| root.path().join(name).display().to_string();
        let environment = [
            ("HOME", at("home")),
            ("TMPDIR", at("tmp")),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
            ("USER", "tester".into()),
            ("HOSTNAME", "host".into()),
            ("LANG", "C.UTF-8".into()),
            ("TRUNKLINE_STATE_KEY", KEY.into()),
        ];
        let environment = environment
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect();
        Dir { root, environment }
    }

    /// A working directory with a `main.tf`.
    pub fn with(main: &str) -> Dir {
        let dir = Dir::empty();
        dir.write("main.tf", main);
        dir
    }

    /// The working directory.
    pub fn path(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The directory around the working directory; the home is `home` in it.
    pub fn around(&self) -> &Path {
        self.root.path()
    }

    /// Sets a variable for the runs that follow.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.into(), value.into());
    }

    /// Takes a variable away.
    pub fn unset(&mut self, name: &str) {
        self.environment.remove(name);
    }

    /// Writes a file in the working directory.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Whether a file is in the working directory.
    pub fn has(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// Names of the files in the working directory, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A command with the environment of the tests, in the working directory.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.path());
        command
    }

    /// Runs the program; nobody answers its questions.
    #[must_use]
    pub fn run(&self, line: &str) -> Output {
        self.answer(line, "")
    }

    /// Runs the program with `input` on its standard input.
    ///
    /// `line` is split at white space; use [`Dir::run_args`] for arguments that hold some.
    #[must_use]
    pub fn answer(&self, line: &str, input: &str) -> Output {
        let args: Vec<&str> = line.split_whitespace().collect();
        self.finish(self.start(&args), input)
    }

    /// Runs the program with these arguments.
    #[must_use]
    pub fn run_args(&self, args: &[&str]) -> Output {
        self.finish(self.start(args), "")
    }

    /// Starts the program and does not wait for it.
    #[must_use]
    pub fn start(&self, args: &[&str]) -> Child {
        self.find_modules(args);
        let mut command = self.command(env!("CARGO_BIN_EXE_trunkline"));
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Finds the modules of the configuration first, where a test is not about that.
    fn find_modules(&self, args: &[&str]) {
        let own = ["init", "get", "fmt", "-sandbox", "modules"];
        if args.iter().any(|a| own.contains(a)) {
            return;
        }
        let entries = std::fs::read_dir(self.path())
            .into_iter()
            .flatten()
            .flatten();
        let mut texts = entries.filter_map(|e| std::fs::read_to_string(e.path()).ok());
        if texts.any(|text| text.contains("module \"") || text.contains("\"module\"")) {
            let mut get = self.command(env!("CARGO_BIN_EXE_trunkline"));
            drop(get.arg("get").output());
        }
    }

    /// Waits for the program's end.
    #[must_use]
    pub fn finish(&self, mut child: Child, input: &str) -> Output {
        // A program that asks nothing may have closed its input already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let raw = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        Output {
            code: output.status.code(),
            stdout: self.redact(&raw),
            stderr: self.redact(&stderr),
            raw,
        }
    }

    /// Applies without asking, and insists that it goes well.
    pub fn apply(&self, options: &str) -> Output {
        let output = self.run(&format!("apply -auto-approve {options}"));
        assert_eq!(output.code, Some(0), "{output}");
        output
    }

    /// The state as `state pull` gives it.
    pub fn state(&self) -> serde_json::Value {
        let output = self.run("state pull");
        assert_eq!(output.code, Some(0), "{output}");
        serde_json::from_str(&output.raw).unwrap()
    }

    /// The first attribute of this name in the state, of the resource with this address (without key).
    pub fn attribute(&self, resource: &str, name: &str) -> serde_json::Value {
        let (kind, of) = resource.split_once('.').unwrap();
        let state = self.state();
        let mut resources = state["resources"].as_array().unwrap().iter();
        let found = resources
            .find(|r| r["type"] == kind && r["name"] == of)
            .unwrap();
        found["instances"][0]["attributes"][name].clone()
    }

    fn redact(&self, text: &str) -> String {
        let root = std::fs::canonicalize(self.root.path()).unwrap();
        let text = text.replace(&root.display().to_string(), "[DIR]");
        redact(&text.replace(&self.root.path().display().to_string(), "[DIR]"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code {code}")?,
            None => writeln!(f, "ended by a signal")?,
        }
        if !self.stdout.is_empty() {
            write!(f, "--- standard output\n{}", self.stdout)?;
        }
        if !self.stderr.is_empty() {
            write!(f, "--- standard error\n{}", self.stderr)?;
        }
        Ok(())
    }
}

/// Names for what differs from run to run.
pub fn redact(text: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rules = [
            (
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "[ID]",
            ),
            (r"\b[0-9a-f]{16}\b", "[KEY]"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[NOW]"),
            (r"after \d+s", "after [TIME]"),
            (r"process \d+", "process [PID]"),
            (
                r"(deposed object |deposed: |_deposed_|object )[0-9a-f]{8}\b",
                "$1[DEPOSED]",
            ),
        ];
        rules
            .into_iter()
            .map(|(rule, name)| (Regex::new(rule).unwrap(), name))
            .collect()
    });
    let mut text = text.to_owned();
    for (rule, name) in RULES.iter() {
        text = rule.replace_all(&text, *name).into_owned();
    }
    text
}
