//! The log can't be changed: not by the owner, not in a partition, not by the roles that we act as.

use std::sync::Arc;

use annals_postgres::{Mode, OpenOptions, PostgresStore};
use annals_runtime::ports::{Books, EventStore, StoreError, Unit};
use tokio_postgres::Client;

use crate::common::{command, fresh_url, open, person, schema, take};

/// What the server says to a statement: its error, or that it was done.
async fn said(client: &Client, sql: &str) -> String {
    match client.batch_execute(sql).await {
        Ok(()) => "done".to_owned(),
        Err(error) => {
            let said = error.as_db_error().expect("an answer of the server");
            format!("{} [{}]", said.message(), said.code().code())
        }
    }
}

/// The log, its partitions and what belongs to it, with rows in each of them.
async fn filled(url: &str) -> (Arc<PostgresStore>, Client, Vec<String>) {
    let store = open(url).await;
    for number in 1..=EVENTS {
        let mut unit = command(&format!("order-{number}"), number);
        unit.appends[0].events[0].tags = ["all".into()].into();
        take(&*store, unit).await;
    }
    let client = person(url).await;
    let tables = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') \
                  AND relnamespace = current_schema()::regnamespace AND (relname IN \
                  ('annals_commits', 'annals_outcomes', 'annals_tags', 'annals_types', \
                   'annals_log') OR relname LIKE 'event\\_store%') ORDER BY 1";
    let tables = client.query(tables, &[]).await.unwrap();
    let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
    let partitions = (0..8).map(|number| format!("event_store_{number}"));
    assert!(partitions.into_iter().all(|it| tables.contains(&it)), "{tables:?}");
    assert_eq!(tables.len(), 14, "{tables:?}");
    for table in &tables {
        let rows = format!("SELECT FROM {table} LIMIT 1");
        let holds_rows = client.query_opt(&rows, &[]).await.unwrap().is_some();
        assert!(holds_rows, "{table}: row triggers are tried on rows only");
    }
    (store, client, tables)
}

/// How many events [`filled`] appends, each to a stream of its own.
const EVENTS: u64 = 64;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_log_can_be_changed_by_its_owner() {
    let (store, owner, tables) = filled(&fresh_url()).await;
    for table in &tables {
        let delete = format!("DELETE FROM {table}");
        let truncate = format!("TRUNCATE {table}");
        for (kind, sql) in [("update", update(table)), ("delete", delete), ("truncate", truncate)] {
            let answer = said(&owner, &sql).await;
            let refused = answer.starts_with(&**table)
                && answer.ends_with(&format!("is append-only: no {kind} [42501]"));
            assert!(refused, "{sql}: {answer}");
        }
    }
    assert_eq!(store.head().await.unwrap().0, EVENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_log_can_be_written_by_the_roles_that_we_act_as() {
    let (store, client, tables) = filled(&fresh_url()).await;
    for role in ["annals_application", "annals_projections"] {
        client.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        for table in &tables {
            for sql in [
                format!("INSERT INTO {table} SELECT * FROM {table}"),
                update(table),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table}"),
            ] {
                let refused = format!("permission denied for table {table} [42501]");
                assert_eq!(said(&client, &sql).await, refused, "{role}: {sql}");
            }
        }
        client.batch_execute("RESET ROLE").await.unwrap();
    }
    assert_eq!(store.head().await.unwrap().0, EVENTS);
}

fn update(table: &str) -> String {
    let column = match table {
        "annals_commits" => "count = 7",
        "annals_log" => "single = true",
        "annals_outcomes" => "command = 'x'",
        "annals_tags" | "annals_types" => "name = 'x'",
        _ => "version = 7",
    };
    format!("UPDATE {table} SET {column}")
}

/// Every function of the schema, and who may call it. What anybody may call runs as its caller, who
/// needs the privileges of whatever it touches. A new function is to be decided on here.
const CALLERS: [(&str, &str); 8] = [
    ("annals_append", "as the owner: annals_application, annals_projections"),
    ("annals_commit", "as the owner: annals_projections"),
    ("annals_extend", "as the owner: annals_projections"),
    ("annals_first_matches", "as the caller: annals_application, annals_projections, public"),
    ("annals_keep", "as the caller: annals_application, annals_projections, public"),
    ("annals_leap", "as the caller: annals_application, annals_projections, public"),
    ("annals_refuse", "as the caller: annals_application, annals_projections, public"),
    ("annals_reset", "as the caller: annals_application, annals_projections, public"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_function_is_called_by_those_who_need_it_alone() {
    let url = fresh_url();
    let _store = open(&url).await;
    let sql = "SELECT p.proname::text, \
               CASE WHEN p.prosecdef THEN 'as the owner: ' ELSE 'as the caller: ' END || \
               (SELECT coalesce(string_agg(role, ', ' ORDER BY role), 'nobody') \
                FROM unnest(ARRAY['annals_application', 'annals_projections', 'public']) role \
                WHERE has_function_privilege(role, p.oid, 'EXECUTE')) \
               FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace \
               ORDER BY p.proname COLLATE \"C\"";
    let rows = person(&url).await.query(sql, &[]).await.unwrap();
    let callers: Vec<(&str, &str)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(callers, CALLERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_it_needs_and_no_more() {
    let url = fresh_url();
    let store = open(&url).await;
    take(&*store, command("a", 1)).await;
    let (system, tables) = ("orders", vec![annals_conformance::table("summary")]);
    store.prepare(system, tables).await.unwrap();
    let client = person(&url).await;
    let mut lines = String::new();
    for role in ["annals_application", "annals_projections"] {
        client.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        for sql in [
            "SELECT FROM event_store",
            "SELECT FROM annals_events",
            "SELECT FROM summary",
            "INSERT INTO annals_commits VALUES (2, 2, 1, now(), 1)",
            "INSERT INTO event_store SELECT * FROM event_store",
            "INSERT INTO event_store_0 SELECT * FROM event_store",
            "DELETE FROM annals_outcomes",
            "UPDATE annals_log SET single = true",
            "DELETE FROM summary",
            "DELETE FROM annals_checkpoints",
            "DROP TABLE annals_tags",
            "SELECT annals_reset('summary')",
            "SELECT annals_keep('retry_done', '{}')",
        ] {
            lines.push_str(&format!("{role}: {sql}: {}\n", said(&client, sql).await));
        }
        client.batch_execute("RESET ROLE").await.unwrap();
    }
    insta::assert_snapshot!(lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_append_writes_no_rows_and_no_books() {
    let url = fresh_url();
    let store = open(&url).await;
    let appending = PostgresStore::open(&url, OpenOptions::new(Mode::Append)).await.unwrap();
    take(&appending, command("a", 1)).await;
    assert_eq!(store.head().await.unwrap().0, 1);
    let reset = Unit { reset: Some("summary".into()), ..Unit::default() };
    let refused = appending.commit(vec![reset]).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotOurs(_)), "{refused}");
    let reading = PostgresStore::open(&url, OpenOptions::new(Mode::ReadOnly)).await.unwrap();
    let refused = reading.commit(vec![command("b", 2)]).await.unwrap_err();
    assert!(refused.to_string().contains("reading only"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owns_nothing_can_run_the_engine_on_a_schema_that_is_made() {
    let url = fresh_url();
    let table = || vec![annals_conformance::table("summary")];
    let owner = open(&url).await;
    owner.prepare("orders", table()).await.unwrap();
    let login = format!("engine_{}", schema(&url));
    let make = format!("CREATE ROLE {login} LOGIN; GRANT annals_projections TO {login}");
    person(&url).await.batch_execute(&make).await.unwrap();
    drop(owner);
    let url = url.replace("annals_test@", &format!("{login}@"));
    let engine = loop {
        // Until the server has noticed that the owner's is gone.
        match PostgresStore::open(&url, OpenOptions::default()).await {
            Ok(engine) => break engine,
            Err(error) => assert!(error.to_string().contains("runs the engine"), "{error}"),
        }
    };
    engine.prepare("orders", table()).await.unwrap();
    let row = annals_conformance::row_write("a", 1);
    take(&engine, Unit { rows: vec![row], ..command("a", 1) }).await;
    let other = engine.prepare("orders", vec![annals_conformance::table("other")]).await;
    let other = other.unwrap_err().to_string();
    assert!(other.contains("permission denied"), "{other}");
}
