//! What a test or a rehearsal may change about the vendors' behaviour while the sandbox runs.
//!
//! Every setting has the documented or assumed behaviour as its default. It must not hold state of the
//! vendors' objects, nor faults.

use serde::{Deserialize, Serialize};

use crate::acrobits::settings::AcrobitsSettings;
use crate::chatapp::settings::ChatappSettings;

/// Behaviour settings, read and changed through `GET` and `PATCH /settings` of the admin service.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Genesys Cloud: requests a minute for one token; 0 = no limit. 300 by default (public).
    pub requests_per_minute: u32,
    /// Genesys Cloud: token requests a minute for one client; 0 = no limit (the limit is not public).
    pub token_requests_per_minute: u32,
    /// How many reads after a change still show what was there before (404 after a create).
    pub stale_reads: u32,
    /// How long after a change reads may be stale at most, in milliseconds of the sandbox's clock.
    pub consistency_window_ms: i64,
    /// How many grants of a role that was just made answer 404.
    pub role_cache_misses: u32,
    /// Genesys Cloud: how long a grant takes until its holder counts as holding the role, milliseconds.
    pub grant_delay_ms: i64,
    /// Genesys Cloud: permissions are those that the caller had when its token was issued (assumed).
    pub permissions_at_token_issue: bool,
    /// Genesys Cloud stores `*` in policies as explicit lists (public, effective 2026-06-01).
    pub expand_wildcards: bool,
    /// Genesys Cloud: a caller must hold every role that it puts on an OAuth client (public).
    pub caller_must_hold_roles: bool,
    /// Genesys Cloud: role assignments that one subject may have.
    pub max_role_assignments: usize,
    /// Genesys Cloud: how toll-free lists answer (no public definition).
    pub tollfree_list_shape: ListShape,
    /// Digital Channels: answer 404 for contact centres other than the seeded ones. Off by default, so that a
    /// configuration can be rehearsed with its own contact-centre id.
    pub known_contact_centers_only: bool,
    /// Digital Channels: accept service names other than the five documented ones.
    pub any_service_name: bool,
    /// Digital Channels: an `SMS` service needs its provider's services, and keeps them from deletion (assumed).
    pub service_dependencies: bool,
    /// Digital Channels: what reading a service says of its `secret`.
    pub service_secret: SecretOnRead,
    /// Digital Channels: `GET` of options answers `data.options` (true) or `data` itself (false); unknown.
    pub options_wrapped: bool,
    /// Chat App: everything that may be changed about it.
    pub chatapp: ChatappSettings,
    /// Acrobits: everything that may be changed about targets and endpoints.
    pub acrobits: AcrobitsSettings,
    /// Contact Pro: how many reads after a change still show what was there before (nothing known; none).
    pub contactpro_stale_reads: u32,
    /// Contact Pro: requests a minute for one API key; 0 = no limit (none is published).
    pub contactpro_requests_per_minute: u32,
    /// Contact Pro: lists hold ids and names only, and other fields when the query names them (public for the
    /// current cloud edition; older ones answer whole rows).
    pub contactpro_sparse_lists: bool,
    /// Contact Pro: the largest `limit` of a list.
    pub contactpro_max_limit: usize,
    /// Contact Pro: the shape of error bodies (unknown).
    pub contactpro_errors: ErrorShape,
    /// Contact Pro: properties that are not known are refused (true) or ignored (false).
    pub contactpro_strict_properties: bool,
    /// Contact Pro: where a messaging service's authentications are written (unknown).
    pub contactpro_authentications: AuthenticationShape,
    /// Contact Pro: what a `PUT` without a secret or password does (unknown).
    pub contactpro_missing_secret: MissingSecret,
    /// Contact Pro: rights can be granted to a user directly, at `/users/{id}/rights`.
    pub contactpro_direct_rights: bool,
    /// Contact Pro: how long a login lasts, seconds.
    pub contactpro_session_seconds: i64,
    /// Contact Pro: how long a password of a user made here lasts, days; 0 = for ever.
    pub contactpro_password_days: i64,
    /// Contact Pro: what the type of a Microsoft Teams service is called on the wire.
    pub contactpro_teams_type: String,
    /// Contact Pro: two messaging services, or two queues, cannot have one name.
    pub contactpro_unique_names: bool,
    /// Sinch: requests a minute for one access key; 0 = no limit. 800 a second by default (public).
    pub sinch_requests_per_minute: u32,
    /// Sinch: the same for basic authentication, "heavily rate limited" (public; the number is not).
    pub sinch_basic_requests_per_minute: u32,
    /// Sinch: projects and service plans other than the seeded ones are refused. Off by default, so that a
    /// configuration can be rehearsed with its own ids.
    pub sinch_known_projects_only: bool,
    /// Sinch: members that are not known are refused (true) or ignored (false).
    pub sinch_strict_fields: bool,
    /// Sinch: how many reads after a change still show what was there before (nothing known; none).
    pub sinch_stale_reads: u32,
    /// Sinch: how many reads after a change of channel credentials show them as PENDING.
    pub sinch_pending_reads: u32,
    /// Sinch: how many reads after a number was linked to a plan show that as going on.
    pub sinch_provisioning_reads: u32,
    /// Sinch: what reads say of secrets and tokens (public: libraries' fixtures show them).
    pub sinch_secrets: SecretEcho,
    /// Sinch: the processing mode of an app that names none (public for apps since 2025-04-16).
    pub sinch_default_processing_mode: String,
    /// Sinch: deleting an app deletes its webhooks (true) or is refused while it has some (false).
    pub sinch_app_delete_cascades: bool,
    /// Sinch: a number's service plan is changed in two steps (public).
    pub sinch_unlink_before_relink: bool,
    /// Sinch: a released number can be rented again.
    pub sinch_released_numbers_return: bool,
}

/// What a read says of a secret that was written.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SecretEcho {
    /// The secret itself.
    Echo,
    /// `********`.
    Masked,
    /// The member is not there.
    Absent,
}

/// The shape of error bodies that nobody has published.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// A line of plain text.
    Text,
    /// `{"message": …}`
    Json,
    /// A page as application servers write them.
    Html,
}

/// Where the authentications of a messaging service are written.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationShape {
    /// In the service's body and below it.
    Both,
    /// In the service's body only; `…/authentications` is 404.
    Embedded,
    /// Below the service only; the body's member is not known.
    Subcollection,
}

/// What a `PUT` without a secret does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum MissingSecret {
    /// 400.
    Refuse,
    /// The old one stays.
    Keep,
    /// Afterwards there is none: like any other property that is not sent.
    Blank,
}

/// The shape of a list whose shape nobody has published.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ListShape {
    /// `[{"tollfreeNumber": …}]`
    Objects,
    /// `["8005550123"]`
    Strings,
    /// `{"entities": [{"tollfreeNumber": …}]}`
    Entities,
}

/// What a read says of a service's `secret`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SecretOnRead {
    /// The member is not there.
    Absent,
    /// Every text in it is `********`.
    Masked,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            requests_per_minute: 300,
            token_requests_per_minute: 0,
            stale_reads: 1,
            consistency_window_ms: 2000,
            role_cache_misses: 1,
            grant_delay_ms: 0,
            permissions_at_token_issue: false,
            expand_wildcards: true,
            caller_must_hold_roles: true,
            max_role_assignments: 1000,
            tollfree_list_shape: ListShape::Objects,
            known_contact_centers_only: false,
            any_service_name: false,
            service_dependencies: true,
            service_secret: SecretOnRead::Absent,
            options_wrapped: true,
            contactpro_stale_reads: 0,
            contactpro_requests_per_minute: 0,
            contactpro_sparse_lists: true,
            contactpro_max_limit: 1000,
            contactpro_errors: ErrorShape::Text,
            contactpro_strict_properties: true,
            contactpro_authentications: AuthenticationShape::Both,
            contactpro_missing_secret: MissingSecret::Refuse,
            contactpro_direct_rights: true,
            contactpro_session_seconds: 1800,
            contactpro_password_days: 90,
            contactpro_teams_type: "microsoft_teams".to_owned(),
            contactpro_unique_names: true,
            chatapp: ChatappSettings::default(),
            sinch_requests_per_minute: 48_000,
            sinch_basic_requests_per_minute: 60,
            sinch_known_projects_only: false,
            sinch_strict_fields: true,
            sinch_stale_reads: 0,
            sinch_pending_reads: 1,
            sinch_provisioning_reads: 1,
            sinch_secrets: SecretEcho::Echo,
            sinch_default_processing_mode: "DISPATCH".to_owned(),
            sinch_app_delete_cascades: true,
            sinch_unlink_before_relink: true,
            sinch_released_numbers_return: false,
            acrobits: AcrobitsSettings::default(),
        }
    }
}
