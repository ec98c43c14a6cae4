//! The demo's clock: the real one, until the demo says that a quarter of an hour has passed.

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

impl Default for DemoClock {
    fn default() -> Self {
        Self { real: SystemClock, added_us: AtomicI64::new(0), jumps: watch::Sender::new(()) }
    }
}

impl DemoClock {
    /// Lets time pass at once.
    pub(crate) fn pass(&self, us: i64) {
        self.added_us.fetch_add(us, Ordering::SeqCst);
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
}
