//! The calls of a service: create, read, update, delete, and reading back what was written.
//!
//! A service is identified by contact centre and name, so a create whose answer was lost can be found again. Which
//! kinds there are is [`crate::services`]'s subject.

use serde_json::Value as Json;
use trunkline_http::{HttpError, poll};

use crate::api::Api;
use crate::envelope::{Verdict, unexpected};
use crate::routes::Route;
use crate::services::agrees;

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Contact-centre id.
    pub(crate) ccid: String,
    /// The service's name.
    pub(crate) name: String,
}

impl Place {
    /// The id shown to people: contact centre, slash, name.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.ccid, self.name)
    }
}

/// Creates a service.
///
/// # Errors
/// Also when there is one of the name already: it is not ours.
pub(crate) async fn create(api: &Api, place: &Place, body: &Json) -> Result<(), HttpError> {
    match api.service(Route::ServiceCreate, place, Some(body)).await? {
        Verdict::Exists(_) => Err(unexpected(format!(
            "The tenant has a service {name} already, and a service is made once per tenant. Import it instead, with the \
             import command or an import block; its id is \"{id}\".",
            name = place.name,
            id = place.id()
        ))),
        verdict => verdict.done().map(drop),
    }
}

/// Reads a service: its content, or `None` when it is not there.
pub(crate) async fn read(api: &Api, place: &Place) -> Result<Option<Json>, HttpError> {
    match api.service(Route::ServiceRead, place, None).await? {
        Verdict::Missing(_) => Ok(None),
        verdict => match verdict.done()? {
            content @ Json::Object(_) => Ok(Some(content)),
            _ => Err(unexpected("the answer is not an object")),
        },
    }
}

/// Writes a service whole, secrets included, so that none is wiped. A deployment without the update call takes
/// the create call for it [assumed].
pub(crate) async fn update(api: &Api, place: &Place, body: &Json) -> Result<(), HttpError> {
    let mut verdict = api.service(Route::ServiceUpdate, place, Some(body)).await?;
    if verdict.is_not_offered() {
        verdict = api.service(Route::ServiceCreate, place, Some(body)).await?;
    }
    verdict.done().map(drop)
}

/// Removes a service; one that is not there is removed.
pub(crate) async fn delete(api: &Api, place: &Place) -> Result<(), HttpError> {
    match api.service(Route::ServiceDelete, place, None).await? {
        Verdict::Missing(_) => Ok(()),
        verdict => verdict.done().map(drop),
    }
}

/// The names of a tenant's services; `None` when the deployment has no such call.
pub(crate) async fn list(api: &Api, ccid: &str) -> Result<Option<Vec<String>>, HttpError> {
    let place = Place {
        ccid: ccid.to_owned(),
        name: String::new(),
    };
    let verdict = api.service(Route::ServiceList, &place, None).await?;
    if verdict.is_not_offered() {
        return Ok(None);
    }
    Ok(Some(names_in(&verdict.done()?)))
}

/// The names in a listing, of which the form is not known: a list of names or of objects, perhaps below
/// `services`, or an object by name [assumed].
fn names_in(content: &Json) -> Vec<String> {
    let content = content.get("services").unwrap_or(content);
    let mut names: Vec<String> = match content {
        Json::Array(items) => {
            let name = |item: &Json| {
                item.as_str()
                    .or_else(|| item["name"].as_str())
                    .map(str::to_owned)
            };
            items.iter().filter_map(name).collect()
        }
        Json::Object(items) => items.keys().cloned().collect(),
        _ => Vec::new(),
    };
    names.sort();
    names
}

/// Reads until the service answers with what was written, for a minute at most. Whether it did.
pub(crate) async fn settled(api: &Api, place: &Place, body: &Json) -> bool {
    let look = || async {
        let there = read(api, place).await?;
        Ok::<_, HttpError>(there.filter(|there| agrees(there, body)))
    };
    matches!(poll(api.read_back(), look).await, Ok(Some(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn listings_have_many_forms() {
        for listing in [
            json!(["SMS", "Async"]),
            json!([{"name": "SMS", "url": "N/A"}, {"name": "Async"}]),
            json!({"services": [{"name": "Async"}, {"name": "SMS"}]}),
            json!({"SMS": {}, "Async": {}}),
        ] {
            assert_eq!(names_in(&listing), ["Async", "SMS"], "{listing}");
        }
    }
}
