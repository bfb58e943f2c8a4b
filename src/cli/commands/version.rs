//! `version`: what this program is, and which Terraform its surface is that of.

use std::path::Path;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::VersionArgs;
use crate::cli::shell::{Shell, stands_in};
use crate::project::lock_file::selections;

/// The version of Terraform whose surface this program has.
pub const COMPATIBLE: &str = "1.11.4";

/// Runs the command.
#[must_use]
pub fn run(args: &VersionArgs) -> Exit {
    let shell = Shell::detect(false);
    let platform = format!("{}_{}", std::env::consts::OS, arch());
    if args.json {
        let document = json!({
            "terraform_version": COMPATIBLE,
            "platform": platform,
            "provider_selections": selections(Path::new(".")).unwrap_or_default(),
            "terraform_outdated": false,
        });
        shell.out(&format!("{document:#}\n"));
    } else {
        shell.out(&format!(
            "{} v{}\non {platform}\n",
            shell.style.product,
            match stands_in() {
                true => COMPATIBLE,
                false => env!("CARGO_PKG_VERSION"),
            },
        ));
    }
    Exit::Ok
}

/// The processor as Terraform names it.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
