//! Texts in Markdown: differences as fenced blocks, code, prose and comments, in which nothing that was written by
//! others means anything to Markdown.

use super::{LONG, counted};
use crate::report::document::rows::{Line, Row, Sign, Text};

/// Rows in a fenced block that is coloured as a difference.
pub(in crate::report::document) fn fenced(rows: &[Row], unchanged: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for row in rows {
        row_lines(&mut text, row);
    }
    if unchanged > 0 {
        text.push_str(&format!("  # {} unchanged\n", counted(unchanged, "part")));
    }
    // A fence inside would end the block, so the outer one is longer.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}diff\n{text}{fence}\n\n")
}

fn row_lines(out: &mut String, row: &Row) {
    let forces = if row.forces {
        " # forces replacement"
    } else {
        ""
    };
    if let Some(lines) = row.lines() {
        out.push_str(&format!("@@ {} @@{forces}\n", one_line(&row.path)));
        hunk(out, &lines);
        return;
    }
    let text = |side: &Option<Text>| match side {
        None => None,
        Some(Text::Value(text)) => Some(text.clone()),
        Some(Text::Words(words)) => Some((*words).to_owned()),
        Some(Text::Lines(text)) => Some(text.to_string()),
    };
    let (before, after) = around(text(&row.before), text(&row.after));
    let path = one_line(&row.path);
    if let Some(before) = before {
        out.push_str(&format!("- {path} = {before}{forces}\n"));
    }
    if let Some(after) = after {
        out.push_str(&format!("+ {path} = {after}{forces}\n"));
    }
}

/// The lines that change, each with three neighbours.
fn hunk(out: &mut String, lines: &[Line]) {
    const NEAR: usize = 3;
    let mut last_shown = None;
    let changed: Vec<usize> = (0..lines.len())
        .filter(|&i| lines[i].sign != Sign::Same)
        .collect();
    let mut near = changed.iter().peekable();
    for (i, line) in lines.iter().enumerate() {
        while near.peek().is_some_and(|&&c| c + NEAR < i) {
            near.next();
        }
        if near.peek().is_none_or(|&&c| c > i + NEAR) {
            continue;
        }
        if last_shown.map_or(i > 0, |last| last + 1 < i) {
            out.push_str("  …\n");
        }
        last_shown = Some(i);
        let sign = match line.sign {
            Sign::Same => ' ',
            Sign::Out => '-',
            Sign::In => '+',
        };
        out.push_str(&format!("{sign} {}\n", one_line(&cut(&line.text, LONG))));
    }
}

/// Long values cut down to what is around their first difference.
fn around(before: Option<String>, after: Option<String>) -> (Option<String>, Option<String>) {
    let common = match (&before, &after) {
        (Some(a), Some(b)) => a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count(),
        _ => 0,
    };
    let shorten = |text: String| {
        let length = text.chars().count();
        if length <= LONG {
            return text;
        }
        let from = if common > LONG / 2 {
            common - LONG / 4
        } else {
            0
        };
        let part: String = text.chars().skip(from).take(LONG).collect();
        let start = if from > 0 { "…" } else { "" };
        let end = if from + LONG < length { "…" } else { "" };
        format!("{start}{part}{end} # {length} characters")
    };
    (before.map(shorten), after.map(shorten))
}

/// A text cut to so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// A text that does not leave its line.
pub(super) fn one_line(text: &str) -> String {
    let control = |c: char| {
        if c.is_control() && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(control).collect()
}

/// A text as code within a line.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    match longest {
        0 => format!("`{text}`"),
        n => {
            let fence = "`".repeat(n + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// A text in which nothing is markup and nobody is called.
pub(in crate::report::document) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A text within HTML tags.
pub(super) fn html(text: &str) -> String {
    one_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('@', "@<!-- -->")
}

/// A text within an HTML comment.
pub(super) fn comment(text: &str) -> String {
    one_line(text).replace("--", "- -").replace('>', "")
}
