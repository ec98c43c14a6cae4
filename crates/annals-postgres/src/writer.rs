//! The one task of this process that commits. Commits that wait are merged into one call; what the
//! server does with it is in `schema/annals_commit_v9.sql`.
//!
//! Crash safety: a call is one statement in a transaction of its own, so that a process that dies
//! at any point leaves the log's lock to nobody: once the server has the whole message it needs
//! nobody to finish, and with the connection what it has is rolled back. A process that only stops,
//! or whose network does, between the last bytes of a message is ended by who waits for the lock
//! (`stuck.rs`). An answer that is lost says [`StoreError::Unavailable`], and whoever asks again is
//! told by its outcome or checkpoint.

use std::time::Duration;

use annals_core::{Position, Version};
use annals_runtime::ports::{Committed, Refusal, StoreError, Unit};
use annals_runtime::{Heads, failpoint};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;

use crate::call::{Call, KnownTypes};
use crate::error::{Trouble, damaged, describe, store_error};
use crate::events::get;
use crate::extend::{self, Extension, Known};
use crate::lists::Bound;
use crate::lost::Lost;
use crate::outcomes::outcome_in;
use crate::session::{Role, Session};
use crate::streams::Streams;
use crate::stuck;
use crate::tables::Tables;
use crate::url::Place;
use crate::verdicts::{self, Verdict};

/// Calls that may wait for the task; further ones wait for their turn to wait.
const QUEUE: usize = 1024;
/// Units in one call of the server, less those of the last call merged.
const MERGE: usize = 512;
/// Bytes of data in one call of the server, unless a single unit has more.
const BYTES: usize = 8 << 20;
/// A call that can't have the log's lock is begun anew so often, each time after a look who has it.
const LOOKS: u32 = 5;
/// So many calls are judged in full after one whose units weren't where they were believed.
const DOUBTS: u32 = 16;
/// And so many after one with a condition that didn't hold: where many don't, most calls are judged
/// at once.
const UNMET: u32 = 2;
/// A server that is silent for so long is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A result for each unit.
pub(crate) type Verdicts = Vec<Result<Committed, Refusal>>;

/// A call that waits.
#[derive(Debug)]
struct Job {
    units: Vec<Unit>,
    reply: oneshot::Sender<Result<Verdicts, StoreError>>,
}

/// The way to the task, which ends with it.
#[derive(Debug)]
pub(crate) struct WriterTask(mpsc::Sender<Job>);

impl WriterTask {
    pub(crate) fn start(place: Place, role: Role, shared: Shared) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer {
            place,
            role,
            shared,
            known: KnownTypes::default(),
            streams: Streams::default(),
            doubts: 0,
            session: None,
            is_first: true,
        };
        tokio::spawn(writer.serve(queue));
        Self(jobs)
    }

    pub(crate) async fn commit(&self, units: Vec<Unit>) -> Result<Verdicts, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Job { units, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// What the task shares with the rest of its store.
pub(crate) struct Shared {
    pub(crate) tables: Tables,
    pub(crate) heads: Heads,
    /// The end of what this process has committed.
    pub(crate) own: Heads,
    pub(crate) lost: Lost,
}

struct Writer {
    place: Place,
    role: Role,
    shared: Shared,
    known: KnownTypes,
    streams: Streams,
    /// Calls to be judged in full, since what was known was wrong.
    doubts: u32,
    session: Option<Session>,
    /// No session has been made.
    is_first: bool,
}

impl Writer {
    async fn serve(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(job) => Some(job),
                None => queue.recv().await,
            };
            let Some(job) = first else { return };
            let (mut jobs, mut units, mut bytes) = (vec![job], 0, 0);
            loop {
                let last = &jobs[jobs.len() - 1];
                units += last.units.len();
                bytes += last.units.iter().map(size).sum::<usize>();
                match (units < MERGE && bytes < BYTES).then(|| queue.try_recv()) {
                    // What it says of the log's end is meant without others' events before it.
                    Some(Ok(job)) if job.units.iter().any(|unit| unit.rows_on.is_some()) => {
                        next = Some(job);
                        break;
                    }
                    Some(Ok(job)) => jobs.push(job),
                    _ => break,
                }
            }
            let all: Vec<&Unit> = jobs.iter().flat_map(|job| &job.units).collect();
            let mut result = self.commit(&all).await.map(Vec::into_iter);
            failpoint!("postgres.before-replies", |error| result = Err(error));
            for Job { units, reply } in jobs {
                let part = match &mut result {
                    Ok(verdicts) => Ok(verdicts.by_ref().take(units.len()).collect()),
                    Err(error) => Err(error.clone()),
                };
                // Whoever asked may have gone; what was done is done.
                let _ = reply.send(part);
            }
        }
    }

    /// Commits units in order; where it fails, earlier ones may have been committed.
    async fn commit(&mut self, units: &[&Unit]) -> Result<Verdicts, StoreError> {
        let mut verdicts = Vec::with_capacity(units.len());
        let mut rest = units;
        while !rest.is_empty() {
            let (call, later) = rest.split_at(calls_worth(rest));
            rest = later;
            // Parts that are still to be tried, the next one last.
            let (mut parts, mut looks) = (vec![call], 0);
            while let Some(part) = parts.pop() {
                match self.attempt(part).await {
                    Ok(said) => verdicts.extend(said),
                    Err(Trouble::Data(why)) if part.len() == 1 => {
                        verdicts.push(Err(Refusal::Unstorable(why)));
                    }
                    // Nothing of it was committed: the culprit is found by halves.
                    Err(Trouble::Data(_)) => {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.extend([second, first]);
                    }
                    Err(Trouble::Locked(_)) if looks < LOOKS => {
                        looks += 1;
                        stuck::end(&self.place).await?;
                        parts.push(part);
                    }
                    Err(Trouble::Locked(error) | Trouble::Store(error)) => return Err(error),
                }
            }
        }
        Ok(verdicts)
    }

    async fn attempt(&mut self, units: &[&Unit]) -> Result<Verdicts, Trouble> {
        self.shared.lost.check()?;
        self.connect().await?;
        // It may have taken long.
        self.shared.lost.check()?;
        if let Some(verdicts) = self.extend(units).await? {
            return Ok(verdicts);
        }
        let call = Call::new(units, &self.shared.tables, &self.known);
        let mut bound = call.lists.bound();
        let name = match (self.role, call.lists.books.is_empty()) {
            (Role::Application, true) => "annals_append",
            (Role::Application, false) => {
                let why = "it was opened to append; only the engine writes rows and books";
                return Err(StoreError::NotOurs(why.to_owned()).into());
            }
            _ => {
                bound.extend(call.lists.books.bound());
                "annals_commit"
            }
        };
        let marks: Vec<String> = (1..=bound.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "SELECT verdict, detail, entry, a_position, a_version FROM {name}({})",
            marks.join(", ")
        );
        let reached = self.shared.heads.current();
        let row = ask(&mut self.session, &sql, &bound).await?;
        let said = verdicts::read(&call, &row)?;
        if let Some(first) = said.iter().filter_map(first).min() {
            self.shared.lost.goes_on(reached, Position(first.0 - 1))?;
        }
        let new_types = call.new_types;
        self.known.extend(new_types.into_iter().filter(|_| said.iter().all(is_committed)));
        // Before anything else is asked: it may not be answered.
        for (verdict, unit) in said.iter().zip(units) {
            if let Verdict::Committed(committed) = verdict {
                self.learn(committed, unit);
            }
        }
        let mut verdicts = Vec::with_capacity(units.len());
        for (verdict, unit) in said.into_iter().zip(units) {
            verdicts.push(self.told(verdict, unit).await?);
        }
        Ok(verdicts)
    }

    /// Commits units whose streams are where they are known to be, unjudged; `None`: nothing was
    /// done, and they have to be judged. What there is to do here is done while the server is at
    /// it, so that its answer isn't kept waiting: as if it had succeeded; where it hasn't, all that
    /// is known of streams is forgotten. Conditions are as likely not to hold: then it is done
    /// behind the answer.
    async fn extend(&mut self, units: &[&Unit]) -> Result<Option<Verdicts>, Trouble> {
        if self.role != Role::Projections || self.doubts > 0 {
            self.doubts = self.doubts.saturating_sub(1);
            return Ok(None);
        }
        let known =
            Known { streams: &self.streams, types: &self.known, tables: &self.shared.tables };
        let Some(call) = Extension::of(units, known) else { return Ok(None) };
        let (bound, events) = (call.bound(), call.events() as u64);
        let learn = |streams: &mut Streams| {
            call.ends().for_each(|(stream, version)| streams.put(stream, version));
        };
        let (sure, reached) = (!call.is_conditional(), self.shared.heads.current());
        let meanwhile = async {
            // What sends the call is a task of its own, which has to have its turn first.
            tokio::task::yield_now().await;
            if sure {
                learn(&mut self.streams);
            }
            call.committed(units)
        };
        let (answered, mut committed) =
            tokio::join!(ask(&mut self.session, extend::SQL, &bound), meanwhile);
        let before = match answered.and_then(|row| Ok(get::<Option<i64>>(&row, 0)?)) {
            Ok(Some(extend::UNMET)) => {
                self.doubts = UNMET;
                return Ok(None);
            }
            Ok(Some(head)) => head.cast_unsigned(),
            // Another process was faster, a command came again, or something can't be stored.
            Ok(None) | Err(Trouble::Data(_)) => {
                self.streams.forget();
                self.doubts = DOUBTS;
                return Ok(None);
            }
            Err(other) => {
                self.streams.forget();
                return Err(other);
            }
        };
        self.shared.lost.goes_on(reached, Position(before))?;
        if !sure {
            learn(&mut self.streams);
        }
        for (first, _) in committed.iter_mut().flat_map(|it| &mut it.appends) {
            first.0 += before;
        }
        // Before anyone hears, so that who is answered can read what was written.
        let head = Position(before + events);
        self.shared.heads.raise(head);
        self.shared.own.raise(head);
        call.last_event().inspect(|id| self.shared.lost.note(head, *id));
        Ok(Some(committed.into_iter().map(Ok).collect()))
    }

    /// Takes over where streams end, and the log.
    fn learn(&mut self, committed: &Committed, unit: &Unit) {
        for ((first, version), append) in committed.appends.iter().zip(&unit.appends) {
            let more = append.events.len() as u64 - 1;
            self.streams.put(&append.stream, Version(version.0 + more));
            let last = Position(first.0 + more);
            self.shared.heads.raise(last);
            self.shared.own.raise(last);
            append.events.last().inspect(|event| self.shared.lost.note(last, event.id));
        }
    }

    /// What its caller is told. What a duplicate came to is read in the session that said so, which
    /// is there: where another couldn't be made, all units of the call would be unknown.
    async fn told(
        &self,
        verdict: Verdict,
        unit: &Unit,
    ) -> Result<Result<Committed, Refusal>, StoreError> {
        Ok(match verdict {
            Verdict::Committed(committed) => Ok(committed),
            Verdict::Refused(refusal) => Err(refusal),
            Verdict::Duplicate => {
                let write = unit.outcome.as_ref();
                let write = write.ok_or_else(|| damaged("a duplicate of no command"))?;
                let session = self.session.as_ref();
                let session = session.ok_or_else(|| damaged("a verdict without a session"))?;
                let first = outcome_in(session, &write.stream, write.command_id).await?;
                let first = first.ok_or_else(|| damaged("an outcome that isn't there"))?;
                Err(Refusal::Duplicate(Box::new(first)))
            }
        })
    }

    /// Makes a session where there is none or the last has ended; one whose answer was lost is not
    /// used again. What was known of streams and types is the last one's: the server may be another
    /// or restored, and events of a type that it doesn't list would be found by no query.
    async fn connect(&mut self) -> Result<(), StoreError> {
        if self.session.as_ref().is_some_and(|session| !session.is_over()) {
            return Ok(());
        }
        self.streams.forget();
        self.known = KnownTypes::default();
        self.session = None;
        failpoint!("postgres.before-session", |error| return Err(error));
        let session = Session::connect(&self.place, self.role).await?;
        let look = session.client.batch_execute(stuck::LOOK).await;
        look.map_err(|error| store_error(&error))?;
        self.shared.lost.look(&session, &self.shared.heads).await?;
        if !std::mem::take(&mut self.is_first) {
            self.shared.lost.begin_era();
        }
        self.session = Some(session);
        Ok(())
    }
}

/// The one row of a call's answer. The session is gone where its answer is lost.
async fn ask(kept: &mut Option<Session>, sql: &str, bound: &[Bound<'_>]) -> Result<Row, Trouble> {
    let session = kept.take().ok_or_else(|| damaged("a call without a session"))?;
    failpoint!("postgres.before-call", |error| return Err(error.into()));
    let answered = tokio::time::timeout(PATIENCE, session.query(sql, bound)).await;
    failpoint!("postgres.behind-call", |error| return Err(error.into()));
    let Ok(answered) = answered else {
        let why = format!("no answer within {} s; its outcome is not known", PATIENCE.as_secs());
        return Err(StoreError::Unavailable(why).into());
    };
    if let Err(error) = &answered
        && session.is_over()
    {
        let why = format!("{}; whether it was committed is not known", describe(error));
        return Err(StoreError::Unavailable(why).into());
    }
    *kept = Some(session);
    let row = answered?.into_iter().next();
    Ok(row.ok_or_else(|| damaged("the function of a commit said nothing".to_owned()))?)
}

/// How many of the first units go into one call. A rebuild begins in a call of its own: the
/// function empties a table before it writes any row.
fn calls_worth(units: &[&Unit]) -> usize {
    let (mut count, mut bytes) = (0, 0);
    for unit in units {
        bytes += size(unit);
        let full = count >= MERGE || bytes > BYTES || unit.reset.is_some();
        if full && count > 0 {
            break;
        }
        count += 1;
        if unit.reset.is_some() {
            break;
        }
    }
    count
}

fn size(unit: &Unit) -> usize {
    let events = unit.appends.iter().flat_map(|append| &append.events);
    let sagas = unit.sagas.iter().map(|saga| saga.state.len() * 2);
    events.map(|event| event.data.len()).chain(sagas).sum()
}

/// Where the events of a unit begin, if it was committed and has some.
fn first(verdict: &Verdict) -> Option<Position> {
    let Verdict::Committed(committed) = verdict else { return None };
    committed.appends.iter().map(|(first, _)| *first).min()
}

fn is_committed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Committed(_))
}

fn gone() -> StoreError {
    StoreError::Closed("its writer has ended".to_owned())
}
