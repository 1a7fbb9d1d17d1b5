//! The health code through its public surface.

mod assertion;
mod base45;
mod decision;
mod exceptions;
mod keys;
mod matrix;
mod place;
mod qr;
mod revocation;
mod revocation_lists;
mod tamper;
mod trust;

use hutong_code::reason::ReasonCode;
use hutong_code::trust::{KeyPurpose, TrustedKey};
use hutong_code::{
    Algorithm, Answer, AssertionClaims, Badges, Holder, Label, LastTest, LeafRef, Masked, PackRef,
    Sign, SigningKey, Standing, TrustList, TrustListBody, Verifier, VerifyContext, issue, present,
    print,
};
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp};

/// When everything in these tests happens.
const NOW: Timestamp = Timestamp::from_unix_s(1_760_000_000);

fn region(text: &str) -> RegionCode {
    RegionCode::parse(text).expect("region")
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("label")
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).expect("key")
}

fn standing(level: Level) -> Standing {
    Standing {
        level,
        reasons: vec![
            ReasonCode::RISK_AREA,
            ReasonCode::TEST_OVERDUE,
            ReasonCode::DECLARATION_OVERDUE,
        ],
        event: label("2025-covid-19"),
        pack: PackRef { id: label("cn-basic"), version: label("2025.10.1") },
        leaf: Some(LeafRef::from_bytes([0x6d; LeafRef::BYTES])),
    }
}

fn claims(holder: Holder) -> AssertionClaims {
    AssertionClaims {
        issuer: region("330000"),
        subject: PersonId::from_bytes([0xa7; 16]),
        issued_at: NOW.plus_s(-60),
        expires_at: NOW.plus_s(23 * 3600),
        cti: [0x5c; 16],
        holder,
        standing: Some(standing(Level::Yellow)),
        residence: Some(region("330106")),
        badges: Badges {
            vaccination_complete: Some(true),
            last_test: Some(LastTest { at: NOW.plus_s(-7300), outcome: TestOutcome::Negative }),
        },
        records: Vec::new(),
    }
}

fn masked() -> Masked {
    Masked::parse("欧阳**", "3301**********002X").expect("masked")
}

fn entry(issuer: &str, key: &SigningKey) -> TrustedKey {
    let purposes = [KeyPurpose::Assertion, KeyPurpose::Paper];
    let from = NOW.plus_s(-86_400);
    TrustedKey::new(region(issuer), key.public_key().cose_key(), &purposes, from)
}

fn body(keys: Vec<TrustedKey>) -> TrustListBody {
    TrustListBody {
        generation: 7,
        made_at: NOW.plus_s(-3600),
        issuer: RegionCode::NATION,
        fresh_s: 86_400,
        grace_s: 6 * 86_400,
        keys,
        regions: vec![],
        adapters: vec![],
        exceptions: vec![],
    }
}

/// An issuer, a device, and a verifier that trusts the issuer.
struct World {
    issuer: SigningKey,
    device: SigningKey,
    body: TrustListBody,
}

impl World {
    fn new(issuer: Algorithm, device: Algorithm) -> Self {
        let issuer = key(issuer);
        let body = body(vec![entry("330000", &issuer)]);
        Self { issuer, device: key(device), body }
    }
    fn claims(&self) -> AssertionClaims {
        claims(Holder::Device(self.device.public_key().cose_key().clone()))
    }
    fn show(&self, claims: &AssertionClaims) -> String {
        let assertion = issue(claims, &self.issuer).expect("issue");
        present(&assertion, NOW.plus_s(-5), &self.device).expect("present")
    }
    fn paper(&self) -> String {
        let assertion = issue(&claims(Holder::Paper(masked())), &self.issuer).expect("issue");
        print(&assertion).expect("print")
    }
    fn verifier(&self) -> Verifier {
        Verifier::new(TrustList::of_body(self.body.clone()).expect("trust list"))
    }
    fn verify(&self, text: &str) -> Answer {
        self.verifier().verify(text, &VerifyContext::at(NOW))
    }
}

/// The first reason: what decided the answer.
fn why(answer: &Answer) -> &str {
    answer.reasons.first().map_or("", |reason| reason.code.as_ref())
}
