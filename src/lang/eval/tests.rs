//! Expressions and what becomes of them. Expected values and words are those of Terraform 1.11.4.

use std::sync::Arc;

use trunkline_api::{Diagnostic, Marks, Refinement, Type, Value};

use super::super::ast::Traversal;
use super::super::format::describe;
use super::super::functions::{DiskFiles, FunctionContext};
use super::super::parser::parse_expression;
use super::super::source::Sources;
use super::{Scope, Unresolved, eval};

struct Fixed {
    console: bool,
    sources: Sources,
    functions: FunctionContext,
}

impl Scope for Fixed {
    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn functions(&self) -> &FunctionContext {
        &self.functions
    }

    fn in_console(&self) -> bool {
        self.console
    }

    fn resolve(&self, t: &Traversal) -> Result<(Value, usize), Unresolved> {
        let not_null = Refinement {
            not_null: true,
            ..Refinement::default()
        };
        let value = match &*t.root {
            "secret" => Value::from("hush").with_marks(Marks::SENSITIVE),
            "secrets" => Value::tuple([Value::from("a")]).with_marks(Marks::SENSITIVE),
            "fleeting" => Value::from("gone").with_marks(Marks::EPHEMERAL),
            "later" => Value::unknown(Type::String),
            "later_set" => Value::unknown_refined(Type::String, not_null),
            "later_list" => Value::unknown(Type::list(Type::String)),
            "whatever" => Value::unknown(Type::Dynamic),
            "obj" => Value::object([("a", Value::from("x")), ("n", Value::number(5))]),
            "strings" => Value::list(Type::String, [Value::from("p"), Value::from("q")]),
            "set" => Value::set(Type::String, [Value::from("p"), Value::from("q")]),
            "wide" => Value::object((0..500).map(|n| (format!("a{n}"), Value::from("x")))),
            "map" => Value::map(Type::String, [("k", Value::from("v"))]),
            _ => {
                let problem = self.sources.error(t.span, "Unknown", format!("no {t}"));
                return Err(problem.into());
            }
        };
        Ok((value, 0))
    }
}

/// The value, or the errors.
fn run(text: &str) -> String {
    run_in(false, text)
}

fn run_in(console: bool, text: &str) -> String {
    let scope = Fixed {
        console,
        sources: Sources::new(),
        functions: FunctionContext::new(".".into(), Arc::new(DiskFiles::new())),
    };
    let id = scope.sources.add("t", text);
    let (expr, problems) = parse_expression(&scope.sources, id);
    assert_eq!(problems, [], "{text}");
    let mut diags = Vec::new();
    let value = eval(&expr, &scope, &mut diags);
    if diags.is_empty() {
        return format!("{value:?}");
    }
    let one = |d: &Diagnostic| {
        let values = d.values.iter();
        let values = values.map(|v| format!(" [{} {}]", v.traversal, describe(&v.value, false)));
        format!("{}: {}{}", d.summary, d.detail, values.collect::<String>())
    };
    diags.iter().map(one).collect::<Vec<_>>().join(" / ")
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(run(text), *expected, "{text}");
    }
}

#[test]
fn operators() {
    check(&[
        ("1 + \"2\" * 3 - -4 % 3", "8"),
        ("1 / 3 == 2 / 6", "true"),
        ("!false && (1 < 2 || 3 >= 4)", "true"),
        ("[1] == [\"1\"]", "false"),
        ("null == null", "true"),
        ("toset(whatever) == 1", "false"),
        ("0.2 - 0.7", "-0.5"),
        (
            "1 + null",
            "Operation failed: Error during operation: argument must not be null.",
        ),
        (
            "[] + 1",
            "Invalid operand: Unsuitable value for left operand: number required.",
        ),
        (
            "obj.a + 1",
            "Invalid operand: Unsuitable value for left operand: a number is required. [obj.a is \"x\"]",
        ),
        ("later == \"x\" && true", "unknown(bool)"),
        ("later_set == null", "false"),
        ("\"ab-${later}\" == \"xy\"", "false"),
        ("[later, 1] == [\"a\", 2]", "unknown(bool)"),
        ("[1, later] == [2, \"a\"]", "false"),
        ("{a = later, b = 1} == {a = \"a\", b = 2}", "false"),
        ("(later == \"x\" ? 1 : 2) > 0", "true"),
        ("(later == \"x\" ? 1 : 2) == 3", "false"),
        ("(later == \"x\" ? 1 : 2) >= 2", "unknown(bool)"),
        ("secret == \"x\"", "(marked value)"),
    ]);
}

#[test]
fn conditionals() {
    check(&[
        ("true ? 1 : \"a\"", "\"1\""),
        ("false ? [1] : [\"a\", \"b\"]", "[\"a\", \"b\"]"),
        ("true ? null : 1", "null(number)"),
        ("later == \"x\" ? 1 : 2", "unknown(number)"),
        ("true ? 1 : whatever", "1"),
        ("true ? whatever : 1", "unknown(dynamic)"),
        ("true ? \"a\" : secret", "(marked value)"),
        ("true ? 1 : {}.x", "1"),
        (
            "false ? tolist([]) : [{a = 1}, {a = 2}]",
            "[{\"a\": 1}, {\"a\": 2}]",
        ),
        (
            "false ? tolist([]) : [{a = 1}, {b = 2}]",
            "Inconsistent conditional result types: The false result value has the wrong type: element types must all match for conversion to list.",
        ),
        (
            "false ? tomap({}) : {a = {x = 1}, b = {y = 2}}",
            "Inconsistent conditional result types: The false result value has the wrong type: element types must all match for conversion to map.",
        ),
        (
            "false ? tomap({}) : {a = 1, b = [1]}",
            "{\"a\": 1, \"b\": tuple[1]}",
        ),
        (
            "false ? tomap({}) : {a = 1, b = \"x\"}",
            "map{\"a\": \"1\", \"b\": \"x\"}",
        ),
        (
            "true ? tolist([]) : [[1], 0]",
            "Inconsistent conditional result types: The true and false result expressions must have consistent types. The 'true' value is list of dynamic, but the 'false' value is tuple.",
        ),
        (
            "null ? 1 : 2",
            "Null condition: The condition value is null. Conditions must either be true or false.",
        ),
        (
            "true ? {a = 1} : {a = []}",
            "Inconsistent conditional result types: The true and false result expressions must have consistent types. Type mismatch for object attribute \"a\": The 'true' value is number, but the 'false' value is tuple.",
        ),
    ]);
}

#[test]
fn access() {
    check(&[
        ("obj.a", "\"x\""),
        ("obj[\"n\"]", "5"),
        ("strings[\"1\"]", "\"q\""),
        ("strings.0", "\"p\""),
        ("map.k", "\"v\""),
        ("later_list[0]", "unknown(string)"),
        ("whatever.a[0].b", "unknown(dynamic)"),
        ("secrets[0]", "(marked value)"),
        ("obj.b", "Unsupported attribute: This object does not have an attribute named \"b\". [obj.a is \"x\"]".split(" [").next().unwrap_or_default()),
        ("map.z", "Missing map element: This map does not have an element with the key \"z\"."),
        ("strings[2]", "Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection."),
        ("strings[7]", "Invalid index: The given key does not identify an element in this collection value."),
        ("[1][sensitive(1)]", "Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection."),
        ("secrets[1]", "Invalid index: The given key does not identify an element in this collection value."),
        ("set[0]", "Invalid index: Elements of a set are identified only by their value and don't have any separate index or key to select with, so it's only possible to perform operations across all elements of the set."),
        ("null.a", "Attempt to get attribute from null value: This value is null, so it does not have any attributes."),
    ]);
}

#[test]
fn splats() {
    check(&[
        ("[{a = 1}, {a = 2}][*].a", "tuple[1, 2]"),
        ("[{a = [{b = 1}]}].*.a[0]", "tuple[{\"b\": 1}]"),
        ("strings[*]", "[\"p\", \"q\"]"),
        ("set[*]", "[\"p\", \"q\"]"),
        ("null[*].a", "tuple[]"),
        ("obj[*].n", "tuple[5]"),
        ("later_list[*]", "unknown(list(string))"),
        ("later[*]", "unknown(dynamic)"),
        ("\"x${later}\"[*] == []", "false"),
        (
            "\"x${later}\".*[1]",
            "Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.",
        ),
        ("secret[*]", "(marked value)"),
        (
            "[{a = 1}, {}][*].a",
            "Unsupported attribute: This object does not have an attribute named \"a\".",
        ),
    ]);
}

#[test]
fn for_expressions() {
    check(&[
        (
            "[for i, v in strings : \"${i}${v}\" if v != \"p\"]",
            "tuple[\"1q\"]",
        ),
        (
            "{for k, v in {b = 1, a = 2} : v => k}",
            "{\"1\": \"b\", \"2\": \"a\"}",
        ),
        (
            "{for v in [1, 2, 3] : v % 2 => v...}",
            "{\"0\": tuple[2], \"1\": tuple[1, 3]}",
        ),
        ("[for v in later_list : v]", "unknown(dynamic)"),
        ("[for v in secrets : v]", "(marked value)"),
        ("[for v in [1] : v if later == \"x\"]", "unknown(dynamic)"),
        (
            "{for v in [1, 1] : v => v}",
            "Duplicate object key: Two different items produced the key \"1\" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.",
        ),
        (
            "[for v in \"x\" : v]",
            "Iteration over non-iterable value: A value of type string cannot be used as the collection in a 'for' expression.",
        ),
        (
            "[for v in [1] : v if null]",
            "Condition is null: The value of the 'if' clause must not be null.",
        ),
    ]);
}

#[test]
fn templates() {
    check(&[
        ("\"a${1}${true}\"", "\"a1true\""),
        ("\"${[1]}\"", "tuple[1]"),
        ("\"$${a} %%{b} $$\"", "\"${a} %{b} $$\""),
        ("\"%{for k, v in {x = 1}}${k}${v},%{endfor}\"", "\"x1,\""),
        (
            "\"a  %{~ if 1 > 2 ~} y %{~ else ~} z %{~ endif ~}  b\"",
            "\"azb\"",
        ),
        ("\"a${later}\"", "unknown(string)"),
        ("startswith(\"ab-${later}\", \"xy\")", "false"),
        ("\"x${secret}\"", "(marked value)"),
        ("\"x${fleeting}\"", "(marked value)"),
        (
            "\"a${null}\"",
            "Invalid template interpolation value: The expression result is null. Cannot include a null value in a string template.",
        ),
        (
            "\"a${[]}\"",
            "Invalid template interpolation value: Cannot include the given value in a string template: string required.",
        ),
    ]);
}

#[test]
fn calls() {
    check(&[
        ("max(1, [2, 3]...)", "3"),
        ("core::upper(\"a\")", "\"A\""),
        ("try({}.a, 1)", "1"),
        ("can({}.a)", "false"),
        ("try(later, 1)", "unknown(dynamic)"),
        (
            "max([1, later_list]...)",
            "Invalid function argument: Invalid value for \"numbers\" parameter: number required.",
        ),
        (
            "uppr(\"a\")",
            "Call to unknown function: There is no function named \"uppr\". Did you mean \"upper\"?",
        ),
        (
            "max(null...)",
            "Invalid expanding argument value: The expanding argument (indicated by ...) must not be null.",
        ),
        (
            "max(tostring(null)...)",
            "Invalid expanding argument value: The expanding argument (indicated by ...) must be of a tuple, list, or set type.",
        ),
        (
            "formatlist(\"%d\")",
            "Error in function call: Call to function \"formatlist\" failed: not enough arguments for \"%d\" at 0: need index 1 but have 0 total.",
        ),
        (
            "cidrnetmask(\"::ffff:1.2.3.4/96\")",
            "\"ffff:ffff:ffff:ffff:ffff:ffff::\"",
        ),
        (
            "templatestring(obj.n, {})",
            "Invalid function argument: Invalid value for \"template\" parameter: invalid template value: a string is required. [obj.n is 5]",
        ),
        (
            "timecmp(\"2024-01-01T0:00:00Z\", \"2024-01-01T00:00:00,5Z\")",
            "-1",
        ),
        ("can(pow(1e309, 2)) || can(log(2, 1e309))", "false"),
        (
            "provider::x::y(1)",
            "Unknown provider function: There is no function named \"provider::x::y\". Ensure that provider name \"x\" is declared in this module's required_providers block, and that this provider offers a function named \"y\".",
        ),
        (
            "abs(obj.a)",
            "Invalid function argument: Invalid value for \"num\" parameter: a number is required. [obj.a is \"x\"]",
        ),
    ]);
}

#[test]
fn objects() {
    check(&[
        (
            "{a = 1, \"b\" = 2, (obj.a) = 3, a = 4}",
            "{\"a\": 4, \"b\": 2, \"x\": 3}",
        ),
        ("{(later) = 1}", "unknown(dynamic)"),
        ("{(secret) = 1}", "(marked value)"),
        (
            "{obj.a = 1}",
            "Ambiguous attribute key: If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal. [obj.a is \"x\"]",
        ),
        (
            "{(null) = 1}",
            "Null value as key: Can't use a null value as a key.",
        ),
    ]);
}

#[test]
fn every_reference_is_resolved_before_anything_is_evaluated() {
    assert_eq!(
        run("true ? 1 : nope.a + nope.b"),
        "Unknown: no nope.a / Unknown: no nope.b"
    );
}

/// Or an expression with an error at each of a thousand operands takes a million looks.
#[test]
fn an_error_looks_for_the_values_of_its_first_references() {
    let scope = Fixed {
        console: false,
        sources: Sources::new(),
        functions: FunctionContext::new(".".into(), Arc::new(DiskFiles::new())),
    };
    let operands: Vec<String> = (0..500).map(|n| format!("wide.a{n}")).collect();
    let id = scope.sources.add("t", &*operands.join(" > "));
    let (expr, _) = parse_expression(&scope.sources, id);
    let mut problems = Vec::new();
    assert!(!eval(&expr, &scope, &mut problems).is_known());
    assert!(problems.len() >= 499, "{}", problems.len());
    let most = problems.iter().map(|d| d.values.len()).max();
    assert_eq!(most, Some(super::MOST_REFERENCES));
}

#[test]
fn the_console_has_functions_of_its_own() {
    for (text, expected) in [
        ("type([1])", "\"tuple([\\n    number,\\n])\""),
        ("can(plantimestamp())", "false"),
        (
            "type()",
            "Not enough function arguments: Function \"type\" expects 1 argument(s). Missing value for \"value\".",
        ),
    ] {
        assert_eq!(run_in(true, text), expected);
    }
    assert_eq!(
        run("type(1)"),
        "Call to unknown function: There is no function named \"type\"."
    );
}
