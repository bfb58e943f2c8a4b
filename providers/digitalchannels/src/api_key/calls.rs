//! The calls of API keys. A key's id is the key itself: it is a secret everywhere, and people see a fingerprint.

use aws_lc_rs::digest;
use serde_json::{Map, Value as Json, json};
use trunkline_http::{HttpError, poll};

use crate::api::Api;
use crate::envelope::{Verdict, unexpected};
use crate::routes::Route;

/// An API key as the service keeps it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The key itself.
    pub(crate) key: String,
    /// Its tenant, or `*`.
    pub(crate) tenant: String,
    /// Its name.
    pub(crate) name: String,
    /// Its permissions, sorted.
    pub(crate) permissions: Vec<String>,
    /// Whether it works.
    pub(crate) enabled: bool,
    /// When it stops working.
    pub(crate) expires: Option<String>,
}

impl Key {
    /// What people see of the key.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }

    /// Reads a key out of an answer; `known` is the key when the answer may leave it out.
    fn read(json: &Json, known: Option<&str>, expires_field: &str) -> Option<Key> {
        let text = |member: &str| json[member].as_str().map(str::to_owned);
        let permissions = json["permissions"].as_array().into_iter().flatten();
        let mut permissions: Vec<String> = permissions
            .filter_map(|p| p.as_str().map(str::to_owned))
            .collect();
        permissions.sort();
        let expires = match &json[expires_field] {
            Json::String(text) if !text.is_empty() && text != "never" => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(Key {
            key: text("id")
                .or_else(|| text("key"))
                .or_else(|| known.map(str::to_owned))?,
            tenant: text("tenant")?,
            name: text("name")?,
            permissions,
            enabled: json["enabled"].as_bool().unwrap_or(true),
            expires,
        })
    }
}

/// What a key is asked to be.
pub(crate) struct Wanted<'v> {
    /// Its tenant, or `*`.
    pub(crate) tenant: &'v str,
    /// Its name.
    pub(crate) name: &'v str,
    /// Its permissions.
    pub(crate) permissions: Vec<&'v str>,
    /// Whether it works.
    pub(crate) enabled: bool,
    /// When it stops working; the inner `None` clears it.
    pub(crate) expires: Option<Option<&'v str>>,
}

impl Wanted<'_> {
    /// The request body, in the wrapper that the vendor's public sample has.
    pub(crate) fn json(&self, expires_field: &str) -> Json {
        let mut data = Map::new();
        data.insert("enabled".into(), json!(self.enabled));
        data.insert("tenant".into(), json!(self.tenant));
        data.insert("name".into(), json!(self.name));
        data.insert("permissions".into(), json!(self.permissions));
        if let Some(expires) = self.expires {
            data.insert(expires_field.into(), json!(expires));
        }
        json!({ "data": data })
    }
}

/// A name for a key that tells nothing of it: keys are random UUIDs, so the hash cannot be searched.
pub(crate) fn fingerprint(key: &str) -> String {
    let digest = digest::digest(
        &digest::SHA256,
        format!("digitalchannels_api_key {key}").as_bytes(),
    );
    let hex = |byte: &u8| format!("{byte:02x}");
    let hex: String = digest.as_ref().iter().take(10).map(hex).collect();
    format!("key-{hex}")
}

/// Lists all keys that the user may see, by tenant, name and fingerprint.
pub(crate) async fn list(api: &Api) -> Result<Vec<Key>, HttpError> {
    let content = api.key(Route::ApiKeyList, None, None).await?.done()?;
    let lists = [&content, &content["apikeys"], &content["items"]];
    let Some(items) = lists.into_iter().find_map(Json::as_array) else {
        return Err(unexpected("the answer is not a list of API keys"));
    };
    let field = &api.settings().expires_field;
    let mut keys: Vec<Key> = items
        .iter()
        .filter_map(|item| Key::read(item, None, field))
        .collect();
    keys.iter().for_each(|key| api.keep_secret(&key.key));
    keys.sort_by_cached_key(|key| (key.tenant.clone(), key.name.clone(), key.fingerprint()));
    Ok(keys)
}

/// The keys of a tenant and name.
pub(crate) async fn named(api: &Api, tenant: &str, name: &str) -> Result<Vec<Key>, HttpError> {
    let keys = list(api).await?.into_iter();
    Ok(keys
        .filter(|key| key.tenant.eq_ignore_ascii_case(tenant) && key.name == name)
        .collect())
}

/// Makes a key. An answer without the key leaves the outcome open: the key is there and must be found.
pub(crate) async fn create(api: &Api, wanted: &Wanted<'_>) -> Result<String, HttpError> {
    let body = wanted.json(&api.settings().expires_field);
    let content = api
        .key(Route::ApiKeyCreate, None, Some(&body))
        .await?
        .done()?;
    let Some(key) = content["id"].as_str().or_else(|| content["key"].as_str()) else {
        return Err(HttpError::unclear(
            "the service made the key, but its answer does not hold it",
        )
        .advice("The next run finds it before it does anything."));
    };
    api.keep_secret(key);
    Ok(key.to_owned())
}

/// Reads a key; `None` when it is gone.
pub(crate) async fn read(api: &Api, key: &str) -> Result<Option<Key>, HttpError> {
    match api.key(Route::ApiKeyRead, Some(key), None).await? {
        Verdict::Missing(_) => Ok(None),
        verdict => match Key::read(&verdict.done()?, Some(key), &api.settings().expires_field) {
            Some(key) => Ok(Some(key)),
            None => Err(unexpected("the answer lacks the key's name or tenant")),
        },
    }
}

/// Reads until the key is there as it is wanted, for a minute at most [assumed, as for services]. Whether it is.
pub(crate) async fn settled(api: &Api, key: &str, wanted: &Wanted<'_>) -> bool {
    let look = || async {
        let there = read(api, key).await?;
        Ok::<_, HttpError>(
            there.filter(|there| there.name == wanted.name && there.enabled == wanted.enabled),
        )
    };
    matches!(poll(api.read_back(), look).await, Ok(Some(_)))
}

/// Changes a key's name, its state or its expiration.
pub(crate) async fn update(api: &Api, key: &str, wanted: &Wanted<'_>) -> Result<(), HttpError> {
    let body = wanted.json(&api.settings().expires_field);
    api.key(Route::ApiKeyUpdate, Some(key), Some(&body))
        .await?
        .done()
        .map(drop)
}

/// Removes a key for good; one that is not there is removed.
pub(crate) async fn delete(api: &Api, key: &str) -> Result<(), HttpError> {
    match api.key(Route::ApiKeyDelete, Some(key), None).await? {
        Verdict::Missing(_) => Ok(()),
        verdict => verdict.done().map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_that_of_the_public_sample() {
        let wanted = Wanted {
            tenant: "*",
            name: "Portico Cluster API Key",
            permissions: vec!["nexus:cluster:*"],
            enabled: true,
            expires: None,
        };
        assert_eq!(
            wanted.json("expires"),
            json!({"data": {"enabled": true, "tenant": "*", "name": "Portico Cluster API Key",
                            "permissions": ["nexus:cluster:*"]}})
        );
        let wanted = Wanted {
            expires: Some(None),
            ..wanted
        };
        assert_eq!(wanted.json("validUntil")["data"]["validUntil"], Json::Null);
    }

    #[test]
    fn fingerprints_tell_keys_apart_and_nothing_else() {
        let key = "9b7682b7-cbce-422f-9bbb-ecda85e61695";
        assert_eq!(fingerprint(key).len(), 24);
        assert_ne!(
            fingerprint(key),
            fingerprint("9b7682b7-cbce-422f-9bbb-ecda85e61696")
        );
        assert!(!fingerprint(key).contains("9b7682b7"));
    }
}
