//! The subjects that this program holds: Annals, and the plain loops that are its limits. Peers are
//! in `../peers`, but for message-db, which is SQL.

mod annals;
mod decider;
mod message_db;
mod plain_postgres;
mod plain_sqlite;
mod sqlite_rows;

use annals_bench_harness::child::{Order, measure};

pub(crate) use annals::{Annals, OnSqlite, unit};
pub(crate) use decider::Orders;

/// Measures one cell in this process, and prints it; whether the subject is known.
pub(crate) async fn child(order: Order) -> bool {
    match order.subject.as_str() {
        "annals-sqlite" => measure::<annals::OnSqlite>(order).await,
        "annals-sqlite-greedy" => measure::<annals::Greedy>(order).await,
        "annals-sqlite-cached" => measure::<annals::Cached>(order).await,
        "plain-sqlite" => measure::<plain_sqlite::Plain>(order).await,
        "plain-sqlite-loop" => measure::<plain_sqlite::Loop>(order).await,
        "plain-sqlite-loop-guarded" => measure::<plain_sqlite::GuardedLoop>(order).await,
        "plain-postgres" => measure::<plain_postgres::Plain>(order).await,
        "message-db" => measure::<message_db::MessageDb>(order).await,
        _ => return false,
    }
    true
}
