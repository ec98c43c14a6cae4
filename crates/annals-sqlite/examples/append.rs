//! How many events a second the store takes, in batches of 1, 64 and 256 units of one event and one
//! outcome each, beside a plain loop of inserts of the same rows into the same tables.
//!
//! `cargo run --release -p annals-sqlite --example append [folder] [seconds]`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_core::{EventType, Metadata, NewEvent, StreamId, Timestamp};
use annals_runtime::ports::{Append, EventStore, Expected, OutcomeWrite, Unit};
use annals_sqlite::{OpenOptions, SqliteStore};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

const STREAMS: u64 = 10_000;
const DATA: &str = r#"{"customer":"3c3f7b0e-5f2c-4b77-8a53-0c9b8a1f1f10","total_cents":12990,
"lines":[{"sku":"A-1001","quantity":2},{"sku":"B-2002","quantity":1}],"currency":"EUR"}"#;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let run = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    println!("batch    store ev/s     raw ev/s   store/raw");
    for batch in [1, 64, 256] {
        let path = folder.join(format!("annals-append-{}.db", std::process::id()));
        let store = runtime.block_on(through_the_store(&path, batch, run))?;
        remove(&path);
        let raw = by_hand(&path, batch, run)?;
        remove(&path);
        println!("{batch:>5} {store:>13.0} {raw:>12.0} {:>11.2}", store / raw);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "measured in real time")]
async fn through_the_store(path: &Path, batch: u64, run: Duration) -> Result<f64, Failure> {
    let store = SqliteStore::open(path, OpenOptions::default())?;
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < run {
        let units = (count..count + batch).map(unit).collect();
        for verdict in store.commit(units).await? {
            verdict.map_err(|refusal| format!("{refusal:?}"))?;
        }
        count += batch;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
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
fn by_hand(path: &Path, batch: u64, run: Duration) -> Result<f64, Failure> {
    drop(SqliteStore::open(path, OpenOptions::default())?);
    let conn = Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096; \
         PRAGMA wal_autocheckpoint = 4096;",
    )?;
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < run {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for number in count..count + batch {
            insert(&conn, number)?;
        }
        conn.execute_batch("COMMIT")?;
        count += batch;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

fn insert(conn: &Connection, number: u64) -> Result<(), Failure> {
    let id = format!("order-{}", number % STREAMS);
    let stream = number % STREAMS + 1;
    if number < STREAMS {
        let sql = "INSERT INTO annals_streams (aggregate, aggregate_id) VALUES ('Order', ?1)";
        conn.prepare_cached(sql)?.execute([&id])?;
    }
    let sql = "SELECT max(version) FROM event_store WHERE stream = ?1";
    let version: Option<Option<u64>> =
        conn.prepare_cached(sql)?.query_row([stream], |row| row.get(0)).optional()?;
    let command = id_in_order(number);
    let sql = "INSERT INTO event_store (position, id, stream, aggregate, aggregate_id, version, \
               event_type, time, encoding, data, correlation_id, causation_id, command_id) \
               VALUES (?, ?, ?, 'Order', ?, ?, 'OrderPlaced.v1', \
               '2026-03-01T00:00:00.000000Z', 0, ?, ?, ?, ?)";
    conn.prepare_cached(sql)?.execute(params![
        number + 1,
        id_in_order(number).as_bytes(),
        stream,
        id,
        version.flatten().unwrap_or(0) + 1,
        DATA.as_bytes(),
        command.as_bytes(),
        command.as_bytes(),
        command.as_bytes(),
    ])?;
    let sql = "INSERT INTO annals_outcomes (stream, command_id, request_hash, outcome) \
               VALUES (?, ?, ?, ?)";
    let bound = params![stream, command.as_bytes(), [7_u8; 32], b"{}"];
    conn.prepare_cached(sql)?.execute(bound)?;
    Ok(())
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
