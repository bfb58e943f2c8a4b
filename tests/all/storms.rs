//! Every vendor in trouble that passes by itself: throttled, slow, failing for a moment, and taking back the tokens that it
//! has given out. The run goes on by itself, and makes everything once.
//!
//! It knows no vendor: which services an example calls, and what it makes, tells a run without trouble.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::crash::scenario::counts;
use crate::sandbox_process::Row;
use crate::stage::{Stage, hasty};

/// The examples, which together use every provider.
const EXAMPLES: [&str; 5] = [
    "acrobits-turnkey",
    "alibaba-chatapp",
    "genesys-sms-aggregation",
    "sinch-contact-pro",
    "sinch-conversation",
];

/// Vendors that give out tokens.
const TOKENS: [&str; 3] = ["digitalchannels", "genesyscloud", "sinchconversation"];

/// What happens to the first calls of each kind of each service.
fn troubles() -> Vec<(&'static str, Option<&'static str>, usize, Value)> {
    vec![
        (
            "throttled",
            None,
            2,
            json!({ "status": 429, "retry_after": 1 }),
        ),
        ("slow", None, 2, json!({ "latency_ms": 900 })),
        (
            "failing for a moment",
            Some("GET"),
            2,
            json!({ "status": 503 }),
        ),
        ("lost answers", Some("GET"), 1, json!({ "drop": "after" })),
        ("half answers", Some("GET"), 1, json!({ "drop": "within" })),
        ("slow bodies", None, 1, json!({ "pause_ms": 700 })),
    ]
}

/// What an example calls and makes where nothing goes wrong.
struct Model {
    example: &'static str,
    log: Vec<Row>,
}

impl Model {
    fn new(example: &'static str) -> Model {
        let stage = brisk(example, 0);
        stage.apply();
        let log = stage.sandbox.log();
        Model { example, log }
    }

    /// The services that are called, with a method if it is asked for.
    fn services(&self, method: Option<&str>) -> BTreeSet<&str> {
        let called = self.log.iter().filter(|r| r.source == "api");
        let called = called.filter(|r| method.is_none_or(|m| r.method == m));
        called.map(|r| r.service.as_str()).collect()
    }

    /// What is wrong after a run that should have gone well.
    fn judge(&self, stage: &Stage, what: &str, told: &crate::harness::Output) -> Vec<String> {
        let mut wrong = Vec::new();
        if told.code != Some(0) {
            wrong.push(format!("it does not go on by itself: {told}"));
        }
        let plan = stage.run("plan -detailed-exitcode");
        if plan.code != Some(0) {
            wrong.push(format!("the plan after it is not empty: {plan}"));
        }
        let (wanted, made) = (counts(&self.log), counts(&stage.sandbox.effects()));
        if made != wanted {
            wrong.push(format!("it makes {wanted:?}, and has made {made:?}"));
        }
        if !wrong.is_empty() {
            wrong.insert(0, format!("=== {}, {what}", self.example));
        }
        wrong
    }
}

/// Without the waits for a new role, which are tested elsewhere.
fn brisk(example: &str, latency: u64) -> Stage {
    let stage = Stage::of(example, latency);
    stage.sandbox.settings(&json!({ "role_cache_misses": 0 }));
    stage
}

fn in_trouble(model: &Model) -> Vec<String> {
    let mut wrong = Vec::new();
    for (what, method, times, action) in troubles() {
        let stage = brisk(model.example, 0);
        for service in model.services(method) {
            let mut matches = json!({ "service": service });
            if let Some(method) = method {
                matches["method"] = json!(method);
            }
            let fault = json!({ "match": matches, "times": times, "action": action });
            stage.sandbox.fault(&fault);
        }
        let told = stage.run("apply -auto-approve");
        wrong.extend(model.judge(&stage, what, &told));
    }
    wrong
}

/// Vendors whose requests may be given less time, with an example of each.
const HASTY: [(&str, &str); 2] = [
    ("genesys-sms-aggregation", "genesyscloud."),
    ("sinch-contact-pro", "sinchcontactpro."),
];

/// The first reads of each service are not answered in time, before or after the answer has begun.
fn out_of_time(model: &Model) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((_, vendor)) = HASTY.iter().find(|(example, _)| *example == model.example) else {
        return wrong;
    };
    for (what, action) in [
        ("not answered in time", json!({ "latency_ms": 1400 })),
        ("answered too slowly", json!({ "pause_ms": 1400 })),
    ] {
        let stage = hasty(brisk(model.example, 0));
        let services = model.services(Some("GET"));
        for service in services.iter().filter(|s| s.starts_with(vendor)) {
            let matches = json!({ "service": service, "method": "GET" });
            let fault = json!({ "match": matches, "times": 2, "action": action });
            stage.sandbox.fault(&fault);
        }
        let told = stage.run("apply -auto-approve");
        wrong.extend(model.judge(&stage, what, &told));
        if !stage.sandbox.faults_are_spent() {
            wrong.push(format!("=== {}, {what}: nothing was", model.example));
        }
    }
    wrong
}

/// Again and again while a run goes on, all tokens are taken back.
fn without_tokens(model: &Model) -> Vec<String> {
    let vendors = TOKENS.iter().filter(|vendor| {
        let services = model.services(None);
        services
            .iter()
            .any(|s| s.starts_with(&format!("{vendor}.")))
    });
    let vendors: Vec<&&str> = vendors.collect();
    if vendors.is_empty() {
        return Vec::new();
    }
    let stage = brisk(model.example, 15);
    let ended = AtomicBool::new(false);
    let told = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut seen = 0;
            while !ended.load(Ordering::SeqCst) {
                let effects = stage.sandbox.effects().len();
                // Not before the last ones have been of use, or nothing would ever get done.
                if effects >= seen + 3 {
                    seen = effects;
                    for vendor in &vendors {
                        stage
                            .sandbox
                            .admin("DELETE", &format!("/objects/{vendor}/token"), None);
                    }
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let told = stage.run("apply -auto-approve");
        ended.store(true, Ordering::SeqCst);
        told
    });
    let mut wrong = model.judge(&stage, "tokens taken back", &told);
    let refused = stage.sandbox.log().iter().any(|r| r.status == 401);
    if !refused {
        wrong.push(format!("=== {}: no token was refused", model.example));
    }
    wrong
}

#[test]
fn every_vendors_trouble_that_passes_is_waited_out() {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(example) = EXAMPLES.get(next.fetch_add(1, Ordering::SeqCst)) {
            let model = Model::new(example);
            assert!(!counts(&model.log).is_empty());
            wrong.extend(in_trouble(&model));
            wrong.extend(out_of_time(&model));
            wrong.extend(without_tokens(&model));
        }
        wrong
    };
    let wrong = std::thread::scope(|scope| {
        let second = scope.spawn(work);
        [work(), second.join().unwrap()].concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
