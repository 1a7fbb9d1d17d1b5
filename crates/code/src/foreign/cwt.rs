//! The claims of a CWT (RFC 8392) that health certificates use.

use super::cbor::{Map, Value};
use super::refusal::Refusal;
use crate::reason::ReasonCode;
use crate::verify::Step;
use hutong_model::limits::CLOCK_SKEW_S_MAX;
use hutong_model::{Timestamp, Verdict};

const ISS: i128 = 1;
const EXP: i128 = 4;
const NBF: i128 = 5;
const IAT: i128 = 6;
/// Health certificates (Electronic Health Certificates, section 3.3.4).
const HCERT: i128 = -260;
/// Latest time that a claim may state, in seconds: the year 9999.
const TIME_S_MAX: i128 = 253_402_300_799;

/// Claims, read but not judged.
pub(crate) struct Claims<'v> {
    pub(crate) issuer: Option<&'v str>,
    pub(crate) times: Times,
    pub(crate) hcert: &'v Map<'v>,
}

/// When something was issued and how long it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Times {
    pub(crate) issued_at: Option<Timestamp>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl<'v> Claims<'v> {
    pub(crate) fn read(payload: &'v Value<'v>) -> Result<Self, Refusal> {
        let map = payload.as_map().ok_or(Refusal::schema("cwt"))?;
        let issuer = match map.int(ISS) {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_text().ok_or(Refusal::schema("cwt/iss"))?),
        };
        let times = Times {
            issued_at: time(map, IAT).ok_or(Refusal::schema("cwt/iat"))?,
            not_before: time(map, NBF).ok_or(Refusal::schema("cwt/nbf"))?,
            expires_at: time(map, EXP).ok_or(Refusal::schema("cwt/exp"))?,
        };
        let hcert = map.int(HCERT).and_then(Value::as_map);
        Ok(Self { issuer, times, hcert: hcert.ok_or(Refusal::schema("cwt/hcert"))? })
    }
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
}

/// A numeric date (RFC 8392 section 2), whole or not, tagged or not; outer None if malformed.
#[expect(clippy::option_option, reason = "malformed and absent differ")]
fn time(map: &Map<'_>, claim: i128) -> Option<Option<Timestamp>> {
    let Some(mut value) = map.int(claim) else { return Some(None) };
    if let Value::Tag(1, inner) = value {
        value = inner;
    }
    let seconds = match value {
        Value::Null => return Some(None),
        Value::Int(seconds) => *seconds,
        Value::Float(seconds) if seconds.is_finite() => *seconds as i128,
        _ => return None,
    };
    if !(0..=TIME_S_MAX).contains(&seconds) {
        return None;
    }
    Some(Some(Timestamp::from_unix_s(i64::try_from(seconds).ok()?)))
}
