//! Pieces of message text: quoting, places, suggestions.

use trunkline_api::Span;

pub use trunkline_api::quote::quote as quoted;

/// A place in running text: `file:1,2-3`, or `file:1,2-3,4` over several lines.
#[must_use]
pub fn place(span: &Span) -> String {
    let (start, end) = (span.start, span.end);
    let head = format!("{}:{},{}", span.file, start.line, start.column);
    if start.line == end.line {
        format!("{head}-{}", end.column)
    } else {
        format!("{head}-{},{}", end.line, end.column)
    }
}

/// The first of `names` that differs from `given` by fewer than three edits, if any.
#[must_use]
pub fn suggestion<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    names.into_iter().find(|name| distance(given, name) < 3)
}

/// ` Did you mean "name"?`, or nothing.
#[must_use]
pub fn did_you_mean<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    suggestion(given, names).map_or_else(String::new, |name| {
        format!(" Did you mean {}?", quoted(name))
    })
}

/// Levenshtein's distance in characters; anything from 3 on is 3.
fn distance(a: &str, b: &str) -> usize {
    const FAR: usize = 3;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) >= FAR {
        return FAR;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            let replace = diagonal + usize::from(x != y);
            row[j + 1] = replace.min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()].min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near() {
        assert_eq!(
            did_you_mean("regin", ["name", "region"]),
            " Did you mean \"region\"?"
        );
        assert_eq!(did_you_mean("zone", ["name", "region"]), "");
    }
}
