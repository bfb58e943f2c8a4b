//! How deep text may nest, and room on the stack for it.

/// How deeply expressions and blocks may nest. Deeper text is refused with an error, since what
/// walks a tree or a value later is recursive.
pub const MAX_DEPTH: usize = 1000;

/// Runs `f` with enough stack for one more level of nesting.
pub fn deeper<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, f)
}
