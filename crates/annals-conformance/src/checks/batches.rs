//! Batches whose units come one after another.

use std::sync::Arc;

use annals_core::{Position, Version};
use annals_runtime::ports::{Expected, LogQuery, Refusal, Store, Unit};

use super::{check, commit_in_parts, ok, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{appends, exactly, outcome, stream};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("a batch that comes in parts is judged as one call is", in_parts),
        check!("nothing of a batch is there before its commit", not_before),
        check!("a batch that is given up was never there", given_up),
        check!("who commits beside a batch loses nothing", beside),
        check!("a batch without units commits nothing", without_units),
    ]
}

async fn in_parts(store: Arc<dyn Store>) -> Checked {
    let wrong = Unit { outcome: Some(outcome("b", 2)), ..appends("b", exactly(7), &[4]) };
    let repeated = Unit { outcome: Some(outcome("a", 1)), ..appends("a", Expected::Any, &[5]) };
    let parts = vec![
        vec![Unit { outcome: Some(outcome("a", 1)), ..appends("a", Expected::Empty, &[1]) }],
        vec![appends("a", Expected::Empty, &[2]), appends("a", exactly(1), &[3]), wrong],
        vec![repeated, appends("c", exactly(0), &[6])],
    ];
    let verdicts = commit_in_parts(&store, parts).await?;
    let taken: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
    same("verdicts", &taken, &vec![true, false, true, false, false, true])?;
    holds("a repetition", matches!(verdicts[4], Err(Refusal::Duplicate(_))))?;
    let places: Vec<_> = verdicts.into_iter().flatten().flat_map(|it| it.appends).collect();
    let wanted = [(1, 1), (2, 2), (3, 1)].map(|(at, version)| (Position(at), Version(version)));
    same("places", &places, &wanted.to_vec())?;
    same("the head", &ok(store.head().await)?, &Position(3))?;
    let id = outcome("b", 2).command_id;
    same("the refused one's outcome", &ok(store.outcome(&stream("b"), id).await)?, &None)
}

/// Nothing of the log, of the stream and of the command of [`in_hand`].
async fn nothing(when: &str, store: &Arc<dyn Store>) -> Checked {
    same(&format!("the head {when}"), &ok(store.head().await)?, &Position(0))?;
    let log = ok(store.read_log(LogQuery { limit: 10, ..LogQuery::default() }).await)?;
    let events = ok(store.read_stream(&stream("a"), Version(0), 10).await)?;
    let outcome = ok(store.outcome(&stream("a"), outcome("a", 1).command_id).await)?;
    same(&format!("what is there {when}"), &(log, events, outcome), &(vec![], vec![], None))
}

fn in_hand() -> Unit {
    Unit { outcome: Some(outcome("a", 1)), ..appends("a", Expected::Empty, &[1, 2]) }
}

async fn not_before(store: Arc<dyn Store>) -> Checked {
    let mut batch = ok(store.begin().await)?;
    nothing("at its beginning", &store).await?;
    batch.add(vec![in_hand()]);
    batch.through().await;
    nothing("before its commit", &store).await?;
    let verdicts = ok(batch.commit().await)?;
    same("verdicts", &verdicts.len(), &1)?;
    let events = ok(store.read_stream(&stream("a"), Version(0), 10).await)?;
    same("events behind it", &events.len(), &2)
}

async fn given_up(store: Arc<dyn Store>) -> Checked {
    let mut batch = ok(store.begin().await)?;
    batch.add(vec![in_hand()]);
    batch.through().await;
    drop(batch);
    nothing("behind it", &store).await?;
    let committed = take(&store, in_hand()).await?;
    same("the place of the next", &committed.appends, &vec![(Position(1), Version(1))])
}

async fn beside(store: Arc<dyn Store>) -> Checked {
    let mut batch = ok(store.begin().await)?;
    batch.add(vec![appends("a", Expected::Empty, &[1])]);
    batch.through().await;
    let other = Arc::clone(&store);
    let other = tokio::spawn(async move { take(&other, appends("b", exactly(0), &[2])).await });
    tokio::task::yield_now().await;
    batch.add(vec![appends("a", exactly(1), &[3])]);
    let verdicts = ok(batch.commit().await)?;
    holds("both are taken", verdicts.iter().all(Result::is_ok))?;
    other.await.map_err(|error| error.to_string())??;
    let log = ok(store.read_log(LogQuery { limit: 10, ..LogQuery::default() }).await)?;
    let positions: Vec<u64> = log.iter().map(|event| event.position.0).collect();
    same("positions", &positions, &vec![1, 2, 3])
}

async fn without_units(store: Arc<dyn Store>) -> Checked {
    let verdicts = commit_in_parts(&store, vec![]).await?;
    same("verdicts", &verdicts, &vec![])?;
    nothing("behind it", &store).await
}
