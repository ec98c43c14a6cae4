//! Annals as an application uses it: a store, one committer, the command path. Over any store: the
//! subjects are in `annals_on.rs`.

use std::convert::Infallible;
use std::sync::Arc;

use annals_bench_harness::{Failure, Spot, data};
use annals_core::{
    EventType, Metadata, NewEvent, Position, Projection, StreamId, Timestamp, Version,
};
use annals_runtime::ports::{
    Append, BoxFuture, CheckpointWrite, Clock, Expected, LogQuery, Store, Unit,
};
use annals_runtime::{
    Bounds, CommandPorts, CommandRequest, Commands, Committer, Heads, Immediate, Outcome,
    SystemClock, SystemEntropy,
};
use uuid::Uuid;

use super::decider::{AGGREGATE, COMMAND, Orders};
use super::summary::Summary;

/// A page of the log, as large as those that consumers read.
const PAGE: usize = 512;

/// A store with the runtime in front of it.
pub(crate) struct Annals {
    store: Arc<dyn Store>,
    committer: Committer,
    commands: Commands,
}

impl Annals {
    /// Brings the runtime up. `clock` is the committer's: it measures the gather window.
    pub(crate) async fn on(
        store: Arc<dyn Store>,
        bounds: Bounds,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        Self::with(store, Orders::default(), Vec::new(), bounds, clock).await
    }

    /// The same, with a row for each stream that commands change.
    pub(crate) async fn folded(
        store: Arc<dyn Store>,
        bounds: Bounds,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let summary: Arc<dyn Projection> = Arc::new(Summary::default());
        Self::with(store, Orders::default(), vec![summary], bounds, clock).await
    }

    /// The same, with a decider of that kind and these immediate projections.
    pub(crate) async fn with(
        store: Arc<dyn Store>,
        decider: Orders,
        projections: Vec<Arc<dyn Projection>>,
        bounds: Bounds,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let tables = projections.iter().map(|projection| projection.table().clone()).collect();
        store.prepare("bench", tables).await?;
        // The store is new: rows are folded up to its head.
        let checkpoint = store.head().await?;
        let immediate = projections.into_iter();
        let immediate = immediate.map(|projection| Immediate { projection, checkpoint }).collect();
        let heads = Heads::new(checkpoint);
        let committer = Committer::start(store.clone(), immediate, heads, clock);
        let ports = CommandPorts {
            store: store.clone(),
            committer: committer.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        };
        let commands = Commands::new(vec![Arc::new(decider)], ports, bounds);
        Ok(Self { store, committer, commands })
    }

    /// The same, beside a consumer of all events.
    pub(crate) async fn followed(
        store: Arc<dyn Store>,
        bounds: Bounds,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let annals = Self::on(store, bounds, clock).await?;
        let (store, committer) = (annals.store.clone(), annals.committer.clone());
        tokio::spawn(async move {
            // Without it something else would be measured.
            let Err(why) = follow(&*store, &committer).await;
            eprintln!("the consumer: {why}");
            std::process::exit(1);
        });
        Ok(annals)
    }

    /// A store whose streams are read for every command, as the peers read theirs.
    pub(crate) async fn uncached(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let bounds = Bounds { cached_states: 0, cached_bytes: 0, ..Bounds::default() };
        Self::on(store, bounds, clock).await
    }

    pub(crate) async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        self.commit(unit(spot, events)).await.map(|_| ())
    }

    /// Commits a unit of one append; the position of its first event.
    pub(super) async fn commit(&self, unit: Unit) -> Result<Position, Failure> {
        let committed = self.committer.commit(unit).await?;
        let committed = committed.map_err(|refusal| format!("{refusal:?}"))?;
        let first = committed.appends.first().ok_or("nothing was appended")?;
        Ok(first.0)
    }

    pub(crate) async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let input = data(spot.version).into_bytes();
        let request = CommandRequest::new(AGGREGATE, spot.stream.as_str(), COMMAND, input);
        let answer = self.commands.handle(request).await.map_err(|error| error.to_string())?;
        match answer.outcome {
            Outcome::Accepted if answer.version == Version(spot.version + 1) => Ok(()),
            other => Err(format!("{other:?} at version {:?}", answer.version).into()),
        }
    }

    pub(crate) async fn read_log(&self) -> Result<u64, Failure> {
        let (mut after, mut count) = (Position(0), 0);
        loop {
            let query = LogQuery { after, limit: PAGE, ..LogQuery::default() };
            let events = self.store.read_log(query).await?;
            let Some(last) = events.last() else { return Ok(count) };
            after = last.position;
            count += events.len() as u64;
        }
    }

    pub(crate) async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        let stream = StreamId::new(AGGREGATE, spot.stream.as_str());
        Ok(self.store.read_stream(&stream, Version(0), PAGE).await?.len() as u64)
    }
}

/// Reads the log as it grows, page by page, and commits how far it is, as a projection does.
async fn follow(store: &dyn Store, committer: &Committer) -> Result<Infallible, Failure> {
    let mut at = Position(0);
    loop {
        store.beyond(at).await?;
        let query = LogQuery { after: at, limit: PAGE, ..LogQuery::default() };
        let Some(last) = store.read_log(query).await?.pop() else { continue };
        let checkpoint = CheckpointWrite {
            consumer: "follower".into(),
            expected: at,
            position: last.position,
            fingerprint: "1".into(),
        };
        let unit = Unit { checkpoint: Some(checkpoint), ..Unit::default() };
        committer.commit(unit).await?.map_err(|refusal| format!("{refusal:?}"))?;
        at = last.position;
    }
}

/// Events for a stream that is where the spot says.
pub(crate) fn unit(spot: &Spot, events: usize) -> Unit {
    let now = SystemClock.now();
    let correlation_id = Uuid::now_v7();
    let event = |number: usize| NewEvent {
        id: Uuid::now_v7(),
        type_: EventType::new("OrderPlaced", 1),
        time: now,
        data: data(spot.version + number as u64).into_bytes().into(),
        metadata: Metadata {
            correlation_id,
            causation_id: Some(correlation_id),
            command_id: Some(correlation_id),
            ..Metadata::default()
        },
        tags: Arc::default(),
    };
    let append = Append {
        stream: StreamId::new(AGGREGATE, spot.stream.as_str()),
        expected: Expected::Exactly(Version(spot.version)),
        events: (0..events).map(event).collect(),
    };
    Unit { appends: vec![append], ..Unit::default() }
}

/// A clock that stands: whoever measures a commit by it finds that it took no time, so that the
/// committer takes what is there and gathers nothing more.
pub(super) struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn sleep_until(&self, _time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    fn sleep(&self, _us: i64) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}
