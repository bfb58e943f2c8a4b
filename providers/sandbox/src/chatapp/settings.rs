//! What may be changed about the simulated Chat App service: every [assumed] fact that callers can notice.
//!
//! The defaults are what the public facts or, in their absence, the engine's design say. It must not hold state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Behaviour of the service `chatapp.api`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ChatappSettings {
    /// Keep the public limits a second of each group of operations (5 where none is public).
    pub rate_limits: bool,
    /// How far a signed time may be off, in seconds (public: 15 minutes); 0 = any.
    pub clock_skew_seconds: i64,
    /// HTTP status of errors about content, whose `Code` is what counts: 200 or 400 (not public which).
    pub business_error_status: u16,
    /// Refuse parameters that the operation does not have (the real gateway ignores them).
    pub refuse_unknown_parameters: bool,
    /// `QueryInstance` of an unknown id answers without `Data`; otherwise it is an error (not public).
    pub unknown_instance_is_empty: bool,
    /// How name filters of lists match (not public).
    pub name_filter: NameFilter,
    /// How long a new channel is reviewed, milliseconds.
    pub channel_review_ms: i64,
    /// How long a new or changed template is `auditing`, milliseconds (a person does it, in reality).
    pub template_review_ms: i64,
    /// What an empty callback URL does (not public).
    pub empty_callback_url: EmptyUrl,
    /// Callback URLs are still shown while the webhook is switched off (not public).
    pub urls_shown_when_off: bool,
    /// Whether the operations that nobody has published exist: business system, intents, SMS, OTP scheduling.
    pub service_settings: bool,
    /// Other names of unpublished operations, by the assumed name.
    pub action_names: BTreeMap<String, String>,
    /// Other names of parameters of unpublished operations, by the assumed name.
    pub parameter_names: BTreeMap<String, String>,
    /// How many business systems a channel may have; 0 = any number.
    pub max_business_systems: usize,
    /// What reading a business system says of its `Signature`.
    pub signature_on_read: SignatureOnRead,
    /// Deleting a business system deletes its intents; otherwise it is refused while there are any.
    pub system_delete_cascades: bool,
    /// An intent that a button of a template uses cannot be deleted.
    pub guard_used_intents: bool,
    /// Countries offered for OTP scheduling; empty = every well-formed code.
    pub otp_countries: Vec<String>,
}

/// How a name filter matches.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum NameFilter {
    /// The whole name.
    Exact,
    /// Any part of the name.
    Substring,
}

/// What an empty callback URL does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum EmptyUrl {
    /// It is an error.
    Refused,
    /// It removes the URL.
    Clears,
    /// It changes nothing.
    Ignored,
}

/// What reading a business system says of its signature, which is kept as a hash only.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SignatureOnRead {
    /// The member is not there.
    Absent,
    /// `********` when there is a signature.
    Masked,
}

impl Default for ChatappSettings {
    fn default() -> Self {
        Self {
            rate_limits: true,
            clock_skew_seconds: 900,
            business_error_status: 200,
            refuse_unknown_parameters: true,
            unknown_instance_is_empty: true,
            name_filter: NameFilter::Substring,
            channel_review_ms: 0,
            template_review_ms: 3000,
            empty_callback_url: EmptyUrl::Refused,
            urls_shown_when_off: false,
            service_settings: true,
            action_names: BTreeMap::new(),
            parameter_names: BTreeMap::new(),
            max_business_systems: 1,
            signature_on_read: SignatureOnRead::Masked,
            system_delete_cascades: false,
            guard_used_intents: true,
            otp_countries: Vec::new(),
        }
    }
}
