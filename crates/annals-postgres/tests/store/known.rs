//! What the engine knows of a stream's end spares the server a look. Knowing too little costs a
//! call and nothing else.

use annals_conformance::{row_write, table};
use annals_core::{Cell, Position, Timestamp, Version};
use annals_postgres::PostgresStore;
use annals_runtime::ports::{
    Books, CheckpointWrite, Condition, Criterion, EventStore, Expected, LogQuery, Refusal, Retry,
    RowWrite, Unit,
};

use crate::common::{beside, command, fresh_url, open, person, take};

const EXTEND: &str = include_str!("../../src/schema/annals_extend_v9.sql");

/// Has the function leave its mark on the commits that go through it.
async fn marked(url: &str) -> tokio_postgres::Client {
    let client = person(url).await;
    assert!(EXTEND.contains("pg_backend_pid()"));
    let marked = EXTEND.replace("pg_backend_pid()", "-1");
    client.batch_execute(&marked).await.unwrap();
    client
}

async fn unjudged(client: &tokio_postgres::Client) -> i64 {
    let sql = "SELECT count(*) FROM annals_commits WHERE writer = -1";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// The command, where its stream is at that version.
fn at(id: &str, number: u64, version: u64) -> Unit {
    let mut unit = command(id, number);
    unit.appends[0].expected = Expected::Exactly(Version(version));
    unit
}

async fn refused(store: &PostgresStore, unit: Unit) -> Refusal {
    store.commit(vec![unit]).await.unwrap().pop().unwrap().unwrap_err()
}

/// After a call that was refused so many are judged: past them.
async fn calm(store: &PostgresStore, from: u64) {
    for number in from..from + 20 {
        take(store, command("calm", number)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_knows_is_not_asked_again() {
    let url = fresh_url();
    let store = open(&url).await;
    let client = marked(&url).await;
    // The first event of a type lists it, which is the other function's work.
    take(&*store, command("a", 1)).await;
    assert_eq!(unjudged(&client).await, 0);
    let two = vec![at("a", 2, 1), at("a", 3, 2), at("b", 4, 0)];
    let verdicts = store.commit(two).await.unwrap();
    let places: Vec<_> = verdicts.into_iter().map(|it| it.unwrap().appends[0]).collect();
    let place = |position, version| (Position(position), Version(version));
    assert_eq!(places, [place(2, 2), place(3, 3), place(4, 1)]);
    assert_eq!(unjudged(&client).await, 1);
    // What it hasn't seen itself is looked up, and no more.
    let other = beside(&url).await;
    take(&*other, command("c", 5)).await;
    assert_eq!(take(&*store, at("c", 6, 1)).await.appends, [place(6, 2)]);
    assert_eq!(unjudged(&client).await, 2);
    let log = store.read_log(LogQuery { limit: 9, ..LogQuery::default() }).await.unwrap();
    let versions: Vec<_> = log.iter().map(|it| (&*it.stream.id, it.version.0)).collect();
    assert_eq!(versions, [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("c", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_knows_too_little_is_put_right_by_the_server() {
    let url = fresh_url();
    let store = open(&url).await;
    let client = marked(&url).await;
    take(&*store, command("a", 1)).await;
    let other = beside(&url).await;
    take(&*other, command("a", 2)).await;
    let conflict = |actual| Refusal::Conflict {
        stream: annals_conformance::stream("a"),
        actual: Version(actual),
    };
    // As it knows the stream, and as it is: the unit beside it is committed.
    let verdicts = store.commit(vec![at("a", 3, 1), at("b", 4, 0)]).await.unwrap();
    assert_eq!(verdicts[0], Err(conflict(2)));
    assert_eq!(verdicts[1].as_ref().unwrap().appends, [(Position(3), Version(1))]);
    calm(&store, 100).await;
    // A version that nobody has written would leave a hole.
    assert_eq!(refused(&store, at("a", 5, 7)).await, conflict(2));
    calm(&store, 200).await;
    // Wherever the stream is: behind what it didn't know.
    take(&*other, command("a", 6)).await;
    let last = store.head().await.unwrap();
    let placed = take(&*store, command("a", 7)).await.appends;
    assert_eq!(placed, [(Position(last.0 + 1), Version(4))]);
    calm(&store, 300).await;
    // A command that comes again.
    let Refusal::Duplicate(first) = refused(&store, command("a", 7)).await else {
        panic!("the first outcome is told");
    };
    assert_eq!(first.command_id, command("a", 7).outcome.unwrap().command_id);
    assert!(unjudged(&client).await > 3);
    let log = store.read_log(LogQuery { limit: 999, ..LogQuery::default() }).await.unwrap();
    assert!(log.iter().zip(1..).all(|(event, position)| event.position == Position(position)));
    let mut versions = std::collections::HashMap::new();
    for event in &log {
        let version = versions.entry(event.stream.clone()).or_insert(0);
        *version += 1;
        assert_eq!(event.version.0, *version);
    }
}

/// A consumer's unit: its checkpoint, a row of what it has seen, an entry of its books.
fn consumed(from: u64, to: u64) -> Unit {
    let checkpoint = CheckpointWrite {
        consumer: "summary".into(),
        expected: Position(from),
        position: Position(to),
        fingerprint: "1".into(),
    };
    let row = RowWrite { position: Some(Position(to)), ..row_write("all", to as i64) };
    let retry = Retry {
        consumer: "summary".into(),
        position: Position(to),
        attempts: 1,
        due: Timestamp(0),
        reason: "later".into(),
    };
    Unit {
        checkpoint: Some(checkpoint),
        rows: vec![row],
        retries: vec![retry],
        retries_done: vec![("summary".into(), Position(from))],
        ..Unit::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_consumer_brings_goes_unjudged_where_its_checkpoint_is_as_it_says() {
    let url = fresh_url();
    let store = open(&url).await;
    store.prepare("orders", vec![table("summary")]).await.unwrap();
    let client = marked(&url).await;
    take(&*store, command("a", 1)).await;
    take(&*store, consumed(0, 1)).await;
    assert_eq!(unjudged(&client).await, 0);
    let mut own = at("a", 3, 1);
    own.rows = vec![row_write("own", 3)];
    let verdicts = store.commit(vec![at("b", 2, 0), consumed(1, 2), own]).await.unwrap();
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!(unjudged(&client).await, 1);
    let of = async |key: &str| {
        let row = store.row("summary", &Cell::Text(key.into())).await.unwrap();
        row.map(|(cells, position)| (cells[1].clone(), position.0))
    };
    assert_eq!(of("all").await, Some((Cell::Int(2), 2)));
    // Where nothing else is said, a row is changed by its unit's last event.
    assert_eq!(of("own").await, Some((Cell::Int(3), 3)));
    let checkpoint = store.checkpoint("summary").await.unwrap().unwrap();
    assert_eq!(checkpoint.position, Position(2));
    let retries = store.retries("summary").await.unwrap();
    assert_eq!(retries.iter().map(|it| it.position.0).collect::<Vec<_>>(), [2]);
    // Another process has taken over: nothing of the consumer's is written, and of others all.
    let moved = "UPDATE annals_checkpoints SET position = 3";
    client.execute(moved, &[]).await.unwrap();
    let verdicts = store.commit(vec![at("c", 4, 0), consumed(2, 4)]).await.unwrap();
    assert_eq!(verdicts[0].as_ref().unwrap().appends, [(Position(4), Version(1))]);
    let stale = Refusal::StaleCheckpoint { consumer: "summary".into(), actual: Position(3) };
    assert_eq!(verdicts[1], Err(stale));
    assert_eq!(of("all").await, Some((Cell::Int(2), 2)));
    assert_eq!(unjudged(&client).await, 1);
}

/// The command, where no event with the tag has come behind a position; it carries the tag too.
fn on_none(id: &str, number: u64, tag: &str, after: u64) -> Unit {
    let mut unit = at(id, number, 0);
    unit.appends[0].events[0].tags = [tag.into()].into();
    let none_of = vec![Criterion { names: vec![], tags: vec![tag.into()] }];
    Unit { condition: Some(Condition { none_of, after: Position(after) }), ..unit }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_is_asked_for_where_nothing_else_is_judged() {
    let url = fresh_url();
    let store = open(&url).await;
    let client = marked(&url).await;
    take(&*store, command("a", 1)).await;
    let both = vec![on_none("b", 2, "seat:1", 1), on_none("c", 3, "seat:2", 0)];
    let verdicts = store.commit(both).await.unwrap();
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!(unjudged(&client).await, 1);
    // The seat was taken at 2, by this process or another: the unit beside it is committed.
    let other = beside(&url).await;
    let mut taken = command("d", 4);
    taken.appends[0].events[0].tags = ["seat:3".into()].into();
    take(&*other, taken).await;
    for (number, seat, place) in [(5, "seat:1", 2), (6, "seat:3", 4)] {
        let free = at("a", number + 10, number - 4);
        let verdicts = store.commit(vec![free, on_none("e", number, seat, 1)]).await.unwrap();
        assert_eq!(verdicts[1], Err(Refusal::Matched { position: Position(place) }));
        assert_eq!(
            verdicts[0].as_ref().unwrap().appends,
            [(Position(number), Version(number - 3))]
        );
    }
    assert_eq!(unjudged(&client).await, 1);
    // Of the two calls that are judged behind the first one is left; the streams are still known.
    for number in 20..24 {
        take(&*store, at("a", number, number - 17)).await;
    }
    assert_eq!(unjudged(&client).await, 4);
    take(&*store, on_none("e", 30, "seat:1", 2)).await;
    assert_eq!(unjudged(&client).await, 5);
    // Two units of one call for one seat: the second is told of the first.
    let both = vec![on_none("f", 31, "seat:4", 11), on_none("g", 32, "seat:4", 11)];
    let verdicts = store.commit(both).await.unwrap();
    assert_eq!(verdicts[1], Err(Refusal::Matched { position: Position(12) }));
    assert!(verdicts[0].is_ok());
}

/// The command, with a row that was folded on one of a position.
fn folded(id: &str, number: u64, key: &str, read: u64) -> Unit {
    let row = RowWrite { read: Some(Position(read)), ..row_write(key, number as i64) };
    Unit { rows: vec![row], ..at(id, number, 0) }
}

/// The same, on what an earlier unit of its call is about to leave behind a head.
fn chained(id: &str, number: u64, key: &str, (read, head): (u64, u64)) -> Unit {
    Unit { rows_on: Some(Position(head)), ..folded(id, number, key, read) }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_where_they_were_read_go_unjudged() {
    let url = fresh_url();
    let store = open(&url).await;
    store.prepare("orders", vec![table("summary"), table("other")]).await.unwrap();
    let client = marked(&url).await;
    take(&*store, command("a", 1)).await;
    let position = async |key: &str| {
        let row = store.row("summary", &Cell::Text(key.into())).await.unwrap();
        row.map(|(_, position)| position.0)
    };
    // The second and the third are folded on what the ones before are about to leave.
    let mut both = chained("d", 4, "s", (0, 1));
    both.rows.extend(folded("d", 4, "r", 3).rows);
    both.rows.push(RowWrite { projection: "other".into(), ..both.rows[0].clone() });
    let units = vec![folded("b", 2, "r", 0), chained("c", 3, "r", (2, 1)), both];
    let verdicts = store.commit(units).await.unwrap();
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!(unjudged(&client).await, 1);
    assert_eq!((position("r").await, position("s").await), (Some(4), Some(4)));
    // Where another process has appended, what was to be left is left behind its event.
    let other = beside(&url).await;
    take(&*other, command("z", 5)).await;
    let units =
        vec![folded("e", 6, "r", 4), chained("f", 7, "r", (5, 4)), chained("g", 8, "r", (6, 4))];
    let verdicts = store.commit(units).await.unwrap();
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!((unjudged(&client).await, position("r").await), (2, Some(8)));
    // It was changed since; and a unit is refused that others were folded on, in their call and in
    // none.
    let stale = |key: &str| {
        let (projection, key) = ("summary".into(), Cell::Text(key.into()));
        Err(Refusal::StaleRow { projection, key })
    };
    let verdicts =
        store.commit(vec![folded("h", 9, "r", 4), folded("i", 10, "s", 4)]).await.unwrap();
    assert_eq!(verdicts[0], stale("r"));
    assert_eq!(verdicts[1].as_ref().unwrap().appends, [(Position(9), Version(1))]);
    calm(&store, 100).await;
    let head = store.head().await.unwrap().0;
    take(&*other, command("z", 11)).await;
    let mut conflicts = chained("k", 13, "r", (head + 1, head));
    conflicts.appends[0].expected = Expected::Exactly(Version(7));
    let units = vec![
        folded("j", 12, "r", 8),
        conflicts,
        chained("l", 14, "r", (head + 2, head)),
        chained("m", 15, "r", (head + 3, head)),
    ];
    let verdicts = store.commit(units).await.unwrap();
    assert!(verdicts[0].is_ok() && verdicts[1].is_err(), "{verdicts:?}");
    assert_eq!(verdicts[2..], [stale("r"), stale("r")]);
    calm(&store, 200).await;
    assert_eq!(
        refused(&store, chained("n", 16, "r", (head + 2, head))).await,
        stale("r").unwrap_err()
    );
    assert_eq!(position("r").await, Some(head + 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_engine_is_believed() {
    let url = fresh_url();
    let _store = open(&url).await;
    let client = person(&url).await;
    let allowed = "SELECT has_function_privilege($1, oid, 'EXECUTE') FROM pg_proc \
        WHERE proname = 'annals_extend' AND pronamespace = current_schema()::regnamespace";
    for (role, may) in [("annals_projections", true), ("annals_application", false)] {
        let row = client.query_one(allowed, &[&role]).await.unwrap();
        assert_eq!(row.get::<_, bool>(0), may, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_touches_the_partitions_of_its_streams_only() {
    let url = fresh_url();
    open(&url).await;
    let mut client = person(&url).await;
    let transaction = client.transaction().await.unwrap();
    // As every session of ours has it.
    transaction.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
    let extend = "SELECT annals_extend('{Order}', '{a}', '{}', '{}', '{1}', '{1}', \
        ARRAY[gen_random_uuid()], '{OrderPlaced.v1}', ARRAY[now()], '{x}', \
        ARRAY[gen_random_uuid()], '{null}', '{null}', '{null}', '{null}', '{null}', '{}', '{}', \
        '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
        '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
        '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";
    transaction.query_one(extend, &[]).await.unwrap();
    let locked = "SELECT count(DISTINCT l.relation) FROM pg_locks l \
        JOIN pg_inherits i ON i.inhrelid = l.relation AND i.inhparent = 'event_store'::regclass \
        WHERE l.pid = pg_backend_pid()";
    let count: i64 = transaction.query_one(locked, &[]).await.unwrap().get(0);
    assert_eq!(count, 1, "of eight: a query that nobody asks isn't set up");
}
