//! The embedded back end against a naive model, with indexes so small that every few rows make
//! runs and merges.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;

use conformance::*;
use hutong_store::{BlindKey, DayDigest, EmbeddedStore, Journal, KeyRing, sqlite::Upkeep};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
enum Op {
    /// Doses by number, each for a document, in one batch.
    Doses(Vec<(u8, u8)>),
    /// Takes a document away from whoever has it.
    Unlink(u8),
    /// Closes and opens the store.
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let dose = (0..80_u8, 0..12_u8);
    prop_oneof![
        8 => prop::collection::vec(dose, 1..12).prop_map(Op::Doses),
        2 => (0..12_u8).prop_map(Op::Unlink),
        1 => Just(Op::Reopen),
    ]
}

/// What should be there.
#[derive(Default)]
struct Model {
    entries: BTreeMap<EntryId, PersonId>,
    leads: BTreeMap<u8, PersonId>,
    ever: BTreeSet<u8>,
    persons: BTreeMap<PersonId, usize>,
    rows: u64,
}

impl Model {
    fn write(&mut self, person: PersonId) {
        self.rows += 1;
        *self.persons.entry(person).or_default() += 1;
    }

    fn lead(&mut self, document: u8, person: PersonId) {
        self.leads.insert(document, person);
        self.ever.insert(document);
        self.write(person);
    }

    fn dose(&mut self, id: EntryId, document: u8, outcome: RowOutcome) {
        if let Some(person) = self.entries.get(&id).copied() {
            assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Duplicate, person));
            if !self.ever.contains(&document) {
                self.lead(document, person);
            }
            return;
        }
        assert_eq!(outcome.kind, OutcomeKind::Admitted);
        match self.leads.get(&document) {
            Some(person) => assert_eq!((outcome.person, outcome.person_created), (*person, false)),
            None => {
                assert!(outcome.person_created && !self.persons.contains_key(&outcome.person));
                self.lead(document, outcome.person);
            }
        }
        self.entries.insert(id, outcome.person);
        self.write(outcome.person);
    }

    async fn check(&self, store: &EmbeddedStore) {
        assert_eq!(store.counts().await.expect("read"), (self.persons.len() as u64, self.rows));
        let documents: Vec<_> = (0..12).map(passport).collect();
        let found = store.persons_by_documents(&documents).await.expect("read");
        let expected: Vec<_> = (0..12).map(|n| self.leads.get(&n).copied()).collect();
        assert_eq!(found, expected);
        for (id, person) in &self.entries {
            let stored = store.entry(*id).await.expect("read").expect("there");
            assert_eq!((stored.entry.id, stored.entry.person), (*id, *person));
        }
        for (person, rows) in &self.persons {
            let entries = store.entries_of(&[*person]).await.expect("read");
            assert_eq!(entries.len(), *rows);
            assert!(entries.is_sorted_by(|one, two| one.seq < two.seq));
        }
        let all: Vec<_> = self.persons.keys().copied().collect();
        assert_eq!(store.entries_of(&all).await.expect("read").len() as u64, self.rows);
        let absent = store.entry(EntryId::from_bytes([0xee; 16])).await.expect("read");
        assert_eq!(absent, None);
    }
}

struct Home {
    folder: tempfile::TempDir,
    upkeep: Upkeep,
    openings: u64,
}

impl Home {
    fn new(upkeep: Upkeep) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), upkeep, openings: 0 }
    }
    fn open(&mut self) -> EmbeddedStore {
        self.openings += 1;
        let ring = KeyRing::generate(&*Counter::new(1));
        let blind = BlindKey::generate(&*Counter::new(2));
        let entropy = Counter::new(self.openings << 40);
        let path = self.folder.path().join("store.db");
        EmbeddedStore::open_with(&path, ring, blind, entropy, self.upkeep).expect("opened")
    }
}

async fn play(upkeep: Upkeep, ops: Vec<Op>) {
    let clinic = member("clinic");
    let mut home = Home::new(upkeep);
    let mut store = home.open();
    let mut model = Model::default();
    for (at, op) in ops.into_iter().enumerate() {
        match op {
            Op::Doses(doses) => {
                let of = |n: &u8| dose(&clinic, &n.to_string(), "L");
                let rows = doses
                    .iter()
                    .map(|(n, document)| {
                        row(&clinic, &[passport(u32::from(*document))], vec![of(n)])
                    })
                    .collect();
                for ((n, document), outcome) in doses.iter().zip(admit_all(&store, rows).await) {
                    model.dose(of(n).id, *document, outcome);
                }
            }
            Op::Unlink(document) => {
                let Some(person) = model.leads.remove(&document) else { continue };
                let away = Fact::DocumentUnlinked(passport(u32::from(document)));
                let facts = vec![fact(entry_id(at as u64), away)];
                written(&store, about(&clinic, person, facts)).await;
                model.write(person);
            }
            Op::Reopen => {
                drop(store);
                store = home.open();
            }
        }
        if at % 7 == 0 {
            model.check(&store).await;
        }
    }
    model.check(&store).await;
    drop(store);
    model.check(&home.open()).await;
}

async fn digests(store: &EmbeddedStore) -> Vec<DayDigest> {
    let day = MARCH.utc_date();
    store.day_digests(day.plus_days(-99), day.plus_days(99)).await.expect("read")
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_does_what_the_model_does(
        ops in prop::collection::vec(op(), 1..60),
        flush_entries in 1..40_usize,
        fanout in 2..5_usize,
        slice_entries in 1..30_usize,
    ) {
        run(play(Upkeep { flush_entries, fanout, slice_entries }, ops));
    }

    #[test]
    fn digests_are_the_same_in_any_order(
        order in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle(),
        cut in 1..12_usize,
    ) {
        run(async {
            // Links carry ids of their own at each node, so only what comes from below is compared.
            let rows = |numbers: &[u32]| -> Vec<AdmitRow> {
                numbers.iter().map(|n| {
                    let clinic = member(if n % 3 == 0 { "clinic" } else { "lab" });
                    let mut new = dose(&clinic, &n.to_string(), "L");
                    new.times.admitted = MARCH.plus_s(i64::from(n % 5) * 86_400);
                    let documents = [local(n % 4)];
                    AdmitRow { from_node: true, ..row(&clinic, &documents, vec![new]) }
                }).collect()
            };
            let tiny = Upkeep { flush_entries: 6, fanout: 2, slice_entries: 3 };
            let (mut here, mut above) = (Home::new(tiny), Home::new(tiny));
            let (one, two) = (here.open(), above.open());
            admit_all(&one, rows(&(0..40).collect::<Vec<_>>())).await;
            for part in order.chunks(cut) {
                admit_all(&two, rows(part)).await;
                // Sent again, as after a cut link.
                admit_all(&two, rows(&part[part.len() / 2..])).await;
            }
            assert_eq!(digests(&one).await, digests(&two).await);
            assert_eq!(digests(&one).await.iter().map(|day| day.count).sum::<u64>(), 40);
        });
    }
}
