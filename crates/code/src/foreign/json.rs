//! Small helps for reading JSON, and CBOR as if it were JSON.

use super::cbor;
use serde_json::{Map, Number, Value};

/// A text member that is not empty.
pub(crate) fn text<'j>(json: &'j Value, name: &str) -> Option<&'j str> {
    json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The same, kept.
pub(crate) fn owned(json: &Value, name: &str) -> Option<Box<str>> {
    text(json, name).map(Into::into)
}

/// A member that is a whole number, or a text of one.
pub(crate) fn number(json: &Value, name: &str) -> Option<u32> {
    match json.get(name)? {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The members of a list, none where there is no list.
pub(crate) fn list<'j>(json: &'j Value, name: &str) -> &'j [Value] {
    json.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// CBOR as JSON (RFC 8949 section 6.1), as far as JSON can say it: bytes become null.
pub(crate) fn of_cbor(value: &cbor::Value<'_>) -> Value {
    match value {
        cbor::Value::Int(int) => i64::try_from(*int).map_or(Value::Null, Value::from),
        cbor::Value::Float(float) => Number::from_f64(*float).map_or(Value::Null, Value::Number),
        cbor::Value::Text(text) => Value::String(text.clone().into_owned()),
        cbor::Value::List(list) => Value::Array(list.iter().map(of_cbor).collect()),
        cbor::Value::Map(map) => {
            let members = map.iter().filter_map(|(key, value)| {
                let key = match key {
                    cbor::Value::Text(text) => text.clone().into_owned(),
                    cbor::Value::Int(int) => int.to_string(),
                    _ => return None,
                };
                Some((key, of_cbor(value)))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        cbor::Value::Tag(_, inner) => of_cbor(inner),
        cbor::Value::Bool(bool) => Value::Bool(*bool),
        cbor::Value::Bytes(_) | cbor::Value::Null | cbor::Value::Other => Value::Null,
    }
}
