//! Why functions fail, in words that never show what is sensitive.

use std::collections::HashSet;

use trunkline_api::quote::quote;
use trunkline_api::{Kind, Marks, Value};

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// One argument is at fault; a message without full stop.
    Argument(usize, String),
    /// A message without full stop.
    Call(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Call(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Failure {
        Failure::Call(message.to_owned())
    }
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionError {
    /// There are too few arguments; the first parameter without one is named.
    TooFew {
        /// How many the function takes at least.
        expected: usize,
        /// Whether it takes more.
        at_least: bool,
        /// The first parameter without argument.
        missing: &'static str,
    },
    /// There are too many arguments.
    TooMany {
        /// How many the function takes.
        expected: usize,
    },
    /// One argument is at fault.
    Argument {
        /// Which one, from 0.
        index: usize,
        /// Its parameter.
        name: &'static str,
        /// Why, without full stop.
        message: String,
    },
    /// The call failed as a whole.
    Call {
        /// Why, without full stop.
        message: String,
    },
}

impl FunctionError {
    /// The summary for people.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        match self {
            FunctionError::TooFew { .. } => "Not enough function arguments",
            FunctionError::TooMany { .. } => "Too many function arguments",
            FunctionError::Argument { .. } => "Invalid function argument",
            FunctionError::Call { .. } => "Error in function call",
        }
    }

    /// The detail for people, about the function as it was called.
    #[must_use]
    pub fn detail(&self, function: &str) -> String {
        let function = quote(function);
        match self {
            FunctionError::TooFew {
                expected,
                at_least,
                missing,
            } => format!(
                "Function {function} expects{} {expected} argument(s). Missing value for {}.",
                if *at_least { " at least" } else { "" },
                quote(missing)
            ),
            FunctionError::TooMany { expected } => {
                format!("Function {function} expects only {expected} argument(s).")
            }
            FunctionError::Argument { name, message, .. } => {
                format!("Invalid value for {} parameter: {message}.", quote(name))
            }
            FunctionError::Call { message } => {
                format!("Call to function {function} failed: {message}.")
            }
        }
    }

    /// The argument at fault, if it is one alone.
    #[must_use]
    pub fn argument(&self) -> Option<usize> {
        match self {
            FunctionError::Argument { index, .. } => Some(*index),
            _ => None,
        }
    }
}

/// The text in quotes, unless it is secret.
pub(super) fn shown(text: &str, marks: Marks) -> String {
    if marks.is_sensitive() {
        "(sensitive value)".into()
    } else if marks.is_ephemeral() {
        "(ephemeral value)".into()
    } else {
        quote(text)
    }
}

/// How many characters in a row a message and a secret may have in common.
const COMMON: usize = 3;

/// The message, unless it has a part of a sensitive or ephemeral argument in it.
pub(super) fn guarded(message: String, args: &[Value]) -> String {
    let mut secrets = Vec::new();
    for arg in args {
        collect(arg, false, &mut secrets);
    }
    if secrets.is_empty() {
        return message;
    }
    let windows = |text: &str, n: usize| -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        chars.windows(n).map(|w| w.iter().collect()).collect()
    };
    let mut told: HashSet<String> = HashSet::new();
    for n in 1..=COMMON + 1 {
        told.extend(windows(&message, n));
    }
    let leaks = secrets.iter().any(|secret| {
        let length = secret.chars().count();
        match length {
            0 => false,
            // A short secret is one when it stands in quotes.
            1..=COMMON => message.contains(&quote(secret)),
            _ => windows(secret, COMMON + 1).iter().any(|w| told.contains(w)),
        }
    });
    if leaks {
        "the reason is not shown here, because it would show a part of a sensitive value".into()
    } else {
        message
    }
}

/// Appends every text and number inside what is marked.
fn collect(value: &Value, marked: bool, secrets: &mut Vec<String>) {
    let marked = marked || !value.marks().is_empty();
    match value.kind() {
        Kind::String(s) if marked => secrets.push(s.to_string()),
        Kind::Number(n) if marked => secrets.push(n.to_string()),
        Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
            v.iter().for_each(|e| collect(e, marked, secrets));
        }
        Kind::Map(_, f) | Kind::Object(f) => {
            for (key, e) in f.iter() {
                if marked {
                    secrets.push(key.to_string());
                }
                collect(e, marked, secrets);
            }
        }
        _ => {}
    }
}
