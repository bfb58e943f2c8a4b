//! Data sources: objects that are there anyway, by name.

use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::{Attribute, Block, BoxFuture, Path, Schema, Type, Value};

use crate::Connection;
use crate::messaging_service::SERVICES;
use crate::queue::QUEUES;
use crate::user::USERS;

/// One data source: something with an id and a natural key.
struct ByKey {
    type_name: &'static str,
    collection: &'static str,
    key: &'static str,
    what: &'static str,
}

/// All of them.
pub(crate) fn all() -> Vec<Box<dyn DataSource<Connection>>> {
    let of = |type_name, collection, key, what| {
        Box::new(ByKey {
            type_name,
            collection,
            key,
            what,
        }) as Box<dyn DataSource<Connection>>
    };
    vec![
        of(
            "sinchcontactpro_messaging_service",
            SERVICES,
            "name",
            "the messaging service",
        ),
        of("sinchcontactpro_queue", QUEUES, "name", "the queue"),
        of(
            "sinchcontactpro_queue_group",
            "queue_groups",
            "name",
            "the queue group",
        ),
        of("sinchcontactpro_role", "roles", "name", "the role"),
        of("sinchcontactpro_user", USERS, "login", "the user"),
        of(
            "sinchcontactpro_user_group",
            "user_groups",
            "name",
            "the user group",
        ),
    ]
}

/// Collections are named as where they belong to a user; the tenant's own has the same spelling.
impl DataSource<Connection> for ByKey {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn schema(&self) -> Schema {
        let text = |d: String| Attribute::new(Type::String, d);
        let what = self.what;
        Schema {
            version: 0,
            block: Block::new(format!("Finds {what} by its {}.", self.key))
                .attribute(
                    self.key,
                    text(format!("The exact {}.", self.key)).required(),
                )
                .attribute("id", text("Its id.".to_owned()).computed()),
        }
    }

    fn read<'a>(&'a self, client: &'a Connection, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let wanted = attrs::text(&config, self.key).unwrap_or_default();
            match client
                .resolve(&[self.collection], self.key, wanted, self.what)
                .await
            {
                Ok(id) => Outcome::is(Value::object([("id", Value::string(id))])),
                Err(problem) => Outcome::failed(problem.on(Path::attribute(self.key))),
            }
        })
    }
}
