//! The service `mGageSMS`: the account at Kaleyra (formerly mGage).

use trunkline_api::Block;

use super::{secret, text};

/// What the resource accepts.
pub(crate) fn block() -> Block {
    super::block_with_secrets("Connects the tenant to Kaleyra SMS (formerly mGage).")
        .attribute(
            "url",
            text("Kaleyra API URL, such as http://directtext.mgage.com."),
        )
        .attribute(
            "username",
            secret("User of an account that may send SMS. It is sent and never stored."),
        )
        .attribute(
            "password",
            secret("Password of that user. It is sent and never stored."),
        )
}
