//! The functions and macros by name. How they are checked and evaluated lives there.

/// A function. The receiver of a method counts as its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `size(x)`, `x.size()`: code points of a text, items of a list, entries of a map.
    Size,
    /// `text.contains(part)`.
    Contains,
    /// `text.startsWith(part)`.
    StartsWith,
    /// `text.endsWith(part)`.
    EndsWith,
    /// `int(x)`.
    Int,
    /// `float(x)`.
    Float,
    /// `string(x)`.
    String,
    /// `date(time)`: the date in UTC.
    Date,
    /// `sum(list)`.
    Sum,
    /// `min(list)`, `min(a, b, …)`.
    Min,
    /// `max(list)`, `max(a, b, …)`.
    Max,
}

/// A macro: it binds a name to each item of a list, or key of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Macro {
    /// `list.exists(x, condition)`.
    Exists,
    /// `list.all(x, condition)`.
    All,
    /// `list.map(x, value)`, `list.map(x, condition, value)`.
    Map,
    /// `list.filter(x, condition)`.
    Filter,
}

impl Function {
    /// The name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Int => "int",
            Self::Float => "float",
            Self::String => "string",
            Self::Date => "date",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

impl Macro {
    /// The macro of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "exists" => Self::Exists,
            "all" => Self::All,
            "map" => Self::Map,
            "filter" => Self::Filter,
            _ => return None,
        })
    }

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::All => "all",
            Self::Map => "map",
            Self::Filter => "filter",
        }
    }
}
