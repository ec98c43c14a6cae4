//! The clock of tests and simulations: time passes when they say so. The real one is in
//! [`crate::live`].

use annals_core::Timestamp;
use tokio::sync::watch;

use crate::ports::{BoxFuture, Clock};

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct VirtualClock(watch::Sender<Timestamp>);

impl VirtualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(watch::Sender::new(start))
    }

    /// Lets time pass; whoever slept until then wakes.
    pub fn advance(&self, us: i64) {
        self.0.send_modify(|now| now.0 += us);
    }

    /// Moves to a time, if that lies ahead.
    pub fn advance_to(&self, time: Timestamp) {
        self.0.send_if_modified(|now| {
            let ahead = time > *now;
            *now = time.max(*now);
            ahead
        });
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut moves = self.0.subscribe();
            // The sender is this clock, which is borrowed here: it can't be gone.
            let _ = moves.wait_for(|now| *now >= time).await;
        })
    }

    /// Virtual time never goes back, so that its passing is the same as the clock's.
    fn sleep(&self, us: i64) -> BoxFuture<'_, ()> {
        self.sleep_until(Timestamp(self.now().0.saturating_add(us)))
    }
}
