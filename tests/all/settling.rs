//! What an earlier process left open, settled while planning: state, journal and service go in as data, and out come what
//! the provider was asked, the plan, and what is still open.
//!
//! The provider is scripted: crates with a name, which the service does not keep unique. It decides nothing about
//! what is whose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use tempfile::TempDir;
use trunkline::address::Address;
use trunkline::apply::journal::{Journal, Operation};
use trunkline::plan::prior::{RowParts, encode_row};
use trunkline::plan::walk::Options;
use trunkline_api::kit::attrs;
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, Effects, ListRequest, PlanRequest, PlanResponse,
    ReadDataRequest, ReadDataResponse, ReadRequest, ReadResponse, ReconcileRequest,
    ReconcileResponse, Reconciled,
};
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostics, Kind, Provider, ProviderSchema, Schema, Type, Value,
};
use trunkline_state::{Change, Durability, Row, RowName, RunStart, Store};

use crate::library::{self, Counter, Make, told};
use crate::simulation::scheduler::Scheduler;
use crate::simulation::seeded;

const CRATE: &str = "depot_crate";

/// What there is and what was asked. Crates stand on shelves, which a name may begin with: `left/tea`.
#[derive(Clone, Default)]
struct Depot {
    /// Names by id.
    crates: Arc<Mutex<BTreeMap<String, String>>>,
    log: Arc<Mutex<Vec<String>>>,
    scheduler: Scheduler,
}

impl Depot {
    fn stock(&self, crates: &[(&str, &str)]) {
        let all = crates
            .iter()
            .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()));
        *self.crates.lock().unwrap() = all.collect();
    }

    fn say(&self, text: String) {
        self.log.lock().unwrap().push(text);
    }
}

fn schema() -> Schema {
    let text = |what: &str| Attribute::new(Type::String, what);
    Schema {
        version: 0,
        block: Block::new("A crate.")
            .attribute("id", text("The id.").computed())
            .attribute("name", text("The name.").required())
            .attribute("shelf", text("The shelf.").optional()),
    }
}

fn value(id: Value, name: &str) -> Value {
    let (shelf, name) = match name.split_once('/') {
        Some((shelf, name)) => (Value::string(shelf), name),
        None => (Value::null(Type::String), name),
    };
    let fields = [("id", id), ("name", Value::string(name)), ("shelf", shelf)];
    let fields = fields.map(|(name, value)| (Arc::<str>::from(name), value));
    Value::new(Kind::Object(fields.into_iter().collect()))
}

fn text(value: &Value, name: &str) -> String {
    attrs::text(value, name).unwrap_or_default().to_owned()
}

/// The name with its shelf.
fn full_name(value: &Value) -> String {
    match attrs::text(value, "shelf") {
        Some(shelf) => format!("{shelf}/{}", text(value, "name")),
        None => text(value, "name"),
    }
}

/// A client of the depot. It logs in when it is first asked for anything but a `parcel`; who comes meanwhile waits for
/// that one login.
struct Client {
    depot: Depot,
    schema: ProviderSchema,
    login: tokio::sync::OnceCell<()>,
}

impl Client {
    fn new(depot: Depot) -> Client {
        Client {
            depot,
            schema: ProviderSchema {
                resources: [(CRATE.into(), schema())].into(),
                ..ProviderSchema::default()
            },
            login: tokio::sync::OnceCell::new(),
        }
    }

    async fn logged_in(&self, who: &str) {
        let login = || async {
            self.depot.say(format!("log in for {who}"));
            self.depot.scheduler.park().await;
            self.depot.scheduler.park().await;
            self.depot.say("logged in".into());
        };
        self.login.get_or_init(login).await;
    }
}

impl Provider for Client {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }
    fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async { Vec::new() })
    }
    fn effects(&self, _: &str) -> Effects {
        Effects::Reconcilable
    }
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            let (id, name) = (text(&request.state, "id"), text(&request.state, "name"));
            if name != "parcel" {
                self.logged_in(&format!("reading {id}")).await;
            }
            self.depot.scheduler.park().await;
            self.depot.say(format!("read {id}"));
            let found = self.depot.crates.lock().unwrap().get(&id).cloned();
            ReadResponse {
                state: found.map_or_else(
                    || Value::null(Type::Dynamic),
                    |name| value(Value::string(id), &name),
                ),
                private: request.private,
                diagnostics: Vec::new(),
            }
        })
    }
    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
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
    fn apply(&self, _: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        unreachable!("planning changes nothing")
    }
    fn read_data(&self, _: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        unreachable!("there are no data sources")
    }
    fn listed_within(&self, _: &str) -> &'static [&'static str] {
        &["shelf"]
    }
    fn list(&self, request: ListRequest) -> BoxFuture<'_, Result<Vec<String>, Diagnostics>> {
        let shelf = attrs::text(&request.planned, "shelf");
        let crates = self.depot.crates.lock().unwrap().clone();
        let on_it = crates.into_iter().filter(|(_, name)| {
            let stands = name.split_once('/').map(|(shelf, _)| shelf);
            stands == shelf
        });
        let ids = on_it.map(|(id, _)| id).collect();
        Box::pin(async move { Ok(ids) })
    }
    fn reconcile(&self, request: ReconcileRequest) -> BoxFuture<'_, ReconcileResponse> {
        Box::pin(async move {
            let name = full_name(&request.planned);
            self.logged_in(&format!("searching {name}")).await;
            let known = request.known_ids;
            let ids = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(" "),
            };
            self.depot.say(format!("search {name:?}, known: {ids}"));
            let crates = self.depot.crates.lock().unwrap().clone();
            let found = crates
                .iter()
                .filter(|(id, called)| **called == name && !known.contains(id));
            ReconcileResponse {
                found: found
                    .map(|(id, name)| Reconciled {
                        state: value(Value::string(id.as_str()), name),
                        private: [].into(),
                        incomplete: false,
                    })
                    .collect(),
                diagnostics: Vec::new(),
            }
        })
    }
}

/// A row or an operation: address, id, name.
type Object<'a> = (&'a str, &'a str, &'a str);

/// What a process that died has left.
#[derive(Default)]
struct Left<'a> {
    /// The configuration, less what is the same in all.
    configuration: &'a str,
    /// The rows when its run began; with a key they are deposed.
    rows: &'a [Object<'a>],
    /// What was there, id and name, when it listed the ids that exist.
    listed: &'a [(&'a str, &'a str)],
    /// What it destroyed after that.
    destroyed: &'a [Object<'a>],
    /// What it was creating, address and name.
    creating: &'a [(&'a str, &'a str)],
    /// What it was destroying.
    destroying: &'a [&'a str],
    /// What is there now, id and name.
    there: &'a [(&'a str, &'a str)],
}

fn provider_address() -> Arc<str> {
    format!("provider[{:?}]", library::source("depot")).into()
}

fn key(address: &str) -> RowName {
    match address.split_once(" deposed ") {
        Some((address, key)) => RowName::deposed(address, key),
        None => RowName::current(address),
    }
}

fn row((address, id, name): Object<'_>) -> Row {
    let key = key(address);
    let address = Address::parse(&key.address).unwrap();
    encode_row(RowParts {
        key,
        address: &address,
        provider: &provider_address(),
        schema: &schema(),
        value: &value(Value::string(id), name),
        private: &[],
        tainted: false,
        create_before_destroy: false,
        dependencies: &Arc::from([]),
    })
}

impl Left<'_> {
    /// Writes it down as the process did.
    async fn write(&self, store: &Store, depot: &Depot, ids: &Arc<Counter>) {
        let run = |id: &str| {
            store.begin_run(RunStart {
                id: id.into(),
                operation: "apply".into(),
                ..RunStart::default()
            })
        };
        let earlier = run("earlier");
        for row in self.rows.iter().chain(self.destroyed).copied().map(row) {
            let put = Change::Put(row);
            earlier
                .change("create", put, Durability::Durable)
                .await
                .unwrap();
        }
        depot.stock(self.listed);
        let died = run("died");
        let journal = Journal::new(died.clone(), ids.clone(), Arc::new(|_| {}));
        let (provider, type_name) = (provider_address(), CRATE.into());
        let client = Client::new(depot.clone());
        for (_, name) in self.creating {
            let planned = value(Value::unknown(Type::String), name);
            let listed = journal.list_once(&client, &provider, &type_name, &planned);
            listed.await.unwrap();
        }
        for (address, ..) in self.destroyed {
            let delete = Change::Delete(key(address));
            died.change("delete", delete, Durability::Durable)
                .await
                .unwrap();
        }
        let creating = self
            .creating
            .iter()
            .map(|(address, name)| (*address, "create", *name));
        let destroying = self.destroying.iter().map(|a| (*a, "delete", ""));
        for (address, action, name) in creating.chain(destroying) {
            let operation = Operation {
                key: key(address),
                action,
                provider: &provider,
                type_name: &type_name,
                planned: &value(Value::unknown(Type::String), name),
                private: &[],
                dependencies: &[],
                create_before_destroy: false,
            };
            journal.begin(operation, Vec::new()).await.unwrap();
        }
        depot.stock(self.there);
    }

    /// What comes of the next plan.
    fn planned(&self) -> String {
        let folder = TempDir::new().unwrap();
        let (depot, ids) = (Depot::default(), Arc::<Counter>::default());
        let make: Make = {
            let depot = depot.clone();
            Arc::new(move || Arc::new(Client::new(depot.clone())))
        };
        let store = folder.path().join("state.db");
        let settings = library::settings(folder.path(), store.clone(), &ids, ("depot", make));
        let project = library::load(settings, self.configuration);
        let state = library::open(&store, true, &ids);
        let mut random = seeded(1);
        let write = self.write(&state.store, &depot, &ids);
        depot.scheduler.run(&mut random, || {}, write);
        let planning = project.plan(&state, BTreeMap::new(), Options::default());
        let ready = depot.scheduler.run(&mut random, || {}, planning);
        let ready = match ready {
            Ok(ready) => ready,
            Err(problems) => panic!("{:?}", told(&problems)),
        };
        let mut out = String::new();
        for line in depot.log.lock().unwrap().iter() {
            writeln!(out, "{line}").unwrap();
        }
        for change in &ready.plan.changes {
            let id = attrs::text(&change.before, "id").unwrap_or("no id");
            let deposed = change.deposed.as_ref().map(|key| format!(" deposed {key}"));
            let (address, deposed) = (&change.address, deposed.unwrap_or_default());
            writeln!(out, "plan: {:?} {address}{deposed} ({id})", change.action).unwrap();
        }
        for problem in told(&ready.diagnostics) {
            writeln!(out, "{problem}").unwrap();
        }
        for intent in state.store.snapshot().unwrap().intents {
            writeln!(
                out,
                "open: {} {}",
                intent.operation.action, intent.operation.key
            )
            .unwrap();
        }
        out
    }
}

const ONE: &str = "resource \"depot_crate\" \"a\" {\n  name = \"tea\"\n}\n";
const TWO: &str = "resource \"depot_crate\" \"a\" {\n  name = \"tea\"\n}\nresource \"depot_crate\" \"b\" {\n  name = \"tea\"\n}\n";
const COUNTED: &str = "resource \"depot_crate\" \"a\" {\n  count = 2\n  name  = \"tea\"\n}\n";

#[test]
fn what_was_made_and_is_nobodys_is_adopted() {
    let planned = Left {
        configuration: ONE,
        listed: &[("0", "salt")],
        creating: &[("depot_crate.a", "tea")],
        there: &[("0", "salt"), ("1", "tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching tea
    logged in
    search "tea", known: 0
    read 1
    plan: NoOp depot_crate.a (1)
    "#);
}

#[test]
fn what_was_there_before_is_not_taken_for_what_was_made() {
    let planned = Left {
        configuration: ONE,
        listed: &[("1", "tea")],
        creating: &[("depot_crate.a", "tea")],
        there: &[("1", "tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching tea
    logged in
    search "tea", known: 1
    plan: Create depot_crate.a (no id)
    "#);
}

/// Each shelf is listed before the first create on it.
#[test]
fn what_was_there_before_is_known_wherever_it_is_listed() {
    let planned = Left {
        configuration: "resource \"depot_crate\" \"a\" {\n  name  = \"tea\"\n  shelf = \"left\"\n}\nresource \"depot_crate\" \"b\" {\n  name  = \"tea\"\n  shelf = \"right\"\n}\n",
        listed: &[("1", "right/tea"), ("2", "left/salt")],
        creating: &[("depot_crate.a", "left/tea"), ("depot_crate.b", "right/tea")],
        there: &[("1", "right/tea"), ("2", "left/salt"), ("3", "left/tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching left/tea
    logged in
    search "left/tea", known: 1 2
    search "right/tea", known: 1 2 3
    read 3
    plan: NoOp depot_crate.a (3)
    plan: Create depot_crate.b (no id)
    "#);
}

/// Of what was alike before and after, the one that is new.
#[test]
fn of_two_that_are_alike_the_new_one_is_adopted() {
    let planned = Left {
        configuration: ONE,
        listed: &[("1", "tea")],
        creating: &[("depot_crate.a", "tea")],
        there: &[("1", "tea"), ("2", "tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching tea
    logged in
    search "tea", known: 1
    read 2
    plan: NoOp depot_crate.a (2)
    "#);
}

/// Somebody else's, made after the listing: a row claims it, be it a deposed one.
#[test]
fn what_a_row_claims_is_not_adopted() {
    let planned = Left {
        configuration: TWO,
        rows: &[
            ("depot_crate.b", "1", "tea"),
            ("depot_crate.b deposed 0000000a", "2", "tea"),
        ],
        creating: &[("depot_crate.a", "tea")],
        there: &[("1", "tea"), ("2", "tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching tea
    logged in
    search "tea", known: 1 2
    read 2
    read 1
    plan: Create depot_crate.a (no id)
    plan: NoOp depot_crate.b (1)
    plan: Delete depot_crate.b deposed 0000000a (2)
    "#);
}

/// An id that was listed, whose object the same run destroyed: under that id is what it made then.
#[test]
fn an_id_that_was_free_again_is_what_was_made() {
    let planned = Left {
        configuration: ONE,
        listed: &[("1", "tea")],
        destroyed: &[("depot_crate.a", "1", "tea")],
        creating: &[("depot_crate.a", "tea")],
        there: &[("1", "tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching tea
    logged in
    search "tea", known: none
    read 1
    plan: NoOp depot_crate.a (1)
    "#);
}

#[test]
fn of_two_creates_that_are_alike_one_adopts_the_one_object() {
    for configuration in [TWO, COUNTED] {
        let (first, second) = match configuration == TWO {
            true => ("depot_crate.a", "depot_crate.b"),
            false => ("depot_crate.a[0]", "depot_crate.a[1]"),
        };
        let planned = Left {
            configuration,
            creating: &[(first, "tea"), (second, "tea")],
            there: &[("1", "tea")],
            ..Left::default()
        }
        .planned();
        let planned = planned.replace(first, "FIRST").replace(second, "SECOND");
        let expected = "log in for searching tea\nlogged in\nsearch \"tea\", known: none\nsearch \"tea\", known: 1\nread 1\nplan: NoOp FIRST (1)\nplan: Create SECOND (no id)\n";
        assert_eq!(planned, expected);
    }
}

#[test]
fn of_two_objects_that_are_alike_none_is_adopted() {
    let planned = Left {
        configuration: COUNTED,
        creating: &[("depot_crate.a[0]", "tea"), ("depot_crate.a[1]", "tea")],
        there: &[("1", "tea"), ("2", "tea")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for searching tea
    logged in
    search "tea", known: none
    search "tea", known: none
    Unfinished create needs a decision: An earlier process ended right when it was creating depot_crate.a[0]. More than one object is what it was creating, and one of them at most is its. They are: 1, 2. Nothing was created again. Look at the service: if the object is there, run "trunkline import depot_crate.a[0] ID"; if it is not, run "trunkline state discard depot_crate.a[0]" and apply again.
    Unfinished create needs a decision: An earlier process ended right when it was creating depot_crate.a[1]. More than one object is what it was creating, and one of them at most is its. They are: 1, 2. Nothing was created again. Look at the service: if the object is there, run "trunkline import depot_crate.a[1] ID"; if it is not, run "trunkline state discard depot_crate.a[1]" and apply again.
    open: create depot_crate.a[0]
    open: create depot_crate.a[1]
    "#);
}

/// While it is found out what became of one, calls for others go on: they may hold what this one waits for.
#[test]
fn settling_does_not_make_others_stand_still() {
    let planned = Left {
        configuration: "resource \"depot_crate\" \"slow\" {\n  name = \"tea\"\n}\nresource \"depot_crate\" \"quick\" {\n  name = \"parcel\"\n}\nresource \"depot_crate\" \"lost\" {\n  name       = \"salt\"\n  depends_on = [depot_crate.quick]\n}\nresource \"depot_crate\" \"going\" {\n  name       = \"pepper\"\n  depends_on = [depot_crate.quick]\n}\n",
        rows: &[
            ("depot_crate.slow", "1", "tea"),
            ("depot_crate.quick", "2", "parcel"),
            ("depot_crate.going", "3", "pepper"),
        ],
        creating: &[("depot_crate.lost", "salt")],
        destroying: &["depot_crate.going"],
        there: &[("1", "tea"), ("2", "parcel"), ("4", "salt")],
        ..Left::default()
    }
    .planned();
    assert_snapshot!(planned, @r#"
    log in for reading 1
    read 2
    logged in
    read 3
    search "salt", known: 1 2
    read 4
    read 1
    plan: Create depot_crate.going (no id)
    plan: NoOp depot_crate.lost (4)
    plan: NoOp depot_crate.quick (2)
    plan: NoOp depot_crate.slow (1)
    "#);
}
