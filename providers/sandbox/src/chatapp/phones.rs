//! Phone numbers of a channel: read only here, since registering one takes a code that reaches a person.
//!
//! Members: public. It must not change webhooks.

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::{Operation, VENDOR, channel, done, errors, pick, seed};
use crate::world::{Answer, World};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        "QueryChatappPhoneNumbers",
        10,
        &[may("CustSpaceId", Type::Text), may("Status", Type::Text)],
        query,
    ),
    Operation::new(
        "ChatappSyncPhoneNumber",
        10,
        &[must("CustSpaceId", Type::Text)],
        sync,
    ),
    Operation::new(
        "GetChatappPhoneNumberSetting",
        5,
        &[
            must("PhoneNumber", Type::Text),
            may("CustSpaceId", Type::Text),
        ],
        setting,
    ),
];

fn rendered(world: &World, phone: &Value) -> Value {
    let mut shown = pick(
        phone,
        &[
            "PhoneNumber",
            "Status",
            "CodeVerificationStatus",
            "NameStatus",
            "NewNameStatus",
            "VerifiedName",
            "QualityRating",
            "MessagingLimitTier",
            "IsOfficial",
        ],
    );
    if phone["HttpFlag"] == "Y" || world.settings.chatapp.urls_shown_when_off {
        for url in ["StatusCallbackUrl", "UpCallbackUrl"] {
            if !phone[url].is_null() {
                shown[url] = phone[url].clone();
            }
        }
    }
    if phone["QueueFlag"] == "Y" {
        shown["StatusQueue"] = format!("Alicom-Queue-{}-ChatAppStatus", seed::ACCOUNT).into();
        shown["UpQueue"] = format!("Alicom-Queue-{}-ChatAppInbound", seed::ACCOUNT).into();
    }
    shown
}

fn query(world: &mut World, args: &Args) -> Answer {
    let phones = match args.opt("CustSpaceId") {
        Some(id) => {
            channel(world, id)?;
            world.store.children(VENDOR, "phone_number", id)?
        }
        None => world.store.list(VENDOR, "phone_number")?,
    };
    let shown: Vec<Value> = phones
        .iter()
        .filter(|p| args.opt("Status").is_none_or(|s| p["Status"] == s))
        .map(|p| rendered(world, p))
        .collect();
    done(world, json!({ "PhoneNumbers": shown }))
}

fn sync(world: &mut World, args: &Args) -> Answer {
    channel(world, args.text("CustSpaceId"))?;
    done(world, json!({}))
}

fn setting(world: &mut World, args: &Args) -> Answer {
    let phones = world
        .store
        .named(VENDOR, "phone_number", args.text("PhoneNumber"))?;
    if phones.is_empty() {
        return Err(errors::business(
            world,
            "InvalidParameter.PhoneNumberError",
            "The phone number is not one of this account.",
        ));
    }
    done(world, json!({ "Model": { "MarketingPaused": false } }))
}
