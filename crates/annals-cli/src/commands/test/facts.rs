//! Events as cases write them: `OrderCreated`, `OrderCreated.v1`, or either with data.

use annals_core::EventType;
use annals_expression::Type;
use annals_model::yaml::{Kind, Node};
use annals_model::{Aggregate, Span, decode};
use serde_json::{Map, Value};

use super::case::Fact;
use super::codes;
use super::reader::Reader;
use super::values;

impl Reader<'_> {
    /// A list of events of an aggregate. What isn't written of a given event has its zero value.
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
        let type_ = Type::Record(shape.fields.clone());
        let mut data = self.fields(data, &type_)?;
        if given {
            self.complete(&shape.fields.fields, &mut data, span)?;
        }
        Some(Fact { type_: EventType::new(bare, number), versioned: version.is_some(), data })
    }

    /// The fields that are written.
    pub(super) fn fields(
        &mut self,
        node: Option<&Node>,
        type_: &Type,
    ) -> Option<Map<String, Value>> {
        let Some(node) = node.filter(|node| !matches!(node.kind, Kind::Null)) else {
            return Some(Map::new());
        };
        match values::json_of(node, type_) {
            Ok(Value::Object(fields)) => Some(fields),
            Ok(_) => {
                self.wrong(
                    codes::VALUE,
                    node.span,
                    "these are no fields",
                    "write `{ field: value }`",
                );
                None
            }
            Err(reason) => {
                self.wrong(codes::VALUE, node.span, reason, "write a value of the field's type");
                None
            }
        }
    }

    /// A given event is whole: what isn't written has its zero value, where it has one.
    fn complete(
        &mut self,
        fields: &[annals_expression::Field],
        data: &mut Map<String, Value>,
        span: Span,
    ) -> Option<()> {
        for field in fields {
            if data.contains_key(&*field.name) {
                continue;
            }
            let Some(zero) = field.type_.zero() else {
                let message = format!("`{}` is missing, and has no zero value", field.name);
                self.wrong(codes::VALUE, span, message, format!("add `{}:`", field.name));
                return None;
            };
            data.insert(field.name.to_string(), zero.to_json());
        }
        Some(())
    }
}
