//! A commit whose units come one after another, for stores that write the first while the last
//! still come.

use super::{BoxFuture, Committed, EventStore, Refusal, StoreResult, Unit};

/// A durable write under way; see [`EventStore::begin`]. Dropped before [`Batch::commit`], nothing
/// of it was ever there.
pub trait Batch: Send {
    /// Brings more units, to be judged behind those before. The store may write them at once.
    fn add(&mut self, units: Vec<Unit>);

    /// Whether the store is through with all that it was brought: from here on, whoever waits for
    /// more units keeps it waiting. Who doesn't ask lets it wait for the commit.
    fn is_through(&mut self) -> bool;

    /// Ends when [`Batch::is_through`]. Safe to drop and repeat.
    fn through(&mut self) -> BoxFuture<'_, ()>;

    /// Commits what it was brought: a result for each unit, as [`EventStore::commit`] has it.
    fn commit<'s>(self: Box<Self>) -> StoreResult<'s, Vec<Result<Committed, Refusal>>>
    where
        Self: 's;
}

/// A batch of a store that does nothing before it has all of it.
pub struct Gathered<'s, S: ?Sized> {
    store: &'s S,
    units: Vec<Unit>,
}

impl<'s, S: ?Sized> Gathered<'s, S> {
    /// A batch of that store, without units.
    pub fn new(store: &'s S) -> Self {
        Self { store, units: Vec::new() }
    }
}

impl<S: EventStore + ?Sized> Batch for Gathered<'_, S> {
    fn add(&mut self, units: Vec<Unit>) {
        self.units.extend(units);
    }

    fn is_through(&mut self) -> bool {
        true
    }

    fn through(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn commit<'s>(self: Box<Self>) -> StoreResult<'s, Vec<Result<Committed, Refusal>>>
    where
        Self: 's,
    {
        self.store.commit(self.units)
    }
}
