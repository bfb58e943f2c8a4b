//! Channels (the vendor calls them instances) and the activation of the service.
//!
//! Operations, parameters and members: public; review, filters and what an unknown id answers: see the settings.

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::settings::NameFilter;
use super::{
    Operation, VENDOR, channel, done, done_bare, done_older, errors, is_open, page_of, pick, seed,
};
use crate::source::time_text;
use crate::world::{Answer, Refusal, World};

/// Channel types that an instance can have.
const TYPES: &[&str] = &["whatsapp", "messenger", "instagram", "viber", "telegram"];

/// What hangs off a channel, and goes with it.
const BELOW: &[&str] = &[
    "phone_number",
    "account_webhook",
    "message_template",
    "business_system",
    "intent",
    "sms_setting",
    "otp_setting",
];

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GetChatappOpenStatus", 5, &[], open_status),
    Operation::new("OpenChatappService", 5, &[], open_service),
    Operation::new(
        "ListInstance",
        5,
        &[
            may("ChannelType", Type::Text),
            may("InstanceName", Type::Text),
            may("FilterStr", Type::Text),
            may("InstanceId", Type::Text),
            may("ResourceGroupId", Type::Text),
            may("SubmitTime", Type::Text),
            may("PageIndex", Type::Integer),
            may("PageSize", Type::Integer),
        ],
        list,
    ),
    Operation::new("QueryInstance", 5, &[must("InstanceId", Type::Text)], query),
    Operation::new(
        "CreateInstance",
        5,
        &[
            must("ChannelType", Type::Text),
            must("InstanceName", Type::Text),
            may("InstanceDescription", Type::Text),
            may("ContactMail", Type::Text),
            may("CountryId", Type::Text),
            may("FacebookBmId", Type::Text),
            may("IsConfirmAudit", Type::Flag),
            may("IsvTerms", Type::Text),
            may("OfficeAddress", Type::Text),
            may("ResourceGroupId", Type::Text),
        ],
        create,
    ),
    Operation::new(
        "UpdateInstance",
        5,
        &[
            must("InstanceId", Type::Text),
            must("InstanceName", Type::Text),
            may("InstanceDescription", Type::Text),
            may("ContactMail", Type::Text),
            may("CountryId", Type::Text),
            may("FacebookBmId", Type::Text),
            may("IsConfirmAudit", Type::Flag),
            may("IsvTerms", Type::Text),
            may("OfficeAddress", Type::Text),
        ],
        update,
    ),
    Operation::new(
        "ChangeResourceGroup",
        5,
        &[
            must("ResourceId", Type::Text),
            must("ResourceGroupId", Type::Text),
            may("ResourceType", Type::Text),
        ],
        change_group,
    ),
    Operation::new(
        "DeleteInstance",
        5,
        &[must("InstanceId", Type::Text)],
        delete,
    ),
];

/// What an update can change besides the name.
const CHANGEABLE: &[&str] = &[
    "InstanceDescription",
    "ContactMail",
    "CountryId",
    "FacebookBmId",
    "IsvTerms",
    "OfficeAddress",
];

fn open_status(world: &mut World, _: &Args) -> Answer {
    let open = is_open(world)?;
    done_older(world, json!({ "OpenStatus": open }))
}

fn open_service(world: &mut World, _: &Args) -> Answer {
    if !is_open(world)? {
        let account = json!({ "id": seed::ACCOUNT, "open": true });
        world
            .store
            .put(VENDOR, "account", seed::ACCOUNT, &account)?;
        world.effect("update", "account", seed::ACCOUNT);
    }
    done_older(world, json!({ "OpenStatus": true }))
}

/// `2026-01-02 03:04:05`.
fn submit_time(channel: &Value) -> String {
    let text = time_text(channel["submittedMs"].as_i64().unwrap_or_default());
    text.get(..19).unwrap_or_default().replace('T', " ")
}

fn state(world: &World, channel: &Value) -> &'static str {
    let published = channel["publishedMs"].as_i64().unwrap_or_default();
    if world.now_ms() >= published {
        "published"
    } else {
        "auditing"
    }
}

const LISTED: &[&str] = &[
    "InstanceId",
    "InstanceName",
    "InstanceDescription",
    "ChannelType",
    "CustSpaceId",
    "CountryId",
    "ContactMail",
    "FacebookBmId",
    "IsvTerms",
    "OfficeAddress",
    "ResourceGroupId",
    "ResourceRegionId",
];

fn matches_name(filter: NameFilter, name: &Value, wanted: &str) -> bool {
    let name = name.as_str().unwrap_or_default();
    match filter {
        NameFilter::Exact => name == wanted,
        NameFilter::Substring => name.contains(wanted),
    }
}

fn list(world: &mut World, args: &Args) -> Answer {
    let filter = world.settings.chatapp.name_filter;
    let mut found = Vec::new();
    for one in world.store.list(VENDOR, "channel")? {
        let same = |name: &str| args.opt(name).is_none_or(|v| one[name] == v);
        let fits = args
            .opt("ChannelType")
            .is_none_or(|t| one["ChannelType"] == t.to_lowercase())
            && same("InstanceId")
            && same("ResourceGroupId")
            && args
                .opt("InstanceName")
                .is_none_or(|n| matches_name(filter, &one["InstanceName"], n))
            && args.opt("FilterStr").is_none_or(|n| {
                matches_name(filter, &one["InstanceName"], n) || one["InstanceId"] == n
            })
            && args
                .opt("SubmitTime")
                .is_none_or(|t| submit_time(&one).starts_with(t));
        if fits {
            let mut shown = pick(&one, LISTED);
            shown["State"] = state(world, &one).into();
            shown["SubmitTime"] = submit_time(&one).into();
            found.push(shown);
        }
    }
    let total = found.len();
    let page = page_of(
        world,
        args.integer("PageIndex"),
        args.integer("PageSize"),
        found,
    )?;
    done(world, json!({ "TotalCount": total, "Data": page }))
}

fn query(world: &mut World, args: &Args) -> Answer {
    let found = world
        .store
        .get(VENDOR, "channel", args.text("InstanceId"))?;
    let Some(found) = found else {
        if world.settings.chatapp.unknown_instance_is_empty {
            return done(world, json!({}));
        }
        return Err(errors::business(
            world,
            "InvalidInstanceId.NotFound",
            "The specified instance does not exist.",
        ));
    };
    let mut shown = pick(&found, LISTED);
    if let Some(map) = shown.as_object_mut() {
        map.remove("CustSpaceId");
    }
    shown["CustType"] = found["CustType"].clone();
    // Digits here, a date in the list (public).
    shown["SubmitTime"] = found["submittedMs"].to_string().into();
    done(world, json!({ "Data": shown }))
}

/// The members that create and update share, checked.
fn changeable(world: &mut World, args: &Args, into: &mut Value) -> Result<(), Refusal> {
    let name = args.text("InstanceName");
    if name.trim().is_empty() || name.chars().count() > 100 {
        let message = "InstanceName must have 1 to 100 characters.";
        return Err(errors::business(
            world,
            "InvalidParameter.InstanceName",
            message,
        ));
    }
    if args
        .opt("ContactMail")
        .is_some_and(|m| !m.is_empty() && !m.contains('@'))
    {
        let message = "ContactMail must be an e-mail address.";
        return Err(errors::business(
            world,
            "InvalidParameter.ContactMail",
            message,
        ));
    }
    if args
        .opt("IsvTerms")
        .is_some_and(|u| !u.is_empty() && !crate::check::is_url(u))
    {
        let message = "IsvTerms must be a URL.";
        return Err(errors::business(
            world,
            "InvalidParameter.IsvTerms",
            message,
        ));
    }
    into["InstanceName"] = name.into();
    for member in CHANGEABLE {
        if let Some(value) = args.opt(member) {
            into[*member] = value.into();
        }
    }
    Ok(())
}

fn create(world: &mut World, args: &Args) -> Answer {
    let kind = args.text("ChannelType").to_lowercase();
    if !TYPES.contains(&kind.as_str()) {
        let message = "The channel type is not supported.";
        return Err(errors::business(
            world,
            "InvalidParameter.ChannelTypeNotSupport",
            message,
        ));
    }
    let number = world.new_id(&format!(
        "chatapp channel {kind} {}",
        args.text("InstanceName")
    ))?;
    let id = format!(
        "cams-{}",
        number.replace('-', "").get(..10).unwrap_or_default()
    );
    let now = world.now_ms();
    let mut body = json!({
        "id": id, "InstanceId": id, "CustSpaceId": id, "ChannelType": kind, "CustType": "ENTERPRISE",
        "ResourceGroupId": args.opt("ResourceGroupId").unwrap_or("rg-default"), "ResourceRegionId": seed::REGION,
        "submittedMs": now, "publishedMs": now.saturating_add(world.settings.chatapp.channel_review_ms),
    });
    changeable(world, args, &mut body)?;
    world.store.put(VENDOR, "channel", &id, &body)?;
    world.effect("create", "channel", &id);
    let echoed = [
        "InstanceId",
        "InstanceName",
        "InstanceDescription",
        "ChannelType",
        "ResourceRegionId",
    ];
    let mut data = pick(&body, &echoed);
    data["SubmitTime"] = submit_time(&body).into();
    done(world, json!({ "Data": data }))
}

fn update(world: &mut World, args: &Args) -> Answer {
    let id = args.text("InstanceId").to_owned();
    let mut body = channel(world, &id)?;
    changeable(world, args, &mut body)?;
    world.store.put(VENDOR, "channel", &id, &body)?;
    world.effect("update", "channel", &id);
    let echoed = [
        "InstanceId",
        "InstanceName",
        "InstanceDescription",
        "ChannelType",
        "ResourceRegionId",
    ];
    let mut data = pick(&body, &echoed);
    data["SubmitTime"] = submit_time(&body).into();
    done(world, json!({ "Data": data }))
}

fn change_group(world: &mut World, args: &Args) -> Answer {
    let id = args.text("ResourceId").to_owned();
    let mut body = channel(world, &id)?;
    body["ResourceGroupId"] = args.text("ResourceGroupId").into();
    world.store.put(VENDOR, "channel", &id, &body)?;
    world.effect("update", "channel", &id);
    done_bare(world)
}

fn delete(world: &mut World, args: &Args) -> Answer {
    let id = args.text("InstanceId").to_owned();
    channel(world, &id)?;
    for kind in BELOW {
        for child in world.store.children(VENDOR, kind, &id)? {
            let child = child["id"].as_str().unwrap_or_default().to_owned();
            world.store.delete(VENDOR, kind, &child)?;
            world.effect("delete", kind, &child);
        }
    }
    world.store.delete(VENDOR, "channel", &id)?;
    world.effect("delete", "channel", &id);
    done(world, json!({}))
}
