//! Data sources.

mod api_key;
mod contact_center;
mod webhooks;

pub(crate) use api_key::ApiKeyData;
pub(crate) use contact_center::ContactCenter;
pub(crate) use webhooks::Webhooks;
