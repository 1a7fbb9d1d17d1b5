//! Values: what data are made of, and what expressions evaluate to.

use super::time;
use crate::RulesError;
use bumpalo::Bump;
use hutong_model::{
    Timestamp,
    limits::{CERTLOGIC_STEPS_MAX, JSON_DEPTH_MAX},
};
use serde_json::Number;
use std::cell::Cell;

/// A value. Texts, lists and objects lie in the arena that it was read into, so that a copy is
/// cheap.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// JSON's null: also what does not exist.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer; `2.0` is one too.
    Integer(i64),
    /// Any other number. Neither truthy nor falsy, and of no use to any operation.
    Fraction(f64),
    /// A text.
    Text(&'a str),
    /// A date-time. Only operations make it; no data can.
    Instant(Timestamp),
    /// An array.
    List(&'a [Value<'a>]),
    /// An object. Of fields of the same name the last counts.
    Object(&'a [Field<'a>]),
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    tag: Tag,
    name: &'a str,
    value: Value<'a>,
}

impl<'a> Field<'a> {
    /// A field with a name and a value.
    pub fn new(name: &'a str, value: Value<'a>) -> Self {
        Self { tag: Tag::of(name), name, value }
    }
    /// Its name.
    pub const fn name(&self) -> &'a str {
        self.name
    }
    /// Its value.
    pub const fn value(&self) -> Value<'a> {
        self.value
    }
}

/// The length and the first letters of a name, by which most names are told apart at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag(u64);

impl Tag {
    pub(super) fn of(name: &str) -> Self {
        let mut bytes = [0; 8];
        let known = name.len().min(7);
        bytes[..known].copy_from_slice(&name.as_bytes()[..known]);
        bytes[7] = u8::try_from(name.len()).unwrap_or(u8::MAX);
        Self(u64::from_le_bytes(bytes))
    }
    /// Whether names that have this tag are the same.
    const fn says_all(self) -> bool {
        self.0.to_le_bytes()[7] <= 7
    }
}

/// The value of the field of that name, the last of several.
pub(super) fn find<'v, 'a>(fields: &'v [Field<'a>], tag: Tag, name: &str) -> &'v Value<'a> {
    let same = |field: &&Field<'a>| field.tag == tag && (tag.says_all() || field.name == name);
    fields.iter().rev().find(same).map_or(&Value::Null, |field| &field.value)
}

impl<'a> Value<'a> {
    /// Reads JSON into an arena.
    ///
    /// # Errors
    /// [`RulesError::Json`] where the text is not JSON, or is nested too deep.
    pub fn from_json(text: &str, arena: &'a Bump) -> Result<Self, RulesError> {
        super::json::read(text, arena).map_err(RulesError::Json)
    }

    /// An object of these fields.
    pub fn object(fields: &[(&'a str, Self)], arena: &'a Bump) -> Self {
        let fields = fields.iter().map(|(name, value)| Field::new(name, *value));
        Self::Object(arena.alloc_slice_fill_iter(fields))
    }

    /// The same as JSON; a date-time becomes a text, `YYYY-MM-DDThh:mm:ss.sssZ`.
    ///
    /// # Errors
    /// [`RulesError::Evaluation`] where an expression has built something that is nested too deep
    /// or too large to be written.
    pub fn to_json(self) -> Result<serde_json::Value, RulesError> {
        let steps = Steps::default();
        write(self, &steps, 0).map_err(RulesError::Evaluation)
    }

    /// Whether it is truthy, or falsy; None for what is neither: date-times, and numbers that are
    /// no integers (specification 1.3.3, "Truthy and falsy values").
    pub fn truthiness(self) -> Option<bool> {
        match self {
            Self::Null => Some(false),
            Self::Bool(value) => Some(value),
            Self::Integer(value) => Some(value != 0),
            Self::Text(text) => Some(!text.is_empty()),
            Self::List(items) => Some(!items.is_empty()),
            Self::Object(fields) => Some(!fields.is_empty()),
            Self::Fraction(_) | Self::Instant(_) => None,
        }
    }

    /// A field of an object; null where there is none.
    pub fn field(self, name: &str) -> Self {
        let Self::Object(fields) = self else { return Self::Null };
        *find(fields, Tag::of(name), name)
    }

    /// An item of a list; null where there is none.
    pub fn item(self, index: usize) -> Self {
        let Self::List(items) = self else { return Self::Null };
        items.get(index).copied().unwrap_or(Self::Null)
    }

    /// The text, where it is one.
    pub const fn as_text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// The work that one evaluation may still do.
#[derive(Debug)]
pub(super) struct Steps(Cell<u32>);

impl Default for Steps {
    fn default() -> Self {
        Self(Cell::new(CERTLOGIC_STEPS_MAX))
    }
}

impl Steps {
    /// Takes some of it.
    pub(super) fn take(&self, steps: usize) -> Result<(), &'static str> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let left = self.0.get().checked_sub(steps).ok_or("the evaluation takes too many steps")?;
        self.0.set(left);
        Ok(())
    }
}

/// Whether two texts are the same; those that end differently are told apart without a call.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.as_bytes().last() == b.as_bytes().last() && a == b
}

/// Whether two values are the same, without coercion. Nothing is equal to what it has another
/// type than.
#[inline]
pub(super) fn same(a: Value<'_>, b: Value<'_>, steps: &Steps) -> Result<bool, &'static str> {
    Ok(match (a, b) {
        (Value::Text(a), Value::Text(b)) => is_same(a, b),
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Integer(a), Value::Integer(b)) => a == b,
        (Value::Fraction(a), Value::Fraction(b)) => a == b,
        (Value::Instant(a), Value::Instant(b)) => a == b,
        (Value::List(_), Value::List(_)) | (Value::Object(_), Value::Object(_)) => {
            return same_within(a, b, steps, 0);
        }
        _ => false,
    })
}

/// The same of lists and objects, level by level.
#[inline(never)]
fn same_within(
    a: Value<'_>,
    b: Value<'_>,
    steps: &Steps,
    depth: usize,
) -> Result<bool, &'static str> {
    match (a, b) {
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            enter(a.len(), steps, depth)?;
            for (a, b) in a.iter().zip(b) {
                if !same_within(*a, *b, steps, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(fields), Value::Object(others)) if fields.len() == others.len() => {
            enter(fields.len().saturating_mul(fields.len()), steps, depth)?;
            for Field { name, .. } in fields {
                if others.iter().all(|other| other.name != *name)
                    || !same_within(a.field(name), b.field(name), steps, depth + 1)?
                {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::List(_), _) | (Value::Object(_), _) => Ok(false),
        _ => same(a, b, steps),
    }
}

fn enter(size: usize, steps: &Steps, depth: usize) -> Result<(), &'static str> {
    if depth > 2 * JSON_DEPTH_MAX {
        return Err("a value is nested too deep");
    }
    steps.take(size)
}

fn write(value: Value<'_>, steps: &Steps, depth: usize) -> Result<serde_json::Value, &'static str> {
    use serde_json::Value as Json;
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Integer(value) => Json::Number(value.into()),
        Value::Fraction(value) => Number::from_f64(value).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.to_owned()),
        Value::Instant(at) => Json::String(time::write(at)),
        Value::List(items) => {
            enter(items.len(), steps, depth)?;
            let items = items.iter().map(|item| write(*item, steps, depth + 1));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            enter(fields.len(), steps, depth)?;
            let fields = fields
                .iter()
                .map(|field| Ok((field.name.to_owned(), write(field.value, steps, depth + 1)?)));
            Json::Object(fields.collect::<Result<_, &'static str>>()?)
        }
    })
}
