//! One thread that decides what goes on next: calls of the service park here, and are let go in a random order.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::random::Random;

/// The calls that wait.
#[derive(Clone, Default)]
pub struct Scheduler(Arc<Mutex<Vec<Parked>>>);

struct Parked {
    free: Arc<AtomicBool>,
    waker: Waker,
}

/// Waits until the scheduler lets it go.
pub struct Park {
    scheduler: Scheduler,
    free: Option<Arc<AtomicBool>>,
}

impl Scheduler {
    /// A point at which others may go first.
    pub fn park(&self) -> Park {
        Park {
            scheduler: self.clone(),
            free: None,
        }
    }

    /// Runs to the end. `step` is told before each call that is let go.
    pub fn run<F: Future>(
        &self,
        random: &mut Random,
        mut step: impl FnMut(),
        future: F,
    ) -> F::Output {
        struct Flag(AtomicBool);
        impl Wake for Flag {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                // What is still parked has been given up.
                self.0.lock().unwrap().clear();
                return output;
            }
            if flag.0.swap(false, Ordering::SeqCst) {
                continue;
            }
            step();
            let mut parked = self.0.lock().unwrap();
            assert!(!parked.is_empty(), "the engine waits for nothing");
            let one = random.below(parked.len());
            let one = parked.swap_remove(one);
            drop(parked);
            one.free.store(true, Ordering::SeqCst);
            one.waker.wake();
        }
    }
}

impl Future for Park {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(free) = &self.free {
            return match free.load(Ordering::SeqCst) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            };
        }
        let free = Arc::new(AtomicBool::new(false));
        self.free = Some(Arc::clone(&free));
        self.scheduler.0.lock().unwrap().push(Parked {
            free,
            waker: context.waker().clone(),
        });
        Poll::Pending
    }
}
