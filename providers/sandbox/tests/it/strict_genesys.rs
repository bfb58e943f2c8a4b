//! What Genesys Cloud refuses: every row a request, a status and a code.

use serde_json::{Value, json};
use trunkline_sandbox::{ListShape, Settings};

use crate::rig::{API, LOGIN, Rig, basic, client_body, role};

const ROLES: &str = "/api/v2/authorization/roles";
const CLIENTS: &str = "/api/v2/oauth/clients";
const NUMBERS: &str = "/api/v2/messaging/sms/provisioning/tollfreenumbers";
const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

#[tokio::test]
async fn the_token_endpoint_takes_forms_and_basic_only() {
    let rig = Rig::start().await;
    let settings = &rig.sandbox.endpoints().settings["genesyscloud"];
    let (id, secret) = (&settings["oauthclient_id"], &settings["oauthclient_secret"]);
    let (good, wrong, unknown) = (basic(id, secret), basic(id, "x"), basic(NOBODY, "x"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let grant = "grant_type=client_credentials";
    for (line, headers, body, status, error) in [
        (
            "POST /oauth/token",
            vec![form, ("authorization", &good)],
            grant,
            200,
            "",
        ),
        (
            "POST /oauth/token",
            vec![
                ("content-type", "application/json"),
                ("authorization", &good),
            ],
            "{\"grant_type\":\"client_credentials\"}",
            400,
            "invalid_request",
        ),
        (
            "POST /oauth/token",
            vec![("authorization", &good)],
            grant,
            400,
            "invalid_request",
        ),
        (
            "POST /oauth/token",
            vec![form],
            grant,
            401,
            "invalid_client",
        ),
        (
            "POST /oauth/token",
            vec![form],
            "grant_type=client_credentials&client_id=a&client_secret=b",
            401,
            "invalid_client",
        ),
        (
            "POST /oauth/token",
            vec![form, ("authorization", "Basic not-base64")],
            grant,
            401,
            "invalid_client",
        ),
        (
            "POST /oauth/token",
            vec![form, ("authorization", &wrong)],
            grant,
            401,
            "invalid_client",
        ),
        (
            "POST /oauth/token",
            vec![form, ("authorization", &unknown)],
            grant,
            400,
            "invalid_client",
        ),
        (
            "POST /oauth/token",
            vec![form, ("authorization", &good)],
            "",
            400,
            "invalid_request",
        ),
        (
            "POST /oauth/token",
            vec![form, ("authorization", &good)],
            "grant_type=password",
            400,
            "unsupported_grant_type",
        ),
        (
            "POST /oauth/token",
            vec![form, ("authorization", &good)],
            "grant_type=client_credentials&grant_type=x",
            400,
            "invalid_request",
        ),
        ("GET /oauth/token", vec![], "", 405, ""),
        ("POST /oauth/token/", vec![], "", 404, ""),
    ] {
        let got = rig
            .send(LOGIN, line, &headers, Some(body.to_owned()))
            .await
            .unwrap();
        assert_eq!(
            (got.status, got.body["error"].as_str().unwrap_or("")),
            (status, error),
            "{line} {body} {got:?}"
        );
    }
}

#[tokio::test]
async fn calls_need_a_token_then_a_permission() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    for (headers, status, code) in [
        (vec![], 401, "authentication.required"),
        (
            vec![("authorization", "Basic YTpi".to_owned())],
            401,
            "authentication.required",
        ),
        (
            vec![("authorization", "Bearer nonsense".to_owned())],
            401,
            "bad.credentials",
        ),
        (vec![("authorization", format!("bearer {token}"))], 200, ""),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let got = rig
            .send(API, "GET /api/v2/tokens/me", &headers, None)
            .await
            .unwrap();
        assert_eq!(
            (got.status, got.body["code"].as_str().unwrap_or("")),
            (status, code),
            "{got:?}"
        );
        assert!(status == 200 || got.body["contextId"].is_string());
    }

    // A client with one harmless role may do none of these; the answer names what is missing.
    let role_id = rig
        .api(
            &token,
            &format!("POST {ROLES}"),
            role("Harmless", &["integrations"]),
        )
        .await
        .body["id"]
        .clone();
    rig.admin(
        "PATCH /settings",
        json!({ "caller_must_hold_roles": false }),
    )
    .await;
    let made = rig
        .api(
            &token,
            &format!("POST {CLIENTS}"),
            client_body("Weak", &role_id),
        )
        .await
        .body;
    let weak = rig
        .token_for(
            made["id"].as_str().unwrap(),
            made["secret"].as_str().unwrap(),
        )
        .await;
    let weak = weak.body["access_token"].as_str().unwrap().to_owned();
    let subject = format!("/api/v2/authorization/subjects/{NOBODY}");
    for (line, permission) in [
        (format!("POST {ROLES}"), "authorization:role:add"),
        (format!("GET {ROLES}"), "authorization:role:view"),
        (format!("PUT {ROLES}/x"), "authorization:role:edit"),
        (format!("DELETE {ROLES}/x"), "authorization:role:delete"),
        (format!("GET {subject}"), "authorization:grant:view"),
        (format!("POST {subject}/bulkadd"), "authorization:grant:add"),
        (
            format!("POST {subject}/bulkremove"),
            "authorization:grant:delete",
        ),
        (
            format!("DELETE {subject}/divisions/x/roles/x"),
            "authorization:grant:delete",
        ),
        (format!("POST {CLIENTS}"), "oauth:client:add"),
        (format!("GET {CLIENTS}"), "oauth:client:view"),
        (format!("PUT {CLIENTS}/x"), "oauth:client:edit"),
        (format!("POST {CLIENTS}/x/secret"), "oauth:client:edit"),
        (format!("DELETE {CLIENTS}/x"), "oauth:client:delete"),
        ("POST /api/v2/users".to_owned(), "directory:user:add"),
        (
            "POST /api/v2/users/search".to_owned(),
            "directory:user:view",
        ),
        ("PATCH /api/v2/users/x".to_owned(), "directory:user:edit"),
        (format!("GET {NUMBERS}/"), "messagingProvisioning:*:*"),
        (format!("POST {NUMBERS}/"), "messagingProvisioning:*:*"),
    ] {
        let got = rig.api(&weak, &line, Value::Null).await;
        let named = got.body["messageParams"]["permissions"]
            .as_str()
            .unwrap_or("")
            .contains(permission);
        assert_eq!((got.status, named), (403, true), "{line}: {got:?}");
    }
    for line in [
        "GET /api/v2/tokens/me",
        "GET /api/v2/authorization/permissions",
        "GET /api/v2/authorization/divisions/home",
        "GET /api/v2/users",
    ] {
        assert_eq!(
            rig.api(&weak, line, Value::Null).await.status,
            200,
            "{line} needs no permission"
        );
    }
}

#[tokio::test]
async fn bodies_queries_and_paths_are_read_strictly() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let plain = rig
        .api(
            &token,
            &format!("POST {ROLES}"),
            role("Plain", &["integrations"]),
        )
        .await
        .body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let bootstrap = rig.sandbox.endpoints().settings["genesyscloud"]["oauthclient_id"].clone();
    let held = rig
        .admin(
            &format!("GET /objects/genesyscloud/oauth_client/{bootstrap}"),
            Value::Null,
        )
        .await;
    assert!(held["secret_sha256"].is_string());
    let admin_role = "5a0d0000-0000-4000-8000-000000000011";
    let admin = "5a0d0000-0000-4000-8000-000000000004";
    let policy = |p: Value| json!({ "name": "X", "permissionPolicies": [p] });
    let condition = |c: Value| {
        policy(
            json!({ "domain": "d", "entityName": "e", "actionSet": ["a"], "resourceConditionNode": c }),
        )
    };
    let term = |o: Value| {
        condition(
            json!({ "conjunction": "AND", "terms": [ { "variableName": "v", "operator": "EQ", "operands": [o] } ] }),
        )
    };
    let client = |patch: Value| {
        let mut body = client_body("C", &json!(plain));
        for (name, value) in patch.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let user = |patch: Value| {
        let mut body = json!({ "name": "U", "email": "u@acme.test" });
        for (name, value) in patch.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let subject = format!("/api/v2/authorization/subjects/{admin}");
    for (line, body, status, code) in [
        (
            format!("POST {ROLES}"),
            json!([]),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {ROLES}"),
            json!({}),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {ROLES}"),
            json!({ "name": "  " }),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {ROLES}"),
            json!({ "name": "X", "colour": 1 }),
            400,
            "invalid.property",
        ),
        (
            format!("POST {ROLES}"),
            json!({ "name": "Plain" }),
            409,
            "general.conflict",
        ),
        (
            format!("POST {ROLES}"),
            policy(json!({ "domain": "d", "entityName": "e", "actionSet": [] })),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {ROLES}"),
            policy(json!({ "domain": "d", "entity_name": "e", "actionSet": ["a"] })),
            400,
            "bad.request",
        ),
        (
            format!("POST {ROLES}"),
            condition(
                json!({ "conjunction": "and", "terms": [ { "variableName": "v", "operator": "EQ", "operands": [ { "type": "SCALAR", "value": "1" } ] } ] }),
            ),
            400,
            "invalid.value",
        ),
        (
            format!("POST {ROLES}"),
            term(json!({ "type": "USER", "value": "x" })),
            400,
            "bad.request",
        ),
        (
            format!("POST {ROLES}"),
            term(json!({ "type": "QUEUE" })),
            400,
            "constraint.validation",
        ),
        (
            format!("PUT {ROLES}/{NOBODY}"),
            json!({ "name": "X" }),
            404,
            "not.found",
        ),
        (
            format!("PUT {ROLES}/{plain}"),
            json!({ "name": "employee" }),
            409,
            "general.conflict",
        ),
        (
            format!("PUT {ROLES}/{plain}"),
            json!({ "id": NOBODY, "name": "X" }),
            400,
            "invalid.value",
        ),
        (
            format!("PUT {ROLES}/{admin_role}"),
            json!({ "name": "Renamed" }),
            400,
            "invalid.value",
        ),
        (
            format!("DELETE {ROLES}/{admin_role}"),
            Value::Null,
            400,
            "invalid.value",
        ),
        (
            format!("DELETE {ROLES}/{NOBODY}"),
            Value::Null,
            404,
            "not.found",
        ),
        (
            format!("GET {ROLES}?pageSize=0"),
            Value::Null,
            400,
            "invalid.query.param.value",
        ),
        (
            format!("GET {ROLES}?pageSize=101"),
            Value::Null,
            400,
            "invalid.query.param.value",
        ),
        (
            format!("GET {ROLES}?pageNumber=one"),
            Value::Null,
            400,
            "invalid.query.param.value",
        ),
        (
            format!("GET {ROLES}?page=1"),
            Value::Null,
            400,
            "invalid.query.param.value",
        ),
        (
            format!("GET {ROLES}/{plain}?userCount=no"),
            Value::Null,
            400,
            "invalid.query.param.value",
        ),
        (format!("GET {ROLES}/"), Value::Null, 404, "not.found"),
        (
            format!("POST {ROLES}/{plain}"),
            json!({}),
            405,
            "method.not.allowed",
        ),
        (
            "GET /api/v2/nothing".to_owned(),
            Value::Null,
            404,
            "not.found",
        ),
        (
            "GET /api/v2/authorization/permissions?query=oauth".to_owned(),
            Value::Null,
            400,
            "invalid.query.param.value",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "roleDivisions": [] })),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "roleDivisions": [ { "roleId": "x" } ] })),
            400,
            "invalid.value",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "roleDivisions": [ { "roleId": NOBODY } ] })),
            400,
            "invalid.value",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({})),
            403,
            "caller.lacks.role",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "authorizedGrantType": "client-credentials" })),
            400,
            "invalid.value",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "authorizedGrantType": "CODE" })),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "accessTokenValiditySeconds": 299 })),
            400,
            "invalid.value",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "accessTokenValiditySeconds": "600" })),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "state": "disabled" })),
            400,
            "invalid.value",
        ),
        (
            format!("POST {CLIENTS}"),
            client(json!({ "roleIds": [plain] })),
            400,
            "invalid.property",
        ),
        (
            format!("POST {CLIENTS}/{bootstrap}/secret"),
            json!({}),
            400,
            "bad.request",
        ),
        (
            format!("POST {subject}/bulkadd"),
            json!({ "grants": [ { "roleId": plain } ] }),
            400,
            "constraint.validation",
        ),
        (
            format!("POST {subject}/bulkadd"),
            json!({ "grants": [ { "roleId": NOBODY, "divisionId": "*" } ] }),
            404,
            "not.found",
        ),
        (
            format!("POST {subject}/bulkadd"),
            json!({ "grants": [ { "roleId": plain, "divisionId": NOBODY } ] }),
            404,
            "not.found",
        ),
        (
            format!("POST {subject}/bulkadd?subjectType=PC_OAUTH_CLIENT"),
            json!({ "grants": [ { "roleId": plain, "divisionId": "*" } ] }),
            404,
            "not.found",
        ),
        (
            format!("POST {subject}/bulkadd?subjectType=USER"),
            json!({ "grants": [ { "roleId": plain, "divisionId": "*" } ] }),
            400,
            "invalid.query.param.value",
        ),
        (
            format!("DELETE {subject}/divisions/*/roles/{plain}"),
            Value::Null,
            404,
            "not.found",
        ),
        (
            format!("GET /api/v2/authorization/subjects/{NOBODY}"),
            Value::Null,
            404,
            "not.found",
        ),
        (
            "POST /api/v2/users".to_owned(),
            user(json!({ "email": "nobody" })),
            400,
            "invalid.value",
        ),
        (
            "POST /api/v2/users".to_owned(),
            user(json!({ "email": "ADMIN@acme.test" })),
            409,
            "general.conflict",
        ),
        (
            "POST /api/v2/users".to_owned(),
            user(json!({ "divisionId": NOBODY })),
            400,
            "invalid.value",
        ),
        (
            format!("PATCH /api/v2/users/{admin}"),
            json!({ "title": "T" }),
            400,
            "constraint.validation",
        ),
        (
            format!("PATCH /api/v2/users/{admin}"),
            json!({ "title": "T", "version": 7 }),
            409,
            "general.conflict",
        ),
        (
            format!("PATCH /api/v2/users/{admin}"),
            json!({ "title": "T", "state": "inactive", "version": 1 }),
            400,
            "invalid.value",
        ),
        (
            format!("DELETE /api/v2/users/{NOBODY}"),
            Value::Null,
            404,
            "user.not.found.on.delete",
        ),
        (
            "POST /api/v2/users/search".to_owned(),
            json!({ "query": [ { "fields": ["email"], "value": "x" } ] }),
            400,
            "constraint.validation",
        ),
    ] {
        let got = rig.api(&token, &line, body.clone()).await;
        assert_eq!(
            (got.status, got.body["code"].as_str().unwrap_or("")),
            (status, code),
            "{line} {body} {got:?}"
        );
        assert_eq!(got.body["status"], status, "{line}");
        assert!(
            got.body["contextId"].is_string() && got.body["message"].is_string(),
            "{line}: ErrorBody"
        );
    }
    let effects = rig.effects().await;
    assert_eq!(
        effects,
        ["api create role"],
        "a refused request has no effect"
    );

    // Bodies that are not JSON, or not called so.
    let bearer = format!("Bearer {token}");
    for (content_type, body, status) in [
        ("text/plain", "{}", 415),
        ("application/json", "{\"name\": ", 400),
        ("application/json; charset=utf-8", "{}", 400),
    ] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", content_type),
        ];
        let got = rig
            .send(
                API,
                &format!("POST {ROLES}"),
                &headers,
                Some(body.to_owned()),
            )
            .await
            .unwrap();
        assert_eq!(got.status, status, "{content_type} {body}");
    }
}

#[tokio::test]
async fn toll_free_orders_are_strict_about_slash_and_body() {
    let rig = Rig::start().await;
    rig.admin(
        "PATCH /settings",
        json!({ "caller_must_hold_roles": false }),
    )
    .await;
    let token = rig.token().await;
    let role_id = rig
        .api(
            &token,
            &format!("POST {ROLES}"),
            role("M", &["messaging", "messagingProvisioning"]),
        )
        .await
        .body["id"]
        .clone();
    let made = rig
        .api(
            &token,
            &format!("POST {CLIENTS}"),
            client_body("M", &role_id),
        )
        .await
        .body;
    let token = rig
        .token_for(
            made["id"].as_str().unwrap(),
            made["secret"].as_str().unwrap(),
        )
        .await
        .body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let order = |patch: Value| {
        let mut body = json!({ "tollfreeNumber": "8005550123", "moUrl": "https://n.acme.test/nexus/v3/sms/message", "drUrl": "https://n.acme.test/nexus/v3/sms/receipt",
            "webhookUsername": NOBODY, "webhookPassword": "p" });
        for (name, value) in patch.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (line, body, status) in [
        (format!("GET {NUMBERS}"), Value::Null, 404),
        (format!("POST {NUMBERS}"), json!([order(json!({}))]), 404),
        (format!("GET {NUMBERS}/available/"), Value::Null, 404),
        (
            format!("POST {NUMBERS}/available"),
            json!([order(json!({}))]),
            405,
        ),
        (format!("GET {NUMBERS}/?pageSize=10"), Value::Null, 400),
        (format!("POST {NUMBERS}/"), order(json!({})), 400),
        (format!("POST {NUMBERS}/"), json!([]), 400),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({ "tollfreeNumber": "555" }))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({ "tollfreeNumber": "8005550000" }))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({ "moUrl": "n.acme.test" }))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({ "webhookPassword": "" }))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({ "webhookUsername": "acme" }))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({ "emailaddress": "a@b" }))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([order(json!({})), order(json!({}))]),
            400,
        ),
        (
            format!("POST {NUMBERS}/"),
            json!([
                order(json!({})),
                order(json!({ "tollfreeNumber": "8005550000" }))
            ]),
            400,
        ),
    ] {
        let got = rig.api(&token, &line, body.clone()).await;
        assert_eq!(got.status, status, "{line} {body} {got:?}");
    }
    let bought = rig
        .api(&token, &format!("GET {NUMBERS}/"), Value::Null)
        .await
        .body;
    assert_eq!(bought, json!([]), "half an order is no order");

    for (shape, want) in [
        (ListShape::Strings, json!("8005550123")),
        (
            ListShape::Objects,
            json!({ "tollfreeNumber": "8005550123" }),
        ),
    ] {
        rig.admin("PATCH /settings", json!({ "tollfree_list_shape": shape }))
            .await;
        assert_eq!(
            rig.api(&token, &format!("GET {NUMBERS}/available"), Value::Null)
                .await
                .body[0],
            want
        );
    }
    rig.admin(
        "PATCH /settings",
        json!({ "tollfree_list_shape": "entities" }),
    )
    .await;
    assert_eq!(
        rig.api(&token, &format!("GET {NUMBERS}/available"), Value::Null)
            .await
            .body["entities"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
}

#[tokio::test]
async fn users_have_versions_and_come_back_from_the_dead() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let made = rig
        .api(
            &token,
            "POST /api/v2/users",
            json!({ "name": "U", "email": "u@acme.test", "password": "hunter2-hunter2" }),
        )
        .await;
    assert_eq!(
        (
            made.status,
            &made.body["version"],
            made.body["division"]["id"].is_string()
        ),
        (200, &json!(1), true),
        "{made:?}"
    );
    assert!(!made.body.to_string().contains("assword"));
    let path = format!("/api/v2/users/{}", made.body["id"].as_str().unwrap());
    let patched = rig
        .api(
            &token,
            &format!("PATCH {path}"),
            json!({ "version": 1, "title": "T", "acdAutoAnswer": true }),
        )
        .await;
    assert_eq!(
        (&patched.body["version"], &patched.body["title"]),
        (&json!(2), &json!("T"))
    );
    assert_eq!(
        rig.api(
            &token,
            &format!("POST {path}/password"),
            json!({ "newPassword": "p" })
        )
        .await
        .status,
        204
    );
    assert_eq!(
        rig.api(&token, &format!("DELETE {path}"), Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(
        rig.api(&token, &format!("GET {path}"), Value::Null)
            .await
            .status,
        404
    );
    let dead = rig
        .api(&token, &format!("GET {path}?state=deleted"), Value::Null)
        .await;
    assert_eq!(dead.body["state"], "deleted");
    let again = rig
        .api(
            &token,
            "POST /api/v2/users",
            json!({ "name": "U", "email": "u@acme.test" }),
        )
        .await;
    assert_eq!(
        (again.status, &again.body["code"]),
        (409, &json!("general.conflict"))
    );
    let back = rig
        .api(
            &token,
            &format!("PATCH {path}"),
            json!({ "state": "active", "version": dead.body["version"] }),
        )
        .await;
    assert_eq!(back.body["state"], "active");
}

#[tokio::test]
async fn lists_come_in_pages_and_limits_hold() {
    let rig = Rig::with(Settings {
        requests_per_minute: 70,
        stale_reads: 0,
        ..Settings::default()
    })
    .await;
    let token = rig.token().await;
    for i in 0..57 {
        let got = rig
            .api(
                &token,
                &format!("POST {ROLES}"),
                json!({ "name": format!("Role {i:02}") }),
            )
            .await;
        assert_eq!(got.status, 200);
    }
    // 57 and the three seeded ones.
    for (query, count, next, previous) in [
        ("", 25, true, false),
        ("?pageNumber=2", 25, true, true),
        ("?pageNumber=3", 10, false, true),
        ("?pageNumber=4", 0, false, true),
        ("?pageSize=100&name=role%200", 10, false, false),
        ("?pageSize=60&pageNumber=1", 60, false, false),
    ] {
        let got = rig
            .api(&token, &format!("GET {ROLES}{query}"), Value::Null)
            .await
            .body;
        let links = (got["nextUri"].is_string(), got["previousUri"].is_string());
        assert_eq!(
            (got["entities"].as_array().unwrap().len(), links),
            (count, (next, previous)),
            "{query}"
        );
        let total = got["total"].as_u64().unwrap();
        assert_eq!(
            got["pageCount"].as_u64().unwrap(),
            total.div_ceil(got["pageSize"].as_u64().unwrap())
        );
    }
    // The list of clients knows no pages.
    let clients = rig
        .api(&token, &format!("GET {CLIENTS}?pageSize=1"), Value::Null)
        .await;
    assert_eq!(
        (clients.status, &clients.body["pageCount"]),
        (200, &json!(1))
    );

    // 64 requests so far; six more, then the limit, until the minute is over.
    for _ in 0..6 {
        assert_eq!(
            rig.api(&token, "GET /api/v2/tokens/me", Value::Null)
                .await
                .status,
            200
        );
    }
    let limited = rig.api(&token, "GET /api/v2/tokens/me", Value::Null).await;
    assert_eq!(
        (limited.status, &limited.body["limit"]["value"]),
        (429, &json!(70)),
        "{limited:?}"
    );
    let seconds: u64 = limited.retry_after.unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds));
    assert_eq!(
        rig.api(&rig.token().await, "GET /api/v2/tokens/me", Value::Null)
            .await
            .status,
        200,
        "the limit is a token's"
    );
    rig.admin("POST /clock", json!({ "advance_seconds": seconds }))
        .await;
    assert_eq!(
        rig.api(&token, "GET /api/v2/tokens/me", Value::Null)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_catalogue_explains_every_wildcard() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let made = rig
        .api(
            &token,
            &format!("POST {ROLES}"),
            role("M", &["messaging", "messagingProvisioning"]),
        )
        .await
        .body;
    let mut from_catalogue = Vec::new();
    for domain in ["messaging", "messagingProvisioning"] {
        let got = rig
            .api(
                &token,
                &format!("GET /api/v2/authorization/permissions?queryType=domain&query={domain}"),
                Value::Null,
            )
            .await
            .body;
        assert_eq!(got["entities"].as_array().unwrap().len(), 1);
        for (entity, actions) in got["entities"][0]["permissionMap"].as_object().unwrap() {
            let actions: Vec<&Value> = actions
                .as_array()
                .unwrap()
                .iter()
                .map(|a| &a["action"])
                .collect();
            from_catalogue
                .push(json!({ "domain": domain, "entityName": entity, "actionSet": actions }));
        }
    }
    assert_eq!(made["permissionPolicies"], json!(from_catalogue));
    rig.admin("PATCH /settings", json!({ "expand_wildcards": false }))
        .await;
    let kept = rig
        .api(&token, &format!("POST {ROLES}"), role("K", &["messaging"]))
        .await
        .body;
    assert_eq!(
        kept["permissionPolicies"],
        json!([ { "domain": "messaging", "entityName": "*", "actionSet": ["*"] } ])
    );
}
