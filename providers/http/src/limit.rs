//! Keeps within a vendor's limits: how many requests in a span of time, and when to hold back.
//!
//! It delays; it never refuses. Vendors count a span's requests as they arrive, in windows that begin when it pleases
//! them, so the promise is about every window: whenever one begins, no more requests arrive in it than the limit has.
//! A request may arrive at any moment until it is answered, so its place is free again a span after its answer.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How many requests a vendor takes from one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateLimit {
    /// Requests in any span of [`RateLimit::within`].
    pub requests: NonZeroU32,
    /// The span.
    pub within: Duration,
    /// How many of them may go at once; as many follow whenever their share of the span has passed.
    pub burst: NonZeroU32,
}

impl RateLimit {
    /// So many requests in any minute, all of them at once if need be.
    #[must_use]
    pub fn a_minute(requests: NonZeroU32) -> RateLimit {
        RateLimit::any(requests, Duration::from_secs(60))
    }

    /// So many requests in any second, all of them at once if need be.
    #[must_use]
    pub fn a_second(requests: NonZeroU32) -> RateLimit {
        RateLimit::any(requests, Duration::from_secs(1))
    }

    fn any(requests: NonZeroU32, within: Duration) -> RateLimit {
        RateLimit {
            requests,
            within,
            burst: requests,
        }
    }

    /// The same, but no more than `burst` at once.
    #[must_use]
    pub fn in_bursts_of(self, burst: NonZeroU32) -> RateLimit {
        RateLimit {
            burst: burst.min(self.requests),
            ..self
        }
    }

    /// How long after an answer its request counts. Two clocks do not go quite alike: a thousandth more.
    fn counted(&self) -> Duration {
        self.within + self.within / 1000
    }

    /// The share of the span that a burst has.
    fn spacing(&self) -> Duration {
        self.within * self.burst.get() / self.requests.get()
    }
}

/// A limit of its own for some of the requests, shared by all that are sent within it. Cheap to clone.
#[derive(Clone)]
pub struct RateGroup(pub(crate) Arc<Limits>);

impl fmt::Debug for RateGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateGroup")
    }
}

/// A request that was let go, as far as its limit needs to know.
struct Sent {
    at: Instant,
    /// When it was answered.
    answered: watch::Receiver<Option<Instant>>,
}

impl Sent {
    async fn answer(&mut self) -> Instant {
        let answered = self.answered.wait_for(Option::is_some).await;
        answered.ok().and_then(|at| *at).unwrap_or(self.at)
    }
}

/// Leave to send one request. Dropped when it is answered, or will not be sent.
#[must_use]
pub(crate) struct Turn(Option<watch::Sender<Option<Instant>>>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(answered) = &self.0 {
            answered.send_replace(Some(Instant::now()));
        }
    }
}

/// The limits of one credential.
pub(crate) struct Limits {
    rate: Option<RateLimit>,
    /// The last requests, the newest at the end. Held by the one whose turn is next, so that all go in the order in
    /// which they came.
    sent: tokio::sync::Mutex<VecDeque<Sent>>,
    not_before: Mutex<Option<Instant>>,
}

impl Limits {
    pub(crate) fn new(rate: Option<RateLimit>) -> Limits {
        Limits {
            rate,
            sent: tokio::sync::Mutex::default(),
            not_before: Mutex::new(None),
        }
    }

    /// The limits of what a vendor counts together, the same for all of this process that ask by the same name. An
    /// apply configures a provider once to plan and once more to apply, and two blocks may have one credential. Of the
    /// name no more is kept than a hash, because it may be a token.
    pub(crate) fn of(account: impl Hash, rate: RateLimit) -> Arc<Limits> {
        type Known = Mutex<BTreeMap<(u64, RateLimit), Arc<Limits>>>;
        static KNOWN: Known = Mutex::new(BTreeMap::new());
        let mut hasher = DefaultHasher::new();
        account.hash(&mut hasher);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = known.entry((hasher.finish(), rate));
        let limits = limits.or_insert_with(|| Arc::new(Limits::new(Some(rate))));
        limits.clone()
    }

    /// Waits until one request more may go.
    pub(crate) async fn turn(&self) -> Turn {
        let Some(rate) = &self.rate else {
            self.unheld().await;
            return Turn(None);
        };
        let mut sent = self.sent.lock().await;
        let back = |count: NonZeroU32| sent.len().checked_sub(count.get() as usize);
        if let Some(nth) = back(rate.burst).and_then(|at| sent.get(at)) {
            sleep_until(nth.at + rate.spacing()).await;
        }
        if back(rate.requests).is_some()
            && let Some(first) = sent.front_mut()
        {
            let answered = first.answer().await;
            sleep_until(answered + rate.counted()).await;
            sent.pop_front();
        }
        self.unheld().await;
        let (answer, answered) = watch::channel(None);
        sent.push_back(Sent {
            at: Instant::now(),
            answered,
        });
        Turn(Some(answer))
    }

    /// Until when every request is held back.
    pub(crate) fn held_until(&self) -> Option<Instant> {
        let held = self.not_before.lock();
        let until = *held.unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }

    /// Waits until no request is held back.
    async fn unheld(&self) {
        while let Some(until) = self.held_until() {
            sleep_until(until).await;
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

    /// Moments at which requests arrived at a vendor, in order.
    type Arrivals = Arc<Mutex<Vec<Instant>>>;

    /// Sends `count` requests as fast as the limit allows, `at_once` of them at a time. Each is on its way for a while
    /// of its own, there and back; gives when they arrived, counted from the beginning.
    async fn arrivals(rate: RateLimit, count: u32, at_once: u32, slowest: u64) -> Vec<Duration> {
        let (limits, start) = (Arc::new(Limits::new(Some(rate))), Instant::now());
        let arrived = Arrivals::default();
        let workers: Vec<_> = (0..at_once)
            .map(|worker| {
                let (limits, arrived) = (limits.clone(), arrived.clone());
                tokio::spawn(async move {
                    for i in (worker..count).step_by(at_once as usize) {
                        let turn = limits.turn().await;
                        let way = |salt: u64| (u64::from(i) * 7919 + salt) % (slowest + 1);
                        tokio::time::sleep(Duration::from_millis(way(17))).await;
                        arrived.lock().unwrap().push(Instant::now());
                        tokio::time::sleep(Duration::from_millis(way(31))).await;
                        drop(turn);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let mut arrived: Vec<Duration> = arrived
            .lock()
            .unwrap()
            .iter()
            .map(|at| at.duration_since(start))
            .collect();
        arrived.sort_unstable();
        arrived
    }

    fn count(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    /// The most that arrive in a window, wherever it begins.
    fn fullest(arrived: &[Duration], window: Duration) -> usize {
        let from = |i: usize| {
            arrived[i..]
                .iter()
                .take_while(move |at| **at < arrived[i] + window)
        };
        (0..arrived.len()).map(|i| from(i).count()).max().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_has_more_than_the_limit_and_little_time_is_lost() {
        let minute = Duration::from_secs(60);
        for (limit, calls, at_once, slowest) in [
            (300, 1043, 10, 200),
            (300, 1043, 20, 900),
            (7, 50, 10, 500),
            (1, 4, 3, 100),
        ] {
            let rate = RateLimit::a_minute(count(limit));
            let arrived = arrivals(rate, calls, at_once, slowest).await;
            assert_eq!(arrived.len(), calls as usize);
            assert!(fullest(&arrived, minute) <= limit as usize, "{limit}");
            // Calls ÷ limit, and five in a hundred.
            let last = arrived.last().unwrap().as_secs_f64();
            let share = f64::from(calls) / f64::from(limit) * 60.0;
            assert!(last <= 1.05 * share, "{limit}: {last} of {share}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_a_second_is_kept_too() {
        let arrived = arrivals(RateLimit::a_second(count(10)), 95, 30, 40).await;
        assert!(fullest(&arrived, Duration::from_secs(1)) <= 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_is_spaced() {
        let rate = RateLimit::a_minute(count(300)).in_bursts_of(count(20));
        let arrived = arrivals(rate, 300, 50, 0).await;
        assert_eq!(arrived[19], Duration::ZERO);
        assert_eq!(arrived[20].as_secs(), 4);
        assert_eq!(arrived[299].as_secs(), 56);
        assert_eq!(fullest(&arrived, Duration::from_secs(4)), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn everything_waits_when_the_vendor_asks() {
        for rate in [None, Some(RateLimit::a_minute(count(10)))] {
            let limits = Limits::new(rate);
            let start = Instant::now();
            drop(limits.turn().await);
            assert_eq!(start.elapsed(), Duration::ZERO);
            limits.hold(Duration::from_secs(5));
            limits.hold(Duration::from_secs(2));
            drop(limits.turn().await);
            assert_eq!(start.elapsed().as_secs(), 5);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_counts_for_one_account_is_counted_together() {
        let rate = RateLimit::a_minute(count(2));
        let (plan, apply) = (Limits::of("toy one", rate), Limits::of("toy one", rate));
        let start = Instant::now();
        drop(plan.turn().await);
        drop(apply.turn().await);
        drop(Limits::of("toy two", rate).turn().await);
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(plan.turn().await);
        assert!(start.elapsed() >= Duration::from_secs(60));
    }
}
