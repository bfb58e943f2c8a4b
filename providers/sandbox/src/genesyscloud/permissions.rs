//! The permission catalogue, and the expansion of `*` into explicit lists.
//!
//! Domains and actions of `authorization`, `oauth`, `directory`, `sms` and the entity names of `messaging` are
//! public; the entities of `messagingProvisioning` are [assumed], nobody has published them.

use serde_json::{Value, json};

use super::{errors, paging};
use crate::http::Request;
use crate::world::{Answer, World};

const CRUD: &[&str] = &["add", "delete", "edit", "view"];

/// Domain, entity, actions.
const CATALOGUE: &[(&str, &str, &[&str])] = &[
    ("authorization", "division", CRUD),
    ("authorization", "grant", &["add", "delete", "view"]),
    ("authorization", "role", CRUD),
    ("directory", "group", CRUD),
    ("directory", "organization", &["admin"]),
    (
        "directory",
        "user",
        &["add", "delete", "edit", "setPassword", "view"],
    ),
    ("integrations", "integration", CRUD),
    ("messaging", "appleIntegration", CRUD),
    ("messaging", "conversationInstagramIntegration", CRUD),
    ("messaging", "integration", CRUD),
    ("messaging", "setting", CRUD),
    ("messaging", "supportedContent", CRUD),
    ("messaging", "whatsappIntegration", CRUD),
    ("messagingProvisioning", "smsShortCode", &["view"]),
    (
        "messagingProvisioning",
        "smsTollfreeNumber",
        &["order", "view"],
    ),
    ("oauth", "client", CRUD),
    ("routing", "queue", CRUD),
    (
        "sms",
        "phoneNumber",
        &["add", "byoImport", "delete", "edit", "view"],
    ),
];

/// `GET /api/v2/authorization/permissions`: no permission needed.
pub(crate) fn route(world: &mut World, request: &Request) -> Answer {
    if request.method != "GET" {
        return Err(errors::method_not_allowed(world, request));
    }
    errors::only_query(
        world,
        request,
        &["pageSize", "pageNumber", "queryType", "query"],
    )?;
    let page = paging::page(world, request)?;
    let wanted = match (request.query("queryType"), request.query("query")) {
        (None, None) => None,
        (Some("domain"), Some(domain)) => Some(domain),
        (Some("domain"), None) => {
            return Err(errors::bad_request(
                world,
                "invalid.query.param.value",
                "queryType needs query",
            ));
        }
        _ => {
            let message = "queryType must be domain, and query needs queryType";
            return Err(errors::bad_request(
                world,
                "invalid.query.param.value",
                message,
            ));
        }
    };
    let mut domains: Vec<&str> = CATALOGUE.iter().map(|(domain, ..)| *domain).collect();
    domains.dedup();
    domains.retain(|domain| wanted.is_none_or(|w| w.eq_ignore_ascii_case(domain)));
    let entities = domains.into_iter().map(|domain| {
        let mut map = serde_json::Map::new();
        for (_, entity, actions) in CATALOGUE.iter().filter(|(d, ..)| *d == domain) {
            let list = actions.iter().map(|action| {
                json!({ "domain": domain, "entityType": entity, "action": action, "label": format!("{domain} {entity} {action}"),
                        "allowsConditions": false, "divisionAware": false })
            });
            map.insert((*entity).to_owned(), list.collect());
        }
        json!({ "domain": domain, "permissionMap": map })
    });
    Ok(paging::envelope(request, page, entities.collect()))
}

/// Policies as the service stores them since 2026-06-01: one an entity, actions explicit and sorted. Conditions
/// of an expanded policy are dropped (public). Unknown domains and entities stay as they are.
pub(crate) fn expand(policies: &[Value]) -> Vec<Value> {
    policies.iter().flat_map(expand_one).collect()
}

fn expand_one(policy: &Value) -> Vec<Value> {
    let domain = policy["domain"].as_str().unwrap_or_default();
    let entity = policy["entityName"].as_str().unwrap_or_default();
    let actions: Vec<&str> = policy["actionSet"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let all_actions = actions.contains(&"*");
    if entity != "*" && !all_actions {
        return vec![policy.clone()];
    }
    let expanded: Vec<Value> = CATALOGUE
        .iter()
        .filter(|(d, e, _)| *d == domain && (entity == "*" || *e == entity))
        .filter_map(|(_, e, known)| {
            let kept: Vec<&&str> = known
                .iter()
                .filter(|a| all_actions || actions.contains(*a))
                .collect();
            (!kept.is_empty())
                .then(|| json!({ "domain": domain, "entityName": e, "actionSet": kept }))
        })
        .collect();
    if expanded.is_empty() {
        vec![policy.clone()]
    } else {
        expanded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_become_lists_and_the_unknown_stays() {
        let policy =
            |d: &str, e: &str, a: &[&str]| json!({ "domain": d, "entityName": e, "actionSet": a });
        for (given, want) in [
            (
                policy("oauth", "*", &["*"]),
                vec![policy("oauth", "client", CRUD)],
            ),
            (
                policy("authorization", "grant", &["*"]),
                vec![policy("authorization", "grant", &["add", "delete", "view"])],
            ),
            (
                policy("messagingProvisioning", "*", &["view"]),
                vec![
                    policy("messagingProvisioning", "smsShortCode", &["view"]),
                    policy("messagingProvisioning", "smsTollfreeNumber", &["view"]),
                ],
            ),
            (
                policy("nowhere", "*", &["*"]),
                vec![policy("nowhere", "*", &["*"])],
            ),
            (
                policy("oauth", "client", &["view"]),
                vec![policy("oauth", "client", &["view"])],
            ),
        ] {
            assert_eq!(expand(std::slice::from_ref(&given)), want, "{given}");
        }
    }
}
