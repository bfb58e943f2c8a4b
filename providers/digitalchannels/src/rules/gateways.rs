//! DC09–DC13: the services of Kaleyra (mGageSMS) and of a custom gateway (Async).

use std::collections::BTreeSet;

use trunkline_api::{Diagnostic, Diagnostics, Path, Step, Value};

use super::finding::{at, error, is_blank, warning, web_url};
use crate::services::body::{Body, channels_of};
use crate::values;

/// DC09 [seed]: mGageSMS has an absolute URL, a user name and a password.
pub(super) fn dc09(body: &Body) -> Diagnostics {
    if !body.is("mGageSMS") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let url = body.url_text();
    match (url.known(), url.known().and_then(web_url)) {
        (Some(text), None) => {
            let text =
                format!("The Kaleyra API URL {text:?} is not an http or https URL with a host.");
            found.push(error("DC09", "Invalid Kaleyra service", text).on(at("url")));
        }
        (Some(text), Some(url)) if url.scheme() == "http" => {
            let text = format!(
                "{text:?}: user name and password would cross the network in clear. Use https if Kaleyra offers it."
            );
            found.push(warning("DC09", "Unencrypted Kaleyra URL", text).on(at("url")));
        }
        (None, _) if url == values::Text::Absent => {
            let text = "The service mGageSMS needs the Kaleyra API URL as its `url`.";
            found.push(error("DC09", "Invalid Kaleyra service", text).on(at("url")));
        }
        _ => {}
    }
    for member in ["username", "password"] {
        if lacks(&body.secret, member) {
            let text = format!("The {member} of the Kaleyra account is empty.");
            found.push(
                error("DC09", "Invalid Kaleyra service", text).on(body.place(member, "secret")),
            );
        }
    }
    found
}

/// DC10 [seed]: Async has channels, each once, the same in `data` and `secret`, each with its URL and secrets.
pub(super) fn dc10(body: &Body) -> Diagnostics {
    if !body.is("Async") {
        return Vec::new();
    }
    let wrong = |text: String| error("DC10", "Invalid channels", text);
    let whole = || body.place("channel", "data");
    let known = |part: &Value| part.is_known() && part.attr("channels").is_none_or(Value::is_known);
    let (data, secret) = (channels_of(&body.data), channels_of(&body.secret));
    let mut found = Vec::new();
    if known(&body.data) && data.is_empty() {
        let text =
            "The service Async has no channel. Add one for every number, short code or domain.";
        found.push(wrong(text.into()).on(whole()));
    }
    let mut seen = BTreeSet::new();
    for (at, channel) in data.iter().enumerate() {
        if let Some(id) = values::known(channel, "channelId")
            && !seen.insert(id)
        {
            let text =
                format!("The channel {id:?} is there twice. Every channel has an id of its own.");
            found.push(wrong(text).on(place(body, at, "channel_id", "data")));
        }
    }
    if let (Some(public), Some(hidden)) = (ids(data), ids(secret))
        && known(&body.data)
        && known(&body.secret)
        && public != hidden
    {
        let odd: Vec<&str> = public.symmetric_difference(&hidden).copied().collect();
        let text = format!(
            "`data` and `secret` must have the same channels, but only one of them has {}.",
            odd.join(", ")
        );
        found.push(wrong(text).on(body.place("channel", "secret")));
    }
    let needed = [
        ("data", "", "channelId", "channel_id", "id"),
        ("data", "webhook", "url", "webhook_url", "webhook URL"),
        (
            "secret",
            "webhook",
            "secret",
            "webhook_secret",
            "webhook secret",
        ),
        ("secret", "api", "secret", "api_secret", "API secret"),
    ];
    for (part, group, member, argument, what) in needed {
        let channels = if part == "data" { data } else { secret };
        for (at, channel) in channels.iter().enumerate().filter(|(_, c)| c.is_known()) {
            if inner(channel, group).is_none_or(|group| lacks(group, member)) {
                let text = format!("{} has no {what}.", title(channel));
                found.push(wrong(text).on(place(body, at, argument, part)));
            }
        }
    }
    found
}

/// DC11 [seed]: a channel is a number of 5 or 10 digits or a domain name; 11 digits with a leading 1 occur in
/// the vendor page against its own rule.
pub(super) fn dc11(body: &Body) -> Diagnostics {
    each_channel(body, |at, channel| {
        let id = values::known(channel, "channelId").filter(|id| !id.trim().is_empty())?;
        let digits = id.bytes().all(|b| b.is_ascii_digit());
        if (digits && matches!(id.len(), 5 | 10)) || is_domain(id) {
            return None;
        }
        let place = place(body, at, "channel_id", "data");
        Some(if digits && id.len() == 11 && id.starts_with('1') {
            let text = format!(
                "The channel {id:?} has 11 digits, as in the vendor's example, while its text allows 5 or 10. Sender \
                 ids have no leading 1; check that both are written alike."
            );
            warning("DC11", "Unusual channel id", text).on(place)
        } else {
            let text = format!(
                "The channel {id:?} is neither a short code (5 digits), a long code (10 digits) nor a domain name."
            );
            error("DC11", "Invalid channel id", text).on(place)
        })
    })
}

/// DC12 [seed]: a webhook URL is absolute; it should be `https`.
pub(super) fn dc12(body: &Body) -> Diagnostics {
    each_channel(body, |at, channel| {
        let text = inner(channel, "webhook").and_then(|webhook| values::known(webhook, "url"))?;
        let place = place(body, at, "webhook_url", "data");
        match web_url(text) {
            _ if text.trim().is_empty() => None,
            None => {
                let text =
                    format!("The webhook URL {text:?} is not an http or https URL with a host.");
                Some(error("DC12", "Invalid webhook URL", text).on(place))
            }
            Some(url) if url.scheme() == "http" => {
                let text = format!(
                    "The webhook URL {text:?} is not encrypted: messages would cross the network in clear. Use https."
                );
                Some(warning("DC12", "Unencrypted webhook URL", text).on(place))
            }
            Some(_) => None,
        }
    })
}

/// DC13 [assumed]: the two secrets of a channel differ and have 16 characters or more.
pub(super) fn dc13(body: &Body) -> Diagnostics {
    if !body.is("Async") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, channel) in channels_of(&body.secret).iter().enumerate() {
        let of = |group: &str| {
            inner(channel, group)
                .and_then(|g| values::known(g, "secret"))
                .filter(|s| !s.trim().is_empty())
        };
        let (webhook, api) = (of("webhook"), of("api"));
        let warn = |text: String, argument: &str| {
            warning("DC13", "Weak channel secret", text).on(place(body, at, argument, "secret"))
        };
        if webhook.is_some() && webhook == api {
            let text = format!(
                "{} has one secret for both directions: who can check one can forge the other. Use two.",
                title(channel)
            );
            found.push(warn(text, "api_secret"));
        }
        for (secret, argument) in [(webhook, "webhook_secret"), (api, "api_secret")] {
            if secret.is_some_and(|secret| secret.chars().count() < 16) {
                let text = format!(
                    "{} has a secret of fewer than 16 characters, which can be guessed.",
                    title(channel)
                );
                found.push(warn(text, argument));
            }
        }
    }
    found
}

/// Calls `check` with every channel of an Async service's `data`.
fn each_channel(body: &Body, check: impl Fn(usize, &Value) -> Option<Diagnostic>) -> Diagnostics {
    if !body.is("Async") {
        return Vec::new();
    }
    let channels = channels_of(&body.data).iter().enumerate();
    channels
        .filter_map(|(at, channel)| check(at, channel))
        .collect()
}

/// The group of a channel; the channel itself for the empty name. `None` when it is not there.
fn inner<'v>(channel: &'v Value, group: &str) -> Option<&'v Value> {
    if group.is_empty() {
        return Some(channel);
    }
    channel.attr(group)
}

/// Whether `member` is known to be missing or empty.
fn lacks(object: &Value, member: &str) -> bool {
    object.is_known()
        && object
            .attr(member)
            .is_none_or(|value| value.is_null() || is_blank(value))
}

/// The ids of the channels, if all are known.
fn ids(channels: &[Value]) -> Option<BTreeSet<&str>> {
    channels
        .iter()
        .map(|channel| values::known(channel, "channelId"))
        .collect()
}

fn title(channel: &Value) -> String {
    match values::known(channel, "channelId").filter(|id| !id.is_empty()) {
        Some(id) => format!("The channel {id:?}"),
        None => "A channel".into(),
    }
}

/// Where a finding about a channel belongs.
fn place(body: &Body, index: usize, argument: &str, part: &str) -> Path {
    let path = body.place("channel", part);
    if path.first_attribute() == Some("channel") {
        return path
            .then(Step::Index(index))
            .then(Step::Attribute(argument.into()));
    }
    path
}

/// Whether the text is a domain name of two labels or more.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.contains('.')
        && text.len() <= 253
        && text.split('.').all(label)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
}
