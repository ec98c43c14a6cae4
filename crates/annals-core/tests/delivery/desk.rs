//! A desk that handles the events of a log through the machine, as a consumer does, and keeps what
//! a store would: checkpoint, retries and letters. It can crash at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_core::delivery::{Attempt, Delivery, Offered, Settled};
use annals_core::{Position, RetryPolicy, Timestamp};

/// Retries here: three, after at most 1, 2 and 4 ms.
pub(crate) const POLICY: RetryPolicy =
    RetryPolicy { max_retries: 3, base_us: 1_000, cap_us: 30_000, exponential: true };

/// What is deliberately wrong at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Nothing.
    No,
    /// The checkpoint is where the log is read to.
    Checkpoint,
    /// Letters are forgotten in a crash.
    Letters,
    /// Which keys are parked is forgotten in a crash.
    Parked,
    /// Retries are forgotten in a crash.
    Retries,
}

/// How an attempt comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Transient,
    Permanent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    Failed,
    Blocked,
    Resolved,
}

/// What survives a crash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) checkpoint: Position,
    pub(crate) retries: BTreeMap<Position, (u32, Timestamp)>,
    pub(crate) letters: BTreeMap<Position, Letter>,
}

/// The desk.
pub(crate) struct Desk {
    broken: Broken,
    /// The key of each event of the log, from position 1.
    log: Vec<Arc<str>>,
    pub(crate) rows: Rows,
    /// The rows as they will be with the next commit.
    next: Rows,
    pub(crate) delivery: Delivery,
    pub(crate) under_way: Vec<Attempt>,
    pub(crate) now: Timestamp,
    /// The naive model: what was handled, and what was discarded.
    pub(crate) handled: BTreeSet<Position>,
    discarded: BTreeSet<Position>,
}

impl Desk {
    pub(crate) fn new(broken: Broken) -> Self {
        Self {
            broken,
            log: Vec::new(),
            rows: Rows::default(),
            next: Rows::default(),
            delivery: Delivery::new(POLICY, Position(0)),
            under_way: Vec::new(),
            now: Timestamp(0),
            handled: BTreeSet::new(),
            discarded: BTreeSet::new(),
        }
    }

    pub(crate) fn append(&mut self, key: &str) {
        self.log.push(key.into());
    }

    fn key(&self, position: Position) -> Arc<str> {
        let index = usize::try_from(position.0).expect("small") - 1;
        self.log[index].clone()
    }

    /// Reads the next event, if there is one.
    pub(crate) fn read(&mut self) -> Option<Offered> {
        let position = Position(self.delivery.reached().0 + 1);
        if position.0 > self.log.len() as u64 {
            return None;
        }
        let offered = self.delivery.offer(position, &self.key(position));
        if matches!(offered, Offered::Blocked { .. }) {
            self.next.letters.insert(position, Letter::Blocked);
        }
        Some(offered)
    }

    /// Begins what is due. Wrong, where the naive model says that it isn't its turn.
    pub(crate) fn begin(&mut self, limit: usize) -> Result<Vec<u64>, String> {
        let due = self.delivery.due(self.now, limit);
        if due.len() > limit {
            return Err(format!("{} attempts instead of {limit}", due.len()));
        }
        for attempt in &due {
            let at = attempt.position;
            if self.under_way.iter().any(|other| other.key == attempt.key) {
                return Err(format!("two of {} are under way", attempt.key));
            }
            if let Some(first) = self.behind(at) {
                return Err(format!("{} before {} of its key", at.0, first.0));
            }
            let letter = self.rows.letters.get(&at);
            let settled = at <= self.rows.checkpoint && letter.is_none();
            if settled || letter == Some(&Letter::Resolved) {
                return Err(format!("{} again, although it was committed", at.0));
            }
            self.under_way.push(attempt.clone());
        }
        Ok(due.iter().map(|attempt| attempt.position.0).collect())
    }

    /// The first event of the same key before that one that is neither handled nor discarded.
    fn behind(&self, position: Position) -> Option<Position> {
        let earlier = (1..position.0).map(Position);
        let mut same = earlier.filter(|at| self.key(*at) == self.key(position));
        same.find(|at| !self.handled.contains(at) && !self.discarded.contains(at))
    }

    /// One of the attempts under way ends.
    pub(crate) fn end(
        &mut self,
        pick: usize,
        outcome: Outcome,
        random: u64,
    ) -> Result<Option<Settled>, String> {
        if self.under_way.is_empty() {
            return Ok(None);
        }
        let attempt = self.under_way.remove(pick % self.under_way.len());
        let at = attempt.position;
        let settled = match outcome {
            Outcome::Done => {
                self.handled.insert(at);
                self.delivery.done(&attempt)
            }
            Outcome::Transient => self.delivery.transient(&attempt, self.now, random, 0),
            Outcome::Permanent => self.delivery.permanent(&attempt),
        };
        match &settled {
            Settled::Done => {
                self.next.retries.remove(&at);
                if attempt.redriven {
                    self.resolve(&attempt.key, at);
                }
            }
            Settled::Retry { attempts, due } => {
                let before = self.next.retries.insert(at, (*attempts, *due));
                if !attempt.redriven && before.is_some_and(|(before, _)| before >= *attempts) {
                    return Err(format!("{} begins its attempts anew", at.0));
                }
                if *due < self.now {
                    return Err(format!("{} is due before it failed", at.0));
                }
            }
            Settled::Parked { attempts, blocked } => {
                if outcome == Outcome::Transient && *attempts != 1 + POLICY.max_retries {
                    return Err(format!("{} is parked after {attempts} attempts", at.0));
                }
                self.next.retries.remove(&at);
                self.next.letters.insert(at, Letter::Failed);
                for behind in blocked {
                    self.next.retries.remove(behind);
                    self.next.letters.insert(*behind, Letter::Blocked);
                }
            }
        }
        Ok(Some(settled))
    }

    /// The unresolved letters of a key, in order.
    fn unresolved(&self, key: &str) -> Vec<(Position, Letter)> {
        let letters = self.next.letters.iter().map(|(at, letter)| (*at, *letter));
        letters
            .filter(|(at, letter)| *letter != Letter::Resolved && &*self.key(*at) == key)
            .collect()
    }

    fn resolve(&mut self, key: &Arc<str>, at: Position) {
        self.next.letters.insert(at, Letter::Resolved);
        self.next.retries.remove(&at);
        let next = self.unresolved(key).first().map(|(next, _)| *next);
        self.delivery.resolved(key, next);
        if let Some(next) = next {
            self.delivery.redrive(key, next);
        }
    }

    /// The failed letters that can be redriven or discarded.
    pub(crate) fn failed(&self) -> Vec<Position> {
        let keys: BTreeSet<_> = self.log.iter().cloned().collect();
        let firsts = keys.iter().filter_map(|key| self.unresolved(key).first().copied());
        firsts.filter(|(_, letter)| *letter == Letter::Failed).map(|(at, _)| at).collect()
    }

    pub(crate) fn redrive(&mut self, position: u64) -> bool {
        self.delivery.redrive(&self.key(Position(position)), Position(position))
    }

    pub(crate) fn discard(&mut self, position: u64) {
        let key = self.key(Position(position));
        if !self.delivery.redrives(&key) {
            self.discarded.insert(Position(position));
            self.resolve(&key, Position(position));
        }
    }

    /// What was decided is kept, with the checkpoint.
    pub(crate) fn commit(&mut self) -> Result<(), String> {
        self.next.checkpoint = match self.broken {
            Broken::Checkpoint => self.delivery.reached(),
            _ => self.delivery.checkpoint().max(self.rows.checkpoint),
        };
        self.rows = self.next.clone();
        for at in (1..=self.rows.checkpoint.0).map(Position) {
            if !self.handled.contains(&at) && !self.rows.letters.contains_key(&at) {
                return Err(format!("the checkpoint passes {}", at.0));
            }
        }
        Ok(())
    }

    /// What isn't committed is lost, and begins again from the rows.
    pub(crate) fn crash(&mut self) {
        self.under_way.clear();
        // What a person resolved without its commit isn't resolved.
        let letters = &self.rows.letters;
        self.discarded.retain(|at| letters.get(at) == Some(&Letter::Resolved));
        self.next = self.rows.clone();
        let mut delivery = Delivery::new(POLICY, self.rows.checkpoint);
        let letters = self.rows.letters.keys().filter(|_| self.broken != Broken::Letters);
        letters.for_each(|at| delivery.remember_letter(*at));
        for (at, (attempts, due)) in &self.rows.retries {
            if self.broken != Broken::Retries {
                delivery.remember_retry(*at, *attempts, *due);
            }
        }
        let keys: BTreeSet<_> = self.log.iter().cloned().collect();
        for key in keys.iter().filter(|_| self.broken != Broken::Parked) {
            let Some((first, letter)) = self.unresolved(key).first().copied() else { continue };
            delivery.remember_parked(key.clone(), first);
            if letter == Letter::Blocked {
                delivery.redrive(key, first);
            }
        }
        self.delivery = delivery;
    }

    /// Everything is read, tried and, where it failed, redriven, until all is handled.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        for _ in 0..1_000 {
            while self.read().is_some() {}
            self.begin(4)?;
            while self.end(0, Outcome::Done, 0)?.is_some() {}
            for failed in self.failed() {
                self.redrive(failed.0);
            }
            self.commit()?;
            match self.delivery.next_due() {
                Some(due) => self.now = self.now.max(due),
                None if self.failed().is_empty() => return self.complete(),
                None => {}
            }
        }
        Err("it doesn't come to an end".into())
    }

    /// Nothing was dropped, and nothing is left over.
    fn complete(&self) -> Result<(), String> {
        let end = Position(self.log.len() as u64);
        for at in (1..=end.0).map(Position) {
            if !self.handled.contains(&at) && !self.discarded.contains(&at) {
                return Err(format!("{} was dropped", at.0));
            }
        }
        let left = (self.delivery.pending(), self.delivery.retrying(), self.rows.retries.len());
        if left != (0, 0, 0) || self.rows.checkpoint != end {
            return Err(format!("left over: {left:?}, checkpoint {:?}", self.rows.checkpoint));
        }
        Ok(())
    }
}
