//! What few of many have, and takes a pointer in all others.
//!
//! It knows nothing of what it holds.

use std::ops::Deref;

/// What is meant where there is nothing.
pub trait Absent: Sized + 'static {
    /// As if it were there and empty.
    const ABSENT: &'static Self;
}

/// Something that few of many have. Where it is not there it reads as [`Absent::ABSENT`].
#[derive(Clone, Debug)]
pub struct Rare<T>(Option<Box<T>>);

impl<T> Rare<T> {
    /// What is not there.
    pub const ABSENT: Rare<T> = Rare(None);

    /// Whether it is not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// What is there, to be changed.
    pub fn written_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T: Default> Rare<T> {
    /// What is there, or is now, to be changed.
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

impl<T: Absent + PartialEq> PartialEq for Rare<T> {
    fn eq(&self, other: &Rare<T>) -> bool {
        **self == **other
    }
}

impl<T: Absent> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::ABSENT)
    }
}
