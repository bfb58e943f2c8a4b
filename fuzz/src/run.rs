//! Runs of targets over texts, counted and watched.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::generate::{Generator, Layout};
use crate::mutate::mutate;
use crate::random::Random;
use crate::targets::Target;

/// The corpus: texts that have something of every kind, and those that were found.
pub const CORPUS: &[&str] = &[
    include_str!("../corpus/blocks.tf"),
    include_str!("../corpus/expressions.tf"),
    include_str!("../corpus/templates.tf"),
    include_str!("../corpus/layout.tf"),
    include_str!("../corpus/notation.tf.json"),
    include_str!("../corpus/calls.txt"),
];

/// What a run came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Texts tried.
    pub texts: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Texts that made a target panic, with the target's name.
    pub failures: Vec<(&'static str, String)>,
    /// The longest that a target took, and its text.
    pub slowest: (Duration, &'static str, String),
}

/// The text of a step: from the grammar, from the corpus, or spoilt.
#[must_use]
pub fn text(seed: u64) -> String {
    let mut random = Random::new(seed);
    let layout = if random.one_in(3) {
        Layout::Plain
    } else {
        Layout::Wild
    };
    let made = |random: &mut Random| {
        let generator = Generator::new(random.draw(), layout);
        match random.one_in(2) {
            true => generator.file(),
            false => generator.expression_text(),
        }
    };
    let line = |random: &mut Random| {
        let text = *random.pick(CORPUS);
        match random.one_in(2) {
            true => text.to_owned(),
            false => {
                let lines: Vec<&str> = text.lines().collect();
                (*random.pick(&lines)).to_owned()
            }
        }
    };
    match random.below(8) {
        0 => made(&mut random),
        1..=3 => {
            let base = made(&mut random);
            let other = line(&mut random);
            mutate(&base, &other, &mut random)
        }
        _ => {
            let base = line(&mut random);
            let other = made(&mut random);
            mutate(&base, &other, &mut random)
        }
    }
}

/// Runs `targets` on the texts of seeds from `seed` on, as long as `more` says so; it is asked before each text.
/// `watch` hears of each text before it is tried, so that one that kills the process can be found.
pub fn run(
    targets: &[Target],
    seed: u64,
    mut more: impl FnMut(u64) -> bool,
    mut watch: impl FnMut(u64),
) -> Tally {
    let mut tally = Tally::default();
    for step in 0.. {
        if !more(step) {
            break;
        }
        let seed = seed.wrapping_add(step);
        watch(seed);
        let text = text(seed);
        tally.texts += 1;
        tally.bytes += text.len() as u64;
        for (name, target) in targets {
            let begun = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| target(&text))).is_err() {
                tally.failures.push((name, text.clone()));
            }
            let took = begun.elapsed();
            if took > tally.slowest.0 {
                tally.slowest = (took, name, text.clone());
            }
        }
    }
    tally
}
