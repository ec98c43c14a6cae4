//! Events as cases write them: `OrderCreated`, `OrderCreated.v1`, or either with data.

use annals_core::EventType;
use annals_expression::{RecordType, Type, Unknown};
use annals_model::yaml::{Kind, Node};
use annals_model::{Aggregate, Span, decode};
use serde_json::{Map, Value};

use super::case::Fact;
use super::codes;
use super::reader::Reader;

impl Reader<'_> {
    /// A list of events of an aggregate. One that is given is whole and within its limits.
    pub(super) fn facts(&mut self, aggregate: &Aggregate, node: &Node, given: bool) -> Vec<Fact> {
        if matches!(node.kind, Kind::Null) {
            return Vec::new();
        }
        let items = decode::list_or_one(node);
        items.iter().filter_map(|item| self.fact(aggregate, item, given)).collect()
    }

    fn fact(&mut self, aggregate: &Aggregate, node: &Node, given: bool) -> Option<Fact> {
        let (name, span, data) = match &node.kind {
            Kind::Scalar(scalar) => (scalar.text.clone(), node.span, None),
            Kind::Map(one) if one.len() == 1 => {
                (one[0].key.clone(), one[0].key_span, Some(&one[0].value))
            }
            Kind::Poisoned => return None,
            _ => {
                self.wrong(codes::FORM, node.span, "this is no event", "write `Name: { fields }`");
                return None;
            }
        };
        let written = EventType::parse(&name);
        let (bare, version) =
            written.as_ref().map_or((&*name, None), |type_| (&*type_.name, Some(type_.version)));
        let Some(event) = aggregate.event(bare) else {
            let message = format!("{} has no event {bare}", aggregate.named.name);
            let names = aggregate.events.iter().map(|event| &*event.named.name);
            let cure = self.meant(bare, names);
            self.wrong(codes::UNKNOWN, span, message, cure);
            return None;
        };
        let number = version.unwrap_or(event.latest().number);
        let Some(shape) = event.versions.iter().find(|shape| shape.number == number) else {
            let message = format!("{bare} has no version {number}");
            self.wrong(codes::UNKNOWN, span, message, "write a version that it has");
            return None;
        };
        self.whole = given;
        let fields = self.fields(data, &Type::Record(shape.fields.clone()));
        self.whole = false;
        let mut fields = fields?;
        if given {
            fields = self.stored(&shape.fields, &fields, (data, span))?;
        }
        let type_ = EventType::new(bare, number);
        Some(Fact { type_, versioned: version.is_some(), data: fields })
    }

    /// The data of a given event as a store would hold it. Of what it must be single values were
    /// judged when they were read.
    fn stored(
        &mut self,
        shape: &RecordType,
        data: &Map<String, Value>,
        (node, span): (Option<&Node>, Span),
    ) -> Option<Map<String, Value>> {
        if data.is_empty() {
            self.lacking(shape, &[], span)?;
        }
        let mut stored = Map::new();
        for field in &shape.fields {
            let value = data.get(&*field.name).unwrap_or(&Value::Null);
            let written = node.and_then(|node| below(node, &field.name));
            match field.type_.decode(value, Unknown::Refuse) {
                Ok(value) => drop(stored.insert(field.name.to_string(), value.to_json())),
                Err(violations) => {
                    for violation in violations {
                        let at = written.map_or(span, |node| deepest(node, &violation.pointer));
                        self.outside(at, &violation.reason);
                    }
                }
            }
        }
        (stored.len() == shape.fields.len()).then_some(stored)
    }
}

/// The value of a key, or the item of a number.
fn below<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|it| *it.key == *step).map(|it| &it.value),
        Kind::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The place that a JSON Pointer names, as deep as it is written.
fn deepest(node: &Node, pointer: &str) -> Span {
    let mut node = node;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let Some(inner) = below(node, &step) else { break };
        node = inner;
    }
    node.span
}
