//! Where a command's state is: the selected workspace, and the backend that `init` has recorded.
//!
//! It reads the environment and the data directory; what a backend means is the project's business.

use std::path::{Path, PathBuf};

use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::has_errors;
use trunkline_state::Stamp;

use super::Exit;
use super::args::StatePaths;
use super::machine::{data_dir, variable};
use super::session::Session;
use crate::config::{Disk, Module, load_root_at};
use crate::project::backend::{
    Backend, Standing, init_needed, read_record, standing, store_beside,
};
use crate::project::elsewhere::hand_over;
use crate::project::takeover;
use crate::project::workspaces::is_name;
use crate::project::{Locking, OpenState, Settings};

/// The directory that `init` prepares (`.terraform`).
#[must_use]
pub fn init_dir() -> PathBuf {
    PathBuf::from(variable("TF_DATA_DIR").unwrap_or_else(|| ".terraform".into()))
}

/// The workspace that the environment names, whatever is selected.
#[must_use]
pub fn workspace_override() -> Option<String> {
    variable("TF_WORKSPACE")
}

/// The selected workspace.
#[must_use]
pub fn workspace() -> String {
    let selected = || {
        let text = std::fs::read_to_string(init_dir().join("environment")).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    };
    workspace_override()
        .or_else(selected)
        .unwrap_or_else(|| "default".into())
}

/// Selects a workspace for the commands that follow.
pub fn select_workspace(name: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(init_dir())?;
    std::fs::write(init_dir().join("environment"), name)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The directory of a rehearsal's workspaces.
fn rehearsed_workspaces() -> PathBuf {
    data_dir().join("sandbox/workspaces")
}

impl Session {
    /// Puts the state where a backend keeps that of the selected workspace.
    pub fn place_state(&mut self, backend: &Backend) {
        self.backend = match self.settings.stamp {
            Stamp::Live => backend.clone(),
            // A rehearsal writes no state files: others would read them as the real thing.
            Stamp::Sandbox => Backend {
                explicit: false,
                path: None,
                workspace_dir: Some(rehearsed_workspaces().display().to_string()),
            },
        };
        self.place_workspace();
    }

    /// Puts the state where that of the workspace in the settings is.
    pub fn place_workspace(&mut self) {
        let settings = &mut self.settings;
        let file = self.backend.file(&settings.workspace);
        settings.store = match (settings.stamp, settings.workspace.as_str()) {
            (Stamp::Sandbox, "default") => data_dir().join("sandbox/trunkline.db"),
            _ => store_beside(&file),
        };
        let explicit = self.backend.explicit;
        settings.backup = explicit.then(|| with_suffix(&file, ".backup"));
        settings.legacy = (!explicit).then(|| file.clone());
        settings.file = explicit.then_some(file);
    }

    /// Puts the state where the record says. A record of a backend that is not there is told when it is needed.
    pub fn place_as_recorded(&mut self) {
        let record = read_record(&init_dir());
        let backend = record.and_then(|record| Backend::recorded(&record).ok());
        self.place_state(&backend.unwrap_or_default());
    }

    /// Puts the state where the command line says, in place of the backend's. A rehearsal has its own, whatever is
    /// said: what it makes is not the real thing's.
    pub fn place_named(&mut self, paths: &StatePaths) {
        if self.settings.stamp == Stamp::Sandbox {
            return;
        }
        let named =
            |text: &Option<String>| text.as_deref().filter(|t| !t.is_empty()).map(PathBuf::from);
        let show = |settings: &mut Settings, file: PathBuf| {
            settings.store = store_beside(&file);
            settings.legacy = None;
            // A file that says that its state has been taken over goes on saying so: what it would show, another
            // program would manage too.
            let shown = (!is_marker(&file)).then_some(file);
            settings.backup = shown.as_ref().map(|file| with_suffix(file, ".backup"));
            settings.file = shown;
        };
        let backup = |settings: &mut Settings| match named(&paths.backup) {
            Some(path) if path.as_os_str() == "-" => settings.backup = None,
            Some(path) => settings.backup = Some(path),
            None => {}
        };
        if let Some(file) = named(&paths.state) {
            show(&mut self.settings, file);
        }
        if let Some(file) = named(&paths.state_out) {
            let mut out = self.settings.clone();
            show(&mut out, file);
            backup(&mut out);
            match out.store == self.settings.store {
                true => self.settings = out,
                false => self.elsewhere = Some(out),
            }
        } else {
            backup(&mut self.settings);
        }
    }

    /// Warns of a flag that the backend's arguments are better for.
    pub fn warn_of_paths(&self, paths: &StatePaths) {
        if paths.state.as_deref().is_some_and(|path| !path.is_empty()) {
            self.show(&[Diagnostic::warning(
                "Deprecated flag: -state",
                "Use `path` attribute within the `local` backend instead: https://developer.hashicorp.com/terraform/language/v1.10.x/settings/backends/local#path",
            )]);
        }
    }

    /// The state where it is to be written, if that is not where it was read.
    pub fn written_elsewhere(
        &self,
        state: &OpenState,
        operation: &str,
        locking: Locking,
    ) -> Result<Option<OpenState>, Exit> {
        let Some(settings) = &self.elsewhere else {
            return Ok(None);
        };
        let other = hand_over(state, settings, operation, locking).map_err(|d| self.fail(&d))?;
        self.announce(&other);
        Ok(Some(other))
    }

    /// Checks that the state is where the configuration wants it, and that the workspace can be one. `root` is the
    /// root module, where it has been loaded already.
    pub fn check_backend(&self, root: Option<&Module>) -> Result<(), Exit> {
        if self.backend_checked.get() {
            return Ok(());
        }
        if workspace_override().is_some_and(|name| !is_name(&name)) {
            return Err(self.fail(&[Diagnostic::error(
                "Invalid workspace name set using TF_WORKSPACE",
                "",
            )]));
        }
        if root.is_none() {
            self.check_lock_file()?;
        }
        if self.settings.stamp == Stamp::Live {
            let loaded;
            let root = match root {
                Some(root) => root,
                None => {
                    let disk = Disk {
                        root: PathBuf::from("."),
                    };
                    let dir = match self.whole_names {
                        true => std::env::current_dir().unwrap_or_default(),
                        false => PathBuf::from("."),
                    };
                    let (module, problems) = load_root_at(&disk, &self.sources, &dir);
                    if has_errors(&problems) {
                        return Err(self.fail(&problems));
                    }
                    loaded = module;
                    &loaded
                }
            };
            let record = read_record(&init_dir());
            if let Standing::Unsettled { reason, changed } =
                standing(root, record.as_ref(), &self.sources)
            {
                let command = &self.shell.style.command;
                return Err(self.fail(&[init_needed(&reason, changed, command)]));
            }
        }
        self.backend_checked.set(true);
        Ok(())
    }
}

/// Whether a file tells that its state has been taken over.
fn is_marker(file: &Path) -> bool {
    // It is a few lines; a state that is longer is not read for this.
    std::fs::metadata(file).is_ok_and(|m| m.len() < 4096)
        && std::fs::read(file).is_ok_and(|bytes| takeover::is_marker(&bytes))
}
