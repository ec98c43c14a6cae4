//! The checks, by what they are about.

mod appends;
mod batches;
mod books;
mod cells;
mod conditions;
mod follow;
mod long;
mod outcomes;
mod races;
mod reads;
mod rows;
mod snapshots;
mod tags;

use std::pin::Pin;
use std::sync::Arc;

use annals_runtime::ports::{Committed, Refusal, Store, Unit};

use crate::check::Check;

pub(crate) fn all() -> Vec<Check> {
    let mut all = appends::checks();
    all.extend(batches::checks());
    all.extend(outcomes::checks());
    all.extend(reads::checks());
    all.extend(rows::checks());
    all.extend(cells::checks());
    all.extend(books::checks());
    all.extend(tags::checks());
    all.extend(conditions::checks());
    all.extend(snapshots::checks());
    all.extend(follow::checks());
    all.extend(long::checks());
    all.extend(races::checks());
    all
}

/// Names an async function as a check.
macro_rules! check {
    ($name:literal, $run:path) => {
        crate::check::Check { name: $name, run: |store| Box::pin($run(store)) }
    };
}
pub(crate) use check;

/// Commits units in one call; one verdict each.
pub(crate) async fn commit(
    store: &Arc<dyn Store>,
    units: Vec<Unit>,
) -> Result<Vec<Result<Committed, Refusal>>, String> {
    let count = units.len();
    let verdicts = store.commit(units).await.map_err(|error| error.to_string())?;
    crate::check::same("verdicts", &verdicts.len(), &count)?;
    Ok(verdicts)
}

/// Commits units that come in parts, each once the store is through with those before.
pub(crate) async fn commit_in_parts(
    store: &Arc<dyn Store>,
    parts: Vec<Vec<Unit>>,
) -> Result<Vec<Result<Committed, Refusal>>, String> {
    let count = parts.iter().map(Vec::len).sum();
    let mut batch = ok(store.begin().await)?;
    for part in parts {
        batch.add(part);
        batch.through().await;
    }
    let verdicts = ok(batch.commit().await)?;
    crate::check::same("verdicts", &verdicts.len(), &count)?;
    Ok(verdicts)
}

/// Commits one unit that must be taken.
pub(crate) async fn take(store: &Arc<dyn Store>, unit: Unit) -> Result<Committed, String> {
    let verdict = commit(store, vec![unit]).await?.pop().ok_or("no verdict")?;
    verdict.map_err(|refusal| format!("refused: {refusal:?}"))
}

/// Commits one unit that must be refused.
pub(crate) async fn refused(store: &Arc<dyn Store>, unit: Unit) -> Result<Refusal, String> {
    let verdict = commit(store, vec![unit]).await?.pop().ok_or("no verdict")?;
    verdict.err().ok_or_else(|| "it was committed and should have been refused".to_owned())
}

/// A store's answer; its error as text.
pub(crate) fn ok<T>(answer: Result<T, annals_runtime::ports::StoreError>) -> Result<T, String> {
    answer.map_err(|error| error.to_string())
}

/// Whether a future that was just polled has yet to end.
pub(crate) async fn waits_still<T>(
    future: &mut Pin<Box<impl Future<Output = T> + ?Sized>>,
) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}

/// A subscription's next page, where the log goes on behind `place`: a store that lost what it
/// acknowledged would let the check wait for ever.
pub(crate) async fn next_page(
    store: &Arc<dyn Store>,
    subscription: &mut annals_runtime::Subscription,
    place: u64,
) -> Result<annals_runtime::Page, String> {
    let head = ok(store.head().await)?.0;
    crate::check::holds(&format!("the log goes on behind {place}"), head > place)?;
    ok(subscription.next().await)
}
