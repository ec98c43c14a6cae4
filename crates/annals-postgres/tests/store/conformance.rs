//! What every store must do.

use annals_conformance::{compare, linearizable, suite};

use crate::common::fresh;

#[tokio::test(flavor = "multi_thread")]
async fn keeps_every_promise() {
    suite(fresh).await.expect_pass();
}

#[tokio::test(flavor = "multi_thread")]
async fn does_what_the_store_in_memory_does() {
    for seed in 0..4 {
        compare(seed, 120, fresh()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_explains_what_concurrent_clients_are_told() {
    for seed in 0..3 {
        linearizable(seed, fresh()).await.unwrap();
    }
}
