//! The files of a saved plan, for the functions that are called while it is applied.
//!
//! What the plan has read is what the apply reads, whatever has become of the file since. It must not be used while
//! planning.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::files::key;
use crate::lang::functions::{FileAccess, FileKind};

/// The files of a plan; the rest is the disk's.
pub struct KeptFiles {
    /// Contents by path, as [`key`] writes it.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// What the plan has not read.
    pub disk: Arc<dyn FileAccess>,
}

impl FileAccess for KeptFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        match self.files.get(&key(path)) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.disk.read(path),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        match self.files.contains_key(&key(path)) {
            true => Ok(FileKind::File),
            false => self.disk.kind(path),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn home(&self) -> Option<PathBuf> {
        self.disk.home()
    }

    fn working_directory(&self) -> io::Result<PathBuf> {
        self.disk.working_directory()
    }
}
