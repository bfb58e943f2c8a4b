//! `digitalchannels_contact_center`: the id of a contact centre, by name [assumed].

use serde_json::Value as Json;
use trunkline_api::kit::{DataSource, Outcome};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Schema, Type, Value};

use crate::api::Api;
use crate::{names, values};

/// The data source.
pub(crate) struct ContactCenter;

impl DataSource<Api> for ContactCenter {
    fn type_name(&self) -> &'static str {
        names::CONTACT_CENTER
    }

    fn schema(&self) -> Schema {
        let text = |description: &str| Attribute::new(Type::String, description);
        let block = Block::new("A contact centre of Web Services and Applications. The call is unverified against the live service.")
            .attribute("name", text("Its name.").required())
            .attribute("id", text("Its id, for the provider's ccid.").computed());
        Schema { version: 0, block }
    }

    fn read<'a>(&'a self, api: &'a Api, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let name = values::known(&config, "name").unwrap_or_default();
            let what = format!("Finding the contact centre {name:?}");
            let content = match api.contact_centers().await {
                Ok(content) => content,
                Err(e) => return e.doing(what).into(),
            };
            let ids = named(&content, name);
            match &ids[..] {
                [id] => Outcome::is(Value::object([("id", Value::from(id.as_str()))])),
                _ => Outcome::failed(Diagnostic::error(
                    "Contact center not found",
                    format!(
                        "{} contact centres are called {name:?}; it must be one. Upper and lower case count.",
                        ids.len()
                    ),
                )),
            }
        })
    }
}

/// The ids of the contact centres of a name, in a listing of which the form is [assumed].
fn named(content: &Json, name: &str) -> Vec<String> {
    let items = content
        .as_array()
        .or_else(|| content["contactCenters"].as_array());
    let ours = items
        .into_iter()
        .flatten()
        .filter(|item| item["name"].as_str() == Some(name));
    ours.filter_map(|item| item["id"].as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn listings_have_two_forms() {
        let list = json!([{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]);
        assert_eq!(named(&list, "B"), ["2"]);
        assert_eq!(named(&json!({"contactCenters": list}), "A"), ["1"]);
        assert!(named(&json!({}), "A").is_empty());
    }
}
