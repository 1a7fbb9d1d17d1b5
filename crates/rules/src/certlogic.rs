//! `CertLogic`: the subset of `JsonLogic` in which health-certificate rules are written and
//! exchanged,
//! with operations for dates (EU DCC business rules, `CertLogic` specification 1.2).
//!
//! An [`Expression`] is checked against the subset and compiled once; evaluation allocates only in
//! an arena that the caller brings. Date-times are values of a form of their own,
//! `YYYY-MM-DDThh:mm:ss.sssZ`, that only `plusTime` and `dccDateOfBirth` make.

mod check;
mod operators;

use crate::RulesError;
pub use datalogic_rs::{DataValue, bumpalo::Bump};
use datalogic_rs::{Engine, EvaluationConfig, Logic};
use hutong_model::Timestamp;
use std::{fmt, sync::OnceLock};

/// A compiled `CertLogic` expression.
pub struct Expression {
    source: serde_json::Value,
    logic: Logic,
}

impl Expression {
    /// Checks and compiles an expression.
    ///
    /// # Errors
    /// [`RulesError::Expression`] where it is not `CertLogic`: an unknown operation, a wrong number
    /// of
    /// operands, a literal that is not allowed, or nesting that is too deep.
    pub fn compile(source: &serde_json::Value) -> Result<Self, RulesError> {
        check::check(source, 0).map_err(|what| RulesError::Expression(what.into()))?;
        let logic = engine()
            .compile(source.to_string().as_str())
            .map_err(|_| RulesError::Expression("it cannot be compiled".into()))?;
        Ok(Self { source: source.clone(), logic })
    }

    /// The expression as JSON.
    pub fn source(&self) -> &serde_json::Value {
        &self.source
    }

    /// Its value over data.
    ///
    /// # Errors
    /// [`RulesError::Evaluation`] where an operand has the wrong type.
    pub fn value<'a>(
        &'a self,
        data: &'a DataValue<'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>, RulesError> {
        engine()
            .evaluate(&self.logic, data, arena)
            .map_err(|_| RulesError::Evaluation("an operand has the wrong type"))
    }

    /// Whether it holds: its value is truthy.
    ///
    /// # Errors
    /// As [`Expression::value`].
    pub fn holds<'a>(
        &'a self,
        data: &'a DataValue<'a>,
        arena: &'a Bump,
    ) -> Result<bool, RulesError> {
        self.value(data, arena).map(|value| engine().truthy(value))
    }

    /// The instant that it stands for.
    ///
    /// # Errors
    /// As [`Expression::value`], and where the value is no date-time.
    pub fn instant<'a>(
        &'a self,
        data: &'a DataValue<'a>,
        arena: &'a Bump,
    ) -> Result<Timestamp, RulesError> {
        let text = self.value(data, arena)?.as_str();
        text.and_then(|text| Timestamp::parse(text).ok())
            .ok_or(RulesError::Evaluation("expected a date-time"))
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.source)
    }
}

/// The one engine: `JsonLogic` with the operations for dates, strict about numbers.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let config = EvaluationConfig::strict();
        operators::register(Engine::builder().with_config(config)).build()
    })
}
