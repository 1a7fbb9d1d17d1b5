//! `bench revocation`: bytes, wrong answers and speed of the forms of revocation lists.

use crate::{figures::Report, rates::rates};
use hutong_code::revocation::{
    BloomFilter, HashKind, Identifiers, MemberList, PartialHash, PartialHashes, Publication,
    Revocations, SignatureBytes, Status, StatusList,
};
use hutong_code::{Algorithm, SigningKey};
use hutong_model::Timestamp;
use std::hint::black_box;

/// Certificates that are taken back, and others that are asked for.
const REVOKED: u32 = 100_000;
const OTHERS: u32 = 4_000_000;
/// One of so many others may be found wrongly.
const ONE_IN: u64 = 100_000;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("revocation");
    sizes(&mut report);
    deltas(&mut report);
    speed(&mut report);
    report
}

fn hash(number: u32) -> PartialHash {
    PartialHash::of(&[&number.to_be_bytes()])
}

fn sizes(report: &mut Report) {
    let revoked = || (0..REVOKED).map(hash);
    let mut bloom = BloomFilter::for_elements(REVOKED, 1.0 / ONE_IN as f32).expect("a filter");
    revoked().for_each(|hash| bloom.add(hash.as_bytes()));
    let width = PartialHashes::width_for(REVOKED as usize, ONE_IN);
    let partial = PartialHashes::of(revoked(), width);
    let wrong = |found: &dyn Fn(&PartialHash) -> bool| {
        (REVOKED..REVOKED + OTHERS).filter(|number| found(&hash(*number))).count() as f64
    };
    let of_each = |bytes: usize| bytes as f64 / f64::from(REVOKED);
    let whole = of_each(PartialHashes::of(revoked(), 16).to_bytes().len());
    let wanted = f64::from(OTHERS) / ONE_IN as f64;
    let by_bloom = of_each(bloom.to_bytes().expect("whole words").len());
    report.add("Bloom filter, a certificate", by_bloom, "B", "a whole hash", whole);
    let found = wrong(&|hash| bloom.may_contain(hash.as_bytes()));
    report.add("Bloom filter, wrong answers of 4,000,000", found, "", "asked for", wanted);
    let by_partial = of_each(partial.to_bytes().len());
    report.add("variable hash list, a certificate", by_partial, "B", "a whole hash", whole);
    let found = wrong(&|hash| partial.may_contain(hash));
    report.add("variable hash list, wrong answers of 4,000,000", found, "", "asked for", wanted);
    // One of a hundred that were issued, spread evenly.
    let mut list = StatusList::new(1, u64::from(REVOKED) * 100).expect("a list");
    (0..REVOKED).for_each(|number| {
        let place = u32::from_be_bytes(*hash(number).as_bytes().first_chunk().expect("bytes"));
        list.set(u64::from(place) % (u64::from(REVOKED) * 100), Status::Invalid);
    });
    let packed = of_each(list.pack().len());
    report.add("status list, 1 of 100 revoked, a certificate", packed, "B", "a whole hash", whole);
}

/// A member's own list: its size and wrong answers, and what leads from one version to a later.
fn deltas(report: &mut Report) {
    let (key, now) =
        (SigningKey::generate(Algorithm::EdDsa).expect("a key"), Timestamp::from_unix_s(0));
    let mut publication =
        Publication::new("330000", MemberList::bits_for(REVOKED as usize, ONE_IN));
    (0..REVOKED).for_each(|number| {
        publication.revoke(HashKind::Token, hash(number));
    });
    publication.publish();
    let list = publication.whole(now);
    let bytes = list.sign(&key).expect("signed").len() as f64 / f64::from(REVOKED);
    report.add("a member's own list, a certificate", bytes, "B", "a whole hash", 16.0);
    let others = REVOKED..REVOKED + OTHERS;
    let found = others.filter(|number| list.may_contain(HashKind::Token, &hash(*number))).count();
    let wanted = f64::from(OTHERS) / ONE_IN as f64;
    let what = "a member's own list, wrong answers of 4,000,000";
    report.add(what, found as f64, "", "asked for", wanted);
    for day in 0..30 {
        (0..300).for_each(|number| {
            publication.revoke(HashKind::Token, hash(REVOKED + day * 300 + number));
        });
        publication.publish();
    }
    let delta = publication.since(1, now).expect("a delta").sign(&key).expect("signed");
    let whole = publication.whole(now).sign(&key).expect("signed");
    let what = "delta over 30 versions of 300 certificates each";
    report.add(what, delta.len() as f64, "B", "the whole list", whole.len() as f64);
}

fn speed(report: &mut Report) {
    let mut held = Revocations::default();
    let (width, signatures) = (PartialHashes::width_for(100_000, ONE_IN), OTHERS);
    let revoked = PartialHashes::of((0..REVOKED).map(hash), width);
    held.add_partial("XA", "list", None, HashKind::Signature, revoked);
    let mut number = 0_u32;
    let mut other = 0_u32;
    let [checked, hashed] = rates([
        &mut || {
            number = (number + 1) % signatures;
            let mut signature = [7; 64];
            signature[..4].copy_from_slice(&number.to_be_bytes());
            let mut certificate = Identifiers::of("XA", &[1; 8]);
            certificate.signature = Some(SignatureBytes::Ecdsa(&signature));
            black_box(held.check(black_box(&certificate)));
        },
        &mut || {
            other = (other + 1) % signatures;
            let mut half = [7; 32];
            half[..4].copy_from_slice(&other.to_be_bytes());
            black_box(PartialHash::of(&[black_box(&half)]));
        },
    ]);
    let what = "certificates looked up among 100,000 revoked, one core";
    report.add(what, checked, "/s", "one SHA-256 each", hashed);
}
