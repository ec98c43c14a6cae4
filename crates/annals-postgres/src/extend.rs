//! Units laid out for `annals_extend` (`schema/annals_extend_v9.sql`), which judges the call and no
//! unit of it: appends to streams at known versions, outcomes, what consumers bring, and conditions
//! and rows that are likely to hold. Whatever else there is to judge is for `call.rs`.

use std::collections::{HashMap, HashSet};

use annals_core::{NewEvent, Position, StreamId, Version};
use annals_runtime::ports::{
    Append, Committed, Condition, Expected, OutcomeWrite, Unit, unfit_row, unstorable,
};
use uuid::Uuid;

use crate::books;
use crate::call::KnownTypes;
use crate::cells::{key_text, row_json};
use crate::condition::{Criteria, Earlier};
use crate::events::bounded;
use crate::lists::{Books, Bound};
use crate::streams::Streams;
use crate::tables::Tables;
use crate::time::Time;

/// The statement.
pub(crate) const SQL: &str = "SELECT annals_extend($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
     $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, \
     $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44)";

/// What it says where a condition doesn't hold.
pub(crate) const UNMET: i64 = -1;

/// What is known without asking the server.
#[derive(Clone, Copy)]
pub(crate) struct Known<'s, 'u> {
    pub(crate) streams: &'s Streams,
    pub(crate) types: &'u KnownTypes,
    pub(crate) tables: &'s Tables,
}

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
    criteria: Criteria<'u>,
    d_table: Vec<&'u str>,
    d_key: Vec<String>,
    d_read: Vec<i64>,
    /// Checkpoints and books.
    books: Books<'u>,
    r_table: Vec<&'u str>,
    r_json: Vec<String>,
    r_position: Vec<Option<i64>>,
    r_event: Vec<i32>,
    numbers: HashMap<&'u StreamId, i32>,
    /// The version that each stream will have, where that is known.
    ends: Vec<Option<Version>>,
    keys: HashSet<(i32, Uuid)>,
    /// Where each row is, by projection and key.
    rows: HashMap<(&'u str, String), usize>,
    /// The events so far, where a unit has a condition.
    earlier: Option<Earlier<'u>>,
}

impl<'u> Extension<'u> {
    /// Lays units out; `None` where one has to be judged.
    pub(crate) fn of(units: &[&'u Unit], known: Known<'_, 'u>) -> Option<Self> {
        let conditional = units.iter().any(|unit| unit.condition.is_some());
        let mut call = Self {
            numbers: HashMap::with_capacity(units.len()),
            earlier: conditional.then(Earlier::default),
            ..Self::default()
        };
        units.iter().all(|unit| call.add(unit, known)).then_some(call)
    }

    fn add(&mut self, unit: &'u Unit, known: Known<'_, 'u>) -> bool {
        is_plain(unit)
            && unit.condition.as_ref().is_none_or(|condition| self.condition(condition))
            && unit.appends.iter().all(|append| self.append(append, known))
            && unit.outcome.as_ref().is_none_or(|outcome| self.outcome(outcome, unit, known))
            && self.consumed(unit, known.tables)
    }

    /// A stream's number, from 1.
    fn stream(&mut self, id: &'u StreamId, known: Known<'_, '_>) -> i32 {
        let next = self.s_id.len() as i32 + 1;
        *self.numbers.entry(id).or_insert_with(|| {
            self.s_aggregate.push(&id.aggregate);
            self.s_id.push(&id.id);
            self.ends.push(known.streams.get(id));
            next
        })
    }

    /// A condition that no earlier unit of the call breaks, if all of them are committed.
    fn condition(&mut self, condition: &'u Condition) -> bool {
        self.criteria.push(condition);
        self.earlier.as_ref().is_none_or(|earlier| earlier.matching(condition).is_empty())
    }

    fn append(&mut self, append: &'u Append, known: Known<'_, 'u>) -> bool {
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
            let Some(type_) = known.types.text(&event.type_, &append.stream.aggregate) else {
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
        if let Some(earlier) = &mut self.earlier {
            earlier.push(event);
        }
    }

    fn outcome(&mut self, outcome: &'u OutcomeWrite, unit: &Unit, known: Known<'_, '_>) -> bool {
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

    /// What a consumer brings. The first checkpoint is written where it is judged, and so is a
    /// second one of the same consumer.
    fn consumed(&mut self, unit: &'u Unit, tables: &Tables) -> bool {
        if let Some(write) = &unit.checkpoint {
            let again = self.books.k_consumer.contains(&&*write.consumer);
            if again || write.expected == Position(0) {
                return false;
            }
            books::lay_checkpoint(&mut self.books, write, 0, 0);
        }
        books::lay(&mut self.books, unit, 0);
        unit.rows.is_empty() || self.rows(unit, tables)
    }

    /// Lays rows out, each as it is written last; whether their tables take all of them.
    fn rows(&mut self, unit: &'u Unit, tables: &Tables) -> bool {
        let Ok(tables) = tables.read() else { return false };
        unit.rows.iter().enumerate().all(|(nth, write)| {
            let Some(declared) = tables.get(&*write.projection) else { return false };
            if unfit_row(&declared.table, write, unit).is_some() {
                return false;
            }
            let next = self.r_table.len();
            let key = key_text(&write.key);
            let at = *self.rows.entry((&*write.projection, key.clone())).or_insert(next);
            if at == next {
                self.r_table.push(&write.projection);
                self.r_json.push(String::new());
                self.r_position.push(None);
                self.r_event.push(0);
                if let Some(read) = write.read {
                    // What is beyond was to be left by a unit that isn't in this call.
                    if unit.rows_on.is_some_and(|head| read > head) {
                        return false;
                    }
                    self.d_table.push(&write.projection);
                    self.d_key.push(key);
                    self.d_read.push(bounded(read.0));
                }
            } else if let Some(read) = write.read
                // What the unit itself writes twice was read once, before the first.
                && !unit.rows[..nth].iter().any(|own| own.same_row(write))
                && !self.is_left_at(at, read, unit.rows_on)
            {
                return false;
            }
            self.r_json[at] = row_json(&declared.table, &write.row);
            self.r_position[at] = write.position.map(|it| bounded(it.0));
            self.r_event[at] = self.e_id.len() as i32;
            true
        })
    }

    /// Whether the call leaves a row at this position, which is counted from a head before it.
    fn is_left_at(&self, row: usize, position: Position, head: Option<Position>) -> bool {
        let position = bounded(position.0);
        match (self.r_position[row], head) {
            (Some(written), _) => written == position,
            (None, Some(head)) => position - bounded(head.0) == i64::from(self.r_event[row]),
            (None, None) => false,
        }
    }

    /// The parameters of [`SQL`].
    pub(crate) fn bound(&self) -> [Bound<'_>; 44] {
        let [q_after, q_tag, q_tags, q_names] = self.criteria.bound();
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
            q_after,
            q_tag,
            q_tags,
            q_names,
            &self.d_table,
            &self.d_key,
            &self.d_read,
            &self.books.k_consumer,
            &self.books.k_expected,
            &self.books.k_position,
            &self.books.k_fingerprint,
            &self.r_table,
            &self.r_json,
            &self.r_position,
            &self.r_event,
            &self.books.b_kind,
            &self.books.b_json,
        ]
    }

    /// Whether a condition of it may not hold.
    pub(crate) fn is_conditional(&self) -> bool {
        self.criteria.len() > 0
    }

    /// How many events it has.
    pub(crate) fn events(&self) -> usize {
        self.e_id.len()
    }

    /// The id of its last event, if it has one.
    pub(crate) fn last_event(&self) -> Option<Uuid> {
        self.e_id.last().copied()
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

/// Whether nothing of a unit has to be judged but what [`Extension`] looks at, and any store takes
/// it: no reset. Each field is named, so that none is left out unseen.
fn is_plain(unit: &Unit) -> bool {
    let Unit {
        appends: _,
        outcome: _,
        condition: _,
        rows: _,
        rows_on: _,
        checkpoint: _,
        reset: None,
        sagas: _,
        letters: _,
        retries: _,
        retries_done: _,
        timers: _,
        timers_done: _,
        requests_done: _,
    } = unit
    else {
        return false;
    };
    unstorable(unit).is_none()
}

#[cfg(test)]
mod tests;
