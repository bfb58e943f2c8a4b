//! Webhooks of a phone number and of the account: one call sets either, and there is no call to delete.
//!
//! Parameters: public. What is left out stays as it is; a webhook with both flags at `N` is off [assumed].

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::settings::EmptyUrl;
use super::{Operation, VENDOR, channel, done_older, errors};
use crate::check::is_url;
use crate::world::{Answer, Refusal, World};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        "UpdatePhoneWebhook",
        10,
        &[
            must("CustSpaceId", Type::Text),
            must("PhoneNumber", Type::Text),
            may("StatusCallbackUrl", Type::Text),
            may("UpCallbackUrl", Type::Text),
            may("HttpFlag", Type::Flag),
            may("QueueFlag", Type::Flag),
        ],
        phone,
    ),
    Operation::new(
        "UpdateAccountWebhook",
        10,
        &[
            must("CustSpaceId", Type::Text),
            may("StatusCallbackUrl", Type::Text),
            may("HttpFlag", Type::Flag),
            may("QueueFlag", Type::Flag),
        ],
        account,
    ),
];

/// Lays the parameters over the webhook as it was.
fn lay(world: &mut World, args: &Args, hook: &mut Value, urls: &[&str]) -> Result<(), Refusal> {
    let refuse = |world: &mut World, message: &str| {
        Err(errors::business(
            world,
            "InvalidParameter.CallbackUrl",
            message,
        ))
    };
    for url in urls {
        match (args.opt(url), world.settings.chatapp.empty_callback_url) {
            (None, _) | (Some(""), EmptyUrl::Ignored) => {}
            (Some(""), EmptyUrl::Clears) => {
                if let Some(map) = hook.as_object_mut() {
                    map.remove(*url);
                }
            }
            (Some(text), _) if !is_url(text) => {
                return refuse(
                    world,
                    &format!("{url} must be an absolute http or https URL."),
                );
            }
            (Some(text), _) => hook[*url] = text.into(),
        }
    }
    for flag in ["HttpFlag", "QueueFlag"] {
        if let Some(value) = args.opt(flag) {
            hook[flag] = value.into();
        }
    }
    if hook["HttpFlag"] == "Y" && urls.iter().all(|url| hook[*url].is_null()) {
        return refuse(world, "A callback URL is needed when HttpFlag is Y.");
    }
    Ok(())
}

fn phone(world: &mut World, args: &Args) -> Answer {
    let (space, number) = (args.text("CustSpaceId"), args.text("PhoneNumber"));
    channel(world, space)?;
    let id = format!("{space}/{number}");
    let Some(mut hook) = world.store.get(VENDOR, "phone_number", &id)? else {
        let message =
            "The phone number is not one of this channel (digits with country code, no +).";
        return Err(errors::business(
            world,
            "InvalidParameter.PhoneNumberError",
            message,
        ));
    };
    lay(
        world,
        args,
        &mut hook,
        &["StatusCallbackUrl", "UpCallbackUrl"],
    )?;
    world.store.put(VENDOR, "phone_number", &id, &hook)?;
    world.effect("update", "phone_number", &id);
    done_older(world, json!({}))
}

fn account(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId");
    channel(world, space)?;
    let id = format!("{space}/account");
    let old = world.store.get(VENDOR, "account_webhook", &id)?;
    let effect = if old.is_some() { "update" } else { "create" };
    let mut hook = old.unwrap_or_else(
        || json!({ "id": id, "CustSpaceId": space, "HttpFlag": "N", "QueueFlag": "N" }),
    );
    lay(world, args, &mut hook, &["StatusCallbackUrl"])?;
    world.store.put(VENDOR, "account_webhook", &id, &hook)?;
    world.effect(effect, "account_webhook", &id);
    done_older(world, json!({}))
}
