//! What befell other stores once writers ran side by side: a reader of the log must not notice.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Position, RecordedEvent, Version};
use annals_runtime::Subscription;
use annals_runtime::ports::{Expected, LogQuery, Refusal, Store, StoreError};
use tokio::task::JoinSet;

use super::{check, commit, next_page, ok, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{appends, exactly, stream};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("what is acknowledged is there at once", acknowledged),
        check!("slow committer: no event is passed by, however late its writer ends", slow),
        check!("rollback hole: a refused unit leaves no hole to wait for", holes),
        check!("leading hole: after refusals the first event is the first", leading),
        check!("snapshot skew: up to the head that was said, the log is complete", skew),
        check!("order in streams: global reads never turn a stream's versions round", order),
        check!("append race: as many successes as events, and losers are told", truth),
    ]
}

const WRITERS: u64 = 8;
const TIMES: u64 = 25;

/// Writers side by side, on three streams, one to three events a unit; how many events in all.
fn writers(store: &Arc<dyn Store>) -> (JoinSet<Checked>, u64) {
    let (mut tasks, mut total) = (JoinSet::new(), 0);
    for writer in 0..WRITERS {
        let store = store.clone();
        let counts: Vec<u64> = (0..TIMES).map(|time| 1 + (writer + time) % 3).collect();
        total += counts.iter().sum::<u64>();
        tasks.spawn(async move {
            for (time, count) in (0..).zip(counts) {
                let id = ["a", "b", "c"][usize::try_from((writer + time) % 3).unwrap_or(0)];
                let first = (writer * TIMES + time) * 3;
                let numbers: Vec<u64> = (first..first + count).collect();
                take(&store, appends(id, Expected::Any, &numbers)).await?;
                tokio::task::yield_now().await;
            }
            Ok(())
        });
    }
    (tasks, total)
}

/// All that a reader gets who reads beside them, until it has as many as they wrote.
async fn beside<R>(
    store: &Arc<dyn Store>,
    reader: impl FnOnce(Arc<dyn Store>, u64) -> R,
) -> Result<Vec<RecordedEvent>, String>
where
    R: Future<Output = Result<Vec<RecordedEvent>, String>> + Send + 'static,
{
    let (mut tasks, total) = writers(store);
    let reader = tokio::spawn(reader(store.clone(), total));
    while let Some(task) = tasks.join_next().await {
        task.map_err(|error| error.to_string())??;
    }
    let head = ok(store.head().await)?;
    if head.0 < total {
        // It would wait for ever for those that were acknowledged and aren't there.
        reader.abort();
        return Err(format!("{total} events were acknowledged, and the head is {}", head.0));
    }
    reader.await.map_err(|error| error.to_string())?
}

async fn acknowledged(store: Arc<dyn Store>) -> Checked {
    for number in 1..=20 {
        let committed = take(&store, appends("a", Expected::Any, &[number])).await?;
        let place = (Position(number), Version(number));
        same("places", &committed.appends, &vec![place])?;
        same("the head", &ok(store.head().await)?, &place.0)?;
        let at = ok(store.read_at(vec![place.0]).await)?;
        let of = ok(store.read_stream(&stream("a"), Version(number - 1), 9).await)?;
        let id = crate::event("OrderPlaced.v1", number).id;
        for read in [at, of] {
            let ids: Vec<_> = read.iter().map(|event| event.event.id).collect();
            same("what is there", &ids, &vec![id])?;
        }
    }
    Ok(())
}

async fn slow(store: Arc<dyn Store>) -> Checked {
    let follow = async |store: Arc<dyn Store>, total| {
        let query = LogQuery { limit: 7, ..LogQuery::default() };
        let mut follower = Subscription::new(store, query);
        let mut all: Vec<RecordedEvent> = Vec::new();
        while (all.len() as u64) < total {
            for event in ok(follower.next().await)?.events {
                let last = all.last().map_or(0, |last| last.position.0);
                same("the next position", &event.position.0, &(last + 1))?;
                all.push(event);
            }
        }
        Ok(all)
    };
    let followed = beside(&store, follow).await?;
    let all = LogQuery { limit: 10_000, ..LogQuery::default() };
    same("what was followed", &followed, &ok(store.read_log(all).await)?)
}

async fn holes(store: Arc<dyn Store>) -> Checked {
    let mut follower = Subscription::new(store.clone(), LogQuery::default());
    for round in 0..10 {
        let wrong = appends("b", exactly(7), &[1]);
        let units = vec![appends("a", Expected::Any, &[round * 2]), wrong.clone(), wrong];
        commit(&store, units).await?;
        take(&store, appends("c", Expected::Any, &[round * 2 + 1])).await?;
        let (mut seen, mut place) = (Vec::new(), round * 2);
        while seen.len() < 2 {
            let page = next_page(&store, &mut follower, place).await?;
            place = page.token.position.0;
            seen.extend(page.events.into_iter().map(|it| it.position.0));
        }
        same("positions", &seen, &vec![round * 2 + 1, round * 2 + 2])?;
    }
    Ok(())
}

async fn leading(store: Arc<dyn Store>) -> Checked {
    for _ in 0..3 {
        let wrong = commit(&store, vec![appends("a", Expected::Exists, &[1]); 3]).await?;
        holds("all are refused", wrong.iter().all(Result::is_err))?;
    }
    let first = take(&store, appends("a", Expected::Empty, &[1])).await?;
    same("the first place", &first.appends, &vec![(Position(1), Version(1))])?;
    let mut follower = Subscription::new(store.clone(), LogQuery::default());
    let page = next_page(&store, &mut follower, 0).await?;
    same("the first page", &page.events.len(), &1)?;
    same("looked at", &page.token.position, &Position(1))
}

async fn skew(store: Arc<dyn Store>) -> Checked {
    let read = async |store: Arc<dyn Store>, total| {
        let all = |limit| LogQuery { limit, ..LogQuery::default() };
        loop {
            let head = ok(store.head().await)?.0;
            let read = ok(store.read_log(all(10_000)).await)?;
            let count = read.len() as u64;
            holds("as many as the head says", count >= head)?;
            let back = LogQuery { backward: true, ..all(10_000) };
            let mut back = ok(store.read_log(back).await)?;
            back.reverse();
            for events in [&read, &back] {
                let positions = events.iter().map(|event| event.position.0);
                holds("positions without a hole", positions.eq(1..=events.len() as u64))?;
            }
            if count >= total {
                return Ok(read);
            }
            tokio::task::yield_now().await;
        }
    };
    beside(&store, read).await.map(|_| ())
}

async fn order(store: Arc<dyn Store>) -> Checked {
    let follow = async |store: Arc<dyn Store>, total: u64| {
        let mut follower = Subscription::new(store, LogQuery { limit: 5, ..LogQuery::default() });
        let mut versions: HashMap<_, u64> = HashMap::new();
        let mut all = Vec::new();
        while (all.len() as u64) < total {
            for event in ok(follower.next().await)?.events {
                let last = versions.entry(event.stream.clone()).or_default();
                same("the stream's next version", &event.version.0, &(*last + 1))?;
                *last += 1;
                all.push(event);
            }
        }
        Ok(all)
    };
    beside(&store, follow).await.map(|_| ())
}

async fn truth(store: Arc<dyn Store>) -> Checked {
    take(&store, appends("a", Expected::Empty, &[0])).await?;
    let mut writers = JoinSet::new();
    for number in 1..=40_u64 {
        let store = store.clone();
        let expected = if number % 2 == 0 { Expected::Any } else { exactly(1) };
        let unit = appends("a", expected, &[number]);
        writers.spawn(async move { (number, store.commit(vec![unit]).await) });
    }
    let mut taken = Vec::new();
    while let Some(writer) = writers.join_next().await {
        let (number, answer) = writer.map_err(|error| error.to_string())?;
        match answer.map_err(|error: StoreError| error.to_string())?.pop() {
            Some(Ok(_)) => taken.push(crate::event("OrderPlaced.v1", number).id),
            Some(Err(Refusal::Conflict { .. })) if number % 2 == 1 => {}
            other => return Err(format!("writer {number} is told {other:?}")),
        }
    }
    holds("at most one of those that expected a version", (20..=21).contains(&taken.len()))?;
    let read = ok(store.read_stream(&stream("a"), Version(1), 100).await)?;
    let mut stored: Vec<_> = read.iter().map(|event| event.event.id).collect();
    taken.sort_unstable();
    stored.sort_unstable();
    same("what is stored", &stored, &taken)
}
