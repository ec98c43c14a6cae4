//! The rows that Annals writes, written by hand: into the tables and indexes that it makes, with
//! the settings that it takes, and without what it asks and checks before.

use std::collections::HashMap;
use std::path::Path;

use annals_bench_harness::{Failure, Spot, data};
use annals_sqlite::{OpenOptions, SqliteStore};
use rusqlite::{Connection, params};
use uuid::Uuid;

/// A file and what is known of it without asking.
pub(super) struct Rows {
    pub(super) conn: Connection,
    position: u64,
    /// Numbers of streams that have room.
    streams: HashMap<String, i64>,
}

/// An event as it was read, all of it owned.
#[derive(Debug)]
#[expect(dead_code, reason = "reading into it is what is measured")]
pub(super) struct Read {
    position: u64,
    id: [u8; 16],
    aggregate: String,
    aggregate_id: String,
    version: u64,
    event_type: String,
    time: String,
    encoding: u8,
    data: Vec<u8>,
    correlation_id: [u8; 16],
    causation_id: Option<[u8; 16]>,
    command_id: Option<[u8; 16]>,
    actor: Option<String>,
    traceparent: Option<String>,
}

pub(super) const COLUMNS: &str = "position, id, aggregate, aggregate_id, version, event_type, \
     time, encoding, data, correlation_id, causation_id, command_id, actor, traceparent";

const TIME: &str = "2026-03-01T00:00:00.000000Z";
const OUTCOME: &[u8] = br#"{"outcome":"accepted","version":10,"events":1}"#;
/// Streams whose numbers are remembered.
const REMEMBERED: usize = 100_000;

impl Rows {
    /// Makes the file as Annals would, and opens it by hand.
    /// Its trigger against inserts out of order is dropped unless it is asked for: who owns a file
    /// alone needs none.
    pub(super) fn make(path: &Path, guarded: bool) -> Result<Self, Failure> {
        drop(SqliteStore::open(path, OpenOptions::default())?);
        let conn = Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096; \
             PRAGMA wal_autocheckpoint = 4096; PRAGMA temp_store = MEMORY;",
        )?;
        if !guarded {
            conn.execute_batch("DROP TRIGGER event_store_appends")?;
        }
        conn.set_prepared_statement_cache_capacity(64);
        Ok(Self { conn, position: 0, streams: HashMap::new() })
    }

    /// One transaction.
    pub(super) fn write(
        &mut self,
        spots: &[Spot],
        events: usize,
        outcomes: bool,
    ) -> Result<(), Failure> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for spot in spots {
            let stream = self.stream(spot)?;
            for number in 1..=events as u64 {
                self.event(spot, stream, spot.version + number)?;
            }
            if outcomes {
                self.outcome(stream)?;
            }
        }
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// One transaction, whose events SQLite makes itself: a statement for each spot, which binds
    /// nothing for each event.
    pub(super) fn make_events(&mut self, spots: &[Spot], events: usize) -> Result<(), Failure> {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
                   INSERT OR FAIL INTO event_store (id, stream, aggregate, aggregate_id, \
                   version, event_type, time, encoding, data, correlation_id, causation_id, \
                   command_id) SELECT randomblob(16), ?2, 'Order', ?3, ?4 + i, \
                   'OrderPlaced.v1', ?5, 0, ?6, ?7, ?7, ?7 FROM n";
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for spot in spots {
            let stream = self.stream(spot)?;
            let (count, command) = (events as u64, Uuid::now_v7());
            let data = data(spot.version).into_bytes();
            let about = (stream, &spot.stream, spot.version);
            let bound = params![count, about.0, about.1, about.2, TIME, data, command.as_bytes()];
            self.conn.prepare_cached(sql)?.execute(bound)?;
            self.position += count;
        }
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Leaves the log its rows alone.
    pub(super) fn drop_indexes(&self) -> Result<(), Failure> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL \
                   AND tbl_name = 'event_store'";
        let names: Vec<String> =
            self.conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for name in names {
            self.conn.execute_batch(&format!("DROP INDEX {name}"))?;
        }
        Ok(())
    }

    fn stream(&mut self, spot: &Spot) -> Result<i64, Failure> {
        if let Some(number) = self.streams.get(&spot.stream) {
            return Ok(*number);
        }
        let sql = "INSERT INTO annals_streams (aggregate, aggregate_id) VALUES ('Order', ?1)";
        let number = self.conn.prepare_cached(sql)?.insert([&spot.stream])?;
        if self.streams.len() == REMEMBERED {
            self.streams.clear();
        }
        self.streams.insert(spot.stream.clone(), number);
        Ok(number)
    }

    fn event(&mut self, spot: &Spot, stream: i64, version: u64) -> Result<(), Failure> {
        self.position += 1;
        let sql = "INSERT INTO event_store (position, id, stream, aggregate, aggregate_id, \
                   version, event_type, time, encoding, data, correlation_id, causation_id, \
                   command_id) VALUES (?, ?, ?, 'Order', ?, ?, 'OrderPlaced.v1', ?, 0, ?, ?, ?, ?)";
        let command = Uuid::now_v7();
        self.conn.prepare_cached(sql)?.execute(params![
            self.position,
            Uuid::now_v7().as_bytes(),
            stream,
            spot.stream,
            version,
            TIME,
            data(version).as_bytes(),
            command.as_bytes(),
            command.as_bytes(),
            command.as_bytes(),
        ])?;
        Ok(())
    }

    fn outcome(&self, stream: i64) -> Result<(), Failure> {
        let sql = "INSERT INTO annals_outcomes (stream, command_id, request_hash, outcome, \
                   command, correlation_id, time) VALUES (?, ?, ?, ?, 'PlaceOrder', ?, ?)";
        let (id, hash) = (Uuid::now_v7(), [7_u8; 32]);
        let bound = params![stream, id.as_bytes(), hash, OUTCOME, id.as_bytes(), TIME];
        self.conn.prepare_cached(sql)?.execute(bound)?;
        Ok(())
    }
}

/// One stream, into owned rows.
pub(super) fn stream(conn: &Connection, id: &str) -> Result<Vec<Read>, Failure> {
    let sql = format!(
        "SELECT {COLUMNS} FROM event_store WHERE stream = (SELECT stream FROM annals_streams \
         WHERE aggregate = 'Order' AND aggregate_id = ?1) ORDER BY version"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([id], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// An owned row.
pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Read> {
    Ok(Read {
        position: row.get(0)?,
        id: row.get(1)?,
        aggregate: row.get(2)?,
        aggregate_id: row.get(3)?,
        version: row.get(4)?,
        event_type: row.get(5)?,
        time: row.get(6)?,
        encoding: row.get(7)?,
        data: row.get(8)?,
        correlation_id: row.get(9)?,
        causation_id: row.get(10)?,
        command_id: row.get(11)?,
        actor: row.get(12)?,
        traceparent: row.get(13)?,
    })
}
