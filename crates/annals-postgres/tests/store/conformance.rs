//! What every store must do.

use annals_conformance::{compare, suite};

use crate::common::fresh;

#[tokio::test(flavor = "multi_thread")]
async fn keeps_every_promise() {
    suite(fresh).await.expect_pass();
}

#[tokio::test(flavor = "multi_thread")]
async fn does_what_the_store_in_memory_does() {
    for seed in 0..8 {
        compare(seed, 200, fresh()).await.unwrap();
    }
}
