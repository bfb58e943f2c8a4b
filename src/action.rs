//! What can be done to an object: the one word that plans, events and reports share.

/// What is done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Make it.
    Create,
    /// Read a data source during apply.
    Read,
    /// Change it in place.
    Update,
    /// Destroy it, then make it anew.
    DeleteThenCreate,
    /// Make it anew, then destroy the old one.
    CreateThenDelete,
    /// Destroy it.
    Delete,
    /// Drop it from the state and leave it alone.
    Forget,
}

impl Action {
    /// Whether it is a replacement of either order.
    #[must_use]
    pub fn is_replace(self) -> bool {
        matches!(self, Action::DeleteThenCreate | Action::CreateThenDelete)
    }
}
