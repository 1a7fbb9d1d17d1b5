//! The answer to every situation, in the fixed order.

use crate::{NOW, World, claims, entry, key, masked, region, why};
use hutong_code::trust::{Adapter, Charset, KeyPurpose, KeyStatus, Text};
use hutong_code::verify::{Format, Step};
use hutong_code::{
    Algorithm, Answer, Freshness, Holder, PresentationError, PresentationText, Sign, VerifyContext,
    base45, issue, present, present_to, print, reason,
};
use hutong_model::limits::{CODE_TEXT_BYTES_MAX, PRESENTATION_BYTES_MAX, PRESENTATION_S_MAX};
use hutong_model::{Level, TestOutcome, Verdict};

fn world() -> World {
    World::new(Algorithm::EdDsa, Algorithm::Es256)
}

fn outcome(answer: &Answer) -> (Verdict, Option<Step>, &str) {
    (answer.verdict, answer.step, why(answer))
}

#[test]
fn a_good_code_says_everything() {
    let world = world();
    let answer = world.verify(&world.show(&world.claims()));
    assert_eq!(outcome(&answer), (Verdict::Yellow, None, "in-force"));
    assert_eq!((answer.format, answer.paper), (Format::Ht1, false));
    assert_eq!(answer.level, Some(Level::Yellow));
    assert_eq!(answer.issuer, Some(region("330000")));
    assert_eq!(answer.key_id, Some(world.issuer.key_id()));
    assert_eq!(answer.presented_at, Some(NOW.plus_s(-5)));
    let codes: Vec<&str> = answer.reasons.iter().map(|r| r.code.as_ref()).collect();
    assert_eq!(codes, ["in-force", "risk-area", "test-overdue", "declaration-overdue"]);
    assert_eq!(answer.clears.len(), 3);
    let test = answer.badges.and_then(|badges| badges.last_test).expect("last test");
    assert_eq!((test.outcome, test.hours), (TestOutcome::Negative, 2));
    assert_eq!((answer.trust.generation, answer.trust.freshness), (7, Freshness::Fresh));
}

#[test]
fn levels_and_their_absence() {
    let world = world();
    for (level, verdict) in [
        (Level::Green, Verdict::Green),
        (Level::Yellow, Verdict::Yellow),
        (Level::Red, Verdict::Red),
    ] {
        let mut claims = world.claims();
        claims.standing = Some(crate::standing(level));
        assert_eq!(world.verify(&world.show(&claims)).verdict, verdict);
    }
    let mut claims = world.claims();
    claims.standing = None;
    let answer = world.verify(&world.show(&claims));
    assert_eq!((answer.verdict, answer.level), (Verdict::Valid, None));
}

#[test]
fn json_is_camel_case_and_comes_back() {
    let world = world();
    let answer = world.verify(&world.show(&world.claims()));
    let json = serde_json::to_value(&answer).expect("json");
    assert_eq!(json["result"], "yellow");
    assert_eq!(json["issuer"], "330000");
    assert_eq!(json["keyId"], world.issuer.key_id().to_string());
    assert_eq!(json["pack"]["version"], "2025.10.1");
    assert_eq!(json["badges"]["vaccinationComplete"], true);
    assert_eq!(json["badges"]["lastTest"]["outcome"], "negative");
    assert_eq!(json["trust"]["madeAt"], "2025-10-09T07:53:20.000Z");
    assert_eq!(json["reasons"][1]["zh"], "近期到过风险区域。");
    assert!(json.get("step").is_none() && json.get("exception").is_none());
    assert_eq!(serde_json::from_value::<Answer>(json).expect("json"), answer);
}

#[test]
fn keys() {
    let mut world = world();
    let text = world.show(&world.claims());
    let good = world.body.keys.clone();
    let unverified = |reason| (Verdict::Unverified, Some(Step::Key), reason);
    // No key; the right id with another region; another key under the same id.
    world.body.keys.clear();
    assert_eq!(outcome(&world.verify(&text)), unverified("key-unknown"));
    world.body.keys = vec![entry("440000", &world.issuer)];
    assert_eq!(outcome(&world.verify(&text)), unverified("key-unknown"));
    let mut same_id = entry("330000", &key(Algorithm::EdDsa));
    same_id.key_id = world.issuer.key_id();
    world.body.keys = vec![same_id.clone()];
    let wrong = (Verdict::Invalid, Some(Step::Signature), "signature-wrong");
    assert_eq!(outcome(&world.verify(&text)), wrong);
    // Several keys share the id: the right one is found, in whatever order.
    for keys in [[same_id.clone(), good[0].clone()], [good[0].clone(), same_id]] {
        world.body.keys = keys.to_vec();
        assert_eq!(world.verify(&text).verdict, Verdict::Yellow);
    }
}

#[test]
fn keys_that_may_not_be_relied_on() {
    let mut world = world();
    let text = world.show(&world.claims());
    let good = world.body.keys.clone();
    let unverified = |reason| (Verdict::Unverified, Some(Step::Key), reason);
    world.body.keys[0].status = KeyStatus::Suspended;
    let answer = world.verify(&text);
    assert_eq!(outcome(&answer), unverified("key-suspended"));
    assert_eq!((answer.level, answer.subject), (None, None));
    // Retired after it was issued: it stands. Before: it does not.
    world.body.keys[0].status = KeyStatus::Retired;
    world.body.keys[0].not_after = Some(NOW.plus_s(-10));
    assert_eq!(world.verify(&text).verdict, Verdict::Yellow);
    world.body.keys[0].not_after = Some(NOW.plus_s(-70));
    assert_eq!(outcome(&world.verify(&text)), unverified("key-not-in-force"));
    world.body.keys = good.clone();
    world.body.keys[0].not_before = NOW;
    assert_eq!(outcome(&world.verify(&text)), unverified("key-not-in-force"));
    world.body.keys = good;
    world.body.keys[0].purposes = vec![KeyPurpose::TrustList, KeyPurpose::Paper];
    assert_eq!(outcome(&world.verify(&text)), unverified("key-purpose"));
    assert_eq!(world.verify(&world.paper()).verdict, Verdict::Yellow);
}

#[test]
fn a_level_without_a_line_of_the_ledger_counts_for_minutes() {
    let mut world = world();
    let mut ledger = entry("330000", &key(Algorithm::EdDsa));
    ledger.purposes = vec![KeyPurpose::Ledger];
    let mut claims = world.claims();
    claims.expires_at = NOW.plus_s(3600);
    if let Some(standing) = &mut claims.standing {
        standing.leaf = None;
    }
    claims.issued_at = NOW.plus_s(-600);
    let late = world.show(&claims);
    claims.issued_at = NOW.plus_s(-599);
    let young = world.show(&claims);
    // Its issuer has no ledger; then it has one.
    assert_eq!(world.verify(&late).verdict, Verdict::Yellow);
    world.body.keys.push(ledger);
    let answer = world.verify(&late);
    assert_eq!(outcome(&answer), (Verdict::Invalid, Some(Step::Ledger), "no-ledger-line"));
    assert_eq!(answer.level, None);
    assert_eq!(world.verify(&young).verdict, Verdict::Yellow);
    assert_eq!(world.verify(&world.show(&world.claims())).verdict, Verdict::Yellow);
    // No level, no line.
    claims.standing = None;
    claims.issued_at = NOW.plus_s(-3600);
    assert_eq!(world.verify(&world.show(&claims)).verdict, Verdict::Valid);
}

#[test]
fn the_age_of_the_trust_list() {
    let mut world = world();
    let text = world.show(&world.claims());
    world.body.made_at = NOW.plus_s(-2 * 86_400);
    let answer = world.verify(&text);
    assert_eq!((answer.verdict, answer.trust.freshness), (Verdict::Yellow, Freshness::Grace));
    assert!(answer.reasons.iter().any(|reason| reason.code == "trust-list-grace"));
    world.body.made_at = NOW.plus_s(-8 * 86_400);
    let answer = world.verify(&text);
    let expired = (Verdict::Unverified, Some(Step::Key), "trust-list-expired");
    assert_eq!((outcome(&answer), answer.level), (expired, None));
    world.body.made_at = NOW.plus_s(3600);
    assert_eq!(why(&world.verify(&text)), "trust-list-future");
}

#[test]
fn the_assertions_times() {
    let world = world();
    let at = |issued_s, expires_s| {
        let mut claims = world.claims();
        claims.issued_at = NOW.plus_s(issued_s);
        claims.expires_at = NOW.plus_s(expires_s);
        let answer = world.verify(&world.show(&claims));
        assert!(answer.is_positive() || answer.level.is_none());
        (answer.verdict, answer.step)
    };
    let expired = (Verdict::Expired, Some(Step::Validity));
    assert_eq!(at(-3600, 0), expired);
    assert_eq!(at(-3600, 1), (Verdict::Yellow, None));
    assert_eq!(at(-7200, -3600), expired);
    assert_eq!(at(40, 3600), (Verdict::Yellow, None));
    assert_eq!(at(61, 3600), (Verdict::Invalid, Some(Step::Validity)));
}

#[test]
fn the_presentations_time() {
    let world = world();
    let mut claims = world.claims();
    claims.issued_at = NOW.plus_s(-3600);
    let assertion = issue(&claims, &world.issuer).expect("issue");
    let at = |s| {
        let text = present(&assertion, NOW.plus_s(s), &world.device).expect("present");
        let answer = world.verify(&text);
        assert!(answer.is_positive() || answer.level.is_none());
        (answer.verdict, answer.step, why(&answer).to_owned())
    };
    let step = Some(Step::Freshness);
    assert_eq!(at(-PRESENTATION_S_MAX).0, Verdict::Yellow);
    assert_eq!(at(-PRESENTATION_S_MAX - 1), (Verdict::Expired, step, "presentation-stale".into()));
    assert_eq!(at(60).0, Verdict::Yellow);
    assert_eq!(at(61), (Verdict::Invalid, step, "presentation-future".into()));
    let early = (Verdict::Invalid, step, "presentation-before-issue".to_owned());
    assert_eq!(at(-3700), early);
}

#[test]
fn a_replay_passes_only_within_the_window() {
    // Offline a second showing within the window looks the same; after it, it is stale; and it
    // never answers a nonce.
    let world = world();
    let text = world.show(&world.claims());
    let verifier = world.verifier();
    for _ in 0..2 {
        assert!(verifier.verify(&text, &VerifyContext::at(NOW)).is_positive());
    }
    let later = VerifyContext::at(NOW.plus_s(PRESENTATION_S_MAX));
    assert_eq!(verifier.verify(&text, &later).verdict, Verdict::Expired);
    let asked = VerifyContext::at(NOW).expecting(b"8 bytes!");
    assert_eq!(why(&verifier.verify(&text, &asked)), "nonce-mismatch");
}

#[test]
fn nonces() {
    let world = world();
    let assertion = issue(&world.claims(), &world.issuer).expect("issue");
    let text = present_to(&assertion, NOW, b"gate 7, 10:00", &world.device).expect("present");
    let verifier = world.verifier();
    let asked = |nonce| verifier.verify(&text, &VerifyContext::at(NOW).expecting(nonce)).verdict;
    assert_eq!(asked(b"gate 7, 10:00"), Verdict::Yellow);
    assert_eq!(asked(b"gate 8, 10:00"), Verdict::Invalid);
    assert_eq!(world.verify(&text).verdict, Verdict::Yellow);
    let long = present_to(&assertion, NOW, &[1; 17], &world.device);
    assert_eq!(long, Err(PresentationError::Nonce));
}

#[test]
fn the_devices_signature() {
    let world = world();
    let assertion = issue(&world.claims(), &world.issuer).expect("issue");
    for algorithm in Algorithm::ALL {
        let thief = key(algorithm);
        let text = present(&assertion, NOW, &thief).expect("present");
        let answer = world.verify(&text);
        let wrong = (Verdict::Invalid, Some(Step::Device), "device-signature-wrong");
        assert_eq!(outcome(&answer), wrong);
    }
    let copied = print(&assertion).expect("print");
    let missing = (Verdict::Invalid, Some(Step::Device), "device-signature-missing");
    assert_eq!(outcome(&world.verify(&copied)), missing);
}

#[test]
fn paper() {
    let world = world();
    let answer = world.verify(&world.paper());
    assert_eq!((answer.verdict, answer.paper), (Verdict::Yellow, true));
    assert_eq!(answer.holder_masked, Some(masked()));
    assert_eq!(answer.presented_at, None);
    assert!(answer.reasons.iter().any(|reason| reason.code == "paper"));
    // Somebody's device signs a paper code: that proves nothing.
    let assertion = issue(&claims(Holder::Paper(masked())), &world.issuer).expect("issue");
    let signed = present(&assertion, NOW, &world.device).expect("present");
    assert_eq!(world.verify(&signed).verdict, Verdict::Invalid);
}

#[test]
fn foreign_codes() {
    let mut world = world();
    let adapter = |id: &str, prefix: &str| Adapter {
        id: id.into(),
        prefix: prefix.into(),
        charset: Charset::Digits,
        length_min: 8,
        length_max: 20,
        name: Text { zh: "黔康码".into(), en: "Qian code".into() },
        region: region("520000"),
    };
    world.body.adapters = vec![adapter("short", "QIAN"), adapter("long", "QIAN-B:")];
    let answer = world.verify("QIAN123456789");
    assert_eq!(outcome(&answer), (Verdict::Unverified, Some(Step::Key), "needs-callback"));
    assert_eq!((answer.format, answer.issuer), (Format::Opaque, Some(region("520000"))));
    assert_eq!(answer.adapter.expect("adapter").id.as_ref(), "short");
    assert_eq!(world.verify("QIAN-B:12345678").adapter.expect("adapter").id.as_ref(), "long");
    for text in ["QIAN1234567", "QIAN12345678X", "QIAN123456789012345678901"] {
        let malformed = (Verdict::Invalid, Some(Step::Prefix), "adapter-pattern");
        assert_eq!(outcome(&world.verify(text)), malformed);
    }
    // Online the system answers.
    let mut answer = world.verify("QIAN123456789");
    answer.conclude(Verdict::Green, None, reason::ReasonCode::CALLBACK_CONFIRMED);
    assert_eq!(outcome(&answer), (Verdict::Green, None, "callback-confirmed"));
}

#[test]
fn texts_that_are_no_codes() {
    let world = world();
    let at = |text: &str| {
        let answer = world.verify(text);
        (answer.verdict, answer.step.expect("step"))
    };
    for text in ["", "HT1", "ht1:ABC", "https://example.org/", " HT1:ABC", "健康码"] {
        assert_eq!(at(text), (Verdict::Invalid, Step::Prefix), "{text}");
    }
    assert_eq!(at("HC1:6BF"), (Verdict::Unverified, Step::Prefix));
    assert_eq!(at("shc:/5676"), (Verdict::Unverified, Step::Prefix));
    assert_eq!(at(&"A".repeat(CODE_TEXT_BYTES_MAX + 1)), (Verdict::Invalid, Step::Prefix));
    assert_eq!(at("HT1:abc"), (Verdict::Invalid, Step::Base45));
    assert_eq!(at("HT1:GGW"), (Verdict::Invalid, Step::Base45));
    assert_eq!(at("HT1:"), (Verdict::Invalid, Step::Cbor));
    let of = |bytes: &[u8]| at(&format!("HT1:{}", base45::encode(bytes)));
    assert_eq!(of(&[0x78, 0xda, 1, 2, 3]), (Verdict::Invalid, Step::Zlib));
    assert_eq!(of(&[0xa0]), (Verdict::Invalid, Step::Cbor));
    assert_eq!(of(&[0x81, 0x41, 0x00]), (Verdict::Invalid, Step::Cose));
    // An empty nonce is no second way to write none.
    let empty = [&[0x84, 0x40, 0x00, 0x40, 0x58, 0x40][..], &[0; 64]].concat();
    assert_eq!(of(&empty), (Verdict::Invalid, Step::Cbor));
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    flate2::Compress::new(flate2::Compression::best(), true)
        .compress_vec(bytes, &mut out, flate2::FlushCompress::Finish)
        .expect("deflate");
    out
}

#[test]
fn deflated_codes() {
    let world = world();
    let plain = world.show(&world.claims());
    let bytes = base45::decode(&plain.as_bytes()[4..]).expect("base45");
    let of = |bytes: &[u8]| world.verify(&format!("HT1:{}", base45::encode(bytes)));
    assert_eq!(of(&deflated(&bytes)).verdict, Verdict::Yellow);
    // Bytes after the stream, a cut stream, a bomb.
    let longer = [deflated(&bytes), vec![0]].concat();
    assert_eq!(of(&longer).step, Some(Step::Zlib));
    let whole = deflated(&bytes);
    assert_eq!(of(&whole[..whole.len() - 1]).step, Some(Step::Zlib));
    let bomb = deflated(&vec![0; PRESENTATION_BYTES_MAX + 1]);
    assert_eq!(of(&bomb).step, Some(Step::Zlib));
}

#[test]
fn deflates_only_where_smaller() {
    // Not an assertion, only bytes: presenting does not look into it.
    let device = key(Algorithm::EdDsa);
    let flat = present(&[7; 2000], NOW, &device).expect("present");
    assert!(flat.len() < 400, "{}", flat.len());
    assert_eq!(PresentationText::parse(&flat).expect("read").assertion(), [7; 2000]);
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..2000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let text = present(&noise, NOW, &device).expect("present");
    assert!(text.len() <= 4 + (2000 + 80) * 3 / 2);
    assert_eq!(PresentationText::parse(&text).expect("read").assertion(), noise);
    assert_eq!(present(&[0; PRESENTATION_BYTES_MAX], NOW, &device), Err(PresentationError::Large));
}

#[test]
fn line_ends_of_scanners_are_ignored() {
    let world = world();
    let text = format!("{}\r\n", world.show(&world.claims()));
    assert_eq!(world.verify(&text).verdict, Verdict::Yellow);
}

#[test]
fn many() {
    let world = world();
    let text = world.show(&world.claims());
    let (verifier, context) = (world.verifier(), VerifyContext::at(NOW));
    let answers: Vec<Verdict> =
        verifier.verify_many([text.as_str(), "x", &text], &context).map(|a| a.verdict).collect();
    assert_eq!(answers, [Verdict::Yellow, Verdict::Invalid, Verdict::Yellow]);
}

#[test]
fn the_table_of_reasons() {
    let table = reason::table();
    assert!(table.windows(2).all(|pair| pair[0].number < pair[1].number));
    for row in table {
        let code = reason::ReasonCode::from_number(row.number);
        assert_eq!(reason::ReasonCode::parse(row.name), Some(code));
        assert_eq!(code.text().en, row.text[1]);
        assert!(row.text[0].ends_with('。') && row.text[1].ends_with('.'), "{}", row.name);
    }
    let newer = reason::ReasonCode::from_number(999);
    assert_eq!(newer.text().code, "reason-999");
    assert_eq!(newer.clears(), None);
}
