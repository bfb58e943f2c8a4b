//! The part of `init` that settles where states are kept: recording the backend, taking states along, taking over a
//! state of Terraform's and giving it back. It asks before it copies.

use std::path::Path;

use serde_json::Value as Json;
use trunkline_api::{Diagnostic, Diagnostics};

use super::init::say;
use crate::cli::Exit;
use crate::cli::args::{InitArgs, boolean};
use crate::cli::machine::variable;
use crate::cli::place::init_dir;
use crate::cli::session::Session;
use crate::config::Module;
use crate::lang::parser::parse_file;
use crate::lang::types_expr::constant;
use crate::project::backend::{
    Backend, Record, Standing, configured, read_record, standing, write_record,
};
use crate::project::edit::{is_pristine, push};
use crate::project::tfstate::{Document, problems_text};
use crate::project::{Locking, OpenState, Settings, mirror, open_state, takeover, workspaces};

/// Settles the backend of the root module.
pub fn run(session: &mut Session, root: &Module, args: &InitArgs) -> Result<(), Exit> {
    let locking = session.locking(&args.locking);
    let record = read_record(&init_dir());
    let Some(block) = &root.backend else {
        match record {
            None => take_or_give(session, args, locking)?,
            Some(record) => unset(session, &record, args, locking)?,
        }
        session.place_as_recorded();
        return Ok(());
    };
    let options = options(session, &args.backend_config)?;
    let wanted = configured(block, &options, &session.sources).map_err(|d| session.fail(&d))?;
    let backend = Backend::recorded(&wanted).map_err(|d| session.fail(&d))?;
    let settled = match &record {
        Some(record) if options.is_empty() => {
            matches!(
                standing(root, Some(record), &session.sources),
                Standing::Settled(_)
            )
        }
        Some(record) => record.kind == wanted.kind && record.config == wanted.config,
        None => false,
    };
    if settled && !args.reconfigure {
        session.place_as_recorded();
        return refreshed(session);
    }
    if record.is_some() && !args.reconfigure {
        if !args.migrate_state && !args.force_copy {
            return Err(changed(session));
        }
        let product = &session.shell.style.product;
        say(
            session,
            &format!(
                "Backend configuration changed!\n\n{product} has detected that the configuration specified for the backend\nhas changed. {product} will now check for existing state in the backends.\n"
            ),
            "backend_configuration_changed_message",
        );
    }
    let before = match &record {
        Some(record) => Backend::recorded(record).map_err(|d| session.fail(&d))?,
        None => Backend::default(),
    };
    if !args.reconfigure {
        migrate(session, &before, &backend, args, locking)?;
    }
    write_record(&init_dir(), Some(&wanted)).map_err(|e| not_recorded(session, &e))?;
    session.place_as_recorded();
    let (product, kind) = (&session.shell.style.product, &wanted.kind);
    say(
        session,
        &format!(
            "\nSuccessfully configured the backend {kind:?}! {product} will automatically\nuse this backend unless the backend configuration changes."
        ),
        "backend_configured_success_message",
    );
    show_existing(session, locking)?;
    refreshed(session)
}

fn not_recorded(session: &Session, error: &std::io::Error) -> Exit {
    session.fail(&[Diagnostic::error(
        "Error saving backend configuration",
        format!(
            "The backend cannot be recorded in {}: {error}.",
            init_dir().display()
        ),
    )])
}

fn changed(session: &Session) -> Exit {
    let command = &session.shell.style.command;
    session.fail(&[Diagnostic::error(
        "Backend configuration changed",
        format!("A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf you wish to attempt automatic migration of the state, use \"{command} init -migrate-state\".\nIf you wish to store the current configuration with no changes to the state, use \"{command} init -reconfigure\"."),
    )])
}

/// Checks that the state can be read.
fn refreshed(session: &Session) -> Result<(), Exit> {
    let found = mirror::read(&session.settings);
    let read = found.and_then(|found| found.map_or(Ok(()), |f| f.document().map(drop)));
    read.map_err(|problems| {
        session.fail(&[Diagnostic::error(
            format!("Error refreshing state: {}", problems_text(&problems)),
            "",
        )])
    })
}

/// Writes the state file of a store that was there before the backend was.
fn show_existing(session: &Session, locking: Locking) -> Result<(), Exit> {
    let settings = &session.settings;
    if !settings.store.exists() || settings.file.as_deref().is_some_and(takeover::holds_state) {
        return Ok(());
    }
    let fail = |d: Diagnostics| session.fail(&d);
    let Some(state) = open_state(settings, "init", locking, false).map_err(fail)? else {
        return Ok(());
    };
    match mirror::write_out(&state, settings) {
        problems if problems.is_empty() => Ok(()),
        problems => Err(fail(problems)),
    }
}

/// The arguments that `-backend-config` gives.
fn options(session: &Session, given: &[String]) -> Result<Vec<(String, Option<Json>)>, Exit> {
    let mut found = Vec::new();
    for text in given.iter().filter(|text| !text.is_empty()) {
        if let Some((name, value)) = text.split_once('=') {
            found.push((name.to_owned(), Some(Json::String(value.to_owned()))));
            continue;
        }
        let bytes = std::fs::read(text).map_err(|_| {
            session.fail(&[Diagnostic::error(
                "Failed to read file",
                format!("The file {text:?} could not be read."),
            )])
        })?;
        let id = session.sources.add_bytes(text.as_str(), bytes);
        let (body, mut problems) = parse_file(&session.sources, id);
        for attribute in &body.attributes {
            let (value, wrong) = constant(&attribute.expr, &session.sources);
            problems.extend(wrong);
            let value = trunkline_api::json::to_json(&value);
            found.push((attribute.name.to_string(), Some(value)));
        }
        if !problems.is_empty() {
            return Err(session.fail(&problems));
        }
    }
    Ok(found)
}

/// The configuration has no backend any more.
fn unset(
    session: &mut Session,
    record: &Record,
    args: &InitArgs,
    locking: Locking,
) -> Result<(), Exit> {
    if !args.reconfigure && !args.migrate_state && !args.force_copy {
        return Err(changed(session));
    }
    let (product, kind) = (session.shell.style.product.clone(), &record.kind);
    if !args.reconfigure {
        say(
            session,
            &format!(
                "{product} has detected you're unconfiguring your previously set {kind:?} backend."
            ),
            "backend_migrate_local_message",
        );
        let before = Backend::recorded(record).map_err(|d| session.fail(&d))?;
        migrate(session, &before, &Backend::default(), args, locking)?;
    }
    write_record(&init_dir(), None).map_err(|e| not_recorded(session, &e))?;
    if !args.reconfigure {
        say(
            session,
            &format!(
                "\n\nSuccessfully unset the backend {kind:?}. {product} will now operate locally."
            ),
            "backend_configured_unset_message",
        );
    }
    Ok(())
}

/// Settings for a workspace of a backend.
fn placed(session: &mut Session, backend: &Backend, workspace: &str) -> Settings {
    let selected = session.settings.workspace.clone();
    workspace.clone_into(&mut session.settings.workspace);
    session.place_state(backend);
    let settings = session.settings.clone();
    session.settings.workspace = selected;
    settings
}

fn document(session: &Session, state: &OpenState) -> Result<Option<Document>, Exit> {
    let snapshot = session.snapshot(state)?;
    Ok((!is_pristine(&snapshot)).then(|| Document::of(&snapshot)))
}

/// Copies states from one backend to another, after asking.
fn migrate(
    session: &mut Session,
    from: &Backend,
    to: &Backend,
    args: &InitArgs,
    locking: Locking,
) -> Result<(), Exit> {
    let names = from.workspaces();
    let mut copies: Vec<(Settings, Document)> = Vec::new();
    for name in &names {
        let (old, new) = (placed(session, from, name), placed(session, to, name));
        if old.store == new.store {
            continue;
        }
        let opened = open_state(&old, "init", locking, false).map_err(|d| session.fail(&d))?;
        let Some(state) = opened else { continue };
        if let Some(found) = document(session, &state)?
            && !found.is_empty()
        {
            copies.push((new, found));
        }
    }
    if copies.is_empty() {
        return Ok(());
    }
    let question = match names.len() {
        1 => "Do you want to copy existing state to the new backend?\n  Pre-existing state was found while migrating the previous \"local\" backend to the\n  newly configured \"local\" backend. Do you want to copy this state to the new \"local\"\n  backend, over what may be there? Enter \"yes\" to copy and \"no\" to leave it where it\n  is.\n\n  Enter a value: ".to_owned(),
        _ => {
            let product = &session.shell.style.product;
            format!("Do you want to migrate all workspaces to \"local\"?\n  Both the existing \"local\" backend and the newly configured \"local\" backend\n  support workspaces. When migrating between backends, {product} will copy\n  all workspaces (with the same names). THIS WILL OVERWRITE any conflicting\n  states in the destination.\n  \n  {product} initialization doesn't currently migrate only select workspaces.\n  If you want to migrate a select number of workspaces, you must manually\n  pull and push those states.\n  \n  If you answer \"yes\", {product} will migrate all states. If you answer\n  \"no\", {product} will abort.\n\n  Enter a value: ")
        }
    };
    match ask(session, args, &question)? {
        true => {}
        false if names.len() == 1 => return Ok(()),
        false => return Err(session.plain_error("Migration aborted by user.")),
    }
    for (settings, document) in copies {
        workspaces::create_for(to, &settings.workspace)
            .map_err(|e| session.plain_error(&format!("The workspace cannot be made: {e}")))?;
        let settings = Settings {
            new_lineage: (!document.lineage.is_empty()).then(|| document.lineage.clone()),
            legacy: None,
            ..settings
        };
        let opened = open_state(&settings, "init", locking, true).map_err(|d| session.fail(&d))?;
        if let Some(state) = opened {
            push(&state, &settings, &document, true)
                .map_err(|e| session.plain_error(&format!("Error copying state: {e}")))?;
        }
    }
    Ok(())
}

/// Asks about copying states.
fn ask(session: &Session, args: &InitArgs, question: &str) -> Result<bool, Exit> {
    const FAILED: &str = "Error asking for state migration action";
    let fail = |why: &str| session.fail(&[Diagnostic::error(format!("{FAILED}: {why}"), "")]);
    if args.force_copy {
        return Ok(true);
    }
    let enabled = variable("TF_INPUT").is_none_or(|text| boolean(&text).unwrap_or(true));
    if !args.input || !enabled {
        return Err(fail("input is disabled"));
    }
    let answer = session.shell.ask(question);
    session.shell.out("\n");
    match answer.as_deref() {
        Some("yes") => Ok(true),
        Some(_) => Ok(false),
        None => Err(fail("Error asking for confirmation: EOF")),
    }
}

/// Without a backend: a state of Terraform's is taken over, or one that was taken over is given back.
fn take_or_give(session: &mut Session, args: &InitArgs, locking: Locking) -> Result<(), Exit> {
    let backend = Backend::default();
    let mut taking = Vec::new();
    let mut giving = Vec::new();
    for name in backend.workspaces() {
        let settings = placed(session, &backend, &name);
        let Some(file) = settings.legacy.clone() else {
            continue;
        };
        if !settings.store.exists() && takeover::holds_state(&file) {
            taking.push((settings, file));
        } else if args.migrate_state && settings.store.exists() {
            let opened = open_state(&settings, "init", locking, false);
            if let Some(state) = opened.map_err(|d| session.fail(&d))?
                && takeover::was_taken(&state).map_err(|d| session.fail(&d))?
            {
                giving.push((settings, state, file));
            }
        }
    }
    let list = |files: &mut dyn Iterator<Item = &Path>| -> String {
        files.map(|f| format!("\n    {}", f.display())).collect()
    };
    if !taking.is_empty() {
        for (_, file) in &taking {
            takeover::read(file).map_err(|d| session.fail(&d))?;
        }
        let files = list(&mut taking.iter().map(|(_, file)| file.as_path()));
        let yes = ask(
            session,
            args,
            &format!(
                "Do you want to take over the state of Terraform?\n  These files hold state, and there is no Trunkline store yet:{files}\n\n  If you answer \"yes\", the state lies sealed in the store from then on. Each file is\n  kept with \".before-trunkline\" after its name, in clear as it is; a marker in its\n  place stops Terraform from managing the same objects. \"trunkline init\n  -migrate-state\" gives the state back.\n\n  Enter a value: "
            ),
        )?;
        if yes {
            for (settings, file) in taking {
                let state = takeover::take(&settings, locking).map_err(|d| session.fail(&d))?;
                session.announce(&state);
                say(
                    session,
                    &format!("\nThe state in {} has been taken over.", file.display()),
                    "",
                );
            }
        }
    } else if !giving.is_empty() {
        let files = list(&mut giving.iter().map(|(_, _, file)| file.as_path()));
        let yes = ask(
            session,
            args,
            &format!(
                "Do you want to give the state back to Terraform?\n  If you answer \"yes\", these files are written, in clear, and the stores are put aside\n  with \".given-back\" after their names:{files}\n\n  Enter a value: "
            ),
        )?;
        if yes {
            for (settings, state, file) in giving {
                takeover::give_back(&settings, state).map_err(|d| session.fail(&d))?;
                say(
                    session,
                    &format!("\nThe state has been given back in {}.", file.display()),
                    "",
                );
            }
        }
    }
    Ok(())
}
