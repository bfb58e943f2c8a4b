//! Starts the command line.

use std::process::ExitCode;

/// Plans are made of many small objects, which this allocator gives and takes back at half the cost of the C library's, in huge
/// pages where the system gives them to who asks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    trunkline::cli::main()
}
