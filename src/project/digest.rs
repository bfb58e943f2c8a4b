//! The digest of a plan: two plans that do the same have the same one.
//!
//! It covers addresses, actions and values (keyed, since values may be secrets); not times, paths, versions of rows
//! or the machine. The key follows from the state's, so that checkouts that have one key have one digest, a first plan
//! included, where each makes a store of its own.

use serde::ser::{Serialize, SerializeSeq as _, Serializer};
use serde_json::Value as Json;
use trunkline_state::{Fingerprinting, Store};

use super::saved::{action_name, mode_name};
use crate::address::Address;
use crate::plan::codec::{Encoded, encode_path};
use crate::plan::{Action, Drift, OutputChange, Plan, PlanMode, ResourceChange};

/// How long a digest is, in hexadecimal digits.
pub const LENGTH: usize = 64;

/// The digest, [`LENGTH`] hexadecimal digits.
#[must_use]
pub fn digest(plan: &Plan, store: &Store) -> String {
    let mut content = Content {
        hash: store.common_fingerprint(),
        buffer: Vec::new(),
    };
    content.plan(plan);
    content.hash.update(&content.buffer);
    content.hash.finish()
}

/// What a plan does, as JSON that is hashed piece by piece: a plan may have a million changes.
struct Content {
    hash: Fingerprinting,
    /// What is not hashed yet.
    buffer: Vec<u8>,
}

/// So many bytes are hashed at once.
const PIECE: usize = 16 << 10;

impl Content {
    fn text(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn json(&mut self, value: &impl Serialize) {
        // All keys are texts, and a list of bytes takes all that is written.
        serde_json::to_writer(&mut self.buffer, value).expect("a plan can be written as JSON");
        if self.buffer.len() >= PIECE {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn array(&mut self, elements: impl Iterator<Item = impl Serialize>) {
        self.text("[");
        for (i, element) in elements.enumerate() {
            if i > 0 {
                self.text(",");
            }
            self.json(&element);
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
        self.array(plan.changes.iter().filter(acts).map(ChangeText));
        self.text(",\"outputs\":");
        self.array(outputs.map(OutputText));
        self.text(",\"drift\":");
        self.array(drift.map(|d| (Shown(&d.address), Encoded(&d.after))));
        self.text("}");
    }
}

/// An address as its text.
struct Shown<'p>(&'p Address);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct ChangeText<'p>(&'p ResourceChange);

impl Serialize for ChangeText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let c = self.0;
        let mut parts = serializer.serialize_seq(Some(9))?;
        parts.serialize_element(&Shown(&c.address))?;
        parts.serialize_element(&c.deposed)?;
        parts.serialize_element(&c.previous_address.as_ref().map(Shown))?;
        parts.serialize_element(&*c.provider)?;
        parts.serialize_element(&action_name(c.action))?;
        parts.serialize_element(&Encoded(&c.before))?;
        parts.serialize_element(&Encoded(&c.after))?;
        let paths: Vec<Json> = c.details.replace_paths.iter().map(encode_path).collect();
        parts.serialize_element(&paths)?;
        parts.serialize_element(&c.details.importing)?;
        parts.end()
    }
}

struct OutputText<'p>(&'p OutputChange);

impl Serialize for OutputText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let o = self.0;
        let action = action_name(o.action);
        let values = (Encoded(&o.before), Encoded(&o.after));
        (&*o.name, o.sensitive, action, values.0, values.1).serialize(serializer)
    }
}
