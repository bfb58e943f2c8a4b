//! Reading the files of a module and of the local modules that it calls.
//!
//! It reads through [`ConfigFiles`] only, so that a saved plan can bring its own copies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics};

use super::block::Decoder;
use super::files::{Recorded, key};
use super::overrides::is_override_file;
use super::side_by_side::{self, Text};
use super::{Config, ConfigFiles, Module, module, overrides, passing, refactor};
use crate::address::{ModulePath, sort_resources};
use crate::lang::ast::Body;
use crate::lang::source::Sources;

/// How deep modules may call each other; deeper is taken for a module that calls itself.
const MAX_DEPTH: usize = 100;

/// Loads the configuration in the working directory. All problems of all files are reported.
pub fn load(files: &dyn ConfigFiles, sources: Arc<Sources>) -> (Config, Diagnostics) {
    load_at(Path::new("."), files, sources)
}

/// Loads the configuration whose root module is in `dir`.
pub fn load_at(
    dir: &Path,
    files: &dyn ConfigFiles,
    sources: Arc<Sources>,
) -> (Config, Diagnostics) {
    let (config, mut diagnostics) = load_modules(dir, files, sources);
    refactor::check_imports(&config.root, &config.sources, &mut diagnostics);
    passing::check(&config, &mut diagnostics);
    (config, diagnostics)
}

/// Loads the modules of a configuration; whether they fit together is not looked at.
pub fn load_modules(
    dir: &Path,
    files: &dyn ConfigFiles,
    sources: Arc<Sources>,
) -> (Config, Diagnostics) {
    let mut diagnostics = Vec::new();
    let mut root = load_one(files, &sources, dir, ModulePath::root(), &mut diagnostics);
    // As in Terraform, the modules that are called are looked at once it is certain how they are called.
    if !has_errors(&diagnostics) {
        load_calls(&mut root, files, &sources, dir, &mut diagnostics);
    }
    (Config { sources, root }, diagnostics)
}

/// Loads the root module alone; the modules that it calls are not looked at.
pub fn load_root(files: &dyn ConfigFiles, sources: &Arc<Sources>) -> (Module, Diagnostics) {
    load_root_at(files, sources, Path::new("."))
}

/// As [`load_root`], with files called as the path of their directory calls them.
pub fn load_root_at(
    files: &dyn ConfigFiles,
    sources: &Arc<Sources>,
    dir: &Path,
) -> (Module, Diagnostics) {
    let mut diagnostics = Vec::new();
    let root = load_one(files, sources, dir, ModulePath::root(), &mut diagnostics);
    (root, diagnostics)
}

/// What is wrong with the syntax of the root module's files.
#[must_use]
pub fn syntax_problems(files: &dyn ConfigFiles, sources: &Arc<Sources>) -> Diagnostics {
    let mut diagnostics = Vec::new();
    let names = files.list(Path::new(".")).unwrap_or_default();
    for name in names.iter().filter(|n| is_config_file(n)) {
        read_file(files, sources, Path::new("."), name, &mut diagnostics);
    }
    diagnostics
}

/// Whether a file name is one of a configuration's.
fn is_config_file(name: &str) -> bool {
    let hidden = name.starts_with('.') || name.ends_with('~');
    let backup = name.starts_with('#') && name.ends_with('#');
    !hidden && !backup && (name.ends_with(".tf") || name.ends_with(".tf.json"))
}

/// A module with those that it calls.
fn load_module(
    files: &dyn ConfigFiles,
    sources: &Arc<Sources>,
    dir: &Path,
    path: ModulePath,
    diagnostics: &mut Diagnostics,
) -> Module {
    let mut found = load_one(files, sources, dir, path.clone(), diagnostics);
    load_calls(&mut found, files, sources, dir, diagnostics);
    found
}

/// A module without those that it calls.
fn load_one(
    files: &dyn ConfigFiles,
    sources: &Arc<Sources>,
    dir: &Path,
    path: ModulePath,
    diagnostics: &mut Diagnostics,
) -> Module {
    let mut found = Module {
        path: path.clone(),
        dir: dir.to_owned(),
        ..Module::default()
    };
    let names = match files.list(dir) {
        Ok(names) => names,
        Err(error) => {
            diagnostics.push(Diagnostic::error(
                "Failed to read module directory",
                format!(
                    "Module directory {} cannot be read: {error}.",
                    dir.display()
                ),
            ));
            return found;
        }
    };
    let names = names.iter().filter(|n| is_config_file(n));
    let (overriding, primary): (Vec<&String>, Vec<&String>) =
        names.partition(|n| is_override_file(n));
    let read: Vec<Result<Text, Diagnostic>> = primary
        .into_iter()
        .map(|name| text(files, sources, dir, name))
        .collect();
    let texts: Vec<Text> = read.iter().flatten().copied().collect();
    let mut parsed = side_by_side::parse(sources, &texts).into_iter();
    let mut bodies: Vec<Body> = Vec::with_capacity(texts.len());
    for file in read {
        match file {
            Ok(_) => {
                let (body, problems) = parsed.next().unwrap_or_default();
                diagnostics.extend(problems);
                bodies.push(body);
            }
            Err(problem) => diagnostics.push(problem),
        }
    }
    for name in overriding {
        if let Some(body) = read_file(files, sources, dir, name, diagnostics) {
            let mut decoder = Decoder::new(sources, diagnostics);
            let rest = overrides::merge(&mut bodies, body, &mut decoder);
            bodies.push(rest);
        }
    }
    // As many at most; growing would copy them again and again.
    let blocks = bodies.iter().map(|body| body.blocks.len()).sum();
    found.resources.reserve(blocks);
    for body in bodies {
        let mut decoder = Decoder::new(sources, diagnostics);
        decoder.module = path.clone();
        module::add_file(&mut found, body, &mut decoder);
    }
    sort_resources(&mut found.resources);
    found
}

/// The modules that a module calls.
fn load_calls(
    found: &mut Module,
    files: &dyn ConfigFiles,
    sources: &Arc<Sources>,
    dir: &Path,
    diagnostics: &mut Diagnostics,
) {
    let path = found.path.clone();
    for (name, call) in &found.calls {
        let place = path.child(name).0.join(".");
        let not_recorded = match files.recorded(&place) {
            Recorded::NotNeeded => None,
            Recorded::From(source) if source == call.source => None,
            Recorded::Absent => Some(sources.error(
                call.span,
                "Module not installed",
                "This module is not yet installed. Run \"trunkline init\" to install all modules required by this configuration.",
            )),
            Recorded::From(_) => Some(sources.error(
                call.source_span,
                "Module source has changed",
                "The source address was changed since this module was installed. Run \"trunkline init\" to install all modules required by this configuration.",
            )),
        };
        if let Some(problem) = not_recorded {
            diagnostics.push(problem);
            continue;
        }
        let problem = match local_source(&call.source) {
            _ if path.0.len() >= MAX_DEPTH => Err(
                "Modules call each other more than 100 levels deep. Does a module call itself?"
                    .to_owned(),
            ),
            true => Ok(PathBuf::from(key(&dir.join(&call.source)))),
            false => Err(format!(
                "The module source {:?} is not a local path. Registry, git and other remote sources are not supported yet: copy the module into this repository and use a path that begins with \"./\" or \"../\".",
                call.source
            )),
        };
        match problem {
            Ok(child_dir) => {
                let child_dir = if child_dir.as_os_str().is_empty() {
                    PathBuf::from(".")
                } else {
                    child_dir
                };
                if files.list(&child_dir).is_err() {
                    let detail = format!(
                        "Unable to evaluate directory symlink or read the directory {}. The path is relative to the directory of the calling module.",
                        child_dir.display()
                    );
                    diagnostics.push(sources.error(
                        call.source_span,
                        "Unreadable module directory",
                        detail,
                    ));
                    continue;
                }
                let child = load_module(files, sources, &child_dir, path.child(name), diagnostics);
                refactor::refuse_imports(&child, sources, diagnostics);
                found.children.insert(name.clone(), child);
            }
            Err(detail) => {
                diagnostics.push(sources.error(
                    call.source_span,
                    "Unsupported module source",
                    detail,
                ));
            }
        }
    }
}

/// Reads and parses one file.
fn read_file(
    files: &dyn ConfigFiles,
    sources: &Arc<Sources>,
    dir: &Path,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    match text(files, sources, dir, name) {
        Ok(text) => {
            let (body, problems) = text.parse(sources);
            diagnostics.extend(problems);
            Some(body)
        }
        Err(problem) => {
            diagnostics.push(problem);
            None
        }
    }
}

/// Reads one file.
fn text(
    files: &dyn ConfigFiles,
    sources: &Arc<Sources>,
    dir: &Path,
    name: &str,
) -> Result<Text, Diagnostic> {
    let path = if dir == Path::new(".") {
        PathBuf::from(name)
    } else {
        dir.join(name)
    };
    match files.read(&path) {
        Ok(bytes) => {
            let json = name.ends_with(".json");
            let file = sources.add_bytes(path.display().to_string(), bytes);
            Ok(Text { file, json })
        }
        Err(error) => Err(Diagnostic::error(
            "Failed to read file",
            format!("The file {} cannot be read: {error}.", path.display()),
        )),
    }
}

/// Whether a module source is a path.
pub(super) fn local_source(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}
