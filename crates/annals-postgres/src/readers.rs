//! A few sessions that only read, each used by many tasks at once. One that has ended is made anew
//! by the next read; a read that an ended session took down is repeated once, since it changes
//! nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use annals_runtime::failpoint;
use annals_runtime::ports::StoreError;
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
    sessions: [Mutex<Option<Arc<Session>>>; SESSIONS],
    next: AtomicUsize,
}

impl Readers {
    pub(crate) fn new(place: Place, role: Role) -> Self {
        let sessions = std::array::from_fn(|_| Mutex::new(None));
        Self { place, role, sessions, next: AtomicUsize::new(0) }
    }

    /// The rows of a statement.
    pub(crate) async fn query(
        &self,
        sql: &str,
        bound: &[Bound<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        failpoint!("postgres.before-read", |error| return Err(error));
        let session = self.session().await?;
        match session.query(sql, bound).await {
            Err(_) if session.is_over() => {
                let session = self.session().await?;
                session.query(sql, bound).await.map_err(|error| store_error(&error))
            }
            result => result.map_err(|error| store_error(&error)),
        }
    }

    /// A session that has not ended, as far as we know.
    pub(crate) async fn session(&self) -> Result<Arc<Session>, StoreError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % SESSIONS;
        let mut slot = self.sessions[turn].lock().await;
        if let Some(session) = slot.as_ref().filter(|session| !session.is_over()) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(Session::connect(&self.place, self.role).await?);
        *slot = Some(Arc::clone(&session));
        Ok(session)
    }
}
