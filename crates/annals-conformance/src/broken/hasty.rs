//! A batch that commits what it is brought at once, whatever becomes of it.

use annals_runtime::ports::{
    Batch, BoxFuture, Committed, EventStore, Refusal, StoreError, StoreResult, Unit,
};

use super::Broken;

type Verdicts = Vec<Result<Committed, Refusal>>;

pub(super) struct Hasty<'s> {
    store: &'s Broken,
    units: Vec<Unit>,
    done: Result<Verdicts, StoreError>,
}

impl<'s> Hasty<'s> {
    pub(super) fn new(store: &'s Broken) -> Self {
        Self { store, units: Vec::new(), done: Ok(Vec::new()) }
    }

    async fn write(&mut self) {
        let units = std::mem::take(&mut self.units);
        let more = if units.is_empty() { Ok(Vec::new()) } else { self.store.commit(units).await };
        if let Ok(done) = &mut self.done {
            match more {
                Ok(more) => done.extend(more),
                Err(error) => self.done = Err(error),
            }
        }
    }
}

impl Batch for Hasty<'_> {
    fn add(&mut self, units: Vec<Unit>) {
        self.units.extend(units);
    }

    fn is_through(&mut self) -> bool {
        self.units.is_empty()
    }

    fn through(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.write())
    }

    fn commit<'s>(mut self: Box<Self>) -> StoreResult<'s, Verdicts>
    where
        Self: 's,
    {
        Box::pin(async move {
            self.write().await;
            self.done
        })
    }
}
