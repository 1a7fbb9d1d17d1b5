//! Identity: documents lead to persons, persons are linked and unlinked, and nothing is merged.

use super::*;
use hutong_model::{Date, Demographics, limits::CLUSTER_MAX};

fn linked(number: u64, document: Document) -> NewFact {
    fact(entry_id(number), Fact::DocumentLinked(document))
}
fn unlinked(number: u64, document: Document) -> NewFact {
    fact(entry_id(number), Fact::DocumentUnlinked(document))
}
fn joined(number: u64, other: PersonId) -> NewFact {
    fact(entry_id(number), Fact::PersonsLinked(other, "the same passport photo".into()))
}
fn parted(number: u64, other: PersonId) -> NewFact {
    fact(entry_id(number), Fact::PersonsUnlinked(other, "two brothers".into()))
}

async fn cluster(store: &dyn Store, person: PersonId) -> Vec<PersonId> {
    let found = store.cluster(person).await.expect("read");
    assert_eq!(found[0], person, "the given one first");
    let mut rest = found[1..].to_vec();
    rest.sort();
    std::iter::once(person).chain(rest).collect()
}

async fn dose_for(store: &dyn Store, own: &str, documents: &[Document]) -> RowOutcome {
    let clinic = member("clinic");
    admit(store, row(&clinic, documents, vec![dose(&clinic, own, "L")])).await
}

pub async fn documents_lead_to_one_person(store: Arc<dyn Store>) {
    let first = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await;
    let second = dose_for(&*store, "b", &[passport(1)]).await;
    let third = dose_for(&*store, "c", &[resident_id(1), passport(2)]).await;
    assert!(first.person == second.person && second.person == third.person);
    assert!(!third.persons_linked);
    let asked = [passport(2), passport(3), resident_id(1)];
    let found = store.persons_by_documents(&asked).await.expect("read");
    assert_eq!(found, [Some(first.person), None, Some(first.person)]);
}

pub async fn links_are_entries_before_the_facts(store: Arc<dyn Store>) {
    let outcome = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await;
    let entries = store.entries_of(&[outcome.person]).await.expect("read");
    let kinds: Vec<u8> = entries.iter().map(|stored| stored.entry.fact.kind()).collect();
    assert_eq!(kinds, [10, 10, 0]);
    let link = &entries[0].entry;
    assert_eq!(link.fact, Fact::DocumentLinked(resident_id(1)));
    assert_eq!((&link.member, link.region), (&member("clinic"), region()));
    assert_eq!(link.times, Times { admitted: MARCH, ..Times::default() });
}

pub async fn a_brought_link_is_not_made_twice(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let brought = row(&clinic, &[passport(1)], vec![linked(1, passport(1))]);
    let outcome = written(&*store, brought.clone()).await;
    assert_eq!(store.head().await.expect("head"), 1);
    assert_eq!(person_of(&*store, &passport(1)).await, Some(outcome.person));
    assert_eq!(admit(&*store, brought).await.kind, OutcomeKind::Duplicate);
    // A document that only the fact names counts like one of the row.
    let row = about(&clinic, outcome.person, vec![linked(2, passport(2))]);
    written(&*store, row).await;
    assert_eq!(person_of(&*store, &passport(2)).await, Some(outcome.person));
    assert_eq!(store.head().await.expect("head"), 2);
}

pub async fn two_persons_are_linked(store: Arc<dyn Store>) {
    let one = dose_for(&*store, "a", &[resident_id(1)]).await.person;
    let two = dose_for(&*store, "b", &[passport(1)]).await.person;
    assert_ne!(one, two);
    let both = dose_for(&*store, "c", &[resident_id(1), passport(1)]).await;
    assert_eq!((both.kind, both.person), (OutcomeKind::Admitted, one));
    assert!(both.persons_linked && !both.person_created);
    assert_eq!(cluster(&*store, one).await, [one, two]);
    assert_eq!(cluster(&*store, two).await, [two, one]);
    // Nothing was moved, and the link is made once.
    assert_eq!(records(&*store, two).await.len(), 1);
    assert!(!dose_for(&*store, "d", &[passport(1), resident_id(1)]).await.persons_linked);
    let entries = store.entries_of(&[one, two]).await.expect("read");
    let links = entries.iter().filter(|stored| stored.entry.fact.kind() == 14).count();
    assert_eq!((entries.len(), links), (7, 1));
}

/// What a number that two people have must not do.
pub async fn strangers_stay_apart(store: Arc<dyn Store>) {
    let (clinic, shared) = (member("clinic"), licence());
    let own = |number: u32| {
        let system = "urn:hutong:member:330000.clinic:patient";
        Document::identifier(system, &number.to_string()).expect("an identifier")
    };
    let mut facts = 0;
    let mut somebody = |documents: &[Document], born: &str| {
        facts += 1;
        row(&clinic, documents, vec![fact(entry_id(facts), demographics(born))])
    };
    let one = written(&*store, somebody(&[own(1), shared.clone()], "1980-05-06")).await;
    let two = written(&*store, somebody(&[own(2), shared.clone()], "1991-07-08")).await;
    assert!(two.kept_apart && two.person_created && !two.persons_linked);
    assert_ne!(one.person, two.person);
    assert_eq!(person_of(&*store, &shared).await, Some(one.person), "as before");
    // Nothing else says who it is.
    let refused = admit(&*store, somebody(std::slice::from_ref(&shared), "1991-07-08")).await;
    assert_eq!(refused.kind, OutcomeKind::IdentityClash);
    let same = written(&*store, somebody(std::slice::from_ref(&shared), "1980-05-06")).await;
    assert_eq!((same.person, same.kept_apart), (one.person, false));
    // A birth date that the clinic corrects under its own id makes no stranger.
    let mended = written(&*store, somebody(&[own(1), shared.clone()], "1980-06-05")).await;
    assert_eq!((mended.person, mended.kept_apart), (one.person, false));
    // Nor are two persons joined by a row that states no birth date.
    let dose = row(&clinic, &[own(2), shared.clone()], vec![dose(&clinic, "d", "L")]);
    let dose = written(&*store, dose).await;
    assert_eq!((dose.person, dose.kept_apart, dose.persons_linked), (two.person, true, false));
    // What a node sends is never refused.
    let mut above = somebody(&[local(7), shared.clone()], "2001-01-01");
    above.from_node = true;
    let above = written(&*store, above).await;
    assert!(above.kept_apart && above.person_created);
    assert_eq!(cluster(&*store, one.person).await, [one.person]);
}

fn licence() -> Document {
    Document::identifier("urn:oid:2.16.840.1.113883.4.3.25", "S99912345").expect("an identifier")
}

fn demographics(born: &str) -> Fact {
    let birth_date = Some(Date::parse(born).expect("a date"));
    Fact::Demographics(Demographics { birth_date, ..Demographics::default() })
}

pub async fn lifelong_documents_that_differ_clash(store: Arc<dyn Store>) {
    let one = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await.person;
    let two = dose_for(&*store, "b", &[resident_id(2)]).await.person;
    let head = store.head().await.expect("head");
    // Known for two persons.
    let outcome = dose_for(&*store, "c", &[resident_id(2), passport(1)]).await;
    assert_eq!((outcome.kind, outcome.person), (OutcomeKind::IdentityClash, NIL));
    // Known for one person, with another number that nobody has yet.
    let outcome = dose_for(&*store, "d", &[resident_id(3), passport(1)]).await;
    assert_eq!(outcome.kind, OutcomeKind::IdentityClash);
    assert_eq!(store.head().await.expect("head"), head, "nothing was written");
    assert_eq!(cluster(&*store, one).await, [one]);
    assert_eq!(person_of(&*store, &resident_id(3)).await, None);
    assert_eq!(person_of(&*store, &resident_id(2)).await, Some(two));
}

pub async fn two_lifelong_documents_in_one_row_clash(store: Arc<dyn Store>) {
    let outcome = dose_for(&*store, "a", &[resident_id(1), resident_id(2)]).await;
    assert_eq!(outcome.kind, OutcomeKind::IdentityClash);
    assert_eq!(store.head().await.expect("head"), 0);
}

pub async fn a_clash_is_seen_through_the_cluster(store: Arc<dyn Store>) {
    let one = dose_for(&*store, "a", &[passport(1)]).await.person;
    dose_for(&*store, "b", &[resident_id(1)]).await;
    assert!(dose_for(&*store, "c", &[resident_id(1), passport(1)]).await.persons_linked);
    assert_eq!(cluster(&*store, one).await.len(), 2);
    let outcome = dose_for(&*store, "d", &[resident_id(2), passport(1)]).await;
    assert_eq!(outcome.kind, OutcomeKind::IdentityClash);
}

pub async fn a_clash_never_refuses_a_node(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await.person;
    let two = dose_for(&*store, "b", &[resident_id(2)]).await.person;
    let passed = |own: &str, documents: &[Document]| AdmitRow {
        from_node: true,
        ..row(&clinic, documents, vec![dose(&clinic, own, "L")])
    };
    let outcome = written(&*store, passed("c", &[passport(1), resident_id(2)])).await;
    assert_eq!((outcome.person, outcome.persons_linked), (one, false));
    let outcome = written(&*store, passed("d", &[passport(1), resident_id(3), passport(9)])).await;
    assert_eq!(outcome.person, one);
    assert_eq!(cluster(&*store, one).await, [one]);
    assert_eq!(person_of(&*store, &resident_id(2)).await, Some(two));
    assert_eq!(person_of(&*store, &resident_id(3)).await, None);
    // A link that is passed up is kept as an entry, and leads nowhere new.
    let link = AdmitRow {
        from_node: true,
        ..row(&clinic, &[passport(1)], vec![linked(5, resident_id(4))])
    };
    assert_eq!(written(&*store, link).await.person, one);
    assert_eq!(person_of(&*store, &resident_id(4)).await, None);
    let outcome = written(&*store, row(&clinic, &[resident_id(4)], vec![dose(&clinic, "e", "L")]));
    assert_ne!(outcome.await.person, one);
}

pub async fn an_unlinked_document_starts_anew(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await.person;
    written(&*store, about(&clinic, one, vec![unlinked(1, passport(1))])).await;
    assert_eq!(person_of(&*store, &passport(1)).await, None);
    assert_eq!(records(&*store, one).await.len(), 1, "records stay where they are");
    let two = dose_for(&*store, "b", &[passport(1)]).await;
    assert!(two.person_created && two.person != one);
    assert_eq!(person_of(&*store, &passport(1)).await, Some(two.person));
    // Linked to someone else next, by a statement.
    written(&*store, row(&clinic, &[passport(1)], vec![unlinked(2, passport(1))])).await;
    assert_eq!(person_of(&*store, &passport(1)).await, None);
    written(&*store, about(&clinic, one, vec![linked(3, passport(1))])).await;
    assert_eq!(person_of(&*store, &passport(1)).await, Some(one));
    assert_eq!(dose_for(&*store, "c", &[passport(1)]).await.person, one);
    // Taking away what another person has changes nothing.
    let stranger = dose_for(&*store, "s", &[passport(5)]).await.person;
    written(&*store, about(&clinic, stranger, vec![unlinked(4, passport(1))])).await;
    assert_eq!(person_of(&*store, &passport(1)).await, Some(one));
    // Taken away and given back in one row.
    let facts = vec![unlinked(6, passport(1)), linked(7, passport(1))];
    written(&*store, about(&clinic, one, facts)).await;
    assert_eq!(person_of(&*store, &passport(1)).await, Some(one));
}

pub async fn an_unlinked_lifelong_document_clashes_no_more(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await.person;
    written(&*store, about(&clinic, one, vec![unlinked(1, resident_id(1))])).await;
    let outcome = dose_for(&*store, "b", &[resident_id(2), passport(1)]).await;
    assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Admitted, one));
    assert_eq!(person_of(&*store, &resident_id(2)).await, Some(one));
}

pub async fn sending_again_after_unlinking_changes_nothing(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await.person;
    let two = dose_for(&*store, "b", &[passport(2)]).await.person;
    assert!(dose_for(&*store, "c", &[resident_id(1), passport(2)]).await.persons_linked);
    let apart = vec![unlinked(1, passport(1)), parted(2, two)];
    written(&*store, about(&clinic, one, apart)).await;
    let counts = store.counts().await.expect("counts");
    for (own, documents) in [
        ("a", vec![resident_id(1), passport(1)]),
        ("b", vec![passport(2)]),
        ("c", vec![resident_id(1), passport(2)]),
    ] {
        let again = dose_for(&*store, own, &documents).await;
        assert_eq!(again.kind, OutcomeKind::Duplicate);
        assert!(!again.person_created && !again.persons_linked);
        assert_eq!(again.person, if own == "b" { two } else { one });
    }
    assert_eq!(store.counts().await.expect("counts"), counts);
    assert_eq!(person_of(&*store, &passport(1)).await, None);
    assert_eq!(cluster(&*store, one).await, [one]);
}

pub async fn a_duplicate_may_bring_a_new_document(store: Arc<dyn Store>) {
    let one = dose_for(&*store, "a", &[passport(1)]).await.person;
    let again = dose_for(&*store, "a", &[resident_id(1), passport(1)]).await;
    assert_eq!((again.kind, again.person), (OutcomeKind::Duplicate, one));
    assert_eq!(person_of(&*store, &resident_id(1)).await, Some(one));
    // Not one that would clash.
    let again = dose_for(&*store, "a", &[resident_id(2), passport(1)]).await;
    assert_eq!(again.kind, OutcomeKind::Duplicate);
    assert_eq!(person_of(&*store, &resident_id(2)).await, None);
}

pub async fn unlinked_persons_stay_apart(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = dose_for(&*store, "a", &[passport(1)]).await.person;
    let two = dose_for(&*store, "b", &[passport(2)]).await.person;
    written(&*store, about(&clinic, one, vec![joined(1, two)])).await;
    assert_eq!(cluster(&*store, one).await, [one, two]);
    written(&*store, about(&clinic, two, vec![parted(2, one)])).await;
    assert_eq!(cluster(&*store, one).await, [one]);
    // Someone has said that they are not the same: a row does not undo that.
    let outcome = dose_for(&*store, "c", &[passport(1), passport(2)]).await;
    assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Admitted, one));
    assert!(!outcome.persons_linked);
    assert_eq!(cluster(&*store, one).await, [one]);
    // Someone says that they are, after all.
    written(&*store, about(&clinic, one, vec![joined(3, two)])).await;
    assert_eq!(cluster(&*store, two).await, [two, one]);
}

pub async fn a_link_to_nobody_is_refused(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one = dose_for(&*store, "a", &[passport(1)]).await.person;
    let stranger = PersonId::from_bytes([9; 16]);
    let outcome = admit(&*store, about(&clinic, one, vec![joined(1, stranger)])).await;
    assert_eq!(outcome.kind, OutcomeKind::TargetUnknown);
    // With oneself it means nothing.
    admit(&*store, about(&clinic, one, vec![joined(2, one)])).await;
    assert_eq!(cluster(&*store, one).await, [one]);
}

pub async fn clusters_are_bounded(store: Arc<dyn Store>) {
    let first = dose_for(&*store, "0", &[passport(0)]).await.person;
    for n in 1..CLUSTER_MAX as u32 {
        dose_for(&*store, &n.to_string(), &[passport(n)]).await;
        let own = format!("link-{n}");
        assert!(dose_for(&*store, &own, &[passport(0), passport(n)]).await.persons_linked);
    }
    assert_eq!(cluster(&*store, first).await.len(), CLUSTER_MAX);
    let one_more = dose_for(&*store, "last", &[passport(9999)]).await.person;
    let outcome = dose_for(&*store, "too-many", &[passport(0), passport(9999)]).await;
    assert_eq!(outcome.kind, OutcomeKind::IdentityClash);
    let clinic = member("clinic");
    let outcome = admit(&*store, about(&clinic, first, vec![joined(1, one_more)])).await;
    assert_eq!(outcome.kind, OutcomeKind::IdentityClash);
    assert_eq!(cluster(&*store, first).await.len(), CLUSTER_MAX);
}
