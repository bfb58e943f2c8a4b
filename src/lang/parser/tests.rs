//! What parses, what does not, and what is said about it.

use trunkline_api::Diagnostics;

use super::super::ast::{Body, Expr, ExprKind};
use super::super::source::Sources;
use super::super::text::place;
use super::{parse_expression, parse_file};

fn file(text: &str) -> (Body, Diagnostics) {
    let sources = Sources::new();
    let id = sources.add("t", text);
    parse_file(&sources, id)
}

fn expression(text: &str) -> (Expr, Diagnostics) {
    let sources = Sources::new();
    let id = sources.add("t", text);
    parse_expression(&sources, id)
}

fn summaries(problems: &Diagnostics) -> Vec<String> {
    let one = |d: &trunkline_api::Diagnostic| {
        let at = d.span.as_ref().map(place).unwrap_or_default();
        format!("{} {}", at.trim_start_matches("t:"), d.summary)
    };
    problems.iter().map(one).collect()
}

fn outline(body: &Body) -> String {
    let attributes = body.attributes.iter().map(|a| a.name.to_string());
    let blocks = body.blocks.iter().map(|b| {
        let labels: Vec<&str> = b.labels.iter().map(|l| &*l.text).collect();
        format!("{}[{}]{{{}}}", b.kind, labels.join(","), outline(&b.body))
    });
    attributes.chain(blocks).collect::<Vec<_>>().join(" ")
}

#[test]
fn bodies_keep_what_was_written() {
    let text = "a = 1 # c\nb \"x\" y {\n  c = [1,\n 2]\n d { e = 1 }\n}\n/* z */\nf = <<E\n}\nE\n";
    let (body, problems) = file(text);
    assert_eq!(summaries(&problems), [] as [&str; 0]);
    assert_eq!(outline(&body), "a f b[x,y]{c d[]{e}}");
    let block = &body.blocks[0];
    assert_eq!(
        &text[block.def_span().start as usize..block.def_span().end as usize],
        "b \"x\" y"
    );
    assert!(text[block.body.end_span.start as usize..].starts_with("}\n/*"));
}

#[test]
fn of_many_arguments_each_may_be_set_once() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let all: String = names.iter().map(|n| format!("{n} = 1\n")).collect();
    for (again, at) in [("a", "12,1-2"), ("h", "12,1-2"), ("k", "12,1-2")] {
        let (body, problems) = file(&format!("{all}{again} = 2\nl = 3\nl = 4\n"));
        let expected = [
            format!("{at} Attribute redefined"),
            "14,1-2 Attribute redefined".to_owned(),
        ];
        assert_eq!(summaries(&problems), expected);
        assert_eq!(outline(&body), "a b c d e f g h i j k l");
    }
}

#[test]
fn operators_are_joined_by_how_strongly_they_bind() {
    fn shape(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Binary(b) => {
                let mut out = shape(&b.first);
                for term in &b.rest {
                    out += &format!(" {:?} {}", term.op, shape(&term.operand));
                }
                format!("({out})")
            }
            ExprKind::Traversal(t) => t.root.to_string(),
            other => format!("{other:?}"),
        }
    }
    for (text, expected) in [
        ("a - b - c", "(a Subtract b Subtract c)"),
        ("a + b * c - d", "(a Add (b Multiply c) Subtract d)"),
        ("a * b + c * d", "((a Multiply b) Add (c Multiply d))"),
        (
            "a || b && c == d < e + f % g",
            "(a Or (b And (c Equal (d Less (e Add (f Modulo g))))))",
        ),
        (
            "a % b + c < d == e && f || g",
            "((((((a Modulo b) Add c) Less d) Equal e) And f) Or g)",
        ),
        ("a < b > c != d", "((a Less b Greater c) NotEqual d)"),
    ] {
        let (expr, problems) = expression(text);
        assert!(problems.is_empty(), "{text}");
        assert_eq!(shape(&expr), expected, "{text}");
        assert_eq!(expr.span.len(), text.len(), "{text}");
    }
}

#[test]
fn each_error_has_its_words_and_place() {
    for (text, expected) in [
        ("a", "1,1-2 Argument or block definition required"),
        ("\"a\" = 1", "1,1-2 Invalid argument name"),
        ("a = 1, b = 2", "1,6-7 Unexpected comma after argument"),
        ("a = 1 2", "1,7-8 Missing newline after argument"),
        ("a {\n", "1,3-4 Unclosed configuration block"),
        (
            "a { b = 1\n}",
            "1,10-2,1 Invalid single-argument block definition",
        ),
        (
            "a { b = 1, c = 2 }",
            "1,10-11 Invalid single-argument block definition",
        ),
        ("a { b {} }", "1,5-8 Argument definition required"),
        ("a = 1\na = 2", "2,1-2 Attribute redefined"),
        ("a \"${x}\" {}", "1,4-6 Invalid string literal"),
        ("a b = 1", "1,5-6 Invalid block definition"),
        ("a = [1 2]", "1,8-9 Missing item separator"),
        ("a = {b = 1 c = 2}", "1,12-13 Missing attribute separator"),
        ("a = {b}", "1,7-8 Missing key/value separator"),
        ("a = f(1", "1,5-7 Unterminated function call"),
        (
            "a = b ? c",
            "1,10-10 Missing false expression in conditional",
        ),
        ("a = (1", "1,7-7 Unbalanced parentheses"),
        ("a = b[0", "1,8-8 Missing close bracket on index"),
        ("a = b.", "1,7-7 Invalid attribute name"),
        ("a = [[1]].0.1", "1,11-14 Invalid legacy index syntax"),
        ("a = b.*.c.*", "1,11-12 Nested splat expression not allowed"),
        ("a = \"x\n", "1,7-2,1 Invalid multi-line string"),
        (
            "a = \"${b",
            "1,6-8 Unclosed template interpolation sequence",
        ),
        ("a = \"%{if b}\"", "1,13-14 Unexpected end of template"),
        ("a = <<E\nx\nE", "3,2-2 Unterminated template string"),
        ("a = 'b'", "1,5-6 Invalid character"),
        ("a = b & c", "1,7-8 Unsupported operator"),
        (
            "a = [for b in c: d => e]",
            "1,18-19 Invalid 'for' expression",
        ),
        ("a = 1.2.3", "1,5-10 Invalid number literal"),
        ("a = \"\\q\"", "1,6-8 Invalid escape sequence"),
        ("a = p::", "1,8-8 Missing function name"),
    ] {
        let (_, problems) = file(text);
        assert_eq!(
            summaries(&problems).first().map(String::as_str),
            Some(expected),
            "{text:?}"
        );
    }
}

#[test]
fn one_run_reports_every_error() {
    let text = "a = [1, 2\nb = 3\nc \"d\" {\n  e = ]\n  f = (1 +\n  g = \"x\n  h = 1 }\ni = {j = 1\nk = 2\n}\nl = \n";
    let (body, problems) = file(text);
    assert_eq!(
        summaries(&problems),
        [
            "6,9-7,1 Invalid multi-line string",
            "2,1-2 Missing item separator",
            "4,7-8 Invalid expression",
            "6,5-6 Unbalanced parentheses",
            "7,9-10 Missing newline after argument",
            "11,5-12,1 Invalid expression",
        ]
    );
    assert_eq!(outline(&body), "a b i l c[d]{e f h}");
}

#[test]
fn object_items_end_at_line_ends() {
    let (expr, problems) = expression("{\n  a = 1\n  b : 2, (c) = 3,\n\n  # x\n  \"d\" = 4 }");
    assert_eq!(summaries(&problems), [] as [&str; 0]);
    let names: Vec<Option<&str>> = expr
        .as_object()
        .unwrap()
        .iter()
        .map(|i| i.key_name())
        .collect();
    assert_eq!(names, [Some("a"), Some("b"), None, None]);
}

#[test]
fn precedence_groups_operands() {
    fn show(e: &Expr) -> String {
        match &e.kind {
            ExprKind::Binary(b) => {
                let mut out = format!("({}", show(&b.first));
                for term in &b.rest {
                    out.push_str(&format!(" {:?} {}", term.op, show(&term.operand)));
                }
                out + ")"
            }
            ExprKind::Unary(u) => format!("{:?}{}", u.op, show(&u.operand)),
            ExprKind::Conditional(c) => {
                format!(
                    "[{} ? {} : {}]",
                    show(&c.condition),
                    show(&c.yes),
                    show(&c.no)
                )
            }
            ExprKind::Traversal(t) => t.to_string(),
            _ => "?".into(),
        }
    }
    for (text, expected) in [
        ("a + b * c - d", "(a Add (b Multiply c) Subtract d)"),
        (
            "a || b && c == d > e",
            "(a Or (b And (c Equal (d Greater e))))",
        ),
        ("-a.b + !c", "(Negatea.b Add Notc)"),
        ("a ? b : c ? d : e", "[a ? b : [c ? d : e]]"),
    ] {
        assert_eq!(show(&expression(text).0), expected);
    }
}

#[test]
fn references_leave_out_what_for_binds() {
    let text = "[for k, v in a.b : \"${k}${v.c}${d[e]}\" if v] == {x = y, (z) = [for q in q : q]}";
    let expr = expression(text).0;
    let found: Vec<String> = expr.references().iter().map(|t| t.to_string()).collect();
    assert_eq!(found, ["a.b", "d", "e", "y", "z", "q"]);
}

#[test]
fn nothing_overflows_however_deep() {
    let n = 100_000;
    let deep = [
        "[".repeat(n),
        "(".repeat(n),
        "{a=".repeat(n),
        "!".repeat(n) + "a",
        "-".repeat(n) + "1",
        "f(".repeat(n),
        "\"${".repeat(n),
        "a ? b : ".repeat(n) + "c",
        "a".to_owned() + &"[b]".repeat(n),
        "a".to_owned() + &"[*]".repeat(n),
        "\"".to_owned() + &"%{if a}".repeat(n),
        "[for a in ".repeat(n),
    ];
    for text in &deep {
        let (expr, problems) = expression(text);
        assert!(!problems.is_empty(), "{}", &text[..20]);
        assert!(expr.references().len() <= text.len());
    }
    let (_, problems) = file(&"a {\n".repeat(n));
    assert_eq!(problems.len(), 1);
    let (_, problems) = file(&"a {\n".repeat(900));
    assert_eq!(problems.len(), 1, "the innermost block is unclosed");
    let long = "1".to_owned() + &" + 1".repeat(n);
    assert_eq!(expression(&long).1, []);
}

#[test]
fn many_errors_take_linear_time() {
    let text = "a = ]\nb \"x {\n}\nc = (1 2\n".repeat(10_000);
    let (_, problems) = file(&text);
    assert!(problems.len() >= 30_000, "{}", problems.len());
}
