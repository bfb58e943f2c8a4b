//! Rules between objects of this vendor: CP-17, CP-18, CP-22 to CP-25, CP-29.

use std::collections::BTreeMap;

use trunkline_api::kit::attrs;
use trunkline_api::kit::declared::Declared;
use trunkline_api::provider::{DeclaredObject, without_keys};
use trunkline_api::{Diagnostic, Diagnostics, Path};

use super::objects::{Objects, app_ids, type_of};
use super::text;
use crate::names;

const ADDRESS: &str = "sinchcontactpro_queue_address";
const USER: &str = "sinchcontactpro_user";
const RIGHT: &str = "sinchcontactpro_messaging_service_right";

fn about(problem: Diagnostic, object: &DeclaredObject, attribute: &str) -> Diagnostic {
    problem
        .about(&object.address)
        .on(Path::attribute(attribute))
}

/// CP-17: the app of an address is one of a service, and has the channel of the subchannel.
pub(super) fn cp17(objects: &Objects<'_>) -> Diagnostics {
    let services = objects.services("sinchconversation");
    let ids: Option<Vec<Vec<&str>>> = services.iter().map(|service| app_ids(service)).collect();
    let ids = ids.filter(|_| !objects.has_open_type());
    let mut problems = Vec::new();
    for address in objects.of_type(ADDRESS) {
        for app in objects.sources(address, "address", "sinchconversation_app") {
            problems.extend(channel(address, app));
            let named = |service: &&DeclaredObject| {
                objects
                    .apps(service)
                    .iter()
                    .any(|a| a.address == app.address)
            };
            // A service whose ids are all known names no app of this configuration that is yet to be made.
            if services.iter().any(named)
                || services
                    .iter()
                    .any(|s| app_ids(s).is_none() && objects.apps(s).is_empty())
            {
                continue;
            }
            problems.push(unknown_app(address, &app.address, !services.is_empty()));
        }
        let Some((app, _)) = text(&address.config, "address").and_then(names::app_and_subchannel)
        else {
            continue;
        };
        if let Some(ids) = &ids
            && !ids.iter().flatten().any(|id| id.eq_ignore_ascii_case(app))
        {
            problems.push(unknown_app(address, app, !services.is_empty()));
        }
    }
    problems
}

fn unknown_app(address: &DeclaredObject, app: &str, both_sides: bool) -> Diagnostic {
    let problem = if both_sides {
        Diagnostic::error(
            "App Without Messaging Service",
            format!(
                "CP-17: no messaging service of type sinchconversation has an outgoing authentication of the app {app}, so nothing can be sent from this address. Add [Key ID]@{app} to one."
            ),
        )
    } else {
        Diagnostic::warning(
            "App Without Messaging Service",
            format!(
                "CP-17: the configuration has no messaging service of type sinchconversation. Check that one exists with an outgoing authentication of the app {app}."
            ),
        )
    };
    about(problem, address, "address")
}

/// Whether the app has the channel behind the subchannel. The chat of Sinch has no credentials to look for.
fn channel(address: &DeclaredObject, app: &DeclaredObject) -> Option<Diagnostic> {
    let text_of_address = text(&address.config, "address")
        .map(str::to_owned)
        .or_else(|| attrs::text(&address.config, "subchannel").map(str::to_owned))?;
    let (_, subchannel) = names::app_and_subchannel(&text_of_address)?;
    let (_, wanted) = names::SUBCHANNELS
        .iter()
        .find(|(name, _)| *name == subchannel)?;
    let credentials = app
        .config
        .attr("channel_credentials")
        .filter(|c| c.is_wholly_known())?;
    let channels = credentials.as_slice().unwrap_or(&[]);
    let has = channels.iter().any(|c| text(c, "channel") == Some(wanted));
    (!has && *wanted != "SINCH_CHAT").then(|| {
        let detail = format!("CP-17: the address is of the subchannel {subchannel}, and {} has no channel {wanted}. Add its credentials to the app.", app.address);
        about(Diagnostic::error("App Without Channel", detail), address, "address")
    })
}

/// CP-18: an address is of a chat queue, and of one.
pub(super) fn cp18(objects: &Objects<'_>) -> Diagnostics {
    let mut seen: BTreeMap<&str, &DeclaredObject> = BTreeMap::new();
    let mut problems = Vec::new();
    for address in objects.of_type(ADDRESS) {
        for queue in objects.sources(address, "queue_id", "sinchcontactpro_queue") {
            if let Some(channel) = text(&queue.config, "channel_type").filter(|c| *c != "Chat") {
                let detail = format!(
                    "CP-18: {} is a queue of the channel {channel}; an address needs a chat queue.",
                    queue.address
                );
                problems.push(about(
                    Diagnostic::error("Address on No Chat Queue", detail),
                    address,
                    "queue_id",
                ));
            }
        }
        let Some(given) = text(&address.config, "address") else {
            continue;
        };
        match seen.get(given) {
            Some(first) => {
                let detail = format!(
                    "CP-18: {} has the address {given} already; an address belongs to one queue.",
                    first.address
                );
                problems.push(about(
                    Diagnostic::error("Address Declared Twice", detail),
                    address,
                    "address",
                ));
            }
            None => drop(seen.insert(given, address)),
        }
    }
    problems
}

/// CP-22: the external user is not the provider's own.
pub(super) fn cp22(objects: &Objects<'_>) -> Diagnostics {
    let own = |user: &&&DeclaredObject| {
        let api_user = objects.provider(user).and_then(|p| text(p, "username"));
        api_user.is_some() && api_user == text(&user.config, "login")
    };
    let problem = |user: &&DeclaredObject| {
        let detail = "CP-22: this is the API user that the provider works as. Use a user of its own for the incoming authentication.";
        about(
            Diagnostic::error("User Exists Already", detail),
            user,
            "login",
        )
    };
    objects
        .of_type(USER)
        .iter()
        .filter(own)
        .map(problem)
        .collect()
}

/// CP-23: an external user may use messaging services.
pub(super) fn cp23(objects: &Objects<'_>) -> Diagnostics {
    let rights = objects.of_type(RIGHT);
    let references = |right: &DeclaredObject| -> Vec<String> {
        let of = right.references.iter().filter(|(name, address, _)| {
            &**name == "user_id" && address.contains(&format!("{USER}."))
        });
        of.map(|(_, address, _)| address.clone()).collect()
    };
    let given: Vec<String> = rights.iter().flat_map(|right| references(right)).collect();
    // A right whose user cannot be told may be anybody's.
    let open = |right: &&DeclaredObject| {
        text(&right.config, "user_id").is_none() && references(right).is_empty()
    };
    if rights.iter().any(open) {
        return Vec::new();
    }
    let without = |user: &&&DeclaredObject| {
        !given
            .iter()
            .any(|address| *address == without_keys(&user.address))
    };
    let problem = |user: &&DeclaredObject| {
        let detail = format!(
            "CP-23: an external user needs the right Messaging Service: Use. Add a {RIGHT} for it."
        );
        about(
            Diagnostic::error("User Without Right", detail),
            user,
            "login",
        )
    };
    objects
        .of_type(USER)
        .iter()
        .filter(without)
        .map(problem)
        .collect()
}

/// Types whose incoming calls log in as an external user.
const WITH_USER: &[&str] = &["sinchsms", "wavy"];

/// CP-24: incoming messages of these types need an external user, unless authentication is off in SMS Server.
pub(super) fn cp24(objects: &Objects<'_>) -> Diagnostics {
    if !objects.of_type(USER).is_empty() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for service in objects.of_type("sinchcontactpro_messaging_service") {
        let block = objects.provider(service);
        let off = block.and_then(|p| attrs::flag(p, "sms_server_local_http_authentication"))
            == Some(false);
        let open =
            block.is_some_and(|p| attrs::has_unknown(p, "sms_server_local_http_authentication"));
        let Some(service_type) = type_of(service).filter(|_| !off && !open) else {
            continue;
        };
        let detail = if WITH_USER.contains(&&*service_type) {
            format!(
                "CP-24: incoming messages of {service_type} are refused without an external user. Add a sinchcontactpro_user with its right, or set sms_server_local_http_authentication = false in the provider block if authentication is off in SMS Server."
            )
        } else if service_type == "microsoft_teams" {
            "CP-24: the vendor does not say whether Microsoft Teams does without an external user. Add a sinchcontactpro_user if incoming messages are refused, or set sms_server_local_http_authentication = false in the provider block if authentication is off in SMS Server.".to_owned()
        } else {
            continue;
        };
        problems.push(about(
            Diagnostic::warning("No External User", detail),
            service,
            "type",
        ));
    }
    problems
}

/// CP-25: the other types need no external user.
pub(super) fn cp25(objects: &Objects<'_>) -> Diagnostics {
    let services = objects.of_type("sinchcontactpro_messaging_service");
    let needs = |service: &&DeclaredObject| {
        type_of(service).is_none_or(|t| WITH_USER.contains(&&*t) || t == "microsoft_teams")
    };
    if services.is_empty() || services.iter().any(needs) {
        return Vec::new();
    }
    let problem = |user: &&DeclaredObject| {
        let detail = "CP-25: facebook, c4semail, c4semailv2 and sinchconversation need no external user, and the configuration has no service of another type. Remove the user if nothing else uses it.";
        about(
            Diagnostic::warning("External User Not Needed", detail),
            user,
            "login",
        )
    };
    objects.of_type(USER).iter().map(problem).collect()
}

/// CP-29: changes of messaging services wait for the end of business hours. Said once, not for each of them.
pub(super) fn cp29(objects: &Objects<'_>, declared: Declared<'_>) -> Option<Diagnostic> {
    const SERVICE: &str = "sinchcontactpro_messaging_service";
    let first = objects.of_type(SERVICE).first()?;
    if declared.is_held(SERVICE, &["update", "delete"]) {
        return None;
    }
    let detail = format!(
        "CP-29: messages may be lost while a messaging service is changed or deleted, so the vendor advises against it in business hours; but no change window holds it then. Add to trunkline.hcl a change_window block with a timezone, types = [\"{SERVICE}\"], actions = [\"update\", \"delete\"] and a hold block with the business hours."
    );
    Some(Diagnostic::error("No Change Window", detail).about(&first.address))
}
