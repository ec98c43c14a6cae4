//! The limits on Postgres: a connection for every client, and one statement a call.
//!
//! [`Bare`] inserts into a bare table, which judges nothing and orders nothing, and reads nothing
//! before. [`Rows`] writes rows with all the columns of Annals' log, checks their versions by an
//! index, and is what reading is measured against: a plain SELECT of the same columns,
//! unpartitioned.

use annals_bench_harness::{Failure, Place, Spot, Subject, data};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

/// As large as the pages that Annals is read by.
const PAGE: usize = 512;

const BARE: &str = "
CREATE TABLE bare (
  position bigserial PRIMARY KEY, id uuid NOT NULL, aggregate text NOT NULL,
  aggregate_id text NOT NULL, version bigint NOT NULL, event_type text NOT NULL,
  time timestamptz NOT NULL DEFAULT now(), data bytea NOT NULL, correlation_id uuid NOT NULL,
  causation_id uuid, command_id uuid)";

const INSERT_BARE: &str = "
INSERT INTO bare (id, aggregate, aggregate_id, version, event_type, data, correlation_id,
  causation_id, command_id)
VALUES ($1, 'Order', $2, $3, 'OrderPlaced.v1', $4, $5, $5, $5)";

const INSERT_BARE_MANY: &str = "
INSERT INTO bare (id, aggregate, aggregate_id, version, event_type, data, correlation_id,
  causation_id, command_id)
SELECT id, 'Order', $2, $3 + nr, 'OrderPlaced.v1', data, $5, $5, $5
FROM unnest($1::uuid[], $4::bytea[]) WITH ORDINALITY AS new (id, data, nr)";

const ROWS: &str = "
CREATE TABLE event_store (
  position bigserial PRIMARY KEY, version bigint NOT NULL, time timestamptz NOT NULL DEFAULT now(),
  id uuid NOT NULL, correlation_id uuid NOT NULL, causation_id uuid, command_id uuid,
  encoding smallint NOT NULL DEFAULT 0, aggregate text COLLATE \"C\" NOT NULL,
  aggregate_id text COLLATE \"C\" NOT NULL, event_type text COLLATE \"C\" NOT NULL,
  data bytea NOT NULL, actor text, traceparent text, tags text,
  UNIQUE (aggregate_id, aggregate, version))";

const INSERT: &str = "
INSERT INTO event_store (id, aggregate, aggregate_id, version, event_type, data, correlation_id,
  causation_id, command_id)
SELECT id, 'Order', $1, $2 + nr, 'OrderPlaced.v1', data, $3, $3, $3
FROM unnest($4::uuid[], $5::bytea[]) WITH ORDINALITY AS new (id, data, nr)";

const STREAM: &str = "
SELECT position, id, aggregate, aggregate_id, version, event_type, time, encoding, data,
  correlation_id, causation_id, command_id, actor, traceparent, tags
FROM event_store WHERE aggregate = 'Order' AND aggregate_id = $1 ORDER BY version";

const LOG: &str = "
SELECT position, id, aggregate, aggregate_id, version, event_type, time, encoding, data,
  correlation_id, causation_id, command_id, actor, traceparent, tags
FROM event_store WHERE position > $1 ORDER BY position LIMIT $2";

/// Connects.
pub(super) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// A connection of the bare table.
struct BareSession {
    client: Client,
    one: Statement,
    many: Statement,
}

/// INSERT alone.
pub(super) struct Bare(Vec<BareSession>);

impl Subject for Bare {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let url = place.url()?;
        connect(url).await?.batch_execute(BARE).await?;
        let mut sessions = Vec::new();
        for _ in 0..place.clients {
            let client = connect(url).await?;
            let one = client.prepare(INSERT_BARE).await?;
            let many = client.prepare(INSERT_BARE_MANY).await?;
            sessions.push(BareSession { client, one, many });
        }
        Ok(Self(sessions))
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let BareSession { client, one, many } = &self.0[spot.client % self.0.len()];
        let (version, correlation) = (spot.version as i64, Uuid::now_v7());
        if events == 1 {
            let (id, data) = (Uuid::now_v7(), data(spot.version).into_bytes());
            client.execute(one, &[&id, &spot.stream, &version, &data, &correlation]).await?;
            return Ok(());
        }
        let (ids, datas) = new(spot, events);
        client.execute(many, &[&ids, &spot.stream, &version, &datas, &correlation]).await?;
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        self.append(spot, 1).await
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        Err("a bare table isn't read".into())
    }

    async fn read_stream(&self, _spot: &Spot) -> Result<u64, Failure> {
        Err("a bare table isn't read".into())
    }
}

/// A connection of the rows, with its statements.
struct Session {
    client: Client,
    insert: Statement,
    stream: Statement,
    log: Statement,
}

/// The same rows as Annals', one session a client.
pub(super) struct Rows(Vec<Session>);

/// A row in memory of its own.
struct Owned {
    position: i64,
    _ids: (Uuid, Uuid, Option<Uuid>, Option<Uuid>),
    _stream: (String, String, i64),
    _event: (String, i16, Vec<u8>, std::time::SystemTime),
    _texts: [Option<String>; 3],
}

fn owned(row: &tokio_postgres::Row) -> Owned {
    Owned {
        position: row.get(0),
        _ids: (row.get(1), row.get(9), row.get(10), row.get(11)),
        _stream: (row.get(2), row.get(3), row.get(4)),
        _event: (row.get(5), row.get(7), row.get(8), row.get(6)),
        _texts: [row.get(12), row.get(13), row.get(14)],
    }
}

fn new(spot: &Spot, events: usize) -> (Vec<Uuid>, Vec<Vec<u8>>) {
    let ids = (0..events).map(|_| Uuid::now_v7()).collect();
    let data = |number| data(spot.version + number).into_bytes();
    (ids, (0..events as u64).map(data).collect())
}

impl Rows {
    fn session(&self, spot: &Spot) -> &Session {
        &self.0[spot.client % self.0.len()]
    }
}

impl Subject for Rows {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let url = place.url()?;
        connect(url).await?.batch_execute(ROWS).await?;
        let mut sessions = Vec::new();
        // Eight fill what readers read.
        for _ in 0..place.clients.max(8) {
            let client = connect(url).await?;
            sessions.push(Session {
                insert: client.prepare(INSERT).await?,
                stream: client.prepare(STREAM).await?,
                log: client.prepare(LOG).await?,
                client,
            });
        }
        Ok(Self(sessions))
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let Session { client, insert, .. } = self.session(spot);
        let (ids, datas) = new(spot, events);
        let (version, correlation) = (spot.version as i64, Uuid::now_v7());
        client.execute(insert, &[&spot.stream, &version, &correlation, &ids, &datas]).await?;
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let events = self.read_stream(spot).await?;
        if events != spot.version {
            return Err(format!("{events} events instead of {}", spot.version).into());
        }
        self.append(spot, 1).await
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        let Session { client, log, .. } = &self.0[0];
        let (mut after, mut count) = (0_i64, 0);
        loop {
            let rows = client.query(log, &[&after, &(PAGE as i64)]).await?;
            let rows: Vec<Owned> = rows.iter().map(owned).collect();
            let Some(last) = rows.last() else { return Ok(count) };
            after = last.position;
            count += rows.len() as u64;
        }
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        let Session { client, stream, .. } = self.session(spot);
        let rows = client.query(stream, &[&spot.stream]).await?;
        let rows: Vec<Owned> = rows.iter().map(owned).collect();
        Ok(rows.len() as u64)
    }
}
