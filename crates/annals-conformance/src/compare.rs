//! Random operations on a store and on the store in memory side by side: every verdict and, now and
//! then, everything that can be read must be the same.

use std::sync::Arc;

use annals_core::{Cell, Position, StreamId, Timestamp, Version};
use annals_runtime::ports::{
    Condition, Criterion, Entropy, Expected, LetterQuery, LetterStatus, LogQuery, OutcomeWrite,
    Refusal, SagaQuery, Snapshot, Store, Unit,
};
use annals_runtime::{MemoryStore, SeededEntropy};
use uuid::Uuid;

use crate::check::{Checked, same};
use crate::checks::{commit, commit_in_parts, ok};
use crate::make::{
    append, checked_row, checkpoint, letter, outcome, retry, saga, stream, table, timer,
};

const STREAMS: [&str; 4] = ["a", "b", "c", "d"];
const TAGS: [&str; 3] = ["seat:1", "seat:2", "show:1"];
const TYPES: [&str; 3] = ["OrderPlaced.v1", "OrderPlaced.v2", "OrderPaid.v1"];
const NAMES: [&str; 3] = ["OrderPlaced", "OrderPaid", "X"];
const CONSUMERS: [&str; 2] = ["summary", "r"];

/// Dice, and a number for each event.
struct Dice {
    entropy: SeededEntropy,
    events: u64,
}

impl Dice {
    fn below(&self, bound: u64) -> u64 {
        self.entropy.next_u64() % bound
    }

    fn one_in(&self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn of<'a>(&self, all: &[&'a str]) -> &'a str {
        all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }

    /// None, one or a few of them, none twice, in any order.
    fn some(&self, all: &[&str]) -> Vec<Arc<str>> {
        let from = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        let of = all.iter().cycle().skip(from).take(all.len());
        of.filter(|_| self.one_in(3)).map(|it| (*it).into()).collect()
    }

    fn numbers(&mut self) -> Vec<u64> {
        let count = 1 + self.below(3);
        self.events += count;
        (self.events - count + 1..=self.events).collect()
    }
}

/// Two of the streams are orders, one is a customer, one a saga's history.
fn stream_of(id: &str) -> StreamId {
    match id {
        "c" => StreamId::new("Customer", id),
        "d" => StreamId::history_of("Fulfilment", id),
        _ => stream(id),
    }
}

/// Runs `steps` calls of a few units each on an empty store.
///
/// # Errors
/// The first difference, with its step.
pub async fn compare(seed: u64, steps: usize, store: Arc<dyn Store>) -> Result<(), String> {
    let reference: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let mut dice = Dice { entropy: SeededEntropy::new(seed), events: 0 };
    for it in [&store, &reference] {
        ok(it.prepare("orders", vec![table("summary")]).await)?;
    }
    for step in 0..steps {
        let at = |why: String| format!("seed {seed}, step {step}: {why}");
        let mut units = Vec::new();
        for _ in 0..=dice.below(4) {
            units.push(unit(&mut dice, &reference).await?);
        }
        let shown = format!("{units:?}");
        let got = match dice.one_in(2) {
            true => commit(&store, units.clone()).await.map_err(at)?,
            false => commit_in_parts(&store, parts(&dice, units.clone())).await.map_err(at)?,
        };
        let wanted = commit(&reference, units).await.map_err(at)?;
        // What an unstorable unit is told is each store's own words.
        let plain = |verdicts: Vec<Result<_, Refusal>>| -> Vec<Result<_, Refusal>> {
            let plain = |refusal| match refusal {
                Refusal::Unstorable(_) => Refusal::Unstorable(String::new()),
                refusal => refusal,
            };
            verdicts.into_iter().map(|verdict| verdict.map_err(plain)).collect()
        };
        same(&shown, &plain(got), &plain(wanted)).map_err(at)?;
        if dice.one_in(8) {
            snapshots(&dice, [&store, &reference]).await.map_err(at)?;
        }
        if step % 16 == 15 || step + 1 == steps {
            reads(&dice, &store, &reference).await.map_err(at)?;
        }
    }
    Ok(())
}

/// The units, cut anywhere.
fn parts(dice: &Dice, units: Vec<Unit>) -> Vec<Vec<Unit>> {
    let mut parts = vec![Vec::new()];
    for unit in units {
        if dice.one_in(2) {
            parts.push(Vec::new());
        }
        parts.last_mut().into_iter().for_each(|part| part.push(unit.clone()));
    }
    parts
}

/// A unit whose expectations are right more often than not.
async fn unit(dice: &mut Dice, reference: &Arc<dyn Store>) -> Result<Unit, String> {
    let mut unit = Unit::default();
    for _ in 0..dice.below(3) {
        let id = dice.of(&STREAMS);
        let all = ok(reference.read_stream(&stream_of(id), Version(0), usize::MAX).await)?;
        let expected = match dice.below(6) {
            0 => Expected::Any,
            1 => Expected::Empty,
            2 => Expected::Exists,
            wrong => Expected::Exactly(Version(all.len() as u64 + u64::from(wrong == 3))),
        };
        let numbers = if dice.one_in(20) { Vec::new() } else { dice.numbers() };
        let mut append = append(id, expected, &numbers);
        append.stream = stream_of(id);
        for event in &mut append.events {
            event.type_ = crate::event(dice.of(&TYPES), 0).type_;
            event.tags = dice.some(&TAGS).into();
        }
        unit.appends.push(append);
    }
    if dice.one_in(3) {
        unit.condition = Some(condition(dice, ok(reference.head().await)?));
    }
    if dice.one_in(3) {
        let id = dice.of(&STREAMS);
        unit.outcome = Some(OutcomeWrite { stream: stream_of(id), ..outcome(id, dice.below(200)) });
    }
    if dice.one_in(3) {
        let consumer = dice.of(&CONSUMERS);
        let stored = ok(reference.checkpoint(consumer).await)?;
        let now = stored.map_or(0, |it| it.position.0) + u64::from(dice.one_in(4));
        unit.checkpoint = Some(checkpoint(consumer, now, dice.below(99)));
    }
    for _ in 0..dice.below(3) {
        let key = dice.of(&["x", "y", "z", "ä"]);
        let stored = ok(reference.row("summary", &Cell::Text(key.into())).await)?;
        let now = stored.map_or(0, |(_, position)| position.0) + u64::from(dice.one_in(4));
        let read = (!dice.one_in(3)).then_some(now);
        let position = (unit.appends.is_empty() || dice.one_in(3)).then(|| dice.below(99));
        let count = i64::try_from(dice.below(1_000)).unwrap_or(0);
        let mut write = checked_row(key, count, read, position);
        if dice.one_in(20) {
            write.row[2] = Cell::Time(far(dice));
        }
        unit.rows.push(write);
    }
    books(dice, &mut unit);
    Ok(unit)
}

/// A condition from about where the log ends, so that it is often met: at times also from its
/// beginning, or from beyond.
fn condition(dice: &Dice, head: Position) -> Condition {
    let after = match dice.below(6) {
        0 => dice.below(head.0 + 1),
        1 => head.0 + 2,
        near => head.0.saturating_sub(near - 2),
    };
    let criterion = |_| Criterion { names: dice.some(&NAMES), tags: dice.some(&TAGS) };
    Condition { none_of: (0..dice.below(3)).map(criterion).collect(), after: Position(after) }
}

/// A time on one side or the other of an edge.
fn far(dice: &Dice) -> i64 {
    let edge = if dice.one_in(2) { Timestamp::FIRST } else { Timestamp::LAST };
    edge.0 + i64::from(dice.one_in(2)) - i64::from(dice.one_in(2))
}

fn books(dice: &Dice, unit: &mut Unit) {
    use LetterStatus::{Blocked, Discarded, Failed, Redriven};
    if dice.one_in(30) {
        unit.reset = Some(dice.of(&CONSUMERS).into());
    }
    if dice.one_in(4) {
        let status = [Failed, Blocked, Redriven, Discarded];
        let status = status[usize::try_from(dice.below(4)).unwrap_or(0)];
        let id = 1 + dice.below(9);
        // A letter is one event's and one consumer's for good; now and then somebody gets it wrong.
        let consumer = CONSUMERS[usize::from(id.is_multiple_of(2))];
        let mut letter = letter(id, consumer, dice.of(&STREAMS), status);
        letter.position.0 += u64::from(dice.one_in(8));
        if dice.one_in(20) {
            letter.parked_at = Timestamp(far(dice));
        }
        unit.letters.push(letter);
    }
    let consumer = dice.of(&CONSUMERS);
    let position = dice.below(6);
    match dice.below(8) {
        0 => unit.retries.push(retry(consumer, position, 1)),
        1 => unit.retries_done.push((consumer.into(), Position(position))),
        2 => {
            let due = i64::try_from(dice.below(50)).unwrap_or(0);
            unit.timers.push(timer(consumer, position, due));
        }
        3 => unit.timers_done.push((consumer.into(), Position(position))),
        4 => {
            let status = dice.of(&["running", "completed"]);
            unit.sagas.push(saga(dice.of(&STREAMS), status, status == "running"));
        }
        _ => {}
    }
}

/// A snapshot of any version that a stream has; a stream without events has none.
async fn snapshots(dice: &Dice, stores: [&Arc<dyn Store>; 2]) -> Checked {
    let of = stream_of(dice.of(&STREAMS));
    let events = ok(stores[1].read_stream(&of, Version(0), usize::MAX).await)?.len() as u64;
    if events == 0 {
        return Ok(());
    }
    let kept = Snapshot {
        stream: of,
        version: Version(1 + dice.below(events)),
        fingerprint: dice.of(&["f1", "f2"]).into(),
        state: b"{}".as_slice().into(),
    };
    for store in stores {
        ok(store.keep_snapshots(vec![kept.clone()]).await)?;
    }
    Ok(())
}

async fn reads(dice: &Dice, store: &Arc<dyn Store>, reference: &Arc<dyn Store>) -> Checked {
    same("head", &ok(store.head().await)?, &ok(reference.head().await)?)?;
    for _ in 0..8 {
        let query = query(dice);
        let wanted = ok(reference.read_log(query.clone()).await)?;
        same(&format!("{query:?}"), &ok(store.read_log(query.clone()).await)?, &wanted)?;
    }
    for id in STREAMS {
        let of = stream_of(id);
        let after = Version(dice.below(9));
        let wanted = ok(reference.read_stream(&of, after, 5).await)?;
        same(id, &ok(store.read_stream(&of, after, 5).await)?, &wanted)?;
        let wanted = ok(reference.snapshot(&of).await)?;
        same("snapshot", &ok(store.snapshot(&of).await)?, &wanted)?;
        let command = Uuid::from_u64_pair(dice.below(200), 4);
        let wanted = ok(reference.outcome(&of, command).await)?;
        same("outcome", &ok(store.outcome(&of, command).await)?, &wanted)?;
    }
    let positions: Vec<_> = (0..5).map(|_| Position(dice.below(60))).collect();
    let wanted = ok(reference.read_at(positions.clone()).await)?;
    same("read_at", &ok(store.read_at(positions).await)?, &wanted)?;
    let wanted = ok(reference.rows("summary", None, 9).await)?;
    same("rows", &ok(store.rows("summary", None, 9).await)?, &wanted)?;
    let wanted = ok(reference.stored_types().await)?;
    same("types", &ok(store.stored_types().await)?, &wanted)?;
    kept(store, reference).await
}

async fn kept(store: &Arc<dyn Store>, reference: &Arc<dyn Store>) -> Checked {
    for consumer in CONSUMERS {
        let wanted = ok(reference.checkpoint(consumer).await)?;
        same("checkpoint", &ok(store.checkpoint(consumer).await)?, &wanted)?;
        let wanted = ok(reference.retries(consumer).await)?;
        same("retries", &ok(store.retries(consumer).await)?, &wanted)?;
        let wanted = ok(reference.timers(consumer).await)?;
        same("timers", &ok(store.timers(consumer).await)?, &wanted)?;
    }
    let letters = LetterQuery::default();
    let wanted = ok(reference.letters(letters.clone()).await)?;
    same("letters", &ok(store.letters(letters).await)?, &wanted)?;
    let sagas = SagaQuery { saga: "Fulfilment".into(), ..SagaQuery::default() };
    let wanted = ok(reference.sagas(sagas.clone()).await)?;
    same("sagas", &ok(store.sagas(sagas).await)?, &wanted)
}

fn query(dice: &Dice) -> LogQuery {
    LogQuery {
        after: Position(dice.below(60)),
        limit: usize::try_from(dice.below(12)).unwrap_or(0),
        backward: dice.one_in(2),
        names: dice.some(&NAMES),
        stream: dice.one_in(3).then(|| stream_of(dice.of(&STREAMS))),
        aggregate: dice.one_in(3).then(|| dice.of(&["Order", "Customer"]).into()),
        tags: if dice.one_in(2) { dice.some(&TAGS) } else { Vec::new() },
        correlation_id: dice.one_in(3).then(|| Uuid::from_u64_pair(dice.below(4), 2)),
        without_sagas: dice.one_in(2),
    }
}
