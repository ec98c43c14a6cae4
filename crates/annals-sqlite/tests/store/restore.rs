//! A store that is restored from an older copy: positions are the copy's, what was kept inside goes
//! on, and a place that was kept outside is not mistaken for another.

use std::path::Path;
use std::sync::Arc;

use annals_core::Position;
use annals_runtime::ports::{
    Books, CheckpointWrite, EventStore, Expected, LogQuery, StoreError, Unit,
};
use annals_runtime::{Subscription, Token};
use annals_sqlite::{OpenOptions, SqliteStore};

use crate::common::*;

fn open(path: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(path, OpenOptions::default()).unwrap())
}

/// Appends events of these numbers, one a unit.
async fn fill(store: &SqliteStore, numbers: std::ops::RangeInclusive<u64>) {
    let unit = |number| append("o1", Expected::Any, vec![event("A.v1", number)]);
    let verdicts = store.commit(numbers.map(unit).collect()).await.unwrap();
    assert!(verdicts.iter().all(Result::is_ok));
}

/// Follows the log to its end: the places that were seen, and the token there.
async fn follow(subscription: &mut Subscription, head: u64) -> (Vec<u64>, Token) {
    let mut seen = Vec::new();
    loop {
        let page = subscription.next().await.unwrap();
        seen.extend(page.events.iter().map(|event| event.position.0));
        if page.token.position.0 >= head {
            return (seen, page.token);
        }
    }
}

#[tokio::test]
async fn a_place_kept_outside_is_refused_after_a_restore_and_one_kept_inside_goes_on() {
    let folder = Folder::new();
    let copy = folder.db().with_file_name("copy.db");
    let store = open(&folder.db());
    fill(&store, 1..=5).await;
    let checkpoint = CheckpointWrite {
        consumer: "inside".into(),
        expected: Position(0),
        position: Position(4),
        fingerprint: "f".into(),
    };
    let unit = Unit { checkpoint: Some(checkpoint), ..Unit::default() };
    assert!(store.commit(vec![unit]).await.unwrap()[0].is_ok());
    let all = || LogQuery { limit: 2, ..LogQuery::default() };
    let mut outside = Subscription::new(store.clone(), all());
    let (_, early) = follow(&mut outside, 5).await;

    sql(&folder.db(), &format!("VACUUM INTO '{}'", copy.display()));
    fill(&store, 6..=8).await;
    let (seen, late) = follow(&mut outside, 8).await;
    assert_eq!((seen, late.position), (vec![6, 7, 8], Position(8)));

    // The disk is lost, and the copy takes its place: it ends at 5, and then goes another way.
    let restored = open(&copy);
    assert_eq!(restored.head().await.unwrap(), Position(5));
    let kept = restored.checkpoint("inside").await.unwrap().unwrap();
    assert_eq!(kept.position, Position(4));
    let resume = async |token| Subscription::resume(restored.clone(), all(), token).await;
    let why = |told: Result<Subscription, StoreError>| match told {
        Err(error @ StoreError::NotOurs(_)) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    };
    let mut told = why(resume(late).await) + "\n";
    fill(&restored, 106..=109).await;
    told += &why(resume(late).await);
    insta::assert_snapshot!(told);
    let (seen, _) = follow(&mut resume(early).await.unwrap(), 9).await;
    assert_eq!(seen, [6, 7, 8, 9], "an older token is of both logs");
}
