//! Channel credentials of an app: which object belongs to which channel, and how they are kept.
//!
//! The table: public; "exactly one", "a channel once" and "one default": [assumed]. It must not store anything.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::errors;
use crate::check::{Check, Problem};
use crate::seal::sha256_hex;
use crate::world::World;

/// Names of members that are secrets, wherever they occur below a channel's credentials.
pub(crate) const SECRETS: &[&str] = &[
    "token",
    "secret",
    "api_key",
    "password",
    "kakaotalk_sender_key",
    "app_secret",
    "aes_key",
    "apple_pay_certificate_password",
    "callback_secret",
];

/// An object of credentials: its name, the members that it must have and those that it may have.
type Object = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const BEARER: Object = ("static_bearer", &["claimed_identity", "token"], &[]);
const TOKEN: Object = ("static_token", &["token"], &[]);

const TABLE: &[(&str, &[Object])] = &[
    ("WHATSAPP", &[BEARER]),
    ("RCS", &[BEARER]),
    ("VIBERBM", &[BEARER]),
    ("SMS", &[BEARER]),
    ("MESSENGER", &[TOKEN]),
    ("VIBER", &[TOKEN]),
    (
        "INSTAGRAM",
        &[(
            "instagram_credentials",
            &["token"],
            &["business_account_id"],
        )],
    ),
    ("TELEGRAM", &[("telegram_credentials", &["token"], &[])]),
    (
        "LINE",
        &[
            ("line_credentials", &["token", "secret"], &["is_default"]),
            (
                "line_enterprise_credentials",
                &[],
                &["line_japan", "line_thailand", "is_default"],
            ),
        ],
    ),
    (
        "MMS",
        &[(
            "mms_credentials",
            &["account_id", "api_key"],
            &["basic_auth"],
        )],
    ),
    (
        "KAKAOTALK",
        &[(
            "kakaotalk_credentials",
            &["kakaotalk_plus_friend_id", "kakaotalk_sender_key"],
            &[],
        )],
    ),
    (
        "KAKAOTALKCHAT",
        &[(
            "kakaotalkchat_credentials",
            &["kakaotalk_plus_friend_id"],
            &["api_key"],
        )],
    ),
    (
        "WECHAT",
        &[(
            "wechat_credentials",
            &["app_id", "app_secret", "token", "aes_key"],
            &[],
        )],
    ),
    (
        "APPLEBC",
        &[(
            "applebc_credentials",
            &["business_chat_account_id"],
            &[
                "merchant_id",
                "apple_pay_certificate_reference",
                "apple_pay_certificate_password",
            ],
        )],
    ),
];

/// Members beside the credentials; the output-only ones may be sent back and are ignored.
const COMMON: &[&str] = &[
    "channel",
    "callback_secret",
    "credential_ordinal_number",
    "state",
    "channel_known_id",
];

/// Every problem of a list of channel credentials.
pub(crate) fn problems(world: &World, list: &[Value]) -> Vec<Problem> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    let mut defaults = 0;
    let mut lines = 0;
    for (i, entry) in list.iter().enumerate() {
        let at = format!("channel_credentials[{i}]");
        let mut check = match Check::new(entry, &at) {
            Ok(check) => check,
            Err(problem) => {
                out.push(problem);
                continue;
            }
        };
        let channels: Vec<&str> = TABLE.iter().map(|(channel, _)| *channel).collect();
        let Some(channel) = check.choice("channel", true, &channels) else {
            out.append(&mut check.problems);
            continue;
        };
        let objects = TABLE
            .iter()
            .find(|(name, _)| *name == channel)
            .map_or(&[][..], |(_, objects)| objects);
        let names: Vec<&str> = objects.iter().map(|(name, _, _)| *name).collect();
        if world.settings.sinch_strict_fields {
            check.only(&[COMMON, &names]);
        }
        let given: Vec<&Object> = objects
            .iter()
            .filter(|(name, _, _)| check.has(name))
            .collect();
        match given.as_slice() {
            [object] => member_problems(world, &entry[object.0], &at, object, &mut out),
            _ => check.fail(
                "channel",
                "invalid.value",
                &format!("needs exactly one of {}", names.join(", ")),
            ),
        }
        let secret = check.text("callback_secret", false).unwrap_or_default();
        if secret.chars().count() > 256 {
            check.fail(
                "callback_secret",
                "invalid.value",
                "has more than 256 characters",
            );
        }
        let ordinal = check
            .integer("credential_ordinal_number", false)
            .unwrap_or(0);
        if !(0..=255).contains(&ordinal) || (channel != "LINE" && ordinal != 0) {
            let what = "must be between 0 and 255, and 0 for other channels than LINE";
            check.fail("credential_ordinal_number", "invalid.value", what);
        }
        if !seen.insert((channel, ordinal)) {
            let what = "occurs twice; only LINE may, with ordinal numbers of their own";
            check.fail("channel", "invalid.value", what);
        }
        if channel == "LINE" {
            lines += 1;
            defaults += usize::from(names.iter().any(|n| entry[*n]["is_default"] == true));
        }
        out.append(&mut check.problems);
    }
    if lines > 1 && defaults != 1 {
        out.push(Problem {
            field: "channel_credentials".to_owned(),
            code: "invalid.value",
            message: "channel_credentials: one of several LINE entries must be the default"
                .to_owned(),
        });
    }
    out
}

fn member_problems(
    world: &World,
    value: &Value,
    at: &str,
    (name, required, optional): &Object,
    out: &mut Vec<Problem>,
) {
    let at = format!("{at}.{name}");
    let mut check = match errors::check(world, value, &at, &[required, optional]) {
        Ok(check) => check,
        Err(problem) => {
            out.push(problem);
            return;
        }
    };
    for member in *required {
        check.text(member, true);
    }
    for member in *optional {
        let nested: &[&str] = match *member {
            "is_default" => {
                check.flag(member);
                continue;
            }
            "line_japan" | "line_thailand" => &["token", "secret"],
            "basic_auth" => &["username", "password"],
            _ => {
                check.text(member, false);
                continue;
            }
        };
        let Some(object) = check.object(member, false) else {
            continue;
        };
        match errors::check(world, object, &format!("{at}.{member}"), &[nested]) {
            Ok(mut inner) => {
                for name in nested {
                    inner.text(name, true);
                }
                check.take(inner.problems);
            }
            Err(problem) => check.take(vec![problem]),
        }
    }
    let one = ["line_japan", "line_thailand"]
        .iter()
        .filter(|m| check.has(m))
        .count();
    if *name == "line_enterprise_credentials" && one != 1 {
        let message = format!("{at} needs exactly one of line_japan, line_thailand");
        check.take(vec![Problem {
            field: at,
            code: "invalid.value",
            message,
        }]);
    }
    out.append(&mut check.problems);
}

/// The list as it is stored, still with secrets: output-only members removed, Instagram's token exchanged for
/// a long-lived one (public), and the outcome of the vendor's own look at the credentials.
pub(crate) fn prepare(world: &World, region: &str, list: &[Value]) -> Vec<Value> {
    list.iter()
        .map(|entry| {
            let mut entry = entry.clone();
            if let Some(map) = entry.as_object_mut() {
                map.remove("state");
                map.remove("channel_known_id");
            }
            if let Some(token) = entry["instagram_credentials"]["token"].as_str() {
                let exchanged = format!("long-lived-{}", &sha256_hex(token)[..24]);
                entry["instagram_credentials"]["token"] = exchanged.into();
            }
            if entry["credential_ordinal_number"].is_null() {
                entry["credential_ordinal_number"] = 0.into();
            }
            entry["state"] = match failing(world, region, &entry) {
                Some(why) => json!({ "status": "FAILING", "description": why }),
                None => json!({ "status": "ACTIVE", "description": "" }),
            };
            entry
        })
        .collect()
}

/// Why an integration fails: an SMS channel needs a plan of the app's region, and its token.
fn failing(world: &World, region: &str, entry: &Value) -> Option<&'static str> {
    if entry["channel"] != "SMS" {
        return None;
    }
    let bearer = &entry["static_bearer"];
    let id = bearer["claimed_identity"].as_str()?;
    let plan = world
        .store
        .get(super::VENDOR, "service_plan", id)
        .ok()
        .flatten()?;
    if plan["region"] != region {
        return Some("The service plan lives in another region than the app");
    }
    let token = sha256_hex(bearer["token"].as_str().unwrap_or_default());
    (plan["token_sha256"] != token).then_some("The API token is not that of the service plan")
}
