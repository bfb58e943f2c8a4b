//! The words of Digital Channels: resource types, service names, providers, fixed options and URL shapes.
//!
//! Facts only; nothing here judges a configuration.

/// The provider's local name.
pub(crate) const PROVIDER: &str = "digitalchannels";

/// The service that switches SMS on.
pub(crate) const SERVICE_SMS: &str = "digitalchannels_service_sms";
/// The service that connects to Kaleyra (formerly mGage).
pub(crate) const SERVICE_MGAGE_SMS: &str = "digitalchannels_service_mgage_sms";
/// The service that connects to a custom gateway.
pub(crate) const SERVICE_ASYNC: &str = "digitalchannels_service_async";
/// The service that logs in to Genesys Cloud.
pub(crate) const SERVICE_PURECLOUD_IDP: &str = "digitalchannels_service_purecloud_idp";
/// The service that sends through Genesys Cloud.
pub(crate) const SERVICE_PORTICO_SMS: &str = "digitalchannels_service_portico_sms";
/// Any service, by name.
pub(crate) const SERVICE: &str = "digitalchannels_service";
/// An API key (resource and data source).
pub(crate) const API_KEY: &str = "digitalchannels_api_key";
/// A `chat.*` section.
pub(crate) const SENDER_ID: &str = "digitalchannels_sender_id";
/// The `header:` options of a provider's section.
pub(crate) const PROVIDER_OPTIONS: &str = "digitalchannels_provider_options";
/// The webhook URLs (data source).
pub(crate) const WEBHOOKS: &str = "digitalchannels_webhooks";
/// A contact centre (data source).
pub(crate) const CONTACT_CENTER: &str = "digitalchannels_contact_center";

/// The service names that the vendor page uses, exact case.
pub(crate) const SERVICE_NAMES: [&str; 5] =
    ["SMS", "mGageSMS", "Async", "PurecloudIDP", "PorticoSMS"];
/// The SMS providers of the vendor page, exact case.
pub(crate) const SMS_PROVIDERS: [&str; 3] = ["Portico", "Async", "mGage"];
/// The token providers of the vendor page, exact case.
pub(crate) const TOKEN_PROVIDERS: [&str; 1] = ["Purecloud"];
/// The provider of a section that names none (vendor page).
pub(crate) const DEFAULT_SMS_PROVIDER: &str = "Portico";

/// What every section name begins with (vendor page).
pub(crate) const SECTION_PREFIX: &str = "chat.";
/// Options that every section has, with their only value (vendor page).
pub(crate) const SECTION_CONSTANTS: [(&str, &str); 4] = [
    ("channelType", "sms"),
    ("interactionSubtype", "SMS"),
    ("interactionType", "Inbound"),
    ("media", "chat"),
];
/// What a custom header's option begins with (vendor page).
pub(crate) const HEADER_PREFIX: &str = "header:";
/// The section of the custom gateway's provider [assumed].
pub(crate) const ASYNC_SECTION: &str = "Async";

/// Path of inbound messages below the provider's `url` (vendor page).
pub(crate) const MO_PATH: &str = "/nexus/v3/sms/message";
/// Path of delivery receipts below the provider's `url` (vendor page).
pub(crate) const DR_PATH: &str = "/nexus/v3/sms/receipt";

/// The service that a typed resource stands for; `None` for the generic one and everything else.
pub(crate) fn service_of(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        SERVICE_SMS => "SMS",
        SERVICE_MGAGE_SMS => "mGageSMS",
        SERVICE_ASYNC => "Async",
        SERVICE_PURECLOUD_IDP => "PurecloudIDP",
        SERVICE_PORTICO_SMS => "PorticoSMS",
        _ => return None,
    })
}

/// The services that an SMS provider needs (vendor page).
pub(crate) fn services_of_provider(sms_provider: &str) -> &'static [&'static str] {
    match sms_provider {
        "mGage" => &["mGageSMS"],
        "Async" => &["Async"],
        "Portico" => &["PurecloudIDP", "PorticoSMS"],
        _ => &[],
    }
}

/// Whether `text` is a UUID written 8-4-4-4-12.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The section name with its prefix.
pub(crate) fn section_name(name: &str) -> String {
    if name.starts_with(SECTION_PREFIX) {
        name.to_owned()
    } else {
        format!("{SECTION_PREFIX}{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_five_groups() {
        assert!(is_uuid("45acae06-6b7c-4f97-9c76-471cb5c21bf7"));
        assert!(!is_uuid("4da40a9de-b113-4024-8ba9-c9dd89c91f67"));
        assert!(!is_uuid("45acae066b7c4f979c76471cb5c21bf7"));
        assert!(!is_uuid("{5acae06-6b7c-4f97-9c76-471cb5c21bf}"));
    }

    #[test]
    fn sections_are_prefixed_once() {
        assert_eq!(section_name("SMS_Main"), "chat.SMS_Main");
        assert_eq!(section_name("chat.SMS_Main"), "chat.SMS_Main");
    }
}
