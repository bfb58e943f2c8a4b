//! `genesyscloud_role_grant`: one role given to one subject in one division, beside whatever else the
//! subject has.
//!
//! Additive: it never takes away what it did not give. Its identity is subject, division and role, so
//! every change is a replacement; removing it removes that one grant.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value as Json;
use trunkline_api::kit::{Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, Endpoint, HttpError, Method, Waits, poll};

use crate::client::{Client, found, needs, patiently, text};
use crate::oauth_client::CLIENTS;
use crate::user::USERS;
use crate::{Connection, natural, rules};

const SUBJECTS: &str = "/api/v2/authorization/subjects";

/// The kinds of subject that the service knows; the first is its default.
pub(crate) const SUBJECT_TYPES: &[&str] = &["PC_USER", "PC_GROUP", "PC_OAUTH_CLIENT"];

/// The resource.
pub(crate) struct RoleGrant;

/// Which role, where, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) subject: String,
    pub(crate) division: String,
    pub(crate) role: String,
}

impl Grant {
    fn id(&self) -> String {
        format!("{}/{}/{}", self.subject, self.division, self.role)
    }

    fn path(&self) -> String {
        let [subject, division, role] =
            [&self.subject, &self.division, &self.role].map(|id| Endpoint::segment(id));
        format!("{SUBJECTS}/{subject}/divisions/{division}/roles/{role}")
    }

    fn of(value: &Value, division: String) -> Grant {
        let owned = |name: &str| attrs::text(value, name).unwrap_or_default().to_owned();
        Grant {
            subject: owned("subject_id"),
            division,
            role: owned("role_id"),
        }
    }

    /// The grant of a state, whose division is known.
    fn stored(value: &Value) -> Grant {
        Grant::of(
            value,
            attrs::text(value, "division_id")
                .unwrap_or_default()
                .to_owned(),
        )
    }

    /// The grant of a planned value, whose division may be left to the service.
    async fn planned(client: &Client, value: &Value) -> Result<Grant, HttpError> {
        let division = match attrs::text(value, "division_id") {
            Some(id) => id.to_owned(),
            None => client.home_division().await?,
        };
        Ok(Grant::of(value, division))
    }

    fn state(&self, value: &Value) -> Value {
        let state = attrs::set(value, "division_id", Value::string(self.division.as_str()));
        attrs::set(&state, "id", Value::string(self.id()))
    }
}

/// The grants that `subject` has of its own; those through groups are left out. Nothing when there is
/// no such subject.
pub(crate) async fn grants_of(
    client: &Client,
    subject: &str,
) -> Result<Option<Vec<Grant>>, HttpError> {
    let all = all_grants_of(client, subject).await?;
    Ok(all.map(|(own, _)| own))
}

/// The grants that `subject` has of its own, and the subjects through which it has others: its groups.
async fn all_grants_of(
    client: &Client,
    subject: &str,
) -> Result<Option<(Vec<Grant>, BTreeSet<String>)>, HttpError> {
    let path = format!("{SUBJECTS}/{}", Endpoint::segment(subject));
    let answer = found(client.get(path).query("includeDuplicates", "true")).await?;
    Ok(answer.map(|json| {
        let grants = json.get("grants").and_then(Json::as_array);
        let inner = |grant: &Json, object: &str| {
            let id = grant.get(object).and_then(|o| text(o, "id"));
            id.unwrap_or_default().to_owned()
        };
        let (mut own, mut through) = (Vec::new(), BTreeSet::new());
        for grant in grants.into_iter().flatten() {
            match text(grant, "subjectId") {
                Some(holder) if holder == subject => own.push(Grant {
                    subject: subject.to_owned(),
                    division: inner(grant, "division"),
                    role: inner(grant, "role"),
                }),
                Some(group) => drop(through.insert(group.to_owned())),
                None => {}
            }
        }
        (own, through)
    }))
}

/// Role and division of what a listed OAuth client has of its own.
fn roles_of(client: &Json) -> Vec<(&str, &str)> {
    let roles = client.get("roleDivisions").and_then(Json::as_array);
    let roles = roles.into_iter().flatten();
    roles
        .filter_map(|r| Some((text(r, "roleId")?, text(r, "divisionId")?)))
        .collect()
}

/// Whether the subject has the grant now.
async fn is_there(client: &Client, grant: &Grant) -> Result<bool, HttpError> {
    let grants = grants_of(client, &grant.subject).await?;
    Ok(grants.unwrap_or_default().contains(grant))
}

/// Waits until the grant is there, or is not, for at most `seconds`. Whether it came so.
pub(crate) async fn wait(
    client: &Client,
    grant: &Grant,
    there: bool,
    seconds: u64,
) -> Result<bool, HttpError> {
    let waits = client.waits(Duration::from_secs(seconds));
    let look = || async { Ok((is_there(client, grant).await? == there).then_some(())) };
    Ok(poll(waits, look).await?.is_some())
}

/// Gives the role. The service may not know a new role or division for a while and says 404.
pub(crate) async fn give(
    client: &Client,
    grant: &Grant,
    subject_type: &str,
) -> Result<(), HttpError> {
    // Giving what the subject already has changes nothing, so a lost answer may be repeated.
    let request = || {
        let request = client
            .request(Method::POST, grant.path())
            .query("subjectType", subject_type);
        request.safe_to_resend()
    };
    let waits = client.waits(Duration::from_secs(60));
    let given = patiently(waits, HttpError::is_not_found, request).await;
    given.map(|_| ()).map_err(|e| {
        if e.is_not_found() {
            e.advice("Check that subject_id, role_id and division_id exist, and that subject_type is right.")
        } else {
            needs(e, "authorization:grant:add")
        }
    })
}

/// Takes the role away; that it is not there counts as done.
pub(crate) async fn take(client: &Client, grant: &Grant) -> Result<(), HttpError> {
    match client.request(Method::DELETE, grant.path()).send().await {
        Err(e) if !e.is_not_found() => Err(needs(e, "authorization:grant:delete")),
        _ => Ok(()),
    }
}

impl RoleGrant {
    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let grant = Grant::planned(client, planned).await?;
        let subject_type = attrs::text(planned, "subject_type").unwrap_or(SUBJECT_TYPES[0]);
        let before = is_there(client, &grant)
            .await
            .map_err(|e| needs(e, "authorization:grant:view"))?;
        give(client, &grant, subject_type).await?;
        let mut outcome = Outcome::is(grant.state(planned));
        match wait(client, &grant, true, 60).await {
            Ok(true) => {}
            Ok(false) => {
                outcome = outcome.with(Diagnostic::error(
                    "Grant Not Visible",
                    format!("The service accepted the grant {}, but did not show it in time. Run the command again later.", grant.id()),
                ));
            }
            Err(e) => outcome = outcome.with(e.doing("Reading the new grant")),
        }
        if before {
            outcome = outcome.with(Diagnostic::warning(
                "Grant Already There",
                format!("The subject {} already had role {} in division {}. The grant is managed here from now on, so destroying it takes the role away.", grant.subject, grant.role, grant.division),
            ));
        }
        if subject_type == "PC_OAUTH_CLIENT" {
            // It may be ourselves, and a token has the permissions of the day it was issued.
            client.renew_token().await;
        }
        client.granted();
        Ok(outcome)
    }
}

impl Calls<Connection> for RoleGrant {
    fn type_name(&self) -> &'static str {
        "genesyscloud_role_grant"
    }

    fn label(&self, object: &Value) -> String {
        let id = |name| attrs::text(object, name).unwrap_or_default();
        format!(
            "the grant of role {} to {}",
            id("role_id"),
            id("subject_id")
        )
    }

    fn schema(&self) -> Schema {
        let required = |d: &str| Attribute::new(Type::String, d).required();
        let optional = |d: &str| Attribute::new(Type::String, d).optional().computed();
        Schema {
            version: 0,
            block: Block::new(
                "One role given to one subject in one division, beside its other roles.",
            )
            .attribute(
                "id",
                Attribute::new(Type::String, "subject_id/division_id/role_id").computed(),
            )
            .attribute(
                "subject_id",
                required("Id of the user, group or OAuth client."),
            )
            .attribute(
                "subject_type",
                optional("PC_USER (default), PC_GROUP or PC_OAUTH_CLIENT."),
            )
            .attribute("role_id", required("Id of the role."))
            .attribute(
                "division_id",
                optional("Id of the division; the home division by default, * for all."),
            ),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["subject_id", "subject_type", "role_id", "division_id"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("subject_type", Value::from(SUBJECT_TYPES[0]))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::grant(&request.config)
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let made = RoleGrant::make(client, &request.planned).await;
        // A grant whose answer was lost is sent again; one that is given up may still have been given.
        Ok(made.unwrap_or_else(|e| {
            let unsettled = e.may_have_taken_effect();
            Outcome::from(e.doing("Granting the role")).unsettled(unsettled)
        }))
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let grant = Grant::stored(&request.state);
        let there = wait(client, &grant, true, 4).await;
        Ok(
            match there.map_err(|e| needs(e, "authorization:grant:view"))? {
                true => Outcome::is(grant.state(&request.state)),
                false => Outcome::gone(),
            },
        )
    }

    /// Every change is a replacement, so this is never asked for.
    async fn update(&self, _: &Connection, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        Ok(Outcome::is(request.planned.clone()))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let grant = Grant::stored(&request.prior);
        take(client, &grant).await?;
        wait(client, &grant, false, 15).await?;
        Ok(Outcome::gone())
    }

    fn listed_within(&self) -> &'static [&'static str] {
        &["subject_id"]
    }

    async fn list(&self, client: &Connection, planned: &Value) -> Result<Vec<String>, HttpError> {
        let Some(subject) = attrs::text(planned, "subject_id") else {
            return Ok(Vec::new());
        };
        let grants = grants_of(client, subject).await?;
        Ok(grants.unwrap_or_default().iter().map(Grant::id).collect())
    }

    /// Grants of users, of the groups that these are in, and of OAuth clients as far as a client's roles do not have them.
    async fn discover(&self, client: &Connection) -> Result<Option<Vec<String>>, HttpError> {
        let mut ids = Vec::new();
        let mut groups = BTreeSet::new();
        for user in client.entities(USERS, &[("state", "active")]).await? {
            let user = text(&user, "id").unwrap_or_default();
            let (own, through) = all_grants_of(client, user).await?.unwrap_or_default();
            ids.extend(own.iter().map(Grant::id));
            groups.extend(through);
        }
        for group in groups {
            let grants = grants_of(client, &group).await?.unwrap_or_default();
            ids.extend(grants.iter().map(|g| format!("PC_GROUP/{}", g.id())));
        }
        for one in client.entities(CLIENTS, &[]).await? {
            let subject = text(&one, "id").unwrap_or_default();
            let grants = grants_of(client, subject).await?.unwrap_or_default();
            let there = roles_of(&one);
            let beside = grants
                .iter()
                .filter(|g| !there.contains(&(&*g.role, &*g.division)));
            ids.extend(beside.map(|g| format!("PC_OAUTH_CLIENT/{}", g.id())));
        }
        Ok(Some(ids))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    /// The grant itself is its natural key, so one that is there is the one that was made.
    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let grant = Grant::planned(client, planned).await?;
        let there = is_there(client, &grant).await?;
        Ok(there.then(|| grant.state(planned)).into_iter().collect())
    }

    /// The id is `subject/division/role`, after `PC_GROUP/` or `PC_OAUTH_CLIENT/` for such a subject.
    /// By ids; or by names, which say `home` for the home division.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let (kind, rest) = SUBJECT_TYPES
            .iter()
            .find_map(|kind| Some((*kind, id.strip_prefix(&format!("{kind}/"))?)))
            .unwrap_or((SUBJECT_TYPES[0], id));
        let names = match rest.split_once("/home/") {
            Some(names) => Some(by_name(client, kind, names).await?.id()),
            None => None,
        };
        let rest = names.as_deref().unwrap_or(rest);
        let parts: Vec<&str> = rest.split('/').collect();
        let [subject, division, role] = parts[..] else {
            let text = format!(
                "{id:?} is not the id of a grant. Write subject_id/division_id/role_id, or the subject's name, /home/ and the role's name."
            );
            return Err(vec![Diagnostic::error("Invalid Import Id", text)]);
        };
        Ok(Value::object([
            ("id", Value::string(rest)),
            ("subject_id", Value::string(subject)),
            ("subject_type", Value::string(kind)),
            ("division_id", Value::string(division)),
            ("role_id", Value::string(role)),
        ]))
    }
}

/// The grant of the role called so to the subject called so, in the home division. A group is given by its id.
async fn by_name(
    client: &Client,
    kind: &str,
    (subject, role): (&str, &str),
) -> Result<Grant, Diagnostics> {
    let subject = match kind {
        "PC_USER" => natural::id(client, natural::Kind::User, subject).await?,
        "PC_OAUTH_CLIENT" => natural::id(client, natural::Kind::Client, subject).await?,
        _ => subject.to_owned(),
    };
    let division = client.home_division().await;
    let division = division.map_err(|e| vec![e.doing("Reading the home division").into()])?;
    Ok(Grant {
        subject,
        division,
        role: natural::id(client, natural::Kind::Role, role).await?,
    })
}
