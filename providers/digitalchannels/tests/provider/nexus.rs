//! A small Digital Channels for tests, after the vendor's page: services, API keys, options and tokens.
//!
//! It is strict about what the page says (headers, bodies, one service of a name); a test can put another answer in
//! front of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value as Json, json};
use trunkline_http::testing::{Received, Reply, Server};

pub const CCID: &str = "45acae06-6b7c-4f97-9c76-471cb5c21bf7";
pub const API_KEY: &str = "9b7682b7-cbce-422f-9bbb-ecda85e61695";

/// What the service holds.
#[derive(Default)]
pub struct World {
    pub services: BTreeMap<String, Json>,
    pub keys: BTreeMap<String, Json>,
    pub options: BTreeMap<String, BTreeMap<String, String>>,
    /// Answers to give instead, by the request's line; each is used once.
    pub instead: Vec<(String, Reply)>,
    /// Answers to give although the request had its effect.
    pub after: Vec<(String, Reply)>,
}

/// The running service.
pub struct Nexus {
    pub server: Server,
    world: Arc<Mutex<World>>,
}

impl Nexus {
    pub async fn start() -> Nexus {
        let world = Arc::new(Mutex::new(World::default()));
        let shared = world.clone();
        let server = Server::start(move |request| answer(&mut shared.lock().unwrap(), request))
            .await
            .unwrap();
        Nexus { server, world }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// The last request of a method.
    pub fn last(&self, method: &str) -> Received {
        self.server
            .received()
            .into_iter()
            .rfind(|r| r.method == method)
            .unwrap()
    }
}

fn ok(data: Json) -> Reply {
    Reply::json(
        200,
        &json!({"status": {"code": 0, "message": ""}, "data": data}),
    )
}

/// The ways in which a call can take effect without its caller being told so.
pub fn lost_answers() -> [Reply; 3] {
    [
        Reply::Drop,
        refuse(502, 50, "bad gateway"),
        Reply::Answer(200, Vec::new(), "<html>".into()),
    ]
}

fn refuse(http: u16, code: i64, message: &str) -> Reply {
    Reply::json(http, &json!({"status": {"code": code, "message": message}}))
}

fn answer(world: &mut World, request: &Received) -> Reply {
    let line = request.line();
    if let Some(at) = world.instead.iter().position(|(l, _)| *l == line) {
        return world.instead.remove(at).1;
    }
    let reply = act(world, request);
    match world.after.iter().position(|(l, _)| *l == line) {
        Some(at) => world.after.remove(at).1,
        None => reply,
    }
}

fn act(world: &mut World, request: &Received) -> Reply {
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), &path[..]) {
        (method, ["nexus", "v3", "provisioning", "services", ccid, rest @ ..]) => {
            if request.header("x-api-key") != API_KEY {
                return refuse(401, 1, "bad key");
            }
            if request.header("x-ccid") != *ccid {
                return refuse(403, 2, "another tenant");
            }
            service(world, method, rest, request)
        }
        (method, ["nexus", "v3", "apikeys", rest @ ..]) => {
            if request.header("authorization") != "Bearer token-of-ops" {
                return refuse(401, 1, "bad token");
            }
            key(world, method, rest, request)
        }
        ("POST", ["auth", "v3", "oauth", "token"]) => token(request),
        (
            method,
            [
                "provisioning",
                "v3",
                "transactions",
                "NexusServices",
                "options",
            ],
        ) => {
            let key = request.header("x-api-key") == API_KEY;
            if !key || request.header("authorization") != "Bearer token-of-ops" {
                return refuse(401, 1, "bad key or token");
            }
            options(world, method, request)
        }
        ("GET", ["environment", "v3", "contact-centers"]) => {
            ok(json!([{"id": CCID, "name": "Acme"}]))
        }
        _ => Reply::empty(404),
    }
}

/// Basic of `client` and `client-secret`, and the form of the vendor's sample.
fn token(request: &Received) -> Reply {
    let form = "grant_type=password&client_id=client&username=ops&password=p%40ss";
    if request.header("authorization") != "Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ="
        || request.body != form
    {
        return Reply::json(401, &json!({"error": "invalid_grant"}));
    }
    Reply::json(
        200,
        &json!({"access_token": "token-of-ops", "token_type": "bearer", "expires_in": 43200}),
    )
}

fn service(world: &mut World, method: &str, rest: &[&str], request: &Received) -> Reply {
    let body = request.json();
    let seen = |body: &Json| {
        let mut seen = body.clone();
        seen.as_object_mut().unwrap().remove("secret");
        seen
    };
    match (method, rest) {
        ("GET", []) => {
            let list = |(name, body): (&String, &Json)| {
                let mut item = seen(body);
                item["name"] = json!(name);
                item
            };
            ok(world.services.iter().map(list).collect())
        }
        ("GET", [name]) => world
            .services
            .get(*name)
            .map_or_else(|| refuse(404, 44, "no such service"), |body| ok(seen(body))),
        ("POST", [name]) if world.services.contains_key(*name) => refuse(409, 49, "service exists"),
        ("PUT", [name]) if !world.services.contains_key(*name) => {
            refuse(404, 44, "no such service")
        }
        ("POST" | "PUT", [name]) => {
            if !body["data"].is_object() || !body["secret"].is_object() {
                return refuse(400, 40, "body must have data and secret");
            }
            world.services.insert((*name).to_owned(), body);
            ok(json!({}))
        }
        ("DELETE", [name]) => match world.services.remove(*name) {
            Some(_) => Reply::empty(204),
            None => Reply::empty(404),
        },
        _ => Reply::empty(405),
    }
}

fn key(world: &mut World, method: &str, rest: &[&str], request: &Received) -> Reply {
    let data = request.json()["data"].clone();
    match (method, rest) {
        ("GET", []) => ok(world.keys.values().cloned().collect()),
        ("POST", []) => {
            let id = format!("00000000-0000-4000-8000-{:012}", world.keys.len() + 1);
            let mut made = data;
            if !made.is_object() {
                return refuse(400, 40, "body must have data");
            }
            made["id"] = json!(id);
            world.keys.insert(id, made.clone());
            ok(made)
        }
        ("GET", [id]) => world
            .keys
            .get(*id)
            .map_or_else(|| Reply::empty(404), |key| ok(key.clone())),
        ("PUT", [id]) if world.keys.contains_key(*id) => {
            let key = world.keys.get_mut(*id).unwrap();
            for (name, value) in data.as_object().unwrap() {
                key[name] = value.clone();
            }
            ok(json!({}))
        }
        ("DELETE", [id]) => {
            world.keys.remove(*id);
            Reply::empty(204)
        }
        _ => Reply::empty(404),
    }
}

fn options(world: &mut World, method: &str, request: &Received) -> Reply {
    if method == "GET" {
        return ok(json!({"options": world.options}));
    }
    if method != "PUT" {
        return Reply::empty(405);
    }
    let data = request.json()["data"].clone();
    let part = |name: &str| -> BTreeMap<String, BTreeMap<String, String>> {
        serde_json::from_value(data[name].clone()).unwrap_or_default()
    };
    for (section, options) in part("newOptions") {
        for (name, value) in options {
            if world
                .options
                .entry(section.clone())
                .or_default()
                .insert(name, value)
                .is_some()
            {
                return refuse(400, 41, "option exists");
            }
        }
    }
    for (section, options) in part("changedOptions") {
        for (name, value) in options {
            let there = world
                .options
                .get_mut(&section)
                .and_then(|options| options.get_mut(&name));
            let Some(there) = there else {
                return refuse(400, 42, "no such option");
            };
            *there = value;
        }
    }
    for (section, options) in part("deletedOptions") {
        for name in options.keys() {
            let there = world.options.get_mut(&section);
            if there.and_then(|options| options.remove(name)).is_none() {
                let text = format!("an option of section {section} does not exist");
                return refuse(404, 44, &text);
            }
        }
    }
    world.options.retain(|_, options| !options.is_empty());
    ok(json!({}))
}
