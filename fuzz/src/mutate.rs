//! Spoils texts: pieces are cut, doubled, swapped, nested and put in from elsewhere.

use crate::random::Random;

/// Pieces that mean something to the language, or nearly do.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "}",
    "=",
    ":",
    "?",
    ",",
    ".",
    "...",
    "=>",
    "==",
    "&&",
    "||",
    "!",
    "-",
    "<<EOT\n",
    "<<-EOT\n",
    "\nEOT\n",
    "/*",
    "*/",
    "#",
    "//",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\u{feff}",
    "\0",
    "é",
    "\u{301}",
    "日",
    "'",
    "`",
    ";",
    "\\",
    "\\u",
    "\\U0010ffff",
    "\\ud800",
    "for x in ",
    "if ",
    "endif",
    "endfor",
    "else",
    "null",
    "true",
    "1e999999999",
    "0x1f",
    "99999999999999999999999999",
    ".5",
    "1.",
    "[*]",
    ".*",
    ".0",
    "[0]",
    "each.key",
    "var.a",
    "local.a",
    "self",
    "%{for a in b}",
    "%{endfor}",
    "%{if true}",
    "%{endif}",
    "$${",
    "%%{",
    "dynamic \"x\" {\n",
    "resource \"terraform_data\" \"a\" {\n",
    "variable \"a\" {\n",
    "locals {\n",
    "count = 1\n",
    "for_each = {}\n",
    "range(1, 100000000)",
    "setproduct(",
    "format(\"%999999999d\", 1)",
    "cidrsubnets(",
    "jsondecode(",
    "yamldecode(",
    "regex(",
    "templatestring(",
    "pow(9, 999999999)",
    "parseint(\"z\", 36)",
    "substr(",
    "strrev(",
    "chunklist(",
    "flatten(",
    "transpose(",
    "optional(",
    "object({",
    "list(",
    "any",
];

/// The text, spoilt a few times. `other` is a text to take pieces from.
#[must_use]
pub fn mutate(text: &str, other: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(6) {
        text = once(&text, other, random);
        if text.len() > 200_000 {
            text.truncate(floor(&text, 100_000));
        }
    }
    text
}

fn once(text: &str, other: &str, random: &mut Random) -> String {
    let (start, end) = range(text, random);
    let (before, piece, after) = (&text[..start], &text[start..end], &text[end..]);
    match random.below(9) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{piece}{piece}{after}"),
        2 | 3 => format!("{before}{}{piece}{after}", random.pick(PIECES)),
        4 => format!("{before}{}{after}", random.pick(PIECES)),
        5 => {
            let (from, to) = range(other, random);
            format!("{before}{}{after}", &other[from..to])
        }
        6 => {
            let times = 1 << random.below(11);
            format!(
                "{before}{}{after}",
                piece.repeat(times.min(60_000 / piece.len().max(1) + 1))
            )
        }
        7 => {
            let (open, close) = *random.pick(&[
                ("(", ")"),
                ("[", "]"),
                ("{a=", "}"),
                ("\"${", "}\""),
                ("-", ""),
                ("!", ""),
                ("f(", ")"),
            ]);
            let times = 1 << random.below(13);
            format!(
                "{before}{}{piece}{}{after}",
                open.repeat(times),
                close.repeat(times)
            )
        }
        _ => before.to_owned(),
    }
}

/// A range of the text that begins and ends between characters; most are short.
fn range(text: &str, random: &mut Random) -> (usize, usize) {
    let start = floor(text, random.below(text.len() + 1));
    let length = match random.below(4) {
        0 => random.below(text.len() + 1),
        1 => random.below(100),
        _ => random.below(12),
    };
    (start, floor(text, start + length).max(start))
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
