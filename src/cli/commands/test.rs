//! `test`: runs the tests of the configuration, and tells of it as text, as messages, and as a JUnit report.
//!
//! What a test means is [`crate::testing`]'s.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Value as Json, json};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics};

use super::apply::Signals;
use super::version::COMPATIBLE;
use crate::cli::Exit;
use crate::cli::args::TestArgs;
use crate::cli::session::Session;
use crate::cli::shell::Shell;
use crate::cli::source_text::Texts;
use crate::config::{Disk, test_file};
use crate::project::Project;
use crate::report::json::plan::{PlanContext, plan_json};
use crate::report::json::schema::providers_schema_json;
use crate::report::json::state::state_json;
use crate::report::json::test_stream::{self, Place};
use crate::report::state_text::render_state;
use crate::report::{Style, junit, render_diagnostics, render_plan, test_text};
use crate::testing::{RunEnd, Shown, Status, Suite, Summary, TestEvent, TestListener};

/// Runs the command.
pub async fn run(args: &TestArgs, started_in: PathBuf) -> Exit {
    let mut session = match Session::open(&args.common, started_in).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    if args.json {
        session.begin_stream();
    }
    if args
        .cloud_run
        .as_deref()
        .is_some_and(|source| !source.is_empty())
    {
        let exit = session.fail(&[Diagnostic::error(
            "Tests cannot be run elsewhere",
            "There is no HCP Terraform to run tests in. Leave -cloud-run out, and they are run here.",
        )]);
        return session.close(exit).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let watch = watch(stop.clone(), session.settings.stop.clone());
    let exit = tests(&session, args, stop)
        .await
        .unwrap_or_else(|exit| exit);
    watch.abort();
    session.close(exit).await
}

/// The first Ctrl-C (or SIGTERM) lets the run that is under way end and what was made be destroyed; the second lets only
/// calls end, and what is left is told; the third stops at once.
fn watch(ending: Arc<AtomicBool>, stop: Arc<AtomicBool>) -> tokio::task::JoinHandle<()> {
    let mut signals = Signals::new();
    tokio::spawn(async move {
        signals.next().await;
        Shell::detect(false).error_text("\nInterrupt received. The run that is under way ends, the others are skipped, and what was made is destroyed.\nInterrupt again to leave what was made where it is.\n\n");
        ending.store(true, Ordering::Relaxed);
        signals.next().await;
        Shell::detect(false).error_text("\nInterrupt received. Calls that are running are waited for, and what is left is told.\nInterrupt again to stop at once.\n\n");
        stop.store(true, Ordering::Relaxed);
        signals.next().await;
        std::process::exit(Exit::Error as i32);
    })
}

async fn tests(session: &Session, args: &TestArgs, stop: Arc<AtomicBool>) -> Result<Exit, Exit> {
    let files = Disk {
        root: PathBuf::from("."),
    };
    let directory = Path::new(&args.test_directory);
    if !directory
        .components()
        .all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
    {
        return Err(session.fail(&[Diagnostic::error(
            "Invalid testing directory",
            "The testing directory must be a relative path pointing to a directory local to the configuration directory.",
        )]));
    }
    let project = session.load()?;
    let (all, problems) = test_file::load(&files, directory, &session.sources);
    let problems = [project.warnings.clone(), problems].concat();
    if has_errors(&problems) {
        return Err(session.fail(&problems));
    }
    session.show(&problems);
    let wanted = |name: &str| {
        let key = |f: &String| crate::config::files::key(Path::new(f));
        args.filter.is_empty() || args.filter.iter().any(|f| key(f) == name)
    };
    let mut random = [0; 8];
    (session.settings.random)(&mut random);
    let name: String = random.iter().map(|b| format!("{b:02x}")).collect();
    let dir = session.scratch_dir(&format!("test-{name}"))?;
    let variables = |dir: &Path| session.test_variables(&project, &args.variables, dir);
    let teller = Teller {
        session,
        verbose: args.verbose,
        report: RefCell::default(),
        began: RefCell::default(),
    };
    let suite = Suite {
        project: &project,
        files: all.iter().filter(|f| wanted(&f.name)).collect(),
        sources: &files,
        variables: &variables,
        dir: dir.clone(),
        parallelism: args.parallelism.max(1),
        verbose: args.verbose,
        stop,
        listener: &teller,
    };
    let summary = suite.run().await;
    drop(std::fs::remove_dir_all(&dir));
    if let Some(path) = &args.junit_xml {
        let report = junit::render(&teller.report.borrow());
        std::fs::write(path, report).map_err(|e| {
            session.fail(&[Diagnostic::error(
                "error writing to JUnit XML file",
                format!("The file {path} could not be written: {e}."),
            )])
        })?;
    }
    Ok(match summary.status {
        Status::Fail | Status::Error => Exit::Error,
        _ => Exit::Ok,
    })
}

/// Tells of tests.
struct Teller<'s> {
    session: &'s Session,
    verbose: bool,
    report: RefCell<Vec<junit::Suite>>,
    /// When the run at hand began.
    began: RefCell<Option<(Instant, String)>>,
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Skip => "skip",
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Error => "error",
    }
}

impl Teller<'_> {
    fn style(&self) -> &Style {
        &self.session.shell.style
    }

    fn text(&self, text: &str) {
        if !self.session.json {
            self.session.shell.out(text);
        }
    }

    fn message(&self, line: impl FnOnce(&str) -> String) {
        if self.session.json {
            self.session.message(line);
        }
    }

    fn problems(&self, place: Place<'_>, diagnostics: &Diagnostics) {
        if !self.session.json {
            self.session.show(diagnostics);
            return;
        }
        let texts = Texts::new(&self.session.sources);
        for diagnostic in diagnostics {
            self.message(|now| test_stream::problem(place, diagnostic, &texts, now));
        }
    }

    fn run_end(&self, end: &RunEnd<'_>) {
        let status = word(end.status);
        let place = Place {
            file: Some(end.file),
            run: Some(end.run),
        };
        self.text(&test_text::run_end(end.run, status, self.style()));
        self.message(|now| test_stream::run(end.file, end.run, "complete", Some(status), now));
        if self.verbose
            && let (Some(shown), Some(project)) = (&end.shown, end.project)
        {
            self.show(place, shown, project);
        }
        self.problems(place, &end.diagnostics);
        self.record(end);
    }

    fn show(&self, place: Place<'_>, shown: &Shown, project: &Project) {
        let schemas = project.schemas();
        if !self.session.json {
            let text = match shown {
                Shown::Plan(plan) => render_plan(plan, &schemas, self.style()),
                Shown::State(state) => {
                    format!("\n{}", render_state(&state.view(), self.style()))
                }
            };
            self.text(&format!("{text}\n"));
            return;
        }
        let providers = project.providers().unwrap_or_default();
        let providers = providers.iter().map(|(s, p)| (s.as_str(), p.schema()));
        let providers = providers_schema_json(providers);
        let (what, document) = match shown {
            Shown::Plan(plan) => {
                let context = PlanContext {
                    terraform_version: COMPATIBLE,
                    ..PlanContext::default()
                };
                let document = plan_json(plan, &schemas, &context);
                let fields = ["output_changes", "resource_changes", "resource_drift"];
                let mut out = serde_json::Map::new();
                out.insert("plan_format_version".into(), json!("1.2"));
                for field in fields {
                    if let Some(value) = document.get(field) {
                        out.insert(field.into(), value.clone());
                    }
                }
                ("plan", out)
            }
            Shown::State(state) => {
                let document = state_json(&state.view(), COMPATIBLE, &[], false);
                let mut out = serde_json::Map::new();
                out.insert("state_format_version".into(), json!("1.0"));
                for field in ["root_module", "outputs"] {
                    let value = document["values"].get(field).cloned();
                    out.insert(field.into(), value.unwrap_or_else(|| json!({})));
                }
                ("state", out)
            }
        };
        let mut document = document;
        document.insert("provider_format_version".into(), json!("1.0"));
        if let Some(schemas) = providers.get("provider_schemas") {
            document.insert("provider_schemas".into(), schemas.clone());
        }
        self.message(|now| test_stream::shown(place, what, Json::Object(document), now));
    }

    /// Remembers a run for the report.
    fn record(&self, end: &RunEnd<'_>) {
        let errors: Diagnostics = end
            .diagnostics
            .iter()
            .filter(|d| d.is_error())
            .cloned()
            .collect();
        let texts = Texts::new(&self.session.sources);
        let (failed, all) = end.failed;
        let (message, text) = match (end.status, &end.because) {
            (Status::Skip, Some(run)) => (
                "Testcase skipped due to a previous testcase error".to_owned(),
                format!(
                    "Previous testcase {run:?} ended in error, which caused the remaining tests in the file to be skipped"
                ),
            ),
            (Status::Skip, None) => ("Testcase skipped".to_owned(), String::new()),
            (status, _) => {
                let message = match (status, errors.first()) {
                    (Status::Fail, Some(first)) => {
                        format!("{failed} of {all} assertions failed: {}", first.detail)
                    }
                    _ => "Encountered an error".to_owned(),
                };
                (
                    message,
                    render_diagnostics(&errors, &texts, &Style::default()),
                )
            }
        };
        let began = self.began.borrow_mut().take();
        let case = junit::Case {
            name: end.run.to_owned(),
            status: word(end.status),
            message,
            text,
            time: began.map(|(at, when)| (at.elapsed().as_secs_f64(), when)),
        };
        if let Some(suite) = self.report.borrow_mut().last_mut() {
            suite.cases.push(case);
        }
    }

    fn end(&self, summary: &Summary) {
        let failed = summary.failed + summary.errored;
        let counts = [
            summary.passed,
            summary.failed,
            summary.errored,
            summary.skipped,
        ];
        self.text(&test_text::summary(
            summary.passed,
            failed,
            summary.skipped,
            self.style(),
        ));
        self.message(|now| test_stream::summary(word(summary.status), counts, now));
    }
}

impl TestListener for Teller<'_> {
    fn event(&self, event: TestEvent<'_>) {
        match event {
            TestEvent::Found(files) => self.message(|now| test_stream::found(&files, now)),
            TestEvent::FileStart(file) => {
                self.report.borrow_mut().push(junit::Suite {
                    name: file.to_owned(),
                    cases: Vec::new(),
                });
                self.text(&test_text::file_start(file, self.style()));
                self.message(|now| test_stream::file(file, "starting", None, now));
            }
            TestEvent::RunStart(file, run) => {
                let now = (self.session.settings.now)();
                *self.began.borrow_mut() = Some((Instant::now(), now));
                self.message(|now| test_stream::run(file, run, "starting", None, now));
            }
            TestEvent::RunEnd(end) => self.run_end(&end),
            TestEvent::TearDown(file) => {
                self.text(&test_text::file_tear_down(file, self.style()));
                self.message(|now| test_stream::file(file, "teardown", None, now));
            }
            TestEvent::RunTearDown(file, run) => {
                self.message(|now| test_stream::run(file, run, "teardown", None, now));
            }
            TestEvent::Left {
                file,
                run,
                diagnostics,
                left,
            } => {
                let place = Place {
                    file: Some(file),
                    run: Some(run),
                };
                self.problems(place, &diagnostics);
                if !left.is_empty() {
                    if !self.session.json {
                        let text = test_text::left(file, run, &left, self.style());
                        self.session.shell.error_text(&text);
                    }
                    self.message(|now| test_stream::left(place, &left, now));
                }
            }
            TestEvent::FileEnd(file, status) => {
                self.text(&test_text::file_end(file, word(status), self.style()));
                self.message(|now| test_stream::file(file, "complete", Some(word(status)), now));
            }
            TestEvent::End(summary) => self.end(&summary),
        }
    }
}
