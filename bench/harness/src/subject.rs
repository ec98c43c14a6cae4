//! What is measured, as the harness sees it.

use std::future::Future;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whatever went wrong, as a sentence.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where a subject keeps its data: an empty folder and, for those on Postgres, an empty database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// An empty folder.
    pub folder: PathBuf,
    /// `postgres://…/database`.
    pub url: Option<String>,
    /// How many clients will call.
    pub clients: usize,
}

impl Place {
    /// The database.
    ///
    /// # Errors
    /// There is none.
    pub fn url(&self) -> Result<&str, Failure> {
        self.url.as_deref().ok_or_else(|| "this subject needs a database".into())
    }
}

/// Where one client writes next: a stream that nobody else writes to.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Which client, from 0.
    pub client: usize,
    /// A random UUID, as the ids of customers' things are.
    pub stream: String,
    /// Events that it has.
    pub version: u64,
}

/// No stream grows beyond so many events, but for appends of more at once.
const LONGEST: u64 = 10;

impl Spot {
    /// A new stream.
    pub fn new(client: usize) -> Self {
        Self { client, stream: Uuid::new_v4().to_string(), version: 0 }
    }

    /// After so many events were appended; a full stream is left for a new one.
    pub fn advance(&mut self, events: usize) {
        self.version += events as u64;
        if self.version >= LONGEST {
            *self = Self::new(self.client);
        }
    }
}

/// A store with whatever an application puts in front of it. Every method may be called from many
/// tasks at once, and returns when what it wrote is on disk.
pub trait Subject: Send + Sync + Sized + 'static {
    /// Whether it is no store with clients but a loop that writes for all of them at once, in one
    /// transaction: a limit.
    const LOOP: bool = false;

    /// Opens it on an empty place.
    fn open(place: &Place) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// Appends events behind `spot.version`; refused where the stream is elsewhere, if the subject
    /// can tell.
    fn append(
        &self,
        spot: &Spot,
        events: usize,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Loads the stream, decides, appends one event.
    fn handle(&self, spot: &Spot) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Reads all events, in order, into memory that is its own; how many there were.
    fn read_log(&self) -> impl Future<Output = Result<u64, Failure>> + Send;

    /// Reads one stream into memory that is its own; how many events it has.
    fn read_stream(&self, spot: &Spot) -> impl Future<Output = Result<u64, Failure>> + Send;

    /// For a [`Subject::LOOP`]: the work of all clients in one transaction; `outcomes`: with what
    /// Annals records of a command.
    fn write_all(
        &self,
        _spots: &[Spot],
        _events: usize,
        _outcomes: bool,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Err("this subject is no loop".into()) }
    }
}
