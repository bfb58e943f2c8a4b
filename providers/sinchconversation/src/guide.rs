//! The text of this provider's page: what its schemas do not say.
//!
//! Facts and their tags are those of the sources named in the crate's documentation.

use trunkline_api::guide::{Guide, ResourceGuide, Rule};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "Sinch Conversation, Numbers and SMS",
    about: &[
        "Apps of the Conversation API with the credentials of their channels, their webhooks, rented numbers, and SMS service plans of one project.",
        "Access keys, SMS service plans, senders and campaigns are made by hand in the vendor's dashboard: the example `sinch-conversation` has the steps. `base_url_overrides` leads to emulators. `required_processing_mode` is what apps of Contact Pro must have: one edition of the vendor's page says CONVERSATION, the guide DISPATCH.",
        "`batches_url` of the data source `sinchconversation_sms_service_plan` is the service connection of a `sinchsms` service in Contact Pro.",
    ],
    example: r#"
variable "key_secret" {
  type      = string
  sensitive = true
}

variable "webhook_secret" {
  type      = string
  sensitive = true
}

provider "sinchconversation" {
  project_id = "a1b2c3d4-0000-4000-8000-00000000feed"
  key_id     = "e5f6a7b8-0000-4000-8000-00000000beef"
  key_secret = var.key_secret
  region     = "eu"
}

resource "sinchconversation_app" "main" {
  display_name    = "Contact centre"
  processing_mode = "DISPATCH"
}

resource "sinchconversation_webhook" "main" {
  app_id   = sinchconversation_app.main.id
  target   = "https://contactpro.example.com/sinch"
  triggers = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  secret   = var.webhook_secret
}
"#,
    resources: &[
        ResourceGuide {
            name: "sinchconversation_app",
            import: &["ID", "DISPLAY NAME"],
            notes: &[
                "The order of the `channel_credentials` blocks is the channels' priority; a change sends the whole list. Channels that have no credentials (Sinch Chat, enabled in the dashboard) stay as they are and are not shown. Secrets are kept as they were written, since the vendor exchanges some (Instagram); a change of one outside is not seen. A channel that fails is a warning and shows in `channel_states`.",
            ],
        },
        ResourceGuide {
            name: "sinchconversation_webhook",
            import: &["ID", "APP ID OR NAME/https://TARGET"],
            notes: &[
                "The secret is read back where the vendor shows it. Another `secret`, or another `secret_wo_version` with `secret_wo` (never stored), rotates it.",
            ],
        },
        ResourceGuide {
            name: "sinchconversation_number_callbacks",
            import: &["PROJECT ID"],
            notes: &[
                "One a project. Number callbacks carry `X-Sinch-Signature`, the HMAC-SHA1 of the body with this secret. Another `hmac_secret`, or another `hmac_secret_wo_version` with `hmac_secret_wo` (never stored), rotates it. The vendor has no call to take a secret away, so destroying leaves it in place.",
            ],
        },
        ResourceGuide {
            name: "sinchconversation_number",
            import: &["+12025550100"],
            notes: &[
                "Without `phone_number` any US local number is rented. A lost answer is found by reading, and nothing is rented twice. Another service plan is linked after the first is unlinked. What fails after renting is a warning, since a number must not be lost: the next plan shows it.",
            ],
        },
    ],
    rules: &[
        Rule::new(
            "SC-01",
            "error",
            "An app that Contact Pro uses runs in Dispatch mode (`required_processing_mode`); left out, it is filled in.",
        ),
        Rule::new(
            "SC-02",
            "error",
            "An app id is written in capitals, on both sides.",
        ),
        Rule::new(
            "SC-03",
            "warning",
            "An app id looks like one: 26 characters without I, L, O and U.",
        ),
        Rule::new(
            "SC-04",
            "error",
            "The region is us, eu or br; Contact Pro reaches us and eu only.",
        ),
        Rule::new(
            "SC-05",
            "error",
            "A webhook of an app that Contact Pro uses has a secret.",
        ),
        Rule::new(
            "SC-06",
            "error",
            "All webhooks of all apps of a messaging service have one secret, which is that of the service's webhook entry.",
        ),
        Rule::new(
            "SC-07",
            "warning",
            "Each messaging service has a secret of its own.",
        ),
        Rule::new(
            "SC-08",
            "error",
            "The apps of a messaging service are in one region, even in one project.",
        ),
        Rule::new(
            "SC-09",
            "error",
            "The service connection of a messaging service is that of its apps' region and project.",
        ),
        Rule::new(
            "SC-10",
            "error",
            "An outgoing id is the access key's id, `@`, and the app's id.",
        ),
        Rule::new(
            "SC-11",
            "error",
            "A webhook's target is https, at most 742 characters, not at the vendor's own hosts, and occurs once an app.",
        ),
        Rule::new(
            "SC-12",
            "error",
            "An app has at most five webhooks; those that are declared are counted.",
        ),
        Rule::new(
            "SC-13",
            "error; warning for the second part",
            "Triggers exist, and a webhook for Contact Pro has `MESSAGE_INBOUND` and `MESSAGE_DELIVERY`.",
        ),
        Rule::new(
            "SC-14",
            "warning",
            "A webhook does not drop its events (`target_type` DISMISS).",
        ),
        Rule::new(
            "SC-15",
            "error",
            "A channel has the credentials of its kind, no others, and complete.",
        ),
        Rule::new(
            "SC-16",
            "error",
            "A channel occurs once; LINE may occur more often, with numbers that differ and one default.",
        ),
        Rule::new(
            "SC-17",
            "error",
            "The plan of an SMS channel is one that is declared, and in the app's region.",
        ),
        Rule::new(
            "SC-18",
            "error",
            "Times and lengths are in the vendor's ranges.",
        ),
        Rule::new(
            "SC-19",
            "warning",
            "In Dispatch mode nothing is kept by conversation, and contacts and conversations trigger nothing.",
        ),
        Rule::new(
            "SC-20",
            "error",
            "A phone number is in E.164 form, with 7 to 15 digits.",
        ),
        Rule::new(
            "SC-21",
            "error",
            "Any number is rented of US local ones only.",
        ),
        Rule::new(
            "SC-22",
            "warning; error for the second part",
            "A US local number for SMS has a campaign, and the queue address of a US number an SMS sender id.",
        ),
        Rule::new(
            "SC-23",
            "error",
            "No alphanumeric sender is used in the US and Canada.",
        ),
        Rule::new("SC-24", "error", "No voice or SMS configuration is empty."),
        Rule::new(
            "SC-25",
            "error",
            "The secret of number callbacks has 32 to 64 letters, digits and hyphens.",
        ),
        Rule::new(
            "SC-26",
            "error",
            "A change window of `trunkline.hcl` holds `update` and `delete` of webhooks, and `delete` of apps, that Contact Pro uses; the change itself is refused while the window holds it.",
        ),
        Rule::new(
            "SC-27",
            "warning",
            "Basic authentication is used against emulators only.",
        ),
        Rule::new(
            "SC-28",
            "error",
            "Secrets come through references, never literally.",
        ),
        Rule::new(
            "SC-29",
            "a line of the plan",
            "Sinch is told which number Contact Pro sends from.",
        ),
        Rule::new(
            "SC-30",
            "error, when planning and again before the effect",
            "A number is released, or an app deleted, only where the provider block allows it.",
        ),
    ],
    limits: &[
        "8 requests at once, 20 a second (`requests_per_minute`), 5 tries of what may be repeated.",
        "At most five webhooks an app.",
    ],
    unverified: &[
        "That an app takes an empty list of channels, and that a whole list with output-only members may be sent back.",
        "What a change of the processing mode does to stored contacts: a warning.",
        "That a webhook cannot move to another app (it is replaced); which characters its secret may have (16 to 256, printable, no spaces).",
        "That an empty id unlinks a voice configuration, as it does a service plan.",
        "How long provisioning and channel checks take (`wait_seconds`).",
        "That the list of rented numbers may be asked without a country and kind.",
    ],
};
