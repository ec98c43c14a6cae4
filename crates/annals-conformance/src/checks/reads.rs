//! Reading the log: pages, directions, filters.

use std::sync::Arc;
use std::time::Duration;

use annals_core::{Position, RecordedEvent, StreamId, Version};
use annals_runtime::ports::{Append, Expected, LogQuery, Store, Unit};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{check, ok, take, waits_still};
use crate::check::{Check, Checked, same};
use crate::make::{appends, event, stream};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("pages of the log join without a gap or an overlap", pages),
        check!("backward reads begin at the end or before a position", backward),
        check!("each filter and all of them together", filters),
        check!("a stream is read after a version, at most so many", streams),
        check!("events at positions come in order, each once", at),
        check!("stored types come with where their first events are", types),
        check!("reads that nobody goes on with hold up nothing else", left_alone),
    ]
}

/// Reads at a time.
const READS: usize = 16;

/// Twelve events: orders a and b in turn, of two types and two versions, every fourth a saga's.
async fn fill(store: &Arc<dyn Store>) -> Checked {
    for number in 1..=12_u64 {
        let types = ["OrderPlaced.v1", "OrderPaid.v1", "OrderPlaced.v2", "StepStarted.v1"];
        let type_ = types[usize::try_from(number % 4).unwrap_or(0)];
        let id = if number % 2 == 0 { "a" } else { "b" };
        let aggregate = if type_ == "StepStarted.v1" { "saga-Fulfilment" } else { "Order" };
        let stream = StreamId::new(aggregate, id);
        let events = vec![event(type_, number)];
        let append = Append { stream, expected: Expected::Any, events };
        take(store, Unit { appends: vec![append], ..Unit::default() }).await?;
    }
    Ok(())
}

fn positions(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position.0).collect()
}

async fn read(store: &Arc<dyn Store>, query: LogQuery) -> Result<Vec<u64>, String> {
    Ok(positions(&ok(store.read_log(query).await)?))
}

async fn pages(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let (mut all, mut after) = (Vec::new(), Position(0));
    loop {
        let page = LogQuery { after, limit: 5, ..LogQuery::default() };
        let page = read(&store, page).await?;
        let Some(last) = page.last() else { break };
        after = Position(*last);
        all.extend(page);
    }
    same("all pages", &all, &(1..=12).collect())?;
    let none = read(&store, LogQuery::default()).await?;
    same("a limit of 0", &none, &Vec::new())?;
    let beyond = LogQuery { after: Position(99), limit: 5, ..LogQuery::default() };
    same("beyond the end", &read(&store, beyond).await?, &Vec::new())
}

async fn backward(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let query = |after, limit| LogQuery {
        after: Position(after),
        limit,
        backward: true,
        ..LogQuery::default()
    };
    same("from the end", &read(&store, query(0, 3)).await?, &vec![12, 11, 10])?;
    same("before 10", &read(&store, query(10, 3)).await?, &vec![9, 8, 7])?;
    same("before 2", &read(&store, query(2, 3)).await?, &vec![1])?;
    same("before 1", &read(&store, query(1, 3)).await?, &Vec::new())?;
    same("before what isn't there yet", &read(&store, query(99, 2)).await?, &vec![12, 11])?;
    let mut placed = query(0, 9);
    placed.names = vec!["OrderPlaced".into()];
    same("by name", &read(&store, placed).await?, &vec![12, 10, 8, 6, 4, 2])
}

async fn filters(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let all = || LogQuery { limit: 20, ..LogQuery::default() };
    let placed = LogQuery { names: vec!["OrderPlaced".into()], ..all() };
    same("a name, of all versions", &read(&store, placed).await?, &vec![2, 4, 6, 8, 10, 12])?;
    let names = vec!["OrderPaid".into(), "StepStarted".into(), "Nothing".into()];
    let two = LogQuery { names, ..all() };
    same("names", &read(&store, two).await?, &vec![1, 3, 5, 7, 9, 11])?;
    let part = LogQuery { names: vec!["Order".into(), "OrderPlace".into()], ..all() };
    same("parts of names", &read(&store, part).await?, &Vec::new())?;
    let one = LogQuery { stream: Some(stream("b")), ..all() };
    same("a stream", &read(&store, one).await?, &vec![1, 5, 9])?;
    let id = Some(Uuid::from_u64_pair(1, 2));
    let correlated = LogQuery { correlation_id: id, ..all() };
    same("a correlation", &read(&store, correlated).await?, &vec![1, 4, 7, 10])?;
    let no_sagas = LogQuery { without_sagas: true, ..all() };
    let wanted = vec![1, 2, 4, 5, 6, 8, 9, 10, 12];
    same("without sagas", &read(&store, no_sagas).await?, &wanted)?;
    let every = LogQuery {
        after: Position(1),
        names: vec!["OrderPaid".into(), "OrderPlaced".into()],
        stream: Some(stream("a")),
        correlation_id: id,
        without_sagas: true,
        ..all()
    };
    same("all together", &read(&store, every).await?, &vec![4, 10])
}

async fn streams(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let read = ok(store.read_stream(&stream("a"), Version(2), 3).await)?;
    let versions: Vec<u64> = read.iter().map(|event| event.version.0).collect();
    same("versions", &versions, &vec![3, 4, 5])?;
    same("positions", &positions(&read), &vec![6, 8, 10])?;
    let beyond = ok(store.read_stream(&stream("a"), Version(9), 3).await)?;
    same("beyond the end", &beyond.len(), &0)?;
    let unknown = ok(store.read_stream(&stream("z"), Version(0), 3).await)?;
    same("a stream that isn't there", &unknown.len(), &0)
}

async fn at(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let wanted = [7, 99, 2, 7, 0].map(Position).to_vec();
    let read = ok(store.read_at(wanted).await)?;
    same("positions", &positions(&read), &vec![2, 7])
}

async fn types(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let wanted = ["OrderPaid.v1", "OrderPlaced.v1", "OrderPlaced.v2", "StepStarted.v1"];
    let firsts = [1, 4, 2, 3].map(Position);
    let wanted: Vec<_> = wanted.map(str::to_owned).into_iter().zip(firsts).collect();
    same("types", &ok(store.stored_types().await)?, &wanted)
}

/// Begun, and polled no more until the rest is done: so is a read within a `select`, or in a set of
/// which nobody asks for the next while it waits for something else.
async fn left_alone(store: Arc<dyn Store>) -> Checked {
    let many: Vec<u64> = (1..=1_000).collect();
    take(&store, appends("a", Expected::Any, &many)).await?;
    let all = || LogQuery { limit: 1_000, ..LogQuery::default() };
    // As many as a store may want connections for.
    let mut beside = JoinSet::new();
    for _ in 0..READS {
        let store = store.clone();
        beside.spawn(async move { store.read_log(all()).await.map(|read| read.len()) });
    }
    while let Some(read) = beside.join_next().await {
        same("a page", &ok(read.map_err(|error| error.to_string())?)?, &1_000)?;
    }
    let mut begun = Vec::new();
    for _ in 0..READS {
        let mut read = store.read_log(all());
        if waits_still(&mut read).await {
            begun.push(read);
        }
    }
    let others = async {
        take(&store, appends("b", Expected::Any, &[1_001])).await?;
        for _ in 0..READS {
            same("the head", &ok(store.head().await)?, &Position(1_001))?;
            same("all", &ok(store.read_log(all()).await)?.len(), &1_000)?;
        }
        Checked::Ok(())
    };
    let others = tokio::time::timeout(Duration::from_secs(20), others).await;
    others.map_err(|_| "they wait for reads that were begun before".to_owned())??;
    for read in begun {
        same("a page, in the end", &ok(read.await)?.len(), &1_000)?;
    }
    Ok(())
}
