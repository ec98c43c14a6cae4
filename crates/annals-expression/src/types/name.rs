//! How a type is called in messages: as its user writes it.

use std::fmt;

use super::{EnumType, Type};

impl Type {
    /// The type as a user writes it: `optional text`, `list of OrderLine`.
    pub fn name(&self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Int(_) => "int".into(),
            Self::Float => "float".into(),
            Self::Text(_) => "text".into(),
            Self::Uuid => "uuid".into(),
            Self::Time => "time".into(),
            Self::Date => "date".into(),
            Self::Duration => "duration".into(),
            Self::Enum(members) => format!("enum [{}]", members.listed()),
            Self::List(list) if list.max == Some(0) => "empty list".into(),
            Self::List(list) => format!("list of {}", list.item.name()),
            Self::Map(map) if map.max == Some(0) => "empty map".into(),
            Self::Map(map) => format!("map of {} to {}", map.key.name(), map.value.name()),
            Self::Record(record) => match &record.name {
                Some(name) => name.to_string(),
                None => {
                    let names: Vec<&str> = record.fields.iter().map(|f| &*f.name).collect();
                    format!("record {{ {} }}", names.join(", "))
                }
            },
            Self::Optional(inner) => format!("optional {}", inner.name()),
            Self::Null => "null".into(),
        }
    }

    /// The name with the article that it needs in a sentence.
    pub(crate) fn with_article(&self) -> String {
        let name = self.name();
        let bare = matches!(self, Self::Null);
        match name.chars().next() {
            _ if bare => name,
            Some('a' | 'e' | 'i' | 'o') => format!("an {name}"),
            // "a uuid" is spoken with a consonant.
            _ => format!("a {name}"),
        }
    }
}

impl EnumType {
    /// The members, separated by commas.
    pub(crate) fn listed(&self) -> String {
        self.members.join(", ")
    }

    /// Whether `text` is a member.
    pub fn has(&self, text: &str) -> bool {
        self.members.iter().any(|member| &**member == text)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
