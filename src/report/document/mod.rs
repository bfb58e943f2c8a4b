//! A plan as a document for review: what every format of a report is written from.
//!
//! - [`attention`] says what a reviewer looks at first, [`verdict`] how much of everything there is;
//! - [`rows`] makes attribute-level rows of a change;
//! - [`why`] tells the causes of changes, [`comparison`] what a review says beyond them;
//! - [`problem`] tells what planning ended with, where it did not end well;
//! - [`make()`] puts a [`Document`] together;
//! - [`markdown`], [`html`] (with [`graph`]), [`compact`], [`annotations`] and [`junit`] write it down; [`brief`] puts the
//!   most important of it around the page of `plan`;
//! - [`tenants`] writes two tenants beside each other in the same formats.
//!
//! The questions are answered in this order: is it safe, what changes, why, what else is touched. Nothing here reads
//! state or decides anything, and nothing that is sensitive is in a [`Document`], so that no format can show it.

pub mod annotations;
pub mod attention;
pub mod brief;
pub mod compact;
pub mod comparison;
pub mod graph;
pub mod html;
pub mod junit;
pub mod make;
pub mod markdown;
pub mod problem;
pub mod rows;
pub mod tenants;
#[cfg(test)]
mod tests;
pub mod verdict;
pub mod why;

use crate::plan::Counts;
use crate::plan::cause::{Cause, Why};

pub use attention::Attention;
pub use comparison::Comparison;
pub use graph::Graph;
pub use make::make;
pub use problem::Problem;
pub use rows::{Line, Row, Sign, Text};
pub use verdict::Verdict;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Markdown for a comment on a pull request.
    Markdown,
    /// One HTML file that needs nothing else.
    Html,
    /// Terraform's JSON, without secrets.
    Json,
    /// Workflow commands that put notes beside the lines of a pull request.
    Annotations,
    /// JUnit XML.
    Junit,
    /// The text of `plan`, without colours.
    Text,
}

/// Names of formats, and the endings of file names that mean them.
const FORMATS: &[(Format, &str, &[&str])] = &[
    (Format::Markdown, "markdown", &[".md", ".markdown"]),
    (Format::Html, "html", &[".html", ".htm"]),
    (Format::Json, "json", &[".json"]),
    (Format::Annotations, "annotations", &[".annotations"]),
    (Format::Junit, "junit", &[".xml"]),
    (Format::Text, "text", &[".txt"]),
];

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.iter().find(|f| f.1 == name).map(|f| f.0)
    }

    /// The format that the ending of a file's name means.
    #[must_use]
    pub fn of_file(path: &str) -> Option<Format> {
        let path = path.to_ascii_lowercase();
        let means = |f: &&(Format, &str, &[&str])| f.2.iter().any(|ending| path.ends_with(ending));
        FORMATS.iter().find(means).map(|f| f.0)
    }

    /// The names of all formats, for a message.
    #[must_use]
    pub fn names() -> String {
        let names: Vec<&str> = FORMATS.iter().map(|f| f.1).collect();
        names.join(", ")
    }

    /// The endings of all formats, for a message.
    #[must_use]
    pub fn endings() -> String {
        let endings: Vec<&str> = FORMATS.iter().flat_map(|f| f.2.iter().copied()).collect();
        endings.join(", ")
    }
}

/// A place in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The first line.
    pub line: u32,
    /// The last line.
    pub end: u32,
}

/// What happens to an object, as a reviewer sorts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is destroyed.
    Destroy,
    /// It is destroyed and made again, in either order.
    Replace,
    /// It is dropped from the state and left alone.
    Forget,
    /// It is changed in place.
    Update,
    /// It is made.
    Create,
    /// It is a data source that is read during apply.
    Read,
    /// It only gets another address.
    Move,
    /// It is only taken into the state.
    Import,
}

impl What {
    /// All of them, in order.
    pub const ALL: [What; 8] = [
        What::Destroy,
        What::Replace,
        What::Forget,
        What::Update,
        What::Create,
        What::Read,
        What::Move,
        What::Import,
    ];

    /// The word for a heading.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            What::Destroy => "destroy",
            What::Replace => "replace",
            What::Forget => "forget",
            What::Update => "change",
            What::Create => "create",
            What::Read => "read",
            What::Move => "move",
            What::Import => "import",
        }
    }

    /// Whether the object itself changes, at the vendor or in the state.
    #[must_use]
    pub fn is_change(self) -> bool {
        !matches!(self, What::Move | What::Import)
    }
}

/// An object that something happens to.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its address, with the key of the deposed object if it is about one.
    pub name: String,
    /// The instance of its module; empty for the root.
    pub module: String,
    /// Its type, `data.` before that of a data source.
    pub kind: String,
    /// What happens to it.
    pub what: What,
    /// That as a sentence.
    pub sentence: String,
    /// Why, and what else is to be known: reasons, moves, imports, notes.
    pub remarks: Vec<String>,
    /// What a reviewer looks at first.
    pub attention: Vec<Attention>,
    /// What changes in it.
    pub rows: Vec<Row>,
    /// How many attributes stay as they are.
    pub unchanged: usize,
    /// The attributes whose change forces the replacement.
    pub forced_by: Vec<String>,
    /// What it comes of, and what comes of it.
    pub why: Why,
    /// Where it is written.
    pub place: Option<Place>,
    /// Addresses of the resources that it depends on.
    pub depends_on: Vec<String>,
}

impl Entry {
    /// Why it is replaced where no attribute forces it, in words.
    #[must_use]
    pub fn replaced_because(&self) -> Option<&str> {
        if self.what != What::Replace || !self.forced_by.is_empty() {
            return None;
        }
        self.why.causes.iter().find_map(|cause| match cause {
            Cause::Words(words) => Some(words.trim_end_matches('.')),
            Cause::Trigger(_) => Some("replace_triggered_by"),
            _ => None,
        })
    }
}

/// A root output that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputEntry {
    /// Its name.
    pub name: String,
    /// What changes in it.
    pub rows: Vec<Row>,
}

/// An object with a condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckEntry {
    /// The object that has it.
    pub name: String,
    /// What it says.
    pub problems: Vec<String>,
}

/// What a policy says of a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyEntry {
    /// It forbids the plan; it only warns otherwise.
    pub denies: bool,
    /// The rule, with its package: `main.deny_purchase`.
    pub rule: String,
    /// What it says.
    pub message: String,
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Tells the reports of one configuration from those of another.
    pub name: String,
    /// The plan's digest; empty where it is nothing that can be applied.
    pub digest: String,
    /// What kind of plan it is, where it is not an ordinary one.
    pub remarks: Vec<String>,
    /// Planning ended early with errors.
    pub errored: bool,
    /// These errors, as far as they are known: a saved plan does not keep them.
    pub problems: Vec<Problem>,
    /// Terraform's counts.
    pub counts: Counts,
    /// What happens, the root module first, in each module by address.
    pub entries: Vec<Entry>,
    /// The resources that change, and what they touch.
    pub graph: Graph,
    /// Addresses of objects to which nothing happens.
    pub unchanged: Vec<String>,
    /// Root outputs that change.
    pub outputs: Vec<OutputEntry>,
    /// What changed outside and bears on the plan.
    pub drift: Vec<Entry>,
    /// Conditions that failed.
    pub checks: Vec<CheckEntry>,
    /// What policies say, what forbids the plan first; none where no policy was asked.
    pub policy: Option<Vec<PolicyEntry>>,
    /// Where everything is, for a report that leaves something out.
    pub full: String,
    /// Between which configurations it is, where it is no plan of what is there.
    pub review: Option<Comparison>,
}

impl Document {
    /// Says that planning ended with errors before there was anything to show.
    #[must_use]
    pub fn of_failure(name: &str, full: &str, problems: Vec<Problem>) -> Document {
        Document {
            name: name.to_owned(),
            errored: true,
            problems,
            full: full.to_owned(),
            ..Document::default()
        }
    }

    /// What is said where planning ended with errors.
    #[must_use]
    pub fn failure(&self) -> Option<&'static str> {
        let nothing = self.entries.is_empty() && self.outputs.is_empty();
        match (self.errored, nothing) {
            (false, _) => None,
            (true, true) => Some("Planning ended with errors: there is nothing to apply."),
            (true, false) => {
                Some("Planning ended with errors: this is not all, and it cannot be applied.")
            }
        }
    }

    /// The entries that call for attention in this way.
    pub fn calling(&self, attention: Attention) -> impl Iterator<Item = &Entry> {
        let calls = move |e: &&Entry| e.attention.contains(&attention);
        self.entries.iter().filter(calls)
    }

    /// The verdict in one line.
    #[must_use]
    pub fn verdict(&self) -> String {
        self.tally().text()
    }

    /// How much of everything there is.
    #[must_use]
    pub fn tally(&self) -> Verdict {
        let mut verdict = Verdict {
            errored: self.errored,
            outputs: self.outputs.len(),
            ..Verdict::default()
        };
        for entry in &self.entries {
            verdict.count(entry.what, &entry.attention);
        }
        verdict
    }

    /// How many rules of policies forbid the plan.
    #[must_use]
    pub fn denials(&self) -> usize {
        self.policy.iter().flatten().filter(|p| p.denies).count()
    }

    /// What policies say, in short; nothing where none was asked.
    #[must_use]
    pub fn policy_summary(&self) -> Option<String> {
        let entries = self.policy.as_ref()?;
        let denials = self.denials();
        Some(match (denials, entries.len() - denials) {
            (0, 0) => "Policies agree".to_owned(),
            (0, n) => format!(
                "Policies agree, with {n} warning{}",
                if n == 1 { "" } else { "s" }
            ),
            (n, _) => format!(
                "Policies forbid this plan: {n} reason{}",
                if n == 1 { "" } else { "s" }
            ),
        })
    }

    /// Terraform's summary line.
    #[must_use]
    pub fn summary(&self) -> String {
        crate::report::plan_text::summary_of(&self.counts)
    }
}
