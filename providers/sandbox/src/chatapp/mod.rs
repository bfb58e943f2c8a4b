//! Alibaba Cloud Chat App Message Service: one path, the operation named by a header.
//!
//! Order of a call: route, signature, version and operation, permission, rate limit, activation, parameters.
//! It must not share anything with the provider that it judges.

mod channels;
mod components;
mod errors;
mod intents;
mod params;
mod phones;
pub(crate) mod seed;
pub(crate) mod settings;
mod signature;
mod switches;
mod systems;
mod templates;
mod webhooks;

use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};
use params::{Args, Param};

pub(crate) use errors::fault_body;

/// The vendor's name in the store.
pub(crate) const VENDOR: &str = "chatapp";

/// The version of the API.
const VERSION: &str = "2020-06-06";

/// One operation.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Calls a second and account.
    pub(crate) limit: u32,
    /// Parameters may be in a form.
    pub(crate) form: bool,
    /// Nobody has published it.
    pub(crate) assumed: bool,
    pub(crate) params: &'static [Param],
    pub(crate) run: fn(&mut World, &Args) -> Answer,
}

impl Operation {
    /// A published operation with parameters in the query.
    pub(crate) const fn new(
        name: &'static str,
        limit: u32,
        params: &'static [Param],
        run: fn(&mut World, &Args) -> Answer,
    ) -> Self {
        Self {
            name,
            limit,
            form: false,
            assumed: false,
            params,
            run,
        }
    }

    /// An operation that nobody has published.
    pub(crate) const fn assumed(
        name: &'static str,
        params: &'static [Param],
        run: fn(&mut World, &Args) -> Answer,
    ) -> Self {
        Self {
            name,
            limit: 5,
            form: false,
            assumed: true,
            params,
            run,
        }
    }

    /// The same with parameters in a form.
    pub(crate) const fn with_form(mut self) -> Self {
        self.form = true;
        self
    }
}

const TABLES: &[&[Operation]] = &[
    channels::OPERATIONS,
    phones::OPERATIONS,
    webhooks::OPERATIONS,
    templates::OPERATIONS,
    systems::OPERATIONS,
    intents::OPERATIONS,
    switches::OPERATIONS,
];

/// The path that log and faults see: every call has the same true path, so the operation takes its place.
pub(crate) fn shown_path(request: &Request) -> String {
    let action = request.header("x-acs-action").unwrap_or_default();
    let fine = action.len() <= 64 && action.bytes().all(|b| b.is_ascii_alphanumeric());
    if request.path == "/" && fine {
        format!("/{action}")
    } else {
        request.path.clone()
    }
}

/// `{chatapp.api}`.
pub(crate) fn api(world: &mut World, request: &Request) -> Answer {
    if request.path != "/" {
        return Err(errors::gateway(
            world,
            request,
            404,
            "InvalidApi.NotFound",
            "Specified api is not found, please check your url and method.",
        ));
    }
    if request.method != "POST" {
        return Err(errors::gateway(
            world,
            request,
            405,
            "UnsupportedHTTPMethod",
            "This http method is not supported.",
        ));
    }
    let action = request
        .header("x-acs-action")
        .unwrap_or_default()
        .to_owned();
    if action.is_empty() {
        return Err(errors::gateway(
            world,
            request,
            400,
            "MissingAction",
            "The header x-acs-action is mandatory.",
        ));
    }
    let key = signature::verify(world, request)?;
    if request.header("x-acs-version") != Some(VERSION) {
        return Err(errors::gateway(
            world,
            request,
            404,
            "InvalidVersion",
            "Specified parameter Version is not valid.",
        ));
    }
    let Some(operation) = find(world, &action) else {
        return Err(errors::gateway(
            world,
            request,
            404,
            "InvalidApi.NotFound",
            "Specified api is not found, please check your url and method.",
        ));
    };
    permit(world, request, &key, &action)?;
    if world.settings.chatapp.rate_limits
        && let Err(left) = world.count_within(&format!("chatapp {action}"), operation.limit, 1000)
    {
        return Err(errors::throttled(world, request, operation.limit, left));
    }
    if !is_open(world)?
        && !matches!(
            action.as_str(),
            "GetChatappOpenStatus" | "OpenChatappService"
        )
    {
        return Err(errors::gateway(
            world,
            request,
            400,
            "Product.Unsubscript",
            "The product is not subscribed.",
        ));
    }
    let args = params::read(
        world,
        request,
        operation.params,
        operation.form,
        operation.assumed,
    )?;
    (operation.run)(world, &args)
}

/// The operation of this name, under the names in use.
fn find(world: &World, action: &str) -> Option<&'static Operation> {
    let settings = &world.settings.chatapp;
    TABLES.iter().copied().flatten().find(|operation| {
        if !operation.assumed {
            return operation.name == action;
        }
        let name = settings.action_names.get(operation.name);
        settings.service_settings && name.map_or(operation.name, String::as_str) == action
    })
}

fn permit(world: &mut World, request: &Request, key: &Value, action: &str) -> Result<(), Refusal> {
    let needed = format!("cams:{action}");
    let allowed = key["actions"].as_array().is_some_and(|actions| {
        actions
            .iter()
            .any(|a| *a == "cams:*" || *a == needed.as_str())
    });
    if allowed {
        return Ok(());
    }
    Err(errors::forbidden(world, request, action))
}

/// Whether the account has activated the service.
pub(crate) fn is_open(world: &World) -> Result<bool, Refusal> {
    let account = world.store.get(VENDOR, "account", seed::ACCOUNT)?;
    Ok(account.is_some_and(|a| a["open"] == true))
}

/// The channel of this id, or the refusal that it is not of this account.
pub(crate) fn channel(world: &mut World, id: &str) -> Result<Value, Refusal> {
    match world.store.get(VENDOR, "channel", id)? {
        Some(channel) => Ok(channel),
        None => {
            let message = "The specified channel does not belong to this account.";
            let body = errors::business(world, "Unknown.ResourceOwnerId", message);
            match body {
                Refusal::Reply(mut reply) => {
                    // Public with status 400, unlike errors about content.
                    reply.status = 400;
                    Err(Refusal::Reply(reply))
                }
                other @ Refusal::Store(_) => Err(other),
            }
        }
    }
}

/// One page of a list by `PageIndex` and `PageSize` (or those of `Page`), from 1 and 10 (public defaults).
pub(crate) fn page_of(
    world: &mut World,
    index: Option<i64>,
    size: Option<i64>,
    all: Vec<Value>,
) -> Result<Vec<Value>, Refusal> {
    let (index, size) = (index.unwrap_or(1), size.unwrap_or(10));
    if index < 1 || !(1..=100).contains(&size) {
        let message = "The page index starts at 1 and the page size is from 1 to 100.";
        return Err(errors::business(
            world,
            "InvalidParameter.PageInvalid",
            message,
        ));
    }
    let skip = usize::try_from((index - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let take = usize::try_from(size).unwrap_or(0);
    Ok(all.into_iter().skip(skip).take(take).collect())
}

/// The members of an object that are there, in this order.
pub(crate) fn pick(object: &Value, names: &[&str]) -> Value {
    let mut out = json!({});
    for name in names {
        if !object[*name].is_null() {
            out[*name] = object[*name].clone();
        }
    }
    out
}

/// A good answer of an operation that has the member `Success`.
pub(crate) fn done(world: &mut World, members: Value) -> Answer {
    Ok(errors::ok(world, true, members))
}

/// A good answer of an older operation.
pub(crate) fn done_older(world: &mut World, members: Value) -> Answer {
    Ok(errors::ok(world, false, members))
}

/// A bare answer with nothing but a request id.
pub(crate) fn done_bare(world: &mut World) -> Answer {
    let id = world.context_id().to_uppercase();
    Ok(Reply::json(200, json!({ "RequestId": id })))
}
