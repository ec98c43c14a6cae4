//! Commands alone, from 64 clients: the order system on a fresh store, its consumers at rest.
//! Beside it, in the same run, the limit: a bare loop that commits as many ready-made events in
//! batches of 64.
//!
//! `cargo run --release -p annals-cli --example commands [orders]`

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use annals_core::{EventType, Metadata, NewEvent, StreamId};
use annals_http::HttpCaller;
use annals_runtime::ports::{Append, Clock, EventStore, Expected, OutcomeWrite, Store, Unit};
use annals_runtime::{CommandRequest, Commands, Options, Outcome, Runtime};
use annals_runtime::{SystemClock, SystemEntropy};
use annals_sqlite::{OpenOptions, SqliteStore};
use serde_json::{Value, json};
use uuid::Uuid;

const CLIENTS: u64 = 64;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let orders = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("annals-commands-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder, orders).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &Path, orders: u64) -> Result<(), Failure> {
    let (commands, seconds, mut latencies) = through_the_runtime(folder, orders).await?;
    latencies.sort_unstable();
    let at = |share: usize| f64::from(latencies[(latencies.len() - 1) * share / 100]) / 1_000.0;
    let ours = commands as f64 / seconds;
    println!("commands  {ours:>8.0}/s  p50 {:.2} ms, p99 {:.2} ms", at(50), at(99));
    let limit = bare_loop(folder, commands).await?;
    println!("limit     {limit:>8.0}/s  ready-made events in batches of {CLIENTS}");
    println!("ratio     {:>8.2}", ours / limit);
    Ok(())
}

async fn through_the_runtime(folder: &Path, orders: u64) -> Result<(u64, f64, Vec<u32>), Failure> {
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(folder.join("commands.db"), OpenOptions::default())?);
    let model = orders_model()?;
    let system = annals_interpreter::system(&model, &|_| None);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let caller = Arc::new(HttpCaller::default());
    let options = Options::default();
    let runtime = Runtime::open(system, store, caller, clock, entropy, options).await?;
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(runtime.commands().clone(), next.clone(), orders));
    }
    let mut latencies = Vec::new();
    while let Some(took) = clients.join_next().await {
        latencies.extend(took??);
    }
    let seconds = start.elapsed().as_secs_f64();
    runtime.close().await?;
    Ok((latencies.len() as u64, seconds, latencies))
}

fn orders_model() -> Result<Arc<annals_model::Model>, Failure> {
    let text = include_str!("../../../examples/orders/architecture.yaml").into();
    let file = annals_model::SourceFile { path: "examples/orders/architecture.yaml".into(), text };
    let loaded = annals_model::load(vec![file]);
    Ok(Arc::new(loaded.model.ok_or("the example doesn't load")?))
}

/// Orders of two lines, one after the other: four commands each.
async fn client(
    commands: Arc<Commands>,
    next: Arc<AtomicU64>,
    orders: u64,
) -> Result<Vec<u32>, Failure> {
    let mut latencies = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= orders {
            return Ok(latencies);
        }
        // As customers' ids do, they come in no order.
        let id = u128::from(number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let order: Arc<str> = Uuid::from_u128(id).to_string().into();
        let address = json!({ "street": "1 Main Street", "city": "Oslo", "country": "NO" });
        let line = |sku: &str| json!({ "sku": sku, "quantity": 2, "unit_price_cents": 1250 });
        for (command, input) in [
            ("CreateOrder", json!({ "customer_id": Uuid::nil(), "shipping_address": address })),
            ("AddOrderItem", line("sku-1")),
            ("AddOrderItem", line("sku-2")),
            ("PlaceOrder", json!({})),
        ] {
            let start = Instant::now();
            ask(&commands, &order, command, &input).await?;
            latencies.push(u32::try_from(start.elapsed().as_micros())?);
        }
    }
}

async fn ask(
    commands: &Commands,
    order: &Arc<str>,
    command: &str,
    input: &Value,
) -> Result<(), Failure> {
    let bytes = input.to_string().into_bytes();
    let request = CommandRequest::new("Order", order.clone(), command, bytes);
    let answer = commands.handle(request).await.map_err(|error| error.to_string())?;
    match answer.outcome {
        Outcome::Accepted => Ok(()),
        other => Err(format!("{command}: {other:?}").into()),
    }
}

/// The limit: a writer that has nothing to decide and never waits for a client.
async fn bare_loop(folder: &Path, commands: u64) -> Result<f64, Failure> {
    let store = SqliteStore::open(folder.join("limit.db"), OpenOptions::default())?;
    let start = Instant::now();
    let mut count = 0;
    while count < commands {
        let units = (count..count + CLIENTS).map(ready_made).collect();
        for verdict in store.commit(units).await? {
            verdict.map_err(|refusal| format!("{refusal:?}"))?;
        }
        count += CLIENTS;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

fn ready_made(number: u64) -> Unit {
    let id = Uuid::from_u64_pair(number << 16, number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let stream = StreamId::new("Order", Uuid::from_u64_pair(number / 4, 7).to_string());
    let data = r#"{"sku":"sku-1","quantity":2,"unit_price_cents":1250}"#;
    let metadata = Metadata { correlation_id: id, command_id: Some(id), ..Metadata::default() };
    let event = NewEvent {
        id,
        type_: EventType::new("OrderItemAdded", 1),
        time: SystemClock.now(),
        data: data.as_bytes().into(),
        metadata,
        tags: Arc::default(),
    };
    let outcome = OutcomeWrite {
        stream: stream.clone(),
        command_id: id,
        command: "AddOrderItem".into(),
        correlation_id: id,
        time: SystemClock.now(),
        request_hash: [7; 32],
        outcome: (*b"{}").into(),
    };
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    Unit { appends: vec![append], outcome: Some(outcome), ..Unit::default() }
}
