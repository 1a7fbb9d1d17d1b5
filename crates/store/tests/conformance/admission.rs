//! Admission: each record once, whole, and as it was stated.

use super::*;
use hutong_model::limits::ADMIT_BATCH_MAX;
use hutong_store::StoreError;

pub async fn same_row_twice_is_one_entry(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = || row(&clinic, &[passport(1)], vec![dose(&clinic, "d1", "L1")]);
    let first = written(&*store, one()).await;
    assert!(first.person_created && !first.persons_linked);
    let again = admit(&*store, one()).await;
    assert_eq!(again.kind, OutcomeKind::Duplicate);
    assert_eq!((again.person, again.entry), (first.person, first.entry));
    assert!(!again.person_created);
    let both = admit_all(&*store, vec![one(), one()]).await;
    assert!(both.iter().all(|outcome| outcome.kind == OutcomeKind::Duplicate));
    assert_eq!(records(&*store, first.person).await, [first.entry]);
    assert_eq!(store.head().await.expect("head"), 2, "the link and the dose");
}

pub async fn parallel_identical_creates_make_one(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (store, clinic) = (store.clone(), clinic.clone());
            tokio::spawn(async move {
                let documents = [resident_id(7), passport(7)];
                admit(&*store, row(&clinic, &documents, vec![dose(&clinic, "d", "L")])).await
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("no panic"));
    }
    let of = |kind| outcomes.iter().filter(|outcome| outcome.kind == kind).count();
    assert_eq!((of(OutcomeKind::Admitted), of(OutcomeKind::Duplicate)), (1, 63));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.person_created).count(), 1);
    assert!(outcomes.iter().all(|outcome| outcome.person == outcomes[0].person));
    assert_eq!(records(&*store, outcomes[0].person).await.len(), 1);
    assert_eq!(store.counts().await.expect("counts"), (1, 3));
}

pub async fn two_writers_of_one_child_lose_nothing(store: Arc<dyn Store>) {
    let (one, two) = (member("clinic-1"), member("clinic-2"));
    for round in 0..1000 {
        let child = [passport(round)];
        let dose_of = |clinic: &MemberId| {
            row(clinic, &child, vec![dose(clinic, &format!("dose-{round}"), "L")])
        };
        let (first, second) =
            tokio::join!(admit(&*store, dose_of(&one)), admit(&*store, dose_of(&two)));
        assert_eq!((first.kind, second.kind), (OutcomeKind::Admitted, OutcomeKind::Admitted));
        assert_eq!(first.person, second.person);
        assert!(first.person_created != second.person_created, "made by exactly one");
        assert_eq!(records(&*store, first.person).await.len(), 2);
    }
    assert_eq!(store.counts().await.expect("counts"), (1000, 3000));
}

pub async fn other_content_is_a_conflict(store: Arc<dyn Store>) {
    let (clinic, other) = (member("clinic"), member("other"));
    let first =
        written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "d", "L1")])).await;
    let head = store.head().await.expect("head");
    let changed = row(&clinic, &[passport(2)], vec![dose(&clinic, "d", "L2")]);
    let outcome = admit(&*store, changed).await;
    assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Conflict, NIL));
    let stolen = row(&other, &[passport(1)], vec![dose(&clinic, "d", "L1")]);
    assert_eq!(admit(&*store, stolen).await.kind, OutcomeKind::Conflict);
    assert_eq!(store.head().await.expect("head"), head, "nothing was written");
    assert_eq!(person_of(&*store, &passport(2)).await, None);
    let kept = store.entry(first.entry).await.expect("read").expect("there");
    assert_eq!(kept.entry.fact, vaccination("L1"));
}

pub async fn region_and_time_of_admission_do_not_count(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = row(&clinic, &[passport(1)], vec![dose(&clinic, "d", "L")]);
    let mut later = one.clone();
    later.region = RegionCode::parse("330108").expect("a region");
    later.admitted = MARCH.plus_s(3600);
    later.facts[0].times.admitted = MARCH.plus_s(3600);
    written(&*store, one).await;
    assert_eq!(admit(&*store, later).await.kind, OutcomeKind::Duplicate);
}

pub async fn a_row_of_several_facts_is_whole_or_not(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let d = |own: &str, lot: &str| dose(&clinic, own, lot);
    let of = |facts| row(&clinic, &[passport(1)], facts);
    let first = written(&*store, of(vec![d("a", "1"), d("b", "1")])).await;
    assert_eq!(first.entry, d("b", "1").id);
    // What is there is passed over, what is new is written; the outcome is that of the last one.
    assert_eq!(written(&*store, of(vec![d("b", "1"), d("c", "1")])).await.entry, d("c", "1").id);
    let outcome = admit(&*store, of(vec![d("e", "1"), d("a", "1")])).await;
    assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Duplicate, first.person));
    assert_eq!(records(&*store, first.person).await.len(), 4);
    // One that conflicts refuses the whole row.
    let outcome = admit(&*store, of(vec![d("f", "1"), d("a", "2"), d("g", "1")])).await;
    assert_eq!(outcome.kind, OutcomeKind::Conflict);
    assert_eq!(records(&*store, first.person).await.len(), 4);
}

pub async fn one_id_twice_in_a_row_is_one_entry(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let d = |lot: &str| dose(&clinic, "d", lot);
    let twice = row(&clinic, &[passport(1)], vec![d("1"), d("2")]);
    assert_eq!(admit(&*store, twice).await.kind, OutcomeKind::Conflict);
    let same = row(&clinic, &[passport(1), passport(1)], vec![d("1"), d("1")]);
    let outcome = written(&*store, same).await;
    assert_eq!(records(&*store, outcome.person).await.len(), 1);
    assert_eq!(store.head().await.expect("head"), 2, "one link, one dose");
}

pub async fn rows_see_earlier_rows_of_their_batch(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let rows = vec![
        row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")]),
        row(&clinic, &[passport(2), passport(1)], vec![dose(&clinic, "b", "1")]),
        row(&clinic, &[passport(2)], vec![dose(&clinic, "a", "1")]),
        row(&clinic, &[passport(2)], vec![dose(&clinic, "b", "2")]),
        row(&clinic, &[passport(2)], vec![dose(&clinic, "c", "1")]),
    ];
    let outcomes = admit_all(&*store, rows).await;
    let kinds: Vec<_> = outcomes.iter().map(|outcome| outcome.kind).collect();
    use OutcomeKind::{Admitted, Conflict, Duplicate};
    assert_eq!(kinds, [Admitted, Admitted, Duplicate, Conflict, Admitted]);
    assert!(outcomes.iter().all(|o| o.person == outcomes[0].person || o.person == NIL));
    assert_eq!(records(&*store, outcomes[0].person).await.len(), 3);
}

pub async fn all_or_none_writes_none(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let unknown = NewFact {
        replaces: Some(entry_id(9)),
        ..fact(entry_id(1), Fact::Retraction("wrong".into()))
    };
    let rows = |bad: bool| {
        let mut rows = vec![
            row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")]),
            row(&member("new"), &[passport(1), passport(2)], vec![dose(&clinic, "b", "1")]),
        ];
        rows.extend(bad.then(|| row(&clinic, &[passport(1)], vec![unknown.clone()])));
        rows
    };
    let batch = |bad| AdmitBatch { rows: rows(bad), inbox: None, all_or_none: true };
    let outcomes = store.admit(batch(true)).await.expect("admitted");
    let kinds: Vec<_> = outcomes.iter().map(|outcome| outcome.kind).collect();
    use OutcomeKind::{Admitted, NotWritten, TargetUnknown};
    assert_eq!(kinds, [NotWritten, NotWritten, TargetUnknown]);
    assert_eq!(store.head().await.expect("head"), 0);
    assert_eq!(store.counts().await.expect("counts"), (0, 0));
    assert_eq!(person_of(&*store, &passport(1)).await, None);
    assert!(store.day_digests(MARCH.utc_date(), MARCH.utc_date()).await.expect("days").is_empty());
    let outcomes = store.admit(batch(false)).await.expect("admitted");
    assert!(outcomes.iter().all(|outcome| outcome.kind == Admitted));
    assert_eq!(records(&*store, outcomes[0].person).await.len(), 2);
}

pub async fn a_known_person_needs_no_document(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let first = written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")])).await;
    let second =
        written(&*store, about(&clinic, first.person, vec![dose(&clinic, "b", "1")])).await;
    assert_eq!(second.person, first.person);
    let mut more = about(&clinic, first.person, vec![dose(&clinic, "c", "1")]);
    more.documents.push(passport(2));
    written(&*store, more).await;
    assert_eq!(person_of(&*store, &passport(2)).await, Some(first.person));
    for stranger in [PersonId::from_bytes([7; 16]), NIL] {
        let row = about(&clinic, stranger, vec![dose(&clinic, "x", "1")]);
        assert_eq!(admit(&*store, row).await.kind, OutcomeKind::TargetUnknown);
    }
}

pub async fn a_row_without_facts_makes_the_person(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let first = written(&*store, row(&clinic, &[passport(1)], Vec::new())).await;
    assert!(first.person_created);
    assert_eq!(first.entry, EntryId::from_bytes([0; 16]));
    let again = admit(&*store, row(&clinic, &[passport(1)], Vec::new())).await;
    assert_eq!((again.kind, again.person), (OutcomeKind::Duplicate, first.person));
    let more = written(&*store, row(&clinic, &[passport(1), passport(2)], Vec::new())).await;
    assert_eq!(more.person, first.person);
    let entries = store.entries_of(&[first.person]).await.expect("read");
    assert!(entries.iter().all(|stored| stored.entry.times.admitted == MARCH));
    assert_eq!(entries.len(), 2);
}

pub async fn nobody_is_made_of_nothing(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let outcome = admit(&*store, row(&clinic, &[], vec![dose(&clinic, "a", "1")])).await;
    assert_eq!(outcome.kind, OutcomeKind::TargetUnknown);
    assert!(admit_all(&*store, Vec::new()).await.is_empty());
    assert_eq!(store.head().await.expect("head"), 0);
    assert_eq!(store.entry(entry_id(1)).await.expect("read"), None);
    assert!(store.entries_of(&[NIL, PersonId::from_bytes([1; 16])]).await.expect("r").is_empty());
}

pub async fn too_large_a_batch_is_refused(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "1")]);
    let rows = vec![one; ADMIT_BATCH_MAX + 1];
    let refused = store.admit(AdmitBatch { rows, ..AdmitBatch::default() }).await;
    assert!(matches!(refused, Err(StoreError::Backend { .. })));
    assert_eq!(store.head().await.expect("head"), 0);
}

pub async fn entries_come_back_as_they_were_stated(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let mut stated = dose(&clinic, "d", "批号-1");
    stated.source = Source::Historical;
    stated.times.performed = Some(hutong_model::When::parse("2021-05").expect("a time"));
    stated.times.reported =
        Some(hutong_model::When::parse("2021-05-26T09:30:00+08:00").expect("a time"));
    let outcome = written(&*store, row(&clinic, &[passport(1)], vec![stated.clone()])).await;
    let stored = store.entry(outcome.entry).await.expect("read").expect("there");
    let entry = stored.entry;
    assert_eq!((entry.id, entry.person), (stated.id, outcome.person));
    assert_eq!((entry.member, entry.region), (clinic, region()));
    assert_eq!((entry.own_id, entry.source), (stated.own_id, stated.source));
    assert_eq!((entry.times, entry.replaces), (stated.times, None));
    assert_eq!(entry.fact, stated.fact);
}

pub async fn counts_say_what_is_there(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    assert_eq!(store.counts().await.expect("counts"), (0, 0));
    for n in 0..5 {
        let dose = dose(&clinic, &format!("d{n}"), "L");
        written(&*store, row(&clinic, &[passport(n % 2)], vec![dose])).await;
    }
    assert_eq!(store.counts().await.expect("counts"), (2, 7));
}
