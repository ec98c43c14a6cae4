//! What must hold of a store that was hurt: nothing acknowledged is lost or changed, nothing is
//! half there, the log is dense, a projection's rows are the fold of it.

use std::collections::{HashMap, HashSet};

use annals_core::{Cell, Position, RecordedEvent, StreamId};
use annals_runtime::ports::{LogQuery, Store, StoreError, Unit};

use crate::load::{COUNTS, Command, table};
use crate::place;

/// Checks a store against what was acknowledged. `log` holds the events that are known already, and
/// gets the new ones.
///
/// # Errors
/// The first broken promise.
pub fn verify(
    place: &str,
    log: &mut Vec<RecordedEvent>,
    acknowledged: &[Command],
) -> Result<(), String> {
    place::alone(async {
        place::left(place).await?;
        let store = place::open(place).await?;
        check(&*store, log, acknowledged).await
    })
}

/// As [`verify`] of a store that nobody knows yet; then it must take a command as ever.
///
/// # Errors
/// The first broken promise.
pub fn verify_usable(place: &str, acknowledged: &[Command]) -> Result<(), String> {
    place::alone(async {
        let store = place::open(place).await?;
        check(&*store, &mut Vec::new(), acknowledged).await?;
        let command = Command { run: u64::from(u16::MAX), writer: 0, number: 1 };
        let outcome = Some(command.outcome());
        let unit = Unit { appends: command.appends(), outcome, ..Unit::default() };
        let verdicts = store.commit(vec![unit]).await.map_err(|error| error.to_string())?;
        match verdicts.into_iter().next() {
            Some(Ok(_)) => Ok(()),
            other => Err(format!("it opens, and takes no command: {other:?}")),
        }
    })
}

async fn check(
    store: &dyn Store,
    log: &mut Vec<RecordedEvent>,
    acknowledged: &[Command],
) -> Result<(), String> {
    let known = log.len();
    read_on(store, log).await.map_err(|error| error.to_string())?;
    whole_and_dense(store, log).await?;
    let places: HashMap<_, _> = log[known..].iter().map(|event| (event.event.id, event)).collect();
    if places.len() != log.len() - known {
        return Err("an event is in the log twice".to_owned());
    }
    for command in acknowledged {
        kept(store, *command, &places).await?;
    }
    let acknowledged: HashSet<Command> = acknowledged.iter().copied().collect();
    for event in &log[known..] {
        all_or_nothing(store, event, &places, &acknowledged).await?;
    }
    projected(store, log).await
}

pub(crate) async fn read_on(
    store: &dyn Store,
    log: &mut Vec<RecordedEvent>,
) -> Result<(), StoreError> {
    loop {
        let after = log.last().map(|event| event.position).unwrap_or_default();
        let query = LogQuery { after, limit: 1000, ..LogQuery::default() };
        let page = store.read_log(query).await?;
        if page.is_empty() {
            return Ok(());
        }
        log.extend(page);
    }
}

/// Positions and the versions of each stream are 1..n.
pub(crate) async fn whole_and_dense(
    store: &dyn Store,
    log: &[RecordedEvent],
) -> Result<(), String> {
    let head = store.head().await.map_err(|error| error.to_string())?;
    if head.0 != log.len() as u64 {
        return Err(format!("the head is {}, and {} events were read", head.0, log.len()));
    }
    let mut versions: HashMap<&StreamId, u64> = HashMap::new();
    for (event, position) in log.iter().zip(1..) {
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        if event.position != Position(position) || event.version.0 != *version {
            let RecordedEvent { stream, version: is, position: at, .. } = event;
            return Err(format!(
                "position {} holds {stream} {} where {position} and {version} were due",
                at.0, is.0
            ));
        }
    }
    Ok(())
}

/// An acknowledged command's events are there, unchanged, and so is its outcome.
async fn kept(
    store: &dyn Store,
    command: Command,
    places: &HashMap<uuid::Uuid, &RecordedEvent>,
) -> Result<(), String> {
    for append in command.appends() {
        for event in &append.events {
            match places.get(&event.id) {
                Some(found) if found.event == *event && found.stream == append.stream => {}
                Some(found) => return Err(format!("{command:?} was changed: {found:?}")),
                None => return Err(format!("{command:?} was acknowledged, and is lost")),
            }
        }
    }
    let outcome = store.outcome(&command.stream(), command.id()).await;
    match outcome.map_err(|error| error.to_string())? {
        Some(outcome) if outcome == command.outcome() => Ok(()),
        other => Err(format!("{command:?} has the outcome {other:?}")),
    }
}

/// A command is there whole: its other events too, and where its stream has one, the outcome.
async fn all_or_nothing(
    store: &dyn Store,
    event: &RecordedEvent,
    places: &HashMap<uuid::Uuid, &RecordedEvent>,
    known: &HashSet<Command>,
) -> Result<(), String> {
    let command = Command::of(event.event.id);
    let is_known = known.contains(&command);
    let mut events = command.appends().into_iter().flat_map(|append| append.events);
    if !events.any(|wanted| wanted == event.event) {
        return Err(format!("{event:?} is nobody's"));
    }
    if !is_known && event.stream == command.stream() {
        return kept(store, command, places).await.map_err(|why| format!("half there: {why}"));
    }
    Ok(())
}

/// The projection's rows are the fold of the log up to its checkpoint.
async fn projected(store: &dyn Store, log: &[RecordedEvent]) -> Result<(), String> {
    let fail = |error: StoreError| error.to_string();
    store.prepare("faults", vec![table()]).await.map_err(fail)?;
    let at = store.checkpoint(COUNTS).await.map_err(fail)?.map(|at| at.position);
    let wanted = counted(log, at.unwrap_or_default());
    let found = stored(store, COUNTS).await.map_err(fail)?;
    let found: HashMap<String, i64> =
        found.into_iter().map(|(stream, (count, _))| (stream, count)).collect();
    let same = wanted == found;
    same.then_some(()).ok_or_else(|| format!("at {at:?} the rows are not the fold of the log"))
}

/// How many events each stream has up to a position.
pub(crate) fn counted(log: &[RecordedEvent], at: Position) -> HashMap<String, i64> {
    let mut counted: HashMap<&StreamId, i64> = HashMap::new();
    for event in log.iter().filter(|event| event.position <= at) {
        *counted.entry(&event.stream).or_default() += 1;
    }
    counted.into_iter().map(|(stream, count)| (stream.to_string(), count)).collect()
}

/// The rows of a projection that counts streams' events: the counts, with the rows' positions.
pub(crate) async fn stored(
    store: &dyn Store,
    projection: &str,
) -> Result<HashMap<String, (i64, Position)>, StoreError> {
    let mut found = HashMap::new();
    let mut after = None;
    loop {
        let page = store.rows(projection, after, 1000).await?;
        let Some((last, _)) = page.last() else { return Ok(found) };
        after = Some(last[0].clone());
        for (row, at) in page {
            if let [Cell::Text(stream), Cell::Int(count)] = row.as_slice() {
                found.insert(stream.to_string(), (*count, at));
            }
        }
    }
}
