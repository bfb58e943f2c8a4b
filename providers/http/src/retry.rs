//! Whether a request that failed is sent again, and when.
//!
//! Pure decisions; [`crate::Request`] does the waiting.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::Resend;

/// How often and how long to try. Waits are without jitter, so that a run can be repeated.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// The first wait; each next one is twice as long.
    pub first: Duration,
    /// The longest wait of our own choice.
    pub longest: Duration,
    /// How many times a request is sent again after an answer that asks for patience.
    pub times: usize,
    /// How many times a connection is tried again.
    pub connect_times: usize,
    /// The longest wait that a `Retry-After` header may ask for; beyond it the request fails.
    pub longest_asked: Duration,
    /// The time after which nothing is sent again.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    /// 1 s doubling to 30 s, 8 times, within 5 minutes; connections twice more.
    fn default() -> RetryPolicy {
        RetryPolicy {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            times: 8,
            connect_times: 2,
            longest_asked: Duration::from_secs(180),
            budget: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// The waits between tries, at most [`RetryPolicy::times`] of them.
    pub fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_max_times(self.times)
            .build()
    }
}

/// What came of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The connection failed before anything was sent.
    NotSent,
    /// It was sent, and no whole answer came.
    Lost,
    /// It was answered, perhaps with a `Retry-After`.
    Status(u16, Option<Duration>),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Take it as it is.
    Stop,
    /// Send again after the policy's next wait.
    Again,
    /// Send again after exactly this time.
    AgainAfter(Duration),
}

impl Seen {
    /// Whether a request of kind `resend` may have taken effect without our knowing.
    pub(crate) fn ambiguous(self, resend: Resend, not_processed: &[u16]) -> bool {
        match self {
            Seen::NotSent => false,
            Seen::Lost => resend == Resend::Never,
            Seen::Status(status, _) => {
                resend == Resend::Never
                    && (500..600).contains(&status)
                    && status != 501
                    && !not_processed.contains(&status)
            }
        }
    }

    /// The next step for a request of kind `resend`; `not_processed` are the statuses by which the
    /// vendor says that it did nothing.
    pub(crate) fn next(self, resend: Resend, not_processed: &[u16], policy: &RetryPolicy) -> Next {
        match self {
            Seen::NotSent => Next::Again,
            Seen::Lost if resend == Resend::Safe => Next::Again,
            Seen::Lost => Next::Stop,
            Seen::Status(status, after) => {
                let patience = status == 429
                    || not_processed.contains(&status)
                    || (resend == Resend::Safe && matches!(status, 500 | 502 | 503 | 504));
                match after {
                    _ if !patience => Next::Stop,
                    Some(wait) if wait > policy.longest_asked => Next::Stop,
                    Some(wait) => Next::AgainAfter(wait),
                    None => Next::Again,
                }
            }
        }
    }
}

/// A `Retry-After` header in whole seconds; the date form is not used by the vendors.
pub(crate) fn retry_after(text: Option<&str>) -> Option<Duration> {
    text?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(seen: Seen, resend: Resend) -> Next {
        seen.next(resend, &[409], &RetryPolicy::default())
    }

    #[test]
    fn what_may_have_taken_effect_is_not_sent_again() {
        for status in [500, 502, 503, 504] {
            assert_eq!(
                next(Seen::Status(status, None), Resend::Never),
                Next::Stop,
                "{status}"
            );
            assert!(Seen::Status(status, None).ambiguous(Resend::Never, &[]));
            assert_eq!(next(Seen::Status(status, None), Resend::Safe), Next::Again);
            assert!(!Seen::Status(status, None).ambiguous(Resend::Safe, &[]));
        }
        assert_eq!(next(Seen::Lost, Resend::Never), Next::Stop);
        assert_eq!(next(Seen::Lost, Resend::Safe), Next::Again);
    }

    #[test]
    fn what_did_nothing_is_sent_again_whatever_it_is() {
        for resend in [Resend::Never, Resend::Safe] {
            assert_eq!(next(Seen::NotSent, resend), Next::Again);
            assert_eq!(next(Seen::Status(409, None), resend), Next::Again);
            let wait = Duration::from_secs(3);
            assert_eq!(
                next(Seen::Status(429, Some(wait)), resend),
                Next::AgainAfter(wait)
            );
        }
    }

    #[test]
    fn an_hour_is_too_long_to_wait() {
        let wait = Some(Duration::from_secs(3600));
        assert_eq!(next(Seen::Status(429, wait), Resend::Safe), Next::Stop);
    }

    #[test]
    fn refusals_are_final() {
        for status in [400, 401, 403, 404, 501] {
            assert_eq!(next(Seen::Status(status, None), Resend::Safe), Next::Stop);
            assert!(!Seen::Status(status, None).ambiguous(Resend::Never, &[]));
        }
    }

    #[test]
    fn waits_double_to_the_longest_without_jitter() {
        let seconds: Vec<u64> = RetryPolicy::default()
            .waits()
            .map(|d| d.as_secs())
            .collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
