//! The rules that hold between a prior value, a configuration, a planned value and what was made.
//!
//! [`proposed_new`] and [`unknown_computed`] make the value that planning starts from; the assertions
//! say where a provider broke its promises. They decide nothing about actions and never show the
//! value of a sensitive attribute.

mod promises;
mod proposed;

use std::borrow::Cow;
use std::sync::Arc;

use crate::fields::InOrder;
use crate::{Attribute, Block, ByName, Kind, NestedBlock, Value};

pub use promises::{assert_applied_matches, assert_plan_valid};
pub use proposed::{proposed_new, unknown_computed};

/// The attributes and nested blocks of one level.
#[derive(Clone, Copy)]
struct Level<'s> {
    attributes: &'s ByName<Attribute>,
    blocks: Option<&'s ByName<NestedBlock>>,
}

impl<'s> From<&'s Block> for Level<'s> {
    fn from(block: &'s Block) -> Level<'s> {
        Level {
            attributes: &block.attributes,
            blocks: Some(&block.blocks),
        }
    }
}

impl<'s> Level<'s> {
    fn of_attributes(attributes: &'s ByName<Attribute>) -> Level<'s> {
        Level {
            attributes,
            blocks: None,
        }
    }

    fn len(self) -> usize {
        self.attributes.len() + self.blocks.map_or(0, ByName::len)
    }

    /// The names of the attributes, and then those of the nested blocks.
    fn names(self) -> impl Iterator<Item = &'s Arc<str>> {
        let blocks = self.blocks().map(|(name, _)| name);
        self.attributes.keys().chain(blocks)
    }

    fn blocks(self) -> impl Iterator<Item = (&'s Arc<str>, &'s NestedBlock)> {
        self.blocks.into_iter().flatten()
    }
}

fn known_fields(value: &Value) -> Option<&crate::Fields> {
    match value.kind() {
        Kind::Object(fields) | Kind::Map(_, fields) => Some(fields),
        _ => None,
    }
}

/// Gives the fields of a value in the order of a schema; none where it has no fields.
fn lookup(value: &Value) -> InOrder<'_> {
    known_fields(value).map_or_else(InOrder::default, crate::Fields::in_order)
}

/// A value of an attribute that may be missing: then it is null.
fn or_null<'v>(found: Option<&'v Value>, attribute: &Attribute) -> Cow<'v, Value> {
    match found {
        Some(value) => Cow::Borrowed(value),
        None => Cow::Owned(Value::null(attribute.ty.clone())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Nesting;
    use crate::coerce::{apply_sensitive_marks, conform};
    use crate::{NestedBlock, Type};

    fn schema() -> Block {
        let rule = Block::new("")
            .attribute("port", Attribute::new(Type::Number, "").required())
            .attribute("id", Attribute::new(Type::String, "").computed());
        Block::new("")
            .attribute("id", Attribute::new(Type::String, "").computed())
            .attribute("name", Attribute::new(Type::String, "").required())
            .attribute(
                "size",
                Attribute::new(Type::Number, "").optional().computed(),
            )
            .attribute("note", Attribute::new(Type::String, "").optional())
            .attribute(
                "secret",
                Attribute::new(Type::String, "").optional().sensitive(),
            )
            .attribute(
                "once",
                Attribute::new(Type::String, "").optional().write_only(),
            )
            .nested("rule", NestedBlock::new(Nesting::List, rule.clone()))
            .nested("extra", NestedBlock::new(Nesting::Set, rule))
    }

    /// A value of the schema from JSON.
    fn value(json: serde_json::Value) -> Value {
        conform(&crate::json::implied(&json), &schema()).unwrap()
    }

    fn text(value: &Value) -> String {
        let fields = value.as_fields().unwrap();
        let shown = fields
            .iter()
            .filter(|(_, v)| !v.is_null() && v.as_slice().is_none_or(|items| !items.is_empty()));
        format!("{:?}", shown.collect::<BTreeMap<_, _>>())
    }

    use serde_json::json;

    #[test]
    fn computed_values_are_carried_over() {
        let prior = value(json!({"id": "1", "name": "old", "size": 3, "note": "gone",
            "rule": [{"port": 1, "id": "a"}],
            "extra": [{"port": 1, "id": "x"}, {"port": 2, "id": "y"}]}));
        let config = value(json!({"name": "new", "once": "w",
            "rule": [{"port": 5}, {"port": 6}], "extra": [{"port": 2}, {"port": 3}]}));
        assert_eq!(
            text(&proposed_new(&schema(), &prior, &config)),
            r#"{"extra": {{"id": "y", "port": 2}, {"id": null(string), "port": 3}}, "id": "1", "name": "new", "rule": [{"id": "a", "port": 5}, {"id": null(string), "port": 6}], "size": 3}"#
        );
        assert_eq!(
            text(&unknown_computed(&schema(), &config)),
            r#"{"extra": {{"id": unknown(string), "port": 2}, {"id": unknown(string), "port": 3}}, "id": unknown(string), "name": "new", "rule": [{"id": unknown(string), "port": 5}, {"id": unknown(string), "port": 6}], "size": unknown(number)}"#
        );
    }

    #[test]
    fn plans_are_held_to_the_configuration() {
        let null = crate::coerce::null_object(&schema());
        let config = value(json!({"name": "n", "secret": "hush"}));
        let cases = [
            (
                json!({"name": "n", "secret": "hush", "id": "5", "size": 1}),
                vec![],
            ),
            (
                json!({"name": "m", "secret": "other", "note": "x"}),
                vec![
                    r#".name: planned value "m" does not match config value "n""#,
                    r#".note: planned value "x" for a non-computed attribute"#,
                    ".secret: inconsistent values for sensitive attribute",
                ],
            ),
            (
                json!({"name": "n", "secret": "hush", "once": "w", "rule": [{"port": 1}]}),
                vec![
                    ".once: a value is planned for a write-only attribute",
                    ".rule: block count in plan (1) disagrees with count in config (0)",
                ],
            ),
        ];
        for (planned, problems) in cases {
            let planned = value(planned);
            assert_eq!(
                assert_plan_valid(&schema(), &null, &config, &planned),
                problems
            );
        }
    }

    #[test]
    fn results_are_held_to_the_plan() {
        let config = value(json!({"name": "n", "secret": "hush", "extra": [{"port": 1}]}));
        let planned = unknown_computed(&schema(), &config);
        let cases = [
            (
                json!({"id": "1", "name": "n", "size": 2, "secret": "hush",
                    "extra": [{"port": 1, "id": "x"}]}),
                vec![],
            ),
            (
                json!({"id": "1", "name": "m", "size": 2, "note": "x", "secret": "spoken",
                    "extra": [{"port": 1, "id": "x"}], "rule": [{"port": 1}]}),
                vec![
                    r#".name: was "n", but now "m""#,
                    r#".note: was null, but now "x""#,
                    ".secret: inconsistent values for sensitive attribute",
                    ".rule: block count changed from 0 to 1",
                ],
            ),
        ];
        for (actual, problems) in cases {
            let actual = value(actual);
            assert_eq!(
                assert_applied_matches(&schema(), &planned, &actual),
                problems
            );
        }
        let marked = apply_sensitive_marks(&config, &schema());
        assert_eq!(
            assert_applied_matches(&schema(), &marked, &config),
            Vec::<String>::new()
        );
        assert_eq!(
            assert_applied_matches(&schema(), &planned, &crate::coerce::null_object(&schema())),
            [": was present, but now absent"]
        );
    }
}
