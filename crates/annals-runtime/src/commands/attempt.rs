//! One command, from its turn to its answer.

use std::sync::Arc;

use annals_core::{
    Command, DecidedEvent, Decider, Decision, EventView, Failure, InvalidField, Metadata, NewEvent,
    Position, RecordedEvent, Version,
};

use super::cache::Folded;
use super::firsts::Firsts;
use super::load::{catch_up, load};
use super::record::{record, replay};
use super::{ATTEMPTS, Answer, CommandError, Commands, IfVersion, Outcome};
use crate::ports::{
    Append, Committed, Expected, OutcomeWrite, Refusal, Snapshot, StoreError, Unit,
};

/// A command whose turn it is.
pub(super) struct Attempt<'c> {
    pub(super) commands: &'c Commands,
    pub(super) decider: &'c dyn Decider,
    pub(super) firsts: &'c Firsts,
    pub(super) command: Command,
    pub(super) request_hash: [u8; 32],
    /// Whether the caller named the id: only then can there be an outcome already.
    pub(super) named_id: bool,
    pub(super) if_version: Option<IfVersion>,
    pub(super) outside: bool,
}

/// What a state rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// Nothing was read: the stream is likely to be new.
    Guess,
    /// It was right some time ago.
    Kept,
    /// It was compared with the store now.
    Stored,
}

/// What was decided, ready to be committed.
struct Decided {
    outcome: Outcome,
    events: Vec<NewEvent>,
    after: Folded,
    /// The head that an answer without events rests on.
    head: Position,
}

impl Attempt<'_> {
    /// The answer, once it is on disk. A failure is not recorded, so what was answered before it
    /// under the same id comes first.
    pub(super) async fn answer(self) -> Result<Answer, CommandError> {
        let failed = match self.try_again_on_conflict().await {
            Err(error @ (CommandError::Failure(_) | CommandError::VersionMismatch { .. })) => error,
            answer => return answer,
        };
        if self.named_id {
            let Command { stream, command_id, .. } = &self.command;
            if let Some(first) = self.commands.store.outcome(stream, *command_id).await? {
                return replay(&*self.commands.store, first, self.request_hash).await;
            }
        }
        Err(failed)
    }

    /// What is folded so far goes back to the cache whatever happens: it is a prefix of the stream.
    /// A guess is none that is worth keeping: who has it would read the stream without a snapshot.
    async fn try_again_on_conflict(&self) -> Result<Answer, CommandError> {
        let (cache, stream) = (&self.commands.cache, &self.command.stream);
        let (mut folded, mut basis) = match cache.take(stream) {
            Some(cached) => (cached, Basis::Kept),
            None if self.firsts.is_likely(&self.command.name) => {
                (Folded::initial(self.decider, stream), Basis::Guess)
            }
            None => (self.load().await?, Basis::Stored),
        };
        let answer = self.attempts(&mut folded, &mut basis).await;
        if basis != Basis::Guess {
            cache.put(stream.clone(), folded);
        }
        answer
    }

    async fn load(&self) -> Result<Folded, CommandError> {
        let Command { stream, name, .. } = &self.command;
        let folded = load(&*self.commands.store, self.decider, stream).await?;
        self.firsts.loaded(name, folded.version == Version(0));
        Ok(folded)
    }

    async fn attempts(
        &self,
        folded: &mut Folded,
        basis: &mut Basis,
    ) -> Result<Answer, CommandError> {
        let Commands { store, committer, .. } = self.commands;
        for _ in 0..ATTEMPTS {
            let decided = self.decide(folded, basis).await?;
            match committer.commit(self.unit(&decided)).await? {
                Ok(committed) => {
                    *basis = Basis::Stored;
                    return Ok(self.committed(folded, decided, &committed));
                }
                Err(Refusal::Duplicate(first)) => {
                    return replay(&**store, *first, self.request_hash).await;
                }
                // Whatever is wrong with it: on what is there another decision may be made.
                Err(_) if *basis != Basis::Stored => {
                    self.refresh(folded, basis).await?;
                }
                Err(Refusal::Unstorable(reason)) => {
                    let field = InvalidField { pointer: String::new(), reason };
                    return Err(Failure::Invalid(vec![field]).into());
                }
                Err(Refusal::Unfoldable(failure)) => return Err(failure.into()),
                Err(
                    Refusal::Conflict { .. } | Refusal::StaleRow { .. } | Refusal::Matched { .. },
                ) => {
                    self.refresh(folded, basis).await?;
                }
                Err(Refusal::StaleCheckpoint { consumer, .. }) => {
                    let why = format!("it judged a checkpoint of {consumer}, and there was none");
                    return Err(StoreError::Corrupt(why).into());
                }
            }
        }
        Err(CommandError::Conflict)
    }

    /// An event that is appended to an old state, or to a stream that isn't new, is refused by the
    /// store; any other decision, and any other refusal, is said only of a state that was compared
    /// with the store.
    async fn decide(
        &self,
        folded: &mut Folded,
        basis: &mut Basis,
    ) -> Result<Decided, CommandError> {
        let decided = self.decide_on(folded);
        let accepted = decided.as_ref().is_ok_and(|it| it.outcome == Outcome::Accepted);
        if accepted || *basis == Basis::Stored {
            return decided;
        }
        if self.refresh(folded, basis).await? { self.decide_on(folded) } else { decided }
    }

    /// Compares the state with the store; whether there was more.
    async fn refresh(&self, folded: &mut Folded, basis: &mut Basis) -> Result<bool, CommandError> {
        let more = if *basis == Basis::Guess {
            *folded = self.load().await?;
            folded.version > Version(0)
        } else {
            let Command { stream, .. } = &self.command;
            catch_up(&*self.commands.store, self.decider, stream, folded).await?
        };
        *basis = Basis::Stored;
        Ok(more)
    }

    fn decide_on(&self, folded: &Folded) -> Result<Decided, CommandError> {
        if let Some(expected) = &self.if_version
            && !expected.is_met(folded.version)
        {
            let (expected, actual) = (expected.clone(), folded.version);
            return Err(CommandError::VersionMismatch { expected, actual });
        }
        match self.decider.decide(&folded.state, &self.command)? {
            Decision::Events(events) if !events.is_empty() => Ok(self.happen(folded, events)?),
            Decision::Events(_) | Decision::Ignored => Ok(self.nothing(Outcome::Ignored, folded)),
            Decision::Rejected(why) => Ok(self.nothing(Outcome::Rejected(why), folded)),
        }
    }

    fn nothing(&self, outcome: Outcome, folded: &Folded) -> Decided {
        let head = self.commands.committer.heads().current();
        Decided { outcome, events: Vec::new(), after: folded.clone(), head }
    }

    /// The events and the state after them. One that can't be evolved is not stored: the stream
    /// could never be read again.
    fn happen(&self, before: &Folded, decided: Vec<DecidedEvent>) -> Result<Decided, Failure> {
        let mut after = before.clone();
        let mut events = Vec::with_capacity(decided.len());
        for DecidedEvent { type_, data } in decided {
            // The command is in `command_id` already: what caused it says more, where it is known.
            let cause = self.command.metadata.causation_id.unwrap_or(self.command.command_id);
            let metadata = Metadata { causation_id: Some(cause), ..self.command.metadata.clone() };
            let (id, time) = (self.commands.ids.next(), self.command.time);
            let event = NewEvent { id, type_, time, data, metadata, tags: Arc::default() };
            after.version = Version(after.version.0 + 1);
            let view = EventView::of(&event, &self.command.stream, after.version, None);
            after.state = self.decider.evolve(&after.state, &view)?;
            after.bytes += event.data.len();
            events.push(event);
        }
        let head = self.commands.committer.heads().current();
        Ok(Decided { outcome: Outcome::Accepted, events, after, head })
    }

    fn unit(&self, decided: &Decided) -> Unit {
        let Command { stream, command_id, .. } = &self.command;
        let count = decided.events.len() as u64;
        let version = decided.after.version;
        let outcome = OutcomeWrite {
            stream: stream.clone(),
            command_id: *command_id,
            command: self.command.name.clone(),
            correlation_id: self.command.metadata.correlation_id,
            time: self.command.time,
            request_hash: self.request_hash,
            outcome: record(&decided.outcome, count, version, decided.head),
        };
        let expected = Expected::Exactly(Version(version.0 - count));
        let append = Append { stream: stream.clone(), expected, events: decided.events.clone() };
        let appends = if count == 0 { Vec::new() } else { vec![append] };
        Unit { appends, outcome: Some(outcome), ..Unit::default() }
    }

    fn committed(&self, folded: &mut Folded, decided: Decided, at: &Committed) -> Answer {
        let Command { stream, command_id, .. } = &self.command;
        let before = folded.version;
        *folded = decided.after;
        let heads = self.commands.committer.heads();
        let (first, version) = at.appends.first().copied().unwrap_or((heads.current(), before));
        let record = |(index, event): (usize, NewEvent)| RecordedEvent {
            position: Position(first.0 + index as u64),
            stream: stream.clone(),
            version: Version(version.0 + index as u64),
            event,
        };
        let events: Vec<RecordedEvent> =
            decided.events.into_iter().enumerate().map(record).collect();
        let position = events.last().map_or(decided.head, |last| last.position);
        self.snapshot(before, folded);
        Answer {
            outcome: decided.outcome,
            events,
            version: folded.version,
            position,
            command_id: *command_id,
            correlation_id: self.command.metadata.correlation_id,
            stream: stream.clone(),
            repeated: false,
        }
    }

    /// Leaves a snapshot where the stream has crossed a multiple of the interval, and measures the
    /// state anew.
    fn snapshot(&self, before: Version, folded: &mut Folded) {
        let Some(every) = self.decider.snapshot_every().filter(|every| *every > 0) else { return };
        if before.0 / every == folded.version.0 / every {
            return;
        }
        let state: Arc<[u8]> = self.decider.encode(&folded.state).into();
        folded.bytes = state.len();
        self.commands.committer.keep(Snapshot {
            stream: self.command.stream.clone(),
            version: folded.version,
            fingerprint: self.decider.fingerprint().into(),
            state,
        });
    }
}
