//! Pages of the whole log, read as a range where the head is known and else by merging partitions:
//! the same events in the same order. Tests on a real server.

use annals_core::Position;
use annals_runtime::ports::{EventStore, LogQuery};

use super::plans::{EVENTS, filled, session, url};
use super::{log, range};

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_the_same_wherever_the_head_was_last_seen() {
    let store = filled(&url("pages")).await;
    let everything = LogQuery { limit: 5_000, ..LogQuery::default() };
    let all = log(&store.readers, everything, Position(0)).await.unwrap();
    assert!(all.iter().map(|event| event.position.0).eq(1..=EVENTS));
    // The last is a head that a restored log doesn't have any more.
    for head in [0, 1_200, EVENTS, 1_000_000].map(Position) {
        for after in [0, 1, 700, EVENTS - 5, EVENTS, 2 * EVENTS, u64::MAX].map(Position) {
            for limit in [0, 1, 5, 512, 1_000, 1_700, 5_000] {
                let query = LogQuery { after, limit, ..LogQuery::default() };
                let page = log(&store.readers, query, head).await.unwrap();
                let wanted = all.iter().skip(usize::try_from(after.0).unwrap()).take(limit);
                assert!(page.iter().eq(wanted), "after {after:?}, {limit}, head {head:?}");
            }
        }
    }
    let query = LogQuery { limit: 512, ..LogQuery::default() };
    let (page, first) = (store.read_log(query).await.unwrap(), &all[..512]);
    assert_eq!(page, first);
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

#[test]
fn only_pages_of_the_whole_log_are_ranges() {
    let page = LogQuery { after: Position(100), limit: 50, ..LogQuery::default() };
    assert!(range(&page, Position(150)).is_some());
    assert!(range(&page, Position(149)).is_none());
    let others = [
        LogQuery { backward: true, ..page.clone() },
        LogQuery { names: vec!["OrderPlaced".into()], ..page.clone() },
        LogQuery { tags: vec!["customer:7".into()], ..page.clone() },
        LogQuery { aggregate: Some("Order".into()), ..page.clone() },
        LogQuery { stream: Some(annals_conformance::stream("a")), ..page.clone() },
        LogQuery { correlation_id: Some(uuid::Uuid::nil()), ..page.clone() },
        LogQuery { without_sagas: true, ..page.clone() },
        LogQuery { after: Position(u64::MAX), ..page },
    ];
    for query in others {
        assert!(range(&query, Position(150)).is_none(), "{query:?}");
    }
}
