//! Exceptions: only filed ones, only while in force, only where and for what they were filed.

use crate::{NOW, World, region, why};
use hutong_code::trust::{ExceptionScope, RecognitionException, Text};
use hutong_code::verify::Step;
use hutong_code::{Algorithm, Answer, VerifyContext};
use hutong_model::{Level, RegionCode, Verdict};

/// 440000 refuses the codes of 330000.
pub fn exception() -> RecognitionException {
    RecognitionException {
        id: "2025-0017".into(),
        region: region("440000"),
        refused: region("330000"),
        scope: ExceptionScope::All,
        reason: Text { zh: "数据核对中".into(), en: "Records are being reconciled".into() },
        legal_basis: "《传染病防治法》第四十二条".into(),
        filed_at: NOW.plus_s(-7200),
        effective_from: NOW.plus_s(-3600),
        expires_at: NOW.plus_s(3600),
    }
}

fn answer(here: Option<&str>, change: impl Fn(&mut RecognitionException)) -> Answer {
    let mut world = World::new(Algorithm::EdDsa, Algorithm::Es256);
    let mut filed = exception();
    change(&mut filed);
    world.body.exceptions = vec![filed];
    let context = VerifyContext { region: here.map(region), ..VerifyContext::at(NOW) };
    world.verifier().verify(&world.show(&world.claims()), &context)
}

#[test]
fn in_force_it_is_not_recognised_and_says_why() {
    let answer = answer(Some("440106"), |_| {});
    assert_eq!(answer.verdict, Verdict::NotRecognised);
    assert_eq!((answer.step, why(&answer)), (Some(Step::Recognition), "exception-in-force"));
    assert_eq!(answer.exception, Some(exception()));
    // It stays authentic: the level is told, so that nobody takes the refusal for a red.
    assert_eq!(answer.level, Some(Level::Yellow));
}

#[test]
fn where_when_and_what() {
    use ExceptionScope::{Foreign, Level as WithLevel, Paper, Plain};
    let here = |place| answer(place, |_| {}).verdict;
    assert_eq!(here(None), Verdict::Yellow);
    assert_eq!(here(Some("330000")), Verdict::Yellow);
    assert_eq!(here(Some("450000")), Verdict::Yellow);
    assert_eq!(here(Some("440000")), Verdict::NotRecognised);
    let changed =
        |change: &dyn Fn(&mut RecognitionException)| answer(Some("440000"), change).verdict;
    // Not begun; over; begun and over at this very instant.
    assert_eq!(changed(&|e| e.effective_from = NOW.plus_s(1)), Verdict::Yellow);
    assert_eq!(changed(&|e| e.expires_at = NOW), Verdict::Yellow);
    assert_eq!(changed(&|e| e.effective_from = NOW), Verdict::NotRecognised);
    // Of another region's codes; of the root's; of a city's people.
    assert_eq!(changed(&|e| e.refused = region("350000")), Verdict::Yellow);
    assert_eq!(changed(&|e| e.refused = RegionCode::NATION), Verdict::Yellow);
    assert_eq!(changed(&|e| e.refused = region("330100")), Verdict::NotRecognised);
    // By kind.
    assert_eq!(changed(&|e| e.scope = WithLevel), Verdict::NotRecognised);
    for other in [Paper, Plain, Foreign] {
        assert_eq!(changed(&|e| e.scope = other), Verdict::Yellow);
    }
}

#[test]
fn a_refusal_that_was_not_filed_first_has_no_form() {
    use hutong_code::{TrustError, TrustList};
    let refused = |change: &dyn Fn(&mut RecognitionException)| {
        let mut filed = exception();
        change(&mut filed);
        let mut body = crate::body(vec![]);
        body.exceptions = vec![filed];
        TrustList::of_body(body).expect_err("refused")
    };
    let because = |what| TrustError::Exception("2025-0017".into(), what);
    assert_eq!(
        refused(&|e| e.filed_at = e.effective_from.plus_s(1)),
        because("takes effect before it is filed")
    );
    assert_eq!(
        refused(&|e| e.expires_at = e.effective_from),
        because("expires before it takes effect")
    );
    assert_eq!(refused(&|e| e.legal_basis = " ".into()), because("legal basis"));
    assert_eq!(refused(&|e| e.reason.en = "".into()), because("reason"));
}

#[test]
fn an_expired_code_is_expired_before_it_is_not_recognised() {
    let mut world = World::new(Algorithm::EdDsa, Algorithm::EdDsa);
    world.body.exceptions = vec![exception()];
    let mut claims = world.claims();
    claims.expires_at = NOW;
    let context = VerifyContext::at(NOW).in_region(region("440000"));
    let answer = world.verifier().verify(&world.show(&claims), &context);
    assert_eq!((answer.verdict, answer.exception), (Verdict::Expired, None));
}
