//! Wrapping of paragraphs at spaces. Words longer than a line are never broken.

/// Breaks every line of `text` at spaces so that none is longer than `width - 1` columns (characters).
/// Lines that begin with a space are left as they are, for examples and lists.
#[must_use]
pub fn wrap(text: &str, width: usize) -> String {
    let limit = width.saturating_sub(1);
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| wrap_line(line, limit))
        .collect();
    lines.join("\n")
}

fn wrap_line(line: &str, limit: usize) -> String {
    if limit == 0 || line.starts_with(' ') || line.chars().count() <= limit {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + 8);
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let word_at = rest.find(|c| c != ' ').unwrap_or(rest.len());
        let (space, after) = rest.split_at(word_at);
        let word_end = after.find(' ').unwrap_or(after.len());
        let (word, after) = after.split_at(word_end);
        rest = after;
        if word.is_empty() {
            break;
        }
        let length = word.chars().count();
        if column > 0 && column + space.len() + length > limit {
            out.push('\n');
            column = 0;
        } else {
            out.push_str(space);
            column += space.len();
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn breaks_at_spaces_and_keeps_long_words() {
        assert_eq!(wrap("aa bb cc", 6), "aa bb\ncc");
        assert_eq!(wrap("aaaaaaaaaa b", 6), "aaaaaaaaaa\nb");
    }

    #[test]
    fn indented_lines_are_left_alone() {
        assert_eq!(wrap(" - one two three", 6), " - one two three");
        assert_eq!(wrap("a b\n\nc d e f", 5), "a b\n\nc d\ne f");
    }

    #[test]
    fn without_a_width_nothing_is_broken() {
        assert_eq!(wrap("aa bb cc", 0), "aa bb cc");
    }
}
