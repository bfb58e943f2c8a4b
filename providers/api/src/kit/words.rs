//! An imported object in the words of its configuration.
//!
//! A read keeps the words of the state that it is given wherever they mean what it reads, and keeps what it cannot read.
//! An import has no such state yet, so the configuration speaks for it: what is read takes the place of what differs.
//! Pure: it compares nothing and calls nobody.

use crate::schema::Block;
use crate::{Kind, Value};

use super::attrs;
use super::draft::without_write_only;

/// What an import has found, with the configuration for what it has not. The configuration counts as far as it is known.
pub(super) fn worded(
    block: &Block,
    imported: &Value,
    config: &Value,
    defaults: &[(&'static str, Value)],
) -> Value {
    let config = without_write_only(block, config);
    let mut worded = imported.clone();
    let mut take = |name: &str, value: &Value| {
        let found = imported.attr(name).is_some_and(|v| !is_empty(v));
        if !found && !value.is_null() && value.is_wholly_known() {
            worded = attrs::set(&worded, name, value.clone());
        }
    };
    for (name, value) in config.as_fields().into_iter().flat_map(|f| f.iter()) {
        take(name, value);
    }
    for (name, default) in defaults {
        if attrs::is_unset(&config, name) {
            take(name, default);
        }
    }
    worded
}

/// Whether there is nothing, as for an attribute or for blocks.
fn is_empty(value: &Value) -> bool {
    match value.kind() {
        Kind::List(_, items) | Kind::Tuple(items) => items.is_empty(),
        Kind::Set(_, items) => items.is_empty(),
        Kind::Map(_, items) => items.is_empty(),
        _ => value.is_null(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::{from_json, to_json};
    use crate::{Attribute, NestedBlock, Nesting, Type};

    fn block() -> Block {
        let text = || Attribute::new(Type::String, "").optional();
        Block::new("")
            .attribute("id", text().computed())
            .attribute("name", text())
            .attribute("kind", text().computed())
            .attribute("secret", text().write_only())
            .attribute(
                "words",
                Attribute::new(Type::list(Type::String), "").optional(),
            )
            .nested(
                "entry",
                NestedBlock::new(
                    Nesting::List,
                    Block::new("")
                        .attribute("secret", text().write_only())
                        .attribute("uri", text()),
                ),
            )
    }

    #[test]
    fn what_an_import_found_stands_and_the_configuration_says_the_rest() {
        let value = |json| from_json(&json, &block().implied_type()).unwrap();
        let imported = value(json!({
            "id": "1", "name": "there", "kind": null, "secret": null, "words": null, "entry": [],
        }));
        let config = value(json!({
            "id": null, "name": "here", "kind": null, "secret": "s", "words": ["a"],
            "entry": [{"secret": "s", "uri": "u"}],
        }));
        let defaults = [("kind", Value::from("usual"))];
        assert_eq!(
            to_json(&worded(&block(), &imported, &config, &defaults)),
            json!({
                "id": "1", "name": "there", "kind": "usual", "secret": null, "words": ["a"],
                "entry": [{"secret": null, "uri": "u"}],
            })
        );
    }

    #[test]
    fn what_is_not_known_yet_says_nothing() {
        let nulls = crate::coerce::null_object(&block());
        let imported = attrs::set(&nulls, "id", Value::from("1"));
        let config = attrs::set(&nulls, "name", Value::unknown(Type::String));
        assert_eq!(worded(&block(), &imported, &config, &[]), imported);
    }
}
