//! Rules about URL templates: AC24 and AC25.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostics, Value};

use super::{at, error};
use crate::template::{carries_password, pieces, placeholders};

/// Attributes that are URL templates.
const TEMPLATES: [&str; 3] = ["ext_auth_url", "provisioning_url", "contacts_url"];

/// Placeholders of initial provisioning [public].
const INITIAL: [&str; 3] = ["username", "password", "fullcode"];

/// AC24 [public]: external authentication is https, and so is what carries a password [assumed].
pub(super) fn ac24(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for name in TEMPLATES {
        let Some(url) = attrs::text(config, name).filter(|url| !url.starts_with("https://")) else {
            continue;
        };
        let why = match name {
            "ext_auth_url" => "The vendor accepts https only for external authentication.",
            _ if carries_password(url) => "It carries a password, which would travel in clear.",
            "contacts_url" if !attrs::is_unset(config, "contacts_auth_password") => {
                "The app authenticates there with a password, which would travel in clear."
            }
            _ => continue,
        };
        let text = format!("`{name}` does not begin with https://. {why}");
        found.push(error("AC24", "Not https", text).on(at(name)));
    }
    found
}

/// AC25 [public]: placeholders are balanced and known.
pub(super) fn ac25(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for name in TEMPLATES {
        let Some(url) = attrs::text(config, name) else {
            continue;
        };
        let wrong = |text: String| error("AC25", "Invalid URL Template", text).on(at(name));
        if let Err(place) = pieces(url) {
            found.push(wrong(format!(
                "`{name}` has a percent sign at character {place} that neither begins a placeholder such as %username% nor an encoded character such as %20."
            )));
            continue;
        }
        if !url.starts_with("https://") && !url.starts_with("http://") {
            found.push(wrong(format!(
                "`{name}` must begin with https:// (or http://)."
            )));
        }
        let all = placeholders(url);
        let stranger = match name {
            "provisioning_url" => all.iter().find(|p| !INITIAL.contains(p)),
            "contacts_url" => all.iter().find(|p| INITIAL.contains(p)),
            _ => None,
        };
        if let Some(stranger) = stranger {
            let allowed = match name {
                "provisioning_url" => {
                    "Initial provisioning knows %username%, %password% and %fullcode% only."
                }
                _ => {
                    "Contacts are asked for after login: use %account[…]%, such as %account[cloud_username]%, or a global placeholder."
                }
            };
            found.push(wrong(format!(
                "`{name}` has the placeholder %{stranger}%. {allowed}"
            )));
        }
    }
    found
}
