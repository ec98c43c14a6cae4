//! Stores of their own in the server that the environment names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use annals_postgres::{Mode, OpenOptions, PostgresStore};
use annals_runtime::ports::{Append, Committed, Expected, OutcomeWrite, Store, Unit};
use uuid::Uuid;

/// Where the server is: what `cargo xtask services up postgres` prints.
#[expect(clippy::disallowed_methods, reason = "tests are told of the server in this way alone")]
pub(crate) fn server() -> String {
    std::env::var("ANNALS_TEST_POSTGRES")
        .expect("ANNALS_TEST_POSTGRES names no server; `cargo xtask services up postgres` does")
}

/// A URL of a schema that no other test uses.
pub(crate) fn fresh_url() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}?schema=test_{}_{number}", server(), std::process::id())
}

pub(crate) async fn open(url: &str) -> Arc<PostgresStore> {
    Arc::new(PostgresStore::open(url, OpenOptions::default()).await.expect("a store"))
}

/// Another process on a store that is there: it appends.
pub(crate) async fn beside(url: &str) -> Arc<PostgresStore> {
    let append = OpenOptions::new(Mode::Append);
    Arc::new(PostgresStore::open(url, append).await.expect("a store"))
}

/// An empty store; within a runtime of several threads.
pub(crate) fn fresh() -> Arc<dyn Store> {
    tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async { open(&fresh_url()).await })
    })
}

/// A session of a person, as the server's superuser, in the store's schema.
pub(crate) async fn person(url: &str) -> tokio_postgres::Client {
    let schema = schema(url).to_owned();
    let (client, connection) =
        tokio_postgres::connect(&server(), tokio_postgres::NoTls).await.expect("a session");
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path = {schema}")).await.expect("the schema");
    client
}

/// The schema that a URL names.
pub(crate) fn schema(url: &str) -> &str {
    url.split_once("schema=").expect("a URL of a test").1
}

/// An event for a stream, with an outcome: what a command comes to.
pub(crate) fn command(id: &str, number: u64) -> Unit {
    let stream = annals_conformance::stream(id);
    let event = annals_conformance::event("OrderPlaced.v1", number);
    let outcome = OutcomeWrite {
        stream: stream.clone(),
        command_id: Uuid::from_u64_pair(number, 4),
        command: "PlaceOrder".into(),
        correlation_id: event.metadata.correlation_id,
        time: event.time,
        request_hash: [7; 32],
        outcome: (*b"{}").into(),
    };
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    Unit { appends: vec![append], outcome: Some(outcome), ..Unit::default() }
}

/// Commits one unit that must be taken.
pub(crate) async fn take(store: &dyn Store, unit: Unit) -> Committed {
    let verdict = store.commit(vec![unit]).await.expect("the store").pop().expect("a verdict");
    verdict.expect("a unit that is taken")
}

/// Waits for what must come; nothing is measured by it.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(20), future).await;
    waited.unwrap_or_else(|_| panic!("{what} never came"))
}
