//! Driving consumers, by hand and live, and the orderly end.

use std::sync::Arc;

use annals_core::{Cell, Position};
use annals_runtime::ports::Store;
use annals_runtime::{CommandError, MemoryStore, Runtime};
use tokio::sync::oneshot;

use crate::toy::{Sums, head, open, request, rows_and_fold};

fn eventual() -> Vec<Sums> {
    vec![Sums::new("accounts", true, false)]
}

async fn deposits(runtime: &Runtime, count: u32) {
    for number in 0..count {
        let account = format!("a{}", number % 3);
        runtime.commands().handle(request(&account, "Deposit", 1)).await.unwrap();
    }
}

#[tokio::test]
async fn settling_brings_every_consumer_to_the_head() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let runtime = open(eventual(), store.clone()).await;
    deposits(&runtime, 9).await;
    assert_eq!(store.rows("accounts", None, 9).await.unwrap().len(), 0);
    runtime.settle().await.unwrap();
    let (rows, folded) = rows_and_fold(&*store, &eventual()[0]).await;
    assert_eq!(rows, folded);
    let status = runtime.statuses().of("accounts").unwrap();
    assert_eq!((status.checkpoint, status.idle), (Position(9), true));
    assert_eq!(runtime.next_wake(), None);
}

#[tokio::test]
async fn a_changed_eventual_projection_is_rebuilt_before_it_serves() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let runtime = open(eventual(), store.clone()).await;
    deposits(&runtime, 9).await;
    runtime.settle().await.unwrap();
    drop(runtime);
    let mut changed = Sums::new("accounts", false, false);
    changed.fingerprint = "sums 2";
    let runtime = open(vec![changed], store.clone()).await;
    assert!(runtime.rebuilt().contains("accounts"));
    let rows = store.rows("accounts", None, 9).await.unwrap();
    let wanted = vec![Cell::Text("all".into()), Cell::Int(9), Cell::Int(9)];
    assert_eq!(rows.into_iter().map(|(row, _)| row).collect::<Vec<_>>(), vec![wanted]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_consumers_follow_the_log_until_the_end_is_called() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let runtime = Arc::new(open(eventual(), store.clone()).await);
    let (end, ended) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.run(async { ended.await.unwrap() }).await }
    });
    deposits(&runtime, 30).await;
    while runtime.statuses().of("accounts").unwrap().checkpoint < head(&*store).await {
        tokio::task::yield_now().await;
    }
    end.send(()).unwrap();
    running.await.unwrap().unwrap();
    let refused = runtime.commands().handle(request("a", "Deposit", 1)).await;
    assert_eq!(refused, Err(CommandError::Closing));
    let (rows, folded) = rows_and_fold(&*store, &eventual()[0]).await;
    assert_eq!(rows, folded);
    // The consumers are back, and can be stepped by hand.
    runtime.settle().await.unwrap();
}
