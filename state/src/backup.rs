//! Backups: a copy of a store as of one moment, in one file.
//!
//! It must not hold writers up, nor unseal anything: the copy is sealed with the same key.

use std::fs;
use std::path::Path;

use crate::connection::{Role, beside, connect};
use crate::create::{Temporary, place};
use crate::error::StateError;
use crate::seal::random_uuid;

/// Copies what is committed in the store at `path` to a new file. Refused if there is a file already.
pub(crate) fn backup(path: &Path, to: &Path) -> Result<(), StateError> {
    let taken = || StateError::Refused {
        doing: "write a backup".to_owned(),
        reason: format!("{} exists already", to.display()),
    };
    if to.exists() {
        return Err(taken());
    }
    let failed = |error: &std::io::Error| StateError::io(to, "be written", error);
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
    sync().map_err(|error| failed(&error))?;
    match place(&temporary.0, to) {
        Ok(true) => Ok(()),
        Ok(false) => Err(taken()),
        Err(error) => Err(failed(&error)),
    }
}
