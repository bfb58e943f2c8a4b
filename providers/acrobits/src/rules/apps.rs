//! Rules about one app: AC27, AC31 and AC32.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostics, Value};

use super::{at, error, warning};

/// AC27 [public]: the form of a Cloud ID.
pub(super) fn ac27(config: &Value) -> Diagnostics {
    let Some(id) = attrs::text(config, "cloud_id") else {
        return Vec::new();
    };
    let wrong = |text: String| vec![error("AC27", "Invalid Cloud ID", text).on(at("cloud_id"))];
    if id.trim().is_empty() {
        return wrong("The Cloud ID is empty.".into());
    }
    if id.contains('@') {
        return wrong(format!(
            "The Cloud ID {id:?} has an @, at which login names are split."
        ));
    }
    if id.contains('*') {
        return wrong(format!(
            "The Cloud ID {id:?} has a *, which names the editable version of the app. Write {:?}.",
            id.trim_end_matches('*')
        ));
    }
    let capitals = id.to_uppercase();
    if id != capitals {
        return wrong(format!(
            "Cloud IDs are in capitals, also in names of files. Write {capitals:?}."
        ));
    }
    Vec::new()
}

/// AC31 [seed]: the notification extension of a white-label iOS app is attested.
pub(super) fn ac31(config: &Value) -> Diagnostics {
    let messaging = attrs::flag(config, "messaging") == Some(true);
    let own = attrs::text(config, "ios") == Some("white_label");
    let attested = attrs::flag(config, "ios_notification_extension") == Some(true)
        || attrs::has_unknown(config, "ios_notification_extension");
    if !messaging || !own || attested {
        return Vec::new();
    }
    let text = "Messaging on iOS needs the notification extension, which shows and localizes notifications. Configure the white-label app to use it, then attest it with ios_notification_extension = true.";
    vec![error("AC31", "Notification Extension Not Attested", text).on(at("ios"))]
}

/// AC32 [assumed]: CardDAV cannot be checked.
pub(super) fn ac32(config: &Value) -> Diagnostics {
    if attrs::text(config, "contact_source") != Some("carddav") {
        return Vec::new();
    }
    let text = "A CardDAV contact source is not verifiable: how a vCard carries Cloud Username and Network ID is not published. Nothing about its contacts is checked here.";
    vec![warning("AC32", "Contact Source Not Verifiable", text).on(at("contact_source"))]
}
