//! `meta`, as expressions see it.

use std::sync::{Arc, LazyLock};

use annals_core::{Command, EventType, EventView};
use annals_expression::{Record, Value};
use annals_model::{Place, meta_type};

const DAY_US: i64 = 86_400_000_000;

/// Names of the fields, in the order of `meta_type`.
struct Names {
    of_event: Vec<Arc<str>>,
    of_command: Vec<Arc<str>>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let names = |place| meta_type(place).fields.iter().map(|field| field.name.clone()).collect();
    Names { of_event: names(Place::Event), of_command: names(Place::Command) }
});

fn record(names: &[Arc<str>], values: impl IntoIterator<Item = Value>) -> Value {
    Value::Record(Arc::new(Record::new(names.iter().cloned().zip(values).collect())))
}

fn optional(id: Option<uuid::Uuid>) -> Value {
    id.map_or(Value::Null, |id| Value::text(id.to_string()))
}

fn date(time_us: i64) -> Value {
    Value::Date(i32::try_from(time_us.div_euclid(DAY_US)).unwrap_or(i32::MAX))
}

/// `meta` of an event. Its type is the latest one, as `event` is.
pub(crate) fn of_event(event: &EventView<'_>, latest: &EventType) -> Value {
    let causes = event.metadata;
    record(
        &NAMES.of_event,
        [
            Value::text(event.id.to_string()),
            Value::text(latest.to_string()),
            Value::Int(event.version.0 as i64),
            event.position.map_or(Value::Null, |position| Value::Int(position.0 as i64)),
            Value::Time(event.time.0),
            date(event.time.0),
            Value::text(causes.correlation_id.to_string()),
            optional(causes.causation_id),
            optional(causes.command_id),
            causes.actor.clone().map_or(Value::Null, Value::Text),
        ],
    )
}

/// `meta` of a command.
pub(crate) fn of_command(command: &Command) -> Value {
    let causes = &command.metadata;
    record(
        &NAMES.of_command,
        [
            Value::text(command.command_id.to_string()),
            Value::Text(command.name.clone()),
            Value::Time(command.time.0),
            date(command.time.0),
            Value::text(causes.correlation_id.to_string()),
            optional(causes.causation_id),
            Value::text(command.command_id.to_string()),
            causes.actor.clone().map_or(Value::Null, Value::Text),
        ],
    )
}
