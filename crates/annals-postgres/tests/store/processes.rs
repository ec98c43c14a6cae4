//! Several writers and readers on one log, as several processes are: each store has sessions of its
//! own.

use std::sync::Arc;
use std::time::Duration;

use annals_conformance::linearizable_across;
use annals_core::{EventType, Position, RecordedEvent};
use annals_postgres::{OpenOptions, PostgresStore};
use annals_runtime::Subscription;
use annals_runtime::ports::{Books, EventStore, LogQuery, Store, StoreError};

use crate::common::{beside, command, fresh_url, open, person, schema, soon, take};
use crate::proxy::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn positions_and_versions_are_dense_with_many_processes() {
    let url = fresh_url();
    let store = open(&url).await;
    let mut writers = tokio::task::JoinSet::new();
    for process in 0..4_u64 {
        let store = beside(&url).await;
        writers.spawn(async move {
            for number in 0..50 {
                let id = ["a", "b", "c"][usize::try_from(number % 3).unwrap()];
                take(&*store, command(id, process * 1000 + number + 1)).await;
            }
        });
    }
    let follow: Arc<dyn Store> = store.clone();
    let mut follow = Subscription::new(follow, LogQuery::default());
    let mut seen: Vec<RecordedEvent> = Vec::new();
    while seen.len() < 200 {
        seen.extend(soon("an event", follow.next()).await.unwrap().events);
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    let mut versions = std::collections::HashMap::new();
    for (event, position) in seen.iter().zip(1..) {
        assert_eq!(event.position, Position(position), "read once, in order");
        let version = versions.entry(event.stream.clone()).or_insert(0);
        *version += 1;
        assert_eq!(event.version.0, *version, "order in streams never inverts");
    }
    assert_eq!(store.head().await.unwrap(), Position(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_explains_what_clients_of_four_processes_are_told() {
    for seed in 0..3 {
        let url = fresh_url();
        let mut stores: Vec<Arc<dyn Store>> = vec![open(&url).await];
        for _ in 0..3 {
            stores.push(beside(&url).await);
        }
        linearizable_across(seed, &stores, 60).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_committer_another_process_that_holds_the_lock_hides_nothing() {
    let url = fresh_url();
    let store = open(&url).await;
    take(&*store, command("a", 1)).await;
    // Whoever appends holds the log's lock till its commit: so does this one, for as long as it
    // likes, and then it rolls back (a hole, were positions given by a sequence).
    for end in ["ROLLBACK", "COMMIT"] {
        let before = store.head().await.unwrap();
        let slow = person(&url).await;
        slow.batch_execute("BEGIN; SELECT FROM annals_log FOR UPDATE").await.unwrap();
        let quick = tokio::spawn({
            let (store, number) = (store.clone(), before.0 + 1);
            async move { take(&*store, command("b", number)).await }
        });
        // It waits for the lock, and meanwhile nobody sees anything of it.
        let waits = "SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', \
                     'tuple')";
        let watcher = person(&url).await;
        while watcher.query(waits, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.head().await.unwrap(), before);
        slow.batch_execute(end).await.unwrap();
        let committed = soon("the commit", quick).await.unwrap();
        assert_eq!(committed.appends[0].0, Position(before.0 + 1), "no hole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_transaction_stall_open_transactions_of_others_delay_nothing() {
    let url = fresh_url();
    let store = open(&url).await;
    let (writing, locking) = (person(&url).await, person(&url).await);
    writing.batch_execute("BEGIN; CREATE TABLE other (id integer)").await.unwrap();
    writing.batch_execute("INSERT INTO other VALUES (1)").await.unwrap();
    locking.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(42)").await.unwrap();
    let snapshot = person(&url).await;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM event_store";
    snapshot.batch_execute(begin).await.unwrap();
    let follow: Arc<dyn Store> = beside(&url).await;
    let mut follow = Subscription::new(follow, LogQuery::default());
    take(&*store, command("a", 1)).await;
    let page = soon("the event", follow.next()).await.unwrap();
    assert_eq!(page.events.len(), 1);
    for client in [writing, locking, snapshot] {
        client.batch_execute("ROLLBACK").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_commits_ends_a_wait() {
    let url = fresh_url();
    let (here, there) = (open(&url).await, beside(&url).await);
    for number in 1..=3 {
        let wait = tokio::spawn({
            let here = here.clone();
            async move { here.beyond(Position(number - 1)).await }
        });
        take(&*there, command("a", number)).await;
        let head = soon("the head", wait).await.unwrap().unwrap();
        assert_eq!(head, Position(number));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_anybody_says_of_the_head_is_not_believed() {
    let url = fresh_url();
    let (here, there) = (open(&url).await, beside(&url).await);
    take(&*here, command("a", 1)).await;
    let waiting = tokio::spawn({
        let here = here.clone();
        async move { here.beyond(Position(1)).await }
    });
    let person = person(&url).await;
    let channel = format!("annals_{}", schema(&url));
    for said in ["999999", "-1", "x", ""] {
        person.query("SELECT pg_notify($1, $2)", &[&channel, &said]).await.unwrap();
    }
    take(&*there, command("a", 2)).await;
    let head = soon("the head", waiting).await.unwrap().unwrap();
    assert_eq!(head, Position(2));
    take(&*here, command("a", 3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_within_a_transaction_is_ended_in_two_seconds() {
    let url = fresh_url();
    let store = open(&url).await;
    // As our own sessions are told at their start, and no more.
    let stopped = person(&url).await;
    stopped.batch_execute("SET idle_in_transaction_session_timeout = '1500ms'").await.unwrap();
    stopped.batch_execute("BEGIN; SELECT FROM annals_log FOR UPDATE").await.unwrap();
    // Two seconds, and one for the commit itself beside other tests.
    let taken = take(&*store, command("a", 1));
    let taken = tokio::time::timeout(Duration::from_secs(2 + 1), taken).await;
    taken.expect("a commit within two seconds and one");
    assert!(stopped.batch_execute("COMMIT").await.is_err(), "it was ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_between_the_last_bytes_of_an_append_is_ended() {
    let (url, network) = (fresh_url(), Proxy::start());
    let (store, stopped) = (open(&url).await, beside(&network.through(&url)).await);
    take(&*stopped, command("b", 1)).await;
    network.stop_before_sync();
    let lost = tokio::spawn(async move { stopped.commit(vec![command("b", 2)]).await });
    let holds = "SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                 WHERE relation = 'annals_log'::regclass AND wait_event = 'ClientRead'";
    let client = person(&url).await;
    let held = async {
        while client.query(holds, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon("the lock", held).await;
    soon("the commit", take(&*store, command("a", 3))).await;
    let lost = soon("its answer", lost).await.unwrap();
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_eq!(store.head().await.unwrap(), Position(2), "it was rolled back");
}

/// The server's process that holds the engine's lock of a schema.
const HOLDER: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted \
    AND (classid::bigint << 32) | objid::bigint = \
        hashtextextended('annals engine ' || current_schema(), 0)";

#[tokio::test(flavor = "multi_thread")]
async fn one_engine_runs_at_a_time_and_goes_on_when_its_session_breaks() {
    let url = fresh_url();
    let engine = open(&url).await;
    let second = PostgresStore::open(&url, OpenOptions::default()).await.unwrap_err().to_string();
    let names_it = format!("process {} runs the engine", std::process::id());
    assert!(second.contains(&names_it), "{second}");
    let client = person(&url).await;
    let first: i32 = client.query_one(HOLDER, &[]).await.unwrap().get(0);
    client.query("SELECT pg_terminate_backend($1, 5000)", &[&first]).await.unwrap();
    let again = async {
        loop {
            let rows = client.query(HOLDER, &[]).await.unwrap();
            if rows.first().is_some_and(|row| row.get::<_, i32>(0) != first) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the lock", again).await;
    take(&*engine, command("a", 1)).await;
    drop(engine);
    let next = async {
        while PostgresStore::open(&url, OpenOptions::default()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon("the next engine", next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_not_brought_up_to_date_under_an_engine_that_runs() {
    let url = fresh_url();
    let running = open(&url).await;
    let client = person(&url).await;
    let version = "SELECT max(version) FROM annals_migrations";
    let latest: i32 = client.query_one(version, &[]).await.unwrap().get(0);
    // As if it were of an older version.
    let older = "DELETE FROM annals_migrations WHERE version = $1";
    client.execute(older, &[&latest]).await.unwrap();
    let made = "SELECT oid::bigint FROM pg_proc \
        WHERE proname = 'annals_extend' AND pronamespace = current_schema()::regnamespace";
    let before: i64 = client.query_one(made, &[]).await.unwrap().get(0);
    let newer = PostgresStore::open(&url, OpenOptions::default()).await.unwrap_err();
    assert!(newer.to_string().contains("runs the engine"), "{newer}");
    assert_eq!(client.query_one(version, &[]).await.unwrap().get::<_, i32>(0), latest - 1);
    assert_eq!(client.query_one(made, &[]).await.unwrap().get::<_, i64>(0), before);
    take(&*running, command("a", 1)).await;
    drop(running);
    take(&*open(&url).await, command("a", 2)).await;
    assert_eq!(client.query_one(version, &[]).await.unwrap().get::<_, i32>(0), latest);
    assert_ne!(client.query_one(made, &[]).await.unwrap().get::<_, i64>(0), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_another_has_replaced_commits_nothing_more() {
    let url = fresh_url();
    let engine = open(&url).await;
    take(&*engine, command("a", 1)).await;
    // Its session ends, and somebody else is quicker.
    let other = person(&url).await;
    let take_over = "SELECT pg_terminate_backend(pid, 5000), \
                     pg_advisory_lock(hashtextextended('annals engine ' || current_schema(), 0)) \
                     FROM (SELECT $1::integer AS pid) p";
    let holder: i32 = other.query_one(HOLDER, &[]).await.unwrap().get(0);
    other.query(take_over, &[&holder]).await.unwrap();
    let mut number = 1;
    let closed = async {
        loop {
            number += 1;
            match engine.commit(vec![command("a", number)]).await {
                Err(error @ StoreError::Closed(_)) => return error.to_string(),
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let closed = soon("the end", closed).await;
    assert!(closed.contains("runs the engine"), "{closed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_goes_on_when_the_server_does_not_notice_that_its_session_broke() {
    let (url, network) = (fresh_url(), Proxy::start());
    let engine = open(&network.through(&url)).await;
    let client = person(&url).await;
    let first: i32 = client.query_one(HOLDER, &[]).await.unwrap().get(0);
    network.cut();
    let mut number = 0;
    let again = async {
        let is_first = |row: &tokio_postgres::Row| row.get::<_, i32>(0) == first;
        while client.query_opt(HOLDER, &[]).await.unwrap().is_none_or(|row| is_first(&row)) {
            number += 1;
            match engine.commit(vec![command("a", number)]).await {
                Ok(_) | Err(StoreError::Unavailable(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    soon("another session with the lock", again).await;
    take(&*engine, command("b", 1_000_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_starts_behind_one_whose_end_the_server_has_not_noticed_yet() {
    let url = fresh_url();
    let engine = open(&url).await;
    let opening = tokio::spawn({
        let url = url.clone();
        async move { PostgresStore::open(&url, OpenOptions::default()).await }
    });
    let client = person(&url).await;
    let waits = HOLDER.replace("AND granted", "AND NOT granted");
    let waiting = async {
        while client.query(&waits, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon("the wait", waiting).await;
    drop(engine);
    take(&opening.await.unwrap().unwrap(), command("a", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_engine_appends_what_an_immediate_projection_reads() {
    let url = fresh_url();
    let (engine, other) = (open(&url).await, beside(&url).await);
    let fact = ("immediate".to_owned(), "[\"OrderPlaced\"]".to_owned());
    engine.remember(vec![fact]).await.unwrap();
    let mut free = command("b", 2);
    free.appends[0].events[0].type_ = EventType::new("OrderSeen", 1);
    let verdicts = other.commit(vec![command("a", 1), free]).await.unwrap();
    let told = format!("{:?}", verdicts[0].as_ref().err());
    assert!(told.contains("Unstorable") && told.contains("to the engine"), "{told}");
    assert!(verdicts[1].is_ok(), "alone: {verdicts:?}");
    take(&*engine, command("a", 1)).await;
}
