//! disintegrate on Postgres, as in its README: a pool of sqlx's default size, JSON, no snapshots.

use annals_bench_harness::{Failure, Place, Spot, Subject, data};
use disintegrate::serde::json::Json;
use disintegrate::{
    Decision, Event, EventStore, NoSnapshot, StateMutate, StateQuery, StreamItem, query,
};
use disintegrate_postgres::{PgDecisionMaker, PgEventStore, decision_maker};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

/// The one event.
#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(OrderStream, [OrderPlaced])]
pub enum OrderEvent {
    /// With the data of the benchmark.
    OrderPlaced {
        /// The stream.
        #[id]
        order_id: String,
        /// The data.
        data: String,
    },
}

/// Counts its events.
#[derive(Clone, Debug, Default, StateQuery, Serialize, Deserialize)]
#[state_query(OrderStream)]
pub struct Order {
    #[id]
    order_id: String,
    events: u64,
}

impl StateMutate for Order {
    fn mutate(&mut self, _event: Self::Event) {
        self.events += 1;
    }
}

struct PlaceOrder {
    order_id: String,
    version: u64,
}

impl Decision for PlaceOrder {
    type Event = OrderEvent;
    type StateQuery = Order;
    type Error = std::io::Error;

    fn state_query(&self) -> Order {
        Order { order_id: self.order_id.clone(), events: 0 }
    }

    fn process(&self, state: &Order) -> Result<Vec<OrderEvent>, std::io::Error> {
        if state.events != self.version {
            return Err(std::io::Error::other("another number of events"));
        }
        Ok(vec![placed(&self.order_id, self.version)])
    }
}

fn placed(order_id: &str, number: u64) -> OrderEvent {
    OrderEvent::OrderPlaced { order_id: order_id.to_owned(), data: data(number) }
}

type Store = PgEventStore<OrderEvent, Json<OrderEvent>>;

/// The store, and its decision maker.
pub struct Disintegrate {
    store: Store,
    maker: PgDecisionMaker<OrderEvent, Json<OrderEvent>, NoSnapshot>,
}

impl Subject for Disintegrate {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let pool = PgPool::connect(place.url()?).await?;
        let store = PgEventStore::try_new(pool, Json::<OrderEvent>::default()).await?;
        let maker = decision_maker(store.clone(), NoSnapshot);
        Ok(Self { store, maker })
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let events =
            (0..events as u64).map(|number| placed(&spot.stream, spot.version + number)).collect();
        self.store.append_without_validation(events).await?;
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let decision = PlaceOrder { order_id: spot.stream.clone(), version: spot.version };
        let made = self.maker.make(decision).await;
        made.map(|_| ()).map_err(|error| error.to_string().into())
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        self.count(query!(OrderEvent)).await
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        let order_id = spot.stream.clone();
        self.count(query!(OrderEvent; order_id == order_id)).await
    }
}

impl Disintegrate {
    async fn count(
        &self,
        query: disintegrate::StreamQuery<disintegrate_postgres::PgEventId, OrderEvent>,
    ) -> Result<u64, Failure> {
        let mut stream = self.store.stream(&query);
        let mut count = 0;
        while let Some(item) = stream.next().await {
            if let StreamItem::Event(_) = item? {
                count += 1;
            }
        }
        Ok(count)
    }
}
