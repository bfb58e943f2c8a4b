//! Lists as RCI answers them: offset and limit without a total, filters with wildcards, sort, sparse rows.
//!
//! Conventions: public; case of a comparison and the largest limit: [assumed]. It must not know a resource.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::errors;
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

/// What rows of a collection look like.
pub(crate) struct Shape {
    /// Members that every row has, beside `id`.
    pub(crate) names: &'static [&'static str],
    /// Members that can be filtered by, and appear when they are.
    pub(crate) fields: &'static [&'static str],
}

/// The object without some members; members that begin a hash go too.
pub(crate) fn without(object: &Value, hidden: &[&str]) -> Value {
    let mut out = object.clone();
    if let Some(map) = out.as_object_mut() {
        map.retain(|name, _| !name.ends_with("_sha256") && !hidden.contains(&name.as_str()));
    }
    out
}

/// The rows that a query asks for.
pub(crate) fn answer(
    world: &World,
    request: &Request,
    shape: &Shape,
    mut rows: Vec<Value>,
) -> Answer {
    let mut asked = Vec::new();
    let (mut offset, mut limit) = (0, 100);
    let largest = world.settings.contactpro_max_limit;
    for (name, value) in &request.query {
        match name.as_str() {
            "offset" => offset = number(world, "offset", value)?,
            "limit" => {
                limit = number(world, "limit", value)?;
                if limit == 0 || limit > largest {
                    let message = format!("limit must be between 1 and {largest}");
                    return Err(errors::error(world, 400, &message));
                }
            }
            "sort" => sort(world, shape, value, &mut rows)?,
            field if knows(shape, field) => {
                rows.retain(|row| matches(value, &text_of(&row[field])));
                asked.push(field);
            }
            _ => {
                let message = format!("The query parameter \"{name}\" is not known here");
                return Err(errors::error(world, 400, &message));
            }
        }
    }
    let page = rows.into_iter().skip(offset).take(limit).map(|row| {
        if !world.settings.contactpro_sparse_lists {
            return row;
        }
        let keep =
            |name: &str| name == "id" || shape.names.contains(&name) || asked.contains(&name);
        let row: Map<String, Value> = match row {
            Value::Object(map) => map.into_iter().filter(|(name, _)| keep(name)).collect(),
            _ => Map::new(),
        };
        Value::Object(row)
    });
    Ok(Reply::json(200, page.collect()))
}

fn knows(shape: &Shape, field: &str) -> bool {
    field == "id" || shape.names.contains(&field) || shape.fields.contains(&field)
}

fn number(world: &World, name: &str, text: &str) -> Result<usize, Refusal> {
    text.parse().map_err(|_| {
        errors::error(
            world,
            400,
            &format!("{name} must be a whole number, not negative"),
        )
    })
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `*` is any text, `?` one character; case does not count.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // The last star takes one character more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// `sort=name,-type,LOCALE-en`; the locale is accepted and changes nothing here.
fn sort(world: &World, shape: &Shape, value: &str, rows: &mut [Value]) -> Result<(), Refusal> {
    let mut keys = Vec::new();
    for key in value.split(',') {
        if key.starts_with("LOCALE-") {
            continue;
        }
        let (field, down) = match key.strip_prefix('-') {
            Some(field) => (field, true),
            None => (key, false),
        };
        if !knows(shape, field) {
            return Err(errors::error(
                world,
                400,
                "sort names a field that is not known here",
            ));
        }
        keys.push((field, down));
    }
    rows.sort_by(|a, b| {
        keys.iter()
            .map(|(field, down)| {
                let order = text_of(&a[*field])
                    .to_lowercase()
                    .cmp(&text_of(&b[*field]).to_lowercase());
                if *down { order.reverse() } else { order }
            })
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_are_stars_and_question_marks() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("conv-*", "conv-eu", true),
            ("CONV-??", "conv-eu", true),
            ("conv-?", "conv-eu", false),
            ("*-eu", "conv-us", false),
            ("*o*e*", "conv-eu", true),
            ("", "x", false),
            ("conv", "conv-eu", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
