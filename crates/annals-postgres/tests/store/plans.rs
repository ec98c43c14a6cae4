//! Which index each read of a large log goes along, and how much of it: as the server counts for
//! the store's own statements, in the store's own sessions.

use std::collections::BTreeMap;

use annals_core::{Position, Version};
use annals_postgres::{Mode, OpenOptions, PostgresStore};
use annals_runtime::ports::{Books, EventStore, LogQuery};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::common::{fresh_url, open, person, schema};

/// A log of 40,000 events in 1,000 streams: sixteen types, and five events of a rare one.
const FILL: &str = "
    INSERT INTO event_store (position, version, time, id, correlation_id, command_id, encoding,
        aggregate, aggregate_id, event_type, data)
      SELECT n, (n - 1) / 1000 + 1, now(), gen_random_uuid(), gen_random_uuid(),
        lpad(n::text, 32, '0')::uuid, 0, 'Order', 'order-' || n % 1000,
        CASE n % 8001 WHEN 7 THEN 'OrderLost.v1'
          ELSE format('Order%s.v1', hashint8(n) & 15) END, convert_to(repeat('7', 150), 'UTF8')
      FROM generate_series(1, 40000) n;
    INSERT INTO annals_types
      SELECT DISTINCT event_type, aggregate, split_part(event_type, '.', 1) FROM event_store;
    INSERT INTO annals_tags
      SELECT 'all', position, split_part(event_type, '.', 1) FROM event_store;
    INSERT INTO annals_tags SELECT 'rare', n, 'Order' FROM unnest(ARRAY[9, 20000, 39000]) n;
    INSERT INTO annals_commits
      SELECT n, n - 9, 10, now(), 1 FROM generate_series(10, 40000, 10) n;
    INSERT INTO annals_outcomes
      SELECT command_id, correlation_id, time, aggregate, aggregate_id, 'PlaceOrder',
        decode(repeat('07', 32), 'hex'), '{}', true FROM event_store;
    INSERT INTO annals_snapshots
      SELECT aggregate_id, 'Order', max(version), 'v1', '{}' FROM event_store GROUP BY 1;";

const ANALYSE: &str = "
    ANALYZE event_store, annals_types, annals_tags, annals_commits, annals_outcomes;
    ANALYZE annals_snapshots";

/// How often each index was gone along and each table scanned, and how many entries were read; an
/// index of partitions by the name of the whole.
const COUNTS: &str = "
    SELECT coalesce(p.relname, s.indexrelname)::text, sum(s.idx_scan)::bigint,
        sum(s.idx_tup_read)::bigint
      FROM pg_stat_user_indexes s LEFT JOIN pg_inherits h ON h.inhrelid = s.indexrelid
      LEFT JOIN pg_class p ON p.oid = h.inhparent
      WHERE s.schemaname = current_schema()
        AND s.relname ~ '^(event_store|annals_(commits|outcomes|snapshots|tags)$)' GROUP BY 1
    UNION ALL SELECT 'all of ' || relname, seq_scan, seq_tup_read FROM pg_stat_user_tables
      WHERE schemaname = current_schema()
        AND relname ~ '^(event_store|annals_(commits|outcomes|snapshots|tags)$)'";

/// The index of commits.
const HEADS: &str = "annals_commits_pkey";

type Counts = BTreeMap<String, (i64, i64)>;

/// A large log, and a user who only reads it.
struct Large {
    client: Client,
    url: String,
    login: String,
}

impl Large {
    async fn new() -> Self {
        Self::filled(true).await
    }

    async fn filled(analysed: bool) -> Self {
        let url = fresh_url();
        drop(open(&url).await);
        let (client, login) = (person(&url).await, format!("reader_{}", schema(&url)));
        let make = format!("CREATE ROLE {login} LOGIN; GRANT annals_application TO {login};");
        client.batch_execute(&(make + FILL)).await.unwrap();
        if analysed {
            client.batch_execute(ANALYSE).await.unwrap();
        }
        // What it counted itself is told now, and not in the middle of what is counted later.
        client.batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
        Self { client, url: url.replace("annals_test@", &format!("{login}@")), login }
    }

    /// What a new process's reads were along, that of its start included.
    async fn counted(&self, read: impl AsyncFnOnce(&PostgresStore)) -> Counts {
        // What the test asked by itself is told now, too.
        self.client.batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
        let before = self.counts().await;
        let store = PostgresStore::open(&self.url, OpenOptions::new(Mode::ReadOnly)).await;
        let store = store.unwrap();
        read(&store).await;
        drop(store);
        // A session tells what it counted when it ends, at the latest.
        let there = "SELECT FROM pg_stat_activity WHERE usename = $1";
        while !self.client.query(there, &[&self.login]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        less(self.counts().await, &before)
    }

    /// The indexes that a read goes along. But for that of commits: a store looks for the head on
    /// its own, too. Making a session isn't part of it: that looks for the last event seen.
    async fn walked(&self, read: impl AsyncFnOnce(&PostgresStore)) -> Counts {
        let head = async |store: &PostgresStore| assert_eq!(store.head().await.unwrap().0, 40_000);
        let start = self.counted(head).await;
        let mut walked = less(self.counted(read).await, &start);
        walked.remove(HEADS);
        walked
    }

    async fn counts(&self) -> Counts {
        let rows = self.client.query(COUNTS, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
    }
}

/// Those that have grown, by how much.
fn less(counts: Counts, before: &Counts) -> Counts {
    let grown = counts.into_iter().map(|(name, (scans, entries))| {
        let (scans_before, entries_before) = before.get(&name).copied().unwrap_or_default();
        (name, (scans - scans_before, entries - entries_before))
    });
    grown.filter(|(_, (scans, entries))| *scans > 0 || *entries > 0).collect()
}

/// The entries of each index that were read.
fn entries(walked: &Counts) -> Vec<(&str, i64)> {
    walked.iter().map(|(name, (_, entries))| (&**name, *entries)).collect()
}

/// That one index was gone along, and nothing else, and so many of its entries.
fn along(walked: &Counts, index: &str, entries: i64) {
    let is_alone = walked.len() == 1 && walked.contains_key(index);
    assert!(is_alone && walked[index].1 == entries, "{index}, {entries} entries: {walked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_each_read_goes_along_its_index() {
    let (large, stream) = (Large::new().await, annals_conformance::stream("order-7"));
    let walked = large.walked(async |store| {
        assert_eq!(store.read_stream(&stream, Version(30), 100).await.unwrap().len(), 10);
    });
    along(&walked.await, "event_store_by_stream", 10);
    let walked = large.walked(async |store| {
        let positions = [7, 20_000, 39_999].map(Position).to_vec();
        assert_eq!(store.read_at(positions).await.unwrap().len(), 3);
    });
    along(&walked.await, "event_store_by_position", 3);
    let walked = large.walked(async |store| {
        let id = Uuid::parse_str(&format!("{:032}", 7)).unwrap();
        assert!(store.outcome(&stream, id).await.unwrap().is_some());
    });
    along(&walked.await, "annals_outcomes_pkey", 1);
    let sql = "SELECT correlation_id FROM event_store WHERE position = 7";
    let correlation_id = large.client.query_one(sql, &[]).await.unwrap().get(0);
    let walked = large.walked(async |store| {
        assert_eq!(store.outcomes(correlation_id, 100).await.unwrap().len(), 1);
    });
    // By its event; those without events are looked for beside it.
    let indexes = [
        ("annals_outcomes_by_correlation", 0),
        ("annals_outcomes_pkey", 1),
        ("event_store_by_correlation", 1),
    ];
    assert_eq!(entries(&walked.await), indexes);
    let walked = large.walked(async |store| {
        assert!(store.snapshot(&stream).await.unwrap().is_some());
    });
    along(&walked.await, "annals_snapshots_pkey", 1);
    let counted = large.counted(async |store| {
        for _ in 0..50 {
            assert_eq!(store.head().await.unwrap(), Position(40_000));
        }
    });
    let counted = counted.await;
    let (scans, entries) = counted[HEADS];
    assert!(scans >= 50 && entries == scans, "one entry each: {counted:?}");
    assert!(!counted.contains_key("all of annals_commits"), "{counted:?}");
}

/// First a stretch of the log, which would do where the type were common.
#[tokio::test(flavor = "multi_thread")]
async fn plans_a_read_by_a_rare_type_goes_along_the_index_of_types() {
    let large = Large::new().await;
    // One lies in the log's first stretch, none in its last.
    for (backward, of_type) in [(false, 4), (true, 5)] {
        let walked = large.walked(async |store| {
            let names = vec!["OrderLost".into()];
            let query = LogQuery { names, backward, limit: 100, ..LogQuery::default() };
            assert_eq!(store.read_log(query).await.unwrap().len(), 5);
        });
        let indexes = [("event_store_by_position", 64), ("event_store_by_type", of_type)];
        assert_eq!(entries(&walked.await), indexes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_a_read_by_common_types_goes_along_the_log() {
    let large = Large::new().await;
    let names: Vec<_> = (0..8).map(|number| format!("Order{number}").into()).collect();
    let after = Position(20_000);
    let walked = large.walked(async |store| {
        let query = LogQuery { names, after, limit: 512, ..LogQuery::default() };
        assert_eq!(store.read_log(query).await.unwrap().len(), 512);
    });
    let walked = walked.await;
    let (_, entries) = walked["event_store_by_position"];
    assert!(walked.len() == 1 && entries <= 2_000, "{walked:?}");
}

/// As each start asks for them, however long the log is.
#[tokio::test(flavor = "multi_thread")]
async fn plans_the_stored_types_are_a_seek_each() {
    let large = Large::new().await;
    let walked = large.walked(async |store| {
        let types = store.stored_types().await.unwrap();
        assert_eq!(types.len(), 17);
        assert!(types.contains(&("OrderLost.v1".to_owned(), Position(7))), "{types:?}");
    });
    let walked = walked.await;
    let (_, entries) = walked["event_store_by_type"];
    // The first of each of eight partitions, and that there is no further type.
    assert!(walked.len() == 1 && entries <= 17 * 8, "{walked:?}");
}

/// Each of them would have to be looked up, in each partition, before the first event is known.
#[tokio::test(flavor = "multi_thread")]
async fn plans_a_read_by_very_many_rare_types_goes_along_the_log() {
    let large = Large::new().await;
    let more = "INSERT INTO annals_types \
                SELECT format('%s%s.v1', $1::text, n), $1, format('%s%s', $1, n) \
                FROM generate_series(1, $2::integer) n";
    for (aggregate, types, index) in
        [("Few", 43, "event_store_by_type"), ("Many", 44, "event_store_by_position")]
    {
        large.client.execute(more, &[&aggregate, &types]).await.unwrap();
        let walked = large.walked(async |store| {
            let aggregate = Some(aggregate.into());
            let query = LogQuery { aggregate, limit: 100, ..LogQuery::default() };
            assert_eq!(store.read_log(query).await.unwrap(), []);
        });
        let walked = walked.await;
        let looked: i64 = walked.values().map(|(_, entries)| entries).sum();
        assert!(walked.contains_key(index), "{walked:?}");
        assert_eq!(looked, if types > 43 { 40_000 } else { 64 }, "{walked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_a_read_by_two_tags_goes_along_the_rarer_one() {
    let large = Large::new().await;
    let walked = large.walked(async |store| {
        let query = LogQuery { tags: vec!["all".into(), "rare".into()], ..LogQuery::default() };
        let query = LogQuery { limit: 100, ..query };
        let positions = store.read_log(query).await.unwrap();
        assert!(positions.iter().map(|event| event.position.0).eq([9, 20_000, 39_000]));
    });
    // The common one is counted up to half of a page, the other counted and walked.
    let indexes = [("annals_tags_pkey", 500 + 3 + 3 + 3), ("event_store_by_position", 3)];
    assert_eq!(entries(&walked.await), indexes);
}

/// Judged under the log's lock, where no page bounds it; on a log too that nobody has analysed.
#[tokio::test(flavor = "multi_thread")]
async fn plans_a_condition_on_rare_names_goes_along_the_index_of_types() {
    let sql = "SELECT annals_first_matches(40000, ARRAY[10000, 39990]::bigint[], \
        ARRAY[NULL, NULL], ARRAY[NULL, NULL], ARRAY['{OrderLost}', '{OrderNever,OrderLost}'])";
    for analysed in [false, true] {
        let large = Large::filled(analysed).await;
        let before = large.counts().await;
        // As often as it takes for a plan of the function to be kept.
        for _ in 0..10 {
            let found: Vec<i64> = large.client.query_one(sql, &[]).await.unwrap().get(0);
            assert_eq!(found, [16_009, 0]);
        }
        large.client.batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
        let walked = less(large.counts().await, &before);
        let is_alone = walked.len() == 1 && walked.contains_key("event_store_by_type");
        // The first of each of eight partitions, at most.
        assert!(is_alone && walked["event_store_by_type"].1 <= 10 * 2 * 8, "{walked:?}");
    }
}

/// Whichever of its lists is named first: a common tag with a rare one, with one that nothing has,
/// and with a rare name.
#[tokio::test(flavor = "multi_thread")]
async fn plans_a_condition_on_a_common_tag_leaps_along_the_rarer_list() {
    let sql = "SELECT annals_first_matches(40000, ARRAY[9, 39990, 10000, 0, 30]::bigint[], \
        ARRAY['all', 'all', 'all', 'all', 'rare'], \
        ARRAY['{rare}', '{rare}', '{}', '{rare,never}', '{all}'], \
        ARRAY[NULL, NULL, '{OrderNever,OrderLost}', NULL, NULL])";
    for analysed in [false, true] {
        let large = Large::filled(analysed).await;
        let before = large.counts().await;
        for _ in 0..10 {
            let found: Vec<i64> = large.client.query_one(sql, &[]).await.unwrap().get(0);
            assert_eq!(found, [20_000, 0, 16_009, 0, 20_000]);
        }
        large.client.batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
        let walked = less(large.counts().await, &before);
        let entries: i64 = walked.values().map(|(_, entries)| entries).sum();
        let scans: Vec<_> = walked.keys().filter(|name| name.starts_with("all of")).collect();
        // A few of each common list, and a leap or two.
        assert!(scans.is_empty() && entries <= 10 * 5 * 40, "{walked:?}");
    }
}
