//! Pages of a log, whatever they are read along and in however many turns: the same events in the
//! same order. Tests on a real server.

use std::sync::Arc;

use annals_conformance::stream;
use annals_core::{EventType, Position, RecordedEvent};
use annals_runtime::ports::{EventStore, LogQuery};
use uuid::Uuid;

use super::log;
use super::plans::{EVENTS, command, filled, session, url};

/// Whether a query wants an event of [`filled`], as a reference.
fn wants(query: &LogQuery, event: &RecordedEvent) -> bool {
    let RecordedEvent { stream, event, .. } = event;
    (query.names.is_empty() || query.names.contains(&event.type_.name))
        && query.aggregate.as_ref().is_none_or(|it| *it == stream.aggregate)
        && query.stream.as_ref().is_none_or(|it| it == stream)
        && query.tags.iter().all(|tag| event.tags.contains(tag))
        && query.correlation_id.is_none_or(|id| id == event.metadata.correlation_id)
        && !(query.without_sagas && stream.is_history())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_the_same_along_whatever_they_are_read() {
    let store = filled(&url("pages")).await;
    // Only those of the whole log go by the head. The last is one that a restored log has no more.
    let heads = [0, 1_200, EVENTS, 1_000_000].map(Position);
    let read = async |query: &LogQuery| {
        let page = log(&store.readers, query, heads[0]).await.unwrap();
        let whole = LogQuery { after: query.after, limit: query.limit, ..LogQuery::default() };
        for head in heads.iter().skip(1).filter(|_| *query == whole) {
            assert_eq!(log(&store.readers, query, *head).await.unwrap(), page);
        }
        page
    };
    let all = read(&LogQuery { limit: 5_000, ..LogQuery::default() }).await;
    assert!(all.iter().map(|event| event.position.0).eq(1..=EVENTS));
    let (none, query) = (LogQuery::default(), LogQuery::default);
    let (all_tags, other) = (vec!["customer:7".into(), "all".into()], "Other".into());
    let stream = Some(stream("order-7"));
    let correlation_id = Some(Uuid::from_u64_pair(200, 2));
    let queries = [
        none.clone(),
        LogQuery { without_sagas: true, ..query() },
        LogQuery { names: vec!["Order7".into()], ..query() },
        LogQuery { names: (0..30).map(|n| format!("Order{n}").into()).collect(), ..query() },
        LogQuery { names: vec!["Never".into()], ..query() },
        LogQuery { aggregate: Some("Order".into()), without_sagas: true, ..query() },
        LogQuery { aggregate: Some(other), names: vec!["Order7".into()], ..query() },
        LogQuery { tags: vec!["customer:7".into()], ..query() },
        LogQuery { tags: all_tags.clone(), names: vec!["Order7".into()], ..query() },
        LogQuery { tags: vec!["all".into(), "customer:7".into()], ..query() },
        LogQuery { tags: vec!["all".into(), "never".into()], ..query() },
        LogQuery { correlation_id, ..query() },
        LogQuery { correlation_id, names: vec!["Order2".into()], ..query() },
        LogQuery { correlation_id, tags: vec!["all".into()], ..query() },
        LogQuery { stream: stream.clone(), ..query() },
        LogQuery { stream: stream.clone(), tags: all_tags, ..query() },
        LogQuery { stream, names: vec!["Order7".into()], correlation_id, ..query() },
    ];
    for (query, backward) in queries.iter().flat_map(|it| [(it, false), (it, true)]) {
        for after in [0, 1, 7, 700, EVENTS - 5, EVENTS, EVENTS + 1, 2 * EVENTS, u64::MAX] {
            for limit in [0, 1, 5, 64, 512, 1_700, 5_000] {
                let after = Position(after);
                let query = LogQuery { after, limit, backward, ..query.clone() };
                let beyond = |event: &&RecordedEvent| match (backward, after.0) {
                    (false, after) => event.position.0 > after,
                    (true, 0) => true,
                    (true, before) => event.position.0 < before,
                };
                let mut wanted: Vec<_> =
                    all.iter().filter(beyond).filter(|event| wants(&query, event)).collect();
                if backward {
                    wanted.reverse();
                }
                wanted.truncate(limit);
                let page = read(&query).await;
                assert!(page.iter().eq(wanted), "{query:?}: {} events", page.len());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_types_are_found_however_many_they_are() {
    let store = filled(&url("rare")).await;
    let rare: Vec<Arc<str>> = (0..100).map(|number| format!("Rare{number}").into()).collect();
    let unit = |number: u64| {
        let mut unit = command(EVENTS + number);
        unit.outcome = None;
        if number.is_multiple_of(10) {
            let name = &rare[number as usize * 7 / 10 % rare.len()];
            unit.appends[0].events[0].type_ = EventType::new(Arc::clone(name), 1);
        }
        unit
    };
    for verdict in store.commit((1..=EVENTS).map(unit).collect()).await.unwrap() {
        verdict.unwrap();
    }
    // Few enough for the index of types, and too many.
    for (count, backward) in [(40, false), (40, true), (100, false), (100, true)] {
        let names = rare[..count].to_vec();
        let query = LogQuery { names, limit: 512, backward, ..LogQuery::default() };
        let page = store.read_log(query).await.unwrap();
        let mut places: Vec<_> = page.iter().map(|event| event.position.0).collect();
        if backward {
            places.reverse();
        }
        let is_of = |number: &u64| (*number as usize * 7 / 10 % rare.len()) < count;
        let numbers = (1..=EVENTS).filter(|it| it.is_multiple_of(10)).filter(is_of);
        assert!(places.into_iter().eq(numbers.map(|number| EVENTS + number)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_behind_a_gap_is_passed_over() {
    let url = url("gap");
    let store = filled(&url).await;
    let (client, _) = session(&url).await;
    let damage = "SET session_replication_role = replica; \
                  DELETE FROM event_store WHERE position BETWEEN 95 AND 130";
    client.batch_execute(damage).await.unwrap();
    let query = LogQuery { after: Position(90), limit: 20, ..LogQuery::default() };
    let page = store.read_log(query).await.unwrap();
    assert!(page.iter().map(|event| event.position.0).eq((91..95).chain(131..147)));
}
