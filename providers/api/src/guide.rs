//! What a person must know about a provider beyond its schemas: the text of its page of documentation, as data.
//!
//! It says nothing that a schema says already, and is never looked at when something is planned or applied.

/// The text of a provider's page. All of it is Markdown on one line each, unless it is said otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guide {
    /// What the product is called.
    pub title: &'static str,
    /// What is to be known first, in paragraphs: credentials, and who makes them.
    pub about: &'static [&'static str],
    /// A configuration that is valid as it stands.
    pub example: &'static str,
    /// The managed resource types, one entry each.
    pub resources: &'static [ResourceGuide],
    /// The rules that are checked without a network.
    pub rules: &'static [Rule],
    /// Limits of the vendor, and how they are kept.
    pub limits: &'static [&'static str],
    /// What no document of the vendor states, so that it is assumed.
    pub unverified: &'static [&'static str],
}

/// What is to be known about a resource type.
#[derive(Clone, Copy, Debug)]
pub struct ResourceGuide {
    /// The type.
    pub name: &'static str,
    /// The forms of the id that an import takes; none where it cannot be imported.
    pub import: &'static [&'static str],
    /// Notes, in paragraphs.
    pub notes: &'static [&'static str],
}

/// A rule that is checked without a network, under the id that its message begins with.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// What breaking it is: `error`, `warning`, or what applies when.
    pub outcome: &'static str,
    /// What it demands.
    pub demand: &'static str,
}

impl Rule {
    /// A rule.
    #[must_use]
    pub const fn new(id: &'static str, outcome: &'static str, demand: &'static str) -> Rule {
        Rule {
            id,
            outcome,
            demand,
        }
    }
}

impl Guide {
    /// A provider that has nothing to add to its schemas.
    pub const NONE: &'static Guide = &Guide {
        title: "",
        about: &[],
        example: "",
        resources: &[],
        rules: &[],
        limits: &[],
        unverified: &[],
    };
}
