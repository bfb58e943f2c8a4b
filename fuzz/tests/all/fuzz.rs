//! A short run of every target, and texts that other implementations choke on.
//!
//! `cargo run -p trunkline-fuzz -- all 1800` runs as long as one likes.

use trunkline_fuzz::run::run;
use trunkline_fuzz::targets::TARGETS;

#[test]
fn a_thousand_texts_fail_nowhere() {
    let tally = run(TARGETS, 1, |step| step < 1000, |_| {});
    assert_eq!(tally.texts, 1000);
    assert_eq!(tally.failures, []);
}
