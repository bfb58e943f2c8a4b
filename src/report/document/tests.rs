//! Reports of plans: snapshots of recorded ones, and what holds for every document.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::make::About;
use super::*;
use crate::plan::PlanMode;
use crate::report::testing::{Recorded, plan};

fn document(recorded: &str, name: &str) -> Document {
    let schemas = Recorded::new(&[
        include_str!("../testdata/demo_schema.json"),
        include_str!("../testdata/typed_schema.json"),
    ]);
    let plan = plan(recorded, PlanMode::Normal);
    let about = About {
        name,
        digest: "d1ge57",
        full: "in the report plan.html",
        ..About::default()
    };
    make(&plan, &schemas, &about)
}

#[test]
fn replacements_come_first() {
    let document = document(include_str!("../testdata/replace.json"), "replace");
    assert_snapshot!(markdown::render(&document));
}

#[test]
fn blocks_are_rows() {
    let document = document(include_str!("../testdata/blocks_update.json"), "blocks");
    assert_snapshot!(markdown::render(&document));
}

#[test]
fn moves_and_imports_stand_apart() {
    let moved = document(include_str!("../testdata/moved.json"), "moved");
    let imported = document(include_str!("../testdata/import_only.json"), "imported");
    assert_snapshot!(format!(
        "{}{}",
        markdown::render(&moved),
        markdown::render(&imported)
    ));
}

#[test]
fn values_of_every_kind_have_rows() {
    let document = document(include_str!("../testdata/misc.json"), "misc");
    assert_snapshot!(markdown::render(&document));
}

#[test]
fn annotations_and_cases() {
    let document = document(include_str!("../testdata/replace.json"), "replace");
    assert_snapshot!(format!(
        "{}{}",
        annotations::render(&document, ""),
        junit::render(&document)
    ));
}

#[test]
fn a_page_holds_what_it_shows_and_no_markup_of_the_plan() {
    let document = document(include_str!("../testdata/replace.json"), "<script>x");
    let page = html::render(&document);
    assert!(!page.contains("<script>x") && page.contains("&lt;script&gt;x"));
    for entry in &document.entries {
        assert!(
            page.contains(&entry.name.replace('"', "&quot;")),
            "{}",
            entry.name
        );
    }
    // Nothing is fetched: no address of another place but the names of SVG's and XML's own, which it has none of.
    for word in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}

/// Many changes are light: differences are data, and every name is there once as a heading.
#[test]
fn a_page_of_five_thousand_changes() {
    let document = generated(&[(3, 1), (4, 0), (1, 2)], 5_000, 20, 100);
    let page = html::render(&document);
    assert_eq!(page.matches("data-list=\"entries\"").count(), 5_000);
    assert!(page.len() < 8_000_000, "{}", page.len());
    assert!(
        !page
            .split("id=\"data\">")
            .nth(1)
            .unwrap()
            .split("</script>")
            .next()
            .unwrap()
            .contains('<')
    );
}

#[test]
fn formats_have_names_and_endings() {
    for (format, name, endings) in FORMATS {
        assert_eq!(Format::named(name), Some(*format));
        for ending in *endings {
            assert_eq!(Format::of_file(&format!("a/B{ending}")), Some(*format));
            assert_eq!(
                Format::of_file(&format!("X{}", ending.to_uppercase())),
                Some(*format)
            );
        }
    }
    assert_eq!(Format::of_file("md"), None);
}

/// An entry of a generated document. `seed` varies everything that varies.
fn entry(what: What, module: usize, seed: usize, width: usize) -> Entry {
    let module = match module {
        0 => String::new(),
        n => format!("module.{}{n}", "m".repeat(width % 60 + 1)),
    };
    let attention = match what {
        What::Destroy => vec![Attention::Destroy],
        What::Replace => vec![Attention::Replace],
        What::Forget => vec![Attention::Forget],
        What::Create if seed.is_multiple_of(3) => vec![Attention::Purchase],
        _ => Vec::new(),
    };
    let dot = if module.is_empty() { "" } else { "." };
    let name = format!(
        "{module}{dot}type_{}.x[\"{}{seed}`@<\"]",
        seed % 7,
        "k".repeat(width)
    );
    Entry {
        sentence: format!("{name} will happen"),
        name,
        module,
        kind: format!("type_{}", seed % 7),
        what,
        remarks: vec![format!("because of *{}ü*", "@".repeat(width))],
        attention,
        rows: (0..seed % 4)
            .map(|i| Row {
                path: format!("p{i}"),
                before: Some(Text::Value("`".repeat(width))),
                after: Some(Text::Lines("a\n```\nb".into())),
                forces: i == 0,
            })
            .collect(),
        unchanged: seed % 5,
        forced_by: vec!["p0".into(); usize::from(what == What::Replace)],
        why: Why::default(),
        place: None,
        depends_on: Vec::new(),
    }
}

fn generated(shape: &[(u8, usize)], count: usize, width: usize, unchanged: usize) -> Document {
    let mut entries = Vec::new();
    for n in 0..count {
        let (what, module) = shape[n % shape.len()];
        let what = What::ALL[usize::from(what) % What::ALL.len()];
        entries.push(entry(what, module, n, width));
    }
    entries.sort_by(|a, b| a.module.cmp(&b.module));
    Document {
        name: "x -->".repeat(width),
        digest: "d".repeat(64),
        remarks: vec!["<@&>".repeat(width); 3],
        errored: count.is_multiple_of(2),
        problems: (0..if count.is_multiple_of(2) {
            count.min(200)
        } else {
            0
        })
            .map(|n| Problem {
                summary: "@".repeat(width),
                detail: "a\n".repeat(width * (n % 40)),
                object: n.is_multiple_of(2).then(|| "o`".repeat(width)),
                place: None,
            })
            .collect(),
        counts: Counts::default(),
        graph: Graph::default(),
        unchanged: (0..unchanged)
            .map(|n| format!("a.{}{n}", "u".repeat(width)))
            .collect(),
        outputs: vec![OutputEntry {
            name: "o".into(),
            rows: entries.first().map(|e| e.rows.clone()).unwrap_or_default(),
        }],
        drift: entries.iter().take(count / 3).cloned().collect(),
        checks: vec![
            CheckEntry {
                name: "check.c".repeat(width + 1),
                problems: vec!["@".repeat(width); 2],
            };
            count / 5
        ],
        policy: (!count.is_multiple_of(2)).then(|| {
            let entry = |n: usize| PolicyEntry {
                denies: n.is_multiple_of(2),
                rule: "main.deny_x".repeat(width + 1),
                message: "@".repeat(width),
            };
            (0..count / 7).map(entry).collect()
        }),
        full: "@".repeat(width),
        review: count.is_multiple_of(3).then(|| compared(count, width)),
        entries,
    }
}

/// What a review says, as much of it as there are changes.
fn compared(count: usize, width: usize) -> Comparison {
    let planned = |n: usize| comparison::Planned {
        name: format!("a.{}{n}", "ä".repeat(width)),
        now: (!n.is_multiple_of(4)).then_some(What::ALL[n % What::ALL.len()]),
        before: n.is_multiple_of(2).then_some(What::Update),
        attention: vec![Attention::Purchase; n % 2],
    };
    Comparison {
        base: "b".repeat(10),
        head: "h".repeat(10),
        renames: (0..count / 4)
            .map(|n| (format!("a.{}{n}", "ü".repeat(width)), format!("b.{n}")))
            .collect(),
        on_state: Some(comparison::OnState {
            planned: (0..count / 2).map(planned).collect(),
            outputs: vec!["o".repeat(width); count / 9],
            alike: count,
        }),
    }
}

/// What is named in the list of what calls for attention, and what is counted there.
fn told(text: &str, attention: Attention) -> (usize, usize) {
    let list = text.split("#### To look at first").nth(1).unwrap_or("");
    let list = list.split("\n#### ").next().unwrap_or("");
    let list = list.split("\n<details").next().unwrap_or("");
    let list = list.split("\nCounted, not named").next().unwrap_or("");
    let named = list
        .matches(&format!("\n- **{}** ", attention.word()))
        .count();
    let counts = list.lines().filter_map(|line| {
        let rest = line.strip_prefix(&format!("- {}: ", attention.word()))?;
        rest.split(' ').next()?.parse::<usize>().ok()
    });
    (named, counts.sum())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the plan is, the comment fits, and what is named and what is counted add up to what there is.
    #[test]
    fn markdown_fits_and_hides_no_destroy(
        shape in proptest::collection::vec((0u8..8, 0usize..400), 1..30),
        count in 0usize..2_500,
        width in 0usize..400,
        unchanged in 0usize..2_000,
    ) {
        let document = generated(&shape, count, width, unchanged);
        let text = markdown::render(&document);
        prop_assert!(text.len() <= markdown::LIMIT, "{} bytes", text.len());
        prop_assert_eq!(&text, &markdown::render(&document));
        let of = if document.review.is_some() { "review" } else { "plan" };
        let start = format!("<!-- trunkline-{of}: ");
        prop_assert!(text.starts_with(&start));
        prop_assert!(document.review.is_none() || text.contains("#### On the state"));
        for attention in Attention::ALL {
            let all = document.calling(attention).count();
            let (named, counted) = told(&text, attention);
            prop_assert_eq!(named + counted, all, "{}", attention.word());
            let one = attention.counted(all);
            prop_assert!(all == 0 || text.lines().nth(1).unwrap().to_lowercase().contains(&one));
            // What is named is a beginning of the list, so many as there is room for.
            if counted > 0 {
                let used = text.find("\nNot named here").unwrap_or(text.len());
                prop_assert!(used <= markdown::LIMIT / 100 * 60 + 100, "{used}");
            }
        }
        // Whatever has no room anywhere is said to be left out.
        if text.contains("Counted, not named") || text.contains("Not named here") {
            prop_assert!(text.contains("Shortened to fit in a comment."));
        }
    }
}
