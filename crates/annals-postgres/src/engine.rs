//! One engine a log: whoever runs consumers holds a lock in a session of its own, which the server
//! lets go of with the session. What two engines could do to each other while one doesn't know yet
//! that it has lost the lock is bounded by checkpoints: a consumer's unit commits only where its
//! checkpoint is the one that it read.

use annals_runtime::ports::StoreError;

use crate::error::store_error;
use crate::session::{Role, Session};
use crate::url::Place;

/// An advisory lock's number, of the schema.
const KEY: &str = "hashtextextended('annals engine ' || $1, 0)";

/// Sessions that hold an advisory lock of this database, of the number that follows.
const HOLDER: &str = "pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND (l.classid::bigint << 32) | l.objid::bigint";

/// Takes the lock, or says who has it. `own` is the session that held it for this process, where
/// one did: what the server hasn't noticed to be gone is ended.
pub(crate) async fn take(
    session: &Session,
    place: &Place,
    own: Option<i32>,
) -> Result<(), StoreError> {
    let failed = |error| store_error(&error);
    if let Some(own) = own {
        let end = format!(
            "SELECT pg_terminate_backend(l.pid, 2000) FROM {HOLDER} = {KEY} AND l.pid = $2"
        );
        // As who connects: a session's role may end no session.
        let owner = Session::connect(place, Role::Owner).await?;
        owner.query(&end, &[&place.schema, &own]).await.map_err(failed)?;
    }
    let try_lock = format!("SELECT pg_try_advisory_lock({KEY})");
    let rows = session.query(&try_lock, &[&place.schema]).await.map_err(failed)?;
    if rows.first().is_some_and(|row| row.get(0)) {
        return Ok(());
    }
    let holder = format!("SELECT a.application_name FROM {HOLDER} = {KEY}");
    let rows = session.query(&holder, &[&place.schema]).await.map_err(failed)?;
    let who = rows.first().map_or("another process", |row| row.get(0));
    Err(StoreError::NotOurs(format!("{who} runs the engine on {}; stop it first", place.shown())))
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
        while take(&lingering, &place, None).await.is_err() {
            tokio::task::yield_now().await;
        }
        let own = server_process(&lingering).await.unwrap();
        let next = Session::connect(&place, role).await.unwrap();
        let mistaken = take(&next, &place, Some(own + 1)).await.unwrap_err().to_string();
        assert!(mistaken.contains("runs the engine"), "{mistaken}");
        take(&next, &place, Some(own)).await.unwrap();
        assert!(lingering.query("SELECT 1", &[]).await.is_err());
    }
}
