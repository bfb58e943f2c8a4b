//! The graph of a plan as a picture, its nodes as links.
//!
//! Where things stand is the graph's; here they only get a size and words that fit.

use std::fmt::Write;

use super::{class, escape, sign};
use crate::report::document::graph::{Graph, Node};

/// A node's width and height, the room between columns, and the way from row to row.
const WIDE: usize = 230;
const HIGH: usize = 44;
const GAP: usize = 60;
const STEP: usize = 56;
/// So many letters fit into a line of a node.
const LETTERS: usize = 29;

/// Draws it.
pub(super) fn draw(out: &mut String, graph: &Graph) {
    if graph.nodes.is_empty() {
        return;
    }
    let spots = graph.layout();
    let columns = spots.iter().map(|s| s.column).max().unwrap_or(0) + 1;
    let rows = spots.iter().map(|s| s.row).max().unwrap_or(0) + 1;
    let (width, height) = (columns * (WIDE + GAP) - GAP + 20, rows * STEP + 8);
    let at = |i: usize| {
        (
            10 + spots[i].column * (WIDE + GAP),
            10 + spots[i].row * STEP,
        )
    };
    let touched = graph.nodes.iter().filter(|n| n.what.is_none()).count();
    let changing = graph.nodes.len() - touched;
    let left_out = match graph.left_out {
        0 => String::new(),
        n => format!(" {n} more are not drawn."),
    };
    let touched = match touched {
        0 => "nothing else is touched".to_owned(),
        1 => "1 other is touched".to_owned(),
        n => format!("{n} others are touched"),
    };
    let _ = write!(
        out,
        "<section aria-labelledby=\"graph\">\n<h2 id=\"graph\">What changes, and what it touches</h2>\n\
         <details{}><summary>{changing} {}, {touched}</summary>\n\
         <p>What stands to the right depends on what stands to the left. Choose one to find its changes.{left_out}</p>\n\
         <div class=\"graph\" tabindex=\"0\" role=\"region\" aria-label=\"Graph\">\n\
         <svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"Dependencies\">\n<g class=\"edges\" aria-hidden=\"true\">\n",
        if graph.nodes.len() <= 40 { " open" } else { "" },
        if changing == 1 { "changes" } else { "change" },
    );
    for &(a, b) in &graph.edges {
        let ((ax, ay), (bx, by)) = (at(a), at(b));
        let (x1, y1, x2, y2) = (bx + WIDE, by + HIGH / 2, ax, ay + HIGH / 2);
        // Columns are that far apart, so that a curve has room for its bends.
        let bend = GAP / 2;
        let live = graph.nodes[b].what.is_some() && graph.nodes[a].what.is_some();
        let _ = writeln!(
            out,
            "<path{} d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>",
            if live { " class=\"live\"" } else { "" },
            x1 + bend,
            x2.saturating_sub(bend),
        );
    }
    out.push_str("</g>\n");
    for (i, one) in graph.nodes.iter().enumerate() {
        node(out, one, at(i));
    }
    out.push_str("</svg>\n</div>\n</details>\n</section>\n");
}

fn node(out: &mut String, node: &Node, (x, y): (usize, usize)) {
    let (word, sign) = node
        .what
        .map_or(("only touched", ""), |w| (w.word(), sign(w)));
    let count = match node.changes {
        0 | 1 => String::new(),
        n => format!(" ×{n}"),
    };
    let (kind, name) = lines(&node.name);
    let name = format!("{sign} {name}");
    let title = cut(name.trim_start(), LETTERS - count.chars().count()) + &count;
    let find = node.name.trim_end_matches(".*");
    let find = if find == "root module" { "" } else { find };
    let all = escape(&node.name);
    let _ = writeln!(
        out,
        "<a href=\"#changes\" data-find=\"{}\" class=\"node {}\" aria-label=\"{all}: {word}{count}\"><title>{all}: {word}{count}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{HIGH}\" rx=\"5\"/><text x=\"{}\" y=\"{}\">{}</text><text class=\"kind\" x=\"{}\" y=\"{}\">{}</text></a>",
        escape(find),
        node.what.map_or("none", class),
        x + 9,
        y + 18,
        escape(&title),
        x + 9,
        y + 35,
        escape(&cut(&kind, LETTERS + 4)),
    );
}

/// What a node is of, and its name: of `module.a.type.name`, `a · type` and `name`.
fn lines(address: &str) -> (String, String) {
    let Some((before, name)) = address.rsplit_once('.') else {
        return (String::new(), address.to_owned());
    };
    let kind = before.replace("module.", "");
    let kind = match kind.rsplit_once('.') {
        Some((modules, kind)) if before.starts_with("module.") => {
            format!("{kind} · {modules}")
        }
        _ => kind,
    };
    (kind, name.to_owned())
}

/// A text in so many letters, the middle left out: its ends say most.
fn cut(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let end = most / 2;
    let begin = most - end - 1;
    let head: String = letters[..begin].iter().collect();
    let tail: String = letters[letters.len() - end..].iter().collect();
    format!("{head}…{tail}")
}
