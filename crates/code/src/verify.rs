//! Verification: one text in, one answer of the closed set out, with where it failed, why, by
//! which data, and what would clear it. Offline by nature: it needs the trust list and the time.
//!
//! The order is fixed, and the first thing that is wrong is the answer:
//!
//! 1. read the text, the presentation and the claims (else `invalid`; a foreign system's code is
//!    `unverified` with `needs-callback`);
//! 2. the trust list must not be expired, and must have a key of that issuer (else `unverified`);
//! 3. the issuer's signature (else `invalid`), by a key that was in force and admitted for it
//!    (else `unverified`);
//! 4. the assertion's own times (`expired`, or `invalid` if from the future);
//! 5. a line of the ledger for a level, where the issuer has a ledger (else `invalid`);
//! 6. the device's signature (else `invalid`) and its age (stale: `expired`);
//! 7. exceptions in force where the verifier stands (`not_recognised`);
//! 8. the level, or `valid` when there is none.
//!
//! What an unsigned text claims is not repeated: until step 3 succeeds an answer holds only the
//! issuer and key that the text names. A replay within the window in which a presentation is
//! fresh (`PRESENTATION_S_MAX`) cannot be seen offline; online verifiers remember what they saw,
//! or give a nonce.

mod answer;

pub use answer::{
    AdapterRef, Answer, BadgesShown, Format, LastTestShown, Step, TrustState, VerifyContext,
};

use crate::assertion::{Assertion, AssertionError, Holder};
use crate::presentation::{PREFIX, PresentationError, PresentationText};
use crate::reason::ReasonCode;
use crate::sign1::Sign1Error;
use crate::trust::{ExceptionScope, Freshness, KeyPurpose, KeyStatus, PreparedKey, TrustList};
use hutong_model::limits::{
    CLOCK_SKEW_S_MAX, CODE_TEXT_BYTES_MAX, LEDGER_GRACE_S, PRESENTATION_S_MAX,
};
use hutong_model::{Timestamp, Verdict};

/// Prefixes of certificates of other systems that are known by name: EU Digital COVID
/// Certificate, SMART Health Cards, and WHO's certificates.
const OTHER_PREFIXES: [&str; 5] = ["HC1:", "shc:/", "HC2:", "HCERT:", "HC3:"];

/// Where and why a verification ended otherwise than well.
type Failure = (Verdict, Step, ReasonCode);

const fn invalid(step: Step, reason: ReasonCode) -> Failure {
    (Verdict::Invalid, step, reason)
}
const fn unverified(step: Step, reason: ReasonCode) -> Failure {
    (Verdict::Unverified, step, reason)
}

/// Verifies codes with one trust list.
#[derive(Debug, Clone)]
pub struct Verifier {
    trust: TrustList,
}

impl Verifier {
    /// A verifier with this trust list.
    pub fn new(trust: TrustList) -> Self {
        Self { trust }
    }
    /// The trust list.
    pub fn trust(&self) -> &TrustList {
        &self.trust
    }

    /// Verifies one text. Never panics, whatever the text.
    pub fn verify(&self, text: &str, context: &VerifyContext<'_>) -> Answer {
        let mut answer = Answer::new(&self.trust, context.now);
        match self.decide(text, context, &mut answer) {
            Ok(verdict) => answer.succeed(verdict),
            Err((verdict, step, reason)) => answer.fail(verdict, step, reason),
        }
        answer
    }

    /// Verifies one text after the other, each when it is asked for.
    pub fn verify_many<'a>(
        &'a self,
        texts: impl IntoIterator<Item = &'a str> + 'a,
        context: &'a VerifyContext<'a>,
    ) -> impl Iterator<Item = Answer> + 'a {
        texts.into_iter().map(move |text| self.verify(text, context))
    }

    fn decide(
        &self,
        text: &str,
        context: &VerifyContext<'_>,
        answer: &mut Answer,
    ) -> Result<Verdict, Failure> {
        if text.len() > CODE_TEXT_BYTES_MAX {
            return Err(invalid(Step::Prefix, ReasonCode::TOO_LARGE));
        }
        let text = text.trim_matches(['\r', '\n', '\t']);
        if !text.starts_with(PREFIX) {
            return Err(self.foreign(text, answer));
        }
        answer.format = Format::Ht1;
        let presentation = PresentationText::parse(text).map_err(presentation_failure)?;
        answer.paper = presentation.is_paper();
        let assertion = Assertion::parse(presentation.assertion()).map_err(assertion_failure)?;
        answer.issuer = Some(assertion.claims().issuer);
        answer.key_id = Some(assertion.key_id());
        self.check_trust(context.now, answer)?;
        self.check_issuer(&assertion)?;
        answer.take_claims(assertion.claims(), context.now);
        answer.presented_at = presentation.presented_at();
        check_times(&assertion, context.now)?;
        self.check_ledger(&assertion, context.now)?;
        check_holder(&assertion, &presentation, context, answer)?;
        self.check_exceptions(&assertion, context, answer)?;
        let standing = assertion.claims().standing.as_ref();
        Ok(standing.map_or(Verdict::Valid, |standing| standing.level.into()))
    }

    /// A text that is not one of ours.
    fn foreign(&self, text: &str, answer: &mut Answer) -> Failure {
        if let Some(adapter) = self.trust.adapter_for(text) {
            answer.format = Format::Opaque;
            answer.issuer = Some(adapter.region);
            answer.adapter = Some(AdapterRef::of(adapter));
            return match adapter.matches(text) {
                true => unverified(Step::Key, ReasonCode::NEEDS_CALLBACK),
                false => invalid(Step::Prefix, ReasonCode::ADAPTER_PATTERN),
            };
        }
        if OTHER_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            answer.format = Format::Other;
            return unverified(Step::Prefix, ReasonCode::FORMAT_NOT_SUPPORTED);
        }
        invalid(Step::Prefix, ReasonCode::NOT_A_CODE)
    }

    fn check_trust(&self, now: Timestamp, answer: &mut Answer) -> Result<(), Failure> {
        match answer.trust.freshness {
            Freshness::Fresh => Ok(()),
            Freshness::Grace => {
                answer.warn(ReasonCode::TRUST_LIST_GRACE);
                Ok(())
            }
            Freshness::Expired if self.trust.is_from_future(now) => {
                Err(unverified(Step::Key, ReasonCode::TRUST_LIST_FUTURE))
            }
            Freshness::Expired => Err(unverified(Step::Key, ReasonCode::TRUST_LIST_EXPIRED)),
        }
    }

    /// Finds the key that made the signature. Several may share its id: each of the issuer's is
    /// tried, and one that may be relied on counts before one that may not.
    fn check_issuer(&self, assertion: &Assertion<'_>) -> Result<(), Failure> {
        let issuer = assertion.claims().issuer;
        let mut sharing = self
            .trust
            .prepared(assertion.key_id(), issuer)
            .filter(|prepared| prepared.key.algorithm() == assertion.algorithm())
            .peekable();
        if sharing.peek().is_none() {
            return Err(unverified(Step::Key, ReasonCode::KEY_UNKNOWN));
        }
        let message = assertion.message();
        let mut failure = invalid(Step::Signature, ReasonCode::SIGNATURE_WRONG);
        for prepared in sharing {
            if prepared.key.verify(&message, assertion.signature()).is_err() {
                continue;
            }
            match may_sign(prepared, assertion) {
                Ok(()) => return Ok(()),
                Err(reason) => failure = unverified(Step::Key, reason),
            }
        }
        Err(failure)
    }

    /// A level without a line in the ledger of an issuer that has one does not count, once the
    /// grace is over.
    fn check_ledger(&self, assertion: &Assertion<'_>, now: Timestamp) -> Result<(), Failure> {
        let claims = assertion.claims();
        let Some(standing) = &claims.standing else { return Ok(()) };
        let grace = now < claims.issued_at.plus_s(LEDGER_GRACE_S);
        if standing.leaf.is_some() || grace || !self.trust.has_ledger(claims.issuer) {
            return Ok(());
        }
        Err(invalid(Step::Ledger, ReasonCode::NO_LEDGER_LINE))
    }

    fn check_exceptions(
        &self,
        assertion: &Assertion<'_>,
        context: &VerifyContext<'_>,
        answer: &mut Answer,
    ) -> Result<(), Failure> {
        let Some(here) = context.region else { return Ok(()) };
        let claims = assertion.claims();
        let level = claims.standing.as_ref().map(|standing| standing.level);
        let kind = ExceptionScope::of_code(claims.is_paper(), level);
        let (now, issuer) = (context.now, claims.issuer);
        match self.trust.exception_for(now, here, issuer, claims.residence, kind) {
            None => Ok(()),
            Some(exception) => {
                answer.exception = Some(exception.clone());
                let reason = ReasonCode::EXCEPTION_IN_FORCE;
                Err((Verdict::NotRecognised, Step::Recognition, reason))
            }
        }
    }
}

/// Whether a key that made the signature was allowed to.
fn may_sign(prepared: &PreparedKey, assertion: &Assertion<'_>) -> Result<(), ReasonCode> {
    let (entry, claims) = (&prepared.entry, assertion.claims());
    let purpose = if claims.is_paper() { KeyPurpose::Paper } else { KeyPurpose::Assertion };
    match entry.status {
        KeyStatus::Suspended => Err(ReasonCode::KEY_SUSPENDED),
        _ if !entry.is_for(purpose) => Err(ReasonCode::KEY_PURPOSE),
        _ if !entry.in_window(claims.issued_at) => Err(ReasonCode::KEY_NOT_IN_FORCE),
        KeyStatus::Active | KeyStatus::Retired => Ok(()),
    }
}

fn check_times(assertion: &Assertion<'_>, now: Timestamp) -> Result<(), Failure> {
    let claims = assertion.claims();
    if claims.issued_at.since_s(now) > CLOCK_SKEW_S_MAX {
        return Err(invalid(Step::Validity, ReasonCode::ISSUED_IN_FUTURE));
    }
    if now >= claims.expires_at {
        return Err((Verdict::Expired, Step::Validity, ReasonCode::EXPIRED));
    }
    Ok(())
}

/// The device's signature and its age; on paper, the masked name.
fn check_holder(
    assertion: &Assertion<'_>,
    presentation: &PresentationText,
    context: &VerifyContext<'_>,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let key = match (&assertion.claims().holder, presentation.is_paper()) {
        (Holder::Device(key), false) => key,
        (Holder::Device(_), true) => {
            return Err(invalid(Step::Device, ReasonCode::DEVICE_SIGNATURE_MISSING));
        }
        (Holder::Paper(_), true) => {
            answer.warn(ReasonCode::PAPER);
            return Ok(());
        }
        (Holder::Paper(_), false) => {
            return Err(invalid(Step::Device, ReasonCode::DEVICE_SIGNATURE_WRONG));
        }
    };
    if presentation.verify_device(key).is_err() {
        return Err(invalid(Step::Device, ReasonCode::DEVICE_SIGNATURE_WRONG));
    }
    if context.nonce.is_some() && context.nonce != presentation.nonce() {
        return Err(invalid(Step::Device, ReasonCode::NONCE_MISMATCH));
    }
    let at = presentation.presented_at().unwrap_or_default();
    if at.since_s(context.now) > CLOCK_SKEW_S_MAX {
        return Err(invalid(Step::Freshness, ReasonCode::PRESENTATION_FUTURE));
    }
    if assertion.claims().issued_at.since_s(at) > CLOCK_SKEW_S_MAX {
        return Err(invalid(Step::Freshness, ReasonCode::PRESENTATION_BEFORE_ISSUE));
    }
    if context.now.since_s(at) > PRESENTATION_S_MAX {
        return Err((Verdict::Expired, Step::Freshness, ReasonCode::PRESENTATION_STALE));
    }
    Ok(())
}

fn presentation_failure(error: PresentationError) -> Failure {
    let step = match error {
        PresentationError::Large => return invalid(Step::Prefix, ReasonCode::TOO_LARGE),
        PresentationError::Prefix => return invalid(Step::Prefix, ReasonCode::NOT_A_CODE),
        PresentationError::Base45(_) => Step::Base45,
        PresentationError::Zlib => Step::Zlib,
        PresentationError::Cbor(_) | PresentationError::Nonce | PresentationError::Suite(_) => {
            Step::Cbor
        }
    };
    invalid(step, ReasonCode::MALFORMED)
}

fn assertion_failure(error: AssertionError) -> Failure {
    match error {
        AssertionError::Sign1(Sign1Error::Algorithm(_)) => {
            unverified(Step::Cose, ReasonCode::ALGORITHM_UNKNOWN)
        }
        AssertionError::Sign1(_) => invalid(Step::Cose, ReasonCode::MALFORMED),
        AssertionError::Cbor(_)
        | AssertionError::Claim(_)
        | AssertionError::Life
        | AssertionError::Suite(_) => invalid(Step::Schema, ReasonCode::MALFORMED),
    }
}
