//! Whatever anybody carries: one text in, one [`Reading`] out. Codes of ours, codes of systems that
//! a member has described, and certificates of other systems, with all trust in one place.

mod seen;
mod trust_file;

pub use seen::{CachingScanner, SEEN_S};
pub use trust_file::TrustFileError;

use crate::foreign::keys::ForeignKeys;
use crate::foreign::{ForeignContext, ForeignVerifier, Reading, detect};
use crate::reason::ReasonCode;
use crate::revocation::{Identifiers, Revocations};
use crate::trust::TrustList;
use crate::verify::{Answer, Format, Step, Verifier, VerifyContext};
use hutong_model::Verdict;
use hutong_model::limits::CODE_TEXT_BYTES_MAX;

/// Verifies texts of every known kind.
#[derive(Debug, Clone, Default)]
pub struct Scanner {
    own: Option<Verifier>,
    foreign: ForeignVerifier,
    revocations: Revocations,
}

impl Scanner {
    /// A scanner that trusts these: our own trust list, where there is one, and the keys of other
    /// systems; and that knows of these revocations.
    pub fn new(own: Option<TrustList>, keys: ForeignKeys, revocations: Revocations) -> Self {
        Self { own: own.map(Verifier::new), foreign: ForeignVerifier::new(keys), revocations }
    }

    /// Our own trust list.
    pub fn own(&self) -> Option<&TrustList> {
        self.own.as_ref().map(Verifier::trust)
    }

    /// The keys of other systems.
    pub fn foreign_keys(&self) -> &ForeignKeys {
        self.foreign.keys()
    }

    /// Verifies one text. Never panics, whatever the text. The region and the nonce of the context
    /// are for codes of ours.
    pub fn scan(&self, text: &str, context: &VerifyContext<'_>) -> Reading {
        let text = text.trim_matches(['\r', '\n', '\t']);
        match (detect(text), &self.own) {
            (Format::Ht1, Some(own)) => self.own_code(own, text, context),
            (Format::Ht1, None) => {
                self.own_code(&Verifier::new(TrustList::empty(context.now)), text, context)
            }
            (Format::Unknown | Format::Other, Some(own))
                if own.trust().adapter_for(text).is_some() =>
            {
                own.verify(text, context).into()
            }
            _ => {
                let context = ForeignContext::at(context.now).knowing(&self.revocations);
                self.foreign.verify(text, &context)
            }
        }
    }

    /// The same of a line of bytes, which may be no text at all.
    pub fn scan_bytes(&self, line: &[u8], context: &VerifyContext<'_>) -> Reading {
        match std::str::from_utf8(line) {
            Ok(text) => self.scan(text, context),
            // What was cut off may have been cut within a character.
            Err(_) if line.len() > CODE_TEXT_BYTES_MAX => Reading::no_text(ReasonCode::TOO_LARGE),
            Err(_) => Reading::no_text(ReasonCode::NOT_A_CODE),
        }
    }

    fn own_code(&self, own: &Verifier, text: &str, context: &VerifyContext<'_>) -> Reading {
        let mut answer = own.verify(text, context);
        if answer.is_positive() && self.is_taken_back(&answer) {
            let step = Some(Step::Revocation);
            answer.conclude(Verdict::Revoked, step, ReasonCode::STATUS_REVOKED);
        }
        answer.into()
    }

    /// Whether the issuer's list has the code's own id.
    fn is_taken_back(&self, answer: &Answer) -> bool {
        let (Some(issuer), Some(key_id)) = (answer.issuer, answer.key_id) else { return false };
        let Some(Ok(token)) = answer.cti.as_ref().map(hex::decode) else { return false };
        let (issuer, key_id) = (issuer.to_string(), key_id.to_string());
        let mut certificate = Identifiers::of(&issuer, key_id.as_bytes());
        certificate.token = Some(&token);
        self.revocations.check(&certificate).is_some()
    }
}
