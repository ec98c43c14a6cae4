//! The peers' side of the benchmark: each measured in a child process of `annals-bench`, as its own
//! documents say to set it up. The settings and where they are from: `docs/benchmarks.md`.

mod cqrs;
mod cqrs_on;
mod disintegrate_postgres;
mod event_core;
mod uma;

use annals_bench_harness::child::{Order, measure};
use event_core::EventCore;
use eventcore::{postgres::PostgresEventStore, sqlite::SqliteEventStore};

fn main() {
    // The server brings a runtime of its own.
    let arguments: Vec<String> = std::env::args().collect();
    if !uma::serve(&arguments) {
        let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
        runtime.block_on(child());
    }
}

async fn child() {
    let Some(order) = Order::of(std::env::args()) else {
        eprintln!("usage: this is a part of annals-bench, which starts it");
        std::process::exit(2);
    };
    match order.subject.as_str() {
        "cqrs-es-sqlite" => measure::<cqrs_on::Sqlite>(order).await,
        "cqrs-es-sqlite-normal" => measure::<cqrs_on::SqliteNormal>(order).await,
        "cqrs-es-postgres" => measure::<cqrs_on::Postgres>(order).await,
        "disintegrate-postgres" => measure::<disintegrate_postgres::Disintegrate>(order).await,
        "eventcore-postgres" => measure::<EventCore<PostgresEventStore>>(order).await,
        "eventcore-sqlite" => measure::<EventCore<SqliteEventStore>>(order).await,
        "umadb" => measure::<uma::Uma>(order).await,
        "umadb-judged" => measure::<uma::Judged>(order).await,
        other => {
            eprintln!("there is no peer {other}");
            std::process::exit(2);
        }
    }
}
