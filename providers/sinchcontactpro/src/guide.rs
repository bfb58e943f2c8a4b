//! The text of this provider's page: what its schemas do not say.
//!
//! Facts and their tags are those of the sources named in the crate's documentation.

use trunkline_api::guide::{Guide, ResourceGuide, Rule};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "Sinch Contact Pro",
    about: &[
        "Messaging services, external users, chat queues and their addresses, by the Restful Configuration Interface (RCI).",
        "`auth_mode` is `api_key` (cloud, the default), `login_cookie` (cloud: a session of the login service; the base URL ends in `/ecfs/RI/rci`) or `basic` (on-premise, `https://host:port/RI/rci`). The API user is made by a person, with the rights Messaging Service create, modify, view, delete; User the same; User role view and manage members; Queue create, modify, view, delete.",
        "`secret` and `password` are write-only: sent with every write, since a write replaces the whole object, and never stored. A salted hash in the sealed state tells when another one is configured; then `secret_revision` or `password_revision` goes up by one and the object is written. At an import the configured secret counts as the one that is set; from then on a change is noticed.",
        "A change reads the object, lays what is configured over it and writes everything back, so what is not managed here stays. When somebody else has changed it since the plan, nothing is written.",
    ],
    example: r#"
variable "rci_password" {
  type      = string
  sensitive = true
}

variable "rci_api_key" {
  type      = string
  sensitive = true
}

provider "sinchcontactpro" {
  base_url = "https://acme.example.com/rci"
  username = "trunkline"
  password = var.rci_password
  api_key  = var.rci_api_key
}

resource "sinchcontactpro_queue" "sales" {
  name = "Sales chat"
}
"#,
    resources: &[
        ResourceGuide {
            name: "sinchcontactpro_messaging_service",
            import: &["NAME"],
            notes: &[
                "Every supported type. `authentication` blocks: outgoing ones, and for `sinchconversation` one with the id `webhook` and its `triggers`. A service of a retired type (`twilio`, `sap365`, `social365`) can be imported and destroyed only.",
                "The vendor advises not to change messaging services or their authentication in business hours; each plan of such a change says so.",
            ],
        },
        ResourceGuide {
            name: "sinchcontactpro_user",
            import: &["LOGON NAME"],
            notes: &[
                "The external user with which a sending side calls. Another `login` is a replacement.",
                "`discover` takes the users who may use messaging services directly, or by one of the roles that `messaging_service_roles` of the provider block names; agents and the provider's own user are left alone. The service does not tell which roles hold the right.",
            ],
        },
        ResourceGuide {
            name: "sinchcontactpro_messaging_service_right",
            import: &[
                "LOGON NAME/roles/ROLE NAME",
                "LOGON NAME/rights/SERVICE NAME",
                "LOGON NAME/rights/*",
            ],
            notes: &[
                "Its right *Messaging Service: Use*, by a role that holds it (`role_id`) or directly (`messaging_service_id`).",
            ],
        },
        ResourceGuide {
            name: "sinchcontactpro_queue",
            import: &["NAME"],
            notes: &["A chat queue, unless `channel_type` says otherwise."],
        },
        ResourceGuide {
            name: "sinchcontactpro_queue_address",
            import: &["QUEUE NAME/ADDRESS"],
            notes: &[
                "`[APP ID]@[subchannel].sinchconversation.com`; SMS of a US number wants `sms_sender_id`. `phone_number` is only looked at by rule CP-19.",
            ],
        },
    ],
    rules: &[
        Rule::new(
            "CP-01",
            "error",
            "`type` is one of the seven that are supported; retired ones are refused by name.",
        ),
        Rule::new(
            "CP-02",
            "error",
            "A messaging service has a name and an absolute URL as its service connection.",
        ),
        Rule::new("CP-03", "error", "No authentication has a URL or a scope."),
        Rule::new(
            "CP-04",
            "error",
            "The service connection of a `sinchconversation` service is the vendor's, of region eu or us.",
        ),
        Rule::new(
            "CP-05",
            "error",
            "An outgoing id of a `sinchconversation` service is a key id, one `@`, and an app id.",
        ),
        Rule::new("CP-06", "error", "An app id is written in capitals."),
        Rule::new("CP-07", "warning", "An app id looks like one."),
        Rule::new(
            "CP-08",
            "error",
            "What is sent and what is received have entries of their own; `webhook` is no outgoing id.",
        ),
        Rule::new(
            "CP-09",
            "error",
            "A messaging service has at most one webhook entry.",
        ),
        Rule::new(
            "CP-10",
            "warning",
            "A `sinchconversation` service has a webhook entry: without it signatures are not verified.",
        ),
        Rule::new(
            "CP-11",
            "error",
            "The webhook entry's secret is that of every webhook of every app of the service.",
        ),
        Rule::new(
            "CP-12",
            "error",
            "The apps of a service are of the project and region of its service connection.",
        ),
        Rule::new(
            "CP-13",
            "warning",
            "Two services may share a project, but not an app.",
        ),
        Rule::new(
            "CP-14",
            "error; warning where none is chosen",
            "Triggers are the webhook entry's, and known ones.",
        ),
        Rule::new(
            "CP-15",
            "error",
            "The webhooks of an app send what the entry wants to see, and messages.",
        ),
        Rule::new(
            "CP-16",
            "error",
            "A queue address is an app id in capitals at a subchannel that exists.",
        ),
        Rule::new(
            "CP-17",
            "error; warning where a side is not declared",
            "The app of an address is one of a service, and has the channel of the subchannel.",
        ),
        Rule::new(
            "CP-18",
            "error",
            "An address is of a chat queue, and of one.",
        ),
        Rule::new(
            "CP-19",
            "error; warning where the number is not known",
            "An SMS address of a US number has an SMS sender id.",
        ),
        Rule::new(
            "CP-20",
            "a line of the plan",
            "Sinch sets the number that SMS are sent from: a person asks for it.",
        ),
        Rule::new(
            "CP-21",
            "error",
            "An external user has first name, last name, logon name and password.",
        ),
        Rule::new(
            "CP-22",
            "error",
            "The external user is not the provider's own API user. A logon name that exists is refused by the service.",
        ),
        Rule::new(
            "CP-23",
            "error",
            "An external user has the right *Messaging Service: Use*.",
        ),
        Rule::new(
            "CP-24",
            "warning",
            "Incoming messages of `sinchsms` and `wavy` have an external user, unless authentication is off in SMS Server.",
        ),
        Rule::new(
            "CP-25",
            "warning",
            "No external user is declared for types that need none.",
        ),
        Rule::new(
            "CP-26",
            "error",
            "An outgoing id of Microsoft Teams is a GUID or an e-mail address.",
        ),
        Rule::new(
            "CP-27",
            "error",
            "A type takes so many outgoing entries, each another: pages of Facebook differ, an id of `sinchsms` is no e-mail address.",
        ),
        Rule::new(
            "CP-28",
            "error",
            "Secrets are not written in the configuration.",
        ),
        Rule::new(
            "CP-29",
            "error",
            "Where a messaging service is managed, a change window of `trunkline.hcl` holds its `update` and `delete`; the change itself is refused while the window holds it.",
        ),
        Rule::new(
            "CP-30",
            "error",
            "An app that Contact Pro uses runs in Dispatch mode, or in `required_processing_mode`.",
        ),
    ],
    limits: &[
        "300 requests a minute, and 8 tries of what may be repeated; both can be set in the provider block.",
    ],
    unverified: &[
        "Paths of messaging services, authentications, rights, queues and numbers: `paths`, e.g. `{ numbers = \"addresses\" }`.",
        "How types are spelt, Microsoft Teams above all: `type_names`, e.g. `{ microsoft_teams = \"teams\" }`.",
        "Whether a service carries its authentications: `embedded_authentications = false` writes each by a call of its own.",
        "The page size of lists (`page_size`), rate and retries (`requests_per_minute`, `max_retries`), the login's address (`login_url`).",
        "That Contact Pro needs Dispatch mode: one edition of its documentation says otherwise (`required_processing_mode`).",
        "What cannot be set: names of members (`serviceConnection`, `authenticationId`, `triggers`, `password`, `channelType`, `smsSenderId`…); that a page which is not full is the last; a right given directly; that each write sets a user's password anew.",
    ],
};
