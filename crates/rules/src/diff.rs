//! What differs between two packs, or two versions of one, in the words of the pack.

use crate::Pack;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Where: `rules/positive-na/until`, `variables/observation-days/default`, `freshnessSeconds`.
    pub at: String,
    /// As it was; none where it is new.
    pub before: Option<Value>,
    /// As it is; none where it is gone.
    pub after: Option<Value>,
}

/// Lists whose members have a name of their own, and the field that holds it.
const NAMED: [(&str, &str); 4] =
    [("rules", "id"), ("variables", "name"), ("primarySeries", "agent"), ("examples", "name")];

/// What differs, by place; the order of rules counts as `rules`.
pub fn differences(before: &Pack, after: &Pack) -> Vec<Difference> {
    // INVARIANT: a pack keeps the JSON that it was read from.
    let read = |pack: &Pack| serde_json::from_str(pack.source()).unwrap_or(Value::Null);
    let mut found = Vec::new();
    compare("", &read(before), &read(after), &mut found);
    found
}

fn compare(at: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        found.push(Difference {
            at: at.to_owned(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        });
        return;
    };
    for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let place = join(at, key);
        let (old, new) = (old.get(key), new.get(key));
        match NAMED.iter().find(|(list, _)| at.is_empty() && list == key) {
            Some((_, name)) => compare_named(&place, name, old, new, found),
            None => of_one(&place, old, new, at.is_empty(), found),
        }
    }
}

fn compare_named(
    at: &str,
    name: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    let ((old, before), (new, after)) = (by_name(old, name), by_name(new, name));
    for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let place = join(at, key);
        match (old.get(key), new.get(key)) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                for field in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                    let (old, new) = (old.get(field), new.get(field));
                    of_one(&join(&place, field), old, new, false, found);
                }
            }
            (old, new) => of_one(&place, old, new, false, found),
        }
    }
    let both = |names: Vec<String>| -> Vec<Value> {
        let both =
            names.into_iter().filter(|name| old.contains_key(name) && new.contains_key(name));
        both.map(Value::from).collect()
    };
    let (before, after) = (both(before), both(after));
    if before != after {
        found.push(Difference {
            at: at.to_owned(),
            before: Some(before.into()),
            after: Some(after.into()),
        });
    }
}

fn of_one(
    at: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    deeper: bool,
    found: &mut Vec<Difference>,
) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) if deeper => {
            compare(at, old, new, found);
        }
        (old, new) => {
            let at = at.to_owned();
            found.push(Difference { at, before: old.cloned(), after: new.cloned() });
        }
    }
}

/// The members of a list by their names, and the names in the order of the list.
fn by_name(list: Option<&Value>, name: &str) -> (Map<String, Value>, Vec<String>) {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    let named: Vec<(String, Value)> = items
        .filter_map(|item| Some((item.get(name)?.as_str()?.to_owned(), item.clone())))
        .collect();
    let order = named.iter().map(|(name, _)| name.clone()).collect();
    (named.into_iter().collect(), order)
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}/{key}") }
}
