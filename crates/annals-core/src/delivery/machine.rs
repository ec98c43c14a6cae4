//! The delivery machine.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::{Position, RetryPolicy, Timestamp};

use super::pending::{Attempt, Pending};

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
    /// Attempts and due times that a crash interrupted.
    remembered: HashMap<Position, (u32, Timestamp)>,
    /// Keys that are parked, and the failed event of each.
    parked: HashMap<Arc<str>, Position>,
    /// Letters that are redriven: of each key the one that is tried now.
    redriven: HashMap<Arc<str>, (Position, Pending)>,
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
            remembered: HashMap::new(),
            parked: HashMap::new(),
            redriven: HashMap::new(),
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
        if let Some(behind) = self.parked.get(key) {
            return Offered::Blocked { behind: *behind };
        }
        let (attempts, due) =
            self.remembered.remove(&position).unwrap_or((0, Timestamp(i64::MIN)));
        let pending = Pending { key: key.clone(), attempts, due, under_way: false };
        self.pending.insert(position, pending);
        self.queues.entry(key.clone()).or_default().push_back(position);
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

    /// Begins to redrive a failed letter, or the one that is next behind it. False where its key isn't
    /// parked behind it, or is redriven already.
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

    /// The attempts to make now, at most `limit`; they count as under way.
    pub fn due(&mut self, now: Timestamp, limit: usize) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for (key, (position, pending)) in &mut self.redriven {
            if attempts.len() < limit && !pending.under_way && pending.due <= now {
                pending.under_way = true;
                attempts.push(Attempt { position: *position, key: key.clone(), redriven: true });
            }
        }
        for (position, pending) in &mut self.pending {
            if attempts.len() >= limit {
                break;
            }
            let first = self.queues.get(&pending.key).and_then(|queue| queue.front());
            if first == Some(position) && !pending.under_way && pending.due <= now {
                pending.under_way = true;
                let key = pending.key.clone();
                attempts.push(Attempt { position: *position, key, redriven: false });
            }
        }
        attempts
    }

    /// When the next attempt is due that isn't under way; `None` where there is none.
    pub fn next_due(&self) -> Option<Timestamp> {
        let live = self.pending.iter().filter(|(position, pending)| {
            self.queues.get(&pending.key).and_then(|queue| queue.front()) == Some(position)
        });
        let redriven = self.redriven.values().map(|(_, pending)| pending);
        let all = live.map(|(_, pending)| pending).chain(redriven);
        all.filter(|pending| !pending.under_way).map(|pending| pending.due).min()
    }

    /// An attempt succeeded.
    pub fn done(&mut self, attempt: &Attempt) -> Settled {
        if !attempt.redriven {
            self.take(attempt);
        }
        Settled::Done
    }

    /// An attempt failed, and may succeed later: it is tried again after a drawn delay, or after
    /// `at_least_us` where the other side asked for it, until the policy's retries are used up.
    pub fn transient(
        &mut self,
        attempt: &Attempt,
        now: Timestamp,
        random: u64,
        at_least_us: i64,
    ) -> Settled {
        let policy = self.policy;
        let Some(pending) = self.pending_mut(attempt) else { return Settled::Done };
        pending.attempts += 1;
        match policy.delay_us(pending.attempts, random) {
            Some(delay) => {
                pending.under_way = false;
                pending.due = Timestamp(now.0.saturating_add(delay.max(at_least_us)));
                Settled::Retry { attempts: pending.attempts, due: pending.due }
            }
            None => self.park(attempt),
        }
    }

    /// An attempt failed for good.
    pub fn permanent(&mut self, attempt: &Attempt) -> Settled {
        if let Some(pending) = self.pending_mut(attempt) {
            pending.attempts += 1;
        }
        self.park(attempt)
    }

    /// Everything up to here is settled: done, or a letter.
    pub fn checkpoint(&self) -> Position {
        let first = self.pending.keys().next();
        first.map_or(self.read_to, |first| Position(first.0 - 1))
    }

    /// How many live events aren't settled.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many events wait for a retry.
    pub fn retrying(&self) -> usize {
        let live = self.pending.values().filter(|pending| pending.attempts > 0);
        live.count() + self.redriven.len()
    }

    fn pending_mut(&mut self, attempt: &Attempt) -> Option<&mut Pending> {
        if attempt.redriven {
            let (_, pending) = self.redriven.get_mut(&attempt.key)?;
            Some(pending)
        } else {
            self.pending.get_mut(&attempt.position)
        }
    }

    fn take(&mut self, attempt: &Attempt) -> u32 {
        let Some(pending) = self.pending.remove(&attempt.position) else { return 0 };
        if let Some(queue) = self.queues.get_mut(&pending.key) {
            queue.pop_front();
            if queue.is_empty() {
                self.queues.remove(&pending.key);
            }
        }
        pending.attempts
    }

    fn park(&mut self, attempt: &Attempt) -> Settled {
        if attempt.redriven {
            let attempts = self.redriven.remove(&attempt.key).map_or(0, |(_, p)| p.attempts);
            return Settled::Parked { attempts, blocked: Vec::new() };
        }
        let attempts = self.take(attempt);
        let blocked: Vec<Position> =
            self.queues.remove(&attempt.key).map(Vec::from).unwrap_or_default();
        for position in &blocked {
            self.pending.remove(position);
        }
        self.parked.insert(attempt.key.clone(), attempt.position);
        Settled::Parked { attempts, blocked }
    }
}
