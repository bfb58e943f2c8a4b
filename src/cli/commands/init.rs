//! `init`: prepares a directory: where its state is kept ([`super::init_backend`]), which modules it calls, which
//! providers it needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::has_errors;

use super::init_backend;
use crate::cli::Exit;
use crate::cli::args::InitArgs;
use crate::cli::machine::variable;
use crate::cli::place::init_dir;
use crate::cli::session::Session;
use crate::config::{
    ConfigFiles, Disk, Manifest, Prepared, load_modules, load_root, syntax_problems, test_file,
};
use crate::project::{Locking, Project, open_state};

/// How a state is only looked at.
const UNLOCKED: Locking = Locking {
    lock: false,
    timeout: Duration::ZERO,
};

/// The provider that is part of this program itself.
const BUILTIN: &str = "terraform.io/builtin/terraform";

/// Runs the command.
pub async fn run(args: &InitArgs, started_in: PathBuf) -> Exit {
    let mut session = Session::offline(&args.common, started_in);
    if args.json {
        session.begin_stream();
    }
    let exit = init(&mut session, args).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

/// Says what is being done, as text or as a message of the stream; `code` names it there.
pub fn say(session: &Session, text: &str, code: &str) {
    if !session.json {
        session.shell.out(&format!("{text}\n"));
        return;
    }
    let text = text.trim();
    session.message(|now| {
        let mut line = json!({
            "@level": "info",
            "@message": text,
            "@module": "terraform.ui",
            "@timestamp": now,
        });
        if code.is_empty() {
            line["type"] = json!("log");
        } else {
            line["message_code"] = json!(code);
            line["type"] = json!("init_output");
        }
        line.to_string()
    });
}

/// The working directory.
pub fn here() -> Disk {
    Disk {
        root: PathBuf::from("."),
    }
}

/// Whether there is any configuration.
fn is_empty(disk: &Disk) -> bool {
    let names = disk.list(Path::new(".")).unwrap_or_default();
    !names
        .iter()
        .any(|n| n.ends_with(".tf") || n.ends_with(".tf.json"))
}

fn init(session: &mut Session, args: &InitArgs) -> Result<Exit, Exit> {
    if args.reconfigure && args.migrate_state {
        return Err(session.fail(&[Diagnostic::error(
            "Invalid init options",
            "The -migrate-state and -reconfigure options are mutually-exclusive.",
        )]));
    }
    if let Some(source) = &args.from_module {
        copy_module(session, source)?;
    }
    let (product, command) = (
        session.shell.style.product.clone(),
        session.shell.style.command.clone(),
    );
    let disk = here();
    if is_empty(&disk) {
        say(
            session,
            &format!(
                "{product} initialized in an empty directory!\n\nThe directory has no {product} configuration files. You may begin working\nwith {product} immediately by creating {product} configuration files."
            ),
            "output_init_empty_message",
        );
        return Ok(Exit::Ok);
    }
    let (root, early) = load_root(&disk, &session.sources);
    let unsupported = |d: &&Diagnostic| {
        d.summary.starts_with("Unsupported") && d.summary.ends_with("Core version")
    };
    let overriding = args.backend && root.backend.is_none() && !args.backend_config.is_empty();
    if args.backend {
        say(
            session,
            "Initializing the backend...",
            "initializing_backend_message",
        );
        if let Some(version) = early.iter().find(unsupported) {
            return Err(session.fail(std::slice::from_ref(version)));
        }
        if !has_errors(&early) {
            init_backend::run(session, &root, args)?;
        }
    }
    session.check_lock_file()?;
    if args.get && !root.calls.is_empty() && !has_errors(&early) {
        let (text, code) = match args.upgrade {
            true => ("Upgrading modules...", "upgrading_modules_message"),
            false => ("Initializing modules...", "initializing_modules_message"),
        };
        say(session, text, code);
        find_modules(session, args.upgrade, true)?;
    }
    let manifest = Manifest::read(&init_dir());
    let files = Prepared { disk, manifest };
    let loaded = Project::load(session.settings.clone(), &files, session.sources.clone());
    let (_, tests) = test_file::load(&files, Path::new(&args.test_directory), &session.sources);
    let project = match loaded {
        Ok(mut project) if !has_errors(&tests) => {
            project.warnings.extend(tests);
            project
        }
        loaded => {
            // Problems of the root module are found twice: when it is read alone, and with the others.
            let mut problems = Vec::new();
            // Where modules were looked for, what is wrong beyond the syntax was found by that.
            let looked = args.get && !root.calls.is_empty();
            let syntax = syntax_problems(&files, &session.sources);
            let general = (!looked || has_errors(&tests) || has_errors(&syntax)).then(|| Diagnostic::error(
                format!(
                    "{product} encountered problems during initialisation, including problems\nwith the configuration, described below.\n\nThe {product} configuration must be valid before initialization so that\n{product} can determine which modules and providers need to be installed."
                ),
                "",
            ));
            // Terraform reads the root module once more where it looks for a backend and none is written there, and
            // says again what it finds, but for the syntax.
            let again: Vec<Diagnostic> = early
                .iter()
                .filter(|d| d.is_error() && !syntax.contains(d))
                .filter(|_| args.backend && root.backend.is_none() && general.is_some())
                .cloned()
                .collect();
            for problem in early
                .into_iter()
                .filter(Diagnostic::is_error)
                .chain(loaded.err().unwrap_or_default())
                .chain(tests)
            {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            problems.extend(again);
            // Text begins with what is general, the stream ends with it.
            let at = if session.json { problems.len() } else { 0 };
            problems.splice(at..at, general);
            return Err(session.fail(&problems));
        }
    };
    say(
        session,
        "Initializing provider plugins...",
        "initializing_provider_plugin_message",
    );
    let providers = project.providers().map_err(|d| session.fail(&d))?;
    // Objects of the state need theirs too. A state that cannot be read is told by whoever needs it.
    let state = open_state(&session.settings, "read", UNLOCKED, false);
    let by_state = project.required_by_state(state.ok().flatten().as_ref());
    let mut needed: BTreeSet<String> = by_state.unwrap_or_default().into_iter().collect();
    needed.extend(providers.into_keys());
    for source in &needed {
        let how = match source.as_str() {
            BUILTIN => "is built in to",
            _ => "is bundled with",
        };
        let bullet = if session.json { "" } else { "- " };
        say(session, &format!("{bullet}{source} {how} {product}"), "");
    }
    if overriding {
        session.show(&[Diagnostic::warning(
            "Missing backend configuration",
            "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to override the default local backend configuration, no action is required, but you may add an explicit backend block to your configuration to clear this warning:\n\nterraform {\n  backend \"local\" {}\n}\n\nHowever, if you intended to override a defined backend, please verify that the backend configuration is present and valid.",
        )]);
    }
    session.show(&project.warnings);
    session.data_dir();
    say(
        session,
        &format!("\n{product} has been successfully initialized!"),
        "output_init_success_message",
    );
    if variable("TF_IN_AUTOMATION").is_none() {
        say(
            session,
            &format!(
                "\nYou may now begin working with {product}. Try running \"{command} plan\" to see\nany changes that are required for your infrastructure. All {product} commands\nshould now work.\n\nIf you ever set or change modules or backend configuration for {product},\nrerun this command to reinitialize your working directory. If you forget, other\ncommands will detect it and remind you to do so if necessary."
            ),
            "output_init_success_cli_message",
        );
    }
    Ok(Exit::Ok)
}

/// Finds the modules that the configuration calls, tells of those that are new, and records them, also with errors in
/// them if `even_faulty`.
pub fn find_modules(session: &Session, all: bool, even_faulty: bool) -> Result<(), Exit> {
    let before = Manifest::read(&init_dir());
    let (config, problems) = load_modules(Path::new("."), &here(), session.sources.clone());
    let unreadable = |d: &Diagnostic| {
        matches!(
            d.summary.as_str(),
            "Unreadable module directory" | "Unsupported module source"
        )
    };
    let recorded = even_faulty || !has_errors(&problems);
    let unreadable: Vec<Diagnostic> = problems.into_iter().filter(unreadable).collect();
    let found = Manifest::of(&config);
    for (key, entry) in &found.0 {
        if all || before.0.get(key) != Some(entry) {
            say(session, &format!("- {key} in {}", entry.dir), "");
        }
    }
    if !unreadable.is_empty() {
        return Err(session.fail(&unreadable));
    }
    if found != before && recorded {
        found.write(&init_dir()).map_err(|e| {
            session.fail(&[Diagnostic::error(
                "Failed to write module manifest",
                format!(
                    "The modules cannot be recorded in {}: {e}.",
                    init_dir().display()
                ),
            )])
        })?;
    }
    Ok(())
}

/// Copies a local module into the empty working directory.
fn copy_module(session: &Session, source: &str) -> Result<(), Exit> {
    let fail =
        |summary: String, detail: String| session.fail(&[Diagnostic::error(summary, detail)]);
    let empty = std::fs::read_dir(".").is_ok_and(|mut entries| entries.next().is_none());
    if !empty {
        return Err(fail(
            "The working directory already contains files. The -from-module option requires an empty directory into which a copy of the referenced module will be placed.\n\nTo initialize the configuration already in this working directory, omit the -from-module option.".into(),
            String::new(),
        ));
    }
    let local = ["./", "../", "/"].iter().any(|p| source.starts_with(p)) || source == "..";
    if !local {
        return Err(fail(
            "Unsupported module source".into(),
            format!(
                "The module source {source:?} is not a local path. Registry, git and other remote sources are not supported yet: fetch the module and name its directory."
            ),
        ));
    }
    say(
        session,
        &format!("Copying configuration from {source:?}..."),
        "copying_configuration_message",
    );
    copy_directory(Path::new(source), Path::new("."), 0).map_err(|e| {
        fail(
            "Failed to copy module".into(),
            format!("The module {source:?} cannot be copied: {e}."),
        )
    })
}

/// Copies what is in a directory, hidden names left out.
fn copy_directory(from: &Path, to: &Path, depth: usize) -> std::io::Result<()> {
    if depth > 64 {
        return Err(std::io::Error::other(
            "its directories are nested too deeply",
        ));
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => {
                std::fs::create_dir_all(&target)?;
                copy_directory(&entry.path(), &target, depth + 1)?;
            }
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
