//! What any back end of the store must do. One suite; each back end's own test file says how a
//! store
//! is made and runs every case of it.

pub mod admission;
pub mod corrections;
pub mod identity;
pub mod small;
pub mod standing;
pub mod tally;
pub mod up;

pub use hutong_model::{
    Coding, Document, DocumentKind, Entropy, EntryId, Fact, MemberId, OriginId, PersonId,
    RegionCode, Source, Times, Timestamp, Vaccination,
};
pub use hutong_store::{AdmitBatch, AdmitRow, NewFact, OutcomeKind, RowOutcome, Store};
pub use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Calls a macro with the name of every case.
#[macro_export]
macro_rules! conformance_cases {
    ($run:ident) => {
        $run! {
            admission::same_row_twice_is_one_entry,
            admission::parallel_identical_creates_make_one,
            admission::two_writers_of_one_child_lose_nothing,
            admission::other_content_is_a_conflict,
            admission::region_and_time_of_admission_do_not_count,
            admission::a_row_of_several_facts_is_whole_or_not,
            admission::one_id_twice_in_a_row_is_one_entry,
            admission::rows_see_earlier_rows_of_their_batch,
            admission::all_or_none_writes_none,
            admission::a_known_person_needs_no_document,
            admission::a_row_without_facts_makes_the_person,
            admission::nobody_is_made_of_nothing,
            admission::too_large_a_batch_is_refused,
            admission::entries_come_back_as_they_were_stated,
            admission::counts_say_what_is_there,
            identity::documents_lead_to_one_person,
            identity::links_are_entries_before_the_facts,
            identity::a_brought_link_is_not_made_twice,
            identity::two_persons_are_linked,
            identity::strangers_stay_apart,
            identity::lifelong_documents_that_differ_clash,
            identity::two_lifelong_documents_in_one_row_clash,
            identity::a_clash_is_seen_through_the_cluster,
            identity::a_clash_never_refuses_a_node,
            identity::an_unlinked_document_starts_anew,
            identity::an_unlinked_lifelong_document_clashes_no_more,
            identity::sending_again_after_unlinking_changes_nothing,
            identity::a_duplicate_may_bring_a_new_document,
            identity::unlinked_persons_stay_apart,
            identity::a_link_to_nobody_is_refused,
            identity::clusters_are_bounded,
            corrections::a_member_corrects_its_own_records_only,
            corrections::a_node_may_pass_a_correction_before_its_target,
            corrections::a_target_may_be_earlier_in_the_row_or_batch,
            corrections::requests_wait_for_the_member_of_the_record,
            corrections::a_request_may_come_before_the_record,
            corrections::only_the_member_of_the_record_answers,
            corrections::an_answer_may_come_before_its_request,
            up::entries_after_come_in_order,
            up::local_documents_are_not_passed_up,
            up::the_outbox_mark_never_moves_back,
            up::the_outbox_is_rewound_where_the_parent_has_lost_something,
            up::the_inbox_mark_moves_with_its_batch,
            up::digests_do_not_depend_on_the_order,
            up::digests_leave_out_what_is_local,
            up::a_day_has_its_entries,
            tally::counters_add_up,
            tally::a_place_is_counted_once,
            tally::rejections_do_not_move_the_place,
            standing::what_was_told_last_counts,
            standing::the_longest_due_come_first,
            standing::persons_are_found_by_event_and_county,
            standing::a_round_is_kept_once,
            standing::leaves_are_numbered_and_dropped,
            small::accesses_come_newest_first,
            small::many_accesses_at_once,
            small::grants_expire_when_read,
            small::the_feed_is_numbered_and_addressed,
            small::the_feed_is_waited_for,
            small::the_registry_shows_the_newest,
            small::settings_are_replaced,
            small::a_token_is_used_once,
            small::one_time_codes_are_tried,
            small::sessions_expire,
            small::devices_belong_to_persons,
        }
    };
}

/// Not secret at all: a counter run through a mixing function.
pub struct Counter(AtomicU64);

impl Counter {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seed)))
    }
}

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(x ^ (x >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub const NIL: PersonId = PersonId::from_bytes([0; 16]);
/// 2026-03-01T00:00:00Z.
pub const MARCH: Timestamp = Timestamp::from_unix_s(1_772_323_200);

pub fn member(name: &str) -> MemberId {
    MemberId::parse(&format!("330100.{name}")).expect("a member id")
}

pub fn region() -> RegionCode {
    RegionCode::parse("330106").expect("a region")
}

/// A document of no lifelong kind.
pub fn passport(number: u32) -> Document {
    Document::parse(DocumentKind::Passport, "CHN", &format!("E{number:08}")).expect("a passport")
}

/// A document that means something only at the node that wrote it.
pub fn local(number: u32) -> Document {
    Document::identifier("urn:hutong:node:330100", &number.to_string()).expect("an identifier")
}

/// A resident ID, which is lifelong.
pub fn resident_id(order: u32) -> Document {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("330106199{:01}0101{:03}", order / 1000 % 10, order % 1000);
    let sum: u32 =
        body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = b"10X98765432"[(sum % 11) as usize] as char;
    Document::parse(DocumentKind::ResidentId, "", &format!("{body}{check}")).expect("a resident ID")
}

pub fn entry_id(number: u64) -> EntryId {
    EntryId::derive("test", &[&number.to_be_bytes()])
}

pub fn vaccination(lot: &str) -> Fact {
    Fact::Vaccination(Vaccination {
        vaccine: vec![Coding::new("http://hl7.org/fhir/sid/cvx", "140")],
        dose_number: Some(1),
        series_doses: None,
        lot: Some(lot.into()),
        lot_expires: None,
        manufacturer: None,
        site: None,
        route: None,
        amount: None,
        trace_code: None,
        performer: None,
        vaccinator: None,
        place: None,
        not_done: false,
        not_done_reason: None,
        note: None,
        subpotent: false,
    })
}

/// A fact with an id of its own.
pub fn fact(id: EntryId, fact: Fact) -> NewFact {
    NewFact {
        id,
        own_id: None,
        source: Source::FirstHand,
        times: Times { admitted: MARCH, ..Times::default() },
        replaces: None,
        fact,
    }
}

/// A dose that `member` calls `own`.
pub fn dose(member: &MemberId, own: &str, lot: &str) -> NewFact {
    let own = OriginId::parse(own).expect("an id");
    NewFact {
        own_id: Some(own.clone()),
        ..fact(EntryId::of_record(member, &own), vaccination(lot))
    }
}

/// A row of `member` about whoever has the documents.
pub fn row(member: &MemberId, documents: &[Document], facts: Vec<NewFact>) -> AdmitRow {
    AdmitRow {
        member: member.clone(),
        region: region(),
        admitted: MARCH,
        person: None,
        documents: documents.to_vec(),
        facts,
        from_node: false,
    }
}

/// A row about a person who is known.
pub fn about(member: &MemberId, person: PersonId, facts: Vec<NewFact>) -> AdmitRow {
    AdmitRow { person: Some(person), ..row(member, &[], facts) }
}

pub async fn admit_all(store: &dyn Store, rows: Vec<AdmitRow>) -> Vec<RowOutcome> {
    let count = rows.len();
    let outcomes =
        store.admit(AdmitBatch { rows, ..AdmitBatch::default() }).await.expect("admitted");
    assert_eq!(outcomes.len(), count, "one outcome for each row");
    outcomes
}

pub async fn admit(store: &dyn Store, row: AdmitRow) -> RowOutcome {
    admit_all(store, vec![row]).await[0]
}

/// Admits a row that must be written.
pub async fn written(store: &dyn Store, row: AdmitRow) -> RowOutcome {
    let outcome = admit(store, row).await;
    assert_eq!(outcome.kind, OutcomeKind::Admitted);
    outcome
}

/// The person that one document leads to.
pub async fn person_of(store: &dyn Store, document: &Document) -> Option<PersonId> {
    store.persons_by_documents(std::slice::from_ref(document)).await.expect("read")[0]
}

/// The facts about a person that are records, in order.
pub async fn records(store: &dyn Store, person: PersonId) -> Vec<EntryId> {
    let stored = store.entries_of(&[person]).await.expect("read");
    let places: Vec<u64> = stored.iter().map(|stored| stored.seq).collect();
    assert!(places.is_sorted(), "entries come in order of arrival");
    stored.iter().filter(|s| s.entry.fact.is_record()).map(|s| s.entry.id).collect()
}
