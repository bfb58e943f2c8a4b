//! Message templates: made `auditing`, reviewed after a while, then fixed.
//!
//! Operations and members: public. That a name in another language shares the code, and who may be modified
//! when: [assumed] on the public notes. It must not know what a component may contain.

use serde_json::{Value, json};

use super::params::{Args, Type, may, must};
use super::settings::NameFilter;
use super::{Operation, VENDOR, channel, components, done, errors, page_of, pick};
use crate::world::{Answer, Refusal, World};

const KIND: &str = "message_template";

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        "CreateChatappTemplate",
        50,
        &[
            must("Name", Type::Text),
            must("Language", Type::Text),
            must("Category", Type::Text),
            must("TemplateType", Type::Text),
            must("Components", Type::Json),
            must("CustSpaceId", Type::Text),
            may("Example", Type::Json),
            may("MessageSendTtlSeconds", Type::Integer),
            may("CategoryChangePaused", Type::Bool),
        ],
        create,
    )
    .with_form(),
    Operation::new(
        "ModifyChatappTemplate",
        50,
        &[
            must("Components", Type::Json),
            must("Language", Type::Text),
            may("CustSpaceId", Type::Text),
            may("TemplateCode", Type::Text),
            may("TemplateName", Type::Text),
            may("TemplateType", Type::Text),
            may("Category", Type::Text),
            may("Example", Type::Json),
            may("MessageSendTtlSeconds", Type::Integer),
            may("CategoryChangePaused", Type::Bool),
        ],
        modify,
    )
    .with_form(),
    Operation::new(
        "GetChatappTemplateDetail",
        5,
        &[
            must("Language", Type::Text),
            may("CustSpaceId", Type::Text),
            may("TemplateCode", Type::Text),
            may("TemplateName", Type::Text),
            may("TemplateType", Type::Text),
        ],
        detail,
    ),
    Operation::new(
        "ListChatappTemplate",
        5,
        &[
            may("CustSpaceId", Type::Text),
            may("Name", Type::Text),
            may("Code", Type::Text),
            may("Language", Type::Text),
            may("Category", Type::Text),
            may("TemplateType", Type::Text),
            may("AuditStatus", Type::Text),
            may("Page", Type::Json),
        ],
        list,
    ),
    Operation::new(
        "ModifyChatappTemplateProperties",
        5,
        &[
            must("CustSpaceId", Type::Text),
            must("TemplateCode", Type::Text),
            must("Language", Type::Text),
            must("TemplateType", Type::Text),
            may("AllowSend", Type::Bool),
            may("CategoryChangePaused", Type::Bool),
        ],
        properties,
    ),
    Operation::new(
        "DeleteChatappTemplate",
        5,
        &[
            must("TemplateType", Type::Text),
            may("CustSpaceId", Type::Text),
            may("TemplateCode", Type::Text),
            may("TemplateName", Type::Text),
            may("Language", Type::Text),
        ],
        delete,
    ),
];

/// `auditing` becomes `pass` when the review is over; whatever else was set stays.
fn status(world: &World, template: &Value) -> Value {
    let reviewed = template["reviewedMs"].as_i64().unwrap_or_default();
    if template["AuditStatus"] == "auditing" && world.now_ms() >= reviewed {
        return "pass".into();
    }
    template["AuditStatus"].clone()
}

fn refuse<T>(world: &mut World, code: &str, message: &str) -> Result<T, Refusal> {
    Err(errors::business(world, code, message))
}

/// Category, language and waiting time, checked together with the components.
fn check(world: &mut World, kind: &str, category: &str, args: &Args) -> Result<(), Refusal> {
    if !matches!(category, "UTILITY" | "MARKETING" | "AUTHENTICATION") {
        return refuse(
            world,
            "InvalidParameter",
            "Category is UTILITY, MARKETING or AUTHENTICATION.",
        );
    }
    let language = args.text("Language");
    let (base, rest) = language.split_once('_').unwrap_or((language, "XX"));
    if !(2..=3).contains(&base.len())
        || !base.bytes().all(|b| b.is_ascii_lowercase())
        || !(2..=4).contains(&rest.len())
        || !rest.bytes().all(|b| b.is_ascii_uppercase())
    {
        return refuse(
            world,
            "InvalidParameter.LanguageNotSupport",
            "The language is not supported.",
        );
    }
    if let Some(seconds) = args.integer("MessageSendTtlSeconds")
        && !components::ttl_of(category).is_some_and(|range| range.contains(&seconds))
    {
        return refuse(
            world,
            "InvalidParameter",
            "MessageSendTtlSeconds is 30 to 900 for AUTHENTICATION, 30 to 43200 for UTILITY, and cannot be set otherwise.",
        );
    }
    if args.get("Example").is_some_and(|e| !e.is_object()) {
        return refuse(world, "InvalidParameter", "Example is a map.");
    }
    let parts = args.get("Components").unwrap_or(&Value::Null);
    match components::check(kind, category, parts) {
        Ok(()) => Ok(()),
        Err((code, message)) => refuse(world, code, &message),
    }
}

/// Lays the content of a call over a template, which goes back to review.
fn lay(world: &World, args: &Args, template: &mut Value) {
    for name in [
        "Components",
        "Example",
        "MessageSendTtlSeconds",
        "CategoryChangePaused",
    ] {
        if let Some(value) = args.get(name) {
            template[name] = value.clone();
        }
    }
    template["AuditStatus"] = "auditing".into();
    template["Reason"] = Value::Null;
    template["updatedMs"] = world.now_ms().into();
    template["reviewedMs"] = world
        .now_ms()
        .saturating_add(world.settings.chatapp.template_review_ms)
        .into();
}

fn create(world: &mut World, args: &Args) -> Answer {
    let space = args.text("CustSpaceId").to_owned();
    let owner = channel(world, &space)?;
    let (kind, name) = (args.text("TemplateType"), args.text("Name"));
    if !matches!(kind, "WHATSAPP" | "VIBER") || owner["ChannelType"] != kind.to_lowercase() {
        return refuse(
            world,
            "InvalidParameter.TemplateTypeNotSupport",
            "The channel does not have templates of this type.",
        );
    }
    check(world, kind, args.text("Category"), args)?;
    let mut code = None;
    for other in world.store.children(VENDOR, KIND, &space)? {
        if other["Name"] == name && other["TemplateType"] == kind {
            if other["Language"] == args.text("Language") {
                return refuse(
                    world,
                    "InvalidParameter.TemplateNameExist",
                    "A template with this name and language exists.",
                );
            }
            code = other["TemplateCode"].as_str().map(str::to_owned);
        }
    }
    let code = match code {
        Some(code) => code,
        None => world
            .new_id(&format!("chatapp template {space} {kind} {name}"))?
            .replace('-', ""),
    };
    let language = args.text("Language");
    let id = format!("{space}/{code}/{language}");
    let mut template = json!({
        "id": id, "CustSpaceId": space, "TemplateCode": code, "Name": name, "Language": language,
        "Category": args.text("Category"), "TemplateType": kind, "AllowSend": true, "CategoryChangePaused": false,
        "QualityScore": "UNKNOWN",
    });
    lay(world, args, &mut template);
    world.store.put(VENDOR, KIND, &id, &template)?;
    world.effect("create", KIND, &id);
    done(
        world,
        json!({ "Data": { "TemplateCode": code, "TemplateName": name } }),
    )
}

/// The templates that code or name (one of them is needed), type and language fit.
fn fitting(world: &mut World, args: &Args) -> Result<Vec<Value>, Refusal> {
    let all = match args.opt("CustSpaceId") {
        Some(space) => {
            channel(world, space)?;
            world.store.children(VENDOR, KIND, space)?
        }
        None => world.store.list(VENDOR, KIND)?,
    };
    if args.opt("TemplateCode").is_none() && args.opt("TemplateName").is_none() {
        return refuse(
            world,
            "InvalidParameter",
            "TemplateCode or TemplateName is needed.",
        );
    }
    let fits = |template: &Value| {
        args.opt("TemplateCode")
            .is_none_or(|c| template["TemplateCode"] == c)
            && args
                .opt("TemplateName")
                .is_none_or(|n| template["Name"] == n)
            && args
                .opt("TemplateType")
                .is_none_or(|t| template["TemplateType"] == t)
            && args
                .opt("Language")
                .is_none_or(|l| template["Language"] == l)
    };
    Ok(all.into_iter().filter(fits).collect())
}

fn modify(world: &mut World, args: &Args) -> Answer {
    // The type is not part of the identity, and cannot be changed.
    let found = fitting(world, args)?;
    let Some(mut template) = found.into_iter().next() else {
        return refuse(
            world,
            "DetailError.TemplateNotExist",
            "The template does not exist.",
        );
    };
    if status(world, &template) == "pass" {
        return refuse(
            world,
            "InvalidParameter.AuditStatusNotSupport",
            "An approved template cannot be modified.",
        );
    }
    let (kind, category) = (
        template["TemplateType"].clone(),
        template["Category"].clone(),
    );
    if args.opt("Category").is_some_and(|c| category != c) {
        return refuse(world, "InvalidParameter", "The category cannot be changed.");
    }
    check(
        world,
        kind.as_str().unwrap_or_default(),
        category.as_str().unwrap_or_default(),
        args,
    )?;
    lay(world, args, &mut template);
    let id = template["id"].as_str().unwrap_or_default().to_owned();
    world.store.put(VENDOR, KIND, &id, &template)?;
    world.effect("update", KIND, &id);
    done(
        world,
        json!({ "Data": { "TemplateCode": template["TemplateCode"], "TemplateName": template["Name"] } }),
    )
}

/// Components as a read shows them: one member changes its first letter (public).
fn shown_components(components: &Value) -> Value {
    let mut shown = components.clone();
    for component in shown.as_array_mut().into_iter().flatten() {
        if let Some(map) = component.as_object_mut()
            && let Some(value) = map.remove("HasExpiration")
        {
            map.insert("hasExpiration".into(), value);
        }
    }
    shown
}

fn detail(world: &mut World, args: &Args) -> Answer {
    let Some(template) = fitting(world, args)?.into_iter().next() else {
        return refuse(
            world,
            "DetailError.TemplateNotExist",
            "The template does not exist.",
        );
    };
    let mut data = pick(
        &template,
        &[
            "TemplateCode",
            "Name",
            "Language",
            "Category",
            "TemplateType",
            "AllowSend",
            "CategoryChangePaused",
            "Example",
            "MessageSendTtlSeconds",
            "QualityScore",
            "Reason",
        ],
    );
    data["AuditStatus"] = status(world, &template);
    data["Components"] = shown_components(&template["Components"]);
    done(world, json!({ "Data": data }))
}

fn list(world: &mut World, args: &Args) -> Answer {
    let all = match args.opt("CustSpaceId") {
        Some(space) => {
            channel(world, space)?;
            world.store.children(VENDOR, KIND, space)?
        }
        None => world.store.list(VENDOR, KIND)?,
    };
    let filter = world.settings.chatapp.name_filter;
    let mut found = Vec::new();
    for one in all {
        let status = status(world, &one);
        let same = |name: &str, member: &str| args.opt(name).is_none_or(|v| one[member] == v);
        let name = one["Name"].as_str().unwrap_or_default();
        let named = args.opt("Name").is_none_or(|n| match filter {
            NameFilter::Exact => name == n,
            NameFilter::Substring => name.contains(n),
        });
        if named
            && same("Code", "TemplateCode")
            && same("Language", "Language")
            && same("Category", "Category")
            && same("TemplateType", "TemplateType")
            && args.opt("AuditStatus").is_none_or(|s| status == s)
        {
            let mut shown = pick(
                &one,
                &[
                    "TemplateCode",
                    "Language",
                    "Category",
                    "TemplateType",
                    "Reason",
                ],
            );
            shown["TemplateName"] = one["Name"].clone();
            shown["AuditStatus"] = status;
            shown["LastUpdateTime"] = one["updatedMs"].clone();
            found.push(shown);
        }
    }
    let page = args.get("Page").unwrap_or(&Value::Null);
    let number = |name: &str| match &page[name] {
        Value::Null => None,
        // Anything that is no number is no page either.
        other => Some(other.as_i64().unwrap_or(0)),
    };
    let total = found.len();
    let (index, size) = (number("Index"), number("Size"));
    let page = page_of(world, index, size, found)?;
    done(world, json!({ "Total": total, "ListTemplate": page }))
}

fn properties(world: &mut World, args: &Args) -> Answer {
    let Some(mut template) = fitting(world, args)?.into_iter().next() else {
        return refuse(
            world,
            "DetailError.TemplateNotExist",
            "The template does not exist.",
        );
    };
    for name in ["AllowSend", "CategoryChangePaused"] {
        if let Some(value) = args.get(name) {
            template[name] = value.clone();
        }
    }
    let id = template["id"].as_str().unwrap_or_default().to_owned();
    world.store.put(VENDOR, KIND, &id, &template)?;
    world.effect("update", KIND, &id);
    done(world, json!({ "Model": {} }))
}

fn delete(world: &mut World, args: &Args) -> Answer {
    let found = fitting(world, args)?;
    if found.is_empty() {
        return refuse(
            world,
            "DelError.TemplateNotExist",
            "The template does not exist.",
        );
    }
    for template in found {
        let id = template["id"].as_str().unwrap_or_default().to_owned();
        world.store.delete(VENDOR, KIND, &id)?;
        world.effect("delete", KIND, &id);
    }
    done(world, json!({}))
}

/// Whether a button of a template of this channel uses an intent, as reads of templates show it.
pub(crate) fn uses_intent(world: &World, space: &str, code: &str) -> Result<bool, Refusal> {
    let templates = world.store.children(VENDOR, KIND, space)?;
    let buttons = templates
        .iter()
        .flat_map(|t| t["Components"].as_array().into_iter().flatten())
        .flat_map(|c| c["Buttons"].as_array().into_iter().flatten());
    Ok(buttons
        .into_iter()
        .any(|b| b["ExtendAttrs"]["IntentCode"] == code))
}
