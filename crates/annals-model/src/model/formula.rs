//! Values that the file computes: expressions with their place, and terms built of them.

use std::sync::Arc;

use annals_expression::{Expression, Type, Value};

use crate::source::Span;

/// A typed expression and where its text stands, so that a failure at run time names the place.
#[derive(Clone, Debug)]
pub struct Formula {
    /// The compiled expression. Its slots are those of the place it stands in; see [`Slots`].
    pub expression: Expression,
    /// The expression's text in the file (or, for a carry-over, the construct that caused it).
    pub span: Span,
    /// `path:line:column` of the text, for messages at run time.
    pub place: Arc<str>,
}

/// Documents the order of the slots that [`Formula`]s of each place are evaluated with.
///
/// | place | slots |
/// |---|---|
/// | command (`ignore`, `when`, `reject`, `emit`) | `state`, `input`, `meta` |
/// | event (`set`, `append`, `put`, `remove`) | `state`, `event`, `meta` |
/// | upcaster | `event` |
/// | projection, values | `event`, `row`, `meta` |
/// | projection, key | `event`, `meta` |
/// | saga key and cancel key | `event`, `meta` |
/// | saga, everything else | `start`, `steps`, `saga`, and the name of `for_each` last, if any |
/// | reaction | `event`, `meta`, and the name of `for_each` last where there is one |
///
/// `state`, `input` and `event` are records that carry the aggregate's id first, then the fields.
/// `meta` is the record of [`meta_type`](crate::meta_type) for that place.
/// `steps` is the saga's `steps_in_scope`: a field for each step without `for_each`, the record of
/// its `done` event (optional, null where the step ended without one). `saga` is
/// `{ key, failure: text }`.
pub struct Slots;

/// A value that the file writes: a literal, an expression, or a structure of them.
#[derive(Clone, Debug)]
pub enum Term {
    /// Written as it is.
    Literal(Value),
    /// Computed.
    Formula(Formula),
    /// A record written field by field, in the declared order of its type.
    Record(Vec<(Arc<str>, Term)>),
    /// A list written item by item.
    List(Vec<Term>),
}

/// One field of a target record and what it is given. The value is coerced to `type_`: a record
/// takes the fields that it has, a plain value may stand for an optional.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The target's field.
    pub field: Arc<str>,
    /// The target's type, limits included.
    pub type_: Type,
    /// What it is given.
    pub term: Term,
    /// Where the assignment is written, or the construct that carries it over.
    pub span: Span,
}
