//! Rules about the authentications of one messaging service: CP-05 to CP-10, CP-14, CP-26, CP-27.

use std::collections::BTreeSet;

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value, path::Step};

use super::text;
use crate::messaging_service::AUTHENTICATION;
use crate::names;

/// The triggers of a webhook entry.
const TRIGGERS: &[&str] = &["MESSAGE_DELIVERY", "MESSAGE_INBOUND"];

/// One entry with its place, and what it is as far as that is known.
struct Entry<'v> {
    at: usize,
    config: &'v Value,
    id: Option<&'v str>,
    incoming: Option<bool>,
}

impl Entry<'_> {
    fn path(&self, name: &'static str) -> Path {
        Path(vec![
            Step::Attribute(AUTHENTICATION.into()),
            Step::Index(self.at),
            Step::Attribute(name.into()),
        ])
    }

    fn error(&self, name: &'static str, detail: String) -> Diagnostic {
        Diagnostic::error("Invalid Authentication", detail).on(self.path(name))
    }
}

/// All of them.
pub(super) fn entries(config: &Value) -> Diagnostics {
    let Some(service_type) = text(config, "type").map(names::canonical) else {
        return Vec::new();
    };
    if !names::TYPES.contains(&&*service_type)
        || !config.attr(AUTHENTICATION).is_some_and(Value::is_known)
    {
        return Vec::new();
    }
    let entry = |(at, config)| entry(&service_type, at, config);
    let entries: Vec<Entry<'_>> = attrs::items(config, AUTHENTICATION)
        .iter()
        .enumerate()
        .map(entry)
        .collect();
    let mut problems = Vec::new();
    for entry in &entries {
        if let Some(problem) = cp08(&service_type, entry) {
            problems.push(problem);
            continue;
        }
        problems.extend(cp14(entry));
        if let (Some(id), Some(false)) = (entry.id, entry.incoming) {
            problems.extend(outgoing(&service_type, entry, id));
        }
    }
    problems.extend(webhooks(&service_type, &entries));
    problems.extend(counts(&service_type, &entries));
    problems.extend(plan_in_url(&service_type, config, &entries));
    problems
}

fn entry<'v>(service_type: &str, at: usize, config: &'v Value) -> Entry<'v> {
    let id = text(config, "authentication_id");
    let incoming = match text(config, "direction") {
        Some(direction) => Some(direction == "INCOMING"),
        None if attrs::has_unknown(config, "direction") => None,
        None => id.map(|id| names::direction(service_type, id) == "INCOMING"),
    };
    Entry {
        at,
        config,
        id,
        incoming,
    }
}

/// CP-08: what is sent and what is received have entries of their own.
fn cp08(service_type: &str, entry: &Entry<'_>) -> Option<Diagnostic> {
    if let Some(direction) = text(entry.config, "direction")
        && !["OUTGOING", "INCOMING"].contains(&direction)
    {
        return Some(entry.error(
            "direction",
            format!("CP-08: direction is {direction:?}; it must be OUTGOING or INCOMING."),
        ));
    }
    let (id, incoming) = (entry.id?, entry.incoming?);
    if !incoming && id == names::WEBHOOK {
        let detail = "CP-08: webhook is the id of the incoming entry of a sinchconversation service, and never an outgoing id. Outgoing authentication needs an entry of its own.";
        return Some(entry.error("authentication_id", detail.to_owned()));
    }
    if incoming && (id != names::WEBHOOK || service_type != "sinchconversation") {
        let detail = "CP-08: the only incoming entry is that of a sinchconversation service, with the id webhook. For other types the incoming authentication is an external user (sinchcontactpro_user).";
        return Some(entry.error("authentication_id", detail.to_owned()));
    }
    None
}

/// CP-14: triggers are the webhook entry's, are known ones, and should be chosen.
fn cp14(entry: &Entry<'_>) -> Diagnostics {
    let mut problems = Vec::new();
    let given = entry
        .config
        .attr("triggers")
        .filter(|t| t.is_known() && !t.is_null());
    let chosen = attrs::texts(entry.config, "triggers");
    match entry.incoming {
        Some(false) if given.is_some() => {
            let detail = "CP-14: only the entry webhook has triggers. Remove them here.";
            problems.push(entry.error("triggers", detail.to_owned()));
        }
        Some(true) => {
            for trigger in chosen.iter().filter(|t| !TRIGGERS.contains(&&***t)) {
                let detail = format!(
                    "CP-14: {trigger:?} is no trigger; use MESSAGE_DELIVERY and MESSAGE_INBOUND."
                );
                problems.push(entry.error("triggers", detail));
            }
            if chosen.is_empty() && !attrs::has_unknown(entry.config, "triggers") {
                let detail = "CP-14: no triggers are chosen, so events and errors of the Conversation API will not be visible. Add MESSAGE_DELIVERY (events in logs) and MESSAGE_INBOUND (error reports).";
                problems
                    .push(Diagnostic::warning("No Triggers", detail).on(entry.path("triggers")));
            }
        }
        _ => {}
    }
    problems
}

/// CP-05, CP-06, CP-07, CP-26, CP-27: the form of an outgoing id.
fn outgoing(service_type: &str, entry: &Entry<'_>, id: &str) -> Diagnostics {
    let bad = |rule: &str, form: &str| {
        let detail =
            format!("{rule}: authentication_id is {id:?}; for {service_type} it must be {form}.");
        vec![entry.error("authentication_id", detail)]
    };
    match service_type {
        "sinchconversation" => match names::key_and_app(id) {
            Some((_, app)) if names::is_alphanumeric(app) => {
                super::app_id(&entry.path("authentication_id"), app)
                    .into_iter()
                    .collect()
            }
            _ => bad("CP-05", "[Key ID]@[App ID], with one @ and no spaces"),
        },
        "microsoft_teams" if !is_guid(id) && !is_email(id) => bad(
            "CP-26",
            "the Azure application (client) id, a GUID, or the technical user's name in the form of an e-mail address",
        ),
        "facebook" if !id.bytes().all(|b| b.is_ascii_digit()) || id.is_empty() => {
            bad("CP-27", "the page id, which has digits only")
        }
        "sinchsms" if is_email(id) => bad("CP-27", "the service plan id, not an e-mail address"),
        _ if id.trim().is_empty() => bad("CP-27", "a user name"),
        _ => Vec::new(),
    }
}

/// CP-09 and CP-10: one webhook entry, which should be there.
fn webhooks(service_type: &str, entries: &[Entry<'_>]) -> Option<Diagnostic> {
    if service_type != "sinchconversation" {
        return None;
    }
    let mut webhooks = entries
        .iter()
        .filter(|e| e.incoming == Some(true) && e.id == Some(names::WEBHOOK));
    let first = webhooks.next();
    if let Some(second) = webhooks.next() {
        let detail = "CP-09: a messaging service has one webhook secret, which counts for all its apps, so it can have one entry webhook. Apps with another secret need a messaging service of their own.";
        return Some(second.error("authentication_id", detail.to_owned()));
    }
    let known = entries.iter().all(|e| e.incoming.is_some());
    (first.is_none() && known && !entries.is_empty()).then(|| {
        let detail = "CP-10: without an entry webhook the signatures of incoming calls are not verified. Add an authentication with the id webhook and the secret of the apps' webhooks.";
        super::warning("No Webhook Authentication", "type", detail.to_owned())
    })
}

/// CP-27: how many outgoing entries a type takes, and that each is another.
fn counts(service_type: &str, entries: &[Entry<'_>]) -> Diagnostics {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in entries.iter().filter(|e| e.incoming == Some(false)) {
        if let Some(id) = entry.id
            && !seen.insert(id)
        {
            let detail = format!(
                "CP-27: there is an authentication with the id {id:?} already. Each needs an id of its own."
            );
            problems.push(entry.error("authentication_id", detail));
        }
    }
    if !problems.is_empty() || entries.iter().any(|e| e.incoming.is_none()) {
        return problems;
    }
    let outgoing: Vec<&Entry<'_>> = entries
        .iter()
        .filter(|e| e.incoming == Some(false) && e.id != Some(names::WEBHOOK))
        .collect();
    let mut wrong = |how_many: &str| {
        let detail = format!(
            "CP-27: a messaging service of type {service_type} takes {how_many}; this one has {}.",
            outgoing.len()
        );
        problems.push(super::error("Invalid Authentication", "type", detail));
    };
    match service_type {
        "microsoft_teams" => {
            let people = outgoing
                .iter()
                .filter(|e| e.id.is_some_and(is_email))
                .count();
            let apps = outgoing
                .iter()
                .filter(|e| e.id.is_some_and(is_guid))
                .count();
            if people > 1 || apps > 1 {
                wrong("at most one application and one technical user");
            }
        }
        "facebook" => {}
        "sinchconversation"
            if outgoing.is_empty() && entries.iter().any(|e| e.incoming == Some(true)) =>
        {
            wrong("at least one outgoing authentication");
        }
        "sinchconversation" => {}
        _ if outgoing.len() > 1 => wrong("exactly one authentication"),
        _ => {}
    }
    problems
}

/// CP-27: where the URL of a `sinchsms` service names a plan, the authentication is that plan's [assumed].
fn plan_in_url(service_type: &str, config: &Value, entries: &[Entry<'_>]) -> Option<Diagnostic> {
    if service_type != "sinchsms" {
        return None;
    }
    let url = text(config, "service_connection")?;
    let (_, rest) = url.split_once("/xms/v1/")?;
    let plan = rest.split('/').next().filter(|plan| !plan.is_empty())?;
    let entry = entries.iter().find(|e| e.incoming == Some(false))?;
    (entry.id? != plan).then(|| {
        let detail = format!("CP-27: the service connection is of the service plan {plan:?}, and the authentication of {:?}. Both must be the same plan.", entry.id.unwrap_or_default());
        entry.error("authentication_id", detail)
    })
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !domain.contains('@')
    }) && !text.contains(char::is_whitespace)
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|p| p.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
}
