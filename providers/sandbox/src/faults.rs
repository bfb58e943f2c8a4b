//! Faults on demand: which request is hit, how often, and by what.
//!
//! Faults live in memory only; a restarted sandbox is healthy. It must not touch the world: it only decides.

use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is to be hit. Members that are absent match everything.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Match {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// A prefix of the path, or a regular expression found in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// How many matching requests pass unharmed first.
    #[serde(default)]
    after_matches: u64,
}

/// What happens to the request.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    /// How long the answer stands still half way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop: Option<Drop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    malformed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<Action>>,
}

/// When a connection is dropped.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Drop {
    /// Before anything happened.
    Before,
    /// After the effect was committed.
    After,
    /// After the effect was committed, and within the answer.
    Within,
}

/// A fault as posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(rename = "match", default)]
    matches: Match,
    /// How often it strikes; 0 = until removed. 1 by default, 0 for random faults.
    times: Option<u64>,
    action: Action,
}

struct Armed {
    id: u64,
    fault: Fault,
    pattern: Option<Regex>,
    left: Option<u64>,
    matched: u64,
    struck: u64,
    random: u64,
}

/// All faults that are armed.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    next_id: u64,
}

/// What becomes of one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Verdict {
    pub(crate) latency: Duration,
    /// How long the answer stands still half way, when it has begun.
    pub(crate) pause: Duration,
    pub(crate) end: End,
}

/// How the request ends.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum End {
    /// As usual.
    #[default]
    Normal,
    /// Answered without being handled.
    Status {
        status: u16,
        retry_after: Option<u64>,
        body: Option<Value>,
    },
    /// No answer, nothing happened.
    DropBefore,
    /// No answer, but it happened.
    DropAfter,
    /// It happened, and half of the answer arrives.
    DropWithin,
    /// It happened, and the answer is garbage.
    Malformed,
    /// Nothing happened, and a page for people says success: a proxy stands in between.
    Page,
}

impl Action {
    fn check(&self) -> Result<(), String> {
        let ends = [
            self.status.is_some(),
            self.drop.is_some(),
            self.malformed == Some(true),
            self.page == Some(true),
            self.actions.is_some(),
        ]
        .iter()
        .filter(|x| **x)
        .count();
        if ends > 1 || (ends == 0 && self.latency_ms.is_none() && self.pause_ms.is_none()) {
            return Err("an action has exactly one of status, drop, malformed (true), page (true) or probability with actions, \
                        and may have latency_ms and pause_ms, alone or besides"
                .to_owned());
        }
        if self.status.is_none() && (self.retry_after.is_some() || self.body.is_some()) {
            return Err("retry_after and body belong to a status".to_owned());
        }
        if self.status.is_some_and(|s| !(200..=599).contains(&s)) {
            return Err("status is between 200 and 599".to_owned());
        }
        if self.actions.is_some() != self.probability.is_some() {
            return Err("probability and actions belong together".to_owned());
        }
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err("probability is between 0 and 1".to_owned());
        }
        if let Some(actions) = &self.actions {
            if actions.is_empty() || actions.iter().any(|a| a.actions.is_some()) {
                return Err(
                    "actions is a list of at least one action, none of them random itself"
                        .to_owned(),
                );
            }
            actions.iter().try_for_each(Action::check)?;
        }
        Ok(())
    }

    fn end(&self) -> End {
        match (self.status, self.drop) {
            (Some(status), _) => End::Status {
                status,
                retry_after: self.retry_after,
                body: self.body.clone(),
            },
            (None, Some(Drop::Before)) => End::DropBefore,
            (None, Some(Drop::After)) => End::DropAfter,
            (None, Some(Drop::Within)) => End::DropWithin,
            (None, None) if self.malformed == Some(true) => End::Malformed,
            (None, None) if self.page == Some(true) => End::Page,
            (None, None) => End::Normal,
        }
    }
}

/// One step of splitmix64: enough for choosing faults, and the same on every machine.
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Armed {
    fn matches(&self, service: &str, method: &str, path: &str) -> bool {
        let wanted = &self.fault.matches;
        wanted.service.as_deref().is_none_or(|s| s == service)
            && wanted
                .method
                .as_deref()
                .is_none_or(|m| m.eq_ignore_ascii_case(method))
            && (wanted.path.as_deref().is_none_or(|p| path.starts_with(p))
                || self.pattern.as_ref().is_some_and(|p| p.is_match(path)))
    }

    /// The action that strikes now, if any.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits of randomness are enough for a probability"
    )]
    fn draw(&mut self) -> Option<Action> {
        let action = &self.fault.action;
        let (Some(probability), Some(actions)) = (action.probability, &action.actions) else {
            return Some(action.clone());
        };
        let draw = (next_random(&mut self.random) >> 11) as f64 / (1u64 << 53) as f64;
        if draw >= probability {
            return None;
        }
        let choice = next_random(&mut self.random) % (actions.len() as u64).max(1);
        actions.get(usize::try_from(choice).unwrap_or(0)).cloned()
    }
}

impl Faults {
    /// Arms a fault; the error says what is wrong with it.
    pub(crate) fn arm(&mut self, fault: Fault) -> Result<u64, String> {
        fault.action.check()?;
        let pattern = match &fault.matches.path {
            Some(path) => Some(
                Regex::new(path)
                    .map_err(|e| format!("match.path is no regular expression: {e}"))?,
            ),
            None => None,
        };
        let times = fault
            .times
            .unwrap_or(u64::from(fault.action.actions.is_none()));
        self.next_id += 1;
        let random = fault.action.seed.unwrap_or(0);
        self.armed.push(Armed {
            id: self.next_id,
            fault,
            pattern,
            left: (times > 0).then_some(times),
            matched: 0,
            struck: 0,
            random,
        });
        Ok(self.next_id)
    }

    /// Removes one fault, or all; the number removed.
    pub(crate) fn disarm(&mut self, id: Option<u64>) -> usize {
        let before = self.armed.len();
        self.armed
            .retain(|armed| id.is_some_and(|id| armed.id != id));
        before - self.armed.len()
    }

    pub(crate) fn list(&self) -> Value {
        let list = self.armed.iter().map(|armed| {
            let mut value = serde_json::to_value(&armed.fault).unwrap_or(Value::Null);
            value["id"] = armed.id.into();
            value["matched"] = armed.matched.into();
            value["struck"] = armed.struck.into();
            value["left"] = armed.left.map_or(Value::Null, Value::from);
            value
        });
        Value::Array(list.collect())
    }

    /// Decides about one request. Latencies add up; the first fault that ends a request wins.
    pub(crate) fn decide(&mut self, service: &str, method: &str, path: &str) -> Verdict {
        let mut verdict = Verdict::default();
        for armed in &mut self.armed {
            if !armed.matches(service, method, path) {
                continue;
            }
            armed.matched += 1;
            if armed.matched <= armed.fault.matches.after_matches {
                continue;
            }
            let Some(action) = armed.draw() else { continue };
            armed.struck += 1;
            armed.left = armed.left.map(|left| left - 1);
            verdict.latency += Duration::from_millis(action.latency_ms.unwrap_or(0));
            verdict.pause += Duration::from_millis(action.pause_ms.unwrap_or(0));
            verdict.end = action.end();
            if verdict.end != End::Normal {
                break;
            }
        }
        self.armed.retain(|armed| armed.left != Some(0));
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ends(fault: Value, requests: &[(&str, &str)]) -> Vec<End> {
        let mut faults = Faults::default();
        faults.arm(serde_json::from_value(fault).unwrap()).unwrap();
        requests
            .iter()
            .map(|(method, path)| faults.decide("s", method, path).end)
            .collect()
    }

    #[test]
    fn a_fault_skips_then_strikes_as_often_as_told() {
        let fault = json!({ "match": { "method": "post", "path": "/a", "after_matches": 1 }, "times": 2, "action": { "drop": "after" } });
        let got = ends(
            fault,
            &[
                ("POST", "/a/1"),
                ("GET", "/a"),
                ("POST", "/b"),
                ("POST", "/a"),
                ("POST", "/a"),
                ("POST", "/a"),
            ],
        );
        let (n, d) = (End::Normal, End::DropAfter);
        assert_eq!(got, [n.clone(), n.clone(), n.clone(), d.clone(), d, n]);
    }

    #[test]
    fn a_path_may_be_an_expression() {
        let fault = json!({ "match": { "path": "roles/[0-9]+$" }, "times": 0, "action": { "malformed": true } });
        assert_eq!(
            ends(fault, &[("GET", "/x/roles/12"), ("GET", "/x/roles/a")]),
            [End::Malformed, End::Normal]
        );
    }

    #[test]
    fn random_faults_repeat_with_their_seed() {
        let fault = |seed| json!({ "action": { "probability": 0.5, "seed": seed, "actions": [ { "status": 503 }, { "drop": "before" } ] } });
        let requests = [("GET", "/"); 64];
        assert_eq!(ends(fault(7), &requests), ends(fault(7), &requests));
        assert_ne!(ends(fault(7), &requests), ends(fault(8), &requests));
        let struck = ends(fault(7), &requests)
            .iter()
            .filter(|e| **e != End::Normal)
            .count();
        assert!((16..=48).contains(&struck), "{struck} of 64 at one half");
    }

    #[test]
    fn nonsense_is_refused() {
        for action in [
            json!({}),
            json!({ "status": 503, "drop": "after" }),
            json!({ "probability": 0.5 }),
            json!({ "probability": 2.0, "actions": [ { "status": 500 } ] }),
            json!({ "status": 99 }),
        ] {
            let fault = serde_json::from_value(json!({ "action": action })).unwrap();
            assert!(Faults::default().arm(fault).is_err(), "{action}");
        }
        assert!(serde_json::from_value::<Fault>(json!({ "action": { "stauts": 503 } })).is_err());
    }
}
