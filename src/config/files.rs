//! Where configuration files come from: a disk, or the copies in a saved plan.
//!
//! Paths are relative to the working directory. It parses nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A place to read configuration from.
pub trait ConfigFiles: Send + Sync {
    /// Names of the files in `dir`, sorted. An error of kind `NotFound` when there is no such directory.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// The bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// What is known of the module at `key` (`a.b`), where modules must have been recorded first.
    fn recorded(&self, _key: &str) -> Recorded {
        Recorded::NotNeeded
    }
}

/// Whether a module may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Modules need not be recorded here.
    NotNeeded,
    /// It was not.
    Absent,
    /// It was, with this source.
    From(String),
}

/// The real files below a directory.
#[derive(Debug)]
pub struct Disk {
    /// The working directory.
    pub root: PathBuf,
}

impl ConfigFiles for Disk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.root.join(dir))? {
            let entry = entry?;
            if !entry.path().is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(self.root.join(path))
    }
}

/// Copies of files, as a saved plan holds them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Contents by path, with `/` between names and without `.` and `..` where they can be resolved.
    pub files: BTreeMap<String, Arc<[u8]>>,
}

/// A path as a key of [`Snapshot`].
#[must_use]
pub fn key(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if parts.last().is_some_and(|p| p != "..") => {
                parts.pop();
            }
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    parts.join("/")
}

impl ConfigFiles for Snapshot {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let prefix = key(dir);
        let names: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| match path.rsplit_once('/') {
                Some((folder, name)) => (folder == prefix).then(|| name.to_owned()),
                None => prefix.is_empty().then(|| path.clone()),
            })
            .collect();
        if names.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(names)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.files.get(&key(path));
        file.map(|b| b.to_vec())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_lists_one_directory() {
        let file: Arc<[u8]> = Arc::from(&b"x"[..]);
        let snapshot = Snapshot {
            files: ["main.tf", "m/a.tf", "m/n/b.tf"]
                .map(|p| (p.to_owned(), file.clone()))
                .into(),
        };
        assert_eq!(snapshot.list(Path::new(".")).unwrap(), ["main.tf"]);
        assert_eq!(snapshot.list(Path::new("./x/../m")).unwrap(), ["a.tf"]);
        assert!(snapshot.list(Path::new("none")).is_err());
        assert_eq!(snapshot.read(Path::new("m/./n/b.tf")).unwrap(), b"x");
    }
}
