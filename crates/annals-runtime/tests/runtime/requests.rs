//! Requests for letters: who answers those that no consumer does.

use std::sync::Arc;

use annals_core::Timestamp;
use annals_runtime::ports::{CallResult, LetterId, LetterQuery, LetterStatus, Request};
use tokio::sync::oneshot;

use crate::reactions::{Bank, busy, gone};

async fn id_at(bank: &Bank, position: u64) -> LetterId {
    let letters = bank.store.letters(LetterQuery::default()).await.unwrap();
    letters.iter().find(|letter| letter.position.0 == position).unwrap().id
}

async fn redrive(bank: &Bank, letter: LetterId) {
    bank.store.request(Request::Redrive(letter)).await.unwrap();
}

async fn discard(bank: &Bank, letter: LetterId) {
    let (reason, at) = ("a test".into(), Timestamp(0));
    bank.store.request(Request::Discard { letter, reason, at }).await.unwrap();
}

#[tokio::test]
async fn a_letter_that_is_discarded_during_the_backoff_of_its_redrive_leaves_no_request() {
    let bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![busy()]);
    bank.deposits(&[("a", 1)]).await;
    bank.finish().await;
    let letter = id_at(&bank, 1).await;
    redrive(&bank, letter).await;
    bank.settle().await;
    assert!(bank.runtime().next_wake().is_some(), "it waits to be tried again");
    discard(&bank, letter).await;
    bank.finish().await;
    assert_eq!(bank.letters(LetterStatus::Discarded).await, [1]);
    bank.at_rest().await;
}

#[tokio::test]
async fn a_running_engine_takes_late_requests_back() {
    let mut bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![gone(), CallResult::Done]);
    bank.deposits(&[("a", 1)]).await;
    bank.finish().await;
    let letter = id_at(&bank, 1).await;
    redrive(&bank, letter).await;
    bank.finish().await;
    let runtime = Arc::new(bank.runtime.take().unwrap());
    let (end, ended) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.run(async { ended.await.unwrap() }).await }
    });
    redrive(&bank, letter).await;
    while !bank.store.requests().await.unwrap().is_empty() {
        bank.clock.advance(100_000);
        tokio::task::yield_now().await;
    }
    end.send(()).unwrap();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn letters_of_a_consumer_that_is_gone_can_be_given_up_and_not_redriven() {
    let mut bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![gone()]);
    bank.deposits(&[("a", 1), ("a", 2), ("a", 3)]).await;
    bank.finish().await;
    bank.service.asked();
    let letter = id_at(&bank, 1).await;
    redrive(&bank, letter).await;
    bank.removed = true;
    bank.restart().await;
    assert_eq!(bank.store.requests().await.unwrap(), []);
    assert_eq!(bank.letters(LetterStatus::Failed).await, [1]);
    discard(&bank, letter).await;
    discard(&bank, letter).await;
    bank.runtime().answer_requests().await.unwrap();
    assert_eq!(bank.store.requests().await.unwrap(), []);
    assert_eq!(bank.letters(LetterStatus::Discarded).await, [1]);
    // The next in line is the dead one now: nobody else can say what becomes of it.
    assert_eq!(bank.letters(LetterStatus::Failed).await, [2]);
    assert_eq!(bank.letters(LetterStatus::Blocked).await, [3]);
    bank.removed = false;
    bank.restart().await;
    bank.finish().await;
    assert_eq!(bank.service.asked(), [""; 0]);
    bank.redrive_all().await;
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/2", "a/3"]);
    bank.at_rest().await;
}
