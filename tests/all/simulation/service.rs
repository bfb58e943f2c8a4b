//! The scripted service, and the provider that speaks to it: objects with an id, a natural key and a value.
//!
//! An effect and its answer are two moments, between which anything may happen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use trunkline_api::kit::attrs;
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, Effects, ListRequest, PlanRequest, PlanResponse,
    ReadDataRequest, ReadDataResponse, ReadRequest, ReadResponse, ReconcileRequest,
    ReconcileResponse, Reconciled,
};
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Kind, Path, Provider, ProviderSchema,
    Schema, Type, Value,
};

use super::random::Random;
use super::scheduler::Scheduler;

/// What goes wrong, in so many of a hundred calls.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    fails: usize,
    lost_before: usize,
    lost_after: usize,
    half_made: usize,
    /// The process dies at this step of the scheduler or point of the journal, counted together.
    pub dies_at: Option<usize>,
}

impl Trouble {
    /// All goes well.
    pub fn none() -> Trouble {
        Trouble {
            fails: 0,
            lost_before: 0,
            lost_after: 0,
            half_made: 0,
            dies_at: None,
        }
    }

    /// Some trouble.
    pub fn any(random: &mut Random) -> Trouble {
        let mut some = |most: usize| match random.chance(50) {
            true => random.below(most),
            false => 0,
        };
        let (fails, lost_before) = (some(20), some(20));
        let (lost_after, half_made) = (some(30), some(15));
        Trouble {
            fails,
            lost_before,
            lost_after,
            half_made,
            dies_at: random.chance(60).then(|| random.below(60)),
        }
    }
}

/// An object of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its type.
    pub kind: String,
    /// The natural key; the service does not keep it unique.
    pub name: String,
    /// A value.
    pub value: String,
    /// What cannot be changed in place.
    pub flavour: String,
    /// How often it was written.
    pub serial: usize,
}

/// The objects of the service; another world may be made of a moment's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Objects by id.
    pub objects: BTreeMap<String, Object>,
    next: usize,
}

/// The service.
#[derive(Clone)]
pub struct Service {
    world: Arc<Mutex<World>>,
    trouble: Arc<Mutex<(Trouble, Random)>>,
    /// Who lets calls go on.
    pub scheduler: Scheduler,
    /// What happened.
    pub log: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// A service without objects.
    pub fn new() -> Service {
        Service {
            world: Arc::default(),
            trouble: Arc::new(Mutex::new((Trouble::none(), Random::new(0)))),
            scheduler: Scheduler::default(),
            log: Arc::default(),
        }
    }

    /// From now on this goes wrong.
    pub fn set_trouble(&self, trouble: Trouble, random: Random) {
        *self.trouble.lock().unwrap() = (trouble, random);
    }

    /// As it is now.
    pub fn world(&self) -> World {
        self.world.lock().unwrap().clone()
    }

    /// Goes back to a moment.
    pub fn set_world(&self, world: World) {
        *self.world.lock().unwrap() = world;
    }

    /// Takes an object away, as a person does.
    pub fn remove(&self, id: &str) {
        self.world.lock().unwrap().objects.remove(id);
    }

    /// Somebody changes or deletes an object.
    pub fn drift(&self, random: &mut Random) {
        let mut world = self.world.lock().unwrap();
        let ids: Vec<String> = world.objects.keys().cloned().collect();
        if ids.is_empty() {
            return;
        }
        let id = random.of(&ids);
        match random.chance(50) {
            true => drop(world.objects.remove(id)),
            false => world.objects.get_mut(id).unwrap().value = "drifted".into(),
        }
    }

    fn say(&self, text: String) {
        self.log.lock().unwrap().push(text);
    }

    fn draw(&self) -> Luck {
        let mut trouble = self.trouble.lock().unwrap();
        let (trouble, random) = &mut *trouble;
        let mut left = random.below(100);
        for (luck, percent) in [
            (Luck::Fails, trouble.fails),
            (Luck::LostBefore, trouble.lost_before),
            (Luck::LostAfter, trouble.lost_after),
            (Luck::HalfMade, trouble.half_made),
        ] {
            if left < percent {
                return luck;
            }
            left -= percent;
        }
        Luck::Good
    }
}

/// How a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Luck {
    Good,
    Fails,
    LostBefore,
    LostAfter,
    HalfMade,
}

/// The provider.
pub struct Sim {
    service: Service,
    schema: ProviderSchema,
    /// Opened by the first call that needs it; the others wait for that one, as they do for a token.
    session: tokio::sync::OnceCell<()>,
}

impl Sim {
    /// A provider that speaks to a service.
    pub fn new(service: Service) -> Sim {
        let block = Block::new("An object.")
            .attribute("id", Attribute::new(Type::String, "The id.").computed())
            .attribute(
                "name",
                Attribute::new(Type::String, "The natural key.").required(),
            )
            .attribute("value", Attribute::new(Type::String, "A value.").optional())
            .attribute(
                "flavour",
                Attribute::new(Type::String, "Cannot be changed in place.").optional(),
            )
            .attribute(
                "serial",
                Attribute::new(Type::Number, "How often it was written.").computed(),
            );
        let schema = Schema { version: 0, block };
        let resources = ["sim_known", "sim_named", "sim_blind"];
        Sim {
            session: tokio::sync::OnceCell::new(),
            service,
            schema: ProviderSchema {
                resources: resources.map(|name| (name.into(), schema.clone())).into(),
                ..ProviderSchema::default()
            },
        }
    }
}

impl Sim {
    /// Waits until there is a session, and for its turn.
    async fn turn(&self) {
        let open = || self.service.scheduler.park();
        self.session.get_or_init(open).await;
        self.service.scheduler.park().await;
    }
}

fn text(value: &Value, name: &str) -> String {
    attrs::text(value, name).unwrap_or_default().to_owned()
}

fn state(id: &str, object: &Object) -> Value {
    let fields = [
        ("id", Value::string(id)),
        ("name", Value::string(object.name.as_str())),
        ("value", Value::string(object.value.as_str())),
        ("flavour", Value::string(object.flavour.as_str())),
        ("serial", Value::number(object.serial as i64)),
    ];
    let fields = fields.map(|(name, value)| (Arc::<str>::from(name), value));
    Value::new(Kind::Object(fields.into_iter().collect()))
}

fn nothing() -> Value {
    Value::null(Type::Dynamic)
}

fn trouble(what: &str) -> Diagnostics {
    vec![Diagnostic::error("Trouble", what)]
}

impl Provider for Sim {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async { Vec::new() })
    }

    fn effects(&self, type_name: &str) -> Effects {
        match type_name {
            "sim_blind" => Effects::Opaque,
            _ => Effects::Reconcilable,
        }
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            self.turn().await;
            let id = text(&request.state, "id");
            let world = self.service.world();
            let found = world.objects.get(&id);
            let failed = matches!(self.service.draw(), Luck::Fails | Luck::LostBefore);
            self.service
                .say(format!("read {id}: {found:?}, fails: {failed}"));
            ReadResponse {
                state: found.map_or_else(nothing, |o| state(&id, o)),
                private: request.private,
                diagnostics: match failed {
                    true => trouble("The object cannot be read."),
                    false => Vec::new(),
                },
            }
        })
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move {
            let mut planned = request.proposed.clone();
            let mut requires_replace = Vec::new();
            if !planned.is_null() {
                let unknown = || Value::unknown(Type::String);
                let changed = |name: &str| planned.attr(name) != request.prior.attr(name);
                if request.prior.is_null() {
                    planned = attrs::set(&planned, "id", unknown());
                    planned = attrs::set(&planned, "serial", Value::unknown(Type::Number));
                } else if changed("name") || changed("flavour") {
                    let changed = ["name", "flavour"].into_iter().filter(|n| changed(n));
                    requires_replace.extend(changed.map(Path::attribute));
                } else if changed("value") {
                    planned = attrs::set(&planned, "serial", Value::unknown(Type::Number));
                }
            }
            PlanResponse {
                planned,
                requires_replace,
                private: request.private,
                notes: Vec::new(),
                diagnostics: Vec::new(),
            }
        })
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        Box::pin(async move {
            let service = &self.service;
            self.turn().await;
            let luck = service.draw();
            let before = match request.prior.is_null() {
                true => None,
                false => Some(text(&request.prior, "id")),
            };
            let answer = |state: Value, diagnostics: Diagnostics, unsettled: bool| ApplyResponse {
                state,
                private: request.private.clone(),
                diagnostics,
                unsettled,
            };
            service.say(format!(
                "{before:?} to {}: {luck:?}",
                text(&request.planned, "name")
            ));
            let refused = || request.prior.clone();
            match luck {
                Luck::Fails => return answer(refused(), trouble("The call is refused."), false),
                Luck::LostBefore => return answer(refused(), trouble("No answer."), true),
                _ => {}
            }
            let made = {
                let mut world = service.world.lock().unwrap();
                match (&before, request.planned.is_null()) {
                    (Some(id), true) => {
                        world.objects.remove(id);
                        nothing()
                    }
                    (Some(id), false) => match world.objects.get_mut(id) {
                        None => {
                            drop(world);
                            return answer(refused(), trouble("There is no such object."), false);
                        }
                        Some(object) => {
                            object.value = text(&request.planned, "value");
                            object.serial += 1;
                            state(id, object)
                        }
                    },
                    (None, _) => {
                        world.next += 1;
                        let id = match &*request.type_name {
                            "sim_named" => text(&request.planned, "name"),
                            kind => format!("{kind}-{}", world.next),
                        };
                        if world.objects.contains_key(&id) {
                            drop(world);
                            return answer(nothing(), trouble("There is one already."), false);
                        }
                        let object = Object {
                            kind: request.type_name.to_string(),
                            name: text(&request.planned, "name"),
                            value: text(&request.planned, "value"),
                            flavour: text(&request.planned, "flavour"),
                            serial: 1,
                        };
                        let made = state(&id, &object);
                        world.objects.insert(id, object);
                        made
                    }
                }
            };
            // The effect has happened; the answer is on its way.
            service.scheduler.park().await;
            match luck {
                Luck::LostAfter => answer(refused(), trouble("The answer is lost."), true),
                Luck::HalfMade if before.is_none() => {
                    answer(made, trouble("It was made, but not set up."), false)
                }
                _ => answer(made, Vec::new(), false),
            }
        })
    }

    fn read_data(&self, _: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        Box::pin(async {
            ReadDataResponse {
                state: nothing(),
                diagnostics: trouble("There are no data sources."),
            }
        })
    }

    fn list(&self, request: ListRequest) -> BoxFuture<'_, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            self.turn().await;
            if self.service.draw() == Luck::Fails {
                return Err(trouble("Objects cannot be listed."));
            }
            let world = self.service.world();
            let of_type = |o: &&Object| o.kind == *request.type_name;
            let found = world.objects.iter().filter(|(_, o)| of_type(o));
            Ok(found.map(|(id, _)| id.clone()).collect())
        })
    }

    fn reconcile(&self, request: ReconcileRequest) -> BoxFuture<'_, ReconcileResponse> {
        Box::pin(async move {
            self.turn().await;
            if self.service.draw() == Luck::Fails {
                return ReconcileResponse {
                    found: Vec::new(),
                    diagnostics: trouble("Objects cannot be searched."),
                };
            }
            let name = text(&request.planned, "name");
            let known: BTreeSet<&String> = request.known_ids.iter().collect();
            let world = self.service.world();
            let matches = world.objects.iter().filter(|(id, o)| {
                o.kind == *request.type_name && o.name == name && !known.contains(id)
            });
            let found: Vec<Reconciled> = matches
                .map(|(id, object)| Reconciled {
                    state: state(id, object),
                    private: [].into(),
                    incomplete: false,
                })
                .collect();
            self.service
                .say(format!("search {name}: {} found", found.len()));
            ReconcileResponse {
                found,
                diagnostics: Vec::new(),
            }
        })
    }
}
