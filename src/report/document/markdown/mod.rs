//! A document as Markdown for a comment on a pull request.
//!
//! GitHub and GitLab refuse a comment over [`LIMIT`], so detail is dropped until it fits, in this order, and the report
//! says what was dropped and where it is:
//! 1. names of what is unchanged;
//! 2. differences of what is created and read;
//! 3. causes;
//! 4. differences of what has changed outside;
//! 5. differences of what is destroyed and replaced;
//! 6. differences of what is changed, and of outputs;
//! 7. names of what calls for no attention, which is counted by module and type.
//!
//! What is destroyed, replaced and bought, and all else that calls for attention, is named until 60% of the limit;
//! beyond that it is counted exactly, by module and type. The text is a function of the document alone.

mod entry;
mod sections;
pub(super) mod text;

use std::collections::{BTreeMap, BTreeSet};

use self::entry::{forced, heading, remarks_of, why_lines};
use self::text::{code, comment, cut, fenced, html, prose};
use super::rows::Row;
use super::{Attention, Document, Entry, What};

/// The most bytes that a report has: comments may have 65,536 characters.
pub const LIMIT: usize = 65_536;
/// The part of it that names of what calls for attention may take.
const NAMES: usize = LIMIT / 100 * 60;
/// The part for counts of what is not named there.
const COUNTS: usize = LIMIT / 100 * 8;
/// Kept for the end: what was dropped, the digest.
const END: usize = 3_000;
/// A module with at most this many changes, in a plan with no more, is shown open.
const FEW: usize = 10;
/// Longer texts are cut, values around what differs.
const LONG: usize = 300;

/// The report.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut page = Page {
        document,
        out: String::new(),
        dropped: Vec::new(),
        unnamed: 0,
    };
    page.head();
    page.problems();
    page.policy();
    page.attention();
    page.review();
    page.checks();
    page.body();
    page.end();
    page.out
}

struct Page<'d> {
    document: &'d Document,
    out: String,
    /// What was left out, in words.
    dropped: Vec<String>,
    /// How many calls for attention are counted and not named.
    unnamed: usize,
}

/// What is shown of an entry.
#[derive(Clone, Copy, Default)]
struct Shown {
    name: bool,
    why: bool,
    rows: bool,
}

/// Bytes that are left. Once something had no place, nothing that comes after it has one.
struct Room {
    left: usize,
    full: bool,
}

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        self.full = self.full || bytes > self.left;
        if !self.full {
            self.left -= bytes;
        }
        !self.full
    }
}

impl Page<'_> {
    fn head(&mut self) {
        let d = self.document;
        self.out.push_str(&format!(
            "<!-- trunkline-{}: {} -->\n### {}\n\n",
            if d.review.is_some() { "review" } else { "plan" },
            comment(&cut(&d.name, 200)),
            prose(&d.verdict())
        ));
        if let Some(failure) = d.failure() {
            self.out.push_str(&format!("**{failure}**\n\n"));
        }
        for remark in &d.remarks {
            self.out
                .push_str(&format!("{}\n\n", prose(&cut(remark, LONG))));
        }
        if !d.errored || !d.entries.is_empty() {
            self.out.push_str(&format!("{}\n\n", d.summary()));
        }
    }

    fn attention(&mut self) {
        let start = self.out.len();
        let mut rest: BTreeMap<(Attention, &str, &str), usize> = BTreeMap::new();
        let mut lines = String::new();
        let mut named = true;
        for attention in Attention::ALL {
            for entry in self.document.calling(attention) {
                let line = format!(
                    "- **{}** {}{}{}\n",
                    attention.word(),
                    code(&entry.name),
                    forced(entry),
                    remarks_of(entry, attention)
                );
                // From the first that has no room on, all are counted, so that what is named is a beginning of the list.
                named = named && start + lines.len() + line.len() <= NAMES;
                match named {
                    true => lines.push_str(&line),
                    false => {
                        *rest
                            .entry((attention, &entry.module, &entry.kind))
                            .or_insert(0) += 1
                    }
                }
            }
        }
        if lines.is_empty() && rest.is_empty() {
            return;
        }
        self.unnamed = rest.values().sum();
        self.out.push_str("#### To look at first\n\n");
        self.out.push_str(&lines);
        if !rest.is_empty() {
            self.out.push_str(&format!(
                "\nNot named here, but {}:\n\n",
                prose(&cut(&self.document.full, 150))
            ));
            let rest = rest
                .iter()
                .map(|((a, module, kind), n)| (a.word(), *module, *kind, *n));
            let text = counts(rest, COUNTS);
            self.out.push_str(&text);
        }
        self.out.push('\n');
    }

    /// Everything that is dropped when there is no room: chosen first, then written in order.
    fn body(&mut self) {
        let d = self.document;
        let mut room = Room {
            left: LIMIT.saturating_sub(self.out.len() + END),
            full: false,
        };
        let names: Vec<String> = d.entries.iter().map(heading).collect();
        let (mut shown, uncounted) = self.choose_names(&names, &mut room);
        let rows: Vec<String> = d
            .entries
            .iter()
            .map(|e| fenced(&e.rows, e.unchanged))
            .collect();
        let outputs = outputs_of(d);
        let drift: Vec<String> = d
            .drift
            .iter()
            .map(|e| format!("{}\n{}", heading(e), fenced(&e.rows, e.unchanged)))
            .collect();
        let unchanged: String = d
            .unchanged
            .iter()
            .map(|name| format!("- {}\n", code(name)))
            .collect();
        // From what is dropped last to what is dropped first.
        let choose_rows = |whats: &[What], shown: &mut [Shown], room: &mut Room| {
            let own = d
                .entries
                .iter()
                .enumerate()
                .filter(|(_, e)| whats.contains(&e.what));
            let mut left = 0;
            for (i, _) in own {
                shown[i].rows = rows[i].is_empty() || room.take(rows[i].len());
                left += usize::from(!shown[i].rows);
            }
            left
        };
        let with_outputs = room.take(outputs.len());
        let changed = choose_rows(&[What::Update], &mut shown, &mut room);
        let gone = choose_rows(
            &[What::Destroy, What::Replace, What::Forget],
            &mut shown,
            &mut room,
        );
        let mut drifted = 0;
        if room.take(WRAP) {
            drifted = drift
                .iter()
                .take_while(|text| room.take(text.len()))
                .count();
        }
        let whys: Vec<String> = d.entries.iter().map(why_lines).collect();
        let mut unexplained = 0;
        for (i, text) in whys.iter().enumerate() {
            shown[i].why = text.is_empty() || room.take(text.len());
            unexplained += usize::from(!shown[i].why);
        }
        let made = choose_rows(
            &[What::Create, What::Read, What::Move, What::Import],
            &mut shown,
            &mut room,
        );
        let with_unchanged = room.take(WRAP + unchanged.len());
        let unnamed = d.entries.iter().zip(&shown);
        let unnamed = unnamed
            .filter(|(e, s)| !s.name && e.attention.is_empty())
            .count();
        let outputs_left = if with_outputs { 0 } else { d.outputs.len() };
        let unchanged_left = if with_unchanged { 0 } else { d.unchanged.len() };
        self.dropped = [
            (unchanged_left, "name", " of what is unchanged"),
            (made, "difference", " of what is created or read"),
            (unexplained, "cause", ""),
            (drift.len() - drifted, "object", " that changed outside"),
            (gone, "difference", " of what is destroyed or replaced"),
            (changed, "difference", " of what is changed"),
            (outputs_left, "output", ""),
            (unnamed + self.unnamed, "name", ""),
        ]
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, what, more)| counted(n, what) + more)
        .collect();

        self.modules(&names, &whys, &rows, &shown);
        if !uncounted.is_empty() {
            self.out
                .push_str(&format!("Counted, not named:\n\n{uncounted}\n"));
        }
        if with_outputs {
            self.out.push_str(&outputs);
        }
        self.apart(What::Move, "Moved", &names, &shown);
        self.apart(What::Import, "Imported", &names, &shown);
        if drifted > 0 {
            let title = format!("Changed outside: {}", drift.len());
            self.folded(&title, &drift[..drifted].concat(), false);
        }
        if !d.unchanged.is_empty() {
            let title = format!("Unchanged: {}", d.unchanged.len());
            match with_unchanged {
                true => self.folded(&title, &unchanged, false),
                false => self.out.push_str(&format!("{title}\n\n")),
            }
        }
    }

    /// Which entries are named, and counts of those that are not.
    fn choose_names(&self, names: &[String], room: &mut Room) -> (Vec<Shown>, String) {
        let entries = &self.document.entries;
        let mut shown = vec![Shown::default(); entries.len()];
        // What calls for attention is named or counted above already, so it waits until the others have their names.
        let whats = What::ALL.into_iter();
        let turns = whats
            .clone()
            .map(|w| (w, false))
            .chain(whats.map(|w| (w, true)));
        let mut open = BTreeSet::new();
        let mut unnamed: BTreeMap<(What, &str, &str), usize> = BTreeMap::new();
        // The counts of what is not named, with their heading, need room too.
        room.left = room.left.saturating_sub(COUNTS + 100);
        for (what, calls) in turns {
            let own = |(_, e): &(usize, &Entry)| e.what == what && e.attention.is_empty() != calls;
            for (i, entry) in entries.iter().enumerate().filter(own) {
                let section = section_of(entry);
                // The heading of a section is paid for by the first in it.
                let wrap = match open.contains(&section) {
                    true => 0,
                    false => WRAP + html(section.1).len(),
                };
                shown[i].name = room.take(names[i].len() + 1 + wrap);
                if shown[i].name {
                    open.insert(section);
                } else if !calls {
                    *unnamed
                        .entry((what, &entry.module, &entry.kind))
                        .or_insert(0) += 1;
                }
            }
        }
        let groups = unnamed
            .iter()
            .map(|((w, module, kind), n)| (w.word(), *module, *kind, *n));
        let text = counts(groups, COUNTS);
        if text.is_empty() {
            room.left += COUNTS + 100;
        }
        (shown, text)
    }

    fn modules(&mut self, names: &[String], whys: &[String], rows: &[String], shown: &[Shown]) {
        let d = self.document;
        let changes = d.entries.iter().filter(|e| e.what.is_change()).count();
        let mut i = 0;
        while i < d.entries.len() {
            let module = &d.entries[i].module;
            let end = i + d.entries[i..].partition_point(|e| e.module == *module);
            let own = (i..end).filter(|&n| d.entries[n].what.is_change());
            let mut text = String::new();
            let mut tally: BTreeMap<What, usize> = BTreeMap::new();
            for n in own {
                *tally.entry(d.entries[n].what).or_insert(0) += 1;
                if shown[n].name {
                    text.push_str(&names[n]);
                    if shown[n].why {
                        text.push_str(&whys[n]);
                    }
                    text.push('\n');
                    if shown[n].rows {
                        text.push_str(&rows[n]);
                    }
                }
            }
            if !text.is_empty() {
                let tally: Vec<String> = tally
                    .iter()
                    .map(|(w, n)| format!("{n} to {}", w.word()))
                    .collect();
                let name = match module.is_empty() {
                    true => "root module".to_owned(),
                    false => module.clone(),
                };
                let title = format!("{name}: {}", tally.join(", "));
                self.folded(&title, &text, changes <= FEW);
            }
            i = end;
        }
    }

    /// What is only moved or imported.
    fn apart(&mut self, what: What, title: &str, names: &[String], shown: &[Shown]) {
        let own = self
            .document
            .entries
            .iter()
            .enumerate()
            .filter(|(_, e)| e.what == what);
        let own: Vec<usize> = own.map(|(i, _)| i).collect();
        let text: String = own
            .iter()
            .filter(|&&i| shown[i].name)
            .map(|&i| names[i].as_str())
            .collect();
        if !text.is_empty() {
            self.folded(&format!("{title}: {}", own.len()), &text, false);
        }
    }

    fn folded(&mut self, title: &str, text: &str, open: bool) {
        let open = if open { " open" } else { "" };
        self.out.push_str(&format!(
            "<details{open}><summary>{}</summary>\n\n{text}\n</details>\n\n",
            html(title)
        ));
    }

    fn end(&mut self) {
        let d = self.document;
        if !self.dropped.is_empty() {
            self.out.push_str(&format!(
                "Shortened to fit in a comment. Left out: {}. All of it is {}\n\n",
                self.dropped.join(", "),
                prose(&cut(&d.full, 150))
            ));
        }
        if !d.digest.is_empty() {
            self.out.push_str(&format!(
                "Digest `{0}`. To apply this and nothing else: `trunkline apply -expect={0} PLANFILE`\n",
                d.digest
            ));
        }
        debug_assert!(self.out.len() <= LIMIT, "{}", self.out.len());
    }
}

/// What the tags and the title of a folded section take, its name apart.
const WRAP: usize = 220;

fn outputs_of(d: &Document) -> String {
    if d.outputs.is_empty() {
        return String::new();
    }
    let rows: Vec<Row> = d.outputs.iter().flat_map(|o| o.rows.clone()).collect();
    format!("#### Outputs\n\n{}", fenced(&rows, 0))
}

/// The section that an entry is in.
fn section_of(entry: &Entry) -> (u8, &str) {
    match entry.what {
        What::Move => (1, ""),
        What::Import => (2, ""),
        _ => (0, &entry.module),
    }
}

/// `n` of something, in words.
fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}

/// Counts by what happens, module and type, in at most `room` bytes: what has no line of its own is added up.
fn counts<'a>(
    groups: impl Iterator<Item = (&'static str, &'a str, &'a str, usize)>,
    room: usize,
) -> String {
    let mut out = String::new();
    let mut rest: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (word, module, kind, n) in groups {
        let module = match module {
            "" => "the root module".to_owned(),
            module => code(&cut(module, 120)),
        };
        let line = format!("- {word}: {n} × {} in {module}\n", code(&cut(kind, 120)));
        // Ten words at the most remain to be added up, one line each.
        if rest.is_empty() && out.len() + line.len() + 1_000 <= room {
            out.push_str(&line);
        } else {
            let sum = rest.entry(word).or_insert((0, 0));
            *sum = (sum.0 + n, sum.1 + 1);
        }
    }
    for (word, (n, groups)) in rest {
        out.push_str(&format!(
            "- {word}: {n} more, of {groups} types in their modules\n"
        ));
    }
    out
}
