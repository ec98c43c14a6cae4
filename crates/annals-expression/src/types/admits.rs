//! Which type may stand where another one is asked. Limits aren't compared: values are.

use super::{MapType, Type};

impl Type {
    /// May a value of type `from` stand where this type is asked? A uuid and an enum's member are
    /// text, an enum takes an enum whose members are all its own, a T is an optional T, a record
    /// takes the fields that it has (and may leave out optional ones). Limits aren't compared.
    pub fn admits(&self, from: &Type) -> bool {
        match (self, from) {
            (Self::Bool, Self::Bool)
            | (Self::Int(_), Self::Int(_))
            | (Self::Float, Self::Float)
            | (Self::Text(_), Self::Text(_) | Self::Uuid | Self::Enum(_))
            | (Self::Uuid, Self::Uuid)
            | (Self::Time, Self::Time)
            | (Self::Date, Self::Date)
            | (Self::Duration, Self::Duration)
            | (Self::Optional(_) | Self::Null, Self::Null) => true,
            (Self::Optional(to), Self::Optional(from)) => to.admits(from),
            (Self::Optional(to), from) => to.admits(from),
            (Self::Enum(to), Self::Enum(from)) => from.members.iter().all(|m| to.has(m)),
            (Self::List(to), Self::List(from)) => from.max == Some(0) || to.item.admits(&from.item),
            (Self::Map(to), Self::Map(from)) => from.max == Some(0) || map_admits(to, from),
            (Self::Record(to), Self::Record(from)) => to.fields.iter().all(|field| {
                from.get(&field.name)
                    .map_or(field.type_.is_optional(), |(_, type_)| field.type_.admits(type_))
            }),
            _ => false,
        }
    }
}

fn map_admits(to: &MapType, from: &MapType) -> bool {
    to.key.admits(&from.key) && to.value.admits(&from.value)
}
