//! A canary: whoever resumes by the position alone is caught.

use std::sync::Arc;

use annals_runtime::{MemoryStore, Subscription};

use super::{LogQuery, restored_with};

#[tokio::test]
async fn who_resumes_by_position_alone_after_a_restore_is_caught() {
    let by_position = async |store, query, token: super::Token| {
        Ok(Subscription::new(store, LogQuery { after: token.position, ..query }))
    };
    let store = Arc::new(MemoryStore::default());
    let caught = restored_with(store, by_position).await;
    assert_eq!(caught.unwrap_err(), "another event's token was taken");
}
