//! What a reviewer looks at before anything else.
//!
//! It reads a change and judges nothing: a provider's notes and the action say what they are.

use trunkline_api::provider::NoteKind;

use crate::plan::{Action, ResourceChange};

/// A reason to look at a change first, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attention {
    /// An object is destroyed.
    Destroy,
    /// An object is destroyed and made again.
    Replace,
    /// Something is bought.
    Purchase,
    /// A change window holds it.
    ChangeWindow,
    /// A person has something to do.
    ManualStep,
    /// An object is dropped from the state, and nobody manages it any more.
    Forget,
    /// Something stays at the vendor after it is removed here.
    Stays,
}

impl Attention {
    /// All of them, in order.
    pub const ALL: [Attention; 7] = [
        Attention::Destroy,
        Attention::Replace,
        Attention::Purchase,
        Attention::ChangeWindow,
        Attention::ManualStep,
        Attention::Forget,
        Attention::Stays,
    ];

    /// What calls for attention in a change, in order.
    #[must_use]
    pub fn of(change: &ResourceChange) -> Vec<Attention> {
        let harmless = matches!(
            change.action,
            Action::NoOp | Action::Create | Action::Read | Action::Update
        );
        if harmless && change.details.notes.is_empty() {
            // Most changes.
            return Vec::new();
        }
        let noted = |kind| change.details.notes.iter().any(|n| n.kind == kind);
        let calls = |attention: &Attention| match attention {
            Attention::Destroy => change.action == Action::Delete,
            Attention::Replace => change.action.is_replace(),
            Attention::Purchase => noted(NoteKind::Purchase),
            Attention::ChangeWindow => noted(NoteKind::Window),
            Attention::ManualStep => noted(NoteKind::Manual),
            Attention::Forget => change.action == Action::Forget,
            Attention::Stays => noted(NoteKind::Stays),
        };
        Attention::ALL.into_iter().filter(calls).collect()
    }

    /// The word before an address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Attention::Destroy => "destroy",
            Attention::Replace => "replace",
            Attention::Purchase => "purchase",
            Attention::ChangeWindow => "change window",
            Attention::ManualStep => "manual step",
            Attention::Forget => "forget",
            Attention::Stays => "stays at the vendor",
        }
    }

    /// How many there are, in words.
    #[must_use]
    pub fn counted(self, n: usize) -> String {
        let s = if n == 1 { "" } else { "s" };
        match self {
            Attention::Destroy => format!("destroys {n}"),
            Attention::Replace => format!("replaces {n}"),
            Attention::Purchase => format!("{n} purchase{s}"),
            Attention::ChangeWindow => format!("change windows hold {n}"),
            Attention::ManualStep => format!("{n} manual step{s}"),
            Attention::Forget => format!("forgets {n}"),
            Attention::Stays => format!(
                "{n} {} at the vendor",
                if n == 1 { "stays" } else { "stay" }
            ),
        }
    }
}
