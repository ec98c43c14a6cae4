//! The log: what is acknowledged is there, each unit is judged alone, and nothing is ever changed.

use crate::common::*;
use annals_core::{NewEvent, Position, StreamId, Version};
use annals_runtime::ports::{
    Append, CheckpointWrite, EventStore, Expected, LogQuery, Snapshot, Unit,
};
use uuid::Uuid;

#[test]
fn what_was_acknowledged_is_there_after_reopening() {
    let folder = Folder::new();
    let store = folder.open();
    let units = vec![accepted("o1", 1, 1), accepted("o2", 1, 2), accepted("o1", 2, 3)];
    let written: Vec<NewEvent> =
        units.iter().flat_map(|unit| unit.appends[0].events.clone()).collect();
    assert!(commit(&store, units).iter().all(Result::is_ok));
    drop(store);

    let store = folder.open();
    assert_eq!(wait(store.head()).unwrap(), Position(3));
    let log = wait(store.read_log(LogQuery { limit: 10, ..LogQuery::default() })).unwrap();
    let read: Vec<NewEvent> = log.iter().map(|recorded| recorded.event.clone()).collect();
    assert_eq!(read, written);
    let places = log.iter().map(|e| format!("{} {} {}", e.position.0, e.stream, e.version.0));
    assert_eq!(places.collect::<Vec<_>>(), ["1 Order/o1 1", "2 Order/o2 1", "3 Order/o1 2"]);
    let kept = wait(store.outcome(&stream("o1"), Uuid::from_u64_pair(3, 4))).unwrap();
    assert_eq!(kept, Some(outcome("o1", 3)));
}

#[test]
fn units_of_one_call_are_judged_alone() {
    let folder = Folder::new();
    let store = folder.open();
    let checkpoint = |expected, position| CheckpointWrite {
        consumer: "counts".into(),
        expected: Position(expected),
        position: Position(position),
        fingerprint: "f".into(),
    };
    let mut future = accepted("o1", 3, 9);
    future.appends[0].events[0].time.0 = i64::MAX;
    let twice = {
        let mut unit = append("o3", Expected::Empty, vec![event("OrderPlaced.v1", 10)]);
        let second = append("o3", Expected::Exists, vec![event("OrderPlaced.v1", 11)]);
        unit.appends.extend(second.appends);
        unit
    };
    let units = vec![
        accepted("o1", 1, 1),
        accepted("o1", 1, 2),
        accepted("o1", 2, 3),
        accepted("o1", 3, 1),
        append("o2", Expected::Exists, vec![event("OrderPlaced.v1", 4)]),
        append("o1", Expected::Empty, vec![event("OrderPlaced.v1", 5)]),
        append("o1", Expected::Any, vec![event("A.v1", 6), event("B.v2", 7)]),
        Unit { checkpoint: Some(checkpoint(0, 4)), ..Unit::default() },
        Unit { checkpoint: Some(checkpoint(0, 5)), ..accepted("o9", 1, 8) },
        future,
        append("o1", Expected::Any, Vec::new()),
        twice,
        Unit { outcome: Some(outcome("nobody", 12)), ..Unit::default() },
    ];
    insta::assert_snapshot!(lines(&commit(&store, units)));
    assert_eq!(wait(store.head()).unwrap(), Position(6));
}

#[test]
fn an_unforeseen_error_takes_down_only_its_own_unit() {
    let folder = Folder::new();
    let store = folder.open();
    let unit = |number: u64| {
        let name = if number.is_multiple_of(5) { "Poison.v1" } else { "Good.v1" };
        append("o1", Expected::Any, vec![event(name, number)])
    };
    // A rule of somebody else's, of which we know nothing: one event of that type is enough.
    commit(&store, vec![unit(0)]);
    let rule = "CREATE UNIQUE INDEX poison ON event_store (event_type) \
                WHERE event_type = 'Poison.v1'";
    sql(&folder.db(), rule);
    insta::assert_snapshot!(lines(&commit(&store, (1..=11).map(unit).collect())));
    let numbers =
        sql(&folder.db(), "SELECT group_concat(position || ':' || version) FROM event_store");
    assert_eq!(numbers, "1:1,2:2,3:3,4:4,5:5,6:6,7:7,8:8,9:9,10:10\n");
}

#[test]
fn nothing_in_the_log_can_be_changed() {
    let folder = Folder::new();
    let store = folder.open();
    let mut tagged = accepted("o1", 2, 2);
    tagged.appends[0].events[0].tags = vec!["customer:7".into(), "coupon:\"5\"".into()].into();
    commit(&store, vec![accepted("o1", 1, 1), tagged]);
    let columns = "position, id, stream, aggregate, aggregate_id, version, event_type, time, \
                   encoding, data, correlation_id";
    let row = |position: u64, version: u64| {
        format!(
            "INSERT OR REPLACE INTO event_store ({columns}) \
             VALUES ({position}, x'00', 1, 'Order', 'o1', {version}, 'X.v1', 't', 0, x'00', x'00')"
        )
    };
    let tries = [
        "UPDATE event_store SET data = x'00'".to_owned(),
        "DELETE FROM event_store".to_owned(),
        "UPDATE annals_streams SET aggregate_id = 'o2'".to_owned(),
        "DELETE FROM annals_streams".to_owned(),
        "UPDATE annals_outcomes SET outcome = x'00'".to_owned(),
        "DELETE FROM annals_outcomes".to_owned(),
        "UPDATE annals_tags SET tag = 'other'".to_owned(),
        "DELETE FROM annals_tags".to_owned(),
        row(2, 2),
        row(3, 2),
        row(4, 3),
        row(3, 4),
    ];
    let before = sql(&folder.db(), "SELECT * FROM annals_events");
    let shown: String = tries.iter().map(|text| sql(&folder.db(), text)).collect();
    insta::assert_snapshot!(shown);
    assert_eq!(sql(&folder.db(), "SELECT * FROM annals_events"), before);
    insta::assert_snapshot!("for_people", before);
}

#[test]
fn every_query_gives_what_filtering_the_whole_log_gives() {
    let folder = Folder::new();
    let store = folder.open();
    let names = ["A.v1", "A.v2", "B.v1", "AB.v1"];
    let units = (1..=60_u64).map(|number| {
        let mut event = event(names[usize::try_from(number % 4).unwrap()], number);
        let tags = [(2, "t:two"), (3, "t:three")].into_iter();
        let tags = tags.filter(|(every, _)| number.is_multiple_of(*every));
        event.tags = tags.map(|(_, tag)| tag.into()).collect();
        let aggregate = if number.is_multiple_of(5) { "saga-Order" } else { "Order" };
        let stream = StreamId::new(aggregate, format!("o{}", number % 7));
        let appends = vec![Append { stream, expected: Expected::Any, events: vec![event] }];
        Unit { appends, ..Unit::default() }
    });
    commit(&store, units.collect());
    let all = wait(store.read_log(LogQuery { limit: 100, ..LogQuery::default() })).unwrap();
    assert_eq!(all.len(), 60);
    let mut compared = 0;
    for bits in 0..512_u32 {
        for (after, limit) in [(0, 100), (0, 3), (31, 100), (31, 2), (60, 5)] {
            let on = |bit: u32| bits & (1 << bit) != 0;
            let query = LogQuery {
                after: Position(after),
                limit,
                backward: on(0),
                names: match (on(1), on(2)) {
                    (false, _) => Vec::new(),
                    (true, false) => vec!["A".into()],
                    (true, true) => vec!["B".into(), "A".into(), "Missing".into()],
                },
                stream: on(3).then(|| stream("o3")),
                correlation_id: on(4).then(|| Uuid::from_u64_pair(1, 2)),
                without_sagas: on(5),
                aggregate: on(6).then(|| "Order".into()),
                tags: match (on(7), on(8)) {
                    (false, false) => Vec::new(),
                    (true, false) => vec!["t:two".into()],
                    (false, true) => vec!["t:three".into()],
                    (true, true) => vec!["t:three".into(), "t:two".into()],
                },
            };
            let mut wanted: Vec<_> = all.iter().filter(|e| matches(&query, e)).cloned().collect();
            if query.backward {
                wanted.reverse();
            }
            wanted.truncate(limit);
            assert_eq!(wait(store.read_log(query.clone())).unwrap(), wanted, "{query:?}");
            compared += wanted.len();
        }
    }
    assert!(compared > 1000, "{compared}");
}

fn matches(query: &LogQuery, event: &annals_core::RecordedEvent) -> bool {
    let after = query.after;
    let placed = if query.backward {
        after.0 == 0 || event.position < after
    } else {
        event.position > after
    };
    let about = &event.event.metadata;
    placed
        && (query.names.is_empty() || query.names.contains(&event.event.type_.name))
        && query.stream.as_ref().is_none_or(|stream| *stream == event.stream)
        && query.aggregate.as_ref().is_none_or(|aggregate| *aggregate == event.stream.aggregate)
        && query.tags.iter().all(|tag| event.event.tags.contains(tag))
        && query.correlation_id.is_none_or(|id| id == about.correlation_id)
        && !(query.without_sagas && event.stream.aggregate.starts_with("saga-"))
}

#[test]
fn streams_positions_and_snapshots() {
    let folder = Folder::new();
    let store = folder.open();
    let stored = commit(&store, (1..=9).map(|n| accepted("o1", n, n)).collect());
    assert!(stored.iter().all(Result::is_ok));
    let page = wait(store.read_stream(&stream("o1"), Version(3), 4)).unwrap();
    assert_eq!(page.iter().map(|e| e.version.0).collect::<Vec<_>>(), [4, 5, 6, 7]);
    let some = wait(store.read_at([7, 2, 99, 2].map(Position).to_vec())).unwrap();
    assert_eq!(some.iter().map(|e| e.position.0).collect::<Vec<_>>(), [2, 7]);
    let snapshot = |version, fingerprint: &str| Snapshot {
        stream: stream("o1"),
        version: Version(version),
        fingerprint: fingerprint.into(),
        state: (*b"{}").into(),
    };
    let kept = |snapshots| {
        wait(store.keep_snapshots(snapshots)).unwrap();
        wait(store.snapshot(&stream("o1"))).unwrap().unwrap()
    };
    assert_eq!(kept(vec![snapshot(5, "f"), snapshot(4, "f")]), snapshot(5, "f"));
    assert_eq!(kept(vec![snapshot(4, "g")]), snapshot(4, "g"));
    assert_eq!(wait(store.snapshot(&stream("o2"))).unwrap(), None);
}

#[test]
fn calls_side_by_side_each_get_their_own_verdicts() {
    let folder = Folder::new();
    let store = std::sync::Arc::new(folder.open());
    let race = |number: u64| {
        let store = std::sync::Arc::clone(&store);
        async move {
            let own = accepted(&format!("own-{number}"), 1, number);
            let contested = append("one", Expected::Empty, vec![event("A.v1", 1000 + number)]);
            store.commit(vec![contested, own]).await.unwrap()
        }
    };
    let won = wait(async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=64 {
            tasks.spawn(race(number));
        }
        let all = tasks.join_all().await;
        assert!(all.iter().all(|verdicts| verdicts.len() == 2 && verdicts[1].is_ok()));
        all.iter().filter(|verdicts| verdicts[0].is_ok()).count()
    });
    assert_eq!(won, 1);
    assert_eq!(wait(store.head()).unwrap(), Position(65));
}
