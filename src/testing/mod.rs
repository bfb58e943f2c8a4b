//! The test framework: runs of `.tftest.hcl` files, each a plan or an apply of its own, and what must hold after it.
//!
//! 1. [`crate::config::test_file`] reads the files;
//! 2. [`suite`] goes through files and runs, keeps their states, and destroys in the end what was made;
//! 3. [`run`] does one run through [`crate::project`], with [`providers`] standing in for the real ones where the file
//!    says so ([`mock`] makes up their values), and [`overrides`] for whole modules;
//! 4. [`names`] is what expressions of tests may refer to, [`expect`] tells expected failures from others;
//! 5. [`event`] is what is told of it.
//!
//! It is a front end of the engine like the command line: it decides nothing about resources, and prints nothing.

pub mod event;
pub mod expect;
pub mod mock;
pub mod names;
pub mod offline;
pub mod overrides;
pub mod providers;
pub mod run;
pub mod suite;

pub use event::{RunEnd, Shown, Status, Summary, TestEvent, TestListener};
pub use suite::Suite;
