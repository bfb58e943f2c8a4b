//! Progress: plain lines as things begin and end, and on a terminal a live display of what runs, what waits and for
//! how long; or the same as messages of the `-json` stream.
//!
//! A consumer of the event stream; it decides nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::machine::variable;
use super::shell::{Shell, stands_in};
use crate::address::Address;
use crate::event::{Event, Identity, Listener};
use crate::plan::Action;
use crate::report::events::{json_line, write_line};

/// How often a change that goes on is mentioned in plain output.
const STILL: Duration = Duration::from_secs(10);

/// The display of a command.
pub struct Progress {
    shell: Shell,
    live: Option<MultiProgress>,
    stream: bool,
    running: Mutex<Running>,
    /// Where the next line is written before it is printed.
    next: Mutex<String>,
}

/// What is being changed or read: an object, with its key where it was put aside.
type Name = (Address, Option<String>);

#[derive(Default)]
struct Running {
    calls: HashMap<Name, Call>,
    waiting: Option<ProgressBar>,
    /// Lines that wait for the end of a question, while one is open.
    held: Option<Vec<String>>,
}

struct Call {
    action: Action,
    id: Option<Identity>,
    began: Instant,
    mentioned: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A display on `shell`. Programs that run others in a terminal of their own, and read it, expect lines only: those
    /// ask for `terraform`, or say that they automate it.
    #[must_use]
    pub fn new(shell: &Shell) -> Progress {
        let read = stands_in() || variable("TF_IN_AUTOMATION").is_some();
        let live = (shell.terminal && !read)
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));
        Progress {
            shell: shell.clone(),
            live,
            stream: false,
            running: Mutex::default(),
            next: Mutex::default(),
        }
    }

    /// Messages of the `-json` stream on `shell`.
    #[must_use]
    pub fn stream(shell: &Shell) -> Progress {
        Progress {
            shell: shell.clone(),
            live: None,
            stream: true,
            running: Mutex::default(),
            next: Mutex::default(),
        }
    }

    /// Prints a line above the live part; it ends with a newline.
    fn line(&self, text: &str) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = &mut running.held {
            held.push(text.to_owned());
            return;
        }
        drop(running);
        match &self.live {
            Some(live) => drop(live.println(text.trim_end_matches('\n'))),
            None => self.shell.out(text),
        }
    }

    /// Keeps everything back: somebody is asked something.
    pub fn hold(&self) {
        if let Some(live) = &self.live {
            drop(live.clear());
            live.set_draw_target(ProgressDrawTarget::hidden());
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.held.get_or_insert_default();
    }

    /// Prints what was kept back, and goes on.
    pub fn go_on(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let held = running.held.take();
        drop(running);
        if let Some(live) = &self.live {
            live.set_draw_target(ProgressDrawTarget::stdout());
        }
        for line in held.into_iter().flatten() {
            self.line(&line);
        }
    }

    /// Runs `print` with the live part out of the way.
    pub fn pause(&self, print: impl FnOnce()) {
        match &self.live {
            Some(live) => live.suspend(print),
            None => print(),
        }
    }

    /// Takes the live part away: what runs has ended.
    pub fn quiet(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for bar in std::mem::take(&mut running.calls)
            .into_values()
            .filter_map(|c| c.bar)
        {
            bar.finish_and_clear();
        }
        if let Some(bar) = running.waiting.take() {
            bar.finish_and_clear();
        }
    }

    /// What is being changed at this moment.
    pub fn changing(&self) -> Vec<String> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = running.calls.iter();
        let mut names: Vec<String> = calls
            .filter(|(_, call)| !matches!(call.action, Action::Read | Action::NoOp))
            .map(|(name, _)| shown(name))
            .collect();
        names.sort_unstable();
        names
    }

    /// Mentions changes that go on; to be called every second or so.
    pub fn tick(&self) {
        let mut events = Vec::new();
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, call) in &mut running.calls {
                let elapsed = call.began.elapsed();
                let times = elapsed.as_secs() / STILL.as_secs();
                if times > call.mentioned {
                    call.mentioned = times;
                    let event = Event::ApplyProgress {
                        address: name.0.clone(),
                        deposed: name.1.clone(),
                        action: call.action,
                        elapsed: Duration::from_secs(times * STILL.as_secs()),
                        id: call.id.clone(),
                    };
                    events.push((shown(name), event));
                }
            }
        }
        if self.live.is_none() {
            events.sort_by(|one, other| one.0.cmp(&other.0));
            for (_, event) in events {
                self.print(&event);
            }
        }
    }

    fn print(&self, event: &Event) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.clear();
        let told = match self.stream {
            true => json_line(event, &time_stamp()).is_some_and(|line| {
                next.push_str(&line);
                true
            }),
            false => write_line(&mut next, event, &self.shell.style),
        };
        if told {
            next.push('\n');
            self.line(&next);
        }
    }

    fn begin(&self, name: Name, action: Action, id: Option<Identity>) {
        let bar = self.live.as_ref().map(|live| {
            let bar = live.add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("  {spinner} {msg} [{elapsed}]");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            let verb = match action {
                Action::Update => "modifying",
                Action::Delete => "destroying",
                Action::Read => "reading",
                Action::NoOp => "refreshing",
                _ => "creating",
            };
            bar.set_message(format!("{}: {verb}", shown(&name)));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let call = Call {
            action,
            id,
            began: Instant::now(),
            mentioned: 0,
            bar,
        };
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.calls.insert(name, call);
    }

    fn end(&self, name: &Name) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let call = running.calls.remove(name);
        if let Some(bar) = call.and_then(|c| c.bar) {
            bar.finish_and_clear();
        }
    }

    fn waiting(&self, count: usize) {
        let Some(live) = &self.live else { return };
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if count == 0 {
            if let Some(bar) = running.waiting.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = running.waiting.get_or_insert_with(|| {
            let bar = live.add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        bar.set_message(format!("… and {count} waiting for a place"));
    }
}

/// Now, as messages of the stream say it: local time with microseconds.
#[must_use]
pub fn time_stamp() -> String {
    jiff::Zoned::now()
        .strftime("%Y-%m-%dT%H:%M:%S.%6f%:z")
        .to_string()
        .replace("+00:00", "Z")
}

fn shown((address, deposed): &Name) -> String {
    match deposed {
        Some(key) => format!("{address} (deposed object {key})"),
        None => address.to_string(),
    }
}

impl Listener for Progress {
    fn event(&self, event: Event) {
        super::log::event(&event);
        self.print(&event);
        match event {
            Event::ApplyStart {
                address,
                deposed,
                action,
                id,
            } => self.begin((address, deposed), action, id),
            Event::ReadStart { address } => self.begin((address, None), Action::Read, None),
            Event::RefreshStart {
                address,
                deposed,
                id,
            } => self.begin((address, deposed), Action::NoOp, id),
            Event::ApplyComplete {
                address, deposed, ..
            }
            | Event::ApplyErrored {
                address, deposed, ..
            }
            | Event::RefreshComplete {
                address, deposed, ..
            } => self.end(&(address, deposed)),
            Event::ReadComplete { address, .. } => self.end(&(address, None)),
            Event::Waiting(count) => self.waiting(count),
            _ => {}
        }
    }
}
