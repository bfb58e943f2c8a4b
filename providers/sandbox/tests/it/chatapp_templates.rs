//! Templates of Chat App: reviewed, fixed when approved, and strict about what they hold.

use serde_json::{Value, json};

use crate::chatapp::{VIBER, WHATSAPP, code, quiet};
use crate::rig::Rig;

fn text(body: &str) -> String {
    json!([{ "Type": "BODY", "Text": body }]).to_string()
}

#[tokio::test]
async fn templates_are_reviewed_and_then_fixed() {
    let rig = Rig::with(quiet()).await;
    let new = |language: &'static str, components: &'static str| {
        [
            ("CustSpaceId", WHATSAPP),
            ("Name", "order"),
            ("Language", language),
            ("Category", "UTILITY"),
            ("TemplateType", "WHATSAPP"),
            ("Components", components),
            ("Example", "{\"name\":\"Ann\"}"),
            ("MessageSendTtlSeconds", "60"),
        ]
    };
    let body = r#"[{"Type":"BODY","Text":"Hi $(name)"},{"Type":"BUTTONS","Buttons":[{"Type":"QUICK_REPLY","Text":"Yes"}]}]"#;
    let code = rig.good("CreateChatappTemplate", &new("en", body)).await["Data"]["TemplateCode"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        rig.bad("CreateChatappTemplate", &new("en", body)).await.1,
        "InvalidParameter.TemplateNameExist"
    );
    let second = rig.good("CreateChatappTemplate", &new("de", body)).await;
    assert_eq!(
        second["Data"]["TemplateCode"],
        code.as_str(),
        "one code, two languages"
    );
    let one = [
        ("CustSpaceId", WHATSAPP),
        ("TemplateCode", code.as_str()),
        ("Language", "en"),
    ];
    let read = rig.good("GetChatappTemplateDetail", &one).await["Data"].clone();
    assert_eq!(
        (&read["AuditStatus"], &read["Components"][0]["Text"]),
        (&json!("auditing"), &json!("Hi $(name)"))
    );
    let changed = text("Hello $(name)");
    let change = [&one[..], &[("Components", changed.as_str())]].concat();
    rig.good("ModifyChatappTemplate", &change).await;
    rig.admin("POST /clock", json!({ "advance_seconds": 4 }))
        .await;
    let read = rig.good("GetChatappTemplateDetail", &one).await["Data"].clone();
    assert_eq!(
        (&read["AuditStatus"], &read["Components"][0]["Text"]),
        (&json!("pass"), &json!("Hello $(name)"))
    );
    assert_eq!(
        rig.bad("ModifyChatappTemplate", &change).await.1,
        "InvalidParameter.AuditStatusNotSupport"
    );
    // A reviewer refuses behind the engine's back; then it can be changed, and is reviewed again.
    let path = format!("PATCH /objects/chatapp/message_template/{WHATSAPP}/{code}/en");
    rig.admin(
        &path,
        json!({ "AuditStatus": "fail", "Reason": "too short" }),
    )
    .await;
    assert_eq!(
        rig.good("GetChatappTemplateDetail", &one).await["Data"]["Reason"],
        "too short"
    );
    rig.good("ModifyChatappTemplate", &change).await;
    assert_eq!(
        rig.good("GetChatappTemplateDetail", &one).await["Data"]["AuditStatus"],
        "auditing"
    );
    let off = [
        &one[..],
        &[("TemplateType", "WHATSAPP"), ("AllowSend", "false")],
    ]
    .concat();
    rig.good("ModifyChatappTemplateProperties", &off).await;
    assert_eq!(
        rig.good("GetChatappTemplateDetail", &one).await["Data"]["AllowSend"],
        false
    );
    let listed = rig
        .good(
            "ListChatappTemplate",
            &[
                ("CustSpaceId", WHATSAPP),
                ("Name", "ord"),
                ("Page", "{\"Index\":2,\"Size\":1}"),
            ],
        )
        .await;
    assert_eq!(
        (
            &listed["Total"],
            listed["ListTemplate"].as_array().unwrap().len()
        ),
        (&json!(2), 1)
    );
    rig.good(
        "DeleteChatappTemplate",
        &[
            ("CustSpaceId", WHATSAPP),
            ("TemplateCode", &code),
            ("TemplateType", "WHATSAPP"),
            ("Language", "de"),
        ],
    )
    .await;
    rig.good(
        "DeleteChatappTemplate",
        &[("TemplateName", "order"), ("TemplateType", "WHATSAPP")],
    )
    .await;
    assert_eq!(
        rig.bad(
            "DeleteChatappTemplate",
            &[("TemplateName", "order"), ("TemplateType", "WHATSAPP")]
        )
        .await
        .1,
        "DelError.TemplateNotExist"
    );
    assert_eq!(
        rig.bad("GetChatappTemplateDetail", &one).await.1,
        "DetailError.TemplateNotExist"
    );
}

#[tokio::test]
async fn what_a_template_may_hold() {
    let rig = Rig::with(quiet()).await;
    let long = "x".repeat(1025);
    let otp =
        |buttons: Value| json!([{ "Type": "BODY" }, { "Type": "BUTTONS", "Buttons": buttons }]);
    let with = |part: Value| json!([{ "Type": "BODY", "Text": "b" }, part]);
    let buttons = |list: Value| with(json!({ "Type": "BUTTONS", "Buttons": list }));
    let quick = |text: &str| json!({ "Type": "QUICK_REPLY", "Text": text });
    let link = |url: &str| json!({ "Type": "URL", "Text": "go", "Url": url });
    let mut rows = vec![
        (
            "UTILITY",
            json!([{ "Type": "BODY", "Text": "x".repeat(1024) }]),
            "OK",
        ),
        (
            "UTILITY",
            json!([{ "Type": "BODY", "Text": long }]),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            json!([{ "Type": "FOOTER", "Text": "f" }]),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            json!([{ "Type": "BODY", "Text": "b", "Colour": "red" }]),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            with(json!({ "Type": "HEADER", "Format": "TEXT", "Text": "$(a) $(b)" })),
            "InvalidParameter.HeaderMoreVarable",
        ),
        (
            "UTILITY",
            with(json!({ "Type": "HEADER", "Format": "TEXT", "Text": "x".repeat(61) })),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            with(json!({ "Type": "HEADER", "Format": "SONG" })),
            "InvalidParameter.HeaderTypeNotSupport",
        ),
        (
            "UTILITY",
            with(json!({ "Type": "FOOTER", "Text": "$(a)" })),
            "InvalidParameter.FooterHaveVariable",
        ),
        (
            "UTILITY",
            buttons(json!([quick("$(a)")])),
            "InvalidParameter.ButtonTextHaveVariable",
        ),
        (
            "UTILITY",
            buttons(json!([link("https://a.test/$(a)/$(b)")])),
            "InvalidParameter.UrlMoreVarable",
        ),
        (
            "UTILITY",
            buttons(json!([link("https://a.test/$(a)")])),
            "OK",
        ),
        (
            "UTILITY",
            buttons(json!([quick("a"), link("https://a.test")])),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            buttons(json!([
                link("https://a.test"),
                link("https://b.test"),
                link("https://c.test")
            ])),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            buttons(json!([{ "Type": "COPY_CODE", "Text": "c", "CouponCode": "A-1" }])),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "UTILITY",
            buttons(
                json!([{ "Type": "QUICK_REPLY", "Text": "a", "ExtendAttrs": { "IntentCode": "i" } }]),
            ),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "AUTHENTICATION",
            otp(json!([{ "Type": "COPY_CODE", "Text": "Copy" }])),
            "OK",
        ),
        (
            "AUTHENTICATION",
            otp(json!([{ "Type": "COPY_CODE" }])),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "AUTHENTICATION",
            otp(json!([{ "Type": "ONE_TAP", "Text": "t", "AutofillText": "a" }])),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "AUTHENTICATION",
            otp(
                json!([{ "Type": "ZERO_TAP", "AutofillText": "a", "PackageName": "p", "SignatureHash": "h" }]),
            ),
            "OK",
        ),
        (
            "AUTHENTICATION",
            json!([{ "Type": "BODY" }]),
            "InvalidParameter.MessageInvalid",
        ),
        (
            "LOTTERY",
            json!([{ "Type": "BODY", "Text": "b" }]),
            "InvalidParameter",
        ),
    ];
    rows.push(("MARKETING", json!([]), "InvalidParameter.MessageInvalid"));
    for (at, (category, components, wanted)) in rows.iter().enumerate() {
        let (name, components) = (format!("t{at}"), components.to_string());
        let params = [
            ("CustSpaceId", WHATSAPP),
            ("Name", name.as_str()),
            ("Language", "en_US"),
            ("Category", category),
            ("TemplateType", "WHATSAPP"),
            ("Components", components.as_str()),
        ];
        let got = rig.chat("CreateChatappTemplate", &params).await;
        assert_eq!(code(&got), (200, *wanted), "row {at}: {got:?}");
    }
    for (kind, language, ttl, wanted) in [
        (
            "VIBER",
            "en",
            "60",
            "InvalidParameter.TemplateTypeNotSupport",
        ),
        (
            "WHATSAPP",
            "English",
            "60",
            "InvalidParameter.LanguageNotSupport",
        ),
        ("WHATSAPP", "en", "29", "InvalidParameter"),
        ("WHATSAPP", "en", "43200", "OK"),
    ] {
        let components = text("b");
        let params = [
            ("CustSpaceId", WHATSAPP),
            ("Name", "u"),
            ("Language", language),
            ("Category", "UTILITY"),
            ("TemplateType", kind),
            ("Components", components.as_str()),
            ("MessageSendTtlSeconds", ttl),
        ];
        assert_eq!(
            code(&rig.chat("CreateChatappTemplate", &params).await).1,
            wanted,
            "{kind} {language} {ttl}"
        );
    }
    let viber = |components: Value| {
        let rig = &rig;
        async move {
            let components = components.to_string();
            let name = format!("v_{}", components.len());
            let params = [
                ("CustSpaceId", VIBER),
                ("Name", name.as_str()),
                ("Language", "en"),
                ("Category", "MARKETING"),
                ("TemplateType", "VIBER"),
                ("Components", components.as_str()),
            ];
            code(&rig.chat("CreateChatappTemplate", &params).await).1 == "OK"
        }
    };
    assert!(!viber(with(json!({ "Type": "FOOTER", "Text": "f" }))).await);
    assert!(!viber(buttons(json!([quick("a")]))).await);
    assert!(!viber(json!([{ "Type": "BODY", "Text": "b", "Duration": 601 }])).await);
    assert!(viber(buttons(json!([link("https://a.test")]))).await);
    let header = |format: &str, seconds: u64| {
        with(
            json!({ "Type": "HEADER", "Format": format, "Url": "https://a.test/v.mp4", "Duration": seconds }),
        )
    };
    assert!(!viber(header("TEXT", 0)).await);
    assert!(!viber(header("VIDEO", 601)).await);
    assert!(viber(header("VIDEO", 600)).await);
}
