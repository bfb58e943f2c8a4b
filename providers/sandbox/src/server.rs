//! One listener a service on loopback; a request becomes a plain value, meets its faults, then the world.
//!
//! The world is behind one lock and is touched on blocking threads only. It must not know any rule of a
//! vendor beyond which function answers for which service.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::Response;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, Admin};
use crate::durable::Durable;
use crate::faults::{End, Faults, Verdict};
use crate::http::{Cut, CutListener, Reply, Request};
use crate::log::Call;
use crate::world::{Answer, Refusal, World};
use crate::{acrobits, chatapp, digitalchannels, genesyscloud, sinchcontactpro, sinchconversation};

/// Largest body that is read, bytes.
const BODY_LIMIT: usize = 4 << 20;

/// What all services share.
pub(crate) struct App {
    pub(crate) world: Mutex<World>,
    pub(crate) durable: Durable,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) instance: String,
    pub(crate) endpoints: Value,
    pub(crate) latency: Duration,
    /// Set under the world's lock when the sandbox is dropped: open connections outlive their listener, and
    /// must not touch a world that another server may have opened by then.
    pub(crate) closed: AtomicBool,
}

impl App {
    /// The world, unless it has been closed.
    pub(crate) fn world(&self) -> Option<MutexGuard<'_, World>> {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        (!self.closed.load(Ordering::SeqCst)).then_some(world)
    }

    /// Lets go of the world, and waits until all that was committed in it is on the disk: nobody hears of anything that
    /// could still be lost.
    fn settled(&self, world: MutexGuard<'_, World>, reply: Reply) -> Reply {
        let commits = world.store.commits().load(Ordering::SeqCst);
        drop(world);
        match self.durable.wait_for(commits) {
            Ok(()) => reply,
            Err(error) => {
                let message = format!("the sandbox's log could not be flushed: {error}");
                Reply::json(500, json!({ "message": message }))
            }
        }
    }

    /// Waits for the call in hand, then closes the world for good.
    pub(crate) fn close(&self) {
        let _world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, Ordering::SeqCst);
    }
}

/// The admin service's name in listeners and log.
pub(crate) const ADMIN: &str = "admin";

/// The services of the vendors, in the order of their names.
pub(crate) const SERVICES: &[&str] = &[
    "acrobits.app",
    "acrobits.publish",
    "acrobits.s3",
    "chatapp.api",
    "digitalchannels.auth",
    "digitalchannels.gws",
    "digitalchannels.nexus",
    "genesyscloud.api",
    "genesyscloud.login",
    "sinchcontactpro.login",
    "sinchcontactpro.onpremise",
    "sinchcontactpro.rci",
    "sinchcontactpro.session",
    "sinchconversation.auth",
    "sinchconversation.br",
    "sinchconversation.eu",
    "sinchconversation.numbers",
    "sinchconversation.sms.au",
    "sinchconversation.sms.br",
    "sinchconversation.sms.ca",
    "sinchconversation.sms.eu",
    "sinchconversation.sms.us",
    "sinchconversation.us",
    "sinchconversation.zt.eu",
    "sinchconversation.zt.us",
];

/// Where a service's calls begin on its listener: the path of its base URL.
pub(crate) fn base_path(service: &str) -> &'static str {
    if service.starts_with(sinchcontactpro::VENDOR) {
        sinchcontactpro::base_path(service)
    } else {
        ""
    }
}

#[derive(Clone)]
struct Service {
    app: Arc<App>,
    name: &'static str,
}

/// Serves one listener until told to stop.
pub(crate) fn serve(
    app: Arc<App>,
    name: &'static str,
    listener: CutListener,
    mut stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let router = Router::new()
        .fallback(answer)
        .with_state(Service { app, name });
    tokio::spawn(async move {
        let stopped = async move {
            // An error means that the sender is gone, which is a stop too.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        // Serving ends only by the stop; accept errors are retried inside.
        let _ = axum::serve(
            listener,
            router.into_make_service_with_connect_info::<Cut>(),
        )
        .with_graceful_shutdown(stopped)
        .await;
    })
}

async fn answer(
    State(service): State<Service>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: axum::extract::Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return Reply::empty(413).into_response();
    };
    let request = Request::new(
        service.name,
        parts.method.to_string(),
        &parts.uri,
        parts.headers,
        body,
    );
    if service.name == ADMIN {
        return work(service.app, &cut, move |app| administer(app, &request)).await;
    }
    let verdict = {
        let mut faults = service
            .app
            .faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        faults.decide(service.name, &request.method, &shown_path(&request))
    };
    let latency = service.app.latency + verdict.latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    // Set before the work starts, so that nothing can be written by then.
    match verdict.end {
        End::DropBefore | End::DropAfter => cut.cut(),
        End::DropWithin => cut.cut_within(),
        _ if !verdict.pause.is_zero() => cut.pause_within(verdict.pause),
        _ => {}
    }
    work(service.app, &cut, move |app| {
        simulate(app, &request, &verdict)
    })
    .await
}

/// Runs on a blocking thread with the world; cuts the connection when the world is closed.
async fn work(
    app: Arc<App>,
    cut: &Cut,
    job: impl FnOnce(&App) -> Option<Reply> + Send + 'static,
) -> Response<Body> {
    let reply = match tokio::task::spawn_blocking(move || job(&app)).await {
        Ok(Some(reply)) => reply,
        Ok(None) => {
            cut.cut();
            Reply::empty(503)
        }
        Err(_) => {
            let message = "the sandbox failed while handling this request; please report it";
            Reply::json(500, json!({ "message": message }))
        }
    };
    reply.into_response()
}

fn administer(app: &App, request: &Request) -> Option<Reply> {
    let mut world = app.world()?;
    let admin = Admin {
        instance: &app.instance,
        endpoints: &app.endpoints,
        faults: &app.faults,
    };
    let mut path = request.path.clone();
    if let ["objects", vendor, kind, id @ ..] = request.seg().as_slice()
        && !id.is_empty()
    {
        path = format!(
            "/objects/{vendor}/{kind}/{}",
            admin::log_id(&world, vendor, kind, &id.join("/"))
        );
    }
    let call = Call {
        source: "admin",
        service: ADMIN.into(),
        method: request.method.clone(),
        path,
        lost: false,
    };
    let reply = world.perform_quietly(&call, |world| admin::handle(&admin, world, request));
    Some(app.settled(world, reply))
}

fn simulate(app: &App, request: &Request, verdict: &Verdict) -> Option<Reply> {
    let mut world = app.world()?;
    let call = Call {
        source: "api",
        service: request.service.into(),
        method: request.method.clone(),
        path: logged_path(&world, request),
        lost: !matches!(verdict.end, End::Normal | End::Status { .. } | End::Page),
    };
    let reply = match &verdict.end {
        End::DropBefore => {
            world.note(&call, 0);
            Reply::empty(500)
        }
        End::Status {
            status,
            retry_after,
            body,
        } => {
            world.note(&call, *status);
            let reply = fault_reply(&mut world, request, *status, body.as_ref());
            match retry_after {
                Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        End::Page => {
            world.note(&call, 200);
            Reply::page()
        }
        End::Normal | End::DropAfter | End::DropWithin => {
            world.perform(&call, |world| dispatch(world, request))
        }
        End::Malformed => world
            .perform(&call, |world| dispatch(world, request))
            .mangled(),
    };
    Some(app.settled(world, reply))
}

/// The answer of a status fault, in the vendor's own shape where the fault names no body.
fn fault_reply(world: &mut World, request: &Request, status: u16, body: Option<&Value>) -> Reply {
    if let Some(body) = body {
        return Reply::json(status, body.clone());
    }
    let vendor = request.service.split_once('.').map(|(vendor, _)| vendor);
    let body = match vendor {
        Some(acrobits::VENDOR) => return acrobits::fault_reply(world, request.service, status),
        Some(genesyscloud::VENDOR) => genesyscloud::fault_body(world, status),
        Some(sinchcontactpro::VENDOR) => sinchcontactpro::fault_body(status),
        Some(sinchconversation::VENDOR) => sinchconversation::fault_body(request.service, status),
        Some(chatapp::VENDOR) => chatapp::fault_body(world, status),
        _ => digitalchannels::fault_body(world, status),
    };
    Reply::json(status, body)
}

fn dispatch(world: &mut World, request: &Request) -> Answer {
    match request.service {
        "genesyscloud.api" => genesyscloud::api(world, request),
        "genesyscloud.login" => genesyscloud::login(world, request),
        "digitalchannels.nexus" => digitalchannels::nexus(world, request),
        "digitalchannels.auth" => digitalchannels::auth(world, request),
        "digitalchannels.gws" => digitalchannels::gws(world, request),
        name if name.starts_with(sinchcontactpro::VENDOR) => {
            sinchcontactpro::answer(world, request)
        }
        "chatapp.api" => chatapp::api(world, request),
        name if name.starts_with(acrobits::VENDOR) => acrobits::answer(world, request),
        name if name.starts_with(sinchconversation::VENDOR) => {
            sinchconversation::answer(world, request)
        }
        _ => Err(Refusal::from(Reply::empty(404))),
    }
}

/// The path by which log and faults know a request.
fn shown_path(request: &Request) -> String {
    match request.service {
        "chatapp.api" => chatapp::shown_path(request),
        _ => request.path.clone(),
    }
}

/// The path for the log: the segment after `apikeys` is a key, whatever else is wrong with the request.
fn logged_path(world: &World, request: &Request) -> String {
    let path = request.seg();
    match path.iter().position(|s| *s == "apikeys") {
        Some(at) if request.service == "digitalchannels.nexus" && at + 1 < path.len() => {
            let fingerprint = world.store.sealer.fingerprint(&path[at + 1..].join("/"));
            format!("/{}/{fingerprint}", path[..=at].join("/"))
        }
        _ => shown_path(request),
    }
}
