//! Waiting for what a vendor shows only eventually.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// How long to wait, and how often to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The wait before the second look; each next one is half as long again.
    pub first: Duration,
    /// The longest wait between looks.
    pub longest: Duration,
    /// The time after which it is given up.
    pub budget: Duration,
}

/// Looks at once and then again and again, until `look` answers something or the budget is spent.
/// `look` answers `Ok(None)` for "not yet"; an error ends the waiting.
pub async fn poll<T, E, F, L>(waits: Waits, mut look: L) -> Result<Option<T>, E>
where
    L: FnMut() -> F,
    F: Future<Output = Result<Option<T>, E>>,
{
    let start = Instant::now();
    let mut wait = waits.first;
    loop {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        if start.elapsed() + wait > waits.budget {
            return Ok(None);
        }
        tokio::time::sleep(wait).await;
        wait = wait.mul_f64(1.5).min(waits.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_looks_until_the_budget_is_spent() {
        let waits = Waits {
            first: Duration::from_secs(2),
            longest: Duration::from_secs(4),
            budget: Duration::from_secs(10),
        };
        let mut looks = 0;
        let never: Result<Option<()>, ()> = poll(waits, || {
            looks += 1;
            async { Ok(None) }
        })
        .await;
        assert_eq!((never, looks), (Ok(None), 4));
        let mut looks = 0;
        let third: Result<_, ()> = poll(waits, || {
            looks += 1;
            let found = (looks == 3).then_some(looks);
            async move { Ok(found) }
        })
        .await;
        assert_eq!(third, Ok(Some(3)));
        let failed: Result<Option<()>, _> = poll(waits, || async { Err("broken") }).await;
        assert_eq!(failed, Err("broken"));
    }
}
