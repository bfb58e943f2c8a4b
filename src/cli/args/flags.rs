//! The words behind a command: flags, and what follows them, read in the order that scripts rely on.
//!
//! Flags have one dash or two, end at the first word that is none or at `--`, and what comes after is an argument
//! whatever it looks like. Commands that Terraform does not have take flags and arguments in any order. It must not
//! know what a flag means: it checks and puts into one form what the definitions of arguments say.

use std::any::TypeId;

use clap::{Arg, ArgAction};

use super::common::boolean;

/// What is wrong with the words of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// A flag that the command does not have, and the one that it has and that may be meant.
    Unknown {
        /// The flag, with one dash.
        flag: String,
        /// The nearest flag of the command.
        near: Option<String>,
    },
    /// A flag whose value is missing.
    NoValue(String),
    /// A value that the flag cannot take.
    BadValue {
        /// The flag, with one dash.
        flag: String,
        /// What was given.
        value: String,
        /// The flag takes a yes or no.
        boolean: bool,
    },
    /// A word that begins like a flag and is none.
    Syntax(String),
    /// More arguments than the command takes.
    TooMany,
}

/// The words of a command in one form: `--name=value`, `--name` for switches, then `--` and the arguments.
#[derive(Debug, Default)]
pub struct Read {
    /// The words.
    pub words: Vec<String>,
    /// What is wrong, in the order of the line.
    pub mistakes: Vec<Mistake>,
}

/// Switches that are taken wherever they stand, as Terraform takes the first; the others are this program's own.
const ANYWHERE: [&str; 4] = ["no-color", "sandbox", "sandbox-exec", "annotations"];

/// Commands whose flags may follow arguments: they are not Terraform's.
const OWN: [&str; 14] = [
    "compare",
    "discover",
    "docs",
    "review",
    "why",
    "history",
    "sandbox",
    "completion",
    "key",
    "diff",
    "check",
    "backup",
    "restore",
    "discard",
];

/// Whether help is asked for among the words of a command.
#[must_use]
pub fn asks_for_help(words: &[String]) -> bool {
    let flags = words.iter().take_while(|word| *word != "--");
    flags.into_iter().any(|word| is_help(word))
}

/// Whether a word asks for help.
#[must_use]
pub fn is_help(word: &str) -> bool {
    matches!(word, "-h" | "-help" | "--help")
}

/// Reads the words behind `command`, whose definition is built; `path` are the words that name it.
#[must_use]
pub fn read(command: &clap::Command, path: &[String], words: &[String]) -> Read {
    let mixed = path.iter().any(|word| OWN.contains(&word.as_str()));
    let mut read = Read::default();
    let mut arguments = Vec::new();
    let mut words = words.iter();
    let mut flags = true;
    while let Some(word) = words.next() {
        if let Some(name) = anywhere(command, word) {
            read.words.push(format!("--{name}"));
            continue;
        }
        if flags && word == "--" {
            flags = false;
            continue;
        }
        if !flags || word == "-" || !word.starts_with('-') {
            flags &= mixed;
            arguments.push(word.clone());
            continue;
        }
        match flag(command, word, || words.next().cloned()) {
            Ok((name, value)) => take(&mut read.words, command, &name, value),
            Err(mistake) => {
                if matches!(mistake, Mistake::Syntax(_)) {
                    arguments.push(word.clone());
                }
                read.mistakes.push(mistake);
                arguments.extend(words.by_ref().cloned());
            }
        }
    }
    if arguments.len() > most_arguments(command) {
        read.mistakes.push(Mistake::TooMany);
    }
    if !arguments.is_empty() {
        read.words.push("--".into());
        read.words.extend(arguments);
    }
    read
}

/// The name of a switch that may stand anywhere.
fn anywhere<'c>(command: &'c clap::Command, word: &str) -> Option<&'c str> {
    let name = word.strip_prefix('-')?;
    let name = name.strip_prefix('-').unwrap_or(name);
    let known = command.get_arguments().filter_map(Arg::get_long);
    known
        .into_iter()
        .find(|long| *long == name && ANYWHERE.contains(long))
}

/// Reads one flag; `next` gives the word that follows.
fn flag(
    command: &clap::Command,
    word: &str,
    next: impl FnOnce() -> Option<String>,
) -> Result<(String, String), Mistake> {
    let name = word.strip_prefix('-').unwrap_or(word);
    let name = name.strip_prefix('-').unwrap_or(name);
    if name.is_empty() || name.starts_with(['-', '=']) {
        return Err(Mistake::Syntax(word.to_owned()));
    }
    let (name, value) = match name.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (name, None),
    };
    let shown = format!("-{name}");
    let Some(arg) = find(command, name) else {
        return Err(Mistake::Unknown {
            near: nearest(command, name),
            flag: shown,
        });
    };
    let boolean_flag = is_boolean(arg);
    let value = match value {
        Some(value) => value,
        None if boolean_flag => "true".into(),
        None => next().ok_or_else(|| Mistake::NoValue(shown.clone()))?,
    };
    let kind = arg.get_value_parser().type_id();
    let wrong = match kind {
        _ if boolean_flag => boolean(&value).is_err(),
        kind if kind == TypeId::of::<i64>() => value.parse::<i64>().is_err(),
        kind if kind == TypeId::of::<usize>() => value.parse::<usize>().is_err(),
        kind if kind == TypeId::of::<std::time::Duration>() => {
            super::common::duration(&value).is_none()
        }
        _ => false,
    };
    match wrong {
        true => Err(Mistake::BadValue {
            flag: shown,
            value,
            boolean: boolean_flag,
        }),
        false => Ok((name.to_owned(), value)),
    }
}

/// Puts a flag with its value into one form.
fn take(words: &mut Vec<String>, command: &clap::Command, name: &str, value: String) {
    let switch =
        find(command, name).is_some_and(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
    if !switch {
        words.push(format!("--{name}={value}"));
        return;
    }
    // A switch that is turned off again is as if it had not been given.
    let plain = format!("--{name}");
    words.retain(|word| *word != plain);
    if boolean(&value).unwrap_or(true) {
        words.push(plain);
    }
}

fn find<'c>(command: &'c clap::Command, name: &str) -> Option<&'c Arg> {
    let mut arguments = command.get_arguments();
    arguments.find(|arg| arg.get_long() == Some(name) && name != "help")
}

/// Whether a flag takes a yes or no.
fn is_boolean(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
        || arg.get_value_parser().type_id() == TypeId::of::<bool>()
}

/// The flag of a command that a mistyped one may mean.
fn nearest(command: &clap::Command, name: &str) -> Option<String> {
    let known = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let names = known.filter_map(Arg::get_long);
    let scored = names.map(|known| (strsim::jaro_winkler(name, known), known));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b));
    // A common beginning alone does not make one name another one mistyped.
    let close = |known: &str| strsim::damerau_levenshtein(name, known) * 3 <= known.len();
    best.filter(|(score, known)| *score > 0.85 && close(known))
        .map(|(_, known)| format!("-{known}"))
}

/// How many arguments a command takes at most.
fn most_arguments(command: &clap::Command) -> usize {
    let positional = command.get_positionals();
    let many = |arg: &Arg| match arg.get_action() {
        ArgAction::Append => usize::MAX,
        _ => 1,
    };
    positional.map(many).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::super::line::command_at;
    use super::*;

    fn words(path: &str, line: &str) -> (String, Vec<Mistake>) {
        let path: Vec<String> = path.split(' ').map(str::to_owned).collect();
        let line: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let read = read(&command_at(&path), &path, &line);
        (read.words.join(" "), read.mistakes)
    }

    #[test]
    fn flags_end_at_the_first_argument() {
        assert_eq!(
            words("apply", "-var a=b --lock=0 -destroy tfplan").0,
            "--var=a=b --lock=0 --destroy -- tfplan"
        );
        assert_eq!(
            words("apply", "p -destroy"),
            ("-- p -destroy".into(), vec![Mistake::TooMany])
        );
        assert_eq!(words("state rm", "-- -x").0, "-- -x");
        assert_eq!(words("state push", "-force -").0, "--force -- -");
        // What Terraform takes out first may stand behind.
        assert_eq!(
            words("show", "-json p -no-color").0,
            "--json --no-color -- p"
        );
        // And a command of our own is read as such commands are elsewhere.
        assert_eq!(words("history show", "3 -json").0, "--json -- 3");
    }

    #[test]
    fn the_last_of_a_switch_holds() {
        assert_eq!(words("plan", "-destroy -destroy=false").0, "");
        assert_eq!(words("plan", "-destroy=false -destroy=T").0, "--destroy");
    }

    #[test]
    fn what_is_wrong_is_told_in_order() {
        let unknown = |flag: &str, near: Option<&str>| Mistake::Unknown {
            flag: flag.into(),
            near: near.map(str::to_owned),
        };
        assert_eq!(
            words("plan", "-nope -also").1,
            [unknown("-nope", None), Mistake::TooMany]
        );
        assert_eq!(
            words("plan", "-detailed-exit-code").1,
            [unknown("-detailed-exit-code", Some("-detailed-exitcode"))]
        );
        assert_eq!(words("plan", "-out").1, [Mistake::NoValue("-out".into())]);
        assert_eq!(
            words("plan", "---x").1,
            [Mistake::Syntax("---x".into()), Mistake::TooMany]
        );
        let bad = |flag: &str, value: &str, boolean| Mistake::BadValue {
            flag: flag.into(),
            value: value.into(),
            boolean,
        };
        assert_eq!(words("plan", "-lock=x").1, [bad("-lock", "x", true)]);
        assert_eq!(
            words("plan", "-lock-timeout 5").1,
            [bad("-lock-timeout", "5", false)]
        );
        assert_eq!(
            words("plan", "-parallelism=a").1,
            [bad("-parallelism", "a", false)]
        );
    }

    #[test]
    fn help_is_found_anywhere_before_a_double_dash() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(asks_for_help(&words("-var -help")));
        assert!(!asks_for_help(&words("a -- -h")));
    }
}
