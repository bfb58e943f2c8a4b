//! Objects by the names that people gave them, for imports.
//!
//! It looks names up; what an import id is made of is each type's subject.

use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_http::HttpError;

use crate::auth_role::named;
use crate::client::{Client, ids_of, text};
use crate::lookups::search;
use crate::oauth_client::{CLIENTS, is_leaving};
use crate::rules::is_uuid;

/// What is called by a name.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A role, by its exact name.
    Role,
    /// An OAuth client, by its exact name.
    Client,
    /// A user, by the e-mail address.
    User,
}

impl Kind {
    fn many(self) -> &'static str {
        match self {
            Kind::Role => "roles",
            Kind::Client => "OAuth clients",
            Kind::User => "users",
        }
    }

    async fn ids(self, client: &Client, name: &str) -> Result<Vec<String>, HttpError> {
        let found = match self {
            Kind::Role => named(client, name).await?,
            Kind::User => search(client, name).await?,
            Kind::Client => {
                let mut all = client.entities(CLIENTS, &[]).await?;
                all.retain(|found| text(found, "name") == Some(name) && !is_leaving(found));
                all
            }
        };
        Ok(ids_of(&found))
    }
}

/// The id of the one object called so. What has the form of an id is one, and so is what nothing is called: reading it
/// tells that it is not there.
pub(crate) async fn id(client: &Client, kind: Kind, given: &str) -> Result<String, Diagnostics> {
    if is_uuid(given) {
        return Ok(given.to_owned());
    }
    let found = kind.ids(client, given).await.map_err(|e| {
        let doing = format!("Looking for {} called {given:?}", kind.many());
        vec![Diagnostic::from(e.doing(doing))]
    })?;
    match found.as_slice() {
        [] => Ok(given.to_owned()),
        [one] => Ok(one.clone()),
        ids => Err(vec![Diagnostic::error(
            "Ambiguous Import Id",
            format!(
                "{} {} are called {given:?}. Import one by its id: {}.",
                ids.len(),
                kind.many(),
                ids.join(", ")
            ),
        )]),
    }
}
