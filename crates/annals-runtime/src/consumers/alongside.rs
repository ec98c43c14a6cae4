//! Waiting for one thing while others go on.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

/// Waits for `work` while what is in flight goes on; what ends meanwhile is collected.
pub(super) async fn alongside<F: Future, T>(
    flight: &mut FuturesUnordered<F>,
    ended: &mut Vec<F::Output>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    while !flight.is_empty() {
        match select(work.as_mut(), flight.next()).await {
            Either::Left((out, _)) => return out,
            Either::Right((out, _)) => ended.extend(out),
        }
    }
    work.await
}
