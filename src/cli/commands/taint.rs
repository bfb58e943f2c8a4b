//! `taint` and `untaint`: mark an object for replacement, and take the mark back.

use std::path::PathBuf;
use std::sync::Arc;

use trunkline_api::Diagnostic;
use trunkline_state::{Change, Edit, Row};

use crate::address::{Mode, read_instance};
use crate::cli::Exit;
use crate::cli::address_argument::meant;
use crate::cli::args::TaintArgs;
use crate::cli::session::Session;
use crate::project::edit::commit;
use crate::project::mirror;

/// Runs the command. `taint` for `taint`, otherwise `untaint`.
pub async fn run(args: &TaintArgs, taint: bool, started_in: PathBuf) -> Exit {
    let mut session = Session::offline(&args.common, started_in);
    session.place_named(&args.paths);
    session.whole_names = taint;
    let exit = mark(&session, args, taint).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

fn mark(session: &Session, args: &TaintArgs, taint: bool) -> Result<Exit, Exit> {
    let command = if taint { "taint" } else { "untaint" };
    let [text] = args.address.as_slice() else {
        let problem = format!("The {command} command expects exactly one argument.");
        return Err(session.usage(command, &problem));
    };
    let address =
        read_instance(text).map_err(|p| session.fail(&[Diagnostic::error(p.summary, p.detail)]))?;
    if taint && address.resource.mode != Mode::Managed {
        let problem = format!("Resource instance {address} cannot be tainted");
        return Err(session.plain_error(&problem));
    }
    session.check_backend(None)?;
    let locking = session.locking(&args.locking);
    let opened = crate::project::open_state(&session.settings, command, locking, false);
    let state = opened.map_err(|d| session.fail(&d))?;
    let mut rows: Vec<Arc<Row>> = Vec::new();
    if let Some(state) = &state {
        let snapshot = session.snapshot(state)?;
        rows = snapshot.rows;
    }
    let name = address.to_string();
    let none = rows.is_empty();
    let near = meant(&name, rows.iter().map(|row| row.key.address.as_str()));
    let found = rows
        .into_iter()
        .find(|r| r.key.deposed.is_none() && r.key.address == name);
    let (Some(row), Some(state)) = (found, state) else {
        return missing(session, args, &name, none, near);
    };
    if !taint && !row.tainted {
        return Err(session.fail(&[Diagnostic::error(
            "Resource instance is not tainted",
            format!(
                "Resource instance {name} is not currently tainted, and so it cannot be untainted."
            ),
        )]));
    }
    let elsewhere = session.written_elsewhere(&state, command, locking)?;
    let state = elsewhere.unwrap_or(state);
    if row.tainted != taint {
        let edit = Edit {
            changes: vec![Change::Put(Row {
                tainted: taint,
                ..Arc::unwrap_or_clone(row)
            })],
            ..Edit::default()
        };
        commit(&state, &session.settings, command, edit).map_err(|d| session.fail(&d))?;
    } else {
        let problems = mirror::write_out(&state, &session.settings);
        if !problems.is_empty() {
            return Err(session.fail(&problems));
        }
    }
    let done = match taint {
        true => "marked as tainted",
        false => "successfully untainted",
    };
    session
        .shell
        .out(&format!("Resource instance {name} has been {done}.\n"));
    Ok(Exit::Ok)
}

/// There is no such object.
fn missing(
    session: &Session,
    args: &TaintArgs,
    name: &str,
    none: bool,
    near: Option<String>,
) -> Result<Exit, Exit> {
    const SUMMARY: &str = "No such resource instance";
    if args.allow_missing {
        session.show(&[Diagnostic::warning(
            SUMMARY,
            format!("Resource instance {name} was not found, but this is not an error because -allow-missing was set."),
        )]);
        return Ok(Exit::Ok);
    }
    let near = near.map_or_else(String::new, |near| format!("\n\n{near}"));
    let detail = match none {
        true => "The state currently contains no resource instances whatsoever. This may occur if the configuration has never been applied or if it has recently been destroyed.".to_owned(),
        false => format!(
            "There is no resource instance in the state with the address {name}. If the resource configuration has just been added, you must run \"{} apply\" once to create the corresponding instance(s) before they can be tainted.",
            session.shell.style.command
        ),
    };
    Err(session.fail(&[Diagnostic::error(SUMMARY, detail + &near)]))
}
