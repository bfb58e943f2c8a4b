//! Fuzzing of the language on stable Rust: texts from a grammar and from a corpus, whole and spoilt, put through
//! every step from text to values.
//!
//! It is a runner of its own and not cargo-fuzz, whose sanitizers need a nightly compiler: this one is built and run
//! wherever the project is, a short run is one of the tests, and a text that was found is found again by its seed.
//! It must not be needed by the program.

pub mod generate;
pub mod mutate;
pub mod random;
pub mod run;
pub mod targets;
