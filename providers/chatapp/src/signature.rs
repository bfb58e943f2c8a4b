//! Signature version 3 (ACS3-HMAC-SHA256) [public]: the headers of a call, and what is signed of it.
//!
//! Every try has a time and a nonce of its own. Nothing is sent here, and no secret is shown.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use trunkline_api::BoxFuture;
use trunkline_http::{
    Credentials, ExposeSecret, HeaderName, HttpError, SecretString, SignedHeaders, Signer,
    Unsigned, percent_encoded,
};

use crate::{Clock, Nonces};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The API's version [public].
const VERSION: &str = "2020-06-06";

/// Whose calls they are, and where times and nonces come from.
pub(crate) struct Keys {
    /// Id and secret of an access key.
    pub(crate) key: Credentials,
    /// Of temporary credentials, the key id as configured and the token that goes with it.
    pub(crate) token: Option<(String, SecretString)>,
    pub(crate) now: Clock,
    pub(crate) nonces: Nonces,
}

/// Signs calls of one operation.
pub(crate) struct V3 {
    pub(crate) keys: Arc<Keys>,
    /// The operation's name as the service knows it.
    pub(crate) action: String,
}

impl Signer for V3 {
    fn sign<'a>(
        &'a self,
        request: Unsigned<'a>,
    ) -> BoxFuture<'a, Result<SignedHeaders, HttpError>> {
        Box::pin(async move {
            let keys = &self.keys;
            let (id, secret) = (keys.key.get(0).await?, keys.key.get(1).await?);
            let id = id.expose_secret();
            // In a rehearsal another key may stand in, which has no token.
            let token = keys.token.as_ref().filter(|(of, _)| of == id);
            let mut headers = vec![
                ("x-acs-action", self.action.clone()),
                ("x-acs-version", VERSION.to_owned()),
                ("x-acs-date", date((keys.now)())),
                ("x-acs-signature-nonce", (keys.nonces)().replace('-', "")),
            ];
            if let Some((_, token)) = token {
                headers.push(("x-acs-accesskey-id", id.to_owned()));
                headers.push(("x-acs-security-token", token.expose_secret().to_owned()));
            }
            let signed = signed(&request, headers, id, secret.expose_secret());
            Ok(signed
                .headers
                .into_iter()
                .map(|(name, value)| (HeaderName::from_static(name), value.into()))
                .collect())
        })
    }
}

fn date(now: jiff::Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The headers of a signed request, and what was signed.
struct Signed {
    headers: Vec<(&'static str, String)>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what the published vectors tell")
    )]
    hash: String,
}

/// Adds the hash of the body and the signature to `headers`.
fn signed(
    request: &Unsigned<'_>,
    mut headers: Vec<(&'static str, String)>,
    id: &str,
    secret: &str,
) -> Signed {
    let body = hex(digest(&SHA256, request.body).as_ref());
    headers.push(("x-acs-content-sha256", body.clone()));
    let mut shown: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.trim()))
        .collect();
    shown.push(("host", request.host));
    shown.extend(request.content_type.map(|kind| ("content-type", kind)));
    shown.sort_unstable();
    let names: Vec<&str> = shown.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = shown.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
    let mut query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
        .collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{body}",
        request.method,
        request.path,
        query.join("&")
    );
    let hash = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hex(hmac::sign(&key, format!("{ALGORITHM}\n{hash}").as_bytes()).as_ref());
    let authorization =
        format!("{ALGORITHM} Credential={id},SignedHeaders={names},Signature={signature}");
    headers.push(("authorization", authorization));
    Signed { headers, hash }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn signature(signed: &Signed) -> &str {
        let (_, text) = signed.headers.last().unwrap();
        text.rsplit_once("Signature=").unwrap().1
    }

    #[test]
    fn the_vector_of_the_vendors_page() {
        let query = owned(&[
            (
                "ImageId",
                "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            ),
            ("RegionId", "cn-shanghai"),
        ]);
        let request = Unsigned {
            method: "POST",
            host: "ecs.cn-shanghai.aliyuncs.com",
            path: "/",
            query: &query,
            headers: &[],
            content_type: None,
            body: b"",
        };
        let headers = vec![
            ("x-acs-action", "RunInstances".to_owned()),
            ("x-acs-version", "2014-05-26".to_owned()),
            ("x-acs-date", "2023-10-26T10:22:32Z".to_owned()),
            (
                "x-acs-signature-nonce",
                "3156853299f313e23d1673dc12e1703d".to_owned(),
            ),
        ];
        let signed = signed(&request, headers, "YourAccessKeyId", "YourAccessKeySecret");
        assert_eq!(
            signed.hash,
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
        );
        assert_eq!(
            signature(&signed),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    fn cams(action: &str, nonce: &str) -> Vec<(&'static str, String)> {
        let now: jiff::Timestamp = "2026-01-02T03:04:05.999Z".parse().unwrap();
        vec![
            ("x-acs-action", action.to_owned()),
            ("x-acs-version", VERSION.to_owned()),
            ("x-acs-date", date(now)),
            ("x-acs-signature-nonce", format!("{nonce:0>32}")),
        ]
    }

    const HOST: &str = "cams.ap-southeast-1.aliyuncs.com";

    #[test]
    fn a_query_that_needs_encoding() {
        let query = owned(&[
            ("PageSize", "20"),
            ("ChannelType", "whatsapp"),
            ("InstanceName", "a b*c~d/中"),
            ("PageIndex", "1"),
        ]);
        let request = Unsigned {
            method: "POST",
            host: HOST,
            path: "/",
            query: &query,
            headers: &[],
            content_type: None,
            body: b"",
        };
        let signed = signed(&request, cams("ListInstance", "1"), "testid", "testsecret");
        assert_eq!(
            signed.hash,
            "cfe3c9b300e2ce42fd0752770eb4a70d12b9bf7e9a98aa14b04901ba5c23a41a"
        );
        assert_eq!(
            signature(&signed),
            "1f429192dfea12c8b3359b3f54a865f2d75534b811f685c2fa5926ac3b200ab3"
        );
    }

    #[test]
    fn a_form_with_temporary_credentials() {
        let body =
            b"Category=UTILITY&CustSpaceId=cams-demo&Language=en&Name=hello&TemplateType=WHATSAPP";
        let request = Unsigned {
            method: "POST",
            host: HOST,
            path: "/",
            query: &[],
            headers: &[],
            content_type: Some("application/x-www-form-urlencoded"),
            body,
        };
        let mut headers = cams("CreateChatappTemplate", "2");
        headers.push(("x-acs-accesskey-id", "testid".to_owned()));
        headers.push(("x-acs-security-token", "tok/123==".to_owned()));
        let signed = signed(&request, headers, "testid", "testsecret");
        assert_eq!(
            signed.hash,
            "8d10aed082cae559f4b15dc8bceade387ca43e53e8cf00ae25b2c60c783aed3e"
        );
        assert_eq!(
            signature(&signed),
            "db37960ced48d6e32cbd7625f412fb959dd1184f7a26b33a66d2788a02b1b8d0"
        );
        let (_, authorization) = signed.headers.last().unwrap();
        assert!(authorization.starts_with(
            "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=content-type;host;x-acs-accesskey-id;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version,Signature="
        ), "{authorization}");
        assert_eq!(
            hex(digest(&SHA256, body).as_ref()),
            "f41210c8d797ccc0a97222a8b452ed9323e4ffd6bd8436ebdd566155852bde81"
        );
    }
}
