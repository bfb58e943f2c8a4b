//! A pager for what is longer than the screen, as git has one: only where a person sees standard output as it comes,
//! and not in automation.
//!
//! What is shown is held back until a command has done all else, the state's lock given back included, so that nobody
//! waits for somebody who reads. Which pager: `TRUNKLINE_PAGER`, else `PAGER`, else `less`; none where that is `cat` or
//! nothing.

use std::io::Write;
use std::process::{Command, Stdio};

use super::machine::variable;
use super::shell::stands_in;

/// The pager to use, where one is to be used.
pub(super) fn wanted(terminal: bool) -> Option<String> {
    let automated = ["CI", "TF_IN_AUTOMATION"]
        .iter()
        .any(|name| variable(name).is_some());
    let dumb = variable("TERM").is_none_or(|t| t == "dumb");
    if !terminal || automated || dumb || stands_in() {
        return None;
    }
    let named = ["TRUNKLINE_PAGER", "PAGER"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let pager = named.unwrap_or_else(|| "less".to_owned());
    let pager = pager.trim();
    (!pager.is_empty() && pager != "cat").then(|| pager.to_owned())
}

/// Whether a text is longer than the screen.
pub(super) fn is_long(text: &str) -> bool {
    let size = console::Term::stdout().size_checked();
    let (rows, columns) = size.map_or((24, 80), |(r, c)| (usize::from(r), usize::from(c)));
    let mut lines = 0;
    text.lines().any(|line| {
        let width = console::measure_text_width(line);
        lines += width.div_ceil(columns.max(1)).max(1);
        // The prompt that comes after takes a line too.
        lines >= rows
    })
}

/// Shows a text in the pager, until that ends. False where it could not be run.
pub(super) async fn show(pager: String, text: String) -> bool {
    let mut done = tokio::task::spawn_blocking(move || run(&pager, &text));
    loop {
        tokio::select! {
            ended = &mut done => return ended.unwrap_or(false),
            // Ctrl-C is the pager's: it goes to both, and who ended before it would leave the terminal to no one.
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

fn run(pager: &str, text: &str) -> bool {
    let mut command = shell(pager);
    command.stdin(Stdio::piped());
    // Colours as they are, nothing where it fits, and the text stays on the screen.
    for (name, options) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, options);
        }
    }
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Who has read enough closes it.
        drop(input.write_all(text.as_bytes()));
    }
    // What a shell says of a program that is not there, or cannot be run.
    let missing = [Some(126), Some(127)];
    child.wait().is_ok_and(|s| !missing.contains(&s.code()))
}

#[cfg(unix)]
fn shell(pager: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(pager);
    command
}

#[cfg(not(unix))]
fn shell(pager: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(pager);
    command
}
