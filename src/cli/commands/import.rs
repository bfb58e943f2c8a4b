//! `import`: takes an object that exists into the state.
//!
//! What is imported is told as it happens; nothing is planned.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::Diagnostic;

use super::apply::watch_signals;
use crate::address::{Address, Mode, read_instance};
use crate::cli::Exit;
use crate::cli::args::ImportArgs;
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::cli::shell::Shell;
use crate::config::{ConfigFiles as _, Disk};
use crate::event::{Event, Listener};
use crate::lang::source::SrcSpan;
use crate::project::Project;
use crate::project::import::{Undeclared, no_such_module};
use crate::report::style::Ink;

/// Tells the steps of an import in the words of this command, and passes everything else on.
struct Teller {
    shell: Shell,
    progress: Arc<Progress>,
}

impl Teller {
    fn say(&self, text: &str) {
        self.progress.pause(|| self.shell.out(text));
    }
}

impl Listener for Teller {
    fn event(&self, event: Event) {
        match &event {
            Event::ImportPrepare { address, id } => {
                self.say(&format!("{address}: Importing from ID {id:?}...\n"));
            }
            Event::RefreshStart { address, .. } => {
                let type_name = &address.resource.type_name;
                self.say(&format!(
                    "{address}: Import prepared!\n  Prepared {type_name} for import\n"
                ));
                self.progress.event(event);
            }
            _ => self.progress.event(event),
        }
    }
}

/// Runs the command.
pub async fn run(args: &ImportArgs, started_in: PathBuf) -> Exit {
    let mut session = match Session::open(&args.common, started_in.clone()).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    session.place_named(&args.paths);
    session.settings.listener = Arc::new(Teller {
        shell: Shell::detect(args.common.no_color),
        progress: session.progress.clone(),
    });
    let watch = watch_signals(&session.settings, None);
    let exit = import(&session, args, &started_in)
        .await
        .unwrap_or_else(|exit| exit);
    watch.abort();
    session.close(exit).await
}

async fn import(session: &Session, args: &ImportArgs, started_in: &Path) -> Result<Exit, Exit> {
    let [address, id] = args.arguments.as_slice() else {
        return Err(session.usage("import", "The import command expects two arguments."));
    };
    let address = target(session, address)?;
    let project = load(session, args, started_in)?;
    match project.undeclared(&address) {
        Some(Undeclared::Module) => return Err(session.fail(&[no_such_module(&address)])),
        Some(Undeclared::Resource) => return Err(undeclared(session, &address)),
        None => {}
    }
    let (variables, warnings) = session.variables(&project, &args.variables, true)?;
    session.show(&warnings);
    let locking = session.locking(&args.locking);
    let state = session.state(&project, "import", locking)?;
    let imported = project
        .import(&state, variables, &address, id)
        .await
        .map_err(|d| session.fail(&d))?;
    let elsewhere = session.written_elsewhere(&state, "import", locking)?;
    let warnings = project
        .take_import(elsewhere.as_ref().unwrap_or(&state), imported)
        .await
        .map_err(|d| session.fail(&d))?;
    session.progress.quiet();
    session.show(&[project.warnings.clone(), warnings].concat());
    let style = &session.shell.style;
    let done = style.paint(&[Ink::Green], format!(
        "Import successful!\n\nThe resources that were imported are shown above. These resources are now in\nyour {0} state and will henceforth be managed by {0}.",
        style.product
    ));
    session.shell.out(&format!("\n{done}\n\n"));
    Ok(Exit::Ok)
}

/// The address to import to.
fn target(session: &Session, text: &str) -> Result<Address, Exit> {
    let address = read_instance(text).map_err(|problem| {
        let file = session.sources.add("<import-address>", text);
        let span = SrcSpan {
            file,
            start: 0,
            end: u32::try_from(text.len()).unwrap_or(u32::MAX),
        };
        let problem = session
            .sources
            .error(span, problem.summary, problem.detail);
        session.shell.error_text("For information on valid syntax, see the addresses that \"state list\" shows, such as module.a.type.name[0].\n");
        session.fail(&[problem])
    })?;
    if address.resource.mode != Mode::Managed {
        return Err(session.fail(&[Diagnostic::error(
            "A managed resource address is required. Importing into a data resource is not allowed.",
            "",
        )]));
    }
    Ok(address)
}

/// The configuration of the working directory, or of the one that `-config` names.
fn load(session: &Session, args: &ImportArgs, started_in: &Path) -> Result<Project, Exit> {
    let dir = args.config.as_deref().filter(|d| !d.is_empty());
    let files = Disk {
        root: PathBuf::from(dir.unwrap_or(".")),
    };
    let names = files.list(Path::new(".")).unwrap_or_default();
    let any = names
        .iter()
        .any(|n| n.ends_with(".tf") || n.ends_with(".tf.json"));
    if any {
        return session.load_from(&files);
    }
    let named = dir.map_or_else(|| started_in.display().to_string(), str::to_owned);
    let product = &session.shell.style.product;
    Err(session.fail(&[Diagnostic::error(
        format!("No {product} configuration files"),
        format!("The directory {named} does not contain any {product} configuration files (.tf or .tf.json). To specify a different configuration directory, use the -config=\"...\" command line option."),
    )]))
}

/// Tells that a resource has to be declared first, and how.
fn undeclared(session: &Session, address: &Address) -> Exit {
    let module = match address.module.is_root() {
        true => "the root module".to_owned(),
        false => address.module.to_string(),
    };
    let resource = &address.resource;
    let name = address.with_key(crate::address::InstanceKey::None);
    session.plain_error(&format!(
        "Error: resource address {:?} does not exist in the configuration.\n\nBefore importing this resource, please create its configuration in {module}. For example:\n\nresource {:?} {:?} {{\n  # (resource arguments)\n}}\n",
        name.to_string(),
        resource.type_name,
        resource.name,
    ))
}
