//! The values of root variables that the last run was made with, as far as they are known.
//!
//! Of a variable that is secret it is only known whether it has another value now. It compares and decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::{Kind, Path, Value};

use super::Bearing;

/// Longer values are not told.
const LONGEST: usize = 60;

/// What is known of the last run's variables.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// Values that are no secret.
    pub values: BTreeMap<Arc<str>, Value>,
    /// Secret ones that have another value now.
    pub changed: BTreeSet<Arc<str>>,
    /// Secret ones that have the same value now.
    pub kept: BTreeSet<Arc<str>>,
}

impl Earlier {
    /// How a variable bears on a change, whose part at `path` is `now`; `judged` is what its value alone tells.
    /// With words for it, where there are any.
    pub(super) fn bearing(
        &self,
        variable: &str,
        path: &Path,
        now: Option<&Value>,
        judged: Bearing,
    ) -> (Bearing, Option<String>) {
        let same = |was: &Value| now.is_some_and(|now| now.same(was));
        let was = self.values.get(variable).and_then(|v| path.get(v));
        match was {
            Some(was) if same(was) => (stays(judged), None),
            Some(was) => (Bearing::Changes, Some(told(was, now))),
            None if self.kept.contains(variable) => (stays(judged), None),
            None if self.changed.contains(variable) => {
                (Bearing::Changes, Some("which has changed".into()))
            }
            None => (judged, None),
        }
    }
}

/// A variable that is as the last run had it stays, unless the object is from before that run.
fn stays(judged: Bearing) -> Bearing {
    match judged {
        Bearing::Likely => Bearing::Likely,
        _ => Bearing::Stays,
    }
}

fn told(was: &Value, now: Option<&Value>) -> String {
    match (short(was), now.and_then(short)) {
        (Some(was), Some(now)) => format!("which was {was} and is {now}"),
        _ => "which has changed".to_owned(),
    }
}

/// A scalar as it would be written, if it is short.
fn short(value: &Value) -> Option<String> {
    if value.marks_deep().is_sensitive() {
        return None;
    }
    let text = match value.kind() {
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => format!("{:?}", &**s),
        Kind::Null(_) => "null".to_owned(),
        _ => return None,
    };
    (text.chars().count() <= LONGEST).then_some(text)
}
