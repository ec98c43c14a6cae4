//! A few sessions that only read, each used by many tasks at once. One that has ended is made anew
//! by the next read; a read that an ended session took down is repeated once, since it changes
//! nothing.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use annals_runtime::failpoint;
use annals_runtime::ports::StoreError;
use futures_util::TryStreamExt;
use tokio::sync::Mutex;
use tokio_postgres::Row;

use crate::error::store_error;
use crate::lists::Bound;
use crate::session::{Role, Session};
use crate::url::Place;

/// Sessions at most.
const SESSIONS: usize = 4;

/// Rows of one statement at most: a state of the store that is held keeps the server from tidying.
pub(crate) const PAGE: usize = 1_000;

/// The sessions, made when they are needed.
#[derive(Debug)]
pub(crate) struct Readers {
    place: Place,
    role: Role,
    slots: [Slot; SESSIONS],
}

/// A session's place, and how many reads are at it now.
#[derive(Debug, Default)]
struct Slot {
    session: Mutex<Option<Arc<Session>>>,
    reads: AtomicUsize,
}

/// A read's stay at a slot: it ends when it is dropped, however the read ended.
struct Stay<'s>(&'s Slot);

impl<'s> Stay<'s> {
    fn at(slot: &'s Slot) -> Self {
        slot.reads.fetch_add(1, Ordering::Relaxed);
        Self(slot)
    }
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.reads.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Readers {
    pub(crate) fn new(place: Place, role: Role) -> Self {
        Self { place, role, slots: Default::default() }
    }

    /// The rows of a statement.
    pub(crate) async fn query(
        &self,
        sql: &str,
        bound: &[Bound<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.read(sql, bound, Ok).await
    }

    /// What is made of each row of a statement, as it arrives: the server goes on meanwhile.
    pub(crate) async fn read<T>(
        &self,
        sql: &str,
        bound: &[Bound<'_>],
        mut of: impl FnMut(Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        failpoint!("postgres.before-read", |error| return Err(error));
        let Stay(slot) = &self.stay();
        let session = self.session(slot).await?;
        match rows(&session, sql, bound, &mut of).await {
            Err(_) if session.is_over() => {
                let session = self.session(slot).await?;
                rows(&session, sql, bound, &mut of).await
            }
            result => result,
        }
    }

    /// A stay where the fewest reads are, the first of those: a lone reader comes back to the same
    /// process of the server, whose caches are warm. In turns, each page would wake another one.
    fn stay(&self) -> Stay<'_> {
        let reads = |slot: &&Slot| slot.reads.load(Ordering::Relaxed);
        Stay::at(self.slots.iter().min_by_key(reads).unwrap_or(&self.slots[0]))
    }

    /// A slot's session, which has not ended, as far as we know.
    async fn session(&self, slot: &Slot) -> Result<Arc<Session>, StoreError> {
        let mut slot = slot.session.lock().await;
        if let Some(session) = slot.as_ref().filter(|session| !session.is_over()) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(Session::connect(&self.place, self.role).await?);
        *slot = Some(Arc::clone(&session));
        Ok(session)
    }
}

async fn rows<T>(
    session: &Session,
    sql: &str,
    bound: &[Bound<'_>],
    of: &mut impl FnMut(Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let failed = |error| store_error(&error);
    let mut rows = pin!(session.rows(sql, bound).await.map_err(failed)?);
    let mut read = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        read.push(of(row)?);
    }
    Ok(read)
}

#[cfg(all(test, feature = "on-services"))]
mod tests {
    use std::collections::BTreeSet;

    use futures_util::future::{join_all, poll_fn};

    use super::*;
    use crate::{OpenOptions, PostgresStore};

    /// Which of the server's processes answers, after some time.
    async fn process(readers: &Readers, seconds: f64) -> i32 {
        let sql = "SELECT pg_backend_pid() FROM pg_sleep($1)";
        let rows = readers.query(sql, &[&seconds]).await.unwrap();
        rows[0].get(0)
    }

    #[tokio::test]
    async fn a_lone_reader_stays_at_a_session_and_a_crowd_has_all() {
        let url = crate::query::plans::url("readers");
        let store = PostgresStore::open(&url, OpenOptions::default()).await.unwrap();
        let readers = &store.readers;
        let first = process(readers, 0.0).await;
        assert_eq!(process(readers, 0.0).await, first);
        let crowd = join_all((0..2 * SESSIONS).map(|_| process(readers, 0.1))).await;
        assert_eq!(crowd.into_iter().collect::<BTreeSet<_>>().len(), SESSIONS);

        // A read that is given up leaves its place.
        let mut given_up = Box::pin(process(readers, 0.1));
        poll_fn(|context| {
            assert!(given_up.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        assert_ne!(process(readers, 0.0).await, first);
        drop(given_up);
        assert_eq!(process(readers, 0.0).await, first);
    }
}
