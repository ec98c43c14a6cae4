//! The type of `meta` in each place where expressions stand.

use std::sync::Arc;

use annals_expression::{Field, RecordType, TextLimits, Type};

/// Where an expression stands, as far as its scope depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `ignore`, `when`, `reject`, `emit`.
    Command,
    /// `set`, `append`, `put`, `remove`.
    Event,
    /// `upcast`; has no `meta` in scope.
    Upcast,
    /// Keys and values of a projection.
    Projection,
    /// The keys of a saga's start and cancel events.
    Saga,
    /// Everything in a reaction.
    Reaction,
}

/// `meta`: `id type version position time date correlation_id causation_id command_id actor`, in
/// this order. A command's has neither `version` nor `position`: nothing is recorded yet.
pub fn meta_type(place: Place) -> Arc<RecordType> {
    let text = || Type::Text(TextLimits { max: None, pattern: None });
    let optional = |type_: Type| Type::Optional(Arc::new(type_));
    let int = || Type::Int(annals_expression::IntLimits { min: None, max: None });
    let mut fields = vec![field("id", Type::Uuid), field("type", text())];
    if place != Place::Command {
        fields.extend([field("version", int()), field("position", int())]);
    }
    fields.extend([
        field("time", Type::Time),
        field("date", Type::Date),
        field("correlation_id", Type::Uuid),
        field("causation_id", optional(Type::Uuid)),
        field("command_id", optional(Type::Uuid)),
        field("actor", optional(text())),
    ]);
    Arc::new(RecordType { name: Some("meta".into()), fields, lost: Vec::new() })
}

fn field(name: &str, type_: Type) -> Field {
    Field { name: name.into(), type_ }
}
