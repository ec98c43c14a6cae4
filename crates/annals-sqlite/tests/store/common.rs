//! What the tests share: a folder of their own, units in few words, and SQL as people type it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use annals_core::{EventType, Metadata, NewEvent, StreamId, Timestamp, Version};
use annals_runtime::ports::{Append, Committed, EventStore, Expected, OutcomeWrite, Refusal, Unit};
use annals_sqlite::{Mode, OpenOptions, SqliteStore};
use uuid::Uuid;

/// A folder that goes away with the value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("annals-sqlite-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn db(&self) -> PathBuf {
        self.0.join("annals.db")
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(self.db(), OpenOptions::default()).unwrap()
    }

    /// With a journal that is too large from 256 KiB on.
    pub(crate) fn open_narrow(&self) -> SqliteStore {
        let options = OpenOptions { journal_limit_bytes: 256 << 10, ..OpenOptions::default() };
        SqliteStore::open(self.db(), options).unwrap()
    }

    pub(crate) fn open_as(&self, mode: Mode) -> SqliteStore {
        SqliteStore::open(self.db(), OpenOptions::new(mode)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("Order", id)
}

pub(crate) fn event(type_: &str, number: u64) -> NewEvent {
    NewEvent {
        id: Uuid::from_u64_pair(number, 1),
        type_: EventType::parse(type_).unwrap(),
        time: Timestamp(1_772_323_200_000_000 + i64::try_from(number).unwrap()),
        data: format!("{{\"number\":{number}}}").into_bytes().into(),
        metadata: Metadata {
            correlation_id: Uuid::from_u64_pair(number % 3, 2),
            causation_id: number.is_multiple_of(2).then(|| Uuid::from_u64_pair(number, 3)),
            command_id: Some(Uuid::from_u64_pair(number, 4)),
            actor: (number % 2 == 1).then(|| "ann".into()),
            traceparent: None,
        },
        tags: Arc::default(),
    }
}

pub(crate) fn append(id: &str, expected: Expected, events: Vec<NewEvent>) -> Unit {
    let appends = vec![Append { stream: stream(id), expected, events }];
    Unit { appends, ..Unit::default() }
}

pub(crate) fn outcome(id: &str, command: u64) -> OutcomeWrite {
    OutcomeWrite {
        stream: stream(id),
        command_id: Uuid::from_u64_pair(command, 4),
        command: "PlaceOrder".into(),
        correlation_id: Uuid::from_u64_pair(command, 5),
        time: Timestamp(i64::try_from(command).unwrap_or(0)),
        request_hash: [9; 32],
        outcome: b"{\"outcome\":\"accepted\"}".as_slice().into(),
    }
}

/// An accepted command with one event.
pub(crate) fn accepted(id: &str, version: u64, number: u64) -> Unit {
    let expected = Expected::Exactly(Version(version - 1));
    let unit = append(id, expected, vec![event("OrderPlaced.v1", number)]);
    Unit { outcome: Some(outcome(id, number)), ..unit }
}

pub(crate) fn commit(store: &SqliteStore, units: Vec<Unit>) -> Vec<Result<Committed, Refusal>> {
    wait(store.commit(units)).unwrap()
}

/// Verdicts, one a line.
pub(crate) fn lines(verdicts: &[Result<Committed, Refusal>]) -> String {
    verdicts
        .iter()
        .map(|verdict| match verdict {
            Ok(committed) => {
                let places = committed.appends.iter();
                let places =
                    places.map(|(position, version)| format!("{}:{}", position.0, version.0));
                format!("committed at {}\n", places.collect::<Vec<_>>().join(" "))
            }
            Err(Refusal::Duplicate(first)) => format!("duplicate of {}\n", first.command_id),
            Err(Refusal::Unstorable(why)) => format!("unstorable: {why}\n"),
            Err(refusal) => format!("{refusal:?}\n"),
        })
        .collect()
}

/// What sqlite3 would show, columns divided by `|`; an error as its text.
pub(crate) fn sql(path: &Path, text: &str) -> String {
    let conn = rusqlite::Connection::open(path).unwrap();
    let read = || -> rusqlite::Result<String> {
        let mut statement = conn.prepare(text)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        let mut shown = String::new();
        while let Some(row) = rows.next()? {
            let cells = (0..columns).map(|column| {
                Ok(match row.get_ref(column)? {
                    rusqlite::types::ValueRef::Null => "null".to_owned(),
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    rusqlite::types::ValueRef::Real(number) => format!("{number:?}"),
                    rusqlite::types::ValueRef::Text(text) => {
                        String::from_utf8_lossy(text).into_owned()
                    }
                    rusqlite::types::ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
                })
            });
            shown.push_str(&cells.collect::<rusqlite::Result<Vec<_>>>()?.join("|"));
            shown.push('\n');
        }
        Ok(shown)
    };
    read().unwrap_or_else(|error| format!("{error}\n"))
}
