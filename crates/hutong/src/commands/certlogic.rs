//! `hutong certlogic`.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    lines,
};
use clap::Args;
use hutong_model::limits::RULE_DOCUMENT_BYTES_MAX;
use hutong_rules::certlogic::{Bump, Expression, Value};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

/// Evaluate `CertLogic`: one {"logic": …, "data": …} a line on standard input, one value a line out.
///
/// Ends with 0 where every line was answered; a line that cannot be evaluated is answered with an
/// error.
#[derive(Debug, Args)]
pub struct Certlogic {
    /// One JSON object a line: {"value": …} or {"error": …}
    #[arg(long)]
    json: bool,
}

/// One line.
#[derive(Deserialize)]
struct Question<'l> {
    #[serde(borrow)]
    logic: &'l RawValue,
    #[serde(borrow)]
    data: Option<&'l RawValue>,
}

impl Certlogic {
    /// Answers every line.
    ///
    /// # Errors
    /// [`Failure`] where standard input or output fails.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        lines::answer(RULE_DOCUMENT_BYTES_MAX, |line| {
            let value = line.map_err(str::to_owned).and_then(value);
            match (value, self.json) {
                (Ok(value), true) => json!({"value": value}).to_string(),
                (Ok(value), false) => value.to_string(),
                (Err(error), true) => json!({"error": error}).to_string(),
                (Err(error), false) => format!("{}{error}", lang.pick("错误：", "error: ")),
            }
        })?;
        Ok(Exit::Ok)
    }
}

fn value(line: &str) -> Result<serde_json::Value, String> {
    let question: Question<'_> =
        serde_json::from_str(line).map_err(|error| format!("the line: {error}"))?;
    let logic = serde_json::from_str(question.logic.get());
    let logic = logic.map_err(|error| format!("logic: {error}"))?;
    let said = |error: hutong_rules::RulesError| error.to_string();
    let expression = Expression::compile(&logic).map_err(said)?;
    let arena = Bump::new();
    let data = match question.data {
        Some(data) => Value::from_json(data.get(), &arena).map_err(said)?,
        None => Value::Null,
    };
    expression.value(data, &arena).and_then(Value::to_json).map_err(said)
}
