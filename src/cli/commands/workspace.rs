//! `workspace`: lists, makes, selects and deletes workspaces; `env` is its old name.

use std::path::PathBuf;

use trunkline_api::Diagnostic;
use trunkline_state::Mode;

use crate::cli::Exit;
use crate::cli::args::{LockArgs, WorkspaceArgs, WorkspaceCommand};
use crate::cli::place::{select_workspace, workspace_override};
use crate::cli::session::Session;
use crate::cli::shell::open_failed;
use crate::project::edit::push;
use crate::project::tfstate::{problems_text, read};
use crate::project::{open_state, workspaces};

/// The workspace that is always there.
const DEFAULT: &str = "default";

/// Runs the command; `old_name` when it was called `env`.
pub async fn run(args: &WorkspaceArgs, old_name: bool, started_in: PathBuf) -> Exit {
    let (WorkspaceCommand::List { common, .. }
    | WorkspaceCommand::Show { common, .. }
    | WorkspaceCommand::New { common, .. }
    | WorkspaceCommand::Select { common, .. }
    | WorkspaceCommand::Delete { common, .. }) = &args.command;
    let mut session = Session::offline(common, started_in);
    if old_name {
        let (product, command) = (&session.shell.style.product, &session.shell.style.command);
        session.shell.out(&format!("Warning: the \"{command} env\" family of commands is deprecated.\n\n\"Workspace\" is now the preferred term for what earlier {product} versions\ncalled \"environment\", to reduce ambiguity caused by the latter term colliding\nwith other concepts.\n\nThe \"{command} workspace\" commands should be used instead. \"{command} env\"\nwill be removed in a future {product} version.\n\n"));
    }
    let exit = match &args.command {
        WorkspaceCommand::List { rest, .. } => list(&session, rest),
        WorkspaceCommand::Show { .. } => show(&session),
        WorkspaceCommand::New {
            locking,
            state,
            name,
            ..
        } => new(&mut session, name, state.as_deref(), locking),
        WorkspaceCommand::Select {
            or_create, name, ..
        } => select(&session, name, *or_create),
        WorkspaceCommand::Delete {
            locking,
            force,
            name,
            ..
        } => delete(&mut session, name, *force, locking),
    };
    session.close(exit.unwrap_or_else(|exit| exit)).await
}

fn list(session: &Session, rest: &[String]) -> Result<Exit, Exit> {
    if !rest.is_empty() {
        return Err(
            session.plain_error("Too many command line arguments. Did you mean to use -chdir?")
        );
    }
    session.check_backend(None)?;
    let mut text = String::new();
    for name in session.backend.workspaces() {
        let mark = if name == session.settings.workspace {
            "* "
        } else {
            "  "
        };
        text.push_str(&format!("{mark}{name}\n"));
    }
    text.push('\n');
    if workspace_override().is_some() {
        text.push_str("\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n\n");
    }
    session.shell.out(&text);
    Ok(Exit::Ok)
}

fn show(session: &Session) -> Result<Exit, Exit> {
    if workspace_override().is_some_and(|name| !workspaces::is_name(&name)) {
        return Err(session.plain_error(
            "Error selecting workspace: Invalid workspace name set using TF_WORKSPACE",
        ));
    }
    session
        .shell
        .out(&format!("{}\n", session.settings.workspace));
    Ok(Exit::Ok)
}

/// The one name that a command needs.
fn one<'a>(session: &Session, command: &str, names: &'a [String]) -> Result<&'a str, Exit> {
    match names {
        [name] => Ok(name),
        _ => Err(session.usage(
            &format!("workspace {command}"),
            "Expected a single argument: NAME.\n",
        )),
    }
}

fn valid(session: &Session, name: &str) -> Result<(), Exit> {
    match workspaces::is_name(name) {
        true => Ok(()),
        false => Err(session.plain_error(&format!(
            "\nThe workspace name {name:?} is not allowed. The name must contain only URL safe\ncharacters, and no path separators.\n"
        ))),
    }
}

fn missing(name: &str) -> String {
    format!(
        "Workspace {name:?} doesn't exist.\n\nYou can create this workspace with the \"new\" subcommand \nor include the \"-or-create\" flag with the \"select\" subcommand."
    )
}

fn failed(session: &Session, what: &str, error: &std::io::Error) -> Exit {
    session.plain_error(&format!("{what}: {error}"))
}

/// Makes a workspace, selects it and says so.
fn create(session: &Session, name: &str) -> Result<(), Exit> {
    workspaces::create(&session.backend, name)
        .map_err(|e| failed(session, "The workspace cannot be made", &e))?;
    select_workspace(name).map_err(|e| failed(session, "The workspace cannot be selected", &e))?;
    let (product, command) = (&session.shell.style.product, &session.shell.style.command);
    session.shell.out(&format!("Created and switched to workspace {name:?}!\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"{command} plan\" {product} will not see any existing state\nfor this configuration.\n"));
    Ok(())
}

fn new(
    session: &mut Session,
    names: &[String],
    state: Option<&str>,
    locking: &LockArgs,
) -> Result<Exit, Exit> {
    let name = one(session, "new", names)?;
    valid(session, name)?;
    if workspace_override().is_some_and(|set| set != name) {
        return Err(session.plain_error("\nThe workspace is currently overridden using the TF_WORKSPACE environment\nvariable. You cannot create a new workspace when using this setting.\n\nTo create a new workspace, either unset this environment variable or update it\nto match the workspace name you are trying to create, and then run this command\nagain.\n"));
    }
    let locking = session.locking(locking);
    session.check_backend(None)?;
    if session.backend.workspaces().iter().any(|w| w == name) {
        return Err(session.plain_error(&format!("Workspace {name:?} already exists")));
    }
    create(session, name)?;
    let Some(path) = state else {
        return Ok(Exit::Ok);
    };
    let bytes = std::fs::read(path).map_err(|e| session.plain_error(&open_failed(path, &e)))?;
    let document = read(&bytes).map_err(|d| session.plain_error(&problems_text(&d)))?;
    name.clone_into(&mut session.settings.workspace);
    session.place_workspace();
    let lineage = (!document.lineage.is_empty()).then(|| document.lineage.clone());
    let state = session.open_to_edit("workspace-new", locking, lineage)?;
    push(&state, &session.settings, &document, false)
        .map_err(|e| session.plain_error(&format!("Failed to write state: {e}")))?;
    Ok(Exit::Ok)
}

fn select(session: &Session, names: &[String], or_create: bool) -> Result<Exit, Exit> {
    let name = one(session, "select", names)?;
    if workspace_override().is_some() {
        return Err(session.plain_error("\nThe selected workspace is currently overridden using the TF_WORKSPACE\nenvironment variable.\n\nTo select a new workspace, either update this environment variable or unset\nit and then run this command again.\n"));
    }
    session.check_backend(None)?;
    valid(session, name)?;
    if session.backend.workspaces().iter().any(|w| w == name) {
        if session.settings.workspace != name {
            select_workspace(name)
                .map_err(|e| failed(session, "The workspace cannot be selected", &e))?;
            session
                .shell
                .out(&format!("Switched to workspace {name:?}.\n"));
        }
        return Ok(Exit::Ok);
    }
    if !or_create {
        return Err(session.plain_error(&format!("\n{}", missing(name))));
    }
    create(session, name)?;
    Ok(Exit::Ok)
}

fn delete(
    session: &mut Session,
    names: &[String],
    force: bool,
    locking: &LockArgs,
) -> Result<Exit, Exit> {
    let name = one(session, "delete", names)?;
    let locking = session.locking(locking);
    session.check_backend(None)?;
    if !session.backend.workspaces().iter().any(|w| w == name) {
        return Err(session.plain_error(&missing(name)));
    }
    if session.settings.workspace == name {
        return Err(session.plain_error(&format!("Workspace {name:?} is your active workspace.\n\nYou cannot delete the currently active workspace. Please switch\nto another workspace and try again.")));
    }
    if name == DEFAULT {
        return Err(session.plain_error("cannot delete default state"));
    }
    name.clone_into(&mut session.settings.workspace);
    session.place_workspace();
    let mut kept = Vec::new();
    if let Some(state) = open_state(&session.settings, "state-delete", locking, false)
        .map_err(|d| session.fail(&d))?
    {
        let snapshot = session.snapshot(&state)?;
        let managed = snapshot.rows.iter().filter(|row| row.mode == Mode::Managed);
        kept.extend(managed.map(|row| row.key.address.clone()));
        kept.dedup();
        if !kept.is_empty() && !force {
            let product = &session.shell.style.product;
            let list: String = kept.iter().map(|a| format!("\n  - {a}")).collect();
            return Err(session.fail(&[Diagnostic::error(
                "Workspace is not empty",
                format!("Workspace {name:?} is currently tracking the following resource instances:{list}\n\nDeleting this workspace would cause {product} to lose track of any associated remote objects, which would then require you to delete them manually outside of {product}. You should destroy these objects with {product} before deleting the workspace.\n\nIf you want to delete this workspace anyway, and have {product} forget about these managed objects, use the -force option to disable this safety check."),
            )]));
        }
    }
    workspaces::delete(&session.backend, name)
        .map_err(|e| failed(session, "The workspace cannot be deleted", &e))?;
    session.shell.out(&format!("Deleted workspace {name:?}!\n"));
    if !kept.is_empty() {
        let product = &session.shell.style.product;
        session.shell.out(&format!("WARNING: {name:?} was non-empty.\nThe resources managed by the deleted workspace may still exist,\nbut are no longer manageable by {product} since the state has\nbeen deleted.\n"));
    }
    Ok(Exit::Ok)
}
