//! The text of this provider's page: what its schema does not say.

use trunkline_api::guide::{Guide, ResourceGuide};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "steps that a person does",
    about: &[
        "A step in a console or through a representative is part of the plan: it shows what is to be done, with which values, and what depends on it waits until somebody has confirmed it. Nothing has to be configured.",
    ],
    example: r#"
resource "manual_step" "number" {
  title        = "Order the SMS number"
  instructions = "Ask the representative for a number that can send SMS."
  who          = "Sinch representative"
  asks = {
    number = "The number, with its country code"
  }
}

output "number" {
  value = manual_step.number.results["number"]
}
"#,
    resources: &[ResourceGuide {
        name: "manual_step",
        import: &["ID"],
        notes: &[
            "It is open while nobody has confirmed it, and again when what was confirmed has changed.",
        ],
    }],
    rules: &[],
    limits: &[],
    unverified: &[],
};
