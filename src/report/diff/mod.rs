//! What changes within a value, as a tree. The tree is made from values and schemas alone and knows
//! nothing of how it is written down.

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
pub struct Pair<'a, 'v> {
    /// The old value.
    pub before: Option<&'a Data<'v>>,
    /// The new value.
    pub after: Option<&'a Data<'v>>,
    /// Old and new side are sensitive though no value here says so: it was null.
    masked: (bool, bool),
}

impl<'a, 'v> Pair<'a, 'v> {
    /// The two sides as they are.
    #[must_use]
    pub fn new(before: Option<&'a Data<'v>>, after: Option<&'a Data<'v>>) -> Pair<'a, 'v> {
        Pair {
            before,
            after,
            masked: (false, false),
        }
    }

    /// The same with nulls taken as not there, as schemas see attributes.
    #[must_use]
    pub fn implicit(self) -> Pair<'a, 'v> {
        self.without(Data::is_null, None)
    }

    /// The same with `instead` for what is `empty`; sensitive sides stay sensitive.
    fn without(
        self,
        empty: impl Fn(&Data<'v>) -> bool,
        instead: Option<&'a Data<'v>>,
    ) -> Pair<'a, 'v> {
        let side = |data: Option<&'a Data<'v>>, masked| match data {
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
    pub fn field(self, name: &str) -> Pair<'a, 'v> {
        Pair::new(
            self.before.and_then(|d| d.get(name)),
            self.after.and_then(|d| d.get(name)),
        )
    }

    /// The elements that a pairing of lists puts against each other.
    #[must_use]
    pub fn item(self, pairing: sequence::Pairing) -> Pair<'a, 'v> {
        let at = |side: Option<&'a Data<'v>>, index: Option<usize>| side?.items().get(index?);
        Pair::new(at(self.before, pairing.0), at(self.after, pairing.1))
    }

    /// Only the old side.
    #[must_use]
    pub fn delete(self) -> Pair<'a, 'v> {
        Pair::new(self.before, None)
    }

    /// Only the new side.
    #[must_use]
    pub fn create(self) -> Pair<'a, 'v> {
        Pair::new(None, self.after)
    }

    /// The old side on both sides.
    fn unchanged(self) -> Pair<'a, 'v> {
        Pair {
            before: self.before,
            after: self.before,
            masked: (self.masked.0, self.masked.0),
        }
    }

    /// Names of fields on either side, sorted.
    #[must_use]
    pub fn names(self) -> Vec<&'v str> {
        let mut names: Vec<&str> = [self.before, self.after]
            .into_iter()
            .flatten()
            .flat_map(Data::fields)
            .map(|(k, _)| *k)
            .collect();
        names.sort_unstable();
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
        let gone = |side: Option<&Data<'_>>| side.is_none_or(Data::is_null);
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
pub struct Diff<'v> {
    /// What happens to it.
    pub verb: Verb,
    /// Its change forces the object's replacement.
    pub replace: bool,
    /// What it is.
    pub shape: Shape<'v>,
}

/// What a part of a change is.
#[derive(Clone, Debug)]
pub enum Shape<'v> {
    /// A string, number, truth value or null on each side.
    Leaf(Option<Data<'v>>, Option<Data<'v>>),
    /// An object by attribute name. `nested` ones come from a schema with nested attributes.
    Object {
        /// The attributes, sorted.
        fields: Vec<(&'v str, Diff<'v>)>,
        /// Removed attributes say `-> null`.
        nested: bool,
    },
    /// A map by key. `nested` ones come from a schema with nested attributes.
    Map {
        /// The elements, sorted.
        fields: Vec<(&'v str, Diff<'v>)>,
        /// The elements are nested attributes.
        nested: bool,
    },
    /// A list in order. With `context` unchanged neighbours of changes are shown.
    List {
        /// The elements.
        items: Vec<Diff<'v>>,
        /// Show neighbours.
        context: bool,
    },
    /// A set.
    Set(Vec<Diff<'v>>),
    /// A block's content.
    Block(block::BlockDiff<'v>),
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
    Unknown(Option<Box<Diff<'v>>>),
    /// A value of one kind gives way to one of another.
    TypeChange(Box<Diff<'v>>, Box<Diff<'v>>),
    /// An argument that is never stored.
    WriteOnly,
}

impl<'v> Diff<'v> {
    fn new(verb: Verb, shape: Shape<'v>) -> Diff<'v> {
        Diff {
            verb,
            replace: false,
            shape,
        }
    }

    fn replacing(mut self, replace: bool) -> Diff<'v> {
        self.replace = replace;
        self
    }
}

/// The mask over a sensitive part, if either side is sensitive. `inner` compares the parts without it.
fn mask<'a, 'v>(pair: Pair<'a, 'v>, inner: impl FnOnce(Pair<'a, 'v>) -> Verb) -> Option<Diff<'v>> {
    let reveal = |side: Option<&'a Data<'v>>, masked| {
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
fn unknown<'a, 'v>(
    pair: Pair<'a, 'v>,
    removal: impl FnOnce(Pair<'a, 'v>) -> Diff<'v>,
) -> Option<Diff<'v>> {
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
