//! The text of this provider's page: what its schemas do not say.
//!
//! Facts and their tags are those of the sources named in the crate's documentation.

use trunkline_api::guide::{Guide, ResourceGuide, Rule};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "Acrobits Turnkey Messaging",
    about: &[
        "The vendor has no interface for configuration: an app is set up in its portal, and everything else is a document or endpoint that the customer hosts. So this provider renders, checks, publishes and verifies. Several places are blocks with an alias.",
        "`acrobits_endpoint_check` asks contacts, provisioning and external authentication with a test user (checks V1 to V17; `on_failure = \"report\"` leaves it to `passed` and `findings`). `acrobits_firewall_snippet` renders a list of addresses that you supply for nftables, iptables, ufw or plain.",
        "A document is written where its content differs, and what is not wanted any more is removed; nothing else is touched. A document that somebody else wrote is not overwritten: HTTP with `If-None-Match` and `If-Match`, elsewhere by looking first. What was changed outside shows as a difference of `hashes`. Directories: written beside, synced, renamed; accounts with mode 0600 in folders of 0700; symbolic links are refused. Buckets: signature version 4, the content's hash as metadata `sha256`; the access key must be allowed to list, since without that a missing object is 403 rather than 404.",
        "Account XML holds passwords. `accounts`, `users` and their hashes are sensitive, answers are never quoted, and a place that everybody can read is refused (AC30): what is declared so when planning; over HTTP and in buckets also by writing a document `trunkline-public-probe.txt` beside the accounts, asking for it without credentials, and removing it. A password cannot be write-only here, since the account needs it.",
        "A rehearsal (`-sandbox`) writes what is meant for a directory below `.trunkline/sandbox/published`.",
    ],
    example: r#"
variable "sip_password" {
  type      = string
  sensitive = true
}

provider "acrobits" {
  directory = "/srv/acrobits"
}

resource "acrobits_network" "north" {
  cloud_id = "ACMEMT"
  id       = "north"
}

resource "acrobits_user" "ann" {
  cloud_id       = "ACMEMT"
  cloud_username = "ann"
  display_name   = "Ann"
  network_id     = acrobits_network.north.id
  sip_username   = "1001"
  sip_password   = var.sip_password
}
"#,
    resources: &[
        ResourceGuide {
            name: "acrobits_app",
            import: &["CLOUDID"],
            notes: &[
                "A declaration. `portal_sheet` is what a person enters in the portal; the plan says so when it changes. `ios_notification_extension` is an attestation.",
                "Nothing can be read of an app: an import takes the Cloud ID, and the plan after it shows what is declared as a change, which only records it.",
            ],
        },
        ResourceGuide {
            name: "acrobits_network",
            import: &["CLOUDID/NETWORK ID"],
            notes: &[
                "A declaration. In a single-tenant app the network that equals the Cloud ID is implied.",
            ],
        },
        ResourceGuide {
            name: "acrobits_user",
            import: &[
                "CLOUDID/CLOUD USERNAME",
                "CLOUDID/CLOUD USERNAME,TARGET:KEY",
            ],
            notes: &[
                "A declaration with `contact` (JSON), `account` (XML, sensitive) and `record` (for CSV, sensitive). Further nodes of the account are `extra` and `extra_secrets`. The second form of import reads the rest from the published account and contact list.",
            ],
        },
        ResourceGuide {
            name: "acrobits_contact",
            import: &["CLOUDID/CONTACT ID,TARGET:KEY"],
            notes: &[
                "The same for somebody who is no user, such as a number of the telephone network.",
            ],
        },
        ResourceGuide {
            name: "acrobits_contact_list",
            import: &[
                "CLOUDID,TARGET:PATH,NETWORK,…",
                "CLOUDID,TARGET:PATH,NETWORK/USER,…",
            ],
            notes: &[
                "Publishes contacts: `shared`, a file a network (contacts without a network are in every file), or `per_user`, a file a user with `exclude_self`. The second form of import is for lists per user.",
            ],
        },
        ResourceGuide {
            name: "acrobits_provisioning_set",
            import: &["CLOUDID,TARGET:PATH,USER,…", "CLOUDID,TARGET:PATH"],
            notes: &[
                "Publishes accounts: an XML a user, or with `format = \"csv\"` the two files of the vendor's sample service, whose import names no users. The plan after an import records that the configuration calls each account sensitive; nothing is published.",
            ],
        },
    ],
    rules: &[
        Rule::new(
            "AC01",
            "error",
            "A contact list is an object with an array of contacts, which are objects.",
        ),
        Rule::new("AC02", "error", "A contact has an id, once a list."),
        Rule::new(
            "AC03",
            "error",
            "A contact has Cloud Username and Network ID, both or neither.",
        ),
        Rule::new(
            "AC04",
            "error",
            "Neither is empty, or has blanks at its ends or control characters.",
        ),
        Rule::new("AC05", "error", "Both together occur once a list."),
        Rule::new(
            "AC06",
            "error",
            "A contact's network is that of the declared user of its name.",
        ),
        Rule::new("AC07", "error", "A contact's network is declared."),
        Rule::new(
            "AC08",
            "error",
            "In a single-tenant app without Network IDs it is the Cloud ID, exactly.",
        ),
        Rule::new(
            "AC09",
            "error",
            "In a multi-tenant app every account has a Network ID.",
        ),
        Rule::new(
            "AC10",
            "warning",
            "A contact for messages is a declared user: others cannot be reached.",
        ),
        Rule::new(
            "AC11",
            "warning",
            "A listed user is in a list of the network.",
        ),
        Rule::new(
            "AC12",
            "error",
            "Entries of a contact have a type that exists, an id once a contact, and a URI.",
        ),
        Rule::new("AC13", "error", "All values are texts."),
        Rule::new(
            "AC14",
            "error; warning for http",
            "Avatars are absolute addresses.",
        ),
        Rule::new("AC15", "error", "A birthday is YYYY-MM-DD."),
        Rule::new("AC16", "warning", "Keys of a contact are known ones."),
        Rule::new(
            "AC17",
            "error",
            "An account is well-formed XML, without a document type.",
        ),
        Rule::new(
            "AC18",
            "error",
            "An account has user name and password; a title is not empty.",
        ),
        Rule::new("AC19", "error", "Nodes of an account occur once."),
        Rule::new(
            "AC20",
            "error",
            "An SMS number has one carrier, of those that are allowed.",
        ),
        Rule::new(
            "AC21",
            "error; warning for punctuation",
            "An SMS number has 7 to 15 digits, and belongs to one user unless the app shares them.",
        ),
        Rule::new(
            "AC22",
            "error; warning for numbers without the gateway",
            "The SMS gateway and numbers go together.",
        ),
        Rule::new(
            "AC23",
            "error",
            "Messaging has external authentication, a contact list and, with several tenants, a provisioning set; an `acrobits_endpoint_check` of the same `cloud_id` stands for what another service answers.",
        ),
        Rule::new(
            "AC24",
            "error",
            "External authentication is https, and so is what carries a password.",
        ),
        Rule::new(
            "AC25",
            "error",
            "Placeholders in URLs are balanced and known.",
        ),
        Rule::new("AC26", "error", "URLs and text in XML are escaped."),
        Rule::new(
            "AC27",
            "error",
            "A Cloud ID has neither `@` nor `*`, and is in capitals.",
        ),
        Rule::new(
            "AC28",
            "error",
            "CSV has the columns and line lengths of the vendor's sample service.",
        ),
        Rule::new(
            "AC29",
            "error",
            "No value of a contact is a declared secret.",
        ),
        Rule::new("AC30", "error", "Accounts go to no public place."),
        Rule::new(
            "AC31",
            "error",
            "The notification extension of a white-label iOS app is attested.",
        ),
        Rule::new("AC32", "warning", "A CardDAV source cannot be verified."),
    ],
    limits: &[
        "8 requests at once, 5 tries of what may be repeated. A wrong password is tried once a check.",
    ],
    unverified: &[
        "Which characters Cloud IDs, Network IDs and Cloud Usernames may have; that `bandwidth` is a carrier's name; numbers with `+` (a warning).",
        "The portal's name of the refresh interval (`wsContactsRefresh` in the sheet); re-provisioning is entered by hand.",
        "The body of external authentication: only that it parses is checked. Global placeholders are filled with `trunkline-check`.",
        "How a vCard carries Cloud Username and Network ID: CardDAV is reported as not verifiable (AC32).",
        "Several accounts in one document (`<accounts>`), and attributes of nodes, are known from third parties only.",
        "A run that is killed while it adds documents to an existing set publishes the rest next time; documents whose users are taken out of the configuration before that stay behind.",
    ],
};
