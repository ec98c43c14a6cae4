//! Units of work laid out as the lists of one call. What units share (a stream, a consumer, a row,
//! a command's id) gets one number, so that the function can judge them one after the other in
//! memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use annals_core::{EventType, NewEvent, StreamId};
use annals_runtime::ports::{
    Append, Condition, Expected, OutcomeWrite, Unit, unfit_row, unstorable,
};
use uuid::Uuid;

use crate::books;
use crate::cells::{key_text, row_json};
use crate::condition::Earlier;
use crate::events::bounded;
use crate::lists::Lists;
use crate::tables::Tables;
use crate::time::Time;

/// Event types that are known to be listed in the store, by aggregate, with their texts.
#[derive(Debug, Default)]
pub(crate) struct KnownTypes(HashMap<Arc<str>, HashMap<EventType, String>>);

impl KnownTypes {
    /// The text of a type of an aggregate's events, where it is known.
    pub(crate) fn text(&self, type_: &EventType, aggregate: &str) -> Option<&str> {
        self.0.get(aggregate)?.get(type_).map(String::as_str)
    }

    /// Remembers types with their aggregates.
    pub(crate) fn extend(&mut self, types: impl IntoIterator<Item = (EventType, Arc<str>)>) {
        for (type_, aggregate) in types {
            let text = type_.to_string();
            self.0.entry(aggregate).or_default().insert(type_, text);
        }
    }
}

/// A call under way.
pub(crate) struct Call<'u> {
    pub(crate) lists: Lists<'u>,
    pub(crate) units: Vec<&'u Unit>,
    /// Why a unit is unfit, by unit.
    pub(crate) unfit: Vec<Option<String>>,
    /// The types that this call lists, for when it is done.
    pub(crate) new_types: HashSet<(EventType, Arc<str>)>,
    streams: HashMap<&'u StreamId, i32>,
    keys: HashMap<(i32, Uuid), i32>,
    consumers: HashMap<&'u str, i32>,
    rows: HashMap<(&'u str, String), i32>,
    earlier: Earlier<'u>,
}

impl<'u> Call<'u> {
    /// Lays units out.
    pub(crate) fn new(units: &[&'u Unit], tables: &Tables, known: &KnownTypes) -> Self {
        let mut call = Self {
            lists: Lists::default(),
            units: units.to_vec(),
            unfit: Vec::with_capacity(units.len()),
            new_types: HashSet::new(),
            streams: HashMap::new(),
            keys: HashMap::new(),
            consumers: HashMap::new(),
            rows: HashMap::new(),
            earlier: Earlier::default(),
        };
        for (unit, number) in units.iter().zip(1..) {
            call.add(unit, number, tables, known);
        }
        call
    }

    fn add(&mut self, unit: &'u Unit, number: i32, tables: &Tables, known: &KnownTypes) {
        let outcome = unit.outcome.as_ref().map_or(0, |outcome| self.outcome(outcome, number));
        self.lists.u_outcome.push(outcome);
        let checkpoint = unit.checkpoint.as_ref().map_or(0, |write| {
            let next = self.consumers.len() as i32 + 1;
            let who = *self.consumers.entry(&write.consumer).or_insert(next);
            books::lay_checkpoint(&mut self.lists.books, write, number, who);
            self.lists.books.k_unit.len() as i32
        });
        self.lists.u_checkpoint.push(checkpoint);
        // What no store takes is judged by what comes before that in every store.
        let mut unfit = unstorable(unit);
        if unfit.is_none() {
            if let Some(condition) = &unit.condition {
                self.condition(condition);
            }
            for (at, append) in unit.appends.iter().enumerate() {
                self.append(append, &unit.appends[..at], number, known);
            }
            unfit = self.rows(unit, tables);
            books::lay(&mut self.lists.books, unit, number);
        }
        self.lists.u_appends.push(self.lists.a_unit.len() as i32);
        self.lists.u_criteria.push(self.lists.criteria.len() as i32);
        self.lists.u_matches.push(self.lists.m_append.len() as i32);
        self.lists.u_rows.push(self.lists.books.r_row.len() as i32);
        self.lists.u_unfit.push(unfit.is_some());
        self.unfit.push(unfit);
    }

    fn stream(&mut self, stream: &'u StreamId) -> i32 {
        let next = self.streams.len() as i32 + 1;
        *self.streams.entry(stream).or_insert_with(|| {
            self.lists.s_aggregate.push(&stream.aggregate);
            self.lists.s_id.push(&stream.id);
            next
        })
    }

    fn outcome(&mut self, outcome: &'u OutcomeWrite, number: i32) -> i32 {
        let stream = self.stream(&outcome.stream);
        let next = self.keys.len() as i32 + 1;
        let key = *self.keys.entry((stream, outcome.command_id)).or_insert(next);
        let lists = &mut self.lists;
        lists.o_unit.push(number);
        lists.o_stream.push(stream);
        lists.o_key.push(key);
        lists.o_id.push(outcome.command_id);
        lists.o_command.push(&outcome.command);
        lists.o_correlation.push(outcome.correlation_id);
        lists.o_time.push(Time(outcome.time));
        lists.o_hash.push(&outcome.request_hash);
        lists.o_outcome.push(&outcome.outcome);
        lists.o_unit.len() as i32
    }

    fn append(&mut self, append: &'u Append, before: &[Append], unit: i32, known: &KnownTypes) {
        let stream = self.stream(&append.stream);
        let own = before.iter().filter(|it| it.stream == append.stream);
        let own: usize = own.map(|it| it.events.len()).sum();
        let lists = &mut self.lists;
        lists.a_unit.push(unit);
        lists.a_stream.push(stream);
        lists.a_expected.push(match append.expected {
            Expected::Any => -1,
            Expected::Exists => -2,
            Expected::Empty => 0,
            Expected::Exactly(version) => i64::try_from(version.0).unwrap_or(i64::MAX),
        });
        lists.a_own.push(own as i64);
        lists.a_events.push(append.events.len() as i64);
        let number = lists.a_unit.len() as i32;
        for (event, offset) in append.events.iter().zip(0..) {
            self.event(event, (number, offset), &append.stream, known);
        }
    }

    fn event(
        &mut self,
        event: &'u NewEvent,
        (append, offset): (i32, i64),
        stream: &'u StreamId,
        known: &KnownTypes,
    ) {
        let about = &event.metadata;
        let lists = &mut self.lists;
        lists.e_append.push(append);
        lists.e_offset.push(offset);
        lists.e_id.push(event.id);
        lists.e_time.push(Time(event.time));
        lists.e_data.push(&event.data);
        lists.e_correlation.push(about.correlation_id);
        lists.e_causation.push(about.causation_id);
        lists.e_command.push(about.command_id);
        lists.e_actor.push(about.actor.as_deref());
        lists.e_traceparent.push(about.traceparent.as_deref());
        let type_ = event.type_.to_string();
        let is_new = known.text(&event.type_, &stream.aggregate).is_none();
        if is_new && self.new_types.insert((event.type_.clone(), stream.aggregate.clone())) {
            lists.new_type.push(type_.clone());
            lists.new_name.push(&event.type_.name);
        }
        lists.e_type.push(type_);
        let tags = (!event.tags.is_empty()).then(|| serde_json::json!(event.tags).to_string());
        lists.e_tags.push(tags);
        for tag in &*event.tags {
            lists.t_event.push(lists.e_append.len() as i32);
            lists.t_tag.push(tag);
            lists.t_name.push(&event.type_.name);
        }
        self.earlier.push(event);
    }

    fn condition(&mut self, condition: &'u Condition) {
        let lists = &mut self.lists;
        lists.criteria.push(condition);
        for at in self.earlier.matching(condition) {
            lists.m_append.push(lists.e_append[at]);
            lists.m_offset.push(lists.e_offset[at]);
        }
    }

    /// Lays rows out, up to the first that no table takes; why it doesn't.
    fn rows(&mut self, unit: &'u Unit, tables: &Tables) -> Option<String> {
        for (at, write) in unit.rows.iter().enumerate() {
            let known = tables.read().ok().and_then(|it| it.get(&*write.projection).cloned());
            let Some(declared) = known else {
                return Some(format!("there is no table for {}", write.projection));
            };
            if let Some(why) = unfit_row(&declared.table, write, unit) {
                return Some(why);
            }
            // What the unit itself writes twice was read once, before the first.
            let read =
                write.read.filter(|_| !unit.rows[..at].iter().any(|own| own.same_row(write)));
            let key = key_text(&write.key);
            let next = self.rows.len() as i32 + 1;
            let books = &mut self.lists.books;
            let row = *self.rows.entry((&*write.projection, key.clone())).or_insert_with(|| {
                books.d_table.push(&write.projection);
                books.d_key.push(key);
                next
            });
            let number =
                |position: annals_core::Position| i64::try_from(position.0).unwrap_or(i64::MAX);
            books.r_row.push(row);
            books.r_read.push(read.map_or(-1, number));
            books.r_position.push(write.position.map_or(-1, number));
            books.r_json.push(row_json(&declared.table, &write.row));
            books.r_head.push(unit.rows_on.map(|head| bounded(head.0)));
        }
        None
    }
}
