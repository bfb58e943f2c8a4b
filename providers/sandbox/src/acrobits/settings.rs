//! What may be changed about the publish targets and the simulated app endpoints.
//!
//! The defaults are what the public facts or, in their absence, the engine's design say. It must not hold state.

use serde::{Deserialize, Serialize};

/// Behaviour of the services `acrobits.…`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct AcrobitsSettings {
    /// The publish target understands `If-Match` and `If-None-Match` on writes; otherwise it ignores them.
    pub publish_preconditions: bool,
    /// What `DELETE` of a document that is not there answers at the publish target: 404 or 204.
    pub publish_delete_missing_status: u16,
    /// The bucket takes `UNSIGNED-PAYLOAD` in place of the body's hash.
    pub unsigned_payload: bool,
    /// How far a signed time may be off, in seconds (public: 15 minutes); 0 = any.
    pub clock_skew_seconds: i64,
    /// The external authentication endpoint answers XML rather than JSON.
    pub ext_auth_xml: bool,
    /// Contacts carry the app's Cloud ID where a user has no network (as the vendor's sample service does).
    pub contacts_default_network: bool,
}

impl Default for AcrobitsSettings {
    fn default() -> Self {
        Self {
            publish_preconditions: true,
            publish_delete_missing_status: 404,
            unsigned_payload: true,
            clock_skew_seconds: 900,
            ext_auth_xml: false,
            contacts_default_network: true,
        }
    }
}
