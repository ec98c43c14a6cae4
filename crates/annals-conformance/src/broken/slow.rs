//! A batch of a slow store: it writes what it is brought for a while, and then is through.

use annals_runtime::ports::{Batch, BoxFuture, Committed, EventStore, Refusal, StoreResult, Unit};

use super::Broken;

pub(super) struct Slow<'s> {
    store: &'s Broken,
    units: Vec<Unit>,
    /// What each addition takes, in turns of other tasks.
    turns: u32,
    left: u32,
}

impl<'s> Slow<'s> {
    pub(super) fn new(store: &'s Broken, turns: u32) -> Self {
        Self { store, units: Vec::new(), turns, left: 0 }
    }
}

impl Batch for Slow<'_> {
    fn add(&mut self, units: Vec<Unit>) {
        self.units.extend(units);
        self.left = self.turns;
    }

    fn is_through(&mut self) -> bool {
        self.left == 0
    }

    fn through(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            while self.left > 0 {
                tokio::task::yield_now().await;
                self.left -= 1;
            }
        })
    }

    fn commit<'s>(self: Box<Self>) -> StoreResult<'s, Vec<Result<Committed, Refusal>>>
    where
        Self: 's,
    {
        self.store.commit(self.units)
    }
}
