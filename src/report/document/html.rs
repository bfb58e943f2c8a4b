//! A document as one HTML file that needs nothing else: no network, no other file.
//!
//! Headings, names and the graph are written here and can be read without a script; differences and chains are data
//! that the page's script shows when they are asked for, so that thousands of changes stay light. Whatever comes from
//! the plan is escaped here or is text to the script.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::graph::Graph;
use super::rows::{Row, Sign, Text};
use super::{Attention, Document, Entry, What, why};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Longer values are cut.
const LONG: usize = 20_000;

/// The page.
#[must_use]
pub fn render(document: &Document) -> String {
    let d = document;
    let mut out = String::new();
    let title = format!("{} · plan of {}", d.verdict(), d.name);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#changes\">Skip to the changes</a>\n",
        escape(&title)
    );
    head(&mut out, d);
    out.push_str("<main>\n");
    policy(&mut out, d);
    attention(&mut out, d);
    checks(&mut out, d);
    drawing(&mut out, &d.graph);
    changes(&mut out, d);
    outputs(&mut out, d);
    drift(&mut out, d);
    unchanged(&mut out, d);
    out.push_str("</main>\n");
    let data = json!({
        "entries": d.entries.iter().map(entry_data).collect::<Vec<_>>(),
        "drift": d.drift.iter().map(entry_data).collect::<Vec<_>>(),
    });
    // Nothing in the data can end the element that holds it.
    let data = data.to_string().replace('<', "\\u003c");
    let _ = write!(
        out,
        "<script type=\"application/json\" id=\"data\">{data}</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    );
    out
}

fn head(out: &mut String, d: &Document) {
    let _ = write!(
        out,
        "<header>\n<p class=\"of\">Plan of <strong>{}</strong></p>\n<h1>{}</h1>\n<p>{}</p>\n",
        escape(&d.name),
        escape(&d.verdict()),
        escape(&d.summary())
    );
    if d.errored {
        out.push_str("<p class=\"alarm\">Planning ended with errors: this is not all, and it cannot be applied.</p>\n");
    }
    for remark in &d.remarks {
        let _ = writeln!(out, "<p>{}</p>", escape(remark));
    }
    if !d.digest.is_empty() {
        let _ = writeln!(
            out,
            "<p>Digest <code class=\"digest\">{0}</code>. To apply this and nothing else: <code>trunkline apply -expect={0} PLANFILE</code></p>",
            escape(&d.digest)
        );
    }
    out.push_str("<button type=\"button\" id=\"theme\" hidden>Dark or light</button>\n</header>\n");
}

fn attention(out: &mut String, d: &Document) {
    if d.entries.iter().all(|e| e.attention.is_empty()) {
        return;
    }
    out.push_str("<section aria-labelledby=\"first\">\n<h2 id=\"first\">To look at first</h2>\n<ul class=\"first\">\n");
    for attention in Attention::ALL {
        for (i, entry) in d.entries.iter().enumerate() {
            if !entry.attention.contains(&attention) {
                continue;
            }
            let mut why: Vec<String> = entry.remarks.iter().map(|r| escape(r)).collect();
            if attention == Attention::Replace && !entry.forced_by.is_empty() {
                let paths: Vec<String> = entry
                    .forced_by
                    .iter()
                    .map(|p| format!("<code>{}</code>", escape(p)))
                    .collect();
                why.insert(0, format!("forced by {}", paths.join(", ")));
            }
            let why = match why.is_empty() {
                true => String::new(),
                false => format!(": {}", why.join("; ")),
            };
            let _ = writeln!(
                out,
                "<li><span class=\"tag {}\">{}</span> <a href=\"#e{i}\"><code>{}</code></a>{why}</li>",
                class(entry.what),
                attention.word(),
                escape(&entry.name)
            );
        }
    }
    out.push_str("</ul>\n</section>\n");
}

fn policy(out: &mut String, d: &Document) {
    let (Some(entries), Some(summary)) = (&d.policy, d.policy_summary()) else {
        return;
    };
    let alarm = if d.denials() > 0 {
        " class=\"alarm\""
    } else {
        ""
    };
    let _ = write!(
        out,
        "<section aria-labelledby=\"policies\">\n<h2 id=\"policies\">Policies</h2>\n<p{alarm}>{}</p>\n",
        escape(&summary)
    );
    if !entries.is_empty() {
        out.push_str("<ul>\n");
        for entry in entries {
            let (class, word) = if entry.denies {
                ("destroy", "forbidden")
            } else {
                ("update", "warning")
            };
            let _ = writeln!(
                out,
                "<li><span class=\"tag {class}\">{word}</span> {} <code>{}</code></li>",
                escape(&entry.message),
                escape(&entry.rule)
            );
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
}

fn checks(out: &mut String, d: &Document) {
    if d.checks.is_empty() {
        return;
    }
    out.push_str("<section aria-labelledby=\"checks\">\n<h2 id=\"checks\">Conditions that do not hold</h2>\n<ul>\n");
    for check in &d.checks {
        let _ = writeln!(
            out,
            "<li><code>{}</code>: {}</li>",
            escape(&check.name),
            escape(&check.problems.join("; "))
        );
    }
    out.push_str("</ul>\n</section>\n");
}

/// The graph as a picture, its nodes as links.
fn drawing(out: &mut String, graph: &Graph) {
    if graph.nodes.is_empty() {
        return;
    }
    const WIDE: usize = 250;
    const GAP: usize = 70;
    const HIGH: usize = 30;
    const STEP: usize = 42;
    let spots = graph.layout();
    let columns = spots.iter().map(|s| s.column).max().unwrap_or(0) + 1;
    let rows = spots.iter().map(|s| s.row).max().unwrap_or(0) + 1;
    let (width, height) = (columns * (WIDE + GAP) - GAP + 20, rows * STEP + 20);
    let at = |i: usize| {
        (
            10 + spots[i].column * (WIDE + GAP),
            10 + spots[i].row * STEP,
        )
    };
    let touched = graph.nodes.iter().filter(|n| n.what.is_none()).count();
    let left_out = match graph.left_out {
        0 => String::new(),
        n => format!(" {n} more are not drawn."),
    };
    let _ = write!(
        out,
        "<section aria-labelledby=\"graph\">\n<h2 id=\"graph\">What changes, and what it touches</h2>\n\
         <details{}><summary>{} that change, {touched} that only touch what changes</summary>\n\
         <p>What stands to the right depends on what stands to the left. Choose one to find its changes.{left_out}</p>\n\
         <div class=\"graph\" tabindex=\"0\" role=\"region\" aria-label=\"Graph\">\n\
         <svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"Dependencies\">\n<g class=\"edges\" aria-hidden=\"true\">\n",
        if graph.nodes.len() <= 40 { " open" } else { "" },
        graph.nodes.len() - touched,
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
    for (i, node) in graph.nodes.iter().enumerate() {
        let (x, y) = at(i);
        let (word, sign) = node
            .what
            .map_or(("only touched", " "), |w| (w.word(), sign(w)));
        let count = match node.changes {
            0 | 1 => String::new(),
            n => format!(" ×{n}"),
        };
        let text = format!(
            "{sign} {}{count}",
            shortened(&node.name, 29 - count.chars().count())
        );
        let find = node.name.trim_end_matches(".*");
        let find = if find == "root module" { "" } else { find };
        let _ = writeln!(
            out,
            "<a href=\"#changes\" data-find=\"{}\" class=\"node {}\" aria-label=\"{}: {word}{count}\"><title>{}: {word}{count}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{HIGH}\" rx=\"5\"/><text x=\"{}\" y=\"{}\">{}</text></a>",
            escape(find),
            node.what.map_or("none", class),
            escape(&node.name),
            escape(&node.name),
            x + 9,
            y + 20,
            escape(&text)
        );
    }
    out.push_str("</svg>\n</div>\n</details>\n</section>\n");
}

fn changes(out: &mut String, d: &Document) {
    out.push_str(
        "<section aria-labelledby=\"changes\">\n<h2 id=\"changes\" tabindex=\"-1\">Changes</h2>\n",
    );
    if d.entries.is_empty() {
        out.push_str("<p>There are none.</p>\n</section>\n");
        return;
    }
    out.push_str(
        "<form id=\"filter\" role=\"search\" hidden>\n<label for=\"search\">Search addresses, attributes and values</label>\n\
         <input type=\"search\" id=\"search\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"keys\">\n<fieldset><legend>Show</legend>\n",
    );
    for (what, n) in d.tally() {
        let _ = writeln!(
            out,
            "<label class=\"tag {0}\"><input type=\"checkbox\" name=\"what\" value=\"{0}\" checked> {1} ({n})</label>",
            class(what),
            what.word()
        );
    }
    out.push_str(
        "</fieldset>\n<button type=\"button\" id=\"all\">Open or close those shown</button>\n\
         <p id=\"keys\">Keys: <kbd>/</kbd> search, <kbd>j</kbd> and <kbd>k</kbd> next and previous change, <kbd>Enter</kbd> opens it, <kbd>Esc</kbd> shows all.</p>\n\
         <p id=\"count\" role=\"status\" aria-live=\"polite\"></p>\n</form>\n\
         <noscript><p>Differences and chains need a script to be shown; names, verdict and graph do not.</p></noscript>\n",
    );
    let mut i = 0;
    while i < d.entries.len() {
        let module = &d.entries[i].module;
        let end = i + d.entries[i..].partition_point(|e| e.module == *module);
        let name = match module.is_empty() {
            true => "Root module".to_owned(),
            false => format!("<code>{}</code>", escape(module)),
        };
        let _ = writeln!(out, "<div class=\"module\">\n<h3>{name}</h3>\n<ol>");
        for (n, entry) in d.entries.iter().enumerate().take(end).skip(i) {
            let _ = writeln!(
                out,
                "<li>{}</li>",
                entry_html(entry, &format!("e{n}"), "entries", n)
            );
        }
        out.push_str("</ol>\n</div>\n");
        i = end;
    }
    out.push_str("</section>\n");
}

fn entry_html(entry: &Entry, id: &str, list: &str, n: usize) -> String {
    format!(
        "<details id=\"{id}\" data-list=\"{list}\" data-n=\"{n}\" data-what=\"{0}\"><summary><span class=\"tag {0}\"><span aria-hidden=\"true\">{1}</span> {2}</span> <code>{3}</code></summary></details>",
        class(entry.what),
        sign(entry.what),
        entry.what.word(),
        escape(&entry.name)
    )
}

fn outputs(out: &mut String, d: &Document) {
    if d.outputs.is_empty() {
        return;
    }
    out.push_str("<section aria-labelledby=\"outputs\">\n<h2 id=\"outputs\">Outputs</h2>\n<table>\n<thead><tr><th scope=\"col\">Output</th><th scope=\"col\">Before</th><th scope=\"col\">After</th></tr></thead>\n<tbody>\n");
    for row in d.outputs.iter().flat_map(|o| &o.rows) {
        let side = |side: &Option<Text>, tag: &str| match side {
            None => String::new(),
            Some(text) => format!("<{tag}>{}</{tag}>", escape(&text_of(text))),
        };
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td></tr>",
            escape(&row.path),
            side(&row.before, "del"),
            side(&row.after, "ins")
        );
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

fn drift(out: &mut String, d: &Document) {
    if d.drift.is_empty() {
        return;
    }
    out.push_str(
        "<section aria-labelledby=\"drift\">\n<h2 id=\"drift\">Changed outside</h2>\n<ol>\n",
    );
    for (n, entry) in d.drift.iter().enumerate() {
        let _ = writeln!(
            out,
            "<li>{}</li>",
            entry_html(entry, &format!("d{n}"), "drift", n)
        );
    }
    out.push_str("</ol>\n</section>\n");
}

fn unchanged(out: &mut String, d: &Document) {
    if d.unchanged.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section aria-labelledby=\"unchanged\">\n<h2 id=\"unchanged\">Unchanged</h2>\n<details><summary>{} objects</summary>\n<ul>\n",
        d.unchanged.len()
    );
    for name in &d.unchanged {
        let _ = writeln!(out, "<li><code>{}</code></li>", escape(name));
    }
    out.push_str("</ul>\n</details>\n</section>\n");
}

/// What the script shows of an entry.
fn entry_data(entry: &Entry) -> Json {
    json!({
        "name": entry.name,
        "sentence": entry.sentence,
        "place": entry.place.as_ref().map(|p| format!("{}:{}", p.file, p.line)),
        "remarks": entry.remarks,
        "forced": entry.forced_by,
        "rows": entry.rows.iter().map(row_data).collect::<Vec<_>>(),
        "unchanged": entry.unchanged,
        "why": why::lines(&entry.why),
        "brings": entry.why.brings,
    })
}

fn row_data(row: &Row) -> Json {
    if let Some(lines) = row.lines() {
        let lines: Vec<Json> = lines
            .iter()
            .map(|line| {
                let sign = match line.sign {
                    Sign::Same => " ",
                    Sign::Out => "-",
                    Sign::In => "+",
                };
                json!([sign, line.text])
            })
            .collect();
        return json!({"path": row.path, "lines": lines, "forces": row.forces});
    }
    json!({
        "path": row.path,
        "before": row.before.as_ref().map(text_of),
        "after": row.after.as_ref().map(text_of),
        "forces": row.forces,
    })
}

fn text_of(text: &Text) -> String {
    let text = match text {
        Text::Value(text) => text.as_str(),
        Text::Words(words) => words,
        Text::Lines(text) => text,
    };
    shortened(text, LONG)
}

/// A text cut to so many characters.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// The class of what happens.
fn class(what: What) -> &'static str {
    match what {
        What::Destroy => "destroy",
        What::Replace => "replace",
        What::Forget => "forget",
        What::Update => "update",
        What::Create => "create",
        What::Read => "read",
        What::Move => "move",
        What::Import => "import",
    }
}

/// The sign of what happens, so that colour is not all there is.
fn sign(what: What) -> &'static str {
    match what {
        What::Destroy => "−",
        What::Replace => "±",
        What::Forget => ".",
        What::Update => "~",
        What::Create => "+",
        What::Read => "≤",
        What::Move => "→",
        What::Import => "←",
    }
}

/// A text in HTML, between tags or in an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
