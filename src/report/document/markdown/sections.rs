//! The sections before the entries: errors, policies, what a review says, conditions that do not hold. Each has its part
//! of the whole, and counts what has no place in it.
//!
//! What changes is told by the page.

use std::collections::BTreeMap;

use super::text::{code, cut, prose};
use super::{LIMIT, LONG, Page};
use crate::report::document::comparison::RENAMED;

/// The part for what planning ended with.
const PROBLEMS: usize = LIMIT / 100 * 10;
/// The part for what policies say.
const POLICY: usize = LIMIT / 100 * 10;
/// The part for conditions that failed.
const CHECKS: usize = LIMIT / 100 * 4;
/// The part for `moved` blocks that a review suggests.
const RENAMES: usize = LIMIT / 100 * 5;
/// The part for what a review says of the state.
const ON_STATE: usize = LIMIT / 100 * 8;

impl Page<'_> {
    /// What planning ended with: until it is mended there is nothing else to be judged.
    pub(super) fn problems(&mut self) {
        let problems = &self.document.problems;
        if problems.is_empty() {
            return;
        }
        self.out.push_str("#### Errors\n\n");
        let end = self.out.len() + PROBLEMS;
        for (i, problem) in problems.iter().enumerate() {
            let place = problem.place.as_ref();
            let place = place.map(|p| code(&cut(&format!("{}:{}", p.file, p.line), LONG)));
            let object = problem.object.as_ref().map(|o| code(&cut(o, LONG)));
            let about: Vec<String> = place.into_iter().chain(object).collect();
            let about = match about.is_empty() {
                true => String::new(),
                false => format!(" · {}", about.join(" · ")),
            };
            let detail = problem
                .detail
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let detail = match detail.is_empty() {
                true => String::new(),
                false => format!("  <br>{}\n", prose(&cut(&detail, 2 * LONG))),
            };
            let line = format!(
                "- **{}**{about}\n{detail}",
                prose(&cut(&problem.summary, LONG))
            );
            if self.out.len() + line.len() > end {
                let left = problems.len() - i;
                self.out.push_str(&format!("- and {left} more\n"));
                break;
            }
            self.out.push_str(&line);
        }
        self.out.push('\n');
    }

    /// What a review says beyond a plan: what looks renamed, and what both ends plan on the state.
    pub(super) fn review(&mut self) {
        let Some(review) = &self.document.review else {
            return;
        };
        if !review.renames.is_empty() {
            self.out.push_str(&format!(
                "#### Moved blocks that are missing\n\n{RENAMED}\n\n```hcl\n"
            ));
            let end = self.out.len() + RENAMES;
            let blocks = review.moved_blocks();
            let fits = |text: &mut String, block: &String| {
                let fits = text.len() + block.len() < end;
                if fits {
                    text.push_str(block);
                }
                fits
            };
            let shown = blocks.iter().take_while(|b| fits(&mut self.out, b)).count();
            self.out.push_str("```\n\n");
            if shown < blocks.len() {
                let left = blocks.len() - shown;
                self.out.push_str(&format!("and {left} more\n\n"));
            }
        }
        let Some(found) = &review.on_state else {
            return;
        };
        let mut text = String::new();
        for (i, planned) in found.planned.iter().enumerate() {
            let line = format!(
                "- **{}** {}{}\n",
                planned.word(),
                code(&cut(&planned.name, LONG)),
                prose(&planned.rest())
            );
            if text.len() + line.len() > ON_STATE {
                let mut left: BTreeMap<String, usize> = BTreeMap::new();
                for planned in &found.planned[i..] {
                    *left.entry(planned.word()).or_insert(0) += 1;
                }
                let left = left.iter().map(|(word, n)| format!("{word}: {n}"));
                let left: Vec<String> = left.collect();
                text.push_str(&format!(
                    "- and more, not named here: {}\n",
                    left.join(", ")
                ));
                break;
            }
            text.push_str(&line);
        }
        let outputs = match found.outputs.is_empty() {
            true => String::new(),
            false => format!(
                "\nOutputs: {}\n",
                code(&cut(&found.outputs.join(", "), LONG))
            ),
        };
        self.out.push_str(&format!(
            "#### On the state\n\n{}\n\n{text}{outputs}\n",
            prose(&found.verdict())
        ));
    }

    /// What policies say: what is first in a comment is whether it is safe.
    pub(super) fn policy(&mut self) {
        let d = self.document;
        let Some(entries) = d.policy.as_ref() else {
            return;
        };
        let summary = d.policy_summary().unwrap_or_default();
        self.out.push_str(&format!("**{summary}**\n\n"));
        let end = self.out.len() + POLICY;
        for (i, entry) in entries.iter().enumerate() {
            let word = if entry.denies { "forbidden" } else { "warning" };
            let line = format!(
                "- **{word}** {} ({})\n",
                prose(&cut(&entry.message, LONG)),
                code(&cut(&entry.rule, 120))
            );
            if self.out.len() + line.len() > end {
                self.out
                    .push_str(&format!("- and {} more\n", entries.len() - i));
                break;
            }
            self.out.push_str(&line);
        }
        if !entries.is_empty() {
            self.out.push('\n');
        }
    }

    pub(super) fn checks(&mut self) {
        if self.document.checks.is_empty() {
            return;
        }
        self.out.push_str("#### Conditions that do not hold\n\n");
        let end = self.out.len() + CHECKS;
        for (i, check) in self.document.checks.iter().enumerate() {
            let problems: Vec<String> = check
                .problems
                .iter()
                .map(|p| prose(&cut(p, LONG)))
                .collect();
            let line = format!("- {}: {}\n", code(&check.name), problems.join("; "));
            if self.out.len() + line.len() > end {
                let left = self.document.checks.len() - i;
                self.out.push_str(&format!("- and {left} more\n"));
                break;
            }
            self.out.push_str(&line);
        }
        self.out.push('\n');
    }
}
