//! Marks that travel with a value: sensitive and ephemeral.
//!
//! Marks say how a value may be shown and kept; they never change what the value is.

/// A set of marks. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u8);

impl Marks {
    /// No mark.
    pub const NONE: Marks = Marks(0);
    /// Masked as `(sensitive value)` wherever a person reads.
    pub const SENSITIVE: Marks = Marks(1);
    /// Never stored in state or plan.
    pub const EPHEMERAL: Marks = Marks(2);

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// This set without the marks of `other`.
    #[must_use]
    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    /// Whether every mark of `other` is in this set.
    #[must_use]
    pub fn contains(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the sensitive mark is set.
    #[must_use]
    pub fn is_sensitive(self) -> bool {
        self.contains(Marks::SENSITIVE)
    }

    /// Whether the ephemeral mark is set.
    #[must_use]
    pub fn is_ephemeral(self) -> bool {
        self.contains(Marks::EPHEMERAL)
    }

    /// Whether no mark is set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl std::ops::BitOr for Marks {
    type Output = Marks;
    fn bitor(self, other: Marks) -> Marks {
        self.union(other)
    }
}
