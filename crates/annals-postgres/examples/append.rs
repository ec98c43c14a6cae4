//! How many commands a second the store takes: one event and one outcome each, from 1, 8, 64 and
//! 256 clients, beside a plain INSERT of one row into a bare table from as many connections.
//!
//! `ANNALS_TEST_POSTGRES=postgres://… cargo run --release -p annals-postgres --example append \
//! [seconds] [clients…]`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use annals_core::{EventType, Metadata, NewEvent, StreamId, Timestamp};
use annals_postgres::{OpenOptions, PostgresStore};
use annals_runtime::ports::{Append, EventStore, Expected, OutcomeWrite, Unit};
use uuid::Uuid;

const STREAMS: u64 = 10_000;
const DATA: &str = r#"{"customer":"3c3f7b0e-5f2c-4b77-8a53-0c9b8a1f1f10","total_cents":12990,
"lines":[{"sku":"A-1001","quantity":2},{"sku":"B-2002","quantity":1}],"currency":"EUR",
"note":"0123456789012345678901234567890123456789012345678901234567890123456789"}"#;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::disallowed_methods, reason = "an example is told of the server in this way")]
fn main() -> Result<(), Failure> {
    let server = std::env::var("ANNALS_TEST_POSTGRES")?;
    let seconds = std::env::args().nth(1).map_or(Ok(3), |text| text.parse())?;
    let run = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Runtime::new()?;
    println!("clients   store ev/s   plain ev/s   store/plain");
    let asked: Vec<u64> = std::env::args().skip(2).filter_map(|text| text.parse().ok()).collect();
    let all = if asked.is_empty() { vec![1, 8, 64, 256] } else { asked };
    for clients in all {
        let schema = format!("append_{}_{clients}", std::process::id());
        let store = runtime.block_on(through_the_store(&server, &schema, clients, run))?;
        let plain = runtime.block_on(by_hand(&server, &schema, clients.min(64), run))?;
        println!("{clients:>7} {store:>12.0} {plain:>12.0} {:>13.2}", store / plain);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "measured in real time")]
async fn through_the_store(
    server: &str,
    schema: &str,
    clients: u64,
    run: Duration,
) -> Result<f64, Failure> {
    let url = format!("{server}?schema={schema}");
    let store = Arc::new(PostgresStore::open(&url, OpenOptions::default()).await?);
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (store, next) = (Arc::clone(&store), Arc::clone(&next));
        tasks.spawn(async move {
            while start.elapsed() < run {
                let unit = unit(next.fetch_add(1, Ordering::Relaxed));
                for verdict in store.commit(vec![unit]).await? {
                    verdict.map_err(|refusal| format!("{refusal:?}"))?;
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(next.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}

fn unit(number: u64) -> Unit {
    let stream = StreamId::new("Order", format!("order-{}", number % STREAMS));
    let command_id = id_in_order(number);
    let event = NewEvent {
        id: id_in_order(number),
        type_: EventType::new("OrderPlaced", 1),
        time: Timestamp(1_772_323_200_000_000),
        data: DATA.as_bytes().into(),
        metadata: Metadata {
            correlation_id: command_id,
            causation_id: Some(command_id),
            command_id: Some(command_id),
            ..Metadata::default()
        },
        tags: Arc::default(),
    };
    let append = Append { stream: stream.clone(), expected: Expected::Any, events: vec![event] };
    let outcome = OutcomeWrite {
        stream,
        command_id,
        command: "Append".into(),
        correlation_id: command_id,
        time: append.events[0].time,
        request_hash: [7; 32],
        outcome: (*b"{}").into(),
    };
    Unit { appends: vec![append], outcome: Some(outcome), ..Unit::default() }
}

/// As UUIDv7 come: ordered in their first half, random in the second.
fn id_in_order(number: u64) -> Uuid {
    Uuid::from_u64_pair(number << 16, number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

#[expect(clippy::disallowed_methods, reason = "measured in real time")]
async fn by_hand(server: &str, schema: &str, clients: u64, run: Duration) -> Result<f64, Failure> {
    let next = Arc::new(AtomicU64::new(0));
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let table = format!(
        "CREATE TABLE {schema}.plain (position bigserial PRIMARY KEY, data bytea NOT NULL)"
    );
    client.batch_execute(&table).await?;
    let mut connections = Vec::new();
    for _ in 0..clients {
        let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        let sql = format!("INSERT INTO {schema}.plain (data) VALUES ($1)");
        let statement = client.prepare(&sql).await?;
        connections.push((client, statement));
    }
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (client, statement) in connections {
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            while start.elapsed() < run {
                client.execute(&statement, &[&DATA.as_bytes()]).await?;
                next.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(next.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}
