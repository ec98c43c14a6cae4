//! cqrs-es: the aggregate, and the subject over one of its repositories.

use annals_bench_harness::{Failure, Spot, data};
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, SerializedEvent};
use cqrs_es::{Aggregate, CqrsFramework, DomainEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Counts its events.
#[derive(Default, Serialize, Deserialize)]
pub struct Order {
    events: u64,
    bytes: u64,
}

/// The one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OrderEvent {
    /// With the data of the benchmark.
    OrderPlaced(Value),
}

impl DomainEvent for OrderEvent {
    fn event_type(&self) -> String {
        "OrderPlaced".to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

/// Never.
#[derive(Debug)]
pub struct Never;

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("never")
    }
}

impl std::error::Error for Never {}

impl Aggregate for Order {
    const TYPE: &'static str = "order";
    type Command = Value;
    type Event = OrderEvent;
    type Error = Never;
    type Services = ();

    async fn handle(
        &mut self,
        command: Value,
        _services: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Never> {
        sink.write(OrderEvent::OrderPlaced(command), self).await;
        Ok(())
    }

    fn apply(&mut self, event: OrderEvent) {
        let OrderEvent::OrderPlaced(value) = event;
        self.events += 1;
        self.bytes += value["note"].as_str().map_or(0, str::len) as u64;
    }
}

/// A repository twice: inside the framework, and for appends without a command.
pub struct Cqrs<R: PersistedEventRepository + Send + Sync> {
    framework: CqrsFramework<Order, PersistedEventStore<R, Order>>,
    repository: R,
}

impl<R: PersistedEventRepository + Send + Sync> Cqrs<R> {
    /// Over two of the same kind.
    pub fn new(inside: R, repository: R) -> Self {
        let store = PersistedEventStore::new_event_store(inside);
        Self { framework: CqrsFramework::new(store, vec![], ()), repository }
    }

    pub async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let event = |number: u64| -> Result<SerializedEvent, Failure> {
            Ok(SerializedEvent::new(
                spot.stream.clone(),
                (spot.version + number + 1) as usize,
                "order".to_owned(),
                "OrderPlaced".to_owned(),
                "1.0".to_owned(),
                json!({ "OrderPlaced": parsed(spot.version + number)? }),
                json!({}),
            ))
        };
        let events = (0..events as u64).map(event).collect::<Result<Vec<_>, _>>()?;
        self.repository.persist::<Order>(&events, None).await?;
        Ok(())
    }

    pub async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let done = self.framework.execute(&spot.stream, parsed(spot.version)?).await;
        done.map_err(|error| error.to_string().into())
    }

    pub async fn read_log(&self) -> Result<u64, Failure> {
        let mut stream = self.repository.stream_all_events::<Order>().await?;
        let mut count = 0;
        while let Some(event) = stream.next::<Order>(&[]).await {
            event?;
            count += 1;
        }
        Ok(count)
    }

    pub async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        Ok(self.repository.get_events::<Order>(&spot.stream).await?.len() as u64)
    }
}

pub fn parsed(number: u64) -> Result<Value, Failure> {
    Ok(serde_json::from_str(&data(number))?)
}
