//! Keeps within a vendor's limits: how many requests a minute, how many at once, and when to hold back.
//!
//! It delays; it never refuses.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// How many requests a minute a vendor takes from one credential.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// Requests a minute, evenly spaced after the burst.
    pub per_minute: NonZeroU32,
    /// How many may go at once at the start.
    pub burst: NonZeroU32,
}

/// A limit of its own for some of the requests, shared by all that are sent within it. Cheap to clone.
#[derive(Clone)]
pub struct RateGroup(pub(crate) Arc<Limits>);

impl RateGroup {
    /// A group of requests that keep within this limit together.
    #[must_use]
    pub fn new(rate: RateLimit) -> RateGroup {
        RateGroup(Arc::new(Limits::new(Some(rate))))
    }
}

impl fmt::Debug for RateGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateGroup")
    }
}

type Limiter =
    RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// The limits of one credential.
pub(crate) struct Limits {
    limiter: Option<Limiter>,
    not_before: Mutex<Option<Instant>>,
}

impl Limits {
    pub(crate) fn new(rate: Option<RateLimit>) -> Limits {
        let limiter = rate.map(|rate| {
            let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
            RateLimiter::direct_with_clock(quota, MonotonicClock)
        });
        Limits {
            limiter,
            not_before: Mutex::new(None),
        }
    }

    /// Waits until one request more may go.
    pub(crate) async fn ready(&self) {
        loop {
            let held = *self
                .not_before
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            match held {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => break,
            }
        }
        if let Some(limiter) = &self.limiter {
            while let Err(early) = limiter.check() {
                tokio::time::sleep(early.wait_time_from(MonotonicClock.now())).await;
            }
        }
    }

    /// Holds back every request for `wait`, because the vendor asked so.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut held = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(until, |h| h.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everything_waits_when_the_vendor_asks() {
        let limits = Limits::new(None);
        let start = Instant::now();
        limits.ready().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        limits.hold(Duration::from_secs(5));
        limits.hold(Duration::from_secs(2));
        limits.ready().await;
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test]
    async fn a_burst_goes_at_once_and_the_rest_is_spaced() {
        let rate = RateLimit {
            per_minute: NonZeroU32::new(1200).unwrap(),
            burst: NonZeroU32::new(2).unwrap(),
        };
        let limits = Limits::new(Some(rate));
        let start = Instant::now();
        for _ in 0..4 {
            limits.ready().await;
        }
        assert!(
            start.elapsed() >= Duration::from_millis(90),
            "{:?}",
            start.elapsed()
        );
    }
}
