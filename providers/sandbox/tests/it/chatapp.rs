//! Chat App over plain HTTP: signatures, what it refuses, the steps of the reference document, faults.

use serde_json::{Value, json};
use trunkline_sandbox::{ChatappSettings, EmptyUrl, Settings};

use crate::rig::{Got, Rig};
use crate::sign::Acs;

pub const CHAT: &str = "chatapp.api";
pub const WHATSAPP: &str = "cams-sandbox0001";
pub const VIBER: &str = "cams-sandbox0002";

/// No limits a second: the clock of these tests stands still.
pub fn quiet() -> Settings {
    Settings {
        chatapp: ChatappSettings {
            rate_limits: false,
            ..ChatappSettings::default()
        },
        ..Settings::default()
    }
}

impl Rig {
    pub async fn chat_as(&self, signer: &Acs, action: &str, params: &[(&str, &str)]) -> Got {
        let base = self.sandbox.endpoints().services[CHAT].clone();
        let host = base.trim_start_matches("http://").to_owned();
        let signed = signer.sign(&host, action, params);
        let headers: Vec<(&str, &str)> = signed
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        self.send(CHAT, &format!("POST /{}", signed.query), &headers, None)
            .await
            .unwrap()
    }

    pub async fn chat(&self, action: &str, params: &[(&str, &str)]) -> Got {
        self.chat_as(&Acs::engine(), action, params).await
    }

    pub async fn good(&self, action: &str, params: &[(&str, &str)]) -> Value {
        let got = self.chat(action, params).await;
        assert_eq!(
            (got.status, &got.body["Code"]),
            (200, &json!("OK")),
            "{action}: {got:?}"
        );
        got.body
    }

    /// Status and code of a call that should fail.
    pub async fn bad(&self, action: &str, params: &[(&str, &str)]) -> (u16, String) {
        let got = self.chat(action, params).await;
        assert_ne!(got.body["Code"], "OK", "{action}: {got:?}");
        (got.status, got.body["Code"].as_str().unwrap().to_owned())
    }
}

pub fn code(got: &Got) -> (u16, &str) {
    (got.status, got.body["Code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn only_what_was_signed_just_now_is_heard() {
    let rig = Rig::with(quiet()).await;
    let engine = Acs::engine();
    let rows: Vec<(Acs, u16, &str)> = vec![
        (engine.clone(), 200, "OK"),
        (engine.clone().secret("wrong"), 400, "SignatureDoesNotMatch"),
        (
            engine.clone().key("LTAI5tNobody"),
            404,
            "InvalidAccessKeyId.NotFound",
        ),
        (
            engine.clone().key("LTAI5tSandboxOnly00000003"),
            400,
            "InvalidAccessKeyId.Inactive",
        ),
        (
            engine.clone().date("2026-09-21T13:00:00Z"),
            400,
            "InvalidTimeStamp.Expired",
        ),
        (
            engine.clone().date("2026-09-21 14:13:20"),
            400,
            "InvalidTimeStamp.Format",
        ),
        (engine.clone().date("2026-09-21T14:27:00Z"), 200, "OK"),
        (
            engine.clone().without("x-acs-signature-nonce"),
            400,
            "MissingSignatureNonce",
        ),
        (
            engine.clone().unsigned("x-acs-action"),
            400,
            "IncompleteSignature",
        ),
        (engine.clone().body_hash("00"), 400, "SignatureDoesNotMatch"),
        (engine.clone().version("2019-01-01"), 404, "InvalidVersion"),
        (
            engine.clone().token("made up"),
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (Acs::temporary(), 200, "OK"),
        (
            Acs::temporary().token("made up"),
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
    ];
    for (at, (signer, status, wanted)) in rows.iter().enumerate() {
        let got = rig.chat_as(signer, "ListInstance", &[]).await;
        assert_eq!(code(&got), (*status, *wanted), "row {at}: {got:?}");
        if *status != 200 {
            assert!(
                got.body["HostId"].is_string() && got.body["RequestId"].is_string(),
                "{got:?}"
            );
        }
    }
    // A nonce is good once, and only a good signature uses it up.
    let once = engine.clone().nonce("n1");
    let forged = once.clone().secret("wrong");
    assert_eq!(
        code(&rig.chat_as(&forged, "ListInstance", &[]).await).1,
        "SignatureDoesNotMatch"
    );
    assert_eq!(code(&rig.chat_as(&once, "ListInstance", &[]).await).1, "OK");
    assert_eq!(
        code(&rig.chat_as(&once, "ListInstance", &[]).await),
        (400, "SignatureNonceUsed")
    );
    // The policies of a key, the operation's name, the activation of the product.
    let reader = engine
        .clone()
        .key("LTAI5tSandboxOnly00000002")
        .secret("sandbox-only-not-a-secret-chatapp-00002");
    assert_eq!(
        code(
            &rig.chat_as(&reader, "QueryInstance", &[("InstanceId", WHATSAPP)])
                .await
        )
        .1,
        "OK"
    );
    let denied = rig
        .chat_as(&reader, "DeleteInstance", &[("InstanceId", WHATSAPP)])
        .await;
    assert_eq!(code(&denied), (403, "Forbidden.RAM"));
    assert_eq!(
        denied.body["AccessDeniedDetail"]["AuthAction"],
        "cams:DeleteInstance"
    );
    assert_eq!(
        rig.bad("MakeCoffee", &[]).await,
        (404, "InvalidApi.NotFound".into())
    );
    rig.admin(
        "PATCH /objects/chatapp/account/5000000000000001",
        json!({ "open": false }),
    )
    .await;
    assert_eq!(
        rig.bad("ListInstance", &[]).await,
        (400, "Product.Unsubscript".into())
    );
    assert_eq!(
        rig.good("GetChatappOpenStatus", &[]).await["OpenStatus"],
        false
    );
    rig.good("OpenChatappService", &[]).await;
    rig.good("ListInstance", &[]).await;
    // Turning the sandbox's clock does not make the caller's clock wrong.
    rig.admin("POST /clock", json!({ "advance_seconds": 86_400 }))
        .await;
    rig.good("ListInstance", &[]).await;
}

#[tokio::test]
async fn parameters_are_read_strictly() {
    let rig = Rig::with(quiet()).await;
    for (action, params, wanted) in [
        ("QueryInstance", vec![], "MissingInstanceId"),
        (
            "QueryInstance",
            vec![("InstanceId", "")],
            "MissingInstanceId",
        ),
        (
            "ListInstance",
            vec![("PageIndex", "one")],
            "InvalidPageIndex",
        ),
        ("ListInstance", vec![("Colour", "red")], "InvalidParameter"),
        (
            "UpdatePhoneWebhook",
            vec![
                ("CustSpaceId", WHATSAPP),
                ("PhoneNumber", "6580000001"),
                ("HttpFlag", "true"),
            ],
            "InvalidHttpFlag",
        ),
        ("ListChatappTemplate", vec![("Page", "{")], "InvalidPage"),
        (
            "QueryChatappPhoneNumbers",
            vec![("CustSpaceId", "cams-none")],
            "Unknown.ResourceOwnerId",
        ),
    ] {
        assert_eq!(
            rig.bad(action, &params).await,
            (400, wanted.into()),
            "{action}"
        );
    }
    // Errors about content come with 200, unless told otherwise.
    let page = [("PageIndex", "0")];
    assert_eq!(
        rig.bad("ListInstance", &page).await,
        (200, "InvalidParameter.PageInvalid".into())
    );
    rig.admin(
        "PATCH /settings",
        json!({ "chatapp": { "business_error_status": 400, "refuse_unknown_parameters": false } }),
    )
    .await;
    assert_eq!(
        rig.bad("ListInstance", &page).await,
        (400, "InvalidParameter.PageInvalid".into())
    );
    rig.good("ListInstance", &[("Colour", "red"), ("OwnerId", "1")])
        .await;
    let got = rig.send(CHAT, "GET /", &[], None).await.unwrap();
    assert_eq!(code(&got), (405, "UnsupportedHTTPMethod"));
}

#[tokio::test]
async fn a_channel_from_first_to_last() {
    let rig = Rig::with(quiet()).await;
    let seeded = rig
        .good("ListInstance", &[("ChannelType", "WhatsApp")])
        .await;
    assert_eq!(
        (&seeded["TotalCount"], &seeded["Data"][0]["InstanceId"]),
        (&json!(1), &json!(WHATSAPP))
    );
    assert_eq!(
        rig.bad(
            "CreateInstance",
            &[("ChannelType", "fax"), ("InstanceName", "F")]
        )
        .await
        .1,
        "InvalidParameter.ChannelTypeNotSupport"
    );
    rig.admin(
        "PATCH /settings",
        json!({ "chatapp": { "channel_review_ms": 5000 } }),
    )
    .await;
    let made = rig
        .good(
            "CreateInstance",
            &[
                ("ChannelType", "VIBER"),
                ("InstanceName", "Acme Two"),
                ("CountryId", "SG"),
                ("IsConfirmAudit", "Y"),
            ],
        )
        .await;
    let id = made["Data"]["InstanceId"].as_str().unwrap();
    assert!(id.starts_with("cams-"), "{made}");
    let listed = rig.good("ListInstance", &[("InstanceName", "Two")]).await;
    assert_eq!(
        (
            &listed["Data"][0]["State"],
            &listed["Data"][0]["ChannelType"]
        ),
        (&json!("auditing"), &json!("viber"))
    );
    rig.admin("POST /clock", json!({ "advance_seconds": 6 }))
        .await;
    assert_eq!(
        rig.good("ListInstance", &[("InstanceId", id)]).await["Data"][0]["State"],
        "published"
    );
    rig.good(
        "UpdateInstance",
        &[
            ("InstanceId", id),
            ("InstanceName", "Acme 2"),
            ("InstanceDescription", "new"),
        ],
    )
    .await;
    let bare = rig
        .chat(
            "ChangeResourceGroup",
            &[("ResourceId", id), ("ResourceGroupId", "rg-2")],
        )
        .await;
    assert_eq!(
        (bare.status, bare.body.as_object().unwrap().len()),
        (200, 1),
        "nothing but a request id"
    );
    let read = rig.good("QueryInstance", &[("InstanceId", id)]).await["Data"].clone();
    assert_eq!(
        (
            &read["InstanceName"],
            &read["CountryId"],
            &read["ResourceGroupId"],
            &read["State"],
            &read["CustSpaceId"]
        ),
        (
            &json!("Acme 2"),
            &json!("SG"),
            &json!("rg-2"),
            &Value::Null,
            &Value::Null
        )
    );
    rig.good("DeleteInstance", &[("InstanceId", id)]).await;
    assert_eq!(
        rig.good("QueryInstance", &[("InstanceId", id)]).await["Data"],
        Value::Null
    );
    rig.admin(
        "PATCH /settings",
        json!({ "chatapp": { "unknown_instance_is_empty": false } }),
    )
    .await;
    rig.bad("QueryInstance", &[("InstanceId", id)]).await;
    let all = rig
        .good("ListInstance", &[("PageSize", "2"), ("PageIndex", "2")])
        .await;
    assert_eq!(
        (&all["TotalCount"], all["Data"].as_array().unwrap().len()),
        (&json!(3), 1)
    );
    assert_eq!(
        rig.effects().await,
        [
            "api create channel",
            "api update channel",
            "api update channel",
            "api delete channel"
        ]
    );
}

#[tokio::test]
async fn webhooks_are_set_and_switched_off() {
    let rig = Rig::with(quiet()).await;
    let number = [("CustSpaceId", WHATSAPP), ("PhoneNumber", "6580000001")];
    let with = |more: &[(&'static str, &'static str)]| [&number[..], more].concat();
    let up = "https://hooks.acme.test/in";
    assert_eq!(
        rig.bad("UpdatePhoneWebhook", &with(&[("HttpFlag", "Y")]))
            .await
            .1,
        "InvalidParameter.CallbackUrl"
    );
    assert_eq!(
        rig.bad("UpdatePhoneWebhook", &with(&[("UpCallbackUrl", "hooks")]))
            .await
            .1,
        "InvalidParameter.CallbackUrl"
    );
    assert_eq!(
        rig.bad(
            "UpdatePhoneWebhook",
            &[("CustSpaceId", VIBER), ("PhoneNumber", "6580000001")]
        )
        .await
        .1,
        "InvalidParameter.PhoneNumberError"
    );
    let set = rig
        .good(
            "UpdatePhoneWebhook",
            &with(&[("HttpFlag", "Y"), ("UpCallbackUrl", up), ("QueueFlag", "Y")]),
        )
        .await;
    assert_eq!(set["Success"], Value::Null, "an older operation");
    let phones = rig
        .good("QueryChatappPhoneNumbers", &[("CustSpaceId", WHATSAPP)])
        .await["PhoneNumbers"]
        .clone();
    assert_eq!(
        (&phones[0]["UpCallbackUrl"], &phones[1]["UpCallbackUrl"]),
        (&json!(up), &Value::Null)
    );
    assert!(
        phones[0]["UpQueue"]
            .as_str()
            .unwrap()
            .ends_with("ChatAppInbound")
    );
    assert_eq!(
        rig.bad("UpdatePhoneWebhook", &with(&[("UpCallbackUrl", "")]))
            .await
            .1,
        "InvalidParameter.CallbackUrl"
    );
    rig.good(
        "UpdatePhoneWebhook",
        &with(&[("HttpFlag", "N"), ("QueueFlag", "N")]),
    )
    .await;
    let phones = rig.good("QueryChatappPhoneNumbers", &[]).await["PhoneNumbers"].clone();
    assert_eq!(
        (&phones[0]["UpCallbackUrl"], &phones[0]["UpQueue"]),
        (&Value::Null, &Value::Null)
    );
    let clears = json!({ "chatapp": { "empty_callback_url": EmptyUrl::Clears, "urls_shown_when_off": true } });
    rig.admin("PATCH /settings", clears).await;
    let phones = rig.good("QueryChatappPhoneNumbers", &[]).await["PhoneNumbers"].clone();
    assert_eq!(phones[0]["UpCallbackUrl"], up, "kept, only switched off");
    rig.good("UpdatePhoneWebhook", &with(&[("UpCallbackUrl", "")]))
        .await;
    rig.good(
        "UpdateAccountWebhook",
        &[
            ("CustSpaceId", WHATSAPP),
            ("HttpFlag", "Y"),
            ("StatusCallbackUrl", "http://a.test/s"),
        ],
    )
    .await;
    let kept = rig
        .admin(
            &format!("GET /objects/chatapp/account_webhook/{WHATSAPP}/account"),
            Value::Null,
        )
        .await;
    assert_eq!(kept["StatusCallbackUrl"], "http://a.test/s");
    assert_eq!(
        rig.effects().await.last().unwrap(),
        "api create account_webhook"
    );
}

#[tokio::test]
async fn the_service_settings_of_the_reference_document() {
    let rig = Rig::with(quiet()).await;
    let space = ("CustSpaceId", WHATSAPP);
    let url = ("ApiUrl", "https://erp.acme.test/chatapp");
    // The URL, then the signature, then the dialog is confirmed.
    let signature = rig
        .good("RefreshBusinessSystemSignature", &[space, url])
        .await["Data"]["Signature"]
        .as_str()
        .unwrap()
        .to_owned();
    let issued = rig
        .admin(
            "POST /issued",
            json!({ "sha256": crate::sign::sha256(signature.as_bytes()) }),
        )
        .await;
    assert_eq!(issued["issued"], true);
    let dialog = [space, ("SystemName", "ERP"), url, ("Remark", "orders")];
    let forged = [&dialog[..], &[("Signature", "forged")]].concat();
    assert_eq!(
        rig.bad("CreateBusinessSystem", &forged).await.1,
        "InvalidParameter.Signature"
    );
    let signed = [&dialog[..], &[("Signature", signature.as_str())]].concat();
    let id = rig.good("CreateBusinessSystem", &signed).await["Data"]["SystemId"]
        .as_str()
        .unwrap()
        .to_owned();
    let system = ("SystemId", id.as_str());
    assert_eq!(
        rig.bad("CreateBusinessSystem", &[space, ("SystemName", "Two"), url])
            .await
            .1,
        "BusinessSystem.LimitExceeded"
    );
    let read = rig.good("QueryBusinessSystem", &[space, system]).await["Data"].clone();
    assert_eq!(
        read,
        json!({ "SystemId": id, "SystemName": "ERP", "ApiUrl": url.1, "Remark": "orders", "Signature": "********" })
    );
    let again = rig
        .good("RefreshBusinessSystemSignature", &[space, system])
        .await["Data"]["Signature"]
        .clone();
    assert_ne!(again, signature.as_str(), "every refresh replaces it");
    for (params, wanted) in [
        (
            vec![space, system, ("ApiUrl", "http://erp.acme.test")],
            "InvalidParameter.ApiUrl",
        ),
        (
            vec![space, system, ("ApiUrl", "https://u@erp.acme.test")],
            "InvalidParameter.ApiUrl",
        ),
        (
            vec![space, system, ("SystemName", " ERP")],
            "InvalidParameter.SystemName",
        ),
        (
            vec![space, ("SystemId", "none"), ("SystemName", "E")],
            "BusinessSystem.NotExist",
        ),
    ] {
        assert_eq!(rig.bad("UpdateBusinessSystem", &params).await.1, wanted);
    }
    rig.good(
        "UpdateBusinessSystem",
        &[space, system, ("SystemName", "ERP 2")],
    )
    .await;
    assert_eq!(
        rig.good("ListBusinessSystem", &[space]).await["TotalCount"],
        1
    );
    // Intents need the system.
    let intent = [
        space,
        system,
        ("IntentCode", "order.status"),
        ("IntentName", "Order status"),
        ("IntentData", "{\"a\":1}"),
    ];
    assert_eq!(
        rig.bad(
            "CreateIntent",
            &[space, ("SystemId", "none"), intent[2], intent[3]]
        )
        .await
        .1,
        "BusinessSystem.NotExist"
    );
    assert_eq!(
        rig.bad(
            "CreateIntent",
            &[space, system, ("IntentCode", "1st"), intent[3]]
        )
        .await
        .1,
        "InvalidParameter.IntentCode"
    );
    assert_eq!(
        rig.bad(
            "CreateIntent",
            &[space, system, intent[2], intent[3], ("IntentData", "{a")]
        )
        .await
        .1,
        "InvalidParameter.IntentData"
    );
    rig.good("CreateIntent", &intent).await;
    assert_eq!(
        rig.bad("CreateIntent", &intent).await.1,
        "InvalidParameter.IntentCodeExist"
    );
    rig.good(
        "UpdateIntent",
        &[space, system, intent[2], ("IntentName", "Status")],
    )
    .await;
    let read = rig.good("QueryIntent", &intent[..3]).await["Data"].clone();
    assert_eq!(
        (&read["IntentName"], &read["IntentData"]),
        (&json!("Status"), &json!("{\"a\":1}"))
    );
    assert_eq!(
        rig.good("ListIntent", &[space, system]).await["TotalCount"],
        1
    );
    assert_eq!(
        rig.bad("DeleteBusinessSystem", &[space, system]).await.1,
        "BusinessSystem.HasIntent"
    );
    // A person binds the intent to a button: from then on it is held.
    let made = rig
        .good("CreateChatappTemplate", &[space, ("Name", "menu"), ("Language", "en"), ("Category", "UTILITY"), ("TemplateType", "WHATSAPP"),
            ("Components", r#"[{"Type":"BODY","Text":"b"},{"Type":"BUTTONS","Buttons":[{"Type":"QUICK_REPLY","Text":"Status"}]}]"#)])
        .await;
    let template = made["Data"]["TemplateCode"].as_str().unwrap();
    let bound = json!([{ "Type": "BODY", "Text": "b" }, { "Type": "BUTTONS", "Buttons": [
        { "Type": "QUICK_REPLY", "Text": "Status", "ExtendAttrs": { "Action": "nextCard", "IntentCode": "order.status" } }] }]);
    rig.admin(
        &format!("PATCH /objects/chatapp/message_template/{WHATSAPP}/{template}/en"),
        json!({ "Components": bound }),
    )
    .await;
    assert_eq!(
        rig.bad("DeleteIntent", &intent[..3]).await.1,
        "Intent.InUse"
    );
    rig.good(
        "DeleteChatappTemplate",
        &[
            space,
            ("TemplateCode", template),
            ("TemplateType", "WHATSAPP"),
        ],
    )
    .await;
    rig.good("DeleteIntent", &intent[..3]).await;
    rig.good("DeleteBusinessSystem", &[space, system]).await;
    // The switches.
    assert_eq!(
        rig.good("GetSmsSetting", &[space]).await["Data"]["SmsFlag"],
        "N"
    );
    rig.good("UpdateSmsSetting", &[space, ("SmsFlag", "Y")])
        .await;
    assert_eq!(
        rig.good("GetSmsSetting", &[space]).await["Data"]["SmsFlag"],
        "Y"
    );
    let on = ("ScheduleFlag", "Y");
    for (params, wanted) in [
        (vec![space, on], "InvalidParameter.CountryList"),
        (
            vec![space, on, ("CountryList", "[\"sg\"]")],
            "InvalidParameter.CountryList",
        ),
        (
            vec![space, on, ("CountryList", "[\"SG\",\"SG\"]")],
            "InvalidParameter.CountryList",
        ),
        (
            vec![("CustSpaceId", VIBER), on, ("CountryList", "[\"SG\"]")],
            "InvalidParameter.ChannelTypeNotSupport",
        ),
    ] {
        assert_eq!(rig.bad("UpdateOtpScheduleSetting", &params).await.1, wanted);
    }
    rig.good(
        "UpdateOtpScheduleSetting",
        &[
            space,
            on,
            ("CountryList", "[\"SG\",\"ID\"]"),
            ("OwnNumberFlag", "Y"),
        ],
    )
    .await;
    assert_eq!(
        rig.good("GetOtpScheduleSetting", &[space]).await["Data"],
        json!({ "ScheduleFlag": "Y", "CountryList": ["SG", "ID"], "OwnNumberFlag": "Y" })
    );
}

#[tokio::test]
async fn unpublished_operations_have_other_names_or_do_not_exist() {
    let rig = Rig::with(quiet()).await;
    let names = json!({ "chatapp": { "action_names": { "UpdateSmsSetting": "SetSms" }, "parameter_names": { "SmsFlag": "Enabled" } } });
    rig.admin("PATCH /settings", names).await;
    let space = ("CustSpaceId", WHATSAPP);
    assert_eq!(
        rig.bad("UpdateSmsSetting", &[space, ("SmsFlag", "Y")])
            .await
            .1,
        "InvalidApi.NotFound"
    );
    assert_eq!(
        rig.bad("SetSms", &[space, ("SmsFlag", "Y")]).await.1,
        "MissingEnabled"
    );
    rig.good("SetSms", &[space, ("Enabled", "Y")]).await;
    rig.admin(
        "PATCH /settings",
        json!({ "chatapp": { "service_settings": false } }),
    )
    .await;
    assert_eq!(
        rig.bad("SetSms", &[space, ("Enabled", "Y")]).await,
        (404, "InvalidApi.NotFound".into())
    );
    assert_eq!(
        rig.bad("ListBusinessSystem", &[space]).await.1,
        "InvalidApi.NotFound"
    );
}

#[tokio::test]
async fn a_second_has_its_limits_and_says_how_long_to_wait() {
    let rig = Rig::start().await;
    for _ in 0..5 {
        rig.good("ListInstance", &[]).await;
    }
    assert_eq!(
        rig.bad("ListInstance", &[]).await,
        (400, "Throttling.User".into())
    );
    rig.good("QueryInstance", &[("InstanceId", WHATSAPP)]).await;
    rig.admin("POST /clock", json!({ "advance_seconds": 1 }))
        .await;
    rig.good("ListInstance", &[]).await;
}

#[tokio::test]
async fn faults_know_the_operation_and_the_log_shows_it() {
    let rig = Rig::with(quiet()).await;
    let lost = json!({ "match": { "service": CHAT, "path": "/CreateInstance" }, "action": { "drop": "after" } });
    rig.admin("POST /faults", lost).await;
    let busy = json!({ "match": { "service": CHAT, "path": "/ListInstance" }, "action": { "status": 503 } });
    rig.admin("POST /faults", busy).await;
    assert_eq!(
        rig.bad("ListInstance", &[]).await,
        (503, "ServiceUnavailable".into())
    );
    let base = rig.sandbox.endpoints().services[CHAT].clone();
    let signed = Acs::engine().sign(
        base.trim_start_matches("http://"),
        "CreateInstance",
        &[("ChannelType", "viber"), ("InstanceName", "Lost")],
    );
    let headers: Vec<(&str, &str)> = signed
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert!(
        rig.send(CHAT, &format!("POST /{}", signed.query), &headers, None)
            .await
            .is_err()
    );
    assert_eq!(
        rig.good("ListInstance", &[("InstanceName", "Lost")]).await["TotalCount"],
        1
    );
    assert_eq!(rig.effects().await, ["api create channel lost"]);
    let log = rig.admin("GET /log", Value::Null).await;
    assert!(
        log.as_array()
            .unwrap()
            .iter()
            .any(|e| e["path"] == "/CreateInstance" && e["lost"] == true)
    );
}
