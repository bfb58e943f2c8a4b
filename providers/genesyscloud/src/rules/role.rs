//! Rules about roles: GC04 to GC07. (GC08 is about the whole configuration.)

use std::collections::BTreeSet;

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::ids::gc03;

/// The rules about one role.
pub(crate) fn role(config: &Value) -> Diagnostics {
    let mut problems = gc04(config);
    problems.extend(gc05(config));
    problems.extend(gc06(config));
    problems
}

fn policies() -> Path {
    Path::attribute("permission_policies")
}

/// GC04: a role has a name, its policies have domain, entity and actions, and none is there twice.
pub(super) fn gc04(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    if attrs::text(config, "name").is_some_and(|name| name.trim().is_empty()) {
        problems.push(
            Diagnostic::error(
                "Invalid Role",
                "GC04: the name of a role must not be empty.",
            )
            .on(Path::attribute("name")),
        );
    }
    let mut seen = BTreeSet::new();
    for policy in attrs::items(config, "permission_policies") {
        for name in ["domain", "entity_name"] {
            if attrs::text(policy, name).is_some_and(str::is_empty) {
                problems.push(
                    Diagnostic::error(
                        "Invalid Role",
                        format!("GC04: {name} of a permission policy must not be empty."),
                    )
                    .on(policies()),
                );
            }
        }
        let actions = attrs::present(policy, "action_set");
        if actions
            .and_then(Value::as_slice)
            .is_some_and(<[Value]>::is_empty)
        {
            problems.push(
                Diagnostic::error(
                    "Invalid Role",
                    "GC04: action_set of a permission policy needs at least one action.",
                )
                .on(policies()),
            );
        }
        let (domain, entity) = (
            attrs::text(policy, "domain"),
            attrs::text(policy, "entity_name"),
        );
        if let (Some(domain), Some(entity)) = (domain, entity)
            && !attrs::has_unknown(policy, "conditions")
            && !seen.insert((domain, entity, format!("{:?}", policy.attr("conditions"))))
        {
            problems.push(Diagnostic::error("Invalid Role", format!("GC04: there are two permission policies for domain {domain:?} and entity {entity:?}. Put their actions into one.")).on(policies()));
        }
    }
    problems
}

/// GC05: `*` among the actions stands alone.
pub(super) fn gc05(config: &Value) -> Diagnostics {
    let mixed = |policy: &&Value| {
        let actions = attrs::texts(policy, "action_set");
        actions.len() > 1 && actions.iter().any(|a| a == "*")
    };
    attrs::items(config, "permission_policies")
        .iter()
        .filter(mixed)
        .map(|policy| {
            let domain = attrs::text(policy, "domain").unwrap_or_default();
            Diagnostic::warning("Wildcard Beside Actions", format!("GC05: a permission policy for domain {domain:?} has * beside other actions, which it includes. Remove the others.")).on(policies())
        })
        .collect()
}

/// GC09: what becomes of wildcards; said by the plan that writes them.
pub(crate) const GC09: &str = "GC09: since 2026-06-01 the service stores `*` in a policy as the actions and entities that there are then. \
     The expansion counts as the same here, and an action that comes later is seen as a difference.";

/// Whether a policy has `*` for its entity or among its actions.
pub(crate) fn has_wildcard(role: &Value) -> bool {
    let wild = |policy: &Value| {
        attrs::text(policy, "entity_name") == Some("*")
            || attrs::texts(policy, "action_set").iter().any(|a| a == "*")
    };
    attrs::items(role, "permission_policies").iter().any(wild)
}

/// GC06: conditions are made of what the service knows.
pub(super) fn gc06(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    let mut wrong = |detail: String| {
        problems
            .push(Diagnostic::error("Invalid Condition", format!("GC06: {detail}")).on(policies()));
    };
    let blocks = |value: &Value, name: &str| attrs::items(value, name).to_vec();
    for policy in blocks(config, "permission_policies") {
        for condition in blocks(&policy, "conditions") {
            if let Some(found) = not_among(&condition, "conjunction", &["AND", "OR"]) {
                wrong(found);
            }
            for term in blocks(&condition, "terms") {
                if let Some(found) =
                    not_among(&term, "operator", &["EQ", "IN", "GE", "GT", "LE", "LT"])
                {
                    wrong(found);
                }
                for operand in blocks(&term, "operands") {
                    operand_problems(&operand, &mut wrong);
                }
            }
        }
    }
    let users = blocks(config, "permission_policies")
        .iter()
        .flat_map(|p| blocks(p, "conditions"))
        .flat_map(|c| blocks(&c, "terms"))
        .flat_map(|t| blocks(&t, "operands"))
        .flat_map(|o| {
            let ids = [attrs::text(&o, "user_id"), attrs::text(&o, "queue_id")];
            ids.into_iter()
                .flatten()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();
    for id in users {
        problems.extend(gc03(&id, policies(), false));
    }
    problems
}

fn not_among(value: &Value, name: &str, allowed: &[&str]) -> Option<String> {
    let text = attrs::text(value, name).filter(|text| !allowed.contains(text))?;
    Some(format!(
        "{name} is {text:?}; it must be one of {}.",
        allowed.join(", ")
    ))
}

fn operand_problems(operand: &Value, wrong: &mut dyn FnMut(String)) {
    let Some(kind) = attrs::text(operand, "type") else {
        return;
    };
    let needed = match kind {
        "USER" => "user_id",
        "QUEUE" => "queue_id",
        "SCALAR" | "VARIABLE" => "value",
        _ => {
            wrong(format!(
                "type of an operand is {kind:?}; it must be one of USER, QUEUE, SCALAR, VARIABLE."
            ));
            return;
        }
    };
    for name in ["user_id", "queue_id", "value"] {
        let unset = attrs::is_unset(operand, name);
        if name == needed && unset {
            wrong(format!("an operand of type {kind} needs {name}."));
        }
        if name != needed && !unset {
            wrong(format!(
                "an operand of type {kind} has {needed}, not {name}."
            ));
        }
    }
}

/// GC07: a built-in role keeps its name.
pub(crate) fn renamed_built_in(prior: &Value) -> Diagnostic {
    let name = attrs::text(prior, "name").unwrap_or_default();
    Diagnostic::error(
        "Name of a Built-in Role",
        format!("GC07: {name:?} is a built-in role (default_role_id is set) and cannot be renamed. Write its name as it is."),
    )
    .on(Path::attribute("name"))
}
