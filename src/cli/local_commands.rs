//! Starting the commands of `local-exec` provisioners on this machine.
//!
//! The one place of the program that starts processes for a configuration. It knows no provisioners.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, PipeReader};
use std::process::{Command, ExitStatus, Stdio};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use trunkline_api::BoxFuture;

use super::shell::system_words;
use crate::apply::provision::{CommandError, Commands, LineSink, LocalCommand};

/// How many characters of what a command printed go into the message when it fails.
const TAIL: usize = 8 * 1024;

/// Runs commands as processes of this machine.
#[derive(Debug)]
pub struct LocalCommands;

impl Commands for LocalCommands {
    fn run<'a>(
        &'a self,
        command: LocalCommand,
        line: LineSink<'a>,
    ) -> BoxFuture<'a, Result<(), CommandError>> {
        Box::pin(async move {
            let (sender, mut lines) = unbounded_channel();
            let running = tokio::task::spawn_blocking(move || run(&command, &sender));
            let mut tail = Tail::default();
            while let Some(text) = lines.recv().await {
                tail.add(&text);
                line(text.trim_end_matches(['\n', '\r']));
            }
            let why = match running.await {
                Ok(Ok(status)) if status.success() => return Ok(()),
                Ok(Ok(status)) => ended(status),
                Ok(Err(why)) => why,
                Err(error) => error.to_string(),
            };
            let output = tail.0.into_iter().collect();
            Err(CommandError { why, output })
        })
    }
}

/// Runs a command to its end, sending each line with its end as it comes.
fn run(command: &LocalCommand, lines: &UnboundedSender<String>) -> Result<ExitStatus, String> {
    let [program, arguments @ ..] = command.words.as_slice() else {
        return Err("there is no command".into());
    };
    let (reader, writer) = std::io::pipe().map_err(|e| system_words(&e))?;
    let second = writer.try_clone().map_err(|e| system_words(&e))?;
    let mut process = Command::new(program);
    process
        .args(arguments)
        .envs(command.environment.iter().map(|(k, v)| (k, v)))
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(second);
    if let Some(directory) = &command.directory {
        if let Err(error) = std::fs::metadata(directory) {
            return Err(format!("chdir {directory}: {}", system_words(&error)));
        }
        process.current_dir(directory);
    }
    let spawned = process.spawn();
    // The writing ends that this process holds would keep the reading end open.
    drop(process);
    let mut child = spawned.map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        match missing && !program.contains('/') {
            true => format!("exec: {program:?}: executable file not found in $PATH"),
            false => format!("fork/exec {program}: {}", system_words(&error)),
        }
    })?;
    send_lines(reader, lines);
    child.wait().map_err(|e| system_words(&e))
}

fn send_lines(reader: PipeReader, lines: &UnboundedSender<String>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    // An unreadable pipe is one at its end: the exit status says what came of the command.
    while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        if lines
            .send(String::from_utf8_lossy(&line).into_owned())
            .is_err()
        {
            return;
        }
        line.clear();
    }
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {}", signal_name(signal)),
        (None, None) => status.to_string(),
    }
}

#[cfg(not(unix))]
fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

#[cfg(unix)]
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

/// The last of a text.
#[derive(Default)]
struct Tail(VecDeque<char>);

impl Tail {
    fn add(&mut self, text: &str) {
        self.0.extend(text.chars());
        let over = self.0.len().saturating_sub(TAIL);
        self.0.drain(..over);
    }
}
