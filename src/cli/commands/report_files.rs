//! `plan -report=FILE`: reports of a plan in files, each in the format that its ending means.
//!
//! What they say is the engine's business; here files are named and written.

use trunkline_api::Diagnostic;

use super::plan::write_private;
use super::version::COMPATIBLE;
use crate::cli::Exit;
use crate::cli::session::Session;
use crate::plan::Plan;
use crate::project::policy::Policies;
use crate::project::reports::{Reported, Told, failure};
use crate::project::{OpenState, Project};
use crate::report::document::{Document, Format, Problem};

/// The files with their formats. Endings that mean none are all told at once, before anything is planned.
pub fn named(session: &Session, paths: &[String]) -> Result<Vec<(String, Format)>, Exit> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        match Format::of_file(path) {
            Some(format) => files.push((path.clone(), format)),
            None => problems.push(Diagnostic::error(
                "Invalid report file",
                format!(
                    "The ending of {path:?} means no format of a report. Endings that do: {}.",
                    Format::endings()
                ),
            )),
        }
    }
    match problems.is_empty() {
        true => Ok(files),
        false => Err(session.fail(&problems)),
    }
}

/// What is reported of a plan, with what policies say of it.
pub fn reported<'p>(
    session: &Session,
    project: &'p Project,
    (plan, state): (&'p Plan, &'p OpenState),
    full: &str,
    policies: Option<Policies>,
) -> Result<Reported<'p>, Exit> {
    let mut reported = Reported::new(project, plan, &state.store, told(session, full));
    if let Some(mut policies) = policies {
        reported
            .judge(&mut policies)
            .map_err(|d| session.fail(&d))?;
    }
    Ok(reported)
}

/// Reads the policies of these directories, if there are any.
pub fn policies(session: &Session, dirs: &[String]) -> Result<Option<Policies>, Exit> {
    match dirs.is_empty() {
        true => Ok(None),
        false => Policies::read(dirs).map(Some).map_err(|d| session.fail(&d)),
    }
}

/// Refuses a plan that a policy forbids.
pub fn allowed(session: &Session, document: &Document) -> Result<(), Exit> {
    match document.denials() {
        0 => Ok(()),
        n => {
            let reasons = if n == 1 {
                "1 reason".to_owned()
            } else {
                format!("{n} reasons")
            };
            session.show(&[Diagnostic::error(
                "A policy forbids this plan",
                format!("It has {reasons} against it, told above. Nothing was done. Change the configuration, or the policy."),
            )]);
            Err(Exit::Denied)
        }
    }
}

/// Writes the reports.
pub fn write(
    session: &Session,
    reported: &Reported<'_>,
    files: &[(String, Format)],
) -> Result<(), Exit> {
    for (path, format) in files {
        let text = reported.render(*format).map_err(|d| session.fail(&d))?;
        write_private(path, text.as_bytes()).map_err(|e| session.fail(&[not_written(path, &e)]))?;
    }
    Ok(())
}

/// Writes reports that there is no plan: who waits for one must not take that of another run for it, or nothing for
/// no changes.
pub fn write_failure(session: &Session, paths: &[String]) {
    let named = paths.iter();
    let files: Vec<(String, Format)> = named
        .filter_map(|path| Some((path.clone(), Format::of_file(path)?)))
        .collect();
    if files.is_empty() {
        return;
    }
    let problems = Problem::among(&session.told());
    let told = told(session, &full(&files));
    for (path, format) in &files {
        let text = failure(problems.clone(), &told, *format);
        if let Err(error) = write_private(path, text.as_bytes()) {
            session.show(&[not_written(path, &error)]);
        }
    }
}

/// The problem of a report that could not be written.
pub fn not_written(path: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        "Failed to write report",
        format!("The report {path} could not be written: {error}."),
    )
}

/// Where everything is that a short report leaves out.
pub fn full(files: &[(String, Format)]) -> String {
    let whole = [Format::Html, Format::Text, Format::Json];
    let found = whole
        .iter()
        .find_map(|f| files.iter().find(|(_, format)| format == f));
    match found {
        Some((path, _)) => format!("in the report {}", path.rsplit('/').next().unwrap_or(path)),
        None => "in the output of plan".to_owned(),
    }
}

/// What is said of the reports of this directory.
pub fn told(session: &Session, full: &str) -> Told {
    Told {
        name: format!("{} {}", place(), session.settings.workspace),
        full: full.to_owned(),
        folder: session.folder.clone(),
        terraform_version: COMPATIBLE,
    }
}

/// The directory, named the same in every checkout: its path in the repository, or its name outside of one.
fn place() -> String {
    let output = std::process::Command::new("git")
        .args(["rev-parse", "--show-prefix"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output();
    let prefix = output
        .ok()
        .filter(|o| o.status.success())
        .and_then(|o| String::from_utf8(o.stdout).ok());
    if let Some(prefix) = prefix {
        let prefix = prefix.trim().trim_end_matches('/');
        return if prefix.is_empty() { "." } else { prefix }.to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let name = here.file_name().map(|n| n.to_string_lossy().into_owned());
    name.unwrap_or_else(|| ".".to_owned())
}
