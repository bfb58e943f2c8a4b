//! Takes registered secrets out of texts.
//!
//! The register only grows, and never shows what is in it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};

/// Secrets that must not occur in any message. Cheap to clone; clones share the register.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Vec<SecretString>>>);

const MASK: &str = "(secret)";

impl Redactor {
    /// Registers `secret` and the forms in which it travels: percent-encoded and as JSON text.
    pub fn register(&self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        let json = serde_json::Value::from(secret).to_string();
        let forms = [
            secret.to_owned(),
            percent_encoded(secret),
            json[1..json.len() - 1].to_owned(),
        ];
        let mut register = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms {
            if !register.iter().any(|s| s.expose_secret() == form) {
                register.push(form.into());
            }
        }
        // The longest first, so that a secret within another leaves no rest of the longer one.
        register.sort_by_key(|s| std::cmp::Reverse(s.expose_secret().len()));
    }

    /// The text with every registered secret masked.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let register = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = text.to_owned();
        for secret in register.iter() {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), MASK);
            }
        }
        text
    }
}

/// Whether a query parameter of this name is shown masked, registered or not.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "token", "password", "key", "signature"]
        .iter()
        .any(|part| name.contains(part))
}

/// Percent-encodes everything but the unreserved characters of RFC 3986: fit for one path segment.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let redactor = Redactor::default();
        redactor.register("p\"w d");
        redactor.register("p\"w d and more");
        assert_eq!(
            redactor.redact(r#"p"w d, p%22w%20d, {"k":"p\"w d"}, p"w d and more."#),
            r#"(secret), (secret), {"k":"(secret)"}, (secret)."#
        );
        assert_eq!(format!("{redactor:?}"), "Redactor");
    }

    #[test]
    fn an_empty_secret_masks_nothing() {
        let redactor = Redactor::default();
        redactor.register("");
        assert_eq!(redactor.redact("text"), "text");
    }
}
