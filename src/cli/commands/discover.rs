//! `discover`: lists what exists at a vendor, and writes import blocks with matching configuration.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use trunkline_api::Diagnostic;

use super::apply::watch_signals;
use crate::cli::Exit;
use crate::cli::args::{DiscoverArgs, SearchArgs};
use crate::cli::machine::data_dir;
use crate::cli::session::Session;
use crate::config::ProviderName;
use crate::plan::discover::write;
use crate::project::discover::{Discovered, Search};
use crate::project::{OpenState, Project};

/// Runs the command.
pub async fn run(args: &DiscoverArgs, started_in: PathBuf) -> Exit {
    let session = match Session::open(&args.search.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let watch = watch_signals(&session.settings, None);
    let exit = discover(&session, args).await.unwrap_or_else(|exit| exit);
    watch.abort();
    session.close(exit).await
}

async fn discover(session: &Session, args: &DiscoverArgs) -> Result<Exit, Exit> {
    let provider = provider(session, &args.provider)?;
    let file = match &args.out {
        Some(file) => file.clone(),
        None => format!("discovered_{}.tf", args.provider.replace('.', "_")),
    };
    if Path::new(&file).exists() {
        return Err(session.fail(&[Diagnostic::error(
            "Target generated file already exists",
            format!("{file} is there already, and may have been edited. Move its content to where it belongs, or name another file with -out=FILE."),
        )]));
    }
    let (project, state) = open(session, &args.search, "discover")?;
    session.data_dir();
    let world = if session.rehearsal.is_some() {
        "sandbox/"
    } else {
        ""
    };
    let kept = data_dir().join(format!("{world}discover-{}", args.provider));
    let found = search(
        session,
        &project,
        &state,
        (&provider, &args.types),
        &args.search,
        Some(&kept),
    )
    .await?;
    let shown = provider.alias.as_ref().map(|_| provider.to_string());
    let product = &session.shell.style.product;
    let written = write(product, shown.as_deref(), &found.found, &project.declared());
    let (mut new, mut managed) = (0, 0);
    for (object, address) in found.found.iter().zip(&written.addresses) {
        let what = match (&object.managed, &object.left_out) {
            (Some(_), _) => "managed",
            (None, Some(_)) => "left out",
            (None, None) => "new",
        };
        new += usize::from(what == "new");
        managed += usize::from(what == "managed");
        session
            .shell
            .out(&format!("{what:<8} {address} [id={}]\n", object.import_id));
    }
    for type_name in &found.unlisted {
        session.shell.out(&format!(
            "not looked for: {type_name}, of which the vendor has no list to go by\n"
        ));
    }
    if new > 0 {
        let made =
            std::fs::File::create_new(&file).and_then(|mut f| f.write_all(written.text.as_bytes()));
        made.map_err(|error| {
            session.fail(&[Diagnostic::error(
                "Failed to create target generated file",
                format!("The file {file} could not be written: {error}."),
            )])
        })?;
    }
    project.discovered(&kept);
    session.show(&found.diagnostics);
    let summary = match (new, managed) {
        (0, 1) => "\nFound 1 object, which is managed. Nothing was written.\n".into(),
        (0, _) => format!("\nFound {managed} objects, all of them managed. Nothing was written.\n"),
        _ => format!(
            "\nFound {new} object{} not managed, and {managed} managed. Import blocks and configuration are in {file}: review\nit, run \"{} plan\", which should change nothing, and apply.\n",
            if new == 1 { " that is" } else { "s that are" },
            session.shell.style.command
        ),
    };
    session.shell.out(&summary);
    Ok(Exit::Ok)
}

/// Reads `name` or `name.alias`.
pub(super) fn provider(session: &Session, text: &str) -> Result<ProviderName, Exit> {
    let (local, alias) = match text.split_once('.') {
        Some((local, alias)) => (local, Some(alias)),
        None => (text, None),
    };
    let name = |text: &str| crate::config::block::is_identifier(text);
    if name(local) && alias.is_none_or(name) {
        return Ok(ProviderName {
            local: local.into(),
            alias: alias.map(Into::into),
        });
    }
    Err(session.fail(&[Diagnostic::error(
        "Invalid provider",
        format!("{text:?} is not the name of a provider configuration, such as genesyscloud or genesyscloud.dev."),
    )]))
}

/// The project and its state, locked.
pub(super) fn open(
    session: &Session,
    args: &SearchArgs,
    operation: &str,
) -> Result<(Project, OpenState), Exit> {
    let project = session.load_some(
        "A provider block says how to reach a vendor, and there is no configuration here.",
    )?;
    let locking = session.locking(&args.locking);
    let state = session.state(&project, operation, locking)?;
    Ok((project, state))
}

/// Lists and reads.
pub(super) async fn search(
    session: &Session,
    project: &Project,
    state: &OpenState,
    (provider, types): (&ProviderName, &[String]),
    args: &SearchArgs,
    kept: Option<&Path>,
) -> Result<Discovered, Exit> {
    let (variables, warnings) = session.variables(project, &args.variables, true)?;
    session.show(&warnings);
    let search = Search {
        provider,
        types,
        parallelism: args.parallelism.max(1),
        kept,
    };
    let found = project.discover(state, variables, &search).await;
    session.progress.quiet();
    found.map_err(|problems| session.fail(&problems))
}
