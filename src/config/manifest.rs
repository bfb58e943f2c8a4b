//! Which modules `init` and `get` have found, as `modules.json` says; other tools read it too.
//!
//! It fetches nothing: modules are local.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::files::{ConfigFiles, Disk, Recorded};
use super::{Config, Module};

/// A module as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The source as written in the call.
    pub source: String,
    /// Its directory, relative to the working directory.
    pub dir: String,
}

/// The modules of a configuration by their place in it (`a.b`), the root left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest(pub BTreeMap<String, Entry>);

/// The file within the directory that `init` prepares.
fn file(init_dir: &Path) -> PathBuf {
    init_dir.join("modules/modules.json")
}

impl Manifest {
    /// What a configuration calls.
    #[must_use]
    pub fn of(config: &Config) -> Manifest {
        let mut found = BTreeMap::new();
        add(&config.root, "", &mut found);
        Manifest(found)
    }

    /// Reads what was recorded; nothing where nothing was.
    #[must_use]
    pub fn read(init_dir: &Path) -> Manifest {
        let read = || -> Option<BTreeMap<String, Entry>> {
            let bytes = std::fs::read(file(init_dir)).ok()?;
            let document: Json = serde_json::from_slice(&bytes).ok()?;
            let text = |module: &Json, name: &str| Some(module.get(name)?.as_str()?.to_owned());
            let modules = document.get("Modules")?.as_array()?.iter();
            let entries = modules.filter_map(|module| {
                let entry = Entry {
                    source: text(module, "Source")?,
                    dir: text(module, "Dir")?,
                };
                Some((text(module, "Key")?, entry))
            });
            Some(entries.filter(|(key, _)| !key.is_empty()).collect())
        };
        Manifest(read().unwrap_or_default())
    }

    /// Records it.
    pub fn write(&self, init_dir: &Path) -> io::Result<()> {
        let mut modules = vec![json!({"Key": "", "Source": "", "Dir": "."})];
        for (key, entry) in &self.0 {
            modules.push(json!({"Key": key, "Source": entry.source, "Dir": entry.dir}));
        }
        let file = file(init_dir);
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::write(file, json!({ "Modules": modules }).to_string())
    }
}

fn add(module: &Module, place: &str, found: &mut BTreeMap<String, Entry>) {
    for (name, child) in &module.children {
        let key = match place {
            "" => name.to_string(),
            place => format!("{place}.{name}"),
        };
        if let Some(call) = module.calls.get(name) {
            let entry = Entry {
                source: call.source.clone(),
                dir: child.dir.display().to_string(),
            };
            found.insert(key.clone(), entry);
        }
        add(child, &key, found);
    }
}

/// The files of a directory in which only modules count that were recorded.
#[derive(Debug)]
pub struct Prepared {
    /// The files.
    pub disk: Disk,
    /// What was recorded.
    pub manifest: Manifest,
}

impl ConfigFiles for Prepared {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.disk.list(dir)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn recorded(&self, key: &str) -> Recorded {
        match self.manifest.0.get(key) {
            Some(entry) => Recorded::From(entry.source.clone()),
            None => Recorded::Absent,
        }
    }
}
