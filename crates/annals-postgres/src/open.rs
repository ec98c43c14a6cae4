//! Opening: whether the server keeps what we promise, whose the schema is, and its version.

use annals_core::Position;
use annals_runtime::ports::StoreError;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::engine;
use crate::error::{damaged, store_error};
use crate::migrate::{LATEST, migrate, version};
use crate::partition;
use crate::session::{Role, Session};
use crate::url::Place;

/// The oldest server that has what we use.
const OLDEST: i32 = 150_000;

/// What the store may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything: what the engine does. Makes the schema where there is none.
    #[default]
    ReadWrite,
    /// Appending, with outcomes and conditions, and reading; any number of processes at a time.
    Append,
    /// Reading.
    ReadOnly,
    /// Reading, and leaving requests for the engine.
    Requests,
}

/// How to open a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// What it may be used for.
    pub mode: Mode,
    /// The password, where the URL has none: lists of processes show URLs.
    pub password: Option<Password>,
}

/// A password. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl OpenOptions {
    /// Options with that mode.
    pub fn new(mode: Mode) -> Self {
        Self { mode, password: None }
    }
}

impl Mode {
    pub(crate) fn role(self) -> Role {
        match self {
            Self::ReadWrite | Self::Requests => Role::Projections,
            Self::Append | Self::ReadOnly => Role::Application,
        }
    }
}

/// What was found out of a store.
pub(crate) struct Found {
    /// The end of the log.
    pub(crate) head: Position,
    /// The event there.
    pub(crate) last: Option<Uuid>,
    /// Whether streams lie in the partitions that we compute.
    pub(crate) places_known: bool,
}

/// Checks the server and the schema.
pub(crate) async fn open(place: &Place, mode: Mode) -> Result<Found, StoreError> {
    let mut session = Session::connect(place, Role::Owner).await?;
    judge_server(&session.client).await?;
    let found = version(&session.client, place).await?;
    let shown = place.shown();
    if found > LATEST {
        return Err(StoreError::NotOurs(format!(
            "{shown} has version {found}, and this Annals knows 1 to {LATEST}; use a later one"
        )));
    }
    if found < LATEST {
        if mode != Mode::ReadWrite {
            let what = if found == 0 {
                "no engine has used it yet".to_owned()
            } else {
                format!("it has version {found}, older than {LATEST}")
            };
            return Err(StoreError::NotOurs(format!(
                "{shown}: {what}; start the engine once, which brings it up to date"
            )));
        }
        // An engine that runs calls the functions that it knows: it has to be stopped first.
        if found > 0 {
            engine::take(&session, place, &[]).await?;
        }
        migrate(&mut session.client, place).await?;
        engine::let_go(&session).await?;
    }
    let places_known = partition::agrees(&session.client, place).await?;
    let (head, last) = end(&session.client).await?;
    Ok(Found { head, last, places_known })
}

/// What durability and order rest on. A server that says otherwise is refused.
async fn judge_server(client: &Client) -> Result<(), StoreError> {
    let sql = "SELECT current_setting('server_version_num')::integer, current_setting('fsync'), \
               current_setting('full_page_writes'), pg_is_in_recovery(), \
               current_setting('server_encoding')";
    let row = client.query_one(sql, &[]).await.map_err(|error| store_error(&error))?;
    let refuse = |why: String| Err(StoreError::NotOurs(why));
    let version: i32 = row.get(0);
    if version < OLDEST {
        return refuse(format!("Postgres {} is too old; 15 or later is needed", version / 10_000));
    }
    for (at, setting) in [(1, "fsync"), (2, "full_page_writes")] {
        if row.get::<_, &str>(at) != "on" {
            return refuse(format!(
                "the server runs with {setting} = off, and would lose what it acknowledged; \
                 set it to on in postgresql.conf"
            ));
        }
    }
    if row.get(3) {
        return refuse("the server is a standby; name the primary".to_owned());
    }
    match row.get::<_, &str>(4) {
        "UTF8" => Ok(()),
        other => refuse(format!("the database's encoding is {other}; make one in UTF8")),
    }
}

/// The head, and the event there: it must be the last one. A log of which a part was restored has
/// others.
async fn end(client: &Client) -> Result<(Position, Option<Uuid>), StoreError> {
    let sql = "SELECT coalesce((SELECT head FROM annals_commits ORDER BY head DESC LIMIT 1), 0), \
               coalesce(last.position, 0), last.id FROM (VALUES (true)) one(row) LEFT JOIN \
               (SELECT position, id FROM event_store ORDER BY position DESC LIMIT 1) last ON true";
    let row = client.query_one(sql, &[]).await.map_err(|error| store_error(&error))?;
    let (head, last): (i64, i64) = (row.get(0), row.get(1));
    if head != last {
        return Err(damaged(format!(
            "its head is {head}, and its last event at {last}: a part of the log is missing"
        )));
    }
    Ok((Position(head.cast_unsigned()), row.get(2)))
}
