//! Mistakes on the command line, in Terraform's words: some commands have diagnostics for them, others usage text.
//!
//! It only words what the parser of arguments found.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args;
use crate::report::Style;

/// Commands whose mistakes are diagnostics.
const DIAGNOSING: &[&str] = &[
    "apply", "destroy", "init", "modules", "output", "plan", "refresh", "show", "test", "validate",
];

/// The text for standard error. `given` is the command line, the program's name first.
#[must_use]
pub fn render(error: &clap::Error, given: &[String], style: &Style) -> String {
    let (product, program) = (&style.product, &style.command);
    let command = given.iter().skip(1).find(|word| !word.starts_with('-'));
    let command = command.map_or("", String::as_str);
    let diagnosing = DIAGNOSING.contains(&command);
    let extra = error.kind() == ErrorKind::UnknownArgument && !subject(error).starts_with('-');
    if error.kind() == ErrorKind::InvalidSubcommand
        && context(error, ContextKind::InvalidSubcommand).as_deref() == Some(command)
    {
        let near = context(error, ContextKind::SuggestedSubcommand);
        let near = near.map_or_else(String::new, |near| format!(" Did you mean {near:?}?"));
        return format!(
            "{product} has no command named {command:?}.{near}\n\nTo see all of {product}'s top-level commands, run:\n  {program} -help\n\n"
        );
    }
    if error.kind() == ErrorKind::InvalidSubcommand && !is_family(&[command.to_owned()]) {
        return "Too many command line arguments. Did you mean to use -chdir?\n".into();
    }
    let Some(problem) = problem(error) else {
        let text = args::single_dashes(&error.to_string());
        let text = text.strip_prefix("error: ").unwrap_or(&text).to_owned();
        return match diagnosing || command.is_empty() {
            true => format!("\nError: {text}"),
            false => format!("\n{text}"),
        };
    };
    let help =
        format!("\n\nFor more help on using this command, run:\n  {program} {command} -help");
    match (diagnosing, extra) {
        (true, true) => {
            let (summary, detail) = too_many(command);
            let help = if detail.is_empty() { "" } else { &*help };
            let gap = if detail.is_empty() { "" } else { "\n\n" };
            format!("\nError: {summary}{gap}{detail}{help}\n\n")
        }
        (true, false) => {
            let help = if command == "init" { "" } else { &*help };
            format!("\nError: Failed to parse command-line flags\n\n{problem}{help}\n\n")
        }
        (false, true) => "Too many command line arguments. Did you mean to use -chdir?\n".into(),
        (false, false) => {
            let usage = context(error, ContextKind::Usage).unwrap_or_default();
            let usage = args::single_dashes(&usage);
            format!("{usage}\n\nError parsing command-line flags: {problem}\n\n")
        }
    }
}

/// Whether a command, given by its words, does nothing without one of its subcommands.
#[must_use]
pub fn is_family(command: &[String]) -> bool {
    matches!(command, [word] if matches!(word.as_str(), "state" | "workspace" | "env" | "metadata"))
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

/// What is wrong in a few words, where that is known.
fn problem(error: &clap::Error) -> Option<String> {
    let name = subject(error);
    let name = args::single_dashes(name.split([' ', '=']).next().unwrap_or_default());
    let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => Some(format!("flag provided but not defined: {name}")),
        ErrorKind::InvalidValue if value.is_empty() => {
            Some(format!("flag needs an argument: {name}"))
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => Some(format!(
            "invalid value {value:?} for flag {name}: parse error"
        )),
        _ => None,
    }
}

/// The argument that the mistake is about.
fn subject(error: &clap::Error) -> String {
    context(error, ContextKind::InvalidArg).unwrap_or_default()
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Strings(all) => all.first().cloned(),
        _ => None,
    }
}
