//! Starting and stopping: the lock, the files of the data directory, the listeners, and finding a running one.
//!
//! It must not answer requests.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::durable::Durable;
use crate::http::CutListener;
use crate::seal::Sealer;
use crate::server::{self, ADMIN, App, SERVICES};
use crate::source::Source;
use crate::store::{Store, StoreError};
use crate::world::World;
use crate::{
    Endpoints, Options, SandboxError, acrobits, chatapp, digitalchannels, genesyscloud, seed,
    sinchcontactpro, sinchconversation,
};

/// The file of the world in the data directory.
const DATABASE: &str = "vendors.db";

/// The simulator of every vendor's API.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

/// A sandbox that serves. Dropping it stops serving at once, as a crash would; state is safe either way.
#[derive(Debug)]
pub struct Running {
    endpoints: Endpoints,
    endpoints_file: PathBuf,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    app: Arc<App>,
    _lock: File,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Locks the data directory, opens or makes its state, and serves until `shutdown` or drop.
    ///
    /// # Errors
    /// [`SandboxError::InUse`] when another process serves the directory; see the other variants.
    pub async fn start(options: Options) -> Result<Running, SandboxError> {
        if let Some(name) = options
            .bind
            .keys()
            .find(|n| *n != ADMIN && !SERVICES.contains(&n.as_str()))
        {
            return Err(SandboxError::UnknownService(name.clone()));
        }
        let dir = options.data_dir.clone();
        make_dir(&dir)?;
        let endpoints_file = dir.join("endpoints.json");
        let lock = take_lock(&dir, &endpoints_file)?;
        let world = open_world(&options)?;

        let mut listeners = Vec::new();
        let mut urls = BTreeMap::new();
        for name in SERVICES.iter().copied().chain([ADMIN]) {
            let port = options.bind.get(name).copied().unwrap_or(0);
            let failed = |source| SandboxError::Bind {
                service: name.to_owned(),
                port,
                source,
            };
            let listener = TcpListener::bind(("127.0.0.1", port))
                .await
                .map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            urls.insert(name, format!("http://{address}{}", server::base_path(name)));
            listeners.push((name, CutListener(listener)));
        }
        let endpoints = endpoints_of(&urls);
        let instance = uuid::Uuid::new_v4().to_string();
        let endpoints_json = json!({ "instance": instance, "admin": endpoints.admin, "services": endpoints.services,
                                     "settings": endpoints.settings });
        let commits = world.store.commits().clone();
        let app = Arc::new(App {
            world: Mutex::new(world),
            durable: Durable::new(&dir.join(DATABASE), commits),
            faults: Mutex::default(),
            instance,
            endpoints: endpoints_json.clone(),
            latency: options.latency,
            closed: AtomicBool::new(false),
        });
        let (stop, stopped) = watch::channel(false);
        let tasks = listeners
            .into_iter()
            .map(|(name, listener)| {
                server::serve(Arc::clone(&app), name, listener, stopped.clone())
            })
            .collect();
        let running = Running {
            endpoints,
            endpoints_file,
            stop,
            tasks,
            app,
            _lock: lock,
        };
        write_private(&running.endpoints_file, &endpoints_json)?;
        Ok(running)
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Finishes what is being answered, writes the log's last rows, and removes `endpoints.json`.
    pub async fn shutdown(mut self) {
        // Without receivers the tasks have ended already.
        let _ = self.stop.send(true);
        for mut task in std::mem::take(&mut self.tasks) {
            // A client that keeps a connection busy does not hold the end up.
            if tokio::time::timeout(Duration::from_secs(2), &mut task)
                .await
                .is_err()
            {
                task.abort();
            }
        }
        let app = Arc::clone(&self.app);
        let flush = move || app.world().map(|mut world| world.flush());
        // Rows without effect may be lost, by contract.
        let _ = tokio::task::spawn_blocking(flush).await;
        let _ = std::fs::remove_file(&self.endpoints_file);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.app.close();
    }
}

fn make_dir(dir: &Path) -> Result<(), SandboxError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|e| SandboxError::file(dir, e))
}

fn take_lock(dir: &Path, endpoints: &Path) -> Result<File, SandboxError> {
    let path = dir.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| SandboxError::file(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(SandboxError::InUse {
            data_dir: dir.to_owned(),
            endpoints: endpoints.to_owned(),
        }),
        Err(std::fs::TryLockError::Error(e)) => Err(SandboxError::file(&path, e)),
    }
}

fn open_world(options: &Options) -> Result<World, SandboxError> {
    let path = options.data_dir.join(DATABASE);
    let sealer = Sealer::open(&options.data_dir.join("sandbox.key"), !path.exists())?;
    let failed = |e: StoreError| SandboxError::State {
        path: path.clone(),
        reason: e.to_string(),
    };
    let store = Store::open(&path, sealer).map_err(failed)?;
    let offset = store
        .meta("clock offset")
        .map_err(failed)?
        .and_then(|t| t.parse().ok())
        .unwrap_or(0);
    let kept = store
        .meta("settings")
        .map_err(failed)?
        .and_then(|t| serde_json::from_str(&t).ok());
    let settings = options.settings.clone().or(kept).unwrap_or_default();
    let source = Source::new(options.seed, options.start_time, offset);
    let mut world = World::new(store, source, settings).map_err(failed)?;
    if !world.store.counts().map_err(failed)?.is_empty() {
        // Fails here, with a clear message, if the key is not the one that sealed the state.
        world
            .store
            .list(genesyscloud::VENDOR, "division")
            .map_err(failed)?;
    }
    seed::plant_missing(&mut world).map_err(failed)?;
    world.flush().map_err(failed)?;
    Ok(world)
}

fn endpoints_of(urls: &BTreeMap<&'static str, String>) -> Endpoints {
    let url = |name: &str| urls.get(name).cloned().unwrap_or_default();
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    };
    let genesys = map(&[
        ("oauthclient_id", genesyscloud::seed::CLIENT_ID),
        ("oauthclient_secret", genesyscloud::seed::CLIENT_SECRET),
        ("api_url", &url("genesyscloud.api")),
        ("login_url", &url("genesyscloud.login")),
    ]);
    let channels = map(&[
        ("url", &url("digitalchannels.nexus")),
        ("ccid", digitalchannels::seed::CCID),
        ("api_key", digitalchannels::seed::API_KEY),
        ("auth_url", &url("digitalchannels.auth")),
        ("gws_url", &url("digitalchannels.gws")),
        ("auth_client_id", digitalchannels::seed::AUTH_CLIENT_ID),
        (
            "auth_client_secret",
            digitalchannels::seed::AUTH_CLIENT_SECRET,
        ),
        ("auth_username", digitalchannels::seed::AUTH_USERNAME),
        ("auth_password", digitalchannels::seed::AUTH_PASSWORD),
    ]);
    let contact_pro = map(&[
        ("base_url", &url("sinchcontactpro.rci")),
        ("auth_mode", "api_key"),
        ("username", sinchcontactpro::seed::LOGIN),
        ("password", sinchcontactpro::seed::PASSWORD),
        ("api_key", sinchcontactpro::seed::API_KEY),
    ]);
    let chatapp = map(&[
        ("endpoint", &url("chatapp.api")),
        ("region", chatapp::seed::REGION),
        ("access_key_id", chatapp::seed::KEY_ID),
        ("access_key_secret", chatapp::seed::KEY_SECRET),
    ]);
    let conversation = map(&[
        ("project_id", sinchconversation::seed::PROJECT_ID),
        ("key_id", sinchconversation::seed::KEY_ID),
        ("key_secret", sinchconversation::seed::KEY_SECRET),
        ("region", "eu"),
        (
            "sms_service_plan_id",
            sinchconversation::seed::SERVICE_PLAN_EU,
        ),
        ("sms_api_token", sinchconversation::seed::API_TOKEN),
    ]);
    let mut acrobits = map(&[
        ("cloud_id", acrobits::seed::CLOUD_ID),
        ("test_cloud_username", acrobits::seed::TEST_USER),
        ("test_cloud_password", acrobits::seed::TEST_PASSWORD),
        ("publish_url", &url("acrobits.publish")),
        ("publish_username", acrobits::seed::PUBLISHER),
        ("publish_password", acrobits::seed::PUBLISHER_PASSWORD),
        ("publish_token", acrobits::seed::PUBLISHER_TOKEN),
        ("s3_endpoint", &url("acrobits.s3")),
        ("s3_region", acrobits::seed::BUCKET_REGION),
        ("s3_bucket", acrobits::seed::PRIVATE_BUCKET),
        ("s3_access_key_id", acrobits::seed::BUCKET_KEY_ID),
        ("s3_secret_access_key", acrobits::seed::BUCKET_SECRET),
    ]);
    for (name, value) in acrobits::apps::urls(&url("acrobits.app")) {
        acrobits.insert(name.to_owned(), value);
    }
    Endpoints {
        admin: url(ADMIN),
        services: SERVICES
            .iter()
            .map(|name| ((*name).to_owned(), url(name)))
            .collect(),
        settings: [
            ("genesyscloud".to_owned(), genesys),
            ("digitalchannels".to_owned(), channels),
            ("sinchcontactpro".to_owned(), contact_pro),
            ("chatapp".to_owned(), chatapp),
            ("acrobits".to_owned(), acrobits),
            ("sinchconversation".to_owned(), conversation),
        ]
        .into(),
    }
}

/// Writes a file of mode 0600 in one step.
fn write_private(path: &Path, content: &Value) -> Result<(), SandboxError> {
    let temporary = path.with_extension("json.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(&temporary)?;
        file.write_all(format!("{content:#}\n").as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|e| SandboxError::file(path, e))
}

/// How long a sandbox may take to answer: where one is running it is waited for, since nothing else can be started there.
/// Where none is, its port refuses at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// The endpoints of the sandbox that serves a data directory, if one does.
///
/// Reads `endpoints.json`, then asks `{admin}/health` for the instance named there: a file left by a killed
/// sandbox, or a port taken over by someone else, is not taken for a running one.
pub async fn find_running(data_dir: &Path) -> Option<Endpoints> {
    let text = std::fs::read_to_string(data_dir.join("endpoints.json")).ok()?;
    let file: Value = serde_json::from_str(&text).ok()?;
    let endpoints: Endpoints = serde_json::from_str(&text).ok()?;
    let address = endpoints.admin.strip_prefix("http://")?.to_owned();
    let ask = async move {
        let mut stream = TcpStream::connect(&address).await.ok()?;
        let request =
            format!("GET /health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let body = answer.split_once("\r\n\r\n")?.1.to_owned();
        serde_json::from_str::<Value>(&body).ok()
    };
    let health = tokio::time::timeout(PATIENCE, ask).await.ok()??;
    (health["instance"].is_string() && health["instance"] == file["instance"]).then_some(endpoints)
}
