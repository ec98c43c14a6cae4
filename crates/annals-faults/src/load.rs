//! The load of the process that is killed: writers on streams of their own and one that they share,
//! whose units are committed in batches that are written while they come, and a projection that
//! follows the log. Each acknowledgement goes to standard output as one line, after the commit. All
//! that is written follows from the line, so that another process can check it.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use annals_core::{
    Cell, Column, ColumnType, EventType, Metadata, NewEvent, Position, StreamId, Table, Timestamp,
    Version,
};
use annals_runtime::ports::{
    Append, CheckpointWrite, Expected, LogQuery, OutcomeWrite, Refusal, RowWrite, Store,
    StoreError, Unit,
};
use annals_runtime::{Committer, Heads, SystemClock};
use uuid::Uuid;

use crate::{place, plain};

/// The projection: how many events each stream has.
pub const COUNTS: &str = "counts";

/// Writers side by side.
pub const WRITERS: u64 = 4;

/// How long a client waits before it asks again.
const PAUSE: Duration = Duration::from_millis(20);

/// How the load goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Acknowledges after the commit; an error of the store ends the process.
    Honest,
    /// Acknowledges before it: the broken double that the harness must catch.
    Hasty,
    /// As the first, but what fails because there is no room is tried until there is. Says
    /// `full RUN WRITER NUMBER` once reads have shown that the command isn't there.
    Patient,
    /// As the first, but what fails is sent again under the same command id, as clients do.
    Steady,
    /// Not a store, but SQLite by itself, synced at each commit: [`plain`].
    Plain,
    /// The same with `synchronous=NORMAL`: the broken double of a power cut.
    PlainNormal,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Honest, Self::Hasty, Self::Patient, Self::Steady, Self::Plain, Self::PlainNormal];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Hasty => "hasty",
            Self::Patient => "patient",
            Self::Steady => "steady",
            Self::Plain => "plain",
            Self::PlainNormal => "plain-normal",
        }
    }
}

/// What a process has to do.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Tells this process's commands from those of others; below 65535.
    pub run: u64,
    /// How it goes about it.
    pub manner: Manner,
    /// Commands of each writer, after which it closes the store; none: until it is killed.
    pub commands: Option<u64>,
}

/// Makes the load on the store of a place.
///
/// # Errors
/// Whatever the store says; a refusal is one too.
pub fn run(place: &str, load: Load) -> Result<(), String> {
    if matches!(load.manner, Manner::Plain | Manner::PlainNormal) {
        return plain::run(Path::new(place), load);
    }
    place::alone(async {
        let store = place::open(place).await?;
        store.prepare("faults", vec![table()]).await.map_err(|e| e.to_string())?;
        let heads = Heads::new(store.head().await.map_err(|e| e.to_string())?);
        let committer =
            Committer::start(Arc::clone(&store), Vec::new(), heads, Arc::new(SystemClock));
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            tasks.spawn(write((Arc::clone(&store), committer.clone()), load, writer));
        }
        let follows = place::is_engine(place);
        let follower = (Arc::clone(&store), committer.clone());
        let follower = tasks.spawn(async move {
            match follows {
                true => follow(follower, load.manner).await,
                false => std::future::pending().await,
            }
        });
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok(Ok(())) if tasks.len() == 1 => follower.abort(),
                Ok(Ok(())) => {}
                Err(error) if error.is_cancelled() => {}
                Ok(Err(why)) => return Err(why),
                Err(error) => return Err(error.to_string()),
            }
        }
        // Its task has the store too, which is closed with the last.
        committer.end().await;
        Ok(())
    })
}

/// One acknowledged command: two events on a stream, one on the shared one, and an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Command {
    /// The process that sent it.
    pub run: u64,
    /// Which of its writers.
    pub writer: u64,
    /// Its number, from 1.
    pub number: u64,
}

impl Command {
    /// Reads a line of standard output.
    pub fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.strip_prefix("ack ")?.split(' ').map(|text| text.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self { run: next()?, writer: next()?, number: next()? })
    }

    /// Whose event has this id.
    pub fn of(event: Uuid) -> Self {
        let (high, low) = event.as_u64_pair();
        Self { run: high >> 16, writer: high & 0xffff, number: low >> 8 }
    }

    /// Its id.
    pub fn id(self) -> Uuid {
        self.uuid(0)
    }

    /// The writer's own stream.
    pub fn stream(self) -> StreamId {
        StreamId::new("Account", format!("{}-{}", self.run, self.writer))
    }

    /// What it appends: to its own stream at the versions that follow from its number, and to the
    /// stream that all share.
    pub fn appends(self) -> Vec<Append> {
        let before = Expected::Exactly(Version(self.number.saturating_sub(1) * 2));
        let own = vec![self.event(1), self.event(2)];
        let shared = StreamId::new("Shared", "all");
        vec![
            Append { stream: self.stream(), expected: before, events: own },
            Append { stream: shared, expected: Expected::Any, events: vec![self.event(3)] },
        ]
    }

    /// What is recorded of it.
    pub fn outcome(self) -> OutcomeWrite {
        OutcomeWrite {
            stream: self.stream(),
            command_id: self.id(),
            command: "Append".into(),
            correlation_id: self.id(),
            time: Timestamp(i64::try_from(self.number).unwrap_or(0)),
            request_hash: [u8::try_from(self.number % 251).unwrap_or(0); 32],
            outcome: format!("{{\"number\":{}}}", self.number).into_bytes().into(),
        }
    }

    fn event(self, index: u64) -> NewEvent {
        let Self { run, writer, number } = self;
        let filler = "x".repeat(usize::try_from(number * 37 % 900).unwrap_or(0));
        let data = format!(
            "{{\"run\":{run},\"writer\":{writer},\"number\":{number},\"filler\":\"{filler}\"}}"
        );
        NewEvent {
            id: self.uuid(index),
            type_: EventType::new("Happened", 1),
            time: Timestamp(i64::try_from(number).unwrap_or(0)),
            data: data.into_bytes().into(),
            metadata: Metadata { command_id: Some(self.id()), ..Metadata::default() },
            tags: Arc::default(),
        }
    }

    fn uuid(self, index: u64) -> Uuid {
        Uuid::from_u64_pair(self.run << 16 | self.writer, self.number << 8 | index)
    }
}

/// The table of [`COUNTS`].
pub fn table() -> Table {
    let column = |name: &str, type_| Column { name: name.into(), type_, optional: false };
    let columns = vec![column("stream", ColumnType::Text), column("events", ColumnType::Int)];
    Table { name: COUNTS.into(), columns, key: 0 }
}

async fn write(
    (store, committer): (Arc<dyn Store>, Committer),
    load: Load,
    writer: u64,
) -> Result<(), String> {
    for number in 1..=load.commands.unwrap_or(u64::MAX) {
        let command = Command { run: load.run, writer, number };
        let line = format!("ack {} {writer} {number}\n", load.run);
        if load.manner == Manner::Hasty {
            say(&line)?;
        }
        let outcome = Some(command.outcome());
        let unit = Unit { appends: command.appends(), outcome, ..Unit::default() };
        let mut told = false;
        let verdict = loop {
            match committer.commit(unit.clone()).await {
                Err(StoreError::Unavailable(_)) if load.manner == Manner::Patient => {
                    absent(&*store, command).await?;
                    if !std::mem::replace(&mut told, true) {
                        say(&line.replace("ack", "full"))?;
                    }
                    tokio::task::yield_now().await;
                }
                Err(StoreError::Unavailable(_)) if load.manner == Manner::Steady => {
                    tokio::time::sleep(PAUSE).await;
                }
                result => break result.map_err(|error| error.to_string())?,
            }
        };
        match verdict {
            // An earlier attempt had been done.
            Err(Refusal::Duplicate(_)) if load.manner == Manner::Steady => {}
            verdict => drop(verdict.map_err(|refusal| format!("{refusal:?}"))?),
        }
        if load.manner != Manner::Hasty {
            say(&line)?;
        }
    }
    Ok(())
}

/// The store can be read, and has nothing of the command.
async fn absent(store: &dyn Store, command: Command) -> Result<(), String> {
    let fail = |error: StoreError| format!("reading without room: {error}");
    let stream = command.stream();
    let outcome = store.outcome(&stream, command.id()).await.map_err(fail)?;
    let before = Version((command.number - 1) * 2);
    let events = store.read_stream(&stream, before, 1).await.map_err(fail)?;
    let absent = outcome.is_none() && events.is_empty();
    absent.then_some(()).ok_or_else(|| format!("{command:?} failed, and is there"))
}

/// One write of a whole line: a kill leaves it whole, or cuts it before its end.
pub(crate) fn say(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// The projection: rows and checkpoint in one unit, from where the last process left it.
async fn follow(
    (store, committer): (Arc<dyn Store>, Committer),
    manner: Manner,
) -> Result<(), String> {
    loop {
        match fold_page(&*store, &committer).await {
            Err(StoreError::Unavailable(_)) if manner == Manner::Patient => {}
            Err(StoreError::Unavailable(_)) if manner == Manner::Steady => {
                tokio::time::sleep(PAUSE).await;
            }
            result => result.map_err(|error| error.to_string())?,
        }
        tokio::task::yield_now().await;
    }
}

async fn fold_page(store: &dyn Store, committer: &Committer) -> Result<(), StoreError> {
    let at = store.checkpoint(COUNTS).await?.map(|at| at.position).unwrap_or_default();
    let page = store.read_log(LogQuery { after: at, limit: 50, ..LogQuery::default() }).await?;
    let Some(last) = page.last().map(|event| event.position) else { return Ok(()) };
    let mut rows: Vec<RowWrite> = Vec::new();
    for event in &page {
        let key = Cell::Text(event.stream.to_string().into());
        let known = rows.iter_mut().find(|write| write.key == key);
        if let Some(write) = known {
            count(&mut write.row[1]);
            write.position = Some(event.position);
            continue;
        }
        let row = store.row(COUNTS, &key).await?.map(|(row, _)| row);
        let mut row = row.unwrap_or_else(|| vec![key.clone(), Cell::Int(0)]);
        count(&mut row[1]);
        let position = Some(event.position);
        rows.push(RowWrite { projection: COUNTS.into(), key, row, read: None, position });
    }
    let checkpoint = Some(CheckpointWrite {
        consumer: COUNTS.into(),
        expected: at,
        position: Position(last.0),
        fingerprint: "1".into(),
    });
    let unit = Unit { rows, checkpoint, ..Unit::default() };
    match committer.commit(unit).await? {
        Ok(_) => Ok(()),
        Err(refusal) => Err(StoreError::Corrupt(format!("{refusal:?}"))),
    }
}

fn count(cell: &mut Cell) {
    if let Cell::Int(count) = cell {
        *count += 1;
    }
}
