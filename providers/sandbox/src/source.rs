//! Ids, secrets and the clock: random and real, or derived from a seed and frozen.
//!
//! It must not know what an id is for beyond its label, and nothing else in the crate may read the
//! system's clock or randomness for anything that reaches an answer.

use aws_lc_rs::hmac;
use base64::Engine as _;

/// Where ids, secrets and time come from.
pub(crate) struct Source {
    seed: Option<u64>,
    frozen_ms: Option<i64>,
    /// How far the clock was advanced, in milliseconds.
    pub(crate) offset_ms: i64,
}

impl Source {
    pub(crate) fn new(seed: Option<u64>, start_time: Option<i64>, offset_ms: i64) -> Self {
        Self {
            seed,
            frozen_ms: start_time.map(|s| s.saturating_mul(1000)),
            offset_ms,
        }
    }

    /// Milliseconds since the epoch on the sandbox's clock.
    pub(crate) fn now_ms(&self) -> i64 {
        let base = self
            .frozen_ms
            .unwrap_or_else(|| jiff::Timestamp::now().as_millisecond());
        base.saturating_add(self.offset_ms)
    }

    /// Milliseconds since the epoch on the clock of whoever calls: advancing the sandbox's clock does not move it.
    /// Signed times are compared with this one.
    pub(crate) fn callers_ms(&self) -> i64 {
        self.now_ms().saturating_sub(self.offset_ms)
    }

    /// 32 bytes for the `n`-th use of a label: a function of the seed, or random without one.
    pub(crate) fn bytes(&self, label: &str, n: u64) -> [u8; 32] {
        let mut out = [0u8; 32];
        match self.seed {
            Some(seed) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &seed.to_be_bytes());
                out.copy_from_slice(hmac::sign(&key, format!("{label}|{n}").as_bytes()).as_ref());
            }
            None => {
                for half in out.chunks_exact_mut(16) {
                    half.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
                }
            }
        }
        out
    }
}

/// A version 4 UUID out of the first 16 bytes.
pub(crate) fn uuid_of(bytes: &[u8; 32]) -> String {
    let mut first = [0u8; 16];
    first.copy_from_slice(&bytes[..16]);
    uuid::Builder::from_random_bytes(first)
        .into_uuid()
        .to_string()
}

/// 43 characters of unpadded base64url: the shape of the secret in the reference document.
pub(crate) fn secret_of(bytes: &[u8; 32]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// RFC 3339 text of a time in milliseconds.
pub(crate) fn time_text(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| "unknown".to_owned(), |t| format!("{t:.3}"))
}
