//! What few blocks have, and takes a pointer in all others.
//!
//! It knows nothing of what it holds.

use std::ops::Deref;

/// What is meant where nothing was written.
pub trait Absent: Sized + 'static {
    /// As if it had been written and were empty.
    const ABSENT: &'static Self;
}

/// Something that few blocks have. Where it was not written it reads as [`Absent::ABSENT`].
#[derive(Clone, Debug)]
pub struct Rare<T>(Option<Box<T>>);

impl<T> Rare<T> {
    /// What was not written.
    pub const ABSENT: Rare<T> = Rare(None);

    /// Whether it was not written.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// What was written, to be changed.
    pub fn written_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T: Default> Rare<T> {
    /// What was written, or is now, to be changed.
    pub fn write(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T> Default for Rare<T> {
    fn default() -> Rare<T> {
        Rare::ABSENT
    }
}

impl<T> From<Option<T>> for Rare<T> {
    fn from(written: Option<T>) -> Rare<T> {
        Rare(written.map(Box::new))
    }
}

impl<T: Absent> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::ABSENT)
    }
}
