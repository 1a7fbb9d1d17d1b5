//! What a national pack lets regions vary, and a region's filed values for it.
//!
//! In the expressions of a pack `{"vary": "days"}` stands for the value; it is put in before they
//! are compiled, so that what is evaluated is plain `CertLogic`.

use crate::{RulesError, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A number that regions may vary within bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: Box<str>,
    /// What it is.
    pub title: Text,
    /// The value where nothing else was filed.
    pub default: i32,
    /// The least value.
    pub min: i32,
    /// The greatest value.
    pub max: i32,
}

/// Other values for some of a pack's variables, as a region filed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variation {
    /// Its id, which decisions name.
    pub id: Box<str>,
    /// The values by name.
    pub values: BTreeMap<Box<str>, i32>,
}

/// Each variable's value.
pub(crate) type Values<'a> = BTreeMap<&'a str, i32>;

/// The values of all variables, varied where that is permitted.
pub(crate) fn values<'a>(
    variables: &'a [Variable],
    variation: Option<&Variation>,
) -> Result<Values<'a>, RulesError> {
    let mut values = Values::new();
    for variable in variables {
        let sound = variable.min <= variable.default && variable.default <= variable.max;
        if variable.name.is_empty() || variable.title.is_blank() || !sound {
            return Err(RulesError::Pack(
                "a variable has a name, a title, and its default in bounds",
            ));
        }
        if values.insert(&*variable.name, variable.default).is_some() {
            return Err(RulesError::Pack("every variable has a name of its own"));
        }
    }
    for (name, value) in variation.iter().flat_map(|variation| &variation.values) {
        let variable = variables.iter().find(|variable| variable.name == *name);
        let wrong = |what: String| RulesError::Variation { name: name.clone(), what: what.into() };
        let Some(variable) = variable else {
            return Err(wrong("the pack does not let it vary".into()));
        };
        if !(variable.min..=variable.max).contains(value) {
            let (min, max) = (variable.min, variable.max);
            return Err(wrong(format!("{value} lies outside of {min} to {max}")));
        }
        values.insert(&*variable.name, *value);
    }
    Ok(values)
}

/// The expression with the values put in.
pub(crate) fn fill(source: &Value, values: &Values<'_>) -> Result<Value, &'static str> {
    match source {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("vary") => {
            let name = fields["vary"].as_str().unwrap_or_default();
            values
                .get(name)
                .map(|value| json!(value))
                .ok_or("it uses a variable that is not declared")
        }
        Value::Object(fields) => {
            let filled = fields.iter().map(|(key, value)| Ok((key.clone(), fill(value, values)?)));
            filled.collect::<Result<_, _>>().map(Value::Object)
        }
        Value::Array(items) => {
            items.iter().map(|item| fill(item, values)).collect::<Result<_, _>>().map(Value::Array)
        }
        plain => Ok(plain.clone()),
    }
}
