//! The provider block: its schema, and where each setting comes from.
//!
//! It builds nothing and sends nothing.

use trunkline_api::kit::attrs;
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_api::{Attribute, Block, Schema, Type};
use trunkline_http::SecretString;

/// The vendor's name: the key of its settings in a rehearsal.
pub(crate) const VENDOR: &str = "acrobits";

/// Where a rehearsal publishes what is meant for a directory: below the working directory.
const REHEARSED: &str = ".trunkline/sandbox/published";

/// Carriers of SMS numbers: `sinch` [seed], `bandwidth` [assumed].
pub(crate) const CARRIERS: [&str; 2] = ["sinch", "bandwidth"];

/// Arguments that are also read from the environment, with their variables.
const ENVIRONMENT: [(&str, &str); 8] = [
    ("publish_url", "ACROBITS_PUBLISH_URL"),
    ("publish_username", "ACROBITS_PUBLISH_USERNAME"),
    ("publish_password", "ACROBITS_PUBLISH_PASSWORD"),
    ("publish_token", "ACROBITS_PUBLISH_TOKEN"),
    ("s3_access_key_id", "ACROBITS_S3_ACCESS_KEY_ID"),
    ("s3_secret_access_key", "ACROBITS_S3_SECRET_ACCESS_KEY"),
    ("test_cloud_username", "ACROBITS_TEST_CLOUD_USERNAME"),
    ("test_cloud_password", "ACROBITS_TEST_CLOUD_PASSWORD"),
];

/// The environment variables that this provider reads.
#[must_use]
pub fn environment() -> Vec<&'static str> {
    ENVIRONMENT.iter().map(|(_, variable)| *variable).collect()
}

/// Schema of the provider block.
pub(crate) fn schema() -> Schema {
    let text = |name: &str, description: &str| {
        let found = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
        let variable = found.map_or_else(String::new, |(_, v)| format!(" Or {v}."));
        Attribute::new(Type::String, format!("{description}{variable}")).optional()
    };
    let flag = |description: &str| Attribute::new(Type::Bool, description).optional();
    let all = [
        (
            "directory",
            text(
                "directory",
                "Where documents of the target directory are written. A rehearsal writes below .trunkline/sandbox/published.",
            ),
        ),
        (
            "publish_url",
            text(
                "publish_url",
                "Base URL to which documents of the target http are PUT.",
            ),
        ),
        (
            "publish_username",
            text(
                "publish_username",
                "User name of Basic authentication there.",
            ),
        ),
        (
            "publish_password",
            text("publish_password", "Its password.").sensitive(),
        ),
        (
            "publish_token",
            text(
                "publish_token",
                "A bearer token, in place of user name and password.",
            )
            .sensitive(),
        ),
        (
            "s3_endpoint",
            text(
                "s3_endpoint",
                "Base URL of the S3-compatible service of the target s3, without the bucket.",
            ),
        ),
        (
            "s3_region",
            text("s3_region", "Its region; us-east-1 by default."),
        ),
        ("s3_bucket", text("s3_bucket", "The bucket.")),
        (
            "s3_prefix",
            text("s3_prefix", "What all keys in the bucket begin with."),
        ),
        (
            "s3_access_key_id",
            text("s3_access_key_id", "Id of an access key."),
        ),
        (
            "s3_secret_access_key",
            text("s3_secret_access_key", "Its secret.").sensitive(),
        ),
        (
            "test_cloud_username",
            text(
                "test_cloud_username",
                "The user with whom endpoint checks log in, where a check names none.",
            ),
        ),
        (
            "test_cloud_password",
            text("test_cloud_password", "That user's password.").sensitive(),
        ),
        (
            "s3_path_style",
            flag(
                "Whether the bucket is the first part of the path (default) rather than of the host.",
            ),
        ),
        (
            "directory_public",
            flag(
                "Whether everybody can read what is in the directory: account XML is refused there.",
            ),
        ),
        ("publish_public", flag("The same for the publish URL.")),
        ("s3_public", flag("The same for the bucket.")),
        (
            "sms_carriers",
            Attribute::new(
                Type::set(Type::String),
                "Names of SMS carriers; sinch and bandwidth by default.",
            )
            .optional(),
        ),
    ];
    let block = Block::new(
        "Where documents are published, and who tests endpoints. Several places are several blocks with an alias.",
    );
    let block = all.into_iter().fold(block, |block, (name, attribute)| {
        block.attribute(name, attribute)
    });
    Schema { version: 0, block }
}

/// What a provider block says.
pub(crate) struct Settings {
    pub(crate) directory: Option<String>,
    pub(crate) publish_url: Option<String>,
    pub(crate) publish_username: Option<String>,
    pub(crate) publish_password: Option<SecretString>,
    pub(crate) publish_token: Option<SecretString>,
    pub(crate) s3: Option<Bucket>,
    pub(crate) s3_access_key_id: Option<String>,
    pub(crate) s3_secret_access_key: Option<SecretString>,
    pub(crate) test_username: Option<String>,
    pub(crate) test_password: Option<SecretString>,
    pub(crate) public: Public,
}

/// A bucket.
pub(crate) struct Bucket {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) path_style: bool,
}

/// Which places everybody can read.
#[derive(Clone, Copy, Default)]
pub(crate) struct Public {
    pub(crate) directory: bool,
    pub(crate) http: bool,
    pub(crate) s3: bool,
}

impl Public {
    /// What a provider block declares.
    pub(crate) fn of(config: &trunkline_api::Value) -> Public {
        let flag = |name: &str| attrs::flag(config, name) == Some(true);
        Public {
            directory: flag("directory_public"),
            http: flag("publish_public"),
            s3: flag("s3_public"),
        }
    }
}

impl Settings {
    /// Reads the block, then the environment, then what a rehearsal says.
    pub(crate) fn read(request: &ConfigureRequest) -> Settings {
        let config = &request.config;
        let rehearsal = match &request.world {
            World::Live => None,
            World::Sandbox(world) => Some(world.settings.get(VENDOR)),
        };
        let given = |name: &str| {
            let variable = ENVIRONMENT.iter().find(|(argument, _)| *argument == name);
            let environment = variable.and_then(|(_, variable)| request.environment.get(*variable));
            let configured = attrs::text(config, name).or(environment.map(String::as_str));
            configured.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        // Places of a rehearsal stand in for those that are not configured; secrets never do here.
        let place = |name: &str| given(name).or_else(|| rehearsal.flatten()?.get(name).cloned());
        let bucket = place("s3_endpoint").zip(place("s3_bucket"));
        let s3 = bucket.map(|(endpoint, bucket)| Bucket {
            endpoint,
            bucket,
            region: place("s3_region").unwrap_or_else(|| "us-east-1".into()),
            prefix: given("s3_prefix").unwrap_or_default(),
            path_style: attrs::flag(config, "s3_path_style") != Some(false),
        });
        Settings {
            directory: match rehearsal {
                None => given("directory"),
                Some(_) => Some(rehearsed(given("directory").as_deref())),
            },
            publish_url: place("publish_url"),
            publish_username: given("publish_username"),
            publish_password: given("publish_password").map(Into::into),
            publish_token: given("publish_token").map(Into::into),
            s3,
            s3_access_key_id: given("s3_access_key_id"),
            s3_secret_access_key: given("s3_secret_access_key").map(Into::into),
            test_username: given("test_cloud_username"),
            test_password: given("test_cloud_password").map(Into::into),
            public: Public::of(config),
        }
    }
}

/// The directory that a rehearsal writes to: one for each that is configured.
fn rehearsed(configured: Option<&str>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = configured
        .unwrap_or_default()
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let name = name.trim_matches('_');
    if name.is_empty() {
        return REHEARSED.to_owned();
    }
    format!("{REHEARSED}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_stays_in_its_own_directory() {
        assert_eq!(rehearsed(None), REHEARSED);
        assert_eq!(
            rehearsed(Some("/srv/../etc")),
            ".trunkline/sandbox/published/srv____etc"
        );
    }
}
