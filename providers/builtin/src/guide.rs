//! The text of this provider's page: what its schemas do not say.

use trunkline_api::guide::{Guide, ResourceGuide};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "part of the program",
    about: &["Nothing has to be configured, and nothing is sent anywhere."],
    example: r#"
resource "terraform_data" "release" {
  input = "2026-11"
}

resource "terraform_data" "announced" {
  triggers_replace = terraform_data.release.output

  provisioner "local-exec" {
    command = "echo released"
  }
}
"#,
    resources: &[ResourceGuide {
        name: "terraform_data",
        import: &["ID"],
        notes: &["An imported object has neither `input` nor `output` until the next apply."],
    }],
    rules: &[],
    limits: &[],
    unverified: &[],
};
