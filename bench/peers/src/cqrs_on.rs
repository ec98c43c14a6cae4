//! cqrs-es on its databases: pools of ten connections, as `default_sqlite_pool` and
//! `default_postgress_pool` make them, on the tables of their own migrations.

use annals_bench_harness::{Failure, Place, Spot, Subject};
use postgres_es::{PostgresEventRepository, default_postgress_pool};
use sqlite_es::SqliteEventRepository;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Sqlite as SqliteDatabase};

use crate::cqrs::Cqrs;

const SQLITE_TABLES: &str = "
CREATE TABLE events (
  aggregate_type text NOT NULL, aggregate_id text NOT NULL,
  sequence integer CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL,
  event_version text NOT NULL, payload text NOT NULL, metadata text NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT";

const POSTGRES_TABLES: &str = "
CREATE TABLE events (
  aggregate_type text NOT NULL, aggregate_id text NOT NULL,
  sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL,
  event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id, sequence)
)";

async fn sqlite(
    place: &Place,
    synchronous: SqliteSynchronous,
) -> Result<Cqrs<SqliteEventRepository>, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(place.folder.join("cqrs.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true);
    let pool: Pool<SqliteDatabase> =
        SqlitePoolOptions::new().max_connections(10).connect_with(options).await?;
    sqlx::query(SQLITE_TABLES).execute(&pool).await?;
    let inside = SqliteEventRepository::new(pool.clone());
    Ok(Cqrs::new(inside, SqliteEventRepository::new(pool)))
}

async fn postgres(place: &Place) -> Result<Cqrs<PostgresEventRepository>, Failure> {
    let pool = default_postgress_pool(place.url()?).await;
    sqlx::query(POSTGRES_TABLES).execute(&pool).await?;
    let inside = PostgresEventRepository::new(pool.clone());
    Ok(Cqrs::new(inside, PostgresEventRepository::new(pool)))
}

/// A subject that is cqrs-es on some repository.
macro_rules! subject {
    ($name:ident, $repository:ty, $what:literal, |$place:ident| $open:expr) => {
        #[doc = $what]
        pub struct $name(Cqrs<$repository>);

        impl Subject for $name {
            async fn open($place: &Place) -> Result<Self, Failure> {
                Ok(Self($open.await?))
            }

            async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
                self.0.append(spot, events).await
            }

            async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
                self.0.handle(spot).await
            }

            async fn read_log(&self) -> Result<u64, Failure> {
                self.0.read_log().await
            }

            async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
                self.0.read_stream(spot).await
            }
        }
    };
}

subject!(
    Sqlite,
    SqliteEventRepository,
    "Its default pool, but for `synchronous`, so that what it has answered is on disk.",
    |place| sqlite(place, SqliteSynchronous::Full)
);
subject!(
    SqliteNormal,
    SqliteEventRepository,
    "Its default pool: a power cut may take what it has answered.",
    |place| sqlite(place, SqliteSynchronous::Normal)
);
subject!(Postgres, PostgresEventRepository, "Its default pool.", |place| postgres(place));
