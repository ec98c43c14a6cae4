//! Projections: events folded into rows.

use std::sync::Arc;

use annals_core::{Cell, Column, EventView, Failure, InvalidField, Projection, Row, Table};
use annals_expression::{Record, Type, Unknown, Value};
use annals_model::{Model, Projection as Declared, ProjectionHandler, Update};

use crate::cells;
use crate::events::Events;
use crate::failures::{invalid, unreadable};
use crate::{id, meta, terms};

/// One projection, interpreted.
pub(crate) struct InterpretedProjection {
    model: Arc<Model>,
    index: usize,
    events: Arc<Events>,
    table: Table,
    reads: Vec<Arc<str>>,
    fingerprint: String,
}

impl InterpretedProjection {
    pub(crate) fn new(
        model: &Arc<Model>,
        index: usize,
        events: &Arc<Events>,
        fingerprint: String,
    ) -> Self {
        let declared = &model.projections[index];
        let columns = declared.columns.iter().map(|column| {
            let (type_, optional) = cells::column(&column.type_);
            Column { name: column.name.clone(), type_, optional }
        });
        let key = declared.columns.iter().position(|column| column.name == declared.key);
        let table = Table {
            name: declared.named.name.clone(),
            columns: columns.collect(),
            key: key.unwrap_or(0),
        };
        let reads = declared.on.iter().map(|handler| handler.event.clone()).collect();
        Self { model: model.clone(), index, events: events.clone(), table, reads, fingerprint }
    }

    fn declared(&self) -> &Declared {
        &self.model.projections[self.index]
    }

    fn key_type(&self) -> &Type {
        &self.declared().columns[self.table.key].type_
    }

    fn handler(&self, event: &str) -> Result<&ProjectionHandler, Failure> {
        let handler = self.declared().on.iter().find(|handler| *handler.event == *event);
        handler.ok_or_else(|| Failure::Unknown { kind: "event", name: event.into() })
    }

    /// The row as a record; one that doesn't exist yet has its key and zero values.
    fn record(&self, key: &Cell, row: Option<&Row>) -> Result<Record, Failure> {
        let columns = self.declared().columns.iter().enumerate().map(|(index, column)| {
            let value = match row {
                Some(row) => cells::value(&row[index], &column.type_).ok_or_else(|| {
                    let what = format!("a row of {}", self.table.name);
                    unreadable(what, format!("column {} is damaged", column.name))
                })?,
                None if index == self.table.key => {
                    cells::value(key, &column.type_).unwrap_or(Value::Null)
                }
                None => column.type_.zero().unwrap_or(Value::Null),
            };
            Ok((column.name.clone(), value))
        });
        Ok(Record::new(columns.collect::<Result<_, Failure>>()?))
    }
}

impl Projection for InterpretedProjection {
    fn table(&self) -> &Table {
        &self.table
    }

    fn immediate(&self) -> bool {
        self.declared().update == Update::Immediate
    }

    fn reads(&self) -> &[Arc<str>] {
        &self.reads
    }

    fn key(&self, event: &EventView<'_>) -> Result<Cell, Failure> {
        let handler = self.handler(&event.type_.name)?;
        let slots = [self.events.in_scope(event)?, meta::of_event(event)];
        let name = &self.declared().key;
        Ok(cells::cell(&terms::typed(&handler.key, self.key_type(), name, &slots)?))
    }

    fn fold(&self, key: &Cell, row: Option<&Row>, event: &EventView<'_>) -> Result<Row, Failure> {
        let handler = self.handler(&event.type_.name)?;
        let before = Arc::new(self.record(key, row)?);
        let slots =
            [self.events.in_scope(event)?, Value::Record(before.clone()), meta::of_event(event)];
        let mut after: Row = before.fields.iter().map(|(_, value)| cells::cell(value)).collect();
        for assignment in &handler.set {
            let value = terms::assigned(assignment, &slots)?;
            let column = self.table.columns.iter().position(|c| c.name == assignment.field);
            if let Some(column) = column {
                after[column] = cells::cell(&value);
            }
        }
        Ok(after)
    }

    fn parse_key(&self, text: &str) -> Result<Cell, Failure> {
        let type_ = self.key_type().without_null();
        let value = match type_ {
            Type::Uuid | Type::Text(_) | Type::Int(_) => {
                id::value(type_, &id::canonical(type_, text)?)
            }
            Type::Bool => match text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => {
                    let reason = format!("'{text}' is neither true nor false");
                    let field = InvalidField { pointer: "/key".into(), reason };
                    return Err(Failure::Invalid(vec![field]));
                }
            },
            other => other.decode(&serde_json::json!(text), Unknown::Refuse).map_err(invalid)?,
        };
        Ok(cells::cell(&value))
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}
