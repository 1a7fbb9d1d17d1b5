//! When something was issued and how long it counts.

use super::refusal::Refusal;
use crate::reason::ReasonCode;
use crate::verify::Step;
use hutong_model::limits::CLOCK_SKEW_S_MAX;
use hutong_model::{Timestamp, Verdict};
use serde_json::Value;

/// Latest time that a claim may state, in seconds: the year 9999.
const TIME_S_MAX: i128 = 253_402_300_799;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Times {
    pub(crate) issued_at: Option<Timestamp>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Times {
    /// Judges them at a time. A difference of clocks is forgiven for what is to come, never for
    /// what is over.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        let ahead = |at: Option<Timestamp>| at.is_some_and(|at| at.since_s(now) > CLOCK_SKEW_S_MAX);
        if ahead(self.issued_at) {
            return Err(Refusal::invalid(Step::Validity, ReasonCode::ISSUED_IN_FUTURE));
        }
        if ahead(self.not_before) {
            return Err(Refusal::invalid(Step::Validity, ReasonCode::NOT_YET_VALID));
        }
        // "After which a verifier must reject": the last second still counts.
        if self.expires_at.is_some_and(|at| now > at) {
            return Err(Refusal::new(Verdict::Expired, Step::Validity, ReasonCode::EXPIRED));
        }
        Ok(())
    }

    /// Reads `nbf` and `exp` of a JWT (RFC 7519 section 2: seconds, whole or not).
    pub(crate) fn of_json(payload: &Value) -> Result<Self, Refusal> {
        let time = |name: &'static str| match payload.get(name) {
            None => Ok(None),
            Some(value) => {
                value.as_f64().and_then(of_float).map(Some).ok_or_else(|| Refusal::schema(name))
            }
        };
        Ok(Self { issued_at: None, not_before: time("nbf")?, expires_at: time("exp")? })
    }
}

/// A time in seconds; None if it is none.
pub(crate) fn of_seconds(seconds: i128) -> Option<Timestamp> {
    let in_range = (0..=TIME_S_MAX).contains(&seconds);
    i64::try_from(seconds).ok().filter(|_| in_range).map(Timestamp::from_unix_s)
}

/// A time in seconds and parts of them, or in milliseconds where seconds would lie beyond the
/// year 9999: some issuers write those.
pub(crate) fn of_float(seconds: f64) -> Option<Timestamp> {
    if !seconds.is_finite() {
        return None;
    }
    of_seconds(seconds as i128).or_else(|| of_seconds(seconds as i128 / 1000))
}
