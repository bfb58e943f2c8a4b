//! Channels: `chatapp_channel` as a data source that finds one, and as a resource for those who may make them.
//!
//! Making a channel may start a review by people, and a new one has to be bound to an account by hand; so making,
//! replacing and deleting need the provider's `manage_channels` (rule AL24).

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, DataSource, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::client::{Call, Client};
use crate::json::{member, text, yes};
use crate::rules;

/// The type, as a resource and as a data source.
pub(crate) const CHANNEL: &str = "chatapp_channel";

/// The resource.
pub(crate) struct Channel;

/// The data source.
pub(crate) struct ChannelLookup;

/// Attributes that a person sets, with their parameters. All of them are sent with every update.
const GIVEN: [(&str, &str); 7] = [
    ("name", "InstanceName"),
    ("description", "InstanceDescription"),
    ("contact_mail", "ContactMail"),
    ("country_id", "CountryId"),
    ("facebook_bm_id", "FacebookBmId"),
    ("isv_terms", "IsvTerms"),
    ("office_address", "OfficeAddress"),
];

/// Attributes that the service tells.
const TOLD: [(&str, &str, &str); 4] = [
    ("state", "State", "The channel's state, such as published."),
    ("submit_time", "SubmitTime", "When it was submitted."),
    ("resource_region_id", "ResourceRegionId", "Its region."),
    ("cust_type", "CustType", "The kind of customer."),
];

/// All channels that a filter leaves. Filters match parts of names; so the caller filters again.
async fn all(client: &Client, filter: &[(&str, &str)]) -> Result<Vec<Json>, HttpError> {
    client.pages("ListInstance", filter).await
}

/// The ids of all channels.
pub(crate) async fn ids(client: &Client) -> Result<Vec<String>, HttpError> {
    let channels = all(client, &[]).await?;
    Ok(channels
        .iter()
        .filter_map(|c| text(c, "InstanceId"))
        .collect())
}

/// The ids of WhatsApp channels, which alone have numbers and scheduling.
pub(crate) async fn whatsapp(client: &Client) -> Result<Vec<String>, HttpError> {
    let channels = all(client, &[]).await?;
    let of_kind = channels
        .iter()
        .filter(|c| channel_type(c).as_deref() == Some("whatsapp"));
    Ok(of_kind.filter_map(|c| text(c, "InstanceId")).collect())
}

/// One channel, if it is there: an unknown id is answered without data [assumed].
async fn query(client: &Client, id: &str) -> Result<Option<Json>, HttpError> {
    let answer = client
        .ask("QueryInstance")
        .text("InstanceId", id)
        .send()
        .await?;
    let data = member(&answer, "Data").cloned();
    Ok(data.filter(|data| text(data, "InstanceId").is_some()))
}

fn channel_type(channel: &Json) -> Option<String> {
    text(channel, "ChannelType").map(|t| t.to_ascii_lowercase())
}

/// What a channel is, of all attributes.
fn state(channel: &Json, before: &Value) -> Value {
    let kept = |name: &str| attrs::text(before, name).map(str::to_owned);
    let id = text(channel, "InstanceId");
    let mut state = json!({
        "id": id, "instance_id": id, "channel_type": channel_type(channel),
        "cust_space_id": text(channel, "CustSpaceId").or_else(|| id.clone()),
        "resource_group_id": text(channel, "ResourceGroupId"),
    });
    for (name, member) in GIVEN {
        state[name] = json!(text(channel, member));
    }
    for (name, member, _) in TOLD {
        // Some are told by one call only, and times in another form by each.
        let told = text(channel, member);
        state[name] = json!(if name == "submit_time" {
            kept(name).or(told)
        } else {
            told.or_else(|| kept(name))
        });
    }
    let confirm = before.attr("confirm_audit").cloned();
    let confirm = confirm.unwrap_or(Value::null(Type::Bool));
    attrs::set(&implied(&state), "confirm_audit", confirm)
}

fn told(block: Block) -> Block {
    TOLD.iter().fold(block, |block, (name, _, description)| {
        block.attribute(*name, Attribute::new(Type::String, *description).computed())
    })
}

/// Adds the attributes that differ from what was there; the name is always sent.
fn changed<'c>(call: Call<'c>, planned: &Value, prior: &Value) -> Call<'c> {
    GIVEN.iter().fold(call, |call, (name, parameter)| {
        let value = attrs::text(planned, name);
        let cleared = value.is_none() && attrs::text(prior, name).is_some();
        // An empty text clears it [assumed]; what is left out stays.
        call.optional(parameter, value.or(cleared.then_some("")))
    })
}

async fn move_to_group(client: &Client, id: &str, group: &str) -> Result<(), HttpError> {
    let call = client.set("ChangeResourceGroup").text("ResourceId", id);
    call.text("ResourceGroupId", group).send().await.map(|_| ())
}

/// Why a channel may not be made or removed, if it may not.
fn refusal(client: Option<&Client>, what: &str, label: &str) -> Option<Diagnostic> {
    let allowed = client.is_none_or(|client| client.settings.manage_channels);
    (!allowed).then(|| rules::not_allowed(what, label))
}

impl Calls<Client> for Channel {
    fn type_name(&self) -> &'static str {
        CHANNEL
    }

    fn label(&self, object: &Value) -> String {
        let name = attrs::text(object, "name").unwrap_or_default();
        format!("the channel {name:?}")
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("A channel. Most channels are made in the console and only looked up: see the data source.")
            .attribute("id", text("The channel's id.").computed())
            .attribute("instance_id", text("The channel's id.").computed())
            .attribute("cust_space_id", text("The channel's id, as other objects name it.").computed())
            .attribute("channel_type", text("whatsapp, messenger, instagram or viber. A change is a replacement.").required())
            .attribute("name", text("The name; it should be unique for its type, since a channel is found by it.").required())
            .attribute("description", text("What it is for.").optional())
            .attribute("contact_mail", text("Mail address of the contact.").optional())
            .attribute("country_id", text("The country.").optional())
            .attribute("facebook_bm_id", text("Id of the Meta business manager.").optional())
            .attribute("isv_terms", text("URL of a service provider's terms.").optional())
            .attribute("office_address", text("The address.").optional())
            .attribute("resource_group_id", text("The resource group.").optional().computed())
            .attribute("confirm_audit", Attribute::new(Type::Bool, "Whether the review is confirmed when it is made or changed. The service does not tell it.").optional());
        Schema {
            version: 0,
            block: told(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["channel_type"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::channel(&request.config)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        // The service may say the type in capitals, and so may a person.
        let lower = |v: &Value| attrs::text(v, "channel_type").map(str::to_ascii_lowercase);
        if draft.action == Action::Update && lower(&draft.planned) == lower(&draft.prior) {
            draft.keep("channel_type");
        }
        let replaced = draft.action == Action::Update && draft.changed("channel_type");
        let (what, object) = match draft.action {
            Action::Create => ("created", &draft.planned),
            Action::Delete => ("deleted, with all that hangs off it", &draft.prior),
            Action::Update if replaced => ("replaced, with all that hangs off it", &draft.prior),
            Action::Update => return draft,
        };
        let label = self.label(object);
        if let Some(problem) = refusal(client, what, &label) {
            draft.problem(problem);
        }
        if draft.action == Action::Create || replaced {
            let text = format!(
                "{label} may be reviewed by people, and is not bound yet: bind it to its account or page in the console."
            );
            draft.note(NoteKind::Manual, text);
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
        if let Some(problem) = refusal(Some(client), "created", &self.label(planned)) {
            return Ok(Outcome::failed(problem));
        }
        let kind = attrs::text(planned, "channel_type").unwrap_or_default();
        let confirm = attrs::flag(planned, "confirm_audit").map(yes);
        let call = client
            .make("CreateInstance")
            .text("ChannelType", &kind.to_ascii_lowercase())
            .optional("IsConfirmAudit", confirm)
            .optional("ResourceGroupId", attrs::text(planned, "resource_group_id"));
        let call = changed(call, planned, &Value::null(Type::Dynamic));
        let data = call.data().await?;
        let id = text(&data, "InstanceId").unwrap_or_default();
        // What is made must not be lost where it cannot be read back.
        let known = query(client, &id).await.ok().flatten().unwrap_or(data);
        let told = state(&known, planned);
        let fields = told.as_fields().map(|f| f.iter().collect::<Vec<_>>());
        let state =
            fields
                .into_iter()
                .flatten()
                .fold(planned.clone(), |s, (name, v)| match planned.attr(name) {
                    Some(value) if value.is_known() => s,
                    _ => attrs::set(&s, name, v.clone()),
                });
        Ok(Outcome::is(attrs::settled(&state)))
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        let id = attrs::text(before, "instance_id").or_else(|| attrs::text(before, "id"));
        let found = query(client, id.unwrap_or_default()).await?;
        let Some(found) = found else {
            return Ok(Outcome::gone());
        };
        let now = state(&found, before);
        let same = |name: &str| {
            let lower = |v: &Value| attrs::text(v, name).map(str::to_ascii_lowercase);
            lower(&now) == lower(before)
        };
        Ok(Outcome::is(match before.attr("channel_type") {
            Some(kind) if same("channel_type") => attrs::set(&now, "channel_type", kind.clone()),
            _ => now,
        }))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (prior, planned) = (&request.prior, &request.planned);
        let id = attrs::text(prior, "instance_id").unwrap_or_default();
        let differs = |name: &str| planned.attr(name) != prior.attr(name);
        if differs("confirm_audit") || GIVEN.iter().any(|(name, _)| differs(name)) {
            let confirm = attrs::flag(planned, "confirm_audit").map(yes);
            let call = client.set("UpdateInstance").text("InstanceId", id);
            let call = call.optional("IsConfirmAudit", confirm).alone_in(id);
            changed(call, planned, prior).send().await?;
        }
        if differs("resource_group_id")
            && let Some(group) = attrs::text(planned, "resource_group_id")
        {
            move_to_group(client, id, group).await?;
        }
        Ok(Outcome::is(attrs::settled(planned)))
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let prior = &request.prior;
        if let Some(problem) = refusal(Some(client), "deleted", &self.label(prior)) {
            return Ok(Outcome::failed(problem));
        }
        let id = attrs::text(prior, "instance_id").unwrap_or_default();
        let call = client.set("DeleteInstance").text("InstanceId", id);
        match call.send().await {
            // A channel that is gone is said to be another account's.
            Err(e) if e.vendor().code == "Unknown.ResourceOwnerId" => {
                match query(client, id).await? {
                    None => Ok(Outcome::gone()),
                    Some(_) => Err(e),
                }
            }
            Err(e) => Err(e),
            Ok(_) => Ok(Outcome::gone()),
        }
    }

    async fn list(&self, client: &Client, _: &Value) -> Result<Vec<String>, HttpError> {
        ids(client).await
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let name = attrs::text(planned, "name").unwrap_or_default();
        let kind = attrs::text(planned, "channel_type").map(str::to_ascii_lowercase);
        let channels = named(client, name, kind.as_deref()).await?;
        let bare = attrs::settled(planned);
        Ok(channels.iter().map(|c| state(c, &bare)).collect())
    }

    /// By id, or by name, or by type, a slash, and name.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let failed = |e: HttpError| vec![e.doing("Looking for the channel").into()];
        if let Some(channel) = query(client, id).await.map_err(failed)? {
            return Ok(state(&channel, &Value::null(Type::Dynamic)));
        }
        let (kind, name) = match id.split_once('/') {
            Some((kind, name)) => (Some(kind.to_ascii_lowercase()), name),
            None => (None, id),
        };
        let found = named(client, name, kind.as_deref()).await.map_err(failed)?;
        let channel = one(&found, id).map_err(|problem| vec![*problem])?;
        Ok(state(channel, &Value::null(Type::Dynamic)))
    }
}

/// The channels of exactly this name and type.
async fn named(client: &Client, name: &str, kind: Option<&str>) -> Result<Vec<Json>, HttpError> {
    let mut filter = vec![("InstanceName", name)];
    filter.extend(kind.map(|kind| ("ChannelType", kind)));
    let mut found = all(client, &filter).await?;
    found.retain(|c| {
        text(c, "InstanceName").as_deref() == Some(name)
            && kind.is_none_or(|kind| channel_type(c).as_deref() == Some(kind))
    });
    Ok(found)
}

/// The only one of some channels; otherwise an error with the candidates.
fn one<'j>(found: &'j [Json], what: &str) -> Result<&'j Json, Box<Diagnostic>> {
    match found {
        [one] => Ok(one),
        [] => {
            let text = format!("There is no channel {what:?} on this account.");
            Err(Box::new(Diagnostic::error("Channel Not Found", text)))
        }
        many => {
            let candidate = |c: &Json| {
                let (id, kind) = (text(c, "InstanceId"), channel_type(c));
                format!("{} ({})", id.unwrap_or_default(), kind.unwrap_or_default())
            };
            let list: Vec<String> = many.iter().map(candidate).collect();
            let text = format!(
                "{} channels are called {what:?}: {}. Name the one that is meant by its id.",
                many.len(),
                list.join(", ")
            );
            Err(Box::new(Diagnostic::error("Ambiguous Channel", text)))
        }
    }
}

impl DataSource<Client> for ChannelLookup {
    fn type_name(&self) -> &'static str {
        CHANNEL
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("A channel that exists: by its id, or by its name and type.")
            .attribute(
                "instance_id",
                text("The channel's id.").optional().computed(),
            )
            .attribute(
                "name",
                text("Its name; not a part of it.").optional().computed(),
            )
            .attribute(
                "channel_type",
                text("Its type: whatsapp, messenger, instagram or viber.")
                    .optional()
                    .computed(),
            )
            .attribute("id", text("The channel's id.").computed())
            .attribute(
                "cust_space_id",
                text("The channel's id, as other objects name it.").computed(),
            )
            .attribute("resource_group_id", text("Its resource group.").computed());
        let block = GIVEN[1..].iter().fold(block, |block, (name, parameter)| {
            block.attribute(
                *name,
                text(&format!("The service's {parameter}.")).computed(),
            )
        });
        Schema {
            version: 0,
            block: told(block),
        }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::channel_lookup(&request.config)
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let id = attrs::text(&config, "instance_id");
            let name = attrs::text(&config, "name");
            let kind = attrs::text(&config, "channel_type").map(str::to_ascii_lowercase);
            let found = match (id, name) {
                (Some(id), _) => all(client, &[("InstanceId", id)]).await.map(|mut found| {
                    found.retain(|c| text(c, "InstanceId").as_deref() == Some(id));
                    found
                }),
                (None, Some(name)) => named(client, name, kind.as_deref()).await,
                (None, None) => Ok(Vec::new()),
            };
            let what = id.or(name).unwrap_or_default();
            let found = match found {
                Ok(found) => found,
                Err(e) => return e.doing(format!("Looking for the channel {what:?}")).into(),
            };
            let channel = match one(&found, what) {
                Ok(channel) => channel,
                Err(problem) => return Outcome::failed(*problem),
            };
            let whole = state(channel, &Value::null(Type::Dynamic));
            // What was asked for stays as it was asked.
            let fields = whole.as_fields().map(|f| f.iter().collect::<Vec<_>>());
            let fields = fields
                .into_iter()
                .flatten()
                .filter(|(name, _)| &***name != "confirm_audit" && attrs::is_unset(&config, name));
            let mut problems = Vec::new();
            for (asked, there) in [
                (name, text(channel, "InstanceName")),
                (kind.as_deref(), channel_type(channel)),
            ] {
                if let Some(asked) = asked
                    && there.as_deref() != Some(asked)
                {
                    let text = format!(
                        "The channel {what:?} is {:?}, not {asked:?}.",
                        there.unwrap_or_default()
                    );
                    problems.push(Diagnostic::error("Another Channel", text));
                }
            }
            let state = Value::object(fields.map(|(name, v)| (name.clone(), v.clone())));
            Outcome {
                diagnostics: problems,
                ..Outcome::is(state)
            }
        })
    }
}
