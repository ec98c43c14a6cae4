//! Annals on its stores: one macro, a line for each subject.

use std::sync::Arc;

use annals_bench_harness::{Failure, Place, Spot, Subject};
use annals_postgres::{Mode, PostgresStore};
use annals_runtime::ports::{Clock, Store};
use annals_runtime::{Bounds, SystemClock};
use annals_sqlite::{OpenOptions, SqliteStore};

use super::annals::{Annals, Standing};

/// The store on SQLite, as delivered.
pub(super) fn sqlite(place: &Place) -> Result<Arc<dyn Store>, Failure> {
    Ok(Arc::new(SqliteStore::open(place.folder.join("annals.db"), OpenOptions::default())?))
}

/// The store on Postgres, as delivered.
pub(crate) async fn postgres(place: &Place, mode: Mode) -> Result<Arc<dyn Store>, Failure> {
    let options = annals_postgres::OpenOptions::new(mode);
    Ok(Arc::new(PostgresStore::open(place.url()?, options).await?))
}

/// Time as it is: the gather window is measured by it.
pub(super) fn time() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// A subject that is Annals on some store.
macro_rules! subject {
    ($name:ident, $what:literal, |$place:ident| $open:expr) => {
        #[doc = $what]
        pub(crate) struct $name(Annals);

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

subject!(OnSqlite, "On SQLite; every command reads its stream.", |place| {
    Annals::uncached(sqlite(place)?, time())
});
subject!(SqliteGreedy, "On SQLite, without the gather window.", |place| {
    Annals::uncached(sqlite(place)?, Arc::new(Standing))
});
subject!(SqliteCached, "On SQLite as it is delivered: recent states are kept.", |place| {
    Annals::on(sqlite(place)?, Bounds::default(), time())
});
subject!(OnPostgres, "On Postgres; every command reads its stream.", |place| {
    Annals::uncached(postgres(place, Mode::ReadWrite).await?, time())
});
subject!(PostgresGreedy, "On Postgres, without the gather window.", |place| {
    Annals::uncached(postgres(place, Mode::ReadWrite).await?, Arc::new(Standing))
});
subject!(PostgresCached, "On Postgres as it is delivered.", |place| {
    Annals::on(postgres(place, Mode::ReadWrite).await?, Bounds::default(), time())
});
subject!(PostgresFollowed, "On Postgres as it is delivered, with a consumer.", |place| {
    Annals::followed(postgres(place, Mode::ReadWrite).await?, Bounds::default(), time())
});
subject!(
    PostgresFolded,
    "On Postgres as it is delivered, with an immediate projection.",
    |place| { Annals::folded(postgres(place, Mode::ReadWrite).await?, Bounds::default(), time()) }
);
subject!(PostgresProcess, "One of many processes that append to a log on Postgres.", |place| {
    Annals::uncached(postgres(place, Mode::Append).await?, time())
});

impl From<Annals> for OnSqlite {
    fn from(annals: Annals) -> Self {
        Self(annals)
    }
}
