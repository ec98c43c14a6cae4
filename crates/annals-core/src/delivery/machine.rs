//! The delivery machine.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::{Position, RetryPolicy, Timestamp};

use super::pending::{Attempt, Pending};

/// The longest wait that the other side can ask for.
const PATIENCE_US: i64 = 3_600_000_000;

/// What happens to an event that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It will be attempted in its turn.
    Accepted,
    /// Its key is parked: it becomes a letter that is blocked behind this event.
    Blocked {
        /// The event that the key is parked behind.
        behind: Position,
    },
    /// It was settled before the last crash, or it is on its way already.
    Known,
}

/// What an attempt has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The event is done.
    Done,
    /// It is tried again.
    Retry {
        /// Attempts so far.
        attempts: u32,
        /// When.
        due: Timestamp,
    },
    /// It is given up on: it becomes a dead letter, and these, in order, are blocked behind it.
    Parked {
        /// Attempts in all.
        attempts: u32,
        /// Events of the same key that had been accepted behind it.
        blocked: Vec<Position>,
    },
}

/// Delivery to one consumer.
#[derive(Clone, Debug)]
pub struct Delivery {
    policy: RetryPolicy,
    /// Everything up to here was offered, or is nobody's business.
    read_to: Position,
    /// Positions above the checkpoint that were settled as letters before the last crash.
    known: HashSet<Position>,
    /// Live events.
    pending: BTreeMap<Position, Pending>,
    /// The order of each key's live events.
    queues: HashMap<Arc<str>, VecDeque<Position>>,
    /// Of the events that are first of their key and not under way: those that can be attempted,
    /// and those whose time hasn't come.
    ready: BTreeSet<Position>,
    waiting: BTreeSet<(Timestamp, Position)>,
    /// How many live events have failed before.
    failed_before: usize,
    /// Attempts and due times that a crash interrupted.
    remembered: HashMap<Position, (u32, Timestamp)>,
    /// Keys that are parked, and the failed event of each.
    parked: HashMap<Arc<str>, Position>,
    /// Letters that are redriven: of each key the one that is tried now.
    redriven: BTreeMap<Arc<str>, (Position, Pending)>,
}

impl Delivery {
    /// Delivery from a checkpoint on.
    pub fn new(policy: RetryPolicy, checkpoint: Position) -> Self {
        Self {
            policy,
            read_to: checkpoint,
            known: HashSet::new(),
            pending: BTreeMap::new(),
            queues: HashMap::new(),
            ready: BTreeSet::new(),
            waiting: BTreeSet::new(),
            failed_before: 0,
            remembered: HashMap::new(),
            parked: HashMap::new(),
            redriven: BTreeMap::new(),
        }
    }

    /// Tells it of a retry that a crash interrupted.
    pub fn remember_retry(&mut self, position: Position, attempts: u32, due: Timestamp) {
        self.remembered.insert(position, (attempts, due));
    }

    /// Tells it of a letter of any status: its event isn't delivered again by itself.
    pub fn remember_letter(&mut self, position: Position) {
        if position > self.read_to {
            self.known.insert(position);
        }
    }

    /// Tells it that a key is parked behind an event.
    pub fn remember_parked(&mut self, key: Arc<str>, behind: Position) {
        self.parked.insert(key, behind);
    }

    /// Offers the next event that the consumer reads.
    pub fn offer(&mut self, position: Position, key: &Arc<str>) -> Offered {
        if self.known.remove(&position) || self.pending.contains_key(&position) {
            self.read_to = self.read_to.max(position);
            return Offered::Known;
        }
        self.read_to = self.read_to.max(position);
        // An event before the one that its key is parked behind isn't behind it: it was done before
        // the last crash, and the checkpoint hadn't passed it.
        if let Some(behind) = self.parked.get(key).filter(|behind| **behind < position) {
            return Offered::Blocked { behind: *behind };
        }
        let (attempts, due) = self.remembered.remove(&position).unwrap_or((0, Timestamp(i64::MIN)));
        let pending = Pending { key: key.clone(), attempts, due, under_way: false };
        self.failed_before += usize::from(attempts > 0);
        self.pending.insert(position, pending);
        let queue = self.queues.entry(key.clone()).or_default();
        queue.push_back(position);
        if queue.len() == 1 {
            self.waiting.insert((due, position));
        }
        Offered::Accepted
    }

    /// Tells it that all events up to a position are read, offered or not.
    pub fn read_to(&mut self, position: Position) {
        self.read_to = self.read_to.max(position);
    }

    /// Up to where events have been read.
    pub fn reached(&self) -> Position {
        self.read_to
    }

    /// Begins to redrive a failed letter, or the one that is next behind it. False where its key
    /// isn't parked behind it, or is redriven already.
    pub fn redrive(&mut self, key: &Arc<str>, position: Position) -> bool {
        if self.parked.get(key) != Some(&position) || self.redriven.contains_key(key) {
            return false;
        }
        let due = Timestamp(i64::MIN);
        let pending = Pending { key: key.clone(), attempts: 0, due, under_way: false };
        self.redriven.insert(key.clone(), (position, pending));
        true
    }

    /// Moves a parked key on, once the letter that it was parked behind is resolved: to the next
    /// letter that is blocked behind it, or to live events where there is none.
    pub fn resolved(&mut self, key: &Arc<str>, next: Option<Position>) {
        self.redriven.remove(key);
        match next {
            Some(next) => {
                self.parked.insert(key.clone(), next);
            }
            None => {
                self.parked.remove(key);
            }
        }
    }

    /// Whether a letter of that key is tried at this moment. Its letter isn't to be resolved before
    /// that has come to something: what is behind it would be tried beside it.
    pub fn redrives(&self, key: &str) -> bool {
        self.redriven.get(key).is_some_and(|(_, pending)| pending.under_way)
    }

    /// The attempts to make now, at most `limit`; they count as under way.
    pub fn due(&mut self, now: Timestamp, limit: usize) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for (key, (position, pending)) in &mut self.redriven {
            // What came before it is read again after a crash, and goes first.
            let first = *position <= self.read_to && !self.queues.contains_key(key);
            if attempts.len() < limit && first && !pending.under_way && pending.due <= now {
                pending.under_way = true;
                attempts.push(Attempt { position: *position, key: key.clone(), redriven: true });
            }
        }
        // By position and not by due time: a stream of new events can't keep a retry from its turn.
        while let Some((_, position)) = self.waiting.first().filter(|(due, _)| *due <= now) {
            self.ready.insert(*position);
            self.waiting.pop_first();
        }
        while attempts.len() < limit {
            let Some(position) = self.ready.pop_first() else { break };
            if let Some(pending) = self.pending.get_mut(&position) {
                pending.under_way = true;
                attempts.push(Attempt { position, key: pending.key.clone(), redriven: false });
            }
        }
        attempts
    }

    /// When the next attempt is due that isn't under way; `None` where there is none.
    pub fn next_due(&self) -> Option<Timestamp> {
        let ready = self.ready.first().map(|_| Timestamp(i64::MIN));
        let live = ready.or(self.waiting.first().map(|(due, _)| *due));
        let redriven = self.redriven.iter().filter(|(key, (position, _))| {
            *position <= self.read_to && !self.queues.contains_key(*key)
        });
        let redriven = redriven.map(|(_, (_, pending))| pending);
        redriven.filter(|pending| !pending.under_way).map(|pending| pending.due).chain(live).min()
    }

    /// An attempt succeeded.
    pub fn done(&mut self, attempt: &Attempt) -> Settled {
        if !attempt.redriven {
            self.take(attempt);
        }
        Settled::Done
    }

    /// An attempt failed, and may succeed later: it is tried again after a drawn delay, or after
    /// `at_least_us` where the other side asked for it (an hour at most: it holds the checkpoint),
    /// until the policy's retries are used up.
    pub fn transient(
        &mut self,
        attempt: &Attempt,
        now: Timestamp,
        random: u64,
        at_least_us: i64,
    ) -> Settled {
        let Some(attempts) = self.failed_again(attempt) else { return Settled::Done };
        let Some(delay) = self.policy.delay_us(attempts, random) else { return self.park(attempt) };
        let due = Timestamp(now.0.saturating_add(delay.max(at_least_us.min(PATIENCE_US))));
        let Some(pending) = self.pending_mut(attempt) else { return Settled::Done };
        (pending.under_way, pending.due) = (false, due);
        if !attempt.redriven {
            self.waiting.insert((due, attempt.position));
        }
        Settled::Retry { attempts, due }
    }

    /// An attempt failed for good.
    pub fn permanent(&mut self, attempt: &Attempt) -> Settled {
        match self.failed_again(attempt) {
            Some(_) => self.park(attempt),
            None => Settled::Done,
        }
    }

    /// Everything up to here is settled: done, or a letter.
    pub fn checkpoint(&self) -> Position {
        self.checkpoint_beside(|_| false)
    }

    /// As [`Delivery::checkpoint`], leaving out events that are `kept` by something else.
    pub fn checkpoint_beside(&self, kept: impl Fn(&Position) -> bool) -> Position {
        let first = self.pending.keys().find(|position| !kept(position));
        first.map_or(self.read_to, |first| Position(first.0 - 1))
    }

    /// Whether an event was settled as a letter before the last crash.
    pub fn knows(&self, position: Position) -> bool {
        self.known.contains(&position)
    }

    /// How many live events aren't settled.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many events wait for a retry.
    pub fn retrying(&self) -> usize {
        self.failed_before + self.redriven.len()
    }

    fn pending_mut(&mut self, attempt: &Attempt) -> Option<&mut Pending> {
        if attempt.redriven {
            let (position, pending) = self.redriven.get_mut(&attempt.key)?;
            (*position == attempt.position).then_some(pending)
        } else {
            self.pending.get_mut(&attempt.position)
        }
    }

    /// Counts a failed attempt; how many that makes. `None` where its letter was resolved
    /// meanwhile.
    fn failed_again(&mut self, attempt: &Attempt) -> Option<u32> {
        let pending = self.pending_mut(attempt)?;
        pending.attempts += 1;
        let attempts = pending.attempts;
        self.failed_before += usize::from(attempts == 1 && !attempt.redriven);
        Some(attempts)
    }

    /// Takes a live event off, and lets the next of its key come to its turn.
    fn take(&mut self, attempt: &Attempt) -> u32 {
        let attempts = self.forget(attempt.position);
        let Some(queue) = self.queues.get_mut(&attempt.key) else { return attempts };
        queue.pop_front();
        match queue.front().and_then(|next| self.pending.get(next).map(|p| (p.due, *next))) {
            Some(next) => {
                self.waiting.insert(next);
            }
            None => {
                self.queues.remove(&attempt.key);
            }
        }
        attempts
    }

    fn forget(&mut self, position: Position) -> u32 {
        let attempts = self.pending.remove(&position).map_or(0, |pending| pending.attempts);
        self.failed_before -= usize::from(attempts > 0);
        attempts
    }

    fn park(&mut self, attempt: &Attempt) -> Settled {
        if attempt.redriven {
            let attempts = self.redriven.remove(&attempt.key).map_or(0, |(_, p)| p.attempts);
            return Settled::Parked { attempts, blocked: Vec::new() };
        }
        let attempts = self.forget(attempt.position);
        let queue = self.queues.remove(&attempt.key).unwrap_or_default();
        let blocked: Vec<Position> = queue.into_iter().skip(1).collect();
        for position in &blocked {
            self.forget(*position);
        }
        self.parked.insert(attempt.key.clone(), attempt.position);
        self.redriven.remove(&attempt.key);
        Settled::Parked { attempts, blocked }
    }
}
