//! Strict reading of JSON bodies: every problem is collected with the field that has it.
//!
//! It must not decide how a vendor words its refusal, and never repeats a value, which may be a secret.

use serde_json::{Map, Value};

/// One thing wrong with a body.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) field: String,
    /// `invalid.property` for a field that does not exist, else `constraint.validation` or `invalid.value`.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Reads one object; a member that is `null` counts as absent.
pub(crate) struct Check<'a> {
    map: &'a Map<String, Value>,
    at: String,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    /// `at` is the path of the object, empty for the body itself.
    pub(crate) fn new(value: &'a Value, at: &str) -> Result<Self, Problem> {
        match value {
            Value::Object(map) => Ok(Self {
                map,
                at: at.to_owned(),
                problems: Vec::new(),
            }),
            _ => Err(Problem {
                field: at.to_owned(),
                code: "constraint.validation",
                message: format!(
                    "{} must be an object",
                    if at.is_empty() { "the body" } else { at }
                ),
            }),
        }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }

    pub(crate) fn fail(&mut self, name: &str, code: &'static str, what: &str) {
        let field = self.path(name);
        self.problems.push(Problem {
            message: format!("{field} {what}"),
            field,
            code,
        });
    }

    pub(crate) fn take(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    /// No other members than these; a member that is `null` is not there.
    pub(crate) fn only(&mut self, allowed: &[&[&str]]) {
        let known = |name: &str| allowed.iter().any(|list| list.contains(&name));
        let unknown: Vec<&String> = self
            .map
            .iter()
            .filter(|(name, value)| !value.is_null() && !known(name))
            .map(|(n, _)| n)
            .collect();
        for name in unknown {
            self.fail(name, "invalid.property", "is not a known property");
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|v| !v.is_null())
    }

    fn get(&mut self, name: &str, required: bool) -> Option<&'a Value> {
        let value = self.map.get(name).filter(|v| !v.is_null());
        if value.is_none() && required {
            self.fail(name, "constraint.validation", "is required");
        }
        value
    }

    /// A text; not empty when required.
    pub(crate) fn text(&mut self, name: &str, required: bool) -> Option<&'a str> {
        let text = self.get(name, required)?.as_str();
        match text {
            None => self.fail(name, "constraint.validation", "must be a string"),
            Some(text) if required && text.trim().is_empty() => {
                self.fail(name, "constraint.validation", "must not be empty");
                return None;
            }
            Some(_) => {}
        }
        text
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let flag = self.get(name, false)?.as_bool();
        if flag.is_none() {
            self.fail(name, "constraint.validation", "must be true or false");
        }
        flag
    }

    pub(crate) fn integer(&mut self, name: &str, required: bool) -> Option<i64> {
        let number = self.get(name, required)?.as_i64();
        if number.is_none() {
            self.fail(name, "constraint.validation", "must be an integer");
        }
        number
    }

    pub(crate) fn list(&mut self, name: &str, required: bool) -> Option<&'a Vec<Value>> {
        let list = self.get(name, required)?.as_array();
        match list {
            None => self.fail(name, "constraint.validation", "must be an array"),
            Some(list) if required && list.is_empty() => {
                self.fail(name, "constraint.validation", "must not be empty");
                return None;
            }
            Some(_) => {}
        }
        list
    }

    /// A list of non-empty texts.
    pub(crate) fn texts(&mut self, name: &str, required: bool) -> Option<Vec<String>> {
        let list = self.list(name, required)?;
        let texts: Vec<String> = list
            .iter()
            .filter_map(Value::as_str)
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
            .collect();
        if texts.len() != list.len() {
            self.fail(
                name,
                "constraint.validation",
                "must hold non-empty strings only",
            );
            return None;
        }
        Some(texts)
    }

    pub(crate) fn object(&mut self, name: &str, required: bool) -> Option<&'a Value> {
        let value = self.get(name, required)?;
        if !value.is_object() {
            self.fail(name, "constraint.validation", "must be an object");
            return None;
        }
        Some(value)
    }

    /// One of a closed list of texts, exact in case.
    pub(crate) fn choice(
        &mut self,
        name: &str,
        required: bool,
        choices: &[&str],
    ) -> Option<&'a str> {
        let text = self.text(name, required)?;
        if !choices.contains(&text) {
            self.fail(
                name,
                "invalid.value",
                &format!("must be one of {}", choices.join(", ")),
            );
            return None;
        }
        Some(text)
    }

    /// An absolute http or https URL.
    pub(crate) fn url(&mut self, name: &str, required: bool) -> Option<&'a str> {
        let text = self.text(name, required)?;
        if !is_url(text) {
            self.fail(
                name,
                "invalid.value",
                "must be an absolute http or https URL",
            );
            return None;
        }
        Some(text)
    }

    pub(crate) fn uuid(&mut self, name: &str, required: bool) -> Option<&'a str> {
        let text = self.text(name, required)?;
        if !is_uuid(text) {
            self.fail(name, "invalid.value", "must be a UUID");
            return None;
        }
        Some(text)
    }
}

/// 8-4-4-4-12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// An absolute http or https URL with a host.
pub(crate) fn is_url(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && url::Url::parse(text)
            .is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
}
