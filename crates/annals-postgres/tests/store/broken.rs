//! A store that locks and judges in one statement, as a double that has to be caught: a statement's
//! snapshot is older than the lock that it waits for, so that it judges by what was there before.

use std::sync::Arc;

use annals_postgres::PostgresStore;
use annals_runtime::ports::{Condition, Criterion, EventStore, LogQuery, Refusal};
use tokio::sync::Barrier;

use crate::common::{beside, command, fresh_url, open, person};

const COMMIT: &str = include_str!("../../src/schema/annals_commit_v9.sql");
const APPEND: &str = include_str!("../../src/schema/annals_append.sql");
const LOCK: &str = "PERFORM 1 FROM annals_log WHERE single FOR UPDATE;";

/// Replaces the functions of a store: the lock is taken by the statement that looks for matches.
async fn break_it(url: &str) {
    let both = "WITH locked AS MATERIALIZED (SELECT FROM annals_log WHERE single FOR UPDATE)
        SELECT annals_first_matches(9223372036854775807, q_after, q_tag, q_tags, q_names)
        INTO found_at FROM (SELECT count(*) FROM locked) one;";
    let judged = "found_at := annals_first_matches(head, q_after, q_tag, q_tags, q_names);";
    assert!(COMMIT.contains(LOCK) && COMMIT.contains(judged) && APPEND.contains(LOCK));
    let commit = COMMIT.replace(judged, "NULL;").replace(LOCK, both);
    let replaced = |text: &str| text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION");
    let client = person(url).await;
    client.batch_execute(&replaced(&commit)).await.unwrap();
    client.batch_execute(&replaced(&APPEND.replace(LOCK, ""))).await.unwrap();
}

/// Of so many tags, those that more than one of four processes got, each of which had seen that
/// nobody had it.
async fn taken_twice(url: &str, tags: u64) -> usize {
    let mut processes = tokio::task::JoinSet::new();
    let barrier = Arc::new(Barrier::new(4));
    for process in 0..4 {
        let (store, barrier) = (beside(url).await, barrier.clone());
        processes.spawn(async move {
            for tag in 0..tags {
                barrier.wait().await;
                claim(&store, tag, process * tags + tag + 1).await;
            }
        });
    }
    while let Some(done) = processes.join_next().await {
        done.unwrap();
    }
    let store = beside(url).await;
    let mut twice = 0;
    for tag in 0..tags {
        let tags = vec![format!("seat:{tag}").into()];
        let query = LogQuery { limit: 9, tags, ..LogQuery::default() };
        let owners = store.read_log(query).await.unwrap().len();
        assert_ne!(owners, 0, "somebody gets it");
        twice += usize::from(owners > 1);
    }
    twice
}

async fn claim(store: &PostgresStore, tag: u64, number: u64) {
    let tag: Arc<str> = format!("seat:{tag}").into();
    let mut unit = command(&format!("order-{number}"), number);
    unit.appends[0].events[0].tags = [tag.clone()].into();
    let criterion = Criterion { names: Vec::new(), tags: vec![tag] };
    unit.condition = Some(Condition { none_of: vec![criterion], ..Condition::default() });
    let verdict = store.commit(vec![unit]).await.unwrap().pop().unwrap();
    assert!(matches!(verdict, Ok(_) | Err(Refusal::Matched { .. })), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn boundary_race_of_processes_and_a_store_that_locks_and_judges_in_one_statement() {
    let url = fresh_url();
    let _engine = open(&url).await;
    assert_eq!(taken_twice(&url, 100).await, 0);
    let url = fresh_url();
    let _engine = open(&url).await;
    break_it(&url).await;
    assert_ne!(taken_twice(&url, 100).await, 0, "the double is caught");
}
