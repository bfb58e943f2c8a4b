//! What changes within a value, as a tree. The tree is made from values and schemas alone and knows
//! nothing of how it is written down.

use std::sync::Arc;

pub mod block;
pub mod data;
pub mod dynamic;
pub mod sequence;
pub mod typed;

pub use data::Data;

/// What happens to a part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Nothing.
    NoOp,
    /// It appears.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
}

/// The old and the new side of a part; a side that is not there is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The old value.
    pub before: Option<&'a Data>,
    /// The new value.
    pub after: Option<&'a Data>,
    /// Old and new side are sensitive though no value here says so: it was null.
    masked: (bool, bool),
}

impl<'a> Pair<'a> {
    /// The two sides as they are.
    #[must_use]
    pub fn new(before: Option<&'a Data>, after: Option<&'a Data>) -> Pair<'a> {
        Pair {
            before,
            after,
            masked: (false, false),
        }
    }

    /// The same with nulls taken as not there, as schemas see attributes.
    #[must_use]
    pub fn implicit(self) -> Pair<'a> {
        self.without(Data::is_null, None)
    }

    /// The same with `instead` for what is `empty`; sensitive sides stay sensitive.
    fn without(self, empty: impl Fn(&Data) -> bool, instead: Option<&'a Data>) -> Pair<'a> {
        let side = |data: Option<&'a Data>, masked| match data {
            Some(data) if empty(data) => (instead, masked || data.reveal().1),
            other => (other, masked),
        };
        let (before, before_masked) = side(self.before, self.masked.0);
        let (after, after_masked) = side(self.after, self.masked.1);
        Pair {
            before,
            after,
            masked: (before_masked, after_masked),
        }
    }

    /// The part called `name`.
    #[must_use]
    pub fn field(self, name: &str) -> Pair<'a> {
        Pair::new(
            self.before.and_then(|d| d.get(name)),
            self.after.and_then(|d| d.get(name)),
        )
    }

    /// The elements that a pairing of lists puts against each other.
    #[must_use]
    pub fn item(self, pairing: sequence::Pairing) -> Pair<'a> {
        let at = |side: Option<&'a Data>, index: Option<usize>| side?.items().get(index?);
        Pair::new(at(self.before, pairing.0), at(self.after, pairing.1))
    }

    /// Only the old side.
    #[must_use]
    pub fn delete(self) -> Pair<'a> {
        Pair::new(self.before, None)
    }

    /// Only the new side.
    #[must_use]
    pub fn create(self) -> Pair<'a> {
        Pair::new(None, self.after)
    }

    /// The old side on both sides.
    fn unchanged(self) -> Pair<'a> {
        Pair {
            before: self.before,
            after: self.before,
            masked: (self.masked.0, self.masked.0),
        }
    }

    /// Names of fields on either side, sorted.
    #[must_use]
    pub fn names(self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = [self.before, self.after]
            .into_iter()
            .flatten()
            .flat_map(Data::fields)
            .map(|(k, _)| k.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// What happens, judged by the sides as a whole.
    #[must_use]
    pub fn verb(self) -> Verb {
        match (self.before, self.after) {
            (None, None) => Verb::NoOp,
            (None, Some(_)) => Verb::Create,
            (Some(_), None) => Verb::Delete,
            (Some(a), Some(b)) if a.same(b) => Verb::NoOp,
            (Some(_), Some(_)) => Verb::Update,
        }
    }

    /// What happens to a container before its parts are looked at.
    fn container_verb(self) -> Verb {
        let gone = |side: Option<&Data>| side.is_none_or(Data::is_null);
        match (gone(self.before), gone(self.after)) {
            (true, true) | (false, false) => Verb::NoOp,
            (true, false) => Verb::Create,
            (false, true) => Verb::Delete,
        }
    }
}

impl Verb {
    /// What happens to a container of which one part does `next`.
    #[must_use]
    pub fn with_part(self, next: Verb) -> Verb {
        match next {
            Verb::NoOp => self,
            next if next == self => self,
            _ => Verb::Update,
        }
    }
}

/// A part of a change.
#[derive(Clone, Debug)]
pub struct Diff {
    /// What happens to it.
    pub verb: Verb,
    /// Its change forces the object's replacement.
    pub replace: bool,
    /// What it is.
    pub shape: Shape,
}

/// What a part of a change is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A string, number, truth value or null on each side.
    Leaf(Option<Data>, Option<Data>),
    /// An object by attribute name. `nested` ones come from a schema with nested attributes.
    Object {
        /// The attributes, sorted.
        fields: Vec<(Arc<str>, Diff)>,
        /// Removed attributes say `-> null`.
        nested: bool,
    },
    /// A map by key. `nested` ones come from a schema with nested attributes.
    Map {
        /// The elements, sorted.
        fields: Vec<(Arc<str>, Diff)>,
        /// The elements are nested attributes.
        nested: bool,
    },
    /// A list in order. With `context` unchanged neighbours of changes are shown.
    List {
        /// The elements.
        items: Vec<Diff>,
        /// Show neighbours.
        context: bool,
    },
    /// A set.
    Set(Vec<Diff>),
    /// A block's content.
    Block(block::BlockDiff),
    /// Something that must not be shown.
    Sensitive {
        /// What happens behind the mask.
        inner: Verb,
        /// The old side is sensitive.
        before: bool,
        /// The new side is sensitive.
        after: bool,
    },
    /// Known after apply; with the removal of the old value, if there was one.
    Unknown(Option<Box<Diff>>),
    /// A value of one kind gives way to one of another.
    TypeChange(Box<Diff>, Box<Diff>),
    /// An argument that is never stored.
    WriteOnly,
}

impl Diff {
    fn new(verb: Verb, shape: Shape) -> Diff {
        Diff {
            verb,
            replace: false,
            shape,
        }
    }

    fn replacing(mut self, replace: bool) -> Diff {
        self.replace = replace;
        self
    }
}

/// The mask over a sensitive part, if either side is sensitive. `inner` compares the parts without it.
fn mask<'a>(pair: Pair<'a>, inner: impl FnOnce(Pair<'a>) -> Verb) -> Option<Diff> {
    let reveal = |side: Option<&'a Data>, masked| {
        side.map_or((None, masked), |d| {
            let (data, sensitive) = d.reveal();
            (Some(data), sensitive || masked)
        })
    };
    let (b, before) = reveal(pair.before, pair.masked.0);
    let (a, after) = reveal(pair.after, pair.masked.1);
    if !before && !after {
        return None;
    }
    let bare = Pair::new(b, a);
    let verb = inner(bare);
    let nothing = b.is_none_or(Data::is_null) && a.is_none_or(Data::is_null);
    let shown = if verb == Verb::NoOp && before != after && !nothing {
        Verb::Update
    } else {
        verb
    };
    let shape = Shape::Sensitive {
        inner: verb,
        before,
        after,
    };
    Some(Diff::new(shown, shape))
}

/// A part that is only known after apply. `removal` describes the old value's going.
fn unknown<'a>(pair: Pair<'a>, removal: impl FnOnce(Pair<'a>) -> Diff) -> Option<Diff> {
    if !matches!(pair.after, Some(Data::Unknown)) {
        return None;
    }
    Some(match pair.before.and_then(Data::present) {
        None => Diff::new(Verb::Create, Shape::Unknown(None)),
        Some(_) => Diff::new(
            Verb::Update,
            Shape::Unknown(Some(Box::new(removal(pair.delete()).replacing(false)))),
        ),
    })
}
