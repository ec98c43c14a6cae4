//! One transaction over many units, each judged alone. No savepoints on the good path (they cost
//! 7 % in batches of 256): a refusal is known before anything is written, and an error that
//! wasn't foreseen rolls the batch back and halves it until the culprit is alone.

use annals_core::Position;
use annals_runtime::failpoint;
use annals_runtime::ports::{Committed, Refusal, Snapshot, StoreError, Unit, unstorable};
use rusqlite::Connection;

use crate::error::Trouble;
use crate::feed::Feed;
use crate::judge::judge;
use crate::streams::Streams;
use crate::tables::Tables;
use crate::write::{write, write_snapshot};

/// What one transaction does a part of.
#[derive(Debug)]
pub(crate) enum Work {
    Unit {
        unit: Box<Unit>,
        /// Why no store takes it, where none does.
        unfit: Option<String>,
    },
    Snapshot(Snapshot),
}

impl Work {
    /// A unit, looked at where there is time for it: before it comes to the writer's thread.
    pub(crate) fn unit(unit: Unit) -> Self {
        Self::Unit { unfit: unstorable(&unit), unit: Box::new(unit) }
    }

    /// Whether it says where the log ends before its call.
    pub(crate) fn counts_from_head(&self) -> bool {
        matches!(self, Self::Unit { unit, .. } if unit.rows_on.is_some())
    }
}

/// What a piece of work came to.
pub(crate) type Verdict = Result<Committed, Refusal>;

/// Does the work, in order. Where it fails, halves that came before may have been committed.
pub(crate) fn commit(
    conn: &Connection,
    tables: &Tables,
    streams: &mut Streams,
    works: &[Work],
) -> Result<Vec<Verdict>, Trouble> {
    if works.is_empty() {
        return Ok(Vec::new());
    }
    match attempt(conn, tables, streams, works) {
        Err(Trouble::Data(why)) if works.len() == 1 => Ok(vec![Err(Refusal::Unstorable(why))]),
        Err(Trouble::Data(_)) => {
            let (first, second) = works.split_at(works.len() / 2);
            let mut verdicts = commit(conn, tables, streams, first)?;
            verdicts.extend(commit(conn, tables, streams, second)?);
            Ok(verdicts)
        }
        result => result,
    }
}

/// Runs `body` in a transaction of its own: all of it is on disk afterwards, or none.
pub(crate) fn transaction<T>(
    conn: &Connection,
    body: impl FnOnce() -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    failpoint!("sqlite.before-begin", |error| return Err(Trouble::Passing(error)));
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let done = body().and_then(|value| {
        failpoint!("sqlite.before-commit", |error| return Err(Trouble::Passing(error)));
        conn.prepare_cached("COMMIT")?.execute([])?;
        failpoint!("sqlite.behind-commit", |error| return Err(Trouble::Passing(error)));
        Ok(value)
    });
    // Some errors end the transaction by themselves, others leave it open.
    if done.is_err()
        && !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        return Err(Trouble::Fatal(StoreError::Closed(format!("rolling back: {error}"))));
    }
    done
}

/// Does work as it comes, in order and in one transaction: what is there is written while the rest
/// comes. What nobody ends was never there. `all` becomes what came.
pub(crate) fn follow(
    conn: &Connection,
    tables: &Tables,
    streams: &mut Streams,
    (feed, all): (&mut Feed, &mut Vec<Work>),
) -> Result<Vec<Verdict>, Trouble> {
    // Nothing is begun, and no lock taken, for a batch of which nothing comes.
    let mut ended = next(feed, all)?;
    if all.is_empty() && ended {
        return Ok(Vec::new());
    }
    let done = transaction(conn, || {
        let mut places = Places::new(conn)?;
        let mut verdicts = Vec::new();
        loop {
            for work in &all[verdicts.len()..] {
                verdicts.push(one(conn, tables, (&mut *streams, &mut places), work)?);
            }
            if ended {
                return Ok(verdicts);
            }
            ended = next(feed, all)?;
        }
    });
    if done.is_err() {
        streams.forget();
    }
    let Err(Trouble::Data(_)) = done else { return done };
    // The culprit is found by halves, once all of it is there.
    while !ended {
        ended = next(feed, all)?;
    }
    commit(conn, tables, streams, all)
}

/// Waits for a batch's next part, which goes behind `all`; whether it was the last.
fn next(feed: &mut Feed, all: &mut Vec<Work>) -> Result<bool, Trouble> {
    failpoint!("sqlite.before-part", |error| return Err(Trouble::Passing(error)));
    let Some(part) = feed.next() else {
        let why = "who began the batch has gone".to_owned();
        return Err(Trouble::Passing(StoreError::Unavailable(why)));
    };
    all.extend(part.work);
    Ok(part.is_last)
}

fn attempt(
    conn: &Connection,
    tables: &Tables,
    streams: &mut Streams,
    works: &[Work],
) -> Result<Vec<Verdict>, Trouble> {
    let done = transaction(conn, || {
        let mut places = Places::new(conn)?;
        let one = |work| one(conn, tables, (&mut *streams, &mut places), work);
        works.iter().map(one).collect()
    });
    if done.is_err() {
        // What was written is gone, or it isn't known whether it is.
        streams.forget();
    }
    done
}

/// Where the log ends: before the transaction, and now.
struct Places {
    before: Position,
    head: Position,
}

impl Places {
    fn new(conn: &Connection) -> Result<Self, Trouble> {
        let head = crate::events::head(conn)?;
        Ok(Self { before: head, head })
    }
}

fn one(
    conn: &Connection,
    tables: &Tables,
    (streams, places): (&mut Streams, &mut Places),
    work: &Work,
) -> Result<Verdict, Trouble> {
    Ok(match work {
        Work::Snapshot(snapshot) => {
            write_snapshot(conn, snapshot)?;
            Ok(Committed { appends: Vec::new() })
        }
        Work::Unit { unit, unfit } => {
            let about = (&**unit, unfit.as_deref(), places.before);
            match judge(conn, tables, streams, about)? {
                Ok(judged) => {
                    failpoint!("sqlite.before-write", |error| return Err(Trouble::Passing(error)));
                    write(conn, &mut places.head, unit, judged)?
                }
                Err(refusal) => Err(refusal),
            }
        }
    })
}

#[cfg(test)]
mod tests;
