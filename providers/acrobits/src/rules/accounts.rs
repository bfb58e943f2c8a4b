//! Rules about accounts: AC17 to AC21, AC26 and AC28, of users and of documents.
//!
//! No document is quoted: it holds passwords.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostics, Path, Step, Value};

use super::{at, error, warning};
use crate::provisioning_set::{accounts, is_csv, pair};
use crate::render::account::{Read, Unreadable, read};
use crate::render::csv::{LONGEST_LINE, placeholders};
use crate::render::xml::{can_carry, is_name};
use crate::user::extras;

/// Nodes that occur at most once [assumed].
const ONCE: [&str; 5] = ["username", "password", "title", "networkId", "smsNumbers"];

/// Nodes that an account has by arguments of their own.
const OWN: [&str; 6] = [
    "username",
    "password",
    "networkId",
    "smsNumbers",
    "cloud_username",
    "cloud_password",
];

/// What is wrong with an SMS number: an error or a warning.
enum Odd {
    Wrong(String),
    Strange(String),
}

/// AC21 [assumed]: the form of an SMS number.
fn number_problem(number: &str) -> Option<Odd> {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let other =
        |c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ' ' | '(' | ')' | '/'));
    if !(7..=15).contains(&digits) || number.chars().any(other) {
        return Some(Odd::Wrong(format!(
            "{number:?} is no SMS number: 7 to 15 digits."
        )));
    }
    (digits != number.chars().count()).then(|| {
        Odd::Strange(format!(
            "{number:?} is written with more than digits. The vendor's example has digits only; whether anything else is taken is not known."
        ))
    })
}

fn number(number: &str, place: Path) -> Option<trunkline_api::Diagnostic> {
    Some(match number_problem(number)? {
        Odd::Wrong(text) => error("AC21", "Invalid SMS Number", text).on(place),
        Odd::Strange(text) => warning("AC21", "Unusual SMS Number", text).on(place),
    })
}

/// The findings about the account of a user.
pub(super) fn user(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for (name, node) in [("sip_username", "username"), ("sip_password", "password")] {
        if attrs::text(config, name).is_some_and(|t| t.trim().is_empty()) {
            let text = format!("`{name}` is empty, but is the <{node}> of the account.");
            found.push(error("AC18", "Incomplete Account", text).on(at(name)));
        }
    }
    if extras(config).any(|(name, text)| name == "title" && text.trim().is_empty()) {
        let text =
            "The title is empty: the app would not save the account. Leave it out, or fill it in.";
        found.push(error("AC18", "Incomplete Account", text).on(at("extra")));
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in extras(config) {
        if OWN.contains(&name) || names.contains(&name) {
            let text = format!(
                "The account would have <{name}> twice. Use the argument of its own, or write it in one of extra and extra_secrets."
            );
            found.push(error("AC19", "Node Twice", text).on(at("extra")));
        } else if !is_name(name) {
            let text = format!(
                "{name:?} cannot be the name of a node: a letter, then letters, digits, `_`, `-` and `.`."
            );
            found.push(error("AC17", "Malformed Account", text).on(at("extra")));
        }
        names.push(name);
    }
    let texts = [
        "cloud_username",
        "network_id",
        "sip_username",
        "sip_password",
        "cloud_password",
    ];
    for name in texts {
        if attrs::text(config, name).is_some_and(|t| !can_carry(t)) {
            let text = format!("`{name}` has a character that XML cannot carry.");
            found.push(error("AC17", "Malformed Account", text).on(at(name)));
        }
    }
    if extras(config).any(|(_, text)| !can_carry(text)) {
        let text = "A further node has a character that XML cannot carry.";
        found.push(error("AC17", "Malformed Account", text).on(at("extra")));
    }
    for (n, entry) in attrs::items(config, "sms_number").iter().enumerate() {
        let place = |name: &str| {
            at("sms_number")
                .then(Step::Index(n))
                .then(Step::Attribute(name.into()))
        };
        if let Some(given) = attrs::text(entry, "number") {
            found.extend(number(given, place("number")));
        }
        if attrs::text(entry, "carrier").is_some_and(|c| c.is_empty() || c != c.to_lowercase()) {
            let text = "A carrier is written in lower case, such as sinch.";
            found.push(error("AC20", "Invalid Carrier", text).on(place("carrier")));
        }
    }
    found
}

/// The findings about the account documents of a set.
pub(super) fn documents(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for (name, xml) in accounts(config).unwrap_or_default() {
        let place = at("accounts").then(Step::Key(name.into()));
        match read(xml) {
            Err(Unreadable::Ampersand(why)) => {
                let text = format!("The account of {name:?} is not escaped ({why}).");
                found.push(error("AC26", "Unescaped Account", text).on(place));
            }
            Err(Unreadable::Other(why)) => {
                let text = format!("The account of {name:?} cannot be used: {why}.");
                found.push(error("AC17", "Malformed Account", text).on(place));
            }
            Ok(all) => {
                for one in &all {
                    found.extend(document(name, one, &place));
                }
            }
        }
    }
    found
}

fn document(name: &str, read: &Read, place: &Path) -> Diagnostics {
    let mut found = Vec::new();
    let mut wrong = |id: &str, summary: &str, text: String| {
        found.push(error(id, summary, format!("The account of {name:?} {text}")).on(place.clone()));
    };
    for node in ["username", "password"] {
        if read.text(node).is_none_or(str::is_empty) {
            wrong(
                "AC18",
                "Incomplete Account",
                format!("has no <{node}>, or an empty one."),
            );
        }
    }
    if read.text("title").is_some_and(str::is_empty) {
        wrong(
            "AC18",
            "Incomplete Account",
            "has an empty <title>: the app would not save it.".into(),
        );
    }
    for node in ONCE {
        if read.count(node) > 1 {
            wrong(
                "AC19",
                "Node Twice",
                format!("has <{node}> more than once."),
            );
        }
    }
    for entry in &read.entries {
        let whole =
            entry.carriers.len() == 1 && entry.numbers.len() == 1 && entry.strangers.is_empty();
        if !whole {
            wrong("AC20", "Invalid SMS Numbers", "has an entry in <smsNumbers> that is not a <number> with one <carrier> and one <number>.".into());
        }
        if entry
            .carriers
            .iter()
            .any(|c| c.is_empty() || *c != c.to_lowercase())
        {
            wrong(
                "AC20",
                "Invalid Carrier",
                "has a carrier that is not in lower case.".into(),
            );
        }
    }
    let numbers = read.entries.iter().flat_map(|e| &e.numbers);
    found.extend(numbers.filter_map(|n| number(n, place.clone())));
    found
}

/// AC28 [public]: what the vendor's sample service can read.
pub(super) fn ac28(config: &Value) -> Diagnostics {
    if !is_csv(config) {
        return Vec::new();
    }
    let Some(pair) = pair(config) else {
        return Vec::new();
    };
    let wrong = |text: String, name: &str| {
        error("AC28", "Not Readable by the Sample Service", text).on(at(name))
    };
    let pair = match pair {
        Ok(pair) => pair,
        Err(why) => {
            return vec![wrong(
                format!("The users cannot be written: {why}."),
                "users",
            )];
        }
    };
    let mut found = Vec::new();
    if let Some(n) = pair
        .users
        .lines()
        .position(|line| line.len() >= LONGEST_LINE)
    {
        let text = format!(
            "Line {} of the users has {LONGEST_LINE} bytes or more, where the service stops reading.",
            n + 1
        );
        found.push(wrong(text, "users"));
    }
    for name in placeholders(&pair.template) {
        if !pair.columns.iter().any(|c| c == name) {
            let text = format!("The template has {{{name}}}, but no user has such a column.");
            found.push(wrong(text, "template"));
        }
    }
    if let Err(why) = read(&pair.template) {
        let why = match why {
            Unreadable::Ampersand(why) | Unreadable::Other(why) => why,
        };
        let text = format!("The template cannot be used: {why}.");
        found.push(error("AC17", "Malformed Account", text).on(at("template")));
    }
    found
}
