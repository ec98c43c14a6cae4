//! The subjects that this program holds: Annals, and the plain loops that are its limits. Peers are
//! in `../peers`, but for message-db, which is SQL.

mod annals;
mod annals_on;
mod decider;
mod flat_postgres;
mod message_db;
mod plain_postgres;
mod plain_sqlite;
mod sqlite_rows;
mod summary;
mod tagged;

use annals_bench_harness::child::{Order, measure};

pub(crate) use annals::{Annals, unit};
pub(crate) use annals_on::{OnSqlite, postgres};
pub(crate) use decider::Orders;

/// Measures one cell in this process, and prints it; whether the subject is known.
pub(crate) async fn child(order: Order) -> bool {
    match order.subject.as_str() {
        "annals-sqlite" => measure::<annals_on::OnSqlite>(order).await,
        "annals-sqlite-greedy" => measure::<annals_on::SqliteGreedy>(order).await,
        "annals-sqlite-cached" => measure::<annals_on::SqliteCached>(order).await,
        "annals-sqlite-tagged" => measure::<tagged::SqliteTagged>(order).await,
        "annals-sqlite-conditional" => measure::<tagged::SqliteConditional>(order).await,
        "annals-postgres" => measure::<annals_on::OnPostgres>(order).await,
        "annals-postgres-greedy" => measure::<annals_on::PostgresGreedy>(order).await,
        "annals-postgres-cached" => measure::<annals_on::PostgresCached>(order).await,
        "annals-postgres-followed" => measure::<annals_on::PostgresFollowed>(order).await,
        "annals-postgres-folded" => measure::<annals_on::PostgresFolded>(order).await,
        "annals-postgres-process" => measure::<annals_on::PostgresProcess>(order).await,
        "annals-postgres-flat" => measure::<flat_postgres::Flat>(order).await,
        "annals-postgres-tagged" => measure::<tagged::PostgresTagged>(order).await,
        "annals-postgres-conditional" => measure::<tagged::PostgresConditional>(order).await,
        "plain-sqlite" => measure::<plain_sqlite::Plain>(order).await,
        "plain-sqlite-loop" => measure::<plain_sqlite::Loop>(order).await,
        "plain-sqlite-loop-guarded" => measure::<plain_sqlite::GuardedLoop>(order).await,
        "plain-sqlite-bulk" => measure::<plain_sqlite::Bulk>(order).await,
        "plain-sqlite-bulk-one-index" => measure::<plain_sqlite::BulkOneIndex>(order).await,
        "plain-postgres" => measure::<plain_postgres::Bare>(order).await,
        "plain-postgres-rows" => measure::<plain_postgres::Rows>(order).await,
        "message-db" => measure::<message_db::MessageDb>(order).await,
        _ => return false,
    }
    true
}
