//! Roles.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};
use trunkline_api::Value;
use trunkline_http::testing::{Received, Reply};

use crate::{Bench, list, no_such, with};

const ROLE: &str = "genesyscloud_auth_role";
const ROLES: &str = "/api/v2/authorization/roles";

/// A service with one role at most, that stores wildcards expanded and is slow to show a change.
struct Roles {
    role: Mutex<Option<Json>>,
    stale: AtomicUsize,
}

impl Roles {
    fn empty() -> Roles {
        Roles {
            role: Mutex::new(None),
            stale: AtomicUsize::new(0),
        }
    }

    fn answer(&self, request: &Received) -> Reply {
        let mut role = self.role.lock().unwrap();
        let one = format!("{ROLES}/r1");
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v2/authorization/permissions") => {
                let actions = json!([{"action": "add"}, {"action": "view"}]);
                let domain = request.query.rsplit('=').next().unwrap();
                list(vec![
                    json!({"domain": domain, "permissionMap": {"number": actions, "setting": actions}}),
                ])
            }
            ("GET", ROLES) => list(role.iter().cloned().collect()),
            ("POST", ROLES) | ("PUT", _) => {
                let mut stored = request.json();
                stored["id"] = json!("r1");
                stored["permissionPolicies"] = expanded(&stored["permissionPolicies"]);
                *role = Some(stored.clone());
                if request.method == "POST" {
                    self.stale.store(1, Ordering::SeqCst);
                }
                Reply::json(200, &stored)
            }
            ("GET", path) if path == one => match &*role {
                Some(_) if self.stale.swap(0, Ordering::SeqCst) == 1 => no_such(),
                Some(role) => Reply::json(200, role),
                None => no_such(),
            },
            ("DELETE", path) if path == one => {
                *role = None;
                Reply::empty(204)
            }
            _ => no_such(),
        }
    }
}

fn expanded(policies: &Json) -> Json {
    let mut all = Vec::new();
    for policy in policies.as_array().unwrap() {
        for entity in ["number", "setting"] {
            all.push(json!({"domain": policy["domain"], "entityName": entity, "actionSet": ["view", "add"]}));
        }
    }
    Json::Array(all)
}

fn config() -> Json {
    let policy = |domain: &str| json!({"domain": domain, "entity_name": "*", "action_set": ["*"]});
    json!({"name": "Nexus Messaging", "permission_policies": [policy("messaging"), policy("messagingProvisioning")]})
}

async fn bench() -> (Bench, std::sync::Arc<Roles>) {
    let roles = std::sync::Arc::new(Roles::empty());
    let kept = roles.clone();
    (Bench::new(move |request| roles.answer(request)).await, kept)
}

async fn created() -> (Bench, std::sync::Arc<Roles>, Value) {
    let (bench, roles) = bench().await;
    let made = bench.create(ROLE, &config()).await;
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    (bench, roles, made.state)
}

#[tokio::test]
async fn create_looks_first_and_waits_until_it_shows() {
    let (bench, _, state) = created().await;
    let after_catalogue: Vec<String> = bench
        .lines()
        .into_iter()
        .filter(|l| !l.contains("/permissions"))
        .collect();
    assert_eq!(
        after_catalogue,
        [
            "GET /api/v2/authorization/roles?pageSize=100&pageNumber=1&name=Nexus+Messaging&userCount=false",
            "POST /api/v2/authorization/roles",
            "GET /api/v2/authorization/roles/r1",
            "GET /api/v2/authorization/roles/r1",
        ]
    );
    assert_eq!(
        bench.bodies("POST /api/v2/authorization"),
        [json!({
            "name": "Nexus Messaging", "description": "", "permissions": [],
            "permissionPolicies": [
                {"domain": "messaging", "entityName": "*", "actionSet": ["*"]},
                {"domain": "messagingProvisioning", "entityName": "*", "actionSet": ["*"]},
            ],
        })]
    );
    assert_eq!(state.attr("id").unwrap().as_str(), Some("r1"));
}

#[tokio::test]
async fn an_expanded_wildcard_is_no_change_and_a_removed_action_is_drift() {
    let (bench, roles, state) = created().await;
    let read = bench.read(ROLE, &state).await;
    assert!(read.diagnostics.is_empty());
    assert_eq!(read.state, state);
    let plan = bench
        .plan(ROLE, &state, &bench.value(ROLE, &config()))
        .await;
    assert_eq!(plan.planned, state);

    roles.role.lock().unwrap().as_mut().unwrap()["permissionPolicies"][0]["actionSet"] =
        json!(["view"]);
    let drifted = bench.read(ROLE, &state).await.state;
    assert_ne!(drifted, state);
    let plan = bench
        .plan(ROLE, &drifted, &bench.value(ROLE, &config()))
        .await;
    assert_eq!(plan.planned, state);
    let repaired = bench
        .apply(ROLE, &drifted, &plan.planned, &bench.value(ROLE, &config()))
        .await;
    assert_eq!(
        (repaired.state, repaired.diagnostics),
        (state.clone(), vec![])
    );
    assert_eq!(bench.read(ROLE, &state).await.state, state);
}

#[tokio::test]
async fn a_second_role_of_the_name_is_not_made() {
    let (bench, _, _) = created().await;
    let again = bench.create(ROLE, &config()).await;
    assert_eq!(
        bench.texts(&again.diagnostics),
        [
            "Role Already Exists: The organisation already has a role \"Nexus Messaging\", with id r1. Import it under this address, or choose another name."
        ]
    );
    assert!(again.state.is_null());
    assert_eq!(bench.bodies("POST /api/v2/authorization/roles").len(), 1);
}

#[tokio::test]
async fn delete_is_done_when_nothing_is_there_any_more() {
    let (bench, roles, state) = created().await;
    let gone = bench.delete(ROLE, &state).await;
    assert_eq!((gone.state.is_null(), gone.diagnostics), (true, vec![]));
    assert!(roles.role.lock().unwrap().is_none());
    let again = bench.delete(ROLE, &state).await;
    assert_eq!((again.state.is_null(), again.diagnostics), (true, vec![]));
    assert!(bench.read(ROLE, &state).await.state.is_null());
}

#[tokio::test]
async fn a_lost_answer_is_unsettled_and_the_role_is_found_again() {
    let bench = Bench::new(
        |request| match (request.method.as_str(), request.path.as_str()) {
            ("POST", ROLES) => Reply::Drop,
            ("GET", ROLES) if request.query.contains("name=") => list(vec![]),
            _ => no_such(),
        },
    )
    .await;
    let lost = bench.create(ROLE, &config()).await;
    assert!(lost.unsettled && lost.state.is_null() && lost.diagnostics.len() == 1);
    assert_eq!(bench.bodies("POST /api/v2/authorization/roles").len(), 1);

    let (bench, _, state) = created().await;
    let request = |known: &[&str]| trunkline_api::provider::ReconcileRequest {
        adopting: false,
        type_name: ROLE.into(),
        planned: with(&state, &json!({})),
        known_ids: known.iter().map(|s| (*s).to_owned()).collect(),
        private: std::sync::Arc::from(&b""[..]),
    };
    use trunkline_api::Provider;
    let found = bench.provider.reconcile(request(&[])).await.found;
    assert_eq!((found.len(), &found[0].state), (1, &state));
    assert!(
        bench
            .provider
            .reconcile(request(&["r1"]))
            .await
            .found
            .is_empty()
    );
}

#[tokio::test]
async fn an_unknown_permission_is_warned_about() {
    let (bench, _) = bench().await;
    let config = json!({"name": "r", "permission_policies": [
        {"domain": "messaging", "entity_name": "kite", "action_set": ["view"]}]});
    let plan = bench
        .plan(ROLE, &bench.null(ROLE), &bench.value(ROLE, &config))
        .await;
    assert_eq!(
        bench.texts(&plan.diagnostics),
        [
            "Permission Not in the Catalogue: The permission domain \"messaging\" has no entity \"kite\".\n\nThe service accepts such policies, but they permit nothing until the organisation has them."
        ]
    );
}

#[tokio::test]
async fn a_built_in_role_is_taken_up_and_restored() {
    let bench = Bench::new(
        |request| match (request.method.as_str(), request.path.as_str()) {
            ("GET", ROLES) => list(vec![
                json!({"id": "b1", "name": "employee", "defaultRoleId": "employee"}),
            ]),
            ("PUT", _) => Reply::json(200, &json!({})),
            _ => no_such(),
        },
    )
    .await;
    let wrong = bench
        .create(
            ROLE,
            &json!({"name": "Mine", "default_role_id": "employee"}),
        )
        .await;
    assert!(
        wrong.diagnostics[0].detail.starts_with("GC07"),
        "{:?}",
        wrong.diagnostics
    );
    let made = bench
        .create(
            ROLE,
            &json!({"name": "employee", "default_role_id": "employee"}),
        )
        .await;
    assert!(made.diagnostics.is_empty());
    let gone = bench.delete(ROLE, &made.state).await;
    assert!(gone.state.is_null());
    assert_eq!(
        bench.bodies("PUT /api/v2/authorization/roles/default"),
        [json!([{"id": "b1"}])]
    );
    assert!(!bench.lines().iter().any(|line| line.starts_with("DELETE")));
}

#[tokio::test]
async fn gc09_the_plan_says_what_becomes_of_wildcards() {
    let (bench, _) = bench().await;
    let notes = async |policy: Json| {
        let config = json!({"name": "r", "permission_policies": [policy]});
        let config = bench.value(ROLE, &config);
        let plan = bench.plan(ROLE, &bench.null(ROLE), &config).await;
        plan.notes.into_iter().map(|n| n.text).collect::<Vec<_>>()
    };
    for wild in [
        json!({"domain": "messaging", "entity_name": "*", "action_set": ["view"]}),
        json!({"domain": "messaging", "entity_name": "number", "action_set": ["*"]}),
    ] {
        let said = notes(wild).await;
        assert!(said.len() == 1 && said[0].starts_with("GC09: "), "{said:?}");
    }
    let plain = json!({"domain": "messaging", "entity_name": "number", "action_set": ["view"]});
    assert_eq!(notes(plain).await, [""; 0]);
}
