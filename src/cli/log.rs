//! The log for people who look for a fault: what `TF_LOG`, `TF_LOG_CORE`, `TF_LOG_PROVIDER` and `TF_LOG_PATH` ask for.
//!
//! Without them nothing is logged. It never holds values of variables, attributes or credentials: what is logged says
//! which object and which call, and words of the command line that carry values are cut.

use crate::product;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, debug, info, span};

use super::args::subcommand;
use super::commands::version::COMPATIBLE;
use super::progress::time_stamp;
use super::shell::open_failed;
use crate::event::{EphemeralStep, Event, Settlement};

/// The levels, as they are named.
const LEVELS: [(&str, Option<Level>); 6] = [
    ("TRACE", Some(Level::TRACE)),
    ("DEBUG", Some(Level::DEBUG)),
    ("INFO", Some(Level::INFO)),
    ("WARN", Some(Level::WARN)),
    ("ERROR", Some(Level::ERROR)),
    ("OFF", None),
];

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// Of the engine.
    core: Option<Level>,
    /// Of providers and what they call.
    provider: Option<Level>,
    /// One JSON object a line.
    json: bool,
}

/// Begins to log where the environment asks for it; `variable` looks into it. What is wrong there is told on standard
/// error.
pub fn begin(line: &[String], variable: impl Fn(&str) -> Option<String>) {
    let (wanted, wrong) = wanted(&variable);
    for level in wrong {
        tell(&format!(
            "[WARN] Invalid log level: {level:?}. Defaulting to level: TRACE. Valid levels are: [TRACE DEBUG INFO WARN ERROR OFF]"
        ));
    }
    let mut to: Box<dyn Write + Send> = Box::new(std::io::stderr());
    if let Some(path) = variable("TF_LOG_PATH") {
        match std::fs::File::options()
            .append(true)
            .create(true)
            .open(&path)
        {
            Ok(file) => to = Box::new(file),
            Err(error) => tell(&format!(
                "Error opening log file: {}",
                open_failed(&path, &error)
            )),
        }
    }
    if wanted == Wanted::default() {
        return;
    }
    let log = Log {
        wanted,
        to: Mutex::new(to),
    };
    if tracing::subscriber::set_global_default(log).is_err() {
        return;
    }
    info!("{} version: {}", product::name(), env!("CARGO_PKG_VERSION"));
    info!("Terraform surface: {COMPATIBLE}");
    info!("CLI args: {:?}", harmless(line));
}

/// Logs the words of the command as it is understood, those of the environment included.
pub fn command(line: &[String]) {
    let words = harmless(line);
    info!("CLI command args: {:?}", words.get(1..).unwrap_or_default());
}

fn tell(text: &str) {
    let written = writeln!(std::io::stderr(), "{text}");
    drop(written);
}

/// What the environment asks for, and the levels in it that are none.
fn wanted(variable: impl Fn(&str) -> Option<String>) -> (Wanted, Vec<String>) {
    let mut wrong = Vec::new();
    let mut read = |name: &str| {
        let text = variable(name)?.to_uppercase();
        if text == "JSON" {
            return Some((Some(Level::TRACE), true));
        }
        let known = LEVELS.iter().find(|(name, _)| *name == text);
        Some(match known {
            Some((_, level)) => (*level, false),
            None => {
                if !wrong.contains(&text) {
                    wrong.push(text);
                }
                (Some(Level::TRACE), false)
            }
        })
    };
    let general = read("TF_LOG");
    let core = read("TF_LOG_CORE").or(general);
    let provider = read("TF_LOG_PROVIDER").or(general);
    let wanted = Wanted {
        core: core.and_then(|(level, _)| level),
        provider: provider.and_then(|(level, _)| level),
        json: [general, core, provider]
            .iter()
            .flatten()
            .any(|(_, json)| *json),
    };
    (wanted, wrong)
}

/// The words of a command line without what may be secret: the values of variables and of backend arguments.
fn harmless(line: &[String]) -> Vec<String> {
    let (_, end) = subcommand(line);
    let mut hidden = false;
    let words = line.iter().enumerate().map(|(at, word)| {
        let name = word.trim_start_matches('-');
        let flag = ["var", "backend-config"].into_iter().find(|flag| {
            at + 1 >= end.min(line.len())
                && word.starts_with('-')
                && name.split('=').next() == Some(flag)
        });
        if std::mem::take(&mut hidden) {
            return cut(word);
        }
        match (flag, name.split_once('=')) {
            (Some(flag), Some((_, value))) => format!("-{flag}={}", cut(value)),
            (Some(_), None) => {
                hidden = true;
                word.clone()
            }
            (None, _) => word.clone(),
        }
    });
    words.collect()
}

/// `name=value` without the value.
fn cut(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) => format!("{name}=(not logged)"),
        None => text.to_owned(),
    }
}

/// Logs what happens.
pub fn event(event: &Event) {
    match event {
        Event::RefreshStart { address, .. } => debug!("{address}: reading it again"),
        Event::RefreshComplete { address, id, .. } => {
            let gone = if id.is_none() {
                ", which has no identity"
            } else {
                ""
            };
            debug!("{address}: was read{gone}");
        }
        Event::ReadStart { address } => debug!("{address}: reading"),
        Event::ReadComplete {
            address, elapsed, ..
        } => debug!("{address}: was read in {elapsed:.1?}"),
        Event::ImportPrepare { address, .. } | Event::ImportStart { address, .. } => {
            debug!("{address}: importing");
        }
        Event::ImportComplete { address, .. } => debug!("{address}: was imported"),
        Event::ApplyStart {
            address, action, ..
        } => info!("Starting apply for {address}: {action:?}"),
        Event::ApplyProgress {
            address, elapsed, ..
        } => {
            tracing::trace!("{address}: still at it after {elapsed:.0?}");
        }
        Event::ApplyComplete {
            address,
            action,
            elapsed,
            ..
        } => {
            info!("{address}: {action:?} done in {elapsed:.1?}");
        }
        Event::ApplyErrored {
            address,
            action,
            elapsed,
            ..
        } => {
            tracing::error!("{address}: {action:?} failed after {elapsed:.1?}");
        }
        Event::ProvisionStart {
            address,
            provisioner,
        } => {
            info!("{address}: provisioner {provisioner} begins");
        }
        // What a command prints may be secret.
        Event::ProvisionOutput { .. } => {}
        Event::ProvisionComplete {
            address,
            provisioner,
        } => {
            info!("{address}: provisioner {provisioner} has ended");
        }
        Event::ProvisionErrored {
            address,
            provisioner,
        } => {
            tracing::error!("{address}: provisioner {provisioner} has failed");
        }
        Event::Ephemeral {
            address,
            step,
            elapsed,
        } => {
            let what = match step {
                EphemeralStep::Open => "open",
                EphemeralStep::Renew => "renew",
                EphemeralStep::Close => "close",
            };
            let done = elapsed.map_or("begun", |_| "done");
            debug!("{address}: {what} {done}");
        }
        Event::Skipped {
            address, because, ..
        } => {
            tracing::warn!("{address}: not done, because {because} failed");
        }
        Event::Settled { address, how } => {
            let how = match how {
                Settlement::Adopted => "adopted",
                Settlement::Done => "done",
                Settlement::NotDone => "not done",
                Settlement::Undecided(_) => "undecided",
            };
            info!("{address}: what an earlier run left open is settled: {how}");
        }
        Event::Problem(problem) => tracing::warn!("problem: {}", problem.summary),
        Event::Locking => info!("the state lock is held by another, which is waited for"),
        Event::Waiting(calls) => tracing::trace!("{calls} calls wait"),
    }
}

/// Writes what is logged.
struct Log {
    wanted: Wanted,
    to: Mutex<Box<dyn Write + Send>>,
}

/// Whether a module belongs to the engine; the rest are providers. `None` for what is not part of this program.
fn is_core(target: &str) -> Option<bool> {
    let krate = target.split("::").next().unwrap_or(target);
    let own = krate.strip_prefix("trunkline")?;
    Some(matches!(own, "" | "_state" | "_api"))
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let level = match is_core(metadata.target()) {
            Some(true) => self.wanted.core,
            Some(false) => self.wanted.provider,
            None => None,
        };
        metadata.is_event() && level.is_some_and(|level| *metadata.level() <= level)
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut words = Words::default();
        event.record(&mut words);
        let metadata = event.metadata();
        let (level, now) = (metadata.level().as_str(), time_stamp());
        let module = match is_core(metadata.target()) {
            Some(false) => metadata.target().trim_start_matches("trunkline_"),
            _ => "",
        };
        let line = match self.wanted.json {
            true => {
                let mut line = serde_json::json!({
                    "@level": level.to_lowercase(),
                    "@message": words.0,
                    "@timestamp": now,
                });
                if !module.is_empty() {
                    line["@module"] = module.into();
                }
                line.to_string()
            }
            false => {
                let gap = if level.len() == 4 { "  " } else { " " };
                let module = if module.is_empty() {
                    String::new()
                } else {
                    format!("{module}: ")
                };
                format!("{now} [{level}]{gap}{module}{}", words.0)
            }
        };
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not stop the work.
        drop(writeln!(to, "{line}"));
    }

    // Spans are not used.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message of an event, then its fields.
#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        debug_assert!(written.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> (Wanted, Vec<String>) {
        wanted(|name| {
            let found = set.iter().find(|(n, _)| *n == name);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn levels_are_read() {
        let same = |level| Wanted {
            core: level,
            provider: level,
            json: false,
        };
        assert_eq!(read(&[]), (Wanted::default(), vec![]));
        assert_eq!(read(&[("TF_LOG", "info")]).0, same(Some(Level::INFO)));
        assert_eq!(read(&[("TF_LOG", "off")]).0, same(None));
        assert_eq!(
            read(&[("TF_LOG", "warn"), ("TF_LOG_PROVIDER", "TRACE")]).0,
            Wanted {
                provider: Some(Level::TRACE),
                ..same(Some(Level::WARN))
            }
        );
        assert!(read(&[("TF_LOG", "json")]).0.json);
        let (wanted, wrong) = read(&[("TF_LOG_CORE", "loud")]);
        assert_eq!((wanted.core, wanted.provider), (Some(Level::TRACE), None));
        assert_eq!(wrong, ["LOUD"]);
    }

    #[test]
    fn words_with_values_are_cut() {
        let words = |line: &str| {
            let line: Vec<String> = line.split(' ').map(str::to_owned).collect();
            harmless(&line).join(" ")
        };
        assert_eq!(
            words("t plan -var a=b=c -var=d=e --var f=g -out=h -backend-config=k=s file=x"),
            "t plan -var a=(not logged) -var=d=(not logged) --var f=(not logged) -out=h -backend-config=k=(not logged) file=x"
        );
    }
}
