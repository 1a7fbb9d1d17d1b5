//! Whether an issuer has taken a certificate back: asked last, of authentic certificates in force.

use super::record::Record;
use super::refusal::Refusal;
use crate::reason::ReasonCode;
use crate::revocation::{Identifiers, Revocations, SignatureBytes};
use crate::verify::Step;
use hutong_model::{Timestamp, Verdict};

/// By what a certificate is found, beside the ids of its records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'c> {
    /// The country of the key or the `iss` of the text.
    pub(crate) issuer: &'c str,
    /// The bytes of COSE, the text of JOSE.
    pub(crate) key_id: &'c [u8],
    pub(crate) signature: &'c [u8],
    /// Whether that is the two numbers of an ECDSA signature.
    pub(crate) ecdsa: bool,
    /// `rid` of a SMART Health Card.
    pub(crate) rid: Option<&'c str>,
    pub(crate) issued_at: Option<Timestamp>,
}

/// Asks for the certificate itself and for each of its records' ids.
pub(crate) fn check(
    held: Option<&Revocations>,
    signed: &Signed<'_>,
    records: &[Record],
) -> Result<(), Refusal> {
    let Some(held) = held else { return Ok(()) };
    let asked = |certificate: &Identifiers<'_>| match held.check(certificate) {
        Some(_) => {
            let (step, reason) = (Step::Revocation, ReasonCode::STATUS_REVOKED);
            Err(Refusal::new(Verdict::Revoked, step, reason))
        }
        None => Ok(()),
    };
    asked(&signed.identifiers())?;
    if let (Some(_), Ok(key_id)) = (signed.rid, std::str::from_utf8(signed.key_id)) {
        // A list of cards from a file, which says whose key it is about, not at whose address it
        // lay.
        let mut card = signed.identifiers();
        card.issuer = key_id;
        asked(&card)?;
    }
    for id in records.iter().filter_map(certificate_id) {
        let mut record = Identifiers::of(signed.issuer, signed.key_id);
        record.uci = Some(id);
        asked(&record)?;
    }
    Ok(())
}

impl<'c> Signed<'c> {
    fn identifiers(&self) -> Identifiers<'c> {
        let signature = match self.ecdsa {
            true => SignatureBytes::Ecdsa(self.signature),
            false => SignatureBytes::Other(self.signature),
        };
        let mut certificate = Identifiers::of(self.issuer, self.key_id);
        certificate.signature = Some(signature);
        certificate.rid = self.rid;
        certificate.issued_at_s = self.issued_at.map(Timestamp::unix_s).unwrap_or_default();
        certificate
    }
}

fn certificate_id(record: &Record) -> Option<&str> {
    match record {
        Record::Vaccination(vaccination) => vaccination.provenance.certificate.as_deref(),
        Record::Test(test) => test.provenance.certificate.as_deref(),
        Record::Recovery(recovery) => recovery.provenance.certificate.as_deref(),
    }
}
