//! `local-exec`: from its configuration to a command, and from its end to a message.
//!
//! It starts no process itself.

use trunkline_api::{Diagnostic, Kind, Value};

use super::{Commands, LineSink, LocalCommand};

/// The variable through which a shell is given a script that holds a secret.
const SCRIPT: &str = "TRUNKLINE_COMMAND";

/// Shells, which run a script of a variable as they run one of their arguments.
const SHELLS: [&str; 6] = ["sh", "ash", "bash", "dash", "ksh", "zsh"];

/// Runs the command of `config`. `hidden` stands for what must not be shown; with `secret` the command itself holds it.
pub async fn run(
    config: &Value,
    (hidden, secret): (Option<&str>, bool),
    commands: &dyn Commands,
    line: LineSink<'_>,
) -> Result<(), Diagnostic> {
    let text = text_of(config, "command").unwrap_or_default();
    if text.is_empty() {
        return Err(Diagnostic::error(
            "Invalid local-exec provisioner command",
            "The command must be a non-empty string.",
        ));
    }
    let command = command(config, &text);
    if config.attr("quiet").and_then(Value::as_bool) == Some(true) {
        line("local-exec: Executing: Suppressed by quiet=true");
    } else {
        line(&format!("Executing: {}", quoted_words(&command.words)));
    }
    let command = match secret {
        true => shielded(command),
        false => command,
    };
    commands.run(command, line).await.map_err(|error| {
        // The command and what it printed may hold what must not be shown.
        let detail = match hidden {
            Some(hidden) => format!("Error running the command: {}. {hidden}", error.why),
            None => format!(
                "Error running command '{text}': {}. Output: {}",
                error.why, error.output
            ),
        };
        Diagnostic::error("local-exec provisioner error", detail)
    })
}

/// The command with its script in the environment, where it is given to a shell: everybody on a machine sees the
/// arguments of a process. Other interpreters have no way to take it but their arguments.
fn shielded(mut command: LocalCommand) -> LocalCommand {
    let [program, .., option, script] = command.words.as_mut_slice() else {
        return command;
    };
    let name = program.rsplit('/').next().unwrap_or_default();
    if !SHELLS.contains(&name) || !option.starts_with('-') || !option.ends_with('c') {
        return command;
    }
    // The variable is gone before the script begins, so that what the script starts does not get it.
    let stub = format!("eval \"unset {SCRIPT}\n${SCRIPT}\"");
    let script = std::mem::replace(script, stub);
    command.environment.push((SCRIPT.to_owned(), script));
    command
}

/// Shows the command without running it.
pub fn show(config: &Value, line: LineSink<'_>) {
    let text = text_of(config, "command").unwrap_or_default();
    let words = quoted_words(&command(config, &text).words);
    line(&format!(
        "Not run in a rehearsal (-sandbox-exec runs it): {words}"
    ));
}

fn command(config: &Value, text: &str) -> LocalCommand {
    let interpreter: Vec<String> = match config.attr("interpreter").map(Value::kind) {
        Some(Kind::List(_, items)) => items
            .iter()
            .filter_map(|v| Some(v.as_str()?.to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    let mut words = match interpreter.is_empty() {
        false => interpreter,
        true if cfg!(windows) => vec!["cmd".to_owned(), "/C".to_owned()],
        true => vec!["/bin/sh".to_owned(), "-c".to_owned()],
    };
    words.push(text.to_owned());
    let environment = match config.attr("environment").map(Value::kind) {
        Some(Kind::Map(_, fields)) => fields
            .iter()
            .filter_map(|(name, v)| Some((name.to_string(), v.as_str()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    };
    LocalCommand {
        words,
        directory: text_of(config, "working_dir").filter(|d| !d.is_empty()),
        environment,
    }
}

fn text_of(config: &Value, name: &str) -> Option<String> {
    Some(config.attr(name)?.as_str()?.to_owned())
}

/// The words as Terraform prints them: each quoted, with escapes, between brackets.
fn quoted_words(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| quoted(w)).collect();
    format!("[{}]", quoted.join(" "))
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_control() && (c as u32) < 0x80 => {
                out.push_str(&format!("\\x{:02x}", c as u32));
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_with_escapes() {
        let words = ["sh".to_owned(), "a \"b\"\n\t\\ é \u{1b}".to_owned()];
        assert_eq!(quoted_words(&words), r#"["sh" "a \"b\"\n\t\\ é \x1b"]"#);
    }

    #[test]
    fn a_secret_script_is_no_argument_of_a_shell() {
        let words = |words: &[&str]| -> Vec<String> {
            let command = shielded(LocalCommand {
                words: words.iter().map(|w| (*w).to_owned()).collect(),
                directory: None,
                environment: Vec::new(),
            });
            let script = command.environment.into_iter().map(|(_, script)| script);
            command.words.into_iter().chain(script).collect()
        };
        let stub = "eval \"unset TRUNKLINE_COMMAND\n$TRUNKLINE_COMMAND\"";
        assert_eq!(words(&["/bin/sh", "-c", "x"]), ["/bin/sh", "-c", stub, "x"]);
        assert_eq!(
            words(&["bash", "-e", "-uc", "x"]),
            ["bash", "-e", "-uc", stub, "x"]
        );
        for other in [
            vec!["python3", "-c", "x"],
            vec!["bash", "x"],
            vec!["sh", "-e", "x"],
            vec!["x"],
        ] {
            assert_eq!(words(&other), other);
        }
    }

    #[test]
    fn a_command_has_its_interpreter_and_environment() {
        let config = Value::object([
            ("command", Value::string("x")),
            ("interpreter", Value::null(trunkline_api::Type::Dynamic)),
            ("working_dir", Value::string("")),
        ]);
        let found = command(&config, "x");
        assert_eq!(found.words, ["/bin/sh", "-c", "x"]);
        assert_eq!(found.directory, None);
    }
}
