//! `fmt`: files in canonical layout.
//!
//! It finds and writes files; what the layout is is [`crate::lang::fmt`]'s to say.

use std::io::Read;
use std::path::{Path, PathBuf};

use similar::TextDiff;
use trunkline_api::{Diagnostic, Diagnostics};

use crate::cli::Exit;
use crate::cli::args::FmtArgs;
use crate::cli::session::Session;
use crate::lang::fmt::format;

const ENDINGS: &[&str] = &[".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];

/// What a run found so far.
struct Run<'a> {
    session: &'a Session,
    args: &'a FmtArgs,
    changed: bool,
    failed: bool,
}

/// Runs the command.
pub async fn run(args: &FmtArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let mut run = Run {
        session: &session,
        args,
        changed: false,
        failed: false,
    };
    let here = ["".to_owned()];
    let targets = match args.targets.is_empty() {
        true => &here[..],
        false => &args.targets,
    };
    for target in targets {
        run.target(target);
    }
    let exit = match (run.failed, run.changed && args.check) {
        (true, _) => Exit::Changes,
        (false, true) => Exit::Unformatted,
        (false, false) => Exit::Ok,
    };
    session.close(exit).await
}

impl Run<'_> {
    fn target(&mut self, target: &str) {
        if target == "-" {
            let mut bytes = Vec::new();
            if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
                self.refuse(&format!("Failed to read stdin: {error}"));
                return;
            }
            return self.text("<stdin>", bytes, None);
        }
        let path = Path::new(target);
        if target.is_empty() || path.is_dir() {
            self.folder(path);
        } else if !path.exists() {
            self.refuse(&format!("No file or directory at {target}"));
        } else if !is_ours(target) {
            self.refuse(
                "Only .tf, .tfvars, and .tftest.hcl files can be processed with trunkline fmt",
            );
        } else {
            self.file(path);
        }
    }

    fn refuse(&mut self, summary: &str) {
        self.problems(&[Diagnostic::error(summary, "")]);
    }

    fn problems(&mut self, diagnostics: &[Diagnostic]) {
        self.failed = true;
        self.session.show(diagnostics);
    }

    /// The files of a folder, and with `-recursive` of those in it, in order of name.
    fn folder(&mut self, folder: &Path) {
        let listed = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        let entries = match std::fs::read_dir(listed) {
            Ok(entries) => entries,
            Err(error) => {
                return self.refuse(&format!(
                    "The directory {} cannot be read: {error}",
                    listed.display()
                ));
            }
        };
        let mut names: Vec<String> = entries
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|name| !is_ignored(name))
            .collect();
        names.sort();
        for name in names {
            let path = folder.join(&name);
            if path.is_dir() {
                if self.args.recursive {
                    self.folder(&path);
                }
            } else if is_ours(&name) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        match std::fs::read(path) {
            Ok(bytes) => self.text(&path.display().to_string(), bytes, Some(path)),
            Err(error) => self.refuse(&format!("Failed to read {}: {error}", path.display())),
        }
    }

    /// Formats one text. Without `path` the result goes to standard output.
    fn text(&mut self, name: &str, bytes: Vec<u8>, path: Option<&Path>) {
        let sources = &self.session.sources;
        let written = bytes.clone();
        let file = sources.add_bytes(name, bytes.into());
        let result = match format(sources, file) {
            Ok(result) => result,
            Err(problems) => return self.problems(&problems),
        };
        let changed = result.as_bytes() != written;
        self.changed |= changed;
        let shell = &self.session.shell;
        if changed && path.is_some() && self.args.list {
            shell.out(&format!("{name}\n"));
        }
        if changed && self.args.diff {
            shell.out(&difference(
                name,
                &String::from_utf8_lossy(&written),
                &result,
            ));
        }
        let write = self.args.write && !self.args.check;
        match path {
            None if !self.args.check && !self.args.diff => shell.out(&result),
            Some(path) if changed && write => {
                if let Err(problem) = replace(path, &result) {
                    self.problems(&problem);
                }
            }
            _ => {}
        }
    }
}

fn replace(path: &Path, text: &str) -> Result<(), Diagnostics> {
    std::fs::write(path, text).map_err(|error| {
        vec![Diagnostic::error(
            format!("Failed to write {}", path.display()),
            format!("{error}. The file may be incomplete."),
        )]
    })
}

fn is_ours(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#')
}

/// The change as a unified diff.
fn difference(name: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&format!("old/{name}"), &format!("new/{name}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_language_are_formatted() {
        let cases = [
            ("a.tf", true),
            ("a.tfvars", true),
            ("a.tftest.hcl", true),
            ("a.tf.json", false),
            ("a.hcl", false),
        ];
        for (name, ours) in cases {
            assert_eq!(is_ours(name), ours, "{name}");
        }
        assert!(is_ignored(".x.tf") && is_ignored("x.tf~") && is_ignored("#x.tf#"));
    }

    #[test]
    fn a_difference_is_a_unified_diff() {
        assert_eq!(
            difference("a.tf", "x=1\ny = 2\n", "x = 1\ny = 2\n"),
            "--- old/a.tf\n+++ new/a.tf\n@@ -1,2 +1,2 @@\n-x=1\n+x = 1\n y = 2\n"
        );
    }
}
