//! An instance that is told things one after the other, and what it made of them as text.

use std::fmt::Write;
use std::sync::Arc;

use annals_core::saga::{
    CommandResult, SagaEvent, SagaInput, SagaState, decide, describe, evolve, start, started,
};
use annals_core::{
    EventType, Metadata, NewEvent, Position, RecordedEvent, SagaDefinition, SagaLogic, StreamId,
    Timestamp, Version,
};
use uuid::Uuid;

use super::plan::{KEY, Plan};

/// An event of that name on that stream.
pub(crate) fn event(stream: StreamId, name: &str, cause: Option<Uuid>) -> RecordedEvent {
    RecordedEvent {
        position: Position(1),
        stream,
        version: Version(1),
        event: NewEvent {
            id: Uuid::new_v5(&Uuid::nil(), name.as_bytes()),
            type_: EventType::new(name, 1),
            time: Timestamp(0),
            data: Arc::from(&b"{}"[..]),
            metadata: Metadata { command_id: cause, ..Metadata::default() },
            tags: Arc::default(),
        },
    }
}

/// The event that starts every instance.
pub(crate) fn placed() -> RecordedEvent {
    event(StreamId::new("Order", KEY), "OrderPlaced", None)
}

/// The state that a stored history gives.
pub(crate) fn folded(definition: &SagaDefinition, history: &[SagaEvent]) -> Option<SagaState> {
    let stored: Vec<SagaEvent> = history
        .iter()
        .map(|event| serde_json::from_slice(&serde_json::to_vec(event).expect("JSON")))
        .collect::<Result<_, _>>()
        .expect("what is written can be read");
    let (first, rest) = stored.split_first()?;
    let mut state = started(definition, KEY, first)?;
    rest.iter().for_each(|event| evolve(definition, &mut state, event));
    Some(state)
}

/// A run, and what is said of it.
pub(crate) struct Script {
    logic: Plan,
    pub(crate) state: SagaState,
    history: Vec<SagaEvent>,
    now: Timestamp,
    text: String,
}

impl Script {
    pub(crate) fn new(logic: Plan) -> Self {
        let (state, history) = start(&logic, KEY, &placed(), Timestamp(0));
        let mut script =
            Self { logic, state, history: Vec::new(), now: Timestamp(0), text: String::new() };
        script.note("OrderPlaced", history);
        script
    }

    fn note(&mut self, told: &str, events: Vec<SagaEvent>) {
        writeln!(self.text, "> {told}").expect("text");
        for event in &events {
            let line = describe(event, Some(self.logic.definition()));
            writeln!(self.text, "  {line}").expect("text");
        }
        if events.is_empty() {
            self.text.push_str("  nothing\n");
        }
        self.history.extend(events);
        let folded = folded(self.logic.definition(), &self.history);
        assert_eq!(folded.as_ref(), Some(&self.state), "the state is the fold of its history");
    }

    fn tell(mut self, told: &str, input: &SagaInput<'_>) -> Self {
        let events = decide(&self.logic, &mut self.state, input, self.now);
        self.note(told, events);
        self
    }

    fn id(&self, command: &str) -> Uuid {
        let (name, to) = command.split_once(' ').unwrap_or((command, ""));
        let mut all: Vec<_> = self.state.commands().collect();
        all.sort_by_key(|(_, sent)| sent.sequence);
        let named = all.iter().rev().find(|(_, sent)| {
            &*sent.command.name == name && (to.is_empty() || &*sent.command.stream.id == to)
        });
        named.unwrap_or_else(|| panic!("{command} was never sent:\n{}", self.text)).1.id
    }

    /// A command (`DoPay`, or `DoPay ID`) is accepted with these events.
    pub(crate) fn accepted(self, command: &str, events: &[&str]) -> Self {
        let id = self.id(command);
        let stream = StreamId::new("Any", "any");
        let caused = events.iter().map(|name| event(stream.clone(), name, Some(id))).collect();
        let told = format!("{command}: accepted, {}", events.join(", "));
        self.tell(&told, &SagaInput::Answer(id, CommandResult::Accepted(caused)))
    }

    pub(crate) fn ignored(self, command: &str) -> Self {
        let input = SagaInput::Answer(self.id(command), CommandResult::Ignored);
        self.tell(&format!("{command}: ignored"), &input)
    }

    pub(crate) fn rejected(self, command: &str, name: &str) -> Self {
        let input = SagaInput::Answer(self.id(command), CommandResult::Rejected(name.into()));
        self.tell(&format!("{command}: rejected, {name}"), &input)
    }

    /// An event comes on the stream of the saga's key.
    pub(crate) fn comes(self, aggregate: &str, name: &str) -> Self {
        let event = event(StreamId::new(aggregate, KEY), name, None);
        self.tell(&format!("{name} on {aggregate}/{KEY}"), &SagaInput::Event(&event))
    }

    /// The customer cancels, or what the command `by` of the saga itself caused does.
    pub(crate) fn cancelled(self, by: Option<&str>) -> Self {
        let cause = by.map_or(Uuid::from_u128(7), |command| self.id(command));
        let event = event(StreamId::new("Order", KEY), "OrderCancelled", Some(cause));
        let by = by.map_or_else(String::new, |by| format!(", by {by}"));
        self.tell(&format!("OrderCancelled{by}"), &SagaInput::Cancel(&event))
    }

    /// The clock says this.
    pub(crate) fn at(mut self, us: i64) -> Self {
        self.now = Timestamp(us);
        self.tell(&format!("it is {us} us"), &SagaInput::Time)
    }

    /// The names under which its history is stored.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.history.iter().map(SagaEvent::name).collect();
        names.join(" ")
    }

    /// The history as who doesn't know the definition reads it.
    pub(crate) fn undefined(&self) -> String {
        let lines: Vec<_> = self.history.iter().map(|event| describe(event, None)).collect();
        lines.join("\n")
    }

    /// All that was told and decided, what is due, and how it stands.
    pub(crate) fn text(&self) -> String {
        let mut text = self.text.clone();
        let due: Vec<String> = self
            .state
            .unanswered()
            .iter()
            .map(|(_, sent)| {
                let (name, to) = (&sent.command.name, &sent.command.stream);
                format!("{name} to {to} {}", sent.command.input)
            })
            .collect();
        let due = if due.is_empty() { "nothing".to_owned() } else { due.join("; ") };
        let time = self.state.deadline().map_or_else(|| "none".into(), |at| format!("{} us", at.0));
        writeln!(text, "due: {due}\ndeadline: {time}").expect("text");
        let open = if self.state.open() { ", open" } else { "" };
        writeln!(text, "{}{open}: {}", self.state.status.name(), self.state.failure).expect("text");
        if let Some(alarm) = &self.state.alarm {
            writeln!(text, "alarm: {alarm}").expect("text");
        }
        text
    }
}
