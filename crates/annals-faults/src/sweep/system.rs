//! The system that the swept process runs: tallies, how many events each stream has (eventually
//! and, in its second version, at once), an echo of each event by a command, a call outside, and a
//! saga of two steps, the second of which some instances can't do and so undo the first.
//! Its second version finds rows that have to be built anew and a projection that is new.

use std::sync::Arc;

use annals_core::{
    CallPlan, Cell, Column, ColumnType, CommandSpec, EventType, EventView, Failure, Plan,
    Projection, ReactionLogic, Refused, Row, StreamId, System, Table,
};

use super::transfer::Transfer;
use crate::load::COUNTS;
use crate::tally::{self, Tally, UNDONE};

/// The projection whose table the second version replaces; the rows of [`COUNTS`] it builds anew.
pub(super) const REMADE: &str = "remade";
/// The projection that is folded in the append.
pub(super) const TOTALS: &str = "totals";
/// The reaction that echoes each event by a command.
pub(super) const ECHO: &str = "echo";
/// The reaction that calls outside.
pub(super) const CALL: &str = "call";
/// The event that clients cause, and that of its echo.
pub(super) const EVENTS: [&str; 2] = ["Added", "Echoed"];

/// The aggregates of the saga's steps, and their events.
pub(super) const STEPS: [(&str, &str); 2] = [("Debit", "Debited"), ("Credit", "Credited")];

/// The system, in its first or its second version.
pub(super) fn system(second: bool) -> System {
    let mut system = tally::system();
    system.deciders.push(Arc::new(Tally { aggregate: "Echo", event: EVENTS[1] }));
    system.shapes.insert(EventType::new(EVENTS[1], 1), Arc::from("event Echoed.v1\n"));
    for (aggregate, event) in STEPS {
        system.deciders.push(Arc::new(Tally { aggregate, event }));
        system.shapes.insert(EventType::new(event, 1), format!("event {event}.v1\n").into());
    }
    let undone = format!("event {UNDONE}.v1\n").into();
    system.shapes.insert(EventType::new(UNDONE, 1), undone);
    system.sagas.push(Arc::new(Transfer::new()));
    let (column, fingerprint) = if second { ("many", "2") } else { ("events", "1") };
    let of = |name, column| Counts::new(name, column, fingerprint);
    system.projections.push(Arc::new(of(COUNTS, "events")));
    system.projections.push(Arc::new(of(REMADE, column)));
    if second {
        system.projections.push(Arc::new(Counts { immediate: true, ..of(TOTALS, "events") }));
    }
    system.reactions.push(Arc::new(Reaction { name: ECHO, on: vec![EVENTS[0].into()] }));
    system.reactions.push(Arc::new(Reaction { name: CALL, on: vec![EVENTS[0].into()] }));
    system
}

/// How many events a stream has.
struct Counts {
    table: Table,
    immediate: bool,
    reads: Vec<Arc<str>>,
    fingerprint: &'static str,
}

impl Counts {
    fn new(name: &str, column: &str, fingerprint: &'static str) -> Self {
        let of = |name: &str, type_| Column { name: name.into(), type_, optional: false };
        let columns = vec![of("stream", ColumnType::Text), of(column, ColumnType::Int)];
        let table = Table { name: name.into(), columns, key: 0 };
        let reads = EVENTS.map(Into::into).to_vec();
        Self { table, immediate: false, reads, fingerprint }
    }
}

impl Projection for Counts {
    fn table(&self) -> &Table {
        &self.table
    }

    fn immediate(&self) -> bool {
        self.immediate
    }

    fn reads(&self) -> &[Arc<str>] {
        &self.reads
    }

    fn key(&self, event: &EventView<'_>) -> Result<Cell, Failure> {
        Ok(Cell::Text(event.stream.to_string().into()))
    }

    fn fold(&self, key: &Cell, row: Option<&Row>, _event: &EventView<'_>) -> Result<Row, Failure> {
        let before = match row.map(Vec::as_slice) {
            Some([_, Cell::Int(before)]) => *before,
            _ => 0,
        };
        Ok(vec![key.clone(), Cell::Int(before + 1)])
    }

    fn parse_key(&self, text: &str) -> Result<Cell, Failure> {
        Ok(Cell::Text(text.into()))
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint
    }
}

struct Reaction {
    name: &'static str,
    on: Vec<Arc<str>>,
}

impl ReactionLogic for Reaction {
    fn name(&self) -> &str {
        self.name
    }

    fn on(&self) -> &[Arc<str>] {
        &self.on
    }

    fn after_us(&self) -> Option<i64> {
        None
    }

    fn unless(&self) -> &[Arc<str>] {
        &[]
    }

    fn refused(&self) -> Refused {
        Refused::Park
    }

    fn held(&self) -> Option<&str> {
        None
    }

    fn plan(&self, event: &EventView<'_>) -> Result<Plan, Failure> {
        if self.name == CALL {
            let (type_, data) = (event.type_.clone(), event.data.into());
            return Ok(Plan::Call(CallPlan { url: "http://localhost/".into(), type_, data }));
        }
        let input = serde_json::from_slice(event.data).map_err(|error| Failure::Evaluation {
            place: self.name.into(),
            reason: error.to_string(),
        })?;
        let stream = StreamId::new("Echo", event.stream.id.clone());
        Ok(Plan::Send(vec![CommandSpec { stream, name: "Add".into(), input }]))
    }
}
