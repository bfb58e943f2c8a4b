//! What an input has in common with values before and after.

use trunkline_api::{Type, Value};

use super::Bearing;
use super::evidence::bearing;

#[test]
fn what_is_new_in_a_value_may_have_changed_it() {
    let s = |text: &str| Value::string(text);
    let (before, after) = (s("http://old.test/a"), s("http://new.test/a"));
    assert_eq!(bearing(&s("new.test"), &before, &after), Bearing::Likely);
    assert_eq!(bearing(&s("http"), &before, &after), Bearing::Stays);
    assert_eq!(bearing(&s("elsewhere"), &before, &after), Bearing::Possible);
    let nothing = Value::null(Type::String);
    assert_eq!(bearing(&nothing, &before, &after), Bearing::Possible);
}

#[test]
fn short_values_count_only_as_a_whole() {
    let (before, after) = (Value::string("10"), Value::string("21"));
    assert_eq!(
        bearing(&Value::number(1), &before, &after),
        Bearing::Possible
    );
    assert_eq!(
        bearing(&Value::number(2), &Value::number(1), &Value::number(2)),
        Bearing::Likely
    );
}

#[test]
fn collections_are_looked_into() {
    let list = |texts: &[&str]| Value::tuple(texts.iter().map(|t| Value::string(*t)));
    let (before, after) = (list(&["alpha"]), list(&["alpha", "beta"]));
    assert_eq!(
        bearing(&list(&["beta", "gamma"]), &before, &after),
        Bearing::Likely
    );
    assert_eq!(bearing(&list(&["alpha"]), &before, &after), Bearing::Stays);
}
