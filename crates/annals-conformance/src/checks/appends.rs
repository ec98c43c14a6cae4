//! Appending: versions, positions, expectations, and units judged alone.

use std::sync::Arc;

use annals_core::{EventType, Position, StreamId, Timestamp, Version};
use annals_runtime::ports::{Expected, LogQuery, OutcomeWrite, Refusal, Store, Unit};

use super::{check, commit, ok, refused, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{
    append, appends, checked_row, checkpoint, exactly, incompressible, outcome, stream, table,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("versions and positions are 1..n without a hole", dense),
        check!("what is appended is read as it was", verbatim),
        check!("an append of many events is read as it was", many),
        check!("each expectation is met or refused, with the actual version", expectations),
        check!("a conflict is refused alone and leaves nothing", alone),
        check!("a later unit of a call sees the earlier ones", in_order),
        check!("a unit with several streams is committed together or not at all", together),
        check!("of 50 writers that expect the same version one succeeds", one_of_many),
        check!("an append without events is refused", empty),
        check!("names have up to 2,000 bytes on every store, and longer ones are refused", names),
        check!("times are of the years 1 to 9999, and those come back", times),
    ]
}

async fn dense(store: Arc<dyn Store>) -> Checked {
    same("the head of an empty log", &ok(store.head().await)?, &Position(0))?;
    let first = take(&store, appends("a", Expected::Any, &[1, 2])).await?;
    same("first", &first.appends, &vec![(Position(1), Version(1))])?;
    let units = vec![appends("b", Expected::Any, &[3]), appends("a", Expected::Any, &[4, 5])];
    let verdicts = commit(&store, units).await?;
    let places: Vec<_> = verdicts.into_iter().flatten().flat_map(|it| it.appends).collect();
    let wanted = vec![(Position(3), Version(1)), (Position(4), Version(3))];
    same("then", &places, &wanted)?;
    same("the head", &ok(store.head().await)?, &Position(5))?;
    let log = ok(store.read_log(LogQuery { limit: 10, ..LogQuery::default() }).await)?;
    let positions: Vec<u64> = log.iter().map(|event| event.position.0).collect();
    same("positions", &positions, &vec![1, 2, 3, 4, 5])
}

async fn verbatim(store: Arc<dyn Store>) -> Checked {
    let id = StreamId::new("Größe", "a/b c\u{1F600}");
    let mut write = append("a", Expected::Empty, &[1, 2]);
    write.stream = id.clone();
    write.events[1].metadata.traceparent = Some("00-abc-def-01".into());
    let wanted = write.events.clone();
    take(&store, Unit { appends: vec![write], ..Unit::default() }).await?;
    let read = ok(store.read_stream(&id, Version(0), 10).await)?;
    same("streams", &read.iter().all(|event| event.stream == id), &true)?;
    let events: Vec<_> = read.into_iter().map(|event| event.event).collect();
    same("events", &events, &wanted)
}

/// Runs of events that have all in common but their ids, types and data, which a store may write
/// together, and some that have not.
async fn many(store: Arc<dyn Store>) -> Checked {
    let numbers: Vec<u64> = (1..=64).collect();
    let mut write = append("many", Expected::Empty, &numbers);
    let first = write.events[0].clone();
    for (event, number) in write.events.iter_mut().zip(numbers) {
        let lonely = number.is_multiple_of(23);
        if !lonely {
            (event.time, event.metadata) = (first.time, first.metadata.clone());
        }
        event.type_.version = 1 + u32::from(number.is_multiple_of(3));
        event.tags =
            if (31..=50).contains(&number) { ["many".into()].into() } else { Arc::default() };
    }
    let wanted = write.events.clone();
    take(&store, appends("before", Expected::Empty, &[1000])).await?;
    let taken = take(&store, Unit { appends: vec![write], ..Unit::default() }).await?;
    same("place", &taken.appends, &vec![(Position(2), Version(1))])?;
    let read = ok(store.read_stream(&stream("many"), Version(0), 100).await)?;
    let places: Vec<_> = read.iter().map(|event| (event.position.0, event.version.0)).collect();
    same("places", &places, &(1..=64).map(|version| (version + 1, version)).collect())?;
    let events: Vec<_> = read.into_iter().map(|event| event.event).collect();
    same("events", &events, &wanted)?;
    let tagged = LogQuery { tags: ["many".into()].into(), limit: 100, ..LogQuery::default() };
    let found = ok(store.read_log(tagged).await)?;
    let found: Vec<u64> = found.iter().map(|event| event.position.0).collect();
    same("those of a tag", &found, &(32..=51).collect())
}

async fn expectations(store: Arc<dyn Store>) -> Checked {
    let conflict =
        |id: &str, actual| Refusal::Conflict { stream: stream(id), actual: Version(actual) };
    let missing = refused(&store, appends("a", Expected::Exists, &[1])).await?;
    same("exists, of nothing", &missing, &conflict("a", 0))?;
    let ahead = refused(&store, appends("a", exactly(1), &[1])).await?;
    same("version 1, of nothing", &ahead, &conflict("a", 0))?;
    take(&store, appends("a", Expected::Empty, &[1])).await?;
    let full = refused(&store, appends("a", Expected::Empty, &[2])).await?;
    same("empty, of one event", &full, &conflict("a", 1))?;
    let behind = refused(&store, appends("a", exactly(0), &[2])).await?;
    same("version 0, of one event", &behind, &conflict("a", 1))?;
    take(&store, appends("a", Expected::Exists, &[2])).await?;
    take(&store, appends("a", exactly(2), &[3])).await?;
    same("the head", &ok(store.head().await)?, &Position(3))
}

async fn alone(store: Arc<dyn Store>) -> Checked {
    ok(store.prepare("orders", vec![table("summary")]).await)?;
    let wrong = Unit {
        outcome: Some(outcome("b", 2)),
        rows: vec![checked_row("b", 1, None, None)],
        checkpoint: Some(checkpoint("summary", 0, 9)),
        ..appends("b", exactly(7), &[2])
    };
    let units = vec![appends("a", exactly(0), &[1]), wrong, appends("c", exactly(0), &[3])];
    let verdicts = commit(&store, units).await?;
    let taken: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
    same("verdicts", &taken, &vec![true, false, true])?;
    same("the head", &ok(store.head().await)?, &Position(2))?;
    let id = outcome("b", 2).command_id;
    same("its outcome", &ok(store.outcome(&stream("b"), id).await)?, &None)?;
    same("its rows", &ok(store.rows("summary", None, 10).await)?, &Vec::new())?;
    same("its checkpoint", &ok(store.checkpoint("summary").await)?, &None)
}

async fn in_order(store: Arc<dyn Store>) -> Checked {
    let units = vec![
        appends("a", Expected::Empty, &[1]),
        appends("a", Expected::Empty, &[2]),
        appends("a", exactly(1), &[3]),
    ];
    let verdicts = commit(&store, units).await?;
    let taken: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
    same("verdicts", &taken, &vec![true, false, true])?;
    let read = ok(store.read_stream(&stream("a"), Version(0), 10).await)?;
    let ids: Vec<_> = read.iter().map(|event| event.event.id).collect();
    let wanted = [1, 3].map(|number| crate::event("OrderPlaced.v1", number).id);
    same("events", &ids, &wanted.to_vec())
}

async fn together(store: Arc<dyn Store>) -> Checked {
    take(&store, appends("a", Expected::Empty, &[1])).await?;
    let both = |second| Unit {
        appends: vec![append("b", Expected::Empty, &[2]), append("a", second, &[3])],
        ..Unit::default()
    };
    let refusal = refused(&store, both(exactly(0))).await?;
    holds("a conflict", matches!(refusal, Refusal::Conflict { .. }))?;
    let none = ok(store.read_stream(&stream("b"), Version(0), 10).await)?;
    same("the first stream after the refusal", &none.len(), &0)?;
    let committed = take(&store, both(exactly(1))).await?;
    let wanted = vec![(Position(2), Version(1)), (Position(3), Version(2))];
    same("places", &committed.appends, &wanted)?;
    let twice = vec![append("c", exactly(0), &[4]), append("c", exactly(1), &[5])];
    take(&store, Unit { appends: twice, ..Unit::default() }).await?;
    let read = ok(store.read_stream(&stream("c"), Version(0), 10).await)?;
    same("one stream twice in a unit", &read.len(), &2)
}

async fn one_of_many(store: Arc<dyn Store>) -> Checked {
    let mut writers = tokio::task::JoinSet::new();
    for number in 1..=50 {
        let store = store.clone();
        writers
            .spawn(async move { commit(&store, vec![appends("a", exactly(0), &[number])]).await });
    }
    let mut taken = 0;
    while let Some(writer) = writers.join_next().await {
        let verdicts = writer.map_err(|error| error.to_string())??;
        for verdict in verdicts {
            match verdict {
                Ok(_) => taken += 1,
                Err(Refusal::Conflict { actual, .. }) => same("actual", &actual, &Version(1))?,
                Err(other) => return Err(format!("refused as {other:?}")),
            }
        }
    }
    same("writers that succeeded", &taken, &1)?;
    same("the head", &ok(store.head().await)?, &Position(1))
}

async fn empty(store: Arc<dyn Store>) -> Checked {
    let refusal = refused(&store, appends("a", Expected::Any, &[])).await?;
    holds("unstorable", matches!(refusal, Refusal::Unstorable(_)))
}

async fn names(store: Arc<dyn Store>) -> Checked {
    let long = incompressible(2_001);
    let longest = StreamId::new("Order", &long[..1_995]);
    let to = |stream: &StreamId, number| {
        let mut unit = appends("a", Expected::Any, &[number]);
        unit.appends[0].stream = stream.clone();
        let outcome = OutcomeWrite { stream: stream.clone(), ..outcome("a", number) };
        Unit { outcome: Some(outcome), ..unit }
    };
    take(&store, to(&longest, 1)).await?;
    let read = ok(store.read_stream(&longest, Version(0), 10).await)?;
    same("events of the longest", &read.len(), &1)?;
    let mut named = appends("b", Expected::Any, &[2]);
    named.appends[0].events[0].type_ = EventType::new(&long[..2_001], 1);
    let longer = StreamId::new("Order", &long[..1_996]);
    let units = vec![to(&longer, 3), named, appends("b", Expected::Any, &[4])];
    let verdicts = commit(&store, units).await?;
    let refused = |at: usize| matches!(verdicts[at], Err(Refusal::Unstorable(_)));
    holds("a stream's, an event's", refused(0) && refused(1))?;
    holds("and nothing beside them", verdicts[2].is_ok())
}

async fn times(store: Arc<dyn Store>) -> Checked {
    let at = |number: u64, us: i64| {
        let mut unit = appends("a", Expected::Any, &[number]);
        unit.appends[0].events[0].time = Timestamp(us);
        unit
    };
    let (first, last) = (Timestamp::FIRST.0, Timestamp::LAST.0);
    for (number, us) in (1..).zip([first - 1, last + 1, i64::MIN, i64::MAX]) {
        let refusal = refused(&store, at(number, us)).await?;
        holds(&format!("{us} unstorable"), matches!(refusal, Refusal::Unstorable(_)))?;
        let mut unit = Unit { outcome: Some(outcome("a", number)), ..Unit::default() };
        unit.outcome.iter_mut().for_each(|outcome| outcome.time = Timestamp(us));
        let refusal = refused(&store, unit).await?;
        holds(&format!("an outcome at {us}"), matches!(refusal, Refusal::Unstorable(_)))?;
    }
    for (number, us) in (1..).zip([first, last]) {
        take(&store, at(number, us)).await?;
    }
    let read = ok(store.read_stream(&stream("a"), Version(0), 10).await)?;
    let times: Vec<i64> = read.iter().map(|event| event.event.time.0).collect();
    same("times", &times, &vec![first, last])
}
