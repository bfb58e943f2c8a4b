//! From the words of a command line to arguments: single dashes, switches with values, the last of an option holds.
//!
//! It must not know what options mean.

use std::any::TypeId;
use std::collections::BTreeSet;

use clap::{ArgAction, CommandFactory, FromArgMatches};

use super::Cli;
use super::common::boolean;

/// The order of a help: how to call it, what it does, the rest.
const HELP: &str = "{usage-heading} {usage}\n\n  {about}\n\n{all-args}\n";

/// The whole definition. Of an option that is given more than once the last holds.
pub fn definition() -> clap::Command {
    fn refine(command: clap::Command) -> clap::Command {
        let command = command
            .help_template(HELP)
            .args_override_self(true)
            .mut_args(|arg| {
                // Switches that are on unless they are turned off.
                let on = matches!(arg.get_action(), ArgAction::Set)
                    && arg.get_value_parser().type_id() == TypeId::of::<bool>();
                match on {
                    true => arg
                        .num_args(0..=1)
                        .require_equals(true)
                        .default_missing_value("true")
                        .value_name("BOOL")
                        .value_parser(boolean),
                    false => arg,
                }
            });
        command.mut_subcommands(refine)
    }
    refine(Cli::command())
}

/// The words of the command in a command line, such as `state` and `list`, and where the words after it begin. A
/// word that is no command stands for itself; without any, that is the end of the line.
#[must_use]
pub fn subcommand(line: &[String]) -> (Vec<String>, usize) {
    let first = line.iter().skip(1).position(|word| !word.starts_with('-'));
    let Some(first) = first.map(|at| at + 1) else {
        return (Vec::new(), line.len().max(1));
    };
    let mut known = definition();
    let mut words = vec![line[first].clone()];
    for word in &line[first..] {
        match known.find_subcommand(word) {
            Some(inner) => known = inner.clone(),
            None => break,
        }
        let next = line.get(first + words.len());
        words.extend(
            next.filter(|next| known.find_subcommand(next).is_some())
                .cloned(),
        );
    }
    let end = first + words.len();
    (words, end)
}

/// The names of the switches that are off unless they are turned on.
fn switches(command: &clap::Command, found: &mut BTreeSet<String>) {
    let names = command
        .get_arguments()
        .filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue))
        .filter_map(|arg| arg.get_long());
    found.extend(names.map(str::to_owned));
    for command in command.get_subcommands() {
        switches(command, found);
    }
}

/// Reads a command line, whose first word is the program.
pub fn parse(given: Vec<String>) -> Result<Cli, clap::Error> {
    let definition = definition();
    let mut names = BTreeSet::new();
    switches(&definition, &mut names);
    // `-json=true` is `-json`, and `-json=false` takes it back.
    let mut line: Vec<String> = Vec::new();
    for arg in normalise(given) {
        let switch = arg.strip_prefix("--").and_then(|a| a.split_once('='));
        match switch.map(|(name, value)| (name, boolean(value))) {
            Some((name, Ok(on))) if names.contains(name) => {
                let plain = format!("--{name}");
                line.retain(|a| *a != plain);
                line.extend(on.then_some(plain));
            }
            _ => line.push(arg),
        }
    }
    let matches = definition.try_get_matches_from(line)?;
    Cli::from_arg_matches(&matches)
}

/// The arguments with two dashes where one was written before a long option.
#[must_use]
pub fn normalise(given: Vec<String>) -> Vec<String> {
    let mut literal = false;
    given
        .into_iter()
        .enumerate()
        .map(|(i, arg)| {
            literal |= arg == "--";
            let long = arg.len() > 2 && arg.starts_with('-') && !arg.starts_with("--");
            match long && !literal && i > 0 && !arg[1..].starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("-{arg}"),
                false => arg,
            }
        })
        .collect()
}

/// Text of clap's with one dash before long options, as people write them here.
#[must_use]
pub fn single_dashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("--") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let option = after.starts_with(|c: char| c.is_ascii_alphabetic())
            && !out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        out.push_str(if option { "-" } else { "--" });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The help of one command, such as `state push`.
#[must_use]
pub fn help_of(command: &str) -> String {
    let mut found = definition();
    found.build();
    for word in command.split(' ') {
        match found.find_subcommand(word) {
            Some(inner) => found = inner.clone(),
            None => break,
        }
    }
    single_dashes(&found.render_help().to_string())
}

/// The help of the program.
#[must_use]
pub fn help() -> String {
    single_dashes(&definition().render_help().to_string())
}
