//! Requests of another process, while the engine writes as fast as it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use annals_core::Position;
use annals_runtime::ports::{Books, Expected, Request, Store};
use annals_runtime::{Committer, Heads, SystemClock};
use annals_sqlite::Mode;
use tokio::task::JoinSet;

use crate::common::*;

#[expect(clippy::disallowed_methods, reason = "how long a request waits is what is tested")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_a_request_beside_many_clients_gets_its_turn() {
    let folder = Folder::new();
    let store: Arc<dyn Store> = Arc::new(folder.open());
    let clock = Arc::new(SystemClock);
    let committer = Committer::start(Arc::clone(&store), vec![], Heads::new(Position(0)), clock);
    let ended = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for client in 0..256_u64 {
        let (committer, ended) = (committer.clone(), Arc::clone(&ended));
        clients.spawn(async move {
            let mut number = client << 32;
            while !ended.load(Ordering::Relaxed) {
                number += 1;
                let events = vec![event("A.v1", number)];
                let unit = append(&format!("s{client}"), Expected::Any, events);
                committer.commit(unit).await.unwrap().unwrap();
            }
        });
    }
    let other = folder.open_as(Mode::Requests);
    for letter in 1..=100 {
        let began = Instant::now();
        let asked = other.request(Request::Redrive(letter)).await;
        let took = began.elapsed();
        // An engine's write is a few milliseconds; the next one doesn't come first each time.
        assert!(asked.is_ok() && took < Duration::from_secs(3), "{asked:?} after {took:?}");
    }
    ended.store(true, Ordering::Relaxed);
    clients.join_all().await;
}
