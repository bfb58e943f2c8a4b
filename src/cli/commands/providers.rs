//! `providers`: which providers the configuration uses, and `providers schema -json`.

use std::path::PathBuf;

use trunkline_api::{Diagnostic, Diagnostics};

use crate::cli::Exit;
use crate::cli::args::{ProvidersArgs, ProvidersCommand, help_of};
use crate::cli::session::Session;
use crate::cli::shell::system_words;
use crate::report::json::schema::providers_schema_json;
use crate::report::provider_page::{Subject, render_provider_page};
use crate::report::providers_text::render_required;

/// Runs the command.
pub async fn run(args: &ProvidersArgs, started_in: PathBuf) -> Exit {
    let common = match &args.command {
        Some(
            ProvidersCommand::Schema { common, .. }
            | ProvidersCommand::Docs { common, .. }
            | ProvidersCommand::Lock { common, .. }
            | ProvidersCommand::Mirror { common, .. },
        ) => common,
        None => &args.common,
    };
    let session = Session::offline(common, started_in);
    if let Some(ProvidersCommand::Schema { json: false, .. }) = &args.command {
        session.shell.error_text(&format!(
            "The `{} providers schema` command requires the `-json` flag.\n{}\n",
            session.shell.style.command,
            help_of("providers schema")
        ));
        return Exit::Error;
    }
    let fetching = match &args.command {
        Some(ProvidersCommand::Lock {
            fs_mirror: Some(_),
            net_mirror: Some(_),
            ..
        }) => Some(Err(session.fail(&[Diagnostic::error(
            "Invalid installation method options",
            "The -fs-mirror and -net-mirror command line options are mutually-exclusive.",
        )]))),
        Some(ProvidersCommand::Lock {
            platforms,
            providers,
            ..
        }) => Some(lock(&session, platforms, providers)),
        Some(ProvidersCommand::Mirror { platforms, dir, .. }) => {
            Some(mirror(&session, platforms, dir))
        }
        Some(ProvidersCommand::Docs { provider, .. }) => Some(docs(&session, provider.as_deref())),
        _ => None,
    };
    if let Some(exit) = fetching {
        return session.close(exit.unwrap_or_else(|exit| exit)).await;
    }
    let loaded = match &args.command {
        None => session.load_some(&format!(
            "The directory {} contains no {} configuration files.",
            std::env::current_dir().unwrap_or_default().display(),
            session.shell.style.product
        )),
        Some(_) => session.load(),
    };
    let exit = match loaded {
        Ok(project) => match project.providers() {
            Ok(providers) => {
                if args.command.is_some() {
                    let schemas = providers
                        .iter()
                        .map(|(source, p)| (source.as_str(), p.schema()));
                    session
                        .shell
                        .out(&format!("{}\n", providers_schema_json(schemas)));
                } else {
                    let root = project.required_by(&project.config.root);
                    let state = match session.state_to_read() {
                        Ok(state) => state,
                        Err(exit) => return session.close(exit).await,
                    };
                    let by_state = match project.required_by_state(state.as_ref()) {
                        Ok(found) => found,
                        Err(problems) => {
                            let exit = session.fail(&problems);
                            return session.close(exit).await;
                        }
                    };
                    session.shell.out(&render_required(&root, &by_state));
                }
                Exit::Ok
            }
            Err(diagnostics) => session.fail(&diagnostics),
        },
        Err(exit) => exit,
    };
    session.close(exit).await
}

/// `providers docs`: what is known of a provider, whatever the configuration is.
fn docs(session: &Session, name: Option<&str>) -> Result<Exit, Exit> {
    let registry = session.settings.registry.as_ref();
    let sources = registry.sources();
    let short = |source: &str| source.rsplit('/').next().unwrap_or_default().to_owned();
    let Some(name) = name else {
        let mut names: Vec<String> = sources.iter().map(|source| short(source)).collect();
        names.sort();
        session.shell.out(&format!("{}\n", names.join("\n")));
        return Ok(Exit::Ok);
    };
    let found = sources
        .into_iter()
        .find(|source| source == name || short(source) == name);
    let Some((source, provider)) = found.and_then(|s| registry.create(&s).map(|p| (s, p))) else {
        let detail = format!(
            "There is no provider {name:?} in this program. \"providers docs\" lists those that there are."
        );
        return Err(session.fail(&[Diagnostic::error("Unknown provider", detail)]));
    };
    session.shell.out(&render_provider_page(&Subject {
        name: &short(&source),
        source: &source,
        schema: provider.schema(),
        guide: provider.guide(),
        effects: &|type_name| provider.effects(type_name),
    }));
    Ok(Exit::Ok)
}

/// What is wrong with platforms that are named.
fn platform_problems(platforms: &[String]) -> Diagnostics {
    let wrong = platforms.iter().filter(|platform| {
        let parts: Vec<&str> = platform.split('_').collect();
        parts.len() != 2 || parts.iter().any(|part| part.is_empty())
    });
    wrong
        .map(|platform| {
            Diagnostic::error(
                "Invalid target platform",
                format!("The string {platform:?} given in the -platform option is not a valid target platform: must be two words separated by an underscore."),
            )
        })
        .collect()
}

/// Providers are part of the program: those that the configuration requires, once all are known to be there.
fn required(session: &Session) -> Result<Vec<String>, Exit> {
    let project = session.load()?;
    let providers = project.providers().map_err(|d| session.fail(&d))?;
    Ok(providers.keys().map(|source| source.to_string()).collect())
}

/// What a lock file begins with, and what is all of it as long as no provider has to be fetched.
const LOCK_FILE: (&str, &str) = (
    ".terraform.lock.hcl",
    "# This file is maintained automatically by \"terraform init\".\n# Manual edits may be lost in future updates.\n",
);

/// `providers lock`: nothing is fetched, so that there are no checksums to record; programs look for the file.
fn lock(session: &Session, platforms: &[String], named: &[String]) -> Result<Exit, Exit> {
    let required = required(session)?;
    let mut problems = platform_problems(platforms);
    for name in named {
        let why = match session.settings.registry.full_source(name) {
            Ok(source) if required.contains(&source) => continue,
            Ok(source) => {
                format!("The provider {source} is not required by the current configuration.")
            }
            Err(why) => why,
        };
        problems.push(Diagnostic::error("Invalid provider argument", why));
    }
    if !problems.is_empty() {
        return Err(session.fail(&problems));
    }
    let (name, text) = LOCK_FILE;
    let written = match std::fs::exists(name) {
        Ok(false) => std::fs::write(name, text),
        known => known.map(drop),
    };
    written.map_err(|error| {
        let detail = format!(
            "Failed to write the lock file {name}: {}.",
            system_words(&error)
        );
        session.fail(&[Diagnostic::error("Failed to save lock file", detail)])
    })?;
    let product = &session.shell.style.product;
    session.shell.out(&format!(
        "\nSuccess! {product} has validated the lock file and found no need for changes.\n"
    ));
    Ok(Exit::Ok)
}

/// `providers mirror`: nothing has to be fetched, so that there is nothing to copy.
fn mirror(session: &Session, platforms: &[String], dir: &[String]) -> Result<Exit, Exit> {
    let [dir] = dir else {
        return Err(session.fail(&[Diagnostic::error(
            "No output directory specified",
            "The providers mirror command requires an output directory as a command-line argument.",
        )]));
    };
    let problems = platform_problems(platforms);
    if !problems.is_empty() {
        return Err(session.fail(&problems));
    }
    for source in required(session)? {
        let product = &session.shell.style.product;
        session.shell.out(&format!(
            "- Skipping {source} because it is built in to {product} CLI\n"
        ));
    }
    if let Err(error) = std::fs::read_dir(dir) {
        let why = system_words(&error);
        return Err(session.fail(&[Diagnostic::error(
            "Failed to update indexes",
            format!("Could not scan the output directory to get package metadata for the JSON indexes: cannot search {dir}: lstat {dir}: {why}."),
        )]));
    }
    Ok(Exit::Ok)
}
