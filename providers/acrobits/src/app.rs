//! `acrobits_app`: what is true of one Cloud Softphone app, and the sheet of values to enter in the vendor's portal.
//!
//! The vendor has no interface for configuration, so nothing is sent: a person enters the sheet. The iOS notification
//! extension is a step that a person attests.

use serde_json::Value as Json;
use trunkline_api::kit::{Action, Draft, Outcome, Resource, attrs, import_as};
use trunkline_api::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, NoteKind, ReadRequest, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostics, Schema, Type, Value};

use crate::client::Client;
use crate::rules;

/// The resource type.
pub(crate) const APP: &str = "acrobits_app";

/// The resource.
pub(crate) struct App;

/// Rows of the sheet: what the portal calls it [public], and the attribute.
const SHEET: [(&str, &str); 6] = [
    ("External Authentication URL", "ext_auth_url"),
    ("InitialProvisioningUrl", "provisioning_url"),
    ("wsContactsUrl", "contacts_url"),
    ("wsContactsAuthUsername", "contacts_auth_username"),
    // The portal's name of the interval is uncertain [assumed].
    ("wsContactsRefresh", "contacts_refresh_seconds"),
    ("Cloud ID", "cloud_id"),
];

/// The app with what follows from its arguments.
fn derived(app: &Value) -> Value {
    let text = |name: &str| match attrs::integer(app, name) {
        Some(number) => Some(number.to_string()),
        None => attrs::text(app, name).map(str::to_owned),
    };
    let pending = SHEET.iter().any(|(_, name)| attrs::has_unknown(app, name));
    let mut sheet: Vec<(&str, String)> = SHEET
        .iter()
        .filter_map(|(row, name)| Some((*row, text(name)?)))
        .collect();
    if !attrs::is_unset(app, "contacts_auth_password") {
        sheet.push((
            "wsContactsAuthPassword",
            "(the value of contacts_auth_password)".into(),
        ));
    }
    if attrs::flag(app, "messaging") == Some(true) {
        sheet.push(("Turnkey Messaging", "ask Acrobits to enable it".into()));
    }
    let sheet = match pending {
        true => Value::unknown(Type::map(Type::String)),
        false => Value::map(
            Type::String,
            sheet.into_iter().map(|(k, v)| (k, Value::string(v))),
        ),
    };
    let id = app
        .attr("cloud_id")
        .cloned()
        .unwrap_or_else(|| Value::unknown(Type::String));
    let app = attrs::set(&attrs::set(app, "id", id.clone()), "default_network_id", id);
    attrs::set(&app, "portal_sheet", sheet)
}

impl Resource<Client> for App {
    fn type_name(&self) -> &'static str {
        APP
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let flag = |d: &str| Attribute::new(Type::Bool, d).optional();
        let all = [
            ("id", text("The Cloud ID.").computed()),
            ("cloud_id", text("The app's Cloud ID, in capitals, chosen in the portal. A change is a replacement.").required()),
            ("tenancy", text("multi, where provisioning gives each user a Network ID, or single.").required()),
            ("provisioning_url", text("URL template of external provisioning: %username%, %password%, %fullcode%.").optional()),
            ("contacts_url", text("URL template of the web service contacts: %account[…]% and global placeholders.").optional()),
            ("contacts_auth_username", text("User name with which the app authenticates there.").optional()),
            ("contacts_auth_password", text("Its password.").optional().sensitive()),
            ("contacts_refresh_seconds", Attribute::new(Type::Number, "How often the app reads contacts; 180 at the vendor by default.").optional()),
            ("contact_source", text("web_service (default) or carddav, which cannot be checked.").optional()),
            ("ext_auth_url", text("URL template of external authentication, https.").optional()),
            ("messaging", flag("Whether the app has Turnkey Messaging.")),
            ("sms_gateway", flag("Whether messages go out as SMS through a carrier.")),
            ("shared_sms_numbers", flag("Whether users may share an SMS number.")),
            ("ios", text("white_label, or full_service where the vendor's support builds the app; left out where there is no iOS app.").optional()),
            ("ios_notification_extension", flag("Attests that the white-label iOS app is configured to use the notification extension.")),
            ("ios_attested_by", text("Who attests it, and when: for the record.").optional()),
            ("default_network_id", text("The Network ID of users to whom provisioning gives none: the Cloud ID.").computed()),
            ("portal_sheet", Attribute::new(Type::map(Type::String), "What a person enters in the portal, for the live and for the editable version.").computed()),
        ];
        let block = Block::new(
            "A Cloud Softphone app. Nothing is sent to the vendor, which has no interface for it.",
        );
        let entered = |name: &str| {
            let portal = SHEET.iter().any(|(_, attribute)| *attribute == name);
            portal && name != "cloud_id" || ["contacts_auth_password", "messaging"].contains(&name)
        };
        let block = all.into_iter().fold(block, |block, (name, attribute)| {
            let attribute = match entered(name) {
                true => attribute.untold(),
                false => attribute,
            };
            block.attribute(name, attribute)
        });
        Schema { version: 0, block }
    }

    fn effects(&self) -> Effects {
        Effects::None
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cloud_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::app(&request.config)
    }

    fn plan<'a>(&'a self, _: Option<&'a Client>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        if draft.action != Action::Delete {
            draft.planned = derived(&draft.planned);
            notes(&mut draft);
        }
        Box::pin(std::future::ready(draft))
    }

    fn create<'a>(&'a self, _: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(derived(&request.planned))))
    }

    fn read<'a>(&'a self, _: &'a Client, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(derived(&request.state))))
    }

    fn update<'a>(&'a self, _: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(derived(&request.planned))))
    }

    fn delete<'a>(&'a self, _: &'a Client, _: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::gone()))
    }

    fn import<'a>(
        &'a self,
        _: &'a Client,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        import_as("cloud_id", request)
    }
}

/// What a person has to do.
fn notes(draft: &mut Draft) {
    let cloud_id = attrs::text(&draft.planned, "cloud_id")
        .unwrap_or_default()
        .to_owned();
    if draft.changed("portal_sheet") {
        let text = format!(
            "Enter the rows of portal_sheet for {cloud_id} at providers.cloudsoftphone.com, for the live and for the editable version."
        );
        draft.note(NoteKind::Manual, text);
    }
    let messaging = attrs::flag(&draft.planned, "messaging") == Some(true);
    if messaging
        && draft.changed("ios")
        && attrs::text(&draft.planned, "ios") == Some("full_service")
    {
        let text = format!(
            "Ask Acrobits support to enable the notification extension of the iOS app {cloud_id}."
        );
        draft.note(NoteKind::Manual, text);
    }
    let attested = attrs::flag(&draft.planned, "ios_notification_extension") == Some(true);
    if attested && draft.changed("ios_notification_extension") {
        let by = attrs::text(&draft.planned, "ios_attested_by").unwrap_or("this configuration");
        let text = format!(
            "The iOS notification extension of {cloud_id} is attested by {by}; nobody can verify it here."
        );
        draft.note(NoteKind::Manual, text);
    }
}

/// A problem of an import.
pub(crate) fn failed(problem: trunkline_api::Diagnostic) -> ImportResponse {
    ImportResponse {
        diagnostics: vec![problem],
        ..ImportResponse::default()
    }
}

/// An import of this sparse state.
pub(crate) fn imported(state: &Json) -> ImportResponse {
    ImportResponse {
        state: Some(trunkline_api::json::implied(state)),
        ..ImportResponse::default()
    }
}
