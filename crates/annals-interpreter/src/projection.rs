//! Projections: events folded into rows.

use std::sync::Arc;

use annals_core::{Cell, Column, EventView, Failure, InvalidField, Projection, Row, Table};
use annals_expression::{AstKind, Record, Type, Unknown, Value};
use annals_model::{Model, Projection as Declared, ProjectionHandler, Term, Update};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::cells;
use crate::events::Events;
use crate::failures::{phrases, unreadable};
use crate::{id, terms};

/// One projection, interpreted.
pub(crate) struct InterpretedProjection {
    model: Arc<Model>,
    index: usize,
    events: Arc<Events>,
    table: Table,
    reads: Vec<Arc<str>>,
    /// Whether every handler's key is the id of its event's aggregate. Such texts are in NFC; other
    /// keys are what events hold, to the letter.
    keyed_by_id: bool,
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
        Self {
            model: model.clone(),
            index,
            events: events.clone(),
            table,
            reads,
            keyed_by_id: declared.on.iter().all(|handler| is_id(model, handler)),
            fingerprint,
        }
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
            let stored = match row {
                Some(row) => row.get(index).unwrap_or(&Cell::Null),
                None if index == self.table.key => key,
                None => {
                    return Ok((column.name.clone(), column.type_.zero().unwrap_or(Value::Null)));
                }
            };
            let value = cells::value(stored, &column.type_).ok_or_else(|| {
                let what = format!("the row {} of {}", shown(key), self.table.name);
                let type_ = column.type_.name();
                unreadable(what, format!("column {} is no {type_}", column.name))
            })?;
            Ok((column.name.clone(), value))
        });
        Ok(Record::new(columns.collect::<Result<_, Failure>>()?))
    }
}

/// Whether the key of a handler is the id of its event's aggregate.
fn is_id(model: &Model, handler: &ProjectionHandler) -> bool {
    let (Term::Formula(key), Some((owner, _))) = (&handler.key, model.event(&handler.event)) else {
        return false;
    };
    let plain = matches!(key.expression.ast().kind, AstKind::Field { .. });
    let id = [Arc::from("event"), owner.id_name.clone()];
    plain && key.expression.paths() == [id]
}

/// A key as people read it.
fn shown(key: &Cell) -> String {
    match key {
        Cell::Text(text) => text.to_string(),
        other => format!("{other:?}"),
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
        let slots = self.events.slots(event)?;
        let name = &self.declared().key;
        Ok(cells::cell(&terms::typed(&handler.key, self.key_type(), name, &slots)?))
    }

    fn fold(&self, key: &Cell, row: Option<&Row>, event: &EventView<'_>) -> Result<Row, Failure> {
        let handler = self.handler(&event.type_.name)?;
        let before = Arc::new(self.record(key, row)?);
        let [event, meta] = self.events.slots(event)?;
        let slots = [event, Value::Record(before.clone()), meta];
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
        let wrong =
            |reason| Failure::Invalid(vec![InvalidField { pointer: "/key".into(), reason }]);
        let read = |json| {
            let value = self.key_type().decode(&json, Unknown::Refuse);
            value.map_err(|violations| wrong(phrases(&violations)))
        };
        let value = match self.key_type() {
            Type::Uuid => Value::Text(id::read(&Type::Uuid, text).map_err(wrong)?),
            Type::Text(_) if self.keyed_by_id => {
                Value::text(if is_nfc(text) { text.into() } else { text.nfc().collect::<String>() })
            }
            Type::Bool | Type::Int(_) => match serde_json::from_str(text) {
                Ok(json) => read(json)?,
                Err(_) => {
                    return Err(wrong(format!("'{text}' is no {}", self.key_type().name())));
                }
            },
            _ => read(serde_json::json!(text))?,
        };
        Ok(cells::cell(&value))
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}
