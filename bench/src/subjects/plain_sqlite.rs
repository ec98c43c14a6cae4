//! The limits on SQLite. `Plain`: one caller, one transaction a call. `Loop`: one writer that
//! always has the work of all clients at hand. `Bulk`: the same, and its rows needn't even be
//! brought to SQLite.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use annals_bench_harness::{Failure, Place, Spot, Subject};
use rusqlite::Connection;

use super::sqlite_rows::{COLUMNS, Rows, read, stream};

/// Events that are held at once by who reads the log.
const PAGE: usize = 512;

/// One connection, for one caller at a time.
pub(super) struct Plain {
    rows: Mutex<Rows>,
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
}

impl Plain {
    fn make(place: &Place, guarded: bool) -> Result<Self, Failure> {
        let path = place.folder.join("plain.db");
        let rows = Mutex::new(Rows::make(&path, guarded)?);
        Ok(Self { rows, path, readers: Mutex::default() })
    }

    fn write(&self, spots: &[Spot], events: usize, outcomes: bool) -> Result<(), Failure> {
        self.rows().write(spots, events, outcomes)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the stream of a command, as its decision needs it.
    fn see(&self, spot: &Spot) -> Result<(), Failure> {
        let count = self.read(|conn| stream(conn, &spot.stream))?.len() as u64;
        if count != spot.version {
            return Err(format!("{count} events instead of {}", spot.version).into());
        }
        Ok(())
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = kept.map_or_else(|| Connection::open(&self.path), Ok)?;
        let done = read(&conn);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        done
    }
}

impl Subject for Plain {
    async fn open(place: &Place) -> Result<Self, Failure> {
        Self::make(place, false)
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        self.write(std::slice::from_ref(spot), events, false)
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        self.see(spot)?;
        self.write(std::slice::from_ref(spot), 1, true)
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM event_store ORDER BY position");
            let mut statement = conn.prepare_cached(&sql)?;
            let (mut count, mut page) = (0, Vec::with_capacity(PAGE));
            for row in statement.query_map([], read)? {
                if page.len() == PAGE {
                    page.clear();
                }
                page.push(row?);
                count += 1;
            }
            Ok(count)
        })
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        self.read(|conn| Ok(stream(conn, &spot.stream)?.len() as u64))
    }
}

/// Batches of all clients.
pub(super) struct Batches<K>(Plain, PhantomData<K>);

/// What its rows meet, and how they come.
pub(super) trait Kind: Send + Sync + 'static {
    /// With the triggers of Annals.
    const GUARDED: bool = false;
    /// With its indexes.
    const INDEXED: bool = true;
    /// Each append is made by SQLite itself.
    const MADE: bool = false;
}

/// The limit.
pub(super) type Loop = Batches<Bound>;
/// With the triggers.
pub(super) type GuardedLoop = Batches<Guarded>;
/// Rows that needn't be brought.
pub(super) type Bulk = Batches<Made>;
/// And no indexes for them but one.
pub(super) type BulkOneIndex = Batches<MadeUnindexed>;

pub(super) struct Bound;
pub(super) struct Guarded;
pub(super) struct Made;
pub(super) struct MadeUnindexed;

impl Kind for Bound {}

impl Kind for Guarded {
    const GUARDED: bool = true;
}

impl Kind for Made {
    const MADE: bool = true;
}

impl Kind for MadeUnindexed {
    const INDEXED: bool = false;
    const MADE: bool = true;
}

impl<K: Kind> Subject for Batches<K> {
    const LOOP: bool = true;

    async fn open(place: &Place) -> Result<Self, Failure> {
        let plain = Plain::make(place, K::GUARDED)?;
        if !K::INDEXED {
            plain.rows().drop_indexes()?;
        }
        Ok(Self(plain, PhantomData))
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        self.write_all(std::slice::from_ref(spot), events, false).await
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        self.0.see(spot)?;
        self.write_all(std::slice::from_ref(spot), 1, true).await
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        self.0.read_log().await
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        self.0.read_stream(spot).await
    }

    async fn write_all(
        &self,
        spots: &[Spot],
        events: usize,
        outcomes: bool,
    ) -> Result<(), Failure> {
        match (K::MADE, outcomes) {
            (false, _) => self.0.write(spots, events, outcomes),
            (true, false) => self.0.rows().make_events(spots, events),
            (true, true) => Err("it only appends".into()),
        }
    }
}
