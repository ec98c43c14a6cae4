//! Appends of events with two tags each, without a condition and with one: no event with the same
//! two tags after the one that its client saw last. Each client has tags of its own, so that no two
//! boundaries meet and none is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_bench_harness::{Failure, Place, Spot, Subject};
use annals_core::Position;
use annals_postgres::Mode;
use annals_runtime::ports::{Condition, Criterion, Store, Unit};

use super::annals::{Annals, unit};
use super::annals_on::{postgres, sqlite, time};

/// The store, and what each client's boundary is.
struct Tagged {
    annals: Annals,
    boundaries: Vec<Boundary>,
}

struct Boundary {
    tags: Arc<[Arc<str>]>,
    seen: AtomicU64,
}

impl Tagged {
    async fn on(store: Arc<dyn Store>, place: &Place) -> Result<Self, Failure> {
        let boundary = |client: usize| {
            let tags = [format!("account:{client:06}"), format!("course:{client:06}")];
            Boundary { tags: tags.into_iter().map(Arc::from).collect(), seen: AtomicU64::new(0) }
        };
        let boundaries = (0..place.clients).map(boundary).collect();
        Ok(Self { annals: Annals::uncached(store, time()).await?, boundaries })
    }

    fn unit(&self, spot: &Spot, events: usize) -> (Unit, &Boundary) {
        let boundary = &self.boundaries[spot.client];
        let mut unit = unit(spot, events);
        for event in unit.appends.iter_mut().flat_map(|append| &mut append.events) {
            event.tags = boundary.tags.clone();
        }
        (unit, boundary)
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        self.annals.commit(self.unit(spot, events).0).await.map(|_| ())
    }

    async fn append_unless(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let (mut unit, boundary) = self.unit(spot, events);
        let tags = boundary.tags.to_vec();
        unit.condition = Some(Condition {
            none_of: vec![Criterion { names: Vec::new(), tags }],
            after: Position(boundary.seen.load(Ordering::Relaxed)),
        });
        let first = self.annals.commit(unit).await?;
        boundary.seen.store(first.0 + events as u64 - 1, Ordering::Relaxed);
        Ok(())
    }
}

macro_rules! subject {
    ($name:ident, $append:ident, $what:literal, |$place:ident| $store:expr) => {
        #[doc = $what]
        pub(super) struct $name(Tagged);

        impl Subject for $name {
            async fn open($place: &Place) -> Result<Self, Failure> {
                Ok(Self(Tagged::on($store, $place).await?))
            }

            async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
                self.0.$append(spot, events).await
            }

            async fn handle(&self, _spot: &Spot) -> Result<(), Failure> {
                Err("tagged events are only appended".into())
            }

            async fn read_log(&self) -> Result<u64, Failure> {
                self.0.annals.read_log().await
            }

            async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
                self.0.annals.read_stream(spot).await
            }
        }
    };
}

subject!(SqliteTagged, append, "On SQLite.", |place| sqlite(place)?);
subject!(SqliteConditional, append_unless, "On SQLite, if nothing came since.", |place| {
    sqlite(place)?
});
subject!(PostgresTagged, append, "On Postgres.", |place| {
    postgres(place, Mode::ReadWrite).await?
});
subject!(PostgresConditional, append_unless, "On Postgres, if nothing came since.", |place| {
    postgres(place, Mode::ReadWrite).await?
});
