//! The log can't be changed: not by the owner, not in a partition, not by the roles that we act as.

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

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_log_can_be_changed_by_anybody() {
    let url = fresh_url();
    let store = open(&url).await;
    take(&*store, command("a", 1)).await;
    let superuser = person(&url).await;
    let tables = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') \
                  AND relnamespace = current_schema()::regnamespace AND (relname IN \
                  ('annals_commits', 'annals_outcomes', 'annals_tags', 'annals_types', \
                   'annals_log') OR relname LIKE 'event\\_store%') ORDER BY 1";
    let tables = superuser.query(tables, &[]).await.unwrap();
    let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
    assert_eq!(tables.len(), 14, "{tables:?}");
    for table in &tables {
        let truncated = said(&superuser, &format!("TRUNCATE {table}")).await;
        assert!(truncated.contains("append-only: no truncate"), "{table}: {truncated}");
    }
    for table in tables.iter().filter(|table| !table.starts_with("event_store_")) {
        for sql in [format!("DELETE FROM {table}"), update(table)] {
            let answer = said(&superuser, &sql).await;
            let holds_rows = !matches!(table.as_str(), "annals_tags");
            let refused = answer.contains("append-only: no");
            assert_eq!(refused, holds_rows, "{sql}: {answer}");
        }
    }
    // The one partition that holds the event, by its own name.
    let partition = "SELECT tableoid::regclass::text FROM event_store";
    let partition: String = superuser.query_one(partition, &[]).await.unwrap().get(0);
    let deleted = said(&superuser, &format!("DELETE FROM {partition}")).await;
    assert!(deleted.contains("append-only: no delete"), "{deleted}");
    assert_eq!(store.head().await.unwrap().0, 1);
}

fn update(table: &str) -> String {
    let column = match table {
        "event_store" => "version = 7",
        "annals_commits" => "count = 7",
        "annals_log" => "single = true",
        "annals_outcomes" => "command = 'x'",
        _ => "name = 'x'",
    };
    format!("UPDATE {table} SET {column}")
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
