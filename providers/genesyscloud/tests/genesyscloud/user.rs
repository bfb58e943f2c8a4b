//! Managed users.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use trunkline_api::Provider as _;
use trunkline_api::Value;
use trunkline_api::kit::attrs;
use trunkline_http::testing::{Received, Reply};

use crate::{Bench, list, no_such, with};

const USER: &str = "genesyscloud_user";

fn config() -> Json {
    json!({"email": "ann@acme.test", "name": "Ann", "title": "Agent", "password": "hush-hush", "manager": "11111111-1111-4111-8111-111111111111"})
}

/// A service with one user at most, strict about versions.
#[derive(Default)]
struct Users {
    user: Mutex<Option<Json>>,
    /// How often somebody else changes the user just before a PATCH arrives.
    races: Mutex<usize>,
}

impl Users {
    fn answer(&self, request: &Received) -> Reply {
        let mut stored = self.user.lock().unwrap();
        let deleted = stored.as_ref().is_some_and(|u| u["state"] == "deleted");
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/api/v2/users") if stored.is_some() => Reply::json(
                409,
                &json!({"message": "exists", "code": "general.conflict"}),
            ),
            ("POST", "/api/v2/users") => {
                let mut user = request.json();
                assert!(user.get("manager").is_none() && user.get("password").is_none());
                user["id"] = json!("u1");
                user["version"] = json!(1);
                user["state"] = json!("active");
                user["division"] = json!({"id": "home"});
                *stored = Some(user.clone());
                Reply::json(200, &user)
            }
            ("GET", "/api/v2/users") => {
                assert!(request.query.contains("state=deleted"));
                list(stored.iter().filter(|_| deleted).cloned().collect())
            }
            ("POST", "/api/v2/users/u1/password") => Reply::empty(204),
            ("PATCH", "/api/v2/users/u1") => {
                let (user, patch) = (stored.as_mut().unwrap(), request.json());
                let mut races = self.races.lock().unwrap();
                if *races > 0 {
                    *races -= 1;
                    user["version"] = json!(user["version"].as_i64().unwrap() + 1);
                }
                if patch["version"] != user["version"] {
                    return Reply::json(
                        400,
                        &json!({"message": "version 1 does not match the current version 2", "code": "bad.request"}),
                    );
                }
                assert!(patch.get("state").is_none() || patch.as_object().unwrap().len() == 2);
                for (name, value) in patch.as_object().unwrap() {
                    user[name] = match name.as_str() {
                        "manager" => json!({"id": value}),
                        _ => value.clone(),
                    };
                }
                user["version"] = json!(user["version"].as_i64().unwrap() + 1);
                Reply::json(200, user)
            }
            ("DELETE", "/api/v2/users/u1") => {
                stored.as_mut().unwrap()["state"] = json!("deleted");
                Reply::json(200, &json!({}))
            }
            ("GET", "/api/v2/users/u1") => stored
                .as_ref()
                .map_or_else(no_such, |u| Reply::json(200, u)),
            _ => no_such(),
        }
    }
}

async fn bench() -> (Bench, Arc<Users>) {
    let users = Arc::new(Users::default());
    let kept = users.clone();
    (Bench::new(move |request| users.answer(request)).await, kept)
}

async fn created() -> (Bench, Arc<Users>, Value) {
    let (bench, users) = bench().await;
    let made = bench.create(USER, &config()).await;
    assert!(
        made.diagnostics.is_empty(),
        "{:?}",
        bench.texts(&made.diagnostics)
    );
    (bench, users, made.state)
}

#[tokio::test]
async fn a_create_is_completed_by_what_only_later_calls_take() {
    let (bench, _, state) = created().await;
    assert_eq!(
        bench.bodies("POST /api/v2/users/u1/password"),
        [json!({"newPassword": "hush-hush"})]
    );
    assert_eq!(
        bench.bodies("PATCH"),
        [json!({"manager": "11111111-1111-4111-8111-111111111111", "version": 1})]
    );
    assert_eq!(bench.read(USER, &state).await.state, state);
    let plan = bench
        .plan(USER, &state, &bench.value(USER, &config()))
        .await;
    assert_eq!(plan.planned, state);
}

#[tokio::test]
async fn an_update_takes_the_current_version_and_state_goes_alone() {
    let (bench, users, state) = created().await;
    *users.races.lock().unwrap() = 1;
    let mut wanted = config();
    wanted["title"] = json!("Lead");
    wanted["state"] = json!("inactive");
    let wanted = bench.value(USER, &wanted);
    let plan = bench.plan(USER, &state, &wanted).await;
    let done = bench.apply(USER, &state, &plan.planned, &wanted).await;
    assert_eq!(
        (&done.state, done.diagnostics),
        (
            &with(&state, &json!({"title": "Lead", "state": "inactive"})),
            vec![]
        )
    );
    let sent = &bench.bodies("PATCH")[1..];
    assert_eq!(
        sent,
        [
            json!({"title": "Lead", "version": 2}),
            json!({"title": "Lead", "version": 3}),
            json!({"state": "inactive", "version": 4}),
        ]
    );
}

#[tokio::test]
async fn a_deleted_user_is_restored_only_when_that_is_asked_for() {
    let (bench, _, state) = created().await;
    let gone = bench.delete(USER, &state).await;
    assert!(gone.state.is_null() && gone.diagnostics.is_empty());
    assert!(bench.read(USER, &state).await.state.is_null());
    let refused = bench.create(USER, &config()).await;
    assert!(refused.diagnostics[0].detail.ends_with("A deleted user (u1) has this address. Set restore_deleted = true to restore and manage that user."));
    let mut asked = config();
    asked["restore_deleted"] = json!(true);
    let restored = bench.create(USER, &asked).await;
    assert!(
        restored.diagnostics.is_empty(),
        "{:?}",
        restored.diagnostics
    );
    assert_eq!(
        (
            attrs::text(&restored.state, "id"),
            attrs::text(&restored.state, "state")
        ),
        (Some("u1"), Some("active"))
    );
}

#[tokio::test]
async fn an_administrator_is_not_destroyed_by_mistake() {
    let (bench, _, state) = created().await;
    let plan = async |marks: Json| {
        let prior = marks
            .as_object()
            .unwrap()
            .iter()
            .fold(state.clone(), |value, (name, flag)| {
                attrs::set(&value, name, Value::bool(flag.as_bool().unwrap()))
            });
        bench
            .plan(USER, &prior, &bench.null(USER))
            .await
            .diagnostics
            .len()
    };
    assert_eq!(plan(json!({"administrator": true})).await, 1);
    assert_eq!(
        plan(json!({"administrator": true, "allow_destroy": true})).await,
        0
    );
    assert_eq!(plan(json!({})).await, 0);
}

#[tokio::test]
async fn a_restore_whose_answer_was_lost_is_found_again() {
    let users = Arc::new(Users {
        user: Mutex::default(),
        races: Mutex::default(),
    });
    let lossy = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (service, lose) = (users.clone(), lossy.clone());
    let bench = Bench::new(move |request: &Received| {
        let search = request.path == "/api/v2/users/search";
        if search {
            let user = service.user.lock().unwrap().clone();
            return Reply::json(200, &json!({ "results": [user] }));
        }
        if request.query.contains("state=any") {
            return list(service.user.lock().unwrap().iter().cloned().collect());
        }
        if request.method != "PATCH" {
            return service.answer(request);
        }
        // Creating takes one; the restore's takes effect and is not heard of, and the next is refused.
        match lose.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => service.answer(request),
            1 => {
                service.answer(request);
                Reply::Drop
            }
            _ => Reply::json(
                403,
                &json!({"message": "no", "code": "missing.any.permissions"}),
            ),
        }
    })
    .await;
    let state = bench.create(USER, &config()).await.state;
    assert!(bench.delete(USER, &state).await.state.is_null());
    let mut asked = config();
    asked["restore_deleted"] = json!(true);
    let planned = attrs::set(&state, "restore_deleted", Value::bool(true));
    let list = trunkline_api::provider::ListRequest {
        type_name: USER.into(),
        planned: planned.clone(),
    };
    let known_ids = bench.provider.list(list).await.unwrap();
    assert!(known_ids.is_empty(), "{known_ids:?}");
    let lost = bench.create(USER, &asked).await;
    assert!(lost.unsettled, "{:?}", lost.diagnostics);
    let request = trunkline_api::provider::ReconcileRequest {
        adopting: false,
        type_name: USER.into(),
        planned,
        known_ids,
        private: Arc::from(&b""[..]),
    };
    let found = bench.provider.reconcile(request).await.found;
    assert_eq!(found.len(), 1);
    assert_eq!(attrs::text(&found[0].state, "id"), Some("u1"));
}
