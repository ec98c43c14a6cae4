//! The demo's clock: the real one, until the demo lets time pass. A store that is kept has seen
//! that time, so a demo that goes on with it begins there.

use std::sync::atomic::{AtomicI64, Ordering};

use annals_core::Timestamp;
use annals_runtime::SystemClock;
use annals_runtime::ports::{BoxFuture, Clock};
use tokio::sync::watch;

/// The real time and what the demo has added to it.
pub(crate) struct DemoClock {
    real: SystemClock,
    added_us: AtomicI64,
    jumps: watch::Sender<()>,
}

impl DemoClock {
    /// A clock that is not before `time`.
    pub(crate) fn behind(time: Timestamp) -> Self {
        let clock =
            Self { real: SystemClock, added_us: AtomicI64::new(0), jumps: watch::Sender::new(()) };
        clock.pass_to(time);
        clock
    }

    /// Lets time pass at once, up to `time` if that lies ahead.
    pub(crate) fn pass_to(&self, time: Timestamp) {
        let ahead_us = time.0.saturating_sub(self.now().0).max(0);
        self.added_us.fetch_add(ahead_us, Ordering::SeqCst);
        self.jumps.send_replace(());
    }

    fn added(&self) -> i64 {
        self.added_us.load(Ordering::SeqCst)
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.real.now().0 + self.added())
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut jumps = self.jumps.subscribe();
            while self.now() < time {
                let real = Timestamp(time.0 - self.added());
                tokio::select! {
                    () = self.real.sleep_until(real) => {}
                    // The sender lives as long as this clock.
                    _ = jumps.changed() => {}
                }
            }
        })
    }

    fn sleep(&self, us: i64) -> BoxFuture<'_, ()> {
        self.real.sleep(us)
    }
}
