//! What happens while tests run, as data; text, the `-json` stream and JUnit reports read it.

use std::sync::Arc;

use trunkline_api::Diagnostics;

use crate::plan::Plan;
use crate::project::Project;
use crate::project::view::ShownState;

/// How a run or a file ended; the worst of a file's runs is the file's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not begun.
    #[default]
    Pending,
    /// Not run, because something before it could not be run.
    Skip,
    /// Everything holds.
    Pass,
    /// An assertion does not hold.
    Fail,
    /// It could not be run, or did not fail where that was expected.
    Error,
}

/// What a run has come to, for people who want to see it.
pub enum Shown {
    /// What would be done.
    Plan(Box<Plan>),
    /// What there is.
    State(Box<ShownState>),
}

/// The end of a run.
pub struct RunEnd<'e> {
    /// The file.
    pub file: &'e str,
    /// The run.
    pub run: &'e str,
    /// How it ended.
    pub status: Status,
    /// What it came to, where that was asked for.
    pub shown: Option<Shown>,
    /// The project that it was run with, where it was begun.
    pub project: Option<&'e Project>,
    /// Its problems.
    pub diagnostics: Diagnostics,
    /// How many of its assertions do not hold, and how many there are.
    pub failed: (usize, usize),
    /// The run that could not be run, because of which this one is skipped.
    pub because: Option<Arc<str>>,
}

/// How all of it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The worst of all.
    pub status: Status,
    /// Runs that passed.
    pub passed: usize,
    /// Runs with assertions that do not hold.
    pub failed: usize,
    /// Runs that could not be run.
    pub errored: usize,
    /// Runs that were not begun.
    pub skipped: usize,
}

/// Something that happened.
pub enum TestEvent<'e> {
    /// These files with these runs are going to be run.
    Found(Vec<(&'e str, Vec<&'e str>)>),
    /// A file begins.
    FileStart(&'e str),
    /// A run of a file begins.
    RunStart(&'e str, &'e str),
    /// A run has ended.
    RunEnd(RunEnd<'e>),
    /// What the runs of a file have made is going to be destroyed.
    TearDown(&'e str),
    /// What the state that this run used last holds is being destroyed.
    RunTearDown(&'e str, &'e str),
    /// Not everything could be destroyed: the problems, and the addresses of what is left.
    Left {
        /// The file.
        file: &'e str,
        /// The run that used the state last.
        run: &'e str,
        /// The problems.
        diagnostics: Diagnostics,
        /// Addresses of what is left, with the key of deposed objects.
        left: Vec<(String, Option<String>)>,
    },
    /// A file has ended.
    FileEnd(&'e str, Status),
    /// Everything has ended.
    End(Summary),
}

/// Receives events as they happen.
pub trait TestListener {
    /// Takes an event.
    fn event(&self, event: TestEvent<'_>);
}
