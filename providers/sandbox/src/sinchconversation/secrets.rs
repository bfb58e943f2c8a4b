//! Secrets in vendor objects that the vendor may show again: a hash, and a sealed copy where it does.
//!
//! A member `token` is stored as `token_sha256` and, when reads echo secrets, `token_sealed`; the admin service
//! shows neither the copy nor the text. It must not know which members are secrets.

use serde_json::{Map, Value};

use crate::seal::sha256_hex;
use crate::settings::SecretEcho;

const HASH: &str = "_sha256";
const COPY: &str = "_sealed";

/// The object with its secret members replaced, at any depth. `secret` is the list of their names.
pub(crate) fn keep(value: &Value, secret: &[&str], echo: SecretEcho) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (name, member) in map {
                match member.as_str() {
                    Some(text) if secret.contains(&name.as_str()) => {
                        out.insert(format!("{name}{HASH}"), sha256_hex(text).into());
                        if echo == SecretEcho::Echo {
                            out.insert(format!("{name}{COPY}"), text.into());
                        }
                    }
                    _ if member.is_null() => {}
                    _ => {
                        out.insert(name.clone(), keep(member, secret, echo));
                    }
                }
            }
            out.into()
        }
        Value::Array(list) => list.iter().map(|v| keep(v, secret, echo)).collect(),
        other => other.clone(),
    }
}

/// What a read shows of a stored object.
pub(crate) fn show(value: &Value, echo: SecretEcho) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (name, member) in map {
                if name.ends_with(COPY) {
                    continue;
                }
                let Some(bare) = name.strip_suffix(HASH) else {
                    out.insert(name.clone(), show(member, echo));
                    continue;
                };
                let copy = map.get(&format!("{bare}{COPY}"));
                match (echo, copy) {
                    (SecretEcho::Echo, Some(text)) => {
                        out.insert(bare.to_owned(), text.clone());
                    }
                    (SecretEcho::Absent, _) => {}
                    // Written while secrets were not echoed, or masked by the settings.
                    _ => {
                        out.insert(bare.to_owned(), "********".into());
                    }
                }
            }
            out.into()
        }
        Value::Array(list) => list.iter().map(|v| show(v, echo)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_can_be_shown_as_the_settings_say() {
        let object = json!({ "a": [ { "token": "t", "id": "i" } ], "token": "", "gone": null });
        let kept = keep(&object, &["token"], SecretEcho::Echo);
        let shown = show(&kept, SecretEcho::Echo);
        assert_eq!(
            shown,
            json!({ "a": [ { "token": "t", "id": "i" } ], "token": "" })
        );
        let masked = show(&kept, SecretEcho::Masked);
        assert_eq!(masked["a"][0], json!({ "token": "********", "id": "i" }));
        let kept = keep(&object, &["token"], SecretEcho::Absent);
        assert!(!kept.to_string().contains("\"t\""), "{kept}");
        assert_eq!(
            show(&kept, SecretEcho::Absent),
            json!({ "a": [ { "id": "i" } ] })
        );
    }
}
