//! Value sets: named sets of codes that rules look into.

use super::{
    compile::sorted,
    node::Texts,
    value::{Field, Value},
};
use crate::RulesError;
use bumpalo::Bump;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Value sets by name, read once and shared by all rules that are bound to them.
#[derive(Debug, Clone, Default)]
pub struct ValueSets(BTreeMap<Box<str>, Set>);

#[derive(Debug, Clone)]
struct Set {
    /// As published, so that the newest counts; empty where it is not said.
    date: Box<str>,
    texts: Texts,
}

impl ValueSets {
    /// Adds what a document holds: one published value set (`valueSetId`, `valueSetValues`), an
    /// array of them, or the compressed form, an object of names with arrays of codes. Of two sets
    /// of the same name the one with the later `valueSetDate` counts, the later added where they
    /// are the same. Gives how many sets the document holds.
    ///
    /// # Errors
    /// [`RulesError::ValueSet`] names the field that is wrong. Nothing is added then.
    pub fn add(&mut self, document: &Json) -> Result<usize, RulesError> {
        let mut found = Vec::new();
        match document {
            Json::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    found.push(published(item, &format!("[{at}]."))?);
                }
            }
            Json::Object(fields) if fields.contains_key("valueSetId") => {
                found.push(published(document, "")?);
            }
            Json::Object(fields) => {
                for (name, codes) in fields {
                    let codes = codes.as_array().ok_or_else(|| wrong(name, "an array of codes"))?;
                    let texts = codes.iter().map(|code| code.as_str().map(Box::from)).collect();
                    let texts: Option<Vec<Box<str>>> = texts;
                    let texts = sorted(texts.ok_or_else(|| wrong(name, "an array of codes"))?);
                    found.push((name.as_str().into(), Set { date: Box::default(), texts }));
                }
            }
            _ => return Err(wrong("(document)", "an object or an array")),
        }
        let count = found.len();
        for (name, set) in found {
            let keep = self.0.get(&name).is_none_or(|known| known.date <= set.date);
            if keep {
                self.0.insert(name, set);
            }
        }
        Ok(count)
    }

    /// Names of the sets, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }

    /// The codes of a set, sorted; None where there is no such set.
    pub fn codes(&self, name: &str) -> Option<&[Box<str>]> {
        self.0.get(name).map(|set| &*set.texts)
    }

    /// All sets as data, as rules find them under `external.valueSets`.
    pub fn to_value<'a>(&'a self, arena: &'a Bump) -> Value<'a> {
        let mut fields = bumpalo::collections::Vec::with_capacity_in(self.0.len(), arena);
        for (name, set) in &self.0 {
            let codes = set.texts.iter().map(|code| Value::Text(code));
            fields.push(Field::new(name, Value::List(arena.alloc_slice_fill_iter(codes))));
        }
        Value::Object(fields.into_bump_slice())
    }

    pub(super) fn texts(&self, name: &str) -> Option<Texts> {
        self.0.get(name).map(|set| Texts::clone(&set.texts))
    }
}

/// A value set in the published form.
fn published(document: &Json, at: &str) -> Result<(Box<str>, Set), RulesError> {
    let field = |name: &str| format!("{at}{name}");
    let name = document.get("valueSetId").and_then(Json::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| wrong(&field("valueSetId"), "a text"))?;
    let date = match document.get("valueSetDate") {
        None | Some(Json::Null) => "",
        Some(date) => date.as_str().ok_or_else(|| wrong(&field("valueSetDate"), "a date"))?,
    };
    let values = document.get("valueSetValues").and_then(Json::as_object);
    let values = values.ok_or_else(|| wrong(&field("valueSetValues"), "an object"))?;
    let texts = sorted(values.keys().map(|code| code.as_str().into()).collect());
    Ok((name.into(), Set { date: date.into(), texts }))
}

fn wrong(field: &str, wanted: &'static str) -> RulesError {
    RulesError::ValueSet { field: field.into(), wanted }
}
