//! Rules about one address of a queue: CP-16, CP-19, and CP-06 and CP-07 for its app id.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostics, Path, Value};

use super::{error, text, warning};
use crate::names;

/// All of them.
pub(crate) fn address(config: &Value) -> Diagnostics {
    let Some(address) = text(config, "address") else {
        return Vec::new();
    };
    let known = |channel: &str| names::SUBCHANNELS.iter().any(|(name, _)| *name == channel);
    let parts = names::app_and_subchannel(address);
    let Some((app, subchannel)) =
        parts.filter(|(app, channel)| names::is_alphanumeric(app) && known(channel))
    else {
        let all: Vec<&str> = names::SUBCHANNELS.iter().map(|(name, _)| *name).collect();
        let detail = format!(
            "CP-16: address is {address:?}; it must be [APP ID]@[subchannel].sinchconversation.com, where the subchannel is one of {}.",
            all.join(", ")
        );
        return vec![error("Invalid Queue Address", "address", detail)];
    };
    let mut problems: Diagnostics = super::app_id(&Path::attribute("address"), app)
        .into_iter()
        .collect();
    problems.extend(cp19(config, subchannel));
    problems
}

/// CP-19: a US number needs the SMS sender id.
fn cp19(config: &Value, subchannel: &str) -> Diagnostics {
    let sender_is_open = attrs::has_unknown(config, "sms_sender_id");
    let has_sender = text(config, "sms_sender_id").is_some_and(|id| !id.is_empty());
    if subchannel != "sms" {
        let detail =
            "CP-19: only addresses of the subchannel sms have an SMS sender id. Remove it."
                .to_owned();
        return has_sender
            .then(|| warning("SMS Sender Id Not Used", "sms_sender_id", detail))
            .into_iter()
            .collect();
    }
    if has_sender || sender_is_open || attrs::has_unknown(config, "phone_number") {
        return Vec::new();
    }
    match text(config, "phone_number") {
        Some(number) if names::is_us_number(number) => {
            let detail = format!(
                "CP-19: {number} is a number of the United States, which needs sms_sender_id."
            );
            vec![error("SMS Sender Id Missing", "sms_sender_id", detail)]
        }
        Some(_) => Vec::new(),
        None => {
            let detail = "CP-19: a number of the United States needs sms_sender_id. Set it, or phone_number to the number behind this address if it is of another country.";
            vec![warning(
                "SMS Sender Id Missing",
                "sms_sender_id",
                detail.to_owned(),
            )]
        }
    }
}
