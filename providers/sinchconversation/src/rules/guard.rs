//! SC-30 [assumed]: an app is not deleted and a number not released unless the provider block says so.
//!
//! Asked when planning, and again right before the effect: the provider's settings may not be known when planning.

use trunkline_api::Diagnostic;
use trunkline_api::Value;
use trunkline_api::kit::{Action, Draft};

use crate::app::APP;
use crate::client::Client;

/// Why an object must not be removed, if it must not.
pub(crate) fn not_allowed(client: &Client, type_name: &str, label: &str) -> Option<Diagnostic> {
    let settings = &client.settings;
    let (allowed, setting, what) = match type_name {
        APP => (
            settings.allow_app_deletion,
            "allow_app_deletion",
            "deleted: its channels and webhooks go with it",
        ),
        _ => (
            settings.allow_number_release,
            "allow_number_release",
            "released: nobody can promise that it comes back",
        ),
    };
    let text = format!(
        "SC-30: the {label} would be {what}. If that is meant, set {setting} = true in the provider block; if not, keep it in the \
         configuration, or forget it with a removed block."
    );
    (!allowed).then(|| Diagnostic::error("Removal Not Allowed", text))
}

/// Refuses the plan of a removal, or of a replacement, that is not allowed.
pub(crate) fn allowed(
    client: Option<&Client>,
    draft: &mut Draft,
    force_new: &[&str],
    label: &dyn Fn(&Value) -> String,
) {
    let replaced =
        || !draft.requires_replace.is_empty() || force_new.iter().any(|name| draft.changed(name));
    let removed = match draft.action {
        Action::Create => false,
        Action::Update => replaced(),
        Action::Delete => true,
    };
    let refusal = client
        .filter(|_| removed)
        .and_then(|client| not_allowed(client, &draft.type_name, &label(&draft.prior)));
    if let Some(refusal) = refusal {
        draft.problem(refusal);
    }
}
