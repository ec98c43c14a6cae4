//! Between processes: tells that the head has moved, and hears of it. NOTIFY is never part of an
//! append (it would serialise commits); the bell rings behind them, at most once in ten
//! milliseconds, in a session whose commits needn't wait for the disk. A ring that is lost costs a
//! second: so often the head is looked up anyway. In an engine's process this session holds the
//! engine's lock too.

use std::time::Duration;

use annals_core::Position;
use annals_runtime::ports::StoreError;
use annals_runtime::{Heads, failpoint};
use tokio::time::{Instant, sleep, sleep_until};

use crate::engine;
use crate::error::store_error;
use crate::lost::Lost;
use crate::session::{Notices, Role, Session};
use crate::url::Place;

/// Before a ring: who was just answered calls again, and needs the processors for it.
const LULL: Duration = Duration::from_millis(1);
/// Between two rings, less that.
const QUIET: Duration = Duration::from_millis(9);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(250);

/// What rings and listens.
pub(crate) struct Bell {
    pub(crate) place: Place,
    pub(crate) role: Role,
    /// Where the log ends, as far as this process knows.
    pub(crate) heads: Heads,
    /// The end of what this process has committed: it rings for that, and for nobody else's.
    pub(crate) own: Heads,
    pub(crate) lost: Lost,
    /// The server's processes that may hold the engine's lock for us; none: we are no engine.
    holders: Vec<i32>,
    session: Option<(Session, Notices)>,
    rung: Position,
}

impl Bell {
    /// A bell; that of an engine takes its lock now.
    pub(crate) async fn new(
        place: Place,
        role: Role,
        heads: Heads,
        is_engine: bool,
    ) -> Result<Self, StoreError> {
        let mut bell = Self {
            place,
            role,
            heads,
            own: Heads::default(),
            lost: Lost::default(),
            holders: Vec::new(),
            session: None,
            rung: Position(0),
        };
        if is_engine {
            let (session, notices) = Session::connect_with_notices(&bell.place, role).await?;
            engine::take(&session, &bell.place, &[]).await?;
            bell.holders = vec![engine::server_process(&session).await?];
            bell.session = Some((session, notices));
        }
        Ok(bell)
    }

    /// Rings and listens until it is dropped, or the store is lost to this process.
    pub(crate) async fn serve(mut self) {
        let mut is_first = true;
        while self.lost.check().is_ok() {
            match self.connected().await {
                Ok((session, notices)) => {
                    // An error ends the session, and is told to those who need the server.
                    let _ = self.until_over(&session, notices, is_first).await;
                    is_first = false;
                }
                Err(error @ StoreError::NotOurs(_)) if !self.holders.is_empty() => {
                    self.lost.set(StoreError::Closed(error.to_string()));
                    return;
                }
                Err(_) => {}
            }
            sleep(PAUSE).await;
        }
    }

    async fn connected(&mut self) -> Result<(Session, Notices), StoreError> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        let (session, notices) = Session::connect_with_notices(&self.place, self.role).await?;
        if !self.holders.is_empty() {
            // Before it takes the lock: of one whose answer is lost nobody knows whether it has it.
            let process = engine::server_process(&session).await?;
            let own = self.holders.clone();
            self.holders.push(process);
            engine::take(&session, &self.place, &own).await?;
            self.holders = vec![process];
        }
        Ok((session, notices))
    }

    /// Ends with the session. Behind one that isn't the first may be another server.
    async fn until_over(
        &mut self,
        session: &Session,
        mut notices: Notices,
        is_first: bool,
    ) -> Result<(), StoreError> {
        let channel = channel(&self.place.schema);
        let listen = format!("SET synchronous_commit = off; LISTEN \"{channel}\"");
        session.client.batch_execute(&listen).await.map_err(|error| store_error(&error))?;
        let head = match is_first {
            true => self.lost.glance(session, &self.heads).await?,
            false => {
                let head = self.lost.look(session, &self.heads).await?;
                self.lost.begin_era();
                head
            }
        };
        self.heads.raise(head);
        let mut moved = self.own.subscribe();
        // What was committed while nobody could ring.
        moved.mark_changed();
        let mut look = Instant::now() + LOOK;
        while !session.is_over() {
            tokio::select! {
                notice = notices.recv() => {
                    let Some(notice) = notice else { return Ok(()) };
                    let mut told = said(&notice);
                    while let Ok(more) = notices.try_recv() {
                        told = told.max(said(&more));
                    }
                    // Anybody in the database may say anything there: it is looked up.
                    if told > self.heads.current() {
                        self.heads.raise(self.lost.glance(session, &self.heads).await?);
                    }
                }
                _ = moved.changed() => {
                    if *moved.borrow() > self.rung {
                        sleep(LULL).await;
                        let head = *moved.borrow_and_update();
                        self.ring(session, &channel, head).await?;
                        sleep(QUIET).await;
                    }
                }
                () = sleep_until(look) => {
                    look = Instant::now() + LOOK;
                    self.heads.raise(self.lost.glance(session, &self.heads).await?);
                }
                _ = self.lost.told() => return Ok(()),
            }
        }
        Ok(())
    }

    async fn ring(
        &mut self,
        session: &Session,
        channel: &str,
        head: Position,
    ) -> Result<(), StoreError> {
        failpoint!("postgres.before-notify", |error| return Err(error));
        let ring = "SELECT pg_notify($1, $2)";
        let rung = session.query(ring, &[&channel, &head.0.to_string()]).await;
        rung.map_err(|error| store_error(&error))?;
        self.rung = head;
        Ok(())
    }
}

/// The head that a notice names; one that names none says nothing.
fn said(notice: &str) -> Position {
    Position(notice.parse().unwrap_or_default())
}

/// On which a store's heads are told. The server takes no longer names.
fn channel(schema: &str) -> String {
    format!("annals_{schema}").chars().take(63).collect()
}

impl Drop for Bell {
    /// A bell that broke has let the engine's lock go, and never hears of the log again: a process
    /// that went on beside whoever takes the lock next must not commit.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let why = "what listens for other processes broke";
            self.lost.set(StoreError::Closed(why.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bell() -> Bell {
        let place = Place::parse("postgres://annals@localhost/annals").unwrap();
        Bell {
            place,
            role: Role::Projections,
            heads: Heads::default(),
            own: Heads::default(),
            lost: Lost::default(),
            holders: Vec::new(),
            session: None,
            rung: Position(0),
        }
    }

    #[test]
    fn a_bell_that_breaks_ends_its_store_and_one_that_is_let_go_does_not() {
        let (broken, let_go) = (bell(), bell());
        let lost = [&broken, &let_go].map(|bell| bell.lost.clone());
        drop(let_go);
        let thread = std::thread::spawn(move || {
            let _broken = broken;
            panic!("as a bug would");
        });
        assert!(thread.join().is_err());
        assert!(matches!(lost[0].check(), Err(StoreError::Closed(_))));
        lost[1].check().unwrap();
    }
}
