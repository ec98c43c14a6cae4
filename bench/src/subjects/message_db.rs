//! message-db: its own functions, called as its own documents do, with a connection for every
//! client. Its SQL is installed into the database before the child starts (`message_db.rs` above).

use annals_bench_harness::{Failure, Place, Spot, Subject, data};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::plain_postgres::connect;

const WRITE: &str = "SELECT write_message($1::varchar, $2::varchar, 'OrderPlaced'::varchar, \
     $3::text::jsonb, NULL::jsonb, $4::bigint)";
const STREAM: &str = "SELECT id, stream_name, type, position, global_position, data, metadata \
     FROM get_stream_messages($1::varchar)";
const LOG: &str = "SELECT id, stream_name, type, position, global_position, data, metadata \
     FROM get_category_messages('order'::varchar, $1::bigint, 1000)";

/// A connection with its statements.
struct Session {
    client: Client,
    write: Statement,
    stream: Statement,
    log: Statement,
}

/// One session a client; all streams are of one category.
pub(super) struct MessageDb(Vec<Session>);

type Owned = (String, String, String, i64, i64, String, Option<String>);

fn owned(row: &tokio_postgres::Row) -> Owned {
    let (a, b, c, d) = (row.get(0), row.get(1), row.get(2), row.get(3));
    (a, b, c, d, row.get(4), row.get(5), row.get(6))
}

impl MessageDb {
    fn session(&self, spot: &Spot) -> &Session {
        &self.0[spot.client % self.0.len()]
    }

    async fn write(&self, spot: &Spot, number: u64) -> Result<(), Failure> {
        let Session { client, write, .. } = self.session(spot);
        let (id, name) = (Uuid::now_v7().to_string(), name(spot));
        let expected = (spot.version + number) as i64 - 1;
        client.query(write, &[&id, &name, &data(spot.version + number), &expected]).await?;
        Ok(())
    }
}

fn name(spot: &Spot) -> String {
    format!("order-{}", spot.stream)
}

impl Subject for MessageDb {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let mut sessions = Vec::new();
        for _ in 0..place.clients.max(8) {
            let client = connect(place.url()?).await?;
            client.batch_execute("SET search_path TO message_store, public").await?;
            sessions.push(Session {
                write: client.prepare(WRITE).await?,
                stream: client.prepare(STREAM).await?,
                log: client.prepare(LOG).await?,
                client,
            });
        }
        Ok(Self(sessions))
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        if events == 1 {
            return self.write(spot, 0).await;
        }
        let client = &self.session(spot).client;
        client.batch_execute("BEGIN").await?;
        for number in 0..events as u64 {
            self.write(spot, number).await?;
        }
        client.batch_execute("COMMIT").await?;
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let events = self.read_stream(spot).await?;
        if events != spot.version {
            return Err(format!("{events} events instead of {}", spot.version).into());
        }
        self.write(spot, 0).await
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        let Session { client, log, .. } = &self.0[0];
        let (mut from, mut count) = (1_i64, 0);
        loop {
            let rows: Vec<Owned> = client.query(log, &[&from]).await?.iter().map(owned).collect();
            let Some(last) = rows.last() else { return Ok(count) };
            from = last.4 + 1;
            count += rows.len() as u64;
        }
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        let Session { client, stream, .. } = self.session(spot);
        let rows = client.query(stream, &[&name(spot)]).await?;
        let rows: Vec<Owned> = rows.iter().map(owned).collect();
        Ok(rows.len() as u64)
    }
}
