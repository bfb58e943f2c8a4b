//! Whole configurations, loaded and validated: what is refused, and where.

use std::path::PathBuf;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;

use super::{Snapshot, load};
use crate::graph::build::build;
use crate::lang::functions::{DiskFiles, FunctionContext};
use crate::lang::source::Sources;
use crate::plan::scope::Surroundings;
use crate::plan::validate::validate;
use crate::registry::Bundled;

/// `summary @ file:line` of every problem, sorted.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let files = Snapshot {
        files: files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Arc::from(text.as_bytes())))
            .collect(),
    };
    let (config, mut found) = load(&files, Arc::new(Sources::new()));
    if !has_errors(&found) {
        let (graph, more) = build(&config, &[]);
        let registry = Bundled {
            new_id: Arc::new(String::new),
            now: jiff::Timestamp::now,
        };
        if has_errors(&more) {
            found.extend(more);
        } else {
            found.extend(validate(
                &config,
                &graph,
                &registry,
                Surroundings::default(),
                &|m| FunctionContext::new(PathBuf::from(&m.dir), Arc::new(DiskFiles::new())),
            ));
        }
    }
    let mut lines: Vec<String> = found
        .iter()
        .map(|d| match &d.span {
            Some(at) => format!("{} @ {}:{}", d.summary, at.file, at.start.line),
            None => d.summary.to_string(),
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn references_to_resources_are_checked_against_their_repetition_and_schema() {
    let resources = "resource \"terraform_data\" \"one\" {}\n\
        resource \"terraform_data\" \"many\" { count = 2 }\n\
        resource \"terraform_data\" \"each\" { for_each = toset([\"k\"]) }\n";
    let cases = [
        ("terraform_data.one.id", ""),
        (
            "terraform_data.one.nope",
            "Unsupported attribute @ main.tf:4",
        ),
        (
            "terraform_data.one[0].id",
            "Unexpected resource instance key @ main.tf:4",
        ),
        (
            "terraform_data.many.id",
            "Missing resource instance key @ main.tf:4",
        ),
        ("terraform_data.many[*].id", ""),
        ("terraform_data.many[0].id", ""),
        (
            "terraform_data.each.k.id",
            "Missing resource instance key @ main.tf:4",
        ),
        ("terraform_data.each[\"k\"].id", ""),
        (
            "each.value",
            "each.value cannot be used in this context @ main.tf:4",
        ),
    ];
    for (expression, expected) in cases {
        let text = format!("{resources}output \"o\" {{ value = {expression} }}\n");
        let found = problems(&[("main.tf", &text)]);
        assert_eq!(found.join("; "), expected, "{expression}");
    }
}
