//! What plan, apply and destroy cost as configurations grow: CPU seconds, wall seconds and memory of the program as a
//! process, in tables.
//!
//! `cargo bench --bench scale` measures 10,000 and 20,000 instances of `terraform_data`, side by side (`count`) and in a
//! chain. `cargo bench --bench scale -- terraform` measures smaller ones with Terraform too, where it is installed, and
//! prints ratios. `cargo bench --bench scale -- 1000 2000` takes these sizes. Nothing is asserted.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that measures, and fails when what it measures does"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A kind of configuration.
struct Shape {
    name: &'static str,
    config: fn(usize) -> String,
}

const SHAPES: &[Shape] = &[
    Shape {
        name: "count",
        config: count,
    },
    Shape {
        name: "chain",
        config: chain,
    },
    Shape {
        name: "layers",
        config: layers,
    },
];

/// Instances of one resource, which do not know each other.
fn count(n: usize) -> String {
    format!("resource \"terraform_data\" \"a\" {{\n  count = {n}\n  input = count.index\n}}\n")
}

/// Resources of which each needs the one before.
fn chain(n: usize) -> String {
    let mut text = String::from("resource \"terraform_data\" \"r0\" {\n  input = 0\n}\n");
    for i in 1..n {
        let before = i - 1;
        writeln!(
            text,
            "resource \"terraform_data\" \"r{i}\" {{\n  input = terraform_data.r{before}.output\n}}"
        )
        .unwrap();
    }
    text
}

/// Resources in layers of 50, of which each needs three of the layer below.
fn layers(n: usize) -> String {
    let mut text = String::new();
    for i in 0..n {
        let below = |k: usize| (i / 50 - 1) * 50 + (i * 7 + k * 13) % 50;
        let input = match i / 50 {
            0 => i.to_string(),
            _ => format!(
                "[terraform_data.r{}.id, terraform_data.r{}.id, terraform_data.r{}.id]",
                below(0),
                below(1),
                below(2)
            ),
        };
        writeln!(
            text,
            "resource \"terraform_data\" \"r{i}\" {{\n  input = {input}\n}}"
        )
        .unwrap();
    }
    text
}

/// What a run of a program cost.
#[derive(Clone, Copy, Default)]
struct Cost {
    cpu_seconds: f64,
    wall_seconds: f64,
    peak_mib: f64,
}

/// CPU seconds of all children that have ended, from the kernel's own account (in hundredths of a second).
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = fields
        .split(' ')
        .skip(13)
        .take(2)
        .filter_map(|f| f.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// Most memory that a process has held so far.
fn peak_mib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Runs a program in a directory and measures it. It must end well.
fn measure(program: &str, args: &[&str], dir: &Path) -> Cost {
    let (cpu, began) = (children_cpu(), Instant::now());
    let mut child = Command::new(program)
        .args(args)
        .current_dir(dir)
        .env("HOME", dir)
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_CLI_CONFIG_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut peak = 0.0;
    let status = loop {
        peak = peak_mib(child.id()).unwrap_or(peak);
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert!(status.success(), "{program} {args:?} failed");
    Cost {
        cpu_seconds: children_cpu() - cpu,
        wall_seconds: began.elapsed().as_secs_f64(),
        peak_mib: peak,
    }
}

const PHASES: &[(&str, &[&str])] = &[
    ("plan", &["plan", "-input=false"]),
    ("apply", &["apply", "-auto-approve"]),
    ("plan again", &["plan", "-input=false"]),
    ("destroy", &["destroy", "-auto-approve"]),
];

/// The costs of all phases on a configuration.
fn run(program: &str, config: &str) -> Vec<Cost> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.tf"), config).unwrap();
    measure(program, &["init"], dir.path());
    PHASES
        .iter()
        .map(|(_, args)| measure(program, args, dir.path()))
        .collect()
}

fn main() {
    let ours = env!("CARGO_BIN_EXE_trunkline");
    let args: Vec<String> = std::env::args().skip(1).collect();
    let compare = args.iter().any(|a| a == "terraform");
    let mut sizes: Vec<usize> = args.iter().filter_map(|a| a.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if compare {
            vec![250, 500, 1000]
        } else {
            vec![10_000, 20_000]
        };
    }
    let installed = Command::new("terraform").arg("version").output().is_ok();
    if compare && !installed {
        println!("terraform is not installed, so there is nothing to compare with");
    }
    println!(
        "{:8} {:>7} {:12} {:>8} {:>8} {:>9}  compared",
        "shape", "size", "phase", "CPU s", "wall s", "peak MiB"
    );
    for shape in SHAPES {
        let mut smaller: Option<(usize, Vec<Cost>)> = None;
        for &size in &sizes {
            let config = (shape.config)(size);
            let costs = run(ours, &config);
            let theirs = (compare && installed).then(|| run("terraform", &config));
            for (i, (phase, _)) in PHASES.iter().enumerate() {
                let cost = costs[i];
                let mut beside = String::new();
                if let Some((n, before)) = &smaller {
                    write!(
                        beside,
                        "{:.2} × CPU of {n}",
                        cost.cpu_seconds / before[i].cpu_seconds
                    )
                    .unwrap();
                }
                if let Some(theirs) = &theirs {
                    write!(
                        beside,
                        "  terraform: {:.2} s CPU, {:.1} × ours, {:.0} MiB",
                        theirs[i].cpu_seconds,
                        theirs[i].cpu_seconds / cost.cpu_seconds.max(0.01),
                        theirs[i].peak_mib
                    )
                    .unwrap();
                }
                println!(
                    "{:8} {:>7} {:12} {:>8.2} {:>8.2} {:>9.0}  {}",
                    shape.name,
                    size,
                    phase,
                    cost.cpu_seconds,
                    cost.wall_seconds,
                    cost.peak_mib,
                    beside.trim()
                );
            }
            smaller = Some((size, costs));
        }
    }
}
