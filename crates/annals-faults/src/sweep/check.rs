//! What must hold of the swept process's store at every moment, and what once it is done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use annals_core::{Position, RecordedEvent};
use annals_runtime::ports::{LetterQuery, SagaQuery, Store, StoreError};
use uuid::Uuid;

use super::load::{BEFORE, COMMANDS, refused, request};
use super::system::{CALL, ECHO, EVENTS, REMADE, STEPS, TOTALS};
use super::transfer::{TRANSFER, is_credited, key};
use crate::load::{COUNTS, Command, WRITERS};
use crate::place;
use crate::tally::UNDONE;
use crate::verify::{counted, read_on, stored, whole_and_dense};

/// All of the system's second version.
const CONSUMERS: [&str; 6] = [COUNTS, REMADE, TOTALS, ECHO, CALL, TRANSFER];

/// What was said on standard output, by all processes of one store.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Commands that were acknowledged, with the stream's version where it was named.
    pub(super) acknowledged: BTreeMap<Command, Option<u64>>,
    /// Events that were told outside.
    pub(super) called: BTreeSet<Uuid>,
    /// How often places were passed.
    pub(super) passes: BTreeMap<String, u64>,
}

impl Said {
    /// Takes the lines of a process. The last one may have been cut short.
    ///
    /// # Errors
    /// A command was answered in two ways, a panic was not heard of.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["ack", _, _, _, version @ ..] => {
                    let command = Command::parse(line).ok_or_else(|| format!("it says {line}"))?;
                    let version = version.first().and_then(|version| version.parse().ok());
                    let known = self.acknowledged.entry(command).or_default();
                    if version.is_some() && known.is_some_and(|known| Some(known) != version) {
                        return Err(format!("{command:?} has two answers: {known:?}, {version:?}"));
                    }
                    *known = known.or(version);
                }
                ["call", id] => self.called.extend(Uuid::parse_str(id)),
                ["passed", name, count] => {
                    self.passes.insert((*name).to_owned(), count.parse().unwrap_or(0));
                }
                _ => return Err(format!("it says '{line}'")),
            }
        }
        Ok(())
    }
}

/// Checks a store against what was said; `done`: the last process ended well.
///
/// # Errors
/// The first broken promise.
pub(super) fn check(place: &str, said: &Said, done: bool) -> Result<(), String> {
    place::alone(async {
        place::left(place).await?;
        let store = place::open(place).await?;
        let mut log = Vec::new();
        read_on(&*store, &mut log).await.map_err(|error| error.to_string())?;
        whole_and_dense(&*store, &log).await?;
        let found = Found::of(&log)?;
        for (command, version) in &said.acknowledged {
            kept(&*store, *command, *version, &found).await?;
        }
        let serves = said.acknowledged.len() as u64 > WRITERS * BEFORE;
        projected(&*store, &log, serves).await?;
        if done { ended(&*store, &log, &found, said).await } else { Ok(()) }
    })
}

/// The log's events, by the commands that clients sent.
struct Found<'l> {
    added: HashMap<Command, &'l RecordedEvent>,
    echoed: BTreeSet<&'l [u8]>,
    /// What the saga's commands have come to, by its key.
    moved: BTreeMap<&'l str, Vec<&'l str>>,
}

impl<'l> Found<'l> {
    fn of(log: &'l [RecordedEvent]) -> Result<Self, String> {
        let mut found =
            Self { added: HashMap::new(), echoed: BTreeSet::new(), moved: BTreeMap::new() };
        for event in log {
            let (data, name) = (&*event.event.data, &*event.event.type_.name);
            if STEPS.iter().any(|(aggregate, _)| *event.stream.aggregate == **aggregate) {
                found.moved.entry(&event.stream.id).or_default().push(name);
                continue;
            }
            if name == EVENTS[1] && !found.echoed.insert(data) {
                return Err(format!("it was echoed twice: {event:?}"));
            }
            // Others are of the saga's own history.
            if name != EVENTS[0] {
                continue;
            }
            let id = event.event.metadata.command_id.ok_or("an event of no command")?;
            let command = Command::of(id);
            let asked = request(command);
            if *event.stream.id != *asked.id || *data != *asked.input || refused(command) {
                return Err(format!("{event:?} is not what {command:?} asked for"));
            }
            if found.added.insert(command, event).is_some() {
                return Err(format!("{command:?} happened twice"));
            }
        }
        found.moves()?;
        // The echo of what isn't there.
        let known = |data: &[u8]| found.added.values().any(|event| *event.event.data == *data);
        match found.echoed.iter().find(|data| !known(data)) {
            Some(data) => Err(format!("an echo of nothing: {}", String::from_utf8_lossy(data))),
            None => Ok(found),
        }
    }
}

impl Found<'_> {
    /// What a saga did is a beginning of what it has to do, for something that happened.
    fn moves(&self) -> Result<(), String> {
        let due: HashMap<_, _> = self.added.keys().map(|command| due(*command)).collect();
        for (key, moved) in &self.moved {
            let wanted = due.get(*key).ok_or_else(|| format!("{key}: a saga of nothing"))?;
            if !wanted.starts_with(moved) {
                return Err(format!("the saga {key} did {moved:?} where {wanted:?} was due"));
            }
        }
        Ok(())
    }
}

/// The key of the saga that a command starts, and the events that it has to come to.
fn due(command: Command) -> (Arc<str>, [&'static str; 2]) {
    let [(_, debited), (_, credited)] = STEPS;
    let last = if is_credited(command.number) { credited } else { UNDONE };
    (key(command.writer, command.number), [debited, last])
}

/// An acknowledged command's event is there, at the version that was named, and so is its outcome.
async fn kept(
    store: &dyn Store,
    command: Command,
    version: Option<u64>,
    found: &Found<'_>,
) -> Result<(), String> {
    let lost = || format!("{command:?} was acknowledged, and is lost");
    let asked = request(command);
    let stream = annals_core::StreamId::new(asked.aggregate, asked.id);
    let outcome = store.outcome(&stream, command.id()).await;
    if outcome.map_err(|error| error.to_string())?.is_none() {
        return Err(lost());
    }
    if refused(command) {
        return Ok(());
    }
    let event = found.added.get(&command).ok_or_else(lost)?;
    if version.is_some_and(|version| version != event.version.0) {
        return Err(format!("{command:?} was told version {version:?}, and is at {event:?}"));
    }
    Ok(())
}

/// Rows are the fold of the log: up to the checkpoint, and at once where they are folded in the
/// append (`serves`: from when the log is folded so).
async fn projected(store: &dyn Store, log: &[RecordedEvent], serves: bool) -> Result<(), String> {
    let fail = |error: StoreError| error.to_string();
    let is_read = |event: &&RecordedEvent| EVENTS.contains(&&*event.event.type_.name);
    let read: Vec<RecordedEvent> = log.iter().filter(is_read).cloned().collect();
    let head = Position(log.len() as u64);
    for name in CONSUMERS {
        let at = store.checkpoint(name).await.map_err(fail)?;
        if at.is_some_and(|at| at.position > head) {
            return Err(format!("{name} is beyond the end of the log, {}", head.0));
        }
    }
    let is_fold = |rows: &HashMap<String, (i64, Position)>, at: Position| {
        let wanted = counted(&read, at);
        rows.len() == wanted.len()
            && rows.iter().all(|(key, (count, _))| wanted.get(key) == Some(count))
    };
    for name in [COUNTS, REMADE] {
        let at = store.checkpoint(name).await.map_err(fail)?.map(|at| at.position);
        let rows = stored(store, name).await.map_err(fail)?;
        if !is_fold(&rows, at.unwrap_or_default()) {
            return Err(format!("at {at:?} the rows of {name} are not the fold of the log"));
        }
    }
    let rows = stored(store, TOTALS).await.map_err(fail)?;
    if serves && !is_fold(&rows, head) {
        return Err(format!("the rows of {TOTALS} are not the fold of the log"));
    }
    // While they are brought up to the log, each row is the fold up to the position that it has.
    let wrong = |(key, (count, at)): (&String, &(i64, Position))| {
        counted(&read, *at).get(key) != Some(count)
    };
    match rows.iter().find(|row| wrong(*row)) {
        Some(row) => Err(format!("a row of {TOTALS} is not the fold of its events: {row:?}")),
        None => Ok(()),
    }
}

/// All that clients asked for is answered, and all that follows from it was done.
async fn ended(
    store: &dyn Store,
    log: &[RecordedEvent],
    found: &Found<'_>,
    said: &Said,
) -> Result<(), String> {
    let asked = (0..WRITERS)
        .flat_map(|writer| (1..=COMMANDS).map(move |number| Command { run: 1, writer, number }));
    for command in asked {
        if !said.acknowledged.contains_key(&command) {
            return Err(format!("{command:?} was never answered"));
        }
    }
    for event in found.added.values() {
        if !found.echoed.contains(&*event.event.data) {
            return Err(format!("it was never echoed: {event:?}"));
        }
        if !said.called.contains(&event.event.id) {
            return Err(format!("nobody outside was told of {event:?}"));
        }
    }
    let sagas = SagaQuery { saga: TRANSFER.into(), limit: 1_000, ..SagaQuery::default() };
    let sagas = store.sagas(sagas).await.map_err(|error| error.to_string())?;
    let sagas: HashMap<_, _> = sagas.iter().map(|saga| (&*saga.key, &*saga.status)).collect();
    for command in found.added.keys() {
        let (key, due) = due(*command);
        let status = if is_credited(command.number) { "completed" } else { "failed" };
        let (is, did) = (sagas.get(&*key), found.moved.get(&*key));
        if is != Some(&status) || did.is_none_or(|did| **did != due) {
            return Err(format!("the saga {key} is {is:?}, and did {did:?} of {due:?}"));
        }
    }
    let letters = store.letters(LetterQuery::default()).await;
    if let Some(letter) = letters.map_err(|error| error.to_string())?.first() {
        return Err(format!("a letter was parked: {letter:?}"));
    }
    for name in CONSUMERS {
        let at = store.checkpoint(name).await.map_err(|error| error.to_string())?;
        let at = at.map_or(Position(0), |at| at.position);
        if at.0 != log.len() as u64 {
            return Err(format!("{name} stands at {} of {} events", at.0, log.len()));
        }
    }
    Ok(())
}
