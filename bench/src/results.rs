//! Nucleic-acid results as FHIR NDJSON, made by counting.

use crate::{
    doses::{self, Sender},
    system::SystemClock,
};
use hutong_model::{Clock, RegionCode};
use std::fmt::Write;

/// Who decides.
pub const ISSUER: RegionCode = RegionCode::NATION;

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Negative,
    /// The agent.
    Positive,
}

/// A result of each of the sender's persons, as lines. A sample is the newer the higher its number.
pub fn lines(sender: Sender, number: u64, outcome: Outcome) -> Vec<u8> {
    let mut out = String::new();
    for person in sender.numbers() {
        line(&mut out, person, number, outcome);
    }
    out.into_bytes()
}

/// One result.
pub fn line(out: &mut String, person: u64, number: u64, outcome: Outcome) {
    let id = doses::resident_id(person);
    // Hours apart, the last one an hour old.
    let at = SystemClock.now().plus_s(-3_600 * (10_i64 - number.min(9) as i64));
    let (code, word) = match outcome {
        Outcome::Negative => ("260415000", "Not detected"),
        Outcome::Positive => ("260373001", "Detected"),
    };
    // INVARIANT: writing into a text cannot fail.
    let _ = writeln!(
        out,
        "{{\"resourceType\":\"Observation\",\"id\":\"t{person:08}-{number}\",\"status\":\"final\",\
         \"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"94500-6\"}}]}},\
         \"subject\":{{\"identifier\":{{\"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\"{id}\"}}}},\
         \"effectiveDateTime\":\"{at}\",\"valueCodeableConcept\":{{\"coding\":[{{\"system\":\
         \"http://snomed.info/sct\",\"code\":\"{code}\",\"display\":\"{word}\"}}]}}}}"
    );
}
