//! The catalogue of permissions that the organisation's products give.
//!
//! Read only, one domain at a time, and each at most once for a client. It decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::client::Client;
use crate::policy::{Domain, Policy};

/// What has been read so far; `None` for a domain that could not be read or does not exist.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    domains: BTreeMap<String, Option<Domain>>,
}

/// The domains called `names`.
pub(crate) async fn domains(
    client: &Client,
    names: BTreeSet<String>,
) -> BTreeMap<String, Option<Domain>> {
    let mut catalogue = client.catalogue.lock().await;
    let mut found = BTreeMap::new();
    for name in names {
        let domain = match catalogue.domains.get(&name) {
            Some(known) => known.clone(),
            None => {
                let read = read(client, &name).await;
                catalogue.domains.insert(name.clone(), read.clone());
                read
            }
        };
        found.insert(name, domain);
    }
    found
}

/// `GET /api/v2/authorization/permissions?queryType=domain&query=…` needs no permission. A failure
/// only means that wildcards cannot be compared exactly.
async fn read(client: &Client, name: &str) -> Option<Domain> {
    let query = [("queryType", "domain"), ("query", name)];
    let entities = client
        .entities("/api/v2/authorization/permissions", &query)
        .await
        .ok()?;
    parse(&entities, name)
}

/// Entities have `domain` and `permissionMap`: entity name → list of `{action}` [assumed: tolerant].
fn parse(entities: &[Json], name: &str) -> Option<Domain> {
    let found = entities
        .iter()
        .find(|e| e.get("domain").and_then(Json::as_str) == Some(name))?;
    let map = found.get("permissionMap")?.as_object()?;
    let action = |item: &Json| {
        let text = item
            .as_str()
            .or_else(|| item.get("action").and_then(Json::as_str))?;
        Some(text.to_owned())
    };
    let mut domain = Domain::new();
    for (entity, actions) in map {
        let actions = actions.as_array()?.iter().filter_map(action).collect();
        domain.insert(entity.clone(), actions);
    }
    Some(domain)
}

/// What in `policies` the catalogue does not have, one sentence each. An unreadable catalogue finds
/// nothing wrong.
pub(crate) fn unknown_in(
    policies: &[Policy],
    catalogue: &BTreeMap<String, Option<Domain>>,
) -> Vec<String> {
    let any_known = catalogue.values().any(Option::is_some);
    let mut problems = Vec::new();
    for policy in policies {
        let Some(Some(domain)) = catalogue.get(&policy.domain) else {
            let product = match policy.domain.as_str() {
                "messaging" | "messagingProvisioning" => {
                    " It comes with the SMS Aggregation product, which the Genesys representative adds."
                }
                _ => "",
            };
            if any_known {
                problems.push(format!(
                    "The organisation has no permission domain {:?}.{product}",
                    policy.domain
                ));
            }
            continue;
        };
        if policy.entity == "*" {
            continue;
        }
        let Some(actions) = domain.get(&policy.entity) else {
            problems.push(format!(
                "The permission domain {:?} has no entity {:?}.",
                policy.domain, policy.entity
            ));
            continue;
        };
        for action in policy
            .actions
            .iter()
            .filter(|a| *a != "*" && !actions.contains(*a))
        {
            problems.push(format!(
                "The entity {:?} of permission domain {:?} has no action {action:?}.",
                policy.entity, policy.domain
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_domain_is_found_in_either_form() {
        let entities = [json!({"domain": "messaging", "permissionMap": {
            "setting": [{"action": "view"}, {"action": "edit"}], "integration": ["add"],
        }})];
        let domain = parse(&entities, "messaging").unwrap();
        assert_eq!(
            format!("{domain:?}"),
            r#"{"integration": {"add"}, "setting": {"edit", "view"}}"#
        );
        assert_eq!(parse(&entities, "other"), None);
    }

    #[test]
    fn what_is_not_in_the_catalogue_is_named() {
        let policy = |domain: &str, entity: &str, action: &str| {
            Policy::from_json(
                &json!({"domain": domain, "entityName": entity, "actionSet": [action]}),
            )
        };
        let entities = [json!({"domain": "messaging", "permissionMap": {"setting": ["view"]}})];
        let catalogue = BTreeMap::from([
            ("messaging".to_owned(), parse(&entities, "messaging")),
            ("messagingProvisioning".to_owned(), None),
        ]);
        let policies = [
            policy("messaging", "*", "*"),
            policy("messaging", "setting", "fly"),
            policy("messaging", "kite", "view"),
            policy("messagingProvisioning", "*", "*"),
        ];
        assert_eq!(
            unknown_in(&policies, &catalogue),
            [
                "The entity \"setting\" of permission domain \"messaging\" has no action \"fly\".",
                "The permission domain \"messaging\" has no entity \"kite\".",
                "The organisation has no permission domain \"messagingProvisioning\". It comes with the SMS Aggregation product, which the Genesys representative adds.",
            ]
        );
        assert!(unknown_in(&policies, &BTreeMap::new()).is_empty());
    }
}
