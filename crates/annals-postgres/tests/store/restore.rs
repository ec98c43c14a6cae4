//! Dumps of a store, restored elsewhere: positions and checkpoints survive, and what is older than
//! a reader's token is told apart. The golden dumps are of every version of the schema that was
//! released.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use annals_core::{Position, Version};
use annals_postgres::{OpenOptions, PostgresStore};
use annals_runtime::ports::{Books, EventStore, LogQuery, Store, StoreError, Unit};
use annals_runtime::{Subscription, Token};

use crate::common::{beside, command, fresh_url, open, person, schema, server, soon, take};
use crate::proxy::Proxy;

/// One of Postgres's own programs.
fn program(name: &str) -> Command {
    let debian = PathBuf::from("/usr/lib/postgresql");
    let versions = std::fs::read_dir(debian).into_iter().flatten().flatten();
    let found = versions.map(|it| it.path().join("bin").join(name)).filter(|it| it.exists()).max();
    Command::new(found.unwrap_or_else(|| name.into()))
}

fn dump(url: &str) -> String {
    let asked = ["--schema", schema(url), "--no-owner", "--dbname", &server()];
    let output = program("pg_dump").args(asked).output().expect("pg_dump");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What only later programs of the same release read, and what is another one each time.
    let dump = String::from_utf8(output.stdout).unwrap();
    let lines = dump.lines().filter(|line| !line.starts_with("\\restrict"));
    let lines = lines.filter(|line| !line.starts_with("\\unrestrict"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Restores a dump under another schema's name.
fn restore(dump: &str, from: &str, to: &str) {
    let text = dump.replace(from, to);
    let mut psql = program("psql")
        .args(["--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", &server()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql");
    let mut stdin = psql.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, text.as_bytes()).unwrap();
    drop(stdin);
    let output = psql.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_positions_and_checkpoints_survive_and_older_copies_are_told_apart() {
    let url = fresh_url();
    let store = open(&url).await;
    store.prepare("orders", vec![annals_conformance::table("summary")]).await.unwrap();
    for number in 1..=5 {
        take(&*store, command("a", number)).await;
    }
    let older = dump(&url);
    let seen: Arc<dyn Store> = store.clone();
    let mut seen = Subscription::new(seen, LogQuery::default());
    take(&*store, command("a", 6)).await;
    let token = seen.next().await.unwrap().token;
    assert_eq!(token.position, Position(6));
    let whole = store.read_log(LogQuery { limit: 10, ..LogQuery::default() }).await.unwrap();
    let newer = dump(&url);

    let elsewhere = fresh_url();
    restore(&newer, schema(&url), schema(&elsewhere));
    let restored = open(&elsewhere).await;
    let read = restored.read_log(LogQuery { limit: 10, ..LogQuery::default() }).await.unwrap();
    assert_eq!(read, whole);
    let resumed: Arc<dyn Store> = restored.clone();
    Subscription::resume(resumed, LogQuery::default(), token).await.unwrap();
    let committed = take(&*restored, command("a", 7)).await;
    assert_eq!(committed.appends, [(Position(7), Version(7))], "new events sort after old ones");
    let guarded = person(&elsewhere).await.batch_execute("DELETE FROM event_store").await;
    assert!(guarded.is_err(), "the guards are restored too");

    let behind = fresh_url();
    restore(&older, schema(&url), schema(&behind));
    let behind: Arc<dyn Store> = open(&behind).await;
    // Another event takes the place that the reader has seen.
    take(&*behind, command("b", 99)).await;
    let refused = Subscription::resume(behind, LogQuery::default(), token).await.err();
    assert!(refused.unwrap().to_string().contains("restored"), "told, and nothing skipped");
    let unknown = Token { position: Position(1), ..token };
    let store: Arc<dyn Store> = store;
    assert!(Subscription::resume(store, LogQuery::default(), unknown).await.is_err());
}

/// How a log comes to lack events that were in it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    /// An older copy is restored, and sessions end.
    Restored,
    /// The same within the server, which no session notices.
    Unnoticed,
    /// Another process has appended as many again.
    GrownAgain,
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_processes_that_run_end_where_the_log_lacks_what_they_have_seen() {
    for cut in [Cut::Restored, Cut::Unnoticed, Cut::GrownAgain] {
        let url = fresh_url();
        let engine = open(&url).await;
        for number in 1..=3 {
            take(&*engine, command("a", number)).await;
        }
        let older = dump(&url);
        take(&*engine, command("a", 4)).await;
        take(&*engine, command("a", 5)).await;
        let follower = beside(&url).await;
        take(&*follower, command("c", 6)).await;
        assert_eq!(engine.beyond(Position(5)).await.unwrap(), Position(6));
        let waiting = tokio::spawn({
            let follower = follower.clone();
            async move { follower.beyond(Position(6)).await }
        });
        cut_log(&url, &older, cut).await;
        for (store, number) in [(&engine, 7), (&follower, 8)] {
            let why = soon("the end", until_closed(store, number)).await;
            assert!(why.contains("restored from an older copy"), "{cut:?}: {why}");
            let read = store.read_log(LogQuery { limit: 9, ..LogQuery::default() }).await;
            let head = store.head().await;
            let told = (read.unwrap_err(), head.unwrap_err());
            assert!(matches!(told, (StoreError::Closed(_), StoreError::Closed(_))), "{cut:?}");
        }
        let told = soon("the end of the wait", waiting).await.unwrap();
        assert!(matches!(told, Err(StoreError::Closed(_))), "{cut:?}: {told:?}");
        if cut != Cut::Restored {
            continue;
        }
        drop((engine, follower));
        let again = async {
            loop {
                match PostgresStore::open(&url, OpenOptions::default()).await {
                    Ok(store) => return store,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let again = soon("the next start", again).await;
        assert_eq!(take(&again, command("b", 7)).await.appends[0].0, Position(4));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_what_is_read_by_a_new_session_is_of_the_log_that_was_seen() {
    let (url, network) = (fresh_url(), Proxy::start());
    let engine = open(&url).await;
    for number in 1..=5 {
        take(&*engine, command("a", number)).await;
    }
    let reader = beside(&network.through(&url)).await;
    let page = || LogQuery { limit: 9, ..LogQuery::default() };
    assert_eq!(reader.read_log(page()).await.unwrap().len(), 5);
    cut_log(&url, "", Cut::GrownAgain).await;
    network.cut();
    let closed = async {
        loop {
            match reader.read_log(page()).await {
                Err(StoreError::Closed(why)) => return why,
                Err(_) => tokio::task::yield_now().await,
                Ok(events) => panic!("{} events of another log", events.len()),
            }
        }
    };
    let why = soon("the end", closed).await;
    assert!(why.contains("is at 5, where"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_an_end_that_was_only_heard_of_is_of_the_log_that_was_seen() {
    let (url, network) = (fresh_url(), Proxy::start());
    let engine = open(&url).await;
    for number in 1..=3 {
        take(&*engine, command("a", number)).await;
    }
    let reader = beside(&network.through(&url)).await;
    for number in 4..=5 {
        take(&*engine, command("a", number)).await;
    }
    let heard = soon("the head", async { reader.beyond(Position(4)).await.unwrap() }).await;
    assert_eq!(heard, Position(5));
    cut_log(&url, "", Cut::GrownAgain).await;
    network.cut();
    let stream = annals_conformance::stream("a");
    let closed = async {
        loop {
            match reader.read_stream(&stream, Version(0), 9).await {
                Err(StoreError::Closed(why)) => return why,
                Err(_) => tokio::task::yield_now().await,
                Ok(events) => panic!("{} events of another log", events.len()),
            }
        }
    };
    let why = soon("the end", closed).await;
    assert!(why.contains("is at 5, where"), "{why}");
}

async fn cut_log(url: &str, older: &str, cut: Cut) {
    let client = person(url).await;
    let sessions = "SELECT pg_terminate_backend(writer, 5000) \
                    FROM (SELECT DISTINCT writer FROM annals_commits) w";
    let change = match cut {
        Cut::Restored => {
            client.query(sessions, &[]).await.unwrap();
            client.batch_execute(&format!("DROP SCHEMA {} CASCADE", schema(url))).await.unwrap();
            restore(older, schema(url), schema(url));
            return;
        }
        Cut::Unnoticed => {
            "DELETE FROM event_store WHERE position > 3; DELETE FROM annals_commits WHERE head > 3"
        }
        Cut::GrownAgain => {
            "UPDATE event_store SET id = gen_random_uuid(), correlation_id = gen_random_uuid() \
             WHERE position > 3"
        }
    };
    let guards = |how: &str| {
        let table = |name| format!("ALTER TABLE {name} {how} TRIGGER USER");
        ["event_store", "annals_commits"].map(table).join("; ")
    };
    let (off, on) = (guards("DISABLE"), guards("ENABLE"));
    client.batch_execute(&format!("BEGIN; {off}; {change}; {on}; COMMIT")).await.unwrap();
    if cut == Cut::GrownAgain {
        client.query(sessions, &[]).await.unwrap();
    }
}

/// Why a store that must take nothing is closed.
async fn until_closed(store: &PostgresStore, number: u64) -> String {
    loop {
        match store.commit(vec![command("b", number)]).await {
            Err(StoreError::Closed(why)) => return why,
            // Its session may be over without its knowing.
            Err(_) => tokio::task::yield_now().await,
            Ok(done) => panic!("{done:?}: in the place of an event that others have seen"),
        }
    }
}

/// A store of the present version, for the golden file of its release: written where the
/// environment variable `GOLDEN` names a file.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "asked for by whoever makes a release")]
async fn golden() {
    let url = fresh_url();
    let store = open(&url).await;
    store.prepare("orders", vec![annals_conformance::table("summary")]).await.unwrap();
    take(&*store, command("a", 1)).await;
    let mut tagged = command("b", 2);
    tagged.appends[0].events[0].tags = ["customer:7".into()].into();
    take(&*store, tagged).await;
    let row = annals_conformance::row_write("a", 2);
    take(&*store, Unit { rows: vec![row], ..command("a", 3) }).await;
    if let Ok(file) = std::env::var("GOLDEN") {
        std::fs::write(file, dump(&url).replace(schema(&url), "golden")).unwrap();
    }
}

/// All that a schema is made of, whatever its name.
async fn made_of(url: &str) -> String {
    let sql = "SELECT string_agg(line, E'\n' ORDER BY line) FROM ( \
        SELECT format('column %s.%s %s %s', c.relname, a.attname, a.attnotnull, \
                      format_type(a.atttypid, a.atttypmod)) AS line \
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v') \
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = current_schema() \
        UNION ALL SELECT 'view ' || definition FROM pg_views WHERE schemaname = current_schema() \
        UNION ALL SELECT format('function %s %s %s', proname, prosecdef, prosrc) FROM pg_proc \
        WHERE pronamespace = current_schema()::regnamespace \
        UNION ALL SELECT format('trigger %s on %s', t.tgname, c.relname) FROM pg_trigger t \
        JOIN pg_class c ON c.oid = t.tgrelid \
        WHERE c.relnamespace = current_schema()::regnamespace \
        UNION ALL SELECT format('grant %s on %s to %s', privilege_type, table_name, grantee) \
        FROM information_schema.role_table_grants \
        WHERE table_schema = current_schema() AND grantee LIKE 'annals\\_%' \
          AND grantee <> current_user) lines";
    let lines: String = person(url).await.query_one(sql, &[]).await.unwrap().get(0);
    lines.replace(schema(url), "annals")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_1_opens_and_goes_on() {
    opens_and_goes_on("version 1", include_str!("../golden/v1.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_2_opens_and_goes_on() {
    opens_and_goes_on("version 2", include_str!("../golden/v2.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_3_opens_and_goes_on() {
    opens_and_goes_on("version 3", include_str!("../golden/v3.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_4_opens_and_goes_on() {
    opens_and_goes_on("version 4", include_str!("../golden/v4.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_5_opens_and_goes_on() {
    opens_and_goes_on("version 5", include_str!("../golden/v5.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_6_opens_and_goes_on() {
    opens_and_goes_on("version 6", include_str!("../golden/v6.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_7_opens_and_goes_on() {
    opens_and_goes_on("version 7", include_str!("../golden/v7.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_8_opens_and_goes_on() {
    opens_and_goes_on("version 8", include_str!("../golden/v8.sql")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_9_opens_and_goes_on() {
    opens_and_goes_on("version 9", include_str!("../golden/v9.sql")).await;
}

/// That a dump, made by [`golden`], of this version of the schema is migrated and of use.
async fn opens_and_goes_on(version: &str, dump: &str) {
    let url = fresh_url();
    restore(dump, "golden", schema(&url));
    let store = open(&url).await;
    let log = store.read_log(LogQuery { limit: 10, ..LogQuery::default() }).await.unwrap();
    assert_eq!(log.len(), 3, "{version}");
    let tags: Vec<&str> = log[1].event.tags.iter().map(|tag| &**tag).collect();
    assert_eq!(tags, ["customer:7"], "{version}");
    let rows = store.rows("summary", None, 10).await.unwrap();
    assert_eq!(rows.len(), 1, "{version}");
    let committed = take(&*store, command("a", 4)).await;
    assert_eq!(committed.appends, [(Position(4), Version(3))], "{version}");
    let tagged = LogQuery { limit: 9, tags: vec!["customer:7".into()], ..LogQuery::default() };
    assert_eq!(store.read_log(tagged).await.unwrap().len(), 1, "{version}");
    let new = fresh_url();
    let fresh = open(&new).await;
    let table = vec![annals_conformance::table("summary")];
    fresh.prepare("orders", table).await.unwrap();
    assert_eq!(made_of(&url).await, made_of(&new).await, "{version}: migrated is as good as new");
}

/// Where Postgres puts a stream depends on its id alone, for good: were that to change, dumps would
/// no longer restore, and streams would be looked for where they are not.
#[tokio::test(flavor = "multi_thread")]
async fn stable_partition_hash_streams_lie_where_they_always_lay() {
    let url = fresh_url();
    let store = open(&url).await;
    let ids = ["a", "b", "order-7", "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41", "Größe", "0"];
    for (id, number) in ids.iter().zip(1..) {
        take(&*store, command(id, number)).await;
    }
    let places = "SELECT tableoid::regclass::text FROM event_store ORDER BY position";
    let rows = person(&url).await.query(places, &[]).await.unwrap();
    let places: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    for (id, number) in ids.iter().zip(1..) {
        let stream = annals_conformance::stream(id);
        let read = store.read_stream(&stream, Version(0), 9).await.unwrap();
        assert_eq!(read.len(), 1, "{id}, the event at {number}");
    }
    insta::assert_snapshot!(places.join(" "));
}
