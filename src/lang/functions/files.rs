//! How functions reach files: a trait, and the disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What a name stands for. Links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A device, a pipe, a socket.
    Other,
}

/// The files that functions read.
pub trait FileAccess: Send + Sync {
    /// The bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>>;
    /// What is there.
    fn kind(&self, path: &Path) -> io::Result<FileKind>;
    /// The names in a folder, in any order.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// The user's home folder, for paths that begin with `~`.
    fn home(&self) -> Option<PathBuf>;
    /// The process's working directory, for `abspath`.
    fn working_directory(&self) -> io::Result<PathBuf>;
}

/// The disk. It remembers what was read, so that a plan can keep it; a file is read once.
#[derive(Debug, Default)]
pub struct DiskFiles {
    read: Mutex<BTreeMap<PathBuf, Arc<[u8]>>>,
}

impl DiskFiles {
    /// Nothing has been read yet.
    #[must_use]
    pub fn new() -> DiskFiles {
        DiskFiles::default()
    }

    /// Everything that was read, by the name under which it was asked for.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<PathBuf, Arc<[u8]>> {
        match self.read.lock() {
            Ok(read) => read.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }
}

impl FileAccess for DiskFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let mut read = match self.read.lock() {
            Ok(read) => read,
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some(bytes) = read.get(path) {
            return Ok(bytes.clone());
        }
        let bytes: Arc<[u8]> = std::fs::read(path)?.into();
        read.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let metadata = std::fs::metadata(path)?;
        Ok(if metadata.is_file() {
            FileKind::File
        } else if metadata.is_dir() {
            FileKind::Folder
        } else {
            FileKind::Other
        })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        std::fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn home(&self) -> Option<PathBuf> {
        std::env::home_dir()
    }

    fn working_directory(&self) -> io::Result<PathBuf> {
        std::env::current_dir()
    }
}
