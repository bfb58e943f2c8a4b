//! OAuth clients and the life of their secrets.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use trunkline_api::kit::attrs;
use trunkline_api::provider::{ImportRequest, NoteKind, PlanRequest, ReconcileRequest};
use trunkline_api::{Provider, Type, Value, objchange};
use trunkline_http::testing::{Received, Reply};

use crate::{Bench, list, no_such, with};

const CLIENT: &str = "genesyscloud_oauth_client";
const CLIENTS: &str = "/api/v2/oauth/clients";
const ROLE: &str = "22222222-2222-4222-8222-222222222222";
const HOME: &str = "33333333-3333-4333-8333-333333333333";

fn config() -> Json {
    json!({"name": "Nexus Messaging Integration", "authorized_grant_type": "CLIENT-CREDENTIALS", "roles": [{"role_id": ROLE}]})
}

/// A service with one client at most. It gives secrets only in the answers to a create and a reset.
#[derive(Default)]
struct Clients {
    client: Mutex<Option<Json>>,
    secrets: Mutex<usize>,
    /// How many creates are refused because the caller does not hold the role yet.
    forbidden: Mutex<usize>,
    /// Whether the answer to the next reset is lost.
    lose_reset: Mutex<bool>,
}

impl Clients {
    fn with_secret(&self, client: &Json) -> Reply {
        let mut secrets = self.secrets.lock().unwrap();
        *secrets += 1;
        let mut client = client.clone();
        client["secret"] = json!(format!("secret-{secrets}"));
        Reply::json(200, &client)
    }

    fn answer(&self, request: &Received) -> Reply {
        let mut stored = self.client.lock().unwrap();
        let one = format!("{CLIENTS}/c1");
        let reset = format!("{CLIENTS}/c1/secret");
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v2/authorization/divisions/home") => {
                Reply::json(200, &json!({"id": HOME}))
            }
            ("GET", CLIENTS) => list(stored.iter().cloned().collect()),
            ("POST", CLIENTS) => {
                let mut forbidden = self.forbidden.lock().unwrap();
                if *forbidden > 0 {
                    *forbidden -= 1;
                    return Reply::json(
                        403,
                        &json!({"message": "the caller lacks a role", "code": "missing.role"}),
                    );
                }
                let mut client = request.json();
                client["id"] = json!("c1");
                *stored = Some(client.clone());
                self.with_secret(&client)
            }
            ("POST", path) if path == reset => {
                if std::mem::take(&mut *self.lose_reset.lock().unwrap()) {
                    return Reply::Drop;
                }
                self.with_secret(stored.as_ref().unwrap())
            }
            ("PUT", path) if path == one && stored.is_some() => {
                let mut client = request.json();
                client["id"] = json!("c1");
                *stored = Some(client.clone());
                Reply::json(200, &client)
            }
            ("DELETE", path) if path == one && stored.is_some() => {
                if stored.as_ref().unwrap()["state"] == "active" {
                    return Reply::json(
                        400,
                        &json!({"message": "still active", "code": "cannot.delete.client"}),
                    );
                }
                // An older client lingers for seven days.
                stored.as_mut().unwrap()["dateToDelete"] = json!("2027-01-01T00:00:00Z");
                Reply::empty(204)
            }
            ("GET", path) if path == one => stored
                .as_ref()
                .map_or_else(no_such, |client| Reply::json(200, client)),
            _ => no_such(),
        }
    }
}

async fn bench() -> (Bench, Arc<Clients>) {
    let clients = Arc::new(Clients::default());
    let kept = clients.clone();
    (
        Bench::new(move |request| clients.answer(request)).await,
        kept,
    )
}

async fn created() -> (Bench, Arc<Clients>, Value) {
    let (bench, clients) = bench().await;
    let made = bench.create(CLIENT, &config()).await;
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    (bench, clients, made.state)
}

fn secret(state: &Value) -> Option<&str> {
    attrs::text(state, "client_secret")
}

#[tokio::test]
async fn the_secret_of_the_create_is_kept_by_reads() {
    let (bench, _, state) = created().await;
    assert_eq!(attrs::text(&state, "client_id"), Some("c1"));
    assert_eq!(secret(&state), Some("secret-1"));
    // Nothing is asked after the create: the secret must be saved first.
    assert_eq!(bench.lines().last().unwrap(), "POST /api/v2/oauth/clients");
    assert_eq!(
        bench.bodies("POST /api/v2/oauth/clients"),
        [json!({
            "name": "Nexus Messaging Integration", "description": "",
            "authorizedGrantType": "CLIENT-CREDENTIALS", "accessTokenValiditySeconds": 86400, "state": "active",
            "roleDivisions": [{"roleId": ROLE, "divisionId": HOME}],
        })]
    );
    let read = bench.read(CLIENT, &state).await;
    assert_eq!((read.state, read.diagnostics), (state.clone(), vec![]));
    let plan = bench
        .plan(CLIENT, &state, &bench.value(CLIENT, &config()))
        .await;
    assert_eq!((plan.planned, plan.notes), (state, vec![]));
}

#[tokio::test]
async fn an_update_writes_the_whole_client_and_leaves_the_secret() {
    let (bench, _, state) = created().await;
    let mut wanted = config();
    wanted["description"] = json!("for SMS");
    let wanted = bench.value(CLIENT, &wanted);
    let plan = bench.plan(CLIENT, &state, &wanted).await;
    let done = bench.apply(CLIENT, &state, &plan.planned, &wanted).await;
    assert_eq!(
        (&done.state, done.diagnostics),
        (&with(&state, &json!({"description": "for SMS"})), vec![])
    );
    let put = &bench.bodies("PUT")[0];
    assert_eq!(
        (&put["description"], &put["roleDivisions"]),
        (
            &json!("for SMS"),
            &json!([{"roleId": ROLE, "divisionId": HOME}])
        )
    );
    assert!(put.get("secret").is_none());
}

#[tokio::test]
async fn another_grant_type_is_a_replacement() {
    let (bench, _, state) = created().await;
    let wanted = json!({"name": "n", "authorized_grant_type": "CODE", "scopes": ["users"]});
    let plan = bench
        .plan(CLIENT, &state, &bench.value(CLIENT, &wanted))
        .await;
    assert_eq!(
        plan.requires_replace[0].to_string(),
        "authorized_grant_type"
    );
}

#[tokio::test]
async fn a_rotation_resets_the_secret_and_nothing_else() {
    let (bench, _, state) = created().await;
    let mut wanted = config();
    wanted["secret_rotation"] = json!("2026-11");
    let wanted = bench.value(CLIENT, &wanted);
    let plan = bench.plan(CLIENT, &state, &wanted).await;
    assert!(!plan.planned.attr("client_secret").unwrap().is_known());
    assert_eq!(plan.notes[0].kind, NoteKind::Manual);
    let done = bench.apply(CLIENT, &state, &plan.planned, &wanted).await;
    assert_eq!(
        (secret(&done.state), done.diagnostics),
        (Some("secret-2"), vec![])
    );
    assert!(bench.bodies("PUT").is_empty());
    let again = bench.plan(CLIENT, &done.state, &wanted).await;
    assert_eq!(again.planned, done.state);
}

#[tokio::test]
async fn a_secret_lost_with_a_reset_is_reset_again() {
    let (bench, clients, state) = created().await;
    *clients.lose_reset.lock().unwrap() = true;
    let mut wanted = config();
    wanted["secret_rotation"] = json!("2026-11");
    let wanted = bench.value(CLIENT, &wanted);
    let plan = bench.plan(CLIENT, &state, &wanted).await;
    let lost = bench.apply(CLIENT, &state, &plan.planned, &wanted).await;
    assert!(lost.unsettled && secret(&lost.state).is_none());
    assert_eq!(bench.bodies(&format!("POST {CLIENTS}/c1/secret")).len(), 1);
    let plan = bench.plan(CLIENT, &lost.state, &wanted).await;
    let done = bench
        .apply(CLIENT, &lost.state, &plan.planned, &wanted)
        .await;
    assert_eq!(
        (secret(&done.state), done.diagnostics),
        (Some("secret-2"), vec![])
    );
}

#[tokio::test]
async fn a_client_whose_answer_was_lost_is_found_and_gets_a_secret() {
    let (bench, _, state) = created().await;
    let planned = with(&state, &json!({"client_secret": "x"}));
    let unknown = Value::unknown(trunkline_api::Type::String);
    let planned = attrs::set(
        &attrs::set(&planned, "client_secret", unknown.clone()),
        "id",
        unknown,
    );
    let request = |known: &[&str]| ReconcileRequest {
        adopting: false,
        type_name: CLIENT.into(),
        planned: planned.clone(),
        known_ids: known.iter().map(|s| (*s).to_owned()).collect(),
        private: Arc::from(&b""[..]),
    };
    assert!(
        bench
            .provider
            .reconcile(request(&["c1"]))
            .await
            .found
            .is_empty()
    );
    let found = bench.provider.reconcile(request(&[])).await.found;
    let found = &found[0].state;
    assert_eq!(
        (attrs::text(found, "client_id"), secret(found)),
        (Some("c1"), None)
    );
    let wanted = bench.value(CLIENT, &config());
    let plan = bench.plan(CLIENT, found, &wanted).await;
    assert!(plan.requires_replace.is_empty());
    let done = bench.apply(CLIENT, found, &plan.planned, &wanted).await;
    assert_eq!(
        (secret(&done.state), done.diagnostics),
        (Some("secret-2"), vec![])
    );
}

#[tokio::test]
async fn an_imported_client_keeps_its_unknown_secret_until_rotation_is_asked() {
    let (bench, _, _) = created().await;
    let import = ImportRequest {
        type_name: CLIENT.into(),
        id: "c1".into(),
        config: Value::null(Type::Dynamic),
    };
    let imported = bench.provider.import(import).await;
    let state = bench.read(CLIENT, &imported.state.unwrap()).await.state;
    let private = imported.private.unwrap();
    let plan = |config: Json| {
        let config = bench.value(CLIENT, &config);
        let block = &bench.provider.schema().resources[CLIENT].block;
        bench.provider.plan(PlanRequest {
            type_name: CLIENT.into(),
            proposed: objchange::proposed_new(block, &state, &config),
            prior: state.clone(),
            config,
            private: private.clone(),
        })
    };
    assert_eq!(plan(config()).await.planned, state);
    let mut rotated = config();
    rotated["secret_rotation"] = json!("1");
    assert!(
        !plan(rotated)
            .await
            .planned
            .attr("client_secret")
            .unwrap()
            .is_known()
    );
}

#[tokio::test]
async fn a_role_that_the_caller_was_just_given_may_need_patience_and_a_fresh_token() {
    let (bench, clients) = bench().await;
    *clients.forbidden.lock().unwrap() = 2;
    let made = bench.create(CLIENT, &config()).await;
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    assert_eq!(secret(&made.state), Some("secret-1"));
    let tokens = bench
        .server
        .lines()
        .iter()
        .filter(|l| *l == "POST /oauth/token")
        .count();
    assert_eq!(tokens, 2);
}

#[tokio::test]
async fn a_role_that_the_caller_does_not_hold_is_explained() {
    let (bench, clients) = bench().await;
    *clients.forbidden.lock().unwrap() = usize::MAX;
    let made = bench.create(CLIENT, &config()).await;
    assert!(!made.unsettled && made.state.is_null());
    assert!(
        made.diagnostics[0]
            .detail
            .contains("or it does not itself hold every role that it puts on the client")
    );
}

#[tokio::test]
async fn a_client_is_deactivated_before_it_is_deleted() {
    let (bench, _, state) = created().await;
    let gone = bench.delete(CLIENT, &state).await;
    assert_eq!((gone.state.is_null(), gone.diagnostics), (true, vec![]));
    let calls: Vec<String> = bench
        .lines()
        .into_iter()
        .filter(|l| l.starts_with("PUT") || l.starts_with("DELETE"))
        .collect();
    assert_eq!(
        calls,
        [
            "PUT /api/v2/oauth/clients/c1",
            "DELETE /api/v2/oauth/clients/c1"
        ]
    );
    assert_eq!(bench.bodies("PUT")[0]["state"], "inactive");
    // What lingers is on its way out, so it counts as gone.
    assert!(bench.read(CLIENT, &state).await.state.is_null());
}

#[tokio::test]
async fn a_list_that_lags_behind_is_looked_at_again() {
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let bench =
        Bench::new(
            move |_| match looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => list(vec![]),
                _ => list(vec![
                    json!({"id": "c1", "name": "Nexus Messaging Integration", "state": "active"}),
                ]),
            },
        )
        .await;
    let request = ReconcileRequest {
        adopting: false,
        type_name: CLIENT.into(),
        planned: bench.value(CLIENT, &config()),
        known_ids: Vec::new(),
        private: Arc::from(&b""[..]),
    };
    assert_eq!(bench.provider.reconcile(request).await.found.len(), 1);
}

#[tokio::test]
async fn a_client_is_found_by_its_exact_name_without_those_on_their_way_out() {
    let bench = Bench::new(|_| {
        list(vec![
            json!({"id": "c1", "name": "engine", "state": "active", "authorizedGrantType": "CODE", "secret": "leak"}),
            json!({"id": "c2", "name": "engine", "state": "inactive", "dateToDelete": "2027-01-01T00:00:00Z"}),
            json!({"id": "c3", "name": "engine 2", "state": "active"}),
        ])
    })
    .await;
    let found = bench.data(CLIENT, &json!({"name": "engine"})).await;
    assert_eq!(
        format!("{:?}", found.state),
        r#"{"authorized_grant_type": "CODE", "client_id": "c1", "id": "c1", "name": "engine", "state": "active"}"#
    );
    let none = bench.data(CLIENT, &json!({"name": "Engine"})).await;
    assert!(
        none.diagnostics[0]
            .detail
            .starts_with("The organisation has 0 OAuth clients")
    );
}
