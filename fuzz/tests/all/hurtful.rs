//! Small texts made to overflow the stack, or to take time and memory out of proportion.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline::config::{Snapshot, load};
use trunkline::lang::source::Sources;
use trunkline::report::{SourceText, Style, render_diagnostics};
use trunkline_fuzz::targets::TARGETS;

/// Every target takes the text without panic or overflow.
fn survive(text: &str) {
    for (_, target) in TARGETS {
        target(text);
    }
}

#[test]
fn deep_nesting() {
    let deep = 20_000;
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{a=", "1", "}"),
        ("\"${", "1", "}\""),
        ("-", "1", ""),
        ("!", "true", ""),
        ("f(", "", ")"),
        ("[for a in ", "[]", ": a]"),
        ("true ? 1 : ", "2", ""),
        ("a[", "0", "]"),
        ("%{if true}", "", "%{endif}"),
        ("b {\n", "", "}\n"),
        ("<<E\n${", "1", "}\nE\n"),
    ] {
        let whole = format!("{}{inner}{}", open.repeat(deep), close.repeat(deep));
        survive(&whole);
        survive(&format!("a = {whole}\n"));
        survive(&open.repeat(deep));
    }
    survive(&format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep)));
    survive(&"[".repeat(deep));
}

#[test]
fn long_chains() {
    let long = 20_000;
    for (first, more) in [
        ("1", " + 1"),
        ("true", " && true"),
        ("a", ".b"),
        ("a", "[0]"),
        ("a", "[*]"),
        ("a", "[*].b"),
        ("1", " == 1"),
        ("true", " ? 1 : 2"),
        ("\"", "${1}"),
        ("\"", "$${1}"),
        ("<<E\n", "x ${1}\n"),
        ("a {", "}\nb {"),
        ("[1", ", 1"),
        ("{a1 = 1", ", b = 2"),
        ("f(1", ", 2"),
        ("a = 1\n", "b = 1\n"),
    ] {
        survive(&format!("{first}{}", more.repeat(long)));
        survive(&format!("x = {first}{}\n", more.repeat(long)));
    }
}

#[test]
fn bombs() {
    for text in [
        // Terraform limits what a range may hold.
        "range(1000000000)",
        "range(0, 1e9, 1e-9)",
        "cidrsubnets(\"10.0.0.0/8\", 99999999)",
        "cidrsubnet(\"10.0.0.0/8\", 999999999, 1)",
        "cidrhost(\"::/0\", 1e30)",
        "parseint(\"1\", 999999999)",
        "pow(10, 1e9)",
        "pow(1e999999999, 1e999999999)",
        "1e999999999",
        "1e-999999999",
        "1e99999999999999999999",
        "jsondecode(\"1e999999999\")",
        "yamldecode(\"a: 1e999999999\")",
        "format(\"%999999999s\", \"x\")",
        "format(\"%.999999999f\", 1)",
        "format(\"%*d\", 999999999, 1)",
        "indent(1000, \"x\")",
        "substr(\"x\", 0, 999999999999)",
        "regex(\"(a{1000}){1000}\", \"a\")",
        "regex(\"((((a*)*)*)*)*$\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaab\")",
        "chunklist([1], 999999999999)",
        "element([1], 999999999999)",
        "timeadd(\"2020-01-01T00:00:00Z\", \"999999999999999h\")",
        "formatdate(\"YYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYY\", \"2020-01-01T00:00:00Z\")",
        // References to anchors that grow by their number each time.
        "yamldecode(\"a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\\n\")",
        "base64decode(\"====\")",
    ] {
        survive(text);
    }
}

#[test]
fn conditions_do_not_double_with_each_level() {
    // Both sides of a condition are evaluated; nested forty deep that must not be two to the fortieth.
    let mut text = "1".to_owned();
    for _ in 0..40 {
        text = format!("(true ? {text} : 2)");
    }
    survive(&text);
    let mut text = "x".to_owned();
    for _ in 0..40 {
        text = format!("%{{ if true }}{text}%{{ else }}y%{{ endif }}");
    }
    survive(&format!("\"{text}\""));
    survive(&format!("{}1{}", "try(".repeat(300), ", 2)".repeat(300)));
    survive(&format!("{}1{}", "can(".repeat(300), ")".repeat(300)));
}

/// Counts what a renderer asks for.
struct Counted {
    lines: std::cell::Cell<usize>,
    text: Vec<String>,
}

impl SourceText for Counted {
    fn line(&self, _: &str, n: u32) -> Option<String> {
        self.lines.set(self.lines.get() + 1);
        self.text.get(n as usize - 1).cloned()
    }

    fn block_context(&self, _: &str, _: u32) -> Option<String> {
        None
    }
}

/// Problems found, lines asked for, and bytes printed for `n` mistakes.
fn mistakes(n: usize) -> (usize, usize, usize) {
    let text: String = (0..n)
        .map(|i| format!("resource \"a\" {{\n  x{i} = \n}}\n"))
        .collect();
    let files = BTreeMap::from([("main.tf".to_owned(), Arc::from(text.as_bytes()))]);
    let (_, problems) = load(&Snapshot { files }, Arc::new(Sources::new()));
    let source = Counted {
        lines: std::cell::Cell::new(0),
        text: text.lines().map(str::to_owned).collect(),
    };
    let shown = render_diagnostics(&problems, &source, &Style::default());
    (problems.len(), source.lines.get(), shown.len())
}

#[test]
fn ten_thousand_errors_cost_ten_times_a_thousand() {
    let (small, large) = (mistakes(1000), mistakes(10_000));
    assert!(small.0 >= 1000, "every mistake is told: {}", small.0);
    for (a, b) in [(small.0, large.0), (small.1, large.1), (small.2, large.2)] {
        assert!(b >= a * 9 && b <= a * 12, "{a} became {b}");
    }
}
