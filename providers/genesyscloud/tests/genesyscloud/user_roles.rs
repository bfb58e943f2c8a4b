//! All roles of one user.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use trunkline_api::provider::NoteKind;
use trunkline_http::testing::{Received, Reply};

use crate::{Bench, no_such};

const ROLES: &str = "genesyscloud_user_roles";
const USER: &str = "11111111-1111-4111-8111-111111111111";
const R1: &str = "22222222-2222-4222-8222-222222222221";
const R2: &str = "22222222-2222-4222-8222-222222222222";
const HOME: &str = "33333333-3333-4333-8333-333333333333";

type Grants = Arc<Mutex<Vec<(String, String)>>>;

fn answer(grants: &Grants, request: &Received) -> Reply {
    let mut grants = grants.lock().unwrap();
    let subject = format!("/api/v2/authorization/subjects/{USER}");
    if request.path == "/api/v2/authorization/divisions/home" {
        return Reply::json(200, &json!({"id": HOME}));
    }
    if request.path == subject {
        let grant = |(division, role): &(String, String)| json!({"subjectId": USER, "division": {"id": division}, "role": {"id": role}});
        let all: Vec<Json> = grants.iter().map(grant).collect();
        return Reply::json(200, &json!({"id": USER, "grants": all}));
    }
    let parts: Vec<&str> = request.path.split('/').collect();
    let [.., "divisions", division, "roles", role] = parts.as_slice() else {
        return no_such();
    };
    let division = if *division == "%2A" { "*" } else { division };
    let one = (division.to_owned(), (*role).to_owned());
    grants.retain(|g| *g != one);
    if request.method == "POST" {
        grants.push(one);
    }
    Reply::empty(204)
}

async fn bench(before: &[(&str, &str)]) -> (Bench, Grants) {
    let before = before
        .iter()
        .map(|(d, r)| ((*d).to_owned(), (*r).to_owned()))
        .collect();
    let grants: Grants = Arc::new(Mutex::new(before));
    let kept = grants.clone();
    (
        Bench::new(move |request| answer(&grants, request)).await,
        kept,
    )
}

#[tokio::test]
async fn what_is_missing_is_given_before_the_rest_is_taken() {
    let (bench, grants) = bench(&[(HOME, R1), ("*", R1)]).await;
    let config = json!({"user_id": USER, "roles": [{"role_id": R2}, {"role_id": R1, "division_ids": ["*"]}]});
    let plan = bench
        .plan(ROLES, &bench.null(ROLES), &bench.value(ROLES, &config))
        .await;
    assert!(
        plan.diagnostics[0]
            .detail
            .contains(&format!("will be taken away: {R1}")),
        "{:?}",
        plan.diagnostics
    );
    let made = bench.create(ROLES, &config).await;
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    let changes: Vec<String> = bench
        .lines()
        .into_iter()
        .filter(|l| !l.starts_with("GET"))
        .collect();
    let subject = format!("/api/v2/authorization/subjects/{USER}/divisions/{HOME}/roles");
    assert_eq!(
        changes,
        [
            format!("POST {subject}/{R2}?subjectType=PC_USER"),
            format!("DELETE {subject}/{R1}")
        ]
    );
    assert_eq!(grants.lock().unwrap().len(), 2);

    assert_eq!(bench.read(ROLES, &made.state).await.state, made.state);
    let plan = bench
        .plan(ROLES, &made.state, &bench.value(ROLES, &config))
        .await;
    assert_eq!(plan.planned, made.state);

    grants
        .lock()
        .unwrap()
        .push((HOME.to_owned(), R1.to_owned()));
    let drifted = bench.read(ROLES, &made.state).await.state;
    assert_ne!(drifted, made.state);
    let repaired = bench
        .apply(ROLES, &drifted, &made.state, &bench.value(ROLES, &config))
        .await;
    assert_eq!((repaired.state, repaired.diagnostics), (made.state, vec![]));
    assert_eq!(grants.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn destroying_takes_nothing_away() {
    let (bench, grants) = bench(&[(HOME, R1)]).await;
    let made = bench
        .create(ROLES, &json!({"user_id": USER, "roles": [{"role_id": R1}]}))
        .await;
    let plan = bench.plan(ROLES, &made.state, &bench.null(ROLES)).await;
    assert_eq!(plan.notes[0].kind, NoteKind::Stays);
    let gone = bench.delete(ROLES, &made.state).await;
    assert!(gone.state.is_null() && gone.diagnostics.is_empty());
    assert_eq!(grants.lock().unwrap().len(), 1);
}
