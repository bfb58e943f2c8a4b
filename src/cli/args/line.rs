//! From the words of a command line to arguments: single dashes, switches with values, the last of an option holds.
//!
//! It must not know what options mean.

use std::any::TypeId;

use clap::{ArgAction, CommandFactory, FromArgMatches};

use super::Cli;
use super::common::{boolean, shared};
use super::flags::{self, Mistake, asks_for_help};
use super::guide;
use crate::product;
use crate::report::wrap::wrap;

/// The order of a help: how to call it, what it does, the rest.
const HELP: &str = "{usage-heading} {usage}\n\n  {about}\n\n{all-args}\n";

/// Under which title a help shows the options that are not the command's own.
const SHARED: &str = "Options of many commands";

/// Columns of what is said of an option, so that a line of help is not longer than those of the guides.
const SAID: usize = 82;

/// The whole definition. Of an option that is given more than once the last holds.
pub fn definition() -> clap::Command {
    fn refine(command: clap::Command, shared: &[clap::Id]) -> clap::Command {
        let command = command
            .help_template(HELP)
            .args_override_self(true)
            .mut_args(|arg| {
                let arg = match shared.contains(arg.get_id()) {
                    true => arg.help_heading(SHARED),
                    false => arg,
                };
                let said = arg.get_help().map(|help| wrap(&help.to_string(), SAID));
                let arg = match said {
                    Some(said) => arg.help(said),
                    None => arg,
                };
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
        command.mut_subcommands(|command| refine(command, shared))
    }
    refine(Cli::command(), &shared())
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

/// Why a command line is no command.
#[derive(Debug)]
pub enum NoCommand {
    /// Help is asked for, about the command that these words name; about the program where there are none.
    Help(Vec<String>),
    /// There is no command of this name; the one that it may be.
    Unknown(String, Option<String>),
    /// A family of commands, without one of them: the word that stands in its place, and the one that it may be.
    Family(Option<(String, Option<String>)>),
    /// The words behind the command are wrong.
    Mistakes {
        /// How.
        mistakes: Vec<Mistake>,
        /// `-json` stood before what is wrong.
        json: bool,
    },
    /// What the definition of the arguments forbids besides.
    Definition(clap::Error),
}

/// Reads a command line, whose first word is the program.
pub fn parse(given: &[String]) -> Result<Cli, NoCommand> {
    let words = canonical(given)?;
    let matches = definition()
        .try_get_matches_from(words)
        .map_err(NoCommand::Definition)?;
    Cli::from_arg_matches(&matches).map_err(NoCommand::Definition)
}

/// The words of a command line in one form: `--name=value`, `--name` for switches, then `--` and the arguments.
pub fn canonical(given: &[String]) -> Result<Vec<String>, NoCommand> {
    let (path, end) = subcommand(given);
    if path.is_empty() {
        let before = given.iter().skip(1);
        return match asks_for_help(&given[1.min(given.len())..]) {
            true => Err(NoCommand::Help(path)),
            false => Ok(given
                .iter()
                .take(1)
                .cloned()
                .chain(before.map(dashed))
                .collect()),
        };
    }
    let (path, end) = match path[0].as_str() {
        "help" => (about(&given[end..]), given.len()),
        _ => (path, end),
    };
    let Some(first) = path.first() else {
        return Err(NoCommand::Help(path));
    };
    let command = command_at(&path);
    if command.get_name() != path[path.len() - 1] {
        return Err(NoCommand::Unknown(
            first.clone(),
            near(&definition(), first),
        ));
    }
    if asks_for_help(&given[end..]) || end == given.len() && given[1] == "help" {
        return Err(NoCommand::Help(path));
    }
    if command.is_subcommand_required_set() {
        let word = given.get(end).filter(|word| !word.starts_with('-'));
        let word = word.map(|word| (word.clone(), near(&command, word)));
        return Err(NoCommand::Family(word));
    }
    let read = flags::read(&command, &path, &given[end..]);
    if !read.mistakes.is_empty() {
        return Err(NoCommand::Mistakes {
            json: read.words.iter().any(|word| word == "--json"),
            mistakes: read.mistakes,
        });
    }
    // Before the command there are `-version` and the like at most.
    let begin = end - path.len();
    let before = given[1..begin].iter().map(dashed);
    let program = given.iter().take(1).cloned();
    Ok(program
        .chain(before)
        .chain(path)
        .chain(read.words)
        .collect())
}

/// The words that `help` is asked about, as far as they name a command.
fn about(words: &[String]) -> Vec<String> {
    let line: Vec<String> = std::iter::once(String::new())
        .chain(words.iter().filter(|word| !word.starts_with('-')).cloned())
        .collect();
    subcommand(&line).0
}

/// A long option with two dashes.
fn dashed(word: &String) -> String {
    match word.len() > 2 && word.starts_with('-') && !word.starts_with("--") {
        true => format!("-{word}"),
        false => word.clone(),
    }
}

/// The built definition of the command that words name, or of the last family on the way.
#[must_use]
pub fn command_at(path: &[String]) -> clap::Command {
    let mut found = definition();
    found.build();
    for word in path {
        match found.find_subcommand(word) {
            Some(inner) => found = inner.clone(),
            None => break,
        }
    }
    found
}

/// The command that a mistyped one may be: the first that fewer than three letters make of it.
fn near(family: &clap::Command, word: &str) -> Option<String> {
    let names = family.get_subcommands().map(|command| command.get_name());
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let mut near = names
        .into_iter()
        .filter(|name| strsim::levenshtein(word, name) < 3);
    near.next().map(str::to_owned)
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
    let path: Vec<String> = command.split(' ').map(str::to_owned).collect();
    let found = command_at(&path);
    let about = guide::of(command).unwrap_or_default();
    let mut found = match about.is_empty() {
        true => found,
        false => found.about(about),
    };
    shown(&found.render_help().to_string())
}

/// A help text, with the name that the program goes by.
fn shown(help: &str) -> String {
    let usage = format!("Usage: {}", product::command());
    let text = single_dashes(help).replacen("Usage: trunkline", &usage, 1);
    let Some((before, options)) = text.split_once("\nOptions:\n") else {
        return text;
    };
    // With a dash less, what is said of an option begins a column further left; so must what goes on in another line.
    let far = " ".repeat(12);
    let lines = options
        .split('\n')
        .map(|line| match line.starts_with(&far) {
            true => &line[1..],
            false => line,
        });
    let lines: Vec<&str> = lines.collect();
    format!("{before}\nOptions:\n{}", lines.join("\n"))
}

/// The help of the program.
#[must_use]
pub fn help() -> String {
    shown(&definition().about(guide::PROGRAM).render_help().to_string())
}
