//! A few sessions that only read, each used by many tasks at once. One that has ended is made anew
//! by the next read; a read that an ended session took down is repeated once, since it changes
//! nothing.
//!
//! Answers come in the order of the calls, and a session takes no more of them while one isn't
//! taken further. A future that nobody polls any more, as within a `select` or in a set whose owner
//! waits for something else, would hold up all reads of its session, that of its own owner among
//! them. What waits for the server therefore does so in tasks of its own.

use std::error::Error;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use annals_runtime::ports::StoreError;
use annals_runtime::{Heads, failpoint};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Row, Statement};

use crate::error::{damaged, store_error};
use crate::lists::Bound;
use crate::lost::Lost;
use crate::session::{Role, Session};
use crate::url::Place;

/// Sessions at most.
const SESSIONS: usize = 4;

/// Rows of one statement at most: a state of the store that is held keeps the server from tidying.
pub(crate) const PAGE: usize = 1_000;

/// Rows that are handed over at once, where they are there.
const CHUNK: usize = 64;

/// The sessions, made when they are needed.
#[derive(Debug)]
pub(crate) struct Readers {
    maker: Arc<Maker>,
    slots: [Arc<Slot>; SESSIONS],
}

/// What sessions are made of, and what they are held against.
#[derive(Debug)]
struct Maker {
    place: Place,
    role: Role,
    heads: Heads,
    lost: Lost,
}

/// A session's place, and how many reads are at it now.
#[derive(Debug, Default)]
struct Slot {
    /// And the era it is of.
    session: Mutex<Option<(u64, Arc<Session>)>>,
    /// Of whoever makes one: a task, which goes on by itself.
    making: tokio::sync::Mutex<()>,
    reads: AtomicUsize,
}

impl Slot {
    /// Its session, where there is one of this era that has not ended, as far as we know.
    fn session(&self, lost: &Lost) -> Option<Arc<Session>> {
        let kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let (era, session) = kept.as_ref()?;
        (*era == lost.era() && !session.is_over()).then(|| Arc::clone(session))
    }

    async fn make(&self, maker: &Maker) -> Result<Arc<Session>, StoreError> {
        let _making = self.making.lock().await;
        if let Some(session) = self.session(&maker.lost) {
            return Ok(session);
        }
        // Before it is made: one that an era began beside is of the last.
        let era = maker.lost.era();
        let session = Arc::new(Session::connect(&maker.place, maker.role).await?);
        maker.lost.look(&session, &maker.heads).await?;
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((era, Arc::clone(&session)));
        Ok(session)
    }
}

/// A read's stay at a slot: it ends when it is dropped, however the read ended.
struct Stay<'s>(&'s Arc<Slot>);

impl<'s> Stay<'s> {
    fn at(slot: &'s Arc<Slot>) -> Self {
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
    pub(crate) fn new(place: Place, role: Role, heads: Heads, lost: Lost) -> Self {
        let maker = Arc::new(Maker { place, role, heads, lost });
        Self { maker, slots: Default::default() }
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

    /// The rows of a statement that changes something: it isn't repeated where its answer is lost.
    pub(crate) async fn once(
        &self,
        sql: &str,
        bound: &[Bound<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let Stay(slot) = &self.stay();
        let session = self.session(slot).await?;
        rows(&session, sql, bound, &mut Ok).await
    }

    /// A stay where the fewest reads are, the first of those: a lone reader comes back to the same
    /// process of the server, whose caches are warm. In turns, each page would wake another one.
    fn stay(&self) -> Stay<'_> {
        let reads = |slot: &&Arc<Slot>| slot.reads.load(Ordering::Relaxed);
        Stay::at(self.slots.iter().min_by_key(reads).unwrap_or(&self.slots[0]))
    }

    async fn session(&self, slot: &Arc<Slot>) -> Result<Arc<Session>, StoreError> {
        if let Some(session) = slot.session(&self.maker.lost) {
            return Ok(session);
        }
        let (slot, maker) = (Arc::clone(slot), Arc::clone(&self.maker));
        apart(async move { slot.make(&maker).await }).await
    }
}

/// Waits for work that goes on whether it is waited for or not.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let ended = |error: tokio::task::JoinError| Err(StoreError::Unavailable(error.to_string()));
    tokio::spawn(work).await.unwrap_or_else(ended)
}

async fn rows<T>(
    session: &Arc<Session>,
    sql: &str,
    bound: &[Bound<'_>],
    of: &mut impl FnMut(Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let statement = match session.prepared(sql) {
        Some(statement) => statement,
        None => {
            let (session, sql) = (Arc::clone(session), sql.to_owned());
            let prepared = async move { session.statement(&sql).await };
            apart(async { prepared.await.map_err(|error| store_error(&error)) }).await?
        }
    };
    let values = encoded(&statement, bound)?;
    let (parts, mut arrived) = mpsc::unbounded_channel();
    tokio::spawn(take(Arc::clone(session), statement, values, parts));
    let mut read = Vec::new();
    while let Some(part) = arrived.recv().await {
        match part {
            Part::Rows(rows) => {
                for row in rows {
                    read.push(of(row)?);
                }
            }
            Part::End(ended) => return ended.map(|()| read).map_err(|error| store_error(&error)),
        }
    }
    Err(StoreError::Unavailable("a read ended with its runtime".to_owned()))
}

/// What a statement's answer comes in.
enum Part {
    Rows(Vec<Row>),
    End(Result<(), tokio_postgres::Error>),
}

/// Takes a statement's answer as fast as it comes; what nobody waits for is let go of.
async fn take(
    session: Arc<Session>,
    statement: Statement,
    values: Vec<Encoded>,
    parts: mpsc::UnboundedSender<Part>,
) {
    let ended = async {
        let rows = session.client.query_raw(&statement, values).await?;
        let mut chunks = pin!(rows.ready_chunks(CHUNK));
        while let Some(chunk) = chunks.next().await {
            let rows = chunk.into_iter().collect::<Result<Vec<Row>, _>>()?;
            if parts.send(Part::Rows(rows)).is_err() {
                break;
            }
        }
        Ok(())
    };
    let _ = parts.send(Part::End(ended.await));
}

/// A value as the server gets it.
#[derive(Debug)]
struct Encoded(Option<BytesMut>);

fn encoded(statement: &Statement, bound: &[Bound<'_>]) -> Result<Vec<Encoded>, StoreError> {
    let values = statement.params().iter().zip(bound).map(|(type_, value)| {
        let mut bytes = BytesMut::new();
        let failed = |error| damaged(format!("a value can't be sent: {error}"));
        let null = value.to_sql_checked(type_, &mut bytes).map_err(failed)?;
        Ok(Encoded(matches!(null, IsNull::No).then_some(bytes)))
    });
    values.collect()
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(all(test, feature = "on-services"))]
mod tests {
    use std::collections::BTreeSet;

    use annals_runtime::ports::EventStore;
    use futures_util::future::{join_all, poll_fn};

    use super::*;
    use crate::query::plans;
    use crate::{OpenOptions, PostgresStore};

    /// Which of the server's processes answers, after some time.
    async fn process(readers: &Readers, seconds: f64) -> i32 {
        let sql = "SELECT pg_backend_pid() FROM pg_sleep($1)";
        let rows = readers.query(sql, &[&seconds]).await.unwrap();
        rows[0].get(0)
    }

    #[tokio::test]
    async fn a_lone_reader_stays_at_a_session_and_a_crowd_has_all() {
        let url = plans::url("readers");
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

    #[tokio::test(flavor = "multi_thread")]
    async fn with_a_writer_made_anew_readers_leave_their_sessions() {
        let url = plans::url("eras");
        let store = PostgresStore::open(&url, OpenOptions::default()).await.unwrap();
        let first = process(&store.readers, 0.0).await;
        let commit = async |number| store.commit(vec![plans::command(number)]).await;
        commit(1).await.unwrap();
        assert_eq!(process(&store.readers, 0.0).await, first);
        // The writer's server may be another one now, and this one be left with nobody who commits.
        let end = "SELECT pg_terminate_backend(writer, 5000) FROM annals_commits";
        let login = Session::connect(&Place::parse(&url).unwrap(), Role::Owner).await.unwrap();
        login.query(end, &[]).await.unwrap();
        while commit(2).await.is_err() {}
        assert_ne!(process(&store.readers, 0.0).await, first);
    }
}
