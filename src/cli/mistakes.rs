//! Mistakes on the command line, in Terraform's words: some commands have diagnostics for them, others usage text.
//!
//! It only words what the reading of the line found.

use trunkline_api::Diagnostic;

use super::args::{self, Mistake, NoCommand};
use super::commands::version::COMPATIBLE;
use super::progress::time_stamp;
use super::source_text::Texts;
use crate::lang::source::Sources;
use crate::product;
use crate::report::Style;
use crate::report::json::{diagnostic_line, version_line};

/// Commands whose mistakes are diagnostics.
const DIAGNOSING: &[&str] = &[
    "apply", "destroy", "init", "modules", "output", "plan", "refresh", "show", "test", "validate",
];

/// Of these commands, those whose `-json` is a stream.
const STREAMING: &[&str] = &["apply", "destroy", "init", "plan", "refresh"];

/// Of these commands, those that tell of arguments that are too many even where a flag is wrong.
const COUNTING: &[&str] = &["modules", "plan", "refresh"];

/// What is told, and where.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub error: String,
    /// It is what was asked for.
    pub well: bool,
}

/// Words why a line is no command. `path` are the words of the command.
#[must_use]
pub fn tell(why: &NoCommand, path: &[String], style: &Style) -> Told {
    let help = |path: &[String]| match path.is_empty() {
        true => args::help(),
        false => args::help_of(&path.join(" ")),
    };
    match why {
        NoCommand::Help(about) => Told {
            out: help(about),
            well: true,
            ..Told::default()
        },
        // A family of commands: its help is what there is to say, and it is still a mistake.
        NoCommand::Family(word) => Told {
            out: help(path),
            error: word.as_ref().map_or_else(String::new, |(word, near)| {
                let (family, near) = (path.join(" "), near.as_deref());
                let whole = |word: &str| format!("{family} {word}");
                unknown_command(&whole(word), near.map(whole), &family, style)
            }),
            ..Told::default()
        },
        NoCommand::Unknown(word, near) => Told {
            error: unknown_command(word, near.clone(), "", style),
            ..Told::default()
        },
        NoCommand::Mistakes { mistakes, json } => mistaken(mistakes, *json, path, style),
        NoCommand::Definition(error) => {
            let text = args::single_dashes(&error.to_string());
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            Told {
                error: format!("\nError: {text}"),
                ..Told::default()
            }
        }
    }
}

/// A word that is no command, of a family or of the program.
fn unknown_command(word: &str, near: Option<String>, family: &str, style: &Style) -> String {
    let (product, program) = (&style.product, &style.command);
    let near = near.map_or_else(String::new, |near| format!(" Did you mean {near:?}?"));
    let all = match family {
        "" => format!("To see all of {product}'s top-level commands, run:\n  {program} -help\n\n"),
        family => {
            format!("To see all commands of {family:?}, run:\n  {program} {family} -help\n\n")
        }
    };
    format!("{product} has no command named {word:?}.{near}\n\n{all}")
}

fn mistaken(mistakes: &[Mistake], json: bool, path: &[String], style: &Style) -> Told {
    let command = path.join(" ");
    if json && STREAMING.contains(&command.as_str()) {
        return Told {
            out: streamed(&diagnostics(mistakes, &command), style),
            ..Told::default()
        };
    }
    if DIAGNOSING.contains(&command.as_str()) {
        return Told {
            error: diagnosed(mistakes, &command, style),
            ..Told::default()
        };
    }
    let usage = args::help_of(&command);
    let Some(first) = mistakes.iter().find_map(problem) else {
        return match command.as_str() {
            "login" | "logout" => Told {
                error: format!("The {command} command expects at most one argument.\n{usage}\n"),
                ..Told::default()
            },
            _ => Told {
                error: "Too many command line arguments. Did you mean to use -chdir?\n".into(),
                ..Told::default()
            },
        };
    };
    let flags = match command.as_str() {
        "console" => "command line flags",
        _ => "command-line flags",
    };
    let problem = format!("Error parsing {flags}: {first}\n");
    match command.as_str() {
        "state list" | "state replace-provider" => Told {
            out: usage,
            error: problem,
            ..Told::default()
        },
        "state mv" | "state pull" | "state push" | "state rm" | "state show" => Told {
            error: problem,
            ..Told::default()
        },
        _ => Told {
            error: format!("{usage}\n{problem}\n"),
            ..Told::default()
        },
    }
}

/// The mistakes of a command that has diagnostics for them: summaries and details.
fn diagnostics(mistakes: &[Mistake], command: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let flag = mistakes.iter().find_map(problem);
    let counted = flag.is_none() || COUNTING.contains(&command);
    if let Some(flag) = flag {
        found.push(("Failed to parse command-line flags", flag));
    }
    if mistakes.contains(&Mistake::TooMany) && counted {
        let (summary, detail) = too_many(command);
        found.push((summary, detail.to_owned()));
    }
    found
}

/// They, for standard error.
fn diagnosed(mistakes: &[Mistake], command: &str, style: &Style) -> String {
    let mut text = String::new();
    for (summary, detail) in diagnostics(mistakes, command) {
        let gap = if detail.is_empty() { "" } else { "\n\n" };
        text.push_str(&format!("\nError: {summary}{gap}{detail}\n"));
    }
    let experimental = mistakes.iter().any(is_experimental);
    if command != "init" && !experimental {
        text.push_str(&help_advice(command, style));
    }
    text
}

/// Where the help of a command is, after a mistake in its options.
pub fn help_advice(command: &str, style: &Style) -> String {
    let program = &style.command;
    format!("\nFor more help on using this command, run:\n  {program} {command} -help\n")
}

/// They, as messages of the stream.
fn streamed(found: &[(&str, String)], style: &Style) -> String {
    let now = time_stamp();
    let sources = Sources::new();
    let texts = Texts::new(&sources);
    let mut lines = vec![version_line(&style.product, COMPATIBLE, &now)];
    lines.extend(found.iter().map(|(summary, detail)| {
        diagnostic_line(&Diagnostic::error(*summary, detail.as_str()), &texts, &now)
    }));
    lines.join("\n") + "\n"
}

/// Summary and detail for one argument too many.
fn too_many(command: &str) -> (&'static str, &'static str) {
    const SUMMARY: &str = "Too many command line arguments";
    match command {
        "plan" => (
            SUMMARY,
            "To specify a working directory for the plan, use the global -chdir flag.",
        ),
        "init" => (
            "Too many command line arguments. Did you mean to use -chdir?",
            "",
        ),
        "output" => (
            "Unexpected argument",
            "The output command expects exactly one argument with the name of an output variable or no arguments to show all outputs.",
        ),
        "modules" => (SUMMARY, "Expected no positional arguments"),
        _ => (SUMMARY, "Expected at most one positional argument."),
    }
}

/// Whether the mistake is an option that Terraform knows and has only in builds for experiments.
fn is_experimental(mistake: &Mistake) -> bool {
    matches!(mistake, Mistake::Unknown { flag, .. } if flag == "-allow-deferral")
}

/// What is wrong with a flag, in a few words.
fn problem(mistake: &Mistake) -> Option<String> {
    Some(match mistake {
        mistake if is_experimental(mistake) => product::named(
            "The -allow-deferral flag is only valid in experimental builds of {product}.",
        ),
        Mistake::Unknown { flag, near } => {
            let near = near
                .as_ref()
                .map_or_else(String::new, |near| format!(". Did you mean {near}?"));
            format!("flag provided but not defined: {flag}{near}")
        }
        Mistake::NoValue(flag) => format!("flag needs an argument: {flag}"),
        Mistake::BadValue {
            flag,
            value,
            boolean: true,
        } => format!("invalid boolean value {value:?} for {flag}: parse error"),
        Mistake::BadValue { flag, value, .. } => {
            format!("invalid value {value:?} for flag {flag}: parse error")
        }
        Mistake::Syntax(word) => format!("bad flag syntax: {word}"),
        Mistake::TooMany => return None,
    })
}
