//! Our own certificate of records: an assertion on paper that states records and no level (see
//! [`crate::assertion`], fact 10), as the text of a code, `HT1:`.

use super::IssueError;
use crate::assertion::{self, AssertionClaims, Badges, Holder, Masked};
use crate::foreign::Record;
use crate::presentation::print;
use crate::suite::Sign;
use hutong_model::{PersonId, RegionCode, Timestamp};

/// What a certificate of records states. Times are in whole seconds.
#[derive(Debug, Clone)]
pub struct CertificateClaims {
    /// The issuing node's region.
    pub issuer: RegionCode,
    /// The person's id at the issuing node.
    pub subject: PersonId,
    /// When it is issued.
    pub issued_at: Timestamp,
    /// The first instant at which it no longer holds: at most
    /// [`hutong_model::limits::CERTIFICATE_S_MAX`] later.
    pub expires_at: Timestamp,
    /// Sixteen random bytes that name it.
    pub cti: [u8; 16],
    /// The person's masked name and document.
    pub holder: Masked,
    /// The records, from one to [`hutong_model::limits::CERTIFICATE_RECORDS_MAX`].
    pub records: Vec<Record>,
}

/// Issues a certificate of records, as the text of its code.
///
/// # Errors
/// [`IssueError::Missing`] where there are no records, [`IssueError::Assertion`] naming the field
/// that cannot be stated, [`IssueError::Presentation`] where it is too large.
pub fn issue(claims: &CertificateClaims, key: &dyn Sign) -> Result<String, IssueError> {
    if claims.records.is_empty() {
        return Err(IssueError::Missing("records"));
    }
    let claims = AssertionClaims {
        issuer: claims.issuer,
        subject: claims.subject,
        issued_at: claims.issued_at,
        expires_at: claims.expires_at,
        cti: claims.cti,
        holder: Holder::Paper(claims.holder.clone()),
        standing: None,
        residence: None,
        badges: Badges::default(),
        records: claims.records.clone(),
    };
    Ok(print(&assertion::issue(&claims, key)?)?)
}
