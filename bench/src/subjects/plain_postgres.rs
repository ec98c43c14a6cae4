//! The limit on Postgres for whoever sends one transaction an event: a connection for every client,
//! and one statement.

use annals_bench_harness::{Failure, Place, Spot, Subject, data};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

const TABLE: &str = "
CREATE TABLE event_store (
  position bigserial PRIMARY KEY, id uuid NOT NULL, aggregate text NOT NULL,
  aggregate_id text NOT NULL, version bigint NOT NULL, event_type text NOT NULL,
  time timestamptz NOT NULL DEFAULT now(), data bytea NOT NULL, correlation_id uuid NOT NULL,
  causation_id uuid, command_id uuid, UNIQUE (aggregate_id, aggregate, version))";

const INSERT: &str = "
INSERT INTO event_store (id, aggregate, aggregate_id, version, event_type, data, correlation_id,
  causation_id, command_id)
SELECT id, 'Order', $1, $2 + nr, 'OrderPlaced.v1', data, $3, $3, $3
FROM unnest($4::uuid[], $5::bytea[]) WITH ORDINALITY AS new (id, data, nr)";

const STREAM: &str = "
SELECT position, id, aggregate, aggregate_id, version, event_type, data, correlation_id,
  causation_id, command_id
FROM event_store WHERE aggregate = 'Order' AND aggregate_id = $1 ORDER BY version";

const LOG: &str = "
SELECT position, id, aggregate, aggregate_id, version, event_type, data, correlation_id,
  causation_id, command_id
FROM event_store WHERE position > $1 ORDER BY position LIMIT 1000";

/// A connection with its statements.
struct Session {
    client: Client,
    insert: Statement,
    stream: Statement,
    log: Statement,
}

/// One session a client.
pub(super) struct Plain(Vec<Session>);

/// Connects.
pub(super) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

type Owned = (i64, Uuid, String, String, i64, String, Vec<u8>, Uuid, Option<Uuid>, Option<Uuid>);

fn owned(row: &tokio_postgres::Row) -> Owned {
    let (a, b, c, d, e) = (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
    (a, b, c, d, e, row.get(5), row.get(6), row.get(7), row.get(8), row.get(9))
}

impl Plain {
    fn session(&self, spot: &Spot) -> &Session {
        &self.0[spot.client % self.0.len()]
    }
}

impl Subject for Plain {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let url = place.url()?;
        connect(url).await?.batch_execute(TABLE).await?;
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
        let ids: Vec<Uuid> = (0..events).map(|_| Uuid::now_v7()).collect();
        let datas: Vec<Vec<u8>> =
            (0..events as u64).map(|number| data(spot.version + number).into_bytes()).collect();
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
            let rows: Vec<Owned> = client.query(log, &[&after]).await?.iter().map(owned).collect();
            let Some(last) = rows.last() else { return Ok(count) };
            after = last.0;
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
