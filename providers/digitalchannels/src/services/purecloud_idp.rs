//! The service `PurecloudIDP`: how Digital Channels logs in to Genesys Cloud.

use trunkline_api::Block;

use super::text;

/// What the resource accepts.
pub(crate) fn block() -> Block {
    super::block("Connects the tenant to a Genesys Cloud organisation.")
        .attribute(
            "url",
            text("Genesys Cloud login URL, such as https://login.mypurecloud.com."),
        )
        .attribute(
            "client_id",
            text("Id of an OAuth client (client credentials) of the organisation.").sensitive(),
        )
        .attribute("client_secret", text("Secret of that client.").sensitive())
}
