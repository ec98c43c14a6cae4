//! The types of the language, as data. What one can do with them has a file each below.

mod admits;
mod decode;
mod name;
mod pattern;
mod validate;
mod zero;

use std::sync::Arc;

pub use decode::Unknown;
pub use pattern::{Pattern, PatternError};
pub(crate) use validate::canonical_uuid;
pub use validate::{MAX_TEXT_BYTES, Violation};

/// A type of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `bool`.
    Bool,
    /// `int`, 64 bit.
    Int(IntLimits),
    /// `float`.
    Float,
    /// `text`.
    Text(TextLimits),
    /// `uuid`.
    Uuid,
    /// `time`, UTC with microseconds.
    Time,
    /// `date`.
    Date,
    /// `duration`.
    Duration,
    /// `{ enum: […] }`.
    Enum(Arc<EnumType>),
    /// `{ list: T, max: n }`.
    List(Arc<ListType>),
    /// `{ map: { K: V }, max: n }`.
    Map(Arc<MapType>),
    /// A record, or a named type that is one.
    Record(Arc<RecordType>),
    /// `optional T`.
    Optional(Arc<Type>),
    /// The type of the literal `null`.
    Null,
}

/// Limits of an `int`, both inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct IntLimits {
    /// The smallest value allowed.
    pub min: Option<i64>,
    /// The largest value allowed.
    pub max: Option<i64>,
}

/// Limits of a `text`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextLimits {
    /// The largest length in bytes of UTF-8; none means [`MAX_TEXT_BYTES`].
    pub max: Option<u64>,
    /// What the text must contain a match of.
    pub pattern: Option<Pattern>,
}

/// An enum's members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EnumType {
    /// The members in the order written.
    pub members: Vec<Arc<str>>,
    /// The zero value.
    pub initial: Option<Arc<str>>,
}

/// A list's items.
#[derive(Clone, Debug, PartialEq)]
pub struct ListType {
    /// The type of an item.
    pub item: Type,
    /// The largest number of items.
    pub max: Option<u64>,
}

/// A map's entries.
#[derive(Clone, Debug, PartialEq)]
pub struct MapType {
    /// The type of a key: text, uuid or int.
    pub key: Type,
    /// The type of a value.
    pub value: Type,
    /// The largest number of entries.
    pub max: Option<u64>,
}

/// A record's fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordType {
    /// The name it is declared by, where it has one.
    pub name: Option<Arc<str>>,
    /// The fields in declared order.
    pub fields: Vec<Field>,
    /// Fields whose types can't be known, which was reported where they are declared: what reads
    /// one of them is not looked at.
    pub lost: Vec<Arc<str>>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The field's name.
    pub name: Arc<str>,
    /// The field's type.
    pub type_: Type,
}

impl RecordType {
    /// The place and the type of the field `name`.
    pub fn get(&self, name: &str) -> Option<(usize, &Type)> {
        let index = self.fields.iter().position(|field| &*field.name == name)?;
        Some((index, &self.fields[index].type_))
    }

    /// Whether the record has a field `name` whose type can't be known.
    pub fn has_lost(&self, name: &str) -> bool {
        self.lost.iter().any(|lost| **lost == *name)
    }
}

impl Type {
    /// `int` without limits.
    pub fn int() -> Self {
        Self::Int(IntLimits::default())
    }

    /// `text` without limits of its own.
    pub fn text() -> Self {
        Self::Text(TextLimits::default())
    }

    /// An enum whose zero value is `initial`.
    pub fn enumeration(members: &[&str], initial: Option<&str>) -> Self {
        let members = members.iter().map(|member| Arc::from(*member)).collect();
        Self::Enum(Arc::new(EnumType { members, initial: initial.map(Arc::from) }))
    }

    /// A list, with the largest number of its items.
    pub fn list(item: Type, max: Option<u64>) -> Self {
        Self::List(Arc::new(ListType { item, max }))
    }

    /// A map, with the largest number of its entries.
    pub fn map(key: Type, value: Type, max: Option<u64>) -> Self {
        Self::Map(Arc::new(MapType { key, value, max }))
    }

    /// An optional; an optional of an optional is the same optional.
    pub fn optional(inner: Type) -> Self {
        match inner {
            Self::Optional(_) | Self::Null => inner,
            inner => Self::Optional(Arc::new(inner)),
        }
    }

    /// A record without a name.
    pub fn record<N: AsRef<str>>(fields: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Record(Arc::new(RecordType { fields: fields_of(fields), ..RecordType::default() }))
    }

    /// A record with a name.
    pub fn named<N: AsRef<str>>(name: &str, fields: impl IntoIterator<Item = (N, Type)>) -> Self {
        let name = Some(Arc::from(name));
        Self::Record(Arc::new(RecordType { name, fields: fields_of(fields), lost: Vec::new() }))
    }

    /// True where null is a value of this type.
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::Null)
    }

    /// What is left of an optional when it isn't null; any other type as it is.
    pub fn without_null(&self) -> &Type {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }
}

fn fields_of<N: AsRef<str>>(fields: impl IntoIterator<Item = (N, Type)>) -> Vec<Field> {
    let field = |(name, type_): (N, Type)| Field { name: Arc::from(name.as_ref()), type_ };
    fields.into_iter().map(field).collect()
}
