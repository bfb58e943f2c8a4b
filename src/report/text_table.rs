//! Tables in plain text: columns padded to their widest cell. It knows nothing of what is in them.

use console::measure_text_width;

/// The rows, the first of which is the heading; two blanks between columns, none at the end of a line.
#[must_use]
pub fn render(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let padding = width - measure_text_width(cell) + 2;
            line.push_str(cell);
            line.push_str(&" ".repeat(padding));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// `text` filled up with blanks to `width` characters. Unlike the widths of `format!`, any width will do: names come from
/// configurations and may be of any length.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    let mut out = String::new();
    pad_to(&mut out, text, width);
    out
}

/// Writes what [`padded`] gives.
pub fn pad_to(out: &mut String, text: &str, width: usize) {
    out.push_str(text);
    blanks(out, width.saturating_sub(text.chars().count()));
}

/// Writes so many blanks.
pub fn blanks(out: &mut String, mut count: usize) {
    const BLANKS: &str = "                                                                ";
    while count > 0 {
        let some = count.min(BLANKS.len());
        out.push_str(&BLANKS[..some]);
        count -= some;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["A", "LONG"], ["wide", "b"], ["é", "c"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|r| r.map(str::to_owned).to_vec()).collect();
        assert_eq!(render(&rows), "A     LONG\nwide  b\né     c\n");
        assert_eq!(render(&[]), "");
    }

    #[test]
    fn any_width_will_do() {
        assert_eq!(padded("é", 3), "é  ");
        assert_eq!(padded("long", 3), "long");
        assert_eq!(padded("", 1 << 17).len(), 1 << 17);
    }
}
