//! Backups: a copy of a store as of one moment, in one file.
//!
//! It must not hold writers up, nor unseal anything: the copy is sealed with the same key.

use std::fs;
use std::path::{Path, PathBuf};

use crate::connection::{Role, beside, connect};
use crate::create::{Temporary, place, settle_names};
use crate::error::StateError;
use crate::lock;
use crate::seal::random_uuid;

/// Copies what is committed in the store at `path` to where another store is, or was. What is left of that is set aside
/// first, under the name that is given back: a log of its own would be taken for the copy's.
///
/// Whenever it is killed, the place is not without a store that had one.
pub(crate) fn replace(path: &Path, to: &Path) -> Result<Option<PathBuf>, StateError> {
    let _nobody_writes = lock::hold(to)?;
    let temporary = copy(path, to)?;
    let aside = set_aside(to)?;
    let failed = |error: std::io::Error| StateError::io(to, "be written", &error);
    fs::rename(&temporary.0, to).map_err(failed)?;
    settle_names(to).map_err(failed)?;
    Ok(aside)
}

/// Gives what is left of a store another name; its database keeps its own as well.
fn set_aside(path: &Path) -> Result<Option<PathBuf>, StateError> {
    let there =
        |path: &Path| ["", "-wal", "-shm", "-journal"].map(|part| beside(path, part).exists());
    let [database, logs @ ..] = there(path);
    if !database && logs == [false; 3] {
        return Ok(None);
    }
    let names = (1..).map(|n| match n {
        1 => beside(path, ".damaged"),
        n => beside(path, &format!(".damaged-{n}")),
    });
    let mut free = names.filter(|aside| there(aside) == [false; 4]);
    let aside = free.next().unwrap_or_else(|| beside(path, ".damaged"));
    let set_aside = || -> std::io::Result<()> {
        if database && fs::hard_link(path, &aside).is_err() {
            fs::copy(path, &aside)?;
        }
        for part in ["-wal", "-shm", "-journal"] {
            if beside(path, part).exists() {
                fs::rename(beside(path, part), beside(&aside, part))?;
            }
        }
        Ok(())
    };
    set_aside().map_err(|error| StateError::io(path, "be set aside", &error))?;
    Ok(Some(aside))
}

/// Copies what is committed in the store at `path` to a new file. Refused if there is a file already.
pub(crate) fn backup(path: &Path, to: &Path) -> Result<(), StateError> {
    let taken = || StateError::Refused {
        doing: "write a backup".to_owned(),
        reason: format!("{} exists already", to.display()),
    };
    if to.exists() {
        return Err(taken());
    }
    let temporary = copy(path, to)?;
    match place(&temporary.0, to) {
        Ok(true) => Ok(()),
        Ok(false) => Err(taken()),
        Err(error) => Err(StateError::io(to, "be written", &error)),
    }
}

/// Copies what is committed in the store at `path` to a file beside `to`, down to the disk.
fn copy(path: &Path, to: &Path) -> Result<Temporary, StateError> {
    // What the database says of a directory that is not there names neither it nor the reason.
    let dir = to.parent().filter(|dir| !dir.as_os_str().is_empty());
    if let Some(dir) = dir.filter(|dir| !dir.is_dir()) {
        return Err(StateError::Refused {
            doing: "write a backup".to_owned(),
            reason: format!("there is no directory {}", dir.display()),
        });
    }
    let temporary = Temporary(beside(to, &format!(".{}.new", random_uuid()?)));
    let target = temporary.0.to_str().ok_or_else(|| StateError::Refused {
        doing: "write a backup".to_owned(),
        reason: format!("{} is not a path in UTF-8", to.display()),
    })?;
    connect(path, Role::Control)?
        .execute("VACUUM INTO ?1", [target])
        .map_err(|error| StateError::storage(path, "be copied", &error))?;
    let sync = || {
        fs::File::options()
            .write(true)
            .open(&temporary.0)?
            .sync_all()
    };
    sync().map_err(|error| StateError::io(to, "be written", &error))?;
    Ok(temporary)
}
