//! One queue a stream, in the process: commands of one aggregate are handled one after the other,
//! in the order of their arrival, instead of costing each other their decisions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use annals_core::StreamId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::CommandError;

/// The queues that have someone in them.
pub(super) struct Lanes {
    inner: Mutex<Inner>,
    most: usize,
    most_per_stream: usize,
}

#[derive(Default)]
struct Inner {
    lanes: HashMap<StreamId, Lane>,
    waiting: usize,
}

/// One stream's queue. Tokio's semaphore lets those who wait in by order of arrival.
struct Lane {
    turn: Arc<Semaphore>,
    waiting: usize,
}

/// A place in a queue, given up when dropped, its turn come or not.
struct Place<'l> {
    lanes: &'l Lanes,
    stream: StreamId,
}

/// The turn of one command.
pub(super) struct Turn<'l> {
    // Dropped first: the next one may go before the lane is counted.
    _permit: OwnedSemaphorePermit,
    _place: Place<'l>,
}

impl Lanes {
    pub(super) fn new(most: usize, most_per_stream: usize) -> Self {
        Self { inner: Mutex::default(), most, most_per_stream }
    }

    /// Waits for the stream's turn. Only commands from outside are refused for numbers: those
    /// inside are bounded where they are made, and must not starve behind the others.
    pub(super) async fn enter(
        &self,
        stream: &StreamId,
        outside: bool,
    ) -> Result<Turn<'_>, CommandError> {
        let (turn, place) = {
            let mut inner = self.lock();
            if outside && inner.waiting >= self.most {
                return Err(CommandError::Busy);
            }
            let turn = match inner.lanes.get_mut(stream) {
                Some(lane) if outside && lane.waiting >= self.most_per_stream => {
                    return Err(CommandError::Busy);
                }
                Some(lane) => {
                    lane.waiting += 1;
                    lane.turn.clone()
                }
                None => {
                    let turn = Arc::new(Semaphore::new(1));
                    let lane = Lane { turn: turn.clone(), waiting: 1 };
                    inner.lanes.insert(stream.clone(), lane);
                    turn
                }
            };
            inner.waiting += 1;
            (turn, Place { lanes: self, stream: stream.clone() })
        };
        let permit = turn.acquire_owned().await.map_err(|_| CommandError::Closing)?;
        Ok(Turn { _permit: permit, _place: place })
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut inner = self.lanes.lock();
        inner.waiting -= 1;
        if let Some(lane) = inner.lanes.get_mut(&self.stream) {
            lane.waiting -= 1;
            if lane.waiting == 0 {
                inner.lanes.remove(&self.stream);
            }
        }
    }
}
