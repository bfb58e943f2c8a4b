//! A document as one HTML file that needs nothing else: no network, no other file.
//!
//! Headings, names and the graph are written here and can be read without a script; differences and chains are data
//! that the page's script shows when they are asked for, so that thousands of changes stay light. Whatever comes from
//! the plan is escaped here or is text to the script.

mod drawing;

use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::comparison::RENAMED;
use super::rows::{Row, Sign, Text};
use super::{Attention, Document, Entry, What, why};

pub(super) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Longer values are cut.
const LONG: usize = 20_000;

/// The page.
#[must_use]
pub fn render(document: &Document) -> String {
    let d = document;
    let mut out = String::new();
    let of = if d.review.is_some() { "review" } else { "plan" };
    let title = format!("{} · {of} of {}", d.verdict(), d.name);
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
    problems(&mut out, d);
    policy(&mut out, d);
    attention(&mut out, d);
    review(&mut out, d);
    checks(&mut out, d);
    drawing::draw(&mut out, &d.graph);
    changes(&mut out, d);
    outputs(&mut out, d);
    drift(&mut out, d);
    unchanged(&mut out, d);
    digest(&mut out, d);
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
        "<header>\n<p class=\"of\">{} of <strong>{}</strong></p>\n<h1>{}</h1>\n",
        if d.review.is_some() { "Review" } else { "Plan" },
        escape(&d.name),
        escape(&d.verdict()),
    );
    tally(out, d);
    if !d.errored || !d.entries.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", escape(&d.summary()));
    }
    if let Some(review) = &d.review {
        let _ = writeln!(
            out,
            "<p>Between <code>{}</code> and <code>{}</code>.</p>",
            escape(&review.base),
            escape(&review.head)
        );
    }
    if let Some(failure) = d.failure() {
        let _ = writeln!(out, "<p class=\"alarm\">{failure}</p>");
    }
    for remark in &d.remarks {
        let _ = writeln!(out, "<p>{}</p>", escape(remark));
    }
    if let Some(summary) = d.policy_summary() {
        let class = if d.denials() > 0 { "alarm" } else { "agree" };
        let _ = writeln!(out, "<p class=\"{class}\">{}.</p>", escape(&summary));
    }
    out.push_str("<button type=\"button\" id=\"theme\" hidden>Dark or light</button>\n</header>\n");
}

/// How much of everything there is, as a bar: what is grave at the left.
fn tally(out: &mut String, d: &Document) {
    let happens = d.tally().happens;
    if happens.is_empty() {
        return;
    }
    out.push_str("<ul class=\"bar\" aria-label=\"What happens, by how many objects\">\n");
    for (what, n) in happens {
        let _ = writeln!(
            out,
            "<li class=\"{}\" style=\"flex-grow:{n}\"><span aria-hidden=\"true\">{}</span> {} <strong>{n}</strong></li>",
            class(what),
            sign(what),
            what.word()
        );
    }
    out.push_str("</ul>\n");
}

/// How to apply this and nothing else.
fn digest(out: &mut String, d: &Document) {
    if d.digest.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<section aria-labelledby=\"apply\">\n<h2 id=\"apply\">To apply this and nothing else</h2>\n<pre class=\"code\">trunkline apply -expect={} PLANFILE</pre>\n<p class=\"of\">The digest is that of this plan; another plan is refused.</p>\n</section>",
        escape(&d.digest)
    );
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
            // The word that a remark begins with is said before the address.
            let said = format!("{}: ", attention.word());
            let own = |r: &String| escape(r.strip_prefix(&said).unwrap_or(r));
            let mut why: Vec<String> = entry.remarks.iter().map(own).collect();
            if attention == Attention::Replace && !entry.forced_by.is_empty() {
                let paths: Vec<String> = entry
                    .forced_by
                    .iter()
                    .map(|p| format!("<code>{}</code>", escape(p)))
                    .collect();
                why.insert(0, format!("forced by {}", paths.join(", ")));
            }
            if let (Attention::Replace, Some(because)) = (attention, entry.replaced_because()) {
                why.insert(0, escape(because));
            }
            let why = match why.is_empty() {
                true => String::new(),
                false => format!(": {}", why.join("; ")),
            };
            let _ = writeln!(
                out,
                "<li><span class=\"tag {}\">{}</span> <a href=\"#e{i}\"><code>{}</code></a>{why}</li>",
                tone(attention),
                attention.word(),
                escape(&entry.name)
            );
        }
    }
    out.push_str("</ul>\n</section>\n");
}

/// The class of a call for attention.
fn tone(attention: Attention) -> &'static str {
    match attention {
        Attention::Destroy => "destroy",
        Attention::Replace => "replace",
        Attention::Forget => "forget",
        Attention::Purchase | Attention::ChangeWindow => "update",
        Attention::ManualStep => "read",
        Attention::Stays => "none",
    }
}

/// What planning ended with.
fn problems(out: &mut String, d: &Document) {
    if d.problems.is_empty() {
        return;
    }
    out.push_str("<section aria-labelledby=\"errors\">\n<h2 id=\"errors\">Errors</h2>\n");
    for problem in &d.problems {
        let place = problem.place.as_ref();
        let place = place.map(|p| format!("{}:{}", p.file, p.line));
        let about = place.iter().chain(&problem.object);
        let about: String = about
            .map(|words| format!(" · <code>{}</code>", escape(words)))
            .collect();
        let _ = writeln!(
            out,
            "<h3>{}{about}</h3>\n<p class=\"detail\">{}</p>",
            escape(&problem.summary),
            escape(&problem.detail)
        );
    }
    out.push_str("</section>\n");
}

fn policy(out: &mut String, d: &Document) {
    let Some(entries) = &d.policy else {
        return;
    };
    // That they agree is said above.
    if entries.is_empty() {
        return;
    }
    out.push_str(
        "<section aria-labelledby=\"policies\">\n<h2 id=\"policies\">Policies</h2>\n<ul>\n",
    );
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
    out.push_str("</ul>\n</section>\n");
}

/// What a review says beyond a plan.
fn review(out: &mut String, d: &Document) {
    let Some(review) = &d.review else { return };
    if !review.renames.is_empty() {
        let _ = write!(
            out,
            "<section aria-labelledby=\"renames\">\n<h2 id=\"renames\">Moved blocks that are missing</h2>\n<p>{RENAMED}</p>\n<pre class=\"code\">{}</pre>\n</section>\n",
            escape(&review.moved_blocks().join("\n"))
        );
    }
    let Some(found) = &review.on_state else {
        return;
    };
    let _ = write!(
        out,
        "<section aria-labelledby=\"state\">\n<h2 id=\"state\">On the state</h2>\n<p>{}</p>\n<ul class=\"first\">\n",
        escape(&found.verdict())
    );
    for planned in &found.planned {
        let _ = writeln!(
            out,
            "<li><span class=\"tag {}\">{}</span> <code>{}</code>{}</li>",
            planned.now.map_or("none", class),
            planned.word(),
            escape(&planned.name),
            escape(&planned.rest())
        );
    }
    out.push_str("</ul>\n");
    if !found.outputs.is_empty() {
        let _ = writeln!(
            out,
            "<p>Outputs: <code>{}</code></p>",
            escape(&found.outputs.join(", "))
        );
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
    for (what, n) in d.tally().happens {
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
    let short = in_short(entry);
    let short = match short.is_empty() {
        true => String::new(),
        false => format!(" <span class=\"short\">{}</span>", escape(&short)),
    };
    format!(
        "<details id=\"{id}\" data-list=\"{list}\" data-n=\"{n}\" data-what=\"{0}\"><summary><span class=\"tag {0}\"><span aria-hidden=\"true\">{1}</span> {2}</span> <code>{3}</code>{short}</summary></details>",
        class(entry.what),
        sign(entry.what),
        entry.what.word(),
        escape(&entry.name)
    )
}

/// What there is to be said of an entry beside its name: which attributes change, or what forces it to be replaced.
fn in_short(entry: &Entry) -> String {
    const MOST: usize = 4;
    let mut names: Vec<&str> = match entry.what {
        What::Replace => entry.forced_by.iter().map(String::as_str).collect(),
        What::Update => entry.rows.iter().map(|r| top(&r.path)).collect(),
        _ => return String::new(),
    };
    names.dedup();
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    names.truncate(MOST);
    let text = shortened(&names.join(", "), 90);
    match (entry.what, text.is_empty()) {
        (_, true) => String::new(),
        (What::Replace, _) => format!("forced by {text}{more}"),
        _ => format!("{text}{more}"),
    }
}

/// The attribute that a path is in.
fn top(path: &str) -> &str {
    let path = path.strip_prefix("jsondecode(").unwrap_or(path);
    path.split(['.', '[', ')']).next().unwrap_or(path)
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
pub(super) fn escape(text: &str) -> String {
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
