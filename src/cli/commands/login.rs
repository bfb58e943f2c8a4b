//! `login` and `logout`: there are no remote hosts, so that nothing can be logged in to, and nothing is kept.

use trunkline_api::Diagnostic;

use crate::cli::Exit;
use crate::cli::args::{HostArgs, help_of};
use crate::cli::shell::Shell;
use crate::cli::source_text::Texts;
use crate::lang::source::Sources;
use crate::report::render_diagnostics;

/// The host where none is given.
const DEFAULT: &str = "app.terraform.io";

/// Runs `login`, or else `logout`.
#[must_use]
pub fn run(args: &HostArgs, login: bool) -> Exit {
    let shell = Shell::detect(false);
    let host = match args.host.as_slice() {
        [] => DEFAULT,
        [host] => host,
        _ => {
            let (command, what) = match login {
                true => ("login", "log in to"),
                false => ("logout", "log out of"),
            };
            let text =
                format!("The {command} command expects at most one argument: the host to {what}.");
            shell.error_text(&format!(
                "{}\n{}",
                shell.error_style.red(&text),
                help_of(command)
            ));
            return Exit::Error;
        }
    };
    if !login {
        shell.out(&format!("No credentials for {host} are stored.\n\n"));
        return Exit::Ok;
    }
    let problem = Diagnostic::error(
        format!("Host {host} cannot be logged in to"),
        format!(
            "{} works without remote hosts: states are kept in the store beside the configuration, or where backend \"local\" says, and providers are part of the program. Credentials of vendors belong into the arguments of provider blocks, or into the environment variables that the provider's documentation names.",
            shell.style.product
        ),
    );
    let sources = Sources::new();
    let text = render_diagnostics(&[problem], &Texts::new(&sources), &shell.error_style);
    shell.error_text(&text);
    Exit::Error
}
