//! Opening the state of a directory: its lock, and what is refused before anything is read or made.
//!
//! It must not look at a configuration.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{
    ExplicitKey, KeySource, LockGuard, LockRequest, OpenOptions, Stamp, StateError, Store,
};

use super::{Settings, mirror, state_error, takeover};
use crate::event::Event;
use crate::product;

/// How to take the state lock.
#[derive(Clone, Copy, Debug)]
pub struct Locking {
    /// Whether to take it.
    pub lock: bool,
    /// How long to wait for another holder.
    pub timeout: Duration,
}

/// The state of a project, open.
pub struct OpenState {
    /// The store.
    pub store: Store,
    /// The lock, where it is held.
    pub guard: Option<LockGuard>,
    /// Where others see it.
    pub shown: mirror::Shown,
}

impl OpenState {
    /// A new state at `path`, for the time of the process: it is sealed with a key that nobody keeps, not locked, and shown
    /// nowhere else.
    pub fn passing(settings: &Settings, path: PathBuf) -> Result<OpenState, Diagnostics> {
        let mut key = [0; 32];
        (settings.random)(&mut key);
        let key = base64::engine::general_purpose::STANDARD.encode(key);
        let store = Store::open(OpenOptions {
            path,
            stamp: settings.stamp,
            keys: KeySource {
                explicit: Some(ExplicitKey::Value(zeroize::Zeroizing::new(key))),
                default_dir: None,
                may_create: false,
            },
            create: true,
            lineage: None,
        });
        Ok(OpenState {
            store: store.map_err(|e| state_error(&e))?,
            guard: None,
            shown: mirror::Shown::default(),
        })
    }
}

/// Opens the state of a directory, and locks it where that is asked for.
pub fn open_state(
    settings: &Settings,
    operation: &str,
    locking: Locking,
    create: bool,
) -> Result<Option<OpenState>, Diagnostics> {
    refuse_legacy(settings)?;
    let file = mirror::read(settings)?;
    if !create && !settings.store.exists() && file.is_none() {
        return Ok(None);
    }
    if !settings.store.exists()
        && let Some(file) = &file
    {
        // Neither store nor key are made for a file that is no state.
        file.document()
            .map_err(|d| mirror::unreadable(d, locking))?;
    }
    if let Some(dir) = settings.store.parent() {
        std::fs::create_dir_all(dir).map_err(|e| {
            vec![Diagnostic::error(
                "State store error",
                format!("The directory {} cannot be made: {e}.", dir.display()),
            )]
        })?;
    }
    let store = Store::open(OpenOptions {
        path: settings.store.clone(),
        stamp: settings.stamp,
        keys: settings.keys.clone(),
        create: create || file.is_some(),
        lineage: settings.new_lineage.clone(),
    })
    .map_err(|e| state_error(&e))?;
    settings.unsaved.watch(&store);
    tracing::debug!(
        "state store {} is open for {operation}",
        settings.store.display()
    );
    let guard = if locking.lock {
        let request = LockRequest {
            id: settings.ids.operation(),
            operation: operation.into(),
            who: settings.who.clone(),
            host: settings.host.clone(),
            since: (settings.now)(),
            timeout: locking.timeout,
            stop: settings.stop.clone(),
        };
        let guard = lock(&store, request, settings);
        Some(guard.map_err(|e| vec![lock_failed(&lock_problem(&e, &settings.store))])?)
    } else {
        None
    };
    let shown = mirror::Shown {
        file: settings.file.clone(),
        backup: settings.backup.clone(),
        before: None,
    };
    let mut state = OpenState {
        store,
        guard,
        shown,
    };
    if let Some(file) = &file {
        mirror::take_in(&state, settings, file, locking)?;
    }
    mirror::remember(&mut state)?;
    Ok(Some(state))
}

/// So long another's lock is waited for before that is said.
const UNSAID: Duration = Duration::from_millis(400);

/// Takes the lock. Whoever waits for long is told.
fn lock(store: &Store, request: LockRequest, settings: &Settings) -> Result<LockGuard, StateError> {
    let timeout = request.timeout;
    let first = store.lock(LockRequest {
        timeout: timeout.min(UNSAID),
        ..request.clone()
    });
    let stopped = || settings.stop.load(Ordering::Relaxed);
    match first {
        Err(StateError::Locked { .. }) if timeout > UNSAID && !stopped() => {
            settings.listener.event(Event::Locking);
            let timeout = timeout - UNSAID;
            store.lock(LockRequest { timeout, ..request })
        }
        outcome => outcome,
    }
}

/// The failure to take the state lock; `why` is what stood in the way.
pub(super) fn lock_failed(why: &str) -> Diagnostic {
    let product = product::name();
    Diagnostic::error(
        "Error acquiring the state lock",
        format!(
            "Error message: {why}\n\n{product} acquires a state lock to protect the state from being written by multiple users at the same time. Please resolve the issue above and try again. For most commands, you can disable locking with the \"-lock=false\" flag, but this is not recommended."
        ),
    )
}

/// What stands in the way of a lock: its holder, in the lines that scripts read.
fn lock_problem(error: &trunkline_state::StateError, store: &std::path::Path) -> String {
    match error {
        trunkline_state::StateError::Locked {
            holder: Some(holder),
            ..
        } => format!(
            "resource temporarily unavailable\nLock Info:\n  ID:        {}\n  Path:      {}\n  Operation: {}\n  Who:       {} (process {} on {})\n  Created:   {}",
            holder.id,
            store.display(),
            holder.operation,
            holder.who,
            holder.pid,
            holder.host,
            holder.since,
        ),
        other => other.to_string(),
    }
}

/// Refuses a directory with a state of Terraform's that was not taken over: planned as empty, everything in it
/// would be created a second time.
fn refuse_legacy(settings: &Settings) -> Result<(), Diagnostics> {
    if settings.stamp != Stamp::Live || settings.store.exists() {
        return Ok(());
    }
    match settings
        .legacy
        .as_deref()
        .filter(|file| takeover::holds_state(file))
    {
        None => Ok(()),
        Some(file) => Err(vec![Diagnostic::error(
            "Existing Terraform state",
            format!(
                "This directory holds {}, but no Trunkline state store. Planning as if nothing existed would create everything a second time. To take the state over, run \"trunkline init\", which asks first. To leave it to Terraform, work in another directory.",
                file.display()
            ),
        )]),
    }
}
