//! SC-26: what Contact Pro works through is changed outside business hours only, so a change window is about it.
//!
//! It asks whether there is such a window, not whether it holds now.

use trunkline_api::Diagnostics;
use trunkline_api::kit::declared::Declared as Objects;
use trunkline_api::provider::DeclaredObject;

use super::declared::Declared;
use super::error;
use crate::app::APP;
use crate::webhook::WEBHOOK;

/// SC-26 [seed, extended to webhooks: assumed]. Said once a type, not for each object.
pub(super) fn sc26(declared: &Declared<'_>, all: &[DeclaredObject]) -> Diagnostics {
    let used = declared.used();
    let webhook = used.iter().flat_map(|app| declared.webhooks_of(app)).next();
    let app = used.first().copied();
    let wanted = [
        (webhook, WEBHOOK, &["update", "delete"][..]),
        (app, APP, &["delete"]),
    ];
    let mut found = Vec::new();
    for (first, type_name, actions) in wanted {
        let Some(first) = first.filter(|_| !Objects(all).is_held(type_name, actions)) else {
            continue;
        };
        let text = format!(
            "Contact Pro works through this object, so callbacks may be lost while it is changed or deleted in business hours; but no \
             change window holds that. Add {type_name:?} to the types of a change_window block of trunkline.hcl whose actions have {}.",
            actions.join(" and ")
        );
        found.push(error("SC-26", "No Change Window", text).about(&first.address));
    }
    found
}
