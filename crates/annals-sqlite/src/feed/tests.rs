//! Both ends: what is handed on when, and who is told that it is written.

use annals_runtime::ports::{Batch, StoreError, Unit};

use super::{Feed, Feeder, Part};

fn units(count: usize) -> Vec<Unit> {
    vec![Unit::default(); count]
}

fn ends() -> (Box<Feeder>, Feed) {
    let (feeder, feed) = Feeder::new();
    (Box::new(feeder), feed)
}

fn size(part: Option<Part>) -> Option<(usize, bool)> {
    part.map(|part| (part.work.len(), part.is_last))
}

#[tokio::test]
async fn what_is_there_at_once_comes_in_one_part() {
    let (mut feeder, mut feed) = ends();
    feeder.add(units(2));
    feeder.add(units(1));
    let thread = std::thread::spawn(move || {
        let all = size(feed.next());
        feed.answer(Ok(Vec::new()), Vec::new());
        all
    });
    assert_eq!(feeder.commit().await, Ok(Vec::new()));
    assert_eq!(thread.join().unwrap(), Some((3, true)));
}

#[tokio::test]
async fn who_asks_hears_once_all_of_it_is_written() {
    let (mut feeder, mut feed) = ends();
    assert!(feeder.is_through(), "nothing was brought");
    feeder.add(units(2));
    assert!(!feeder.is_through(), "two are on their way");
    assert_eq!(size(feed.next()), Some((2, false)));
    assert!(!feeder.is_through(), "the writer has them in hand");
    let thread = std::thread::spawn(move || (size(feed.next()), size(feed.next())));
    feeder.through().await;
    feeder.add(units(1));
    feeder.through().await;
    drop(feeder);
    assert_eq!(thread.join().unwrap(), (Some((1, false)), None), "nobody wants the batch");
}

#[tokio::test]
async fn a_writer_that_is_gone_keeps_nobody_waiting() {
    let (mut feeder, feed) = ends();
    feeder.add(units(1));
    assert!(!feeder.is_through());
    drop(feed);
    feeder.through().await;
    let closed = StoreError::Closed("its writer has ended".to_owned());
    assert_eq!(feeder.commit().await, Err(closed));
}
