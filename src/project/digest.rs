//! The digest of a plan: two plans that do the same have the same one.
//!
//! It covers addresses, actions and values (keyed, since values may be secrets); not times, paths, versions of rows
//! or the machine. The key follows from the state's, so that checkouts that have one key have one digest, a first plan
//! included, where each makes a store of its own.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;
use trunkline_api::json_text::JsonText;
use trunkline_api::{Kind, Type, Value};
use trunkline_state::Store;

use super::saved::{action_name, mode_name};
use crate::address::Address;
use crate::plan::codec::{Encoded, encode_path};
use crate::plan::{Action, Drift, OutputChange, Plan, PlanMode, ResourceChange};

/// How long a digest is, in hexadecimal digits.
pub const LENGTH: usize = 64;

/// The digest, [`LENGTH`] hexadecimal digits.
#[must_use]
pub fn digest(plan: &Plan, store: &Store) -> String {
    let mut hash = store.common_fingerprint();
    content(plan, &mut |piece| hash.update(piece));
    hash.finish()
}

/// Hands on what a plan does, piece by piece.
fn content(plan: &Plan, take: &mut dyn FnMut(&[u8])) {
    let mut content = Content {
        take,
        buffer: JsonText::default(),
        name: String::new(),
        provider: Again::new(),
        nothing: Again::new(),
    };
    content.plan(plan);
    (content.take)(content.buffer.as_bytes());
}

/// What a plan does, as JSON that is hashed piece by piece: a plan may have a million changes.
struct Content<'t> {
    take: &'t mut dyn FnMut(&[u8]),
    /// What is not handed on yet.
    buffer: JsonText,
    /// An address as it is written.
    name: String,
    /// What changes have in common with those before them, as a rule.
    provider: Again<Arc<str>>,
    nothing: Again<Type>,
}

/// So many bytes are hashed at once.
const PIECE: usize = 16 << 10;

impl Content<'_> {
    fn text(&mut self, text: &str) {
        self.buffer.raw(text);
    }

    fn json(&mut self, value: &impl Serialize) {
        self.buffer.any(value);
    }

    fn address(&mut self, address: &Address) {
        self.name.clear();
        address.write_to(&mut self.name);
        self.buffer.string(&self.name);
    }

    /// Writes an array; `write` is told each element.
    fn array<T>(&mut self, elements: impl Iterator<Item = T>, write: impl Fn(&mut Self, T)) {
        self.text("[");
        for (i, element) in elements.enumerate() {
            if i > 0 {
                self.text(",");
            }
            write(self, element);
            if self.buffer.as_bytes().len() >= PIECE {
                (self.take)(self.buffer.as_bytes());
                self.buffer.clear();
            }
        }
        self.text("]");
    }

    fn plan(&mut self, plan: &Plan) {
        let acts = |c: &&ResourceChange| {
            c.action != Action::NoOp
                || c.previous_address.is_some()
                || c.details.importing.is_some()
        };
        let outputs = plan.outputs.iter().filter(|o| o.action != Action::NoOp);
        let told = |d: &&Drift| d.relevant || plan.mode == PlanMode::RefreshOnly;
        let drift = plan.drift.iter().filter(told);
        self.text("{\"mode\":");
        self.json(&mode_name(plan.mode));
        self.text(",\"changes\":");
        self.array(plan.changes.iter().filter(acts), Self::change);
        self.text(",\"outputs\":");
        self.array(outputs, Self::output);
        self.text(",\"drift\":");
        self.array(drift, |content, d| {
            content.text("[");
            content.address(&d.address);
            content.text(",");
            content.json(&Encoded(&d.after));
            content.text("]");
        });
        self.text("}");
    }

    fn change(&mut self, c: &ResourceChange) {
        self.text("[");
        self.address(&c.address);
        self.text(",");
        self.json(&c.deposed);
        self.text(",");
        match &c.previous_address {
            Some(from) => self.address(from),
            None => self.text("null"),
        }
        self.text(",");
        self.provider
            .write(&mut self.buffer, &c.provider, &&*c.provider);
        self.text(",");
        self.json(&action_name(c.action));
        self.text(",");
        self.value(&c.before);
        self.text(",");
        self.value(&c.after);
        self.text(",");
        let paths: Vec<Json> = c.details.replace_paths.iter().map(encode_path).collect();
        self.json(&paths);
        self.text(",");
        self.json(&c.details.importing);
        self.text("]");
    }

    fn value(&mut self, value: &Value) {
        match value.kind() {
            Kind::Null(ty) if value.marks().is_empty() => {
                self.nothing.write(&mut self.buffer, ty, &Encoded(value));
            }
            _ => self.json(&Encoded(value)),
        }
    }

    fn output(&mut self, o: &OutputChange) {
        let action = action_name(o.action);
        let values = (Encoded(&o.before), Encoded(&o.after));
        self.json(&(&*o.name, o.sensitive, action, values.0, values.1));
    }
}

/// The JSON of what is often the same as the last time.
struct Again<T> {
    last: Option<T>,
    json: JsonText,
}

impl<T: Clone + PartialEq> Again<T> {
    fn new() -> Again<T> {
        Again {
            last: None,
            json: JsonText::default(),
        }
    }

    /// Writes `json`, which follows from `what`.
    fn write(&mut self, out: &mut JsonText, what: &T, json: &impl Serialize) {
        if self.last.as_ref() != Some(what) {
            self.json.clear();
            self.json.any(json);
            self.last = Some(what.clone());
        }
        out.add(&self.json);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::empty_plan;
    use trunkline_api::Marks;

    fn text(plan: &Plan) -> String {
        let mut text = Vec::new();
        content(plan, &mut |piece| text.extend_from_slice(piece));
        String::from_utf8(text).unwrap()
    }

    fn change(address: &str, before: Value, after: Value) -> ResourceChange {
        ResourceChange {
            provider: "provider[\"example.com/a/b\"]".into(),
            action: Action::Create,
            before,
            after,
            ..ResourceChange::nothing(Address::parse(address).unwrap())
        }
    }

    /// A review that was approved stays approved: the text does not change between versions.
    #[test]
    fn the_form_stays() {
        let object = |id| Value::object([("id", id)]);
        let nothing = Value::null(object(Value::from("")).ty());
        let secret = Value::from("x\"y").with_marks(Marks::SENSITIVE);
        let (one, two) = (object(Value::unknown(Type::String)), object(secret));
        let plan = Plan {
            changes: vec![
                change("a_b.c", nothing.clone(), one.clone()),
                change("module.m[\"k\"].a_b.d[0]", nothing, two.clone()),
                change("a_b.e", one, Value::null(Type::Dynamic)),
                ResourceChange::nothing(Address::parse("a_b.same").unwrap()),
            ],
            ..empty_plan(PlanMode::Normal)
        };
        let (one, two) = (
            r#"{"object":{"id":{"unknown":"string"}}}"#,
            r#"{"object":{"id":{"sensitive":true,"ephemeral":false,"value":"x\"y"}}}"#,
        );
        let rest = r#"null,null,"provider[\"example.com/a/b\"]","create""#;
        let nothing = r#"{"null":["object",{"id":"string"}]}"#;
        let expected = [
            format!(r#"{{"mode":"normal","changes":[["a_b.c",{rest},{nothing},{one},[],null]"#),
            format!(r#"["module.m[\"k\"].a_b.d[0]",{rest},{nothing},{two},[],null]"#),
            format!(
                r#"["a_b.e",{rest},{one},{{"null":"dynamic"}},[],null]],"outputs":[],"drift":[]}}"#
            ),
        ];
        assert_eq!(text(&plan), expected.join(","));
    }
}
