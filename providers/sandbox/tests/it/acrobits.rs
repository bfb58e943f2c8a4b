//! What is published, and the endpoints that an app calls, over plain HTTP.

use serde_json::{Value, json};
use trunkline_sandbox::Settings;

use crate::rig::{Got, Rig, basic};
use crate::sign::Aws;

const PUBLISH: &str = "acrobits.publish";
const S3: &str = "acrobits.s3";
const APP: &str = "acrobits.app";
const XML: (&str, &str) = ("content-type", "application/xml; charset=utf-8");

impl Rig {
    fn acrobits(&self, name: &str) -> String {
        self.sandbox.endpoints().settings["acrobits"][name].clone()
    }

    /// A call of the publish target with its bearer token.
    async fn publish(&self, line: &str, headers: &[(&str, &str)], body: Option<&str>) -> Got {
        let bearer = format!("Bearer {}", self.acrobits("publish_token"));
        let headers = [headers, &[("authorization", bearer.as_str())]].concat();
        self.send(PUBLISH, line, &headers, body.map(str::to_owned))
            .await
            .unwrap()
    }

    async fn s3(&self, signer: &Aws, line: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let base = self.sandbox.endpoints().services[S3].clone();
        let signed = signer.sign(base.trim_start_matches("http://"), line, headers, body);
        let headers: Vec<(&str, &str)> = signed
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let body = (!body.is_empty()).then(|| body.to_owned());
        self.send(S3, line, &headers, body).await.unwrap()
    }
}

#[tokio::test]
async fn documents_are_put_and_read_by_those_who_may() {
    let rig = Rig::start().await;
    let account = "<account><username>u</username><password>hush-hush</password></account>";
    let anonymous = rig
        .send(PUBLISH, "PUT /ACMEMT/u.xml", &[XML], Some(account.into()))
        .await
        .unwrap();
    assert_eq!(anonymous.status, 401);
    assert_eq!(
        rig.publish("PUT /ACMEMT/u.xml", &[], Some(account))
            .await
            .status,
        415
    );
    assert_eq!(
        rig.publish(
            "PUT /ACMEMT/u.xml",
            &[XML, ("if-none-match", "*")],
            Some(account)
        )
        .await
        .status,
        201
    );
    assert_eq!(
        rig.publish(
            "PUT /ACMEMT/u.xml",
            &[XML, ("if-none-match", "*")],
            Some(account)
        )
        .await
        .status,
        412
    );
    assert_eq!(
        rig.publish(
            "PUT /ACMEMT/u.xml",
            &[XML, ("if-match", "\"other\"")],
            Some(account)
        )
        .await
        .status,
        412
    );
    assert_eq!(
        rig.publish("PUT /ACMEMT/u.xml", &[XML], Some(account))
            .await
            .status,
        204
    );
    assert_eq!(
        rig.publish("GET /ACMEMT/u.xml", &[], None).await.body,
        account
    );
    let secret = basic("publisher", &rig.acrobits("publish_password"));
    let head = rig
        .send(
            PUBLISH,
            "HEAD /ACMEMT/u.xml",
            &[("authorization", &secret)],
            None,
        )
        .await
        .unwrap();
    assert_eq!((head.status, head.body), (200, Value::Null));
    assert_eq!(
        rig.send(PUBLISH, "GET /ACMEMT/u.xml", &[], None)
            .await
            .unwrap()
            .status,
        401
    );
    // Below /public/ everybody reads, and asks again cheaply.
    rig.publish(
        "PUT /public/contacts.json",
        &[("content-type", "application/json; charset=utf-8")],
        Some("{}"),
    )
    .await;
    let since = [("if-modified-since", "Mon, 21 Sep 2026 14:13:20 GMT")];
    let before = [("if-modified-since", "Mon, 21 Sep 2026 14:13:19 GMT")];
    let mut seen = Vec::new();
    for headers in [&[][..], &since, &before] {
        seen.push(
            rig.send(PUBLISH, "GET /public/contacts.json", headers, None)
                .await
                .unwrap()
                .status,
        );
    }
    assert_eq!(seen, [200, 304, 200]);
    // Nobody sees the content but through the target itself.
    let kept = rig
        .admin("GET /objects/acrobits/published_document", Value::Null)
        .await
        .to_string();
    assert!(
        !kept.contains("content\"") && kept.contains("sha256"),
        "{kept}"
    );
    assert_eq!(
        rig.publish("DELETE /ACMEMT/u.xml", &[], None).await.status,
        204
    );
    assert_eq!(
        rig.publish("DELETE /ACMEMT/u.xml", &[], None).await.status,
        404
    );
    let kind = "published_document";
    let wanted = ["create", "update", "create", "delete"].map(|e| format!("api {e} {kind}"));
    assert_eq!(rig.effects().await, wanted);
}

#[tokio::test]
async fn the_bucket_hears_only_what_was_signed() {
    let rig = Rig::start().await;
    let aws = Aws::engine();
    let bucket = rig.acrobits("s3_bucket");
    let object = format!("/{bucket}/a%20b/%C3%BC.xml");
    let put = format!("PUT {object}");
    assert_eq!(
        rig.s3(&aws, &put, &[XML, ("x-amz-meta-hash", "1")], "one")
            .await
            .status,
        200
    );
    assert_eq!(
        rig.s3(&aws, &format!("GET {object}"), &[], "").await.body,
        "one"
    );
    for (signer, status, code) in [
        (aws.clone().secret("wrong"), 403, "SignatureDoesNotMatch"),
        (aws.clone().key("AKIANOBODY"), 403, "InvalidAccessKeyId"),
        (
            aws.clone().region("eu-west-1"),
            400,
            "AuthorizationHeaderMalformed",
        ),
        (
            aws.clone().time("20260921T130000Z"),
            403,
            "RequestTimeTooSkewed",
        ),
        (aws.clone().payload("00"), 400, "XAmzContentSHA256Mismatch"),
        (aws.clone().unsigned("x-amz-meta-hash"), 403, "AccessDenied"),
        (
            aws.clone().payload("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            501,
            "NotImplemented",
        ),
    ] {
        let got = rig
            .s3(&signer, &put, &[XML, ("x-amz-meta-hash", "1")], "two")
            .await;
        let body = got.body.as_str().unwrap_or_default().to_owned();
        assert_eq!(got.status, status, "{code}: {body}");
        assert!(body.contains(&format!("<Code>{code}</Code>")), "{body}");
    }
    assert_eq!(
        rig.s3(&aws, &put, &[XML, ("if-none-match", "*")], "two")
            .await
            .status,
        412
    );
    assert_eq!(
        rig.s3(
            &aws,
            &put,
            &[XML, ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")],
            "two"
        )
        .await
        .status,
        400
    );
    let list = rig
        .s3(
            &aws,
            &format!("GET /{bucket}?list-type=2&prefix=a%20b"),
            &[],
            "",
        )
        .await;
    assert!(
        list.body.as_str().unwrap().contains("<Key>a b/ü.xml</Key>"),
        "{list:?}"
    );
    assert_eq!(
        rig.send(S3, &format!("GET {object}"), &[], None)
            .await
            .unwrap()
            .status,
        403
    );
    assert_eq!(
        rig.s3(&aws, &format!("DELETE /{bucket}"), &[], "")
            .await
            .status,
        409
    );
    assert_eq!(
        rig.s3(&aws, &format!("DELETE {object}"), &[], "")
            .await
            .status,
        204
    );
    assert_eq!(
        rig.s3(&aws, &format!("GET {object}"), &[], "").await.status,
        404
    );
    assert_eq!(
        rig.effects().await,
        ["api create bucket_object", "api delete bucket_object"]
    );
    // The bucket as a label of the host.
    let base = rig.sandbox.endpoints().services[S3].clone();
    let host = format!("acme-public.{}", base.trim_start_matches("http://"));
    let signed = aws.sign(
        &host,
        "PUT /c.json",
        &[("content-type", "application/json")],
        "{}",
    );
    let headers: Vec<(&str, &str)> = signed
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        rig.send(S3, "PUT /c.json", &headers, Some("{}".into()))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        rig.send(S3, "GET /acme-public/c.json", &[], None)
            .await
            .unwrap()
            .body,
        json!({})
    );
}

#[tokio::test]
async fn the_endpoints_of_an_app_answer_its_users() {
    let rig = Rig::with(Settings::default()).await;
    let get = |line: &'static str, headers: &'static [(&'static str, &'static str)]| {
        rig.send(APP, line, headers, None)
    };
    let contacts = get(
        "GET /contacts?cloud_id=acmemt*&cloud_username=john.doe",
        &[],
    )
    .await
    .unwrap();
    let list = contacts.body["contacts"].as_array().unwrap();
    let networks: Vec<&str> = list
        .iter()
        .map(|c| c["networkId"].as_str().unwrap())
        .collect();
    assert_eq!(
        (list.len(), networks),
        (2, vec!["myNetwork", "otherNetwork"]),
        "without the caller"
    );
    let since = &[("if-modified-since", "Mon, 21 Sep 2026 14:13:20 GMT")];
    assert_eq!(
        get("GET /contacts?cloud_id=ACMEMT&cloud_username=x", since)
            .await
            .unwrap()
            .status,
        304
    );
    let single = get("GET /contacts?cloud_id=ACMEST&cloud_username=x", &[])
        .await
        .unwrap();
    assert_eq!(single.body["contacts"][0]["networkId"], "ACMEST");
    assert_eq!(get("OPTIONS /contacts", &[]).await.unwrap().status, 204);
    let mut statuses = Vec::new();
    for line in [
        "GET /provisioning?cloud_username=john.doe&cloud_password=wrong&cloud_id=ACMEMT",
        "GET /provisioning?cloud_username=john.doe&cloud_id=ACMEMT",
        "GET /auth?username=john.doe&host=h&password=wrong&cloud_id=ACMEMT",
        "GET /auth?username=john.doe",
        "GET /contacts?cloud_id=NONE&cloud_username=x",
    ] {
        statuses.push(get(line, &[]).await.unwrap().status);
    }
    assert_eq!(statuses, [410, 400, 401, 400, 404]);
    let good = get("GET /provisioning?cloud_username=john.doe&cloud_password=sandbox-only-not-a-password-john&cloud_id=ACMEMT", &[]).await.unwrap();
    let account = good.body.as_str().unwrap();
    assert!(
        account.starts_with("<account><username>B63349F4EE</username><password>"),
        "{account}"
    );
    assert!(
        account.contains("<networkId>myNetwork</networkId>")
            && account.contains("<carrier>sinch</carrier>"),
        "{account}"
    );
    let line = "GET /auth?username=john.doe&host=h.test&password=sandbox-only-not-a-password-john&cloud_id=ACMEMT";
    assert_eq!(
        get(line, &[]).await.unwrap().body["uri"],
        "sip:B63349F4EE@h.test"
    );
    rig.admin(
        "PATCH /settings",
        json!({ "acrobits": { "ext_auth_xml": true } }),
    )
    .await;
    assert!(
        get(line, &[])
            .await
            .unwrap()
            .body
            .as_str()
            .unwrap()
            .starts_with("<response>")
    );
    let user = rig
        .admin(
            "GET /objects/acrobits/app_user/ACMEMT/john.doe",
            Value::Null,
        )
        .await;
    assert!(
        user["sipPassword"].is_null() && user["sipPassword_sha256"].is_string(),
        "{user}"
    );
}

#[tokio::test]
async fn faults_of_the_bucket_are_in_its_language() {
    let rig = Rig::start().await;
    rig.admin(
        "POST /faults",
        json!({ "match": { "service": S3 }, "action": { "status": 503 } }),
    )
    .await;
    let got = rig.s3(&Aws::engine(), "GET /", &[], "").await;
    assert!(
        got.status == 503 && got.body.as_str().unwrap().contains("<Code>SlowDown</Code>"),
        "{got:?}"
    );
    rig.admin(
        "POST /faults",
        json!({ "match": { "service": PUBLISH, "method": "PUT" }, "action": { "drop": "after" } }),
    )
    .await;
    let bearer = format!("Bearer {}", rig.acrobits("publish_token"));
    let lost = rig
        .send(
            PUBLISH,
            "PUT /k.xml",
            &[XML, ("authorization", &bearer)],
            Some("<a/>".into()),
        )
        .await;
    assert!(lost.is_err());
    assert_eq!(rig.publish("GET /k.xml", &[], None).await.body, "<a/>");
    assert_eq!(rig.effects().await, ["api create published_document lost"]);
}
