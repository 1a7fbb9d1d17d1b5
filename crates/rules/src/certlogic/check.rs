//! Whether JSON is a `CertLogic` expression: known operations, right number of operands, allowed
//! literals, bounded depth.

use hutong_model::limits::JSON_DEPTH_MAX;
use serde_json::Value;
use std::ops::RangeInclusive;

/// Operations and how many operands they take.
const OPERATIONS: [(&str, RangeInclusive<usize>); 19] = [
    ("if", 3..=3),
    ("===", 2..=2),
    ("and", 2..=usize::MAX),
    (">", 2..=3),
    ("<", 2..=3),
    (">=", 2..=3),
    ("<=", 2..=3),
    ("in", 2..=2),
    ("+", 2..=2),
    ("after", 2..=3),
    ("before", 2..=3),
    ("not-after", 2..=3),
    ("not-before", 2..=3),
    ("!", 1..=1),
    ("plusTime", 3..=3),
    ("dccDateOfBirth", 1..=1),
    ("reduce", 3..=3),
    ("extractFromUVCI", 2..=2),
    ("var", 1..=1),
];

/// Units of `plusTime`.
pub(super) const UNITS: [&str; 4] = ["year", "month", "day", "hour"];

/// Checks an expression, says what is wrong with it.
pub(super) fn check(expression: &Value, depth: usize) -> Result<(), &'static str> {
    if depth > JSON_DEPTH_MAX {
        return Err("it is nested too deep");
    }
    match expression {
        Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) if number.is_i64() => Ok(()),
        Value::Number(_) => Err("a number literal is an integer"),
        Value::Null => Err("null is not allowed as a literal"),
        Value::Array(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(fields) => {
            let mut fields = fields.iter();
            let (Some((name, operands)), None) = (fields.next(), fields.next()) else {
                return Err("an operation is an object with exactly one name");
            };
            operation(name, operands, depth)
        }
    }
}

fn operation(name: &str, operands: &Value, depth: usize) -> Result<(), &'static str> {
    let (_, wanted) =
        OPERATIONS.iter().find(|(known, _)| *known == name).ok_or("the operation is unknown")?;
    if name == "var" {
        let Value::String(path) = operands else { return Err("var takes a path, as a text") };
        return path_is_sound(path).then_some(()).ok_or("the path of a var is malformed");
    }
    let Value::Array(operands) = operands else { return Err("operands are given as an array") };
    if !wanted.contains(&operands.len()) {
        return Err("the operation has another number of operands");
    }
    let sound = match name {
        "plusTime" => {
            operands[1].is_i64() && operands[2].as_str().is_some_and(|unit| UNITS.contains(&unit))
        }
        "extractFromUVCI" => operands[1].is_i64(),
        _ => true,
    };
    if !sound {
        return Err("an operand of the operation is malformed");
    }
    operands.iter().try_for_each(|operand| check(operand, depth + 1))
}

/// Empty, or names and numbers with dots between.
fn path_is_sound(path: &str) -> bool {
    path.is_empty() || path.split('.').all(|part| !part.is_empty())
}
