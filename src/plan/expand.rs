//! `count` and `for_each`: from a value to the keys of the instances.
//!
//! Pure: the value is given. Messages are those that Terraform's users know.

use trunkline_api::{Kind, Type, Value};

use super::values::{Each, RepetitionData};
use crate::address::InstanceKey;
use crate::product;

/// The instances of a resource or module.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// How they are told apart.
    pub each: Each,
    /// Their keys, in order, and what `each` and `count` are in each.
    pub instances: Vec<(InstanceKey, RepetitionData)>,
}

/// Why an expansion is not possible: summary and detail.
pub type Refusal = (&'static str, String);

impl Expansion {
    /// Exactly one instance without a key.
    #[must_use]
    pub fn single() -> Expansion {
        Expansion {
            each: Each::Single,
            instances: vec![(InstanceKey::None, RepetitionData::NONE)],
        }
    }

    /// One stand-in instance whose keys are unknown, for validation.
    #[must_use]
    pub fn unknown(counted: bool) -> Expansion {
        let repetition = if counted {
            RepetitionData::counted(Value::unknown(Type::Number))
        } else {
            RepetitionData::keyed(Value::unknown(Type::String), Value::unknown(Type::Dynamic))
        };
        Expansion {
            each: Each::Unknown,
            instances: vec![(InstanceKey::None, repetition)],
        }
    }
}

/// The instances that `count = value` asks for.
pub fn count(value: &Value) -> Result<Expansion, Refusal> {
    const SUMMARY: &str = "Invalid count argument";
    let refuse = |detail: &str| Err((SUMMARY, product::named(detail)));
    if value.marks().is_ephemeral() {
        return refuse(
            "The given \"count\" is derived from an ephemeral value, which means that {product} cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify the number of resource instances.",
        );
    }
    if value.is_null() {
        return refuse("The given \"count\" argument value is null. An integer is required.");
    }
    let number = match trunkline_api::convert(value, &Type::Number) {
        Ok(number) => number,
        Err(error) => {
            let detail = format!("Invalid expression value: {error}.");
            return Err(("Incorrect value type", detail));
        }
    };
    if !number.is_known() {
        return refuse(
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so {product} cannot predict how many instances will be created. To work around this, use the -target argument to first apply only the resources that the count depends on.",
        );
    }
    let Some(number) = number.as_number() else {
        return refuse("The given \"count\" argument value is null. An integer is required.");
    };
    if number.is_negative() {
        return refuse(
            "The given \"count\" argument value is unsuitable: must be greater than or equal to zero.",
        );
    }
    if !number.is_integer() {
        return refuse(
            "The given \"count\" argument value is unsuitable: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
        );
    }
    let Some(n) = number.to_i64().filter(|n| *n <= i64::from(i32::MAX)) else {
        return refuse(
            "The given \"count\" argument value is unsuitable: the number is too large.",
        );
    };
    let instances = (0..n).map(|i| {
        let key = InstanceKey::Int(i);
        let data = RepetitionData::for_key(&key, None);
        (key, data)
    });
    Ok(Expansion {
        each: Each::Count,
        instances: instances.collect(),
    })
}

/// The instances that `for_each = value` asks for.
pub fn for_each(value: &Value) -> Result<Expansion, Refusal> {
    const SUMMARY: &str = "Invalid for_each argument";
    const SET: &str = "Invalid for_each set argument";
    let refuse = |detail: String| Err((SUMMARY, detail));
    let unsuitable = |what: &str| {
        refuse(format!(
            "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {what}."
        ))
    };
    if value.marks().is_ephemeral() {
        return refuse(product::named(
            "The given \"for_each\" value is derived from an ephemeral value, which means that {product} cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys.",
        ));
    }
    if value.marks().is_sensitive() {
        return refuse("Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, the sensitive value could be exposed as a resource instance key.".into());
    }
    let expand = |items: &mut dyn Iterator<Item = (std::sync::Arc<str>, Value)>| {
        let instances = items.map(|(name, value)| {
            let key = InstanceKey::Str(name);
            let data = RepetitionData::for_key(&key, Some(&value));
            (key, data)
        });
        Ok(Expansion {
            each: Each::ForEach,
            instances: instances.collect(),
        })
    };
    let unknown = product::named(
        "so {product} cannot determine the full set of keys that will identify the instances of this resource.",
    );
    const ADVICE: &str = "Alternatively, you could use the -target planning option to first apply only the resources that the for_each value depends on, and then apply a second time to fully converge.";
    let unknown_set = || {
        refuse(format!(
            "The \"for_each\" set includes values derived from resource attributes that cannot be determined until apply, and {unknown}\n\nWhen working with unknown values in for_each, it's better to use a map value where the keys are defined statically in your configuration and where only the values contain apply-time results.\n\n{ADVICE}"
        ))
    };
    match value.kind() {
        Kind::Null(_) => refuse("The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A map, or set of strings is allowed.".into()),
        Kind::Unknown(Type::Set(_), _) => unknown_set(),
        Kind::Unknown(..) => refuse(format!("The \"for_each\" map includes keys derived from resource attributes that cannot be determined until apply, and {unknown}\n\nWhen working with unknown values in for_each, it's better to define the map keys statically in your configuration and place apply-time results only in the map values.\n\n{ADVICE}")),
        Kind::Map(_, fields) | Kind::Object(fields) => {
            expand(&mut fields.iter().map(|(k, v)| (k.clone(), v.clone())))
        }
        Kind::Set(_, items) => {
            if items.iter().any(|i| !i.is_known()) {
                return unknown_set();
            }
            if items.iter().any(Value::is_null) {
                return Err((SET, "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values.".into()));
            }
            if items.iter().any(|i| i.as_str().is_none()) {
                return Err((SET, format!("The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.", items[0].ty().friendly_name())));
            }
            expand(&mut items.iter().filter_map(|i| Some((i.as_str()?.into(), i.clone()))))
        }
        _ => unsuitable(&value.ty().friendly_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_api::Marks;

    fn keys(expansion: Result<Expansion, Refusal>) -> Vec<String> {
        let expansion = expansion.unwrap();
        expansion
            .instances
            .iter()
            .map(|(k, _)| k.to_string())
            .collect()
    }

    #[test]
    fn count_gives_indices() {
        assert_eq!(keys(count(&Value::number(2))), ["[0]", "[1]"]);
        assert_eq!(keys(count(&Value::from("1"))), ["[0]"]);
        assert!(keys(count(&Value::number(0))).is_empty());
    }

    #[test]
    fn for_each_gives_keys_in_order() {
        let set = Value::set(Type::String, [Value::from("b"), Value::from("a")]);
        assert_eq!(keys(for_each(&set)), ["[\"a\"]", "[\"b\"]"]);
        let object = Value::object([("x", Value::unknown(Type::String))]);
        assert_eq!(keys(for_each(&object)), ["[\"x\"]"]);
    }

    #[test]
    fn what_cannot_be_expanded_is_refused() {
        let secret = Value::number(1).with_marks(Marks::EPHEMERAL);
        let fraction = trunkline_api::Number::parse("1.5").unwrap();
        let refused = [
            count(&Value::unknown(Type::Number)),
            count(&Value::number(-1)),
            count(&Value::null(Type::Number)),
            count(&Value::number(fraction)),
            count(&secret),
            for_each(&Value::tuple([Value::from("a")])),
            for_each(&Value::unknown(Type::set(Type::String))),
            for_each(&Value::set(Type::Number, [Value::number(1)])),
        ];
        for result in refused {
            assert!(result.unwrap_err().1.ends_with('.'));
        }
    }
}
