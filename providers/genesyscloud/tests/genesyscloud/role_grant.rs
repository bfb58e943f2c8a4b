//! Additive grants.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};
use trunkline_api::provider::{ImportRequest, ListRequest, ReconcileRequest};
use trunkline_api::{Provider, Type, Value};
use trunkline_http::testing::{Received, Reply};

use crate::{Bench, list, no_such};

const GRANT: &str = "genesyscloud_role_grant";
const USER: &str = "11111111-1111-4111-8111-111111111111";
const ROLE: &str = "22222222-2222-4222-8222-222222222222";
const HOME: &str = "33333333-3333-4333-8333-333333333333";

fn config() -> Json {
    json!({"subject_id": USER, "role_id": ROLE})
}

fn grant(subject: &str, role: &str) -> Json {
    json!({"subjectId": subject, "division": {"id": HOME}, "role": {"id": role, "name": "r"}})
}

/// A service whose user has another role, and this one through a group; it knows a new role only at
/// the second try.
fn subjects(misses: usize) -> impl Fn(&Received) -> Reply {
    let grants = Mutex::new(vec![grant(USER, "other"), grant("group", ROLE)]);
    let misses = AtomicUsize::new(misses);
    move |request| {
        let mut grants = grants.lock().unwrap();
        let one = format!("/api/v2/authorization/subjects/{USER}/divisions/{HOME}/roles/{ROLE}");
        let subject = format!("/api/v2/authorization/subjects/{USER}");
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v2/authorization/divisions/home") => {
                Reply::json(200, &json!({"id": HOME}))
            }
            ("GET", path) if path == subject => {
                Reply::json(200, &json!({"id": USER, "grants": *grants}))
            }
            ("POST", path) if path == one => {
                if misses.load(Ordering::SeqCst) > 0 {
                    misses.fetch_sub(1, Ordering::SeqCst);
                    return no_such();
                }
                if !grants.contains(&grant(USER, ROLE)) {
                    grants.push(grant(USER, ROLE));
                }
                Reply::empty(204)
            }
            ("DELETE", path) if path == one && grants.contains(&grant(USER, ROLE)) => {
                grants.retain(|g| *g != grant(USER, ROLE));
                Reply::empty(204)
            }
            _ => no_such(),
        }
    }
}

#[tokio::test]
async fn a_grant_is_added_in_the_home_division_and_removed_alone() {
    let bench = Bench::new(subjects(1)).await;
    let made = bench.create(GRANT, &config()).await;
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    let id = format!("{USER}/{HOME}/{ROLE}");
    assert_eq!(made.state.attr("id").unwrap().as_str(), Some(id.as_str()));
    let path = format!("/api/v2/authorization/subjects/{USER}/divisions/{HOME}/roles/{ROLE}");
    let post = format!("POST {path}?subjectType=PC_USER");
    assert_eq!(
        bench
            .lines()
            .into_iter()
            .filter(|l| l.starts_with("POST"))
            .collect::<Vec<_>>(),
        [post.as_str(); 2]
    );

    assert_eq!(bench.read(GRANT, &made.state).await.state, made.state);
    let plan = bench
        .plan(GRANT, &made.state, &bench.value(GRANT, &config()))
        .await;
    assert_eq!(
        (plan.planned, plan.requires_replace),
        (made.state.clone(), vec![])
    );

    for _ in 0..2 {
        let gone = bench.delete(GRANT, &made.state).await;
        assert_eq!((gone.state.is_null(), gone.diagnostics), (true, vec![]));
    }
    assert!(bench.read(GRANT, &made.state).await.state.is_null());
    let calls = bench.lines();
    assert!(
        !calls
            .iter()
            .any(|l| l.contains("bulk") || (l.starts_with("DELETE") && !l.ends_with(ROLE))),
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_grant_through_a_group_is_not_the_users() {
    let bench = Bench::new(subjects(0)).await;
    let state = bench.value(GRANT, &json!({
        "id": "x", "subject_id": USER, "role_id": ROLE, "division_id": HOME, "subject_type": "PC_USER"}));
    assert!(bench.read(GRANT, &state).await.state.is_null());
}

#[tokio::test]
async fn every_change_is_a_replacement() {
    let bench = Bench::new(subjects(0)).await;
    let made = bench.create(GRANT, &config()).await.state;
    let other = json!({"subject_id": HOME, "role_id": HOME, "division_id": "*", "subject_type": "PC_GROUP"});
    let plan = bench.plan(GRANT, &made, &bench.value(GRANT, &other)).await;
    let places: Vec<String> = plan
        .requires_replace
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        places,
        ["subject_id", "subject_type", "role_id", "division_id"]
    );
}

#[tokio::test]
async fn a_grant_that_was_there_before_is_said() {
    let bench = Bench::new(subjects(0)).await;
    bench.create(GRANT, &config()).await;
    let again = bench.create(GRANT, &config()).await;
    assert_eq!(again.diagnostics.len(), 1);
    assert_eq!(again.diagnostics[0].summary, "Grant Already There");
    assert!(!again.diagnostics[0].is_error());
}

#[tokio::test]
async fn a_subject_that_never_appears_is_an_error_with_advice() {
    let bench = Bench::new(subjects(usize::MAX)).await;
    let failed = bench.create(GRANT, &config()).await;
    let texts = bench.texts(&failed.diagnostics);
    assert!(
        texts[0].starts_with("Object Not Found: Granting the role failed: POST [URL]/api/v2/"),
        "{texts:?}"
    );
    assert!(texts[0].ends_with("\n\nCheck that subject_id, role_id and division_id exist, and that subject_type is right."), "{texts:?}");
    assert!(failed.state.is_null());
}

#[tokio::test]
async fn a_lost_grant_is_found_by_what_it_is() {
    let bench = Bench::new(subjects(0)).await;
    let made = bench.create(GRANT, &config()).await.state;
    let planned = trunkline_api::kit::attrs::set(
        &made,
        "division_id",
        trunkline_api::Value::unknown(trunkline_api::Type::String),
    );
    let listed = bench
        .provider
        .list(ListRequest {
            type_name: GRANT.into(),
            planned: planned.clone(),
        })
        .await
        .unwrap();
    assert_eq!(
        listed,
        [
            format!("{USER}/{HOME}/other"),
            format!("{USER}/{HOME}/{ROLE}")
        ]
    );
    let request = |known_ids| ReconcileRequest {
        adopting: false,
        type_name: GRANT.into(),
        planned: planned.clone(),
        known_ids,
        private: std::sync::Arc::from(&b""[..]),
    };
    let found = bench.provider.reconcile(request(vec![])).await.found;
    assert_eq!((found.len(), &found[0].state), (1, &made));
    assert!(
        bench
            .provider
            .reconcile(request(listed))
            .await
            .found
            .is_empty()
    );
}

#[tokio::test]
async fn an_import_id_names_subject_division_and_role() {
    let bench = Bench::new(subjects(0)).await;
    let import = |id: String| {
        bench.provider.import(ImportRequest {
            type_name: GRANT.into(),
            id,
            config: Value::null(Type::Dynamic),
        })
    };
    let found = import(format!("PC_OAUTH_CLIENT/{USER}/{HOME}/{ROLE}"))
        .await
        .state
        .unwrap();
    assert_eq!(
        found.attr("subject_type").unwrap().as_str(),
        Some("PC_OAUTH_CLIENT")
    );
    assert_eq!(
        found.attr("id").unwrap().as_str(),
        Some(format!("{USER}/{HOME}/{ROLE}").as_str())
    );
    assert_eq!(
        import("nonsense".into()).await.diagnostics[0].summary,
        "Invalid Import Id"
    );
}

#[tokio::test]
async fn a_grant_whose_answer_was_lost_is_not_settled_by_a_refusal() {
    let inner = subjects(0);
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let refusal = || {
        Reply::json(
            403,
            &json!({"message": "no", "code": "missing.any.permissions"}),
        )
    };
    let bench = Bench::new(move |request: &Received| match request.method.as_str() {
        "POST" if tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 => Reply::Drop,
        "POST" => refusal(),
        _ => inner(request),
    })
    .await;
    let lost = bench.create(GRANT, &config()).await;
    assert!(lost.unsettled, "{:?}", lost.diagnostics);
    let inner = subjects(0);
    let bench = Bench::new(move |request: &Received| match request.method.as_str() {
        "POST" => refusal(),
        _ => inner(request),
    })
    .await;
    let refused = bench.create(GRANT, &config()).await;
    assert!(!refused.unsettled && !refused.diagnostics.is_empty());
}

/// Users, the groups that they are in, and OAuth clients beside the roles that the clients themselves have.
#[tokio::test]
async fn grants_of_every_kind_of_subject_are_discovered() {
    let answer = |request: &Received| {
        let of = |subject: &str, grants: Vec<Json>| {
            Reply::json(200, &json!({"id": subject, "grants": grants}))
        };
        match request.path.rsplit('/').next().unwrap() {
            "users" => list(vec![json!({"id": USER})]),
            "clients" => list(vec![json!({
                "id": "client", "roleDivisions": [{"roleId": "own", "divisionId": HOME}],
            })]),
            USER => of(USER, vec![grant(USER, "other"), grant("group", ROLE)]),
            "group" => of("group", vec![grant("group", ROLE)]),
            "client" => of(
                "client",
                vec![grant("client", "own"), grant("client", "beside")],
            ),
            _ => no_such(),
        }
    };
    let bench = Bench::new(answer).await;
    let mut found = bench.provider.discover(GRANT).await.unwrap().unwrap();
    found.sort();
    let ids = [
        format!("{USER}/{HOME}/other"),
        format!("PC_GROUP/group/{HOME}/{ROLE}"),
        format!("PC_OAUTH_CLIENT/client/{HOME}/beside"),
    ];
    assert_eq!(found, ids);
    for (id, kind) in ids.iter().zip(["PC_USER", "PC_GROUP", "PC_OAUTH_CLIENT"]) {
        let request = ImportRequest {
            type_name: GRANT.into(),
            id: id.clone(),
            config: Value::null(Type::Dynamic),
        };
        let state = bench.provider.import(request).await.state.unwrap();
        assert_eq!(
            state.attr("subject_type").unwrap().as_str(),
            Some(kind),
            "{id}"
        );
    }
}
