//! Everything that a request may touch, behind one lock: store, clock, settings, and what a restart forgets.
//!
//! `perform` is the only place where a call begins, commits and is logged. It must not know a vendor's rules.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::http::Reply;
use crate::log::{Call, Effect, Entry};
use crate::seal::sha256_hex;
use crate::settings::Settings;
use crate::source::{Source, secret_of, time_text, uuid_of};
use crate::store::{Store, StoreError};

/// Why a handler stops: a proper answer of the vendor, or a failure of the sandbox itself.
pub(crate) enum Refusal {
    Reply(Box<Reply>),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Reply> for Refusal {
    fn from(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

/// What every handler returns. A refusal rolls the call's changes back.
pub(crate) type Answer = Result<Reply, Refusal>;

/// What reads still show after a change.
struct Echo {
    reads: u32,
    until_ms: i64,
    old: Option<Value>,
}

/// A minute's window of requests.
struct Window {
    ends_ms: i64,
    count: u32,
}

/// The simulated world.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) source: Source,
    pub(crate) settings: Settings,
    effects: Vec<Effect>,
    pending: Vec<Entry>,
    next_seq: i64,
    contexts: u64,
    quiet: bool,
    echoes: HashMap<(String, String), Echo>,
    windows: HashMap<String, Window>,
    nonces: HashMap<String, i64>,
}

/// How many rows without effect may wait for the next transaction.
const PENDING_LIMIT: usize = 2000;

impl World {
    pub(crate) fn new(
        store: Store,
        source: Source,
        settings: Settings,
    ) -> Result<Self, StoreError> {
        let next_seq = store.last_seq()? + 1;
        Ok(Self {
            store,
            source,
            settings,
            effects: Vec::new(),
            pending: Vec::new(),
            next_seq,
            contexts: 0,
            quiet: false,
            echoes: HashMap::new(),
            windows: HashMap::new(),
            nonces: HashMap::new(),
        })
    }

    /// Runs one call: the handler's changes, its effects and its rows are committed together. Whoever sends the answer
    /// waits until they are durable.
    pub(crate) fn perform(
        &mut self,
        call: &Call,
        handler: impl FnOnce(&mut Self) -> Answer,
    ) -> Reply {
        self.effects.clear();
        let answer = handler(self);
        let result = match answer {
            Ok(reply) => self.settle(call, &reply).map(|()| reply),
            Err(refusal) => {
                self.store.roll_back();
                self.effects.clear();
                match refusal {
                    Refusal::Reply(reply) => self.settle(call, &reply).map(|()| *reply),
                    Refusal::Store(error) => Err(error),
                }
            }
        };
        result.unwrap_or_else(|error| {
            self.store.roll_back();
            self.effects.clear();
            let reply = Reply::json(500, json!({ "message": error.to_string() }));
            self.note(call, 500);
            reply
        })
    }

    /// As `perform`, but a call without effect leaves no row: looking through the admin service is not news.
    pub(crate) fn perform_quietly(
        &mut self,
        call: &Call,
        handler: impl FnOnce(&mut Self) -> Answer,
    ) -> Reply {
        self.quiet = true;
        let reply = self.perform(call, handler);
        self.quiet = false;
        reply
    }

    fn settle(&mut self, call: &Call, reply: &Reply) -> Result<(), StoreError> {
        let effects = std::mem::take(&mut self.effects);
        if effects.is_empty() && !self.quiet {
            self.note(call, reply.status);
        }
        for effect in effects {
            let entry = self.entry(call, reply.status, Some(effect));
            self.pending.push(entry);
        }
        if self.store.is_writing() || self.pending.len() > PENDING_LIMIT {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the waiting rows and commits.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.pending);
        if !waiting.is_empty() {
            self.store.append(&waiting)?;
        }
        self.store.commit()
    }

    /// A row without effect.
    pub(crate) fn note(&mut self, call: &Call, status: u16) {
        let entry = self.entry(call, status, None);
        self.pending.push(entry);
    }

    fn entry(&mut self, call: &Call, status: u16, effect: Option<Effect>) -> Entry {
        let seq = self.next_seq;
        self.next_seq += 1;
        let (effect, kind, id) = match effect {
            Some(e) => (Some(e.effect.to_owned()), Some(e.kind), Some(e.id)),
            None => (None, None, None),
        };
        Entry {
            seq,
            at: time_text(self.source.now_ms()),
            source: call.source.to_owned(),
            service: call.service.clone(),
            method: call.method.clone(),
            path: call.path.clone(),
            status,
            effect,
            kind,
            id,
            lost: call.lost,
        }
    }

    /// Says that this call did something to the world.
    pub(crate) fn effect(&mut self, effect: &'static str, kind: &str, id: &str) {
        self.effects.push(Effect {
            effect,
            kind: kind.to_owned(),
            id: id.to_owned(),
        });
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.source.now_ms()
    }

    pub(crate) fn now_text(&self) -> String {
        time_text(self.now_ms())
    }

    /// A new UUID; with a seed a function of the label and how often it was used.
    pub(crate) fn new_id(&mut self, label: &str) -> Result<String, StoreError> {
        let n = self.store.count_up(label)?;
        Ok(uuid_of(&self.source.bytes(label, n)))
    }

    /// A new secret of 43 characters.
    pub(crate) fn new_secret(&mut self, label: &str) -> Result<String, StoreError> {
        let n = self.store.count_up(label)?;
        Ok(secret_of(&self.source.bytes(label, n)))
    }

    /// Remembers a credential as given out here.
    pub(crate) fn issue(&mut self, credential: &str) -> Result<(), StoreError> {
        self.store.remember_issued(&sha256_hex(credential))
    }

    /// A correlation id for an error body.
    pub(crate) fn context_id(&mut self) -> String {
        self.contexts += 1;
        uuid_of(&self.source.bytes("context", self.contexts))
    }

    /// Lets the next reads of an object show `old` (nothing, if it did not exist).
    pub(crate) fn leave_echo(&mut self, kind: &str, id: &str, old: Option<Value>, reads: u32) {
        let until_ms = self
            .now_ms()
            .saturating_add(self.settings.consistency_window_ms);
        let key = (kind.to_owned(), id.to_owned());
        if reads == 0 || self.settings.consistency_window_ms <= 0 {
            self.echoes.remove(&key);
        } else {
            self.echoes.insert(
                key,
                Echo {
                    reads,
                    until_ms,
                    old,
                },
            );
        }
    }

    /// What a read of this object must show instead of the truth, if anything. Counts as one read.
    pub(crate) fn hear_echo(&mut self, kind: &str, id: &str) -> Option<Option<Value>> {
        let now = self.now_ms();
        let key = (kind.to_owned(), id.to_owned());
        let echo = self.echoes.get_mut(&key)?;
        if echo.reads == 0 || now >= echo.until_ms {
            self.echoes.remove(&key);
            return None;
        }
        echo.reads -= 1;
        Some(echo.old.clone())
    }

    /// Counts one request against a limit a minute; `Err` is the number of seconds to wait.
    pub(crate) fn count_request(&mut self, key: &str, limit: u32) -> Result<(), i64> {
        self.count_within(key, limit, 60_000)
            .map_err(|ms| ms.div_euclid(1000) + 1)
    }

    /// Counts one request against a limit a window; `Err` is the number of milliseconds to wait.
    pub(crate) fn count_within(
        &mut self,
        key: &str,
        limit: u32,
        window_ms: i64,
    ) -> Result<(), i64> {
        if limit == 0 {
            return Ok(());
        }
        let now = self.now_ms();
        if self.windows.len() > 10_000 {
            self.windows.retain(|_, window| window.ends_ms > now);
        }
        let window = self.windows.entry(key.to_owned()).or_insert(Window {
            ends_ms: now + window_ms,
            count: 0,
        });
        if window.ends_ms <= now {
            *window = Window {
                ends_ms: now + window_ms,
                count: 0,
            };
        }
        if window.count >= limit {
            return Err(window.ends_ms - now);
        }
        window.count += 1;
        Ok(())
    }

    /// Whether a nonce was not used yet by a caller whose time is not older than `keep_ms`. It is used from now on.
    pub(crate) fn first_use(&mut self, nonce: &str, keep_ms: i64) -> bool {
        let now = self.source.callers_ms();
        if self.nonces.len() > 10_000 {
            self.nonces.retain(|_, until| *until > now);
        }
        let until = now.saturating_add(keep_ms);
        self.nonces
            .insert(nonce.to_owned(), until)
            .is_none_or(|old| old <= now)
    }

    /// Forgets what a restart would forget.
    pub(crate) fn forget_volatile(&mut self) {
        self.echoes.clear();
        self.windows.clear();
        self.nonces.clear();
    }
}
