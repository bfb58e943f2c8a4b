//! Documents as files below a directory: written beside their place, synced and renamed, so that a reader sees the old
//! one or the new one.
//!
//! Private documents have mode 0600, in folders of mode 0700. Symbolic links are not followed below the directory, and
//! nothing but the named file is removed.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use trunkline_api::Diagnostic;

use super::{Document, Expect, Trouble, somebody_elses};
use crate::Client;
use crate::template::bad_key;

/// What the name of an unfinished file ends with.
const UNFINISHED: &str = ".trunkline-new";

fn root(client: &Client) -> PathBuf {
    PathBuf::from(client.settings.directory.as_deref().unwrap_or_default())
}

fn trouble(doing: &str, key: &str, why: impl std::fmt::Display) -> Trouble {
    let text = format!("{doing} {key:?} failed: {why}.");
    Diagnostic::error("File Not Accessible", text).into()
}

/// Runs file operations off the threads that wait for services.
async fn off_thread<T: Send + 'static>(
    doing: &'static str,
    key: &str,
    work: impl FnOnce(&str) -> io::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let name = key.to_owned();
    let done = tokio::task::spawn_blocking(move || work(&name)).await;
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(trouble(doing, key, e)),
        Err(e) => Err(trouble(doing, key, e)),
    }
}

/// What is at a path, links not followed.
fn kind(path: &Path) -> io::Result<Option<fs::FileType>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// The path of a key, whose folders below the directory are no symbolic links. They are made where `make` says how.
fn place(root: &Path, key: &str, make: Option<u32>) -> io::Result<PathBuf> {
    let refused = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    if let Some(why) = bad_key(key) {
        return Err(refused(why.to_owned()));
    }
    if make.is_some() {
        // What is private has a folder or a mode of its own; the rest is there to be read.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(root)?;
    }
    let mut path = root.to_owned();
    let mut parts = key.split('/').peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let folder = parts.peek().is_some();
        let mut found = kind(&path)?;
        if let (None, true, Some(mode)) = (found, folder, make) {
            match fs::DirBuilder::new().mode(mode).create(&path) {
                // Another document may have made its folder meanwhile; what it is then is looked at like the rest.
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => found = kind(&path)?,
            }
        }
        match found {
            Some(kind) if kind.is_symlink() => {
                return Err(refused(format!("{} is a symbolic link", path.display())));
            }
            Some(kind) if kind.is_dir() != folder => {
                let what = if folder { "no folder" } else { "a folder" };
                return Err(refused(format!("{} is {what}", path.display())));
            }
            None if folder => return Err(io::ErrorKind::NotFound.into()),
            _ => {}
        }
    }
    Ok(path)
}

/// The name of the unfinished file beside a path.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(UNFINISHED);
    path.with_file_name(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

pub(super) async fn write(
    client: &Client,
    document: &Document,
    expect: &Expect,
) -> Result<Option<String>, Trouble> {
    if matches!(expect, Expect::Absent)
        && let Some(bytes) = fetch(client, &document.key).await?
        && bytes != document.bytes
    {
        return Err(somebody_elses(&document.key, expect));
    }
    let (root, bytes) = (root(client), document.bytes.clone());
    let (file, folder) = if document.private {
        (0o600, 0o700)
    } else {
        (0o644, 0o755)
    };
    off_thread("Writing", &document.key, move |key| {
        let path = place(&root, key, Some(folder))?;
        let new = beside(&path);
        remove_if_there(&new)?;
        // `create_new` follows no link that somebody put there meanwhile.
        let mut options = fs::OpenOptions::new();
        let mut out = options.write(true).create_new(true).mode(file).open(&new)?;
        let written = (|| {
            out.set_permissions(fs::Permissions::from_mode(file))?;
            out.write_all(&bytes)?;
            out.sync_all()?;
            fs::rename(&new, &path)
        })();
        if written.is_err() {
            remove_if_there(&new)?;
        }
        written?;
        match path.parent() {
            Some(parent) => fs::File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    })
    .await?;
    Ok(None)
}

pub(super) async fn fetch(client: &Client, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
    let root = root(client);
    off_thread("Reading", key, move |key| {
        let found = place(&root, key, None).and_then(fs::read);
        match found {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    })
    .await
}

pub(super) async fn remove(client: &Client, key: &str) -> Result<(), Trouble> {
    let root = root(client);
    off_thread("Removing", key, move |key| {
        let path = match place(&root, key, None) {
            Ok(path) => path,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(e),
        };
        remove_if_there(&beside(&path))?;
        remove_if_there(&path)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents are written side by side, and the folders of several are made by whoever comes first.
    #[test]
    fn folders_are_made_by_several_at_once() {
        for _ in 0..50 {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join("root");
            std::thread::scope(|scope| {
                for n in 0..8 {
                    let root = &root;
                    scope.spawn(move || {
                        place(root, &format!("a/b/{n}.xml"), Some(0o700)).unwrap();
                    });
                }
            });
        }
    }

    #[test]
    fn links_and_ways_out_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("out")).unwrap();
        for key in ["out/passwd", "../x", "/etc/passwd", "out"] {
            let refused = place(&root, key, Some(0o700)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{key}");
        }
        let made = place(&root, "a/b/c.xml", Some(0o700)).unwrap();
        assert_eq!(made, root.join("a/b/c.xml"));
        let mode = fs::metadata(root.join("a/b")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
