//! Annals' own statement and decoding over a log without partitions: what the partitions cost
//! whoever reads the log. The store fills its log; then an unpartitioned copy takes the log's name.

use annals_bench_harness::{Failure, Place, Spot, Subject};
use annals_postgres::Mode;
use tokio::sync::OnceCell;

use super::annals::Annals;
use super::annals_on::{postgres, time};
use super::plain_postgres::connect;

const COPY: &str = "
SET search_path = annals;
CREATE TABLE copy (LIKE event_store);
INSERT INTO copy SELECT * FROM event_store ORDER BY position;
CREATE UNIQUE INDEX copy_by_position ON copy (position);
GRANT SELECT ON copy TO annals_projections, annals_application;
ALTER TABLE event_store RENAME TO event_store_partitioned;
ALTER TABLE copy RENAME TO event_store;
ANALYZE event_store";

/// The store, and whether the copy was made.
pub(super) struct Flat {
    annals: Annals,
    url: String,
    copied: OnceCell<()>,
}

impl Subject for Flat {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let annals = Annals::uncached(postgres(place, Mode::ReadWrite).await?, time()).await?;
        Ok(Self { annals, url: place.url()?.to_owned(), copied: OnceCell::new() })
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        self.annals.append(spot, events).await
    }

    async fn handle(&self, _spot: &Spot) -> Result<(), Failure> {
        Err("a copy is only read".into())
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        let copy =
            || async { Ok::<_, Failure>(connect(&self.url).await?.batch_execute(COPY).await?) };
        self.copied.get_or_try_init(copy).await?;
        self.annals.read_log().await
    }

    async fn read_stream(&self, _spot: &Spot) -> Result<u64, Failure> {
        Err("only the log is read".into())
    }
}
