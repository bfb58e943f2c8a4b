//! `modules`: which modules the configuration calls, as a tree or as JSON.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::cli::Exit;
use crate::cli::args::ModulesArgs;
use crate::cli::session::Session;
use crate::config::Module;
use crate::report::modules_text::{Called, render_modules};

/// Runs the command.
pub async fn run(args: &ModulesArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = match session.load() {
        Ok(project) => {
            let modules = called(&project.config.root);
            session.shell.out(&match args.json {
                true => format!("{}\n", document(&modules)),
                false => render_modules(&modules),
            });
            Exit::Ok
        }
        Err(exit) => exit,
    };
    session.close(exit).await
}

/// The modules that one calls, by the names of the calls.
fn called(module: &Module) -> Vec<Called> {
    let children = module.children.iter().filter_map(|(name, child)| {
        Some(Called {
            name: name.to_string(),
            source: module.calls.get(name)?.source.clone(),
            modules: called(child),
        })
    });
    children.collect()
}

/// All of them in one list, a module before those that it calls.
fn document(modules: &[Called]) -> Json {
    fn add(modules: &[Called], list: &mut Vec<Json>) {
        for module in modules {
            list.push(json!({"key": module.name, "source": module.source, "version": ""}));
            add(&module.modules, list);
        }
    }
    let mut list = Vec::new();
    add(modules, &mut list);
    let list = match list.is_empty() {
        true => Json::Null,
        false => list.into(),
    };
    json!({"format_version": "1.0", "modules": list})
}
