//! The claims of a CWT (RFC 8392) that health certificates use.

use super::cbor::{Map, Value};
use super::refusal::Refusal;
use super::times::{Times, of_seconds};
use hutong_model::Timestamp;

const ISS: i128 = 1;
const EXP: i128 = 4;
const NBF: i128 = 5;
const IAT: i128 = 6;
/// Health certificates (Electronic Health Certificates, section 3.3.4).
const HCERT: i128 = -260;
/// Claims, read but not judged.
pub(crate) struct Claims<'v> {
    pub(crate) issuer: Option<&'v str>,
    pub(crate) times: Times,
    pub(crate) hcert: &'v Map<'v>,
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

/// A numeric date (RFC 8392 section 2), whole or not, tagged or not; outer None if malformed.
#[expect(clippy::option_option, reason = "malformed and absent differ")]
fn time(map: &Map<'_>, claim: i128) -> Option<Option<Timestamp>> {
    let Some(mut value) = map.int(claim) else { return Some(None) };
    if let Value::Tag(1, inner) = value {
        value = inner;
    }
    match value {
        Value::Null => Some(None),
        Value::Int(seconds) => of_seconds(*seconds).map(Some),
        Value::Float(seconds) if seconds.is_finite() => of_seconds(*seconds as i128).map(Some),
        _ => None,
    }
}
