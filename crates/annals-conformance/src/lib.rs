//! What every store must do, as one suite: named checks over the ports, a comparison with the store
//! in memory under random operations, recorded histories of concurrent clients that one order must
//! explain, and the broken stores that all of them must catch. For tests only.
//!
//! An adapter's own test is a few lines: [`suite`] with a way to make an empty store, [`compare`]
//! and [`linearizable`] with a few seeds.

mod broken;
mod check;
mod checks;
mod compare;
mod histories;
mod linearizable;
mod make;

pub use broken::{Broken, Fault};
pub use check::{Check, Report};
pub use compare::compare;
pub use histories::{linearizable, linearizable_across};
pub use linearizable::{Asked, Operation, Told, check_linearizable};
pub use make::{event, row_write, stream, table};

use std::sync::Arc;
use std::time::Duration;

use annals_runtime::ports::Store;

/// Runs every check, each on an empty store of its own. One that doesn't end is broken too: no
/// check takes a minute, and a store that wakes nobody would be waited for for ever.
pub async fn suite(make: impl Fn() -> Arc<dyn Store>) -> Report {
    suite_within(Duration::from_secs(60), make).await
}

/// The same with another patience for each check.
pub async fn suite_within(patience: Duration, make: impl Fn() -> Arc<dyn Store>) -> Report {
    let mut report = Report::default();
    for check in checks::all() {
        let checked = tokio::time::timeout(patience, (check.run)(make())).await;
        let endless = |_| Err(format!("no end within {patience:?}"));
        report.add(check.name, checked.unwrap_or_else(endless));
    }
    report
}

/// The names of all checks, in the order in which they run.
pub fn names() -> Vec<&'static str> {
    checks::all().into_iter().map(|check| check.name).collect()
}
