//! Aggregates: `ignore`, `when`, `reject` in file order, `emit`.

use std::sync::Arc;

use annals_core::{Command, DecidedEvent, Decider, Decision, EventView, Failure, Rejected, State};
use annals_expression::{RecordType, Type, Unknown, Value};
use annals_model::{Aggregate, Command as Declared, Emission, Emit, Formula, Model};

use crate::events::{self, Events};
use crate::failures::{invalid, reasons, unreadable};
use crate::{id, json, meta, state, terms};

/// The rejection of a command whose `when` is false.
const NOT_ALLOWED: &str = "NotAllowed";

/// One aggregate's behaviour, interpreted.
pub(crate) struct InterpretedDecider {
    model: Arc<Model>,
    index: usize,
    events: Arc<Events>,
    fingerprint: String,
    snapshot_every: u64,
}

impl InterpretedDecider {
    pub(crate) fn new(
        model: &Arc<Model>,
        index: usize,
        events: &Arc<Events>,
        fingerprint: String,
        snapshot_every: u64,
    ) -> Self {
        Self { model: model.clone(), index, events: events.clone(), fingerprint, snapshot_every }
    }

    fn declared(&self) -> &Aggregate {
        &self.model.aggregates[self.index]
    }

    fn command(&self, name: &str) -> Result<&Declared, Failure> {
        let known = self.declared().command(name);
        known.ok_or_else(|| Failure::Unknown { kind: "command", name: name.into() })
    }

    fn emit(&self, emit: &Emit, slots: &[Value]) -> Result<Vec<DecidedEvent>, Failure> {
        let list = match emit {
            Emit::All(all) => return all.iter().map(|one| self.emitted(one, slots)).collect(),
            Emit::First(list) => list,
        };
        for emission in list {
            let chosen = match &emission.condition {
                Some(condition) => terms::holds(condition, slots)?,
                None => true,
            };
            if chosen {
                return Ok(vec![self.emitted(emission, slots)?]);
            }
        }
        Ok(Vec::new())
    }

    fn emitted(&self, emission: &Emission, slots: &[Value]) -> Result<DecidedEvent, Failure> {
        let data = terms::record(&emission.fields, slots)?;
        let type_ = self.events.latest(&emission.event)?;
        Ok(DecidedEvent { type_, data: events::json(&data) })
    }
}

/// The fields of a state that a decider of this crate made, without the id; `None` for a state of
/// any other decider.
pub fn state_json(state: &State) -> Option<serde_json::Value> {
    state.0.downcast_ref().map(state::json)
}

/// A state, as this decider knows it.
fn value(state: &State) -> &Value {
    state.0.downcast_ref().expect("a decider is given the states that it made")
}

fn read(input: &Arc<RecordType>, bytes: &[u8]) -> Result<Value, Failure> {
    let json: serde_json::Value = if bytes.is_empty() {
        serde_json::json!({})
    } else {
        json::read(bytes).map_err(|field| Failure::Invalid(vec![field]))?
    };
    Type::Record(input.clone()).decode(&json, Unknown::Refuse).map_err(invalid)
}

fn rejected(name: &str, condition: &Formula) -> Decision {
    Decision::Rejected(Rejected {
        name: name.into(),
        condition: condition.expression.text().into(),
    })
}

impl Decider for InterpretedDecider {
    fn aggregate(&self) -> &str {
        &self.declared().named.name
    }

    fn canonical_id(&self, text: &str) -> Result<Arc<str>, Failure> {
        id::canonical(&self.declared().id_type, text, "/id")
    }

    fn initial(&self, id: &str) -> State {
        State(Arc::new(state::initial(self.declared(), id)))
    }

    fn canonical_input(&self, command: &str, input: &[u8]) -> Result<Arc<[u8]>, Failure> {
        Ok(events::json_without_nulls(&read(&self.command(command)?.input, input)?))
    }

    fn decide(&self, state: &State, command: &Command) -> Result<Decision, Failure> {
        let (aggregate, declared) = (self.declared(), self.command(&command.name)?);
        let input = read(&declared.input, &command.input)?;
        let id = id::value(&aggregate.id_type, &command.stream.id);
        let input = events::in_scope(&aggregate.id_name, id, input);
        let slots = [value(state).clone(), input, meta::of_command(command)];
        if let Some(ignore) = &declared.ignore
            && terms::holds(ignore, &slots)?
        {
            return Ok(Decision::Ignored);
        }
        if let Some(when) = &declared.when
            && !terms::holds(when, &slots)?
        {
            return Ok(rejected(NOT_ALLOWED, when));
        }
        for rejection in &declared.rejections {
            if terms::holds(&rejection.condition, &slots)? {
                return Ok(rejected(&rejection.name, &rejection.condition));
            }
        }
        self.emit(&declared.emit, &slots).map(Decision::Events)
    }

    fn evolve(&self, state: &State, event: &EventView<'_>) -> Result<State, Failure> {
        let (_, declared) = self.events.declared(&event.type_.name)?;
        let aggregate = (&*self.model, self.declared());
        let seen = self.events.slots(event)?;
        let after = state::evolve(aggregate, value(state), declared, seen)?;
        Ok(State(Arc::new(after)))
    }

    fn encode(&self, state: &State) -> Vec<u8> {
        state::json(value(state)).to_string().into_bytes()
    }

    fn decode(&self, id: &str, bytes: &[u8]) -> Result<State, Failure> {
        let aggregate = self.declared();
        let what = || format!("the snapshot of {}/{id}", aggregate.named.name);
        let json: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| unreadable(what(), error.to_string()))?;
        let fields = Type::Record(aggregate.state.clone())
            .decode(&json, Unknown::Ignore)
            .map_err(|violations| unreadable(what(), reasons(&violations)))?;
        let id = id::value(&aggregate.id_type, id);
        Ok(State(Arc::new(events::in_scope(&aggregate.id_name, id, fields))))
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn snapshot_every(&self) -> Option<u64> {
        Some(self.snapshot_every)
    }

    fn public(&self, command: &str) -> Result<(), Vec<Arc<str>>> {
        match self.declared().command(command) {
            Some(declared) if !declared.public => Err(declared.sent_by.clone()),
            _ => Ok(()),
        }
    }
}
