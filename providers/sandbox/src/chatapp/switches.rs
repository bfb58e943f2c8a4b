//! The two switches of a channel: Activate SMS and OTP delivery scheduling. All of it [assumed] but the rules.
//!
//! A switch that was never touched reads as off. It must not send anything.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::{Operation, VENDOR, channel, done, errors};
use crate::world::{Answer, Refusal, World};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::assumed("GetSmsSetting", &[must("CustSpaceId", Type::Text)], get_sms),
    Operation::assumed(
        "UpdateSmsSetting",
        &[must("CustSpaceId", Type::Text), must("SmsFlag", Type::Flag)],
        update_sms,
    ),
    Operation::assumed(
        "GetOtpScheduleSetting",
        &[must("CustSpaceId", Type::Text)],
        get_otp,
    ),
    Operation::assumed(
        "UpdateOtpScheduleSetting",
        &[
            must("CustSpaceId", Type::Text),
            must("ScheduleFlag", Type::Flag),
            may("CountryList", Type::Json),
            may("OwnNumberFlag", Type::Flag),
        ],
        update_otp,
    ),
];

fn get_sms(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId");
    channel(world, space)?;
    let setting = world.store.get(VENDOR, "sms_setting", space)?;
    let flag = setting.map_or_else(|| json!("N"), |s| s["SmsFlag"].clone());
    done(world, json!({ "Data": { "SmsFlag": flag } }))
}

fn put(world: &mut World, kind: &'static str, space: &str, body: &Value) -> Result<(), Refusal> {
    let effect = match world.store.get(VENDOR, kind, space)? {
        Some(_) => "update",
        None => "create",
    };
    world.store.put(VENDOR, kind, space, body)?;
    world.effect(effect, kind, space);
    Ok(())
}

fn update_sms(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    channel(world, &space)?;
    let body = json!({ "id": space, "CustSpaceId": space, "SmsFlag": args.text("SmsFlag") });
    put(world, "sms_setting", &space, &body)?;
    done(world, json!({}))
}

/// Scheduling exists for WhatsApp channels only (reference document).
fn whatsapp(world: &mut World, space: &str) -> Result<(), Refusal> {
    if channel(world, space)?["ChannelType"] == "whatsapp" {
        return Ok(());
    }
    let message = "OTP delivery scheduling is only available for WhatsApp channels.";
    Err(errors::business(
        world,
        "InvalidParameter.ChannelTypeNotSupport",
        message,
    ))
}

fn get_otp(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId");
    whatsapp(world, space)?;
    let data = match world.store.get(VENDOR, "otp_setting", space)? {
        Some(s) => {
            json!({ "ScheduleFlag": s["ScheduleFlag"], "CountryList": s["CountryList"], "OwnNumberFlag": s["OwnNumberFlag"] })
        }
        None => json!({ "ScheduleFlag": "N", "CountryList": [], "OwnNumberFlag": "N" }),
    };
    done(world, json!({ "Data": data }))
}

/// The countries of a call: a list of different two-letter codes that are on offer.
fn countries(world: &mut World, args: &Args) -> Result<Vec<String>, Refusal> {
    let list = args
        .get("CountryList")
        .cloned()
        .unwrap_or_else(|| json!([]));
    let codes: Option<Vec<String>> = list
        .as_array()
        .and_then(|l| l.iter().map(|c| c.as_str().map(str::to_owned)).collect());
    let offered = &world.settings.chatapp.otp_countries;
    let good = |code: &String| {
        code.len() == 2
            && code.bytes().all(|b| b.is_ascii_uppercase())
            && (offered.is_empty() || offered.contains(code))
    };
    match codes {
        Some(codes)
            if codes.iter().all(good)
                && codes.iter().collect::<BTreeSet<_>>().len() == codes.len() =>
        {
            Ok(codes)
        }
        _ => {
            let message = "CountryList is a JSON list of different two-letter country codes that are on offer.";
            Err(errors::business(
                world,
                "InvalidParameter.CountryList",
                message,
            ))
        }
    }
}

fn update_otp(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    whatsapp(world, &space)?;
    let countries = countries(world, args)?;
    if args.text("ScheduleFlag") == "Y" && countries.is_empty() {
        let message = "Scheduling needs at least one country.";
        return Err(errors::business(
            world,
            "InvalidParameter.CountryList",
            message,
        ));
    }
    let body = json!({
        "id": space, "CustSpaceId": space, "ScheduleFlag": args.text("ScheduleFlag"), "CountryList": countries,
        "OwnNumberFlag": args.opt("OwnNumberFlag").unwrap_or("N"),
    });
    put(world, "otp_setting", &space, &body)?;
    done(world, json!({}))
}
