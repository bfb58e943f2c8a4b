//! `completion`: a script that completes commands and options in a shell, from the definition of the arguments.
//!
//! Options are completed with the one dash that people write.

use clap_complete::{Shell as Kind, generate};

use crate::cli::Exit;
use crate::cli::args::{CompletionArgs, definition, single_dashes};
use crate::cli::shell::Shell;

/// Runs the command.
#[must_use]
pub fn run(args: &CompletionArgs) -> Exit {
    let shell = Shell::detect(false);
    shell.out(&script(&args.shell, &shell.style.command));
    Exit::Ok
}

/// The script for a shell, in which the program is called `program`.
fn script(shell: &str, program: &str) -> String {
    let kind = match shell {
        "zsh" => Kind::Zsh,
        "fish" => Kind::Fish,
        _ => Kind::Bash,
    };
    let mut bytes = Vec::new();
    generate(kind, &mut definition(), program, &mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match kind {
        // Fish has a switch of its own for long options with one dash.
        Kind::Fish => text
            .lines()
            .map(|line| match line.starts_with("complete ") {
                true => format!("{}\n", line.replacen(" -l ", " -o ", 1)),
                false => format!("{line}\n"),
            })
            .collect(),
        // Letters after one dash are no options that are stacked.
        Kind::Zsh => {
            single_dashes(&text).replace("_arguments_options=(-s ", "_arguments_options=(")
        }
        _ => single_dashes(&text),
    }
}
