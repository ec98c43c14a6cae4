//! Between processes: tells that the head has moved, and hears of it. NOTIFY is never part of an
//! append (it would serialise commits); the bell rings behind them, at most once in a few
//! milliseconds, in a session whose commits needn't wait for the disk. A ring that is lost costs a
//! second: so often the head is looked up anyway.

use std::time::Duration;

use annals_core::Position;
use annals_runtime::Heads;
use tokio::time::{Instant, sleep_until, timeout};

use crate::session::{Notices, Role, Session};
use crate::url::Place;

/// Between two rings.
const QUIET: Duration = Duration::from_millis(5);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Rings and listens until it is dropped.
pub(crate) async fn serve(place: Place, role: Role, heads: Heads) {
    loop {
        if let Ok((session, notices)) = Session::connect_with_notices(&place, role).await {
            let _ = until_over(&session, notices, &place, &heads).await;
        }
        tokio::time::sleep(LOOK / 4).await;
    }
}

/// Ends with the session.
async fn until_over(
    session: &Session,
    mut notices: Notices,
    place: &Place,
    heads: &Heads,
) -> Result<(), tokio_postgres::Error> {
    let channel = format!("annals_{}", place.schema);
    let listen = format!("SET synchronous_commit = off; LISTEN \"{channel}\"");
    session.client.batch_execute(&listen).await?;
    let mut rung = heads.current();
    let mut moved = heads.subscribe();
    let mut look = Instant::now();
    loop {
        if session.is_over() {
            return Ok(());
        }
        tokio::select! {
            notice = notices.recv() => {
                let Some(notice) = notice else { return Ok(()) };
                if let Ok(head) = notice.parse() {
                    rung = rung.max(Position(head));
                    heads.raise(Position(head));
                }
            }
            _ = moved.changed() => {
                let head = *moved.borrow_and_update();
                if head > rung {
                    rung = head;
                    let ring = "SELECT pg_notify($1, $2)";
                    session.query(ring, &[&channel, &head.0.to_string()]).await?;
                    let _ = timeout(QUIET, std::future::pending::<()>()).await;
                }
            }
            () = sleep_until(look) => {
                look = Instant::now() + LOOK;
                let sql = "SELECT head FROM annals_commits ORDER BY head DESC LIMIT 1";
                let rows = session.query(sql, &[]).await?;
                if let Some(head) = rows.first().map(|row| row.get::<_, i64>(0).cast_unsigned()) {
                    rung = rung.max(Position(head));
                    heads.raise(Position(head));
                }
            }
        }
    }
}
