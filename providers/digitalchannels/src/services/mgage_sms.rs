//! The service `mGageSMS`: the account at Kaleyra (formerly mGage).

use trunkline_api::Block;

use super::text;

/// What the resource accepts.
pub(crate) fn block() -> Block {
    super::block("Connects the tenant to Kaleyra SMS (formerly mGage).")
        .attribute(
            "url",
            text("Kaleyra API URL, such as http://directtext.mgage.com."),
        )
        .attribute(
            "username",
            text("User of an account that may send SMS.").sensitive(),
        )
        .attribute("password", text("Password of that user.").sensitive())
}
