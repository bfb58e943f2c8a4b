//! Workspaces: each has a state of its own. Making, finding and deleting them.
//!
//! It selects none: which one a command works on is the front end's business.

use std::path::{Path, PathBuf};

use super::backend::{Backend, store_beside};

/// Whether a text can name a workspace: it must survive in a path and in a URL unchanged.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.~$&+:=@".contains(&b);
    !matches!(text, "" | "." | "..") && text.bytes().all(safe)
}

/// Makes a workspace.
pub fn create(backend: &Backend, name: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(backend.workspaces_dir().join(name))
}

/// Makes a workspace, unless it is the default one, which is always there.
pub fn create_for(backend: &Backend, name: &str) -> std::io::Result<()> {
    match name {
        "default" => Ok(()),
        name => create(backend, name),
    }
}

/// Deletes a workspace with everything that keeps its state; another person's files in its directory stay.
pub fn delete(backend: &Backend, name: &str) -> std::io::Result<()> {
    let file = backend.file(name);
    let store = store_beside(&file);
    let mut all: Vec<PathBuf> = ["", "-wal", "-shm", ".lock"]
        .iter()
        .map(|suffix| with_suffix(&store, suffix))
        .collect();
    all.extend(["", ".backup"].map(|suffix| with_suffix(&file, suffix)));
    for path in all {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    match std::fs::remove_dir(backend.workspaces_dir().join(name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_safe_in_paths_and_urls() {
        for name in ["default", "a-b_c.1", "x+y=z@w", "$&:~"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "..", "a/b", "a b", "ü", "a\\b", "a%b", "a!"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
