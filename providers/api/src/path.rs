//! Paths into a value: attribute names and keys.

use std::fmt;
use std::sync::Arc;

use crate::{Kind, Number, Value};

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object.
    Attribute(Arc<str>),
    /// An element of a list or tuple.
    Index(usize),
    /// An element of a map.
    Key(Arc<str>),
}

/// A path from a value to one inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// A path of one attribute.
    pub fn attribute(name: impl Into<Arc<str>>) -> Path {
        Path(vec![Step::Attribute(name.into())])
    }

    /// This path and one attribute more.
    #[must_use]
    pub fn then(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// The name of the first attribute, if the path begins with one.
    #[must_use]
    pub fn first_attribute(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Attribute(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether `prefix` is a prefix of this path (or equal to it).
    #[must_use]
    pub fn starts_with(&self, prefix: &Path) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The value at this path, if the path exists in `root`. A set's elements have no path.
    #[must_use]
    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        let mut value = root;
        for step in &self.0 {
            value = match (step, value.kind()) {
                (Step::Attribute(n) | Step::Key(n), Kind::Object(f) | Kind::Map(_, f)) => {
                    f.get(n)?
                }
                (Step::Index(i), Kind::List(_, v) | Kind::Tuple(v)) => v.get(*i)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// The key of the last step as a value: a string or a number.
    #[must_use]
    pub fn step_value(step: &Step) -> Value {
        match step {
            Step::Attribute(n) | Step::Key(n) => Value::string(n.clone()),
            Step::Index(i) => Value::number(Number::from(*i as u64)),
        }
    }
}

impl fmt::Display for Path {
    /// Writes `a.b[0]["key"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(n) if i == 0 => f.write_str(n)?,
                Step::Attribute(n) => write!(f, ".{n}")?,
                Step::Index(n) => write!(f, "[{n}]")?,
                Step::Key(k) => write!(f, "[{k:?}]")?,
            }
        }
        Ok(())
    }
}
