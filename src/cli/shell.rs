//! Standard output, standard error, and questions to the person at the terminal.
//!
//! All that the program prints goes through here. A closed pipe is no error; a full disk is, and is told at the end.

use std::cell::Cell;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::product;
use crate::report::Style;

/// Why something that was printed has not reached standard output, which is one for the whole process.
static LOST: OnceLock<String> = OnceLock::new();

/// What has been printed and is not yet on its way, which is little and does not last: see [`Shell::in_pages`].
static PAGE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Bytes of it at which it goes out, whatever happens.
const FULL: usize = 16 * 1024;

thread_local! {
    /// Whether this thread fills pages.
    static FILLING: Cell<bool> = const { Cell::new(false) };
}

/// Where to print, and how.
#[derive(Clone, Debug)]
pub struct Shell {
    /// How standard output looks.
    pub style: Style,
    /// How standard error looks.
    pub error_style: Style,
    /// Whether a person sees standard output as it comes.
    pub terminal: bool,
    /// Whether a person sees standard error as it comes.
    pub error_terminal: bool,
    /// Set when the command is to end: nothing is asked any more.
    pub stop: Arc<AtomicBool>,
    /// What is held back for a pager.
    held: Arc<Mutex<Option<String>>>,
}

impl Shell {
    /// Finds out what standard output and error are. Colours are for terminals, and not where `NO_COLOR` is set.
    #[must_use]
    pub fn detect(no_color: bool) -> Shell {
        let forbidden = no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let style = |terminal: bool| Style {
            color: terminal && !forbidden,
            width: if terminal { width() } else { 78 },
            product: product::name().to_owned(),
            command: product::command(),
        };
        let terminal = std::io::stdout().is_terminal();
        let error_terminal = std::io::stderr().is_terminal();
        Shell {
            style: style(terminal),
            error_style: style(error_terminal),
            terminal,
            error_terminal,
            stop: Arc::default(),
            held: Arc::default(),
        }
    }

    /// Holds back what is printed from now on.
    pub fn hold(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get_or_insert_default();
    }

    /// What was held back; nothing is from now on.
    #[must_use]
    pub fn take_held(&self) -> Option<String> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.take()
    }

    /// Prints what was held back: something else comes after it.
    fn release(&self) {
        if let Some(text) = self.take_held() {
            self.out(&text);
        }
    }

    /// Prints text as it is.
    pub fn out(&self, text: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_mut() {
            held.push_str(text);
            return;
        }
        drop(held);
        let mut page = page();
        if FILLING.get() && !self.terminal && page.len() + text.len() <= FULL {
            page.extend_from_slice(text.as_bytes());
            return;
        }
        send(&mut page);
        print(text.as_bytes());
    }

    /// Runs what prints a line for each of many objects. Where nobody watches, its lines go out together whenever it waits
    /// for something, and at the latest when they fill a page: a call of the system for each would cost more than many a
    /// line is worth.
    pub async fn in_pages<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| {
            let _filling = Filling::begin();
            work.as_mut().poll(context)
        })
        .await
    }

    /// Tells whether something that was printed was lost, such as on a full disk: what reads it must not take half of
    /// it for the whole.
    #[must_use]
    pub fn lost_output(&self) -> bool {
        let Some(why) = LOST.get() else {
            return false;
        };
        self.error_text(&format!(
            "\nError: Output could not be written\n\nWhat this command printed has not all reached standard output: {why}. All else that it does is done.\n"
        ));
        true
    }

    /// Prints text as it is to standard error.
    pub fn error_text(&self, text: &str) {
        self.release();
        send(&mut page());
        let mut err = std::io::stderr().lock();
        let written = err.write_all(text.as_bytes()).and_then(|()| err.flush());
        drop(written);
    }

    /// Asks for a line. `None` at the end of input, or when the command is to end.
    #[must_use]
    pub fn ask(&self, question: &str) -> Option<String> {
        self.release();
        self.out(question);
        send(&mut page());
        // Reading cannot be ended, so it is left alone where somebody ends the command instead of answering.
        let (sender, answer) = std::sync::mpsc::channel();
        let reader = std::thread::Builder::new().spawn(move || drop(sender.send(read_line())));
        if reader.is_err() {
            return read_line();
        }
        loop {
            match answer.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) if !self.stop.load(Ordering::Relaxed) => {}
                answered => return answered.ok().flatten(),
            }
        }
    }
}

/// While it is there, this thread fills pages. What it leaves goes out at its end, a panic's included.
struct Filling;

impl Filling {
    fn begin() -> Filling {
        FILLING.set(true);
        Filling
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        FILLING.set(false);
        send(&mut page());
    }
}

fn page() -> MutexGuard<'static, Vec<u8>> {
    PAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints what is on the page, and clears it.
fn send(page: &mut Vec<u8>) {
    if !page.is_empty() {
        print(page);
        page.clear();
    }
}

/// Writes to standard output.
fn print(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    match written {
        // Who reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            LOST.get_or_init(|| system_words(&error));
        }
        Ok(()) => {}
    }
}

/// How often it is looked whether a question is still to be answered.
const LOOK: Duration = Duration::from_millis(50);

/// A line of standard input, without the space around it.
fn read_line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// Whether this program was called by the name of Terraform: scripts then expect to find that.
#[must_use]
pub fn stands_in() -> bool {
    let name = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&name).file_stem();
    name.is_some_and(|n| n.eq_ignore_ascii_case("terraform"))
}

/// What the system says about a file that cannot be opened, in the words that scripts know.
#[must_use]
pub fn open_failed(path: &str, error: &std::io::Error) -> String {
    format!("open {path}: {}", system_words(error))
}

/// The system's words for an error, without the number.
#[must_use]
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text,
    }
}

/// Columns of the terminal, as the environment or the terminal itself says.
fn width() -> usize {
    console::Term::stdout()
        .size_checked()
        .map_or(78, |(_, columns)| usize::from(columns))
}
