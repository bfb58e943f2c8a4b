//! Keys: the key that wraps a state's data key, and where it comes from.
//!
//! It must not read the environment (callers hand in what it says), nor make a key where a store exists.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use crate::error::StateError;
use crate::seal::{fill_random, hex, sha256};

/// A key-encryption key: 32 bytes. Never shown by `Debug`, wiped on drop.
#[derive(Clone)]
pub struct StateKey {
    bytes: Zeroizing<[u8; 32]>,
}

impl StateKey {
    /// Draws a new key from the system's randomness.
    pub fn generate() -> Result<Self, StateError> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill_random(&mut bytes[..])?;
        Ok(StateKey { bytes })
    }

    /// Reads a key from base64 text; blank lines and lines that begin with `#` are skipped. `source_text`
    /// names where the text came from, for the error.
    pub fn parse(text: &str, source_text: &str) -> Result<Self, StateError> {
        let invalid = |reason: String| StateError::KeyInvalid {
            source_text: source_text.to_owned(),
            reason,
        };
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let line = lines
            .next()
            .ok_or_else(|| invalid("it is empty".to_owned()))?;
        if lines.next().is_some() {
            return Err(invalid("it has more than one line".to_owned()));
        }
        let decoded = Zeroizing::new(
            BASE64
                .decode(line)
                .map_err(|_| invalid("it is not base64".to_owned()))?,
        );
        let mut bytes = Zeroizing::new([0; 32]);
        if decoded.len() != bytes.len() {
            return Err(invalid(format!("it has {} bytes", decoded.len())));
        }
        bytes.copy_from_slice(&decoded);
        Ok(StateKey { bytes })
    }

    /// The key's public name: the first 16 hexadecimal digits of its SHA-256.
    pub fn id(&self) -> String {
        hex(&sha256(&self.bytes[..])[..8])
    }

    /// The key in base64, for `state key export`. Whoever has this text can read the state.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(&self.bytes[..]))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StateKey({}, redacted)", self.id())
    }
}

/// A key that the environment or the user's own configuration names.
#[derive(Clone)]
pub enum ExplicitKey {
    /// The key itself, in base64 (`TRUNKLINE_STATE_KEY`).
    Value(Zeroizing<String>),
    /// A file that holds it in base64 (`TRUNKLINE_STATE_KEY_FILE`).
    File(PathBuf),
    /// A shell command that prints it in base64 (`TRUNKLINE_STATE_KEY_COMMAND`). Its standard error goes to
    /// the user's terminal.
    Command(String),
}

impl fmt::Debug for ExplicitKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExplicitKey::Value(_) => formatter.write_str("Value(redacted)"),
            ExplicitKey::File(path) => formatter.debug_tuple("File").field(path).finish(),
            ExplicitKey::Command(_) => formatter.write_str("Command(redacted)"),
        }
    }
}

/// Where the key of a store is looked for.
#[derive(Debug, Clone, Default)]
pub struct KeySource {
    /// What environment or user configuration names; nothing else is tried then.
    pub explicit: Option<ExplicitKey>,
    /// The directory of default key files, `<config dir>/trunkline/keys`; a key file is `<id>.key`.
    pub default_dir: Option<PathBuf>,
    /// Whether a new store may make a key file in `default_dir` (no when `CI` is set).
    pub may_create: bool,
}

/// A key file that was made for a new store; to be told to the user once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedKey {
    /// The file, mode 0600.
    pub path: PathBuf,
    /// The key's id.
    pub id: String,
}

impl KeySource {
    /// Finds the key of an existing store, by its id. Never makes one.
    pub(crate) fn find(&self, store: &Path, id: &str) -> Result<StateKey, StateError> {
        let (key, source_text) = match (&self.explicit, &self.default_dir) {
            (Some(explicit), _) => (explicit.read()?, explicit.describe()),
            (None, Some(dir)) => {
                let path = key_path(dir, id);
                match fs::read_to_string(&path).map(Zeroizing::new) {
                    Ok(text) => {
                        let described = format!("the key file {}", path.display());
                        (StateKey::parse(&text, &described)?, described)
                    }
                    Err(error) => {
                        return Err(StateError::KeyMissing {
                            path: store.to_path_buf(),
                            id: id.to_owned(),
                            looked: format!(
                                "no key was given, and {} {}",
                                path.display(),
                                unread(&error)
                            ),
                        });
                    }
                }
            }
            (None, None) => {
                return Err(StateError::KeyMissing {
                    path: store.to_path_buf(),
                    id: id.to_owned(),
                    looked: "no key was given, and this user has no configuration directory"
                        .to_owned(),
                });
            }
        };
        let found = key.id();
        if found == id {
            return Ok(key);
        }
        Err(StateError::KeyWrong {
            path: store.to_path_buf(),
            expected: id.to_owned(),
            found,
            source_text,
        })
    }

    /// A warning if others than its owner can read the key file of the key `id`.
    pub(crate) fn exposure(&self, id: &str) -> Option<String> {
        let path = match (&self.explicit, &self.default_dir) {
            (Some(ExplicitKey::File(path)), _) => path.clone(),
            (None, Some(dir)) => key_path(dir, id),
            _ => return None,
        };
        readable_by_others(&path).then(|| {
            format!(
                "The key file {} can be read by other users of this machine, and with it the state; restrict it with \
                 `chmod 600`.",
                path.display()
            )
        })
    }

    /// The key for a new store: the explicit one, or a new key file.
    pub(crate) fn find_or_create(&self) -> Result<(StateKey, Option<CreatedKey>), StateError> {
        if let Some(explicit) = &self.explicit {
            return Ok((explicit.read()?, None));
        }
        self.create().map(|(key, created)| (key, Some(created)))
    }

    /// Makes a new key file in the default directory.
    pub(crate) fn create(&self) -> Result<(StateKey, CreatedKey), StateError> {
        let no_key = |reason: &str| StateError::NoKey {
            reason: reason.to_owned(),
        };
        let dir = self.default_dir.as_deref().ok_or_else(|| {
            no_key("this user has no configuration directory to keep a key file in")
        })?;
        if !self.may_create {
            return Err(no_key(
                "a key file is not made silently when CI is set, because it would be lost with the machine",
            ));
        }
        let key = StateKey::generate()?;
        let path = write_key(dir, &key)?;
        let id = key.id();
        Ok((key, CreatedKey { path, id }))
    }
}

impl ExplicitKey {
    fn describe(&self) -> String {
        match self {
            ExplicitKey::Value(_) => "TRUNKLINE_STATE_KEY".to_owned(),
            ExplicitKey::File(path) => format!("the key file {}", path.display()),
            ExplicitKey::Command(_) => "the command of TRUNKLINE_STATE_KEY_COMMAND".to_owned(),
        }
    }

    fn read(&self) -> Result<StateKey, StateError> {
        let source_text = self.describe();
        let invalid = |reason: String| StateError::KeyInvalid {
            source_text: source_text.clone(),
            reason,
        };
        let unreadable = |reason: String| StateError::KeyUnreadable {
            source_text: source_text.clone(),
            reason,
        };
        let text = match self {
            ExplicitKey::Value(text) => text.clone(),
            ExplicitKey::File(path) => Zeroizing::new(
                fs::read_to_string(path).map_err(|error| unreadable(unread(&error)))?,
            ),
            ExplicitKey::Command(command) => {
                let output = shell(command)
                    .stdin(Stdio::null())
                    .stderr(Stdio::inherit())
                    .output()
                    .map_err(|error| unreadable(format!("could not be started ({error})")))?;
                let stdout = Zeroizing::new(output.stdout);
                if !output.status.success() {
                    return Err(unreadable(format!("failed ({})", output.status)));
                }
                let text = std::str::from_utf8(&stdout)
                    .map_err(|_| invalid("it printed something that is not text".to_owned()))?;
                Zeroizing::new(text.to_owned())
            }
        };
        StateKey::parse(&text, &source_text)
    }
}

/// What is said of a key file that cannot be read, after its name.
fn unread(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("could not be read ({error})"),
    }
}

/// Writes a key that was exported elsewhere into the default directory, where stores sealed with it find it.
/// A file that is already there with the same key is left as it is.
pub fn import_key(default_dir: &Path, text: &str) -> Result<CreatedKey, StateError> {
    let key = StateKey::parse(text, "the imported text")?;
    let path = write_key(default_dir, &key)?;
    Ok(CreatedKey { path, id: key.id() })
}

fn key_path(dir: &Path, id: &str) -> PathBuf {
    dir.join(format!("{id}.key"))
}

/// Writes `<id>.key`, mode 0600, through a temporary file, and flushes it with its directory.
fn write_key(dir: &Path, key: &StateKey) -> Result<PathBuf, StateError> {
    let path = key_path(dir, &key.id());
    let failed = |error: &std::io::Error| StateError::KeyFile {
        path: path.clone(),
        message: error.to_string(),
    };
    create_private_dir(dir).map_err(|error| failed(&error))?;
    let temporary = dir.join(format!(".{}.{}.new", key.id(), std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(&temporary)?;
        let text = key.to_base64();
        file.write_all(b"# Trunkline state key. Whoever has it can read the states sealed with it; without it they are lost.\n")?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        #[cfg(unix)]
        fs::File::open(dir)?.sync_all()?;
        Ok(())
    };
    write().map_err(|error| failed(&error))?;
    Ok(path)
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path) -> bool {
    false
}

#[cfg(unix)]
fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

#[cfg(not(unix))]
fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}
