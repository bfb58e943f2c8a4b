//! The text of this provider's page: what its schemas do not say.
//!
//! Facts and their tags are those of the sources named in the crate's documentation.

use trunkline_api::guide::{Guide, ResourceGuide, Rule};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "Alibaba Cloud Chat App Message Service",
    about: &[
        "Channels, webhooks and templates of one account, and what the console has under Service Settings: the business system with its signature, intents, Activate SMS, OTP Delivery Scheduling. Not here: activation of the service, registration of numbers, business profiles, commerce settings, flows, QR links, e-mail binding.",
        "`region` is `ap-southeast-1`, the only one that the vendor lists; `endpoint` leads elsewhere. Every try is signed anew (ACS3-HMAC-SHA256). The data source `chatapp_sms_fallback` checks the parameters of an SMS fallback and puts them together; it calls nobody.",
        "None of the four panels of Service Settings has a public call. In the mode `manual` (default; `modes` says otherwise for single panels) the plan shows the steps, the values and a `content_hash`; apply refuses the object until a person attests it in a block `attestation`, with `by`, `at` and that `content_hash`, and goes on with the rest. The state keeps who, when and what. Nothing reads such an object: it is `verification = \"unverifiable\"`, and every plan warns of it. Changed content needs another attestation. A signature is given in `signature_wo` (from a variable or an ephemeral value), of which only a salted hash is kept. Destroying forgets the object and says what to remove.",
        "In the mode `api` calls are made by the names below, which `action_names` and `parameter_names` replace: `Create`, `Query`, `List`, `Update`, `DeleteBusinessSystem`, `RefreshBusinessSystemSignature`; `Create`, `Query`, `List`, `Update`, `DeleteIntent`; `Get`, `UpdateSmsSetting`; `Get`, `UpdateOtpScheduleSetting`. The vendor's ActionTrail shows the names of a console's calls.",
    ],
    example: r#"
variable "access_key_secret" {
  type      = string
  sensitive = true
}

provider "chatapp" {
  access_key_id     = "LTAI0000000000000000"
  access_key_secret = var.access_key_secret
}

data "chatapp_channel" "whatsapp" {
  name         = "Acme support"
  channel_type = "whatsapp"
}

resource "chatapp_phone_webhook" "support" {
  cust_space_id       = data.chatapp_channel.whatsapp.cust_space_id
  phone_number        = "12025550100"
  up_callback_url     = "https://receiver.example.com/inbound"
  status_callback_url = "https://receiver.example.com/status"
}
"#,
    resources: &[
        ResourceGuide {
            name: "chatapp_phone_webhook",
            import: &["CHANNEL ID/NUMBER"],
            notes: &[
                "Creating it writes over what is there; destroying it turns both ways off, since there is no deletion. The flags are told by URLs and queues.",
            ],
        },
        ResourceGuide {
            name: "chatapp_account_webhook",
            import: &["CHANNEL ID"],
            notes: &[
                "No call reads it: a change outside is not seen, and an import takes what is configured for what is set.",
            ],
        },
        ResourceGuide {
            name: "chatapp_template",
            import: &["CHANNEL ID/CODE OR NAME/LANGUAGE"],
            notes: &[
                "Until its review has passed it is changed in place, afterwards replaced. Intents are attached to buttons in the console's designer; `intent_codes` says which they should be, `live_intent_codes` which they are.",
            ],
        },
        ResourceGuide {
            name: "chatapp_channel",
            import: &["ID", "NAME", "TYPE/NAME"],
            notes: &[
                "Usually only looked up. `manage_channels` in the provider block must be true for channels to be made, replaced or deleted.",
            ],
        },
        ResourceGuide {
            name: "chatapp_business_system",
            import: &["CHANNEL ID/ID OR NAME"],
            notes: &[
                "The signature is made for the URL, kept sealed, and shown once: another `signature_rotation` refreshes it, and so does a lost answer. The old one ends at once. An imported system has no signature.",
            ],
        },
        ResourceGuide {
            name: "chatapp_intent",
            import: &["CHANNEL ID/SYSTEM/CODE"],
            notes: &[
                "Not removed while a live template's button uses it. `used_by_templates` reads every template of the channel; `intent_usage = false` leaves that out.",
            ],
        },
        ResourceGuide {
            name: "chatapp_sms_setting",
            import: &["CHANNEL ID"],
            notes: &["One a channel; destroying turns it off."],
        },
        ResourceGuide {
            name: "chatapp_otp_scheduling",
            import: &["CHANNEL ID"],
            notes: &["One a channel; destroying turns it off."],
        },
    ],
    rules: &[
        Rule::new(
            "AL01",
            "error; warning for its form",
            "A channel's id is not empty, has no spaces, and looks like one.",
        ),
        Rule::new(
            "AL02",
            "error",
            "The type of a channel is one that exists, in any case.",
        ),
        Rule::new(
            "AL03",
            "error",
            "OTP scheduling is of a WhatsApp channel, in countries that are on offer, each once.",
        ),
        Rule::new(
            "AL04",
            "warning",
            "With numbers of one's own messages cost more, without them some fail where nothing is scheduled.",
        ),
        Rule::new(
            "AL05",
            "error",
            "An intent is of a business system that is declared, in the same channel.",
        ),
        Rule::new(
            "AL06",
            "error",
            "Codes are unique in a business system, names of systems in a channel.",
        ),
        Rule::new(
            "AL07",
            "error",
            "A signature is of a system with name and URL, and not written in the configuration.",
        ),
        Rule::new(
            "AL08",
            "error; warning for webhooks over http",
            "URLs are absolute, https and public.",
        ),
        Rule::new(
            "AL09",
            "error",
            "Fallback is of a channel with Activate SMS, of WhatsApp or Viber.",
        ),
        Rule::new(
            "AL10",
            "error",
            "A fallback waits 60 to 43200 seconds, for what counts as undelivered or failed.",
        ),
        Rule::new(
            "AL11",
            "error",
            "A phone webhook goes somewhere, has a URL where it is posted, and a number of 8 to 15 digits.",
        ),
        Rule::new(
            "AL12",
            "error",
            "A number has one webhook; a channel one account webhook, one SMS setting, one OTP setting.",
        ),
        Rule::new(
            "AL13",
            "error",
            "A template has what every template has, and a category that exists.",
        ),
        Rule::new(
            "AL14",
            "error",
            "A WhatsApp template keeps to lengths, and to numbers and kinds of buttons.",
        ),
        Rule::new(
            "AL15",
            "error",
            "A template for authentication has no header, no text of its own, and one button that is complete.",
        ),
        Rule::new(
            "AL16",
            "error",
            "How long a message may take is set in the range of its category, or not at all.",
        ),
        Rule::new(
            "AL17",
            "error",
            "A Viber template has one button that is a URL, no footer or carousel, and a short video.",
        ),
        Rule::new(
            "AL18",
            "error",
            "Variables are not in footers and button texts, and once in a header or URL.",
        ),
        Rule::new("AL19", "error", "Coupon codes are letters and digits."),
        Rule::new("AL20", "error", "Pages and their sizes are from 1."),
        Rule::new(
            "AL21",
            "error",
            "The region is the one that the vendor lists, unless `endpoint` is set.",
        ),
        Rule::new(
            "AL22",
            "warning; error when applied",
            "What is set by hand is attested.",
        ),
        Rule::new(
            "AL23",
            "error; for live templates when planning and again before the effect",
            "The intents that templates use are there.",
        ),
        Rule::new(
            "AL24",
            "error, when planning and again before the effect",
            "A channel is made, replaced or removed only where the provider block allows it.",
        ),
    ],
    limits: &[
        "Calls a second by operation (5, 10 or 50; `rate_limits` replaces them), 8 at once; settings of one channel one at a time. Throttling waits for the `TimeLeft` of the headers.",
        "Five tries of what may be repeated, half a second doubling to eight, without jitter. What makes something is sent again only after throttling: a lost answer is looked up by name in the next run.",
    ],
    unverified: &[
        "Everything about the four panels: calls, names, lengths, how many systems a channel may have (`max_business_systems`), how the signature travels.",
        "That a limit counts each operation by itself, `TimeLeft` in milliseconds; 5 calls a second where no limit is published; pages of 100.",
        "That `QueryInstance` of an unknown id has no data; that codes ending in `NotExist` say that an object is gone; business errors with any status.",
        "That an empty text clears a description, remark or intent data; that turning both flags off ends a webhook.",
        "That a category and a language cannot be changed; that a channel's id has the form `cams-…` or digits.",
    ],
};
