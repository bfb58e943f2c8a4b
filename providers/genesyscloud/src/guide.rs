//! The text of this provider's page: what its schemas do not say.
//!
//! Facts and their tags are those of the sources named in the crate's documentation.

use trunkline_api::guide::{Guide, ResourceGuide, Rule};

/// The page.
pub(crate) const GUIDE: Guide = Guide {
    title: "Genesys Cloud CX",
    about: &[
        "Roles, grants, OAuth clients, users and toll-free numbers of a Genesys Cloud organisation. Resource names follow the public Genesys provider where it has the resource. The schema is a subset of that provider's.",
        "`access_token` may stand for the client. A person makes that first client, with a role that has `authorization:role:*`, `authorization:grant:*`, `oauth:client:*` and `directory:user:view`.",
        "The service lets a caller put only those roles on a client that it holds itself. So a new role is granted to the caller too, as in the example.",
    ],
    example: r#"
variable "oauthclient_secret" {
  type      = string
  sensitive = true
}

provider "genesyscloud" {
  aws_region         = "us-east-1" # or api_url and login_url
  oauthclient_id     = "0c000000-0000-4000-8000-000000000001"
  oauthclient_secret = var.oauthclient_secret
}

resource "genesyscloud_auth_role" "messaging" {
  name = "Messaging"

  permission_policies {
    domain      = "messaging"
    entity_name = "*"
    action_set  = ["*"]
  }
}

data "genesyscloud_tokens_me" "caller" {}

resource "genesyscloud_role_grant" "caller" {
  subject_type = "PC_OAUTH_CLIENT"
  subject_id   = data.genesyscloud_tokens_me.caller.oauth_client_id
  role_id      = genesyscloud_auth_role.messaging.id
}
"#,
    resources: &[
        ResourceGuide {
            name: "genesyscloud_auth_role",
            import: &["ID", "NAME"],
            notes: &[
                "`*` in a policy equals its expansion by the permission catalogue, so a removed action is drift. With `default_role_id` it manages a built-in role, and destroying restores its defaults.",
            ],
        },
        ResourceGuide {
            name: "genesyscloud_role_grant",
            import: &[
                "SUBJECT ID/DIVISION ID/ROLE ID",
                "PC_OAUTH_CLIENT/SUBJECT ID/DIVISION ID/ROLE ID",
                "E-MAIL/home/ROLE NAME",
                "PC_OAUTH_CLIENT/CLIENT NAME/home/ROLE NAME",
            ],
            notes: &[
                "One role for one subject in one division, *beside* its other roles. `subject_type` is `PC_USER`, `PC_GROUP` or `PC_OAUTH_CLIENT`.",
            ],
        },
        ResourceGuide {
            name: "genesyscloud_user_roles",
            import: &["USER ID", "E-MAIL"],
            notes: &[
                "*All* roles of a user; others are taken away. Destroying takes nothing away.",
            ],
        },
        ResourceGuide {
            name: "genesyscloud_oauth_client",
            import: &["ID", "NAME"],
            notes: &[
                "The secret is given once and kept sealed. A change of `secret_rotation` gives a new one, as does a lost answer; an imported client has none until then: let what needs it take yours from a variable meanwhile, as the example genesys-sms-aggregation does.",
            ],
        },
        ResourceGuide {
            name: "genesyscloud_tollfree_number_order",
            import: &["NUMBER"],
            notes: &[
                "Costs money, so it wants `confirm_purchase = true`. It is sent at most once, and a number that the organisation has already is taken up instead. No call changes or releases an order: changes are a plan error until the vendor has made them (then set `vendor_change`), and destroying only forgets the number.",
            ],
        },
        ResourceGuide {
            name: "genesyscloud_user",
            import: &["ID", "E-MAIL"],
            notes: &[
                "`restore_deleted` takes back a deleted user of the same address; `administrator` and `allow_destroy` guard against accidents.",
            ],
        },
    ],
    rules: &[
        Rule::new("GC01", "error", "The region is one of the vendor's."),
        Rule::new(
            "GC02",
            "error; warning for hosts",
            "`api_url` and `login_url` are https without path or query, and their hosts `api.` and `login.` of one domain.",
        ),
        Rule::new(
            "GC03",
            "error",
            "Ids are UUIDs, or references; a division may be `*`.",
        ),
        Rule::new(
            "GC04",
            "error",
            "A role has a name, and each policy a domain, an entity and actions; none occurs twice.",
        ),
        Rule::new(
            "GC05",
            "warning",
            "`*` stands alone among the actions of a policy.",
        ),
        Rule::new(
            "GC06",
            "error",
            "Conditions of a policy have conjunctions, operators and operands that exist, each operand with its own value only.",
        ),
        Rule::new(
            "GC07",
            "error, when planning and creating, since it needs the role's present name",
            "A built-in role (`default_role_id`) keeps its name.",
        ),
        Rule::new(
            "GC08",
            "error; warning where the scenario is not declared",
            "A role for SMS aggregation covers `messaging` and `messagingProvisioning`.",
        ),
        Rule::new(
            "GC09",
            "a line of the plan",
            "Since 2026-06-01 the service stores `*` in a policy expanded.",
        ),
        Rule::new(
            "GC10",
            "error",
            "The grant type of an OAuth client is one that exists.",
        ),
        Rule::new(
            "GC11",
            "error; warning for redirect URIs",
            "A client of client credentials has roles, and neither scopes nor redirect URIs; others have scopes.",
        ),
        Rule::new(
            "GC12",
            "error; warning above two days",
            "Tokens are valid from five minutes to 450 days.",
        ),
        Rule::new(
            "GC13",
            "error",
            "The state of an OAuth client is active or inactive.",
        ),
        Rule::new(
            "GC14",
            "error",
            "The client that Digital Channels logs in with is active, of client credentials, and has a role as in GC08.",
        ),
        Rule::new(
            "GC15",
            "warning, for resources",
            "Secrets are not written in the configuration.",
        ),
        Rule::new(
            "GC16",
            "error",
            "A user's address has one `@` with text on both sides, and the state is active or inactive.",
        ),
        Rule::new(
            "GC17",
            "error",
            "The grants of a user are managed by one resource, where that manages all of them.",
        ),
        Rule::new(
            "GC18",
            "error",
            "All roles of an administrator are managed only where that is asked for.",
        ),
        Rule::new(
            "GC19",
            "error; warning for the prefix",
            "A toll-free number has ten digits and one of the seven prefixes.",
        ),
        Rule::new(
            "GC20",
            "error",
            "The webhook addresses of a number are those of the Digital Channels in use.",
        ),
        Rule::new("GC21", "warning", "Webhook addresses are https and public."),
        Rule::new(
            "GC22",
            "error",
            "The webhook user of a number is the ccid of the Digital Channels tenant.",
        ),
        Rule::new(
            "GC23",
            "warning",
            "The webhook password of a number is an API key with `nexus:cluster:*`.",
        ),
        Rule::new(
            "GC24",
            "error; warning for the comment",
            "A number order has an e-mail address and a comment.",
        ),
        Rule::new("GC25", "error", "The purchase of a number is confirmed."),
        Rule::new("GC26", "error", "A number is ordered once."),
    ],
    limits: &[
        "300 requests a minute for all calls of a provider block (`requests_per_minute`, where the vendor has raised the limit); where the service says when to go on, that is waited for.",
    ],
    unverified: &[
        "The bodies of the toll-free calls: answers are read as a bare list or `entities`, of texts or of objects. Numbers compare by their ten digits.",
        "The body of a secret reset's answer: the client with its new `secret`.",
        "The shape of the permission catalogue: `permissionMap` from entity to actions.",
        "That granting what a subject already has changes nothing, so that a lost answer may be repeated.",
        "That a grant in all divisions is listed with the division id `*`.",
    ],
};
