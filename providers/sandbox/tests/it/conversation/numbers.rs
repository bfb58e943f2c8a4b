//! Renting, configuring and releasing numbers.

use serde_json::{Value, json};

use super::{PLAN_EU, PLAN_US};
use crate::rig::{Got, Rig};

async fn call(rig: &Rig, token: &str, line: &str, body: Value) -> Got {
    rig.sinch(token, "numbers", line, body).await
}

#[tokio::test]
async fn from_search_to_release() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let regions = call(
        &rig,
        &token,
        "GET /…/availableRegions?types=TOLL_FREE",
        Value::Null,
    )
    .await
    .body;
    assert_eq!(regions["availableRegions"][0]["regionCode"], "US");
    assert_eq!(regions["availableRegions"].as_array().unwrap().len(), 1);
    let search = "GET /…/availableNumbers?regionCode=US&type=LOCAL&capabilities=SMS&numberPattern.pattern=7&numberPattern.searchPattern=END";
    let found = call(&rig, &token, search, Value::Null).await.body;
    let number = found["availableNumbers"][0]["phoneNumber"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        number.starts_with("+1202") && number.ends_with('7'),
        "{number}"
    );
    let mobile = call(
        &rig,
        &token,
        "GET /…/availableNumbers?regionCode=SE",
        Value::Null,
    )
    .await
    .body;
    assert_eq!(
        mobile["availableNumbers"][0]["type"], "MOBILE",
        "when the type is left out"
    );

    let body = json!({ "smsConfiguration": { "servicePlanId": PLAN_US, "campaignId": "C1" }, "callbackUrl": "https://n.acme.test/" });
    let rented = call(
        &rig,
        &token,
        &format!("POST /…/availableNumbers/{number}:rent"),
        body.clone(),
    )
    .await;
    assert_eq!(rented.status, 200, "{rented:?}");
    let going_on = &rented.body["smsConfiguration"];
    assert_eq!(going_on["servicePlanId"], "");
    assert_eq!(going_on["scheduledProvisioning"]["servicePlanId"], PLAN_US);
    let again = call(
        &rig,
        &token,
        &format!("POST /…/availableNumbers/{number}:rent"),
        body,
    )
    .await;
    assert_eq!(
        (again.status, &again.body["error"]["details"][0]["type"]),
        (404, &json!("ResourceInfo"))
    );
    let path = format!("/…/activeNumbers/{number}");
    let get = format!("GET {path}");
    let first = call(&rig, &token, &get, Value::Null).await.body;
    assert_eq!(
        first["smsConfiguration"]["scheduledProvisioning"]["status"],
        "IN_PROGRESS"
    );
    let second = call(&rig, &token, &get, Value::Null).await.body;
    assert_eq!(
        second["smsConfiguration"],
        json!({ "servicePlanId": PLAN_US, "campaignId": "C1" })
    );

    let patch = format!("PATCH {path}");
    for (body, status, word) in [
        (json!({ "displayName": "Main" }), 200, Value::Null),
        (
            json!({ "smsConfiguration": { "servicePlanId": PLAN_EU } }),
            400,
            json!("FAILED_PRECONDITION"),
        ),
        (
            json!({ "smsConfiguration": {} }),
            400,
            json!("INVALID_ARGUMENT"),
        ),
        (
            json!({ "voiceConfiguration": {} }),
            400,
            json!("INVALID_ARGUMENT"),
        ),
        (
            json!({ "voiceConfiguration": { "type": "EST", "appId": "a" } }),
            400,
            json!("INVALID_ARGUMENT"),
        ),
        (
            json!({ "voiceConfiguration": { "type": "RTC", "appId": "a" } }),
            200,
            Value::Null,
        ),
        (
            json!({ "regionCode": "SE" }),
            400,
            json!("INVALID_ARGUMENT"),
        ),
        (
            json!({ "smsConfiguration": { "servicePlanId": "" } }),
            200,
            Value::Null,
        ),
        (
            json!({ "smsConfiguration": { "servicePlanId": PLAN_EU } }),
            200,
            Value::Null,
        ),
    ] {
        let got = call(&rig, &token, &patch, body.clone()).await;
        assert_eq!(
            (got.status, &got.body["error"]["status"]),
            (status, &word),
            "{body} {got:?}"
        );
    }
    let release = format!("POST {path}:release");
    assert_eq!(call(&rig, &token, &release, Value::Null).await.status, 200);
    assert_eq!(call(&rig, &token, &release, Value::Null).await.status, 404);
    assert_eq!(call(&rig, &token, &get, Value::Null).await.status, 404);
    let line = format!("GET /…/availableNumbers/{number}");
    assert_eq!(
        call(&rig, &token, &line, Value::Null).await.status,
        404,
        "it does not come back"
    );
    let effects = rig.effects().await;
    assert_eq!(effects[0], "api purchase active_number");
    assert_eq!(effects[effects.len() - 1], "api release active_number");
}

#[tokio::test]
async fn rent_any_is_for_local_us_numbers() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let line = "POST /…/availableNumbers:rentAny";
    for (body, status) in [
        (json!({ "regionCode": "US", "type": "LOCAL" }), 200),
        (
            json!({ "regionCode": "US", "type": "LOCAL", "capabilities": ["SMS"], "numberPattern": { "pattern": "+1202", "searchPattern": "START" } }),
            200,
        ),
        (
            json!({ "regionCode": "US", "type": "LOCAL", "numberPattern": { "pattern": "999999" } }),
            404,
        ),
        (json!({ "regionCode": "US", "type": "TOLL_FREE" }), 400),
        (json!({ "regionCode": "SE", "type": "LOCAL" }), 400),
        (json!({}), 400),
    ] {
        let got = call(&rig, &token, line, body.clone()).await;
        assert_eq!(got.status, status, "{body} {got:?}");
    }
    // A campaign is for the US, and not for toll-free numbers; SMS needs the capability.
    let rent = |number: &str, plan: Value| {
        let line = format!("POST /…/availableNumbers/{number}:rent");
        let (rig, token) = (&rig, &token);
        async move { call(rig, token, &line, json!({ "smsConfiguration": plan })).await }
    };
    let with = json!({ "servicePlanId": "p", "campaignId": "C1" });
    let failed = rent("+18335550100", with.clone()).await.body;
    let scheduled = &failed["smsConfiguration"]["scheduledProvisioning"];
    assert_eq!(
        (&scheduled["status"], &scheduled["errorCodes"]),
        (&json!("FAILED"), &json!(["TFN_NOT_ALLOWED"]))
    );
    assert_eq!(rent("+46701740100", with).await.status, 400);
    assert_eq!(
        rent("+4685550100", json!({ "servicePlanId": "p" }))
            .await
            .status,
        400
    );
    let effects = rig.effects().await;
    assert_eq!(
        effects,
        vec!["api purchase active_number"; 3],
        "what was refused was not bought"
    );
}

#[tokio::test]
async fn active_numbers_are_pages_by_token() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    for _ in 0..4 {
        let body = json!({ "regionCode": "US", "type": "LOCAL" });
        call(&rig, &token, "POST /…/availableNumbers:rentAny", body).await;
    }
    let mut seen = Vec::new();
    let mut page = String::new();
    loop {
        let line = format!(
            "GET /…/activeNumbers?regionCode=US&type=LOCAL&pageSize=2&pageToken={}",
            page.replace('+', "%2B")
        );
        let got = call(&rig, &token, &line, Value::Null).await.body;
        assert_eq!(got["totalSize"], 5);
        let rows = got["activeNumbers"].as_array().unwrap();
        seen.extend(
            rows.iter()
                .map(|n| n["phoneNumber"].as_str().unwrap().to_owned()),
        );
        page = got["nextPageToken"].as_str().unwrap().to_owned();
        if page.is_empty() {
            break;
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (5, &sorted));
    for query in [
        "?pageSize=0",
        "?pageToken=x",
        "?orderBy=price",
        "?type=SHORT",
        "?size=1",
    ] {
        let line = format!("GET /…/activeNumbers{query}");
        assert_eq!(
            call(&rig, &token, &line, Value::Null).await.status,
            400,
            "{query}"
        );
    }
    let line = "PATCH /…/callbackConfiguration";
    for (secret, status) in [
        ("0123456789abcdef-0123456789-ABCDEF", 200),
        ("short", 400),
        ("0123456789abcdef_0123456789_ABCDEF", 400),
    ] {
        let got = call(&rig, &token, line, json!({ "hmacSecret": secret })).await;
        assert_eq!(got.status, status, "{secret}");
    }
    let got = call(&rig, &token, "GET /…/callbackConfiguration", Value::Null)
        .await
        .body;
    assert_eq!(got["hmacSecret"], "0123456789abcdef-0123456789-ABCDEF");
}
