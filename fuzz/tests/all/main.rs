//! The language on texts that nobody wrote: fuzzing, laws of layout, another parser, and texts made to hurt.

mod fuzz;
mod hurtful;
mod layout;
mod oracle;
mod unknown;
