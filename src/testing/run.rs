//! One run: its configuration, its variables, a plan or an apply, and what must hold afterwards.
//!
//! It does what the run says and judges the outcome; files, order and the end are [`super::suite`]'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::diagnostic::{Severity, has_errors};
use trunkline_api::{Diagnostic, Diagnostics, Type, Value, convert};

use super::event::{Shown, Status};
use super::expect::Expected;
use super::names::Names;
use super::overrides::give_modules;
use super::providers::{Overridden, TestProviders};
use super::suite::{State, Suite};
use crate::address::Target;
use crate::address::parse_target;
use crate::config::test_file::{Command, Run, TestFile};
use crate::config::test_mock::Override;
use crate::config::{Condition, Config, ProviderConfig};
use crate::lang::ast::{Attribute, Body, Traversal};
use crate::lang::eval::{Scope, eval, reference_values};
use crate::lang::functions::FunctionContext;
use crate::lang::source::{Sources, SrcSpan};
use crate::plan::PlanMode;
use crate::plan::conditions::hidden_message;
use crate::plan::values::Values;
use crate::plan::walk::Options;
use crate::project::{Project, Settings, view};

/// What a run came to.
pub(super) struct Outcome {
    /// How it ended.
    pub(super) status: Status,
    /// Its problems.
    pub(super) diagnostics: Diagnostics,
    /// Its outputs, for later runs to refer to.
    pub(super) outputs: Option<Value>,
    /// What there is to see.
    pub(super) shown: Option<Shown>,
    /// Assertions that do not hold, and all.
    pub(super) failed: (usize, usize),
}

impl Outcome {
    fn error(diagnostics: Diagnostics) -> Outcome {
        Outcome {
            status: Status::Error,
            diagnostics,
            outputs: None,
            shown: None,
            failed: (0, 0),
        }
    }
}

/// A run, made ready.
pub(super) struct Attempt<'s> {
    pub(super) suite: &'s Suite<'s>,
    pub(super) file: &'s TestFile,
    pub(super) run: &'s Run,
    pub(super) project: Arc<Project>,
    /// Values for the variables of the module.
    pub(super) variables: BTreeMap<Arc<str>, Value>,
    /// All variables of the tests.
    known: BTreeMap<Arc<str>, Value>,
    /// Where the tests give values for variables.
    places: BTreeMap<Arc<str>, SrcSpan>,
    /// Warnings about the variables.
    warnings: Diagnostics,
}

impl<'s> Attempt<'s> {
    /// Makes a run ready: the configuration with mocks and overrides in it, and the variables.
    pub(super) fn prepare(
        suite: &'s Suite<'s>,
        file: &'s TestFile,
        run: &'s Run,
        runs: &BTreeMap<Arc<str>, Value>,
    ) -> Result<Attempt<'s>, Diagnostics> {
        let mut config = match &run.module {
            None => suite.project.config.clone(),
            Some((dir, _)) => suite.module(dir)?,
        };
        let random = suite.project.settings.random.clone();
        let overrides = || -> Box<dyn Iterator<Item = &'s Override> + '_> {
            let mocks = file.mocks.iter().flat_map(|m| &m.overrides);
            Box::new(run.overrides.iter().chain(&file.overrides).chain(mocks))
        };
        give_modules(&mut config, overrides());
        let mut mocks = BTreeMap::new();
        let wanted: Vec<_> = match run.providers.is_empty() {
            true => {
                let mocked = file.mocks.iter().map(|m| &m.name);
                let all = file.providers.iter().map(|p| &p.name).chain(mocked);
                all.map(|name| (name, name)).collect()
            }
            false => run.providers.iter().collect(),
        };
        for (inner, outer) in wanted {
            if let Some(real) = file.providers.iter().find(|p| p.name == *outer) {
                let mut real = real.clone();
                real.name = inner.clone();
                config.root.providers.insert(inner.clone(), real);
            } else if let Some(mock) = file.mocks.iter().find(|m| m.name == *outer) {
                let empty = ProviderConfig {
                    name: inner.clone(),
                    span: mock.span,
                    body: Body::default(),
                };
                config.root.providers.insert(inner.clone(), empty);
                mocks.insert(inner.clone(), mock.clone());
            }
        }
        let settings = Settings {
            registry: Arc::new(TestProviders {
                real: suite.project.settings.registry.clone(),
                mocks,
                overrides: Arc::new(Overridden::new(overrides(), random.clone())),
                random,
            }),
            listener: Arc::new(crate::event::Silent),
            ..suite.project.settings.clone()
        };
        let mut attempt = Attempt {
            suite,
            file,
            run,
            project: Arc::new(Project::of(settings, config)),
            variables: BTreeMap::new(),
            known: BTreeMap::new(),
            places: BTreeMap::new(),
            warnings: Vec::new(),
        };
        attempt.collect(runs)?;
        Ok(attempt)
    }

    fn sources(&self) -> &'s Sources {
        &self.suite.project.config.sources
    }

    /// The values of the variables: those of the command line and the files, of the test file, and of the run, the
    /// later over the earlier.
    fn collect(&mut self, runs: &BTreeMap<Arc<str>, Value>) -> Result<(), Diagnostics> {
        let mut diagnostics = Vec::new();
        self.known = self.suite.globals(&self.file.name, &mut diagnostics);
        let all_runs: Vec<Arc<str>> = self.file.runs.iter().map(|r| r.name.clone()).collect();
        let functions = self.project.function_context(None, true);
        let mut given: Vec<(&Attribute, Value)> = Vec::new();
        for (attributes, runs) in [
            (&self.file.variables, None),
            (&self.run.variables, Some(runs)),
        ] {
            let names = Names {
                sources: self.sources(),
                functions: &functions,
                variables: &self.known,
                runs,
                all_runs: &all_runs,
                module: None,
            };
            let values: Vec<(&Attribute, Value)> = attributes
                .iter()
                .map(|a| (a, eval(&a.expr, &names, &mut diagnostics)))
                .collect();
            for (attribute, value) in &values {
                self.known.insert(attribute.name.clone(), value.clone());
            }
            given.extend(values);
        }
        let root = &self.project.config.root;
        for (attribute, _) in &given {
            self.places
                .insert(attribute.name.clone(), attribute.expr.span);
        }
        for attribute in &self.run.variables {
            if !root.variables.contains_key(&attribute.name) {
                let mut warning = self.sources().error(
                    attribute.span,
                    "Value for undeclared variable",
                    format!(
                        "The module under test does not declare a variable named {:?}, but it is declared in run block {:?}.",
                        attribute.name, self.run.name
                    ),
                );
                warning.severity = Severity::Warning;
                self.warnings.push(warning);
            }
        }
        for variable in root.variables.values() {
            match self.known.get(&variable.name) {
                Some(value) => drop(self.variables.insert(variable.name.clone(), value.clone())),
                None if variable.default.is_some() => {}
                None => diagnostics.push(self.sources().error(
                    variable.span,
                    "No value for required variable",
                    format!("The module under test for run block {:?} has a required variable {:?} with no set value. Use a -var or -var-file command line argument or add this variable into a \"variables\" block within the test file or run block.", self.run.name, variable.name),
                )),
            }
        }
        match has_errors(&diagnostics) {
            true => {
                let mut all = std::mem::take(&mut self.warnings);
                all.extend(diagnostics);
                Err(all)
            }
            false => {
                self.warnings.extend(diagnostics);
                Ok(())
            }
        }
    }

    fn options(&self) -> Result<Options, Diagnostics> {
        let mut diagnostics = Vec::new();
        let mut address = |t: &Traversal, what: &str| {
            let found = parse_target(&t.to_string());
            if found.is_none() {
                diagnostics.push(self.sources().error(
                    t.span,
                    format!("Invalid {what} address"),
                    format!("{t} is not the address of a resource or a module."),
                ));
            }
            found
        };
        let options = &self.run.options;
        let targets = options.target.iter().filter_map(|t| address(t, "target"));
        let targets: Vec<Target> = targets.collect();
        let mut replace = Vec::new();
        for traversal in &options.replace {
            if let Some(Target::Instance(instance)) = address(traversal, "force-replace") {
                replace.push(instance);
            }
        }
        match diagnostics.is_empty() {
            true => Ok(Options {
                mode: match options.refresh_only {
                    true => PlanMode::RefreshOnly,
                    false => PlanMode::Normal,
                },
                refresh: options.refresh,
                targets,
                excludes: Vec::new(),
                replace,
                parallelism: self.suite.parallelism,
                keep_values: true,
                ..Options::default()
            }),
            false => Err(diagnostics),
        }
    }

    /// Runs it on a state.
    pub(super) async fn execute(&self, state: &State, runs: &BTreeMap<Arc<str>, Value>) -> Outcome {
        let (mut expected, problems) = Expected::new(self.run, self.sources());
        if !problems.is_empty() {
            return Outcome::error(problems);
        }
        let options = match self.options() {
            Ok(options) => options,
            Err(diagnostics) => return Outcome::error(diagnostics),
        };
        let applies = self.run.command == Command::Apply;
        let planned = self
            .project
            .plan(&state.open, self.variables.clone(), options)
            .await;
        let mut diagnostics = self.warnings.clone();
        let mut ready = match planned {
            Ok(mut ready) => {
                let found = std::mem::take(&mut ready.diagnostics);
                diagnostics.extend(self.judge(found, &mut expected, applies));
                ready
            }
            Err(found) => {
                diagnostics.extend(self.judge(found, &mut expected, applies));
                return self.ended(diagnostics, &expected);
            }
        };
        if has_errors(&diagnostics) {
            return self.ended(diagnostics, &expected);
        }
        let (values, plan) = if applies {
            let parallelism = self.suite.parallelism;
            let applied = self
                .project
                .apply(&state.open, &mut ready, "apply", parallelism)
                .await;
            diagnostics.extend(self.judge(applied.diagnostics, &mut expected, false));
            (applied.values, None)
        } else {
            (ready.values, Some(ready.plan))
        };
        let mut outcome = match has_errors(&diagnostics) {
            true => Outcome::error(diagnostics),
            false => self.conclude(values, runs, diagnostics, &expected),
        };
        if self.suite.verbose {
            outcome.shown = match plan {
                Some(plan) => Some(Shown::Plan(Box::new(plan))),
                None => (state.open.store.snapshot().ok())
                    .and_then(|held| view::read(Some(&held), &self.project.settings).ok())
                    .map(|s| Shown::State(Box::new(s))),
            };
        }
        outcome
    }

    /// The outcome of a plan that could not be made; it may be just what was expected.
    fn ended(&self, mut diagnostics: Diagnostics, expected: &Expected<'_>) -> Outcome {
        if !has_errors(&diagnostics) {
            diagnostics.extend(expected.missing(self.sources()));
        }
        match has_errors(&diagnostics) {
            true => Outcome::error(diagnostics),
            false => Outcome {
                status: Status::Pass,
                diagnostics,
                outputs: None,
                shown: None,
                failed: (0, self.run.asserts.len()),
            },
        }
    }

    /// Takes expected failures out of the problems found. While planning an apply, only what prevents it counts.
    fn judge(
        &self,
        found: Diagnostics,
        expected: &mut Expected<'_>,
        before_apply: bool,
    ) -> Diagnostics {
        let config = &self.project.config;
        let mut kept = Vec::new();
        for mut problem in found {
            let check = problem.summary == "Check block assertion failed";
            if before_apply && check && !problem.is_error() {
                continue;
            }
            if (problem.is_error() || check)
                && let Some(object) = expected.meets(&problem, config)
            {
                if !before_apply {
                    continue;
                }
                kept.push(Diagnostic::warning(
                    "Expected failure while planning",
                    format!("A condition of {object} failed while planning, and so nothing could be applied. The failure was expected, but the run is to apply, so it counts as an error, which follows. With \"command = plan\" the run would pass."),
                ));
            }
            if check {
                problem.severity = Severity::Error;
            }
            self.place(&mut problem, config);
            kept.push(problem);
        }
        kept
    }

    /// A problem with the value of a variable is where the tests give the value.
    fn place(&self, problem: &mut Diagnostic, config: &Config) {
        let Some(at) = &problem.span else { return };
        let mut given = self.places.iter();
        let place = given.find_map(|(name, place)| {
            let variable = config.root.variables.get(name)?;
            (*at == config.sources.span(variable.span)).then_some(*place)
        });
        if let Some(place) = place {
            problem.span = Some(config.sources.span(place));
        }
    }

    /// What must hold after the run.
    fn conclude(
        &self,
        values: Values,
        runs: &BTreeMap<Arc<str>, Value>,
        mut diagnostics: Diagnostics,
        expected: &Expected<'_>,
    ) -> Outcome {
        let all_runs: Vec<Arc<str>> = self.file.runs.iter().map(|r| r.name.clone()).collect();
        let applies = self.run.command == Command::Apply;
        let aftermath = self.project.aftermath(values, applies);
        let functions: FunctionContext = self.project.function_context(None, true);
        let judged = aftermath.with_scope(|outputs, scope| {
            let mut status = Status::Pass;
            let mut failed = 0;
            diagnostics.extend(expected.missing(self.sources()));
            if has_errors(&diagnostics) {
                status = Status::Error;
            } else {
                let names = Names {
                    sources: self.sources(),
                    functions: &functions,
                    variables: &self.known,
                    runs: Some(runs),
                    all_runs: &all_runs,
                    module: Some((outputs, scope)),
                };
                for assert in &self.run.asserts {
                    let held = check(assert, &names, applies, &mut diagnostics);
                    failed += usize::from(held != Status::Pass);
                    status = status.max(held);
                }
            }
            let outputs = outputs.iter().map(|(k, v)| (k.clone(), v.clone()));
            (status, failed, Value::object(outputs))
        });
        let Some((status, failed, outputs)) = judged else {
            return Outcome::error(diagnostics);
        };
        Outcome {
            status,
            diagnostics,
            outputs: Some(outputs),
            shown: None,
            failed: (failed, self.run.asserts.len()),
        }
    }
}

/// Whether an assertion holds.
fn check(
    assert: &Condition,
    names: &Names<'_>,
    applies: bool,
    diagnostics: &mut Diagnostics,
) -> Status {
    let place = &assert.condition;
    let problem = |summary: &str, detail: String| {
        let mut problem = names.sources().error(place.span, summary, detail);
        problem.values = reference_values(place, names, false);
        problem
    };
    let before = diagnostics.len();
    let result = eval(place, names, diagnostics);
    if has_errors(&diagnostics[before..]) {
        return Status::Error;
    }
    if result.is_null() {
        diagnostics.push(problem(
            "Invalid condition run",
            "Condition expression must return either true or false, not null.".into(),
        ));
        return Status::Error;
    }
    if !result.is_known() {
        let why = match applies {
            true => {
                "Condition expression could not be evaluated: its value is not known even after the apply."
            }
            false => {
                "Condition expression could not be evaluated at this time. This means you have executed a `run` block with `command = plan` and one of the values your condition depended on is not known until after the plan has been applied. Either remove this value from your condition, or execute an `apply` command from this `run` block. Alternatively, if there is an override for this value, you can make it available during the plan phase by setting `override_during = plan` in the `override_` block."
            }
        };
        diagnostics.push(problem("Unknown condition value", why.into()));
        return Status::Error;
    }
    let holds = match convert(&result, &Type::Bool) {
        Ok(value) => value.as_bool() == Some(true),
        Err(error) => {
            diagnostics.push(problem(
                "Invalid condition run",
                format!("Invalid condition run value: {error}."),
            ));
            return Status::Error;
        }
    };
    if holds {
        return Status::Pass;
    }
    let message = eval(&assert.error_message, names, diagnostics);
    let failed = has_errors(&diagnostics[before..]);
    let (expr, marks) = (&assert.error_message, message.marks_deep());
    let hidden = hidden_message(marks, expr, names.sources());
    let text = match &hidden {
        Some(_) => "",
        None => message
            .as_str()
            .unwrap_or("Failed to evaluate condition error message."),
    };
    diagnostics.extend(hidden);
    diagnostics.push(problem("Test assertion failed", text.to_owned()));
    match failed {
        true => Status::Error,
        false => Status::Fail,
    }
}
