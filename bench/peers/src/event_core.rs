//! eventcore on its databases, opened and called as its manual says: `PostgresEventStore::new` with
//! ten connections, `SqliteEventStore::new` with its one, `execute` with the default retries, no
//! snapshots. Its log is read as its projections read it.

use std::future::Future;

use annals_bench_harness::{Failure, Place, Spot, Subject};
use eventcore::postgres::PostgresEventStore;
use eventcore::sqlite::{SqliteConfig, SqliteEventStore};
use eventcore::{
    Command, CommandError, CommandLogic, Event, NewEvents, RetryPolicy, StreamId, collect_events,
    execute,
};
use eventcore_types::{
    BatchSize, EventFilter, EventPage, EventReader, EventStore, EventStoreError, StreamVersion,
    StreamWrites,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cqrs::parsed;

/// Events of a page, as many as `run_projection` takes.
const PAGE: usize = 1_000;

/// The one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OrderEvent {
    /// With the data of the benchmark.
    OrderPlaced {
        /// The stream.
        order_id: StreamId,
        /// The data.
        data: Value,
    },
}

impl Event for OrderEvent {
    fn stream_id(&self) -> &StreamId {
        let Self::OrderPlaced { order_id, .. } = self;
        order_id
    }

    fn event_type_name() -> &'static str {
        "OrderEvent"
    }
}

#[derive(Command)]
struct PlaceOrder {
    #[stream]
    order_id: StreamId,
    version: u64,
    data: Value,
}

/// Its state is how many events there are.
impl CommandLogic for PlaceOrder {
    type Event = OrderEvent;
    type State = u64;

    fn apply(&self, state: u64, _event: &OrderEvent) -> u64 {
        state + 1
    }

    fn handle(&self, state: u64) -> Result<NewEvents<OrderEvent>, CommandError> {
        if state != self.version {
            return Err("another number of events".into());
        }
        let (order_id, data) = (self.order_id.clone(), self.data.clone());
        Ok(vec![OrderEvent::OrderPlaced { order_id, data }].into())
    }
}

/// One of its stores.
pub trait Backend:
    EventStore + EventReader<Error = EventStoreError> + Send + Sized + 'static
{
    /// Opens it, with the tables of its own migrations.
    fn open(place: &Place) -> impl Future<Output = Result<Self, Failure>> + Send;
}

impl Backend for PostgresEventStore {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let store = Self::new(place.url()?).await?;
        store.migrate().await;
        Ok(store)
    }
}

impl Backend for SqliteEventStore {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let path = place.folder.join("eventcore.db");
        let store = Self::new(SqliteConfig { path, encryption_key: None })?;
        store.migrate().await?;
        Ok(store)
    }
}

/// The subject over one of its stores.
pub struct EventCore<B>(B);

impl<B: Backend> Subject for EventCore<B> {
    async fn open(place: &Place) -> Result<Self, Failure> {
        Ok(Self(B::open(place).await?))
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let order_id = StreamId::try_new(spot.stream.clone())?;
        let version = StreamVersion::new(usize::try_from(spot.version)?);
        let mut writes = StreamWrites::new().register_stream(order_id.clone(), version)?;
        for number in 0..events as u64 {
            let (order_id, data) = (order_id.clone(), parsed(spot.version + number)?);
            writes = writes.append(OrderEvent::OrderPlaced { order_id, data })?;
        }
        self.0.append_events(writes).await?;
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let (order_id, version) = (StreamId::try_new(spot.stream.clone())?, spot.version);
        let command = PlaceOrder { order_id, version, data: parsed(version)? };
        execute(&self.0, command, RetryPolicy::new()).await?;
        Ok(())
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        let mut page = EventPage::first(BatchSize::new(PAGE));
        let mut count = 0;
        loop {
            let events = self.0.read_events::<OrderEvent>(EventFilter::all(), page).await?;
            count += events.len() as u64;
            match page.next_from_results(&events) {
                Some(next) => page = next,
                None => return Ok(count),
            }
        }
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        let order_id = StreamId::try_new(spot.stream.clone())?;
        let events = self.0.read_stream::<OrderEvent>(order_id).await?;
        Ok(collect_events(events).await?.len() as u64)
    }
}
