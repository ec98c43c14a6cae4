//! A world that carries out what an instance sends: late, twice, out of step, with a clock of its
//! own. It keeps what really happened, which the instance only hears of.

use std::collections::{BTreeMap, HashSet};

use annals_core::saga::{
    CommandResult, SagaEvent, SagaInput, SagaState, Sent, Target, decide, evolve, start, started,
};
use annals_core::{CommandSpec, RecordedEvent, Reply, SagaLogic, StreamId, Timestamp};
use uuid::Uuid;

use super::plan::{KEY, Plan};
use super::script::{event, folded, placed};

/// What is deliberately wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Nothing.
    No,
    /// Commands to one target overtake one another.
    Lanes,
    /// An instance that is loaded again has lost the last event of its history.
    History,
    /// A timeout is told as if the command had been rejected.
    Timeouts,
    /// What is compensated isn't remembered: each reload compensates again.
    Answers,
}

/// Something that was really done, in order.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) target: Target,
    pub(crate) command: CommandSpec,
    /// Whether it took effect.
    pub(crate) effect: bool,
    pub(crate) rejected: bool,
}

/// The world around one instance.
pub(crate) struct World {
    pub(crate) logic: Plan,
    pub(crate) broken: Broken,
    pub(crate) state: SagaState,
    pub(crate) history: Vec<SagaEvent>,
    /// What was done, in order.
    pub(crate) acts: Vec<Act>,
    /// Results of what was carried out, to be told.
    results: Vec<(Uuid, CommandResult)>,
    carried_out: HashSet<Uuid>,
    /// Events on the stream of the key, to be told.
    stream: Vec<RecordedEvent>,
    /// Which command each id stood for.
    ids: BTreeMap<Uuid, CommandSpec>,
    now: Timestamp,
}

impl World {
    pub(crate) fn new(logic: Plan, broken: Broken) -> Self {
        let now = Timestamp(0);
        let (state, history) = start(&logic, KEY, &placed(), now);
        Self {
            logic,
            broken,
            state,
            history,
            acts: Vec::new(),
            results: Vec::new(),
            carried_out: HashSet::new(),
            stream: Vec::new(),
            ids: BTreeMap::new(),
            now,
        }
    }

    /// One thing happens. `what` says which kind, `pick` which one, `how` how it comes out.
    pub(crate) fn happen(&mut self, what: u8, pick: u8, how: u8) -> Result<(), String> {
        match what % 10 {
            0..=3 => self.carry_out(pick, how),
            4..=5 => self.tell_result(pick),
            6 => self.tell_event(pick),
            7 => self.time(i64::from(how) % 150),
            8 if pick < 40 => {
                let event = event(StreamId::new("Order", KEY), "OrderCancelled", None);
                self.tell(&SagaInput::Cancel(&event));
            }
            _ => self.reload(),
        }
        self.consistent()
    }

    /// Everything goes on until nothing is left to do, for better (`how` small) or worse.
    pub(crate) fn settle(&mut self, how: u8) -> Result<(), String> {
        self.reload();
        for _ in 0..200 {
            let before = (self.history.len(), self.results.len(), self.stream.len());
            let again = self.results.len().saturating_sub(2);
            self.carry_out(0, how);
            self.tell_everything(again);
            self.consistent()?;
            if before == (self.history.len(), self.results.len(), self.stream.len()) {
                self.tell_everything(0);
                self.reload();
                if before.0 == self.history.len() && self.state.deadline().is_none() {
                    return Ok(());
                }
                self.time(1_000);
            }
        }
        Err(format!("it doesn't come to an end: {:?}", self.state.status))
    }

    fn tell_everything(&mut self, from: usize) {
        for pick in from..self.results.len() {
            self.tell_result(u8::try_from(pick).unwrap_or(u8::MAX));
        }
        for pick in 0..self.stream.len() {
            self.tell_event(u8::try_from(pick).unwrap_or(u8::MAX));
        }
    }

    fn tell(&mut self, input: &SagaInput<'_>) {
        let events = decide(&self.logic, &mut self.state, input, self.now);
        self.history.extend(events);
    }

    /// What may be sent now: of each target the first command that isn't answered.
    fn sendable(&self) -> Vec<(Target, Sent)> {
        let mut lanes = HashSet::new();
        let unanswered = self.state.unanswered().into_iter();
        unanswered
            .filter(|(_, sent)| {
                lanes.insert(sent.command.stream.clone()) || self.broken == Broken::Lanes
            })
            .filter(|(_, sent)| !self.carried_out.contains(&sent.id))
            .map(|(target, sent)| (target, sent.clone()))
            .collect()
    }

    fn carry_out(&mut self, pick: u8, how: u8) {
        let sendable = self.sendable();
        if sendable.is_empty() {
            return;
        }
        let (target, sent) = sendable[usize::from(pick) % sendable.len()].clone();
        self.carried_out.insert(sent.id);
        let (result, effect) = self.outcome(target, &sent, how);
        let rejected = matches!(result, CommandResult::Rejected(_));
        self.acts.push(Act { target, command: sent.command, effect, rejected });
        self.results.push((sent.id, result));
    }

    /// How a command comes out, and whether it took effect.
    fn outcome(&mut self, target: Target, sent: &Sent, how: u8) -> (CommandResult, bool) {
        let Target::Forward { step, .. } = target else {
            return match how {
                0..=199 => (CommandResult::Accepted(Vec::new()), true),
                200..=229 => (CommandResult::Ignored, true),
                _ => (CommandResult::Rejected("Gone".into()), false),
            };
        };
        let shape = &self.logic.definition().steps[step];
        let stream = sent.command.stream.clone();
        let named = |name: &str| event(stream.clone(), name, Some(sent.id));
        let (done, failed) = (named(&shape.done[0]), named(&shape.failed[0]));
        match (how, shape.reply) {
            (0..=19, _) => (CommandResult::Ignored, true),
            (20..=49, _) => (CommandResult::Rejected("NotAllowed".into()), false),
            (50..=79, Reply::Caused) => (CommandResult::Accepted(vec![failed]), false),
            (80..=99, Reply::Caused) => (CommandResult::Accepted(vec![named("Other")]), true),
            (_, Reply::Caused) => (CommandResult::Accepted(vec![done]), true),
            (50..=99, Reply::Stream) => {
                self.stream.push(failed);
                (CommandResult::Accepted(Vec::new()), false)
            }
            (100..=139, Reply::Stream) => (CommandResult::Accepted(Vec::new()), false),
            (_, Reply::Stream) => {
                self.stream.push(done);
                (CommandResult::Accepted(Vec::new()), true)
            }
        }
    }

    fn tell_result(&mut self, pick: u8) {
        if self.results.is_empty() {
            return;
        }
        let (id, result) = self.results[usize::from(pick) % self.results.len()].clone();
        self.tell(&SagaInput::Answer(id, result));
    }

    fn tell_event(&mut self, pick: u8) {
        if self.stream.is_empty() {
            return;
        }
        let event = self.stream[usize::from(pick) % self.stream.len()].clone();
        self.tell(&SagaInput::Event(&event));
    }

    fn time(&mut self, us: i64) {
        self.now = Timestamp(self.now.0 + us);
        let due = self.state.deadline().is_some_and(|deadline| deadline <= self.now);
        if due && self.broken == Broken::Timeouts {
            let late: Vec<Uuid> = self.state.unanswered().iter().map(|(_, sent)| sent.id).collect();
            for id in late {
                self.tell(&SagaInput::Answer(id, CommandResult::Rejected("timeout".into())));
            }
        }
        self.tell(&SagaInput::Time);
    }

    /// The instance is loaded from its history.
    fn reload(&mut self) {
        if self.broken == Broken::History && self.history.len() > 1 {
            self.history.pop();
        }
        if self.broken == Broken::Answers {
            let back = |event: &SagaEvent| {
                let SagaEvent::CommandAnswered { target, .. } = event else { return false };
                matches!(target, Target::Back { .. })
            };
            self.history.retain(|event| !back(event));
            self.carried_out.clear();
        }
        let folded = folded(self.logic.definition(), &self.history);
        self.state = folded.expect("it begins with its start");
    }

    /// What holds at any moment.
    fn consistent(&mut self) -> Result<(), String> {
        let definition = self.logic.definition();
        let mut folded = started(definition, KEY, &self.history[0]).ok_or("no start")?;
        self.history[1..].iter().for_each(|event| evolve(definition, &mut folded, event));
        if folded != self.state {
            return Err("the state isn't the fold of the history".into());
        }
        let mut now = HashSet::new();
        for (target, sent) in self.state.commands() {
            if !now.insert(sent.id) {
                return Err(format!("{target:?} has the id of another command"));
            }
            let known = self.ids.entry(sent.id).or_insert_with(|| sent.command.clone());
            if *known != sent.command {
                return Err(format!("one id for {known:?} and {:?}", sent.command));
            }
        }
        Ok(())
    }
}
