//! What the program costs as configurations grow: CPU seconds, wall seconds and memory, in tables of ratios.
//!
//! `cargo bench --bench scale -- TABLE… [SHAPE…] [SIZE…]` prints
//! - `terraform`: each operation beside Terraform's in the same run, where it is installed (1,000 and 4,000 instances;
//!   what takes Terraform more than ten minutes is left out, and said so);
//! - `growth`: 100,000 against 10,000 instances, the least of three runs of each;
//! - `floor`: 100,000 flat instances against the least that their bytes and rows cost on this machine;
//! - `start`: `version`, and a plan of an empty directory;
//! - `validate`: 5,000 resources beside Terraform, and 100,000 in 200 files against half of them;
//! - `million`: plan and apply of a million instances by `count`;
//! - `pages`: what one change writes into a state of 100,000;
//! - `io`: 2,000 objects with 50 ms a call, and 300 roles under a vendor's limit, against the least that these allow.
//!
//! Without a table: `growth` with 1,000 and 4,000 instances. Nothing is asserted.

#![expect(
    clippy::print_stdout,
    reason = "a program that measures and prints what it measured"
)]

mod floor;
mod io;
mod measure;
mod pages;
mod reading;
mod shapes;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use measure::{Cost, measure};
use shapes::{SHAPES, Shape};

/// What Terraform may take for one operation.
const PATIENCE: Duration = Duration::from_secs(600);
/// What we may take.
const OURS: Duration = Duration::from_secs(3600);

/// How often our operations are done where sizes are compared, or with the floor: memory that the machine itself has to
/// find first makes some runs dearer, so the least counts.
const TRIES: usize = 3;

/// An operation, and whether one value is changed before it.
const OPERATIONS: &[(&str, &[&str], bool)] = &[
    ("plan", &["plan", "-input=false"], false),
    ("apply", &["apply", "-auto-approve"], false),
    ("plan, no change", &["plan", "-input=false"], false),
    ("plan, one change", &["plan", "-input=false"], true),
    ("apply, one change", &["apply", "-auto-approve"], true),
    ("destroy", &["destroy", "-auto-approve"], true),
];

fn write(shape: &Shape, size: usize, changed: bool, dir: &Path) {
    for (name, text) in (shape.files)(size, changed) {
        let path = dir.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder can be made");
        }
        std::fs::write(path, text).expect("a file can be written");
    }
}

/// The costs of all operations, as far as they end in time.
fn run(program: &str, shape: &Shape, size: usize, limit: Duration) -> Vec<Option<Cost>> {
    let dir = tempfile::tempdir().expect("a folder can be made");
    write(shape, size, false, dir.path());
    let mut going = measure(program, &["init"], dir.path(), limit).is_some();
    let mut costs = Vec::new();
    for (_, args, changed) in OPERATIONS {
        write(shape, size, *changed, dir.path());
        let cost = going
            .then(|| measure(program, args, dir.path(), limit))
            .flatten();
        going = cost.is_some();
        costs.push(cost);
    }
    costs
}

/// The costs of our operations, the least of each.
fn least(ours: &str, shape: &Shape, size: usize) -> Vec<Option<Cost>> {
    let runs: Vec<_> = (0..TRIES).map(|_| run(ours, shape, size, OURS)).collect();
    let least = |i: usize| runs.iter().filter_map(|run| run[i]).min_by(Cost::compare);
    (0..OPERATIONS.len()).map(least).collect()
}

fn row(name: &str, size: usize, operation: &str, cost: &Cost, beside: &str) {
    println!(
        "{name:8} {size:>8} {operation:18} {:>8.2} {:>8.2} {:>9.0} {:>9.0}  {beside}",
        cost.cpu_seconds, cost.wall_seconds, cost.peak_mib, cost.written_kib
    );
}

fn heading() {
    println!(
        "{:8} {:>8} {:18} {:>8} {:>8} {:>9} {:>9}  compared",
        "shape", "size", "operation", "CPU s", "wall s", "peak MiB", "written K"
    );
}

/// Beside Terraform in the same run.
fn terraform(ours: &str, shapes: &[&Shape], sizes: &[usize]) {
    if Command::new("terraform").arg("version").output().is_err() {
        println!("terraform is not installed, so there is nothing to compare with");
        return;
    }
    heading();
    for shape in shapes {
        for &size in sizes.iter().filter(|s| **s <= shape.largest_compared) {
            let mine = run(ours, shape, size, OURS);
            let theirs = run("terraform", shape, size, PATIENCE);
            for (i, (operation, ..)) in OPERATIONS.iter().enumerate() {
                let Some(cost) = mine[i] else { continue };
                let beside = match theirs[i] {
                    Some(other) => format!(
                        "terraform {:.2} s CPU = {:.0} × ours; {:.0} MiB = {:.1} × ours",
                        other.cpu_seconds,
                        other.cpu_seconds / cost.cpu_seconds.max(0.01),
                        other.peak_mib,
                        other.peak_mib / cost.peak_mib.max(1.0)
                    ),
                    None => {
                        "terraform: skipped, above ten minutes (or after such an operation)".into()
                    }
                };
                row(shape.name, size, operation, &cost, &beside);
            }
        }
    }
}

/// Larger sizes against smaller ones.
fn growth(ours: &str, shapes: &[&Shape], sizes: &[usize]) {
    heading();
    for shape in shapes {
        let mut smaller: Option<(usize, Vec<Option<Cost>>)> = None;
        for &size in sizes {
            let costs = least(ours, shape, size);
            for (i, (operation, ..)) in OPERATIONS.iter().enumerate() {
                let Some(cost) = costs[i] else { continue };
                let before = smaller.as_ref().and_then(|(n, c)| Some((n, c[i]?)));
                let beside = before.map_or(String::new(), |(n, before)| {
                    format!(
                        "{:.2} × CPU, {:.2} × memory of {n}",
                        cost.cpu_seconds / before.cpu_seconds.max(0.01),
                        cost.peak_mib / before.peak_mib.max(1.0)
                    )
                });
                row(shape.name, size, operation, &cost, &beside);
            }
            smaller = Some((size, costs));
        }
    }
}

/// Against the least that the same bytes and rows cost: the whole floor, and the part of it that the operation needs.
fn against_the_floor(ours: &str, size: usize) {
    let Some(shape) = SHAPES.iter().find(|s| s.name == "flat") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder can be made");
    write(shape, size, false, dir.path());
    measure(ours, &["init"], dir.path(), OURS);
    let cost = |args: &[&str], anew: bool| {
        let once = |_| {
            if anew {
                drop(std::fs::remove_file(dir.path().join("trunkline.db")));
            }
            measure(ours, args, dir.path(), OURS)
        };
        let costs = (0..TRIES).filter_map(once);
        costs.min_by(Cost::compare)
    };
    let apply = cost(&["apply", "-auto-approve"], true);
    let plan = cost(&["plan", "-input=false"], false);
    let text: String = (shape.files)(size, false)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let floors = (0..TRIES).map(|_| floor::floor(&text, &dir.path().join("trunkline.db")));
    let Some(floor) = floors.min_by(|one, other| one.whole().total_cmp(&other.whole())) else {
        return;
    };
    let whole = floor.whole();
    println!(
        "floor of {size} flat instances: reading the text {:.2} s, inserting the rows {:.2} s, reading the rows {:.2} s; the least of {TRIES}",
        floor.lex, floor.insert, floor.read
    );
    heading();
    for (operation, cost, part) in [
        ("apply", apply, floor.lex + floor.insert),
        ("plan, no change", plan, floor.lex + floor.read),
    ] {
        if let Some(cost) = cost {
            let beside = format!(
                "{:.1} × the floor of {whole:.2} s; {:.1} × its part of {part:.2} s",
                cost.cpu_seconds / whole,
                cost.cpu_seconds / part
            );
            row(shape.name, size, operation, &cost, &beside);
        }
    }
}

/// What it costs to begin: the mean of a hundred.
fn start(ours: &str) {
    for (what, args) in [
        ("version", &["version"][..]),
        ("plan of an empty directory", &["plan"]),
    ] {
        let dir = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(dir.path().join("main.tf"), "").expect("a file can be written");
        measure(ours, args, dir.path(), OURS);
        let total: f64 = (0..100)
            .filter_map(|_| measure(ours, args, dir.path(), OURS))
            .map(|c| c.cpu_seconds)
            .sum();
        println!("{what}: {:.1} ms CPU", total * 10.0);
    }
}

fn million(ours: &str) {
    let Some(shape) = SHAPES.iter().find(|s| s.name == "count") else {
        return;
    };
    heading();
    let dir = tempfile::tempdir().expect("a folder can be made");
    write(shape, 1_000_000, false, dir.path());
    for (operation, args, _) in &OPERATIONS[..2] {
        if let Some(cost) = measure(ours, args, dir.path(), OURS) {
            row(shape.name, 1_000_000, operation, &cost, "");
        }
    }
}

fn main() {
    let ours = env!("CARGO_BIN_EXE_trunkline");
    let args: Vec<String> = std::env::args().skip(1).collect();
    let asked = |name: &str| args.iter().any(|a| a == name);
    let mut sizes: Vec<usize> = args.iter().filter_map(|a| a.parse().ok()).collect();
    let named: Vec<&Shape> = SHAPES.iter().filter(|s| asked(s.name)).collect();
    let shapes = match named.is_empty() {
        true => SHAPES.iter().collect(),
        false => named,
    };
    let tables = [
        "terraform",
        "growth",
        "floor",
        "start",
        "validate",
        "million",
        "pages",
        "io",
    ];
    let plain = !tables.iter().any(|t| asked(t));
    let or = |sizes: &Vec<usize>, default: &[usize]| match sizes.is_empty() {
        true => default.to_vec(),
        false => sizes.clone(),
    };
    if plain {
        sizes = or(&sizes, &[1000, 4000]);
    }
    if asked("terraform") {
        terraform(ours, &shapes, &or(&sizes, &[1000, 4000]));
    }
    if asked("growth") || plain {
        growth(ours, &shapes, &or(&sizes, &[10_000, 100_000]));
    }
    if asked("floor") {
        against_the_floor(ours, or(&sizes, &[100_000])[0]);
    }
    if asked("start") {
        start(ours);
    }
    if asked("validate") {
        let found = Command::new("terraform").arg("version").output();
        let beside = found.is_ok_and(|o| o.status.success());
        for line in reading::lines(ours, beside) {
            println!("{line}");
        }
    }
    if asked("million") {
        million(ours);
    }
    if asked("pages") {
        for shape in SHAPES
            .iter()
            .filter(|s| ["count", "flat"].contains(&s.name))
        {
            pages::pages(ours, shape, or(&sizes, &[100_000])[0], write);
        }
    }
    if asked("io") {
        io::waves(ours);
        io::limited(ours);
    }
}
