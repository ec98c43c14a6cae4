//! Values of a test file, read by the type that their place asks for, as JSON.

use annals_expression::{Type, parse_duration};
use annals_model::yaml::{Kind, Node};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The name space of short names that stand for uuids.
const NAMES: Uuid = Uuid::from_u128(0x2f0c_87a4_16b5_4d3e_8a54_5b7e_1b1d_6c11);

/// The uuid that a text is, or that a short name stands for.
pub(super) fn uuid(text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap_or_else(|_| Uuid::new_v5(&NAMES, text.as_bytes()))
}

/// An id, a saga's key or a row's key as a text.
pub(super) fn key(type_: &Type, text: &str) -> String {
    match type_.without_null() {
        Type::Uuid => uuid(text).to_string(),
        _ => text.to_owned(),
    }
}

/// The JSON of a node; `Err` says what is wrong, for the whole of it.
pub(super) fn json_of(node: &Node, type_: &Type) -> Result<Value, String> {
    match (&node.kind, type_) {
        (Kind::Null, _) => Ok(Value::Null),
        (Kind::Scalar(scalar), Type::Optional(_)) if matches!(&*scalar.text, "null" | "~") => {
            Ok(Value::Null)
        }
        (_, Type::Optional(inner)) => json_of(node, inner),
        (Kind::Scalar(scalar), type_) => scalar_json(&scalar.text, type_),
        (Kind::List(items), Type::List(list)) => {
            items.iter().map(|item| json_of(item, &list.item)).collect()
        }
        (Kind::Map(entries), Type::Map(map)) => entries
            .iter()
            .map(|entry| Ok((key(&map.key, &entry.key), json_of(&entry.value, &map.value)?)))
            .collect::<Result<Map<_, _>, String>>()
            .map(Value::Object),
        (Kind::Map(entries), Type::Record(record)) => {
            let mut fields = Map::new();
            for entry in entries {
                let Some((_, type_)) = record.get(&entry.key) else {
                    return Err(format!("there is no field `{}`", entry.key));
                };
                fields.insert(entry.key.to_string(), json_of(&entry.value, type_)?);
            }
            Ok(Value::Object(fields))
        }
        (_, type_) => Err(format!("this is no {}", type_.name())),
    }
}

fn scalar_json(text: &str, type_: &Type) -> Result<Value, String> {
    let wrong = || format!("`{text}` is no {}", type_.name());
    Ok(match type_ {
        Type::Bool => json!(text.parse::<bool>().map_err(|_| wrong())?),
        Type::Int(_) => json!(text.parse::<i64>().map_err(|_| wrong())?),
        Type::Float => json!(text.parse::<f64>().map_err(|_| wrong())?),
        Type::Uuid => json!(uuid(text).to_string()),
        Type::Duration => {
            parse_duration(text).ok_or_else(wrong)?;
            json!(text)
        }
        Type::List(_) | Type::Map(_) | Type::Record(_) => return Err(wrong()),
        _ => json!(text),
    })
}
