//! Ephemeral resources: a scripted provider that writes down what it is asked, and the engine as a library around it.
//!
//! The log of the provider is the judge of what is opened and closed when; what is stored is searched for the secret.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use trunkline::address::Address;
use trunkline::config::ProviderName;
use trunkline::event::{Event, Listener};
use trunkline::plan::PlanMode;
use trunkline::plan::walk::Options;
use trunkline::project::discover::Search;
use trunkline::project::{Project, Settings};
use trunkline::report::events::{json_line, text_line};
use trunkline::report::style::Style;
use trunkline_api::kit::attrs;
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, CloseRequest, ConfigureRequest, Effects, ImportRequest,
    ImportResponse, OpenRequest, OpenResponse, PlanRequest, PlanResponse, ReadDataRequest,
    ReadDataResponse, ReadRequest, ReadResponse, RenewRequest, RenewResponse,
};
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Provider, ProviderSchema, Schema, Type,
    Value,
};

use crate::library::{self, Counter, Make, told};

/// What the provider was asked, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// Tokens that can be opened, and doors that take one.
struct Vault {
    log: Log,
    stop: Arc<AtomicBool>,
    schema: ProviderSchema,
    token: Mutex<String>,
}

fn vault(log: &Log, stop: &Arc<AtomicBool>) -> Vault {
    let text = |what: &str| Attribute::new(Type::String, what);
    let token = Block::new("A token.")
        .attribute("name", text("Which.").required())
        .attribute("secret", text("The secret.").computed())
        .attribute(
            "lease",
            Attribute::new(Type::Number, "Milliseconds.").optional(),
        );
    let door = Block::new("A door.")
        .attribute("id", text("The id.").computed())
        .attribute("name", text("The name.").required())
        .attribute("code", text("What opens it.").optional().write_only());
    let provider = Block::new("The vault.").attribute("token", text("A token.").optional());
    let schema = |block| Schema { version: 0, block };
    Vault {
        log: log.clone(),
        stop: stop.clone(),
        schema: ProviderSchema {
            provider: schema(provider),
            resources: [("vault_door".into(), schema(door))].into(),
            ephemeral_resources: [("vault_token".into(), schema(token))].into(),
            ..ProviderSchema::default()
        },
        token: Mutex::default(),
    }
}

impl Vault {
    fn say(&self, text: String) {
        self.log.lock().unwrap().push(text);
    }
}

fn text(value: &Value, name: &str) -> String {
    attrs::text(value, name).unwrap_or_default().to_owned()
}

fn trouble(what: &str) -> Diagnostics {
    vec![Diagnostic::error("Trouble", what)]
}

impl Provider for Vault {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }
    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        let token = text(&request.config, "token");
        if !token.is_empty() {
            self.say(format!("configure with {token}"));
        }
        *self.token.lock().unwrap() = token;
        Box::pin(async { Vec::new() })
    }
    fn effects(&self, _: &str) -> Effects {
        Effects::Opaque
    }
    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        let token = self.token.lock().unwrap().clone();
        self.say(format!("import {} with {token}", request.id));
        if request.id == "halted" {
            self.stop.store(true, Ordering::SeqCst);
        }
        let door = [("id", request.id.clone()), ("name", request.id)];
        let code = ("code", Value::null(Type::String));
        let fields = door.map(|(name, text)| (name, Value::string(text)));
        let state = Value::object(fields.into_iter().chain([code]));
        Box::pin(async move {
            ImportResponse {
                state: Some(state),
                ..ImportResponse::default()
            }
        })
    }
    fn discover(&self, _: &str) -> BoxFuture<'_, Result<Option<Vec<String>>, Diagnostics>> {
        self.say(format!("list with {}", self.token.lock().unwrap()));
        Box::pin(async { Ok(Some(vec!["x".to_owned(), "y".to_owned()])) })
    }
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async {
            ReadResponse {
                state: request.state,
                private: request.private,
                diagnostics: Vec::new(),
            }
        })
    }
    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        self.say(format!(
            "plan {} with {:?}",
            text(&request.config, "name"),
            attrs::text(&request.config, "code")
        ));
        if text(&request.config, "name") == "halted" {
            self.stop.store(true, Ordering::SeqCst);
        }
        let mut planned = request.proposed.clone();
        if !planned.is_null() && request.prior.is_null() {
            planned = attrs::set(&planned, "id", Value::unknown(Type::String));
        }
        Box::pin(async move {
            PlanResponse {
                planned,
                requires_replace: Vec::new(),
                private: request.private,
                notes: Vec::new(),
                diagnostics: Vec::new(),
            }
        })
    }
    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        let token = self.token.lock().unwrap().clone();
        Box::pin(async move {
            let name = match request.planned.is_null() {
                true => format!("away {}", text(&request.prior, "name")),
                false => text(&request.planned, "name"),
            };
            let code = text(&request.config, "code");
            self.say(format!("make {name} with {code}{token}"));
            let answer = |state, diagnostics, unsettled| ApplyResponse {
                state,
                private: request.private.clone(),
                diagnostics,
                unsettled,
            };
            match &*name {
                "broken" => return answer(request.prior.clone(), trouble("It breaks."), false),
                "lost" => return answer(request.prior.clone(), trouble("No answer."), true),
                "stopped" => self.stop.store(true, Ordering::SeqCst),
                "slow" => tokio::time::sleep(Duration::from_millis(350)).await,
                _ => {}
            }
            let made = match request.planned.is_null() {
                true => request.planned.clone(),
                false => attrs::set(&request.planned, "id", Value::string(format!("id-{name}"))),
            };
            answer(made, Vec::new(), false)
        })
    }
    fn read_data(&self, _: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        Box::pin(async {
            ReadDataResponse {
                state: Value::null(Type::Dynamic),
                diagnostics: trouble("There are no data sources."),
            }
        })
    }
    fn open_ephemeral(&self, request: OpenRequest) -> BoxFuture<'_, OpenResponse> {
        let name = text(&request.config, "name");
        self.say(format!("open {name}"));
        let fails = name == "none";
        let lease = request.config.attr("lease").and_then(Value::as_number);
        let lease = lease.and_then(|n| n.to_usize());
        let secret = Value::string(format!("SECRET-{name}"));
        Box::pin(async move {
            OpenResponse {
                result: attrs::set(&request.config, "secret", secret),
                private: name.as_bytes().into(),
                renew_after: lease.map(|n| Duration::from_millis(n as u64)),
                diagnostics: match fails {
                    true => trouble("There is no such token."),
                    false => Vec::new(),
                },
            }
        })
    }
    fn renew_ephemeral(&self, request: RenewRequest) -> BoxFuture<'_, RenewResponse> {
        let name = String::from_utf8_lossy(&request.private).into_owned();
        self.say(format!("renew {name}"));
        Box::pin(async {
            RenewResponse {
                private: request.private,
                renew_after: None,
                diagnostics: Vec::new(),
            }
        })
    }
    fn close_ephemeral(&self, request: CloseRequest) -> BoxFuture<'_, Diagnostics> {
        let name = String::from_utf8_lossy(&request.private).into_owned();
        self.say(format!("close {name}"));
        Box::pin(async move {
            match &*name {
                "stuck" => trouble("It does not close."),
                _ => Vec::new(),
            }
        })
    }
}

/// Keeps what is told of ephemeral resources.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Listener for Told {
    fn event(&self, event: Event) {
        if matches!(event, Event::Ephemeral { .. }) {
            let text = text_line(&event, &Style::default()).unwrap();
            let json: serde_json::Value =
                serde_json::from_str(&json_line(&event, "now").unwrap()).unwrap();
            let told = format!("{text} | {} {}", json["type"], json["hook"]["action"]);
            self.0.lock().unwrap().push(told.replace('"', ""));
        }
    }
}

/// A provider that is configured with a token, which another one opens.
const WITH_TOKEN: &str = r#"
provider "vault" {
  alias = "bare"
}
ephemeral "vault_token" "a" {
  provider = vault.bare
  name     = "a"
}
provider "vault" {
  token = ephemeral.vault_token.a.secret
}
resource "vault_door" "x" {
  name = "x"
}
"#;

/// A project in a folder of its own.
struct Bench {
    folder: TempDir,
    log: Log,
    told: Arc<Told>,
    stop: Arc<AtomicBool>,
    ids: Arc<Counter>,
}

/// What came of a run.
struct Ran {
    /// What the provider was asked, while planning and while applying.
    planning: Vec<String>,
    applying: Vec<String>,
    /// The problems.
    problems: Vec<String>,
    /// What the user was told of ephemeral resources.
    told: Vec<String>,
    /// All that is kept of it: the plan, and the state with what is open.
    kept: String,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            folder: tempfile::tempdir().unwrap(),
            log: Arc::default(),
            told: Arc::default(),
            stop: Arc::default(),
            ids: Arc::default(),
        }
    }

    fn project(&self, configuration: &str) -> Project {
        let store = self.folder.path().join("state.db");
        let (log, stop) = (self.log.clone(), self.stop.clone());
        let make: Make = Arc::new(move || Arc::new(vault(&log, &stop)));
        let settings = Settings {
            listener: self.told.clone(),
            stop: self.stop.clone(),
            ..library::settings(self.folder.path(), store, &self.ids, ("vault", make))
        };
        library::load(settings, configuration)
    }

    fn run(&self, configuration: &str, mode: PlanMode) -> Ran {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(self.run_within(configuration, mode))
    }

    async fn run_within(&self, configuration: &str, mode: PlanMode) -> Ran {
        let project = self.project(configuration);
        let state = library::open(&project.settings.store, true, &self.ids);
        let asked = || std::mem::take(&mut *self.log.lock().unwrap());
        let options = Options {
            mode,
            ..Options::default()
        };
        let mut ready = match project.plan(&state, BTreeMap::new(), options).await {
            Ok(ready) => ready,
            Err(problems) => panic!("{:?}", told(&problems)),
        };
        let planning = asked();
        let mut kept = format!("{:?}", ready.plan);
        for change in &ready.plan.changes {
            kept += &format!("{:?}", change.after.clone().unmark_deep().0);
        }
        let mut problems = told(&ready.diagnostics);
        if !ready.plan.errored {
            let applied = project.apply(&state, &mut ready, "apply", 4).await;
            problems.extend(told(&applied.diagnostics));
            kept += &format!("{:?}", applied.outputs);
        }
        let snapshot = state.store.snapshot().unwrap();
        for row in &snapshot.rows {
            kept += &String::from_utf8_lossy(&row.attributes);
            kept += &String::from_utf8_lossy(&row.private);
        }
        for intent in &snapshot.intents {
            kept += &String::from_utf8_lossy(&intent.operation.payload);
        }
        for output in &snapshot.outputs {
            kept += &format!("{output:?}");
        }
        Ran {
            planning,
            applying: asked(),
            problems,
            told: std::mem::take(&mut *self.told.0.lock().unwrap()),
            kept,
        }
    }
}

const REQUIRED: &str = r#"
terraform {
  required_providers {
    vault = { source = "trunkline/vault" }
  }
}
"#;

fn configuration(body: &str) -> String {
    format!("{REQUIRED}{body}")
}

#[test]
fn open_until_the_last_use_has_ended_and_kept_nowhere() {
    let bench = Bench::new();
    let ran = bench.run(
        &configuration(
            r#"
ephemeral "vault_token" "a" { name = "a" }
ephemeral "vault_token" "b" {
  name = "b-${length(ephemeral.vault_token.a.secret)}"
}
locals { code = "${ephemeral.vault_token.a.secret}+${ephemeral.vault_token.b.secret}" }
resource "vault_door" "x" {
  name = "x"
  code = local.code
}
resource "vault_door" "y" {
  name       = "y"
  code       = ephemeral.vault_token.a.secret
  depends_on = [vault_door.x]
}
resource "vault_door" "z" { name = vault_door.y.id }
"#,
        ),
        PlanMode::Normal,
    );
    assert_eq!(ran.problems, [""; 0]);
    assert_eq!(
        ran.planning,
        [
            "open a",
            "open b-8",
            "plan x with Some(\"SECRET-a+SECRET-b-8\")",
            "close b-8",
            "plan y with Some(\"SECRET-a\")",
            "close a",
            "plan  with None",
        ]
    );
    let made: Vec<&String> = ran
        .applying
        .iter()
        .filter(|l| !l.starts_with("plan"))
        .collect();
    assert_eq!(
        made,
        [
            "open a",
            "open b-8",
            "make x with SECRET-a+SECRET-b-8",
            "close b-8",
            "make y with SECRET-a",
            "close a",
            "make id-y with ",
        ]
    );
    assert!(ran.kept.contains("id-y"), "{}", ran.kept);
    assert!(!ran.kept.contains("SECRET"), "{}", ran.kept);
    let lines = |token: &str, step: &str, done: &str, action: &str| {
        [
            format!("ephemeral.vault_token.{token}: {step}... | ephemeral_op_start {action}"),
            format!(
                "ephemeral.vault_token.{token}: {done} complete after 0s | ephemeral_op_complete {action}"
            ),
        ]
    };
    let once = [
        lines("a", "Opening", "Opening", "open"),
        lines("b", "Opening", "Opening", "open"),
        lines("b", "Closing", "Closing", "close"),
        lines("a", "Closing", "Closing", "close"),
    ];
    assert_eq!(ran.told, [once.concat(), once.concat()].concat());
}

#[test]
fn what_is_not_known_is_opened_by_the_apply() {
    let bench = Bench::new();
    let ran = bench.run(
        &configuration(
            r#"
resource "vault_door" "first" { name = "first" }
ephemeral "vault_token" "late" { name = vault_door.first.id }
ephemeral "vault_token" "ordered" {
  name       = "ordered"
  depends_on = [vault_door.first]
}
resource "vault_door" "second" {
  name = "second"
  code = "${ephemeral.vault_token.late.secret}+${ephemeral.vault_token.ordered.secret}"
}
"#,
        ),
        PlanMode::Normal,
    );
    assert_eq!(ran.problems, [""; 0]);
    assert_eq!(
        ran.planning,
        ["plan first with None", "plan second with None"]
    );
    let mut asked = ran.applying;
    asked.retain(|l| !l.starts_with("plan"));
    assert_eq!(asked[0], "make first with ");
    asked[1..3].sort();
    assert_eq!(asked[1..3], ["open id-first", "open ordered"]);
    assert_eq!(asked[3], "make second with SECRET-id-first+SECRET-ordered");
    asked[4..].sort();
    assert_eq!(asked[4..], ["close id-first", "close ordered"]);
    assert!(!ran.kept.contains("SECRET"), "{}", ran.kept);
}

#[test]
fn instances_and_conditions() {
    let bench = Bench::new();
    let ran = bench.run(
        &configuration(
            r#"
ephemeral "vault_token" "n" {
  count = 2
  name  = "n${count.index}"
}
ephemeral "vault_token" "e" {
  for_each = toset(["p", "q"])
  name     = each.key
  lifecycle {
    postcondition {
      condition     = self.secret != "SECRET-q"
      error_message = "Not this one."
    }
  }
}
resource "vault_door" "counted" {
  name = "counted"
  code = ephemeral.vault_token.n[1].secret
}
resource "vault_door" "each" {
  name = "each"
  code = ephemeral.vault_token.e["p"].secret
}
"#,
        ),
        PlanMode::Normal,
    );
    assert_eq!(
        ran.problems,
        ["Resource postcondition failed: Not this one."]
    );
    let mut asked = ran.planning;
    asked.sort();
    let expected = [
        "close n0",
        "close n1",
        "close p",
        "close q",
        "open n0",
        "open n1",
        "open p",
        "open q",
        "plan counted with Some(\"SECRET-n1\")",
    ];
    assert_eq!(asked, expected);
    assert_eq!(ran.applying, [""; 0]);
}

#[test]
fn whatever_fails_it_is_closed() {
    for (body, problem, applying) in [
        (
            r#"
ephemeral "vault_token" "a" { name = "a" }
resource "vault_door" "x" {
  name = "broken"
  code = ephemeral.vault_token.a.secret
}
resource "vault_door" "y" {
  name = vault_door.x.id
  code = ephemeral.vault_token.a.secret
}
"#,
            "Trouble: It breaks.",
            vec!["open a", "make broken with SECRET-a", "close a"],
        ),
        (
            r#"
ephemeral "vault_token" "a" { name = "a" }
resource "vault_door" "x" {
  name = "lost"
  code = ephemeral.vault_token.a.secret
}
"#,
            "Trouble: No answer.",
            vec!["open a", "make lost with SECRET-a", "close a"],
        ),
        (
            r#"
ephemeral "vault_token" "a" { name = "stuck" }
resource "vault_door" "x" {
  name = "x"
  code = ephemeral.vault_token.a.secret
}
"#,
            "Trouble: It does not close.",
            vec![],
        ),
        (
            r#"
ephemeral "vault_token" "a" { name = "a" }
ephemeral "vault_token" "b" { name = replace(ephemeral.vault_token.a.secret, "SECRET-a", "none") }
resource "vault_door" "x" {
  name = "x"
  code = ephemeral.vault_token.b.secret
}
"#,
            "Trouble: There is no such token.",
            vec![],
        ),
    ] {
        let ran = Bench::new().run(&configuration(body), PlanMode::Normal);
        assert_eq!(ran.problems.first().unwrap(), problem);
        let mut applied = ran.applying;
        applied.retain(|l| !l.starts_with("plan"));
        assert_eq!(applied, applying);
        let of = |what: &str| ran.planning.iter().filter(|l| l.starts_with(what)).count();
        let failed = ran.planning.iter().filter(|l| *l == "open none").count();
        assert_eq!(of("open"), of("close") + failed, "{:?}", ran.planning);
        assert!(!ran.kept.contains("SECRET"), "{}", ran.kept);
    }
}

#[test]
fn when_asked_to_stop_it_is_closed() {
    let ran = Bench::new().run(
        &configuration(
            r#"
ephemeral "vault_token" "a" { name = "a" }
resource "vault_door" "x" {
  name = "stopped"
  code = ephemeral.vault_token.a.secret
}
resource "vault_door" "y" {
  name       = "y"
  code       = ephemeral.vault_token.a.secret
  depends_on = [vault_door.x]
}
"#,
        ),
        PlanMode::Normal,
    );
    let mut applied = ran.applying;
    applied.retain(|l| !l.starts_with("plan"));
    assert_eq!(applied, ["open a", "make stopped with SECRET-a", "close a"]);
}

/// One that others wait for when a plan is stopped, one that nothing has used yet, and one that comes of another.
#[test]
fn a_plan_that_is_stopped_closes_what_is_open() {
    let bench = Bench::new();
    let ran = bench.run(
        &configuration(
            r#"
ephemeral "vault_token" "a" { name = "a" }
ephemeral "vault_token" "b" { name = "b-${length(ephemeral.vault_token.a.secret)}" }
resource "vault_door" "x" {
  name = "halted"
  code = ephemeral.vault_token.b.secret
}
resource "vault_door" "y" {
  name       = "y"
  code       = ephemeral.vault_token.a.secret
  depends_on = [vault_door.x]
}
ephemeral "vault_token" "late" {
  name       = "late"
  depends_on = [vault_door.x]
}
"#,
        ),
        PlanMode::Normal,
    );
    assert_eq!(
        ran.planning,
        [
            "open a",
            "open b-8",
            "plan halted with Some(\"SECRET-b-8\")",
            "close b-8",
            "close a",
        ]
    );
    assert_eq!(ran.applying, [""; 0]);
    assert_eq!(ran.problems.len(), 1);
    assert!(
        ran.problems[0].starts_with("operation canceled: Planning was interrupted"),
        "{:?}",
        ran.problems
    );
    let closed = |token: &str| {
        let line = format!("ephemeral.vault_token.{token}: Closing complete");
        ran.told.iter().filter(|l| l.starts_with(&line)).count()
    };
    assert_eq!((closed("a"), closed("b")), (1, 1), "{:?}", ran.told);
    assert!(!ran.kept.contains("SECRET"), "{}", ran.kept);
}

#[test]
fn it_is_renewed_while_it_is_used() {
    let ran = Bench::new().run(
        &configuration(
            r#"
ephemeral "vault_token" "a" {
  name  = "a"
  lease = 100
}
resource "vault_door" "x" {
  name = "slow"
  code = ephemeral.vault_token.a.secret
}
"#,
        ),
        PlanMode::Normal,
    );
    assert_eq!(ran.problems, [""; 0]);
    assert_eq!(
        ran.applying,
        [
            "open a",
            "plan slow with Some(\"SECRET-a\")",
            "make slow with SECRET-a",
            "renew a",
            "close a",
        ]
    );
    assert!(
        ran.told
            .iter()
            .any(|l| l.starts_with("ephemeral.vault_token.a: Renewal complete"))
    );
}

#[test]
fn a_provider_is_configured_with_it_also_to_destroy() {
    let bench = Bench::new();
    let text = configuration(
        r#"
provider "vault" {
  alias = "bare"
}
ephemeral "vault_token" "a" {
  provider = vault.bare
  name     = "a"
}
provider "vault" {
  token = ephemeral.vault_token.a.secret
}
resource "vault_door" "x" { name = "x" }
resource "vault_door" "y" { name = vault_door.x.id }
"#,
    );
    let ran = bench.run(&text, PlanMode::Normal);
    assert_eq!(ran.problems, [""; 0]);
    let mut applied = ran.applying;
    applied.retain(|l| !l.starts_with("plan"));
    let configured = ["open a", "configure with SECRET-a"];
    assert_eq!(applied[..2], configured);
    let made = ["make x with SECRET-a", "make id-x with SECRET-a", "close a"];
    assert_eq!(applied[2..], made);
    let without = text.replace(
        r#"resource "vault_door" "y" { name = vault_door.x.id }"#,
        "",
    );
    let ran = bench.run(&without, PlanMode::Normal);
    assert_eq!(ran.problems, [""; 0]);
    let asked: Vec<&String> = ran
        .applying
        .iter()
        .filter(|l| !l.starts_with("plan"))
        .collect();
    assert_eq!(asked.first().unwrap().as_str(), "open a");
    assert_eq!(
        asked
            .iter()
            .filter(|l| **l == "make away id-x with SECRET-a")
            .count(),
        1
    );
    assert_eq!(asked.last().unwrap().as_str(), "close a");
    let ran = bench.run(
        &text.replace(
            "resource \"vault_door\" \"y\"",
            "resource \"vault_door\" \"w\"",
        ),
        PlanMode::Destroy,
    );
    assert_eq!(ran.problems, [""; 0]);
    assert_eq!(
        ran.applying,
        [
            "open a",
            "configure with SECRET-a",
            "make away x with SECRET-a",
            "close a"
        ]
    );
    assert!(!ran.kept.contains("SECRET"), "{}", ran.kept);
}

/// What is imported and what is discovered is read by providers as they are configured; what they are given is closed when
/// all is read, also when that is stopped.
#[test]
fn it_is_open_while_something_is_imported_or_discovered() {
    let bench = Bench::new();
    let project = bench.project(&configuration(WITH_TOKEN));
    let state = library::open(&project.settings.store, true, &bench.ids);
    let asked = || std::mem::take(&mut *bench.log.lock().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let door = Address::parse("vault_door.x").unwrap();
    let import = |id| runtime.block_on(project.import(&state, BTreeMap::new(), &door, id));
    let found = import("halted").unwrap_err();
    assert_eq!(
        told(&found),
        [
            "operation canceled: The import was interrupted: calls that were running have ended, what was open has been closed, and nothing was changed. Run the command again for the whole of it."
        ]
    );
    let stopped = [
        "open a",
        "configure with SECRET-a",
        "import halted with SECRET-a",
        "close a",
    ];
    assert_eq!(asked(), stopped);
    bench.stop.store(false, Ordering::SeqCst);
    assert!(import("x").is_ok());
    let whole = [
        "open a",
        "configure with SECRET-a",
        "import x with SECRET-a",
        "close a",
    ];
    assert_eq!(asked(), whole);
    assert!(state.store.snapshot().unwrap().rows.is_empty());

    let provider = ProviderName {
        local: "vault".into(),
        alias: None,
    };
    let search = Search {
        provider: &provider,
        types: &[],
        parallelism: 1,
        kept: None,
    };
    let discover = || runtime.block_on(project.discover(&state, BTreeMap::new(), &search));
    let found = discover().map_err(|d| told(&d));
    assert_eq!(found.map(|d| d.found.len()), Ok(2));
    let searched = asked();
    assert_eq!(
        searched[..3],
        ["open a", "configure with SECRET-a", "list with SECRET-a"]
    );
    assert_eq!(searched.last().unwrap(), "close a");
    // From the first moment on.
    bench.stop.store(true, Ordering::SeqCst);
    let stopped = discover().map(|_| ()).map_err(|d| told(&d));
    assert!(stopped.is_err(), "{stopped:?}");
    let opened = asked();
    let count = |what: &str| opened.iter().filter(|l| *l == what).count();
    assert_eq!(count("open a"), count("close a"), "{opened:?}");
}
