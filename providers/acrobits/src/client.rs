//! What publishes and asks: connections to the configured places, made from the provider block.
//!
//! It builds no document and judges nothing.

use std::fmt;
use std::sync::Arc;

use trunkline_api::Diagnostics;
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_http::{
    Auth, BucketSigner, Credentials, Endpoint, HttpKit, HttpSettings, Redactor, RetryPolicy,
    SecretString,
};

use crate::Clock;
use crate::settings::{Settings, VENDOR};

/// Names of the sandbox's services, the same as those of our endpoints.
const PUBLISH: &str = "acrobits.publish";
const S3: &str = "acrobits.s3";

/// Secrets shorter than this are not searched for in messages: they would blacken ordinary words.
const SHORTEST_SECRET: usize = 6;

/// Connections of one provider block.
pub struct Client {
    pub(crate) settings: Settings,
    pub(crate) world: World,
    pub(crate) now: Clock,
    kit: HttpKit,
    put_auth: Option<Auth>,
    s3_auth: Auth,
}

impl Client {
    /// A client by the provider's settings. Sends nothing.
    pub(crate) fn new(request: &ConfigureRequest, now: Clock) -> Result<Client, Diagnostics> {
        let settings = Settings::read(request);
        let mut http = HttpSettings::new(VENDOR);
        if let Some(url) = &settings.publish_url {
            http = http.endpoint(PUBLISH, url.clone());
        }
        if let Some(s3) = &settings.s3 {
            http = http.endpoint(S3, s3_base(s3));
        }
        // 8 at once, 5 tries [assumed].
        http.concurrency = 8;
        http.retry = RetryPolicy {
            times: 5,
            ..RetryPolicy::default()
        };
        let kit = HttpKit::new(&request.world, http)?;
        let token = vec![("publish_token", settings.publish_token.clone())];
        let pair = vec![
            (
                "publish_username",
                settings.publish_username.clone().map(SecretString::from),
            ),
            ("publish_password", settings.publish_password.clone()),
        ];
        let put_auth = if settings.publish_token.is_some() {
            let credentials = Arc::new(Credentials::new(&kit, token));
            Some(Auth::Header("authorization", "Bearer ", credentials, 0))
        } else if settings.publish_password.is_some() || kit.is_sandbox() {
            Some(Auth::Basic(Arc::new(Credentials::new(&kit, pair))))
        } else {
            None
        };
        let key = vec![
            (
                "s3_access_key_id",
                settings.s3_access_key_id.clone().map(SecretString::from),
            ),
            (
                "s3_secret_access_key",
                settings.s3_secret_access_key.clone(),
            ),
        ];
        let region = settings
            .s3
            .as_ref()
            .map_or_else(String::new, |s3| s3.region.clone());
        let clock = now.clone();
        let stamp = move || clock().strftime("%Y%m%dT%H%M%SZ").to_string();
        let signer = BucketSigner::new(Arc::new(Credentials::new(&kit, key)), region, stamp);
        Ok(Client {
            world: request.world.clone(),
            settings,
            now,
            kit,
            put_auth,
            s3_auth: Auth::Signed(signer),
        })
    }

    /// The endpoint of HTTP PUT and how it authenticates, if it is configured.
    pub(crate) fn put(&self) -> Option<(Endpoint, Option<Auth>)> {
        Some((self.kit.endpoint(PUBLISH)?, self.put_auth.clone()))
    }

    /// The endpoint of the bucket and how it authenticates, if it is configured.
    pub(crate) fn s3(&self) -> Option<(Endpoint, Auth)> {
        Some((self.kit.endpoint(S3)?, self.s3_auth.clone()))
    }

    /// The path of a key at the bucket's endpoint, percent-encoded.
    pub(crate) fn s3_path(&self, key: &str) -> String {
        let Some(s3) = &self.settings.s3 else {
            return String::new();
        };
        let key = match s3.prefix.trim_matches('/') {
            "" => key.to_owned(),
            prefix => format!("{prefix}/{key}"),
        };
        if s3.path_style {
            format!("{}/{}", Endpoint::segment(&s3.bucket), encoded(&key))
        } else {
            encoded(&key)
        }
    }

    /// Makes sure that no message shows a secret.
    pub(crate) fn keep_secret(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            self.redactor().register(secret);
        }
    }

    /// The register of secrets.
    pub(crate) fn redactor(&self) -> &Redactor {
        self.kit.redactor()
    }
}

/// The base URL of a bucket's requests: with the bucket in the host where it is not in the path.
fn s3_base(s3: &crate::settings::Bucket) -> String {
    match s3.endpoint.split_once("://") {
        Some((scheme, rest)) if !s3.path_style => format!("{scheme}://{}.{rest}", s3.bucket),
        _ => s3.endpoint.clone(),
    }
}

/// A key as a path, each part percent-encoded.
pub(crate) fn encoded(key: &str) -> String {
    let parts: Vec<String> = key.split('/').map(Endpoint::segment).collect();
    parts.join("/")
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client(acrobits)")
    }
}
