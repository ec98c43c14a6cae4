//! The `cel` crate as the oracle: our values as CEL's, and the functions that CEL hasn't.

use std::collections::HashMap;
use std::sync::Arc;

use annals_expression::{Type, Value, format_date};
use cel::extractors::Arguments;
use cel::objects::{Key, Map};
use cel::{Context, ExecutionError, Program, Value as Cel};

pub(crate) struct Oracle<'o>(Context<'o, 'o>);

type Result<T> = std::result::Result<T, ExecutionError>;

impl Oracle<'_> {
    pub(crate) fn new(slots: &[Value]) -> Self {
        let mut context = Context::default();
        for (name, value) in ["state", "input"].iter().zip(slots) {
            context.add_variable_from_value(*name, to_cel(value));
        }
        context.add_function("float", float).expect("a new name");
        context.add_function("date", date).expect("a new name");
        context.add_function("sum", sum).expect("a new name");
        context
            .add_function("min", |Arguments(args): Arguments| extreme(&args, true))
            .expect("new");
        context
            .add_function("max", |Arguments(args): Arguments| extreme(&args, false))
            .expect("new");
        Self(context)
    }

    pub(crate) fn evaluate(&self, text: &str) -> std::result::Result<Cel, String> {
        let program = Program::compile(text).map_err(|error| format!("syntax: {error}"))?;
        program.execute(&self.0).map_err(|error| error.to_string())
    }
}

fn to_cel(value: &Value) -> Cel {
    let text = |text: &str| Cel::String(Arc::new(text.to_owned()));
    let key = |key: &annals_expression::Key| match key {
        annals_expression::Key::Int(key) => Key::Int(*key),
        annals_expression::Key::Text(key) => Key::String(Arc::new(key.to_string())),
    };
    let map = |entries: HashMap<Key, Cel>| Cel::Map(Map::from(entries));
    match value {
        Value::Null => Cel::Null,
        Value::Bool(value) => Cel::Bool(*value),
        Value::Int(value) => Cel::Int(*value),
        Value::Float(value) => Cel::Float(*value),
        Value::Text(value) => text(value),
        Value::Time(micros) => {
            Cel::Timestamp(chrono::DateTime::from_timestamp_micros(*micros).expect("a time").into())
        }
        Value::Date(days) => text(&format_date(*days)),
        Value::Duration(micros) => Cel::Duration(chrono::Duration::microseconds(*micros)),
        Value::List(items) => Cel::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Map(entries) => map(entries.iter().map(|(k, v)| (key(k), to_cel(v))).collect()),
        Value::Record(record) => map(record
            .fields
            .iter()
            .map(|(name, value)| (Key::String(Arc::new(name.to_string())), to_cel(value)))
            .collect()),
    }
}

/// Whether both are the same value: of the same kind, and a float that is no number is one.
pub(crate) fn same(ours: &Value, theirs: &Cel) -> bool {
    fn alike(one: &Cel, other: &Cel) -> bool {
        match (one, other) {
            (Cel::Float(one), Cel::Float(other)) => one == other || one.is_nan() && other.is_nan(),
            (Cel::List(one), Cel::List(other)) => {
                one.len() == other.len() && one.iter().zip(&**other).all(|(a, b)| alike(a, b))
            }
            (Cel::Map(one), Cel::Map(other)) => {
                let found = |(key, value): (&Key, &Cel)| {
                    other.map.get(key).is_some_and(|other| alike(value, other))
                };
                one.map.len() == other.map.len() && one.map.iter().all(found)
            }
            _ => std::mem::discriminant(one) == std::mem::discriminant(other) && one == other,
        }
    }
    alike(&to_cel(ours), theirs)
}

/// Whether a value is of the kind that its type says; limits and finiteness aside.
pub(crate) fn is_of(type_: &Type, value: &Value) -> bool {
    match (type_, value) {
        (Type::Optional(_) | Type::Null, Value::Null)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int(_), Value::Int(_))
        | (Type::Float, Value::Float(_))
        | (Type::Text(_) | Type::Uuid, Value::Text(_))
        | (Type::Time, Value::Time(_))
        | (Type::Date, Value::Date(_))
        | (Type::Duration, Value::Duration(_)) => true,
        (Type::Enum(members), Value::Text(text)) => members.has(text),
        (Type::Optional(inner), value) => is_of(inner, value),
        (Type::List(list), Value::List(items)) => {
            list.max.is_none_or(|max| items.len() as u64 <= max)
                && items.iter().all(|item| is_of(&list.item, item))
        }
        (Type::Map(map), Value::Map(entries)) => entries.iter().all(|(key, value)| {
            is_of(&map.key, &Value::from(key.clone())) && is_of(&map.value, value)
        }),
        (Type::Record(type_), Value::Record(record)) => type_
            .fields
            .iter()
            .all(|field| record.get(&field.name).is_some_and(|value| is_of(&field.type_, value))),
        _ => false,
    }
}

fn refuse<T>(name: &str) -> Result<T> {
    Err(ExecutionError::function_error(name, "refused"))
}

fn float(Arguments(args): Arguments) -> Result<Cel> {
    match &args[..] {
        [Cel::Int(int)] => Ok(Cel::Float(*int as f64)),
        [Cel::Float(float)] => Ok(Cel::Float(*float)),
        [Cel::String(text)] if text.chars().all(|c| "0123456789+-.eE".contains(c)) => {
            match text.parse::<f64>() {
                Ok(float) if float.is_finite() => Ok(Cel::Float(float)),
                _ => refuse("float"),
            }
        }
        _ => refuse("float"),
    }
}

fn date(Arguments(args): Arguments) -> Result<Cel> {
    match &args[..] {
        [Cel::Timestamp(time)] => {
            Ok(Cel::String(Arc::new(time.to_utc().format("%Y-%m-%d").to_string())))
        }
        [Cel::String(text)] => Ok(Cel::String(text.clone())),
        _ => refuse("date"),
    }
}

fn sum(Arguments(args): Arguments) -> Result<Cel> {
    let [Cel::List(items)] = &args[..] else { return refuse("sum") };
    let (mut whole, mut float, mut length) = (0i128, 0.0, 0i128);
    // The kind of an empty list's sum isn't in its value: the grammar never sums an empty one.
    for item in items.iter() {
        match item {
            Cel::Int(item) => whole += i128::from(*item),
            Cel::Float(item) => float += item,
            Cel::Duration(item) => length += i128::from(item.num_microseconds().expect("in range")),
            _ => return refuse("sum"),
        }
    }
    match items.first() {
        Some(Cel::Float(_)) => Ok(Cel::Float(float)),
        Some(Cel::Duration(_)) => match i64::try_from(length).map(chrono::Duration::microseconds) {
            Ok(length) if length.num_nanoseconds().is_some() => Ok(Cel::Duration(length)),
            _ => refuse("sum"),
        },
        _ => i64::try_from(whole).map(Cel::Int).or_else(|_| refuse("sum")),
    }
}

fn extreme(args: &[Cel], smallest: bool) -> Result<Cel> {
    let items = match args {
        [Cel::List(items)] => &**items,
        _ => args,
    };
    let Some(mut best) = items.first() else { return refuse("min") };
    for item in &items[1..] {
        match item.partial_cmp(best) {
            Some(order) if order.is_lt() && smallest || order.is_gt() && !smallest => best = item,
            Some(_) => {}
            None => return refuse("min"),
        }
    }
    Ok(best.clone())
}
