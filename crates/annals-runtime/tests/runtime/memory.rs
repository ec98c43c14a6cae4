//! The store in memory keeps the ports' promises, and the suite notices a store that doesn't.

use std::sync::Arc;
use std::time::Duration;

use annals_conformance::{Broken, Fault, compare, linearizable, names, suite, suite_within};
use annals_runtime::MemoryStore;
use annals_runtime::ports::Store;

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

#[tokio::test]
async fn keeps_every_promise() {
    let report = suite(memory).await;
    assert!(names().len() > 60);
    report.expect_pass();
}

#[tokio::test]
async fn the_suite_catches_each_broken_store() {
    let mut caught = String::new();
    for fault in [
        Fault::IgnoresVersions,
        Fault::ForgetsOutcomes,
        Fault::ForgetsCheckpoints,
        Fault::IgnoresStaleRows,
        Fault::TearsUnits,
        Fault::IgnoresConditions,
        Fault::DropsAcknowledged(5),
        Fault::AnswersEarly(5),
        Fault::GivesPositionsEarly,
        Fault::CommitsEarly,
    ] {
        let report = suite(|| Arc::new(Broken::new(memory(), fault))).await;
        caught += &format!("{fault:?}\n");
        for name in report.failed() {
            caught += &format!("  {name}\n");
        }
    }
    insta::assert_snapshot!(caught);
}

#[tokio::test]
async fn a_store_that_wakes_nobody_is_caught_instead_of_waited_for() {
    let broken = || Arc::new(Broken::new(memory(), Fault::WakesNobody)) as Arc<dyn Store>;
    let report = suite_within(Duration::from_millis(500), broken).await;
    let endless = "beyond waits for a commit, also where it is dropped and repeated";
    assert!(report.failed().contains(&endless), "{report}");
    assert!(report.to_string().contains("no end within 500ms"), "{report}");
}

#[tokio::test]
async fn random_operations_tell_broken_stores_from_whole_ones() {
    for seed in 0..8 {
        compare(seed, 200, memory()).await.unwrap();
        for fault in [
            Fault::IgnoresVersions,
            Fault::ForgetsOutcomes,
            Fault::ForgetsCheckpoints,
            Fault::IgnoresStaleRows,
            Fault::TearsUnits,
            Fault::IgnoresConditions,
        ] {
            let broken = Arc::new(Broken::new(memory(), fault));
            assert!(compare(seed, 200, broken).await.is_err(), "{fault:?} with seed {seed}");
        }
    }
}

#[tokio::test]
async fn one_order_explains_what_concurrent_clients_are_told() {
    for seed in 0..20 {
        linearizable(seed, memory()).await.unwrap();
        for harmless in [Fault::LosesAnswers(7), Fault::Slow(3)] {
            let store = Arc::new(Broken::new(memory(), harmless));
            linearizable(seed, store).await.unwrap();
        }
    }
    let faults = [
        Fault::IgnoresVersions,
        Fault::DropsAcknowledged(5),
        Fault::AnswersEarly(5),
        Fault::GivesPositionsEarly,
    ];
    for fault in faults {
        let mut caught = false;
        for seed in 0..5 {
            let broken = Arc::new(Broken::new(memory(), fault));
            caught |= linearizable(seed, broken).await.is_err();
        }
        assert!(caught, "{fault:?} within 5 seeds");
    }
}
