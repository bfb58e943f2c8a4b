//! Toll-free numbers of the SMS Aggregation product: the order of one, and the lists of those bought
//! and offered.
//!
//! The integration guide is the only source for these calls; it shows no answers, so they are read
//! tolerantly [assumed]. An order costs money and no call undoes it: it is sent at most once, after a
//! look at the list. There is no update and no release.

use std::time::Duration;

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, DataSource, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Schema, Type, Value,
};
use trunkline_http::{Calls, HttpError, Method, Waits, poll};

use crate::client::{Client, text};
use crate::{Connection, rules};

/// Private data of an imported order, whose arguments nothing tells.
const IMPORTED: &[u8] = b"imported";

/// With the slash: without it the service could redirect, and a redirect could turn POST into GET.
const NUMBERS: &str = "/api/v2/messaging/sms/provisioning/tollfreenumbers/";
/// Without a slash.
const AVAILABLE: &str = "/api/v2/messaging/sms/provisioning/tollfreenumbers/available";

/// Arguments of an order and their names in the API.
const FIELDS: &[(&str, &str)] = &[
    ("comment", "comment"),
    ("mo_url", "moUrl"),
    ("dr_url", "drUrl"),
    ("webhook_username", "webhookUsername"),
    ("webhook_password", "webhookPassword"),
    ("email_address", "emailAddress"),
];

/// The digits of a number without `+` and the country code 1: how numbers compare [assumed].
pub(crate) fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix('1') {
        Some(rest) if digits.len() == 11 => rest.to_owned(),
        _ => digits,
    }
}

/// One number of a list.
#[derive(Clone, Debug)]
struct Listed {
    digits: String,
    item: Json,
}

/// The numbers at `path`, sorted: a bare list or `entities`, of texts or of objects [assumed].
async fn numbers(client: &Client, path: &str) -> Result<Vec<Listed>, HttpError> {
    let answer = client.get(path).send().await.map_err(product)?;
    let json = answer.json()?;
    let items = json
        .as_array()
        .or_else(|| json.get("entities").and_then(Json::as_array));
    let items = items.ok_or_else(|| answer.malformed("it is no list of numbers"))?;
    let number = |item: &Json| {
        let names = ["tollfreeNumber", "phoneNumber", "number"];
        item.as_str()
            .or_else(|| names.iter().find_map(|n| text(item, n)))
            .map(digits)
    };
    let mut listed = Vec::with_capacity(items.len());
    for item in items {
        let digits =
            number(item).ok_or_else(|| answer.malformed("one of its items is no number"))?;
        listed.push(Listed {
            digits,
            item: item.clone(),
        });
    }
    listed.sort_by(|a, b| a.digits.cmp(&b.digits));
    listed.dedup_by(|a, b| a.digits == b.digits);
    Ok(listed)
}

/// The same error; a refusal is explained by what these calls need.
fn product(error: HttpError) -> HttpError {
    match error.status() {
        Some(403 | 404) => error.advice("These calls need the SMS Aggregation product, which the Genesys representative adds to the organisation, and a role with all permissions of messaging and messagingProvisioning on the OAuth client of this provider."),
        _ => error,
    }
}

async fn purchased(client: &Client, number: &str) -> Result<Option<Listed>, HttpError> {
    let all = numbers(client, NUMBERS).await?;
    Ok(all.into_iter().find(|listed| listed.digits == number))
}

/// Waits until the number is in the list of those bought.
async fn wait(client: &Client, number: &str, seconds: u64) -> Result<Option<Listed>, HttpError> {
    poll(client.waits(Duration::from_secs(seconds)), || {
        purchased(client, number)
    })
    .await
}

/// The order.
pub(crate) struct NumberOrder;

fn key(order: &Value) -> String {
    digits(attrs::text(order, "number").unwrap_or_default())
}

fn owned_state(order: &Value) -> Value {
    attrs::set(order, "id", Value::string(key(order)))
}

/// The arguments that the vendor's list tells and that differ from `order`. It never tells the password.
fn differing(order: &Value, listed: &Listed) -> Vec<&'static str> {
    let told = |(argument, member): &&(&'static str, &'static str)| {
        let (ours, theirs) = (attrs::text(order, argument), text(&listed.item, member));
        *argument != "webhook_password" && theirs.is_some() && theirs != ours
    };
    FIELDS
        .iter()
        .filter(told)
        .map(|(argument, _)| *argument)
        .collect()
}

/// The warning for a number that was bought before this resource knew it.
fn taken_up(order: &Value, listed: &Listed) -> Diagnostic {
    let differing = differing(order, listed);
    let seen = match differing.as_slice() {
        [] => String::new(),
        names => format!(" The list shows that it differs in {}.", names.join(", ")),
    };
    Diagnostic::warning(
        "Number Already Purchased",
        format!(
            "The number {} belongs to the organisation already and was taken up without another order. The vendor keeps the settings of the original order, the webhook password included, which cannot be read back.{seen} If they are not those of this configuration, ask the Genesys representative to change them.",
            listed.digits
        ),
    )
}

impl NumberOrder {
    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let number = key(planned);
        if attrs::flag(planned, "confirm_purchase") != Some(true) {
            return Ok(Outcome::failed(rules::not_confirmed(&number)));
        }
        if let Some(listed) = purchased(client, &number).await? {
            return Ok(Outcome::is(owned_state(planned)).with(taken_up(planned, &listed)));
        }
        if let Some(password) = attrs::text(planned, "webhook_password") {
            client.keep_secret(password);
        }
        let mut item = json!({ "tollfreeNumber": number });
        for (argument, member) in FIELDS {
            if let Some(value) = attrs::text(planned, argument) {
                item[*member] = json!(value);
            }
        }
        let sent = client
            .request(Method::POST, NUMBERS)
            .json(&json!([item]))
            .send()
            .await;
        match sent {
            Ok(_) => {}
            Err(e) if e.ambiguous() => {
                // It may be bought. Look, and never order again.
                return Ok(match wait(client, &number, 15).await {
                    Ok(Some(_)) => Outcome::is(owned_state(planned)),
                    _ => e.doing(format!("Ordering number {number}")).into(),
                });
            }
            Err(e) => return Err(product(e)),
        }
        let outcome = Outcome::is(owned_state(planned));
        Ok(match wait(client, &number, 300).await {
            Ok(Some(_)) => outcome,
            // Not an error: an error would have the number ordered again.
            _ => outcome.with(Diagnostic::warning(
                "Number Not Listed Yet",
                format!("The service accepted the order of {number}, but did not list the number in time. Check before the next apply that it is listed, or that would order it again."),
            )),
        })
    }

    /// What the plan of a new order says.
    async fn announce(client: Option<&Connection>, draft: &mut Draft) {
        let Some(number) = attrs::text(&draft.planned, "number").map(digits) else {
            draft.note(
                NoteKind::Purchase,
                "Orders a toll-free number, which costs money and cannot be undone here.",
            );
            return;
        };
        if let Some(client) = client
            && let Ok(Some(listed)) = purchased(client, &number).await
        {
            draft.note(
                NoteKind::Manual,
                format!("The number {} belongs to the organisation already: it is taken up, not ordered again. The vendor keeps the settings of the original order.", listed.digits),
            );
            return;
        }
        draft.note(
            NoteKind::Purchase,
            format!(
                "Orders the toll-free number {number}, which costs money and cannot be undone here."
            ),
        );
    }

    /// Refuses changes that no call can make, unless the vendor is said to have made them.
    fn refuse_changes(draft: &mut Draft) {
        let renumbered = match (
            attrs::text(&draft.planned, "number"),
            attrs::text(&draft.prior, "number"),
        ) {
            (Some(new), Some(old)) => digits(new) != digits(old),
            _ => draft.changed("number"),
        };
        if !renumbered {
            draft.keep("number");
        }
        let changed: Vec<&str> = FIELDS
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| draft.changed(name))
            .collect();
        let number = key(&draft.prior);
        if renumbered {
            let detail = format!(
                "The order of {number} cannot be turned into one of another number. Declare the other number as an object of its own; removing this one leaves the number with the vendor, still billed."
            );
            draft.problem(
                Diagnostic::error("Order Cannot Be Changed", detail).on(Path::attribute("number")),
            );
        }
        if changed.is_empty() {
            return;
        }
        // Nothing told an import of these, and no configuration was there to say them.
        let (missing, changed): (Vec<&str>, Vec<&str>) = changed
            .into_iter()
            .partition(|name| *draft.private == *IMPORTED && attrs::is_unset(&draft.prior, name));
        if !missing.is_empty() {
            let text = format!(
                "No call is made for {number}, which was imported: {} are recorded as they are written here.",
                missing.join(", ")
            );
            draft.note(NoteKind::Manual, text);
        }
        if changed.is_empty() {
            return;
        }
        if draft.changed("vendor_change") {
            let text = format!(
                "No call is made for {number}: the vendor is said to have changed {}.",
                changed.join(", ")
            );
            draft.note(NoteKind::Manual, text);
            return;
        }
        for name in changed {
            let detail = format!(
                "The vendor has no call that changes {name} of the order of {number}. Ask the Genesys representative to make the change; when it is made, set vendor_change to their reference in the same step, which records the new value."
            );
            draft.problem(
                Diagnostic::error("Order Cannot Be Changed", detail).on(Path::attribute(name)),
            );
        }
    }
}

impl Calls<Connection> for NumberOrder {
    fn type_name(&self) -> &'static str {
        "genesyscloud_tollfree_number_order"
    }

    fn label(&self, object: &Value) -> String {
        format!("the order of number {}", key(object))
    }

    fn schema(&self) -> Schema {
        let required = |d: &str| Attribute::new(Type::String, d).required();
        let optional = |d: &str| Attribute::new(Type::String, d).optional();
        Schema {
            version: 0,
            block: Block::new("The order of one toll-free number. It costs money; the number stays when this is destroyed.")
                .attribute("id", Attribute::new(Type::String, "The number's ten digits.").computed())
                .attribute("number", required("The number, one of those on offer."))
                .attribute("comment", optional("Helps the vendor's support, e.g. the organisation's name.").untold())
                .attribute("mo_url", required("Where inbound messages go: <Digital Channels URL>/nexus/v3/sms/message.").untold())
                .attribute("dr_url", required("Where delivery receipts go: <Digital Channels URL>/nexus/v3/sms/receipt.").untold())
                .attribute("webhook_username", required("The contact centre's id.").untold())
                .attribute("webhook_password", required("The Digital Channels API key for the cluster.").sensitive().untold())
                .attribute("email_address", optional("Contact for problems.").untold())
                .attribute("confirm_purchase", Attribute::new(Type::Bool, "Must be true: the order costs money.").required())
                .attribute("vendor_change", optional("Reference of a change that the vendor made to the order by hand; setting another records the new arguments without a call.")),
        }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::order(request)
    }

    async fn plan(&self, client: Option<&Connection>, mut draft: Draft) -> Draft {
        match draft.action {
            Action::Create => {
                let number = attrs::text(&draft.planned, "number").map(digits);
                if let Some(number) = number {
                    draft.set("id", Value::string(number));
                }
                NumberOrder::announce(client, &mut draft).await;
            }
            Action::Update => NumberOrder::refuse_changes(&mut draft),
            Action::Delete => {
                let number = key(&draft.prior);
                draft.note(
                    NoteKind::Stays,
                    format!("The number {number} stays with the vendor and is still billed: no release call is documented. Ask the Genesys representative to release it, or declare it again later and it is taken up."),
                );
            }
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        NumberOrder::make(client, &request.planned).await
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let number = key(&request.state);
        let Some(listed) = wait(client, &number, 4).await? else {
            return Ok(Outcome::gone());
        };
        let outcome = Outcome::is(owned_state(&request.state));
        let mut names = differing(&request.state, &listed);
        if *request.private == *IMPORTED {
            names.retain(|name| !attrs::is_unset(&request.state, name));
        }
        Ok(match names.as_slice() {
            [] => outcome,
            // No call could repair it, so it is no drift to plan for but a person's task.
            names => outcome.with(Diagnostic::warning(
                "Order Differs at the Vendor",
                format!("The vendor lists the number {number} with another {} than it was ordered with here. No call changes an order: ask the Genesys representative, or write the vendor's values and set vendor_change.", names.join(", ")),
            )),
        })
    }

    /// Nothing is sent: the plan has let through only what is ours alone, or what the vendor changed.
    async fn update(&self, _: &Connection, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        Ok(Outcome::is(request.planned.clone()).private(&[][..]))
    }

    async fn delete(&self, _: &Connection, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let number = key(&request.prior);
        Ok(Outcome::gone().with(Diagnostic::warning(
            "Number Stays With the Vendor",
            format!("The number {number} is no longer managed here, but the organisation keeps it and is still billed: no release call is documented. Ask the Genesys representative to release it, or declare it again later and it is taken up."),
        )))
    }

    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let all = numbers(client, NUMBERS).await?;
        Ok(all.into_iter().map(|listed| listed.digits).collect())
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let found = purchased(client, &key(planned)).await?;
        Ok(found.map(|_| owned_state(planned)).into_iter().collect())
    }

    async fn import(&self, _: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let number = digits(id);
        Ok(Value::object([
            ("id", Value::string(number.as_str())),
            ("number", Value::string(number.as_str())),
            ("confirm_purchase", Value::bool(true)),
        ]))
    }

    fn kept_of_import(&self) -> Option<&'static [u8]> {
        Some(IMPORTED)
    }
}

/// `genesyscloud_tollfree_numbers` and `genesyscloud_available_tollfree_numbers`.
pub(crate) enum NumberList {
    /// Those that the organisation has bought or registered.
    Purchased,
    /// A few of those on offer.
    Available,
}

impl DataSource<Connection> for NumberList {
    fn type_name(&self) -> &'static str {
        match self {
            NumberList::Purchased => "genesyscloud_tollfree_numbers",
            NumberList::Available => "genesyscloud_available_tollfree_numbers",
        }
    }

    fn schema(&self) -> Schema {
        let what = match self {
            NumberList::Purchased => {
                "The toll-free numbers that the organisation has bought or registered."
            }
            NumberList::Available => "A few toll-free numbers on offer; others each time.",
        };
        let numbers =
            Attribute::new(Type::list(Type::String), "Ten digits each, sorted.").computed();
        Schema {
            version: 0,
            block: Block::new(what).attribute("numbers", numbers),
        }
    }

    fn read<'a>(&'a self, client: &'a Connection, _: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (path, doing) = match self {
                NumberList::Purchased => (NUMBERS, "Listing the purchased numbers"),
                NumberList::Available => (AVAILABLE, "Listing the numbers on offer"),
            };
            match numbers(client, path).await {
                Ok(all) => Outcome::is(Value::object([(
                    "numbers",
                    attrs::string_list(all.iter().map(|listed| &listed.digits)),
                )])),
                Err(e) => e.doing(doing).into(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_their_ten_digits() {
        for same in [
            "8005550123",
            "+18005550123",
            "1 (800) 555-0123",
            "18005550123",
        ] {
            assert_eq!(digits(same), "8005550123");
        }
        assert_eq!(digits("1800555012"), "1800555012");
    }
}
