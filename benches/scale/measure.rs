//! What running a program costs, from the kernel's own accounts. It knows nothing of what is run.

use std::cmp::Ordering;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What a run of a program cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// CPU seconds.
    pub cpu_seconds: f64,
    /// Seconds from beginning to end.
    pub wall_seconds: f64,
    /// Most memory held at once.
    pub peak_mib: f64,
    /// What was written, to whatever file.
    pub written_kib: f64,
}

impl Cost {
    /// By CPU seconds.
    pub fn compare(&self, other: &Cost) -> Ordering {
        self.cpu_seconds.total_cmp(&other.cpu_seconds)
    }
}

fn cpu(who: UsageWho) -> f64 {
    let usage = getrusage(who).expect("the kernel counts");
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// CPU seconds of this process.
pub fn own_cpu() -> f64 {
    cpu(UsageWho::RUSAGE_SELF)
}

/// CPU seconds of all children that have ended.
fn children_cpu() -> f64 {
    cpu(UsageWho::RUSAGE_CHILDREN)
}

/// Bytes written by this process and by its children that have ended.
fn written() -> f64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find_map(|l| l.strip_prefix("wchar: "));
    line.and_then(|n| n.trim().parse().ok()).unwrap_or(0.0)
}

/// Most memory that a process has held so far.
fn peak_mib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// A command that sees nothing of what the environment says to programs like ours: its home is `dir`, where it makes and
/// finds its keys, in CI too.
pub fn alone(program: &str, args: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["TF_", "TRUNKLINE_", "XDG_"]
            .iter()
            .any(|p| text.starts_with(p))
        {
            command.env_remove(&name);
        }
    }
    command
        .env_remove("CI")
        .env("HOME", dir)
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs a program in a directory. `None` when it took longer than `limit`; otherwise it must end well, and what it said
/// is shown if it does not.
pub fn measure(program: &str, args: &[&str], dir: &Path, limit: Duration) -> Option<Cost> {
    let mut said = tempfile::tempfile().expect("a file can be made");
    let errors = said.try_clone().expect("a file has a second handle");
    let (cpu, before, began) = (children_cpu(), written(), Instant::now());
    let mut child = alone(program, args, dir)
        .stderr(errors)
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    let mut peak = 0.0;
    let mut pause = Duration::from_micros(200);
    let status = loop {
        peak = peak_mib(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if began.elapsed() > limit {
            child.kill().expect("a child can be killed");
            child.wait().expect("a child can be waited for");
            return None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    };
    if !status.success() {
        let mut text = String::new();
        drop(said.rewind());
        drop(said.read_to_string(&mut text));
        panic!("{program} {args:?} ended with {status}: {text}");
    }
    Some(Cost {
        cpu_seconds: children_cpu() - cpu,
        wall_seconds: began.elapsed().as_secs_f64(),
        peak_mib: peak,
        written_kib: (written() - before) / 1024.0,
    })
}
