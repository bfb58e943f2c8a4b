//! What `fmt` makes of texts. Expected texts are those of Terraform 1.11.4.

use super::super::source::Sources;
use super::format;

fn fmt(text: &str) -> String {
    let sources = Sources::new();
    let id = sources.add("t.tf", text);
    format(&sources, id).unwrap_or_else(|problems| format!("{problems:?}"))
}

/// Checks the result, and that formatting it again changes nothing.
fn check(text: &str, expected: &str) {
    assert_eq!(fmt(text), expected, "{text}");
    assert_eq!(fmt(expected), expected, "again: {text}");
}

#[test]
fn lines_are_indented_by_their_brackets() {
    check(
        "a {\nb {\n        c = [\n1,\n  2]\n}\n }\nd = foo(bar(\n1, 2\n), [\n3\n])\n",
        "a {\n  b {\n    c = [\n      1,\n    2]\n  }\n}\nd = foo(bar(\n  1, 2\n  ), [\n  3\n])\n",
    );
}

#[test]
fn neighbours_are_aligned() {
    check(
        "a = 1 # one\nbbbbb = 2 # two\nc = [ # three\n1, # four\n22 # five\n] # six\n\nd = 1\n# alone\neee = 2\n",
        "a     = 1 # one\nbbbbb = 2 # two\nc = [     # three\n  1,      # four\n  22      # five\n]         # six\n\nd = 1\n# alone\neee = 2\n",
    );
    check(
        "a = \"é\" # x\nbb = \"日本\" # y\né = 1\n",
        "a  = \"é\"  # x\nbb = \"日本\" # y\né  = 1\n",
    );
}

#[test]
fn a_comment_before_the_brace_stays() {
    check(
        "a /* x */ \"b\" /* y */ {\n}\nc /* z */ { }\n",
        "a \"b\" /* y */ {\n}\nc /* z */ {}\n",
    );
}

#[test]
fn tokens_are_spaced() {
    check(
        "a=[1,2,- 3]\nb=!x&&- y+3- -4\nc=foo. bar [0] [ * ].x\nd=provider :: foo::bar (1)\n",
        "a = [1, 2, -3]\nb = !x && -y + 3 - -4\nc = foo.bar[0][*].x\nd = provider::foo::bar(1)\n",
    );
    check(
        "a={b=1,c={ }}\nd=[for x in[1]:x if x>- 1]\ne={for k,v in f:k=>v ...}\ng=\"a${ {b=1} }${ c }\"\n",
        "a = { b = 1, c = {} }\nd = [for x in [1] : x if x > -1]\ne = { for k, v in f : k => v... }\ng = \"a${{ b = 1 }}${c}\"\n"
            .replace("${{ b = 1 }}", "${ { b = 1 } }")
            .as_str(),
    );
}

#[test]
fn text_is_left_alone() {
    check(
        "a=<<EOT\n  x\n   ${ foo ( b,c ) }  \nEOT\nb = \"  ${x}  \"\n",
        "a = <<EOT\n  x\n   ${foo(b, c)}  \nEOT\nb = \"  ${x}  \"\n",
    );
}

#[test]
fn old_spellings_are_modernised() {
    check(
        "variable a {\ntype=\"list\"\ndefault=\"${foo(\"${b}\")}\"\n}\nvariable \"c\" { type = map }\n",
        "variable \"a\" {\n  type    = list(string)\n  default = foo(\"${b}\")\n}\nvariable \"c\" { type = map(any) }\n",
    );
    check(
        "a = \"${b}${c}\"\nd = \"${\n  e ? f :\n  g}\"\nr \"x\" /* y */ z {}\n",
        "a = \"${b}${c}\"\nd = (e ? f :\ng)\nr \"x\" \"z\" {}\n",
    );
}

#[test]
fn line_ends_and_the_last_line_stay() {
    check("a = 1\r\nbb = 2 # x\r\n", "a  = 1\r\nbb = 2 # x\r\n");
    check("\n\na = 1\n\n\n", "\n\na = 1\n\n\n");
    check("a=1", "a = 1");
}

#[test]
fn wrong_syntax_is_refused() {
    let sources = Sources::new();
    let id = sources.add("t.tf", "a = ]\nb = [");
    let problems = format(&sources, id).unwrap_err();
    assert_eq!(problems.len(), 2);
}
