//! `trunkline-fuzz [TARGET|all] [SECONDS] [SEED]`: runs targets for so long and tells what was found.
//!
//! `trunkline-fuzz files FOLDER COUNT` writes so many well-formed files, to compare with other programs.
//!
//! The seed at hand is in `fuzz-seed` in the folder for temporary files; texts that failed are written beside it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use trunkline_fuzz::generate::{Generator, Layout};
use trunkline_fuzz::run::run;
use trunkline_fuzz::targets::{TARGETS, Target};

#[expect(
    clippy::print_stdout,
    reason = "it is a program for people, apart from the command line"
)]
fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let wanted = args.next().unwrap_or_else(|| "all".into());
    if wanted == "files" {
        let folder = args.next().unwrap_or_else(|| ".".into());
        let count = args.next().and_then(|n| n.parse().ok()).unwrap_or(100);
        return files(std::path::Path::new(&folder), count);
    }
    let seconds = args.next().and_then(|s| s.parse().ok()).unwrap_or(60);
    let seed = args.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let targets: Vec<Target> = TARGETS
        .iter()
        .filter(|t| wanted == "all" || t.0 == wanted)
        .copied()
        .collect();
    if targets.is_empty() {
        println!("There is no target {wanted}.");
        return ExitCode::FAILURE;
    }
    let folder = std::env::temp_dir();
    let end = Instant::now() + Duration::from_secs(seconds);
    let tally = run(
        &targets,
        seed,
        |_| Instant::now() < end,
        |seed| drop(std::fs::write(folder.join("fuzz-seed"), seed.to_string())),
    );
    println!(
        "{} texts of {} bytes, seeds from {seed}; the slowest took {} ms ({}, {} bytes)",
        tally.texts,
        tally.bytes,
        tally.slowest.0.as_millis(),
        tally.slowest.1,
        tally.slowest.2.len()
    );
    drop(std::fs::write(
        folder.join("fuzz-slowest"),
        &tally.slowest.2,
    ));
    for (i, (target, text)) in tally.failures.iter().enumerate() {
        let path = folder.join(format!("fuzz-failure-{target}-{i}"));
        drop(std::fs::write(&path, text));
        println!("{target} failed: {}", path.display());
    }
    match tally.failures.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Writes files from the grammar.
fn files(folder: &std::path::Path, count: u64) -> ExitCode {
    for seed in 0..count {
        let layout = if seed % 2 == 0 {
            Layout::Plain
        } else {
            Layout::Wild
        };
        let text = Generator::new(seed, layout).file();
        if std::fs::write(folder.join(format!("{seed}.tf")), text).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
