//! The limits on SQLite. `Plain`: one caller, one transaction a call. `Loop`: one writer that
//! always has the work of all clients at hand. `Bulk`: the same, and its rows needn't even be
//! brought to SQLite.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

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
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.write(spots, events, outcomes)
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
        let events = self.read(|conn| stream(conn, &spot.stream))?;
        if events.len() as u64 != spot.version {
            return Err(format!("{} events instead of {}", events.len(), spot.version).into());
        }
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

/// Batches of all clients. With the triggers of Annals, or without.
pub(super) struct Batches<const GUARDED: bool>(Plain);

/// The limit.
pub(super) type Loop = Batches<false>;

/// With the triggers.
pub(super) type GuardedLoop = Batches<true>;

impl<const GUARDED: bool> Subject for Batches<GUARDED> {
    const LOOP: bool = true;

    async fn open(place: &Place) -> Result<Self, Failure> {
        Plain::make(place, GUARDED).map(Self)
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

    async fn write_all(
        &self,
        spots: &[Spot],
        events: usize,
        outcomes: bool,
    ) -> Result<(), Failure> {
        self.0.write(spots, events, outcomes)
    }
}

/// Batches of all clients, each append made by SQLite itself; with the indexes, or without.
pub(super) struct Bulk<const INDEXED: bool>(Plain);

impl<const INDEXED: bool> Subject for Bulk<INDEXED> {
    const LOOP: bool = true;

    async fn open(place: &Place) -> Result<Self, Failure> {
        let plain = Plain::make(place, false)?;
        if !INDEXED {
            plain.rows.lock().unwrap_or_else(PoisonError::into_inner).drop_indexes()?;
        }
        Ok(Self(plain))
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        self.write_all(std::slice::from_ref(spot), events, false).await
    }

    async fn handle(&self, _spot: &Spot) -> Result<(), Failure> {
        Err("it only appends".into())
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
        _outcomes: bool,
    ) -> Result<(), Failure> {
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.make_events(spots, events)
    }
}
