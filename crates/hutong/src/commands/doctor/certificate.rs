//! How long the TLS certificate still lasts. Reads only as much of X.509 as that takes
//! (RFC 5280 §4.1): the certificate's own structure down to its validity.

use super::Finding;
use crate::clock::SystemClock;
use hutong_model::{Clock, Timestamp};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::path::Path;

/// Days before its end from which on a certificate should be renewed.
const RENEW_DAYS: i64 = 14;

/// Looks at the certificate in a file.
pub fn look(path: &Path) -> Finding {
    let check = "TLS certificate";
    let ends = CertificateDer::from_pem_file(path).map(|der| not_after(&der));
    match ends {
        Err(error) => Finding::ill(
            check,
            format!("{}: {error}", path.display()),
            "[tls] certificate must name a PEM file",
        ),
        Ok(None) => Finding::ill(
            check,
            format!("{}: its validity cannot be read", path.display()),
            "have the certificate issued again",
        ),
        Ok(Some(ends)) => {
            let days = ends.since_s(SystemClock.now()).div_euclid(86_400);
            if days < RENEW_DAYS {
                let found = format!("ends in {days} days, on {ends}");
                Finding::ill(check, found, "renew it, then send the node SIGHUP")
            } else {
                Finding::well(check, format!("{days} days to run"))
            }
        }
    }
}

/// `notAfter` of a certificate.
fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = element(der, 0x30)?;
    let (mut fields, _) = element(certificate, 0x30)?;
    if let Some((_, rest)) = element(fields, 0xa0) {
        fields = rest; // version
    }
    for tag in [0x02, 0x30, 0x30] {
        fields = element(fields, tag)?.1; // serial number, signature algorithm, issuer
    }
    let (validity, _) = element(fields, 0x30)?;
    let (_, rest) = any(validity)?;
    let (time, _) = any(rest)?;
    let digits = std::str::from_utf8(time.1).ok()?.strip_suffix('Z')?;
    let full = match time.0 {
        // UTCTime has two digits of the year: 50 to 99 are of the last century (§4.1.2.5.1).
        0x17 if digits.get(..2)? >= "50" => format!("19{digits}"),
        0x17 => format!("20{digits}"),
        0x18 => digits.to_owned(),
        _ => return None,
    };
    let part = |range: std::ops::Range<usize>| full.get(range);
    let (date, time) = ((part(0..4)?, part(4..6)?, part(6..8)?), (part(8..10)?, part(10..12)?));
    let text = format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, time.0, time.1, part(12..14)?);
    Timestamp::parse(&text).ok()
}

/// The content of the first element, which has this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let ((found, content), rest) = any(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag and content of the first element, and what follows it.
#[expect(clippy::type_complexity, reason = "a pair and what follows it")]
fn any(bytes: &[u8]) -> Option<((u8, &[u8]), &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) || rest.len() < count {
            return None;
        }
        let length =
            rest[..count].iter().fold(0, |length, byte| (length << 8) | usize::from(*byte));
        (length, &rest[count..])
    };
    Some(((tag, rest.get(..length)?), rest.get(length..)?))
}
