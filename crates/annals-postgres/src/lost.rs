//! Why this process may use the store no more, once that is so: another engine has taken over, what
//! listens for other processes broke, or the log has become shorter.

use annals_core::Position;
use annals_runtime::ports::StoreError;
use tokio::sync::watch;

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost(watch::Sender<Option<StoreError>>);

impl Lost {
    /// Why, if it is so.
    pub(crate) fn get(&self) -> Option<StoreError> {
        self.0.borrow().clone()
    }

    /// It is so, for good; the first reason stays.
    pub(crate) fn set(&self, why: StoreError) {
        self.0.send_if_modified(|lost| {
            let first = lost.is_none();
            lost.get_or_insert(why);
            first
        });
    }

    /// Why, once it is so.
    pub(crate) async fn told(&self) -> StoreError {
        let mut lost = self.0.subscribe();
        // The sender is this value: it can't be gone while we wait.
        match lost.wait_for(Option::is_some).await.map(|lost| lost.clone()) {
            Ok(Some(why)) => why,
            _ => StoreError::Closed("it was let go".to_owned()),
        }
    }

    /// Looks at where the log ends, which this process knew to go up to `known` before it asked. A
    /// log only grows: one that is shorter was restored from an older copy, or its server gave way
    /// to one that was behind. Whatever this process has read or kept beyond isn't there any more,
    /// and events that take those places would be skipped by all who have passed them.
    pub(crate) fn look(&self, known: Position, head: Position) -> Result<(), StoreError> {
        if head >= known {
            return Ok(());
        }
        self.set(StoreError::Closed(format!(
            "its log ends at {}, and went up to {}: it was restored from an older copy, or its \
             server gave way to one that was behind; start again",
            head.0, known.0
        )));
        self.get().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_that_only_grows_is_not_lost_and_a_shorter_one_is_for_good() {
        let lost = Lost::default();
        lost.look(Position(3), Position(3)).unwrap();
        lost.look(Position(3), Position(4)).unwrap();
        assert!(lost.get().is_none());
        let waiting = tokio::spawn({
            let lost = lost.clone();
            async move { lost.told().await }
        });
        let why = lost.look(Position(4), Position(3)).unwrap_err();
        assert!(why.to_string().contains("ends at 3, and went up to 4"), "{why}");
        assert_eq!(waiting.await.unwrap(), why);
        lost.set(StoreError::Closed("later".to_owned()));
        assert_eq!(lost.get(), Some(why));
    }
}
