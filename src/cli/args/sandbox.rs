//! The arguments of `sandbox`.
//!
//! Only what may be given; what it means is the command's business.

use clap::Args;

/// Arguments of `sandbox`.
#[derive(Args, Clone, Debug)]
pub struct SandboxArgs {
    /// Where the simulators keep their state.
    #[arg(long, default_value = ".trunkline/sandbox/vendors", value_name = "DIR")]
    pub data: String,
    /// Answer every call only after so many milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency: u64,
    /// Do not write colours.
    #[arg(long)]
    pub no_color: bool,
}
