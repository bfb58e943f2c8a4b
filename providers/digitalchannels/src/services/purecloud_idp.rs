//! The service `PurecloudIDP`: how Digital Channels logs in to Genesys Cloud.

use trunkline_api::Block;

use super::{secret, text};

/// What the resource accepts.
pub(crate) fn block() -> Block {
    super::block_with_secrets("Connects the tenant to a Genesys Cloud organisation.")
        .attribute(
            "url",
            text("Genesys Cloud login URL, such as https://login.mypurecloud.com."),
        )
        .attribute(
            "client_id",
            secret("Id of an OAuth client (client credentials) of the organisation. It is sent and never stored."),
        )
        .attribute("client_secret", secret("Secret of that client. It is sent and never stored."))
}
