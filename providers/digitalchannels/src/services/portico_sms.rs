//! The service `PorticoSMS`: SMS through Genesys Cloud.

use trunkline_api::Block;

use super::text;

/// What the resource accepts.
pub(crate) fn block() -> Block {
    super::block("Sends SMS through Genesys Cloud.").attribute(
        "url",
        text("Genesys Cloud API URL, such as https://api.mypurecloud.com."),
    )
}
