//! The vendor's words: messaging service types, subchannels, application ids and queue addresses.
//!
//! Only spelling; the rules judge.

/// The supported messaging service types.
pub(crate) const TYPES: &[&str] = &[
    "microsoft_teams",
    "facebook",
    "c4semail",
    "c4semailv2",
    "sinchconversation",
    "sinchsms",
    "wavy",
];

/// Types that the vendor has retired: such services can only be read and deleted.
pub(crate) const RETIRED: &[&str] = &["twilio", "sap365", "social365"];

/// Subchannels of a queue address, and the channel of the Conversation API behind each.
pub(crate) const SUBCHANNELS: &[(&str, &str)] = &[
    ("whatsapp", "WHATSAPP"),
    ("nativechannel", "SINCH_CHAT"),
    ("facebook", "MESSENGER"),
    ("viber-bot", "VIBER"),
    ("instagram", "INSTAGRAM"),
    ("viber", "VIBERBM"),
    ("telegram", "TELEGRAM"),
    ("line", "LINE"),
    ("rcs", "RCS"),
    ("sms", "SMS"),
];

/// The id of the entry by which a service checks the signatures of incoming calls.
pub(crate) const WEBHOOK: &str = "webhook";

/// What follows the subchannel in an address.
pub(crate) const DOMAIN: &str = ".sinchconversation.com";

/// A type in its own spelling: case does not count on input.
pub(crate) fn canonical(given: &str) -> String {
    given.to_ascii_lowercase()
}

/// Whether the vendor has retired this type.
pub(crate) fn is_retired(given: &str) -> bool {
    RETIRED.contains(&&*canonical(given))
}

/// `OUTGOING`, or `INCOMING` for the webhook entry of a Conversation API service.
pub(crate) fn direction(service_type: &str, authentication_id: &str) -> &'static str {
    if canonical(service_type) == "sinchconversation" && authentication_id == WEBHOOK {
        "INCOMING"
    } else {
        "OUTGOING"
    }
}

/// Key id and application id of an outgoing entry's `[Key ID]@[App ID]`.
pub(crate) fn key_and_app(authentication_id: &str) -> Option<(&str, &str)> {
    let (key, app) = authentication_id.split_once('@')?;
    let blank = |text: &str| text.is_empty() || text.contains(char::is_whitespace);
    (!blank(key) && !blank(app) && !app.contains('@')).then_some((key, app))
}

/// Application id and subchannel of an address.
pub(crate) fn app_and_subchannel(address: &str) -> Option<(&str, &str)> {
    let (app, host) = address.split_once('@')?;
    let subchannel = host.strip_suffix(DOMAIN)?;
    (!app.is_empty() && !app.contains(char::is_whitespace)).then_some((app, subchannel))
}

/// Whether a text can be an application id once it is in capitals.
pub(crate) fn is_alphanumeric(app: &str) -> bool {
    !app.is_empty() && app.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Whether an application id has the form of a ULID.
pub(crate) fn is_ulid(app: &str) -> bool {
    let crockford = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b));
    app.len() == 26 && app.bytes().all(crockford) && app.as_bytes()[0] <= b'7'
}

/// Area codes of the North American plan that are not of the United States and their territories.
const NOT_US: &[&str] = &[
    "204", "226", "236", "249", "250", "257", "263", "289", "306", "343", "354", "365", "367",
    "368", "382", "403", "416", "418", "428", "431", "437", "438", "450", "460", "468", "474",
    "506", "514", "519", "548", "579", "581", "584", "587", "604", "613", "639", "647", "672",
    "683", "705", "709", "742", "753", "778", "780", "782", "807", "819", "825", "867", "873",
    "879", "902", "905", "942", "242", "246", "264", "268", "284", "345", "441", "473", "649",
    "658", "664", "721", "758", "767", "784", "809", "829", "849", "868", "869", "876",
];

/// Whether a telephone number in international form is one of the United States; toll-free numbers are.
pub(crate) fn is_us_number(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10);
    national.is_some_and(|rest| !NOT_US.contains(&&rest[..3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses_are_taken_apart() {
        assert_eq!(key_and_app("k@A1"), Some(("k", "A1")));
        for bad in ["k", "@A", "k@", "k@a@b", "k k@A"] {
            assert_eq!(key_and_app(bad), None, "{bad}");
        }
        let address = "01E4@viber-bot.sinchconversation.com";
        assert_eq!(app_and_subchannel(address), Some(("01E4", "viber-bot")));
        assert_eq!(app_and_subchannel("01E4@sms.example.com"), None);
    }

    #[test]
    fn numbers_of_the_united_states_are_told_from_their_neighbours() {
        assert!(is_us_number("+1 (212) 555-0123") && is_us_number("18005550123"));
        assert!(!is_us_number("+14165550123") && !is_us_number("+442079460000"));
    }
}
