//! The simulators of a rehearsal: those of a running `trunkline sandbox`, or started for this command.

use std::path::Path;

use trunkline_api::Diagnostic;
use trunkline_api::provider::SandboxWorld;
use trunkline_sandbox::{Endpoints, Options, Running, Sandbox, find_running};

/// The simulators, while a command uses them.
pub struct Rehearsal {
    own: Option<Running>,
}

impl Rehearsal {
    /// Finds the simulators of this directory running, or starts them.
    pub async fn begin(data_dir: &Path) -> Result<(Rehearsal, SandboxWorld), Diagnostic> {
        let failed = |why: String| {
            Diagnostic::error(
                "The sandbox cannot be started",
                format!(
                    "{why}\n\nThe simulators keep their data in {}; delete that folder to start afresh.",
                    data_dir.join("sandbox/vendors").display()
                ),
            )
        };
        let dir = data_dir.join("sandbox/vendors");
        std::fs::create_dir_all(&dir).map_err(|e| failed(e.to_string()))?;
        let ignore = data_dir.join(".gitignore");
        if !ignore.exists() {
            drop(std::fs::write(ignore, "*\n"));
        }
        if let Some(endpoints) = find_running(&dir).await {
            return Ok((Rehearsal { own: None }, world(&endpoints)));
        }
        let running = Sandbox::start(Options::new(dir))
            .await
            .map_err(|e| failed(e.to_string()))?;
        let world = world(running.endpoints());
        Ok((Rehearsal { own: Some(running) }, world))
    }

    /// Stops the simulators that this command has started.
    pub async fn end(self) {
        if let Some(running) = self.own {
            running.shutdown().await;
        }
    }
}

fn world(endpoints: &Endpoints) -> SandboxWorld {
    SandboxWorld {
        services: endpoints.services.clone(),
        settings: endpoints.settings.clone(),
        admin: endpoints.admin.clone(),
    }
}
