//! What the code benchmarks state: a full assertion with level, reasons and badges.

use hutong_code::{
    AssertionClaims, Badges, CoseKey, Holder, Label, LastTest, LeafRef, PackRef, ReasonCode, Sign,
    SigningKey, Standing, TrustList, TrustListBody, Verifier,
    trust::{KeyPurpose, TrustedKey},
};
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp};

/// The instant at which everything happens.
pub const NOW: Timestamp = Timestamp::from_unix_s(1_760_000_000);

/// Claims with every badge and three reasons, for a device.
pub fn claims(device: &CoseKey) -> AssertionClaims {
    let label = |text: &str| Label::parse(text).expect("label");
    let region = |text: &str| RegionCode::parse(text).expect("region");
    AssertionClaims {
        issuer: region("330000"),
        subject: PersonId::from_bytes([0xa7; 16]),
        issued_at: NOW,
        expires_at: NOW.plus_s(24 * 3600),
        cti: [0x5c; 16],
        holder: Holder::Device(device.clone()),
        standing: Some(Standing {
            level: Level::Yellow,
            reasons: vec![
                ReasonCode::POOLED_POSITIVE,
                ReasonCode::SYMPTOMS,
                ReasonCode::CONTACT_DECLARED,
            ],
            event: label("2026-respiratory"),
            pack: PackRef { id: label("baseline"), version: label("1") },
            leaf: Some(LeafRef::from_bytes([0x6d; LeafRef::BYTES])),
        }),
        residence: Some(region("330106")),
        badges: Badges {
            vaccination_complete: Some(true),
            last_test: Some(LastTest { at: NOW.plus_s(-7200), outcome: TestOutcome::Negative }),
        },
        records: Vec::new(),
    }
}

/// A verifier that trusts one issuer's key.
pub fn verifier(issuer: &SigningKey) -> Verifier {
    let region = RegionCode::parse("330000").expect("region");
    let purposes = [KeyPurpose::Assertion];
    let key = issuer.public_key().cose_key();
    let body = TrustListBody {
        generation: 1,
        made_at: NOW,
        issuer: RegionCode::NATION,
        fresh_s: 86_400,
        grace_s: 86_400,
        keys: vec![TrustedKey::new(region, key, &purposes, NOW.plus_s(-1))],
        regions: vec![],
        adapters: vec![],
        exceptions: vec![],
    };
    Verifier::new(TrustList::of_body(body).expect("trust list"))
}
