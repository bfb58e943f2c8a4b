//! Rules between objects: AL03, AL05, AL06, AL09, AL12, AL22, AL23, and how many business systems there are.

use std::collections::BTreeMap;

use super::declared::Declared;
use super::*;
use crate::account_webhook::ACCOUNT_WEBHOOK;
use crate::business_system::BUSINESS_SYSTEM;
use crate::fallback::FALLBACK;
use crate::intent::INTENT;
use crate::manual::ATTESTATION;
use crate::otp_scheduling::OTP_SCHEDULING;
use crate::phone_webhook::PHONE_WEBHOOK;
use crate::settings::{Mode, mode_of};
use crate::sms_setting::SMS_SETTING;
use crate::template::TEMPLATE;

/// The panels' types, and their names in the provider block.
const PANEL_TYPES: [(&str, &str); 4] = [
    (BUSINESS_SYSTEM, "business_system"),
    (INTENT, "intent"),
    (SMS_SETTING, "sms_setting"),
    (OTP_SCHEDULING, "otp_scheduling"),
];

/// An error about an object's attribute.
fn about(
    object: &DeclaredObject,
    id: &str,
    summary: &str,
    attribute: &str,
    text: String,
) -> Diagnostic {
    error(id, summary, text)
        .on(at(attribute))
        .about(object.address.clone())
}

/// AL03 [seed]: scheduling is for WhatsApp only, and in the countries that are on offer [assumed].
pub(super) fn al03(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for object in declared.of_type(OTP_SCHEDULING) {
        if let Some(kind) = declared.channel_type(object)
            && kind != "whatsapp"
        {
            let text = format!(
                "OTP delivery scheduling is for WhatsApp channels only; this channel's type is {kind}."
            );
            found.push(about(
                object,
                "AL03",
                "Not a WhatsApp Channel",
                "cust_space_id",
                text,
            ));
        }
        let block = declared.block(object);
        let offered = block.filter(|b| {
            !attrs::is_unset(b, "otp_countries") && !attrs::has_unknown(b, "otp_countries")
        });
        let Some(offered) = offered.map(|b| attrs::texts(b, "otp_countries")) else {
            continue;
        };
        let countries = attrs::texts(&object.config, "countries");
        for country in countries.iter().filter(|c| !offered.contains(c)) {
            let text = format!("{country} is not among the otp_countries of the provider block.");
            found.push(about(
                object,
                "AL03",
                "Country Not on Offer",
                "countries",
                text,
            ));
        }
    }
    found
}

/// AL05 [seed]: an intent is of a business system that is declared, in the same channel.
pub(super) fn al05(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for intent in declared.of_type(INTENT) {
        let by_id = |id: &str| {
            let is = |s: &&DeclaredObject| attrs::text(&s.config, "system_id") == Some(id);
            declared.of_type(BUSINESS_SYSTEM).find(is)
        };
        let given = attrs::text(&intent.config, "system_id");
        let system = declared.referred(intent, "system_id", BUSINESS_SYSTEM);
        let refers = intent
            .references
            .iter()
            .any(|(name, ..)| **name == *"system_id");
        match system.or_else(|| by_id(given?)) {
            None if given.is_some() && !refers => {
                let text = "An intent needs a business system first. Declare a chatapp_business_system and refer to its system_id.".to_owned();
                found.push(about(
                    intent,
                    "AL05",
                    "No Business System",
                    "system_id",
                    text,
                ));
            }
            None => {}
            Some(system) => {
                let keys = [declared.channel_key(intent), declared.channel_key(system)];
                if let [Some(of_intent), Some(of_system)] = keys
                    && of_intent != of_system
                {
                    let text = format!(
                        "The intent is of the channel {of_intent}, its business system of {of_system}."
                    );
                    found.push(about(
                        intent,
                        "AL05",
                        "Business System of Another Channel",
                        "system_id",
                        text,
                    ));
                }
            }
        }
    }
    found
}

/// What tells objects apart, with the first that has it; and an error for each further one.
fn once<'o>(
    objects: impl Iterator<Item = &'o DeclaredObject>,
    key: impl Fn(&DeclaredObject) -> Option<Vec<String>>,
    problem: impl Fn(&DeclaredObject, &DeclaredObject) -> Diagnostic,
) -> Diagnostics {
    let mut first: BTreeMap<Vec<String>, &DeclaredObject> = BTreeMap::new();
    let mut found = Vec::new();
    for object in objects {
        let Some(key) = key(object) else { continue };
        match first.get(&key) {
            Some(other) => found.push(problem(object, other)),
            None => drop(first.insert(key, object)),
        }
    }
    found
}

/// AL06 [assumed]: codes are unique for a business system, names of systems for a channel.
pub(super) fn al06(declared: &Declared<'_>) -> Diagnostics {
    let text =
        |object: &DeclaredObject, name: &str| attrs::text(&object.config, name).map(str::to_owned);
    let system_of = |intent: &DeclaredObject| {
        let system = declared.referred(intent, "system_id", BUSINESS_SYSTEM);
        text(intent, "system_id").or_else(|| system.map(|s| s.address.clone()))
    };
    let codes = once(
        declared.of_type(INTENT),
        |intent| {
            Some(vec![
                declared.channel_key(intent)?,
                system_of(intent)?,
                text(intent, "code")?,
            ])
        },
        |intent, other| {
            let text = format!(
                "{} has the same code in the same business system.",
                other.address
            );
            about(intent, "AL06", "Intent Code Twice", "code", text)
        },
    );
    let names = once(
        declared.of_type(BUSINESS_SYSTEM),
        |system| Some(vec![declared.channel_key(system)?, text(system, "name")?]),
        |system, other| {
            let text = format!("{} has the same name in the same channel.", other.address);
            about(system, "AL06", "System Name Twice", "name", text)
        },
    );
    [codes, names].concat()
}

/// How many business systems a channel may have is not known: one, unless the provider block says otherwise [assumed].
pub(super) fn most_systems(declared: &Declared<'_>) -> Diagnostics {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let mut found = Vec::new();
    for system in declared.of_type(BUSINESS_SYSTEM) {
        let Some(channel) = declared.channel_key(system) else {
            continue;
        };
        let block = declared.block(system);
        let most = match block.and_then(|b| b.attr("max_business_systems")) {
            Some(value) if !value.is_known() => continue,
            value => value.and_then(|v| v.as_number()?.to_i64()).unwrap_or(1),
        };
        let count = counts.entry(channel).or_default();
        *count += 1;
        if *count > most {
            let text = format!(
                "A channel is assumed to have at most {most} business systems. If yours may have more, set max_business_systems in the provider block."
            );
            let problem = Diagnostic::error("Too Many Business Systems", text);
            found.push(
                problem
                    .on(at("cust_space_id"))
                    .about(system.address.clone()),
            );
        }
    }
    found
}

/// AL09 [seed]: fallback needs Activate SMS, and a channel that has it [public].
pub(super) fn al09(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for fallback in declared.of_type(FALLBACK) {
        if let Some(kind) = declared.channel_type(fallback)
            && !["whatsapp", "viber"].contains(&kind.as_str())
        {
            let text = format!(
                "Only WhatsApp and Viber channels fall back to SMS; this channel's type is {kind}."
            );
            found.push(about(
                fallback,
                "AL09",
                "No SMS Fallback",
                "cust_space_id",
                text,
            ));
            continue;
        }
        let Some(channel) = declared.channel_key(fallback) else {
            continue;
        };
        let of_channel =
            |s: &&DeclaredObject| declared.channel_key(s).is_none_or(|key| key == channel);
        let enabled = |s: &DeclaredObject| match s.config.attr("enabled") {
            Some(value) if !value.is_known() => true,
            value => value.and_then(Value::as_bool) == Some(true),
        };
        if !declared
            .of_type(SMS_SETTING)
            .filter(of_channel)
            .any(enabled)
        {
            let text = "SMS fallback needs Activate SMS: declare a chatapp_sms_setting with enabled = true on this channel.".to_owned();
            found.push(about(
                fallback,
                "AL09",
                "SMS Not Activated",
                "cust_space_id",
                text,
            ));
        }
    }
    found
}

/// AL12 [assumed]: one webhook a number, one account webhook, SMS setting and OTP setting a channel.
pub(super) fn al12(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for (name, member) in [
        (PHONE_WEBHOOK, Some("phone_number")),
        (ACCOUNT_WEBHOOK, None),
        (SMS_SETTING, None),
        (OTP_SCHEDULING, None),
    ] {
        found.extend(once(
            declared.of_type(name),
            |object| {
                let mut key = vec![declared.channel_key(object)?];
                if let Some(member) = member {
                    key.push(attrs::text(&object.config, member)?.to_owned());
                }
                Some(key)
            },
            |object, other| {
                let text = format!(
                    "{} is the same setting of the same channel: they would overwrite each other.",
                    other.address
                );
                about(
                    object,
                    "AL12",
                    "Declared Twice",
                    member.unwrap_or("cust_space_id"),
                    text,
                )
            },
        ));
    }
    found
}

/// AL22 [assumed]: what is set by hand and not attested yet.
pub(super) fn al22(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for (name, panel) in PANEL_TYPES {
        for object in declared.of_type(name) {
            let mode = match declared.block(object) {
                Some(block) => mode_of(block, panel),
                None => Some(Mode::Manual),
            };
            let attested = object
                .config
                .attr(ATTESTATION)
                .is_some_and(|a| !a.is_null());
            if mode == Some(Mode::Manual) && !attested {
                let text = "This is set by hand in the console: the plan shows the steps and a content_hash, and apply stops here until an \
                            attestation with it is written. With mode = \"api\" in the provider block it is set by calls, whose names are assumed.";
                found.push(warning("AL22", "Set by Hand", text).about(object.address.clone()));
            }
        }
    }
    found
}

/// AL23 [assumed]: the intents that a declared template uses are declared.
pub(super) fn al23(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for template in declared.of_type(TEMPLATE) {
        let Some(channel) = declared.channel_key(template) else {
            continue;
        };
        let of_channel =
            |i: &&DeclaredObject| declared.channel_key(i).is_none_or(|key| key == channel);
        let intents: Vec<_> = declared.of_type(INTENT).filter(of_channel).collect();
        if intents
            .iter()
            .any(|i| attrs::has_unknown(&i.config, "code"))
        {
            continue;
        }
        for code in attrs::texts(&template.config, "intent_codes") {
            if !intents
                .iter()
                .any(|i| attrs::text(&i.config, "code") == Some(code.as_str()))
            {
                let text = format!(
                    "The template uses the intent {code:?}, which is not declared on its channel (any more)."
                );
                found.push(about(
                    template,
                    "AL23",
                    "Intent Not Declared",
                    "intent_codes",
                    text,
                ));
            }
        }
    }
    found
}
