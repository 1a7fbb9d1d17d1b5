//! `CertLogic`: the subset of `JsonLogic` in which health-certificate rules are written and
//! exchanged, with operations for dates and certificate identifiers (`CertLogic` specification
//! 1.3.3).
//!
//! An [`Expression`] is checked as a whole and compiled once; evaluation allocates only in an
//! arena that the caller brings, and its work is bounded. Value sets can be bound when it is
//! compiled. Date-times are a type of their own, that only `plusTime` and `dccDateOfBirth` make:
//! a text that looks like one is none.
//!
//! What the specification leaves open is decided so: `===` and `in` compare by value, whatever the
//! type; a number such as `2.0` is an integer; `reduce` of null gives its initial value (as the
//! published test suite has it); a date that does not exist, a sum beyond 64 bits and a date-time
//! beyond ECMAScript's range are errors.

mod compile;
mod eval;
mod json;
mod node;
mod time;
mod value;
mod value_sets;

use crate::RulesError;
pub use bumpalo::Bump;
use hutong_model::Timestamp;
use std::fmt;
pub use value::{Field, Value};
pub use value_sets::ValueSets;

/// The version of the specification.
pub const VERSION: [u32; 3] = [1, 3, 3];

/// A compiled `CertLogic` expression.
pub struct Expression {
    source: serde_json::Value,
    root: node::Node,
}

impl Expression {
    /// Checks and compiles an expression.
    ///
    /// # Errors
    /// [`RulesError::Expression`] where it is not `CertLogic`: an unknown operation, a wrong number
    /// of operands, a literal that is not allowed, or nesting that is too deep.
    pub fn compile(source: &serde_json::Value) -> Result<Self, RulesError> {
        let root = compile::compile(source, None).map_err(RulesError::Expression)?;
        Ok(Self { source: source.clone(), root })
    }

    /// The same with value sets bound: `in` of a `{"var": "external.valueSets.…"}` that is among
    /// them looks into them, and not into the data.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    pub fn bind(source: &serde_json::Value, sets: &ValueSets) -> Result<Self, RulesError> {
        let root = compile::compile(source, Some(sets)).map_err(RulesError::Expression)?;
        Ok(Self { source: source.clone(), root })
    }

    /// The expression as JSON.
    pub fn source(&self) -> &serde_json::Value {
        &self.source
    }

    /// Its value over data.
    ///
    /// # Errors
    /// [`RulesError::Evaluation`] where an operand has the wrong type, or it takes too much work.
    pub fn value<'a>(&'a self, data: Value<'a>, arena: &'a Bump) -> Result<Value<'a>, RulesError> {
        let run = eval::Run { arena, steps: value::Steps::default() };
        run.value(&self.root, &eval::Scope::Data(data)).map_err(RulesError::Evaluation)
    }

    /// Whether it holds: its value is truthy.
    ///
    /// # Errors
    /// As [`Expression::value`], and where the value is neither truthy nor falsy.
    pub fn holds<'a>(&'a self, data: Value<'a>, arena: &'a Bump) -> Result<bool, RulesError> {
        self.truth(data, arena).map_err(RulesError::Evaluation)
    }

    /// The same with the reason alone.
    pub(crate) fn truth<'a>(
        &'a self,
        data: Value<'a>,
        arena: &'a Bump,
    ) -> Result<bool, &'static str> {
        let run = eval::Run { arena, steps: value::Steps::default() };
        run.holds(&self.root, &eval::Scope::Data(data))
    }

    /// The instant that it stands for.
    ///
    /// # Errors
    /// As [`Expression::value`], and where the value is no date-time.
    pub fn instant<'a>(
        &'a self,
        data: Value<'a>,
        arena: &'a Bump,
    ) -> Result<Timestamp, RulesError> {
        match self.value(data, arena)? {
            Value::Instant(at) => Ok(at),
            _ => Err(RulesError::Evaluation("expected a date-time")),
        }
    }
}

/// Reads a date or date-time in the forms that `plusTime` takes.
pub(crate) fn read_instant(text: &str) -> Option<Timestamp> {
    time::read(text)
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.source)
    }
}
