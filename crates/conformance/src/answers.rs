//! Comparing a verifier's answers with what must be answered.

use crate::Vector;
use hutong_code::verify::Step;
use hutong_model::Verdict;
use serde::{Deserialize, Serialize};

/// An answer, as far as it is compared. Other members are passed over.
#[derive(Debug, Deserialize)]
struct Answer {
    result: Verdict,
    #[serde(default)]
    step: Option<Step>,
}

/// A vector that was answered otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which.
    pub id: Box<str>,
    /// What must be answered: the result, and the step after a colon.
    pub expected: String,
    /// What was.
    pub answered: String,
    /// What is right or wrong with the vector.
    pub about: Box<str>,
    /// The clause that decides.
    pub clause: Box<str>,
}

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Vectors.
    pub vectors: usize,
    /// Those that were answered otherwise.
    pub differences: Vec<Difference>,
}

/// Compares answers, one JSON object a line in the order of the vectors, with what must be
/// answered. `steps` says whether the step must be named as well.
pub fn check(vectors: &[Vector], answers: &str, steps: bool) -> Checked {
    let mut lines = answers.lines();
    let differences =
        vectors.iter().filter_map(|vector| difference(vector, lines.next(), steps)).collect();
    Checked { vectors: vectors.len(), differences }
}

fn difference(vector: &Vector, line: Option<&str>, steps: bool) -> Option<Difference> {
    let answered = match line.map(serde_json::from_str::<Answer>) {
        Some(Ok(answer)) => {
            let right = answer.result == vector.result;
            if right && (!steps || answer.step == vector.step) {
                return None;
            }
            shown(answer.result, answer.step.filter(|_| steps))
        }
        Some(Err(_)) => "no JSON object with a known result".into(),
        None => "nothing".into(),
    };
    Some(Difference {
        id: vector.id.clone(),
        expected: shown(vector.result, vector.step.filter(|_| steps)),
        answered,
        about: vector.about.clone(),
        clause: vector.clause.clone(),
    })
}

fn shown(result: Verdict, step: Option<Step>) -> String {
    let step = step.and_then(|step| serde_json::to_value(step).ok());
    let step = step.as_ref().and_then(|step| step.as_str());
    match step {
        Some(step) => format!("{}: {step}", result.as_str()),
        None => result.as_str().into(),
    }
}
