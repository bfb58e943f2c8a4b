//! What is told when the program itself breaks: where it did, and that nothing is lost.
//!
//! The words of a panic may hold a value (text that is cut within a letter is quoted whole), so they are shown only to who
//! asks for them. It must not use what the rest of the program holds: that is what broke.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use super::machine::variable;
use crate::product;

/// The variable that has the words of a panic shown.
const WORDS: &str = "TRUNKLINE_CRASH_WORDS";

/// Runs `work`; `None` if it broke, which has been told then.
pub fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::set_hook(Box::new(tell));
    // Nothing is looked at afterwards: the process ends.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn tell(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let words = payload.downcast_ref::<&str>().copied();
    let words = words.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let words = match variable(WORDS).is_some() {
        true => format!("It said: {}", words.unwrap_or_default()),
        false => {
            format!("What it said is not shown, because it may hold values: {WORDS}=1 shows it.")
        }
    };
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    let traced = Backtrace::capture();
    let trace = match traced.status() {
        BacktraceStatus::Captured => format!("\n{traced}"),
        _ => String::new(),
    };
    let text = format!(
        "\nError: {product} crashed\n\nThis is an error in {product} {version}, not in the configuration. It happened at {place} (thread {thread}).\n{words}\nWhat was done is saved, and the next command settles what was under way. Please report this with the lines above.\n{trace}",
        product = product::name(),
        version = env!("CARGO_PKG_VERSION"),
        place = place.as_deref().unwrap_or("an unknown place"),
        thread = thread.name().unwrap_or("without a name"),
    );
    // There is nobody left to tell that this cannot be written.
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}
