//! The options of planning: from arguments to what the planner is asked, with every mistake said at once.
//!
//! It plans nothing.

use trunkline_api::Diagnostic;

use crate::address::{Address, AddressProblem, Mode, read_instance, read_target};
use crate::cli::Exit;
use crate::cli::args::PlanningArgs;
use crate::cli::session::Session;
use crate::plan::PlanMode;
use crate::plan::walk::Options;

/// What the arguments of `command` ask for.
pub fn options(
    session: &Session,
    args: &PlanningArgs,
    destroy: bool,
    command: &str,
) -> Result<Options, Exit> {
    let mut problems = Vec::new();
    let mode = match (destroy, args.refresh_only) {
        (true, true) => {
            problems.push(Diagnostic::error(
                "Incompatible plan mode options",
                "The -destroy and -refresh-only options are mutually-exclusive.",
            ));
            PlanMode::Destroy
        }
        (true, false) => PlanMode::Destroy,
        (false, true) => PlanMode::RefreshOnly,
        (false, false) => PlanMode::Normal,
    };
    if mode == PlanMode::RefreshOnly && !args.refresh && command != "refresh" {
        problems.push(Diagnostic::error(
            "Incompatible refresh options",
            format!(
                "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because {} would have nothing to do.",
                session.shell.style.product
            ),
        ));
    }
    if !args.target.is_empty() && !args.exclude.is_empty() {
        problems.push(Diagnostic::error(
            "Invalid combination of arguments",
            "The -target and -exclude options cannot be used together. Remove one of them.",
        ));
    }
    let targets = addresses(&args.target, "target", read_target, &mut problems);
    let excludes = addresses(&args.exclude, "exclude", read_target, &mut problems);
    let replace = addresses(
        &args.replace,
        "force-replace address",
        replaceable,
        &mut problems,
    );
    if !problems.is_empty() {
        let exit = session.fail(&problems);
        session.advise_help(command);
        return Err(exit);
    }
    if args.parallelism < 0 {
        problems.push(Diagnostic::error(
            "Invalid parallelism value",
            format!(
                "The parallelism must be a positive value. Not {}.",
                args.parallelism
            ),
        ));
    }
    if mode != PlanMode::Normal && !args.replace.is_empty() {
        problems.push(Diagnostic::error(
            "Unsupported plan mode",
            "Forcing resource instance replacement (with -replace=...) is allowed only in normal planning mode.",
        ));
    }
    if !problems.is_empty() {
        return Err(session.fail(&problems));
    }
    Ok(Options {
        mode,
        refresh: args.refresh || command == "refresh",
        targets,
        excludes,
        replace,
        parallelism: usize::try_from(args.parallelism).unwrap_or(1).max(1),
        ..Options::default()
    })
}

/// Reads the addresses of an option.
fn addresses<T>(
    given: &[String],
    what: &str,
    read: fn(&str) -> Result<T, AddressProblem>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<T> {
    let mut found = Vec::new();
    for text in given {
        match read(text) {
            Ok(one) => found.push(one),
            Err(problem) => problems.push(Diagnostic::error(
                format!("Invalid {what} {text:?}"),
                problem.detail,
            )),
        }
    }
    found
}

/// The address of an object that can be replaced.
fn replaceable(text: &str) -> Result<Address, AddressProblem> {
    let address = read_instance(text)?;
    if address.resource.mode == Mode::Managed {
        return Ok(address);
    }
    Err(AddressProblem {
        summary: "Invalid address",
        detail: "Only managed resources can be used with the -replace=... option.".into(),
    })
}

/// The warning for a plan that leaves out what is there to be done.
#[must_use]
pub fn partial(options: &Options) -> Option<Diagnostic> {
    const SUMMARY: &str = "Resource targeting is in effect";
    if !options.targets.is_empty() {
        return Some(Diagnostic::warning(
            SUMMARY,
            "The plan is limited to what -target names and what that needs, so it may leave out changes that the configuration asks for. Use -target to recover from a mistake or to work around an error message that suggests it, not in everyday work.",
        ));
    }
    if !options.excludes.is_empty() {
        return Some(Diagnostic::warning(
            SUMMARY,
            "The plan leaves out what -exclude names and what depends on that, so it may not hold all changes that the configuration asks for. Use -exclude to recover from a mistake or to work around a problem, not in everyday work.",
        ));
    }
    None
}
