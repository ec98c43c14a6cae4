//! JSON from outside. As `serde_json` reads it, but for names that stand twice in an object: of the
//! two values one would be lost, and which one is anybody's guess (RFC 8259, 4).

use std::fmt;

use annals_core::InvalidField;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads a document.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, InvalidField> {
    let mut place = Place::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Node(&mut place).deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| match place.twice {
        true => InvalidField { pointer: place.pointer, reason: "stands twice".into() },
        false => InvalidField { pointer: String::new(), reason: format!("it is no JSON: {error}") },
    })
}

/// Where in a document the reading is.
#[derive(Default)]
struct Place {
    /// The way there, as a JSON Pointer (RFC 6901).
    pointer: String,
    /// The name that the pointer ends with stands a second time; the reading has ended there.
    twice: bool,
}

/// The value that is read next.
struct Node<'p>(&'p mut Place);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let above = self.0.pointer.len();
        let mut items = Vec::new();
        loop {
            self.0.pointer += &format!("/{}", items.len());
            let Some(item) = list.next_element_seed(Node(self.0))? else { break };
            items.push(item);
            self.0.pointer.truncate(above);
        }
        self.0.pointer.truncate(above);
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let above = self.0.pointer.len();
        let mut fields = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            self.0.pointer += &format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            if fields.contains_key(&name) {
                self.0.twice = true;
                return Err(A::Error::custom("a name stands twice"));
            }
            let value = object.next_value_seed(Node(self.0))?;
            fields.insert(name, value);
            self.0.pointer.truncate(above);
        }
        Ok(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_read_as_serde_json_reads_it() {
        for text in [
            r#"{"a":[1,-2,3.5,1e300,18446744073709551615],"b":{"c":null,"d":true},"é":"\u00e9"}"#,
            "[]",
            "{}",
            r#" "text" "#,
            r#"[{"a":1},{"a":2}]"#,
        ] {
            assert_eq!(read(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()), "{text}");
        }
        for text in ["", "{", "{} {}", "[1,]", "1e999", "nul", "\"\u{1}\""] {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            let reason = format!("it is no JSON: {error}");
            assert_eq!(read(text.as_bytes()), Err(InvalidField { pointer: String::new(), reason }));
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_where_it_does() {
        for (text, pointer) in [
            (r#"{"a":1,"b":2,"a":1}"#, "/a"),
            (r#"{"list":[{},{"x":{"y":1,"y":2}}]}"#, "/list/1/x/y"),
            (r#"{"a/b":1,"a\/b":2}"#, "/a~1b"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err().pointer, pointer, "{text}");
        }
    }
}
