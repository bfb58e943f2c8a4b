//! How a changed secret is noticed: a salted hash of each, kept in the provider's private data.
//!
//! For services that never tell a secret, where the state holds none either. Without a hash (an imported object, or a
//! create whose answer was lost) the secret that is configured then counts as the one that is set.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Value as Json, json};

/// The hashes of one object's secrets.
#[derive(Debug, Default)]
pub struct Kept {
    salt: String,
    hashes: BTreeMap<String, String>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(salt: &str, secret: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(salt.as_bytes());
    context.update(secret.as_bytes());
    hex(context.finish().as_ref())
}

impl Kept {
    /// Reads private data; what is not ours counts as nothing.
    #[must_use]
    pub fn read(private: &[u8]) -> Kept {
        let json: Json = serde_json::from_slice(private).unwrap_or_default();
        let hashes = json.get("secrets").and_then(Json::as_object);
        let hashes = hashes.into_iter().flatten();
        Kept {
            salt: json
                .get("salt")
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned(),
            hashes: hashes
                .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
                .collect(),
        }
    }

    /// Whether the secret called `name` is known to be another one than `secret`.
    #[must_use]
    pub fn differs(&self, name: &str, secret: &str) -> bool {
        let kept = self.hashes.get(name);
        kept.is_some_and(|kept| *kept != hash(&self.salt, secret))
    }

    /// Private data for the secrets of the object `id`, which the service made up: the salt.
    #[must_use]
    pub fn of<'s>(id: &str, secrets: impl IntoIterator<Item = (String, &'s str)>) -> Arc<[u8]> {
        let hashes: BTreeMap<String, String> = secrets
            .into_iter()
            .map(|(name, secret)| (name, hash(id, secret)))
            .collect();
        Arc::from(
            json!({ "salt": id, "secrets": hashes })
                .to_string()
                .into_bytes(),
        )
    }

    /// Private data that takes these secrets for those that are set, where none is kept. Nothing when there is
    /// nothing to add.
    #[must_use]
    pub fn completed<'s>(
        &self,
        id: &str,
        secrets: impl IntoIterator<Item = (String, &'s str)>,
    ) -> Option<Arc<[u8]>> {
        if !self.salt.is_empty() && self.salt != id {
            return None;
        }
        let known = self.hashes.clone();
        let missing = secrets
            .into_iter()
            .filter(|(name, _)| !known.contains_key(name))
            .map(|(name, secret)| (name, hash(id, secret)));
        let missing: BTreeMap<String, String> = missing.collect();
        if missing.is_empty() {
            return None;
        }
        let all: BTreeMap<String, String> = known.into_iter().chain(missing).collect();
        Some(Arc::from(
            json!({ "salt": id, "secrets": all })
                .to_string()
                .into_bytes(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_secret_that_is_known_to_be_another_differs() {
        let private = Kept::of("id-1", [("a".to_owned(), "one")]);
        let kept = Kept::read(&private);
        assert!(!kept.differs("a", "one") && kept.differs("a", "two"));
        assert!(!kept.differs("b", "two"));
        assert!(!Kept::read(b"").differs("a", "two"));
        assert!(!String::from_utf8_lossy(&private).contains("one"));
        assert_ne!(
            private,
            Kept::of("id-2", [("a".to_owned(), "one")]),
            "another salt"
        );
    }

    #[test]
    fn what_is_missing_is_taken_as_configured_and_the_rest_stays() {
        let kept = Kept::read(&Kept::of("id-1", [("a".to_owned(), "one")]));
        let both = || [("a".to_owned(), "two"), ("b".to_owned(), "b")];
        let more = Kept::read(&kept.completed("id-1", both()).unwrap());
        assert!(more.differs("a", "two") && !more.differs("b", "b") && more.differs("b", "c"));
        assert_eq!(more.completed("id-1", both()), None);
    }
}
