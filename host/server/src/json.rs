//! JSON as the wire takes it: one object, no member twice, no deep nesting.

use std::cell::RefCell;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits::DEPTH_MAX;

/// Why bytes are not a usable JSON object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum JsonFault {
    /// Nothing was sent.
    Empty,
    /// Not JSON.
    Malformed {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// A member occurs twice in one object (RFC 7493 §2.3).
    Repeated(String),
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
}

/// Reads one JSON object and nothing after it.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(JsonFault::Empty);
    }
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { left: DEPTH_MAX, fault: &fault }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(JsonFault::NotAnObject),
        Err(error) => Err(fault
            .into_inner()
            .unwrap_or(JsonFault::Malformed { line: error.line(), column: error.column() })),
    }
}

/// Builds a value while counting depth; what it refuses itself is left in `fault`.
#[derive(Clone, Copy)]
struct Strict<'a> {
    left: usize,
    fault: &'a RefCell<Option<JsonFault>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, fault: JsonFault) -> E {
        *self.fault.borrow_mut() = Some(fault);
        E::custom("refused")
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(self.refuse(JsonFault::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(self.refuse::<A::Error>(JsonFault::Repeated(name))));
            }
            map.insert(name, members.next_value_seed(inner)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        let lists = depth.checked_sub(1).unwrap();
        format!("{{\"a\":{}{}}}", "[".repeat(lists), "]".repeat(lists))
    }

    #[test]
    fn an_object_is_read_as_it_stands() {
        let text = r#"{"b":[1,-2,3.5,true,null,"乡"],"a":{"x":18446744073709551615}}"#;
        let want: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(object(text.as_bytes()).unwrap()), want);
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        let malformed = |line, column| JsonFault::Malformed { line, column };
        for (text, want) in [
            ("", JsonFault::Empty),
            (" \n\t", JsonFault::Empty),
            ("[]", JsonFault::NotAnObject),
            ("\"text\"", JsonFault::NotAnObject),
            ("null", JsonFault::NotAnObject),
            ("{\"a\":1,\"a\":1}", JsonFault::Repeated("a".to_owned())),
            ("{\"o\":{\"乡\":1,\"\\u4e61\":2}}", JsonFault::Repeated("乡".to_owned())),
            ("{\"a\":1}{}", malformed(1, 8)),
            ("{\n\"a\":}", malformed(2, 5)),
            ("{\"a\":\"\\ud800\"}", malformed(1, 13)),
        ] {
            assert_eq!(object(text.as_bytes()), Err(want), "{text}");
        }
        assert!(
            matches!(object(b"{\"a\":\"\xff\"}"), Err(JsonFault::Malformed { .. })),
            "invalid UTF-8"
        );
    }

    #[test]
    fn nesting_is_capped_exactly() {
        assert!(object(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(object(nested(DEPTH_MAX + 1).as_bytes()), Err(JsonFault::TooDeep));
        assert_eq!(object("{\"a\":".repeat(100_000).as_bytes()), Err(JsonFault::TooDeep));
    }
}
