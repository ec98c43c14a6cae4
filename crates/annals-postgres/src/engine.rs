//! One engine a log: whoever runs consumers holds a lock in a session of its own, which the server
//! lets go of with the session. What two engines could do to each other while one doesn't know yet
//! that it has lost the lock is bounded by checkpoints: a consumer's unit commits only where its
//! checkpoint is the one that it read.

use annals_runtime::ports::StoreError;
use tokio_postgres::error::SqlState;

use crate::error::store_error;
use crate::session::{Role, Session};
use crate::url::Place;

/// An advisory lock's number, of the schema.
const KEY: &str = "hashtextextended('annals engine ' || $1, 0)";

/// Of a row of `pg_locks`: it holds the advisory lock of a number that follows.
const HOLDS: &str = "locktype = 'advisory' AND granted AND objsubid = 1 \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND (classid::bigint << 32) | objid::bigint =";

/// A server that takes longer to notice that a process died believes it to be alive.
const PATIENCE: &str = "2s";

/// Takes the lock, or says who has it. `own` are the server's processes that may hold it for this
/// one: those that the server hasn't noticed to be left are ended.
pub(crate) async fn take(session: &Session, place: &Place, own: &[i32]) -> Result<(), StoreError> {
    let failed = |error| store_error(&error);
    if !own.is_empty() {
        // By whoever logged in, as the session to be ended did: our roles may end nobody.
        let login = Session::connect(place, Role::Owner).await?;
        let end = format!(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_locks WHERE pid = ANY($2) \
             AND {HOLDS} {KEY}"
        );
        login.query(&end, &[&place.schema, &own]).await.map_err(failed)?;
    }
    let try_lock = format!("SELECT pg_try_advisory_lock({KEY})");
    let rows = session.query(&try_lock, &[&place.schema]).await.map_err(failed)?;
    if rows.first().is_some_and(|row| row.get(0)) || wait(session).await? {
        return Ok(());
    }
    let holder = format!(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE {HOLDS} {KEY}"
    );
    let rows = session.query(&holder, &[&place.schema]).await.map_err(failed)?;
    let who = rows.first().map_or("another process", |row| row.get(0));
    Err(StoreError::NotOurs(format!("{who} runs the engine on {}; stop it first", place.shown())))
}

/// Lets the lock go, where this session has it.
pub(crate) async fn let_go(session: &Session) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_unlock_all()";
    session.query(sql, &[]).await.map(drop).map_err(|error| store_error(&error))
}

/// Waits a little for the lock: the session of an engine that died just now is there until the
/// server notices. Whether it got it.
async fn wait(session: &Session) -> Result<bool, StoreError> {
    let key = KEY.replace("$1", "current_schema()");
    // One message, so that the timeout is that of its transaction; the lock is the session's.
    let lock = format!("SET LOCAL lock_timeout = '{PATIENCE}'; SELECT pg_advisory_lock({key})");
    match session.client.batch_execute(&lock).await {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(false),
        Err(error) => Err(store_error(&error)),
    }
}

/// The server's process of a session.
pub(crate) async fn server_process(session: &Session) -> Result<i32, StoreError> {
    let rows = session.query("SELECT pg_backend_pid()", &[]).await;
    rows.map_err(|error| store_error(&error))?
        .first()
        .map(|row| row.get(0))
        .ok_or_else(|| StoreError::Unavailable("the server doesn't know its process".to_owned()))
}

#[cfg(all(test, feature = "on-services"))]
mod tests {
    use super::*;
    use crate::query::plans;
    use crate::{OpenOptions, PostgresStore};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_session_of_ours_that_lingers_is_ended_and_nobody_elses() {
        let url = plans::url("engine");
        // Makes the schema, and lets the lock go.
        drop(PostgresStore::open(&url, OpenOptions::default()).await.unwrap());
        let place = Place::parse(&url).unwrap();
        let role = Role::Projections;
        let lingering = Session::connect(&place, role).await.unwrap();
        while take(&lingering, &place, &[]).await.is_err() {
            tokio::task::yield_now().await;
        }
        let own = server_process(&lingering).await.unwrap();
        let next = Session::connect(&place, role).await.unwrap();
        let mistaken = take(&next, &place, &[own + 1]).await.unwrap_err().to_string();
        assert!(mistaken.contains("runs the engine"), "{mistaken}");
        take(&next, &place, &[own + 1, own]).await.unwrap();
        assert!(lingering.query("SELECT 1", &[]).await.is_err());
    }
}
