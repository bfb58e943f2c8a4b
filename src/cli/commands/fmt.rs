//! `fmt`: files in canonical layout.
//!
//! It finds and writes files; what the layout is is [`crate::lang::fmt`]'s to say.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

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
    /// The working directory, which shown paths are relative to.
    here: PathBuf,
    /// Lists and differences that wait until it is known that no file has an error, as `-check` has it.
    waiting: String,
    changed: bool,
    failed: bool,
}

/// Runs the command.
pub async fn run(args: &FmtArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let mut run = Run {
        session: &session,
        args,
        here: std::env::current_dir().unwrap_or_default(),
        waiting: String::new(),
        changed: false,
        failed: false,
    };
    let from_stdin = args.targets.first().is_some_and(|t| t == "-");
    if from_stdin {
        run.standard_input();
    } else if args.targets.is_empty() {
        run.folder(Path::new(""));
    } else {
        run.targets();
    }
    if !run.failed && args.list && !from_stdin {
        session.shell.out(&run.waiting);
    }
    let exit = match (run.failed, run.changed && args.check) {
        (true, _) => Exit::Changes,
        (false, true) => Exit::Unformatted,
        (false, false) => Exit::Ok,
    };
    session.close(exit).await
}

impl Run<'_> {
    fn standard_input(&mut self) {
        let mut bytes = Vec::new();
        match std::io::stdin().lock().read_to_end(&mut bytes) {
            Ok(_) => self.text("<stdin>", bytes, None),
            Err(error) => self.refuse(&format!("Failed to read stdin: {error}")),
        }
    }

    /// Every file and folder named; the first that is not there ends it.
    fn targets(&mut self) {
        for target in &self.args.targets {
            let path = self.shown(target);
            if path.is_dir() || path.as_os_str().is_empty() {
                self.folder(&path);
            } else if !path.exists() {
                return self.refuse(&format!("No file or directory at {}", path.display()));
            } else if !is_ours(target) {
                self.refuse(
                    "Only .tf, .tfvars, and .tftest.hcl files can be processed with trunkline fmt",
                );
            } else {
                self.file(&path);
            }
        }
    }

    /// A path as it is shown: from the working directory, without detours.
    fn shown(&self, target: &str) -> PathBuf {
        let path = normalised(&self.here.join(target));
        let mut ours = self.here.components().peekable();
        let mut theirs = path.components().peekable();
        while ours.peek().is_some() && ours.peek() == theirs.peek() {
            ours.next();
            theirs.next();
        }
        ours.map(|_| Component::ParentDir).chain(theirs).collect()
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
        let file = sources.add_bytes(name, bytes);
        let result = match format(sources, file) {
            Ok(result) => result,
            Err(problems) => return self.problems(&problems),
        };
        let changed = result.as_bytes() != written;
        self.changed |= changed;
        if changed && path.is_some() && self.args.list {
            self.say(&format!("{name}\n"));
        }
        if changed && self.args.diff {
            let before = String::from_utf8_lossy(&written);
            self.say(&difference(name, &before, &result));
        }
        let write = self.args.write && !self.args.check;
        match path {
            None if !self.args.check && !self.args.diff => {
                // What goes to a terminal or a pipe ends its line.
                let end = if result.ends_with('\n') { "" } else { "\n" };
                self.session.shell.out(&format!("{result}{end}"));
            }
            Some(path) if changed && write => {
                if let Err(problem) = replace(path, &result) {
                    self.problems(&problem);
                }
            }
            // Where neither names nor differences are asked for, what would be written is shown.
            Some(_)
                if !self.args.write && !self.args.check && !self.args.list && !self.args.diff =>
            {
                self.session.shell.out(&result);
            }
            _ => {}
        }
    }

    /// Shows text now, or with `-check` when all has been seen.
    fn say(&mut self, text: &str) {
        match self.args.check {
            true => self.waiting.push_str(text),
            false => self.session.shell.out(text),
        }
    }
}

/// A path without `.` and `..`, as far as that can be said without looking.
fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
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
