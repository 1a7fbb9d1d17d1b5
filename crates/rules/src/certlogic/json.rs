//! JSON, read straight into an arena.

use super::{Field, Value};
use bumpalo::{Bump, collections::Vec};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Integers beyond this may not be exact as numbers of JavaScript, and are not told from others.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Reads one JSON text. `serde_json` bounds the nesting.
pub(super) fn read<'a>(text: &str, arena: &'a Bump) -> Result<Value<'a>, serde_json::Error> {
    let mut input = serde_json::Deserializer::from_str(text);
    let value = Seed(arena).deserialize(&mut input)?;
    input.end()?;
    Ok(value)
}

/// A number as a value: an integer where it is one, however it is written.
pub(super) fn number<'a>(number: f64) -> Value<'a> {
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        // INVARIANT: an integer within the range in which they are exact.
        Value::Integer(number as i64)
    } else {
        Value::Fraction(number)
    }
}

/// Where values are read into.
#[derive(Clone, Copy)]
pub(super) struct Seed<'a>(pub &'a Bump);

impl<'de, 'a> DeserializeSeed<'de> for Seed<'a> {
    type Value = Value<'a>;
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value<'a>, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de, 'a> Visitor<'de> for Seed<'a> {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<Value<'a>, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value<'a>, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value<'a>, E> {
        Ok(Value::Integer(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value<'a>, E> {
        Ok(i64::try_from(value).map_or(Value::Fraction(value as f64), Value::Integer))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value<'a>, E> {
        Ok(number(value))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(self.0.alloc_str(text)))
    }
    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Value<'a>, S::Error> {
        let mut list = Vec::new_in(self.0);
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::List(list.into_bump_slice()))
    }
    fn visit_map<M: MapAccess<'de>>(self, mut fields: M) -> Result<Value<'a>, M::Error> {
        let mut list = Vec::new_in(self.0);
        while let Some(name) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            let name: &'a str = self.0.alloc_str(&name);
            list.push(Field::new(name, fields.next_value_seed(self)?));
        }
        Ok(Value::Object(list.into_bump_slice()))
    }
}
