//! Corrections and withdrawals, and the queue of requests for them.

use super::*;
use hutong_model::entry::{CorrectionAnswer, CorrectionRequest};

fn correcting(target: EntryId, new: NewFact) -> NewFact {
    NewFact { replaces: Some(target), ..new }
}
fn request(number: u64, record: EntryId) -> NewFact {
    let statement = "that was my brother".into();
    fact(
        entry_id(number),
        Fact::CorrectionRequest(CorrectionRequest { record, statement, appeal_until: None }),
    )
}
fn answer(number: u64, request: EntryId) -> NewFact {
    let answer = CorrectionAnswer { request, corrected_by: None, reason: "it is right".into() };
    fact(entry_id(number), Fact::CorrectionAnswer(answer))
}

pub async fn a_member_corrects_its_own_records_only(store: Arc<dyn Store>) {
    let (clinic, other) = (member("clinic"), member("other"));
    let first = written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")])).await;
    let of = |member: &MemberId, new| row(member, &[passport(1)], vec![new]);
    let foreign = correcting(first.entry, dose(&other, "b", "2"));
    assert_eq!(admit(&*store, of(&other, foreign)).await.kind, OutcomeKind::TargetUnknown);
    let nothing = correcting(entry_id(1), dose(&clinic, "b", "2"));
    assert_eq!(admit(&*store, of(&clinic, nothing)).await.kind, OutcomeKind::TargetUnknown);
    let right = correcting(first.entry, dose(&clinic, "b", "2"));
    let second = written(&*store, of(&clinic, right.clone())).await;
    assert_eq!(admit(&*store, of(&clinic, right)).await.kind, OutcomeKind::Duplicate);
    let withdrawal =
        correcting(second.entry, fact(entry_id(2), Fact::Retraction("not given".into())));
    written(&*store, of(&clinic, withdrawal)).await;
    // All stay, and each says what it replaces.
    let entries = store.entries_of(&[first.person]).await.expect("read");
    let replaced: Vec<_> = entries.iter().filter_map(|stored| stored.entry.replaces).collect();
    assert_eq!((entries.len(), replaced), (4, vec![first.entry, second.entry]));
}

pub async fn a_node_may_pass_a_correction_before_its_target(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let target = dose(&clinic, "a", "1");
    let passed = |new| AdmitRow { from_node: true, ..row(&clinic, &[passport(1)], vec![new]) };
    written(&*store, passed(correcting(target.id, dose(&clinic, "b", "2")))).await;
    let outcome = written(&*store, passed(target)).await;
    assert_eq!(records(&*store, outcome.person).await.len(), 2);
}

pub async fn a_target_may_be_earlier_in_the_row_or_batch(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let of = |facts| row(&clinic, &[passport(1)], facts);
    let (a, b) = (dose(&clinic, "a", "1"), dose(&clinic, "b", "1"));
    let c = correcting(a.id, dose(&clinic, "c", "2"));
    written(&*store, of(vec![a, c.clone()])).await;
    let outcomes = admit_all(
        &*store,
        vec![of(vec![b.clone()]), of(vec![correcting(b.id, dose(&clinic, "d", "2"))])],
    )
    .await;
    assert!(outcomes.iter().all(|outcome| outcome.kind == OutcomeKind::Admitted));
}

pub async fn requests_wait_for_the_member_of_the_record(store: Arc<dyn Store>) {
    let (clinic, node) = (member("clinic"), member("node"));
    let record =
        written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")])).await;
    let asked =
        written(&*store, about(&node, record.person, vec![request(1, record.entry)])).await.entry;
    for open in [true, false] {
        let waiting = store.corrections(&clinic, open).await.expect("read");
        assert_eq!(waiting.len(), 1);
        assert_eq!((waiting[0].request, waiting[0].record), (asked, record.entry));
        assert_eq!((&waiting[0].member, waiting[0].person), (&clinic, record.person));
        assert_eq!(waiting[0].answer, None);
    }
    assert!(store.corrections(&node, false).await.expect("read").is_empty());
    assert!(store.corrections(&member("nobody"), false).await.expect("read").is_empty());
    let answered =
        written(&*store, about(&clinic, record.person, vec![answer(2, asked)])).await.entry;
    assert!(store.corrections(&clinic, true).await.expect("read").is_empty());
    let all = store.corrections(&clinic, false).await.expect("read");
    assert_eq!(all[0].answer, Some(answered));
}

pub async fn a_request_may_come_before_the_record(store: Arc<dyn Store>) {
    let (clinic, node) = (member("clinic"), member("node"));
    let record = dose(&clinic, "a", "1");
    written(&*store, row(&node, &[passport(1)], vec![request(1, record.id)])).await;
    assert!(store.corrections(&clinic, true).await.expect("read").is_empty());
    written(&*store, row(&clinic, &[passport(1)], vec![record.clone()])).await;
    let waiting = store.corrections(&clinic, true).await.expect("read");
    assert_eq!(waiting.iter().map(|one| one.record).collect::<Vec<_>>(), [record.id]);
    assert!(store.corrections(&node, true).await.expect("read").is_empty());
}

pub async fn only_the_member_of_the_record_answers(store: Arc<dyn Store>) {
    let (clinic, other) = (member("clinic"), member("other"));
    let record =
        written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")])).await;
    written(&*store, about(&other, record.person, vec![request(1, record.entry)])).await;
    for (member, about_request) in [(&other, entry_id(1)), (&clinic, entry_id(77))] {
        let row = about(member, record.person, vec![answer(2, about_request)]);
        assert_eq!(admit(&*store, row).await.kind, OutcomeKind::TargetUnknown);
    }
    assert_eq!(store.corrections(&clinic, true).await.expect("read").len(), 1);
}

pub async fn an_answer_may_come_before_its_request(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let record =
        written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")])).await;
    let passed = |new| AdmitRow { from_node: true, ..about(&clinic, record.person, vec![new]) };
    written(&*store, passed(answer(2, entry_id(1)))).await;
    assert!(store.corrections(&clinic, false).await.expect("read").is_empty());
    written(&*store, passed(request(1, record.entry))).await;
    assert!(store.corrections(&clinic, true).await.expect("read").is_empty());
    let all = store.corrections(&clinic, false).await.expect("read");
    assert_eq!(all[0].answer, Some(entry_id(2)));
}
