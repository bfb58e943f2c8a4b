//! `sandbox`: serves the simulators until it is interrupted, and prints how to reach them.

use std::path::PathBuf;
use std::time::Duration;

use trunkline_sandbox::{Options, Sandbox};

use crate::cli::Exit;
use crate::cli::args::SandboxArgs;
use crate::cli::shell::Shell;

/// Runs the command.
pub async fn run(args: &SandboxArgs) -> Exit {
    let shell = Shell::detect(args.no_color);
    let dir = PathBuf::from(&args.data);
    let mut options = Options::new(dir.clone());
    options.latency = Duration::from_millis(args.latency);
    if let Err(error) = std::fs::create_dir_all(&dir) {
        shell.error_text(&format!(
            "Error: The folder {} cannot be made: {error}\n",
            dir.display()
        ));
        return Exit::Error;
    }
    let running = match Sandbox::start(options).await {
        Ok(running) => running,
        Err(error) => {
            shell.error_text(&format!("Error: {error}\n"));
            return Exit::Error;
        }
    };
    let endpoints = running.endpoints();
    let mut text = format!(
        "The sandbox is running. Its data is in {}.\n\nAdmin:\n  {}\n\nServices:\n",
        dir.display(),
        endpoints.admin
    );
    let width = endpoints
        .services
        .keys()
        .map(String::len)
        .max()
        .unwrap_or(0);
    for (name, url) in &endpoints.services {
        text += &format!("  {name:width$}  {url}\n");
    }
    text += "\nProvider settings:\n";
    for (provider, settings) in &endpoints.settings {
        text += &format!("\nprovider {provider:?} {{\n");
        let width = settings.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in settings {
            text += &format!("  {name:width$} = {value:?}\n");
        }
        text += "}\n";
    }
    text += "\nA command with -sandbox in this directory uses it while it runs. Ctrl-C stops it.\n";
    shell.out(&text);
    super::apply::Signals::new().next().await;
    running.shutdown().await;
    Exit::Ok
}
