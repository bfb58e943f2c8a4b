//! Permission policies of a role: the same thing as block values, as the API's JSON, and compared.
//!
//! A wildcard in configuration equals its expansion (the service stores `*` as explicit lists since
//! 2026-06-01; vendor announcement). Comparing is pure; the catalogue is handed in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use trunkline_api::kit::attrs;
use trunkline_api::{Attribute, Block, NestedBlock, Nesting, Type, Value};

use crate::client::text;

/// Entities of a permission domain, and the actions of each.
pub(crate) type Domain = BTreeMap<String, BTreeSet<String>>;

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Policy {
    pub(crate) domain: String,
    pub(crate) entity: String,
    pub(crate) actions: BTreeSet<String>,
    pub(crate) condition: Option<Condition>,
}

/// When a policy applies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Condition {
    pub(crate) conjunction: String,
    pub(crate) terms: BTreeSet<Term>,
}

/// One comparison of a condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    pub(crate) variable: String,
    pub(crate) operator: String,
    pub(crate) operands: BTreeSet<Operand>,
}

/// What a term compares with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Operand {
    pub(crate) kind: String,
    pub(crate) user_id: Option<String>,
    pub(crate) queue_id: Option<String>,
    pub(crate) value: Option<String>,
}

/// The `permission_policies` block.
pub(crate) fn block() -> NestedBlock {
    let required = |d: &str| Attribute::new(Type::String, d).required();
    let optional = |d: &str| Attribute::new(Type::String, d).optional();
    let operand = Block::new("What the variable is compared with.")
        .attribute("type", required("USER, QUEUE, SCALAR or VARIABLE."))
        .attribute("user_id", optional("For USER."))
        .attribute("queue_id", optional("For QUEUE."))
        .attribute("value", optional("For SCALAR and VARIABLE."));
    let term = Block::new("One comparison.")
        .attribute("variable_name", required("The variable."))
        .attribute("operator", required("EQ, IN, GE, GT, LE or LT."))
        .nested("operands", NestedBlock::new(Nesting::Set, operand));
    let conditions = Block::new("When the policy applies; always, without it.")
        .attribute("conjunction", required("AND or OR."))
        .nested("terms", NestedBlock::new(Nesting::Set, term));
    let mut conditions = NestedBlock::new(Nesting::List, conditions);
    conditions.max_items = 1;
    let policy = Block::new("A permission.")
        .attribute("domain", required("The permission domain, e.g. messaging."))
        .attribute(
            "entity_name",
            required("The entity; * for all entities of the domain."),
        )
        .attribute(
            "action_set",
            Attribute::new(Type::set(Type::String), "The actions; * for all.").required(),
        )
        .nested("conditions", conditions);
    NestedBlock::new(Nesting::Set, policy)
}

impl Policy {
    /// Reads a wholly known policy block.
    pub(crate) fn from_value(value: &Value) -> Policy {
        Policy {
            domain: owned(value, "domain"),
            entity: owned(value, "entity_name"),
            actions: attrs::texts(value, "action_set").into_iter().collect(),
            condition: attrs::items(value, "conditions")
                .first()
                .map(Condition::from_value),
        }
    }

    /// The policies of a role's value.
    pub(crate) fn all_of(role: &Value) -> Vec<Policy> {
        attrs::items(role, "permission_policies")
            .iter()
            .map(Policy::from_value)
            .collect()
    }

    /// Reads one of the API's policies.
    pub(crate) fn from_json(json: &Json) -> Policy {
        let member = |name: &str| text(json, name).unwrap_or_default().to_owned();
        Policy {
            domain: member("domain"),
            entity: member("entityName"),
            actions: list(json, "actionSet")
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect(),
            condition: json
                .get("resourceConditionNode")
                .filter(|node| text(node, "conjunction").is_some())
                .map(Condition::from_json),
        }
    }

    /// In the API's form.
    pub(crate) fn to_json(&self) -> Json {
        let mut json = json!({
            "domain": self.domain, "entityName": self.entity, "actionSet": self.actions,
        });
        if let Some(condition) = &self.condition {
            json["resourceConditionNode"] = condition.to_json();
        }
        json
    }

    /// As the attributes of a block.
    pub(crate) fn to_attributes(&self) -> Json {
        let conditions: Vec<Json> = self
            .condition
            .iter()
            .map(Condition::to_attributes)
            .collect();
        json!({
            "domain": self.domain, "entity_name": self.entity, "action_set": self.actions,
            "conditions": conditions,
        })
    }

    fn has_wildcard(&self) -> bool {
        self.entity == "*" || self.actions.contains("*")
    }
}

impl Condition {
    fn from_value(value: &Value) -> Condition {
        let operand = |o: &Value| Operand {
            kind: owned(o, "type"),
            user_id: attrs::text(o, "user_id").map(str::to_owned),
            queue_id: attrs::text(o, "queue_id").map(str::to_owned),
            value: attrs::text(o, "value").map(str::to_owned),
        };
        let term = |t: &Value| Term {
            variable: owned(t, "variable_name"),
            operator: owned(t, "operator"),
            operands: attrs::items(t, "operands").iter().map(operand).collect(),
        };
        Condition {
            conjunction: owned(value, "conjunction"),
            terms: attrs::items(value, "terms").iter().map(term).collect(),
        }
    }

    fn from_json(json: &Json) -> Condition {
        let member = |json: &Json, name: &str| text(json, name).map(str::to_owned);
        let operand = |o: &Json| Operand {
            kind: member(o, "type").unwrap_or_default(),
            user_id: o.get("user").and_then(|u| member(u, "id")),
            queue_id: o.get("queue").and_then(|q| member(q, "id")),
            value: member(o, "value"),
        };
        let term = |t: &Json| Term {
            variable: member(t, "variableName").unwrap_or_default(),
            operator: member(t, "operator").unwrap_or_default(),
            operands: list(t, "operands").map(operand).collect(),
        };
        Condition {
            conjunction: member(json, "conjunction").unwrap_or_default(),
            terms: list(json, "terms").map(term).collect(),
        }
    }

    fn to_json(&self) -> Json {
        let operand = |o: &Operand| {
            let mut json = json!({ "type": o.kind });
            if let Some(id) = &o.user_id {
                json["user"] = json!({ "id": id });
            }
            if let Some(id) = &o.queue_id {
                json["queue"] = json!({ "id": id });
            }
            if let Some(value) = &o.value {
                json["value"] = json!(value);
            }
            json
        };
        let term = |t: &Term| {
            let operands: Vec<Json> = t.operands.iter().map(operand).collect();
            json!({ "variableName": t.variable, "operator": t.operator, "operands": operands })
        };
        let terms: Vec<Json> = self.terms.iter().map(term).collect();
        json!({ "conjunction": self.conjunction, "terms": terms })
    }

    fn to_attributes(&self) -> Json {
        let operand = |o: &Operand| json!({ "type": o.kind, "user_id": o.user_id, "queue_id": o.queue_id, "value": o.value });
        let term = |t: &Term| {
            let operands: Vec<Json> = t.operands.iter().map(operand).collect();
            json!({ "variable_name": t.variable, "operator": t.operator, "operands": operands })
        };
        let terms: Vec<Json> = self.terms.iter().map(term).collect();
        json!({ "conjunction": self.conjunction, "terms": terms })
    }
}

fn owned(value: &Value, name: &str) -> String {
    attrs::text(value, name).unwrap_or_default().to_owned()
}

fn list<'j>(json: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    json.get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}

/// The domains in which `policies` use a wildcard.
pub(crate) fn wildcard_domains(policies: &[Policy]) -> BTreeSet<String> {
    policies
        .iter()
        .filter(|p| p.has_wildcard())
        .map(|p| p.domain.clone())
        .collect()
}

/// The actual policies as they are to be kept: where those of a domain mean what `wanted` says, in
/// the words of `wanted`. A domain that the catalogue does not have counts as meaning the same
/// wherever `wanted` has a wildcard.
pub(crate) fn in_words_of(
    wanted: &[Policy],
    actual: Vec<Policy>,
    catalogue: &BTreeMap<String, Option<Domain>>,
) -> Vec<Policy> {
    let domains: BTreeSet<String> = wanted
        .iter()
        .chain(&actual)
        .map(|p| p.domain.clone())
        .collect();
    let mut kept = Vec::new();
    for domain in domains {
        let of = |all: &[Policy]| -> Vec<Policy> {
            all.iter().filter(|p| p.domain == domain).cloned().collect()
        };
        let (want, have) = (of(wanted), of(&actual));
        let known = catalogue.get(&domain).and_then(Option::as_ref);
        kept.extend(if same_meaning(&want, &have, known) {
            want
        } else {
            have
        });
    }
    kept.sort();
    kept.dedup();
    kept
}

fn same_meaning(want: &[Policy], have: &[Policy], domain: Option<&Domain>) -> bool {
    let sorted = |all: &[Policy]| all.iter().cloned().collect::<BTreeSet<_>>();
    if sorted(want) == sorted(have) {
        return true;
    }
    if want.is_empty() || have.is_empty() || !want.iter().any(Policy::has_wildcard) {
        return false;
    }
    // The service may drop conditions while it expands; then those configured stand.
    let conditions_kept = have.iter().any(|p| p.condition.is_some());
    match domain {
        Some(domain) => {
            expanded(want, domain, conditions_kept) == expanded(have, domain, conditions_kept)
        }
        None => {
            let exact = |all: &[Policy]| -> BTreeSet<String> {
                all.iter()
                    .filter(|p| p.entity != "*")
                    .map(|p| p.entity.clone())
                    .collect()
            };
            want.iter().any(|p| p.entity == "*") || exact(want) == exact(have)
        }
    }
}

type Permission = (String, String, Option<Condition>);

fn expanded(policies: &[Policy], domain: &Domain, conditions: bool) -> BTreeSet<Permission> {
    let mut all = BTreeSet::new();
    for policy in policies {
        let entities: Vec<&String> = match policy.entity.as_str() {
            "*" => domain.keys().collect(),
            _ => vec![&policy.entity],
        };
        let condition = policy.condition.clone().filter(|_| conditions);
        for entity in entities {
            let every = domain.get(entity).into_iter().flatten();
            let actions: BTreeSet<&String> = if policy.actions.contains("*") {
                // What the catalogue does not know stays as it is, wildcard included.
                if domain.contains_key(entity) {
                    every.collect()
                } else {
                    policy.actions.iter().collect()
                }
            } else {
                policy.actions.iter().collect()
            };
            for action in actions {
                all.insert((entity.clone(), action.clone(), condition.clone()));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(domain: &str, entity: &str, actions: &[&str]) -> Policy {
        Policy {
            domain: domain.into(),
            entity: entity.into(),
            actions: actions.iter().map(|a| (*a).to_owned()).collect(),
            condition: None,
        }
    }

    fn catalogue() -> BTreeMap<String, Option<Domain>> {
        let actions = |names: &[&str]| names.iter().map(|a| (*a).to_owned()).collect();
        let domain = Domain::from([
            ("setting".to_owned(), actions(&["view", "edit"])),
            ("integration".to_owned(), actions(&["view", "add"])),
        ]);
        BTreeMap::from([("messaging".to_owned(), Some(domain))])
    }

    fn check(wanted: &[Policy], actual: &[Policy], same: bool) {
        let kept = in_words_of(wanted, actual.to_vec(), &catalogue());
        assert_eq!(kept == wanted, same, "{kept:?}");
    }

    #[test]
    fn an_expansion_is_its_wildcard_and_a_missing_action_is_not() {
        let all = [policy("messaging", "*", &["*"])];
        let whole = [
            policy("messaging", "integration", &["view", "add"]),
            policy("messaging", "setting", &["view", "edit"]),
        ];
        check(&all, &whole, true);
        check(&all, &whole[..1], false);
        check(
            &all,
            &[whole[0].clone(), policy("messaging", "setting", &["view"])],
            false,
        );
        check(&all, &[], false);
        let some = [policy("messaging", "setting", &["*"])];
        check(&some, &whole[1..], true);
        check(&some, &whole, false);
        check(
            &[policy("messaging", "*", &["view"])],
            &[
                policy("messaging", "integration", &["view"]),
                policy("messaging", "setting", &["view"]),
            ],
            true,
        );
    }

    #[test]
    fn without_a_catalogue_a_wildcard_equals_anything_of_its_domain() {
        let all = [policy("messagingProvisioning", "*", &["*"])];
        check(
            &all,
            &[policy("messagingProvisioning", "order", &["add"])],
            true,
        );
        check(&all, &[policy("other", "order", &["add"])], false);
        let one = [policy("messagingProvisioning", "order", &["*"])];
        check(
            &one,
            &[policy("messagingProvisioning", "order", &["add"])],
            true,
        );
        check(
            &one,
            &[policy("messagingProvisioning", "number", &["add"])],
            false,
        );
    }

    #[test]
    fn conditions_dropped_while_expanding_are_kept_and_changed_ones_are_drift() {
        let condition = |user: &str| {
            let operand = Operand {
                kind: "USER".into(),
                user_id: Some(user.into()),
                queue_id: None,
                value: None,
            };
            let term = Term {
                variable: "Conversation.userId".into(),
                operator: "EQ".into(),
                operands: [operand].into(),
            };
            Some(Condition {
                conjunction: "AND".into(),
                terms: [term].into(),
            })
        };
        let mut wanted = policy("messaging", "setting", &["*"]);
        wanted.condition = condition("u1");
        let mut actual = policy("messaging", "setting", &["view", "edit"]);
        check(&[wanted.clone()], &[actual.clone()], true);
        actual.condition = condition("u2");
        check(&[wanted.clone()], &[actual], false);
        assert_eq!(Policy::from_json(&wanted.to_json()), wanted);
    }
}
