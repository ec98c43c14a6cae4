//! Which stores are opened, and which are not.

use annals_postgres::{Mode, OpenOptions, PostgresStore};
use annals_runtime::ports::{Books, StoreError};

use crate::common::{command, fresh_url, open, person, schema, server, take};

async fn refusal(url: &str, mode: Mode) -> String {
    let error = PostgresStore::open(url, OpenOptions::new(mode)).await.expect_err("a refusal");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_refused_with_a_cure() {
    let url = fresh_url();
    let unused = refusal(&url, Mode::ReadOnly).await;
    assert!(unused.contains("no engine has used it yet"), "{unused}");
    let client = person(&url).await;
    let schema = schema(&url);
    let foreign = format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.event_store (id integer)");
    client.batch_execute(&foreign).await.unwrap();
    let foreign = refusal(&url, Mode::ReadWrite).await;
    assert!(foreign.contains("isn't ours"), "{foreign}");

    let url = fresh_url();
    let store = open(&url).await;
    let client = person(&url).await;
    client.batch_execute("INSERT INTO annals_migrations VALUES (99)").await.unwrap();
    let later = refusal(&url, Mode::ReadWrite).await;
    assert!(later.contains("version 99") && later.contains("use a later one"), "{later}");
    store.prepare("orders", Vec::new()).await.unwrap();
    let other = store.prepare("other", Vec::new()).await.unwrap_err();
    assert!(other.to_string().contains("belongs to the system orders"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_unavailable_and_no_secret_is_told() {
    let error =
        PostgresStore::open("postgres://ann:secret@127.0.0.1:1/shop", OpenOptions::default());
    let error = error.await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let nowhere = server().replace("/postgres", "/no_such_database");
    let error = PostgresStore::open(&nowhere, OpenOptions::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotOurs(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_start_at_once_make_one_store_and_one_engine() {
    let url = fresh_url();
    let starts = (0..6).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { PostgresStore::open(&url, OpenOptions::default()).await })
    });
    let mut engines = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        match start.await.unwrap() {
            Ok(engine) => engines.push(engine),
            Err(error) => assert!(error.to_string().contains("runs the engine"), "{error}"),
        }
    }
    assert_eq!(engines.len(), 1);
    take(&engines[0], command("a", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_which_a_part_is_missing_is_refused() {
    let url = fresh_url();
    let store = open(&url).await;
    take(&*store, command("a", 1)).await;
    drop(store);
    let client = person(&url).await;
    // As a restore that brought one table and not the other.
    let partial = "ALTER TABLE annals_commits DISABLE TRIGGER ALL; DELETE FROM annals_commits";
    client.batch_execute(partial).await.unwrap();
    let refused = refusal(&url, Mode::ReadWrite).await;
    assert!(refused.contains("a part of the log is missing"), "{refused}");
}
