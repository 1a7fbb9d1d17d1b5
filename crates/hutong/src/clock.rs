//! The machine's clock and randomness: the only place in Hutong that takes them.

use hutong_model::{Clock, Entropy, TimeError, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed in elsewhere")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's randomness, through the cryptographic library.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            // Without randomness no key, token or id may be made at all.
            std::process::abort();
        }
    }
}

/// Reads a time given on the command line: RFC 3339, but what people and other programs write
/// beside it as well: no offset (then UTC), an offset without its colon, no seconds, a date alone.
///
/// # Errors
/// [`TimeError`] where it is none of these.
pub fn instant(text: &str) -> Result<Timestamp, TimeError> {
    let text = text.trim();
    let Some(time) = text.get(11..) else { return Timestamp::parse(&format!("{text}T00:00:00Z")) };
    let (time, mut offset) = match time.rfind(['Z', 'z', '+', '-']) {
        Some(at) => (time.get(..at).unwrap_or_default(), time.get(at..).unwrap_or_default().into()),
        None => (time, "Z".to_owned()),
    };
    if offset.len() == 5 && offset.is_ascii() {
        offset.insert(3, ':');
    }
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let date = text.get(..10).unwrap_or_default();
    Timestamp::parse(&format!("{date}T{time}{seconds}{offset}"))
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn times_as_people_write_them() {
        let at = instant("2021-06-15T10:30:00Z").expect("RFC 3339");
        for text in [
            "2021-06-15T10:30:00",
            "2021-06-15 10:30:00",
            "2021-06-15T10:30",
            "2021-06-15T18:30:00+0800",
            "2021-06-15T18:30:00.000+08:00",
            " 2021-06-15T05:30:00-05:00 ",
        ] {
            assert_eq!(instant(text), Ok(at), "{text}");
        }
        let midnight = instant("2021-06-15").expect("a date");
        assert_eq!(at.since_s(midnight), 37_800);
        for text in ["", "yesterday", "2021-06-15T", "2021-06-15T25:00:00Z", "2021-06-15T10:30+8"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }
}
