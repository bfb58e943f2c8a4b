//! What is known of a value that may be unknown: its bounds and whether it can be null.

use trunkline_api::{Kind, Number, Value};

/// Whether the value is, or will be, something other than null.
#[must_use]
pub fn definitely_not_null(value: &Value) -> bool {
    match value.kind() {
        Kind::Null(_) => false,
        Kind::Unknown(_, refinement) => refinement.as_ref().is_some_and(|r| r.not_null),
        _ => true,
    }
}

/// The bounds of a number, or of the length of a list, set or map; whether each is inclusive.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub lower: Option<(Number, bool)>,
    pub upper: Option<(Number, bool)>,
}

impl Bounds {
    /// Whether every number within is greater than every number within `other`.
    pub fn above(&self, other: &Bounds) -> bool {
        match (&self.lower, &other.upper) {
            (Some((low, with)), Some((high, and))) => low > high || low == high && !(*with && *and),
            _ => false,
        }
    }
}

/// The bounds of `value`.
pub(super) fn bounds(value: &Value) -> Bounds {
    let exactly = |n: Number| Bounds {
        lower: Some((n.clone(), true)),
        upper: Some((n, true)),
    };
    match value.kind() {
        Kind::Number(n) => exactly(n.clone()),
        Kind::List(_, v) => exactly(Number::from(v.len())),
        Kind::Set(_, v) if v.iter().all(Value::is_wholly_known) => exactly(Number::from(v.len())),
        Kind::Set(_, v) => Bounds {
            lower: Some((Number::from(usize::from(!v.is_empty())), true)),
            upper: Some((Number::from(v.len()), true)),
        },
        Kind::Map(_, f) => exactly(Number::from(f.len())),
        Kind::Unknown(_, Some(r)) => Bounds {
            lower: r.lower.clone(),
            upper: r.upper.clone(),
        },
        _ => Bounds::default(),
    }
}

/// The bounds of a value that is one of two.
pub(super) fn either(a: &Value, b: &Value) -> Bounds {
    let (a, b) = (bounds(a), bounds(b));
    let join = |x: Option<(Number, bool)>,
                y: Option<(Number, bool)>,
                x_wins: fn(&Number, &Number) -> bool| {
        let (x, y) = (x?, y?);
        Some(match x_wins(&x.0, &y.0) {
            true => x,
            false if x.0 == y.0 => (x.0, x.1 || y.1),
            false => y,
        })
    };
    Bounds {
        lower: join(a.lower, b.lower, |x, y| x < y),
        upper: join(a.upper, b.upper, |x, y| x > y),
    }
}
