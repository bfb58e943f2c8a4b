//! Laws of conversion and unification, for types and values of every shape.

use proptest::prelude::*;
use trunkline_api::{Number, Type, Value, convert, unify};

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Bool),
        Just(Type::Number),
        Just(Type::String),
        Just(Type::Dynamic),
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner, 0..3).prop_map(|t| Type::Tuple(t.into())),
        ]
    })
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::bool),
        any::<i32>().prop_map(|n| Value::number(Number::from(i64::from(n)))),
        "[a-c0-9]{0,3}".prop_map(Value::string),
        Just(Value::from("true")),
        types().prop_map(Value::null),
        types().prop_map(Value::unknown),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple),
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(Value::object),
        ]
    })
}

proptest! {
    /// Converting again changes nothing.
    #[test]
    fn conversion_settles(value in values(), ty in types()) {
        if let Ok(once) = convert(&value, &ty) {
            let twice = convert(&once, &ty);
            prop_assert_eq!(twice.as_ref().ok(), Some(&once), "{:?} to {:?}", value, ty);
        }
    }

    /// A value is of its own type already.
    #[test]
    fn conversion_to_its_own_type_is_nothing(value in values()) {
        let same = convert(&value, &value.ty());
        prop_assert_eq!(same.ok(), Some(value));
    }

    /// Unknown never becomes known, and known never unknown.
    #[test]
    fn conversion_invents_nothing(value in values(), ty in types()) {
        if let Ok(converted) = convert(&value, &ty) {
            if value.is_wholly_known() {
                prop_assert!(converted.is_wholly_known(), "{:?} to {:?}", value, ty);
            }
            if !value.is_known() {
                prop_assert!(!converted.is_known(), "{:?} to {:?}", value, ty);
            }
        }
    }

    /// What types have in common does not hang on how often they are named, and one alone has itself in common.
    #[test]
    fn unification_of_one(ty in types()) {
        prop_assert_eq!(unify(std::slice::from_ref(&ty)), Some(ty.clone()));
        prop_assert_eq!(unify(&[ty.clone(), ty.clone()]), Some(ty));
    }

    /// Nor on their order.
    #[test]
    fn unification_has_no_order(a in types(), b in types()) {
        prop_assert_eq!(unify(&[a.clone(), b.clone()]), unify(&[b, a]));
    }

    /// Values can be brought to what their types have in common, unless text is no number or truth value; where it
    /// leaves a type open, the values themselves must agree on one.
    #[test]
    fn unification_can_be_reached(a in values(), b in values()) {
        if let Some(common) = unify(&[a.ty(), b.ty()])
            && !common.has_dynamic()
        {
            for value in [a, b] {
                if let Err(e) = convert(&value, &common) {
                    let words = e.to_string();
                    prop_assert!(words.contains("required"), "{:?} to {:?}: {}", value, common, words);
                }
            }
        }
    }
}
