//! Where the log's end is, for those who wait for it to move. A hint: the log is the truth.

use annals_core::Position;
use tokio::sync::watch;

/// The position of the last event that this process knows to be committed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Heads(watch::Sender<Position>);

impl Heads {
    /// Starts at a position.
    pub fn new(head: Position) -> Self {
        Self(watch::Sender::new(head))
    }

    /// The head now.
    pub fn current(&self) -> Position {
        *self.0.borrow()
    }

    /// Raises the head and wakes those who wait for it; a lower position changes nothing.
    pub fn raise(&self, to: Position) {
        self.0.send_if_modified(|head| {
            let ahead = to > *head;
            *head = to.max(*head);
            ahead
        });
    }

    /// The head, once it lies beyond a position.
    pub async fn beyond(&self, after: Position) -> Position {
        let mut heads = self.0.subscribe();
        // The sender is this value: it can't be gone while we wait.
        heads.wait_for(|head| *head > after).await.map_or_else(|_| self.current(), |head| *head)
    }

    /// For waiting: `changed()` ends when the head moves.
    pub fn subscribe(&self) -> watch::Receiver<Position> {
        self.0.subscribe()
    }
}
