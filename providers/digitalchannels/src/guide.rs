//! The text of this provider's page: what its schemas do not say.
//!
//! Facts and their tags are those of the sources named in the crate's documentation.

use trunkline_api::guide::{Guide, ResourceGuide, Rule};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "Genesys Digital Channels (\"Nexus\")",
    about: &[
        "Services, API keys and sender ids of one Multicloud CX contact centre, as an SMS integration needs them.",
        "`url` and `ccid` are for everything, `api_key` for services, the `auth_…` arguments for API keys and for options over HTTP, `gws_url`, `gws_api_key` and `options_path` for the back-end `options_api`, `options_file` for the back-end `file`. `existing_services` names services of the tenant that are kept elsewhere.",
        "Secrets of services are write-only: sent with every write, since a write replaces the whole service, and never stored. A salted hash in the sealed state tells when others are configured; then `secret_revision` goes up by one and the service is written. At an import the configured secrets count as those that are set; from then on a change is noticed.",
    ],
    example: r#"
variable "api_key" {
  type      = string
  sensitive = true
}

variable "kaleyra_password" {
  type      = string
  sensitive = true
}

provider "digitalchannels" {
  url     = "https://digital.example.com"
  ccid    = "45acae06-6b7c-4f97-9c76-471cb5c21bf7"
  api_key = var.api_key
}

resource "digitalchannels_service_mgage_sms" "main" {
  url      = "https://sms.example.com/send"
  username = "acme"
  password = var.kaleyra_password
}

resource "digitalchannels_service_sms" "main" {
  sms_provider = "mGage"
  depends_on   = [digitalchannels_service_mgage_sms.main]
}
"#,
    resources: &[
        service(
            "digitalchannels_service_sms",
            &["`sms_provider` or `token_provider`."],
        ),
        service("digitalchannels_service_mgage_sms", &[]),
        service(
            "digitalchannels_service_async",
            &["A `channel` block for every number."],
        ),
        service("digitalchannels_service_purecloud_idp", &[]),
        service("digitalchannels_service_portico_sms", &[]),
        service("digitalchannels_service", &[]),
        ResourceGuide {
            name: "digitalchannels_api_key",
            import: &["TENANT/KEY NAME", "FINGERPRINT", "KEY"],
            notes: &[
                "`key` is the secret, `id` a fingerprint of it.",
                "A new `tenant` or new `permissions` make a new key. With `create_before_destroy` set `allow_duplicate_name = true`, since both keys have one name for a moment. Genesys Cloud keeps the old key as the webhook password of numbers that were ordered with it; no documented call changes that, so the plan says it.",
            ],
        },
        ResourceGuide {
            name: "digitalchannels_sender_id",
            import: &["CCID/chat.NAME"],
            notes: &[],
        },
        ResourceGuide {
            name: "digitalchannels_provider_options",
            import: &["CCID/SECTION"],
            notes: &["Options that begin with `header:`."],
        },
    ],
    rules: &[
        Rule::new(
            "DC01",
            "error",
            "The ccid is a UUID, and the same wherever it is used.",
        ),
        Rule::new(
            "DC02",
            "error; warning for http",
            "The provider's `url` is an http or https address without a trailing slash and without `/nexus`.",
        ),
        Rule::new("DC03", "warning", "An API key is a UUID."),
        Rule::new(
            "DC04",
            "error; warning for the generic resource",
            "The name of a service is one that exists, as it is spelt.",
        ),
        Rule::new("DC05", "error", "A tenant has one service of a name."),
        Rule::new(
            "DC06",
            "error",
            "The SMS service has exactly one of `sms_provider` and `token_provider`.",
        ),
        Rule::new(
            "DC07",
            "error",
            "The gateway of the SMS service is one that exists, as it is spelt.",
        ),
        Rule::new(
            "DC08",
            "error",
            "The services that the gateway needs are declared, or named in `existing_services`.",
        ),
        Rule::new(
            "DC09",
            "error; warning for http",
            "Kaleyra has an absolute URL, a user name and a password.",
        ),
        Rule::new(
            "DC10",
            "error",
            "A custom gateway has channels, each once and complete.",
        ),
        Rule::new(
            "DC11",
            "error; warning for 11 digits",
            "A channel's id has 5 or 10 digits, or is a domain name.",
        ),
        Rule::new(
            "DC12",
            "error; warning for http",
            "A webhook's URL is absolute, and https.",
        ),
        Rule::new(
            "DC13",
            "warning",
            "The two secrets of a channel differ and have 16 characters or more.",
        ),
        Rule::new(
            "DC14",
            "error",
            "The login service has the login URL, a client id that is a UUID, and a secret.",
        ),
        Rule::new(
            "DC15",
            "error; warning where hosts differ",
            "The sending service has the API URL, of the login URL's domain.",
        ),
        Rule::new("DC16", "error", "Login and API URL are not swapped."),
        Rule::new(
            "DC17",
            "error",
            "The name of a sender id's section is `chat.` and letters, `-` or `_`.",
        ),
        Rule::new(
            "DC18",
            "error",
            "Sections and channel ids occur once a tenant.",
        ),
        Rule::new("DC19", "error", "A sender id has 5 or 10 digits."),
        Rule::new(
            "DC20",
            "error",
            "The constants of a sender id are as they must be.",
        ),
        Rule::new(
            "DC21",
            "error; warning for a doubled prefix",
            "The endpoint of a sender id is `chat.` and a name.",
        ),
        Rule::new(
            "DC22",
            "error; note where it is true",
            "`cxc_only` is true or false; when true, no agent gets the messages.",
        ),
        Rule::new(
            "DC23",
            "error; warning for numbers",
            "The gateway of a sender id has its services, its channel or its number.",
        ),
        Rule::new(
            "DC24",
            "warning",
            "A sender id without a gateway is Portico's: the SMS service names no other.",
        ),
        Rule::new(
            "DC25",
            "error",
            "A custom header has a name that may be set, and a value on one line.",
        ),
        Rule::new("DC26", "error", "Custom headers are a custom gateway's."),
        Rule::new(
            "DC27",
            "error",
            "An API key has a name, a tenant that is a UUID or `*`, and permissions of three parts.",
        ),
        Rule::new(
            "DC28",
            "warning",
            "Cluster permissions go with the tenant `*`, consumer permissions with a UUID.",
        ),
        Rule::new(
            "DC29",
            "warning",
            "The key for Genesys Cloud is called *Portico Cluster API Key*, of the tenant `*`, with `nexus:cluster:*` alone.",
        ),
        Rule::new("DC30", "error", "An expiration lies in the future."),
        Rule::new(
            "DC31",
            "error",
            "The webhook addresses of a number are those of this Digital Channels.",
        ),
        Rule::new(
            "DC32",
            "warning",
            "Secrets are not written in the configuration.",
        ),
        Rule::new("DC33", "error", "What is sent is valid JSON."),
    ],
    limits: &["The vendor publishes none; 4 requests at once are sent."],
    unverified: &[
        "The vendor documents how a service is created, and public samples show how a token is fetched and a key is created. Every other call is assumed, and can be replaced in `routes` (`name = \"METHOD /path\"`):",
        "`service_read`, `service_update`, `service_delete`: GET, PUT (else POST), DELETE on the path of the create call; `service_list`: GET `/nexus/v3/provisioning/services/{ccid}`.",
        "`api_key_list`, `api_key_read`, `api_key_update`, `api_key_delete`: GET on `/nexus/v3/apikeys`; GET, PUT, DELETE on `/nexus/v3/apikeys/{key}`.",
        "`options_read`, `options_write`: GET, PUT on `/provisioning/v3/transactions/NexusServices/options` of `gws_url`, the PUT with a delta.",
        "`contact_center_list`: GET `/environment/v3/contact-centers` of `auth_url`.",
        "That secrets of services are not read back, and that a change which leaves them out takes them away; that a key's expiration field is called `expires`; that custom headers are in the section `Async`; that the file of the `file` back-end is one JSON object of sections.",
    ],
};

const fn service(name: &'static str, notes: &'static [&'static str]) -> ResourceGuide {
    ResourceGuide {
        name,
        import: &["CCID/SERVICE NAME"],
        notes,
    }
}
