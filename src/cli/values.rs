//! Values of root variables for a command: from the environment, files, options and, at a terminal, from a person.
//!
//! What they mean is for [`variables`](crate::project::variables).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Value};
use trunkline_state::Stamp;

use super::Exit;
use super::args::{VarArgs, boolean};
use super::machine::{variable, words};
use super::session::Session;
use crate::config::{ConfigFiles, Disk};
use crate::plan::evaluate::GivenAt;
use crate::project::Project;
use crate::project::variables::{Collected, Given, Inputs, collect, from_text, missing};

impl Session {
    /// The values of the root variables, and warnings about them. With `all`, it is a problem when one has none.
    pub fn variables(
        &self,
        project: &Project,
        args: &VarArgs,
        all: bool,
    ) -> Result<(BTreeMap<Arc<str>, Value>, Diagnostics), Exit> {
        let Collected {
            mut values,
            mut places,
            unreadable,
            mut diagnostics,
        } = self.given(project, args);
        if !has_errors(&diagnostics) && self.asks(args) && !self.json {
            let given: Vec<Arc<str>> = values.keys().cloned().collect();
            self.ask_for_missing(project, &mut values, &mut diagnostics);
            for name in values.keys().filter(|n| given.binary_search(n).is_err()) {
                places.insert(name.clone(), GivenAt::Asked);
            }
        }
        project.variables_given_at(places);
        if all && !unreadable {
            diagnostics.extend(missing(&project.config, &values));
        }
        if has_errors(&diagnostics) {
            return Err(self.fail(&diagnostics));
        }
        Ok((values, diagnostics))
    }

    /// The values of root variables of a configuration that is not that of the directory, whose files are `files`. What
    /// it does not declare is passed over: it may have been declared at another time. A file that is named and not among
    /// them is read where it is.
    pub fn variables_at(
        &self,
        project: &Project,
        args: &VarArgs,
        files: &dyn ConfigFiles,
    ) -> Result<BTreeMap<Arc<str>, Value>, Exit> {
        let given: Vec<Given> = in_order(args)
            .into_iter()
            .filter(|given| match given {
                Given::Var(text) => {
                    let name = text.split('=').next().unwrap_or("");
                    project.config.root.variables.contains_key(name)
                }
                Given::File(_) => true,
            })
            .collect();
        let environment = BTreeMap::new();
        let named = args.var_files.iter().map(PathBuf::from).collect();
        let files = &Named { files, named };
        let extra: &[&str] = match self.settings.stamp {
            Stamp::Sandbox => &["sandbox.tfvars"],
            Stamp::Live => &[],
        };
        let found = collect(
            &project.config,
            &Inputs {
                environment: &environment,
                given: &given,
                extra_files: extra,
                files,
            },
        );
        match has_errors(&found.diagnostics) {
            true => Err(self.fail(&found.diagnostics)),
            false => Ok(found.values),
        }
    }

    /// The values of variables in the environment, by the name of the variable.
    fn environment_values(&self) -> BTreeMap<String, String> {
        let all = self.settings.environment.iter();
        all.filter_map(|(k, v)| Some((k.strip_prefix("TF_VAR_")?.to_owned(), v.clone())))
            .collect()
    }

    /// The values that were given for root variables, in the environment, in files and on the command line.
    pub fn given(&self, project: &Project, args: &VarArgs) -> Collected {
        let environment = self.environment_values();
        let files = Disk {
            root: PathBuf::from("."),
        };
        let extra: &[&str] = if self.rehearsal.is_some() {
            &["sandbox.tfvars"]
        } else {
            &[]
        };
        let inputs = Inputs {
            environment: &environment,
            given: &in_order(args),
            extra_files: extra,
            files: &files,
        };
        collect(&project.config, &inputs)
    }

    /// The values that tests are given from outside: as [`Session::variables`], and the variable files in the
    /// directory of the test, `dir`, before the command line. What the configuration does not declare is left out.
    pub fn test_variables(
        &self,
        project: &Project,
        args: &VarArgs,
        dir: &Path,
    ) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        let environment = self.environment_values();
        let declared = &project.config.root.variables;
        let given: Vec<Given> = in_order(args)
            .into_iter()
            .filter(|given| match given {
                Given::Var(text) => text
                    .split_once('=')
                    .is_none_or(|(name, _)| declared.contains_key(name)),
                Given::File(_) => true,
            })
            .collect();
        let extra: &[&str] = match self.rehearsal {
            Some(_) => &["sandbox.tfvars"],
            None => &[],
        };
        let none = BTreeMap::new();
        let here = Disk {
            root: PathBuf::from("."),
        };
        let there = Disk {
            root: dir.to_owned(),
        };
        let unlisted = Unlisted(&here);
        type Source<'s> = (
            &'s BTreeMap<String, String>,
            &'s dyn ConfigFiles,
            &'s [Given],
        );
        let automatic: &[Source<'_>] = match dir.as_os_str().is_empty() {
            true => &[(&environment, &here, &[]), (&none, &unlisted, &given)],
            false => &[
                (&environment, &here, &[]),
                (&none, &there, &[]),
                (&none, &unlisted, &given),
            ],
        };
        let mut values = BTreeMap::new();
        let mut diagnostics = Vec::new();
        for (environment, files, given) in automatic {
            let inputs = Inputs {
                environment,
                given,
                extra_files: extra,
                files: *files,
            };
            let found = collect(&project.config, &inputs);
            values.extend(found.values);
            diagnostics.extend(found.diagnostics);
        }
        (values, diagnostics)
    }

    /// The values of ephemeral variables that a saved plan was made with, which it does not hold: the same have to
    /// be given again, and no others.
    pub fn give_again(
        &self,
        project: &Project,
        args: &VarArgs,
        wanted: &mut BTreeMap<Arc<str>, Value>,
    ) -> Result<(), Exit> {
        let declared = &project.config.root.variables;
        let ephemeral = |name: &str| declared.get(name).is_some_and(|v| v.ephemeral);
        let mut found = Vec::new();
        for text in &args.vars {
            if let Some((name, _)) = text.split_once('=')
                && !ephemeral(name)
            {
                found.push(Diagnostic::error(
                    "Value for undeclared variable",
                    format!("A variable named {name:?} was assigned on the command line, but a saved plan has the values of its variables, and only ephemeral ones can be given when it is applied. To change another, make a new plan."),
                ));
            }
        }
        if !found.is_empty() {
            return Err(self.fail(&found));
        }
        let given = self.given(project, args);
        found.extend(given.diagnostics.into_iter().filter(Diagnostic::is_error));
        for (name, value) in given.values.into_iter().filter(|(name, _)| ephemeral(name)) {
            match wanted.get_mut(&name) {
                Some(wanted) => *wanted = value,
                None => found.push(Diagnostic::error(
                    "Ephemeral variable was not set during planning",
                    format!("The ephemeral input variable {name:?} was not set during the planning phase, and so must remain unset during the apply phase."),
                )),
            }
        }
        for (name, _) in wanted.iter().filter(|(_, value)| !value.is_known()) {
            found.push(Diagnostic::error(
                "No value for required variable",
                format!("The ephemeral input variable {name:?} was set during the plan phase, and so must also be set during the apply phase."),
            ));
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(self.fail(&found)),
        }
    }

    /// Whether questions may be asked.
    #[must_use]
    pub fn asks(&self, args: &VarArgs) -> bool {
        args.input && variable("TF_INPUT").is_none_or(|text| boolean(&text).unwrap_or(true))
    }

    /// Asks for what is not set, at a terminal or in a pipe alike; the end of the input leaves the rest out.
    fn ask_for_missing(
        &self,
        project: &Project,
        values: &mut BTreeMap<Arc<str>, Value>,
        diagnostics: &mut Diagnostics,
    ) {
        for variable in project.config.root.variables.values() {
            if variable.default.is_some() || values.contains_key(&variable.name) {
                continue;
            }
            if self.settings.stop.load(Ordering::Relaxed) {
                break;
            }
            let description = variable
                .description
                .as_deref()
                .map(|d| format!("  {d}\n\n"))
                .unwrap_or_default();
            let question = format!("var.{}\n{description}  Enter a value: ", variable.name);
            if let Some(answer) = self.shell.ask(&question) {
                self.shell.out("\n");
                let value = from_text(&project.config, &variable.name, &answer, diagnostics);
                values.extend(value.map(|value| (variable.name.clone(), value)));
            }
        }
    }
}

/// Files that are read by name only: none is found by itself.
struct Unlisted<'d>(&'d Disk);

impl ConfigFiles for Unlisted<'_> {
    fn list(&self, _: &Path) -> std::io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.0.read(path)
    }
}

/// Files, and those of the disk that are called by name and are not among them.
struct Named<'f> {
    files: &'f dyn ConfigFiles,
    named: Vec<PathBuf>,
}

impl ConfigFiles for Named<'_> {
    fn list(&self, dir: &Path) -> std::io::Result<Vec<String>> {
        self.files.list(dir)
    }

    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        let read = self.files.read(path);
        match read {
            Err(_) if self.named.iter().any(|named| named == path) => std::fs::read(path),
            read => read,
        }
    }
}

/// `-var` and `-var-file` in the order of the command line.
fn in_order(args: &VarArgs) -> Vec<Given> {
    let mut given = Vec::new();
    let (mut vars, mut files) = (args.vars.iter(), args.var_files.iter());
    let line = super::front::read(words(), variable).unwrap_or_default();
    let words = super::args::canonical(&line.line).unwrap_or_default();
    for word in words.iter().take_while(|word| *word != "--") {
        if word.starts_with("--var=") {
            given.extend(vars.next().cloned().map(Given::Var));
        } else if word.starts_with("--var-file=") {
            given.extend(files.next().cloned().map(Given::File));
        }
    }
    given.extend(vars.cloned().map(Given::Var));
    given.extend(files.cloned().map(Given::File));
    given
}
