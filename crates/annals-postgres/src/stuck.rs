//! Processes that stop, or lose their network, in the middle of what they send. A call is executed
//! as soon as its own part of a message is there; the server commits when the message's last five
//! bytes (`Sync`) arrive, and no timeout of Postgres 15 ends its wait for those: a session counts
//! as idle only behind them. Who waits in vain for the log's lock therefore ends such a holder.

use annals_runtime::ports::StoreError;

use crate::error::store_error;
use crate::session::{Role, Session};
use crate::url::Place;

/// How long a call waits for the log's lock before it looks who has it.
pub(crate) const LOOK: &str = "SET lock_timeout = '1500ms'";

/// A holder that executes something and waits for its client. Those who wait for the lock wait for
/// another session. Whoever has it in order never waits for a client: all of its message is there.
const END: &str = "
    SELECT pg_terminate_backend(a.pid, 1000)
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.relation = 'annals_log'::regclass AND l.mode = 'RowShareLock' AND l.granted
      AND a.state = 'active' AND a.wait_event IN ('ClientRead', 'ClientWrite')
      AND a.query_start < clock_timestamp() - interval '1 second' AND a.usename = session_user";

/// Ends the sessions of our user that hold the log's lock and wait for their process. What they had
/// begun is rolled back; a process that goes on hears that its answer is lost.
pub(crate) async fn end(place: &Place) -> Result<(), StoreError> {
    // By whoever logged in, as those sessions did: our roles may end nobody.
    let login = Session::connect(place, Role::Owner).await?;
    login.query(END, &[]).await.map(drop).map_err(|error| store_error(&error))
}
