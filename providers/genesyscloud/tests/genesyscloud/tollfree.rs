//! Toll-free numbers: bought at most once.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use trunkline_api::kit::attrs;
use trunkline_api::provider::{ImportRequest, NoteKind, PlanRequest, ReconcileRequest};
use trunkline_api::{Provider, Type, Value, objchange};
use trunkline_http::testing::{Received, Reply};

use crate::{Bench, no_such, service, with};

const ORDER: &str = "genesyscloud_tollfree_number_order";
const NUMBERS: &str = "/api/v2/messaging/sms/provisioning/tollfreenumbers/";
const POST: &str = "POST /api/v2/messaging/sms/provisioning/tollfreenumbers/";

fn config() -> Json {
    json!({
        "number": "+1 800 555 0123", "comment": "ACME", "confirm_purchase": true,
        "mo_url": "https://dc.acme.test/nexus/v3/sms/message", "dr_url": "https://dc.acme.test/nexus/v3/sms/receipt",
        "webhook_username": "45acae06-6b7c-4f97-9c76-471cb5c21bf7", "webhook_password": "the-key",
        "email_address": "sms@acme.test",
    })
}

/// What the service does with an order.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Take,
    /// It is bought, and the answer is lost.
    TakeAndDrop,
    /// It is bought, and the answer is a 504.
    TakeAndFail,
    /// It is not bought, and no answer comes.
    Drop,
    Refuse,
}

/// A service with a list of numbers in one of the forms that are thinkable.
struct Numbers {
    bought: Mutex<Vec<Json>>,
    order: Mutex<Order>,
    wrapped: bool,
}

impl Numbers {
    fn answer(&self, request: &Received) -> Reply {
        let mut bought = self.bought.lock().unwrap();
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", NUMBERS) if self.wrapped => Reply::json(200, &json!({"entities": *bought})),
            ("GET", NUMBERS) => Reply::json(200, &json!(*bought)),
            ("GET", "/api/v2/messaging/sms/provisioning/tollfreenumbers/available") => {
                Reply::json(200, &json!(["8775550100", {"number": "+18335550100"}]))
            }
            ("POST", NUMBERS) => {
                let order = *self.order.lock().unwrap();
                if matches!(order, Order::Take | Order::TakeAndDrop | Order::TakeAndFail) {
                    for item in request.json().as_array().unwrap() {
                        let mut item = item.clone();
                        item.as_object_mut().unwrap().remove("webhookPassword");
                        bought.push(item);
                    }
                }
                match order {
                    Order::Take => Reply::json(200, &json!({})),
                    Order::TakeAndDrop | Order::Drop => Reply::Drop,
                    Order::TakeAndFail => Reply::empty(504),
                    Order::Refuse => Reply::json(
                        400,
                        &json!({"message": "not available with the-key", "code": "bad.request"}),
                    ),
                }
            }
            _ => no_such(),
        }
    }
}

async fn bench(order: Order, bought: Json) -> (Bench, Arc<Numbers>) {
    let numbers = Arc::new(Numbers {
        bought: Mutex::new(bought.as_array().unwrap().clone()),
        order: Mutex::new(order),
        wrapped: false,
    });
    let kept = numbers.clone();
    (
        Bench::new(move |request| numbers.answer(request)).await,
        kept,
    )
}

#[tokio::test]
async fn an_order_looks_first_and_sends_one_number() {
    let (bench, _) = bench(Order::Take, json!([])).await;
    let made = bench.create(ORDER, &config()).await;
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    assert_eq!(attrs::text(&made.state, "id"), Some("8005550123"));
    let get = format!("GET {NUMBERS}");
    // One look for the plan, one before the order, one after it.
    assert_eq!(bench.lines(), [get.as_str(), &get, POST, &get]);
    assert_eq!(
        bench.bodies(POST),
        [json!([{
            "tollfreeNumber": "8005550123", "comment": "ACME",
            "moUrl": "https://dc.acme.test/nexus/v3/sms/message", "drUrl": "https://dc.acme.test/nexus/v3/sms/receipt",
            "webhookUsername": "45acae06-6b7c-4f97-9c76-471cb5c21bf7", "webhookPassword": "the-key",
            "emailAddress": "sms@acme.test",
        }])]
    );
    assert_eq!(bench.read(ORDER, &made.state).await.state, made.state);
    let plan = bench
        .plan(ORDER, &made.state, &bench.value(ORDER, &config()))
        .await;
    assert_eq!(
        (plan.planned, plan.notes, plan.diagnostics),
        (made.state, vec![], vec![])
    );
}

#[tokio::test]
async fn the_plan_says_that_it_costs_money() {
    let (bench, _) = bench(Order::Take, json!([])).await;
    let plan = bench
        .plan(ORDER, &bench.null(ORDER), &bench.value(ORDER, &config()))
        .await;
    assert_eq!(plan.notes[0].kind, NoteKind::Purchase);
    assert_eq!(
        plan.notes[0].text,
        "Orders the toll-free number 8005550123, which costs money and cannot be undone here."
    );
    let unconfirmed = with(
        &bench.value(ORDER, &config()),
        &json!({"confirm_purchase": false}),
    );
    let refused = bench
        .apply(ORDER, &bench.null(ORDER), &unconfirmed, &unconfirmed)
        .await;
    assert!(
        refused.diagnostics[0].detail.starts_with("GC25"),
        "{:?}",
        refused.diagnostics
    );
    assert!(bench.bodies(POST).is_empty());
}

#[tokio::test]
async fn a_lost_answer_of_an_order_that_was_taken_buys_nothing_more() {
    for order in [Order::TakeAndDrop, Order::TakeAndFail] {
        let (bench, numbers) = bench(order, json!([])).await;
        let made = bench.create(ORDER, &config()).await;
        assert!(
            made.diagnostics.is_empty() && !made.unsettled,
            "{:?}",
            made.diagnostics
        );
        assert_eq!(attrs::text(&made.state, "id"), Some("8005550123"));
        assert_eq!(bench.bodies(POST).len(), 1);
        assert_eq!(numbers.bought.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_of_an_order_that_does_not_show_is_left_open() {
    let (bench, _) = bench(Order::Drop, json!([])).await;
    let lost = bench.create(ORDER, &config()).await;
    assert!(lost.unsettled && lost.state.is_null());
    assert_eq!(bench.bodies(POST).len(), 1);
    let text = &bench.texts(&lost.diagnostics)[0];
    assert!(
        text.contains("Ordering number 8005550123 failed") && !text.contains("the-key"),
        "{text}"
    );
}

#[tokio::test]
async fn a_refused_order_is_settled() {
    let (bench, _) = bench(Order::Refuse, json!([])).await;
    let refused = bench.create(ORDER, &config()).await;
    assert!(!refused.unsettled && refused.state.is_null());
    assert!(
        refused.diagnostics[0]
            .detail
            .contains("not available with (secret)")
    );
}

#[tokio::test]
async fn a_number_that_is_there_is_taken_up_with_a_warning() {
    for listed in [
        json!(["+18005550123"]),
        json!([{"phoneNumber": "18005550123", "comment": "Other"}]),
    ] {
        let (bench, _) = bench(Order::Take, listed.clone()).await;
        let plan = bench
            .plan(ORDER, &bench.null(ORDER), &bench.value(ORDER, &config()))
            .await;
        assert_eq!(plan.notes[0].kind, NoteKind::Manual);
        let made = bench.create(ORDER, &config()).await;
        assert!(bench.bodies(POST).is_empty());
        assert_eq!(made.diagnostics.len(), 1);
        let warning = &made.diagnostics[0];
        assert!(!warning.is_error());
        assert!(warning.detail.contains(
            "The vendor keeps the settings of the original order, the webhook password included"
        ));
        assert_eq!(
            warning.detail.contains("differs in comment"),
            listed[0].is_object(),
            "{}",
            warning.detail
        );
    }
}

#[tokio::test]
async fn the_order_that_this_run_sent_is_found_again_without_a_warning() {
    let (bench, _) = bench(Order::Take, json!(["8005550123", "8005550199"])).await;
    let planned = bench.value(ORDER, &config());
    let request = |known: &[&str]| ReconcileRequest {
        adopting: false,
        type_name: ORDER.into(),
        planned: planned.clone(),
        known_ids: known.iter().map(|s| (*s).to_owned()).collect(),
        private: Arc::from(&b""[..]),
    };
    let found = bench.provider.reconcile(request(&["8005550199"])).await;
    assert_eq!((found.found.len(), found.diagnostics.len()), (1, 0));
    assert_eq!(attrs::text(&found.found[0].state, "id"), Some("8005550123"));
    assert!(
        bench
            .provider
            .reconcile(request(&["8005550123"]))
            .await
            .found
            .is_empty()
    );
}

async fn changes(
    prior: &Value,
    bench: &Bench,
    change: Json,
    private: &[u8],
) -> (Vec<String>, Vec<NoteKind>) {
    let mut wanted = config();
    for (name, value) in change.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    let wanted = bench.value(ORDER, &wanted);
    let block = &bench.provider.schema().resources[ORDER].block;
    let plan = bench.provider.plan(PlanRequest {
        type_name: ORDER.into(),
        proposed: objchange::proposed_new(block, prior, &wanted),
        prior: prior.clone(),
        config: wanted,
        private: Arc::from(private),
    });
    let plan = plan.await;
    let places = plan
        .diagnostics
        .iter()
        .map(|p| p.attribute.as_ref().unwrap().to_string())
        .collect();
    (places, plan.notes.iter().map(|n| n.kind).collect())
}

#[tokio::test]
async fn a_changed_order_is_a_step_for_a_person() {
    let (bench, _) = bench(Order::Take, json!([])).await;
    let state = bench.create(ORDER, &config()).await.state;
    let check = async |change: Json| changes(&state, &bench, change, b"").await;
    assert_eq!(
        check(json!({"webhook_password": "other"})).await,
        (vec!["webhook_password".into()], vec![])
    );
    assert_eq!(
        check(json!({"number": "8005550124"})).await,
        (vec!["number".into()], vec![])
    );
    // Only the spelling differs.
    assert_eq!(
        check(json!({"number": "18005550123"})).await,
        (vec![], vec![])
    );
    let done = json!({"webhook_password": "other", "vendor_change": "case 4711"});
    assert_eq!(check(done).await, (vec![], vec![NoteKind::Manual]));
    assert_eq!(bench.bodies(POST).len(), 1);
}

#[tokio::test]
async fn an_imported_order_takes_the_arguments_as_they_are_written() {
    let (bench, _) = bench(Order::Take, json!(["8005550123"])).await;
    let import = ImportRequest {
        type_name: ORDER.into(),
        id: "+18005550123".into(),
        config: Value::null(Type::Dynamic),
    };
    let imported = bench.provider.import(import).await;
    let (state, private) = (imported.state.unwrap(), imported.private.unwrap());
    assert_eq!(bench.read(ORDER, &state).await.state, state);
    assert_eq!(
        changes(&state, &bench, json!({}), &private).await,
        (vec![], vec![NoteKind::Manual])
    );
}

#[tokio::test]
async fn what_the_vendor_changed_is_told_and_not_planned() {
    let (bench, numbers) = bench(Order::Take, json!([])).await;
    let state = bench.create(ORDER, &config()).await.state;
    numbers.bought.lock().unwrap()[0]["moUrl"] =
        json!("https://elsewhere.test/nexus/v3/sms/message");
    let read = bench.read(ORDER, &state).await;
    assert_eq!(read.state, state);
    assert!(
        read.diagnostics[0]
            .detail
            .contains("with another mo_url than"),
        "{:?}",
        read.diagnostics
    );
}

#[tokio::test]
async fn destroying_only_forgets() {
    let (bench, numbers) = bench(Order::Take, json!([])).await;
    let state = bench.create(ORDER, &config()).await.state;
    let calls = bench.lines().len();
    let plan = bench.plan(ORDER, &state, &bench.null(ORDER)).await;
    assert_eq!(plan.notes[0].kind, NoteKind::Stays);
    let gone = bench.delete(ORDER, &state).await;
    assert!(gone.state.is_null() && !gone.diagnostics[0].is_error());
    assert!(gone.diagnostics[0].detail.contains("still billed"));
    assert_eq!(
        (bench.lines().len(), numbers.bought.lock().unwrap().len()),
        (calls, 1)
    );
}

#[tokio::test]
async fn both_lists_are_read_in_every_form() {
    for wrapped in [false, true] {
        let numbers = Numbers {
            bought: Mutex::new(vec![
                json!("8445550100"),
                json!({"tollfreeNumber": "+18005550123"}),
            ]),
            order: Mutex::new(Order::Refuse),
            wrapped,
        };
        let bench = Bench::of(
            service(move |request| numbers.answer(request)).await,
            json!({}),
        )
        .await;
        let bought = bench
            .data("genesyscloud_tollfree_numbers", &json!({}))
            .await;
        assert_eq!(
            format!("{:?}", bought.state),
            r#"{"numbers": ["8005550123", "8445550100"]}"#
        );
        let offered = bench
            .data("genesyscloud_available_tollfree_numbers", &json!({}))
            .await;
        assert_eq!(
            format!("{:?}", offered.state),
            r#"{"numbers": ["8335550100", "8775550100"]}"#
        );
    }
}

#[tokio::test]
async fn a_missing_product_is_explained() {
    let bench = Bench::new(|_| no_such()).await;
    let found = bench
        .data("genesyscloud_tollfree_numbers", &json!({}))
        .await;
    assert!(
        found.diagnostics[0]
            .detail
            .contains("need the SMS Aggregation product"),
        "{:?}",
        found.diagnostics
    );
}
