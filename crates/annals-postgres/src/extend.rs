//! Units laid out for `annals_extend` (`schema/annals_extend_v7.sql`): appends to streams at known
//! versions and outcomes, which the server writes without judging. Whatever else there is to judge
//! or to write is for `call.rs`.

use std::collections::{HashMap, HashSet};

use annals_core::{NewEvent, Position, StreamId, Version};
use annals_runtime::ports::{Append, Committed, Expected, OutcomeWrite, Unit, unstorable};
use uuid::Uuid;

use crate::call::KnownTypes;
use crate::lists::Bound;
use crate::streams::Streams;
use crate::time::Time;

/// The statement.
pub(crate) const SQL: &str = "SELECT annals_extend($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
     $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)";

/// A call under way: the function's lists, and what its answer will mean.
#[derive(Default)]
pub(crate) struct Extension<'u> {
    s_aggregate: Vec<&'u str>,
    s_id: Vec<&'u str>,
    c_stream: Vec<i32>,
    c_version: Vec<i64>,
    e_stream: Vec<i32>,
    e_version: Vec<i64>,
    e_id: Vec<Uuid>,
    e_type: Vec<&'u str>,
    e_time: Vec<Time>,
    e_data: Vec<&'u [u8]>,
    e_correlation: Vec<Uuid>,
    e_causation: Vec<Option<Uuid>>,
    e_command: Vec<Option<Uuid>>,
    e_actor: Vec<Option<&'u str>>,
    e_traceparent: Vec<Option<&'u str>>,
    e_tags: Vec<Option<String>>,
    t_event: Vec<i32>,
    t_tag: Vec<&'u str>,
    t_name: Vec<&'u str>,
    o_stream: Vec<i32>,
    o_id: Vec<Uuid>,
    o_command: Vec<&'u str>,
    o_correlation: Vec<Uuid>,
    o_time: Vec<Time>,
    o_hash: Vec<&'u [u8]>,
    o_outcome: Vec<&'u [u8]>,
    o_by_events: Vec<bool>,
    numbers: HashMap<&'u StreamId, i32>,
    /// The version that each stream will have, where that is known.
    ends: Vec<Option<Version>>,
    keys: HashSet<(i32, Uuid)>,
}

impl<'u> Extension<'u> {
    /// Lays units out; `None` where one has to be judged.
    pub(crate) fn of(units: &[&'u Unit], known: &Streams, types: &'u KnownTypes) -> Option<Self> {
        let mut call = Self { numbers: HashMap::with_capacity(units.len()), ..Self::default() };
        units.iter().all(|unit| call.add(unit, known, types)).then_some(call)
    }

    fn add(&mut self, unit: &'u Unit, known: &Streams, types: &'u KnownTypes) -> bool {
        is_plain(unit)
            && unit.appends.iter().all(|append| self.append(append, known, types))
            && unit.outcome.as_ref().is_none_or(|outcome| self.outcome(outcome, unit, known))
    }

    /// A stream's number, from 1.
    fn stream(&mut self, id: &'u StreamId, known: &Streams) -> i32 {
        let next = self.s_id.len() as i32 + 1;
        *self.numbers.entry(id).or_insert_with(|| {
            self.s_aggregate.push(&id.aggregate);
            self.s_id.push(&id.id);
            self.ends.push(known.get(id));
            next
        })
    }

    fn append(&mut self, append: &'u Append, known: &Streams, types: &'u KnownTypes) -> bool {
        let number = self.stream(&append.stream, known);
        let end = number as usize - 1;
        let at = self.ends[end].map(|version| version.0);
        let expected = match (append.expected, at) {
            (Expected::Empty, _) => 0,
            (Expected::Exactly(version), _) => version.0,
            (Expected::Any, Some(at)) => at,
            (Expected::Exists, Some(at)) if at > 0 => at,
            _ => return false,
        };
        let at = at.unwrap_or(0);
        if expected < at {
            return false;
        }
        if expected > at {
            let Ok(version) = i64::try_from(expected) else { return false };
            self.c_stream.push(number);
            self.c_version.push(version);
        }
        self.ends[end] = Some(Version(expected + append.events.len() as u64));
        append.events.iter().zip(expected + 1..).all(|(event, version)| {
            let Some(type_) = types.text(&event.type_, &append.stream.aggregate) else {
                return false;
            };
            self.event(event, type_, (number, version));
            true
        })
    }

    fn event(&mut self, event: &'u NewEvent, type_: &'u str, (stream, version): (i32, u64)) {
        let about = &event.metadata;
        self.e_stream.push(stream);
        self.e_version.push(version as i64);
        self.e_id.push(event.id);
        self.e_type.push(type_);
        self.e_time.push(Time(event.time));
        self.e_data.push(&event.data);
        self.e_correlation.push(about.correlation_id);
        self.e_causation.push(about.causation_id);
        self.e_command.push(about.command_id);
        self.e_actor.push(about.actor.as_deref());
        self.e_traceparent.push(about.traceparent.as_deref());
        let tags = (!event.tags.is_empty()).then(|| serde_json::json!(event.tags).to_string());
        self.e_tags.push(tags);
        for tag in &*event.tags {
            self.t_event.push(self.e_id.len() as i32);
            self.t_tag.push(tag);
            self.t_name.push(&event.type_.name);
        }
    }

    fn outcome(&mut self, outcome: &'u OutcomeWrite, unit: &Unit, known: &Streams) -> bool {
        let stream = self.stream(&outcome.stream, known);
        self.o_stream.push(stream);
        self.o_id.push(outcome.command_id);
        self.o_command.push(&outcome.command);
        self.o_correlation.push(outcome.correlation_id);
        self.o_time.push(Time(outcome.time));
        self.o_hash.push(&outcome.request_hash);
        self.o_outcome.push(&outcome.outcome);
        self.o_by_events.push(has_events_of(unit, outcome));
        self.keys.insert((stream, outcome.command_id))
    }

    /// The parameters of [`SQL`].
    pub(crate) fn bound(&self) -> [Bound<'_>; 27] {
        [
            &self.s_aggregate,
            &self.s_id,
            &self.c_stream,
            &self.c_version,
            &self.e_stream,
            &self.e_version,
            &self.e_id,
            &self.e_type,
            &self.e_time,
            &self.e_data,
            &self.e_correlation,
            &self.e_causation,
            &self.e_command,
            &self.e_actor,
            &self.e_traceparent,
            &self.e_tags,
            &self.t_event,
            &self.t_tag,
            &self.t_name,
            &self.o_stream,
            &self.o_id,
            &self.o_command,
            &self.o_correlation,
            &self.o_time,
            &self.o_hash,
            &self.o_outcome,
            &self.o_by_events,
        ]
    }

    /// How many events it has.
    pub(crate) fn events(&self) -> usize {
        self.e_id.len()
    }

    /// Where its streams will end, as far as that is known.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (&'u StreamId, Version)> {
        let end =
            |(id, number): (&&'u StreamId, &i32)| Some((*id, self.ends[*number as usize - 1]?));
        self.numbers.iter().filter_map(end)
    }

    /// What will have become of the units, with positions from the head before them.
    pub(crate) fn committed(&self, units: &[&Unit]) -> Vec<Committed> {
        let mut event = 0;
        let mut place = |append: &Append| {
            let version = Version(self.e_version[event].cast_unsigned());
            event += append.events.len();
            (Position((event - append.events.len()) as u64 + 1), version)
        };
        let mut places = |unit: &&Unit| unit.appends.iter().map(&mut place).collect();
        units.iter().map(|unit| Committed { appends: places(unit) }).collect()
    }
}

/// Whether a trace finds the outcome by an event of its unit.
fn has_events_of(unit: &Unit, outcome: &OutcomeWrite) -> bool {
    let of = |event: &NewEvent| {
        event.metadata.command_id == Some(outcome.command_id)
            && event.metadata.correlation_id == outcome.correlation_id
    };
    unit.appends.iter().flat_map(|append| &append.events).any(of)
}

/// Whether a unit has nothing but appends and an outcome, and any store takes it.
fn is_plain(unit: &Unit) -> bool {
    let Unit {
        appends: _,
        outcome: _,
        condition: None,
        rows,
        checkpoint: None,
        reset: None,
        sagas,
        letters,
        retries,
        retries_done,
        timers,
        timers_done,
        requests_done,
    } = unit
    else {
        return false;
    };
    rows.is_empty()
        && sagas.is_empty()
        && letters.is_empty()
        && retries.is_empty()
        && retries_done.is_empty()
        && timers.is_empty()
        && timers_done.is_empty()
        && requests_done.is_empty()
        && unstorable(unit).is_none()
}

#[cfg(test)]
mod tests;
